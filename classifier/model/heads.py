"""Heads: classifiers of the codes of a field, one per feature view, pooled and calibrated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from classifier._types import FloatArray
from classifier.features.tfidf import Matrix
from classifier.model.calibration import confidences
from classifier.model.linear_classifier import LinearClassifier
from classifier.model.neighbours import Neighbours
from classifier.model.opinion_pool import LogarithmicPool, to_log_probabilities
from classifier.model.task import Task, TaskType

ViewClassifiers = tuple[LinearClassifier, ...] | tuple[Neighbours]


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A fitted head: view classifiers, opinion pool and temperature.

    Attributes
    ----------
    rows : ndarray of shape (n_coded,)
        Rows of the outcomes it was trained on, among those of the model.
    trained_codes : ndarray of shape (n_trained_codes,)
        The indices of the codes that it can predict.
    view_classifiers : tuple of tuple of LinearClassifier or Neighbours
        Per view, the classifiers of the codes trained on: one regression over them (MULTICLASS) or one for each
        (MULTILABEL), or the nearest neighbours, or none if the view has no weight in the pool;
        empty where there was nothing to train on.
    prior : ndarray of shape (n_codes,)
        The share of outcomes with each code, used where there are no view classifiers.
    """

    task_type: TaskType
    rows: npt.NDArray[np.intp]
    trained_codes: npt.NDArray[np.intp]
    prior: FloatArray
    view_classifiers: tuple[ViewClassifiers, ...]
    pool: LogarithmicPool
    temperature: float

    @classmethod
    def untrained(cls, task: Task) -> Head:
        """Return a head without view classifiers, where there is nothing to train on."""
        return cls(
            task_type=task.task_type,
            rows=task.rows,
            trained_codes=task.trained_codes,
            prior=smoothed_share(task),
            view_classifiers=(),
            pool=LogarithmicPool(task.task_type),
            temperature=1.0,
        )

    @property
    def n_outcomes(self) -> int:
        """Number of outcomes it was trained on."""
        return len(self.rows)

    @property
    def always(self) -> npt.NDArray[np.intp]:
        """The indices of the codes that every outcome was given, for MULTILABEL; they can't be trained."""
        if self.task_type is TaskType.MULTICLASS or not self.n_outcomes:
            return np.zeros(0, dtype=np.intp)
        return np.flatnonzero(self.prior * (self.n_outcomes + 1) > self.n_outcomes)

    def confidences(self, views: Sequence[Matrix], defined: FloatArray) -> FloatArray:
        """Calibrated confidence in all codes; shape (n_outcomes, n_codes), each in (0, 1).

        Parameters
        ----------
        views : sequence of matrices
            Not used where there are no view classifiers.
        defined : ndarray of shape (n_outcomes, n_codes)
            Probability of each code by its definition.
        """
        if self.view_classifiers:
            view_probabilities = np.full((len(defined), len(self.view_classifiers) + 1, len(self.trained_codes)), 0.5)
            for place, (view_classifiers, view) in enumerate(zip(self.view_classifiers, views, strict=True)):
                if view_classifiers:
                    view_probabilities[:, place] = view_probabilities_of(view_classifiers, view, self.task_type)
            view_probabilities[:, -1] = defined[:, self.trained_codes]
            scores = self.pool.scores(to_log_probabilities(view_probabilities, self.task_type))
        else:
            scores = np.tile(to_log_probabilities(self.prior[self.trained_codes], self.task_type), (len(defined), 1))
        return self.calibrated(scores, defined)

    def calibrated(self, scores: FloatArray, defined: FloatArray) -> FloatArray:
        """Calibrated confidence in all codes, from pooled scores of the codes trained on."""
        return confidences(
            scores,
            task_type=self.task_type,
            temperature=self.temperature,
            trained_codes=self.trained_codes,
            always=self.always,
            defined=defined,
            n_outcomes=self.n_outcomes,
        )


def view_probabilities_of(view_classifiers: ViewClassifiers, view: Matrix, task_type: TaskType) -> FloatArray:
    """Return the probabilities of the codes trained on by one view; shape (n_outcomes, n_trained_codes)."""
    first = view_classifiers[0]
    if task_type is TaskType.MULTICLASS or isinstance(first, Neighbours):
        return first.predict_proba(view)
    return np.stack([classifier.predict_proba(view)[:, 1] for classifier in view_classifiers], axis=1)


def smoothed_share(task: Task) -> FloatArray:
    """Return the share of outcomes with each code; shape (n_codes,), each in (0, 1)."""
    n_given = task.applies.sum(axis=0)
    n_outcomes = len(task.rows)
    total = n_outcomes + (0.5 * task.n_codes if task.task_type is TaskType.MULTICLASS else 1.0)
    shares: FloatArray = (n_given + 0.5) / total
    return shares
