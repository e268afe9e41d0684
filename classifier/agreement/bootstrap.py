"""Cluster bootstrap: estimates with BCa confidence intervals, near-duplicates resampled together."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, ndtr, ndtri

from classifier._types import FloatArray
from classifier.languages import decimal, gettext

MOST_GROUPS = 1000
"""That are drawn of outcomes that are independent of each other: the memory needed grows with their square."""
_N_DRAWS = 1000
_SIDES = np.array([0.025, 0.975])

Statistic = Callable[[FloatArray], FloatArray]
"""Takes the weight of each outcome, (n_draws, n_outcomes); returns the statistic of each draw, (n_draws,)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """An estimate with its 95 % confidence interval and the number of outcomes behind it.

    `low` and `high` are nan where there is an estimate and no interval, and all are nan where there is no estimate.

    Examples
    --------
    >>> kappa = Estimate(value=0.7512, low=0.68, high=0.8123, n_outcomes=118)
    >>> str(kappa), kappa.with_n, kappa.point
    ('0.75 (0.68 to 0.81)', '0.75 (0.68 to 0.81), n=118', '0.75')
    >>> print(Estimate(value=1.0, low=math.nan, high=math.nan, n_outcomes=118))
    1.00 (no interval)
    """

    value: float
    low: float
    high: float
    n_outcomes: int

    def __str__(self) -> str:
        return self._formatted(sign="")

    @property
    def with_n(self) -> str:
        """The estimate with its interval and the number of outcomes."""
        return f"{self}, n={self.n_outcomes}"

    @property
    def point(self) -> str:
        """The estimate without its interval."""
        return gettext("undefined") if math.isnan(self.value) else _two_decimals(self.value)

    @property
    def signed(self) -> str:
        """The estimate of a difference, with its sign and interval."""
        return self._formatted(sign="+")

    def _formatted(self, *, sign: str) -> str:
        if math.isnan(self.value):
            return gettext("undefined")
        value, low, high = (_two_decimals(number, sign=sign) for number in (self.value, self.low, self.high))
        if not self.has_interval:
            return gettext("{value} (no interval)", value=value)
        return gettext("{value} ({low} to {high})", value=value, low=low, high=high)

    @property
    def has_interval(self) -> bool:
        """Whether there is an interval."""
        return not math.isnan(self.low)

    @property
    def width(self) -> float:
        """Width of the interval."""
        return self.high - self.low

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for programs; None for what isn't defined."""
        return {
            name: None if math.isnan(value) else round(value, 4)
            for name, value in (("value", self.value), ("low", self.low), ("high", self.high))
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterBootstrap:
    """Bootstrap resamples of groups of near-duplicates (clusters), and each group left out in turn (jackknife).

    Near-duplicates are not independent: a draw takes all of a group or none of it.
    """

    # Shape (n_draws, n_outcomes): how often each outcome was drawn; what it counts for in an estimate
    weights: FloatArray
    left_out: FloatArray  # shape (n_groups, n_outcomes): 0 for the outcomes of one group, 1 for all others

    @classmethod
    def draw(cls, groups: npt.NDArray[np.intp], *, seed: int = 0, n_draws: int = _N_DRAWS) -> ClusterBootstrap:
        """Draw groups of outcomes with replacement.

        Parameters
        ----------
        groups : ndarray of shape (n_outcomes,)
            Equal numbers mark near-duplicates.

        Examples
        --------
        >>> drawn = ClusterBootstrap.draw(np.array([0, 0, 1]), n_draws=200)
        >>> drawn.weights.shape, bool((drawn.weights[:, 0] == drawn.weights[:, 1]).all())
        ((200, 3), True)
        """
        numbers, places = np.unique(groups, return_inverse=True)
        n_groups = len(numbers)
        lots = (
            np.random.default_rng(seed).integers(n_groups, size=(n_draws, n_groups)) if n_groups else np.zeros((0, 0))
        )
        by_group = np.zeros((len(lots), n_groups))
        np.add.at(by_group, (np.arange(len(lots))[:, np.newaxis], lots.astype(np.intp)), 1)
        return cls(weights=by_group[:, places], left_out=1 - np.eye(n_groups)[:, places])

    @classmethod
    def draw_rows(
        cls, rows: npt.NDArray[np.intp], groups: npt.NDArray[np.intp] | None, *, seed: int
    ) -> ClusterBootstrap:
        """Draw groups of the outcomes of some rows; by `place_groups` where near-duplicates are unknown."""
        return cls.draw(place_groups(np.arange(len(rows))) if groups is None else groups[rows], seed=seed)

    def estimate(self, statistic: Statistic) -> Estimate:
        """Estimate a statistic with its bias-corrected and accelerated (BCa) interval.

        Where outcomes vary too little for the correction, the interval is that of percentiles; where no draw
        gives another estimate than the outcomes themselves, there is none.

        Parameters
        ----------
        statistic : callable
            Takes an array of weights of shape (n_draws, n_outcomes), and returns the statistic of each draw,
            nan where it isn't defined.

        References
        ----------
        .. [1] Efron (1987), "Better Bootstrap Confidence Intervals", doi:10.1080/01621459.1987.10478410.
        .. [2] Field and Welsh (2007), "Bootstrapping clustered data", doi:10.1111/j.1467-9868.2007.00593.x.

        Examples
        --------
        >>> right = np.array([1.0] * 90 + [0.0] * 10)
        >>> share = lambda weights: weights @ right / weights.sum(axis=1)
        >>> print(ClusterBootstrap.draw(np.arange(100)).estimate(share))
        0.90 (0.83 to 0.95)
        """
        n_outcomes = self.weights.shape[1]
        if not n_outcomes:
            return Estimate(value=math.nan, low=math.nan, high=math.nan, n_outcomes=0)
        value = float(statistic(np.ones((1, n_outcomes)))[0])
        drawn = statistic(self.weights)
        drawn = drawn[np.isfinite(drawn)]
        if math.isnan(value) or not len(drawn) or np.ptp(drawn) < 1e-12:
            return Estimate(value=value, low=math.nan, high=math.nan, n_outcomes=n_outcomes)
        low, high = np.quantile(drawn, _sides(value, drawn, statistic(self.left_out)))
        return Estimate(value=value, low=float(low), high=float(high), n_outcomes=n_outcomes)


def place_groups(places: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Put independent outcomes in groups for `ClusterBootstrap.draw`: each alone, unless they are too many.

    Those that share a group by their place in a file leave an interval as it is.

    Examples
    --------
    >>> place_groups(np.array([0, 1, 999, 1000]))
    array([  0,   1, 999,   0])
    """
    return places % MOST_GROUPS


def exact_share(n_with: int, n_outcomes: int) -> Estimate:
    """Estimate a share with the exact interval of Clopper and Pearson, which holds near 0 and 1 too.

    References
    ----------
    .. [1] Clopper and Pearson (1934), doi:10.1093/biomet/26.4.404.

    Examples
    --------
    >>> print(exact_share(118, 118))
    1.00 (0.97 to 1.00)
    """
    if not n_outcomes:
        return Estimate(value=math.nan, low=math.nan, high=math.nan, n_outcomes=0)
    n_without = n_outcomes - n_with
    low = betaincinv(n_with, n_without + 1, _SIDES[0]) if n_with else 0.0
    high = betaincinv(n_with + 1, n_without, _SIDES[1]) if n_without else 1.0
    return Estimate(value=n_with / n_outcomes, low=float(low), high=float(high), n_outcomes=n_outcomes)


def _sides(value: float, drawn: FloatArray, left_out: FloatArray) -> FloatArray:
    """Find the quantiles of the draws that bound the BCa interval."""
    left_out = left_out[np.isfinite(left_out)]
    gaps = left_out.mean() - left_out if len(left_out) else left_out
    spread = float((gaps**2).sum())
    # Half of the draws that equal the estimate count as below it: a share takes few values.
    below = float((drawn < value - 1e-12).mean() + (np.abs(drawn - value) <= 1e-12).mean() / 2)
    if spread < 1e-18 or not 0 < below < 1:
        return _SIDES
    bias = ndtri(below)
    acceleration = float((gaps**3).sum()) / (6 * spread**1.5)
    reached = bias + ndtri(_SIDES)
    sides: FloatArray = ndtr(bias + reached / (1 - acceleration * reached))
    return sides


def _two_decimals(number: float, *, sign: str = "") -> str:
    if math.isnan(number):
        return ""
    written = decimal(abs(number), decimals=2)
    if round(number, 2) < 0:
        return f"-{written}"
    return f"+{written}" if sign else written
