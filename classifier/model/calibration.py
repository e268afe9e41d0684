"""Calibration: temperature scaling of scores, and smoothing by the definitions."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from classifier._types import FloatArray
from classifier.model.task import TaskType

# Confidence stays this far from certainty however many outcomes there are, so that it is
# never shown as 100 %.
_DOUBT = 0.02
_ENOUGH = 3.0
"""Outcomes per code from which training counts more than the definitions; see benchmarks/RESULTS.md."""


def fit_temperature(scores: FloatArray, applies: npt.NDArray[Any], task_type: TaskType) -> float:
    """Fit the temperature that scores of unseen outcomes are calibrated by.

    Parameters
    ----------
    scores : ndarray of shape (n_outcomes, n_codes)
        Scores of outcomes that the scorer was not fitted on.
    applies : ndarray of shape (n_outcomes, n_codes)
        1 where the code was given, else 0.

    Returns
    -------
    float
        Above 1 where the scores are overconfident, below 1 where they are underconfident.

    References
    ----------
    .. [1] Guo et al. (2017), "On Calibration of Modern Neural Networks", doi:10.48550/arXiv.1706.04599.

    Examples
    --------
    Nine of ten right at log-odds of 8 is overconfident:

    >>> scores = np.array([[4.0, -4.0]] * 10)
    >>> applies = np.eye(2)[[0] * 9 + [1]]
    >>> round(fit_temperature(scores, applies, TaskType.MULTICLASS), 1)
    3.6
    """
    # Imported here since prediction does without it, and it takes 0.2 s of processor time.
    from scipy.optimize import minimize_scalar

    def negative_log_likelihood(log_temperature: float) -> float:
        probabilities = np.clip(task_type.probabilities(scores / np.exp(log_temperature)), 1e-12, 1 - 1e-12)
        logs = np.log(probabilities) * applies
        if task_type is TaskType.MULTILABEL:
            logs = logs + np.log(1 - probabilities) * (1 - applies)
        return float(-logs.sum())

    # A few outcomes can be separated perfectly, which would want a temperature of 0.
    bounds = (np.log(0.5), np.log(20.0))
    return float(
        np.exp(minimize_scalar(negative_log_likelihood, bounds=bounds, method="bounded", options={"xatol": 1e-9}).x)
    )


def confidences(
    scores: FloatArray,
    *,
    task_type: TaskType,
    temperature: float,
    trained_codes: npt.NDArray[np.intp],
    always: npt.NDArray[np.intp],
    defined: FloatArray,
    n_outcomes: int,
) -> FloatArray:
    """Turn scores into calibrated confidence in all codes of a field.

    Without coded outcomes, the definitions are all there is; with three outcomes per code they count as
    much as training, and with hundreds of outcomes for nearly nothing. A code without examples is
    suggested by them alone. A small share goes to all codes equally, and no code is certain.

    Parameters
    ----------
    scores : ndarray of shape (n_rows, n_trained_codes)
    trained_codes : ndarray of shape (n_trained_codes,)
        The places of the scored codes among all codes of the field.
    always : ndarray of shape (n_always,)
        The places of the codes that all outcomes were given, which have no score.
    defined : ndarray of shape (n_rows, n_codes)
        Probability of each code by its definition; see `classifier.model.zero_shot`.
    n_outcomes : int
        How many outcomes the scores were fitted on.

    Returns
    -------
    ndarray of shape (n_rows, n_codes)
        Each in (0, 1).
    """
    n_codes = defined.shape[1]
    probabilities = np.zeros(defined.shape)
    if len(trained_codes):
        probabilities[:, trained_codes] = task_type.probabilities(scores / temperature)
    probabilities[:, always] = 1.0
    by_definition = 1 / (1 + (n_outcomes / (_ENOUGH * n_codes)) ** 2)
    known = (1 - by_definition) * probabilities + by_definition * defined
    return with_doubt(known, task_type)


def with_doubt(probabilities: FloatArray, task_type: TaskType) -> FloatArray:
    """Give a small share of probabilities of shape (n_rows, n_codes) to all codes equally, so that none is certain.

    Examples
    --------
    >>> with_doubt(np.array([[1.0, 0.0]]), TaskType.MULTICLASS)
    array([[0.99, 0.01]])
    """
    n_codes = probabilities.shape[1]
    # An only code may still be the wrong one: what fits may be missing from the codebook.
    ignorance = 1.0 / max(n_codes, 2) if task_type is TaskType.MULTICLASS else 0.5 / n_codes
    result: FloatArray = (1 - _DOUBT) * probabilities + _DOUBT * ignorance
    return result
