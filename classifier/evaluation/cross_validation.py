"""Cross-validation and evaluation on a test set, with baselines on the same outcomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from classifier.model.training import Trained
from classifier.suggestion.flags import InputCheck, check_held_out
from classifier.suggestion.predict import judge_outcomes, suggest_field
from classifier.suggestion.types import FieldSuggestion

BY_DEFINITION = "definitions only"
LEVELS = (0.8, 0.9, 0.95)
"""The coverages that prediction sets are tested at."""

Rows = npt.NDArray[np.intp]
Codes = tuple[str, ...]


def cross_validate(trained: Trained, *, coverage: float = 0.9, precision: float = 0.95) -> HeldOutPredictions:
    """Cross-validate: predictions for the outcomes learnt from, each by a model that did not learn from it.

    Heads, pools, temperatures and thresholds are those of the other folds.

    Raises
    ------
    ComparisonError
        If there were too few outcomes to hold some out.
    """
    held_out, model = trained.held_out, trained.model
    if held_out is None or not held_out.folds:
        raise ComparisonError("there are too few coded outcomes to hold some out and test on them; code some more")
    input_checks = check_held_out(held_out.outcomes, held_out.groups, model)
    fields = {}
    for field in model.codebook.fields:
        found = held_out.fields[field.name]
        if not len(found.rows):
            continue
        agreed = tuple(held_out.outcomes[row].codes[field.name] for row in found.rows)
        parts = []
        for fold in held_out.folds:
            inside = np.isin(found.rows, fold)
            if not inside.any():
                continue
            parts.append(
                _predict_field(
                    field,
                    found.rows[inside],
                    [codes for codes, is_inside in zip(agreed, inside, strict=True) if is_inside],
                    _picked(found.judged, inside),
                    found.defined[inside],
                    [input_checks[row] for row in found.rows[inside]],
                    _without(model.fields[field.name], field, agreed, found.judged, inside),
                    model.n_examples(field),
                    coverage=coverage,
                    precision=precision,
                )
            )
        fields[field.name] = join_fields(parts)
    fields = _with_baselines(fields, held_out.outcomes, held_out.folds)
    if not fields:
        raise ComparisonError("there are too few coded outcomes to hold some out and test on them; code some more")
    return HeldOutPredictions(
        outcomes=held_out.outcomes,
        groups=held_out.groups,
        repeats={},
        fields=fields,
        n_learnt=tuple(len(held_out.outcomes) - len(fold) for fold in held_out.folds),
    )


def evaluate_on(
    outcomes: Sequence[Outcome],
    *,
    model: Model,
    learnt: Sequence[Outcome],
    sources: CachedEncoders,
    coverage: float = 0.9,
    precision: float = 0.95,
) -> HeldOutPredictions:
    """Evaluate a model on outcomes that it did not learn from.

    Parameters
    ----------
    outcomes : sequence of Outcome
        Coded; their codes are hidden from the model.
    learnt : sequence of Outcome
        Those it learnt from, for the baselines to learn from too.
    """
    told = [outcome for outcome in outcomes if outcome.codes and not outcome.story.is_blank]
    judged = judge_outcomes(told, model=model, sources=sources, fields=model.codebook.fields)
    fields = {}
    for field in model.codebook.fields:
        rows = np.array([row for row, outcome in enumerate(told) if outcome.codes.get(field.name)], dtype=np.intp)
        if not len(rows):
            continue
        chosen = np.isin(np.arange(len(told)), rows)
        one = judged.fields[field.name]
        fields[field.name] = _predict_field(
            field,
            rows,
            [told[row].codes[field.name] for row in rows],
            _picked(one.judged, chosen),
            one.defined[rows],
            [judged.input_checks[row] for row in rows],
            model.fields[field.name],
            model.n_examples(field),
            repeats=[one.repeats[row] for row in rows],
            coverage=coverage,
            precision=precision,
        )
    repeats = {
        outcome.fragment_id: model.manifest.fragment_ids[input_check.earlier]
        for outcome, input_check in zip(told, judged.input_checks, strict=True)
        if input_check.earlier is not None
    }
    return HeldOutPredictions(
        outcomes=tuple(told),
        groups=_groups_of_tested(told, judged.input_checks),
        repeats=repeats,
        fields=_with_baselines_of(fields, told, learnt),
        n_learnt=(len(model.manifest.fragment_ids),),
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

    def made_at(level: float) -> list[FieldSuggestion]:
        return list(
            suggest_field(
                field,
                judged,
                defined,
                input_checks,
                set_at=set_thresholds(model, coverage=level),
                confirm_at=confirm_at,
                n_examples=n_examples,
                repeats=repeats or [None] * len(input_checks),
            )
        )

    made = made_at(coverage)
    levels = dict.fromkeys(sorted({*LEVELS, coverage}))
    best = [field.code_names[place] for place in defined.argmax(axis=1)]
    return FieldPredictions(
        field=field,
        rows=rows,
        agreed=tuple(agreed),
        suggested=tuple(one.suggested for one in made),
        confidence=judged.main,
        joint_confidence=judged.joint_confidence,
        routes=tuple(one.route for one in made),
        sets={level: indicators(field, [one.prediction_set for one in made_at(level)]) for level in levels},
        baselines={BY_DEFINITION: tuple(best)},
    )


def _without(
    model: FieldModel, field: CodeField, agreed: Sequence[Codes], judged: Judgement, inside: npt.NDArray[np.bool_]
) -> FieldModel:
    """Return a field's model with the calibration scores of the outcomes that are not inside a fold."""
    names = field.code_names
    applies = np.array([[code in codes for code in names] for codes in agreed], dtype=bool)
    if model.multilabel is None:
        applies = np.array([[code == codes[0] for code in names] for codes in agreed], dtype=bool)
    others = _picked(judged, ~inside)
    applies = applies[~inside]
    calibration_scores = CalibrationScores(
        agreed_confidence=others.applies[applies],
        agreed_code=np.nonzero(applies)[1],
        joint_confidence=others.joint_confidence,
        right=(others.suggested == applies).all(axis=1),
    )
    return replace(model, calibration_scores=calibration_scores)


def _picked(judged: Judgement, chosen: npt.NDArray[np.bool_]) -> Judgement:
    return Judgement(
        main=judged.main[chosen],
        applies=judged.applies[chosen],
        suggested=judged.suggested[chosen],
        joint_confidence=judged.joint_confidence[chosen],
    )


# Baselines


def _with_baselines(
    fields: Mapping[str, FieldPredictions], outcomes: Sequence[Outcome], folds: Sequence[Rows]
) -> dict[str, FieldPredictions]:
    """Add the codes of the baselines, fitted on the other folds."""
    jobs = [(name, one.rows[np.isin(one.rows, fold)]) for name, one in fields.items() for fold in folds]
    found = Parallel(n_jobs=-1, max_nbytes=None)(
        delayed(_by_baselines)(
            *_texts_and_codes(name, [outcomes[row] for row in np.setdiff1d(fields[name].rows, rows)]),
            [outcomes[row].story.description for row in rows],
        )
        for name, rows in jobs
    )
    given: dict[str, dict[str, dict[int, str]]] = {
        name: {name_of_baseline: {} for name_of_baseline in BASELINES} for name in fields
    }
    for (name, rows), codes_by_baseline in zip(jobs, found, strict=True):
        for name_of_baseline, codes in codes_by_baseline.items():
            given[name][name_of_baseline].update(zip(rows.tolist(), codes, strict=True))
    return {
        name: replace(
            one,
            baselines={
                name_of_baseline: tuple(codes[row] for row in one.rows.tolist())
                for name_of_baseline, codes in given[name].items()
            }
            | dict(one.baselines),
        )
        for name, one in fields.items()
    }


def _with_baselines_of(
    fields: Mapping[str, FieldPredictions], outcomes: Sequence[Outcome], learnt: Sequence[Outcome]
) -> dict[str, FieldPredictions]:
    """Add the codes of the baselines, fitted on the outcomes learnt from."""
    found = {}
    for name, one in fields.items():
        known = [outcome for outcome in learnt if outcome.codes.get(name) and not outcome.story.is_blank]
        codes_by_baseline = (
            _by_baselines(*_texts_and_codes(name, known), [outcomes[row].story.description for row in one.rows])
            if known
            else {}
        )
        found[name] = replace(
            one,
            baselines={name_of_baseline: tuple(codes) for name_of_baseline, codes in codes_by_baseline.items()}
            | dict(one.baselines),
        )
    return found


def _texts_and_codes(field: str, outcomes: Sequence[Outcome]) -> tuple[list[str], list[str]]:
    return [one.story.description for one in outcomes], [one.codes[field][0] for one in outcomes]


def _by_baselines(texts: Sequence[str], codes: Sequence[str], new_texts: Sequence[str]) -> dict[str, list[str]]:
    if not new_texts:
        return {name_of_baseline: [] for name_of_baseline in BASELINES}
    return {name_of_baseline: baseline(texts, codes, new_texts) for name_of_baseline, baseline in BASELINES.items()}


# Near-duplicates among those tested


def _groups_of_tested(outcomes: Sequence[Outcome], input_checks: Sequence[InputCheck]) -> Rows:
    """Group near-duplicates among outcomes, also those of the same outcome learnt from."""
    group = {outcome.fragment_id: place for place, outcome in enumerate(outcomes)}
    for outcome, input_check in zip(outcomes, input_checks, strict=True):
        if input_check.near_duplicate is not None:
            ours, theirs = group[outcome.fragment_id], group.setdefault(input_check.near_duplicate, len(group))
            group = {name: theirs if number == ours else number for name, number in group.items()}
    return np.array([group[outcome.fragment_id] for outcome in outcomes], dtype=np.intp)
