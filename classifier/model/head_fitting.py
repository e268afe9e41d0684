"""Fitting of heads: view classifiers fitted out of fold, then the pool and the temperature on what they predict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self, TypeVar

import numpy as np
import numpy.typing as npt
from joblib import Parallel, delayed

from classifier._types import FloatArray
from classifier.features.feature_views import StoryCounts, ViewMaker
from classifier.features.near_duplicates import Fingerprints
from classifier.features.story_features import Meaning, StoryFeatures
from classifier.features.tfidf import Matrix
from classifier.model.calibration import fit_temperature
from classifier.model.heads import Head, ViewClassifiers, smoothed_share, view_probabilities_of
from classifier.model.neighbours import Neighbours
from classifier.model.opinion_pool import to_log_probabilities
from classifier.model.pool_choice import choose_pool
from classifier.model.regression import BALANCED, PLAIN, Design, Strength
from classifier.model.task import Task, TaskType
from classifier.progress import ProgressCallback, ignore_progress

Folds = Sequence[npt.NDArray[np.intp]]
Maker = TypeVar("Maker")


class Outcomes(Protocol):
    """Outcomes of which views are made."""

    def rows(self, index: npt.NDArray[np.intp]) -> Self:
        """Pick outcomes."""
        ...

    def __len__(self) -> int: ...


FitViews = Callable[[Any, Any], tuple[Maker, tuple[Matrix, ...], tuple[Matrix, ...]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcomes:
    """Outcomes with all that their feature views are made of."""

    meanings: tuple[Meaning, ...]
    fingerprints: Fingerprints
    counts: StoryCounts

    @classmethod
    def of(cls, features: StoryFeatures, fingerprints: Fingerprints) -> _Outcomes:
        return cls(meanings=features.meanings, fingerprints=fingerprints, counts=StoryCounts.of(features))

    def rows(self, index: npt.NDArray[np.intp]) -> _Outcomes:
        meanings = tuple(meaning.rows(index) for meaning in self.meanings)
        return _Outcomes(meanings=meanings, fingerprints=self.fingerprints[index], counts=self.counts.rows(index))

    def __len__(self) -> int:
        return len(self.fingerprints)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfFold:
    """Out-of-fold confidence: of coded outcomes, each by a head not trained on it.

    Attributes
    ----------
    rows : ndarray of shape (n_coded,)
        Which outcomes they are.
    confidences : ndarray of shape (n_coded, n_codes)
    uncalibrated : ndarray of shape (n_coded, n_codes)
        The same before temperature and smoothing; 0 for a code that can't be trained.
    """

    rows: npt.NDArray[np.intp]
    confidences: FloatArray
    uncalibrated: FloatArray

    @classmethod
    def nothing(cls, task: Task) -> OutOfFold:
        """Return the empty result where no outcome can be held out."""
        none = np.zeros((0, task.n_codes))
        return cls(rows=task.rows[:0], confidences=none, uncalibrated=none)


def fit_heads(
    features: StoryFeatures,
    fingerprints: Fingerprints,
    tasks: Sequence[Task],
    folds: Sequence[npt.NDArray[np.intp]],
    *,
    progress: ProgressCallback = ignore_progress,
) -> tuple[ViewMaker, list[Head], list[OutOfFold]]:
    """Fit one head per task on feature views, and give out-of-fold confidence; see `fit_heads_of`.

    Parameters
    ----------
    fingerprints : ndarray of shape (n_outcomes, n_dimensions)
        The fingerprints of the same outcomes.
    """
    return fit_heads_of(_Outcomes.of(features, fingerprints), _fit_feature_views, tasks, folds, progress=progress)


def fit_heads_of(
    outcomes: Outcomes, fit_views: FitViews[Maker], tasks: Sequence[Task], folds: Folds, *, progress: ProgressCallback
) -> tuple[Maker, list[Head], list[OutOfFold]]:
    """Fit one head per task, and give out-of-fold confidence.

    View classifiers are fitted without each fold in turn. The pool is fitted on their probabilities for the
    fold they have not seen, beside those by the definitions; confidence is calibrated on the scores of pools
    that were fitted without the fold.

    Parameters
    ----------
    fit_views : callable
        Given the outcomes known and those held out, returns what makes views, and the views of both.
    folds : sequence of ndarray
        See `split_folds`; there are `len(folds) + 1` steps of progress.
    """
    everything = np.arange(len(outcomes))
    # The last job is the one that is kept: trained on all outcomes, none held out.
    jobs = [(np.setdiff1d(everything, held_out), held_out) for held_out in folds]
    jobs.append((everything, everything[:0]))
    # Nothing is put into files for the workers to share: it would be outcome texts and what is computed from them.
    work = Parallel(n_jobs=-1, return_as="generator", max_nbytes=None)(
        delayed(_fit_views)(
            fit_views, outcomes.rows(known), outcomes.rows(held_out), [task.of(known) for task in tasks]
        )
        for known, held_out in jobs
    )
    fitted = []
    for result in work:
        fitted.append(result)
        progress(1)
    views, final, _ = fitted[-1]
    heads, out_of_fold = [], []
    for place, task in enumerate(tasks):
        n_views = fitted[-1][2][place].shape[1]
        view_probabilities = np.full((len(outcomes), n_views, task.n_codes), np.nan)
        for (_, held_out), (_, _, probabilities_by_task) in zip(jobs[:-1], fitted[:-1], strict=True):
            view_probabilities[held_out] = probabilities_by_task[place]
        pooled = np.concatenate([view_probabilities[task.rows], task.defined[:, np.newaxis]], axis=1)
        head, checked = _fit_pool(task, final[place], to_log_probabilities(pooled, task.task_type), folds)
        heads.append(head)
        out_of_fold.append(checked)
    return views, heads, out_of_fold


def _fit_feature_views(
    known: _Outcomes, held_out: _Outcomes
) -> tuple[ViewMaker, tuple[Matrix, ...], tuple[Matrix, ...]]:
    maker, seen = ViewMaker.fit_transform(known.meanings, known.fingerprints, known.counts)
    if not len(held_out):
        return maker, seen, ()
    return maker, seen, maker.transform_counts(held_out.meanings, held_out.fingerprints, held_out.counts)


def _fit_views(
    fit_views: FitViews[Maker], known: Outcomes, held_out: Outcomes, tasks: Sequence[Task]
) -> tuple[Maker, list[tuple[ViewClassifiers, ...]], list[FloatArray]]:
    """Fit the view classifiers of every task on the known outcomes, and apply them to the ones held out.

    Their probabilities have shape (n_held_out, n_views, n_codes), over all codes of the field.
    """
    maker, seen, unseen = fit_views(known, held_out)
    n_held_out = len(held_out)
    regressions = _Regressions()
    fitted, view_probabilities = [], []
    for task in tasks:
        view_classifiers = _fit_view_classifiers(seen, task, regressions)
        fitted.append(view_classifiers)
        probabilities = np.tile(smoothed_share(task), (n_held_out, len(seen), 1))
        if view_classifiers:
            for place, view in enumerate(unseen):
                if view_classifiers[place]:
                    probabilities[:, place, task.trained_codes] = view_probabilities_of(
                        view_classifiers[place], view, task.task_type
                    )
        view_probabilities.append(probabilities)
    return maker, fitted, view_probabilities


class _Regressions:
    """Regressions of views, each fitted once; the designs of tasks that are coded for the same outcomes are shared."""

    def __init__(self) -> None:
        self._designs: dict[tuple[int, bytes], Design] = {}
        self._fitted: dict[tuple[int, bytes, bytes], ViewClassifiers] = {}

    def of(
        self, view: Matrix, rows: npt.NDArray[np.intp], targets: npt.NDArray[np.intp], strength: Strength
    ) -> ViewClassifiers:
        """Return the regressions of targets, of shape (n_targets, n_rows), on some rows of a view."""
        key = id(view), rows.tobytes()
        if key not in self._designs:
            self._designs[key] = Design.of(view[rows])
        design, fit = self._designs[key], (*key, targets.tobytes())
        if fit not in self._fitted:
            self._fitted[fit] = tuple(design.regress(target, *strength) for target in targets)
        return self._fitted[fit]


def _fit_view_classifiers(seen: Sequence[Matrix], task: Task, regressions: _Regressions) -> tuple[ViewClassifiers, ...]:
    """Fit the classifiers of each view that the head may use; none of other views, and none where codes are too few."""
    trained_codes = task.trained_codes
    if len(trained_codes) == 0 or (task.task_type is TaskType.MULTICLASS and len(trained_codes) == 1):
        return ()
    given = task.applies[:, trained_codes]
    targets = given.argmax(axis=1)[np.newaxis] if task.task_type is TaskType.MULTICLASS else given.T.astype(np.intp)
    # The last view has no regression, and the one before it is words and meaning side by side. Where a story is its
    # description alone, two views are one and the same, and so is their regression.
    strengths = [*[BALANCED] * (len(seen) - 2), PLAIN]
    usable = range(len(seen)) if task.views is None else task.views
    by_view = [
        regressions.of(view, task.rows, targets, strength) if place in usable else ()
        for place, (view, strength) in enumerate(zip(seen, strengths, strict=False))
    ]
    last = len(seen) - 1
    return (*by_view, (Neighbours(known=seen[last][task.rows], applies=given),) if last in usable else ())


def _fit_pool(
    task: Task,
    view_classifiers: tuple[ViewClassifiers, ...],
    log_probabilities: FloatArray,
    folds: Sequence[npt.NDArray[np.intp]],
) -> tuple[Head, OutOfFold]:
    inside = [np.isin(task.rows, held_out) for held_out in folds]
    inside = [rows for rows in inside if rows.any()]
    head = replace(Head.untrained(task), view_classifiers=view_classifiers)
    if not view_classifiers or len(inside) < 2:
        # Nothing to estimate the weights from: all views count the same.
        usable = list(range(log_probabilities.shape[1])) if task.views is None else list(task.views)
        head.pool.weights_ = np.zeros(log_probabilities.shape[1])
        head.pool.weights_[usable] = 1 / len(usable)
        head.pool.offsets_ = np.zeros(len(head.trained_codes))
        # Without out-of-fold scores nothing can be confirmed.
        return head, OutOfFold.nothing(task)
    log_probabilities, applies = log_probabilities[:, :, head.trained_codes], task.applies[:, head.trained_codes]
    pool, scores = choose_pool(log_probabilities, applies, task.task_type, inside, views=task.views)
    # View classifiers without weight need not be kept.
    weights = pool.weights_[:-1]
    kept = tuple(
        classifiers if weight > 0 else () for classifiers, weight in zip(view_classifiers, weights, strict=True)
    )
    head = replace(head, pool=pool, view_classifiers=kept, temperature=fit_temperature(scores, applies, task.task_type))
    uncalibrated = np.zeros(task.applies.shape)
    uncalibrated[:, head.trained_codes] = task.task_type.probabilities(scores)
    calibrated = head.calibrated(scores, task.defined)
    return head, OutOfFold(rows=task.rows, confidences=calibrated, uncalibrated=uncalibrated)
