"""Names of routes and flags in the language of the reader; files and projects keep the English ones."""

from __future__ import annotations

import re
from collections.abc import Callable

from classifier.harvest.workbook_headings import heading
from classifier.language_names import language_name
from classifier.languages import gettext
from classifier.suggestion.types import Flag, Route


def route_name(route: str) -> str:
    """Return the name of a route.

    Examples
    --------
    >>> route_name("code afresh")
    'code afresh'
    """
    return heading(str(Route(route)))


def flag_name(flag: str) -> str:
    """Return the name of a kind of flag, as a filter lists it.

    Examples
    --------
    >>> flag_name("language:"), flag_name("too short")
    ('language', 'too short')
    """
    names = {
        Flag.NO_TEXT: gettext("no text"),
        Flag.TOO_SHORT: gettext("too short"),
        Flag.ALREADY_CODED: gettext("already coded"),
        Flag.LANGUAGE: gettext("language"),
        Flag.OTHER_LANGUAGE: gettext("other language"),
        Flag.HEAVILY_REDACTED: gettext("heavily redacted"),
        Flag.UNLIKE: gettext("unlike training"),
        Flag.BY_DEFINITION: gettext("by definition only"),
        Flag.UNUSUAL: gettext("unusual"),
        Flag.NEAR_DUPLICATE: gettext("near-duplicate of"),
        Flag.NOT_JUDGED: gettext("could not be judged"),
        Flag.NOT_EXPLAINED: gettext("could not be explained"),
    }
    return names[Flag(flag)]


def flag_in_words(flag: str) -> str:
    """Return a flag as a coder reads it.

    Examples
    --------
    >>> flag_in_words("near-duplicate of SCC-LPC/028"), flag_in_words("too short")
    ('near-duplicate of SCC-LPC/028', 'too short')
    """
    for kind, words in _WITH_DETAILS.items():
        if flag.startswith(kind):
            return words(flag.removeprefix(kind).strip())
    return flag_name(flag) if flag in set(Flag) else flag


def _unusual(told: str) -> str:
    """Translate what `classifier.model.cooccurrence.Oddity` says, between its codes."""
    parts = _ODDITY.fullmatch(told)
    if parts is None:
        return gettext("unusual: {codes}", codes=told)
    return gettext("unusual: {code} beside {beside} (usually {usual})", **parts.groupdict())


_ODDITY = re.compile(r"(?P<code>.+) beside (?P<beside>'.+'|\".+\") \(usually (?P<usual>.+)\)", re.DOTALL)
_WITH_DETAILS: dict[Flag, Callable[[str], str]] = {
    Flag.LANGUAGE: lambda told: gettext("language: {name}", name=language_name(told)),
    Flag.OTHER_LANGUAGE: lambda told: gettext("other language: {name}", name=language_name(told)),
    Flag.BY_DEFINITION: lambda told: gettext("by definition only: {codes}", codes=told),
    Flag.UNUSUAL: _unusual,
    Flag.NEAR_DUPLICATE: lambda told: gettext("near-duplicate of {outcome}", outcome=told),
    Flag.NOT_JUDGED: lambda told: gettext("could not be judged: {error}", error=told),
    Flag.NOT_EXPLAINED: lambda told: gettext("could not be explained: {error}", error=told),
}
