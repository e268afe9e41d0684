from __future__ import annotations

import csv
import json
from pathlib import Path

import openpyxl
import pytest

from classifier.agreement.adjudication import Difference
from classifier.agreement.adjudication_workbook import write_adjudication
from classifier.errors import OutputError
from classifier.report.document import Report
from classifier.report.evaluation_report import build_report
from classifier.report.folder import check_folder, save_report
from tests.support.reports import CODEBOOK, SECRET, evaluated


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return build_report(evaluated(tmp_path_factory.mktemp("report")))


def test_folder_holds_one_page_and_the_figures(report: Report, tmp_path: Path) -> None:
    save_report(report, tmp_path / "report")
    assert sorted(path.name for path in (tmp_path / "report").iterdir()) == [
        "figures",
        "report.html",
        "report.json",
        "tables",
    ]


def test_every_table_is_a_file(report: Report, tmp_path: Path) -> None:
    save_report(report, tmp_path / "report")
    written = {path.stem for path in (tmp_path / "report" / "tables").iterdir()}
    assert written == {table.name for table in report.tables}


def test_every_picture_is_two_files(report: Report, tmp_path: Path) -> None:
    save_report(report, tmp_path / "report")
    written = {path.name for path in (tmp_path / "report" / "figures").iterdir()}
    assert written == {f"{picture.name}.{kind}" for picture in report.pictures for kind in ("svg", "png")}


def test_earlier_report_is_replaced(report: Report, tmp_path: Path) -> None:
    save_report(report, tmp_path / "report")
    (tmp_path / "report" / "tables" / "old.csv").write_text("left over", encoding="utf-8")
    save_report(report, tmp_path / "report")
    assert not (tmp_path / "report" / "tables" / "old.csv").exists()


def test_files_that_people_put_beside_a_report_are_not_lost(report: Report, tmp_path: Path) -> None:
    save_report(report, tmp_path / "report")
    (tmp_path / "report" / "notes.docx").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match=r"holds 'notes\.docx' beside the report, which would be lost"):
        save_report(report, tmp_path / "report")
    assert (tmp_path / "report" / "notes.docx").is_file()


def test_codes_agreed_on_in_a_report_are_not_lost(report: Report, tmp_path: Path) -> None:
    difference = Difference(fragment_id="A/1", field="scale", codes={"ana": ("Local",), "ben": ("National",)})
    adjudication = {"adjudication.xlsx": lambda path: write_adjudication(path, [difference], codebook=CODEBOOK)}
    save_report(report, tmp_path / "report", workbooks=adjudication)
    save_report(report, tmp_path / "report", workbooks=adjudication)  # nobody has entered anything yet
    path = tmp_path / "report" / "adjudication.xlsx"
    workbook = openpyxl.load_workbook(path)
    workbook["Differences"]["E2"] = "Local"
    workbook.save(path)
    with pytest.raises(OutputError, match="holds codes that were agreed on, which would be lost"):
        save_report(report, tmp_path / "report")


def test_report_behind_a_link_is_replaced_where_it_lies(report: Report, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "report").symlink_to(tmp_path / "real")
    save_report(report, tmp_path / "report")
    save_report(report, tmp_path / "report")
    assert (tmp_path / "real" / "report.html").is_file()


def test_folder_of_others_is_left_alone(report: Report, tmp_path: Path) -> None:
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "thesis.docx").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError) as caught:
        save_report(report, tmp_path / "report")
    assert str(caught.value) == (
        f"{tmp_path / 'report'}: exists and is not a report of outcome-coder; choose another --out"
    )
    assert (tmp_path / "report" / "thesis.docx").read_text(encoding="utf-8") == "mine"


def test_report_of_another_program_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text(json.dumps({"made_by": "another program"}), encoding="utf-8")
    with pytest.raises(OutputError):
        check_folder(tmp_path)


def test_empty_folder_is_taken(report: Report, tmp_path: Path) -> None:
    (tmp_path / "report").mkdir()
    save_report(report, tmp_path / "report")
    assert (tmp_path / "report" / "report.html").is_file()


def test_failed_report_leaves_the_earlier_one(report: Report, tmp_path: Path) -> None:
    save_report(report, tmp_path / "report")

    def fail(path: Path) -> None:
        raise OutputError("the disk is full")

    with pytest.raises(OutputError, match="the disk is full"):
        save_report(report, tmp_path / "report", workbooks={"adjudication.xlsx": fail})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report"]
    assert (tmp_path / "report" / "report.html").is_file()


def test_missing_parent_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError) as caught:
        check_folder(tmp_path / "nowhere" / "report")
    assert str(caught.value) == f"{tmp_path / 'nowhere'}: no such folder; create it, or choose another --out"


def test_nothing_that_looks_like_a_formula_is_one(report: Report, tmp_path: Path) -> None:
    save_report(report, tmp_path / "report")
    with (tmp_path / "report" / "tables" / "counts.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert [row[-1] for row in rows[1:]] == ["-4", "-4", "+8"]


def test_no_file_holds_outcome_text(report: Report, tmp_path: Path) -> None:
    save_report(report, tmp_path / "report")
    files = [path for path in (tmp_path / "report").rglob("*") if path.is_file()]
    assert [path.name for path in files if SECRET.encode() in path.read_bytes()] == []
