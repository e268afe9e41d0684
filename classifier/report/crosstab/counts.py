"""Counts of codes in a coded harvest: by field, and by a second field or column (cross-tabulation)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from classifier.codebook.schema import Codebook
from classifier.harvest.reading import Harvest
from classifier.languages import gettext, lazy_gettext
from classifier.report.crosstab.axes import (
    Axis,
    Indicators,
    all_outcomes,
    axis_named,
    coded_axes,
    field_axis,
    latest_outcomes,
    standard_axes,
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Crosstab:
    """Counts of outcomes by the codes of a field, in total or by a second axis.

    Examples
    --------
    >>> codes = np.array([[1, 0], [1, 0], [1, 0], [0, 1], [0, 0]], dtype=bool)
    >>> field = Axis(name="Scale", values=("Local", "National"), indicators=codes)
    >>> table = Crosstab(row_axis=field, column_axis=all_outcomes(5))
    >>> table.title, table.counts, table.n_decided, table.shares
    ('Scale', ((3,), (1,)), 4, ((0.75,), (0.25,)))
    """

    row_axis: Axis  # the field whose codes are the rows
    column_axis: Axis  # another field, or a column of the harvest; see `all_outcomes` for counts in total

    @property
    def field(self) -> str:
        """The column of the field whose codes are the rows."""
        return self.row_axis.name

    @property
    def by(self) -> str:
        """The field or column whose values are the columns; empty where outcomes are counted in total."""
        return self.column_axis.name

    @property
    def title(self) -> str:
        """The field, and what it is counted by."""
        return gettext("{field} by {by}", field=self.field, by=gettext(self.by)) if self.by else self.field

    @property
    def rows(self) -> tuple[str, ...]:
        """The codes of the field."""
        return self.row_axis.values

    @property
    def columns(self) -> tuple[str, ...]:
        """The values of the second axis."""
        return self.column_axis.values

    @property
    def counts(self) -> tuple[tuple[int, ...], ...]:
        """Outcomes with the code of the row and the value of the column; shape (n_rows, n_columns)."""
        counts = self.row_axis.indicators.T.astype(np.int64) @ self.column_axis.indicators.astype(np.int64)
        return tuple(map(tuple, counts.tolist()))

    @property
    def n_outcomes(self) -> int:
        """All outcomes, each once."""
        return len(self.row_axis.indicators)

    @property
    def n_decided(self) -> int:
        """Outcomes that have a code in the field, or in both."""
        return int((self.row_axis.is_decided & self.column_axis.is_decided).sum())

    @property
    def n_undecided(self) -> int:
        """Outcomes that have no code in the field, or in one of the two."""
        return self.n_outcomes - self.n_decided

    @property
    def n_by_row(self) -> tuple[int, ...]:
        """Outcomes with the code of each row."""
        return _totals(self.row_axis.indicators)

    @property
    def n_by_column(self) -> tuple[int, ...]:
        """Outcomes with the value of each column."""
        return _totals(self.column_axis.indicators)

    @property
    def undecided_by_row(self) -> tuple[int, ...]:
        """Outcomes with the code of each row that are undecided on the other axis."""
        return _totals(self.row_axis.indicators[~self.column_axis.is_decided])

    @property
    def undecided_by_column(self) -> tuple[int, ...]:
        """Outcomes with the value of each column that are undecided in the field."""
        return _totals(self.column_axis.indicators[~self.row_axis.is_decided])

    @property
    def shares(self) -> tuple[tuple[float | None, ...], ...]:
        """The share of each count in the decided outcomes of its column, in [0, 1]; None where there are none."""
        decided = _totals(self.column_axis.indicators[self.row_axis.is_decided])
        return tuple(
            tuple(count / n if n else None for count, n in zip(row, decided, strict=True)) for row in self.counts
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """Warnings for a reader who adds the counts up."""
        return tuple(
            lazy_gettext(
                "An outcome may have several codes of '{field}' and counts under each, so counts may add up to more "
                "than n.",
                field=axis.name,
            )
            for axis in (self.row_axis, self.column_axis)
            if axis.is_multiple
        )


def count_codes(harvests: Sequence[Harvest], codebook: Codebook) -> tuple[Crosstab, ...]:
    """Count the outcomes with each code, field by field; codes that no outcome has are counted as 0.

    An outcome that is in several harvests counts once, as coded in the last.

    Examples
    --------
    >>> *_, scale, _ = count_codes([getfixture("coded_harvest")], getfixture("codebook"))
    >>> dict(zip(scale.rows, scale.n_by_row))
    {'Local': 64, 'Sub-national': 31, 'National': 46, 'Regional': 7, 'International': 20}
    >>> scale.n_outcomes, scale.n_undecided
    (168, 0)
    """
    outcomes = latest_outcomes(harvests)
    total = all_outcomes(len(outcomes))
    return tuple(Crosstab(row_axis=field_axis(outcomes, field), column_axis=total) for field in codebook.fields)


def count_by(harvests: Sequence[Harvest], codebook: Codebook, *, by: str) -> tuple[Crosstab, ...]:
    """Count the codes of each coded field by another field or by a column of the harvest.

    Parameters
    ----------
    by : str
        A field, a column as it is named in the files, or "country", "period", "negative" or "unintended"
        for the column that the codebook names. Case, blanks and punctuation don't count.

    Raises
    ------
    FieldError
        If there is no such column, it is empty, or it holds texts or too many values.

    Examples
    --------
    >>> tables = count_by([getfixture("coded_harvest")], getfixture("codebook"), by="negative")
    >>> tables[2].title, tables[2].columns, tables[2].counts[0]  # of those of local scale
    ('Scale by negative', ('NO', 'YES'), (64, 0))
    """
    columns = axis_named(by, harvests, codebook)
    return tuple(
        Crosstab(row_axis=rows, column_axis=columns)
        for rows in coded_axes(harvests, codebook)
        if rows.name != columns.name
    )


def cross_tables(harvests: Sequence[Harvest], codebook: Codebook, *, by: Sequence[str] = ()) -> tuple[Crosstab, ...]:
    """Cross-tabulate any two fields, and each by country, period, negative, unintended and further columns.

    Fields in which no outcome is coded are left out, and so are columns that the files lack or leave empty, or
    that are among the `unfit_columns`.

    Parameters
    ----------
    by : sequence of str
        Further columns of the harvest, which come last. Of two fields one of which is named here, it is the
        one whose codes are the columns. See `count_by`.

    Raises
    ------
    FieldError
        If the harvest can't be counted by a column of `by`.

    Examples
    --------
    >>> tables = cross_tables([getfixture("coded_harvest")], getfixture("codebook"))
    >>> len(tables)  # six pairs of the four fields, and each of them by country, period, negative and unintended
    22
    """
    fields = coded_axes(harvests, codebook)
    asked = {axis.name: axis for axis in (axis_named(name, harvests, codebook) for name in by)}
    standard, _ = standard_axes(harvests, codebook)
    of_fields = {field.heading for field in codebook.fields}
    others = {**standard, **{name: axis for name, axis in asked.items() if name not in of_fields}}
    pairs = [
        (second, first) if first.name in asked and second.name not in asked else (first, second)
        for first, second in combinations(fields, 2)
    ]
    pairs += [(rows, columns) for columns in others.values() for rows in fields]
    return tuple(Crosstab(row_axis=rows, column_axis=columns) for rows, columns in pairs)


def all_tables(harvests: Sequence[Harvest], codebook: Codebook, *, by: Sequence[str] = ()) -> tuple[Crosstab, ...]:
    """Return the counts of every field, followed by the cross-tables."""
    return (*count_codes(harvests, codebook), *cross_tables(harvests, codebook, by=by))


def unfit_columns(harvests: Sequence[Harvest], codebook: Codebook) -> tuple[str, ...]:
    """Say why `cross_tables` can't count by a country, period, negative or unintended column that is filled."""
    return standard_axes(harvests, codebook)[1]


def _totals(indicators: Indicators) -> tuple[int, ...]:
    return tuple(indicators.sum(axis=0).tolist())
