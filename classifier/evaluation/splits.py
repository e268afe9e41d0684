"""Train-test splits: by harvest period, or leaving out each value of a column."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from classifier.codebook.schema import Codebook
from classifier.errors import ComparisonError
from classifier.harvest.outcome import Outcome
from classifier.harvest.reading import Harvest
from classifier.spelling import label_key, nearest

ValueOf = Callable[[Harvest, Outcome], str]

ID_PREFIX = "id-prefix"
_BY_WORD: dict[str, Callable[[Outcome], str]] = {
    "country": lambda outcome: outcome.country,
    "period": lambda outcome: outcome.period,
    "year": lambda outcome: outcome.year,
}
_NUMBER = re.compile(r"[\W_]*\d+\W*$")
_MOST_VALUES, _LONGEST_VALUE = 60, 60  # values of a column, letters of a value
_MIN_LEARNT = 20  # outcomes; a model of fewer shows nothing of what one of all would do


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Outcomes to learn from, as harvests, and outcomes to test on.

    Attributes
    ----------
    name : str
        What is tested, such as a period or a country.
    """

    name: str
    learnt: tuple[Harvest, ...]
    tested: tuple[Outcome, ...]

    @property
    def learnt_outcomes(self) -> tuple[Outcome, ...]:
        """All outcomes to learn from."""
        return tuple(outcome for harvest in self.learnt for outcome in harvest.outcomes)

    @property
    def n_learnt(self) -> int:
        """How many outcomes have a code to learn from."""
        return sum(bool(outcome.codes) for outcome in self.learnt_outcomes)


def without(harvests: Sequence[Harvest], ids: Collection[str]) -> tuple[tuple[Harvest, ...], int]:
    """Leave outcomes out of harvests by their IDs; say how many were left out."""
    kept = tuple(
        replace(harvest, outcomes=tuple(one for one in harvest.outcomes if one.fragment_id not in ids))
        for harvest in harvests
    )
    n_left_out = sum(len(harvest.outcomes) for harvest in harvests) - sum(len(harvest.outcomes) for harvest in kept)
    return tuple(harvest for harvest in kept if harvest.outcomes), n_left_out


def by_period(harvests: Sequence[Harvest]) -> tuple[Split, ...]:
    """Test on each harvest period in turn, and learn from the earlier ones.

    Raises
    ------
    ComparisonError
        If there are not two periods, or too little in the first one to learn from.
    """
    periods = sorted({outcome.period for harvest in harvests for outcome in harvest.outcomes} - {""}, key=_natural)
    if len(periods) < 2:
        named = f"all outcomes are of {periods[0]!r}" if periods else "no outcome names its harvest period"
        raise ComparisonError(f"--by-period: {named}; add the coded harvest of another one, or leave it out")
    splits = [
        _split(harvests, period, lambda harvest, one: one.period, learn_from=periods[:place])
        for place, period in enumerate(periods)
        if place
    ]
    return _worth_trying(splits, "--by-period")


def leaving_out(harvests: Sequence[Harvest], column: str, *, codebook: Codebook) -> tuple[Split, ...]:
    """Test on the outcomes of each value of a column in turn, such as a country, and learn from all others.

    Parameters
    ----------
    column : str
        A column of the harvests; "country", "period" or "year", whatever their columns are called; or
        `ID_PREFIX` for what stands before the number in the FragmentID, which in many programmes is the
        partner.

    Raises
    ------
    ComparisonError
        If a harvest has no such column, or it tells nothing apart.
    """
    value_of = _id_prefix if column == ID_PREFIX else _by_column(harvests, column, codebook)
    told = {value_of(harvest, outcome) for harvest in harvests for outcome in harvest.outcomes}
    values = sorted(told - {""}, key=_natural)
    # Stories must not end up in a report, nor in an error.
    if len(values) > _MOST_VALUES or any(len(value) > _LONGEST_VALUE for value in values):
        raise ComparisonError(
            f"--leave-out {column}: the column holds texts, or more than {_MOST_VALUES} different values; name one "
            "that sorts outcomes, such as the country"
        )
    if len(values) < 2:
        raise ComparisonError(
            f"--leave-out {column}: all outcomes are of {values[0]!r}; name another column"
            if values
            else f"--leave-out {column}: the column is empty; name another one"
        )
    splits = [
        _split(harvests, value, value_of, learn_from=[other for other in (*values, "") if other != value])
        for value in values
    ]
    return _worth_trying(splits, f"--leave-out {column}")


def _split(harvests: Sequence[Harvest], value: str, value_of: ValueOf, *, learn_from: Sequence[str]) -> Split:
    tested = tuple(
        one for harvest in harvests for one in harvest.outcomes if value_of(harvest, one) == value and one.codes
    )
    learnt = tuple(
        replace(harvest, outcomes=tuple(one for one in harvest.outcomes if value_of(harvest, one) in learn_from))
        for harvest in harvests
    )
    # An outcome may stand in two files, with another value in each.
    return Split(name=value, learnt=without(learnt, {one.fragment_id for one in tested})[0], tested=tested)


def _worth_trying(splits: Sequence[Split], asked: str) -> tuple[Split, ...]:
    good = tuple(split for split in splits if split.tested and split.n_learnt >= _MIN_LEARNT)
    if not good:
        raise ComparisonError(f"{asked}: fewer than {_MIN_LEARNT} coded outcomes would be left to learn from")
    return good


def _id_prefix(harvest: Harvest, outcome: Outcome) -> str:
    return _NUMBER.sub("", outcome.fragment_id)


def _by_column(harvests: Sequence[Harvest], column: str, codebook: Codebook) -> ValueOf:
    wanted = label_key(column)
    _refuse_texts_and_codes(column, codebook)
    places: dict[int, int] = {}
    for number, harvest in enumerate(harvests):
        place = harvest.column([column])
        if place is None and wanted in _BY_WORD:
            continue  # whatever the owner calls the column
        if place is None:
            guess = nearest(column, [name for name in harvest.header if name.strip()])
            hint = f"did you mean {guess.strip()!r}?" if guess else f"or use {ID_PREFIX}"
            raise ComparisonError(f"--leave-out {column}: {harvest.path.name} has no such column ({hint})")
        places[number] = place

    def cell(number: int, outcome: Outcome) -> str:
        told = harvests[number].cell(outcome, places[number]) if number in places else _BY_WORD[wanted](outcome)
        return told.strip()

    numbers = {(harvest.path, harvest.sheet.name): number for number, harvest in enumerate(harvests)}
    spellings: dict[str, str] = {}
    for number, harvest in enumerate(harvests):
        for outcome in harvest.outcomes:
            told = cell(number, outcome)
            spellings.setdefault(label_key(told), told)
    return lambda harvest, outcome: spellings[label_key(cell(numbers[harvest.path, harvest.sheet.name], outcome))]


def _refuse_texts_and_codes(column: str, codebook: Codebook) -> None:
    columns = codebook.columns
    texts = (*columns.id, *columns.merged, *(name for part in columns.parts for name in part.column))
    if label_key(column) in map(label_key, texts):
        raise ComparisonError(
            f"--leave-out {column}: the column holds texts or IDs; name one that sorts outcomes, such as the country"
        )
    for field in codebook.fields:
        if label_key(column) in map(label_key, (*field.columns, *([field.derived_from] if field.derived_from else []))):
            raise ComparisonError(
                f"--leave-out {column}: holds codes, and a code that is left out can't be learnt; name another column"
            )


def _natural(value: str) -> list[tuple[int, int, str]]:
    """Sort `harvest 10` after `harvest 2`."""
    return [(1, int(part), "") if part.isdigit() else (0, 0, part) for part in re.split(r"(\d+)", value)]
