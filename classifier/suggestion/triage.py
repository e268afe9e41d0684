"""Triage: the route of a suggestion."""

from __future__ import annotations

from classifier.suggestion.types import Route

MOST_CHOICES = 3
"""So many codes can be chosen from at a glance; with more, an outcome is coded afresh."""


def route(
    prediction_set: tuple[str, ...],
    suggested: tuple[str, ...],
    *,
    n_codes: int,
    is_any_fitting: bool,
    is_sure: bool,
    can_be_judged: bool,
) -> Route:
    """Route a suggestion: confirm, choose, or code afresh.

    Parameters
    ----------
    prediction_set : tuple of str
        The codes that remain possible; those suggested are among them.
    suggested : tuple of str
        The codes that would be entered.
    n_codes : int
        How many codes the field has.
    is_any_fitting : bool
        Whether any code reaches the confidence from which it enters a set.
    is_sure : bool
        Whether codes suggested with this confidence meet the target of precision; see `confirm_threshold`.
    can_be_judged : bool
        Whether the model can judge the outcome at all.

    Examples
    --------
    >>> str(route(("Local",), ("Local",), n_codes=5, is_any_fitting=True, is_sure=True, can_be_judged=True))
    'confirm'
    >>> str(route(("Local", "Regional"), ("Local",), n_codes=5, is_any_fitting=True, is_sure=False, can_be_judged=True))
    'choose'
    >>> str(route(("Local",), ("Local",), n_codes=5, is_any_fitting=False, is_sure=False, can_be_judged=True))
    'code afresh'
    """
    few = len(prediction_set) <= MOST_CHOICES and len(prediction_set) < n_codes
    # Where no code fits, an outcome is routed like one that too many fit: the coder reads it without a suggestion.
    if not can_be_judged or not is_any_fitting or not few:
        return Route.CODE_AFRESH
    return Route.CONFIRM if is_sure and set(prediction_set) == set(suggested) else Route.CHOOSE
