"""Scores to confidence, and confidence to prediction sets."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar

from classifier.embedding import FloatArray
from classifier.pooling import Link

__all__ = ["code_thresholds", "confidences", "fit_temperature", "set_threshold", "with_doubt"]

# Confidence stays this far from certainty however many outcomes stand behind it, so that it is
# never shown as 100 %.
_DOUBT = 0.02
_ENOUGH_CODINGS = 20
_ENOUGH = 3.0
"""Outcomes per code from which on what was learnt counts more than the definitions; see benchmarks/RESULTS.md."""


def fit_temperature(scores: FloatArray, applies: npt.NDArray[Any], link: Link) -> float:
    """Find the temperature at which scores of unseen outcomes are as sure as they are right.

    Parameters
    ----------
    scores : ndarray of shape (n_outcomes, n_codes)
        Scores of outcomes that the scorer was not fitted on.
    applies : ndarray of shape (n_outcomes, n_codes)
        1 where the code was given, else 0.

    Returns
    -------
    float
        Above 1 where the scores are too sure of themselves, below 1 where they are too modest.

    References
    ----------
    .. [1] Guo et al. (2017), "On Calibration of Modern Neural Networks", doi:10.48550/arXiv.1706.04599.

    Examples
    --------
    Nine of ten right at log-odds of 8 is too sure:

    >>> scores = np.array([[4.0, -4.0]] * 10)
    >>> applies = np.eye(2)[[0] * 9 + [1]]
    >>> round(fit_temperature(scores, applies, Link.ONE_OF), 1)
    3.6
    """

    def misfit(log_temperature: float) -> float:
        probabilities = np.clip(link.probabilities(scores / np.exp(log_temperature)), 1e-12, 1 - 1e-12)
        logs = np.log(probabilities) * applies
        if link is Link.EACH:
            logs = logs + np.log(1 - probabilities) * (1 - applies)
        return float(-logs.sum())

    # A few outcomes can be told apart without a fault, which would ask for a temperature of 0.
    bounds = (np.log(0.5), np.log(20.0))
    return float(np.exp(minimize_scalar(misfit, bounds=bounds, method="bounded", options={"xatol": 1e-9}).x))


def confidences(
    scores: FloatArray,
    *,
    link: Link,
    temperature: float,
    learnt: npt.NDArray[np.intp],
    always: npt.NDArray[np.intp],
    defined: FloatArray,
    n_outcomes: int,
) -> FloatArray:
    """Turn scores into calibrated confidence in all codes of a field.

    Where nothing was learnt, the definitions are all there is; with three outcomes per code they count as
    much as what was learnt, and with hundreds of outcomes for nearly nothing. A code without examples is
    suggested by them alone. A small share goes to all codes alike, and no code is certain.

    Parameters
    ----------
    scores : ndarray of shape (n_rows, n_learnt)
    learnt : ndarray of shape (n_learnt,)
        The places of the scored codes among all codes of the field.
    always : ndarray of shape (n_always,)
        The places of the codes that all outcomes were given, which no score can tell from the others.
    defined : ndarray of shape (n_rows, n_codes)
        How likely each code is by its definition; see `classifier.definitions`.
    n_outcomes : int
        How many outcomes the scores were learnt from.

    Returns
    -------
    ndarray of shape (n_rows, n_codes)
        Each in (0, 1).
    """
    n_codes = defined.shape[1]
    probabilities = np.zeros(defined.shape)
    if len(learnt):
        probabilities[:, learnt] = link.probabilities(scores / temperature)
    probabilities[:, always] = 1.0
    by_definition = 1 / (1 + (n_outcomes / (_ENOUGH * n_codes)) ** 2)
    known = (1 - by_definition) * probabilities + by_definition * defined
    return with_doubt(known, link)


def with_doubt(probabilities: FloatArray, link: Link) -> FloatArray:
    """Give a small share of probabilities of shape (n_rows, n_codes) to all codes alike, so that none is certain.

    Examples
    --------
    >>> with_doubt(np.array([[1.0, 0.0]]), Link.ONE_OF)
    array([[0.99, 0.01]])
    """
    n_codes = probabilities.shape[1]
    # An only code may still be the wrong one: what fits may be missing from the codebook.
    ignorance = 1.0 / max(n_codes, 2) if link is Link.ONE_OF else 0.5 / n_codes
    result: FloatArray = (1 - _DOUBT) * probabilities + _DOUBT * ignorance
    return result


def code_thresholds(
    agreed_confidence: FloatArray, agreed_code: npt.NDArray[np.intp], *, n_codes: int, coverage: float
) -> FloatArray:
    """Find, for each code of a multiple field, how confident it must be to enter a prediction set.

    A code that was given often enough has a threshold of its own, so that a set holds it as often as asked
    whatever the other codes; rarer ones share that of all codings.

    Parameters
    ----------
    agreed_confidence : ndarray of shape (n_codings,)
        See `set_threshold`.
    agreed_code : ndarray of shape (n_codings,)
        The place of the code that was given.

    Returns
    -------
    ndarray of shape (n_codes,)

    References
    ----------
    .. [1] Vovk (2013), "Conditional validity of inductive conformal predictors", doi:10.1007/s10994-013-5355-6.

    Examples
    --------
    The second code is harder to be sure of:

    >>> confidence = np.concatenate([np.linspace(0.8, 0.99, 20), np.linspace(0.4, 0.59, 20)])
    >>> code_thresholds(confidence, np.repeat([0, 1], 20), n_codes=3, coverage=0.9).round(2)
    array([0.81, 0.41, 0.43])
    """
    thresholds = np.full(n_codes, set_threshold(agreed_confidence, coverage=coverage))
    for code in np.flatnonzero(np.bincount(agreed_code, minlength=n_codes) >= _ENOUGH_CODINGS):
        thresholds[code] = set_threshold(agreed_confidence[agreed_code == code], coverage=coverage)
    return thresholds


def set_threshold(agreed_confidence: FloatArray, *, coverage: float) -> float:
    """Find how confident a code must be to enter a prediction set.

    Parameters
    ----------
    agreed_confidence : ndarray of shape (n_outcomes,)
        Calibrated confidence, in (0, 1), in the code the coders agreed on, of outcomes that neither the
        heads nor the pool were fitted on.
    coverage : float
        Share of new outcomes, in (0, 1), whose agreed code should be in its set.

    Returns
    -------
    float
        Lowest confidence that enters a set; 0.0 (any) when outcomes are too few.

    Raises
    ------
    ValueError
        If `coverage` is outside (0, 1).

    References
    ----------
    .. [1] Sadinle, Lei and Wasserman (2019), doi:10.1080/01621459.2017.1395341.

    Examples
    --------
    >>> set_threshold(np.array([0.9, 0.8, 0.7, 0.6, 0.3]), coverage=0.5)
    0.7
    """
    if not 0.0 < coverage < 1.0:
        raise ValueError(f"coverage must be in (0, 1), got {coverage}")
    # Rounded first, since (1 - 0.9) * 10 is a hair below 1 for a computer.
    rank = int(np.floor(round((1 - coverage) * (len(agreed_confidence) + 1), 9)))
    return float(np.sort(agreed_confidence)[rank - 1]) if rank else 0.0
