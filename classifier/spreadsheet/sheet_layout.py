"""Layout of a sheet that columns are added to: wrapped texts, widths, folded columns, print; the user's own stays."""

from __future__ import annotations

import math
from collections.abc import Collection

from openpyxl.cell import Cell
from openpyxl.styles import Alignment
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.dimensions import ColumnDimension
from openpyxl.worksheet.worksheet import Worksheet

from classifier.spreadsheet.added_columns import AddedColumns, count_lines, own_dimension, plain_cell
from classifier.spreadsheet.cells import print_well

STORY_WIDTH = 60.0
_FIRST_LINES = 7  # of a text, by which a row's height is set
_DEFAULT_WIDTH = 8.43
_LETTERS_PER_PAGE = 240.0  # side by side on A4; with more, a print is too small to be read
_UNSAID = (None, "general", "left", "center", "right")
"""Ways to align a text that go with wrapping it."""


def lay_out_texts(target: AddedColumns, *, text_columns: Collection[int]) -> None:
    """Wrap the texts of the outcomes at the top of their rows, and widen the columns of long texts.

    A cell, or a column, that the user has formatted otherwise stays as it is. Call it before columns are added.
    """
    sheet = target.sheet
    long = {column for row in target.rows for column in text_columns if len(_text(sheet, row, column)) > STORY_WIDTH}
    _widen(sheet, long, n_columns=target.next_column - 1)
    rows = frozenset((target.header, *target.rows))
    widths = {column: _width(sheet, column) for column in text_columns}
    for (row, column), cell in sheet._cells.items():
        if row not in rows or column >= target.next_column or not isinstance(cell, Cell):
            continue
        is_text = isinstance(cell.value, str) and cell.data_type != "f"
        is_wrapped = is_text or column in target.code_columns
        target.styles.change(cell, ("laid out", is_wrapped), _wrap_at_top if is_wrapped else _put_at_top)
        if is_text and column in widths and row != target.header and (row, column) not in target.wrapped:
            target.n_lines[row] = max(target.n_lines.get(row, 1), _n_lines(str(cell.value), widths[column]))
    for column in target.code_columns:
        for row in target.rows:
            _lay_out_empty(sheet, row, column)


def fold_columns(sheet: Worksheet, columns: Collection[int]) -> None:
    """Fold columns into groups, each with a button at its left; where the user has groups, on the side of theirs."""
    dimensions = sheet.column_dimensions
    has_groups = any(shape.outlineLevel for shape in dimensions.values())
    outline = sheet.sheet_properties.outlinePr
    if not has_groups and outline is not None:
        outline.summaryRight = False
    for column in sorted(columns):
        shape = dimensions[get_column_letter(column)]
        shape.outlineLevel, shape.hidden = 1, True
    is_left = outline is not None and outline.summaryRight is False
    for column in columns:
        button = column - 1 if is_left else column + 1
        if button not in columns and button > 0:
            own_dimension(sheet, button).collapsed = True
    # Without it no button is shown, and openpyxl works it out only after it has been written.
    dimensions.max_outline = max(shape.outlineLevel or 0 for shape in dimensions.values())


def set_up_print(target: AddedColumns) -> None:
    """Set a sheet up for A4, as few pages wide as can be read, its header and ID on each, where the user has not."""
    sheet = target.sheet
    if not sheet.print_title_rows:
        sheet.print_title_rows = f"{target.header}:{target.header}"
    setup, properties = sheet.page_setup, sheet.sheet_properties.pageSetUpPr
    is_set_up = (
        sheet.print_area
        or (properties is not None and properties.fitToPage)
        or setup.orientation == "landscape"
        or setup.scale not in (None, 100)
    )
    if is_set_up:
        return
    paper, margins = setup.paperSize, sheet.page_margins
    print_well(sheet)
    sheet.print_options.gridLines = True
    if paper is not None:
        setup.paperSize, sheet.page_margins = paper, margins
    shown = (column for column in range(1, target.next_column) if not _is_hidden(sheet, column))
    n_pages = math.ceil(sum(_width(sheet, column) for column in shown) / _LETTERS_PER_PAGE)
    setup.fitToWidth = max(n_pages, 1)
    if n_pages > 1 and not sheet.print_title_cols:
        letters = get_column_letter(target.id_column)
        sheet.print_title_cols = f"{letters}:{letters}"


def _put_at_top(cell: Cell) -> None:
    _align(cell, is_wrapped=False)


def _wrap_at_top(cell: Cell) -> None:
    _align(cell, is_wrapped=True)


def _align(cell: Cell, *, is_wrapped: bool) -> None:
    """Align a cell at the top, unless the user has said how it is aligned in a way that goes against it."""
    said = cell.alignment
    is_unsaid = (
        not said.wrap_text
        and said.vertical is None
        and said.horizontal in _UNSAID
        and not said.shrink_to_fit
        and not said.textRotation
    )
    if is_unsaid:
        cell.alignment = Alignment(
            horizontal=said.horizontal, indent=said.indent, vertical="top", wrap_text=is_wrapped or None
        )


def _text(sheet: Worksheet, row: int, column: int) -> str:
    cell = sheet._cells.get((row, column))
    return "" if cell is None or cell.value is None else str(cell.value)


def _lay_out_empty(sheet: Worksheet, row: int, column: int) -> None:
    """Wrap what will be entered in an empty cell, unless its row or column has a format, which it would hide."""
    shape = sheet.column_dimensions.get(get_column_letter(column))
    is_formatted = sheet.row_dimensions[row].has_style or (shape is not None and shape.has_style)
    if (row, column) not in sheet._cells and not is_formatted:
        _wrap_at_top(plain_cell(sheet, row, column))


def _n_lines(text: str, width: float) -> int:
    return _FIRST_LINES if len(text) > width * _FIRST_LINES else count_lines(text, width=width)


def _widen(sheet: Worksheet, columns: Collection[int], *, n_columns: int) -> None:
    """Widen columns that have no width of their own, or the same one as all others, as survey tools give them."""
    widths = {_width(sheet, column) for column in range(1, n_columns + 1)}
    for column in columns:
        shape = _dimension(sheet, column)
        is_own = shape is not None and len(widths) > 1
        if not is_own and not (shape is not None and shape.hidden):
            own_dimension(sheet, column).width = STORY_WIDTH


def _width(sheet: Worksheet, column: int) -> float:
    shape = _dimension(sheet, column)
    return float(shape.width) if shape is not None else float(sheet.sheet_format.defaultColWidth or _DEFAULT_WIDTH)


def _is_hidden(sheet: Worksheet, column: int) -> bool:
    shape = _dimension(sheet, column)
    return shape is not None and bool(shape.hidden)


def _dimension(sheet: Worksheet, column: int) -> ColumnDimension | None:
    """Return the format of a column, which several may share; None where it has none."""
    for shape in sheet.column_dimensions.values():
        if (shape.min or 0) <= column <= (shape.max or 0):
            return shape
    return sheet.column_dimensions.get(get_column_letter(column))
