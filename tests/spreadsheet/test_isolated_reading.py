"""A file that ends or misleads the process that reads it is refused, and the next one is read."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from classifier.errors import FaultsError
from classifier.spreadsheet.reading import read_sheets
from tests.support.workbooks import write_sheets, write_text

ROWS = [["FragmentID", "Outcome description"], ["SCC-1", "The council passed the by-law."]]


@pytest.fixture
def harvest(tmp_path: Path) -> Path:
    return write_sheets(tmp_path / "harvest.xlsx", {"Outcomes": ROWS})


def refusal_by(reader: str, path: Path) -> str:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("classifier.spreadsheet.reading._READER", f"tests.support.in_child:{reader}")
        with pytest.raises(FaultsError) as refused:
            read_sheets(path)
    return str(refused.value)


def test_file_that_ends_the_process_is_named_with_what_to_do(harvest: Path) -> None:
    message = refusal_by("abort", harvest)
    assert message.startswith("harvest.xlsx: ")
    assert "made to do harm" in message
    assert "don't use it unless you know who made it" in message


def test_what_is_no_sheet_is_refused(harvest: Path) -> None:
    assert "it is damaged" in refusal_by("lie", harvest)


def test_file_after_one_that_ended_the_process_is_read(harvest: Path) -> None:
    refusal_by("abort", harvest)
    [sheet] = read_sheets(harvest)
    assert sheet.rows == ROWS


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the memory of a process")
def test_old_workbook_that_makes_the_library_abort_is_refused(tmp_path: Path) -> None:
    content = bytearray((Path(__file__).parents[1] / "data" / "old_workbook.xls").read_bytes())
    content[3572] = 0xB3  # for which the library asks for more memory than there is
    (tmp_path / "harvest.xls").write_bytes(content)
    with pytest.raises(FaultsError, match=r"harvest\.xls"):
        read_sheets(tmp_path / "harvest.xls")


def test_larger_file_than_is_read_is_refused_before(tmp_path: Path) -> None:
    path = tmp_path / "harvest.csv"
    with path.open("wb") as file:
        file.truncate(129 * 2**20)
    with pytest.raises(FaultsError, match="the file has 129 MiB, and at most 128 MiB are read"):
        read_sheets(path)


def test_more_columns_than_are_read_are_refused(tmp_path: Path) -> None:
    path = write_text(tmp_path / "harvest.csv", f"FragmentID{',' * 5000}Outcome description\nSCC-1\n")
    with pytest.raises(FaultsError, match="there is text in column 5001, and at most 5000 columns are read"):
        read_sheets(path)


def test_more_rows_than_are_read_are_refused(tmp_path: Path) -> None:
    path = write_text(tmp_path / "harvest.csv", "x\n" * 100_001)
    with pytest.raises(FaultsError, match="there is text in 100001 rows, and at most 100000 rows are read"):
        read_sheets(path)


def test_blank_rows_do_not_count_as_rows_that_are_read(tmp_path: Path) -> None:
    path = write_text(tmp_path / "harvest.csv", "FragmentID,Country\n" + ",\n" * 100_001 + "SCC-1,Mali\n")
    [sheet] = read_sheets(path)
    assert len(sheet.filled_rows(below=-1)) == 2
