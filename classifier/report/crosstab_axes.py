"""Axes of cross-tables: coded fields, and columns of a harvest."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

from classifier.codebook.columns import Columns
from classifier.codebook.schema import Codebook, CodeField
from classifier.errors import FieldError
from classifier.faults import names_found
from classifier.harvest.outcome import Outcome
from classifier.harvest.reading import Harvest
from classifier.spelling import label_key, nearest

NOT_TOLD = "not told"
"""What stands for an empty cell: the harvest doesn't say, which is not the same as no."""
IN_ALL = "Outcomes"
_MOST_VALUES = 40
_LONGEST_VALUE = 60  # letters
_REMEDY = "name a column of few and short values, such as a country or a year"
Given = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
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
        """Which outcomes have a value on this axis."""
        decided: Given = np.any(self.given, axis=1)
        return decided


def latest(harvests: Sequence[Harvest]) -> tuple[Outcome, ...]:
    """Return each outcome once, as it stands in the last file that has it."""
    return tuple({outcome.fragment_id: outcome for harvest in harvests for outcome in harvest.outcomes}.values())


def heading_of(field: CodeField) -> str:
    """Heading of a field."""
    return field.column.strip()


def field_axis(outcomes: Sequence[Outcome], field: CodeField) -> Axis:
    """Axis of a coded field."""
    given = [[code in outcome.codes.get(field.name, ()) for code in field.code_names] for outcome in outcomes]
    return Axis(
        name=heading_of(field),
        values=field.code_names,
        given=np.array(given, dtype=bool).reshape(len(outcomes), len(field.codes)),
        has_several=field.is_multiple,
    )


def coded_axes(harvests: Sequence[Harvest], codebook: Codebook) -> list[Axis]:
    """Axes of the coded fields."""
    outcomes = latest(harvests)
    axes = [field_axis(outcomes, field) for field in codebook.fields]
    return [axis for axis in axes if axis.given.any()]


def axis_called(name: str, harvests: Sequence[Harvest], codebook: Codebook) -> Axis:
    """Axis of a field or column, by its name."""
    standard = _standard(codebook.columns).items()
    called, names = next((one for one in standard if label_key(name) in map(label_key, (one[0], *one[1]))), ("", ()))
    names = (*names, name)
    field = _field_called(names, codebook)
    if field is not None:
        return field_axis(latest(harvests), field)
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


def standard_axes(harvests: Sequence[Harvest], codebook: Codebook) -> tuple[dict[str, Axis], tuple[str, ...]]:
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
) -> Axis | None:
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
    return Axis(
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
