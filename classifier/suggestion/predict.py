"""The path from a harvest to its suggestions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classifier._types import FloatArray
from classifier.codebook.schema import Codebook, CodeField
from classifier.features.embedding_cache import CachedEncoders
from classifier.features.near_duplicates import Fingerprints
from classifier.features.story_features import StoryFeatures
from classifier.harvest.outcome import Outcome
from classifier.harvest.reading import Harvest
from classifier.model.conformal import (
    MIN_EXAMPLES,
    confirm_threshold,
    set_thresholds,
)
from classifier.model.model import Judgement, Model, judge
from classifier.progress import ProgressCallback, ignore_progress
from classifier.suggestion.batches import Failure, in_batches
from classifier.suggestion.flags import InputCheck, check_inputs, find_near_duplicates, flags_of
from classifier.suggestion.model_checks import check_encoders
from classifier.suggestion.suggestions import Suggestions
from classifier.suggestion.triage import MOST_CHOICES, route
from classifier.suggestion.types import Candidate, FieldSuggestion, Flag, OutcomeSuggestions, Route

if TYPE_CHECKING:
    pass

_DECIMALS = 4  # what is told of a confidence; more would be noise


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedField:
    """What a model thinks of outcomes in one field.

    Attributes
    ----------
    judged : Judgement
    defined : ndarray of shape (n_outcomes, n_codes)
        What the definitions alone say.
    repeats : tuple of str or None
        The FragmentIDs of coded outcomes that tell of the same changes, taken into account.
    """

    judged: Judgement
    defined: FloatArray
    repeats: tuple[str | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a model thinks of outcomes, how well it can judge each, and their fingerprints."""

    input_checks: tuple[InputCheck, ...]
    fingerprints: Fingerprints
    fields: Mapping[str, JudgedField]


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestedOutcome:
    """What is suggested for one outcome, before it is compared with the others of its harvest.

    Attributes
    ----------
    fields : dict of str to FieldSuggestion
    input_check : InputCheck
    fingerprint : ndarray of shape (1, n_dimensions)
    unexplained : Exception or None
        Why no reasons can be told.
    """

    fields: Mapping[str, FieldSuggestion]
    input_check: InputCheck
    fingerprint: Fingerprints
    unexplained: Exception | None = None


def suggest_codes(
    harvest: Harvest,
    *,
    model: Model,
    sources: CachedEncoders,
    codebook: Codebook | None = None,
    coverage: float = 0.9,
    precision: float = 0.95,
    fields: Sequence[str] | None = None,
) -> Suggestions:
    """Suggest codes for the outcomes of a harvest.

    Parameters
    ----------
    harvest : Harvest
    model : Model
    sources : tuple of CachedEncoder
        The encoders that the model was trained with, in their order.
    codebook : Codebook, optional
        The one that the harvest was read with, if it has other columns or wordings than the model's.
    coverage : float
        Share of outcomes, in (0, 1), whose prediction set should hold the code that coders would give.
    precision : float
        Share, in (0, 1], of the codes routed to `confirm` that should be right.
    fields : sequence of str, optional
        The names of the fields to suggest for; by default all.

    Raises
    ------
    EncoderError
        If the encoders are not the ones the model was trained with.
    FieldError
        If there is no field of a name.
    """
    codebook = codebook or model.codebook
    chosen = tuple(dict.fromkeys(codebook.field(name) for name in fields or codebook.names))
    told = [outcome for outcome in harvest.outcomes if not outcome.story.is_blank]
    check_encoders(sources, model)
    made, failures = in_batches(
        told,
        lambda batch: suggest_batch(
            batch,
            model=model,
            sources=sources,
            fields=chosen,
            coverage=coverage,
            precision=precision,
        ),
    )
    return conclude(harvest, made, failures, model=model, fields=chosen, coverage=coverage, precision=precision)


def suggest_batch(
    outcomes: Sequence[Outcome],
    *,
    model: Model,
    sources: CachedEncoders,
    fields: Sequence[CodeField],
    coverage: float,
    precision: float,
    progress: ProgressCallback = ignore_progress,
) -> list[SuggestedOutcome]:
    """Suggest codes for some of the outcomes of a harvest that have a story; see `suggest_codes`."""
    judged = judge_outcomes(outcomes, model=model, sources=sources, fields=fields, progress=progress)
    made = {}
    for field in fields:
        one, fitted = judged.fields[field.name], model.fields[field.name]
        made[field.name] = tuple(
            suggest_field(
                model.codebook.field(field.name),
                one.judged,
                one.defined,
                judged.input_checks,
                set_at=set_thresholds(fitted, coverage=coverage),
                confirm_at=confirm_threshold(
                    fitted.calibration_scores.joint_confidence, fitted.calibration_scores.right, precision=precision
                ),
                n_examples=model.n_examples(field),
                repeats=one.repeats,
            )
        )
    return [
        SuggestedOutcome(
            fields={field.name: made[field.name][row] for field in fields},
            input_check=input_check,
            fingerprint=judged.fingerprints[row : row + 1],
        )
        for row, input_check in enumerate(judged.input_checks)
    ]


def conclude(
    harvest: Harvest,
    made: Sequence[tuple[Outcome, SuggestedOutcome]],
    failures: Sequence[Failure] = (),
    *,
    model: Model,
    fields: Sequence[CodeField],
    coverage: float,
    precision: float,
) -> Suggestions:
    """Put together what was suggested for the outcomes of a harvest, and compare them with each other.

    Parameters
    ----------
    made : sequence of tuple of Outcome and SuggestedOutcome
        See `suggest_batch`.
    failures : sequence of Failure
        The outcomes that could not be judged; they go to `code afresh`.
    """
    fingerprints = np.concatenate([model.fingerprints[:0], *(one.fingerprint for _, one in made)])
    input_checks = find_near_duplicates(
        [outcome for outcome, _ in made], [one.input_check for _, one in made], fingerprints, model
    )
    suggested = {
        id(outcome): (one, input_check) for (outcome, one), input_check in zip(made, input_checks, strict=True)
    }

    def flagged(outcome: Outcome) -> OutcomeSuggestions:
        one, input_check = suggested.get(id(outcome), (None, None))
        by_field = _nothing_for(fields) if one is None else one.fields
        flags = list(flags_of(outcome, input_check, by_field, fields, model))
        if one is not None and one.unexplained is not None:
            flags.append(f"{Flag.NOT_EXPLAINED} {type(one.unexplained).__name__}")
        return OutcomeSuggestions(outcome=outcome, fields=by_field, flags=tuple(flags))

    failed = {id(failure.outcome) for failure in failures}
    left = [outcome for outcome in harvest.outcomes if id(outcome) not in failed]
    done, further = in_batches(left, lambda batch: [flagged(outcome) for outcome in batch])
    failures = (*failures, *further)
    told = {id(failure.outcome): _not_judged(failure, fields) for failure in failures}
    told |= {id(outcome): one for outcome, one in done}
    return Suggestions(
        harvest=harvest,
        model=model,
        fields=tuple(fields),
        outcomes=tuple(told[id(outcome)] for outcome in harvest.outcomes),
        coverage=coverage,
        precision=precision,
        failures=failures,
    )


def _not_judged(failure: Failure, fields: Sequence[CodeField]) -> OutcomeSuggestions:
    """Send an outcome that could not be judged to be coded afresh; of what was raised, the kind alone is told."""
    outcome = failure.outcome
    coded = (Flag.ALREADY_CODED,) if any(outcome.codes.get(field.name) for field in fields) else ()
    flags = (*map(str, coded), f"{Flag.NOT_JUDGED} {type(failure.error).__name__}")
    return OutcomeSuggestions(outcome=outcome, fields=_nothing_for(fields), flags=flags)


def _nothing_for(fields: Sequence[CodeField]) -> dict[str, FieldSuggestion]:
    return {field.name: _NOTHING for field in fields}


def judge_outcomes(
    outcomes: Sequence[Outcome],
    *,
    model: Model,
    sources: CachedEncoders,
    fields: Sequence[CodeField],
    progress: ProgressCallback = ignore_progress,
) -> Judged:
    """Let a model judge outcomes that have a story; what is suggested by that is another matter.

    Raises
    ------
    EncoderError
        If the encoders are not the ones the model was trained with.
    """
    check_encoders(sources, model)
    if not outcomes:
        nothing = {}
        for field in fields:
            none = np.zeros((0, len(field.codes)))
            nothing[field.name] = JudgedField(judged=judge(none, None), defined=none, repeats=())
        return Judged(input_checks=(), fingerprints=model.fingerprints[:0], fields=nothing)
    features = StoryFeatures.of([outcome.story for outcome in outcomes], sources, progress=progress)
    fingerprints = model.fingerprinter.transform(features)
    input_checks = tuple(check_inputs(outcomes, fingerprints, model))
    views = model.views.transform(features, fingerprints)
    judged = {}
    for field in fields:
        defined = model.fields[field.name].definitions.probabilities(features)
        earlier = model.codes_of_duplicates(field, [input_check.earlier for input_check in input_checks])
        judged[field.name] = JudgedField(
            judged=model.fields[field.name].judge(views, defined, earlier),
            defined=defined,
            repeats=tuple(
                model.manifest.fragment_ids[input_check.earlier]
                if input_check.earlier is not None and given.any()
                else None
                for input_check, given in zip(input_checks, earlier, strict=True)
            ),
        )
    return Judged(input_checks=input_checks, fingerprints=fingerprints, fields=judged)


_NOTHING = FieldSuggestion(suggested=(), candidates=(), prediction_set=(), route=Route.CODE_AFRESH)


def suggest_field(
    field: CodeField,
    judged: Judgement,
    defined: FloatArray,
    input_checks: Sequence[InputCheck],
    *,
    set_at: FloatArray | None,
    confirm_at: float,
    n_examples: Mapping[str, int],
    repeats: Sequence[str | None],
) -> Iterator[FieldSuggestion]:
    """Conclude from what is thought of outcomes which codes to suggest, which remain possible, and what to do.

    Parameters
    ----------
    input_checks : sequence of InputCheck
        How well each outcome can be judged.
    set_at : ndarray of shape (n_codes,) or None
        See `set_thresholds`.
    confirm_at : float
        See `classifier.model.conformal.confirm_threshold`.
    n_examples : dict of str to int
        How many outcomes with each code were learnt from.
    repeats : sequence of str or None
        See `JudgedField`.
    """
    codes = field.code_names
    for row, input_check in enumerate(input_checks):
        # Equal confidences keep the codebook's order, so that a run can be repeated.
        order = np.argsort(-judged.main[row], kind="stable")
        suggested = tuple(codes[place] for place in order if judged.suggested[row, place])
        if set_at is None:
            possible = list(order[: min(MOST_CHOICES, len(codes) - 1)])
        else:
            # A code that no outcome was given yet is not impossible: its definition may fit better than any other.
            best = defined[row].argmax()
            is_new = n_examples[codes[best]] == 0
            possible = [
                place for place in order if judged.applies[row, place] >= set_at[place] or (is_new and place == best)
            ]
        prediction_set = tuple(codes[place] for place in possible)
        is_known = all(n_examples[code] >= MIN_EXAMPLES for code in suggested)
        yield FieldSuggestion(
            suggested=suggested,
            candidates=tuple(
                Candidate(code=codes[place], confidence=_told(judged.main[row, place])) for place in order
            ),
            prediction_set=prediction_set,
            route=route(
                prediction_set,
                suggested,
                n_codes=len(codes),
                is_sure=bool(judged.joint_confidence[row] >= confirm_at) and is_known and input_check.is_known,
                is_readable=input_check.can_be_judged,
            ),
            repeats=repeats[row],
            by_definition=tuple(code for code in dict.fromkeys((*suggested, *prediction_set)) if n_examples[code] == 0),
        )


def _told(confidence: float) -> float:
    step = 10.0**-_DECIMALS
    return min(max(round(float(confidence), _DECIMALS), step), 1 - step)
