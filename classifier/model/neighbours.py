"""The nearest coded outcomes vote, the nearer ones with more weight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from classifier._types import FloatArray
from classifier.features.near_duplicates import Fingerprints
from classifier.model.task import Applies

_BLOCK = 512


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Neighbours:
    """Classifier by similarity: each outcome trained on votes for its codes, weighted by its similarity.

    The weight is ``exp(sharpness * similarity)``, similarity being the product of two rows, so that a few
    near ones decide. This finds what a line can't part: codes that hold several unlike kinds of story.

    Attributes
    ----------
    known : ndarray of shape (n_known, n_features)
        The outcomes trained on.
    applies : ndarray of shape (n_known, n_codes)
        1 for each code that they were given, else 0.
    sharpness : float
        How fast votes lose weight; at 120 a twentieth less similar weighs 400 times less.
    prior_votes : float
        How many votes, each of the weight of the nearest one, go to the share of each code.

    References
    ----------
    .. [1] Nadaraya (1964), "On Estimating Regression", doi:10.1137/1109020.

    Examples
    --------
    >>> known = np.array([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]])
    >>> votes = Neighbours(known=known, applies=np.eye(2)[[0, 0, 1]], sharpness=20.0)
    >>> votes.predict_proba(np.array([[0.1, 0.9]])).round(2)
    array([[0.22, 0.78]])
    """

    known: Fingerprints
    applies: Applies
    sharpness: float = 120.0
    prior_votes: float = 0.5

    @property
    def n_features(self) -> int:
        """Number of columns of the outcomes trained on."""
        return int(self.known.shape[1])

    def predict_proba(self, rows: npt.NDArray[np.floating]) -> FloatArray:
        """Return each code's share of the votes; shape (n_rows, n_codes)."""
        known = self.known.astype(np.float64)  # see `LinearClassifier.predict_proba`
        shares = np.empty((len(rows), self.applies.shape[1]))
        for start in range(0, len(rows), _BLOCK):
            block = slice(start, start + _BLOCK)
            similarity = rows[block].astype(np.float64) @ known.T
            weights = np.exp(self.sharpness * (similarity - similarity.max(axis=1, keepdims=True)))
            votes = weights @ self.applies + self.prior_votes * self.applies.mean(axis=0)
            shares[block] = votes / (weights.sum(axis=1, keepdims=True) + self.prior_votes)
        return shares
