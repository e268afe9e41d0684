from __future__ import annotations

import csv
import datetime
import io
import json
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msoffcrypto.format.ooxml import OOXMLFile
from openpyxl import Workbook

from classifier.errors import FaultsError
from classifier.spreadsheet.reading import read_sheets
from classifier.spreadsheet.sheet import Sheet
from tests.support.workbooks import write_sheets, write_text

HEADER = ["FragmentID", "Outcome description", "Social actor"]


def rows_of(path: Path) -> list[list[str]]:
    [sheet] = read_sheets(path)
    return [list(row) for row in sheet.rows]


def read_bytes(name: str, content: bytes) -> list[list[str]]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        return rows_of(path)


def refusal_of(path: Path) -> str:
    with pytest.raises(FaultsError) as caught:
        read_sheets(path)
    return str(caught.value)


# Workbooks


def test_cell_of_a_workbook_keeps_its_blanks_and_line_breaks(tmp_path: Path) -> None:
    path = write_sheets(tmp_path / "harvest.xlsx", {"Outcomes": [HEADER, ["1", " The by-law passed.\nAt last. ", ""]]})
    assert rows_of(path)[1] == ["1", " The by-law passed.\nAt last. ", ""]


def test_whole_number_in_a_workbook_has_no_decimals(tmp_path: Path) -> None:
    path = write_sheets(tmp_path / "harvest.xlsx", {"Outcomes": [["Year", "Share"], [2023, 0.5]]})
    assert rows_of(path)[1] == ["2023", "0.5"]


def test_day_in_a_workbook_is_written_as_a_day(tmp_path: Path) -> None:
    path = write_sheets(
        tmp_path / "harvest.xlsx",
        {"Outcomes": [["Day", "Hour"], [datetime.date(2023, 5, 1), datetime.datetime(2023, 5, 1, 9, 30)]]},
    )
    assert rows_of(path)[1] == ["2023-05-01", "2023-05-01 09:30:00"]


def test_truth_in_a_workbook_is_written_as_the_program_shows_it(tmp_path: Path) -> None:
    path = write_sheets(tmp_path / "harvest.xlsx", {"Outcomes": [["Negative", "Unintended"], [True, False]]})
    assert rows_of(path)[1] == ["TRUE", "FALSE"]


def test_rows_and_columns_above_and_left_of_the_table_are_counted(tmp_path: Path) -> None:
    path = write_sheets(tmp_path / "harvest.xlsx", {"Outcomes": [[], [], [None, "FragmentID"]]})
    assert rows_of(path) == [["", ""], ["", ""], ["", "FragmentID"]]


def test_sheets_come_in_their_order_with_a_chart_as_a_blank_one(tmp_path: Path) -> None:
    workbook = Workbook()
    workbook.worksheets[0].title = "Read me"
    workbook.worksheets[0]["A1"] = "Harvest of June"
    workbook.create_chartsheet("Chart")
    workbook.create_sheet("Outcomes")
    workbook.save(tmp_path / "harvest.xlsx")
    assert [(sheet.name, len(sheet.rows)) for sheet in read_sheets(tmp_path / "harvest.xlsx")] == [
        ("Read me", 1),
        ("Chart", 0),
        ("Outcomes", 0),
    ]


def test_ending_in_capitals_is_read(tmp_path: Path) -> None:
    path = write_sheets(tmp_path / "récolte de juin.XLSX", {"Outcomes": [HEADER]})
    assert rows_of(path) == [HEADER]


def with_cells(path: Path, *places: str, style: str = "") -> Path:
    """Write a workbook with cells at some places."""
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = "Outcomes"
    sheet["A1"] = "FragmentID"
    for place in places:
        if style:
            sheet[place].number_format = style
        else:
            sheet[place] = "x"
    workbook.save(path)
    return path


def with_sheet(path: Path, cells: str) -> Path:
    """Write a workbook whose sheet holds cells as XML, as some program or other may write them."""
    plain = with_cells(path.with_stem("plain"))
    with zipfile.ZipFile(plain) as parts, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as written:
        for name in parts.namelist():
            text = parts.read(name)
            if name.endswith("sheet1.xml"):
                text = text.replace(b"</sheetData>", cells.encode() + b"</sheetData>")
            written.writestr(name, text)
    return path


def test_stray_cell_far_away_is_reported_by_its_address(tmp_path: Path) -> None:
    assert refusal_of(with_cells(tmp_path / "harvest.xlsx", "XFD1048576")) == (
        "harvest.xlsx: 1 problem to correct\n"
        "  Outcomes!XFD1048576: up to here, the workbook has 17179869184 cells, and at most 20000000 are read, blank "
        "ones included (clear that cell, or delete the empty rows and columns around it)"
    )


def test_two_stray_cells_that_make_a_sheet_large_together_are_reported(tmp_path: Path) -> None:
    message = refusal_of(with_cells(tmp_path / "harvest.xlsx", "XFD1", "B1048576"))
    assert "  Outcomes!B1048576 and XFD1: up to here" in message


def test_cell_far_away_that_is_only_formatted_is_no_matter(tmp_path: Path) -> None:
    path = with_cells(tmp_path / "harvest.xlsx", "XFD1048576", style="0.00")
    assert rows_of(path) == [["FragmentID"]]


@pytest.mark.slow
def test_long_and_narrow_sheet_is_read(tmp_path: Path) -> None:
    assert len(rows_of(with_cells(tmp_path / "harvest.xlsx", "A100000"))) == 100_000


@pytest.mark.parametrize(
    "cells",
    [
        '<row r="1048576"><c s="0" r="XFD1048576"><v>1</v></c></row>',
        "<row r='1048576'><c\nr = 'XFD1048576'><v>1</v></c></row>",
        '<row r="1048576">' + "<c><v>1</v></c>" * 100 + "</row>",
    ],
)
def test_stray_cell_is_found_however_it_is_written(tmp_path: Path, cells: str) -> None:
    assert "up to here, the workbook has" in refusal_of(with_sheet(tmp_path / "harvest.xlsx", cells))


def test_cells_that_do_not_say_where_they_are_are_read(tmp_path: Path) -> None:
    path = with_sheet(tmp_path / "harvest.xlsx", '<row r="2"><c><v>1</v></c><c><v>2</v></c></row>')
    assert rows_of(path) == [["FragmentID", ""], ["1", "2"]]


def test_sheets_are_too_large_together(tmp_path: Path) -> None:
    workbook = Workbook()
    workbook.worksheets[0].title = "Outcomes"
    workbook.worksheets[0]["CV100000"] = "x"
    workbook.create_sheet("More")["CW110000"] = "x"
    workbook.save(tmp_path / "harvest.xlsx")
    assert "  More!CW110000: up to here, the workbook has 21110000 cells" in refusal_of(tmp_path / "harvest.xlsx")


@pytest.mark.slow
def test_workbook_that_unpacks_to_too_much_is_not_unpacked(tmp_path: Path) -> None:
    path = with_cells(tmp_path / "harvest.xlsx")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as parts, parts.open("xl/sharedStrings.xml", "w") as part:
        for _ in range(513):
            part.write(bytes(2**20))
    assert refusal_of(path) == (
        "harvest.xlsx: 1 problem to correct\n"
        "  uncompressed, the workbook has 514 MiB, and at most 512 MiB are read (save the sheet that holds the "
        "outcomes as a workbook of its own)"
    )


# Tables of text

ANY_CELL = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
WESTERN_CELL = st.text("abc ,;\t\"'\r\néèçôñœ’")


def as_table(rows: list[list[str]], *, delimiter: str, quoting: int) -> str:
    table = io.StringIO(newline="")
    csv.writer(table, delimiter=delimiter, quoting=csv.QUOTE_ALL if quoting else csv.QUOTE_MINIMAL).writerows(rows)
    return table.getvalue()


@settings(deadline=None)
@given(
    st.lists(st.lists(ANY_CELL, min_size=3, max_size=3), max_size=4),
    st.sampled_from([("harvest.csv", ","), ("harvest.csv", ";"), ("harvest.csv", "\t"), ("harvest.tsv", "\t")]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.integers(0, 1),
)
def test_table_is_read_as_it_was_written(
    rows: list[list[str]], kind: tuple[str, str], encoding: str, quoting: int
) -> None:
    name, delimiter = kind
    table = as_table([HEADER, *rows], delimiter=delimiter, quoting=quoting)
    assert read_bytes(name, table.encode(encoding)) == [HEADER, *rows]


@settings(deadline=None)
@given(
    st.lists(st.lists(WESTERN_CELL, min_size=3, max_size=3), max_size=4),
    st.sampled_from([",", ";", "\t"]),
)
def test_table_in_windows_letters_is_read_as_it_was_written(rows: list[list[str]], delimiter: str) -> None:
    table = as_table([HEADER, *rows], delimiter=delimiter, quoting=0)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "harvest.csv"
        path.write_bytes(table.encode("cp1252"))
        [sheet] = read_sheets(path, encoding="cp1252")
    assert sheet.rows == [HEADER, *rows]


def test_commas_of_the_stories_do_not_hide_the_semicolons_of_the_table(tmp_path: Path) -> None:
    text = "FragmentID;Outcome description\nSCC-1;Elders, chiefs, imams, and mothers met\n"
    assert rows_of(write_text(tmp_path / "harvest.csv", text))[1] == [
        "SCC-1",
        "Elders, chiefs, imams, and mothers met",
    ]


def test_comma_inside_a_quoted_name_does_not_choose_the_separator(tmp_path: Path) -> None:
    text = '"Actor, first, second, third";FragmentID\nElders;SCC-1\n'
    assert rows_of(write_text(tmp_path / "harvest.csv", text))[1] == ["Elders", "SCC-1"]


def test_title_without_separators_does_not_choose_the_separator(tmp_path: Path) -> None:
    text = "Harvest of June\n\nFragmentID;Outcome description\nSCC-1;Elders, chiefs and imams met\n"
    assert rows_of(write_text(tmp_path / "harvest.csv", text))[3] == ["SCC-1", "Elders, chiefs and imams met"]


def test_line_break_in_a_quoted_name_does_not_hide_the_separator(tmp_path: Path) -> None:
    text = '"Outcome\ndescription";FragmentID\nElders, chiefs and imams met;SCC-1\n'
    assert rows_of(write_text(tmp_path / "harvest.csv", text))[1] == ["Elders, chiefs and imams met", "SCC-1"]


def test_quote_that_is_never_closed_is_reported_with_its_line(tmp_path: Path) -> None:
    path = write_text(tmp_path / "harvest.csv", 'FragmentID,Outcome description\nSCC-1,"Elders met\n')
    assert refusal_of(path) == (
        "harvest.csv: 1 problem to correct\n"
        "  line 2: the quotes are not closed properly (unexpected end of data) (save it again as CSV)"
    )


def test_letters_of_neither_encoding_are_reported(tmp_path: Path) -> None:
    path = tmp_path / "harvest.csv"
    path.write_bytes(b"FragmentID,Outcome description\nSCC-1,\x81\x8d\x01\xff\xff\n")
    assert refusal_of(path) == (
        "harvest.csv: 1 problem to correct\n"
        "  this is not text in UTF-8 or another known encoding (save it again in UTF-8)"
    )


def test_workbook_named_like_a_table_is_read_and_reported(tmp_path: Path) -> None:
    path = write_sheets(tmp_path / "harvest.xlsx", {"Outcomes": [HEADER]}).rename(tmp_path / "harvest.csv")
    [sheet] = read_sheets(path)
    assert sheet.rows == [HEADER]
    assert [str(note) for note in sheet.notes] == [
        "this is an Excel workbook (.xlsx), though its name ends in .csv; it was read as such (rename it to end in "
        ".xlsx)"
    ]


def test_encoding_asked_for_of_a_workbook_is_told_not_to_be_used(tmp_path: Path) -> None:
    path = write_sheets(tmp_path / "harvest.xlsx", {"Outcomes": [HEADER]})
    [sheet] = read_sheets(path, encoding="cp1256")
    assert [str(note) for note in sheet.notes] == [
        "the encoding 'cp1256' was not used, as this is an Excel workbook (.xlsx) (leave --encoding out, which is for "
        "text files)"
    ]


def test_table_is_read_in_the_encoding_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "harvest.csv"
    path.write_bytes("FragmentID,Outcome description\nSCC-1,اعتمد المجلس\n".encode("cp1256"))
    [sheet] = read_sheets(path, encoding="cp1256")
    assert sheet.rows[1] == ["SCC-1", "اعتمد المجلس"]


# JSON lines


@settings(deadline=None)
@given(st.lists(st.lists(ANY_CELL, min_size=3, max_size=3), min_size=1, max_size=4), st.booleans())
def test_json_lines_are_read_as_they_were_written(rows: list[list[str]], ascii_only: bool) -> None:
    lines = [json.dumps(dict(zip(HEADER, row, strict=True)), ensure_ascii=ascii_only) for row in rows]
    assert read_bytes("harvest.jsonl", "\n".join(lines).encode()) == [HEADER, *rows]


def test_json_values_become_the_text_a_cell_would_hold(tmp_path: Path) -> None:
    record = {"FragmentID": 12, "Year": 2023.0, "Country": None, "Negative": False, "SDGs": ["5", 16]}
    path = write_text(tmp_path / "harvest.jsonl", json.dumps(record))
    assert rows_of(path)[1] == ["12", "2023", "", "FALSE", "5\n16"]


def test_key_that_a_json_line_lacks_is_a_blank_cell(tmp_path: Path) -> None:
    path = write_text(tmp_path / "harvest.jsonl", '{"FragmentID": "1"}\n\n{"Scale": "Local", "FragmentID": "2"}\n')
    assert rows_of(path) == [["FragmentID", "Scale"], ["1", ""], ["2", "Local"]]


def test_all_broken_json_lines_are_reported_at_once(tmp_path: Path) -> None:
    path = write_text(tmp_path / "harvest.jsonl", '{"FragmentID": "1"}\n{"FragmentID": \n["SCC-3"]\n')
    assert refusal_of(path) == (
        "harvest.jsonl: 2 problems to correct\n"
        "  line 2: not JSON: Expecting value at character 16 (write one object per line)\n"
        "  line 3: not an object in braces (write one object per line)"
    )


# Records

VALUE_LINE = st.text(st.characters(exclude_characters="\0\r\n", exclude_categories=["Cs"])).filter(
    lambda line: not line.startswith("**")
)
LAST_LINE = VALUE_LINE.filter(lambda line: line.strip(" -*\t") != "" and line == line.strip())
VALUE = st.one_of(
    VALUE_LINE,
    st.tuples(st.lists(VALUE_LINE, min_size=1), LAST_LINE).map(lambda lines: "\n".join([*lines[0], lines[1]])),
)


@pytest.mark.slow
@settings(deadline=None)
@given(
    st.lists(st.lists(VALUE, min_size=3, max_size=3), min_size=1, max_size=4),
    st.sampled_from(["\n", "\n\n", "\n\n---\n\n", "\n \n***\n"]),
    st.sampled_from(["harvest.txt", "harvest.md"]),
)
def test_records_are_read_as_they_were_written(rows: list[list[str]], between: str, name: str) -> None:
    records = ["\n".join(f"**{key}**: {value}" for key, value in zip(HEADER, row, strict=True)) for row in rows]
    assert read_bytes(name, between.join(records).encode()) == [HEADER, *rows]


def test_blank_cell_of_a_record_may_have_lost_its_blank(tmp_path: Path) -> None:
    path = write_text(tmp_path / "harvest.txt", "**FragmentID**: SCC-1\n**Scale**:\n**Year**: 2023\n")
    assert rows_of(path)[1] == ["SCC-1", "", "2023"]


def test_records_saved_on_windows_have_no_stray_line_ends(tmp_path: Path) -> None:
    path = write_text(tmp_path / "harvest.txt", "**FragmentID**: SCC-1\r\n**Story**: They met.\r\nTwice.\r\n")
    assert rows_of(path)[1] == ["SCC-1", "They met.\nTwice."]


def test_trailing_blank_of_a_value_stays(tmp_path: Path) -> None:
    path = write_text(tmp_path / "harvest.txt", "**FragmentID**: SCC-1\n**Story**: They met. \n**Year**: 2023")
    assert rows_of(path)[1][1] == "They met. "


def test_many_blank_lines_inside_a_value_are_read_at_once(tmp_path: Path) -> None:
    value = "They met." + "\n" * 5_000 + "Twice."
    path = write_text(tmp_path / "harvest.txt", f"**FragmentID**: SCC-1\n**Story**: {value}\n")
    assert rows_of(path)[1][1] == value


def test_text_above_the_first_field_is_reported(tmp_path: Path) -> None:
    path = write_text(tmp_path / "harvest.txt", "\nHarvest of June\n**FragmentID**: SCC-1\n")
    assert refusal_of(path) == (
        "harvest.txt: 1 problem to correct\n"
        "  line 2: text before the first field (start each field with **its name**: and a blank)"
    )


def test_cell_of_a_record_is_placed_by_its_line(tmp_path: Path) -> None:
    text = "**FragmentID**: SCC-1\n**Story**: They met.\nTwice.\n\n**FragmentID**: SCC-2\n**Story**: They left.\n"
    [sheet] = read_sheets(write_text(tmp_path / "harvest.txt", text))
    assert [sheet.place(1, 1), sheet.place(2, 0), sheet.place(2, 1)] == ["line 2", "line 5", "line 6"]


# What can't be read


def test_missing_file_is_reported(tmp_path: Path) -> None:
    assert refusal_of(tmp_path / "harvest.xlsx") == (
        "harvest.xlsx: 1 problem to correct\n"
        "  can't be read: No such file or directory (check the name and your permissions)"
    )


@pytest.mark.parametrize("name", ["harvest.xlsx", "harvest.csv", "harvest.jsonl", "harvest.txt"])
@pytest.mark.parametrize("content", [b"", b" \r\n\n"])
def test_empty_file_is_reported(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    assert refusal_of(tmp_path / name) == (
        f"{name}: 1 problem to correct\n  the file is empty (save or copy it again, or give another file)"
    )


def test_workbook_of_blank_sheets_is_reported(tmp_path: Path) -> None:
    path = write_sheets(tmp_path / "harvest.xlsx", {"Outcomes": [], "Codes": [[" "]]})
    assert refusal_of(path) == (
        "harvest.xlsx: 1 problem to correct\n  the file holds no text (save or copy it again, or give another file)"
    )


def test_password_protected_workbook_is_reported(tmp_path: Path) -> None:
    plain = write_sheets(tmp_path / "plain.xlsx", {"Outcomes": [HEADER]})
    protected = tmp_path / "harvest.xlsx"
    with plain.open("rb") as source, protected.open("wb") as target:
        OOXMLFile(source).encrypt("Ouagadougou", target)
    assert refusal_of(protected) == (
        "harvest.xlsx: 1 problem to correct\n"
        "  the workbook is protected by a password "
        "(open it in your spreadsheet program and save it as .xlsx without a password)"
    )


def test_half_downloaded_workbook_is_reported(tmp_path: Path, training_data: Path) -> None:
    content = (training_data / "harvest_1.xlsx").read_bytes()
    (tmp_path / "harvest.xlsx").write_bytes(content[: len(content) // 2])
    assert refusal_of(tmp_path / "harvest.xlsx") == (
        "harvest.xlsx: 1 problem to correct\n"
        "  the workbook is damaged, or only a part of it was downloaded (save it again as .xlsx)"
    )


def test_workbook_with_a_damaged_sheet_is_reported(tmp_path: Path, training_data: Path) -> None:
    damaged = tmp_path / "harvest.xlsx"
    with zipfile.ZipFile(training_data / "harvest_1.xlsx") as whole, zipfile.ZipFile(damaged, "w") as torn:
        for name in whole.namelist():
            content = whole.read(name)
            torn.writestr(name, content[: len(content) // 2] if "worksheets/" in name else content)
    assert refusal_of(damaged).startswith("harvest.xlsx: 1 problem to correct\n  the workbook is damaged: ")
    assert refusal_of(damaged).endswith(" (save it again as .xlsx)")


def test_other_archive_named_like_a_workbook_is_reported(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "harvest.xlsx", "w") as archive:
        archive.writestr("photo.txt", "not a sheet")
    assert "  this is a compressed file (.zip), not a workbook (uncompress it first" in refusal_of(
        tmp_path / "harvest.xlsx"
    )


def test_file_of_another_kind_is_refused_with_the_kinds_that_are_read(tmp_path: Path) -> None:
    assert refusal_of(tmp_path / "harvest.pdf") == (
        "harvest.pdf: 1 problem to correct\n"
        "  files ending in .pdf can't be read (give one of .xlsx, .xlsm, .xlsb, .xls, .ods, .csv, .tsv, .json, .jsonl, "
        ".txt, .md, .qdpx)"
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("codebook.yaml", "# ours\nfields:\n  - name: scale\n"),
        ("codebook.yml", "\ufefffields: []"),
        ("codes.qdc", '<?xml version="1.0"?><CodeBook xmlns="urn:QDA-XML:codebook:1.0"/>'),
    ],
)
def test_codebook_given_as_a_table_is_told_where_it_goes(tmp_path: Path, name: str, text: str) -> None:
    assert refusal_of(write_text(tmp_path / name, text)) == (
        f"{name}: 1 problem to correct\n"
        f"  this is a codebook (give it as --codebook {name}, and a table or workbook here)"
    )


def test_other_yaml_is_no_codebook(tmp_path: Path) -> None:
    assert "files ending in .yaml can't be read" in refusal_of(write_text(tmp_path / "site.yaml", "title: Outcomes"))


def test_text_document_is_refused_without_a_word_on_what_the_table_holds(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "codes.xlsx", "w") as archive:
        archive.writestr("word/document.xml", "<w:document/>")
    assert refusal_of(tmp_path / "codes.xlsx").endswith(
        "  this is a text document (.docx or .odt) (give a table or workbook, such as .xlsx or .csv)"
    )


# Cells


def test_cell_beyond_a_short_row_is_blank() -> None:
    assert Sheet(name="Outcomes", rows=[["SCC-1"]]).cell(0, 4) == ""


def test_cell_of_a_missing_column_is_blank() -> None:
    assert Sheet(name="Outcomes", rows=[["SCC-1"]]).cell(0, None) == ""


def test_colon_may_be_inside_the_stars(tmp_path: Path) -> None:
    path = tmp_path / "record.txt"
    path.write_text("**FragmentID:** SCC/1\n**Scale:** Local\n", encoding="utf-8")
    assert [list(row) for row in read_sheets(path)[0].rows] == [["FragmentID", "Scale"], ["SCC/1", "Local"]]
