"""Suggestions with their reasons, for tests that suggest for all outcomes at once."""

from __future__ import annotations

from dataclasses import replace

from classifier.features.story_features import StoryShares
from classifier.suggestion.explanation import explain_outcomes
from classifier.suggestion.suggestions import Suggestions

__all__ = ["add_reasons"]


def add_reasons(suggestions: Suggestions, shares: StoryShares) -> Suggestions:
    """Tell of each suggestion which sentences carried it and which coded outcomes are nearest.

    Parameters
    ----------
    suggestions : Suggestions
    shares : StoryShares
        Of the outcomes suggested for, by `share_stories`.
    """
    told = [one for one in suggestions.outcomes if not one.outcome.story.is_blank]
    explained = explain_outcomes(
        [one.outcome for one in told],
        [one.fields for one in told],
        shares,
        model=suggestions.model,
        fields=suggestions.fields,
    )
    by_outcome = {id(one.outcome): fields for one, fields in zip(told, explained, strict=True)}
    outcomes = [replace(one, fields=by_outcome.get(id(one.outcome), one.fields)) for one in suggestions.outcomes]
    return replace(suggestions, outcomes=tuple(outcomes))
