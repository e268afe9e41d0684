from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from httpx2 import Response

from classifier.project.project import new_project
from classifier.review.context import PageContext, ProgressLine
from classifier.review.open_project import OpenProject
from tests.support.projects import CODEBOOK, by_hand, row
from tests.support.visiting import SITE, Visitor, check_and_add, links_in, open_project_of, text_in
from tests.support.workbooks import write_outcomes, write_text

A, B, C, D = ("SCC-LPC/001", "SCC-LPC/002", "SCC-LPC/003", "SCC-LPC/004")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def workbook(folder: Path, *rows: dict[str, str]) -> bytes:
    return write_outcomes(folder / "made.xlsx", *rows).read_bytes()


# The coded harvest


def sheet_of(answer: Response) -> dict[str, tuple[object, ...]]:
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0].values)
    header = rows[0]
    return {str(row[0]): (row[header.index("Scale")], row[header.index("Objective")]) for row in rows[1:]}


def test_coded_harvest_holds_what_was_decided(ana: Visitor) -> None:
    ana.decide(A, scale="National", objective=["GEN"])
    answer = ana.get(links_in(ana.see("/download"))["Download harvest.xlsx with its codes"])
    assert sheet_of(answer) == {A: ("National", "GEN"), B: (None, None), C: (None, None)}


def test_labels_that_are_no_codes_are_told_before_the_download(ana: Visitor, tmp_path: Path) -> None:
    assert "in the files" not in text_in(ana.see("/download"))
    check_and_add(ana, workbook(tmp_path, row(D, scale="Village")), name="more.xlsx")
    assert (
        "1 label in the files is no code, or contradicts another: where a code was decided, the copy has that in its "
        "place." in text_in(ana.see("/download"))
    )


def test_coded_harvest_is_a_workbook_with_a_name_of_its_own(ana: Visitor) -> None:
    answer = ana.get(links_in(ana.see("/download"))["Download harvest.xlsx with its codes"])
    assert (answer.headers["content-type"], answer.headers["content-disposition"]) == (
        XLSX,
        'attachment; filename="harvest_coded.xlsx"',
    )


@pytest.mark.parametrize("name", ['the "3rd" harvest & more.xlsx', "حصاد ٢٠٢٦.xlsx", "100% #3.xlsx"])
def test_coded_harvest_is_handed_out_whatever_the_file_is_called(ana: Visitor, tmp_path: Path, name: str) -> None:
    check_and_add(ana, workbook(tmp_path, row(D)), name=name)
    links = [href for href in links_in(ana.see("/download")).values() if href.startswith("/download/coded.xlsx")]
    assert sheet_of(ana.get(links[-1])) == {D: (None, None)}


def test_coded_harvest_is_handed_out_as_csv(ana: Visitor) -> None:
    ana.decide(A, scale="National", objective=["GEN"])
    answer = ana.get(links_in(ana.see("/download"))["Download it as .csv"])
    assert (answer.headers["content-type"], answer.headers["content-disposition"]) == (
        "text/csv; charset=utf-8",
        'attachment; filename="harvest_coded.csv"',
    )
    assert answer.text.splitlines()[1] == f"{A},,Mali,The council of {A} met in public.,National,GEN"


def test_harvest_that_there_is_not_is_reported(ana: Visitor) -> None:
    assert ana.get("/download/coded.xlsx", harvest="../project.json").status_code == 400


def test_harvest_that_came_as_a_table_is_handed_out_as_a_workbook(ana: Visitor) -> None:
    check_and_add(ana, f"FragmentID,Outcome description,Scale,Objective\n{D},It met.,,\n".encode(), name="more.csv")
    ana.decide(D, scale="Local")
    assert sheet_of(ana.get(links_in(ana.see("/download"))["Download more.csv with its codes"])) == {D: ("Local", None)}


# How far it has come


def test_progress_reports_what_each_coder_decided(ana: Visitor) -> None:
    ana.decide(A, scale="National")
    Visitor(ana.page_context, "Ben").decide(A, scale="Local")
    reported = text_in(ana.see("/progress"))
    assert ("Ana" in reported, "Ben" in reported) == (True, True)


def test_progress_does_not_report_how_other_coders_decided(ana: Visitor) -> None:
    local = by_hand(A, "Local", coder="Ben")
    open_project_of(ana.page_context).record([local, replace(local, codes=("National",))])
    assert "decided twice" not in text_in(ana.see("/progress"))


def test_every_page_reports_how_far_its_coder_is(ana: Visitor) -> None:
    ana.decide(A, scale="National", objective=["GEN"])
    assert "You have decided 1 of the 3 outcomes in your share" in text_in(ana.see("/model"))


@pytest.mark.parametrize(
    ("n_done", "seconds", "left"),
    [(0, None, ""), (60, 20.0, ""), (59, 20.0, "less than a minute"), (30, 20.0, "about 10 min"),
     (0, 89.0, "about 89 min"), (0, 120.0, "about 2.0 hours")],
)  # fmt: skip
def test_time_left_is_reported_in_words(n_done: int, seconds: float | None, left: str) -> None:
    assert ProgressLine(n_done=n_done, n_mine=60, seconds=seconds).left == left


def test_project_without_outcomes_shows_its_pages_all_the_same(tmp_path: Path) -> None:
    codebook = write_text(tmp_path / "codebook.yaml", CODEBOOK.dump())
    begun = new_project(tmp_path / "project", codebook=codebook)
    visitor = Visitor(PageContext(site=SITE, open_project=OpenProject(begun)))
    pages = ("/queue", "/bulk", "/differences", "/progress", "/model", "/harvests", "/download", "/help")
    assert [visitor.get(path).status_code for path in pages] == [200] * len(pages)
    begun.journal.close()
