"""Years of outcomes: calendar years, and fiscal or project years that span two."""

from __future__ import annotations

import datetime
import re

FIRST_YEAR = 1990
"""Earlier years are taken for a slip of the pen."""
_DIGITS = "[0-9]{4}|[0-9]{2}"
_YEAR = re.compile(
    rf"(?P<fiscal>F\.?Y\.?\s*)?(?P<first>{_DIGITS})(?:\s*[/\-\u2010-\u2015]\s*(?P<second>{_DIGITS}))?", re.I
)


def is_year(text: str) -> bool:
    """Whether a text is a year from 1990 to next year: a calendar year, or a fiscal one.

    Examples
    --------
    >>> [is_year(text) for text in ("2024", "2023/24", "FY2023-24", "FY 2024", "2023/2024", "FY24")]
    [True, True, True, True, True, True]
    >>> [is_year(text) for text in ("24", "1823", "2023/25", "2024-03", "spring 2024")]
    [False, False, False, False, False]
    """
    found = _YEAR.fullmatch(text.strip())
    if found is None:
        return False
    first, second = found["first"], found["second"]
    if len(first) == 2 and not found["fiscal"]:
        return False  # "24" may be a day, an age, or a number of anything
    year = int(first) if len(first) == 4 else 2000 + int(first)
    follows = second is None or second in (str(year + 1), f"{(year + 1) % 100:02}")
    return follows and FIRST_YEAR <= year <= datetime.date.today().year + 1
