"""Cross-tables written to a worksheet: title, spreadsheet table, shares, bar chart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, count

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.chart import BarChart, Reference
from openpyxl.chart.label import DataLabelList
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.table import Table as SheetTable
from openpyxl.worksheet.table import TableStyleInfo
from openpyxl.worksheet.worksheet import Worksheet

from classifier.languages import gettext, ngettext, translated
from classifier.report.crosstab.axes import MISSING
from classifier.report.crosstab.counts import Crosstab
from classifier.spreadsheet.added_columns import LINE_HEIGHT, WRAPPED, count_lines, dress_header, plain_cell, write_text
from classifier.spreadsheet.copy_losses import writable

N_ABOVE = 2
"""Rows above the header of a table: its title, and how many outcomes there are."""
_CODES_WIDTH = 44.0  # of the column of codes
_FIGURES_WIDTH = 11.0
_LONGEST_HEADING = 200  # characters; Excel takes a workbook for damaged whose table has a heading of more than 255
_HEADER_LINES = 4
_N_BESIDE = 2  # further columns: n and undecided
_TITLE_FONT = Font(name="Calibri", size=13, bold=True)
_LINK_FONT = Font(name="Calibri", size=11, color="0563C1", underline="single")
_FOOT_FONT = Font(name="Calibri", size=11, italic=True)
_CENTRED = Alignment(horizontal="center", vertical="top", wrap_text=True)
_STYLE = TableStyleInfo(name="TableStyleLight1", showRowStripes=True)

Value = str | int | float | None


def explanations() -> Iterator[tuple[str, str]]:
    """Yield the terms used in all tables, with their meaning."""
    yield "n", gettext("All outcomes, decided or not.")
    yield (
        gettext("undecided"),
        gettext(
            "Outcomes without a code in the field, or in one of the two fields of a cross-table. Shares are of the "
            "others."
        ),
    )
    yield gettext(MISSING), gettext("The cell is empty: the harvest doesn't say. That is not the same as no.")


def free_table_names(workbook: Workbook) -> Iterator[str]:
    """Yield table names that are not used in a workbook, since Excel would repair one with duplicates."""
    names = [*workbook.defined_names, *(name for sheet in workbook.worksheets for name in sheet.defined_names)]
    names += [table.displayName for sheet in workbook.worksheets for table in sheet.tables.values()]
    taken = {name.casefold() for name in names}
    yield from (name for number in count(1) if (name := f"Outcomes_{number}").casefold() not in taken)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """A table with a title above, and totals and notes below."""

    title: str
    subtitle: str
    header: Sequence[str]
    rows: Sequence[Sequence[Value]]
    foot: Sequence[Sequence[Value]] = ()
    notes: Sequence[str] = ()


def draw_table(sheet: Worksheet, row: int, table: Crosstab, names: Iterator[str], *, transpose: bool = False) -> int:
    """Write a table, and below it its shares if it is a cross-table; return the row after it.

    Its header comes `N_ABOVE` rows below its first row. A cross-table by many countries is transposed, as they don't
    fit side by side.
    """
    if not table.by:
        return _write_block(sheet, row, _count_block(table), next(names))
    drawn = Crosstab(row_axis=table.column_axis, column_axis=table.row_axis) if transpose else table
    row = _write_block(sheet, row, _cross_block(drawn, title=table.title), next(names))
    shares = zip(*table.shares, strict=True) if transpose else table.shares
    block = _Block(
        title=gettext("{title}: shares", title=table.title),
        subtitle=gettext("Of the decided outcomes of each row")
        if transpose
        else gettext("Of the decided outcomes of each column"),
        header=[drawn.field, *map(shown_value, drawn.columns)],
        rows=[[shown_value(value), *row_shares] for value, row_shares in zip(drawn.rows, shares, strict=True)],
    )
    return _write_block(sheet, row, block, next(names))


def _count_block(table: Crosstab) -> _Block:
    rows = zip(table.rows, table.counts, table.shares, strict=True)
    return _Block(
        title=table.title,
        subtitle=_subtitle(table),
        header=[table.field, *map(gettext, table.columns), gettext("Share of decided")],
        rows=[[code, *counts, *shares] for code, counts, shares in rows],
        foot=[["n", *table.n_by_column], [gettext("undecided"), *table.undecided_by_column]],
        notes=table.notes,
    )


def _cross_block(table: Crosstab, *, title: str) -> _Block:
    totals = {"n": table.n_by_row}
    # In a column of the harvest nothing is undecided; an empty cell is "not stated".
    if any(table.undecided_by_row):
        totals[gettext("undecided")] = table.undecided_by_row
    rows = zip(table.rows, table.counts, *totals.values(), strict=True)
    return _Block(
        title=title,
        subtitle=_subtitle(table),
        header=[table.field, *map(shown_value, table.columns), *totals],
        rows=[[shown_value(value), *counts, *row_totals] for value, counts, *row_totals in rows],
        foot=[["n", *table.n_by_column, table.n_outcomes], [gettext("undecided"), *table.undecided_by_column]],
        notes=table.notes,
    )


def _subtitle(table: Crosstab) -> str:
    return ngettext(
        "n = {n} outcome, of which {n_undecided} undecided",
        "n = {n} outcomes, of which {n_undecided} undecided",
        table.n_outcomes,
        n_undecided=table.n_undecided,
    )


def shown_value(value: str) -> str:
    """Return a value of an axis; of an empty cell, in the current language."""
    return gettext(value) if value == MISSING else value


def _write_block(sheet: Worksheet, row: int, block: _Block, name: str) -> int:
    write_title(sheet, row, block.title)
    write_text(plain_cell(sheet, row + 1, 1), block.subtitle)
    header = row + N_ABOVE
    write_list(sheet, header, block.header, block.rows, name)
    foot = header + len(block.rows) + 1
    for place, cells in enumerate(block.foot, start=foot):
        _write_row(sheet, place, cells)
        for cell in sheet[place]:
            cell.font = _FOOT_FONT
    for place, note in enumerate(block.notes, start=foot + len(block.foot)):
        write_note(sheet, place, str(translated(note)), first=1, last=len(block.header))
    return foot + len(block.foot) + len(block.notes) + 1


def draw_bars(sheet: Worksheet, row: int, table: Crosstab, *, anchor: str, width: int, height: float) -> None:
    """Add a bar chart of the counts of the table at a row, of a size in cm, with its corner at the anchor cell."""
    header = row + N_ABOVE
    last = header + len(table.rows)
    chart = BarChart()
    chart.type, chart.legend, chart.gapWidth = "bar", None, 50
    chart.title, chart.y_axis.title = writable(table.title), gettext(table.columns[0])
    chart.add_data(Reference(sheet, min_col=2, min_row=header, max_row=last), titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=1, min_row=header + 1, max_row=last))
    chart.dataLabels = DataLabelList(
        showVal=True, showSerName=False, showCatName=False, showLegendKey=False, showPercent=False
    )
    chart.x_axis.scaling.orientation = "maxMin"  # or the first code would be the lowest bar
    chart.x_axis.tickLblSkip = 1  # or longer ones would be left out
    chart.x_axis.delete, chart.y_axis.delete = False, False
    chart.y_axis.scaling.min, chart.y_axis.majorGridlines = 0, None
    chart.y_axis.number_format = "0"
    chart.width, chart.height = width, height
    sheet.add_chart(chart, anchor)


def write_title(sheet: Worksheet, row: int, title: str) -> None:
    """Write a title into the first cell of a row."""
    cell = plain_cell(sheet, row, 1)
    write_text(cell, title)
    cell.font = _TITLE_FONT


def write_list(sheet: Worksheet, row: int, header: Sequence[str], rows: Sequence[Sequence[Value]], name: str) -> None:
    """Write a spreadsheet table, which can be sorted and filtered."""
    write_header(sheet, row, _headings(header))
    for place, cells in enumerate(rows, start=row + 1):
        _write_row(sheet, place, cells)
    last = f"{get_column_letter(len(header))}{row + len(rows)}"
    sheet.add_table(SheetTable(displayName=name, ref=f"A{row}:{last}", tableStyleInfo=_STYLE))


def write_header(sheet: Worksheet, row: int, header: Sequence[str]) -> None:
    """Write column headings; those of figures are centred."""
    for column, heading in enumerate(header, start=1):
        cell = plain_cell(sheet, row, column)
        write_text(cell, heading)
        dress_header(cell)
        if column > 1:
            cell.alignment = _CENTRED


def write_note(sheet: Worksheet, row: int, note: str, *, first: int, last: int) -> None:
    """Write a text across merged columns, in a row that is high enough for it."""
    cell = plain_cell(sheet, row, first)
    write_text(cell, note)
    cell.font, cell.alignment = _FOOT_FONT, WRAPPED
    sheet.merge_cells(start_row=row, end_row=row, start_column=first, end_column=last)
    width = sum(sheet.column_dimensions[get_column_letter(column)].width for column in range(first, last + 1))
    sheet.row_dimensions[row].height = LINE_HEIGHT * count_lines(note, width=width)


def link_to_row(cell: Cell, sheet: Worksheet, row: int) -> None:
    """Link a cell to a row of a sheet."""
    cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"{quote_sheetname(sheet.title)}!A{row}")
    cell.font = _LINK_FONT


def set_widths(sheet: Worksheet, headings: Sequence[str], *, n_figures: int, widest: float) -> None:
    """Set column widths by the headings of the figures, beside which are n and undecided; `widest` is in characters."""
    sheet.column_dimensions["A"].width = _CODES_WIDTH
    longest_word = max(len(word) for name in headings for word in name.split())
    width = 2.0 + max(longest_word, max(map(len, headings)) // _HEADER_LINES)
    for column in range(2, n_figures + _N_BESIDE + 2):
        sheet.column_dimensions[get_column_letter(column)].width = min(max(width, _FIGURES_WIDTH), widest)


def fit_heights(sheet: Worksheet) -> None:
    """Make rows high enough for wrapped text, which some programs don't do on opening."""
    for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        if sheet.row_dimensions[number].height is None and sheet.cell(number, 1).alignment.wrap_text:
            n_lines = max(
                count_lines(value, width=sheet.column_dimensions[get_column_letter(column)].width)
                for column, value in enumerate(cells, start=1)
                if isinstance(value, str)
            )
            sheet.row_dimensions[number].height = LINE_HEIGHT * n_lines


def _headings(wanted: Sequence[str]) -> list[str]:
    """Make headings unique: a value may be called "n", and a table with duplicate headings is taken for damaged."""
    headings: list[str] = []
    for name in wanted:
        heading = writable(" ".join(name.split()))[:_LONGEST_HEADING]
        candidates = chain([heading], (f"{heading} ({number})" for number in count(2)))
        taken = {earlier.casefold() for earlier in headings}
        headings.append(next(free for free in candidates if free.casefold() not in taken))
    return headings


def _write_row(sheet: Worksheet, row: int, cells: Sequence[Value]) -> None:
    for column, value in enumerate(cells, start=1):
        cell = plain_cell(sheet, row, column)
        if isinstance(value, str):
            write_text(cell, value)
            cell.alignment = WRAPPED
        elif value is not None:
            cell.value, cell.alignment = value, _CENTRED
            cell.number_format = "0%" if isinstance(value, float) else "0"
