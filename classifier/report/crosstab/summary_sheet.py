"""Sheet "Summary" of an exported workbook: all cross-tables below each other."""

from __future__ import annotations

import math
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.worksheet import Worksheet

from classifier.languages import gettext, marked, translated
from classifier.report.crosstab.counts import Crosstab
from classifier.report.crosstab.drawing import (
    Value,
    draw_bars,
    draw_table,
    explanations,
    fit_heights,
    free_table_names,
    link_to_row,
    set_widths,
    write_list,
    write_note,
    write_title,
)
from classifier.spreadsheet.added_columns import LINE_HEIGHT, WRAPPED, count_lines, plain_cell, write_text
from classifier.spreadsheet.cells import print_well, set_direction
from classifier.spreadsheet.copying import free_title

_SUMMARY = marked("Summary")
_TITLE = marked("How many outcomes have each code")
_NOTHING = marked("No outcome is coded yet, so there is nothing to count.")
_MOST_ACROSS = 10  # columns of figures; more would be too small in print
_NOTES_END = 7  # last column of the notes at the top
_WIDEST_FIGURES = 15.0  # a few wide columns would make all tables small in print
_CHART_COLUMN = 5
_CHART_WIDTH = 19  # cm
_CHART_HEIGHT = 3.2  # cm, without its bars
_BAR = 0.8  # cm, for each line of its label
_LABEL_WIDTH = 40.0  # characters
_POINTS_PER_CM = 28.35
_POINTS_PER_LETTER = 5.25  # of a column's width
_PAGE_WIDTH, _PAGE_HEIGHT = 770.0, 500.0  # points that the margins leave of A4, and a little less


def add_summary(workbook: Workbook, tables: Sequence[Crosstab], *, notes: Sequence[str] = ()) -> None:
    """Add a sheet with all tables below each other, links to them at its top, and a bar chart for each field.

    Cross-tables by many values are transposed. Where no outcome is coded the sheet says so, and holds no table.

    Examples
    --------
    >>> from classifier.report.crosstab.counts import count_codes
    >>> workbook = Workbook()
    >>> add_summary(workbook, count_codes([getfixture("coded_harvest")], getfixture("codebook")))
    >>> workbook.sheetnames, list(workbook["Summary"].tables)[:2]
    (['Sheet', 'Summary'], ['Outcomes_1', 'Outcomes_2'])
    """
    sheet = workbook.create_sheet(free_title(workbook, gettext(_SUMMARY)))
    print_well(sheet)
    write_title(sheet, 1, gettext(_TITLE))
    if not any(table.n_decided for table in tables):
        write_text(plain_cell(sheet, 2, 1), gettext(_NOTHING))
        return
    across = [table.rows if _is_wide(table) else table.columns for table in tables]
    headings = [name for names in across for name in names]
    set_direction(sheet)
    set_widths(sheet, headings, n_figures=max(map(len, across)), widest=_WIDEST_FIGURES)
    contents = _write_top(sheet, notes)
    names = free_table_names(workbook)
    rows: list[list[Value]] = [[table.title, table.n_outcomes, table.n_undecided] for table in tables]
    write_list(sheet, contents, [gettext("Table"), "n", gettext("undecided")], rows, next(names))
    starts = []
    row = contents + len(tables) + 2
    for place, table in enumerate(tables, start=contents + 1):
        link_to_row(plain_cell(sheet, place, 1), sheet, row)
        starts.append(row)
        below = draw_table(sheet, row, table, names, transpose=_is_wide(table))
        row = below if table.by or not table.n_decided else max(below, _draw_bars_beside(sheet, row, table))
    fit_heights(sheet)
    _break_pages(sheet, starts, row)
    sheet.freeze_panes = "B1"


def _is_wide(table: Crosstab) -> bool:
    return len(table.columns) > max(_MOST_ACROSS, len(table.rows))


def _write_top(sheet: Worksheet, notes: Sequence[str]) -> int:
    """Write the notes on all tables; return the row that their list starts in."""
    what = gettext("The outcomes of this workbook, by their codes in it.")
    lines = [(gettext("What was counted"), what), *explanations()]
    lines += [(gettext("Not counted by"), str(translated(note))) for note in notes]
    for row, (term, meaning) in enumerate(lines, start=2):
        cell = plain_cell(sheet, row, 1)
        write_text(cell, term)
        cell.alignment = WRAPPED
        write_note(sheet, row, meaning, first=2, last=_NOTES_END)
    return len(lines) + 3


def _draw_bars_beside(sheet: Worksheet, row: int, table: Crosstab) -> int:
    """Add a bar chart beside the counts of a field; return the row below it."""
    height = _CHART_HEIGHT + _BAR * sum(count_lines(code, width=_LABEL_WIDTH) for code in table.rows)
    # In the row of the title its upper edge would be printed on the page before.
    anchor = f"{get_column_letter(_CHART_COLUMN)}{row + 1}"
    draw_bars(sheet, row, table, anchor=anchor, width=_CHART_WIDTH, height=height)
    return row + math.ceil(height * _POINTS_PER_CM / LINE_HEIGHT) + 2


def _break_pages(sheet: Worksheet, starts: Sequence[int], end: int) -> None:
    """Break pages between tables, so that no table is cut unless it is longer than a page."""
    widths = [column.width for column in sheet.column_dimensions.values()]
    # A sheet wider than the paper is scaled down, and a page then holds more of it.
    room = _PAGE_HEIGHT * max(1.0, sum(widths) * _POINTS_PER_LETTER / _PAGE_WIDTH)
    top = 1
    for start, below in zip(starts, [*starts[1:], end], strict=True):
        height = sum(sheet.row_dimensions[row].height or LINE_HEIGHT for row in range(top, below))
        if height > room and start > top:
            sheet.row_breaks.append(Break(id=start - 1))
            top = start
