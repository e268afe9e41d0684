"""Suggestions for a harvest: the predicted codes of each outcome, their reasons, and flags."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import numpy as np

from classifier.codebook.schema import Codebook, CodeField
from classifier.error_report import report_errors
from classifier.errors import OutcomeCoderError
from classifier.features.embedding_cache import CachedEncoders
from classifier.features.near_duplicates import Fingerprints
from classifier.features.story_features import StoryFeatures, StoryShares
from classifier.harvest.outcome import Outcome
from classifier.harvest.reading import Harvest
from classifier.languages import lazy_gettext
from classifier.model.conformal import confirm_threshold, set_thresholds
from classifier.model.model import Model
from classifier.model.targets import DEFAULT_COVERAGE, DEFAULT_PRECISION
from classifier.progress import NO_PROGRESS, ProgressCallback, ProgressReporter, ignore_progress
from classifier.suggestion.batches import BATCH, Failure, in_batches
from classifier.suggestion.explanation import explain_outcomes, share_stories
from classifier.suggestion.flags import InputCheck, find_near_duplicates, flags_of
from classifier.suggestion.harvest_shift import HarvestShift, compare_harvest
from classifier.suggestion.model_checks import check_encoders, resolve_codebook
from classifier.suggestion.predict import Judged, judge_features, suggest_field
from classifier.suggestion.suggestions import Suggestions
from classifier.suggestion.types import FieldSuggestion, Flag, OutcomeSuggestions, Route

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestedOutcome:
    """Suggestions for one outcome before it is compared with the others of its harvest."""

    fields: Mapping[str, FieldSuggestion]
    input_check: InputCheck
    joint_confidence: Mapping[str, float]  # by the name of the field
    fingerprint: Fingerprints | None = None  # of shape (1, n_dimensions); None of the fast model
    unexplained: Exception | None = None  # why there are no reasons


def suggest_codes(
    harvest: Harvest,
    *,
    model: Model,
    sources: CachedEncoders,
    codebook: Codebook | None = None,
    coverage: float = DEFAULT_COVERAGE,
    precision: float = DEFAULT_PRECISION,
    fields: Sequence[str] | None = None,
    with_reasons: bool = True,
    progress: ProgressReporter = NO_PROGRESS,
) -> Suggestions:
    """Suggest codes for the outcomes of a harvest, with reasons if asked.

    An outcome that the program fails on is routed to `code afresh` and flagged, and an error report is written.

    Parameters
    ----------
    codebook : Codebook, optional
        The one that the harvest was read with, if it has other wordings than the model's.
    coverage : float
        Share of outcomes, in (0, 1), whose prediction set should hold the code that coders would give.
    precision : float
        Share, in (0, 1], of the codes routed to `confirm` that should be right.

    Raises
    ------
    ModelError, EncoderError, FieldError
        If the codebook or the encoders differ from the model's, or there is no field of a name.
    """
    codebook = resolve_codebook(codebook, model)
    chosen = tuple(dict.fromkeys(codebook.field(name) for name in fields or codebook.names))
    with_text = [one for one in harvest.outcomes if not one.story.is_blank]
    check_encoders(sources, model)
    suggest_batch = partial(
        _suggest_batch,
        model=model,
        sources=sources,
        codebook=codebook,
        fields=chosen,
        coverage=coverage,
        precision=precision,
        with_reasons=with_reasons,
        progress=progress.step(lazy_gettext("Suggesting codes"), StoryFeatures.n_steps(len(with_text), sources)),
    )
    suggested, failures = in_batches(with_text, suggest_batch)
    compared = _compare_outcomes(suggested, model=model, progress=progress)
    outcomes, failures = _flag_outcomes(harvest.outcomes, suggested, failures, compared, model=model, fields=chosen)
    _report(failures, [one for _, one in suggested])
    return Suggestions(
        harvest=harvest,
        model=model,
        fields=chosen,
        outcomes=outcomes,
        coverage=coverage,
        precision=precision,
        failures=tuple(failures),
        shift=_compare_harvest(suggested, model),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestedApart:
    """Suggestions for outcomes that are not compared with each other, such as those of a part of a harvest.

    Attributes
    ----------
    similarity : tuple of float
        Of the outcomes by which a harvest is compared with those trained on; see `compare_harvest`.
    joint_confidence : dict of str to tuple of float
        Of the same outcomes, by the name of the field.
    """

    outcomes: tuple[OutcomeSuggestions, ...]
    similarity: tuple[float, ...]
    joint_confidence: Mapping[str, tuple[float, ...]]


def suggest_apart(
    outcomes: Sequence[Outcome],
    *,
    model: Model,
    sources: CachedEncoders,
    codebook: Codebook,
    fields: Sequence[CodeField],
    coverage: float,
    precision: float,
    with_reasons: bool,
    progress: ProgressCallback = ignore_progress,
) -> SuggestedApart:
    """Suggest codes for outcomes, each for itself; see `suggest_codes`.

    Near-duplicates are found among the outcomes trained on only. `progress` gets a step for each outcome.
    """
    suggest_batch = partial(
        _suggest_batch,
        model=model,
        sources=sources,
        codebook=codebook,
        fields=fields,
        coverage=coverage,
        precision=precision,
        with_reasons=with_reasons,
        progress=ignore_progress,
    )
    return suggest_by(suggest_batch, outcomes, model=model, fields=fields, progress=progress)


def suggest_by(
    suggest_batch: Callable[[Sequence[Outcome]], list[SuggestedOutcome]],
    outcomes: Sequence[Outcome],
    *,
    model: Model,
    fields: Sequence[CodeField],
    size: int = BATCH,
    progress: ProgressCallback = ignore_progress,
) -> SuggestedApart:
    """Suggest codes for outcomes by a function that does so for those of a batch that have a story."""
    with_text = [outcome for outcome in outcomes if not outcome.story.is_blank]
    suggested, failures = in_batches(with_text, suggest_batch, size=size)
    input_checks = [
        one.input_check if one.input_check.earlier is not None else replace(one.input_check, near_duplicate=None)
        for _, one in suggested
    ]
    flagged, failures = _flag_outcomes(outcomes, suggested, failures, input_checks, model=model, fields=fields)
    _report(failures, [one for _, one in suggested])
    known = _comparable(suggested, model)
    progress(len(outcomes))
    return SuggestedApart(
        outcomes=flagged,
        similarity=tuple(one.input_check.similarity for one in known),
        joint_confidence={field.name: tuple(one.joint_confidence[field.name] for one in known) for field in fields},
    )


def _report(failures: Sequence[Failure], suggested: Sequence[SuggestedOutcome]) -> None:
    """Write an error report on outcomes that could not be judged or explained."""
    errors = [failure.error for failure in failures]
    errors += [one.unexplained for one in suggested if one.unexplained is not None]
    if errors:
        report_errors(errors, during="suggesting codes")


def _compare_harvest(suggested: Sequence[tuple[Outcome, SuggestedOutcome]], model: Model) -> HarvestShift | None:
    """Compare a harvest with the outcomes trained on; see `_comparable`."""
    known = _comparable(suggested, model)
    fields = known[0].joint_confidence if known else ()
    return compare_harvest(
        [one.input_check.similarity for one in known],
        {name: [one.joint_confidence[name] for one in known] for name in fields},
        model,
    )


def _comparable(suggested: Sequence[tuple[Outcome, SuggestedOutcome]], model: Model) -> list[SuggestedOutcome]:
    """Return the outcomes in languages trained on, but for those trained on and their repeats."""
    trained_on = frozenset(model.manifest.fragment_ids)
    return [
        one
        for outcome, one in suggested
        if one.input_check.is_known and one.input_check.earlier is None and outcome.fragment_id not in trained_on
    ]


def _suggest_batch(
    outcomes: Sequence[Outcome],
    *,
    model: Model,
    sources: CachedEncoders,
    codebook: Codebook,
    fields: Sequence[CodeField],
    coverage: float,
    precision: float,
    with_reasons: bool,
    progress: ProgressCallback,
) -> list[SuggestedOutcome]:
    shares: StoryShares | Exception | None = None
    parts, is_apart = codebook.columns.parts, model.manifest.reads_apart
    if with_reasons:
        shares = _unless_alone(
            outcomes, lambda: share_stories(outcomes, parts, sources, is_apart=is_apart, progress=progress)
        )
    if isinstance(shares, StoryShares):
        features = shares.features
    else:
        stories = [outcome.story for outcome in outcomes]
        reported = ignore_progress if with_reasons else progress
        features = StoryFeatures.of(stories, sources, is_apart=is_apart, progress=reported)
    judged = judge_features(outcomes, features, model=model, fields=fields)
    suggested = _field_suggestions(judged, model=model, fields=fields, coverage=coverage, precision=precision)
    unexplained = shares if isinstance(shares, Exception) else None
    if isinstance(shares, StoryShares):
        explained = _unless_alone(
            outcomes,
            lambda: explain_outcomes(
                outcomes,
                suggested,
                shares,
                judged.fingerprints,
                [input_check.is_cross_lingual for input_check in judged.input_checks],
                model=model,
                fields=fields,
            ),
        )
        if isinstance(explained, Exception):
            unexplained = explained
        else:
            suggested = explained
    return [
        SuggestedOutcome(
            fields=by_field,
            input_check=input_check,
            joint_confidence={name: float(field.judged.joint_confidence[row]) for name, field in judged.fields.items()},
            fingerprint=judged.fingerprints[row : row + 1],
            unexplained=unexplained,
        )
        for row, (by_field, input_check) in enumerate(zip(suggested, judged.input_checks, strict=True))
    ]


def _field_suggestions(
    judged: Judged, *, model: Model, fields: Sequence[CodeField], coverage: float, precision: float
) -> list[dict[str, FieldSuggestion]]:
    """Suggestions of each outcome by the name of the field."""
    by_field: dict[str, Iterator[FieldSuggestion]] = {}
    for field in fields:
        predicted, fitted = judged.fields[field.name], model.fields[field.name]
        by_field[field.name] = suggest_field(
            model.codebook.field(field.name),
            predicted.judged,
            predicted.defined,
            judged.input_checks,
            coverage=coverage,
            set_at=set_thresholds(fitted, coverage=coverage),
            confirm_at=confirm_threshold(
                fitted.calibration_scores.joint_confidence, fitted.calibration_scores.right, precision=precision
            ),
            n_examples=model.n_examples(field),
            repeats=predicted.repeats,
        )
    return [{name: next(found) for name, found in by_field.items()} for _ in judged.input_checks]


def _unless_alone(batch: Sequence[Outcome], work: Callable[[], T]) -> T | Exception:
    """Do work that a suggestion does not depend on; for a lone outcome, return the exception instead of raising it."""
    try:
        return work()
    except OutcomeCoderError:
        raise
    except Exception as error:
        if len(batch) > 1:
            raise  # then each is tried by itself
        return error


def _compare_outcomes(
    suggested: Sequence[tuple[Outcome, SuggestedOutcome]], *, model: Model, progress: ProgressReporter
) -> list[InputCheck]:
    """Find near-duplicates among the outcomes of a harvest."""
    fingerprints = np.concatenate(
        [model.fingerprints[:0], *(one.fingerprint for _, one in suggested if one.fingerprint is not None)]
    )
    return find_near_duplicates(
        [outcome for outcome, _ in suggested],
        [one.input_check for _, one in suggested],
        fingerprints,
        model,
        progress=progress.step(lazy_gettext("Comparing outcomes"), len(suggested)),
    )


def _flag_outcomes(
    outcomes: Sequence[Outcome],
    suggested: Sequence[tuple[Outcome, SuggestedOutcome]],
    failures: Sequence[Failure],
    input_checks: Sequence[InputCheck],
    *,
    model: Model,
    fields: Sequence[CodeField],
) -> tuple[tuple[OutcomeSuggestions, ...], list[Failure]]:
    """Flag outcomes by the input checks of those that there are suggestions for; any that fail go to `code afresh`."""
    by_outcome = {
        id(outcome): (one, input_check) for (outcome, one), input_check in zip(suggested, input_checks, strict=True)
    }

    def flag(outcome: Outcome) -> OutcomeSuggestions:
        one, input_check = by_outcome.get(id(outcome), (None, None))
        by_field = _no_suggestions(fields) if one is None else one.fields
        flags = list(flags_of(outcome, input_check, by_field, fields, model))
        if one is not None and one.unexplained is not None:
            flags.append(f"{Flag.NOT_EXPLAINED} {type(one.unexplained).__name__}")
        return OutcomeSuggestions(outcome=outcome, fields=by_field, flags=tuple(flags))

    failed = {id(failure.outcome) for failure in failures}
    left = [outcome for outcome in outcomes if id(outcome) not in failed]
    flagged, further = in_batches(left, lambda batch: [flag(outcome) for outcome in batch])
    all_failures = [*failures, *further]
    found = {id(failure.outcome): _not_judged(failure, fields) for failure in all_failures}
    found |= {id(outcome): one for outcome, one in flagged}
    return tuple(found[id(outcome)] for outcome in outcomes), all_failures


def _not_judged(failure: Failure, fields: Sequence[CodeField]) -> OutcomeSuggestions:
    """Route an outcome that the program failed on to `code afresh`, flagged with the kind of error alone."""
    outcome = failure.outcome
    coded = (Flag.ALREADY_CODED,) if any(outcome.codes.get(field.name) for field in fields) else ()
    flags = (*map(str, coded), f"{Flag.NOT_JUDGED} {type(failure.error).__name__}")
    return OutcomeSuggestions(outcome=outcome, fields=_no_suggestions(fields), flags=flags)


def _no_suggestions(fields: Sequence[CodeField]) -> dict[str, FieldSuggestion]:
    nothing = FieldSuggestion(suggested=(), candidates=(), prediction_set=(), route=Route.CODE_AFRESH)
    return {field.name: nothing for field in fields}
