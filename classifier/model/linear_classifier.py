"""Logistic regression that is fitted: coefficients and intercepts, and the probabilities they give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, softmax

from classifier._types import FloatArray
from classifier.features.tfidf import Matrix


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LinearClassifier:
    """Fitted logistic regression of the classes 0, 1 and so on; multinomial where there are more than two.

    It gives the probabilities that scikit-learn's ``LogisticRegression`` gives by the same numbers.

    Attributes
    ----------
    coefficients : ndarray of shape (1, n_features) or (n_classes, n_features)
        Of two classes, those of the second.
    intercepts : ndarray of shape (1,) or (n_classes,)

    Examples
    --------
    >>> local_or_national = LinearClassifier(coefficients=np.array([[2.0, -2.0]]), intercepts=np.array([0.0]))
    >>> local_or_national.predict_proba(np.array([[0.1, 0.9]])).round(2)
    array([[0.83, 0.17]])
    """

    coefficients: npt.NDArray[np.float32]
    intercepts: npt.NDArray[np.float32]

    @property
    def n_features(self) -> int:
        """Number of features of the view it was fitted on."""
        return int(self.coefficients.shape[1])

    def predict_proba(self, rows: Matrix) -> FloatArray:
        """Return the probability of each class; shape (n_rows, n_classes)."""
        # In double precision, or the last digits that are told of one row would depend on how many there are.
        scores = rows @ self.coefficients.T.astype(np.float64) + self.intercepts
        if scores.shape[1] == 1:
            second: FloatArray = expit(scores[:, 0])
            return np.stack([1 - second, second], axis=1)
        probabilities: FloatArray = softmax(scores, axis=1)
        return probabilities
