"""Window on the rows of a table that is read part by part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar, overload

T = TypeVar("T")


class RowWindow(Sequence[Sequence[T]]):
    """Rows of a part of a table under the numbers that they have in the whole; the rows before them are empty.

    Examples
    --------
    >>> rows = RowWindow(1_000, [["SCC-LPC/035", "The council met."]])
    >>> len(rows), rows[1_000][0], rows[3]
    (1001, 'SCC-LPC/035', ())
    """

    def __init__(self, start: int, rows: Sequence[Sequence[T]]) -> None:
        self.start = start
        self._rows = rows

    def __len__(self) -> int:
        return self.start + len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Sequence[T]: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Sequence[T]]: ...
    def __getitem__(self, index: int | slice) -> Sequence[T] | Sequence[Sequence[T]]:
        if isinstance(index, int):
            place = index - self.start
            if place >= 0:
                return self._rows[place]
            if index >= 0:
                return ()
            return self[index + len(self)]
        return [self[row] for row in range(*index.indices(len(self)))]
