"""A workbook that can't be copied, whatever it does to the library that reads it, is refused."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from classifier.errors import OutputError
from classifier.languages import use_language
from classifier.spreadsheet.copying import copy_workbook
from tests.support.workbooks import write_sheets

ROWS = [["FragmentID", "Outcome description"], ["SCC-1", "The council passed the by-law."]]


def with_part_changed(path: Path, old: str, new: str) -> Path:
    """Change the markup of the sheet in a copy of a workbook."""
    changed = path.with_name(f"changed-{path.name}")
    with zipfile.ZipFile(path) as parts, zipfile.ZipFile(changed, "w") as written:
        for name in parts.namelist():
            content = parts.read(name)
            if name == "xl/worksheets/sheet1.xml":
                assert old.encode() in content
                content = content.replace(old.encode(), new.encode())
            written.writestr(name, content)
    return changed


@pytest.fixture
def harvest(tmp_path: Path) -> Path:
    return write_sheets(tmp_path / "harvest.xlsx", {"Outcomes": ROWS})


def refusal(path: Path) -> str:
    with pytest.raises(OutputError) as refused:
        copy_workbook(path)
    return str(refused.value)


def test_workbook_is_copied(harvest: Path) -> None:
    assert copy_workbook(harvest)["Outcomes"]["A2"].value == "SCC-1"


def test_more_merged_cells_than_are_copied_are_refused(harvest: Path) -> None:
    merged = '</sheetData><mergeCells count="1"><mergeCell ref="A2:XFD1048576"/></mergeCells>'
    message = refusal(with_part_changed(harvest, "</sheetData>", merged))
    assert "it has 17179852800 merged cells, and at most 1000000 are copied" in message


def test_error_of_the_library_is_reported_without_the_text_of_a_cell(harvest: Path) -> None:
    number = '<c r="B3" t="n"><v>Wanjiru was freed</v></c></row></sheetData>'
    message = refusal(with_part_changed(harvest, "</row></sheetData>", number))
    assert "ValueError" in message
    assert "Wanjiru" not in message


def test_workbook_that_ends_the_library_is_refused(harvest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("classifier.spreadsheet.copying._TRIAL", "tests.support.in_child:abort")
    assert "made to do harm" in refusal(harvest)


@pytest.mark.parametrize("answer", [None, {"x": "y"}, 7])
def test_answer_of_the_child_process_that_is_no_text_is_a_damaged_file(
    harvest: Path, monkeypatch: pytest.MonkeyPatch, answer: object
) -> None:
    monkeypatch.setattr("classifier.spreadsheet.copying.run_in_child", lambda *_: answer)
    assert refusal(harvest) == (
        "harvest.xlsx: this workbook can't be copied (it is damaged: what it holds can't be read); save it again in "
        "your spreadsheet program"
    )


def test_workbook_that_can_not_be_copied_is_told_in_french(harvest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("classifier.spreadsheet.copying.run_in_child", lambda *_: None)
    with pytest.raises(OutputError) as refused, use_language("fr"):
        copy_workbook(harvest)
    with use_language("fr"):
        assert "ce classeur ne peut pas être copié (il est endommagé" in refused.value.for_page()
