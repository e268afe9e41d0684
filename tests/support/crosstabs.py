"""Small cross-tables for tests, and copies of them under other names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from classifier.report.crosstab.axes import Axis, all_outcomes
from classifier.report.crosstab.counts import Crosstab

LOCAL, NATIONAL, UNDECIDED = ["Local"], ["National"], list[str]()


def axis(name: str, values: Sequence[str], outcomes: Sequence[Sequence[str]], *, is_multiple: bool = False) -> Axis:
    """Return an axis of outcomes by the values that each has."""
    indicators = np.array([[value in outcome for value in values] for outcome in outcomes], dtype=bool)
    return Axis(name=name, values=tuple(values), indicators=indicators, is_multiple=is_multiple)


SCALE_AXIS = axis("Scale", ["Local", "National"], [LOCAL, LOCAL, LOCAL, NATIONAL, UNDECIDED])
SCALE = Crosstab(row_axis=SCALE_AXIS, column_axis=all_outcomes(5))
UNCODED = Crosstab(row_axis=axis("Scale", ["Local", "National"], [UNDECIDED] * 5), column_axis=all_outcomes(5))
BY_COUNTRY = Crosstab(
    row_axis=SCALE_AXIS,
    column_axis=axis(
        "country", ["Kenya", "not stated"], [["Kenya"], ["Kenya"], ["not stated"], ["not stated"], ["not stated"]]
    ),
)
BY_OBJECTIVE = Crosstab(
    row_axis=SCALE_AXIS,
    column_axis=axis("Objectives", ["CIV", "CON"], [["CIV"], ["CIV", "CON"], [], [], ["CIV"]], is_multiple=True),
)
_COUNTRIES = [f"country {number}" for number in range(1, 12)]
BY_MANY_COUNTRIES = Crosstab(
    row_axis=axis("Scale", ["Local", "National"], [LOCAL, LOCAL, LOCAL, NATIONAL, *[UNDECIDED] * 11]),
    column_axis=axis("country", _COUNTRIES, [*[["country 1"]] * 4, *[[country] for country in _COUNTRIES]]),
)


def of_field(table: Crosstab, name: str, *codes: str) -> Crosstab:
    """Return a table whose field, and its codes if named, are called otherwise."""
    return replace(table, row_axis=replace(table.row_axis, name=name, values=codes or table.rows))


def counted_by(table: Crosstab, name: str, *values: str) -> Crosstab:
    """Return a table whose columns are called otherwise."""
    return replace(table, column_axis=replace(table.column_axis, name=name, values=values))
