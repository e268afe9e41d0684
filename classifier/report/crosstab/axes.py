"""Axes of cross-tables: coded fields, and columns of a harvest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

from classifier.codebook.columns import Columns
from classifier.codebook.schema import Codebook, CodeField
from classifier.errors import FieldError
from classifier.evaluation.predictions import indicators
from classifier.faults import names_found
from classifier.harvest.outcome import Outcome
from classifier.harvest.reading import Harvest
from classifier.harvest.years import year_of
from classifier.languages import lazy_gettext, marked
from classifier.spelling import label_key, natural_key, nearest

MISSING = marked("not stated")
"""Value of an empty cell: the harvest doesn't say, which is not the same as no."""
_MOST_VALUES = 40
_LONGEST_VALUE = 60  # characters
_REMEDY = marked("name a column with few and short values, such as a country or a year")
Indicators = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Axis:
    """One axis of a cross-table."""

    name: str
    values: tuple[str, ...]
    # Shape (n_outcomes, n_values): whether an outcome has each of the values; an undecided one has none of them
    indicators: Indicators
    is_multiple: bool = False  # whether an outcome may have several of the values

    @property
    def is_decided(self) -> Indicators:
        """Whether each outcome has a value on this axis; shape (n_outcomes,)."""
        decided: Indicators = np.any(self.indicators, axis=1)
        return decided


def all_outcomes(n_outcomes: int) -> Axis:
    """Axis of the single column that counts all outcomes."""
    return Axis(name="", values=("Outcomes",), indicators=np.ones((n_outcomes, 1), dtype=bool))


def latest_outcomes(harvests: Sequence[Harvest]) -> tuple[Outcome, ...]:
    """Return each outcome once, as in the last file that has it."""
    return tuple({outcome.fragment_id: outcome for harvest in harvests for outcome in harvest.outcomes}.values())


def field_axis(outcomes: Sequence[Outcome], field: CodeField) -> Axis:
    """Axis of a coded field."""
    return Axis(
        name=field.heading,
        values=field.code_names,
        indicators=indicators(field, [outcome.codes.get(field.name, ()) for outcome in outcomes]),
        is_multiple=field.is_multiple,
    )


def coded_axes(harvests: Sequence[Harvest], codebook: Codebook) -> list[Axis]:
    """Axes of the coded fields."""
    outcomes = latest_outcomes(harvests)
    axes = [field_axis(outcomes, field) for field in codebook.fields]
    return [axis for axis in axes if axis.indicators.any()]


def axis_named(name: str, harvests: Sequence[Harvest], codebook: Codebook) -> Axis:
    """Axis of a field or column, by its name."""
    title, names = next(
        (
            (title, names)
            for title, names in _standard_columns(codebook.columns).items()
            if label_key(name) in map(label_key, (title, *names))
        ),
        ("", ()),
    )
    names = (*names, name)
    field = _field_named(names, codebook)
    if field is not None:
        return field_axis(latest_outcomes(harvests), field)
    axis = _column_axis(harvests, names, codebook.columns, title=title)
    if axis is None:
        raise _no_column(names, harvests)
    return axis


def _field_named(names: Sequence[str], codebook: Codebook) -> CodeField | None:
    wanted = set(map(label_key, names))
    return next(
        (field for field in codebook.fields if wanted & set(map(label_key, (field.name, *field.columns)))), None
    )


def _standard_columns(columns: Columns) -> Mapping[str, tuple[str, ...]]:
    """Return the names of the columns that every harvest is counted by, under their title in a table."""
    return {
        marked("country"): columns.country,
        marked("period"): columns.period,
        marked("negative"): columns.negative,
        marked("unintended"): columns.unintended,
    }


def standard_axes(harvests: Sequence[Harvest], codebook: Codebook) -> tuple[dict[str, Axis], tuple[str, ...]]:
    """Return axes of the standard columns by their title, and why others can't be counted by."""
    axes, refused = {}, []
    for title, names in _standard_columns(codebook.columns).items():
        if _field_named(names, codebook) is not None:
            continue  # a programme may code the country; then it is one of the pairs
        try:
            axis = _column_axis(harvests, names, codebook.columns, title=title)
        except FieldError as error:
            refused.append(error.as_message())
            continue
        if axis is not None:
            axes[title] = axis
    return axes, tuple(refused)


def _column_axis(
    harvests: Sequence[Harvest], names: Sequence[str], columns: Columns, *, title: str = ""
) -> Axis | None:
    """Read the first column found of these names; None where no file has one, or all its cells are empty."""
    places = [_place(harvest, names) for harvest in harvests]
    headings = [
        _spaced(harvest.header[place]) for harvest, place in zip(harvests, places, strict=True) if place is not None
    ]
    cells = {
        outcome.fragment_id: _value(harvest, outcome, place) or MISSING
        for harvest, place in zip(harvests, places, strict=True)
        for outcome in harvest.outcomes
    }
    spellings = Counter(cells.values())
    if set(map(label_key, spellings)) <= {label_key(MISSING)}:
        return None
    is_text = any(place in _text_columns(harvest) for harvest, place in zip(harvests, places, strict=True))
    _refuse_texts(headings, spellings, columns, is_text=is_text)
    # The commonest spelling comes last, so that it is kept.
    values = {label_key(value): value for value, _ in reversed(spellings.most_common())}
    if label_key(MISSING) in values:
        values[label_key(MISSING)] = MISSING
    order = sorted(values, key=lambda key: (values[key] == MISSING, natural_key(values[key])))
    matches = [[label_key(cell) == key for key in order] for cell in cells.values()]
    return Axis(
        name=title or headings[0], values=tuple(values[key] for key in order), indicators=np.array(matches, dtype=bool)
    )


def _value(harvest: Harvest, outcome: Outcome, place: int | None) -> str:
    """Return what an outcome has in a column; of a date in the column of years, its year."""
    text = _spaced(harvest.cell(outcome, place))
    return year_of(text) if place is not None and place == harvest.layout.year else text


def _place(harvest: Harvest, names: Sequence[str]) -> int | None:
    header = [label_key(name) for name in harvest.header]
    for name in filter(None, map(label_key, names)):
        if header.count(name) > 1:
            heading = _spaced(harvest.header[header.index(name)])
            raise FieldError(f"{harvest.path.name}: column {heading!r} appears twice; rename or delete one of the two")
        if name in header:
            return header.index(name)
    return harvest.column(names)


def _text_columns(harvest: Harvest) -> set[int]:
    """Return the columns that hold the IDs and stories under other names than the codebook has for them."""
    return set((harvest.layout.taken or {}).values()) & {harvest.layout.id, *harvest.layout.texts}


def _refuse_texts(headings: Sequence[str], values: Mapping[str, int], columns: Columns, *, is_text: bool) -> None:
    """Refuse columns of texts: a table is passed on where stories must not go."""
    parts = chain.from_iterable(part.column for part in columns.parts)
    confidential = set(map(label_key, chain(columns.id, columns.merged, parts)))
    n_values = len(set(map(label_key, values)) - {label_key(MISSING)})
    longest = max(map(len, values))
    if is_text or any(label_key(heading) in confidential for heading in headings):
        what = lazy_gettext("holds IDs or stories")
    elif longest > _LONGEST_VALUE:
        what = lazy_gettext(
            "holds texts, the longest of {longest} characters, where a value may have {most} at most",
            longest=longest,
            most=_LONGEST_VALUE,
        )
    elif n_values > _MOST_VALUES:
        what = lazy_gettext(
            "holds {n_values} different values, where a table has room for {most}", n_values=n_values, most=_MOST_VALUES
        )
    else:
        return
    raise FieldError(
        lazy_gettext("column {name!r} {what}; {remedy}", name=headings[0], what=what, remedy=lazy_gettext(_REMEDY))
    )


def _no_column(names: Sequence[str], harvests: Sequence[Harvest]) -> FieldError:
    """Error for a column that was asked for by the last of its names."""
    name = names[-1]
    headings = list(
        dict.fromkeys(_spaced(heading) for harvest in harvests for heading in harvest.header if heading.strip())
    )
    known = {label_key(heading): heading for heading in headings}
    if found := next((known[key] for key in map(label_key, reversed(names)) if key in known), None):
        return FieldError(
            lazy_gettext(
                "column {name!r} is empty for every outcome; {remedy}", name=found, remedy=lazy_gettext(_REMEDY)
            )
        )
    guess = nearest(name, headings)
    hint = f"did you mean {guess!r}?" if guess else names_found(headings)
    return FieldError(f"the harvest has no column {name!r} ({hint})")


def _spaced(text: str) -> str:
    return " ".join(text.split())
