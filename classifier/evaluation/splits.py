"""Train-test splits: by harvest period, or leaving out each value of a column."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from classifier.codebook.schema import Codebook
from classifier.errors import ComparisonError
from classifier.harvest.outcome import Outcome
from classifier.harvest.reading import Harvest
from classifier.spelling import label_key, natural_key, nearest

ValueOf = Callable[[Harvest, Outcome], str]

ID_PREFIX = "id-prefix"
_BY_WORD: dict[str, Callable[[Outcome], str]] = {
    "country": lambda outcome: outcome.country,
    "period": lambda outcome: outcome.period,
    "year": lambda outcome: outcome.year,
}
_NUMBER = re.compile(r"[\W_]*\d+\W*$")
_MOST_VALUES, _LONGEST_VALUE = 60, 60  # values of a column, characters of a value
_MIN_TRAINING = 20  # outcomes; a model of fewer says nothing about one of all


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Train-test split: harvests to train on, and outcomes to test on."""

    name: str  # the value tested, such as a period or a country
    training: tuple[Harvest, ...]
    test_outcomes: tuple[Outcome, ...]

    @property
    def training_outcomes(self) -> tuple[Outcome, ...]:
        """All outcomes to train on."""
        return tuple(outcome for harvest in self.training for outcome in harvest.outcomes)

    @property
    def n_training(self) -> int:
        """How many outcomes to train on have a code."""
        return sum(bool(outcome.codes) for outcome in self.training_outcomes)


def without(harvests: Sequence[Harvest], ids: Collection[str]) -> tuple[tuple[Harvest, ...], int]:
    """Leave outcomes out of harvests by their IDs; return the rest, and how many were left out."""
    kept = tuple(
        replace(harvest, outcomes=tuple(outcome for outcome in harvest.outcomes if outcome.fragment_id not in ids))
        for harvest in harvests
    )
    n_left_out = sum(len(harvest.outcomes) for harvest in harvests) - sum(len(harvest.outcomes) for harvest in kept)
    return tuple(harvest for harvest in kept if harvest.outcomes), n_left_out


def by_period(harvests: Sequence[Harvest]) -> tuple[Split, ...]:
    """Split by harvest period: test on each in turn, and train on the earlier ones."""
    periods = sorted({outcome.period for harvest in harvests for outcome in harvest.outcomes} - {""}, key=natural_key)
    if len(periods) < 2:
        problem = f"all outcomes are of {periods[0]!r}" if periods else "no outcome has a harvest period"
        raise ComparisonError(f"--by-period: {problem}; add the coded harvest of another one, or leave it out")
    splits = [
        _split(harvests, period, lambda harvest, outcome: outcome.period, train_on=periods[:place])
        for place, period in enumerate(periods)
        if place
    ]
    return _large_enough(splits, "--by-period")


def leaving_out(harvests: Sequence[Harvest], column: str, *, codebook: Codebook) -> tuple[Split, ...]:
    """Split by the values of a column, such as a country: test on each in turn, and train on the others.

    The column is one of the harvests; "country", "period" or "year", whatever their columns are called; or
    `ID_PREFIX` for the part of the FragmentID before its number, which in many programmes is the partner.
    """
    value_of = _id_prefix if column == ID_PREFIX else _by_column(harvests, column, codebook)
    found = {value_of(harvest, outcome) for harvest in harvests for outcome in harvest.outcomes}
    values = sorted(found - {""}, key=natural_key)
    # Stories must not appear in a report, nor in an error.
    if len(values) > _MOST_VALUES or any(len(value) > _LONGEST_VALUE for value in values):
        raise ComparisonError(
            f"--leave-out {column}: the column holds texts, or more than {_MOST_VALUES} different values; name one "
            "with few values, such as the country"
        )
    if len(values) < 2:
        raise ComparisonError(
            f"--leave-out {column}: all outcomes are of {values[0]!r}; name another column"
            if values
            else f"--leave-out {column}: the column is empty; name another one"
        )
    splits = [
        _split(harvests, value, value_of, train_on=[other for other in (*values, "") if other != value])
        for value in values
    ]
    return _large_enough(splits, f"--leave-out {column}")


def _split(harvests: Sequence[Harvest], value: str, value_of: ValueOf, *, train_on: Sequence[str]) -> Split:
    test_outcomes = tuple(
        outcome
        for harvest in harvests
        for outcome in harvest.outcomes
        if value_of(harvest, outcome) == value and outcome.codes
    )
    training = tuple(
        replace(
            harvest,
            outcomes=tuple(outcome for outcome in harvest.outcomes if value_of(harvest, outcome) in train_on),
        )
        for harvest in harvests
    )
    # An outcome may be in two files, with another value in each.
    training, _ = without(training, {outcome.fragment_id for outcome in test_outcomes})
    return Split(name=value, training=training, test_outcomes=test_outcomes)


def _large_enough(splits: Sequence[Split], asked: str) -> tuple[Split, ...]:
    usable = tuple(split for split in splits if split.test_outcomes and split.n_training >= _MIN_TRAINING)
    if not usable:
        raise ComparisonError(f"{asked}: fewer than {_MIN_TRAINING} coded outcomes would be left to train on")
    return usable


def _id_prefix(harvest: Harvest, outcome: Outcome) -> str:
    return _NUMBER.sub("", outcome.fragment_id)


def _by_column(harvests: Sequence[Harvest], column: str, codebook: Codebook) -> ValueOf:
    wanted = label_key(column)
    _refuse_texts_and_codes(column, codebook)
    places: dict[int, int] = {}
    for number, harvest in enumerate(harvests):
        place = harvest.column([column])
        if place is None and wanted in _BY_WORD:
            continue  # the codebook knows what the column is called
        if place is None:
            guess = nearest(column, [name for name in harvest.header if name.strip()])
            hint = f"did you mean {guess.strip()!r}?" if guess else f"or use {ID_PREFIX}"
            raise ComparisonError(f"--leave-out {column}: {harvest.path.name} has no such column ({hint})")
        places[number] = place

    def cell(number: int, outcome: Outcome) -> str:
        value = harvests[number].cell(outcome, places[number]) if number in places else _BY_WORD[wanted](outcome)
        return value.strip()

    numbers = {(harvest.path, harvest.sheet.name): number for number, harvest in enumerate(harvests)}
    spellings: dict[str, str] = {}
    for number, harvest in enumerate(harvests):
        for outcome in harvest.outcomes:
            value = cell(number, outcome)
            spellings.setdefault(label_key(value), value)
    return lambda harvest, outcome: spellings[label_key(cell(numbers[harvest.path, harvest.sheet.name], outcome))]


def _refuse_texts_and_codes(column: str, codebook: Codebook) -> None:
    columns = codebook.columns
    texts = (*columns.id, *columns.merged, *(name for part in columns.parts for name in part.column))
    if label_key(column) in map(label_key, texts):
        raise ComparisonError(
            f"--leave-out {column}: the column holds texts or IDs; name one with few values, such as the country"
        )
    for field in codebook.fields:
        if label_key(column) in map(label_key, (*field.columns, *([field.derived_from] if field.derived_from else []))):
            raise ComparisonError(
                f"--leave-out {column}: holds codes, and a model can't be trained on a code that is left out; "
                "name another column"
            )
