"""Pace of a coder: seconds from one outcome to the next."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, islice, pairwise
from statistics import median

from classifier.project.journal import Entry

_LONGEST_S = 300.0  # a longer gap is a break
_N_LATEST = 30
_LEAST = 5  # fewer say nothing


def pace_s(actions: Sequence[Sequence[Entry]]) -> float | None:
    """Return how many seconds a coder takes from one outcome to the next, or None where too few tell.

    The median of the latest; what took longer than five minutes was a break.
    """
    # A gap is negative where the clock was set back.
    # Several actions on one outcome, as when its fields are decided one by one, count as one.
    runs = groupby(reversed(actions), key=lambda action: action[0].decision.fragment_id)
    begun = [list(run)[-1][0].at for _, run in islice(runs, _N_LATEST)]
    gaps = [gap for after, before in pairwise(begun) if 0.0 <= (gap := (after - before).total_seconds()) <= _LONGEST_S]
    return median(gaps) if len(gaps) >= _LEAST else None
