"""The nearest coded outcomes vote, the nearer ones with more weight."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_is_fitted, validate_data

from classifier._types import FloatArray

_BLOCK = 512


class Neighbours(ClassifierMixin, BaseEstimator):
    """Classifier by similarity: each outcome trained on votes for its codes, weighted by its similarity.

    The weight is ``exp(sharpness * similarity)``, similarity being the product of two rows, so that a few
    near ones decide. This finds what a line can't part: codes that hold several unlike kinds of story.

    Parameters
    ----------
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
    >>> votes = Neighbours(sharpness=20.0).fit(known, ["Local", "Local", "National"])
    >>> votes.predict([[0.1, 0.9]])
    array(['National'], dtype='<U8')
    """

    def __init__(self, sharpness: float = 120.0, prior_votes: float = 0.5) -> None:
        self.sharpness = sharpness
        self.prior_votes = prior_votes

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike) -> Self:
        """Keep outcomes and their codes.

        Parameters
        ----------
        X : array of shape (n_outcomes, n_features)
        y : array of shape (n_outcomes,) or (n_outcomes, n_codes)
            A code each, or 1 for each code that was given and else 0.
        """
        self.X_, given = validate_data(self, X, y, multi_output=True, dtype=[np.float16, np.float32, np.float64])
        check_classification_targets(given)
        self.is_multiple_ = type_of_target(given) == "multilabel-indicator"
        if self.is_multiple_:
            self.classes_, self.applies_ = np.arange(given.shape[1]), given.astype(np.int8)
        else:
            self.classes_, places = np.unique(column_or_1d(given, warn=True), return_inverse=True)
            self.applies_ = np.eye(len(self.classes_), dtype=np.int8)[places]
        return self

    def predict_proba(self, X: npt.ArrayLike) -> FloatArray:
        """Return each code's share of the votes; shape (n_outcomes, n_codes)."""
        check_is_fitted(self)
        new = validate_data(self, X, reset=False, dtype=[np.float16, np.float32, np.float64])
        known = self.X_.astype(np.float32, copy=False)
        shares = np.empty((len(new), self.applies_.shape[1]))
        for start in range(0, len(new), _BLOCK):
            block = slice(start, start + _BLOCK)
            similarity = new[block].astype(np.float32, copy=False) @ known.T
            weights = np.exp(self.sharpness * (similarity - similarity.max(axis=1, keepdims=True)))
            votes = weights @ self.applies_ + self.prior_votes * self.applies_.mean(axis=0)
            shares[block] = votes / (weights.sum(axis=1, keepdims=True) + self.prior_votes)
        return shares

    def predict(self, X: npt.ArrayLike) -> npt.NDArray[Any]:
        """Return the code with most votes, or 1 for each code with half of them or more."""
        shares = self.predict_proba(X)
        if self.is_multiple_:
            return (shares >= 0.5).astype(np.int8)
        codes: npt.NDArray[Any] = self.classes_[shares.argmax(axis=1)]
        return codes
