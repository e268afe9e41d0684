from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.utils import range_boundaries
from openpyxl.worksheet.filters import AutoFilter, SortState
from openpyxl.worksheet.table import Table, TableColumn
from openpyxl.worksheet.worksheet import Worksheet

from classifier.spreadsheet.filter_ranges import Rows, add_filter, widen_ranges

HEADER = ("FragmentID", "Outcome description", "Scale")
OURS = ("Scale: suggestion", "Scale: confidence")
BLOCKED = (
    "Outcomes!A1:C3: {} can't be widened to the columns that were added: something else is in between (sort all "
    "columns together, or the codes of one outcome end up beside another)"
)


def sheet_of(*, row: int = 1, column: int = 1) -> Worksheet:
    """Make a sheet of two outcomes, its header at the row and column given."""
    sheet = Workbook().worksheets[0]
    sheet.title = "Outcomes"
    rows = [HEADER, ("SCC-ENV/033", "They met.", None), ("SCC-WRL/006", "They wrote.", None)]
    for down, cells in enumerate(rows):
        for right, value in enumerate(cells):
            sheet.cell(row + down, column + right).value = value
    return sheet


def widened(sheet: Worksheet, at: int, *, row: int = 1, known: Sequence[int] = (1, 2)) -> list[str]:
    """Add two columns of ours and widen what there is to them; give what is told."""
    for place, name in enumerate(OURS):
        sheet.cell(row, at + place).value = name
    notes = widen_ranges(sheet, Rows(header=row, last=row + 2, columns=known), range(at, at + len(OURS)))
    return [str(note) for note in notes]


def with_table(sheet: Worksheet, ref: str = "A1:C3", name: str = "Harvest") -> Table:
    table = Table(displayName=name, ref=ref, autoFilter=AutoFilter(ref=ref))
    min_column, row, max_column, _ = range_boundaries(ref)
    for number, column in enumerate(range(int(min_column or 0), int(max_column or 0) + 1), start=1):
        table.tableColumns.append(TableColumn(id=number, name=str(sheet.cell(int(row or 0), column).value)))
    sheet.add_table(table)
    return table


def filter_of(table: Table) -> AutoFilter:
    assert table.autoFilter is not None
    return table.autoFilter


# The filter of a sheet


def test_filter_takes_in_what_is_added() -> None:
    sheet = sheet_of()
    sheet.auto_filter.ref = "A1:C3"
    assert (widened(sheet, 4), sheet.auto_filter.ref) == ([], "A1:E3")


def test_sheet_without_a_filter_gets_none() -> None:
    sheet = sheet_of()
    assert (widened(sheet, 4), sheet.auto_filter.ref) == ([], None)


def test_filter_takes_in_columns_of_the_outcomes_that_it_left_out() -> None:
    sheet = sheet_of()
    sheet.auto_filter.ref = "A1:B3"
    assert (widened(sheet, 4), sheet.auto_filter.ref) == ([], "A1:E3")


def test_filter_takes_in_empty_columns_between() -> None:
    sheet = sheet_of()
    sheet["F9"] = "a remark far below"
    sheet.auto_filter.ref = "A1:C3"
    assert (widened(sheet, 7), sheet.auto_filter.ref) == ([], "A1:H3")


def test_filter_takes_in_the_id_at_its_left_and_keeps_what_is_chosen() -> None:
    sheet = sheet_of()
    sheet.auto_filter.ref = "B1:C3"
    sheet.auto_filter.add_filter_column(1, ["Local"])
    assert (widened(sheet, 4), sheet.auto_filter.ref) == ([], "A1:E3")
    assert [criterion.colId for criterion in sheet.auto_filter.filterColumn] == [2]


def test_filter_keeps_its_rows() -> None:
    sheet = sheet_of()
    sheet.auto_filter.ref = "A1:C2"
    assert (widened(sheet, 4), sheet.auto_filter.ref) == ([], "A1:E2")


def test_sorting_that_a_filter_remembers_takes_in_what_is_added() -> None:
    sheet = sheet_of()
    sheet.auto_filter.ref = "A1:C3"
    sheet.auto_filter.add_sort_condition("A2:A3")
    widened(sheet, 4)
    sort = sheet.auto_filter.sortState
    assert sort is not None
    assert (sort.ref, sort.sortCondition[0].ref) == ("A1:E3", "A2:A3")


def test_filter_of_a_list_at_the_side_stays_as_it_is() -> None:
    sheet = sheet_of()
    sheet["E1"], sheet["E2"] = "Country", "Zandia"
    sheet.auto_filter.ref = "E1:E2"
    assert (widened(sheet, 6), sheet.auto_filter.ref) == ([], "E1:E2")


def test_filter_of_a_list_below_stays_as_it_is() -> None:
    sheet = sheet_of()
    sheet["A9"], sheet["A10"] = "Country", "Zandia"
    sheet.auto_filter.ref = "A9:A10"
    assert (widened(sheet, 4), sheet.auto_filter.ref) == ([], "A9:A10")


def test_filter_with_a_list_of_its_own_at_the_right_is_reported() -> None:
    sheet = sheet_of()
    sheet["E1"], sheet["E2"] = "Country", "Zandia"
    sheet.auto_filter.ref = "A1:C3"
    assert (widened(sheet, 6), sheet.auto_filter.ref) == ([BLOCKED.format("the filter")], "A1:C3")


def test_filter_with_remarks_at_the_right_is_reported() -> None:
    sheet = sheet_of()
    sheet["D2"] = "ask Awa"
    sheet.auto_filter.ref = "A1:C3"
    assert (widened(sheet, 5), sheet.auto_filter.ref) == ([BLOCKED.format("the filter")], "A1:C3")


def test_hidden_name_of_the_filter_follows_it(tmp_path: Path) -> None:
    sheet = sheet_of()
    sheet.auto_filter.ref = "A1:C3"
    widened(sheet, 4)
    assert sheet.parent is not None
    sheet.parent.save(tmp_path / "out.xlsx")
    with zipfile.ZipFile(tmp_path / "out.xlsx") as package:
        assert b"'Outcomes'!$A$1:$E$3<" in package.read("xl/workbook.xml")


# Tables


def test_table_takes_in_what_is_added() -> None:
    sheet = sheet_of()
    table = with_table(sheet)
    assert (widened(sheet, 4), table.ref, filter_of(table).ref) == ([], "A1:E3", "A1:E3")


def test_columns_of_the_table_are_called_as_in_its_header() -> None:
    sheet = sheet_of()
    table = with_table(sheet)
    widened(sheet, 4)
    assert table.column_names == [*HEADER, *OURS]


def test_columns_of_the_table_have_numbers_of_their_own() -> None:
    sheet = sheet_of()
    table = with_table(sheet)
    table.tableColumns[0].id = 7
    widened(sheet, 4)
    assert [column.id for column in table.tableColumns] == [7, 2, 3, 8, 9]


def test_sorting_that_a_table_remembers_takes_in_what_is_added() -> None:
    sheet = sheet_of()
    table = with_table(sheet)
    table.sortState = SortState(ref="A2:C3")
    widened(sheet, 4)
    assert table.sortState.ref == "A2:E3"


def test_totals_of_a_table_stay_out_of_its_filter() -> None:
    sheet = sheet_of()
    table = with_table(sheet, "A1:C4")
    table.totalsRowCount, filter_of(table).ref = 1, "A1:C3"
    widened(sheet, 4)
    assert (table.ref, filter_of(table).ref) == ("A1:E4", "A1:E3")


def test_empty_column_that_a_table_takes_in_gets_a_name() -> None:
    sheet = sheet_of()
    sheet["D9"] = "a remark far below"
    table = with_table(sheet)
    widened(sheet, 5)
    assert (table.ref, sheet["D1"].value, table.column_names) == (
        "A1:F3",
        "Column1",
        [*HEADER, "Column1", *OURS],
    )


def test_users_column_that_a_table_takes_in_has_text_for_its_name() -> None:
    sheet = sheet_of()
    sheet["D1"] = 2024
    table = with_table(sheet)
    widened(sheet, 5)
    assert (sheet["D1"].value, table.column_names) == ("2024", [*HEADER, "2024", *OURS])


def test_table_that_ends_where_ours_do_stays_as_it_is() -> None:
    sheet = sheet_of()
    for place, name in enumerate(OURS, start=4):
        sheet.cell(1, place).value = name
    table = with_table(sheet, "A1:E3")
    assert (widened(sheet, 4), table.ref, table.column_names) == ([], "A1:E3", [*HEADER, *OURS])


def test_table_with_another_at_its_right_is_reported() -> None:
    sheet = sheet_of()
    sheet["D1"], sheet["D2"] = "Country", "Zandia"
    table, _ = with_table(sheet), with_table(sheet, "D1:D3", "Countries")
    assert (widened(sheet, 5), table.ref) == ([BLOCKED.format("the table 'Harvest'")], "A1:C3")


def test_table_at_the_side_stays_as_it_is() -> None:
    sheet = sheet_of()
    sheet["E1"], sheet["E2"] = "Country", "Zandia"
    table = with_table(sheet, "E1:E3", "Countries")
    assert (widened(sheet, 6), table.ref) == ([], "E1:E3")


def test_table_whose_header_is_another_row_is_reported() -> None:
    sheet = sheet_of()
    table = with_table(sheet, "A2:C3")
    (note,) = widened(sheet, 4)
    assert (table.ref, note.startswith("Outcomes!A2:C3: the table 'Harvest' can't be widened")) == ("A2:C3", True)


def test_table_and_two_columns_of_one_name_is_reported() -> None:
    sheet = sheet_of()
    sheet["D1"] = "scale"
    table = with_table(sheet)
    assert (widened(sheet, 5), table.ref) == ([BLOCKED.format("the table 'Harvest'")], "A1:C3")


def test_table_and_a_column_named_by_a_formula_is_reported() -> None:
    sheet = sheet_of()
    sheet["D1"] = '="Round "&2'
    table = with_table(sheet)
    assert (widened(sheet, 5), table.ref) == ([BLOCKED.format("the table 'Harvest'")], "A1:C3")


def test_table_further_down_and_right_takes_in_what_is_added() -> None:
    sheet = sheet_of(row=4, column=2)
    table = with_table(sheet, "B4:D6")
    assert (widened(sheet, 5, row=4, known=(2, 3)), table.ref) == ([], "B4:F6")


@pytest.mark.parametrize("name", ["Scale & reach: suggestion", "Échelle\nde l'effet", "<Scale>"])
def test_names_of_columns_are_read_as_they_are_in_their_cells(tmp_path: Path, name: str) -> None:
    sheet = sheet_of()
    with_table(sheet)
    sheet["D1"] = name
    widen_ranges(sheet, Rows(header=1, last=3, columns=[1, 2]), [4])
    assert sheet.parent is not None
    sheet.parent.save(tmp_path / "out.xlsx")
    read = load_workbook(tmp_path / "out.xlsx").worksheets[0]
    assert read.tables["Harvest"].column_names[3] == read["D1"].value == name


def test_line_break_in_the_name_of_a_column_is_written_as_spreadsheet_programs_do(tmp_path: Path) -> None:
    sheet = sheet_of()
    with_table(sheet)
    sheet["D1"] = "Échelle\nde l'effet"
    widen_ranges(sheet, Rows(header=1, last=3, columns=[1, 2]), [4])
    assert sheet.parent is not None
    sheet.parent.save(tmp_path / "out.xlsx")
    with zipfile.ZipFile(tmp_path / "out.xlsx") as package:
        names = re.findall(r'<tableColumn [^>]*name="([^"]*)"', package.read("xl/tables/table1.xml").decode())
    assert names[3] == "Échelle_x000a_de l'effet"


# A sheet without a filter


def with_buttons(sheet: Worksheet, at: int, *, row: int = 1) -> object:
    """Add two columns of ours and filter buttons; give the range that they are over."""
    for place, name in enumerate(OURS):
        sheet.cell(row, at + place).value = name
    add_filter(sheet, Rows(header=row, last=row + 2, columns=(1, 2)), range(at, at + len(OURS)))
    return sheet.auto_filter.ref


def test_filter_buttons_are_added_over_all_columns() -> None:
    assert with_buttons(sheet_of(), 4) == "A1:E3"


def test_filter_buttons_are_added_below_a_title() -> None:
    assert with_buttons(sheet_of(row=3), 4, row=3) == "A3:E5"


def test_totals_below_the_outcomes_are_not_filtered() -> None:
    sheet = sheet_of()
    sheet["A4"] = "Total"
    assert with_buttons(sheet, 4) == "A1:E3"


def test_users_filter_stays_without_buttons_of_ours() -> None:
    sheet = sheet_of()
    sheet.auto_filter.ref = "A1:B3"
    assert with_buttons(sheet, 4) == "A1:B3"


def test_protected_sheet_gets_no_filter_buttons() -> None:
    sheet = sheet_of()
    sheet.protection.enable()
    assert with_buttons(sheet, 4) is None


def test_sheet_whose_outcomes_are_a_table_gets_no_filter_buttons() -> None:
    sheet = sheet_of()
    with_table(sheet)
    assert with_buttons(sheet, 4) is None


def test_list_between_the_outcomes_and_our_columns_is_not_filtered_with_them() -> None:
    sheet = sheet_of()
    sheet["E1"], sheet["E2"] = "Countries", "Zandia"
    assert with_buttons(sheet, 7) is None
