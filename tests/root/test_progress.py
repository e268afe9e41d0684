from __future__ import annotations

import io
import re
import sys

import pytest

from classifier.progress import progress_bars


class Terminal(io.StringIO):
    """A screen that keeps what is drawn on it."""

    def isatty(self) -> bool:
        return True


def read_stories(monkeypatch: pytest.MonkeyPatch, *, quiet: bool = False) -> str:
    """Do three steps of work, and return what a terminal shows of them."""
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    with progress_bars(quiet=quiet) as progress:
        read = progress.step("Reading the stories", 118)
        read(20)
        read(98)
        progress.step("Learning the codes", 11)(3)
    return screen.getvalue()


def test_terminal_is_shown_what_is_done_and_how_much_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert re.search(r"Reading the stories.*118/118", read_stories(monkeypatch))


def test_each_step_has_a_bar_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert re.search(r"Learning the codes.*3/11", read_stories(monkeypatch))


def test_bars_are_wiped_away_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_stories(monkeypatch).endswith("\x1b[2K")


def test_nothing_is_shown_where_quiet_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_stories(monkeypatch, quiet=True) == ""


def test_results_on_stdout_are_left_alone(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    read_stories(monkeypatch)
    assert capsys.readouterr().out == ""


def test_nothing_is_written_into_a_log_by_a_short_step(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bars(quiet=False) as progress:
        progress.step("Reading the stories", 118)(20)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(("quiet", "lines"), [(False, ["Reading the stories: 60 of 1,180"]), (True, [])])
def test_a_long_step_writes_a_line_every_ten_seconds_into_a_log(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], quiet: bool, lines: list[str]
) -> None:
    times = iter((0.0, 4.0, 8.0, 12.0, 12.0, 16.0))
    monkeypatch.setattr("time.monotonic", lambda: next(times))
    with progress_bars(quiet=quiet) as progress:
        read = progress.step("Reading the stories", 1180)
        for _ in range(4):
            read(20)
    assert capsys.readouterr().err.splitlines() == lines


def fail_midway() -> None:
    with progress_bars(quiet=False):
        raise KeyboardInterrupt


def test_interrupted_work_stays_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    with pytest.raises(KeyboardInterrupt):
        fail_midway()
