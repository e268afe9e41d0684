from __future__ import annotations

import errno
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from classifier.cli import app as cli
from classifier.cli.app import app
from classifier.error_report import error_report_folder, report_errors
from classifier.features import embedding_cache
from classifier.model import workflow as model_workflow
from classifier.project import project
from classifier.report import workflow as report_workflow
from classifier.suggestion import workflow

SECRET = "Wanjiru was freed on bail"
REPORTED = (
    "Error: Something went wrong in outcome-coder (RuntimeError), because of an internal error and not because of "
    "your files. A report is in {report}: please send it to the maintainers of outcome-coder; it contains no "
    "outcome text.\n"
)


@pytest.fixture(autouse=True)
def reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that reports are written to."""
    monkeypatch.setenv("OUTCOME_CODER_REPORTS", str(tmp_path / "reports"))
    return error_report_folder()


def fail(*given: object, **options: object) -> None:
    raise RuntimeError(SECRET)


def raised() -> Exception:
    """Return what is raised where one error follows another."""
    try:
        fail()
    except RuntimeError as error:
        later = KeyError(SECRET)
        later.__cause__ = error
        return later
    raise AssertionError("nothing was raised")


COMMANDS = {
    "suggest": (workflow, "suggest_file", ["suggest", "harvest.xlsx"]),
    "explain": (workflow, "explain_file", ["explain", "harvest.xlsx", "--id", "A/1"]),
    "train": (model_workflow, "train", ["train", "coded.xlsx", "--out", "ours"]),
    "curve": (report_workflow, "draw_curve", ["curve", "coded.xlsx"]),
    "project status": (project, "open_project", ["project", "status"]),
    "project suggest": (project, "open_project", ["project", "suggest"]),
    "project add": (project, "open_project", ["project", "add", "harvest.xlsx"]),
    "cache info": (embedding_cache, "default_cache_folder", ["cache", "info"]),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_unexpected_error_is_reported_without_a_traceback_or_a_text(
    name: str, reports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room, function, arguments = COMMANDS[name]
    monkeypatch.setattr(room, function, fail)
    result = CliRunner().invoke(app, arguments)
    (report,) = reports.iterdir()
    assert (result.exit_code, result.stdout, result.stderr) == (70, "", REPORTED.format(report=report))
    text = report.read_text(encoding="utf-8")
    assert (SECRET in text, "Wanjiru" in text, f"the command {name.split()[0]}" in text) == (False, False, True)


def test_report_names_our_own_lines_and_none_of_the_messages(reports: Path) -> None:
    path = report_errors([raised()], during="testing")
    assert path is not None
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[1] == "while testing"
    assert lines[4:] == ["", "1 time:", "builtins.KeyError", "caused by builtins.RuntimeError"]


def test_errors_alike_are_reported_once_with_their_number(reports: Path) -> None:
    path = report_errors([raised() for _ in range(5)], during="testing")
    assert path is not None
    assert path.read_text(encoding="utf-8").count("KeyError") == 1
    assert "5 times:" in path.read_text(encoding="utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps no such rights")
def test_report_is_for_its_owner_alone(reports: Path) -> None:
    path = report_errors([raised()], during="testing")
    assert path is not None
    assert (stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(reports.stat().st_mode)) == (0o600, 0o700)


def test_unwritable_error_report_is_mentioned(reports: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reports.write_text("a file where the folder should be", encoding="utf-8")
    monkeypatch.setattr(workflow, "suggest_file", fail)
    result = CliRunner().invoke(app, ["suggest", "harvest.xlsx"])
    assert (result.exit_code, result.stderr) == (
        70,
        "Error: Something went wrong in outcome-coder (RuntimeError), because of an internal error and not because of "
        f"your files. No report could be written to {reports}; please tell the maintainers of outcome-coder what you "
        "did.\n",
    )


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device", "out.xlsx"),
            "Error: out.xlsx: No space left on device; free some space, then run it again\n",
        ),
        (
            PermissionError(errno.EACCES, "Permission denied", "out.xlsx"),
            "Error: out.xlsx: Permission denied; check who may read and write there\n",
        ),
        (
            MemoryError(SECRET),
            "Error: this machine has too little free memory for this; close other programs, or split the outcomes "
            "into several files\n",
        ),
    ],
)
def test_error_of_the_machine_is_reported_plainly(
    error: Exception, message: str, reports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*given: object, **options: object) -> None:
        raise error

    monkeypatch.setattr(workflow, "suggest_file", failing)
    result = CliRunner().invoke(app, ["suggest", "harvest.xlsx"])
    assert (result.exit_code, result.stderr, reports.exists()) == (1, message, False)


def test_words_that_a_library_raises_as_a_fault_of_the_machine_are_not_shown(
    reports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*given: object, **options: object) -> None:
        raise OSError(f"can't tokenise {SECRET}")

    monkeypatch.setattr(workflow, "suggest_file", failing)
    result = CliRunner().invoke(app, ["suggest", "harvest.xlsx"])
    assert (result.exit_code, SECRET in result.output) == (70, False)


def test_error_before_a_command_runs_is_reported_too(
    reports: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "app", fail)
    with pytest.raises(SystemExit) as caught:
        cli.main()
    (report,) = reports.iterdir()
    assert (caught.value.code, capsys.readouterr().err) == (70, REPORTED.format(report=report))


def test_reader_that_stops_early_is_no_fault() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", "from classifier.cli.app import main; main()", "codebook", "show"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        assert running.stderr.read() == b""
