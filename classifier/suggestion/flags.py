"""What a coder should know about an outcome before trusting a suggestion."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from classifier._types import FloatArray
from classifier.codebook.schema import CodeField
from classifier.features.near_duplicates import Fingerprints, near_duplicate_pairs, nearest_similarity
from classifier.harvest.language import MIN_WORDS, MOST_REDACTED, language_of, redacted_share
from classifier.harvest.outcome import Outcome
from classifier.model.model import Model
from classifier.suggestion.types import FieldSuggestion, Flag


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How well a model can judge an outcome.

    Attributes
    ----------
    language : str or None
        The language of the story; None where too little is told to say.
    is_foreign : bool
        Whether the model can't judge stories in it.
    is_known : bool
        Whether it has learnt from enough stories in it for what was measured to hold.
    is_unlike : bool
        Whether the outcome is unlike all that the model has learnt from.
    is_short : bool
        Whether too little is told.
    near_duplicate : str or None
        The FragmentID of an outcome that tells of the same change.
    earlier : int or None
        The row of that outcome among those learnt from, if it is one of them.
    """

    language: str | None
    is_foreign: bool
    is_known: bool
    is_unlike: bool
    is_short: bool
    near_duplicate: str | None
    earlier: int | None

    @property
    def can_be_judged(self) -> bool:
        """Whether a suggestion may be shown as more than a guess."""
        return not (self.is_foreign or self.is_unlike or self.is_short)


def read_outcomes(outcomes: Sequence[Outcome], fingerprints: Fingerprints, model: Model) -> list[Reading]:
    """Read outcomes that have a story, for what stands in the way of judging them; `fingerprints` are theirs."""
    ids, learnt = [outcome.fragment_id for outcome in outcomes], model.manifest.fragment_ids
    duplicates = _most_similar(near_duplicate_pairs(fingerprints, threshold=model.alike_from), ids, ids)
    earlier = _most_similar(
        near_duplicate_pairs(fingerprints, model.fingerprints, threshold=model.alike_from), ids, learnt
    )
    # One whose codes are known tells more than one that is still to be coded.
    named = {row: ids[other] for row, other in duplicates.items()} | {
        row: learnt[other] for row, other in earlier.items()
    }
    near = (
        nearest_similarity(fingerprints, model.fingerprints) if len(model.fingerprints) else np.ones(len(fingerprints))
    )
    return _readings(outcomes, near, named, earlier, model)


def find_near_duplicates(
    outcomes: Sequence[Outcome], readings: Sequence[Reading], fingerprints: Fingerprints, model: Model
) -> list[Reading]:
    """Near-duplicates among the outcomes of a harvest that were read some at a time."""
    ids = [outcome.fragment_id for outcome in outcomes]
    duplicates = _most_similar(near_duplicate_pairs(fingerprints, threshold=model.alike_from), ids, ids)
    named = {row: ids[other] for row, other in duplicates.items()}
    return [
        reading if reading.earlier is not None else replace(reading, near_duplicate=named.get(row))
        for row, reading in enumerate(readings)
    ]


def read_held_out(outcomes: Sequence[Outcome], groups: npt.NDArray[np.intp], model: Model) -> list[Reading]:
    """Read the outcomes that a model learnt from as if each of the near-duplicate `groups` were new to it."""
    near = nearest_similarity(model.fingerprints, model.fingerprints, groups=(groups, groups))
    return _readings(outcomes, near, {}, {}, model)


def _readings(
    outcomes: Sequence[Outcome],
    near: FloatArray,
    named: Mapping[int, str],
    earlier: Mapping[int, int],
    model: Model,
) -> list[Reading]:
    readings = []
    for row, outcome in enumerate(outcomes):
        is_short = outcome.story.n_words < MIN_WORDS
        # Neither language nor similarity can be told from a few words, and "too short" says enough.
        language = None if is_short else language_of(outcome.story.description)
        readings.append(
            Reading(
                language=language,
                is_foreign=language is not None and not model.judges(language),
                is_known=language is None or model.knows(language),
                is_unlike=bool(near[row] < model.unlike_below) and not is_short,
                is_short=is_short,
                near_duplicate=named.get(row),
                earlier=earlier.get(row),
            )
        )
    return readings


def flags_of(
    outcome: Outcome,
    reading: Reading | None,
    suggested: Mapping[str, FieldSuggestion],
    fields: Sequence[CodeField],
    model: Model,
) -> Iterator[str]:
    """Name what is to be known about an outcome; without a story there is no reading."""
    if reading is None:
        yield Flag.NO_TEXT
    elif reading.is_short:
        yield Flag.TOO_SHORT
    if any(outcome.codes.get(field.name) for field in fields):
        yield Flag.ALREADY_CODED
    if reading is None:
        return
    if reading.is_foreign:
        yield f"{Flag.LANGUAGE} {reading.language}"
    if redacted_share(outcome.story.description) >= MOST_REDACTED:
        yield Flag.HEAVILY_REDACTED
    if reading.is_unlike:
        yield Flag.UNLIKE
    if reading.near_duplicate is not None:
        yield f"{Flag.NEAR_DUPLICATE} {reading.near_duplicate}"
    if told := ", ".join(_told_by_definition(suggested, fields, model)):
        yield f"{Flag.BY_DEFINITION} {told}"
    if reading.can_be_judged:
        best = {name: one.candidates[0] for name, one in suggested.items() if one.candidates}
        codes = {name: (candidate.code, candidate.confidence) for name, candidate in best.items()}
        yield from (f"{Flag.UNUSUAL} {oddity}" for oddity in model.combinations.oddities(codes))


def _told_by_definition(
    suggested: Mapping[str, FieldSuggestion], fields: Sequence[CodeField], model: Model
) -> Iterator[str]:
    """Name the fields of which no code was learnt, and of the others the codes that were not."""
    for field in fields:
        if model.manifest.is_by_definition(field.name):
            yield field.name
        elif codes := suggested[field.name].by_definition:
            yield f"{field.name} {', '.join(map(repr, codes))}"


def _most_similar(
    pairs: Iterable[tuple[int, int, float]], ids: Sequence[str], other_ids: Sequence[str]
) -> dict[int, int]:
    """Say, by row, which other outcome is most like each one, of the pairs that tell of the same change."""
    best: dict[int, tuple[float, int]] = {}
    for row, other, similarity in pairs:
        # A harvest that was learnt from is full of outcomes that are like themselves.
        if other_ids[other] != ids[row]:
            best[row] = max(best.get(row, (0.0, 0)), (similarity, other))
    return {row: other for row, (_, other) in best.items()}
