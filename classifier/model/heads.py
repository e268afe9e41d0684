"""One head per codebook field: what each view says of its codes, pooled and calibrated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from joblib import Parallel, delayed

from classifier._types import FloatArray
from classifier.features.feature_views import ViewMaker
from classifier.features.near_duplicates import Fingerprints
from classifier.features.story_features import StoryFeatures
from classifier.features.tfidf import Matrix
from classifier.model.calibration import confidences, fit_temperature
from classifier.model.neighbours import Neighbours
from classifier.model.opinion_pool import Link, LogarithmicPool, opinions
from classifier.model.regression import BALANCED, PLAIN, Voices, regress
from classifier.model.task import Applies, Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A fitted head.

    Attributes
    ----------
    rows : ndarray of shape (n_coded,)
        The outcomes that it learnt from, of all that the model has.
    learnt : ndarray of shape (n_learnt,)
        The places of the codes that it can tell apart.
    voices : tuple of tuple of LogisticRegression or Neighbours
        Per view, what it says of the learnt codes: one regression over them (ONE_OF) or one for each
        (EACH), or the neighbours that vote for them, or none if the view is worth nothing to the pool;
        empty where there was nothing to tell apart.
    prior : ndarray of shape (n_codes,)
        The share of outcomes with each code, used where there are no voices.
    """

    link: Link
    rows: npt.NDArray[np.intp]
    learnt: npt.NDArray[np.intp]
    prior: FloatArray
    voices: tuple[Voices, ...]
    pool: LogarithmicPool
    temperature: float

    @classmethod
    def untaught(cls, question: Question) -> Head:
        """Return a head for which there is nothing to learn from, or nothing to tell apart."""
        return cls(
            link=question.link,
            rows=question.rows,
            learnt=question.learnt,
            prior=_smoothed_share(question),
            voices=(),
            pool=LogarithmicPool(question.link),
            temperature=1.0,
        )

    @property
    def n_outcomes(self) -> int:
        """How many outcomes it learnt from."""
        return len(self.rows)

    @property
    def always(self) -> npt.NDArray[np.intp]:
        """The places of the codes that every outcome was given, for EACH; there is nothing to tell them by."""
        if self.link is Link.ONE_OF or not self.n_outcomes:
            return np.zeros(0, dtype=np.intp)
        return np.flatnonzero(self.prior * (self.n_outcomes + 1) > self.n_outcomes)

    def confidences(self, views: Sequence[Matrix], defined: FloatArray) -> FloatArray:
        """Give the calibrated confidence in all codes; shape (n_outcomes, n_codes), each in (0, 1).

        Parameters
        ----------
        views : sequence of matrices
            Not looked at where there are no voices.
        defined : ndarray of shape (n_outcomes, n_codes)
            How likely each code is by its definition.
        """
        if self.voices:
            said = np.full((len(defined), len(self.voices) + 1, len(self.learnt)), 0.5)
            for place, (voices, view) in enumerate(zip(self.voices, views, strict=True)):
                if voices:
                    said[:, place] = _say(voices, view, self.link)
            said[:, -1] = defined[:, self.learnt]
            scores = self.pool.scores(opinions(said, self.link))
        else:
            scores = np.tile(opinions(self.prior[self.learnt], self.link), (len(defined), 1))
        return self.calibrated(scores, defined)

    def calibrated(self, scores: FloatArray, defined: FloatArray) -> FloatArray:
        """Turn pooled scores of the learnt codes into calibrated confidence in all codes."""
        return confidences(
            scores,
            link=self.link,
            temperature=self.temperature,
            learnt=self.learnt,
            always=self.always,
            defined=defined,
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
    uncalibrated : ndarray of shape (n_coded, n_codes)
        The same as the pool gives it, before temperature and doubt; 0 for a code that can't be learnt.
    """

    rows: npt.NDArray[np.intp]
    confidences: FloatArray
    uncalibrated: FloatArray

    @classmethod
    def nothing(cls, question: Question) -> OutOfFold:
        """Return what is found where no outcome can be held out."""
        none = np.zeros((0, question.n_codes))
        return cls(rows=question.rows[:0], confidences=none, uncalibrated=none)


def fit_heads(
    features: StoryFeatures,
    fingerprints: Fingerprints,
    questions: Sequence[Question],
    folds: Sequence[npt.NDArray[np.intp]],
    *,
    advance: Callable[[int], None] = lambda n: None,
) -> tuple[ViewMaker, list[Head], list[OutOfFold]]:
    """Fit one head per question.

    Views are fitted without each fold in turn, and what they say of the fold they have not seen is what
    the pool is fitted on, beside what the definitions say; what pools say that were fitted without a fold
    is what confidence is calibrated on.

    Parameters
    ----------
    features : StoryFeatures
    fingerprints : ndarray of shape (n_outcomes, n_dimensions)
        The fingerprints of the same outcomes.
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
        delayed(_fit_views)(
            (features.rows(known), fingerprints[known]),
            (features.rows(held_out), fingerprints[held_out]),
            [question.of(known) for question in questions],
        )
        for known, held_out in jobs
    )
    fitted = []
    for result in work:
        fitted.append(result)
        advance(1)
    views, final, _ = fitted[-1]
    heads, out_of_fold = [], []
    for place, question in enumerate(questions):
        n_views = fitted[-1][2][place].shape[1]
        said = np.full((len(features), n_views, question.n_codes), np.nan)
        for (_, held_out), (_, _, said_by_question) in zip(jobs[:-1], fitted[:-1], strict=True):
            said[held_out] = said_by_question[place]
        asked = np.concatenate([said[question.rows], question.defined[:, np.newaxis]], axis=1)
        head, checked = _pool(question, final[place], opinions(asked, question.link), folds)
        heads.append(head)
        out_of_fold.append(checked)
    return views, heads, out_of_fold


def _fit_views(
    known: tuple[StoryFeatures, Fingerprints],
    held_out: tuple[StoryFeatures, Fingerprints],
    questions: Sequence[Question],
) -> tuple[ViewMaker, list[tuple[Voices, ...]], list[FloatArray]]:
    """Fit every view of every question on the known outcomes and ask them about the ones held out.

    What they say has shape (n_held_out, n_views, n_codes), over all codes of the field.
    """
    maker, seen = ViewMaker.fit_transform(*known)
    n_held_out = len(held_out[0])
    unseen = maker.transform(*held_out) if n_held_out else ()
    fitted, said = [], []
    for question in questions:
        voices = _fit_voices(seen, question)
        fitted.append(voices)
        answers = np.tile(_smoothed_share(question), (n_held_out, len(seen), 1))
        if voices:
            for place, view in enumerate(unseen):
                answers[:, place, question.learnt] = _say(voices[place], view, question.link)
        said.append(answers)
    return maker, fitted, said


def _fit_voices(seen: Sequence[Matrix], question: Question) -> tuple[Voices, ...]:
    learnt = question.learnt
    if len(learnt) == 0 or (question.link is Link.ONE_OF and len(learnt) == 1):
        return ()
    given = question.applies[:, learnt]
    targets = [given.argmax(axis=1)] if question.link is Link.ONE_OF else list(given.T)
    neighbours = fit_neighbours(seen[-1][question.rows], given, question.link)
    made: dict[int, Voices] = {}
    # The last view has no regression, and the one before it is words and meaning side by side.
    hows = [*[BALANCED] * (len(seen) - 2), PLAIN]
    for view, how in zip(seen[:-1], hows, strict=True):
        # Views of the description and the story are one where nothing else is told; then one regression does.
        if id(view) not in made:
            made[id(view)] = regress(view[question.rows], targets, *how)
    return (*(made[id(view)] for view in seen[:-1]), (neighbours,))


def fit_neighbours(fingerprints: Fingerprints, given: Applies, link: Link) -> Neighbours:
    """Let outcomes, by their fingerprints, vote for the learnt codes that they were given."""
    if link is Link.ONE_OF:
        return Neighbours().fit(fingerprints, given.argmax(axis=1))
    return Neighbours().fit(fingerprints, given if given.shape[1] > 1 else given[:, 0])


def _say(voices: Voices, view: Matrix, link: Link) -> FloatArray:
    first = voices[0]
    if link is Link.ONE_OF or (isinstance(first, Neighbours) and first.is_multiple_):
        said: FloatArray = first.predict_proba(view)
        return said
    return np.stack([voice.predict_proba(view)[:, 1] for voice in voices], axis=1)


def _smoothed_share(question: Question) -> FloatArray:
    n_given = question.applies.sum(axis=0)
    n_outcomes = len(question.rows)
    total = n_outcomes + (0.5 * question.n_codes if question.link is Link.ONE_OF else 1.0)
    shares: FloatArray = (n_given + 0.5) / total
    return shares


def _pool(
    question: Question,
    voices: tuple[Voices, ...],
    said: FloatArray,
    folds: Sequence[npt.NDArray[np.intp]],
) -> tuple[Head, OutOfFold]:
    inside = [np.isin(question.rows, held_out) for held_out in folds]
    inside = [rows for rows in inside if rows.any()]
    head = replace(Head.untaught(question), voices=voices)
    if not voices or len(inside) < 2:
        # Nothing tells how much each view is worth: they count the same.
        head.pool.weights_ = np.full(said.shape[1], 1 / said.shape[1])
        head.pool.offsets_ = np.zeros(len(head.learnt))
        # No evidence is given that anything could be confirmed by.
        return head, OutOfFold.nothing(question)
    said, applies = said[:, :, head.learnt], question.applies[:, head.learnt]
    head.pool.fit(said, applies)
    scores = np.empty(applies.shape)
    for rows in inside:
        scores[rows] = LogarithmicPool(question.link).fit(said[~rows], applies[~rows]).scores(said[rows])
    # What is worth nothing need not be kept.
    weights = head.pool.weights_[:-1]
    kept = tuple(voice if weight > 0 else () for voice, weight in zip(voices, weights, strict=True))
    head = replace(head, voices=kept, temperature=fit_temperature(scores, applies, question.link))
    uncalibrated = np.zeros(question.applies.shape)
    uncalibrated[:, head.learnt] = question.link.probabilities(scores)
    calibrated = head.calibrated(scores, question.defined)
    return head, OutOfFold(rows=question.rows, confidences=calibrated, uncalibrated=uncalibrated)
