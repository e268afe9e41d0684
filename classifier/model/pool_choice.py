"""Choice of a head's opinion pool out of fold: of all views, of those of the whole story, or of its words alone.

Where hundreds of stories are short and coded alike, all views together are best. Where they are long or few, their
many weights are fitted to noise, and a regression on words alone, the linear baseline, can be better: so what is used
is never behind it out of fold. Which views serve best, and what the balance gives, is measured in
benchmarks/RESULTS.md.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from classifier._types import FloatArray
from classifier.agreement.coefficients import Ratings, kappa_of_two
from classifier.features.feature_views import N_PLACES, WORDS_OF_STORY
from classifier.languages import lazy_gettext
from classifier.model.f1_threshold import f1_threshold, micro_f1
from classifier.model.opinion_pool import LogarithmicPool
from classifier.model.task import Applies, TaskType

_BALANCE = 0.3
"""How much of a code's frequency is taken back from its score where codes exclude each other. With nothing taken back,
the most probable code is suggested; with all of it (1), rare codes as often as common ones. A third gives more
agreement beyond chance, at the same share right."""
_MIN_TO_CHOOSE = 100
"""With fewer outcomes, which views are better out of fold is chance, and all are used."""
_N_OTHERS = 3  # words and meaning side by side, nearest outcomes, and definitions, which come last

Folds = Sequence[npt.NDArray[np.bool_]]


def choose_pool(
    log_probabilities: FloatArray,
    applies: Applies,
    task_type: TaskType,
    folds: Folds,
    *,
    views: Sequence[int] | None = None,
) -> tuple[LogarithmicPool, FloatArray]:
    """Fit a pool on the views that agree best with the coders out of fold; return it, and scores out of fold.

    Agreement is Cohen's kappa where codes exclude each other, else micro-averaged F1. For the scores of a fold, the
    pools are fitted and the views chosen without it.

    Parameters
    ----------
    log_probabilities : ndarray of shape (n_outcomes, n_views, n_codes)
        By each view, fitted on other outcomes, in the order of `ViewMaker`; the last by the definitions.
    applies : ndarray of shape (n_outcomes, n_codes)
        1 where the code was given, else 0.
    folds : sequence of ndarray of shape (n_outcomes,), bool
        Which outcomes are in each of at least two folds.
    views : sequence of int, optional
        Use these views, and choose none.

    Returns
    -------
    tuple of LogarithmicPool and ndarray of shape (n_outcomes, n_codes)
        Views that were not chosen have no weight in the pool.
    """
    candidates = _view_sets(log_probabilities.shape[1]) if views is None else [list(views)]
    if len(applies) < _MIN_TO_CHOOSE:
        candidates = candidates[:1]
    by_candidate = [_held_out_scores(log_probabilities, applies, task_type, folds, each) for each in candidates]
    chosen_scores = np.empty(applies.shape)
    for fold in folds:
        chosen_scores[fold] = by_candidate[_best(by_candidate, applies, task_type, ~fold)][fold]
    best = _best(by_candidate, applies, task_type, np.ones(len(applies), dtype=np.bool_))
    return _fit(log_probabilities, applies, task_type, candidates[best]), chosen_scores


def _held_out_scores(
    log_probabilities: FloatArray, applies: Applies, task_type: TaskType, folds: Folds, views: list[int]
) -> FloatArray:
    """Return the scores of a pool of some views, fitted without each fold in turn."""
    scores = np.empty(applies.shape)
    for fold in folds:
        pool = _fit(log_probabilities[~fold], applies[~fold], task_type, views)
        scores[fold] = pool.scores(log_probabilities[fold])
    return scores


def _view_sets(n_views: int) -> list[list[int]]:
    """Return what is chosen from, all views first, which are taken where others are no better."""
    meanings = range(N_PLACES, n_views - _N_OTHERS)
    return [list(range(n_views)), [WORDS_OF_STORY, *meanings[1::N_PLACES]], [WORDS_OF_STORY]]


def views_used(weights: FloatArray) -> str:
    """Name the views that a pool uses, where they are those of the whole story only; nothing where it uses others.

    Parameters
    ----------
    weights : ndarray of shape (n_views,)
        See `LogarithmicPool`.

    Examples
    --------
    >>> views_used(np.array([0, 1.2, 0, 0, 0, 0, 0, 0, 0]))
    'the words of the whole story'
    """
    used = set(np.flatnonzero(weights > 0).tolist())
    _, of_story, words = _view_sets(len(weights))
    if used and used <= set(words):
        return lazy_gettext("the words of the whole story")
    return lazy_gettext("the words and meaning of the whole story") if used and used <= set(of_story) else ""


def _fit(log_probabilities: FloatArray, applies: Applies, task_type: TaskType, views: list[int]) -> LogarithmicPool:
    fitted = LogarithmicPool(task_type).fit(log_probabilities[:, views], applies)
    pool = LogarithmicPool(task_type)
    pool.weights_ = np.zeros(log_probabilities.shape[1])
    pool.weights_[views] = fitted.weights_
    pool.offsets_ = fitted.offsets_
    if task_type is TaskType.MULTICLASS:
        n_given = applies.sum(axis=0) + 0.5
        pool.offsets_ = pool.offsets_ - _BALANCE * np.log(n_given / n_given.sum())
    return pool


def _best(
    by_candidate: Sequence[FloatArray], applies: Applies, task_type: TaskType, rows: npt.NDArray[np.bool_]
) -> int:
    return int(np.argmax([_agreement(scores[rows], applies[rows], task_type) for scores in by_candidate]))


def _agreement(scores: FloatArray, applies: Applies, task_type: TaskType) -> float:
    if task_type is TaskType.MULTICLASS:
        codes = np.column_stack([applies.argmax(axis=1), scores.argmax(axis=1)])
        kappa = kappa_of_two(Ratings(codes=codes, n_codes=applies.shape[1]), np.ones((1, len(codes))))
        return float(np.nan_to_num(kappa, nan=0.0)[0])
    probabilities = task_type.probabilities(scores)
    return micro_f1(probabilities >= f1_threshold(probabilities), applies)
