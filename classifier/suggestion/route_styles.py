"""Colours and fonts of routes, told apart in a print in grey too."""

from __future__ import annotations

from copy import copy

from openpyxl.cell import Cell, MergedCell
from openpyxl.styles import PatternFill

from classifier.spreadsheet.cell_styles import StyleCache
from classifier.suggestion.types import Route

# Told apart by lightness as well as by hue.
_FILLS = {
    Route.CONFIRM: PatternFill("solid", fgColor="B7E1CD"),
    Route.CHOOSE: PatternFill("solid", fgColor="FFF2CC"),
    Route.CODE_AFRESH: PatternFill("solid", fgColor="D0CECE"),
}


def dress_route(cell: Cell | MergedCell, route: Route, styles: StyleCache) -> None:
    """Colour a cell by its route, and set it in bold to confirm, in italics to code afresh, else upright."""
    styles.change(cell, route, lambda changed: _dress(changed, route))


def _dress(cell: Cell | MergedCell, route: Route) -> None:
    font = copy(cell.font)
    font.b, font.i = route is Route.CONFIRM, route is Route.CODE_AFRESH
    cell.fill = _FILLS[route]
    cell.font = font  # type: ignore[assignment]  # a copy of a proxy is what it stands for
