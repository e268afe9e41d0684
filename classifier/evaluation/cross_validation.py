"""Cross-validation and evaluation on a test set, with baselines on the same outcomes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from joblib import Parallel, delayed

from classifier._types import FloatArray
from classifier.codebook.schema import CodeField
from classifier.errors import ComparisonError
from classifier.evaluation.baselines import BASELINES
from classifier.evaluation.predictions import FieldPredictions, HeldOutPredictions, indicators, join_fields
from classifier.features.embedding_cache import CachedEncoders
from classifier.harvest.outcome import Outcome
from classifier.model.conformal import confirm_threshold, set_thresholds
from classifier.model.model import CalibrationScores, FieldModel, Judgement, Model
from classifier.model.training import HeldOut, Trained
from classifier.suggestion.flags import InputCheck, check_held_out
from classifier.suggestion.predict import judge_outcomes, suggest_field
from classifier.suggestion.types import FieldSuggestion

BY_DEFINITION = "definitions only"
_TOO_FEW = "there are too few coded outcomes to hold some out and test on them; code some more"
_ALIKE = "no field has enough outcomes with different codes to hold some out and test on them; code some more"
LEVELS = (0.8, 0.9, 0.95)
"""Coverages at which prediction sets are tested."""

Rows = npt.NDArray[np.intp]
Codes = tuple[str, ...]


def cross_validate(trained: Trained, *, coverage: float = 0.9, precision: float = 0.95) -> HeldOutPredictions:
    """Cross-validated predictions, beside those of the baselines; see `predict_held_out`.

    Raises
    ------
    ComparisonError
        If there are too few outcomes to hold some out.
    """
    predictions = predict_held_out(trained, coverage=coverage, precision=precision)
    assert trained.held_out is not None  # else there are no predictions
    return replace(
        predictions, fields=_with_baselines(predictions.fields, predictions.outcomes, trained.held_out.folds)
    )


def predict_held_out(trained: Trained, *, coverage: float = 0.9, precision: float = 0.95) -> HeldOutPredictions:
    """Cross-validated predictions: for each training outcome, by a model that was not trained on it.

    Heads, pools, temperatures and thresholds are fitted on the other folds.

    Raises
    ------
    ComparisonError
        If there are too few outcomes to hold some out.
    """
    held_out, model = trained.held_out, trained.model
    if held_out is None or not held_out.folds:
        raise ComparisonError(_TOO_FEW)
    input_checks = check_held_out(held_out.outcomes, held_out.groups, held_out.is_unlike, model)
    fields = {
        field.name: _cross_validate_field(field, held_out, model, input_checks, coverage=coverage, precision=precision)
        for field in model.codebook.fields
        if len(held_out.fields[field.name].rows)
    }
    if not fields:
        raise ComparisonError(_ALIKE)
    return HeldOutPredictions(
        outcomes=held_out.outcomes,
        groups=held_out.groups,
        repeats={},
        fields=fields,
        n_training=tuple(len(held_out.outcomes) - len(fold) for fold in held_out.folds),
    )


def _cross_validate_field(
    field: CodeField,
    held_out: HeldOut,
    model: Model,
    input_checks: Sequence[InputCheck],
    *,
    coverage: float,
    precision: float,
) -> FieldPredictions:
    scored = held_out.fields[field.name]
    agreed = tuple(held_out.outcomes[row].codes[field.name] for row in scored.rows)
    parts = []
    for fold in held_out.folds:
        in_fold = np.isin(scored.rows, fold)
        if not in_fold.any():
            continue
        parts.append(
            _predict_field(
                field,
                scored.rows[in_fold],
                [agreed[place] for place in np.flatnonzero(in_fold)],
                scored.judged.of(in_fold),
                scored.defined[in_fold],
                [input_checks[row] for row in scored.rows[in_fold]],
                _calibrated_on(
                    model.fields[field.name], field, agreed, scored.judged, ~in_fold & ~scored.is_cross_lingual
                ),
                model.n_examples(field),
                coverage=coverage,
                precision=precision,
            )
        )
    return join_fields(parts)


def evaluate_on(
    outcomes: Sequence[Outcome],
    *,
    model: Model,
    training_outcomes: Sequence[Outcome],
    sources: CachedEncoders,
    coverage: float = 0.9,
    precision: float = 0.95,
) -> HeldOutPredictions:
    """Predictions of a model for coded outcomes; the baselines are trained on its training outcomes too."""
    predictions = predict_outcomes(outcomes, model=model, sources=sources, coverage=coverage, precision=precision)
    return replace(predictions, fields=_with_baselines_of(predictions.fields, predictions.outcomes, training_outcomes))


def predict_outcomes(
    outcomes: Sequence[Outcome],
    *,
    model: Model,
    sources: CachedEncoders,
    coverage: float = 0.9,
    precision: float = 0.95,
) -> HeldOutPredictions:
    """Predictions of a model for coded outcomes that it was not trained on."""
    tested = [outcome for outcome in outcomes if outcome.codes and not outcome.story.is_blank]
    judged = judge_outcomes(tested, model=model, sources=sources, fields=model.codebook.fields)
    fields = {}
    for field in model.codebook.fields:
        rows = np.array([row for row, outcome in enumerate(tested) if outcome.codes.get(field.name)], dtype=np.intp)
        if not len(rows):
            continue
        scored = judged.fields[field.name]
        fields[field.name] = _predict_field(
            field,
            rows,
            [tested[row].codes[field.name] for row in rows],
            scored.judged.of(rows),
            scored.defined[rows],
            [judged.input_checks[row] for row in rows],
            model.fields[field.name],
            model.n_examples(field),
            repeats=[scored.repeats[row] for row in rows],
            coverage=coverage,
            precision=precision,
        )
    repeats = {
        outcome.fragment_id: model.manifest.fragment_ids[input_check.earlier]
        for outcome, input_check in zip(tested, judged.input_checks, strict=True)
        if input_check.earlier is not None
    }
    return HeldOutPredictions(
        outcomes=tuple(tested),
        groups=_groups_of_tested(tested, judged.input_checks),
        repeats=repeats,
        fields=fields,
        n_training=(model.manifest.n_outcomes,),
    )


def _predict_field(
    field: CodeField,
    rows: Rows,
    agreed: Sequence[Codes],
    judged: Judgement,
    defined: FloatArray,
    input_checks: Sequence[InputCheck],
    model: FieldModel,
    n_examples: Mapping[str, int],
    *,
    coverage: float,
    precision: float,
    repeats: Sequence[str | None] | None = None,
) -> FieldPredictions:
    confirm_at = confirm_threshold(
        model.calibration_scores.joint_confidence, model.calibration_scores.right, precision=precision
    )

    def suggest_at(level: float) -> list[FieldSuggestion]:
        return list(
            suggest_field(
                field,
                judged,
                defined,
                input_checks,
                coverage=level,
                set_at=set_thresholds(model, coverage=level),
                confirm_at=confirm_at,
                n_examples=n_examples,
                repeats=repeats or [None] * len(input_checks),
            )
        )

    suggestions = suggest_at(coverage)
    levels = dict.fromkeys(sorted({*LEVELS, coverage}))
    best = [field.code_names[place] for place in defined.argmax(axis=1)]
    return FieldPredictions(
        field=field,
        rows=rows,
        agreed=tuple(agreed),
        suggested=tuple(suggestion.suggested for suggestion in suggestions),
        confidence=judged.main,
        joint_confidence=judged.joint_confidence,
        routes=tuple(suggestion.route for suggestion in suggestions),
        sets={
            level: indicators(field, [suggestion.prediction_set for suggestion in suggest_at(level)])
            for level in levels
        },
        baselines={BY_DEFINITION: tuple(best)},
    )


def _calibrated_on(
    model: FieldModel, field: CodeField, agreed: Sequence[Codes], judged: Judgement, chosen: npt.NDArray[np.bool_]
) -> FieldModel:
    """Return a field's model with the calibration scores of some outcomes."""
    applies = indicators(field, agreed if model.multilabel is not None else [codes[:1] for codes in agreed])[chosen]
    return replace(model, calibration_scores=CalibrationScores.of(judged.of(chosen), applies))


def _with_baselines(
    fields: Mapping[str, FieldPredictions], outcomes: Sequence[Outcome], folds: Sequence[Rows]
) -> dict[str, FieldPredictions]:
    """Add the codes of the baselines, trained on the other folds."""
    # A job for each fold: of its fields, most are coded for the same outcomes, whose features are computed once.
    jobs = [{name: field.rows[np.isin(field.rows, fold)] for name, field in fields.items()} for fold in folds]
    results = Parallel(n_jobs=-1, max_nbytes=None)(
        delayed(_fold_by_baselines)(
            [
                (
                    *_texts_and_codes(name, [outcomes[row] for row in np.setdiff1d(fields[name].rows, rows)]),
                    [outcomes[row].story.merged for row in rows],
                )
                for name, rows in job.items()
            ]
        )
        for job in jobs
    )
    code_by_row: dict[tuple[str, str], dict[int, str]] = {}
    for job, codes_by_field in zip(jobs, results, strict=True):
        for (name, rows), codes_by_baseline in zip(job.items(), codes_by_field, strict=True):
            for baseline, codes in codes_by_baseline.items():
                code_by_row.setdefault((name, baseline), {}).update(zip(rows.tolist(), codes, strict=True))
    return {
        name: _add_baselines(
            field, {baseline: [code_by_row[name, baseline][row] for row in field.rows] for baseline in BASELINES}
        )
        for name, field in fields.items()
    }


def _with_baselines_of(
    fields: Mapping[str, FieldPredictions], outcomes: Sequence[Outcome], training_outcomes: Sequence[Outcome]
) -> dict[str, FieldPredictions]:
    """Add the codes of the baselines, trained on the same outcomes as the model."""
    with_baselines = {}
    for name, field in fields.items():
        known = [outcome for outcome in training_outcomes if outcome.codes.get(name) and not outcome.story.is_blank]
        new_texts = [outcomes[row].story.merged for row in field.rows]
        codes = _by_baselines(*_texts_and_codes(name, known), new_texts) if known else {}
        with_baselines[name] = _add_baselines(field, codes)
    return with_baselines


def _add_baselines(field: FieldPredictions, codes: Mapping[str, Iterable[str]]) -> FieldPredictions:
    return replace(
        field, baselines={**{baseline: tuple(given) for baseline, given in codes.items()}, **field.baselines}
    )


def _texts_and_codes(field: str, outcomes: Sequence[Outcome]) -> tuple[list[str], list[str]]:
    return [outcome.story.merged for outcome in outcomes], [outcome.codes[field][0] for outcome in outcomes]


def _fold_by_baselines(fields: Sequence[tuple[list[str], list[str], list[str]]]) -> list[dict[str, list[str]]]:
    return [_by_baselines(*texts_and_codes) for texts_and_codes in fields]


def _by_baselines(texts: Sequence[str], codes: Sequence[str], new_texts: Sequence[str]) -> dict[str, list[str]]:
    return {name: baseline(texts, codes, new_texts) if new_texts else [] for name, baseline in BASELINES.items()}


def _groups_of_tested(outcomes: Sequence[Outcome], input_checks: Sequence[InputCheck]) -> Rows:
    """Group near-duplicates among outcomes, also those of the same training outcome."""
    group = {outcome.fragment_id: place for place, outcome in enumerate(outcomes)}
    for outcome, input_check in zip(outcomes, input_checks, strict=True):
        if input_check.near_duplicate is not None:
            ours, theirs = group[outcome.fragment_id], group.setdefault(input_check.near_duplicate, len(group))
            group = {name: theirs if number == ours else number for name, number in group.items()}
    return np.array([group[outcome.fragment_id] for outcome in outcomes], dtype=np.intp)
