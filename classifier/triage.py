"""Confirm, choose, or code afresh."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.stats import beta

from classifier.embedding import FloatArray
from classifier.outcomes import Route

__all__ = ["MIN_CALIBRATED", "MIN_CONFIRMABLE", "MIN_EXAMPLES", "MOST_CHOICES", "confirm_threshold", "route"]

MIN_CONFIRMABLE = 30
"""With fewer outcomes above it, a threshold is chance; then nothing is confirmed."""
MIN_EXAMPLES = 5
"""A code seen less often stays a candidate, but is never one to confirm."""
MOST_CHOICES = 3
"""So many codes can be chosen from at a glance; with more, an outcome is coded afresh."""
MIN_CALIBRATED = 9
"""With fewer codes that coders gave, no confidence can be named that nine in ten of them reach."""
_BOUND = 0.8  # how sure we want to be that precision reaches its target


def confirm_threshold(surety: FloatArray, right: npt.NDArray[np.bool_], *, precision: float) -> float:
    """Find how sure a suggestion must be for coders to need only a glance.

    Parameters
    ----------
    surety : ndarray of shape (n_outcomes,)
        Confidence that the suggested codes are right as a whole, of outcomes not fitted on.
    right : ndarray of shape (n_outcomes,)
        Whether they were.
    precision : float
        Share of suggestions to confirm, in (0, 1], that should be right.

    Returns
    -------
    float
        The lowest surety such that, of the outcomes at or above it, the lower one-sided 80 % bound of
        the share that was right (Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404) meets the
        target; infinity where there is none, or fewer than `MIN_CONFIRMABLE` outcomes reach it.

    Examples
    --------
    >>> surety = np.linspace(0.99, 0.50, 100)
    >>> confirm_threshold(surety, surety > 0.6, precision=0.9) < 0.65
    True
    >>> confirm_threshold(surety[:20], surety[:20] > 0.6, precision=0.9)
    inf
    """
    order = np.argsort(-surety, kind="stable")
    n_above = np.arange(1, len(order) + 1)
    n_right = np.cumsum(right[order])
    with np.errstate(invalid="ignore"):
        lowest_precision = np.where(n_right > 0, beta.ppf(1 - _BOUND, n_right, n_above - n_right + 1), 0.0)
    # Outcomes of the same surety pass or fail together.
    is_last_of_ties = np.append(np.diff(surety[order]) != 0, True)
    good = np.flatnonzero((lowest_precision >= precision) & (n_above >= MIN_CONFIRMABLE) & is_last_of_ties)
    return float(surety[order][good[-1]]) if len(good) else math.inf


def route(
    prediction_set: tuple[str, ...],
    suggested: tuple[str, ...],
    *,
    n_codes: int,
    is_sure: bool,
    is_readable: bool,
) -> Route:
    """Decide what a coder is asked to do.

    Parameters
    ----------
    prediction_set : tuple of str
        The codes that remain possible.
    suggested : tuple of str
        The codes that would be entered.
    n_codes : int
        How many codes the field has.
    is_sure : bool
        Whether codes suggested as surely have been right as often as the target asks.
    is_readable : bool
        Whether the model can judge the outcome at all.

    Examples
    --------
    >>> str(route(("Local",), ("Local",), n_codes=5, is_sure=True, is_readable=True))
    'confirm'
    >>> str(route(("Local", "Regional"), ("Local",), n_codes=5, is_sure=False, is_readable=True))
    'choose'
    >>> str(route((), ("Local",), n_codes=5, is_sure=False, is_readable=True))
    'code afresh'
    """
    few = 1 <= len(prediction_set) <= MOST_CHOICES and len(prediction_set) < n_codes
    # An empty set means "like nothing we have seen", so it goes the same way as a crowded one: the
    # coder reads the outcome without our codes in view.
    if not is_readable or not few:
        return Route.CODE_AFRESH
    return Route.CONFIRM if is_sure and set(prediction_set) == set(suggested) else Route.CHOOSE
