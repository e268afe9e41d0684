"""Formula escaping: text that a spreadsheet program would run as a formula."""

from __future__ import annotations

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def starts_like_formula(text: str) -> bool:
    """Whether a spreadsheet program may take a text for a formula."""
    return text.startswith(_STARTS)


def escape_formula(text: str) -> str:
    """Escape a text for a CSV cell so that no spreadsheet program runs it as a formula; a negative number is none.

    Examples
    --------
    >>> [escape_formula(text) for text in ("=1+1", "-0.5", "Local")]
    ["'=1+1", '-0.5', 'Local']
    """
    is_formula = starts_like_formula(text) and not text.lstrip("+-").replace(".", "", 1).isdigit()
    return f"'{text}" if is_formula else text
