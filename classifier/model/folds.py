"""Cross-validation folds that keep groups whole and rare codes spread."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from classifier.model.task import Task

_N_FOLDS = 10
_N_FOLDS_OF_MANY = 5  # of a thousand outcomes, a fifth can be held out at little loss
_MANY = 1000


def split_folds(
    groups: npt.NDArray[np.intp],
    *,
    seed: int,
    kinds: npt.NDArray[np.intp] | None = None,
    n_folds: int | None = None,
) -> list[npt.NDArray[np.intp]]:
    """Share outcomes out to folds, near-duplicates to the same one.

    Parameters
    ----------
    groups : ndarray of shape (n_outcomes,)
        Equal numbers mark near-duplicates.
    seed : int
        Decides which outcomes share a fold.
    kinds : ndarray of shape (n_outcomes,), optional
        What is to be spread evenly over the folds; see `rarest_codes`.
    n_folds : int, optional
        By default ten, and five of a thousand outcomes or more.

    Returns
    -------
    list of ndarray
        The rows of each fold; a single empty list where there is only one group.
    """
    # Imported here since the review page and `models show` import training, and sklearn takes more than a second.
    from sklearn.model_selection import StratifiedGroupKFold

    n_folds = n_folds or (_N_FOLDS if len(groups) < _MANY else _N_FOLDS_OF_MANY)
    n_folds = min(n_folds, len(np.unique(groups)))
    if n_folds < 2:
        return []
    kinds = np.zeros(len(groups), dtype=np.intp) if kinds is None else kinds
    # Of what is rarer than there are folds, not each can have one: it is spread as one kind.
    is_rare = np.bincount(kinds)[kinds] < n_folds
    splitter = StratifiedGroupKFold(n_folds, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The least populated class")
        return [held_out for _, held_out in splitter.split(kinds, np.where(is_rare, -1, kinds), groups)]


def rarest_codes(tasks: Sequence[Task], n_outcomes: int) -> npt.NDArray[np.intp]:
    """Give outcomes the number of the rarest code that each has in any field, so that folds can share it out."""
    rarest = np.zeros(n_outcomes, dtype=np.intp)
    fewest = np.full(n_outcomes, n_outcomes + 1)
    first = 1
    for task in tasks:
        n_given = task.applies.sum(axis=0)
        rows, codes = np.nonzero(task.applies)
        for row, code in zip(task.rows[rows], codes, strict=True):
            if n_given[code] < fewest[row]:
                fewest[row], rarest[row] = n_given[code], first + code
        first += task.n_codes
    return rarest
