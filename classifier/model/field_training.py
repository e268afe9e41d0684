"""Training of the model of one field: calibration scores, duplicate weight and out-of-fold figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from classifier._types import FloatArray
from classifier.agreement.bootstrap import ClusterBootstrap
from classifier.agreement.coefficients import Ratings, kappa_of_two
from classifier.codebook.schema import CodeField
from classifier.model.conformal import MIN_CONFIRMABLE
from classifier.model.cross_lingual import CrossLingualField, fit_reliability, weigh
from classifier.model.duplicate_prior import fit_duplicate_weight
from classifier.model.f1_threshold import DEFAULT_THRESHOLD, f1_threshold
from classifier.model.head_fitting import OutOfFold
from classifier.model.heads import Head
from classifier.model.manifest import FieldFigures
from classifier.model.model import CalibrationScores, FieldModel, Judgement, judge
from classifier.model.task import Applies, Task
from classifier.model.zero_shot import Definitions


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOutField:
    """Out-of-fold predictions of one field.

    Attributes
    ----------
    rows : ndarray of shape (n_coded,)
        Rows of the outcomes; empty where there were too few to hold some out.
    defined : ndarray of shape (n_coded, n_codes)
        Probability of each code by its definition.
    by_words : ndarray of shape (n_coded,)
        The place of the code that the linear baseline suggests first: a logistic regression on the words of the story.
    is_cross_lingual : ndarray of shape (n_coded,), bool
        Whether the predictions are those of the cross-lingual heads.
    """

    rows: npt.NDArray[np.intp]
    judged: Judgement
    defined: FloatArray
    by_words: npt.NDArray[np.intp]
    is_cross_lingual: npt.NDArray[np.bool_]

    def suggested_codes(self, field: CodeField) -> list[tuple[str, ...]]:
        """Return the codes suggested for each of the outcomes, the main one first."""
        codes = []
        for main, suggested in zip(self.judged.main, self.judged.suggested, strict=True):
            best = int(main.argmax())
            others = [place for place in np.flatnonzero(suggested).tolist() if place != best]
            codes.append(tuple(field.code_names[place] for place in (best, *others)))
        return codes


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedCrossLingual:
    """Fitted cross-lingual heads of a field, and the languages of the outcomes trained on.

    Attributes
    ----------
    heads : sequence of tuple of Head and OutOfFold
        One for each task of the field.
    languages : ndarray of shape (n_outcomes,)
        "" for a language that the other heads are for.
    folds : sequence of ndarray
        The rows held out together.
    """

    heads: Sequence[tuple[Head, OutOfFold]]
    languages: npt.NDArray[np.str_]
    folds: Sequence[npt.NDArray[np.intp]]


def fit_field_model(
    fitted: Sequence[tuple[Head, OutOfFold]],
    tasks: Sequence[Task],
    definitions: Definitions,
    near_duplicates: Sequence[tuple[int, int]],
    baseline: OutOfFold,
    cross_lingual: FittedCrossLingual | None = None,
) -> tuple[FieldModel, HeldOutField]:
    """Make the model of a field of its fitted heads, with their out-of-fold predictions.

    Parameters
    ----------
    fitted : sequence of tuple of Head and OutOfFold
        One for each of the tasks.
    tasks : sequence of Task
        See `tasks_of`.
    near_duplicates : sequence of tuple of int
        The rows of each pair, the later outcome first.
    baseline : OutOfFold
        Of the main code, by the words of the whole story alone.
    cross_lingual : FittedCrossLingual, optional
        None where no encoder is multilingual.
    """
    # An outcome is held out where every head of the field was tested on it.
    if not all(len(checked.rows) for _, checked in fitted):
        fitted = [(head, OutOfFold.nothing(task)) for (head, _), task in zip(fitted, tasks, strict=True)]
    is_foreign = np.zeros(len(fitted[0][1].rows), dtype=np.bool_)
    cross_lingual_field = None
    if cross_lingual is not None and len(is_foreign):
        is_foreign = cross_lingual.languages[fitted[0][1].rows] != ""
        cross_lingual_field, by_task = _fit_cross_lingual(cross_lingual, tasks[0].applies)
        fitted = [
            (head, replace(checked, confidences=np.where(is_foreign[:, np.newaxis], found, checked.confidences)))
            for (head, checked), found in zip(fitted, by_task, strict=True)
        ]
    main, checked = fitted[0]
    multilabel, multilabel_checked = fitted[1] if len(fitted) > 1 else (None, None)
    all_applies = None if multilabel_checked is None else multilabel_checked.confidences
    threshold = DEFAULT_THRESHOLD if all_applies is None else f1_threshold(all_applies)
    judged = judge(checked.confidences, all_applies, threshold=threshold)
    applies = tasks[-1].applies[: len(judged.main)]
    model = FieldModel(
        main=main,
        multilabel=multilabel,
        calibration_scores=CalibrationScores.of(judged.of(~is_foreign), applies[~is_foreign] == 1),
        definitions=definitions,
        f1_threshold=threshold,
        duplicate_weight=_duplicate_weight(near_duplicates, checked.rows, tasks[0].applies.argmax(axis=1), judged.main),
        cross_lingual=cross_lingual_field,
    )
    return model, HeldOutField(
        rows=checked.rows,
        judged=judged,
        defined=tasks[0].defined[: len(checked.rows)],
        by_words=baseline.uncalibrated.argmax(axis=1)[: len(checked.rows)],
        is_cross_lingual=is_foreign,
    )


def _fit_cross_lingual(fitted: FittedCrossLingual, applies: Applies) -> tuple[CrossLingualField, list[FloatArray]]:
    """Fit the reliability of cross-lingual heads; return them, and out of fold the confidences of each task.

    The reliability by which an outcome's own confidence is weighed is fitted without its fold.
    """
    main, checked = fitted.heads[0]
    languages, agreed = fitted.languages[checked.rows], applies.argmax(axis=1)
    confidence, prior = checked.confidences[np.arange(len(agreed)), agreed], main.prior[agreed]

    def fit(rows: npt.NDArray[np.bool_]) -> tuple[dict[str, float], float]:
        rows = rows & (languages != "")
        return fit_reliability(confidence[rows], prior[rows], languages[rows].tolist())

    by_row = np.ones(len(languages))
    for fold in fitted.folds:
        in_fold = np.isin(checked.rows, fold)
        own, overall = fit(~in_fold)
        by_row[in_fold] = [own.get(language, overall) for language in languages[in_fold]]
    own, overall = fit(np.ones(len(languages), dtype=np.bool_))
    field = CrossLingualField(
        main=main,
        multilabel=fitted.heads[1][0] if len(fitted.heads) > 1 else None,
        reliability=own,
        overall_reliability=overall,
    )
    return field, [weigh(out_of_fold.confidences, head.prior, by_row) for head, out_of_fold in fitted.heads]


def _duplicate_weight(
    pairs: Sequence[tuple[int, int]], rows: npt.NDArray[np.intp], agreed: npt.NDArray[np.intp], main: FloatArray
) -> float:
    """Fit the duplicate weight on the pairs of which both outcomes have out-of-fold confidence."""
    place = {int(row): place for place, row in enumerate(rows)}
    both = [(place[later], place[earlier]) for later, earlier in pairs if later in place and earlier in place]
    later, earlier = np.array(both, dtype=np.intp).reshape(-1, 2).T
    return fit_duplicate_weight(main[later, agreed[later]], agreed[later] == agreed[earlier])


def out_of_fold_figures(
    tasks: Mapping[str, Sequence[Task]],
    held_out: Mapping[str, HeldOutField],
    groups: npt.NDArray[np.intp],
    *,
    seed: int,
) -> dict[str, FieldFigures]:
    """Estimate Cohen's kappa and the share of first suggestions right, for each field with enough outcomes."""
    return {
        name: _figures(tasks[name][0].applies, field, groups[field.rows], seed)
        for name, field in held_out.items()
        if len(field.rows) >= MIN_CONFIRMABLE  # with fewer, a figure is chance
    }


def _figures(applies: Applies, field: HeldOutField, groups: npt.NDArray[np.intp], seed: int) -> FieldFigures:
    agreed, suggested = applies.argmax(axis=1), field.judged.main.argmax(axis=1)
    bootstrap = ClusterBootstrap.draw(groups, seed=seed)
    kappa, by_words = (
        bootstrap.estimate(
            partial(kappa_of_two, Ratings(codes=np.column_stack([agreed, codes]), n_codes=applies.shape[1]))
        )
        for codes in (suggested, field.by_words)
    )
    return FieldFigures(
        n_outcomes=kappa.n_outcomes,
        cohen_kappa=round(kappa.value, 4),
        cohen_kappa_low=round(kappa.low, 4),
        cohen_kappa_high=round(kappa.high, 4),
        share_right=round(float((agreed == suggested).mean()), 4),
        words_kappa=round(by_words.value, 4),
        words_kappa_low=round(by_words.low, 4),
        words_kappa_high=round(by_words.high, 4),
    )
