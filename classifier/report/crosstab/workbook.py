"""Workbook of cross-tables: contents, a sheet per field, a sheet per field or column counted by."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Sequence
from itertools import chain, count
from pathlib import Path

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.worksheet import Worksheet

from classifier.errors import OutputError
from classifier.files import write_whole
from classifier.languages import gettext, marked, ngettext, translated
from classifier.report.crosstab.counts import Crosstab
from classifier.report.crosstab.drawing import (
    N_ABOVE,
    Value,
    draw_bars,
    draw_table,
    explanations,
    fit_heights,
    free_table_names,
    link_to_row,
    set_widths,
    shown_value,
    write_header,
    write_list,
    write_title,
)
from classifier.spreadsheet.added_columns import WRAPPED, plain_cell, write_text
from classifier.spreadsheet.cells import print_well, set_direction
from classifier.spreadsheet.copy_losses import writable

_CONTENTS = marked("Contents")
_CONTENTS_WIDTHS = (46.0, 90.0, 10.0, 11.0)
_WIDEST_FIGURES = 24.0
_LONGEST_TITLE = 31  # characters that spreadsheet programs allow for a sheet
_NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_HEADER_ROW = N_ABOVE + 1
_CHART_WIDTH = 22  # cm
_CHART_HEIGHT = 4.0  # cm, without its bars; each takes one more


def write_tables(
    tables: Sequence[Crosstab],
    path: Path,
    *,
    title: str,
    sources: Sequence[tuple[str, int]],
    day: datetime.date | None = None,
) -> None:
    """Write a workbook of cross-tables, with a bar chart beside the counts of each field.

    Tables with the same columns are on one sheet, below each other.

    Examples
    --------
    >>> from classifier.report.crosstab.counts import count_codes
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
    contents = workbook.create_sheet(gettext(_CONTENTS))
    names = free_table_names(workbook)
    places = []
    for sheet_tables in _group_by_columns(tables):
        sheet = workbook.create_sheet(_free_title(workbook, _sheet_title(sheet_tables[0])))
        places += [(table, sheet, row) for table, row in _write_sheet(sheet, sheet_tables, names)]
    notes = _notes(tables, sources, day or datetime.date.today())
    _write_contents(contents, title, notes, places, names)
    with write_whole(path) as temporary:
        workbook.save(temporary)


def _group_by_columns(tables: Sequence[Crosstab]) -> Iterator[list[Crosstab]]:
    """Group tables with the same columns; the counts of a field in total have a sheet of their own."""
    sheets: dict[tuple[str, ...], list[Crosstab]] = {}
    for place, table in enumerate(tables):
        key = (table.by, *table.columns) if table.by else (str(place),)
        sheets.setdefault(key, []).append(table)
    yield from sheets.values()


def _sheet_title(table: Crosstab) -> str:
    return gettext("By {name}", name=gettext(table.by)) if table.by else table.field


def _free_title(workbook: Workbook, wanted: str) -> str:
    """Return a sheet title that spreadsheet programs allow and no other sheet has."""
    taken = {name.casefold() for name in workbook.sheetnames} | {"history"}  # reserved by Excel
    cleaned = _NOT_IN_TITLES.sub(" ", writable(wanted))
    titles = chain([_cut(cleaned, "")], (_cut(cleaned, f" ({number})") for number in count(2)))
    return next(title for title in titles if title.casefold() not in taken)


def _cut(title: str, ending: str) -> str:
    # Characters beyond the first 65,536 of Unicode count twice in spreadsheet programs.
    kept = title.encode("utf-16-le")[: 2 * (_LONGEST_TITLE - len(ending))].decode("utf-16-le", errors="ignore")
    return (" ".join(kept.split()).strip("' ") or "Table") + ending


def _notes(
    tables: Sequence[Crosstab], sources: Sequence[tuple[str, int]], day: datetime.date
) -> Iterator[tuple[str, str]]:
    n_outcomes = max((table.n_outcomes for table in tables), default=0)
    yield (
        gettext("What was counted"),
        ngettext(
            "{n} outcome, by their codes. An outcome that is in several files counts once, as coded in the last of "
            "them.",
            "{n} outcomes, by their codes. An outcome that is in several files counts once, as coded in the last of "
            "them.",
            n_outcomes,
        ),
    )
    for name, n_in_file in sources:
        yield gettext("File"), ngettext("{file}, {n} outcome", "{file}, {n} outcomes", n_in_file, file=name)
    yield gettext("Counted on"), gettext("{day}, by outcome-coder", day=day.isoformat())
    yield from explanations()
    for note in dict.fromkeys(note for table in tables for note in table.notes):
        yield gettext("Several codes"), str(translated(note))


def _write_contents(
    sheet: Worksheet,
    title: str,
    notes: Iterator[tuple[str, str]],
    places: Sequence[tuple[Crosstab, Worksheet, int]],
    names: Iterator[str],
) -> None:
    write_title(sheet, 1, title)
    row = 2
    for row, terms in enumerate(notes, start=2):
        for column, text in enumerate(terms, start=1):
            cell = plain_cell(sheet, row, column)
            write_text(cell, text)
            cell.alignment = WRAPPED
    for column, width in enumerate(_CONTENTS_WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    set_direction(sheet)
    first = row + 2
    header = [gettext("Table"), gettext("Sheet"), "n", gettext("undecided")]
    rows: list[list[Value]] = [
        [table.title, table_sheet.title, table.n_outcomes, table.n_undecided] for table, table_sheet, _ in places
    ]
    if rows:
        write_list(sheet, first, header, rows, next(names))
    for row, (_, table_sheet, place) in enumerate(places, start=first + 1):
        link_to_row(plain_cell(sheet, row, 1), table_sheet, place)
    fit_heights(sheet)
    print_well(sheet)


def _write_sheet(sheet: Worksheet, tables: Sequence[Crosstab], names: Iterator[str]) -> list[tuple[Crosstab, int]]:
    """Write tables with the same columns below each other; return the row that each starts in."""
    places: list[tuple[Crosstab, int]] = []
    set_direction(sheet)
    set_widths(sheet, tables[0].columns, n_figures=len(tables[0].columns), widest=_WIDEST_FIGURES)
    row = _write_top(sheet, tables[0]) if tables[0].by else 1
    for table in tables:
        if places:
            sheet.row_breaks.append(Break(id=row - 1))
        places.append((table, row))
        row = draw_table(sheet, row, table, names)
    fit_heights(sheet)
    if not tables[0].by:
        anchor, height = f"{get_column_letter(sheet.max_column + 2)}1", _CHART_HEIGHT + len(tables[0].rows)
        draw_bars(sheet, 1, tables[0], anchor=anchor, width=_CHART_WIDTH, height=height)
    sheet.freeze_panes, sheet.print_title_rows = f"B{_HEADER_ROW + 1}", f"1:{_HEADER_ROW}"
    print_well(sheet)
    return places


def _write_top(sheet: Worksheet, table: Crosstab) -> int:
    """Write the frozen header of tables with the same columns; return the row that the first starts in.

    The first table's own title and header would be shown above the figures of the others.
    """
    write_title(sheet, 1, _sheet_title(table))
    write_text(plain_cell(sheet, 2, 1), ngettext("n = {n} outcome", "n = {n} outcomes", table.n_outcomes))
    write_header(sheet, _HEADER_ROW, [gettext(table.by), *map(shown_value, table.columns)])
    return _HEADER_ROW + 2
