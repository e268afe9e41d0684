"""Suggestions made by hand, for tests of what is written of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from classifier.codebook.schema import Codebook, CodeField
from classifier.harvest.outcome import Outcome
from classifier.harvest.reading import Harvest
from classifier.model.model import Model
from classifier.suggestion.suggestions import Suggestions
from classifier.suggestion.types import Candidate, FieldSuggestion, Flag, OutcomeSuggestions, Route

__all__ = ["suggest_by_hand", "suggest_each", "suggested"]

_NOTHING = FieldSuggestion(suggested=(), candidates=(), prediction_set=(), route=Route.CODE_AFRESH)


def suggested(
    field: CodeField,
    *codes: str,
    confidence: float = 0.75,
    possible: Sequence[str] | None = None,
    route: Route = Route.CHOOSE,
) -> FieldSuggestion:
    """Suggest codes; the others follow in the codebook's order, each half as likely as the one before it."""
    order = dict.fromkeys((*codes, *field.code_names))
    return FieldSuggestion(
        suggested=codes,
        candidates=tuple(
            Candidate(code=code, confidence=confidence if place == 0 else (1 - confidence) / 2**place)
            for place, code in enumerate(order)
        ),
        prediction_set=codes if possible is None else tuple(possible),
        route=route,
    )


def suggest_by_hand(
    harvest: Harvest,
    *,
    model: Model,
    codebook: Codebook,
    fields: Mapping[str, FieldSuggestion] | None = None,
    flags: Sequence[str] = (),
) -> Suggestions:
    """Suggest the same for every outcome with text: what is given for a field, or else its first code."""
    given = {field.name: suggested(field, field.code_names[0]) for field in codebook.fields} | dict(fields or {})
    return Suggestions(
        harvest=harvest,
        model=model,
        fields=codebook.fields,
        outcomes=tuple(_one(outcome, given, flags) for outcome in harvest.outcomes),
        coverage=0.9,
        precision=0.95,
    )


def _one(outcome: Outcome, given: Mapping[str, FieldSuggestion], flags: Sequence[str]) -> OutcomeSuggestions:
    blank = outcome.story.is_blank
    reported = [Flag.NO_TEXT] if blank else []
    if outcome.codes:
        reported.append(Flag.ALREADY_CODED)
    return OutcomeSuggestions(
        outcome=outcome,
        fields={name: _NOTHING if blank else one for name, one in given.items()},
        flags=(*reported, *flags),
    )


def suggest_each(harvest: Harvest, *, model: Model, codebook: Codebook) -> Suggestions:
    """Suggest other codes for each outcome than for the one before it, with a confidence of its own."""
    alike = suggest_by_hand(harvest, model=model, codebook=codebook)
    return replace(alike, outcomes=tuple(_of_its_own(one, place, codebook) for place, one in enumerate(alike.outcomes)))


def _of_its_own(one: OutcomeSuggestions, place: int, codebook: Codebook) -> OutcomeSuggestions:
    fields = {
        field.name: suggested(
            field, field.code_names[place % len(field.code_names)], confidence=0.5 + (place + 1) / 100 + number / 1000
        )
        for number, field in enumerate(codebook.fields)
    }
    return replace(one, fields=fields)
