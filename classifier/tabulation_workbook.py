"""Tables of a coded harvest as a workbook: what was counted, a sheet per field, a sheet per thing counted by."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path

from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.chart.label import DataLabelList
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.table import Table as SheetTable
from openpyxl.worksheet.table import TableStyleInfo
from openpyxl.worksheet.worksheet import Worksheet

from classifier.desk import LINE_HEIGHT, WRAPPED, count_lines, dress_header, plain_cell, write_text
from classifier.errors import OutputError
from classifier.files import write_whole
from classifier.grids import print_well
from classifier.tabulation import NOT_TOLD, Table
from classifier.workbook_losses import writable

__all__ = ["write_tables"]

_CONTENTS = "Contents"
_CONTENTS_WIDTHS = (46.0, 90.0, 10.0, 11.0)
_NAMES_WIDTH = 44.0  # of the column of codes
_FIGURES_WIDTH = 11.0
_WIDEST_FIGURES = 24.0
_LONGEST_TITLE = 31  # letters; what spreadsheet programs allow for a sheet
_LONGEST_HEADING = 200  # letters; they take a workbook for damaged whose table has a heading of more than 255
_UNTITLED = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_HEADER_ROW = 3  # below a title and how many outcomes there are
_HEADER_LINES = 4
_N_BESIDE = 2  # columns of figures beside those of a table
_CHART_WIDTH = 22  # cm
_CHART_HEIGHT = 4  # cm, without its bars; each takes one more
_TITLE_FONT = Font(name="Calibri", size=13, bold=True)
_LINK_FONT = Font(name="Calibri", size=11, color="0563C1", underline="single")
_FOOT_FONT = Font(name="Calibri", size=11, italic=True)
_CENTRED = Alignment(horizontal="center", vertical="top", wrap_text=True)
_STYLE = TableStyleInfo(name="TableStyleLight1", showRowStripes=True)

Value = str | int | float | None


def write_tables(
    tables: Sequence[Table],
    path: Path,
    *,
    title: str,
    sources: Sequence[tuple[str, int]],
    day: datetime.date | None = None,
) -> None:
    """Write tables as a workbook of real tables, with a bar chart beside the counts of each field.

    Tables that are counted by the same thing stand on one sheet, below each other.

    Parameters
    ----------
    tables : sequence of Table
        In the order wanted.
    path : path
        An .xlsx workbook; what stands there is replaced.
    sources : sequence of (str, int)
        The files that were counted, and how many outcomes each holds.
    day : date, optional
        When it was counted; by default today.

    Raises
    ------
    OutputError
        If `path` doesn't end in .xlsx, or can't be written.

    Examples
    --------
    >>> from classifier.tabulation import count_codes
    >>> tables = count_codes([getfixture("coded_harvest")], getfixture("codebook"))
    >>> path = getfixture("tmp_path") / "summary.xlsx"
    >>> write_tables(tables, path, title="Harvest 1", sources=[("harvest_1.xlsx", 168)])
    >>> path.is_file()
    True
    """
    if path.suffix.lower() != ".xlsx":
        raise OutputError(f"{path}: tables are written to a workbook; choose a name that ends in .xlsx")
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    workbook.properties.creator, workbook.properties.title = "outcome-coder", writable(title)
    contents = workbook.create_sheet(_CONTENTS)
    numbers = count(1)
    places = []
    for together in _sheets(tables):
        sheet = workbook.create_sheet(_free_title(workbook, _sheet_title(together[0])))
        places += [(table, sheet.title, row) for table, row in _write_sheet(sheet, together, numbers)]
    notes = _notes(tables, sources, day or datetime.date.today())
    _write_contents(contents, title, notes, places, numbers)
    with write_whole(path) as temporary:
        workbook.save(temporary)


def _sheets(tables: Sequence[Table]) -> Iterator[list[Table]]:
    """Put tables together that have the same columns; a field that is counted in all has a sheet of its own."""
    sheets: dict[tuple[str, ...], list[Table]] = {}
    for place, table in enumerate(tables):
        key = (table.by, *table.columns) if table.by else (str(place),)
        sheets.setdefault(key, []).append(table)
    yield from sheets.values()


def _sheet_title(table: Table) -> str:
    return f"By {table.by}" if table.by else table.field


def _free_title(workbook: Workbook, wanted: str) -> str:
    """Find a title that spreadsheet programs allow and no other sheet has."""
    taken = {name.casefold() for name in workbook.sheetnames} | {"history"}  # Excel keeps that one for itself
    cleaned = _UNTITLED.sub(" ", writable(wanted))
    titles = chain([_cut(cleaned, "")], (_cut(cleaned, f" ({number})") for number in count(2)))
    return next(title for title in titles if title.casefold() not in taken)


def _cut(title: str, ending: str) -> str:
    # Letters beyond the first 65,536 of Unicode count twice in spreadsheet programs.
    kept = title.encode("utf-16-le")[: 2 * (_LONGEST_TITLE - len(ending))].decode("utf-16-le", errors="ignore")
    return (" ".join(kept.split()).strip("' ") or "Table") + ending


# The sheet of contents


def _notes(
    tables: Sequence[Table], sources: Sequence[tuple[str, int]], day: datetime.date
) -> Iterator[tuple[str, str]]:
    n_outcomes = max((table.n_outcomes for table in tables), default=0)
    yield (
        "What was counted",
        f"{n_outcomes} outcome(s), by the codes that they were given. One that stands in several files counts once, "
        "as it is coded in the last of them.",
    )
    for name, n_in_file in sources:
        yield "File", f"{name}, {n_in_file} outcome(s)"
    yield "Counted on", f"{day.isoformat()}, by outcome-coder"
    yield "n", "How many outcomes there are, decided or not."
    yield (
        "undecided",
        "Of n, the outcomes that have no code in the field, or in one of the two fields where two are counted. Shares "
        "are of the others.",
    )
    yield NOT_TOLD, "The cell is empty: the harvest doesn't say. That is not the same as no."
    for note in dict.fromkeys(note for table in tables for note in table.notes):
        yield "Several codes", note


def _write_contents(
    sheet: Worksheet,
    title: str,
    notes: Iterator[tuple[str, str]],
    places: Sequence[tuple[Table, str, int]],
    numbers: Iterator[int],
) -> None:
    _write_title(sheet, 1, title)
    row = 2
    for row, (what, says) in enumerate(notes, start=2):
        for column, text in enumerate((what, says), start=1):
            cell = plain_cell(sheet, row, column)
            write_text(cell, text)
            cell.alignment = WRAPPED
    for column, width in enumerate(_CONTENTS_WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    first = row + 2
    header = ["Table", "Sheet", "n", "undecided"]
    rows: list[list[Value]] = [[table.title, name, table.n_outcomes, table.n_undecided] for table, name, _ in places]
    if rows:
        _write_table(sheet, first, header, rows, next(numbers))
    for row, (_, name, place) in enumerate(places, start=first + 1):
        cell = plain_cell(sheet, row, 1)
        cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"{quote_sheetname(name)}!A{place}")
        cell.font = _LINK_FONT
    _fit_heights(sheet)
    print_well(sheet)


# A sheet of tables


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """A table as it is written: with a title, and what stands below it."""

    title: str
    about: str
    header: Sequence[str]
    rows: Sequence[Sequence[Value]]
    foot: Sequence[Sequence[Value]] = ()
    notes: Sequence[str] = ()


def _write_sheet(sheet: Worksheet, tables: Sequence[Table], numbers: Iterator[int]) -> list[tuple[Table, int]]:
    """Write tables with the same columns below each other; return the row that each starts in."""
    places: list[tuple[Table, int]] = []
    _set_widths(sheet, tables[0].columns)
    row = _write_top(sheet, tables[0]) if tables[0].by else 1
    for table in tables:
        if places:
            sheet.row_breaks.append(Break(id=row - 1))
        places.append((table, row))
        for block in _blocks(table):
            row = _write_block(sheet, row, block, next(numbers))
    _fit_heights(sheet)
    if not tables[0].by:
        _draw_bars(sheet, tables[0])
    sheet.freeze_panes, sheet.print_title_rows = f"B{_HEADER_ROW + 1}", f"1:{_HEADER_ROW}"
    print_well(sheet)
    return places


def _write_top(sheet: Worksheet, table: Table) -> int:
    """Write what stays in sight above tables with the same columns; return the row that the first starts in.

    The first table's own title and header would stand above the figures of the others.
    """
    _write_title(sheet, 1, _sheet_title(table))
    write_text(plain_cell(sheet, 2, 1), f"n = {table.n_outcomes} outcome(s)")
    _write_header(sheet, _HEADER_ROW, [table.by, *table.columns])
    return _HEADER_ROW + 2


def _blocks(table: Table) -> Iterator[_Block]:
    if table.by:
        yield _crossed(table)
        yield _Block(
            title=f"{table.title}: shares",
            about="Of the decided outcomes of each column",
            header=[table.field, *table.columns],
            rows=[[name, *shares] for name, shares in zip(table.rows, table.shares, strict=True)],
        )
    else:
        rows = zip(table.rows, table.counts, table.shares, strict=True)
        yield _Block(
            title=table.title,
            about=_told(table),
            header=[table.field, *table.columns, "Share of decided"],
            rows=[[name, *counts, *shares] for name, counts, shares in rows],
            foot=_foot(table),
            notes=table.notes,
        )


def _crossed(table: Table) -> _Block:
    beside = [("n", table.n_by_row)]
    # Of a column of the harvest nothing is undecided; what is empty there is "not told".
    if any(table.undecided_by_row):
        beside.append(("undecided", table.undecided_by_row))
    names = [name for name, _ in beside]
    rows = zip(table.rows, table.counts, *(figures for _, figures in beside), strict=True)
    in_all, undecided = _foot(table)
    return _Block(
        title=table.title,
        about=_told(table),
        header=[table.field, *table.columns, *names],
        rows=[[name, *counts, *figures] for name, counts, *figures in rows],
        foot=[[*in_all, table.n_outcomes], undecided],
        notes=table.notes,
    )


def _told(table: Table) -> str:
    return f"n = {table.n_outcomes} outcome(s), of which {table.n_undecided} undecided"


def _foot(table: Table) -> tuple[list[Value], list[Value]]:
    return ["n", *table.n_by_column], ["undecided", *table.undecided_by_column]


def _write_block(sheet: Worksheet, row: int, block: _Block, number: int) -> int:
    """Write a table with its title; return the row in which the next one can start."""
    _write_title(sheet, row, block.title)
    write_text(plain_cell(sheet, row + 1, 1), block.about)
    header = row + _HEADER_ROW - 1
    _write_table(sheet, header, block.header, block.rows, number)
    foot = header + len(block.rows) + 1
    for place, cells in enumerate(block.foot, start=foot):
        _write_row(sheet, place, cells)
        for cell in sheet[place]:
            cell.font = _FOOT_FONT
    for place, note in enumerate(block.notes, start=foot + len(block.foot)):
        _write_note(sheet, place, note, n_columns=len(block.header))
    return foot + len(block.foot) + len(block.notes) + 1


def _write_note(sheet: Worksheet, row: int, note: str, *, n_columns: int) -> None:
    cell = plain_cell(sheet, row, 1)
    write_text(cell, note)
    cell.font, cell.alignment = _FOOT_FONT, WRAPPED
    sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=n_columns)
    width = sum(sheet.column_dimensions[get_column_letter(column)].width for column in range(1, n_columns + 1))
    sheet.row_dimensions[row].height = LINE_HEIGHT * count_lines(note, width=width)


def _set_widths(sheet: Worksheet, names: Sequence[str]) -> None:
    sheet.column_dimensions["A"].width = _NAMES_WIDTH
    longest_word = max(len(word) for name in names for word in name.split())
    width = 2.0 + max(longest_word, max(map(len, names)) // _HEADER_LINES)
    for column in range(2, len(names) + _N_BESIDE + 2):
        sheet.column_dimensions[get_column_letter(column)].width = min(max(width, _FIGURES_WIDTH), _WIDEST_FIGURES)


def _draw_bars(sheet: Worksheet, table: Table) -> None:
    last = _HEADER_ROW + len(table.rows)
    chart = BarChart()
    chart.type, chart.legend, chart.gapWidth = "bar", None, 50
    chart.title, chart.y_axis.title = writable(table.title), table.columns[0]
    chart.add_data(Reference(sheet, min_col=2, min_row=_HEADER_ROW, max_row=last), titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=1, min_row=_HEADER_ROW + 1, max_row=last))
    chart.dataLabels = DataLabelList(
        showVal=True, showSerName=False, showCatName=False, showLegendKey=False, showPercent=False
    )
    chart.x_axis.scaling.orientation = "maxMin"  # or the first code would be the lowest bar
    chart.x_axis.delete, chart.y_axis.delete = False, False
    chart.y_axis.scaling.min, chart.y_axis.majorGridlines = 0, None
    chart.y_axis.number_format = "0"
    chart.width, chart.height = _CHART_WIDTH, _CHART_HEIGHT + len(table.rows)
    sheet.add_chart(chart, f"{get_column_letter(sheet.max_column + 2)}1")


# Cells


def _write_title(sheet: Worksheet, row: int, title: str) -> None:
    cell = plain_cell(sheet, row, 1)
    write_text(cell, title)
    cell.font = _TITLE_FONT


def _write_table(
    sheet: Worksheet, row: int, header: Sequence[str], rows: Sequence[Sequence[Value]], number: int
) -> None:
    """Write a table that the spreadsheet program knows as one, so that it can be sorted and filtered."""
    _write_header(sheet, row, _headings(header))
    for place, cells in enumerate(rows, start=row + 1):
        _write_row(sheet, place, cells)
    last = f"{get_column_letter(len(header))}{row + len(rows)}"
    table = SheetTable(displayName=f"Outcomes_{number}", ref=f"A{row}:{last}", tableStyleInfo=_STYLE)
    sheet.add_table(table)


def _write_header(sheet: Worksheet, row: int, header: Sequence[str]) -> None:
    for column, heading in enumerate(header, start=1):
        cell = plain_cell(sheet, row, column)
        write_text(cell, heading)
        dress_header(cell)
        if column > 1:
            cell.alignment = _CENTRED


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


def _fit_heights(sheet: Worksheet) -> None:
    """Make rows high enough for wrapped text, since some programs don't where they didn't write it."""
    for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        if sheet.row_dimensions[number].height is None and sheet.cell(number, 1).alignment.wrap_text:
            n_lines = max(
                count_lines(value, width=sheet.column_dimensions[get_column_letter(column)].width)
                for column, value in enumerate(cells, start=1)
                if isinstance(value, str)
            )
            sheet.row_dimensions[number].height = LINE_HEIGHT * n_lines
