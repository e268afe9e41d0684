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
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?=[T ]|$)")


def year_of(text: str) -> str:
    """Return the year of a date, as a workbook has dates; any other text, and a date of an unusual year, as it is.

    Examples
    --------
    >>> year_of("2024-03-15"), year_of("2024-03-15 09:30:00"), year_of("2023/24"), year_of("2024-03")
    ('2024', '2024', '2023/24', '2024-03')
    """
    found = _DATE.match(text.strip())
    if found is None:
        return text
    try:
        year = str(datetime.date.fromisoformat(found.group()).year)
    except ValueError:  # such as the 31st of February
        return text
    return year if is_year(year) else text


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
