"""Tables of a coded harvest: how many outcomes have each code, in all and beside what else is told of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations

import numpy as np
import numpy.typing as npt

from classifier.codebook import Codebook, CodeField, Columns
from classifier.errors import FieldError
from classifier.faults import names_found, nearest
from classifier.harvest import Harvest
from classifier.normal_form import label_key
from classifier.outcomes import Outcome

__all__ = ["NOT_TOLD", "Table", "count_by", "count_codes", "cross_tables", "unfit_columns"]

NOT_TOLD = "not told"
"""What stands for an empty cell: the harvest doesn't say, which is not the same as no."""

_IN_ALL = "Outcomes"
_MOST_VALUES = 40
_LONGEST_VALUE = 60  # letters
_REMEDY = "name a column of few and short values, such as a country or a year"

Given = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
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
    >>> scales = Table(field="Scale", by="", rows=("Local", "National"), columns=("Outcomes",), counts=((3,), (1,)),
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


def count_codes(harvests: Sequence[Harvest], codebook: Codebook) -> tuple[Table, ...]:
    """Count the outcomes with each code, field by field; codes that no outcome has are counted as 0.

    Parameters
    ----------
    harvests : sequence of Harvest
        An outcome that stands in several of them counts once, as it is coded in the last.

    Returns
    -------
    tuple of Table
        One per field, in the codebook's order.

    Examples
    --------
    >>> *_, scale, _ = count_codes([getfixture("coded_harvest")], getfixture("codebook"))
    >>> dict(zip(scale.rows, scale.row_totals))
    {'Local': 64, 'Sub-national': 31, 'National': 46, 'Regional': 7, 'International': 20}
    >>> scale.n_outcomes, scale.n_undecided
    (168, 0)
    """
    outcomes = _latest(harvests)
    whole = _Axis(name="", values=(_IN_ALL,), given=np.ones((len(outcomes), 1), dtype=bool))
    return tuple(_tabulate(_field_axis(outcomes, field), whole) for field in codebook.fields)


def count_by(harvests: Sequence[Harvest], codebook: Codebook, *, by: str) -> tuple[Table, ...]:
    """Count the codes of each coded field beside another field, or beside what a column of the harvest says.

    Parameters
    ----------
    by : str
        A field, a column as it is called in the files, or "country", "period", "negative" or "unintended"
        for the column that the codebook names. Case, blanks and punctuation don't count.

    Returns
    -------
    tuple of Table
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
    columns = _axis_called(by, harvests, codebook)
    return tuple(_tabulate(rows, columns) for rows in _coded_axes(harvests, codebook) if rows.name != columns.name)


def cross_tables(harvests: Sequence[Harvest], codebook: Codebook, *, by: Sequence[str] = ()) -> tuple[Table, ...]:
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
    fields = _coded_axes(harvests, codebook)
    asked = {axis.name: axis for axis in (_axis_called(name, harvests, codebook) for name in by)}
    standard, _ = _standard_axes(harvests, codebook)
    of_fields = {_heading(field) for field in codebook.fields}
    others = {**standard, **{name: axis for name, axis in asked.items() if name not in of_fields}}
    pairs = [
        (other, one) if one.name in asked and other.name not in asked else (one, other)
        for one, other in combinations(fields, 2)
    ]
    pairs += [(rows, columns) for columns in others.values() for rows in fields]
    return tuple(_tabulate(rows, columns) for rows, columns in pairs)


def unfit_columns(harvests: Sequence[Harvest], codebook: Codebook) -> tuple[str, ...]:
    """Say why `cross_tables` can't count by a country, period, negative or unintended column that is filled."""
    return _standard_axes(harvests, codebook)[1]


# What outcomes are counted by


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axis:
    """One side of a table.

    Attributes
    ----------
    given : ndarray of shape (n_outcomes, n_values)
        Whether an outcome has each of the values; an undecided one has none of them.
    """

    name: str
    values: tuple[str, ...]
    given: Given
    has_several: bool = False

    @property
    def is_decided(self) -> Given:
        decided: Given = np.any(self.given, axis=1)
        return decided


def _tabulate(rows: _Axis, columns: _Axis) -> Table:
    given, beside = rows.given.astype(np.int64), columns.given.astype(np.int64)
    counts: list[list[int]] = (given.T @ beside).tolist()
    return Table(
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


def _latest(harvests: Sequence[Harvest]) -> tuple[Outcome, ...]:
    """Return each outcome once, as it stands in the last file that has it."""
    return tuple({outcome.fragment_id: outcome for harvest in harvests for outcome in harvest.outcomes}.values())


def _heading(field: CodeField) -> str:
    return field.column.strip()


def _field_axis(outcomes: Sequence[Outcome], field: CodeField) -> _Axis:
    given = [[code in outcome.codes.get(field.name, ()) for code in field.code_names] for outcome in outcomes]
    return _Axis(
        name=_heading(field),
        values=field.code_names,
        given=np.array(given, dtype=bool).reshape(len(outcomes), len(field.codes)),
        has_several=field.is_multiple,
    )


def _coded_axes(harvests: Sequence[Harvest], codebook: Codebook) -> list[_Axis]:
    outcomes = _latest(harvests)
    axes = [_field_axis(outcomes, field) for field in codebook.fields]
    return [axis for axis in axes if axis.given.any()]


def _axis_called(name: str, harvests: Sequence[Harvest], codebook: Codebook) -> _Axis:
    standard = _standard(codebook.columns).items()
    called, names = next((one for one in standard if label_key(name) in map(label_key, (one[0], *one[1]))), ("", ()))
    names = (*names, name)
    field = _field_called(names, codebook)
    if field is not None:
        return _field_axis(_latest(harvests), field)
    axis = _column_axis(harvests, names, codebook.columns, called=called)
    if axis is None:
        raise _no_column(names, harvests)
    return axis


def _field_called(names: Sequence[str], codebook: Codebook) -> CodeField | None:
    wanted = set(map(label_key, names))
    return next(
        (field for field in codebook.fields if wanted & set(map(label_key, (field.name, *field.columns)))), None
    )


def _standard(columns: Columns) -> Mapping[str, tuple[str, ...]]:
    """Name the columns that every harvest is counted by, under what they are called in a table."""
    return {
        "country": columns.country,
        "period": columns.period,
        "negative": columns.negative,
        "unintended": columns.unintended,
    }


def _standard_axes(harvests: Sequence[Harvest], codebook: Codebook) -> tuple[dict[str, _Axis], tuple[str, ...]]:
    """Return those of the standard columns that can be counted by, and why others can't."""
    axes, refused = {}, []
    for called, names in _standard(codebook.columns).items():
        if _field_called(names, codebook) is not None:
            continue  # a programme may code the country; then it is one of the pairs
        try:
            axis = _column_axis(harvests, names, codebook.columns, called=called)
        except FieldError as error:
            refused.append(str(error))
            continue
        if axis is not None:
            axes[called] = axis
    return axes, tuple(refused)


def _column_axis(
    harvests: Sequence[Harvest], names: Sequence[str], columns: Columns, *, called: str = ""
) -> _Axis | None:
    """Read the first column found of these names; None where no file has one, or all its cells are empty."""
    places = [_place(harvest, names) for harvest in harvests]
    headings = [_spaced(one.header[place]) for one, place in zip(harvests, places, strict=True) if place is not None]
    cells = {
        outcome.fragment_id: _spaced(harvest.cell(outcome, place)) or NOT_TOLD
        for harvest, place in zip(harvests, places, strict=True)
        for outcome in harvest.outcomes
    }
    spellings = Counter(cells.values())
    if set(map(label_key, spellings)) <= {label_key(NOT_TOLD)}:
        return None
    telling = any(place in _texts_taken(one) for one, place in zip(harvests, places, strict=True))
    _refuse_texts(headings, spellings, columns, is_text=telling)
    # The commonest spelling comes last, so that it is the one that is kept.
    values = {label_key(value): value for value, _ in reversed(spellings.most_common())}
    if label_key(NOT_TOLD) in values:
        values[label_key(NOT_TOLD)] = NOT_TOLD
    order = sorted(values, key=lambda key: (values[key] == NOT_TOLD, _in_order(values[key])))
    given = [[label_key(cell) == key for key in order] for cell in cells.values()]
    return _Axis(
        name=called or headings[0], values=tuple(values[key] for key in order), given=np.array(given, dtype=bool)
    )


def _place(harvest: Harvest, names: Sequence[str]) -> int | None:
    header = [label_key(name) for name in harvest.header]
    for name in filter(None, map(label_key, names)):
        if header.count(name) > 1:
            heading = _spaced(harvest.header[header.index(name)])
            raise FieldError(f"{harvest.path.name}: column {heading!r} stands twice; rename or delete one of the two")
        if name in header:
            return header.index(name)
    return harvest.column(names)


def _texts_taken(harvest: Harvest) -> set[int]:
    """Return the columns that hold the IDs and stories under other names than the codebook has for them."""
    return set((harvest.layout.taken or {}).values()) & {harvest.layout.id, *harvest.layout.texts}


def _refuse_texts(headings: Sequence[str], values: Mapping[str, int], columns: Columns, *, is_text: bool) -> None:
    """Refuse what is no set of values: a table is passed on where stories must not go."""
    parts = chain.from_iterable(part.column for part in columns.parts)
    untold = set(map(label_key, chain(columns.id, columns.merged, parts)))
    n_values = len(set(map(label_key, values)) - {label_key(NOT_TOLD)})
    longest = max(map(len, values))
    if is_text or any(label_key(heading) in untold for heading in headings):
        what = "holds IDs or stories"
    elif longest > _LONGEST_VALUE:
        what = f"holds texts, the longest of {longest} letters, where a value has {_LONGEST_VALUE} at most"
    elif n_values > _MOST_VALUES:
        what = f"holds {n_values} different values, where a table has room for {_MOST_VALUES}"
    else:
        return
    raise FieldError(f"column {headings[0]!r} {what}; {_REMEDY}")


def _no_column(names: Sequence[str], harvests: Sequence[Harvest]) -> FieldError:
    """Say what is wrong with a column that was asked for by the last of its names."""
    name = names[-1]
    headings = list(dict.fromkeys(_spaced(one) for harvest in harvests for one in harvest.header if one.strip()))
    known = {label_key(heading): heading for heading in headings}
    if found := next((known[label_key(one)] for one in reversed(names) if label_key(one) in known), None):
        return FieldError(f"column {found!r} is empty beside every outcome; {_REMEDY}")
    guess = nearest(name, headings)
    hint = f"did you mean {guess!r}?" if guess else names_found(headings)
    return FieldError(f"the harvest has no column {name!r} ({hint})")


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _in_order(value: str) -> list[str | int]:
    """Sort "harvest 2" before "harvest 10": letters and numbers take turns in what is compared."""
    return list(_letters_and_numbers(value))


def _letters_and_numbers(value: str) -> Iterator[str | int]:
    for place, piece in enumerate(re.split(r"(\d+)", value)):
        yield int(piece) if place % 2 else piece.casefold()
