"""Calibration curve: the share right by confidence, as a logistic regression with its uncertainty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit, ndtri

from classifier._types import FloatArray

_LEAST_PROBABILITY = 1e-4
# Precision of the prior of offset and slope. Confidence is calibrated already, so a slope far from 1 takes evidence.
# The offset is free, since the confidence that several codes are right together is a product, which may be too low.
_PRIOR_PRECISION = np.diag([0.02, 2.0])
_PRIOR_MEAN = np.array([0.0, 1.0])
_MOST_STEPS = 50
_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationCurve:
    """Logistic calibration curve: log-odds of being right, linear in the log-odds of confidence.

    Attributes
    ----------
    coefficients : ndarray of shape (2,)
        Offset and slope; (0, 1) where confidence is calibrated.
    covariance : ndarray of shape (2, 2)
        Of the coefficients, by the Laplace approximation.

    References
    ----------
    .. [1] Cox (1958), "Two further applications of a model for binary regression", doi:10.1093/biomet/45.3-4.562.

    Examples
    --------
    >>> confidence = np.linspace(0.5, 0.99, 400)
    >>> curve = CalibrationCurve.fit(confidence, np.random.default_rng(0).random(400) < confidence)
    >>> bool(abs(curve.coefficients[1] - 1) < 0.3)
    True
    """

    coefficients: FloatArray
    covariance: FloatArray

    @classmethod
    def fit(cls, confidence: FloatArray, right: npt.NDArray[np.bool_]) -> Self:
        """Fit the curve by Newton's method.

        Parameters
        ----------
        confidence : ndarray of shape (n_outcomes,)
            Of outcomes not trained on.
        right : ndarray of shape (n_outcomes,)
            Whether their suggestions were right.
        """
        log_odds = _design(confidence)
        coefficients = _PRIOR_MEAN
        hessian = _PRIOR_PRECISION
        for _ in range(_MOST_STEPS):
            expected = expit(log_odds @ coefficients)
            gradient = log_odds.T @ (right - expected) - _PRIOR_PRECISION @ (coefficients - _PRIOR_MEAN)
            hessian = (log_odds * (expected * (1 - expected))[:, np.newaxis]).T @ log_odds + _PRIOR_PRECISION
            step = np.linalg.solve(hessian, gradient)
            coefficients = coefficients + step
            if np.abs(step).max() < _TOLERANCE:
                break
        return cls(coefficients=coefficients, covariance=np.linalg.inv(hessian))

    def lowest_precision(self, confidence: FloatArray, *, level: float) -> FloatArray:
        """Lower bounds of the share right among the first outcome, the first two, the first three, and so on.

        Parameters
        ----------
        confidence : ndarray of shape (n_outcomes,)
        level : float
            One-sided confidence level of the bounds, in (0, 1).

        Returns
        -------
        ndarray of shape (n_outcomes,)
        """
        log_odds = _design(confidence)
        expected = expit(log_odds @ self.coefficients)
        n_first = np.arange(1, len(confidence) + 1)
        slopes = np.cumsum((expected * (1 - expected))[:, np.newaxis] * log_odds, axis=0) / n_first[:, np.newaxis]
        errors = np.sqrt(np.einsum("oi,ij,oj->o", slopes, self.covariance, slopes))
        bounds: FloatArray = np.cumsum(expected) / n_first - ndtri(level) * errors
        return bounds


def _design(confidence: FloatArray) -> FloatArray:
    log_odds = logit(np.clip(confidence, _LEAST_PROBABILITY, 1 - _LEAST_PROBABILITY))
    return np.column_stack([np.ones(len(log_odds)), log_odds])
