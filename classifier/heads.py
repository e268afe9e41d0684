"""One head per codebook field: what each view says of its codes, pooled and calibrated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from joblib import Parallel, delayed
from scipy import sparse
from scipy.linalg import eigh
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from classifier.calibration import confidences, fit_temperature
from classifier.embedding import FloatArray
from classifier.pooling import Link, LogarithmicPool, opinions
from classifier.views import VIEWS, Matrix, StoryFeatures, ViewMaker

__all__ = ["Applies", "Head", "OutOfFold", "Question", "fit_heads", "split_folds"]

Applies = npt.NDArray[np.int8]
_N_FOLDS = 10
_N_FOLDS_OF_MANY = 5  # a thousand outcomes are learnt from nearly as well with a fifth of them held out
_MANY = 1000
# Inverse regularisation and class weights of each view's regression; see benchmarks/RESULTS.md. Balanced, a view speaks
# up for rare codes, and the pool's offsets put their rarity back in. The plain one is worth nothing to the pool where
# outcomes are few, and a good deal where they are thousands.
_BALANCED = (10.0, "balanced")
_PLAIN = (2.0, None)
_REGRESSIONS = (_BALANCED, _BALANCED, _BALANCED, _BALANCED, _PLAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a head learns to answer.

    Attributes
    ----------
    link : Link
        Whether codes exclude each other.
    rows : ndarray of shape (n_coded,)
        The outcomes that are coded.
    applies : ndarray of shape (n_coded, n_codes)
        1 where the code was given, else 0; for `Link.ONE_OF`, one 1 in each row.
    """

    link: Link
    rows: npt.NDArray[np.intp]
    applies: Applies

    @property
    def n_codes(self) -> int:
        """How many codes there are to choose from."""
        return int(self.applies.shape[1])

    @property
    def learnt(self) -> npt.NDArray[np.intp]:
        """The places of the codes that can be learnt: those with an example, and for EACH, one without."""
        n_given = self.applies.sum(axis=0)
        can_be = n_given > 0
        if self.link is Link.EACH:
            can_be &= n_given < len(self.rows)
        return np.flatnonzero(can_be)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A fitted head.

    Attributes
    ----------
    regressions : tuple of tuple of LogisticRegression
        Per view, one regression over the learnt codes (ONE_OF) or one per learnt code (EACH), or none if
        the view is worth nothing to the pool; empty where there was nothing to tell apart.
    prior : ndarray of shape (n_codes,)
        The share of outcomes with each code, used where there are no regressions.
    """

    link: Link
    learnt: npt.NDArray[np.intp]
    n_outcomes: int
    prior: FloatArray
    regressions: tuple[tuple[LogisticRegression, ...], ...]
    pool: LogarithmicPool
    temperature: float

    @property
    def always(self) -> npt.NDArray[np.intp]:
        """The places of the codes that every outcome was given, for EACH; there is nothing to tell them by."""
        if self.link is Link.ONE_OF or not self.n_outcomes:
            return np.zeros(0, dtype=np.intp)
        return np.flatnonzero(self.prior * (self.n_outcomes + 1) > self.n_outcomes)

    def confidences(self, views: Sequence[Matrix]) -> FloatArray:
        """Give the calibrated confidence in all codes; shape (n_outcomes, n_codes), each in (0, 1)."""
        if self.regressions:
            said = np.full((views[0].shape[0], len(self.regressions), len(self.learnt)), 0.5)
            # A model made by an earlier version has fewer views, the first ones.
            for place, (regressions, view) in enumerate(zip(self.regressions, views, strict=False)):
                if regressions:
                    said[:, place] = _say(regressions, view, self.link)
            scores = self.pool.scores(opinions(said, self.link))
        else:
            scores = np.tile(opinions(self.prior[self.learnt], self.link), (views[0].shape[0], 1))
        return self.calibrated(scores)

    def calibrated(self, scores: FloatArray) -> FloatArray:
        """Turn pooled scores of the learnt codes into calibrated confidence in all codes."""
        return confidences(
            scores,
            link=self.link,
            temperature=self.temperature,
            learnt=self.learnt,
            always=self.always,
            n_codes=len(self.prior),
            n_outcomes=self.n_outcomes,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfFold:
    """Confidence in the codes of coded outcomes, each given by a head that did not learn from it.

    Attributes
    ----------
    rows : ndarray of shape (n_coded,)
        Which outcomes they are.
    confidences : ndarray of shape (n_coded, n_codes)
    """

    rows: npt.NDArray[np.intp]
    confidences: FloatArray


def split_folds(groups: npt.NDArray[np.intp], *, seed: int) -> list[npt.NDArray[np.intp]]:
    """Share outcomes out to folds, near-duplicates to the same one.

    Returns
    -------
    list of ndarray
        The rows of each fold; a single empty list where there is only one group.
    """
    n_folds = _N_FOLDS if len(groups) < _MANY else _N_FOLDS_OF_MANY
    n_folds = min(n_folds, len(np.unique(groups)))
    if n_folds < 2:
        return []
    splitter = GroupKFold(n_folds, shuffle=True, random_state=seed)
    return [held_out for _, held_out in splitter.split(groups, groups=groups)]


def fit_heads(
    features: StoryFeatures,
    questions: Sequence[Question],
    folds: Sequence[npt.NDArray[np.intp]],
    *,
    advance: Callable[[int], None] = lambda n: None,
) -> tuple[ViewMaker, list[Head], list[OutOfFold]]:
    """Fit one head per question.

    Views are fitted without each fold in turn, and what they say of the fold they have not seen is what
    the pool is fitted on; what pools say that were fitted without a fold is what confidence is
    calibrated on.

    Parameters
    ----------
    features : StoryFeatures
    questions : sequence of Question
    folds : sequence of ndarray
        See `split_folds`.
    advance : callable
        Called with the number of fits done since the last call, of `len(folds) + 1`.
    """
    everything = np.arange(len(features))
    # The last job is the one that is kept: all outcomes to learn from, none held out.
    jobs = [(np.setdiff1d(everything, held_out), held_out) for held_out in folds]
    jobs.append((everything, everything[:0]))
    # Nothing is put into files for the workers to share: it would be what outcome texts are made into.
    work = Parallel(n_jobs=-1, return_as="generator", max_nbytes=None)(
        delayed(_fit_views)(features.rows(known), features.rows(held_out), [_part(q, known) for q in questions])
        for known, held_out in jobs
    )
    fitted = []
    for result in work:
        fitted.append(result)
        advance(1)
    views, final, _ = fitted[-1]
    heads, out_of_fold = [], []
    for place, question in enumerate(questions):
        said = np.full((len(features), len(VIEWS), question.n_codes), np.nan)
        for (_, held_out), (_, _, said_by_question) in zip(jobs[:-1], fitted[:-1], strict=True):
            said[held_out] = said_by_question[place]
        head, checked = _pool(question, final[place], opinions(said[question.rows], question.link), folds)
        heads.append(head)
        out_of_fold.append(checked)
    return views, heads, out_of_fold


def _part(question: Question, rows: npt.NDArray[np.intp]) -> Question:
    """Return the question as put to some of the outcomes, numbered anew."""
    known = np.flatnonzero(np.isin(question.rows, rows))
    return Question(
        link=question.link, rows=np.searchsorted(rows, question.rows[known]), applies=question.applies[known]
    )


def _fit_views(
    known: StoryFeatures, held_out: StoryFeatures, questions: Sequence[Question]
) -> tuple[ViewMaker, list[tuple[tuple[LogisticRegression, ...], ...]], list[FloatArray]]:
    """Fit every view of every question on the known outcomes and ask them about the ones held out.

    What they say has shape (n_held_out, n_views, n_codes), over all codes of the field.
    """
    maker, seen = ViewMaker.fit_transform(known)
    unseen = maker.transform(held_out) if len(held_out) else ()
    regressions, said = [], []
    for question in questions:
        # Both views of words are one where a story is nothing but its description.
        by_matrix = {
            id(view): _regress(view[question.rows], question, *how)
            for view, how in zip(seen, _REGRESSIONS, strict=True)
        }
        per_view = tuple(by_matrix[id(view)] for view in seen)
        regressions.append(per_view if any(per_view) else ())
        answers = np.tile(_smoothed_share(question), (len(held_out), len(VIEWS), 1))
        for place, view in enumerate(unseen):
            if per_view[place]:
                answers[:, place, question.learnt] = _say(per_view[place], view, question.link)
        said.append(answers)
    return maker, regressions, said


def _regress(
    view: Matrix, question: Question, strength: float, class_weight: str | None
) -> tuple[LogisticRegression, ...]:
    learnt = question.learnt
    if len(learnt) == 0 or (question.link is Link.ONE_OF and len(learnt) == 1):
        return ()
    given = question.applies[:, learnt]
    targets = [given.argmax(axis=1)] if question.link is Link.ONE_OF else list(given.T)
    turned, axes = _turn(view)
    made = []
    for target in targets:
        regression = LogisticRegression(C=strength, class_weight=class_weight, max_iter=1000, tol=1e-3)
        made.append(_turned_back(regression.fit(turned, target), axes))
    return tuple(made)


def _turned_back(regression: LogisticRegression, axes: Matrix | None) -> LogisticRegression:
    coefficients = regression.coef_ if axes is None else regression.coef_ @ axes
    regression.coef_ = coefficients.astype(np.float32)
    regression.intercept_ = regression.intercept_.astype(np.float32)
    regression.n_features_in_ = regression.coef_.shape[1]
    return regression


def _turn(view: Matrix) -> tuple[Matrix, Matrix | None]:
    """Turn a view with many more columns than rows into one with as many as rows, and the axes to turn back by.

    A regression with a squared penalty has its coefficients among the rows it learns from, so that it
    comes out the same on the turned view, several times as fast. Of many rows the turned view is large,
    and a sparse one, as it is, is the smaller work.
    """
    n_rows, n_columns = view.shape
    n_entries = view.nnz if sparse.issparse(view) else view.size
    if n_columns < 2 * n_rows or n_entries < n_rows**2 / 2:
        return view, None
    products = view @ view.T
    dense = products.toarray() if sparse.issparse(products) else products
    squares, vectors = eigh(dense.astype(np.float64))
    kept = squares > squares[-1] * 1e-8
    lengths, vectors = np.sqrt(squares[kept]), vectors[:, kept]
    return vectors * lengths, (vectors / lengths).T @ view


def _say(regressions: tuple[LogisticRegression, ...], view: Matrix, link: Link) -> FloatArray:
    if link is Link.ONE_OF:
        said: FloatArray = regressions[0].predict_proba(view)
        return said
    return np.stack([regression.predict_proba(view)[:, 1] for regression in regressions], axis=1)


def _smoothed_share(question: Question) -> FloatArray:
    n_given = question.applies.sum(axis=0)
    n_outcomes = len(question.rows)
    total = n_outcomes + (0.5 * question.n_codes if question.link is Link.ONE_OF else 1.0)
    shares: FloatArray = (n_given + 0.5) / total
    return shares


def _pool(
    question: Question,
    regressions: tuple[tuple[LogisticRegression, ...], ...],
    said: FloatArray,
    folds: Sequence[npt.NDArray[np.intp]],
) -> tuple[Head, OutOfFold]:
    inside = [np.isin(question.rows, held_out) for held_out in folds]
    inside = [rows for rows in inside if rows.any()]
    head = Head(
        link=question.link,
        learnt=question.learnt,
        n_outcomes=len(question.rows),
        prior=_smoothed_share(question),
        regressions=regressions,
        pool=LogarithmicPool(question.link),
        temperature=1.0,
    )
    if not regressions or len(inside) < 2:
        # Nothing tells how much each view is worth, nor how sure to be: they count the same, and no
        # evidence is given that anything could be confirmed by.
        head.pool.weights_ = np.full(len(VIEWS), 1 / len(VIEWS))
        head.pool.offsets_ = np.zeros(len(head.learnt))
        return head, OutOfFold(rows=question.rows[:0], confidences=np.zeros((0, question.n_codes)))
    said, applies = said[:, :, head.learnt], question.applies[:, head.learnt]
    head.pool.fit(said, applies)
    scores = np.empty(applies.shape)
    for rows in inside:
        scores[rows] = LogarithmicPool(question.link).fit(said[~rows], applies[~rows]).scores(said[rows])
    kept = tuple(
        per_view if weight > 0 else () for per_view, weight in zip(regressions, head.pool.weights_, strict=True)
    )
    head = replace(head, regressions=kept, temperature=fit_temperature(scores, applies, question.link))
    return head, OutOfFold(rows=question.rows, confidences=head.calibrated(scores))
