"""Code keys: the short form that begins a code, such as CIV in "CIV: Less suppression of civic space"."""

from __future__ import annotations

import re
from collections.abc import Iterable

from classifier.codebook.schema import CodeField
from classifier.spelling import LabelIndex

# One word before a colon or a dash; or a number with a point or a bracket, as in "5.10 Laws" and "3) Laws".
_KEY = re.compile(
    r"\s*(?:(?P<word>[^\s:]{1,12})(?::\s|\s[-\N{EN DASH}\N{EM DASH}]\s)"
    r"|(?P<number>\d+(?:\.\d+)+|\d+(?=[.)]))[.)]?\s)\s*\S"
)


def key_of_code(code: str) -> str | None:
    """Return the key that begins a code; None where it has none.

    Examples
    --------
    >>> [key_of_code(code) for code in ("CIV: Less suppression of civic space", "5.10 Laws", "Policy and law change")]
    ['CIV', '5.10', None]
    """
    found = _KEY.match(code)
    return None if found is None else found["word"] or found["number"]


class CodeKeys:
    """Lookup of the codes of a field by their keys, those that begin one code alone, or a translation of it.

    Examples
    --------
    >>> goal = CodeField(name="goal", column="Goal", kind="single",
    ...                  codes=[{"code": "CIV: Less suppression of civic space"}, {"code": "GEN: Equal roles"}])
    >>> CodeKeys(goal).find("civ"), CodeKeys(goal).find("space")
    ('CIV: Less suppression of civic space', None)
    """

    def __init__(self, field: CodeField) -> None:
        written = [(code.code, name) for code in field.codes for name in code.names if name not in code.aliases]
        keyed = [(key, code) for code, name in written if (key := key_of_code(name)) is not None]
        self._index = LabelIndex(keyed)

    def find(self, label: str) -> str | None:
        """Return the code of a key, or None."""
        return self._index.find(label)


def short_forms(field: CodeField) -> tuple[str, ...]:
    """Return what may be typed for the codes of a field instead of them: their aliases and keys, in their order."""
    return tuple(_short_forms(field))


def other_names(field: CodeField) -> tuple[str, ...]:
    """Return the names of codes that the current language doesn't show: those of the codebook, and translations.

    Examples
    --------
    >>> local = {"code": "Local", "aliases": ["Village"], "translations": {"fr": {"code": "Échelon local"}}}
    >>> other_names(CodeField(name="scale", column="Scale", kind="single", codes=[local]))
    ('Échelon local',)
    """
    return tuple(
        name for code in field.codes for name in code.names if name not in code.aliases and name != code.shown.code
    )


def _short_forms(field: CodeField) -> Iterable[str]:
    keys = CodeKeys(field)
    for code in field.codes:
        key = key_of_code(code.code)
        if key is not None and keys.find(key) == code.code and field.find(key) in (None, code.code):
            yield key
        yield from code.aliases
