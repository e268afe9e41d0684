from __future__ import annotations

import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from openpyxl import Workbook

from classifier.codebook.schema import sample_codebook
from classifier.errors import FaultsError
from classifier.harvest.reading import read_harvest
from classifier.languages import use_language
from classifier.spreadsheet.reading import read_sheets
from classifier.spreadsheet.sheet import MergedCells, Sheet
from tests.support.spreadsheet_files import write_binary_workbook, write_opendocument
from tests.support.workbooks import write_sheets

SAMPLE = sample_codebook()

DATA = Path(__file__).parents[1] / "data"
HEADER = ["FragmentID", "Outcome description", "Scale"]
ROWS = [
    HEADER,
    ["SCC-1", "The council passed the by-law.", "Local"],
    ["SCC-2", "Elders met in public.", "Local"],
    ["SCC-3", "The ministry published its budget.", "National"],
]
NO_RESULT = (
    "holds a formula without a saved result, and was read as blank (open the workbook in your spreadsheet program and "
    "save it)"
)


def workbook_of(rows: list[list[str]]) -> Workbook:
    workbook = Workbook()
    workbook.worksheets[0].title = "Outcomes"
    for row in rows:
        workbook.worksheets[0].append(row)
    return workbook


def saved(workbook: Workbook, path: Path) -> Path:
    workbook.save(path)
    return path


def notes_of(path: Path) -> list[str]:
    return [str(note) for note in read_harvest(path, codebook=SAMPLE).notes]


def refusal_of(path: Path) -> str:
    with pytest.raises(FaultsError) as caught:
        read_harvest(path, codebook=SAMPLE)
    return str(caught.value)


def rewritten(path: Path, part: str, old: str, new: str) -> Path:
    """Replace a piece of markup in a workbook."""
    before = path.rename(path.with_stem("before"))
    with zipfile.ZipFile(before) as parts, zipfile.ZipFile(path, "w") as written:
        for name in parts.namelist():
            text = parts.read(name).decode()
            assert name != part or old in text
            written.writestr(name, text.replace(old, new) if name == part else text)
    return path


# Hidden rows, columns and sheets


def test_hidden_rows_are_reported_in_one_line(tmp_path: Path) -> None:
    workbook = workbook_of(ROWS)
    for row in (2, 3):
        workbook.worksheets[0].row_dimensions[row].hidden = True
    assert notes_of(saved(workbook, tmp_path / "harvest.xlsx")) == [
        "harvest.xlsx: Outcomes!A2: 2 hidden rows were read too: 2 to 3 (unhide them to check, or delete them if they "
        "are not meant)"
    ]


def test_row_of_no_height_is_a_hidden_one(tmp_path: Path) -> None:
    path = saved(workbook_of(ROWS), tmp_path / "harvest.xlsx")
    rewritten(path, "xl/worksheets/sheet1.xml", '<row r="2"', '<row r="2" ht="0" customHeight="1"')
    assert read_sheets(path)[0].hidden_rows == frozenset({1})


def test_hidden_row_without_a_cell_is_not_reported(tmp_path: Path) -> None:
    workbook = workbook_of(ROWS)
    workbook.worksheets[0].row_dimensions[9].hidden = True
    assert notes_of(saved(workbook, tmp_path / "harvest.xlsx")) == []


def test_hidden_row_is_reported_where_rows_do_not_say_their_number(tmp_path: Path) -> None:
    path = saved(workbook_of(ROWS), tmp_path / "harvest.xlsx")
    rewritten(path, "xl/worksheets/sheet1.xml", '<row r="3"', '<row hidden="true"')
    assert read_sheets(path)[0].hidden_rows == frozenset({2})


def test_hidden_column_that_is_read_is_reported(tmp_path: Path) -> None:
    workbook = workbook_of([[*row, "x"] for row in ROWS])
    for column in ("C", "D"):
        workbook.worksheets[0].column_dimensions[column].hidden = True
    assert notes_of(saved(workbook, tmp_path / "harvest.xlsx")) == [
        "harvest.xlsx: Outcomes!C1: 1 hidden column was read too: C (unhide it to check, or delete it if it is not "
        "meant)"
    ]


def test_hidden_sheet_that_is_read_is_reported(tmp_path: Path) -> None:
    workbook = workbook_of(ROWS)
    workbook.create_sheet("Read me")
    workbook.worksheets[0].sheet_state = "hidden"
    workbook.active = 1
    assert notes_of(saved(workbook, tmp_path / "harvest.xlsx")) == [
        "harvest.xlsx: Outcomes: this sheet is hidden, and was read (if another is meant, name it with --sheet)"
    ]


def test_hidden_sheet_is_not_chosen_before_one_that_is_shown(tmp_path: Path) -> None:
    workbook = workbook_of(ROWS)
    workbook.copy_worksheet(workbook.worksheets[0]).title = "Final"
    workbook.worksheets[0].sheet_state = "hidden"
    workbook.active = 1
    assert read_harvest(saved(workbook, tmp_path / "harvest.xlsx"), codebook=SAMPLE).sheet.name == "Final"


# Merged cells


def merged_workbook(*ranges: str, rows: list[list[str]] = ROWS) -> Workbook:
    workbook = workbook_of(rows)
    for cell_range in ranges:
        workbook.worksheets[0].merge_cells(cell_range)
    return workbook


def test_merged_cell_counts_for_all_its_rows(tmp_path: Path) -> None:
    harvest = read_harvest(saved(merged_workbook("C2:C4"), tmp_path / "harvest.xlsx"), codebook=SAMPLE)
    assert [outcome.codes["scale"] for outcome in harvest.outcomes] == [("Local",)] * 3
    assert [str(note) for note in harvest.notes] == [
        "harvest.xlsx: Outcomes!C2: this cell is merged down to row 4; its text was read for each of these rows "
        "(split the cell if it is not meant for all of them)"
    ]


def test_cell_merged_across_counts_for_its_first_column(tmp_path: Path) -> None:
    rows = [["FragmentID", "Outcome description", "Significance of the outcome"], *ROWS[1:]]
    harvest = read_harvest(saved(merged_workbook("B2:C2", rows=rows), tmp_path / "harvest.xlsx"), codebook=SAMPLE)
    assert harvest.sheet.rows[1] == ["SCC-1", "The council passed the by-law.", ""]
    assert [str(note) for note in harvest.notes] == [
        "harvest.xlsx: Outcomes!B2: this cell is merged across to column C; its text was read for column B only "
        "(split the cell if it is meant for the other columns too)"
    ]


def test_row_merged_with_the_one_above_in_all_columns_is_no_outcome(tmp_path: Path) -> None:
    workbook = merged_workbook("A2:A3", "B2:B3", "C2:C3")
    harvest = read_harvest(saved(workbook, tmp_path / "harvest.xlsx"), codebook=SAMPLE)
    assert [outcome.fragment_id for outcome in harvest.outcomes] == ["SCC-1", "SCC-3"]
    assert harvest.notes == ()


def test_id_merged_over_several_rows_is_reported_as_such(tmp_path: Path) -> None:
    assert refusal_of(saved(merged_workbook("A2:A3"), tmp_path / "harvest.xlsx")).splitlines()[:2] == [
        "harvest.xlsx: 1 problem to correct",
        "  Outcomes!A3: FragmentID 'SCC-1' is merged over this row and Outcomes!A2 (split the cell and give each "
        "outcome an ID of its own, or put a single outcome into one row)",
    ]


def test_merged_title_and_header_stay_as_they_are(tmp_path: Path) -> None:
    rows = [["Harvest of June"], [], *ROWS]
    harvest = read_harvest(saved(merged_workbook("A1:C2", rows=rows), tmp_path / "harvest.xlsx"), codebook=SAMPLE)
    assert harvest.sheet.rows[1] == ["", "", ""]
    assert harvest.sheet.merged == (MergedCells(first_row=0, last_row=1, first_column=0, last_column=2),)
    assert harvest.notes == ()


def test_merged_cell_is_filled_down_to_the_last_row_in_use(tmp_path: Path) -> None:
    path = rewritten(
        saved(workbook_of([*ROWS, ["SCC-4", "Girls spoke.", ""]]), tmp_path / "harvest.xlsx"),
        "xl/worksheets/sheet1.xml",
        "</sheetData>",
        '</sheetData><mergeCells count="1"><mergeCell ref="C4:C1048576"/></mergeCells>',
    )
    assert len(read_harvest(path, codebook=SAMPLE).sheet.rows) == 5


def test_merged_cells_that_overlap_are_filled_once() -> None:
    merged = [MergedCells(first_row=1, last_row=2, first_column=1, last_column=1)]
    merged += [MergedCells(first_row=2, last_row=3, first_column=1, last_column=1)]
    sheet = Sheet(name="A", rows=[["ID", "Scale"], ["1", "Local"], ["2", "x"], ["3", ""]], merged=tuple(merged))
    assert [row[1] for row in sheet.with_merged_filled(below=0).rows] == ["Scale", "Local", "Local", ""]


# Formulas and errors


def test_ids_by_formulas_without_results_are_reported_as_such(tmp_path: Path) -> None:
    rows = [HEADER, *([f'="SCC-"&{number}', *row[1:]] for number, row in enumerate(ROWS[1:]))]
    assert refusal_of(saved(workbook_of(rows), tmp_path / "harvest.xlsx")) == (
        f"harvest.xlsx: 3 problems to correct\n  Outcomes!A2, A3, A4: FragmentID: this cell {NO_RESULT}"
    )


def test_id_by_a_formula_without_a_result_is_reported_in_french(tmp_path: Path) -> None:
    path = saved(workbook_of([HEADER, ["=A9", *ROWS[1][1:]]]), tmp_path / "harvest.xlsx")
    with use_language("fr"):
        assert "Outcomes!A2\N{NO-BREAK SPACE}: FragmentID\N{NO-BREAK SPACE}: cette cellule" in refusal_of(path)


def test_code_by_a_formula_without_a_result_is_reported(tmp_path: Path) -> None:
    rows = [*ROWS[:-1], [*ROWS[-1][:2], '=IF(1,"National","")']]
    assert notes_of(saved(workbook_of(rows), tmp_path / "harvest.xlsx")) == [
        f"harvest.xlsx: Outcomes!C4: this cell {NO_RESULT}"
    ]


def test_row_of_formulas_without_results_is_no_blank_one(tmp_path: Path) -> None:
    rows = [*ROWS, ["=Source!A5", "=Source!B5", "=Source!C5"]]
    assert f"Outcomes!A5: FragmentID: this cell {NO_RESULT}" in refusal_of(
        saved(workbook_of(rows), tmp_path / "harvest.xlsx")
    )


def test_sheet_of_formulas_without_results_is_reported(tmp_path: Path) -> None:
    path = saved(workbook_of([["=Source!A1", "=Source!B1"]]), tmp_path / "harvest.xlsx")
    assert f"Outcomes!A1, B1: this cell {NO_RESULT}" in refusal_of(path)


@pytest.mark.parametrize("cell", ["<f>1+1</f><v>Local</v>", "<f>A1</f><v></v>"])
def test_formula_with_a_saved_result_is_read(tmp_path: Path, cell: str) -> None:
    path = saved(workbook_of([*ROWS[:-1], [*ROWS[-1][:2], "=A1"]]), tmp_path / "harvest.xlsx")
    rewritten(path, "xl/worksheets/sheet1.xml", '<c r="C4"><f>A1</f><v /></c>', f'<c r="C4" t="str">{cell}</c>')
    assert notes_of(path) == []


def test_error_in_a_cell_is_reported(tmp_path: Path) -> None:
    path = saved(workbook_of([*ROWS[:-1], [*ROWS[-1][:2], "#REF!"]]), tmp_path / "harvest.xlsx")
    harvest = read_harvest(path, codebook=SAMPLE)
    assert harvest.outcomes[2].codes == {}
    assert [str(note) for note in harvest.notes] == [
        "harvest.xlsx: Outcomes!C4: this cell holds the error #REF!, and was read as blank (correct its formula)"
    ]


# Other kinds of workbooks


def test_workbook_with_macros_is_read(tmp_path: Path) -> None:
    path = write_sheets(tmp_path / "harvest.xlsm", {"Outcomes": ROWS})
    assert read_sheets(path)[0].rows == ROWS
    assert notes_of(path) == []


def test_strict_workbook_is_read_and_its_sheets_have_their_names(tmp_path: Path) -> None:
    path = write_sheets(tmp_path / "harvest.xlsx", {"Outcomes": [*ROWS, ["", "=A1"]]})
    strict = "http://purl.oclc.org/ooxml/spreadsheetml/main"
    rewritten(path, "xl/workbook.xml", "http://schemas.openxmlformats.org/spreadsheetml/2006/main", strict)
    assert [*read_sheets(path)[0].unread] == [(4, 1)]


def test_old_workbook_is_read_and_what_is_not_known_of_it_is_reported(tmp_path: Path) -> None:
    path = Path(shutil.copy(DATA / "old_workbook.xls", tmp_path / "harvest.xls"))
    assert [outcome.codes["scale"] for outcome in read_harvest(path, codebook=SAMPLE).outcomes] == [
        ("Local",),
        ("Local",),
    ]
    assert notes_of(path)[0] == (
        "harvest.xls: this is an old Excel workbook (.xls), in which hidden rows and cells with an error can't "
        "be recognised "
        "(save it as .xlsx to have them reported)"
    )


def test_binary_workbook_is_read(tmp_path: Path) -> None:
    path = write_binary_workbook(tmp_path / "harvest.xlsb", ROWS)
    assert read_sheets(path)[0].rows == ROWS


def test_hidden_and_error_cells_of_a_binary_workbook_are_reported(tmp_path: Path) -> None:
    rows: list[Sequence[str | None]] = [*ROWS[:-1], [*ROWS[-1][:2], None]]
    assert notes_of(write_binary_workbook(tmp_path / "harvest.xlsb", rows, hidden_row=1, hidden_column=2)) == [
        "harvest.xlsb: Outcomes!A2: 1 hidden row was read too: 2 (unhide it to check, or delete it if it is not meant)",
        "harvest.xlsb: Outcomes!C1: 1 hidden column was read too: C (unhide it to check, or delete it if it is not "
        "meant)",
        "harvest.xlsb: Outcomes!C4: this cell holds the error #N/A, and was read as blank (correct its formula)",
    ]


def test_binary_workbook_that_reaches_too_far_is_reported(tmp_path: Path) -> None:
    rows = [["FragmentID"] + [""] * 40]
    message = refusal_of(write_binary_workbook(tmp_path / "harvest.xlsb", rows, far_row=1_048_575))
    assert "  Outcomes!A1048576 and AO1: up to here, the workbook has 42991616 cells" in message


def test_damaged_binary_workbook_is_reported(tmp_path: Path) -> None:
    path = write_binary_workbook(tmp_path / "whole.xlsb", ROWS)
    with zipfile.ZipFile(path) as parts, zipfile.ZipFile(tmp_path / "harvest.xlsb", "w") as torn:
        for name in parts.namelist():
            torn.writestr(name, parts.read(name)[:-7] if name.endswith("workbook.bin") else parts.read(name))
    assert "  the workbook is damaged: " in refusal_of(tmp_path / "harvest.xlsb")


# OpenDocument


def cells_of(*texts: str) -> str:
    return "".join(
        f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>' for text in texts
    )


def rows_of(*rows: str) -> str:
    return "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)


def test_opendocument_spreadsheet_is_read(tmp_path: Path) -> None:
    path = write_opendocument(tmp_path / "harvest.ods", rows_of(*(cells_of(*row) for row in ROWS)))
    assert read_sheets(path)[0].rows == ROWS


def test_hidden_merged_and_error_cells_of_an_opendocument_spreadsheet_are_reported(tmp_path: Path) -> None:
    hidden = '<table:table-row table:visibility="filter">'
    merged = cells_of("Local").replace("<table:table-cell", '<table:table-cell table:number-rows-spanned="2"')
    error = (
        '<table:table-cell table:formula="of:=NA()" office:value-type="string" office:string-value="" '
        'calcext:value-type="error"><text:p>#N/A</text:p></table:table-cell>'
    )
    table = (
        '<table:table-column table:number-columns-repeated="2"/><table:table-column table:visibility="collapse"/>'
        + rows_of(cells_of(*HEADER), cells_of("SCC-1", "The council met.") + merged)
        + f"{hidden}{cells_of('SCC-2', 'Elders met.')}<table:covered-table-cell/></table:table-row>"
        + rows_of(cells_of("SCC-3", "Girls spoke.") + error)
    )
    harvest = read_harvest(write_opendocument(tmp_path / "harvest.ods", table), codebook=SAMPLE)
    assert [outcome.codes.get("scale") for outcome in harvest.outcomes] == [("Local",), ("Local",), None]
    assert [str(note) for note in harvest.notes] == [
        "harvest.ods: Outcomes!C2: this cell is merged down to row 3; its text was read for each of these rows (split "
        "the cell if it is not meant for all of them)",
        "harvest.ods: Outcomes!A3: 1 hidden row was read too: 3 (unhide it to check, or delete it if it is not meant)",
        "harvest.ods: Outcomes!C1: 1 hidden column was read too: C (unhide it to check, or delete it if it is not "
        "meant)",
        "harvest.ods: Outcomes!C4: this cell holds the error #N/A, and was read as blank (correct its formula)",
    ]


def test_blank_cells_to_the_end_of_an_opendocument_sheet_are_no_matter(tmp_path: Path) -> None:
    blank = (
        '<table:table-row table:number-rows-repeated="1048572"><table:table-cell '
        'table:number-columns-repeated="16384"/></table:table-row>'
    )
    path = write_opendocument(tmp_path / "harvest.ods", rows_of(*(cells_of(*row) for row in ROWS)) + blank)
    assert read_sheets(path)[0].rows == ROWS


def test_opendocument_row_repeated_too_often_is_reported(tmp_path: Path) -> None:
    repeated = f'<table:table-row table:number-rows-repeated="1048575">{cells_of("x")}</table:table-row>'
    table = rows_of("<table:table-cell/>" * 19 + cells_of("x")) + repeated
    message = refusal_of(write_opendocument(tmp_path / "harvest.ods", table))
    assert "  Outcomes!A1048576 and T1: up to here, the workbook has 20971520 cells" in message


@pytest.mark.slow
def test_short_row_that_an_opendocument_spreadsheet_repeats_to_its_end_is_reported(tmp_path: Path) -> None:
    repeated = f'<table:table-row table:number-rows-repeated="1048576">{cells_of("x")}</table:table-row>'
    message = refusal_of(write_opendocument(tmp_path / "harvest.ods", repeated))
    assert "  Outcomes: there is text in 1048576 rows, and at most 100000 rows are read" in message


def test_long_text_that_an_opendocument_spreadsheet_repeats_is_reported(tmp_path: Path) -> None:
    repeated = f'<table:table-row table:number-rows-repeated="1000000">{cells_of("x" * 1_000)}</table:table-row>'
    message = refusal_of(write_opendocument(tmp_path / "harvest.ods", repeated))
    assert "  the texts of the workbook fill 953 MiB, and at most 512 MiB are read" in message


def test_opendocument_spreadsheet_with_a_password_is_reported(tmp_path: Path) -> None:
    assert refusal_of(write_opendocument(tmp_path / "harvest.ods", "", encrypted=True)) == (
        "harvest.ods: 1 problem to correct\n"
        "  the workbook is protected by a password (open it in your spreadsheet program and save it as .xlsx without a "
        "password)"
    )


def test_damaged_opendocument_spreadsheet_is_reported(tmp_path: Path) -> None:
    assert "  the workbook is damaged: " in refusal_of(write_opendocument(tmp_path / "harvest.ods", "<table:row>"))


# How much there is


def test_stray_cell_with_a_small_letter_in_its_address_is_reported(tmp_path: Path) -> None:
    path = saved(workbook_of(ROWS), tmp_path / "harvest.xlsx")
    rewritten(path, "xl/worksheets/sheet1.xml", 'r="A4"', 'r="xfd1048576"')
    assert "  Outcomes!XFD1048576: up to here, the workbook has 17179869184 cells" in refusal_of(path)


def test_long_text_that_many_cells_share_is_reported(tmp_path: Path) -> None:
    path = write_sheets(tmp_path / "harvest.xlsx", {"Outcomes": ROWS})
    strings = (
        f'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>{"x" * 2**20}</t></si></sst>'
    )
    rows = "".join(f'<row r="{row}"><c r="A{row}" t="s"><v>0</v></c></row>' for row in range(5, 605))
    rewritten(path, "xl/worksheets/sheet1.xml", "</sheetData>", f"{rows}</sheetData>")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/sharedStrings.xml", strings)
    assert refusal_of(path) == (
        "harvest.xlsx: 1 problem to correct\n"
        "  the texts of the workbook fill 600 MiB, and at most 512 MiB are read (delete the cells that repeat a "
        "long text)"
    )
