"""Gettext catalogs: `locale/*/LC_MESSAGES/messages.po`, compiled in memory, so that no compiled file could be older."""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # English needs no Babel
    from babel.messages.catalog import Catalog

CATALOGS = Path(__file__).parent / "locale"
_SOURCE = "en"  # the language of the texts themselves, which has no catalog


@cache
def compiled_catalog(language: str) -> NullTranslations:
    """Return the translations into a language, to look texts up in."""
    if language == _SOURCE:
        return NullTranslations()
    from babel.messages.mofile import write_mo

    compiled = io.BytesIO()
    write_mo(compiled, _catalog(language))
    compiled.seek(0)
    return GNUTranslations(compiled)


@cache
def texts_by_source(language: str) -> Mapping[str, Mapping[str, str]]:
    """Return the translations into a language by the source file of the texts, such as a script of the page."""
    found: dict[str, dict[str, str]] = {}
    for message in _catalog(language):
        if isinstance(message.id, str) and isinstance(message.string, str) and message.string:
            for source, _ in message.locations:
                found.setdefault(source, {})[message.id] = message.string
    return found


@cache
def untranslated_texts(language: str) -> frozenset[str]:
    """Return the texts, in the singular where they have a plural form, that a catalog has no translation of.

    Examples
    --------
    >>> untranslated_texts("en"), untranslated_texts("fr")
    (frozenset(), frozenset())
    """
    if language == _SOURCE:
        return frozenset()
    return frozenset(
        message.id if isinstance(message.id, str) else str(message.id[0])
        for message in _catalog(language)
        if message.id and not all([message.string] if isinstance(message.string, str) else message.string or [""])
    )


@cache
def _catalog(language: str) -> Catalog:
    from babel.messages.pofile import read_po

    with (CATALOGS / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language)
