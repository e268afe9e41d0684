"""Conformal thresholds: of prediction sets by coverage, and of confirmable suggestions by precision."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv

from classifier._types import FloatArray
from classifier.model.calibration_curve import CalibrationCurve
from classifier.model.model import FieldModel

MIN_CONFIRMABLE = 30
"""With fewer outcomes above it, a threshold is chance; then nothing is routed to `confirm`."""
MIN_EXAMPLES = 5
"""A code with fewer examples stays a candidate, but is never one to confirm."""
MIN_CALIBRATED = 9
"""With fewer agreed codes, there is no confidence that nine in ten of them reach."""
_LEVEL = 0.9  # one-sided confidence level of the precision target
_ENOUGH_CODINGS = 20


def confirm_threshold(joint_confidence: FloatArray, right: npt.NDArray[np.bool_], *, precision: float) -> float:
    """Conformal threshold of joint confidence from which suggestions are routed to `confirm`.

    Parameters
    ----------
    joint_confidence : ndarray of shape (n_outcomes,)
        Joint confidence: that the suggested codes are right as a whole, of outcomes not fitted on.
    right : ndarray of shape (n_outcomes,)
        Whether they were.
    precision : float
        Share of suggestions to confirm, in (0, 1], that should be right.

    Returns
    -------
    float
        The lowest joint confidence such that two lower one-sided 90 % bounds of the precision of the outcomes at or
        above it meet the target; infinity where there is none, or fewer than `MIN_CONFIRMABLE` outcomes reach it.

    Notes
    -----
    The first bound is by how many of them were right (Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404), the
    second by the calibration curve of all outcomes. The first alone is tried at many thresholds, and passes too often
    by chance; at a level of 80 %, as it was, the precision of new suggestions fell short of the target in up to a
    quarter of the models that confirmed anything (`python -m benchmarks.confirm_threshold`).

    Examples
    --------
    >>> joint_confidence = np.linspace(0.99, 0.50, 100)
    >>> confirm_threshold(joint_confidence, joint_confidence > 0.6, precision=0.9) < 0.65
    True
    >>> confirm_threshold(joint_confidence[:20], joint_confidence[:20] > 0.6, precision=0.9)
    inf
    """
    order = np.argsort(-joint_confidence, kind="stable")
    n_above = np.arange(1, len(order) + 1)
    n_right = np.cumsum(right[order])
    with np.errstate(invalid="ignore"):
        lowest_counted = np.where(n_right > 0, betaincinv(n_right, n_above - n_right + 1, 1 - _LEVEL), 0.0)
    curve = CalibrationCurve.fit(joint_confidence, right)
    lowest_precision = np.minimum(lowest_counted, curve.lowest_precision(joint_confidence[order], level=_LEVEL))
    # Outcomes of the same joint confidence pass or fail together.
    is_last_of_ties = np.append(np.diff(joint_confidence[order]) != 0, True)
    good = np.flatnonzero((lowest_precision >= precision) & (n_above >= MIN_CONFIRMABLE) & is_last_of_ties)
    return float(joint_confidence[order][good[-1]]) if len(good) else math.inf


def code_thresholds(
    agreed_confidence: FloatArray, agreed_code: npt.NDArray[np.intp], *, n_codes: int, coverage: float
) -> FloatArray:
    """Class-conditional conformal thresholds: the confidence from which each code of a multiple field enters a set.

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
    The second code gets lower confidence:

    >>> confidence = np.concatenate([np.linspace(0.8, 0.99, 20), np.linspace(0.4, 0.59, 20)])
    >>> code_thresholds(confidence, np.repeat([0, 1], 20), n_codes=3, coverage=0.9).round(2)
    array([0.81, 0.41, 0.43])
    """
    thresholds = np.full(n_codes, set_threshold(agreed_confidence, coverage=coverage))
    for code in np.flatnonzero(np.bincount(agreed_code, minlength=n_codes) >= _ENOUGH_CODINGS):
        thresholds[code] = set_threshold(agreed_confidence[agreed_code == code], coverage=coverage)
    return thresholds


def set_threshold(agreed_confidence: FloatArray, *, coverage: float) -> float:
    """Conformal threshold: the confidence from which a code enters a prediction set.

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
    # Rounded first, since (1 - 0.9) * 10 is slightly below 1 in floating point.
    rank = int(np.floor(round((1 - coverage) * (len(agreed_confidence) + 1), 9)))
    return float(np.sort(agreed_confidence)[rank - 1]) if rank else 0.0


def smallest_set(applies: FloatArray, *, coverage: float) -> npt.NDArray[np.intp]:
    """Prediction set by calibrated confidence: the fewest codes that hold a share of it.

    Where no outcomes tell at which confidence codes are to enter, as in a language that none were trained on.

    Parameters
    ----------
    applies : ndarray of shape (n_codes,)
        Confidence in each code.
    coverage : float
        The share of their sum, in (0, 1).

    Returns
    -------
    ndarray of shape (n_set,)
        The places of the codes, the most confident first.

    Examples
    --------
    >>> smallest_set(np.array([0.05, 0.65, 0.30]), coverage=0.9)
    array([1, 2])
    """
    order = np.argsort(-applies, kind="stable")
    held = np.cumsum(applies[order]) / applies.sum()
    return order[: int(np.searchsorted(held, coverage - 1e-9)) + 1]


def set_thresholds(model: FieldModel, *, coverage: float) -> FloatArray | None:
    """Conformal thresholds of a field model, by code; None where there were too few outcomes to set any.

    Then a set holds the few codes that fit best, and how often the right one is among them isn't known.
    """
    has_evidence = len(model.calibration_scores.agreed_confidence) >= MIN_CALIBRATED
    if has_evidence or model.has_one_coding:  # with nothing to distinguish, every code enters
        agreed, n_codes = model.calibration_scores.agreed_confidence, len(model.main.prior)
        if model.multilabel is not None:
            return code_thresholds(agreed, model.calibration_scores.agreed_code, n_codes=n_codes, coverage=coverage)
        return np.full(n_codes, set_threshold(agreed, coverage=coverage))
    return None
