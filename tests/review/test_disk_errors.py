from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from classifier.languages import use_language
from classifier.review.background import Jobs
from classifier.review.disk_errors import describe_disk_error
from classifier.review.pages import project as project_page
from tests.support.full_disk import full_disk
from tests.support.visiting import Visitor, open_project_of, page_context_of, text_in

FULL = "There is no space left on the disk of the computer that shows this page. Free some space there, then try again."
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of files there")


@pytest.fixture
def ana(tmp_path: Path) -> Iterator[Visitor]:
    """Return Ana, who has looked at the page before the disk is full."""
    context = page_context_of(tmp_path, "SCC-LPC/001")
    visitor = Visitor(context)
    visitor.see("/download")
    yield visitor
    open_project_of(context).project.journal.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("path", ["/download/coded.xlsx", "/download/coded.csv", "/harvests/template.xlsx"])
def test_full_disk_is_named_where_a_file_is_made_to_be_handed_out(ana: Visitor, path: str) -> None:
    with full_disk():
        answer = ana.get(path)
    assert (answer.status_code, FULL in text_in(answer.text)) == (503, True)
    assert ana.get(path).status_code == 200


@pytest.mark.parametrize(("path", "name"), [("/harvests", "workbook"), ("/codebook/file", "codebook")])
@pytest.mark.parametrize("n_bytes", [1000, 2**21])  # what is larger than a mebibyte is kept on the disk while it comes
def test_full_disk_is_named_where_a_file_is_sent(ana: Visitor, path: str, name: str, n_bytes: int) -> None:
    with full_disk():
        answer = ana.client.post(path, data={"csrf": ana.session.csrf}, files={name: ("harvest.csv", b"x" * n_bytes)})
    assert (answer.status_code, FULL in text_in(answer.text)) == (503, True)


def test_folder_that_can_not_be_written_to_is_named(ana: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system", "/srv/harvests/2026")

    monkeypatch.setattr(project_page, "export_project", refuse)
    answer = ana.get("/download/coded.xlsx")
    assert answer.status_code == 503
    assert (
        "Something can't be written on the computer that shows this page (Read-only file system). Check who may write "
        "there, then try again."
    ) in text_in(answer.text)
    assert "/srv/harvests" not in answer.text


def test_other_error_of_the_system_is_an_internal_one(ana: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.EBADF, "Bad file descriptor")

    monkeypatch.setattr(project_page, "export_project", fail)
    assert ana.get("/download/coded.xlsx").status_code == 500


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", FULL), ("fr", "Il n'y a plus de place sur le disque"), ("ar", "لم تبقَ مساحة على قرص")],
)
def test_job_names_the_full_disk_in_the_language_of_the_page(language: str, told: str) -> None:
    def work(progress: object) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    jobs = Jobs()
    jobs.start("Suggesting codes", work)
    while jobs.latest is None or jobs.latest.is_running:
        pass
    with use_language(language):
        assert told in (jobs.latest.error or "")


def test_file_that_is_missing_is_no_error_of_the_disk() -> None:
    assert describe_disk_error(FileNotFoundError(errno.ENOENT, "No such file or directory")) is None
