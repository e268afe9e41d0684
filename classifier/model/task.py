"""Classification task of a head: the codes of a field, and the outcomes coded in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from classifier._types import FloatArray
from classifier.model.opinion_pool import Link

Applies = npt.NDArray[np.int8]


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
    defined : ndarray of shape (n_coded, n_codes)
        How likely each code is by its definition; see `classifier.model.zero_shot`.
    """

    link: Link
    rows: npt.NDArray[np.intp]
    applies: Applies
    defined: FloatArray

    def of(self, rows: npt.NDArray[np.intp]) -> Question:
        """Return the question as put to some of the outcomes, in rising order, numbered anew."""
        known = np.flatnonzero(np.isin(self.rows, rows))
        return Question(
            link=self.link,
            rows=np.searchsorted(rows, self.rows[known]),
            applies=self.applies[known],
            defined=self.defined[known],
        )

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
