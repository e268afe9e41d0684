"""Columns added to a sheet of outcomes, at its right."""

from __future__ import annotations

import dataclasses
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import Literal

from openpyxl.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.dimensions import ColumnDimension
from openpyxl.worksheet.worksheet import Worksheet

from classifier.faults import Fault, FaultKind
from classifier.spelling import label_key
from classifier.spreadsheet.cell_styles import StyleCache
from classifier.spreadsheet.copy_losses import writable
from classifier.spreadsheet.filter_ranges import Rows, add_filter, widen_ranges
from classifier.spreadsheet.formula_escape import starts_like_formula

MARK = "outcome-coder"  # a document property by which we know our own output again
_SIGNATURE = "(written by outcome-coder)"  # ends the note of a column, by which we know our own columns again
_HEADER_FILL = PatternFill("solid", fgColor="DDEBF7")
_HEADER_FONT = Font(name="Calibri", size=11, bold=True)
WRAPPED = Alignment(wrap_text=True, vertical="top")
_Vertical = Literal["top", "center", "bottom", "justify", "distributed"]
LINE_HEIGHT = 15.0  # points
STORY_HEIGHT = 75.0
_MOST_LINES = 7  # in a row that we make higher; with more, too few outcomes fit on a screen
WIDEST = 48.0
_HIDDEN_WIDTH = 30.0
_N_FROZEN = 3  # with more columns kept in sight, a small screen shows nothing else


@dataclass(slots=True, kw_only=True)
class AddedColumns:
    """Columns added to a sheet of outcomes, at its right."""

    sheet: Worksheet
    header: int  # the row of the header, counted from 1, as are all rows and columns here
    id_column: int  # the column that names the outcomes
    rows: tuple[int, ...]  # the rows of the outcomes
    known_columns: tuple[int, ...]  # the columns that were read
    code_columns: tuple[int, ...]  # those of them that hold codes
    next_column: int = 0
    n_header_lines: int = 2
    n_lines: dict[int, int] = dataclasses.field(default_factory=dict)
    """Number of lines of the longest added text, by row."""
    ours: set[int] = dataclasses.field(default_factory=set)  # the columns we wrote
    folded: set[int] = dataclasses.field(default_factory=set)  # the added columns that are folded
    for_codes: set[int] = dataclasses.field(default_factory=set)  # the added columns that codes are entered in
    changed: set[tuple[str, int, int]] = dataclasses.field(default_factory=set)
    """The cells we wrote, by sheet, row and column."""
    styles: StyleCache = dataclasses.field(default_factory=StyleCache)
    wrapped: frozenset[tuple[int, int]] = frozenset()
    """The cells that were wrapped before, by row and column."""

    def __post_init__(self) -> None:
        """Find the first empty column, and the cells that are wrapped."""
        # Not by going through rows and columns: one stray format in the last corner would make millions of cells.
        used = [column for (_, column), cell in self.sheet._cells.items() if cell.value is not None]
        used += [merged.max_col for merged in self.sheet.merged_cells.ranges if merged.max_row >= self.header]
        self.next_column = max(used, default=0) + 1
        self.wrapped = frozenset(
            place
            for place, cell in self.sheet._cells.items()
            if cell.alignment is not None and cell.alignment.wrap_text
        )

    def write_column(
        self,
        wanted: str,
        cells: Sequence[tuple[int, str | float | None]],
        *,
        width: float,
        note: str,
        earlier: Sequence[str] = (),
        is_folded: bool = False,
    ) -> int:
        """Write a column, over the same one of ours if there is one; return its number.

        One that is folded asks for no room in the rows. `earlier` is what it may have been called before.
        """
        name, column = self._place(wanted, earlier)
        self.next_column = max(self.next_column, column + 1)
        self.ours.add(column)
        if is_folded:
            self.folded.add(column)
        header = plain_cell(self.sheet, self.header, column)
        write_text(header, name)
        dress_header(header)
        self._wrap(header)
        header.comment = Comment(f"{note}\n{_SIGNATURE}", MARK, width=320, height=150)
        longest_word = max(map(len, name.split()))
        width = max(width, min(longest_word + 2, WIDEST))
        _set_width(self.sheet, column, width)
        self.n_header_lines = max(self.n_header_lines, count_lines(name, width=width))
        for row, value in cells:
            cell = plain_cell(self.sheet, row + 1, column)
            self.changed.add((self.sheet.title, row + 1, column))
            if isinstance(value, float):
                self._wrap(cell, "center")
                cell.value, cell.number_format = value, "0%"
                continue
            n_lines = 1 if not value else _MOST_LINES + 1 if is_folded else count_lines(value, width=width)
            self._wrap(cell, is_at_top=n_lines > _MOST_LINES)  # so that what is cut off is the end
            cell.value = None
            if value:
                write_text(cell, value)
            if not is_folded:
                self.n_lines[row + 1] = max(self.n_lines.get(row + 1, 1), n_lines)
        return column

    def write_hidden_column(self, name: str, cells: Sequence[tuple[int, str]], *, note: str) -> None:
        """Write a column that is hidden."""
        column = self.write_column(name, cells, width=_HIDDEN_WIDTH, note=note)
        self.sheet.column_dimensions[get_column_letter(column)].hidden = True

    def widen_ranges(self) -> tuple[Fault, ...]:
        """Widen the user's filter and table to the added columns; report where that isn't possible."""
        return widen_ranges(self.sheet, self._range, self.ours)

    def add_filter(self) -> None:
        """Add filter buttons over the outcomes and the added columns, where the sheet has none."""
        add_filter(self.sheet, self._range, self.ours)

    @property
    def _range(self) -> Rows:
        return Rows(header=self.header, last=max(self.rows), columns=list(self.known_columns))

    def unlock_codes(self) -> tuple[Fault, ...]:
        """Unlock the cells for codes on a protected sheet; report what stays protected.

        What keeps them out else stays as it is, its password included.
        """
        notes = []
        if self.sheet.protection.sheet:
            for column in (*self.code_columns, *self.for_codes):
                for row in self.rows:
                    cell = self.sheet.cell(row, column)
                    cell.protection = Protection(locked=False, hidden=bool(cell.protection.hidden))
            notes.append(
                (
                    self.sheet.title,
                    "the sheet is protected; the cells for codes were unlocked, and no others",
                    "to sort or filter it, remove the protection first",
                )
            )
        book = self.sheet.parent
        if book is not None and book.security is not None and book.security.lockStructure:
            notes.append(
                (
                    "",
                    "the structure of the workbook is protected, and stays so; the sheets of outcome-coder were added",
                    "remove the protection to move or delete them",
                )
            )
        return tuple(Fault(kind=FaultKind.NOTE, where=where, what=what, remedy=remedy) for where, what, remedy in notes)

    def open_header(self) -> None:
        """Keep the header in sight and make room for its longer names, where the user has not set that."""
        sheet, header = self.sheet, self.header
        if sheet.freeze_panes is None:
            first_moving = self.id_column + 1 if self.id_column <= _N_FROZEN else 1
            # A sheet that was left scrolled down would freeze what is then at its top, and hide the rest for good.
            sheet.sheet_view.topLeftCell = None
            sheet.freeze_panes = f"{get_column_letter(first_moving)}{header + 1}"
        if sheet.row_dimensions[header].height is None:
            sheet.row_dimensions[header].height = LINE_HEIGHT * self.n_header_lines

    def open_rows(self) -> None:
        """Make rows high enough for what we wrote, where the user set no height and wraps no text of their own.

        A row of wrapped texts is left to the spreadsheet program, which fits it to the longest of them.
        """
        user_wraps = {row for row, column in self.wrapped if column not in self.ours}
        for row, n_needed in self.n_lines.items():
            if n_needed > 1 and row not in user_wraps and self.sheet.row_dimensions[row].height is None:
                self.sheet.row_dimensions[row].height = LINE_HEIGHT * min(n_needed, _MOST_LINES)

    def _wrap(self, cell: Cell, horizontal: Literal["center"] | None = None, *, is_at_top: bool = False) -> None:
        # As high in its row as the ID, or a suggestion would be at the top and its outcome at the bottom.
        beside = self.sheet.cell(cell.row, self.id_column).alignment
        vertical: _Vertical | None = "top" if is_at_top else beside.vertical if beside is not None else None

        def align(changed: Cell) -> None:
            changed.alignment = Alignment(horizontal=horizontal, vertical=vertical, wrap_text=True)

        self.styles.change(cell, (horizontal, vertical), align)

    def _place(self, wanted: str, earlier: Sequence[str]) -> tuple[str, int]:
        """Find where a column goes, and what it is called where the user has one of that name."""
        for name in earlier:
            column = self._column(name)
            if column is not None and column not in self.ours and self._is_signed(column):
                return wanted, column
        names = chain([wanted], (f"{wanted} ({number})" for number in count(2)))
        for name in names:
            column = self._column(name)
            if column is None:
                return name, self.next_column
            if self._is_signed(column):
                return name, column
        raise AssertionError("names never end")

    def _is_signed(self, column: int) -> bool:
        comment = self.sheet.cell(self.header, column).comment
        return comment is not None and comment.text.strip().endswith(_SIGNATURE)

    def _column(self, name: str) -> int | None:
        """Find the column of a name, by the present header."""
        wanted = label_key(name)
        for column in range(1, self.next_column):
            cell = self.sheet._cells.get((self.header, column))
            if cell is not None and cell.value is not None and label_key(str(cell.value)) == wanted:
                return column
        return None


def _set_width(sheet: Worksheet, column: int, width: float) -> None:
    """Set a column's own width, and show it, also where the user has set several columns at once."""
    own_dimension(sheet, column)
    letters = get_column_letter(column)
    sheet.column_dimensions[letters] = ColumnDimension(sheet, index=letters, width=width)


def own_dimension(sheet: Worksheet, column: int) -> ColumnDimension:
    """Return the format of a column alone, also where the user has set several columns at once."""
    columns = sheet.column_dimensions
    for shared in list(columns.values()):
        first, last = shared.min or 0, shared.max or 0
        if first <= column <= last and first < last:
            # Columns that are defined twice would make the workbook one to repair.
            del columns[shared.index]
            for start, end in ((first, column - 1), (column, column), (column + 1, last)):
                if start <= end:
                    columns[get_column_letter(start)] = _like(shared, sheet, start, end)
    return columns[get_column_letter(column)]


def _like(shared: ColumnDimension, sheet: Worksheet, start: int, end: int) -> ColumnDimension:
    part = ColumnDimension(
        sheet,
        index=get_column_letter(start),
        width=shared.width,
        bestFit=shared.bestFit,
        hidden=shared.hidden,
        outlineLevel=shared.outlineLevel,
        collapsed=shared.collapsed,
        min=start,
        max=end,
    )
    part._style = shared._style  # type: ignore[attr-defined]  # the stubs leave it out
    return part


def plain_cell(sheet: Worksheet, row: int, column: int) -> Cell:
    """Return a cell that can be written to; a developer's slip where it is part of a merged one."""
    cell = sheet.cell(row, column)
    assert isinstance(cell, Cell)  # we write beside merged cells, never into them
    return cell


def write_text(cell: Cell, text: str) -> None:
    """Write text as text, whatever it looks like to a spreadsheet program."""
    cell.value = writable(text)
    cell.data_type = "s"
    if starts_like_formula(text):
        cell.quotePrefix = True  # so that it stays text when a coder edits the cell


def count_lines(text: str, *, width: float) -> int:
    """Count the lines that a text takes in a column of a width."""
    if len(text) <= width and "\n" not in text:
        return 1
    return sum(max(len(textwrap.wrap(line, int(width))), 1) for line in text.splitlines() or [""])


def dress_header(cell: Cell) -> None:
    """Make a cell look like the header of a column."""
    cell.font = _HEADER_FONT
    cell.fill = _HEADER_FILL
    cell.alignment = WRAPPED
