"""Tables on the terminal: column widths by whole words, and wide tables in several parts."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from classifier.control_characters import escape_control_characters

if TYPE_CHECKING:
    from rich.table import Table

_WIDTH_IN_PIPES = 110
_UNBROKEN = 26  # characters of a cell that is not wrapped
_LONGEST_WORD = 30  # characters; a longer one, such as a path, is broken
_GAP, _EDGES = 2, 2  # characters between two columns, and at both ends

_UNKNOWN = "?"  # in place of a number

Cells = Sequence[str]


def printed_width() -> int | None:
    """Return the width to print in: None on a terminal, which knows its own, or a fixed one in a pipe."""
    return None if sys.stdout.isatty() else _WIDTH_IN_PIPES


def print_table(rows: Sequence[Sequence[str]], *, width: int | None = None) -> None:
    """Print rows as a table; the first row holds the headings.

    Words are kept whole. What is too wide is printed in several tables, one below the other, each with the first
    columns of the whole.

    Parameters
    ----------
    width : int, optional
        Characters in a line; by default what the terminal has.
    """
    from rich.console import Console

    console = Console(width=width or printed_width(), highlight=False, emoji=False)
    printable = [[escape_control_characters(cell) for cell in row] for row in rows]
    columns = [cells for cells in zip(*printable, strict=True) if any(cells)]
    for part in _parts(columns, console.width):
        console.print(_table(part, console.width))


def _parts(columns: Sequence[Cells], width: int) -> Iterator[_Part]:
    """Divide columns among tables that fit; each begins with those that name its rows."""
    n_names = 2 if len(columns) > 2 and not all(columns[0]) else 1
    names = _Part(columns=[*columns[:n_names]], n_names=n_names)
    part = names
    for cells in columns[n_names:]:
        wider = replace(part, columns=[*part.columns, cells])
        if part is not names and _total(wider.least_widths()) > width:
            yield part
            wider = replace(names, columns=[*names.columns, cells])
        part = wider
    yield part


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Columns of a table that fit side by side, the first ones naming its rows."""

    columns: Sequence[Cells]
    n_names: int

    def least_widths(self, *, keeps_cells: bool = True) -> list[int]:
        """Return the widths in which no word is broken, and no short cell that is not a name wrapped."""
        unbroken = [
            [word for cell in cells for word in cell.split()]
            + [cell for cell in cells[1:] if keeps_cells and place >= self.n_names and _widest_line(cell) <= _UNBROKEN]
            for place, cells in enumerate(self.columns)
        ]
        return [max((1, *(min(_widest_line(text), _LONGEST_WORD) for text in texts))) for texts in unbroken]

    def widths(self, width: int) -> list[int]:
        """Widen columns from the least to what they hold, the narrowest first, as far as there is room."""
        whole = [max(map(_widest_line, cells)) for cells in self.columns]
        widths = self.least_widths()
        if _total(widths) > width:
            widths = self.least_widths(keeps_cells=False)
        while _total(widths) > width and max(widths) > 1:
            widths[widths.index(max(widths))] -= 1
        while _total(widths) < width and widths != whole:
            narrow = [place for place in range(len(widths)) if widths[place] < whole[place]]
            widths[min(narrow, key=widths.__getitem__)] += 1
        return widths


def _table(part: _Part, width: int) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, _GAP - 1, 0, 0))
    for (heading, *cells), characters in zip(part.columns, part.widths(width), strict=True):
        is_number = all(cell.replace(".", "").isdigit() or cell == _UNKNOWN for cell in cells if cell)
        table.add_column(Text(heading), justify="right" if is_number else "left", overflow="fold", width=characters)
    for row in zip(*(cells[1:] for cells in part.columns), strict=True):
        # As Text, so that square brackets in a code are not read as markup.
        table.add_row(*map(Text, row))
    return table


def _widest_line(cell: str) -> int:
    from rich.cells import cell_len

    return max(map(cell_len, cell.split("\n")))


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + _GAP * (len(widths) - 1) + _EDGES
