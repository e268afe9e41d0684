"""Names and codes of languages: what a browser prefers, and what forms and tables call them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from classifier.languages import ENGLISH, LANGUAGES, current_language

_BRACKETED = re.compile(r"\((?P<code>[A-Za-z]{2,3})([-_]\w+)?\)\s*$")


def accepted_language(header: str) -> str | None:
    """Return the language that a browser prefers among ours, by its header ``Accept-Language``.

    Examples
    --------
    >>> accepted_language("pt-BR,pt;q=0.9,es;q=0.8,en;q=0.7"), accepted_language("fr-CH"), accepted_language("de")
    ('es', 'fr', None)
    """
    asked: list[tuple[float, int, str]] = []
    for place, part in enumerate(header.split(",")):
        tag, _, quality = part.partition(";")
        code = tag.strip().partition("-")[0].lower()
        weight = _weight(quality)
        if code in LANGUAGES and weight > 0:
            asked.append((-weight, place, code))
    return min(asked)[2] if asked else None


def _weight(quality: str) -> float:
    try:
        return float(quality.replace(" ", "").removeprefix("q=") or 1)
    except ValueError:
        return 0.0


def language_name(english: str) -> str:
    """Return the name of a language that is given by its English name.

    Examples
    --------
    >>> from classifier.languages import use_language
    >>> language_name("Swahili")
    'Swahili'
    >>> with use_language("fr"):
    ...     language_name("Swahili")
    'swahili'
    """
    if current_language() == ENGLISH:
        return english
    from babel import Locale

    codes = {name: code for code, name in Locale.parse(ENGLISH).languages.items()}
    return str(Locale.parse(current_language()).languages.get(codes.get(english, ""), english))


def language_code(name: str) -> str | None:
    """Return the code of a language by what a form or table calls it; None where it is not known.

    Examples
    --------
    >>> [language_code(name) for name in ("French (fr)", "fr", "Français", "arabic", "Kiswahili (swh)", "old")]
    ['fr', 'fr', 'fr', 'ar', 'swh', None]
    """
    bracketed = _BRACKETED.search(name)
    return bracketed["code"].lower() if bracketed else _codes_by_name().get(name.strip().casefold())


@cache
def _codes_by_name() -> Mapping[str, str]:
    """Return the codes of languages by these codes, by their names in English, and those of ours by their own names."""
    from babel import Locale

    known = {code: name for code, name in Locale.parse(ENGLISH).languages.items() if code.isalpha()}
    return {word.casefold(): code for code, name in (*known.items(), *LANGUAGES.items()) for word in (code, name)}
