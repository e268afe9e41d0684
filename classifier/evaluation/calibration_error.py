"""Calibration error of confidence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from classifier._types import FloatArray
from classifier.agreement.bootstrap import Estimate, exact_share

N_BINS = 15
_N_SIMULATED = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """Calibration metrics of the confidence in the first suggestion."""

    n_outcomes: int
    calibration_error: float  # expected calibration error; see `calibration_error`
    perfect_low: float  # the 95 % range of that error if confidence were perfect; see `perfect_range`
    perfect_high: float
    brier: float  # of the confidence in the first suggestion, against whether it was right; 0 is best
    log_loss: float

    @property
    def is_within(self) -> bool:
        """Whether the error is no larger than chance alone would give."""
        return self.calibration_error <= self.perfect_high


def measure_reliability(confidence: FloatArray, right: npt.NDArray[np.bool_], *, seed: int = 0) -> Reliability:
    """Compute calibration error, its range under perfect calibration, Brier score and log loss.

    Parameters
    ----------
    confidence : ndarray of shape (n_outcomes,)
        In (0, 1), of outcomes not used for fitting.
    right : ndarray of shape (n_outcomes,)
        Whether the suggestion was right.

    References
    ----------
    .. [1] Brier (1950), doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2.

    Examples
    --------
    >>> reliability = measure_reliability(np.full(100, 0.8), np.arange(100) < 80)
    >>> round(reliability.calibration_error, 3), round(reliability.brier, 2)
    (0.0, 0.16)
    """
    low, high = perfect_range(confidence, seed=seed)
    return Reliability(
        n_outcomes=len(right),
        calibration_error=calibration_error(confidence, right),
        perfect_low=low,
        perfect_high=high,
        brier=float(((confidence - right) ** 2).mean()),
        log_loss=float(-np.log(np.where(right, confidence, 1 - confidence)).mean()),
    )


def calibration_error(confidence: FloatArray, right: npt.NDArray[np.bool_], *, n_bins: int = N_BINS) -> float:
    """Compute the expected calibration error, over bins of equal mass.

    Parameters
    ----------
    confidence : ndarray of shape (n_outcomes,)
    right : ndarray of shape (n_outcomes,)
    n_bins : int
        Outcomes are sorted by confidence and cut into bins of equal size. Outcomes of equal confidence share
        a bin, so that the error does not depend on their order.

    References
    ----------
    .. [1] Naeini, Cooper and Hauskrecht (2015), "Obtaining Well Calibrated Probabilities Using Bayesian Binning",
       doi:10.1609/aaai.v29i1.9602; bins of equal mass: Nixon et al. (2019), doi:10.48550/arXiv.1904.01685.

    Examples
    --------
    Half of them right at a confidence of 0.9:

    >>> round(calibration_error(np.full(10, 0.9), np.arange(10) < 5), 2)
    0.4
    """
    order = np.argsort(confidence, kind="stable")
    gaps = (confidence - right)[order]
    return float(np.abs(np.add.reduceat(gaps, _bin_starts(confidence[order], n_bins))).sum() / len(gaps))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """A bin of a reliability diagram: mean confidence, and the share that was right."""

    confidence: float
    right: Estimate


def reliability_bins(confidence: FloatArray, right: npt.NDArray[np.bool_], *, n_bins: int = 10) -> tuple[Bin, ...]:
    """Bin suggestions by confidence for a reliability diagram, in bins of equal mass with exact intervals.

    Examples
    --------
    >>> bins = reliability_bins(np.repeat([0.6, 0.9], 50), np.arange(100) % 10 < 7, n_bins=2)
    >>> [(round(bin_.confidence, 2), bin_.right.value) for bin_ in bins]
    [(0.6, 0.7), (0.9, 0.7)]
    """
    order = np.argsort(confidence, kind="stable")
    parts = np.split(order, _bin_starts(confidence[order], n_bins)[1:])
    return tuple(
        Bin(confidence=float(confidence[part].mean()), right=exact_share(int(right[part].sum()), len(part)))
        for part in parts
    )


def perfect_range(
    confidence: FloatArray, *, n_bins: int = N_BINS, seed: int = 0, n_simulated: int = _N_SIMULATED
) -> tuple[float, float]:
    """Compute the 95 % range of the calibration error under perfect calibration.

    With few outcomes the error is above 0 by chance alone, however well calibrated the confidence.

    References
    ----------
    .. [1] Bröcker and Smith (2007), "Increasing the Reliability of Reliability Diagrams", doi:10.1175/WAF993.1.
    """
    ordered = np.sort(confidence)
    drawn = np.random.default_rng(seed).random((n_simulated, len(ordered))) < ordered
    gaps = np.abs(np.add.reduceat(ordered - drawn, _bin_starts(ordered, n_bins), axis=1)).sum(axis=1) / len(ordered)
    low, high = np.quantile(gaps, [0.025, 0.975])
    return float(low), float(high)


def _bin_starts(ordered: FloatArray, n_bins: int) -> npt.NDArray[np.intp]:
    """Find where bins of equal size start, without splitting outcomes of equal confidence."""
    planned = np.arange(n_bins) * len(ordered) // n_bins
    return np.unique(np.searchsorted(ordered, ordered[planned]))
