"""Sheet: a grid of text with the place of every cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from classifier.faults import Fault, FaultKind
from classifier.languages import lazy_gettext


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedCells:
    """Cells that a spreadsheet program shows as one; rows and columns count from 0, the last ones included."""

    first_row: int
    last_row: int
    first_column: int
    last_column: int

    def __contains__(self, place: tuple[int, int]) -> bool:
        row, column = place
        return self.first_row <= row <= self.last_row and self.first_column <= column <= self.last_column


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A grid of text.

    `rows` starts at the first row of the sheet, blank ones included, so that the index of a row is its
    number less one. Where a cell has no address of its own, `lines` holds the line each one starts on, or, as
    `counted_in` says, the record it is in.
    """

    name: str
    rows: Sequence[Sequence[str]]
    addressed: bool = True
    lines: Sequence[Sequence[int]] = field(default=())
    counted_in: str = "line"
    # What was found in reading and is worth a look. What is true of the file as a whole (its kind, its
    # encoding) is repeated with each of its sheets.
    notes: tuple[Fault, ...] = ()
    is_hidden: bool = False  # whether the spreadsheet program doesn't show the sheet
    hidden_rows: frozenset[int] = (
        frozenset()
    )  # not shown in the spreadsheet program, filtered rows included; so are `hidden_columns`
    hidden_columns: frozenset[int] = frozenset()
    merged: tuple[MergedCells, ...] = ()  # only the first cell of each holds text; see `with_merged_filled`
    # Cells that are blank here though not in the file, by row and column, with the reason.
    unread: Mapping[tuple[int, int], Fault] = field(default_factory=dict)

    def cell(self, row: int, column: int | None) -> str:
        """Return the text of a cell; nothing where the row is shorter, or there is no such column."""
        cells = self.rows[row]
        return cells[column] if column is not None and column < len(cells) else ""

    def filled_rows(self, *, below: int) -> tuple[int, ...]:
        """Return the rows below one that hold something, be it only what could not be read."""
        unread = {row for row, _ in self.unread}
        rows = range(below + 1, len(self.rows))
        return tuple(row for row in rows if row in unread or any(cell.strip() for cell in self.rows[row]))

    def place(self, row: int, column: int) -> str:
        """Return a cell's address as a person would look for it; both numbers count from 0.

        Examples
        --------
        >>> Sheet(name="Outcomes", rows=()).place(13, 3)
        'Outcomes!D14'
        """
        if self.addressed:
            return f"{self.name}!{column_letters(column)}{row + 1}"
        return f"{self.counted_in} {self.lines[row][min(column, len(self.lines[row]) - 1)]}"

    def merged_at(self, row: int, column: int) -> MergedCells | None:
        """Return the merged cells that a cell is one of."""
        return next((merged for merged in self.merged if (row, column) in merged), None)

    def with_merged_filled(self, *, below: int) -> Sheet:
        """Fill the rows of merged cells with the text that all of them show, and say so in the notes.

        Of columns merged side by side only the first has the text, since it is not known to be meant for each of
        them. A row that holds nothing else stays blank: it was merged to make the row above higher. What is merged
        in the header (down to row `below`) or above stays as it is.

        Examples
        --------
        >>> merged = MergedCells(first_row=1, last_row=2, first_column=1, last_column=1)
        >>> sheet = Sheet(name="A", rows=[["ID", "Scale"], ["1", "Local"], ["2", ""]], merged=(merged,))
        >>> sheet.with_merged_filled(below=0).rows[2]
        ['2', 'Local']
        """
        if not self.merged:
            return self
        rows = [*self.rows]
        notes: list[Fault] = []
        filled_rows = set(self.filled_rows(below=below))
        lowest: dict[int, int] = {}  # row of each column that was merged so far, since no two can overlap
        for merged in sorted(self.merged, key=lambda merged: (merged.first_row, merged.first_column)):
            first, column = merged.first_row, merged.first_column
            if (
                first >= len(rows)
                or first <= max(below, lowest.get(column, -1))
                or not self.cell(first, column).strip()
            ):
                continue
            lowest[column] = min(merged.last_row, len(rows) - 1)
            filled = [row for row in range(first + 1, lowest[column] + 1) if row in filled_rows]
            for row in filled:
                cells = [*rows[row], *[""] * (column + 1 - len(rows[row]))]
                cells[column] = self.cell(first, column)
                rows[row] = cells
            notes += self._merged_notes(merged, filled)
        return replace(self, rows=rows, notes=(*self.notes, *notes))

    def _merged_notes(self, merged: MergedCells, filled: Sequence[int]) -> Iterator[Fault]:
        where = self.place(merged.first_row, merged.first_column)
        if filled:
            yield Fault(
                kind=FaultKind.NOTE,
                where=where,
                what=lazy_gettext(
                    "this cell is merged down to row {number}; its text was read for each of these rows",
                    number=filled[-1] + 1,
                ),
                remedy=lazy_gettext("split the cell if it is not meant for all of them"),
                gist=lazy_gettext("a cell is merged over several rows; its text was read for each of them"),
            )
        if merged.last_column > merged.first_column:
            first, last = column_letters(merged.first_column), column_letters(merged.last_column)
            yield Fault(
                kind=FaultKind.NOTE,
                where=where,
                what=lazy_gettext(
                    "this cell is merged across to column {last}; its text was read for column {first} only",
                    last=last,
                    first=first,
                ),
                remedy=lazy_gettext("split the cell if it is meant for the other columns too"),
                gist=lazy_gettext(
                    "a cell is merged over several columns; its text was read for the first of them only"
                ),
            )


def column_letters(column: int) -> str:
    """Name a column, counted from 0, as a spreadsheet does.

    Examples
    --------
    >>> column_letters(0), column_letters(25), column_letters(26)
    ('A', 'Z', 'AA')
    """
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
