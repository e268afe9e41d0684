"""A table of counts drawn on a sheet: with its title, as one that the spreadsheet program knows, and as bars."""

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

from classifier.report.crosstab import Crosstab
from classifier.report.crosstab_axes import NOT_TOLD
from classifier.spreadsheet.added_columns import LINE_HEIGHT, WRAPPED, count_lines, dress_header, plain_cell, write_text
from classifier.spreadsheet.copy_losses import writable

N_ABOVE = 2
"""Rows above the header of a table: its title, and how many outcomes there are."""
_NAMES_WIDTH = 44.0  # of the column of codes
_FIGURES_WIDTH = 11.0
_LONGEST_HEADING = 200  # letters; they take a workbook for damaged whose table has a heading of more than 255
_HEADER_LINES = 4
_N_BESIDE = 2  # columns of figures beside those of a table
_TITLE_FONT = Font(name="Calibri", size=13, bold=True)
_LINK_FONT = Font(name="Calibri", size=11, color="0563C1", underline="single")
_FOOT_FONT = Font(name="Calibri", size=11, italic=True)
_CENTRED = Alignment(horizontal="center", vertical="top", wrap_text=True)
_STYLE = TableStyleInfo(name="TableStyleLight1", showRowStripes=True)

Value = str | int | float | None


def explanations() -> Iterator[tuple[str, str]]:
    """Say what the words mean that stand in all tables."""
    yield "n", "How many outcomes there are, decided or not."
    yield (
        "undecided",
        "Of n, the outcomes that have no code in the field, or in one of the two fields where two are counted. Shares "
        "are of the others.",
    )
    yield NOT_TOLD, "The cell is empty: the harvest doesn't say. That is not the same as no."


def free_names(workbook: Workbook) -> Iterator[str]:
    """Give names for tables that nothing in a workbook has: of two that are called alike, it would be one to repair."""
    names = [*workbook.defined_names, *(name for sheet in workbook.worksheets for name in sheet.defined_names)]
    names += [table.displayName for sheet in workbook.worksheets for table in sheet.tables.values()]
    taken = {name.casefold() for name in names}
    yield from (name for number in count(1) if (name := f"Outcomes_{number}").casefold() not in taken)


# A table with what stands above and below it


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """A table as it is written: with a title, and what stands below it."""

    title: str
    about: str
    header: Sequence[str]
    rows: Sequence[Sequence[Value]]
    foot: Sequence[Sequence[Value]] = ()
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """One side of a cross-table: its codes or values, and of each, how many outcomes there are and are undecided."""

    name: str
    values: Sequence[str]
    n: Sequence[int]
    undecided: Sequence[int]


def draw_table(sheet: Worksheet, row: int, table: Crosstab, names: Iterator[str]) -> int:
    """Draw a table, and below it its shares where it is a cross-table; return the row in which the next can start.

    Parameters
    ----------
    row : int
        That of its title; the header comes `N_ABOVE` rows below it.
    names : iterator of str
        See `free_names`; each table that the spreadsheet program knows takes one.
    """
    if not table.by:
        return _write_block(sheet, row, _counted(table), next(names))
    return _draw_crossed(
        sheet, row, table, names, down=_rows(table), across=_columns(table), figures=(table.counts, table.shares)
    )


def draw_turned(sheet: Worksheet, row: int, table: Crosstab, names: Iterator[str]) -> int:
    """Draw a cross-table with its columns as rows, since many countries don't fit side by side; see `draw_table`."""
    turned = (tuple(zip(*table.counts, strict=True)), tuple(zip(*table.shares, strict=True)))
    return _draw_crossed(sheet, row, table, names, down=_columns(table), across=_rows(table), figures=turned)


def _rows(table: Crosstab) -> _Side:
    return _Side(name=table.field, values=table.rows, n=table.n_by_row, undecided=table.undecided_by_row)


def _columns(table: Crosstab) -> _Side:
    return _Side(name=table.by, values=table.columns, n=table.n_by_column, undecided=table.undecided_by_column)


def _draw_crossed(
    sheet: Worksheet,
    row: int,
    table: Crosstab,
    names: Iterator[str],
    *,
    down: _Side,
    across: _Side,
    figures: tuple[Sequence[Sequence[int]], Sequence[Sequence[float | None]]],
) -> int:
    counts, shares = figures
    row = _write_block(sheet, row, _crossed(table, down, across, counts), next(names))
    share_rows = [[value, *told] for value, told in zip(down.values, shares, strict=True)]
    block = _Block(
        title=f"{table.title}: shares",
        about=f"Of the decided outcomes of each {'column' if down.name == table.field else 'row'}",
        header=[down.name, *across.values],
        rows=share_rows,
    )
    return _write_block(sheet, row, block, next(names))


def _counted(table: Crosstab) -> _Block:
    rows = zip(table.rows, table.counts, table.shares, strict=True)
    return _Block(
        title=table.title,
        about=_told(table),
        header=[table.field, *table.columns, "Share of decided"],
        rows=[[name, *counts, *shares] for name, counts, shares in rows],
        foot=_foot(_columns(table)),
        notes=table.notes,
    )


def _crossed(table: Crosstab, down: _Side, across: _Side, counts: Sequence[Sequence[int]]) -> _Block:
    beside = [("n", down.n)]
    # Of a column of the harvest nothing is undecided; what is empty there is "not told".
    if any(down.undecided):
        beside.append(("undecided", down.undecided))
    rows = zip(down.values, counts, *(figures for _, figures in beside), strict=True)
    in_all, undecided = _foot(across)
    return _Block(
        title=table.title,
        about=_told(table),
        header=[down.name, *across.values, *(name for name, _ in beside)],
        rows=[[name, *told, *figures] for name, told, *figures in rows],
        foot=[[*in_all, table.n_outcomes], undecided],
        notes=table.notes,
    )


def _told(table: Crosstab) -> str:
    return f"n = {table.n_outcomes} outcome(s), of which {table.n_undecided} undecided"


def _foot(across: _Side) -> tuple[list[Value], list[Value]]:
    return ["n", *across.n], ["undecided", *across.undecided]


def _write_block(sheet: Worksheet, row: int, block: _Block, name: str) -> int:
    write_title(sheet, row, block.title)
    write_text(plain_cell(sheet, row + 1, 1), block.about)
    header = row + N_ABOVE
    write_list(sheet, header, block.header, block.rows, name)
    foot = header + len(block.rows) + 1
    for place, cells in enumerate(block.foot, start=foot):
        _write_row(sheet, place, cells)
        for cell in sheet[place]:
            cell.font = _FOOT_FONT
    for place, note in enumerate(block.notes, start=foot + len(block.foot)):
        write_note(sheet, place, note, first=1, last=len(block.header))
    return foot + len(block.foot) + len(block.notes) + 1


# Bars


def draw_bars(sheet: Worksheet, row: int, table: Crosstab, *, anchor: str, width: int, height: float) -> None:
    """Draw the counts of a field as bars.

    Parameters
    ----------
    row : int
        That of the table's title on the sheet.
    anchor : str
        The cell that the chart's upper left corner is in.
    width, height : float
        In cm.
    """
    header = row + N_ABOVE
    last = header + len(table.rows)
    chart = BarChart()
    chart.type, chart.legend, chart.gapWidth = "bar", None, 50
    chart.title, chart.y_axis.title = writable(table.title), table.columns[0]
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


# Cells


def write_title(sheet: Worksheet, row: int, title: str) -> None:
    """Write a title into the first cell of a row."""
    cell = plain_cell(sheet, row, 1)
    write_text(cell, title)
    cell.font = _TITLE_FONT


def write_list(sheet: Worksheet, row: int, header: Sequence[str], rows: Sequence[Sequence[Value]], name: str) -> None:
    """Write a table that the spreadsheet program knows as one, so that it can be sorted and filtered."""
    write_header(sheet, row, _headings(header))
    for place, cells in enumerate(rows, start=row + 1):
        _write_row(sheet, place, cells)
    last = f"{get_column_letter(len(header))}{row + len(rows)}"
    sheet.add_table(SheetTable(displayName=name, ref=f"A{row}:{last}", tableStyleInfo=_STYLE))


def write_header(sheet: Worksheet, row: int, header: Sequence[str]) -> None:
    """Write the headings of columns; those of figures are centred."""
    for column, heading in enumerate(header, start=1):
        cell = plain_cell(sheet, row, column)
        write_text(cell, heading)
        dress_header(cell)
        if column > 1:
            cell.alignment = _CENTRED


def write_note(sheet: Worksheet, row: int, note: str, *, first: int, last: int) -> None:
    """Write a text across columns, in a row that is high enough for it."""
    cell = plain_cell(sheet, row, first)
    write_text(cell, note)
    cell.font, cell.alignment = _FOOT_FONT, WRAPPED
    sheet.merge_cells(start_row=row, end_row=row, start_column=first, end_column=last)
    width = sum(sheet.column_dimensions[get_column_letter(column)].width for column in range(first, last + 1))
    sheet.row_dimensions[row].height = LINE_HEIGHT * count_lines(note, width=width)


def link_to_row(cell: Cell, sheet: Worksheet, row: int) -> None:
    """Make a cell lead to a row of a sheet."""
    cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"{quote_sheetname(sheet.title)}!A{row}")
    cell.font = _LINK_FONT


def set_widths(sheet: Worksheet, headings: Sequence[str], *, n_figures: int, widest: float) -> None:
    """Give the columns of names and of figures their widths, by the headings of the figures.

    Parameters
    ----------
    n_figures : int
        How many columns of figures the widest table has, n and undecided left out.
    widest : float
        What a column of figures may take, in letters.
    """
    sheet.column_dimensions["A"].width = _NAMES_WIDTH
    longest_word = max(len(word) for name in headings for word in name.split())
    width = 2.0 + max(longest_word, max(map(len, headings)) // _HEADER_LINES)
    for column in range(2, n_figures + _N_BESIDE + 2):
        sheet.column_dimensions[get_column_letter(column)].width = min(max(width, _FIGURES_WIDTH), widest)


def fit_heights(sheet: Worksheet) -> None:
    """Make rows high enough for wrapped text, since some programs don't where they didn't write it."""
    for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        if sheet.row_dimensions[number].height is None and sheet.cell(number, 1).alignment.wrap_text:
            n_lines = max(
                count_lines(value, width=sheet.column_dimensions[get_column_letter(column)].width)
                for column, value in enumerate(cells, start=1)
                if isinstance(value, str)
            )
            sheet.row_dimensions[number].height = LINE_HEIGHT * n_lines


def _headings(wanted: Sequence[str]) -> list[str]:
    """Make headings differ: a value may be called "n", and a table with two of one name is taken for damaged."""
    headings: list[str] = []
    for name in wanted:
        plain = writable(" ".join(name.split()))[:_LONGEST_HEADING]
        names = chain([plain], (f"{plain} ({number})" for number in count(2)))
        taken = {heading.casefold() for heading in headings}
        headings.append(next(free for free in names if free.casefold() not in taken))
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
