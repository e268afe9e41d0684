"""Language, redaction and length of a story, as limits to coding it."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lingua import LanguageDetector


UNKNOWN_LANGUAGE = "unknown"

_LEAST_LETTERS = 10  # with fewer, the nearest language is a guess
_REDACTION = re.compile(r"<[^<>\s]+>")
# Likely languages of harvests. Each one more costs memory, and mistakes between related ones.
_LANGUAGES = (
    *("ENGLISH", "FRENCH", "SPANISH", "PORTUGUESE", "ITALIAN", "GERMAN", "DUTCH", "TURKISH", "SWAHILI", "SOMALI"),
    *("INDONESIAN", "TAGALOG", "VIETNAMESE", "ARABIC", "PERSIAN", "URDU", "HINDI", "BENGALI", "CHINESE"),
    *("RUSSIAN", "UKRAINIAN"),
)


def language_of(text: str) -> str:
    """Detect the language of a text; `UNKNOWN_LANGUAGE` where it is none of the known ones, or the text is too short.

    Redaction marks don't count.

    Examples
    --------
    >>> language_of("Les conseillères du village se réunissent chaque mois avec le maire.")
    'French'
    >>> language_of("OK")
    'unknown'
    >>> language_of("\N{ETHIOPIC SYLLABLE SA}\N{ETHIOPIC SYLLABLE LAA}\N{ETHIOPIC SYLLABLE ME}")
    'unknown'
    """
    bare = _REDACTION.sub(" ", text)
    if sum(map(str.isalpha, bare)) < _LEAST_LETTERS:
        return UNKNOWN_LANGUAGE
    found = _detector().detect_language_of(bare)
    return UNKNOWN_LANGUAGE if found is None else found.name.capitalize()


def redacted_share(text: str) -> float:
    """Return the share of redaction marks, such as ``<person>``, among the words of a text.

    Examples
    --------
    >>> redacted_share("<person> of <LOC> was released")
    0.4
    """
    n_words = len(text.split())
    return len(_REDACTION.findall(text)) / n_words if n_words else 0.0


@cache
def _detector() -> LanguageDetector:
    # Imported here since it is wanted only where outcomes are read.
    from lingua import Language, LanguageDetectorBuilder

    languages = [getattr(Language, name) for name in _LANGUAGES]
    return LanguageDetectorBuilder.from_languages(*languages).build()
