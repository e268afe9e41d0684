"""How far two codings of the same outcomes agree, beyond what chance would give them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from classifier.embedding import FloatArray

__all__ = ["Figure", "cohen_kappa", "with_interval"]

_N_RESAMPLES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure with its 95 % interval and the number of outcomes behind it.

    Examples
    --------
    >>> print(Figure(value=0.7512, low=0.68, high=0.8123, n_outcomes=118))
    0.751 (0.680-0.812, n=118)
    """

    value: float
    low: float
    high: float
    n_outcomes: int

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f}-{self.high:.3f}, n={self.n_outcomes})"


def cohen_kappa(first: Sequence[Hashable], second: Sequence[Hashable]) -> float:
    """Agreement of two coders on one code per outcome, beyond chance.

    Parameters
    ----------
    first, second : sequence of shape (n_outcomes,)
        The code that each gave, in the same order of outcomes.

    Returns
    -------
    float
        1 where they always agree, 0 where they agree as often as their habits alone would make them;
        nan where kappa is not defined: no outcomes, or both used one and the same code throughout.

    Raises
    ------
    ValueError
        If the coders did not code the same number of outcomes.

    References
    ----------
    .. [1] Cohen (1960), doi:10.1177/001316446002000104.

    Examples
    --------
    >>> cohen_kappa(["Local", "Local", "National", "National"], ["Local", "Local", "National", "Local"])
    0.5
    """
    if len(first) != len(second):
        raise ValueError(f"codes of the same outcomes are needed, got {len(first)} and {len(second)}")
    codes = {code: place for place, code in enumerate(dict.fromkeys([*first, *second]))}
    pairs = np.array([[codes[a], codes[b]] for a, b in zip(first, second, strict=True)], dtype=np.intp)
    return _kappa(pairs.reshape(-1, 2), len(codes))


def with_interval(
    figure: Callable[[npt.NDArray[np.intp]], float], groups: npt.NDArray[np.intp], *, seed: int = 0
) -> Figure:
    """Give a figure its percentile bootstrap interval, resampling groups of outcomes as a whole.

    Near-duplicates are no independent witnesses: a resample takes all of a group or none of it.

    Parameters
    ----------
    figure : callable
        Takes the rows of the outcomes to look at and returns the figure.
    groups : ndarray of shape (n_outcomes,)
        Equal numbers mark near-duplicates.

    Returns
    -------
    Figure
        nan, and the interval with it, where there are no outcomes.

    References
    ----------
    .. [1] Efron and Tibshirani (1993), "An Introduction to the Bootstrap", doi:10.1007/978-1-4899-4541-9.

    Examples
    --------
    >>> right = np.array([1.0] * 90 + [0.0] * 10)
    >>> print(with_interval(lambda rows: right[rows].mean(), np.arange(100)))
    0.900 (0.840-0.960, n=100)
    """
    if not len(groups):
        return Figure(value=np.nan, low=np.nan, high=np.nan, n_outcomes=0)
    draw = np.random.default_rng(seed)
    members = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    values = np.array(
        [
            figure(np.concatenate([members[place] for place in draw.integers(len(members), size=len(members))]))
            for _ in range(_N_RESAMPLES)
        ]
    )
    low, high = np.nanpercentile(values, [2.5, 97.5]) if np.isfinite(values).any() else (np.nan, np.nan)
    return Figure(value=figure(np.arange(len(groups))), low=float(low), high=float(high), n_outcomes=len(groups))


def _kappa(pairs: npt.NDArray[np.intp], n_codes: int) -> float:
    counts: FloatArray = np.zeros((n_codes, n_codes))
    np.add.at(counts, (pairs[:, 0], pairs[:, 1]), 1)
    n_pairs = counts.sum()
    if n_pairs == 0:
        return float("nan")
    observed = np.trace(counts) / n_pairs
    expected = float(counts.sum(axis=0) @ counts.sum(axis=1)) / n_pairs**2
    return float((observed - expected) / (1 - expected)) if expected < 1 else float("nan")
