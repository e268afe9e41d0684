"""Tables of a coded harvest: how many outcomes have each code, in all and beside what else is told of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from classifier.codebook.schema import Codebook
from classifier.harvest.reading import Harvest
from classifier.report.crosstab_axes import (
    IN_ALL,
    Axis,
    axis_called,
    coded_axes,
    field_axis,
    heading_of,
    latest,
    standard_axes,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crosstab:
    """Outcomes counted by the codes of a field, in all or beside something else.

    Attributes
    ----------
    field : str
        The column of the field whose codes are the rows.
    by : str
        What the columns tell apart: the codes of another field, or the values of a column of the harvest.
        Empty where outcomes are counted in all, in one column.
    rows, columns : tuple of str
    counts : tuple of tuple of int
        Outcomes with the code of the row and the code or value of the column; shape (n_rows, n_columns).
    n_outcomes : int
        All outcomes, each once.
    n_undecided : int
        Of them, those that have no code in the field, or in one of the two.
    n_by_row, n_by_column : tuple of int
        Outcomes with the code of the row, and with the code or value of the column.
    undecided_by_row, undecided_by_column : tuple of int
        Of them, those that have no code in the other field.
    several : tuple of str
        The fields of the table in which an outcome may have several codes, and counts under each.

    Examples
    --------
    >>> scales = Crosstab(field="Scale", by="", rows=("Local", "National"), columns=("Outcomes",), counts=((3,), (1,)),
    ...                n_outcomes=5, n_undecided=1, n_by_row=(3, 1), n_by_column=(5,),
    ...                undecided_by_row=(0, 0), undecided_by_column=(1,), several=())
    >>> scales.title, scales.n_decided, scales.shares
    ('Scale', 4, ((0.75,), (0.25,)))
    """

    field: str
    by: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    n_outcomes: int
    n_undecided: int
    n_by_row: tuple[int, ...]
    n_by_column: tuple[int, ...]
    undecided_by_row: tuple[int, ...]
    undecided_by_column: tuple[int, ...]
    several: tuple[str, ...]

    def __post_init__(self) -> None:
        shape = (len(self.rows), len(self.columns))
        lengths = (len(self.counts), *map(len, self.counts), len(self.n_by_row), len(self.n_by_column))
        if lengths != (shape[0], *(shape[1] for _ in self.rows), *shape):
            raise ValueError(f"{self.title}: counts must have the shape {shape} of rows and columns")
        if not 0 <= self.n_undecided <= self.n_outcomes:
            raise ValueError(f"{self.title}: {self.n_undecided} of {self.n_outcomes} outcomes can't be undecided")

    @property
    def title(self) -> str:
        """The field, and what it is counted by."""
        return f"{self.field} by {self.by}" if self.by else self.field

    @property
    def n_decided(self) -> int:
        """Outcomes that have a code in the field, or in both."""
        return self.n_outcomes - self.n_undecided

    @property
    def row_totals(self) -> tuple[int, ...]:
        """The sum of each row."""
        return tuple(map(sum, self.counts))

    @property
    def column_totals(self) -> tuple[int, ...]:
        """The sum of each column."""
        return tuple(sum(row[place] for row in self.counts) for place in range(len(self.columns)))

    @property
    def shares(self) -> tuple[tuple[float | None, ...], ...]:
        """The share of each count in the decided outcomes of its column, in [0, 1]; None where there are none."""
        decided = [n - undecided for n, undecided in zip(self.n_by_column, self.undecided_by_column, strict=True)]
        return tuple(
            tuple(count / n if n else None for count, n in zip(row, decided, strict=True)) for row in self.counts
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know who adds the counts up."""
        return tuple(
            f"An outcome may have several codes of {name!r} and counts under each, so that counts may add up to more "
            "than n."
            for name in self.several
        )


def count_codes(harvests: Sequence[Harvest], codebook: Codebook) -> tuple[Crosstab, ...]:
    """Count the outcomes with each code, field by field; codes that no outcome has are counted as 0.

    Parameters
    ----------
    harvests : sequence of Harvest
        An outcome that stands in several of them counts once, as it is coded in the last.

    Returns
    -------
    tuple of Crosstab
        One per field, in the codebook's order.

    Examples
    --------
    >>> *_, scale, _ = count_codes([getfixture("coded_harvest")], getfixture("codebook"))
    >>> dict(zip(scale.rows, scale.row_totals))
    {'Local': 64, 'Sub-national': 31, 'National': 46, 'Regional': 7, 'International': 20}
    >>> scale.n_outcomes, scale.n_undecided
    (168, 0)
    """
    outcomes = latest(harvests)
    whole = Axis(name="", values=(IN_ALL,), given=np.ones((len(outcomes), 1), dtype=bool))
    return tuple(_tabulate(field_axis(outcomes, field), whole) for field in codebook.fields)


def count_by(harvests: Sequence[Harvest], codebook: Codebook, *, by: str) -> tuple[Crosstab, ...]:
    """Count the codes of each coded field beside another field, or beside what a column of the harvest says.

    Parameters
    ----------
    by : str
        A field, a column as it is called in the files, or "country", "period", "negative" or "unintended"
        for the column that the codebook names. Case, blanks and punctuation don't count.

    Returns
    -------
    tuple of Crosstab
        One per field, in the codebook's order; without the field that is counted by, and those in which no
        outcome is coded.

    Raises
    ------
    FieldError
        If there is no such column, it is empty, or it holds texts or too many values rather than a few.

    Examples
    --------
    >>> tables = count_by([getfixture("coded_harvest")], getfixture("codebook"), by="negative")
    >>> tables[2].title, tables[2].columns, tables[2].counts[0]  # of those of local scale
    ('Scale by negative', ('NO', 'YES'), (64, 0))
    """
    columns = axis_called(by, harvests, codebook)
    return tuple(_tabulate(rows, columns) for rows in coded_axes(harvests, codebook) if rows.name != columns.name)


def cross_tables(harvests: Sequence[Harvest], codebook: Codebook, *, by: Sequence[str] = ()) -> tuple[Crosstab, ...]:
    """Count any two fields beside each other, and each by country, period, negative, unintended and what else is asked.

    Fields in which no outcome is coded are left out, and so are columns that the files lack or leave empty, or
    that `unfit_columns` tells of.

    Parameters
    ----------
    by : sequence of str
        Further columns of the harvest, which come last. Of two fields one of which is named here, it is the
        one whose codes are the columns. See `count_by`.

    Raises
    ------
    FieldError
        If what is asked for in `by` can't be counted by.

    Examples
    --------
    >>> tables = cross_tables([getfixture("coded_harvest")], getfixture("codebook"))
    >>> len(tables)  # six pairs of the four fields, and each of them by country, period, negative and unintended
    22
    """
    fields = coded_axes(harvests, codebook)
    asked = {axis.name: axis for axis in (axis_called(name, harvests, codebook) for name in by)}
    standard, _ = standard_axes(harvests, codebook)
    of_fields = {heading_of(field) for field in codebook.fields}
    others = {**standard, **{name: axis for name, axis in asked.items() if name not in of_fields}}
    pairs = [
        (other, one) if one.name in asked and other.name not in asked else (one, other)
        for one, other in combinations(fields, 2)
    ]
    pairs += [(rows, columns) for columns in others.values() for rows in fields]
    return tuple(_tabulate(rows, columns) for rows, columns in pairs)


def unfit_columns(harvests: Sequence[Harvest], codebook: Codebook) -> tuple[str, ...]:
    """Say why `cross_tables` can't count by a country, period, negative or unintended column that is filled."""
    return standard_axes(harvests, codebook)[1]


# What outcomes are counted by


def _tabulate(rows: Axis, columns: Axis) -> Crosstab:
    given, beside = rows.given.astype(np.int64), columns.given.astype(np.int64)
    counts: list[list[int]] = (given.T @ beside).tolist()
    return Crosstab(
        field=rows.name,
        by=columns.name,
        rows=rows.values,
        columns=columns.values,
        counts=tuple(map(tuple, counts)),
        n_outcomes=len(given),
        n_undecided=int((~(rows.is_decided & columns.is_decided)).sum()),
        n_by_row=_totals(given),
        n_by_column=_totals(beside),
        undecided_by_row=_totals(given[~columns.is_decided]),
        undecided_by_column=_totals(beside[~rows.is_decided]),
        several=tuple(axis.name for axis in (rows, columns) if axis.has_several),
    )


def _totals(given: npt.NDArray[np.int64]) -> tuple[int, ...]:
    return tuple(given.sum(axis=0).tolist())
