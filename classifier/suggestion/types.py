"""Suggestion types: routes, flags, candidates, reasons, and suggestions by field and outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import AliasChoices, Field

from classifier.harvest.outcome import Outcome
from classifier.harvest.suggestion_record import ShownSuggestion


class Route(StrEnum):
    """What a coder is asked to do with a suggestion."""

    CONFIRM = "confirm"  # one code fits, and codes suggested with this confidence meet the target of precision
    CHOOSE = "choose"  # one or a few codes fit, not with enough confidence to confirm
    CODE_AFRESH = "code afresh"  # no code fits, or too many do, or the outcome is out of distribution


class Flag(StrEnum):
    """What a coder should know about an outcome before trusting a suggestion."""

    NO_TEXT = "no text"
    TOO_SHORT = "too short"
    ALREADY_CODED = "already coded"
    LANGUAGE = "language:"  # followed by the name of a language that the model can't suggest codes for
    OTHER_LANGUAGE = "other language:"
    """Followed by the name of a language that few outcomes trained on are in; see `classifier.model.cross_lingual`."""
    HEAVILY_REDACTED = "heavily redacted"
    UNLIKE = "unlike training"  # not similar to the outcomes that the model was trained on (out of distribution)
    BY_DEFINITION = "by definition only:"
    """Followed by fields, or by a field and codes, that the model was trained on no outcome of."""
    UNUSUAL = "unusual:"  # followed by two suggested codes that hardly ever occur together, and the usual one
    NEAR_DUPLICATE = "near-duplicate of"  # followed by the ID of the near-duplicate
    NOT_JUDGED = "could not be judged:"  # followed by the type of an internal error
    NOT_EXPLAINED = "could not be explained:"
    """Followed by the type of an internal error; there is a suggestion without reasons."""


def near_duplicate_named(flag: str) -> str | None:
    """Return the ID that a flag names as a near-duplicate, or None where it is another flag.

    Examples
    --------
    >>> near_duplicate_named("near-duplicate of SCC-LPC/028"), near_duplicate_named("too short")
    ('SCC-LPC/028', None)
    """
    return flag.removeprefix(Flag.NEAR_DUPLICATE).strip() if flag.startswith(Flag.NEAR_DUPLICATE) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A code that may fit; `confidence` is a calibrated probability."""

    code: str
    confidence: float

    def __post_init__(self) -> None:
        if not 0.0 < self.confidence < 1.0:
            raise ValueError(f"confidence must be in (0, 1), got {self.confidence}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceShare:
    """Attribution of a suggested code to one sentence.

    Attributes
    ----------
    part : str
        The column of the part of the story that it is in.
    share : float
        Its share of all that counts for the code, in (0, 1]; below 0 where it counts against the code.
    """

    text: str
    part: str
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a code is suggested.

    Attributes
    ----------
    definition : str
        Definition of the code in the codebook.
    sentences : tuple of SentenceShare
        Those that count for the code, the largest share first, then those that count against it; shares
        below one in a hundred are left out.
    parts : dict of str to float
        The share of each part of the story in what counts for the code, largest first; they add up to 1.
        Empty where no sentence counts for it.
    lead : float
        How far the code is ahead, in log-odds: of the field's other codes by their confidence, or, for a
        further code of several, of not being given. Of this, `lead_by_sentences` is what the sentences add
        up to.
    accounted : float
        The share, in [0, 1], of the views' weight that could be shared out over sentences.
    """

    code: str
    definition: str
    sentences: tuple[SentenceShare, ...]
    parts: Mapping[str, float]
    lead: float
    lead_by_sentences: float
    accounted: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """Similar coded outcome that the model was trained on, its codes in one field, and its similarity, at most 1."""

    fragment_id: str
    codes: tuple[str, ...]
    # Projects keep it as `likeness`.
    similarity: Annotated[
        float, Field(validation_alias=AliasChoices("likeness", "similarity"), serialization_alias="likeness")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSuggestion:
    """Suggestion for one field of one outcome.

    Attributes
    ----------
    suggested : tuple of str
        The codes that would be entered: one for a single field, one or several for a multiple one.
    candidates : tuple of Candidate
        All codes of the field, best first; empty where there is no text to judge by.
    prediction_set : tuple of str
        The codes that remain possible at the coverage asked for, and those suggested, best first. Where the model
        was trained on no coded outcome, the few that fit best by definition. Empty where there is no text.
    by_definition : tuple of str
        Those of the suggested and possible codes that the model was trained on no outcome of.
    repeats : str or None
        The FragmentID of a coded near-duplicate; its codes were used as a prior.
    reasons : tuple of Reason
        Why each suggested code is suggested, where that could be computed.
    nearest : tuple of Neighbour
        The most similar coded outcomes.
    """

    suggested: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    prediction_set: tuple[str, ...]
    route: Route
    by_definition: tuple[str, ...] = ()
    repeats: str | None = None
    reasons: tuple[Reason, ...] = ()
    nearest: tuple[Neighbour, ...] = ()

    @property
    def confidence(self) -> float | None:
        """The confidence of the best candidate, or None where there is none."""
        return self.candidates[0].confidence if self.candidates else None

    @property
    def is_poor(self) -> bool:
        """Whether it is too poor to be shown to a coder as a suggestion."""
        return self.route is Route.CODE_AFRESH

    @property
    def can_be_confirmed(self) -> bool:
        """Whether there are codes that a coder may confirm."""
        return bool(self.suggested) and not self.is_poor

    @property
    def possible(self) -> tuple[str, ...]:
        """The codes to put before the others, the suggested ones first; none where it is too poor."""
        return () if self.is_poor else tuple(dict.fromkeys((*self.suggested, *self.prediction_set)))

    def shown(self, model: str) -> ShownSuggestion | None:
        """Return what a coder has in view of it, with the model's title; None where nothing could be suggested."""
        if self.confidence is None:
            return None
        return ShownSuggestion(
            suggested=self.suggested, confidence=self.confidence, prediction_set=self.prediction_set, model=model
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeSuggestions:
    """Suggestions for one outcome, by the name of the field."""

    outcome: Outcome
    fields: Mapping[str, FieldSuggestion]
    flags: tuple[str, ...] = ()

    @property
    def fragment_id(self) -> str:
        """The ID of the outcome."""
        return self.outcome.fragment_id
