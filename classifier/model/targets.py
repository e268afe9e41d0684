"""Default targets: coverage of prediction sets, precision of suggestions to confirm."""

from __future__ import annotations

DEFAULT_COVERAGE = 0.9
"""Share of prediction sets that should include the right code."""
DEFAULT_PRECISION = 0.95
"""Share of suggestions routed to `confirm` that should be right."""
