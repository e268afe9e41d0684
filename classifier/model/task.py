"""Classification task of a head: codes of a field, multiclass or multilabel, and the outcomes coded in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
from scipy.special import expit, softmax

from classifier._types import FloatArray
from classifier.codebook.schema import CodeField
from classifier.harvest.outcome import Outcome

Applies = npt.NDArray[np.int8]


class TaskType(StrEnum):
    """Whether the codes of a task exclude each other, and so how scores become probabilities.

    Model folders keep the values.
    """

    MULTICLASS = "one of"
    """The codes exclude each other; their probabilities sum to 1 (softmax)."""
    MULTILABEL = "each"
    """Every code applies or doesn't, by itself (logistic)."""

    def probabilities(self, scores: FloatArray) -> FloatArray:
        """Probabilities of scores, of the same shape (n_outcomes, n_codes)."""
        result: FloatArray = softmax(scores, axis=1) if self is TaskType.MULTICLASS else expit(scores)
        return result


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A classification task, of one head.

    Attributes
    ----------
    task_type : TaskType
        Whether codes exclude each other.
    rows : ndarray of shape (n_coded,)
        The outcomes that are coded.
    applies : ndarray of shape (n_coded, n_codes)
        1 where the code was given, else 0; for `TaskType.MULTICLASS`, one 1 in each row.
    defined : ndarray of shape (n_coded, n_codes)
        Probability of each code by its definition; see `classifier.model.zero_shot`.
    views : tuple of int or None
        The places of the views that its head may use; None where those that agree best are to be chosen.
    """

    task_type: TaskType
    rows: npt.NDArray[np.intp]
    applies: Applies
    defined: FloatArray
    views: tuple[int, ...] | None = None

    def of(self, rows: npt.NDArray[np.intp]) -> Task:
        """Return the task of some of the outcomes, given in rising order and numbered anew."""
        known = np.flatnonzero(np.isin(self.rows, rows))
        return Task(
            task_type=self.task_type,
            rows=np.searchsorted(rows, self.rows[known]),
            applies=self.applies[known],
            defined=self.defined[known],
            views=self.views,
        )

    @property
    def n_codes(self) -> int:
        """Number of codes to choose from."""
        return int(self.applies.shape[1])

    @property
    def trained_codes(self) -> npt.NDArray[np.intp]:
        """The indices of the codes that can be trained: those with an example, and for MULTILABEL, a counterexample."""
        n_given = self.applies.sum(axis=0)
        can_be = n_given > 0
        if self.task_type is TaskType.MULTILABEL:
            can_be &= n_given < len(self.rows)
        return np.flatnonzero(can_be)


def tasks_of(field: CodeField, outcomes: Sequence[Outcome], defined: FloatArray) -> Iterator[Task]:
    """Yield the tasks of a field: multiclass of the main code, and multilabel of all codes in a multiple field.

    Parameters
    ----------
    defined : ndarray of shape (n_outcomes, n_codes)
        Probability of each code by its definition.
    """
    place = {code: index for index, code in enumerate(field.code_names)}
    coded = [row for row, outcome in enumerate(outcomes) if outcome.codes.get(field.name)]
    rows = np.array(coded, dtype=np.intp)
    codes = [[place[code] for code in outcomes[row].codes[field.name]] for row in coded]
    first = _indicators([given[:1] for given in codes], len(place))
    yield Task(task_type=TaskType.MULTICLASS, rows=rows, applies=first, defined=defined[rows])
    if field.is_multiple:
        yield Task(
            task_type=TaskType.MULTILABEL, rows=rows, applies=_indicators(codes, len(place)), defined=defined[rows]
        )


def _indicators(codes: Sequence[Sequence[int]], n_codes: int) -> Applies:
    applies = np.zeros((len(codes), n_codes), dtype=np.int8)
    for row, given in enumerate(codes):
        applies[row, list(given)] = 1
    return applies
