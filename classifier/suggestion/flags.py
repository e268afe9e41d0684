"""Input checks and flags: out-of-distribution outcomes, languages, near-duplicates, unusual codes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from classifier._types import FloatArray
from classifier.codebook.schema import CodeField
from classifier.features.near_duplicates import Fingerprints, Pairs, nearest_similarity, tiles_of_near_duplicates
from classifier.features.story_features import StoryFeatures
from classifier.harvest.language import language_of, redacted_share
from classifier.harvest.outcome import Outcome
from classifier.model.model import Model
from classifier.progress import ProgressCallback, ignore_progress
from classifier.spelling import natural_key
from classifier.suggestion.types import FieldSuggestion, Flag

MIN_WORDS = 10
"""A story shorter than this says too little to be coded from, or to detect its language."""
MOST_REDACTED = 0.15
"""From this share of redaction marks among its words on, more than one in seven, a story is flagged as redacted."""
_DECIMALS = 5  # of a similarity; the last digits depend on which outcomes it was computed with


@dataclass(frozen=True, slots=True, kw_only=True)
class InputCheck:
    """Input check of an outcome: whether a model can suggest codes for it."""

    language: str | None  # the language of the story; None where it is too short to detect
    is_foreign: bool  # whether the model can't suggest codes for stories in it
    is_cross_lingual: bool  # whether the cross-lingual heads suggest codes for stories in it
    is_known: bool  # whether it was trained on enough stories in it for measured figures to hold
    is_out_of_distribution: bool  # whether the outcome is less similar to those trained on than the outlier threshold
    is_short: bool  # whether the story is too short
    similarity: float  # the mean similarity to the nearest of those trained on
    near_duplicate: str | None  # the FragmentID of a near-duplicate
    earlier: int | None  # the row of that outcome among those trained on, if it is one of them

    @property
    def can_be_judged(self) -> bool:
        """Whether a suggestion may be shown as more than a guess."""
        return not (self.is_foreign or self.is_out_of_distribution or self.is_short)

    @property
    def cross_lingual(self) -> str | None:
        """The language of a story that the cross-lingual heads suggest codes for, else None."""
        return self.language if self.is_cross_lingual else None


def check_inputs(
    outcomes: Sequence[Outcome], features: StoryFeatures, fingerprints: Fingerprints, model: Model
) -> list[InputCheck]:
    """Input checks of outcomes that have a story; features and fingerprints are theirs."""
    ids, trained_ids = [outcome.fragment_id for outcome in outcomes], model.manifest.fragment_ids
    duplicates = _duplicates_among(ids, fingerprints, model)
    earlier = _most_similar(
        tiles_of_near_duplicates(fingerprints, model.fingerprints, model.duplicate_threshold), ids, trained_ids
    )
    # A coded near-duplicate is of more use than one that is still to be coded.
    named = {row: ids[other] for row, other in duplicates.items()} | {
        row: trained_ids[other] for row, other in earlier.items()
    }
    near = (
        nearest_similarity(fingerprints, model.fingerprints) if len(model.fingerprints) else np.ones(len(fingerprints))
    )
    is_unlike = np.zeros(len(outcomes), dtype=np.bool_)
    if model.cross_lingual is not None:
        is_unlike = model.cross_lingual.is_unlike(features)
    return _input_checks(outcomes, near, is_unlike, named, earlier, model)


def find_near_duplicates(
    outcomes: Sequence[Outcome],
    input_checks: Sequence[InputCheck],
    fingerprints: Fingerprints,
    model: Model,
    *,
    progress: ProgressCallback = ignore_progress,
) -> list[InputCheck]:
    """Input checks with the near-duplicates among all outcomes of a harvest, which were checked batch by batch."""
    ids = [outcome.fragment_id for outcome in outcomes]
    found = _duplicates_among(ids, fingerprints, model, progress=progress)
    named = {row: ids[other] for row, other in found.items()}
    return [
        input_check if input_check.earlier is not None else replace(input_check, near_duplicate=named.get(row))
        for row, input_check in enumerate(input_checks)
    ]


def check_held_out(
    outcomes: Sequence[Outcome], groups: npt.NDArray[np.intp], is_unlike: npt.NDArray[np.bool_], model: Model
) -> list[InputCheck]:
    """Input checks of the outcomes that a model was trained on, as if each of the near-duplicate `groups` were new.

    What is unlike the outcomes outside its fold is said by `classifier.model.training.HeldOut`.
    """
    near = nearest_similarity(model.fingerprints, model.fingerprints, groups=(groups, groups))
    return _input_checks(outcomes, near, is_unlike, {}, {}, model)


def _input_checks(
    outcomes: Sequence[Outcome],
    near: FloatArray,
    is_unlike: npt.NDArray[np.bool_],
    named: Mapping[int, str],
    earlier: Mapping[int, int],
    model: Model,
) -> list[InputCheck]:
    input_checks = []
    for row, outcome in enumerate(outcomes):
        is_short = outcome.story.n_words < MIN_WORDS
        # A few words are too few to detect the language or an outlier, and "too short" is flagged.
        language = None if is_short else language_of(outcome.story.description)
        is_cross_lingual = language is not None and model.is_cross_lingual(language)
        # The words of a story in another language are in none trained on.
        is_outlier = bool(is_unlike[row] if is_cross_lingual else near[row] < model.outlier_threshold)
        input_checks.append(
            InputCheck(
                language=language,
                is_foreign=language is not None and not model.judges(language),
                is_cross_lingual=is_cross_lingual,
                is_known=language is None or model.knows(language),
                is_out_of_distribution=is_outlier and not is_short,
                is_short=is_short,
                similarity=float(near[row]),
                near_duplicate=named.get(row),
                earlier=earlier.get(row),
            )
        )
    return input_checks


def flags_of(
    outcome: Outcome,
    input_check: InputCheck | None,
    suggested: Mapping[str, FieldSuggestion],
    fields: Sequence[CodeField],
    model: Model,
) -> Iterator[str]:
    """Yield the flags of an outcome; without a story there is no input check."""
    if input_check is None:
        yield Flag.NO_TEXT
    elif input_check.is_short:
        yield Flag.TOO_SHORT
    if any(outcome.codes.get(field.name) for field in fields):
        yield Flag.ALREADY_CODED
    if input_check is None:
        return
    if input_check.is_cross_lingual:
        yield f"{Flag.OTHER_LANGUAGE} {input_check.language}"
    if input_check.is_foreign:
        yield f"{Flag.LANGUAGE} {input_check.language}"
    if redacted_share(outcome.story.description) >= MOST_REDACTED:
        yield Flag.HEAVILY_REDACTED
    if input_check.is_out_of_distribution:
        yield Flag.UNLIKE
    if input_check.near_duplicate is not None:
        yield f"{Flag.NEAR_DUPLICATE} {input_check.near_duplicate}"
    if by_definition := ", ".join(_by_definition(suggested, fields, model)):
        yield f"{Flag.BY_DEFINITION} {by_definition}"
    if input_check.can_be_judged:
        best = {name: suggestion.candidates[0] for name, suggestion in suggested.items() if suggestion.candidates}
        codes = {name: (candidate.code, candidate.confidence) for name, candidate in best.items()}
        yield from (f"{Flag.UNUSUAL} {oddity}" for oddity in model.combinations.oddities(codes))


def _by_definition(
    suggested: Mapping[str, FieldSuggestion], fields: Sequence[CodeField], model: Model
) -> Iterator[str]:
    """Yield the fields, and the codes of the other fields, that the model was trained on no outcome of."""
    for field in fields:
        if model.manifest.is_by_definition(field.name):
            yield field.heading
        elif codes := suggested[field.name].by_definition:
            yield f"{field.heading} {', '.join(map(repr, codes))}"


def _duplicates_among(
    ids: Sequence[str], fingerprints: Fingerprints, model: Model, *, progress: ProgressCallback = ignore_progress
) -> dict[int, int]:
    """Find near-duplicates in one harvest, by row: of each pair the outcome of the later FragmentID, wherever it is."""
    order = _places_in_order(ids)

    def later_first(pairs: Pairs) -> Pairs:
        rows, others, found = pairs
        is_later = order[rows] > order[others]
        return np.where(is_later, rows, others), np.where(is_later, others, rows), found

    tiles = tiles_of_near_duplicates(fingerprints, None, model.duplicate_threshold, progress=progress)
    return _most_similar(map(later_first, tiles), ids, ids)


def _most_similar(tiles: Iterable[Pairs], ids: Sequence[str], other_ids: Sequence[str]) -> dict[int, int]:
    """Find the most similar other outcome of each one, by row, of pairs of near-duplicates.

    Of several that are equally similar it is the one of the first FragmentID, so that the order of rows doesn't matter.
    """
    order = _places_in_order(other_ids)
    numbers = {fragment_id: number for number, fragment_id in enumerate(dict.fromkeys((*ids, *other_ids)))}
    own, other = (np.array([numbers[one] for one in given], dtype=np.intp) for given in (ids, other_ids))
    best_similarity = np.full(len(ids), -np.inf)
    best = np.full(len(ids), -1, dtype=np.intp)
    for rows, others, found in tiles:
        # In a harvest that was trained on, each outcome is its own near-duplicate.
        is_other = own[rows] != other[others]
        here = np.unique(rows)
        known = here[best[here] >= 0]
        rows = np.concatenate([known, rows[is_other]])
        others = np.concatenate([best[known], others[is_other]])
        similarity = np.concatenate([best_similarity[known], found[is_other].astype(np.float64).round(_DECIMALS)])
        ranked = np.lexsort((order[others], -similarity, rows))
        rows, firsts = np.unique(rows[ranked], return_index=True)
        best[rows], best_similarity[rows] = others[ranked][firsts], similarity[ranked][firsts]
    return {row: int(best[row]) for row in np.flatnonzero(best >= 0).tolist()}


def _places_in_order(ids: Sequence[str]) -> npt.NDArray[np.intp]:
    """Return the place of each row where rows are sorted by FragmentID."""
    places = np.empty(len(ids), dtype=np.intp)
    places[sorted(range(len(ids)), key=lambda row: (natural_key(ids[row]), ids[row]))] = np.arange(len(ids))
    return places
