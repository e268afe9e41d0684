from __future__ import annotations

import io
import sys
import time
from pathlib import Path

import pytest

from classifier import steps
from classifier.cli.terminal import echo
from classifier.codebook.schema import sample_codebook
from classifier.harvest.reading import read_harvest
from classifier.progress import progress_bars
from classifier.steps import begin_step, tell_steps


class Terminal(io.StringIO):
    """A screen that keeps what is written on it."""

    def isatty(self) -> bool:
        return True


def watch(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Return a terminal on which every step is told that lasts a moment."""
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(steps, "_DELAY_S", 0.0)
    return screen


def wait_for(screen: Terminal, text: str) -> str:
    until = time.monotonic() + 10.0
    while text not in screen.getvalue() and time.monotonic() < until:
        time.sleep(0.002)
    return screen.getvalue()


def test_step_that_takes_long_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = watch(monkeypatch)
    with tell_steps():
        begin_step("Reading harvest_1.xlsx")
        assert wait_for(screen, "harvest_1") == "Reading harvest_1.xlsx …\n"


def test_step_that_is_done_at_once_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = watch(monkeypatch)
    monkeypatch.setattr(steps, "_DELAY_S", 3600.0)
    with tell_steps():
        begin_step("Reading harvest_1.xlsx")
    assert screen.getvalue() == ""


def test_file_that_is_read_is_named(harvest_3_new: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = watch(monkeypatch)
    with tell_steps():
        read_harvest(harvest_3_new, codebook=sample_codebook())
        assert wait_for(screen, "harvest_3_new.xlsx") == "Reading harvest_3_new.xlsx …\n"


@pytest.mark.parametrize("quiet", [True, False])
def test_bars_take_the_place_of_steps(quiet: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = watch(monkeypatch)
    with tell_steps(), progress_bars(quiet=quiet) as progress:
        progress.step("Reading the stories", 2)(1)
        begin_step("Reading harvest_1.xlsx")
        time.sleep(0.05)
        assert "harvest_1" not in screen.getvalue()


def test_no_step_is_shown_once_something_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = watch(monkeypatch)
    monkeypatch.setattr(steps, "_DELAY_S", 0.02)
    with tell_steps():
        begin_step("Opening the project")
        echo("Open this link in a browser", err=True)
        begin_step("Reading harvest_1.xlsx")
        time.sleep(0.1)
        assert screen.getvalue() == "Open this link in a browser\n"


def test_no_step_is_shown_in_a_pipe(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(steps, "_DELAY_S", 0.0)
    with tell_steps():
        begin_step("Reading harvest_1.xlsx")
        time.sleep(0.05)
    assert capsys.readouterr() == ("", "")


def test_control_characters_in_a_file_name_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = watch(monkeypatch)
    with tell_steps():
        begin_step("Reading \x1b[2Jjune.xlsx")
        assert wait_for(screen, "june") == "Reading \\u001b[2Jjune.xlsx …\n"
