"""Default targets: coverage of prediction sets, precision of suggestions to confirm."""

from __future__ import annotations

from classifier.languages import compact_percentage, gettext

DEFAULT_COVERAGE = 0.9
"""Share of prediction sets that should include the right code."""
DEFAULT_PRECISION = 0.95
"""Share of suggestions routed to `confirm` that should be right."""


def confirm_promise(precision: float) -> str:
    """Say what the route `confirm` promises, in the words of workbooks and model cards.

    Examples
    --------
    >>> confirm_promise(0.95)[:90]
    'One code fits, and the target is met: 95% of suggestions with this confidence are right. T'
    """
    return gettext(
        "One code fits, and the target is met: {share} of suggestions with this confidence are right. That is tested "
        "on outcomes that the model was not trained on, with a margin for chance. Still, about one field in ten falls "
        "short of it, and more may where a harvest is unlike the training outcomes. Read the outcome, then confirm.",
        share=compact_percentage(precision),
    )
