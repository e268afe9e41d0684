"""Examples needed: how many more outcomes with a code it takes to reach a target F1."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import curve_fit

from classifier._types import FloatArray
from classifier.codebook.schema import CodeField

_MIN_EXAMPLES = 10  # of a code; with fewer, its F1 is chance
_FURTHEST = 3  # times the examples there are; a curve is not extrapolated beyond
_FIRST_FITTED = 20  # outcomes; below, the definitions dominate
_MIN_POINTS = 4
_N_RESAMPLES = 200

Codes = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeNeed:
    """F1 of a code, and how many more outcomes with it are needed for the target."""

    field: str
    code: str
    n_examples: int  # outcomes with the code (as the first one, in a field of several)
    f1: float  # with the largest number of training outcomes
    n_more: int | None  # 0 if the target is reached already; None if there are too few outcomes to say
    low: int | None  # `low` to `high` is what 8 in 10 bootstrap resamples of the outcomes give
    high: int | None  # None if it is more than twice the examples there are

    def __str__(self) -> str:
        if self.n_more is None:
            return "too few to say"
        if self.high == 0:
            return "enough already"
        interval = (
            f"{self.low} to over {(_FURTHEST - 1) * self.n_examples}"
            if self.high is None
            else f"{self.low} to {self.high}"
        )
        return f"about {self.n_more} more ({interval})" if self.n_more else f"about enough ({interval} more)"


def examples_needed(
    field: CodeField,
    agreed: Codes,
    suggested: Mapping[int, Sequence[Codes]],
    groups: Codes,
    *,
    target: float,
    seed: int,
) -> Iterator[CodeNeed]:
    """Compute how many more examples each code of a field needs.

    Parameters
    ----------
    agreed : ndarray of shape (n_outcomes,)
        Index of the agreed code of each outcome.
    suggested : dict of int to sequence of ndarray
        By the number of training outcomes, the suggested codes of each round.
    groups : ndarray of shape (n_outcomes,)
        Equal numbers mark near-duplicates.
    """
    sizes = np.array(sorted(suggested), dtype=np.float64)
    # The first row are the outcomes themselves; each other row is a resample of groups of near-duplicates.
    numbers = np.unique(groups, return_inverse=True)[1]
    n_groups = numbers.max() + 1
    drawn = np.random.default_rng(seed).multinomial(n_groups, np.full(n_groups, 1 / n_groups), _N_RESAMPLES)
    weights = np.vstack([np.ones(len(groups)), drawn[:, numbers]])
    for code, name in enumerate(field.code_names):
        is_given = agreed == code
        n_examples = int(is_given.sum())
        f1 = np.column_stack(
            [_f1(weights, is_given, [codes == code for codes in suggested[int(size)]]) for size in sizes]
        )
        share = n_examples / len(groups)
        needed = _needed_of_code(sizes, f1, share, n_examples, target) if n_examples >= _MIN_EXAMPLES else None
        n_more, low, high = needed or (None, None, None)
        yield CodeNeed(
            field=field.name,
            code=name,
            n_examples=n_examples,
            f1=float(f1[0, -1]) if n_examples else math.nan,
            n_more=n_more,
            low=low,
            high=high,
        )


def _needed_of_code(
    sizes: FloatArray, f1: FloatArray, share: float, n_now: int, target: float
) -> tuple[int, int, int | None] | None:
    fitted = sizes >= _FIRST_FITTED

    def needed(row: FloatArray) -> int | None:
        return more_needed(sizes[fitted] * share, row[fitted], sizes[fitted], n_now=n_now, target=target)

    first = 0 if f1[0, -1] >= target else needed(f1[0])
    resampled = [0 if row[-1] >= target else needed(row) for row in f1[1:]]
    ordered = sorted(math.inf if n_more is None else n_more for n_more in resampled)
    low, middle, high = (ordered[int(quantile * len(ordered))] for quantile in (0.1, 0.5, 0.9))
    # No answer if most resamples give none.
    if first is None or math.isinf(middle):
        return None
    return first, min(first, int(low)), None if math.isinf(high) else max(first, int(high))


def _f1(weights: FloatArray, is_given: npt.NDArray[np.bool_], found: Sequence[npt.NDArray[np.bool_]]) -> FloatArray:
    """F1 of a code in each resample, averaged over rounds; 0 if it was neither given nor suggested."""
    scores = []
    for is_found in found:
        both = weights @ (is_given & is_found)
        either = weights @ is_given + weights @ is_found
        scores.append(np.divide(2 * both, either, out=np.zeros(len(weights)), where=either > 0))
    result: FloatArray = np.mean(scores, axis=0)
    return result


def more_needed(
    n_examples: FloatArray, f1: FloatArray, weights: FloatArray, *, n_now: int, target: float
) -> int | None:
    """Extrapolate a learning curve by an inverse power law: how many more examples a code needs for a target F1.

    Parameters
    ----------
    n_examples, f1 : ndarray of shape (n_points,)
        F1 of the code with so many examples of it.
    weights : ndarray of shape (n_points,)
        Weight of each point.
    n_now : int
        How many examples there are.
    target : float
        The target F1.

    Returns
    -------
    int or None
        Rounded up to fives, as it is no more exact than that; None if the curve flattens below the target, or
        reaches it beyond three times the examples there are.

    References
    ----------
    .. [1] Cortes et al. (1993), "Learning curves: asymptotic values and rate of convergence", NIPS 6.
    .. [2] Figueroa et al. (2012), doi:10.1186/1472-6947-12-8 (the inverse power law, and its weights).

    Examples
    --------
    A code whose F1 is 1 - 1.6 / sqrt(n) reaches 0.8 with 64 examples:

    >>> n = np.array([4.0, 8.0, 16.0, 32.0])
    >>> more_needed(n, 1 - 1.6 / np.sqrt(n), np.ones(4), n_now=32, target=0.8)
    35
    """
    usable = n_examples > 0
    if usable.sum() < _MIN_POINTS:
        return None
    try:
        with np.errstate(over="ignore"):
            (ceiling, scale, rate), _ = curve_fit(
                _power_law,
                n_examples[usable],
                f1[usable],
                p0=(min(max(float(f1.max()), 0.5), 1.0), 1.0, 0.5),
                sigma=1 / np.sqrt(weights[usable]),
                bounds=((0.0, 0.0, 0.05), (1.0, 20.0, 2.0)),
                max_nfev=2000,
            )
    except RuntimeError:  # no convergence
        return None
    if ceiling <= target:
        return None
    log_needed = math.log(max(scale, 1e-12) / (ceiling - target)) / rate
    if log_needed > math.log(_FURTHEST * n_now):
        return None
    return max(5 * math.ceil((math.exp(log_needed) - n_now) / 5 - 1e-6), 5)


def _power_law(n_examples: FloatArray, ceiling: float, scale: float, rate: float) -> FloatArray:
    result: FloatArray = ceiling - scale * n_examples**-rate
    return result
