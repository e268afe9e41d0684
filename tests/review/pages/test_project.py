from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from httpx2 import Response

from classifier.errors import TrainingError
from classifier.limits import MOST_FILES_AT_ONCE
from classifier.progress import ProgressReporter
from classifier.project.project import new_project
from classifier.review.context import PageContext, ProgressLine
from classifier.review.open_project import OpenProject
from tests.support.projects import CODEBOOK, by_hand, row
from tests.support.visiting import SITE, Visitor, forms_in, keep_for, links_in, page_context_of, text_in
from tests.support.workbooks import write_outcomes, write_text

A, B, C, D = ("SCC-LPC/001", "SCC-LPC/002", "SCC-LPC/003", "SCC-LPC/004")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST_S = 30.0


@pytest.fixture
def page_context(tmp_path: Path) -> Iterator[PageContext]:
    """Return the office of a project of three outcomes, without a model."""
    opened = page_context_of(tmp_path, A, B, C)
    yield opened
    open_project_of(opened).project.journal.close()


@pytest.fixture
def ana(page_context: PageContext) -> Visitor:
    return Visitor(page_context)


def open_project_of(page_context: PageContext) -> OpenProject:
    assert page_context.open_project is not None
    return page_context.open_project


def add(visitor: Visitor, content: bytes, *, name: str = "harvest.xlsx") -> Response:
    form = forms_in(visitor.see("/harvests"))["/harvests"]
    return visitor.client.post("/harvests", data=dict(form.values), files={"workbook": (name, content, XLSX)})


def workbook(folder: Path, *rows: dict[str, str]) -> bytes:
    return write_outcomes(folder / "made.xlsx", *rows).read_bytes()


# Harvests


def test_harvests_are_listed_under_the_names_that_they_had(ana: Visitor) -> None:
    assert "File Outcomes harvest.xlsx 3" in text_in(ana.see("/harvests"))


def test_harvest_added_brings_its_outcomes(ana: Visitor, tmp_path: Path) -> None:
    answer = add(ana, workbook(tmp_path, row(D)), name="more.xlsx")
    assert "1 new outcome, 0 unchanged, 0 changed." in text_in(answer.text)
    assert list(open_project_of(ana.page_context).coding_items.by_id) == [A, B, C, D]


def test_corrected_harvest_reports_what_changed(ana: Visitor, tmp_path: Path) -> None:
    ana.decide(B, scale="Local")
    reported = text_in(add(ana, workbook(tmp_path, row(A), row(B, country="Niger"))).text)
    assert "0 new outcomes, 1 unchanged, 1 changed. SCC-LPC/002: country" in reported
    assert "1 of the changed outcomes had already been decided; check them again." in reported
    assert (
        "1 outcome of the earlier version is not in this one; it stays in the project with all decisions." in reported
    )


def test_faults_of_a_harvest_are_reported_by_their_cells(ana: Visitor, tmp_path: Path) -> None:
    answer = add(ana, workbook(tmp_path, row(D), row(D)), name="more.xlsx")
    assert answer.status_code == 400
    assert "more.xlsx: 1 problem to correct Outcomes!A3: FragmentID 'SCC-LPC/004' appears twice" in text_in(answer.text)


def test_faults_of_a_harvest_say_nothing_of_where_it_lay_for_a_moment(ana: Visitor, tmp_path: Path) -> None:
    reported = add(ana, workbook(tmp_path, row(D), row(D)), name="more.xlsx").text
    assert ("/tmp" in reported, "outcome-coder-" in reported) == (False, False)


def test_harvest_with_faults_adds_nothing(ana: Visitor, tmp_path: Path) -> None:
    folder = open_project_of(ana.page_context).project.folder / "harvests"
    add(ana, workbook(tmp_path, row(D), row(D)), name="more.xlsx")
    assert [path.name for path in folder.iterdir()] == ["001_harvest.xlsx"]


@pytest.mark.parametrize("name", ["../../more.xlsx", "/etc/more.xlsx", "..\\more.xlsx"])
def test_harvest_stays_in_the_project_whatever_the_file_is_called(ana: Visitor, tmp_path: Path, name: str) -> None:
    add(ana, workbook(tmp_path, row(D)), name=name)
    folder = open_project_of(ana.page_context).project.folder / "harvests"
    assert sorted(path.name for path in folder.iterdir()) == ["001_harvest.xlsx", "002_more.xlsx"]


def test_harvest_is_asked_for(ana: Visitor) -> None:
    ana.post("/harvests")
    assert "Choose a file first." in ana.see("/harvests")


def test_file_that_ends_the_process_that_reads_it_costs_its_own_request_alone(
    ana: Visitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = workbook(tmp_path, row(D))
    monkeypatch.setattr("classifier.spreadsheet.reading._READER", "tests.support.in_child:abort")
    answer = add(ana, content)
    assert answer.status_code == 400
    assert "harvest.xlsx" in text_in(answer.text)
    assert "made to do harm" in text_in(answer.text)
    ana.see("/queue")


def test_coders_go_on_while_a_file_hangs(ana: Visitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("classifier.spreadsheet.reading._READER", "tests.support.in_child:hang")
    upload = threading.Thread(target=add, args=(ana, workbook(tmp_path, row(D))))
    upload.start()
    ben = Visitor(ana.page_context, "Ben")
    ben.decide(A, scale="Local")
    assert upload.is_alive()
    assert not ana.page_context.lock.locked()
    upload.join()


def test_file_waits_for_a_place_where_others_are_being_read(ana: Visitor) -> None:
    for _ in range(MOST_FILES_AT_ONCE):
        ana.page_context.reading.acquire()
    add(ana, b"")
    assert "Other files are being read" in ana.see("/harvests")


def test_harvest_that_was_not_chosen_is_asked_for(ana: Visitor) -> None:
    assert add(ana, b"", name="").headers["location"] == "/harvests"


# The coded harvest


def sheet_of(answer: Response) -> dict[str, tuple[object, ...]]:
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0].values)
    header = rows[0]
    return {str(row[0]): (row[header.index("Scale")], row[header.index("Objective")]) for row in rows[1:]}


def test_coded_harvest_holds_what_was_decided(ana: Visitor) -> None:
    ana.decide(A, scale="National", objective=["GEN"])
    answer = ana.get(links_in(ana.see("/download"))["Download harvest.xlsx with its codes"])
    assert sheet_of(answer) == {A: ("National", "GEN"), B: (None, None), C: (None, None)}


def test_coded_harvest_is_a_workbook_with_a_name_of_its_own(ana: Visitor) -> None:
    answer = ana.get(links_in(ana.see("/download"))["Download harvest.xlsx with its codes"])
    assert (answer.headers["content-type"], answer.headers["content-disposition"]) == (
        XLSX,
        'attachment; filename="harvest_coded.xlsx"',
    )


@pytest.mark.parametrize("name", ['the "3rd" harvest & more.xlsx', "حصاد ٢٠٢٦.xlsx", "100% #3.xlsx"])
def test_coded_harvest_is_handed_out_whatever_the_file_is_called(ana: Visitor, tmp_path: Path, name: str) -> None:
    add(ana, workbook(tmp_path, row(D)), name=name)
    links = [href for href in links_in(ana.see("/download")).values() if href.startswith("/download/")]
    assert sheet_of(ana.get(links[-1])) == {D: (None, None)}


def test_harvest_that_there_is_not_is_reported(ana: Visitor) -> None:
    assert ana.get("/download/coded.xlsx", harvest="../project.json").status_code == 400


def test_harvest_that_came_as_a_table_is_handed_out_as_a_workbook(ana: Visitor) -> None:
    add(ana, f"FragmentID,Outcome description,Scale,Objective\n{D},It met.,,\n".encode(), name="more.csv")
    ana.decide(D, scale="Local")
    assert sheet_of(ana.get(links_in(ana.see("/download"))["Download more.csv with its codes"])) == {D: ("Local", None)}


# How far it has come


def test_progress_reports_what_each_coder_decided(ana: Visitor) -> None:
    ana.decide(A, scale="National")
    Visitor(ana.page_context, "Ben").decide(A, scale="Local")
    reported = text_in(ana.see("/progress"))
    assert ("Ana" in reported, "Ben" in reported) == (True, True)


def test_progress_reports_no_codes_of_other_coders(ana: Visitor) -> None:
    local = by_hand(A, "Local", coder="Ben")
    open_project_of(ana.page_context).record([local, replace(local, codes=("National",))])
    reported = text_in(ana.see("/progress"))
    assert ("decided twice" in reported, "National" in reported) == (False, False)


def test_every_page_reports_how_far_its_coder_is(ana: Visitor) -> None:
    ana.decide(A, scale="National", objective=["GEN"])
    assert "1 of your 3 outcomes decided" in text_in(ana.see("/model"))


@pytest.mark.parametrize(
    ("n_done", "seconds", "left"),
    [(0, None, ""), (60, 20.0, ""), (59, 20.0, "less than a minute"), (30, 20.0, "about 10 min"),
     (0, 89.0, "about 89 min"), (0, 120.0, "about 2.0 hours")],
)  # fmt: skip
def test_time_left_is_reported_in_words(n_done: int, seconds: float | None, left: str) -> None:
    assert ProgressLine(n_done=n_done, n_mine=60, seconds=seconds).left == left


# The model


def ended(page_context: PageContext) -> None:
    """Wait until a job is done."""
    until = time.monotonic() + LONGEST_S
    job = open_project_of(page_context).jobs.latest
    while job is not None and job.is_running and time.monotonic() < until:
        time.sleep(0.01)


def test_suggestions_need_a_model(ana: Visitor) -> None:
    ana.send(forms_in(ana.see("/model"))["/model/suggest"])
    ended(ana.page_context)
    folder = open_project_of(ana.page_context).project.folder
    assert (
        f"Suggesting codes {folder}: has no model; train one under Model on the review page, or with `outcome-coder "
        f"project train --project {folder}`"
    ) in text_in(ana.see("/model"))


def test_model_needs_outcomes_that_are_adjudicated(ana: Visitor) -> None:
    ana.send(forms_in(ana.see("/model"))["/model/train"])
    ended(ana.page_context)
    job = open_project_of(ana.page_context).jobs.latest
    assert job is not None
    assert (job.title, job.result, job.error is None) == ("Training a model on the current codes", None, False)


def test_model_page_counts_what_could_be_trained_on(ana: Visitor) -> None:
    ana.decide(A, scale="National")
    assert "1 outcome of this project can be used for training" in text_in(ana.see("/model"))


def test_page_trains_on_fewer_outcomes_than_before_as_it_warns_first(
    ana: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted: list[object] = []

    def refuse(*_: object, **options: object) -> None:
        accepted.append(options["accept_fewer"])
        raise TrainingError("too few")

    monkeypatch.setattr("classifier.review.pages.project.train_project", refuse)
    ana.post("/model/train")
    ended(ana.page_context)
    assert accepted == [True]


def test_job_that_is_going_on_is_shown_and_asked_after(ana: Visitor) -> None:
    may_end = threading.Event()

    def work(progress: ProgressReporter) -> str:
        progress.step("embedding", 4)(1)
        return "Done." if may_end.wait(LONGEST_S) else ""

    jobs = open_project_of(ana.page_context).jobs
    jobs.start("Suggesting codes", work)
    while jobs.latest is not None and not jobs.latest.step:
        time.sleep(0.002)
    shown = ana.see("/model/job")
    ana.post("/model/train")
    reported = text_in(ana.see("/model"))
    may_end.set()
    ended(ana.page_context)
    assert ('hx-get="/model/job"' in shown, 'value="25"' in shown, "embedding" in shown) == (True, True, True)
    assert "Another task is running; wait until it has finished." in reported


def test_job_that_is_done_has_the_page_shown_anew(ana: Visitor) -> None:
    open_project_of(ana.page_context).jobs.start("Suggesting codes", lambda progress: "Done.")
    ended(ana.page_context)
    answer = ana.get("/model/job")
    assert (answer.headers["hx-refresh"], "hx-get" in answer.text) == ("true", False)


def test_before_the_first_job_there_is_none_to_show(ana: Visitor) -> None:
    answer = ana.get("/model/job")
    assert (answer.status_code, "hx-refresh" in answer.headers) == (200, False)


def test_model_page_reports_when_suggestions_were_made(ana: Visitor, page_context: PageContext) -> None:
    keep_for(open_project_of(page_context).project)
    assert ", for 3 outcomes." in text_in(ana.see("/model"))


def test_project_without_a_model_says_so(ana: Visitor) -> None:
    assert "This project has no model yet." in ana.see("/model")


def test_project_without_outcomes_shows_its_pages_all_the_same(tmp_path: Path) -> None:
    codebook = write_text(tmp_path / "codebook.yaml", CODEBOOK.dump())
    begun = new_project(tmp_path / "project", codebook=codebook)
    visitor = Visitor(PageContext(site=SITE, open_project=OpenProject(begun)))
    pages = ("/queue", "/bulk", "/differences", "/progress", "/model", "/harvests", "/download", "/help")
    assert [visitor.get(path).status_code for path in pages] == [200] * len(pages)
    begun.journal.close()
