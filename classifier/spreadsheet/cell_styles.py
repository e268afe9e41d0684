"""Styles of cells, each made once, since openpyxl takes long to set one."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from copy import copy
from typing import Any

from openpyxl.cell import Cell, MergedCell


class StyleCache:
    """Styles of a workbook's cells by what they were before and how they were changed.

    Examples
    --------
    >>> from openpyxl import Workbook
    >>> from openpyxl.styles import Font
    >>> sheet, styles = Workbook().worksheets[0], StyleCache()
    >>> for row in (1, 2):
    ...     styles.change(sheet.cell(row, 1), "bold", lambda cell: setattr(cell, "font", Font(b=True)))
    >>> sheet["A2"].font.b
    True
    """

    def __init__(self) -> None:
        self._styles: dict[tuple[Hashable, bytes], Any] = {}

    def change(self, cell: Cell | MergedCell, key: Hashable, change: Callable[[Any], None]) -> None:
        """Change the style of a cell as `change` does, which is asked once for cells that were alike before."""
        before = cell._style  # type: ignore[union-attr]  # the stubs leave it out
        known = (key, b"" if before is None else before.tobytes())
        if known not in self._styles:
            change(cell)
            self._styles[known] = copy(cell._style)  # type: ignore[union-attr]
        else:
            cell._style = copy(self._styles[known])  # type: ignore[union-attr]
