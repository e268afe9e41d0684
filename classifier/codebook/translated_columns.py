"""Columns of a table of codes that have something in another language, such as Definition (fr)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from classifier.language_names import language_code
from classifier.spelling import label_key

TranslatedColumns = Mapping[tuple[str, str], int]
"""Columns, counted from 0, by what they hold and the code of its language."""
_NAMED = re.compile(r"(?P<name>.+?)\s*(?:\((?P<bracketed>[^()]+)\)|::?\s*(?P<named>[^:]+))\s*")


def translated_columns(cells: Sequence[str], names: Mapping[str, Sequence[str]]) -> TranslatedColumns:
    """Find the columns of a header that name a language; of two for the same, the first.

    Parameters
    ----------
    names : mapping of str to sequence of str
        What a column may be called, by what it holds.

    Examples
    --------
    >>> translated_columns(["Code", "Code (fr)", "Definition::Français", "Code (old)"],
    ...                    {"code": ["Code"], "definition": ["Definition"]})
    {('code', 'fr'): 1, ('definition', 'fr'): 2}
    """
    keys = {role: set(map(label_key, known)) for role, known in names.items()}
    columns: dict[tuple[str, str], int] = {}
    for place, cell in enumerate(cells):
        found = _NAMED.fullmatch(cell.strip())
        language = language_code(found["bracketed"] or found["named"]) if found else None
        role = next((role for role, known in keys.items() if found and label_key(found["name"]) in known), None)
        if language is not None and role is not None:
            columns.setdefault((role, language), place)
    return columns


def home_language(columns: TranslatedColumns, *, has_codes: bool) -> str | None:
    """Return the language of the codebook itself: English, or where no column has codes in none, the first one."""
    languages = [language for role, language in columns if role == "code"]
    if has_codes or "en" in languages:
        return "en"
    return next(iter(languages), None)
