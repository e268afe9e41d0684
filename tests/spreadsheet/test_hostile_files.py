"""No file, whatever it holds, may end in anything but sheets or a message that says what to do."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.child_process import StoppedError, StopReason, run_in_child
from classifier.spreadsheet.file_kind import READABLE
from classifier.spreadsheet.reading import read_sheets
from tests.support.spreadsheet_files import write_binary_workbook, write_opendocument
from tests.support.workbooks import write_sheets

ROWS = [["FragmentID", "Outcome description"], ["SCC-1", "The council passed the by-law."]]
STARTS = [
    b"",
    b"PK\x03\x04",
    bytes.fromhex("d0cf11e0a1b11ae1"),
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"[",
    b"{",
    b"<html>",
    b"sep=",
]


def read_or_refuse(name: str, content: bytes, encoding: str | None = None) -> None:
    # In a child process, since a library may abort, but not by `read_sheets`, which hides what nobody foresaw.
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        try:
            found = run_in_child("tests.support.in_child:read_or_refuse", [str(path), encoding])
        except StoppedError as stopped:
            found = stopped.reason
    assert found in ("", StopReason.ENDED, StopReason.MEMORY)


@pytest.mark.slow
@settings(deadline=None, max_examples=300)
@given(st.sampled_from(READABLE), st.sampled_from(STARTS), st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(ending: str, start: bytes, content: bytes) -> None:
    read_or_refuse(f"harvest{ending}", start + content)


@settings(deadline=None)
@given(
    st.sampled_from([".csv", ".json", ".txt"]), st.binary(max_size=200), st.sampled_from(["utf-7", "cp1256", "idna"])
)
def test_any_bytes_in_any_encoding_are_read_or_refused(ending: str, content: bytes, encoding: str) -> None:
    read_or_refuse(f"harvest{ending}", content, encoding)


def whole(kind: str) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"harvest{kind}"
        if kind == ".xlsx":
            write_sheets(path, {"Outcomes": ROWS})
        elif kind == ".ods":
            cell = '<table:table-cell office:value-type="string"><text:p>SCC-1</text:p></table:table-cell>'
            write_opendocument(path, f"<table:table-row>{cell}</table:table-row>")
        else:
            write_binary_workbook(path, ROWS)
        return path.read_bytes()


KINDS = {kind: whole(kind) for kind in (".xlsx", ".ods", ".xlsb")}
OLD = (Path(__file__).parents[1] / "data" / "old_workbook.xls").read_bytes()


@pytest.mark.slow
@settings(deadline=None, max_examples=200)
@given(st.sampled_from([*KINDS]), st.data())
def test_workbook_with_a_changed_part_is_read_or_refused(kind: str, data: st.DataObject) -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(KINDS[kind])) as parts, zipfile.ZipFile(written, "w") as changed:
        torn = data.draw(st.sampled_from(parts.namelist()))
        for name in parts.namelist():
            content = parts.read(name)
            if name == torn:
                place = data.draw(st.integers(0, len(content)))
                content = (
                    content[:place] + data.draw(st.binary(max_size=8)) + content[place + data.draw(st.integers(0, 8)) :]
                )
            changed.writestr(name, content)
    read_or_refuse(f"harvest{kind}", written.getvalue())


def test_hidden_row_beyond_the_last_one_is_passed_over() -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(KINDS[".xlsb"])) as parts, zipfile.ZipFile(written, "w") as changed:
        for name in parts.namelist():
            content = parts.read(name)
            is_sheet = name == "xl/worksheets/sheet1.bin"
            changed.writestr(name, content[:81] + bytes(8) + content[82:] if is_sheet else content)
    read_or_refuse("harvest.xlsb", written.getvalue())


@pytest.mark.slow
@settings(deadline=None, max_examples=200)
@given(st.integers(0, len(OLD)), st.binary(min_size=1, max_size=8))
def test_old_workbook_with_changed_bytes_is_read_or_refused(place: int, change: bytes) -> None:
    read_or_refuse("harvest.xls", OLD[:place] + change + OLD[place + len(change) :])


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml"])
def test_markup_that_grows_when_it_is_read_is_refused(tmp_path: Path, part: str) -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "x" * 100}">' for n in range(9))
    bomb = f'<?xml version="1.0"?><!DOCTYPE a [{entities}]><a>&e8;</a>'
    with zipfile.ZipFile(io.BytesIO(KINDS[".xlsx"])) as parts, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as changed:
        for name in parts.namelist():
            changed.writestr(name, bomb if name == part else parts.read(name))
    read_or_refuse("b.xlsx", (tmp_path / "b.xlsx").read_bytes())


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        (".ods", "content.xml"),
        (".xlsx", "xl/workbook.xml"),
        (".xlsx", "xl/_rels/workbook.xml.rels"),
        (".xlsb", "xl/_rels/workbook.bin.rels"),
    ],
)
def test_markup_in_an_unknown_encoding_is_read_or_refused(kind: str, part: str) -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(KINDS[kind])) as parts, zipfile.ZipFile(written, "w") as changed:
        for name in parts.namelist():
            content = parts.read(name)
            if name == part:
                content = b'<?xml version="1.0" encoding="UTF-9"?>' + content.rpartition(b"?>")[2]
            changed.writestr(name, content)
    read_or_refuse(f"harvest{kind}", written.getvalue())


def test_cell_merged_over_a_whole_sheet_is_filled_no_further_than_the_cells_in_use(tmp_path: Path) -> None:
    path = write_sheets(tmp_path / "harvest.xlsx", {"Outcomes": ROWS})
    with zipfile.ZipFile(path) as parts, zipfile.ZipFile(tmp_path / "all.xlsx", "w") as changed:
        for name in parts.namelist():
            text = parts.read(name)
            merged = b'</sheetData><mergeCells count="1"><mergeCell ref="A2:XFD1048576"/></mergeCells>'
            changed.writestr(name, text.replace(b"</sheetData>", merged))
    [sheet] = read_sheets(tmp_path / "all.xlsx")
    assert sheet.with_merged_filled(below=0).rows == ROWS
