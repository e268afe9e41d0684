"""Outcomes to code, with their suggestions except where they are coded blind."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from classifier.harvest.confidentiality import confidential_ids
from classifier.harvest.outcome import Outcome
from classifier.project.blind_and_double_coding import chance, is_blind, is_double
from classifier.project.project import Project
from classifier.project.suggestion_store import StoredSuggestions, SuggestionSet
from classifier.suggestion.types import FieldSuggestion, Flag

_OF_A_SUGGESTION = (Flag.BY_DEFINITION, Flag.UNUSUAL)
_NOTHING: Mapping[str, FieldSuggestion] = {}


class Order(StrEnum):
    """Order in which outcomes are coded; where it goes by suggestions, blind outcomes are placed at random."""

    UNCERTAIN = "uncertain"  # those first of which the model is least sure
    LEARN = "learn"  # those first that are most useful for training: uncertain ones unlike those coded before
    SURE = "sure"  # those first of which the model is surest
    FILE = "file"  # as they stand in the file
    ID = "id"  # by their IDs, numbers in them by their size
    COUNTRY = "country"  # by country, then as they stand in the file
    PERIOD = "period"  # by period, then as they stand in the file


def in_parts(text: str) -> tuple[tuple[int, str], ...]:
    """Take a text apart into words and numbers, so that 9 comes before 10, and what is empty comes last."""
    parts = re.findall(r"0*(\d+)|(\D+)", text.strip().casefold())
    return tuple((len(number), number) if number else (-1, word) for number, word in parts) or ((sys.maxsize, ""),)


_BY_COLUMN: Mapping[Order, Callable[[Outcome], tuple[tuple[int, str], ...]]] = {
    Order.FILE: lambda outcome: (),
    Order.ID: lambda outcome: in_parts(outcome.fragment_id),
    Order.COUNTRY: lambda outcome: in_parts(outcome.country),
    Order.PERIOD: lambda outcome: in_parts(outcome.period),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CodingItem:
    """One outcome to code."""

    outcome: Outcome
    # No suggestion may be in view; `suggestions` is empty. So are all outcomes that tell of the same change.
    is_blind: bool
    is_double: bool  # two coders code it
    is_confidential: bool  # any file of the project marks it so
    suggestions: Mapping[str, FieldSuggestion]  # by the name of the field
    model: str  # the title of the model that suggested
    flags: tuple[str, ...]  # what to know of the outcome; where no suggestion is in view, nothing that gives one away
    near_duplicates: tuple[str, ...]  # outcomes of the project that tell of the same change

    @property
    def fragment_id(self) -> str:
        """The ID of the outcome."""
        return self.outcome.fragment_id


class CodingItems:
    """All outcomes of a project to code, with the suggestions that may be shown."""

    def __init__(self, project: Project, suggested: SuggestionSet | None) -> None:
        self.number = 0 if suggested is None else suggested.number
        self._shares = project.shares
        outcomes = project.outcomes
        kept = {} if suggested is None else dict(_still_current(suggested, outcomes))
        near_duplicates = _near_duplicates(outcomes, kept)
        confidential, _ = confidential_ids(project.outcomes_of_all_files)
        self.by_id: dict[str, CodingItem] = {
            name: _item(
                outcome,
                kept.get(name),
                project,
                near_duplicates=near_duplicates.get(name, ()),
                is_confidential=name in confidential,
            )
            for name, outcome in outcomes.items()
        }
        self._orders: dict[Order, tuple[str, ...]] = {}

    def in_order(self, order: Order) -> tuple[str, ...]:
        """Return the IDs of all outcomes in an order."""
        if order not in self._orders:
            self._orders[order] = self._by_column(order) if order in _BY_COLUMN else self._by_suggestion(order)
        return self._orders[order]

    def _by_column(self, order: Order) -> tuple[str, ...]:
        key = _BY_COLUMN[order]
        return tuple(name for name, item in sorted(self.by_id.items(), key=lambda pair: key(pair[1].outcome)))

    def _by_suggestion(self, order: Order) -> tuple[str, ...]:
        wanted = _training_value if order is Order.LEARN else _mean_confidence
        suggested = (item for item in self.by_id.values() if item.suggestions)
        judged = sorted(suggested, key=wanted, reverse=order is not Order.UNCERTAIN)
        places = {item.fragment_id: (place + 0.5) / len(judged) for place, item in enumerate(judged)}
        # Where nothing about an outcome may be shown, its position must not show it either.
        seed = self._shares.seed
        return tuple(sorted(self.by_id, key=lambda name: places.get(name, chance(seed, "place", name))))


def _still_current(
    suggested: SuggestionSet, outcomes: Mapping[str, Outcome]
) -> Iterator[tuple[str, StoredSuggestions]]:
    # Of a story that was corrected since, what was found in the earlier one is not to be shown.
    for name, kept in suggested.outcomes.items():
        if name in outcomes and kept.was_made_of(outcomes[name]):
            yield name, kept


def _item(
    outcome: Outcome,
    kept: StoredSuggestions | None,
    project: Project,
    *,
    near_duplicates: Sequence[str],
    is_confidential: bool,
) -> CodingItem:
    # Who has read of a change with a suggestion in view is not blind to it when it is reported again.
    blind = any(is_blind(name, project.shares) for name in (outcome.fragment_id, *near_duplicates))
    found = () if kept is None else [(field.name, kept.suggestion(field, outcome)) for field in project.codebook.fields]
    suggestions = _NOTHING if blind else {name: suggestion for name, suggestion in found if suggestion is not None}
    flags = () if kept is None else kept.flags
    return CodingItem(
        outcome=outcome,
        is_blind=blind,
        is_double=is_double(outcome.fragment_id, project.shares),
        is_confidential=is_confidential,
        suggestions=suggestions,
        model="" if kept is None else kept.model,
        flags=tuple(flag for flag in flags if suggestions or not flag.startswith(_OF_A_SUGGESTION)),
        near_duplicates=tuple(near_duplicates),
    )


def _near_duplicates(
    outcomes: Mapping[str, Outcome], kept: Mapping[str, StoredSuggestions]
) -> dict[str, tuple[str, ...]]:
    """Group outcomes that report the same change, also by way of a third one."""
    groups: dict[str, list[str]] = {}
    for name in outcomes:
        near_duplicate = kept[name].near_duplicate if name in kept else None
        if near_duplicate is not None and near_duplicate != name:
            joined = list(dict.fromkeys([*groups.get(near_duplicate, [near_duplicate]), *groups.get(name, [name])]))
            groups |= dict.fromkeys(joined, joined)
    return {
        name: tuple(member for member in groups[name] if member != name and member in outcomes)
        for name in outcomes
        if name in groups
    }


def _mean_confidence(item: CodingItem) -> float:
    sure = [suggestion.confidence or 0.0 for suggestion in item.suggestions.values()]
    return sum(sure) / len(sure)


def _training_value(item: CodingItem) -> float:
    """Return the entropy of the codes, weighted by the distance to the nearest coded outcome."""
    open_ = [_entropy([candidate.confidence for candidate in field.candidates]) for field in item.suggestions.values()]
    similarity = max(
        (near.similarity for suggestion in item.suggestions.values() for near in suggestion.nearest), default=0.0
    )
    return sum(open_) / len(open_) * (1.0 - max(similarity, 0.0))


def _entropy(confidences: Sequence[float]) -> float:
    total = sum(confidences)
    return -sum(confidence / total * math.log(confidence / total) for confidence in confidences) / math.log(
        max(len(confidences), 2)
    )
