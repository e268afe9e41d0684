from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import HTTPCookieProcessor, build_opener

import pytest
from typer.testing import CliRunner

from classifier import sample_files
from classifier.cli.app import app
from classifier.project.project import new_project, open_project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    begun = new_project(tmp_path / "harvest_2026", codebook=sample_files.codebook_path())
    begun.journal.close()
    return begun.folder


def refused(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["review", *arguments])
    return result.exit_code, " ".join(result.stderr.split())


def test_coder_needs_a_name(project: Path) -> None:
    assert refused(str(project)) == (1, "Error: A coder needs a name; give it with --coder")


def test_others_are_let_in_by_password_only(project: Path) -> None:
    code, reported = refused(str(project), "--coder", "Ana", "--host", "192.0.2.7")
    assert (code, reported) == (
        1,
        "Error: 192.0.2.7: others can reach this address, so coders must sign in; make a users file with "
        "`outcome-coder users add NAME --users users.txt`, and name it with --users",
    )


def test_folder_that_is_no_project_is_reported(tmp_path: Path) -> None:
    assert refused(str(tmp_path), "--coder", "Ana")[1].startswith(f"Error: {tmp_path}: is not a project folder")


@pytest.mark.parametrize("option", ["--blind", "--double"])
def test_share_of_more_than_all_is_refused(project: Path, option: str) -> None:
    code, reported = refused(str(project), option, "15")
    assert (code, "15.0 is not between 0 and 1" in reported) == (2, True)


def test_share_is_kept_for_the_project(project: Path) -> None:
    refused(str(project), "--blind", "0.3")
    opened = open_project(project)
    opened.journal.close()
    assert (opened.shares.blind, opened.shares.double) == (0.3, 0.0)


@contextmanager
def running(*arguments: str, home: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the program until it has told its link; a browser that does nothing stands in for one."""
    environment = {**os.environ, "HOME": str(home), "BROWSER": "true", "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "classifier", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment) as run:
        try:
            assert run.stdout is not None
            yield run, next(found[0] for line in run.stdout if (found := re.search(r"http://\S+token=\S+", line)))
        finally:
            run.kill()


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The page that the start screen showed, and how the program ended on Ctrl-C."""

    page: str
    status: int
    last: str


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Started:
    browser = build_opener(HTTPCookieProcessor())
    browser.addheaders = [("Accept", "text/html")]
    with running(home=tmp_path_factory.mktemp("home")) as (run, link):
        with browser.open(link) as answer:
            page = answer.read().decode()
        run.send_signal(signal.SIGINT)
        reported, _ = run.communicate(timeout=30)
    return Started(page=page, status=run.returncode, last=reported.splitlines()[-1])


def test_without_a_command_the_start_screen_opens(started: Started) -> None:
    assert "Code a harvest" in started.page


@pytest.mark.slow
@pytest.mark.parametrize(("sent", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_stopping_says_that_decisions_are_kept(
    sent: signal.Signals, status: int, project: Path, tmp_path: Path
) -> None:
    with running("review", str(project), "--coder", "Ana", home=tmp_path) as (run, _):
        run.send_signal(sent)
        reported, _ = run.communicate(timeout=30)
    assert (run.returncode, reported.splitlines()[-1]) == (status, "Stopped. All decisions are saved.")


def test_ctrl_c_on_the_start_screen_ends_with_the_status_of_an_interrupt(started: Started) -> None:
    assert (started.status, started.last) == (130, "Stopped. All decisions are saved.")


@pytest.mark.parametrize(("login", "proposed"), [("amoss", "amoss"), ("root", ""), ("Ubuntu", "")])
def test_the_start_screen_proposes_no_name_of_a_shared_account(
    monkeypatch: pytest.MonkeyPatch, login: str, proposed: str
) -> None:
    asked: list[str] = []
    monkeypatch.setattr("getpass.getuser", lambda: login)
    monkeypatch.setattr("classifier.review.server.serve_start", lambda *_, coder, **__: asked.append(coder))
    CliRunner().invoke(app, [])
    assert asked == [proposed]


def test_the_start_screen_proposes_no_name_where_the_machine_knows_none(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def unknown() -> str:
        raise ModuleNotFoundError("No module named 'pwd'")  # Python before 3.13, on Windows without USERNAME

    monkeypatch.setattr("getpass.getuser", unknown)
    monkeypatch.setattr("classifier.review.server.serve_start", lambda *_, coder, **__: asked.append(coder))
    CliRunner().invoke(app, [])
    assert asked == [""]
