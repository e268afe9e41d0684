"""Filter ranges and tables of a sheet, widened to added columns so that sorting moves whole rows."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import count

from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.filters import AutoFilter, SortState
from openpyxl.worksheet.table import Table, TableColumn
from openpyxl.worksheet.worksheet import Worksheet

from classifier.faults import Fault, FaultKind
from classifier.languages import lazy_gettext

_LONGEST_HEADING = 255  # letters; spreadsheet programs repair a table with a longer one
_REMEDY = lazy_gettext("sort all columns together, or the codes of one outcome end up beside another")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Range of the outcomes on a sheet; all numbers count from 1."""

    header: int
    last: int
    columns: Collection[int]  # those by which an outcome is known, its ID and its story


def widen_ranges(sheet: Worksheet, rows: Rows, ours: Collection[int]) -> tuple[Fault, ...]:
    """Widen the sheet's filter and the table that holds the outcomes to the columns that were added.

    A filter of another part of the sheet stays as it is, and so does one that can't be widened, since something
    else is between, which is reported.

    Examples
    --------
    >>> from openpyxl import Workbook
    >>> sheet = Workbook().worksheets[0]
    >>> for row in (["FragmentID", "Outcome description", "Scale"], ["SCC-LPC/035", "They met."]):
    ...     sheet.append(row)
    >>> sheet.auto_filter.ref = "A1:B2"
    >>> widen_ranges(sheet, Rows(header=1, last=2, columns=[1, 2]), [3])
    ()
    >>> sheet.auto_filter.ref
    'A1:C2'
    """
    if not ours:
        return ()
    return tuple(
        Fault(kind=FaultKind.NOTE, where=f"{sheet.title}!{where}", what=what, remedy=_REMEDY)
        for where, what in (*_widen_filter(sheet, rows, ours), *_widen_tables(sheet, rows, ours))
    )


def add_filter(sheet: Worksheet, rows: Rows, ours: Collection[int]) -> None:
    """Add a filter over the outcomes and the added columns.

    None is added where the sheet has one or is protected, a table is in the way, or something else in between.

    Examples
    --------
    >>> from openpyxl import Workbook
    >>> sheet = Workbook().worksheets[0]
    >>> for row in (["FragmentID", "Outcome description", "Scale"], ["SCC-LPC/035", "They met."]):
    ...     sheet.append(row)
    >>> add_filter(sheet, Rows(header=1, last=2, columns=[1, 2]), [3])
    >>> sheet.auto_filter.ref
    'A1:C2'
    """
    if sheet.auto_filter.ref or sheet.protection.sheet or not ours:
        return
    first = min(rows.columns)
    while first > 1 and _heading(sheet, rows, first - 1):
        first -= 1
    area = CellRange(min_col=first, max_col=first, min_row=rows.header, max_row=rows.last)
    wanted = _with_columns(area, first, max(ours))
    is_apart = all(wanted.isdisjoint(CellRange(table.ref)) for table in sheet.tables.values())
    if is_apart and _can_widen(sheet, area, rows, ours):
        sheet.auto_filter.ref = wanted.coord


def _widen_filter(sheet: Worksheet, rows: Rows, ours: Collection[int]) -> Iterator[tuple[str, str]]:
    ref = sheet.auto_filter.ref
    if not ref:
        return
    area = CellRange(ref)
    if not _holds_outcomes(area, rows):
        return
    first = min(rows.columns)
    if first < area.min_col and all(_heading(sheet, rows, column) for column in range(first, area.min_col)):
        for criterion in sheet.auto_filter.filterColumn:
            criterion.colId += area.min_col - first  # counted from the left end
        area = _with_columns(area, first, area.max_col)
        _set_area(sheet.auto_filter, area)
    if _can_widen(sheet, area, rows, ours):
        _set_area(sheet.auto_filter, _with_columns(area, area.min_col, max(area.max_col, *ours)))
    else:
        yield (
            str(ref),
            lazy_gettext("the filter can't be widened to the columns that were added: something else is in between"),
        )


def _widen_tables(sheet: Worksheet, rows: Rows, ours: Collection[int]) -> Iterator[tuple[str, str]]:
    for table in sheet.tables.values():
        area = CellRange(table.ref)
        if not _holds_outcomes(area, rows):
            continue
        if _can_widen(sheet, area, rows, ours) and _can_be_table(sheet, table, rows, ours):
            _widen_table(sheet, table, rows, max(area.max_col, *ours))
        else:
            yield (
                str(table.ref),
                lazy_gettext(
                    "the table {table!r} can't be widened to the columns that were added: something else is in between",
                    table=table.displayName,
                ),
            )


def _holds_outcomes(area: CellRange, rows: Rows) -> bool:
    """Whether outcomes, and what they are known by, are in a range."""
    is_beside = area.min_row <= rows.last and area.max_row > rows.header
    return is_beside and any(area.min_col <= column <= area.max_col for column in rows.columns)


def _can_widen(sheet: Worksheet, area: CellRange, rows: Rows, ours: Collection[int]) -> bool:
    """Whether nothing but columns of the same outcomes, and empty ones, are between a range and our columns."""
    was_empty = False
    for column in range(area.max_col + 1, max(ours) + 1):
        if column in ours:
            continue
        if _heading(sheet, rows, column):
            # After a gap a list of its own begins, such as one of countries, unless an outcome is known by it.
            if was_empty and column not in rows.columns:
                return False
        elif _is_used(sheet, column, area):
            return False
        else:
            was_empty = True
    return True


def _can_be_table(sheet: Worksheet, table: Table, rows: Rows, ours: Collection[int]) -> bool:
    area = CellRange(table.ref)
    wanted = _with_columns(area, area.min_col, max(area.max_col, *ours))
    if table.headerRowCount != 0 and area.min_row != rows.header:
        return False
    others = [CellRange(other.ref) for other in sheet.tables.values() if other is not table]
    if not all(wanted.isdisjoint(other) for other in (*others, *sheet.merged_cells.ranges)):
        return False
    added = range(area.max_col + 1, wanted.max_col + 1)
    headings = [text for column in added if (text := _heading(sheet, rows, column))]
    names = [name.casefold() for name in (*table.column_names, *headings)]
    is_formula = any(sheet.cell(rows.header, column).data_type == "f" for column in added)
    return not is_formula and len(set(names)) == len(names) and max(map(len, headings), default=0) <= _LONGEST_HEADING


def _widen_table(sheet: Worksheet, table: Table, rows: Rows, last: int) -> None:
    area = CellRange(table.ref)
    taken = {name.casefold() for name in table.column_names}
    taken |= {_heading(sheet, rows, column).casefold() for column in range(area.max_col + 1, last + 1)}
    number = max((column.id for column in table.tableColumns), default=0)
    for column in range(area.max_col + 1, last + 1):
        # A table has no column without a name, and each is text in its cell.
        name = _heading(sheet, rows, column) or next(
            name for place in count(1) if (name := f"Column{place}").casefold() not in taken
        )
        taken.add(name.casefold())
        number += 1
        if sheet.cell(rows.header, column).value != name:
            sheet.cell(rows.header, column).value = name
        table.tableColumns.append(TableColumn(id=number, name=name))
    wanted = _with_columns(area, area.min_col, last)
    table.ref = wanted.coord
    if table.autoFilter is not None:
        _set_area(table.autoFilter, _with_columns(CellRange(table.autoFilter.ref), area.min_col, last))
    if table.sortState is not None:
        _widen_sort(table.sortState, wanted)


def _set_area(chosen: AutoFilter, area: CellRange) -> None:
    chosen.ref = area.coord
    if chosen.sortState is not None:
        _widen_sort(chosen.sortState, area)


def _widen_sort(sort: SortState, area: CellRange) -> None:
    """Widen the last sort to the same columns; a program sorts by it again."""
    sort.ref = _with_columns(CellRange(sort.ref), area.min_col, area.max_col).coord


def _with_columns(area: CellRange, first: int, last: int) -> CellRange:
    return CellRange(min_col=first, max_col=last, min_row=area.min_row, max_row=area.max_row)


def _heading(sheet: Worksheet, rows: Rows, column: int) -> str:
    cell = sheet._cells.get((rows.header, column))
    return "" if cell is None or cell.value is None else str(cell.value)


def _is_used(sheet: Worksheet, column: int, area: CellRange) -> bool:
    cells = (sheet._cells.get((row, column)) for row in range(area.min_row, area.max_row + 1))
    return any(cell is not None and cell.value is not None for cell in cells)
