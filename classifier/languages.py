"""Language of what coders read: gettext catalogs, plural forms, and dates and numbers by locale.

Texts are written in English, and looked up where they are shown. English needs no catalog; the catalogs of the other
languages are `locale/*/LC_MESSAGES/messages.po`, read when their language is first asked for, so that there is no
compiled file that could be older.
"""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:  # English needs no Babel
    from babel.messages.catalog import Catalog

ENGLISH = "en"
LANGUAGES: Mapping[str, str] = {ENGLISH: "English", "fr": "Français", "es": "Español", "ar": "العربية"}
"""The languages by their codes, each by its own name."""
CATALOGS = Path(__file__).parent / "locale"
_RIGHT_TO_LEFT = frozenset({"ar"})
_BRACKETED = re.compile(r"\((?P<code>[A-Za-z]{2,3})([-_]\w+)?\)\s*$")
_LANGUAGE: ContextVar[str] = ContextVar("language", default=ENGLISH)


def current_language() -> str:
    """Return the code of the language that texts are shown in."""
    return _LANGUAGE.get()


@contextmanager
def use_language(language: str) -> Iterator[None]:
    """Show texts in a language for as long as it lasts.

    Examples
    --------
    >>> with use_language("fr"):
    ...     current_language()
    'fr'
    >>> current_language()
    'en'
    """
    token = _LANGUAGE.set(language)
    try:
        yield
    finally:
        _LANGUAGE.reset(token)


def text_direction() -> str:
    """Return ``rtl`` for a language that is written from right to left, else ``ltr``; as HTML names them."""
    return "rtl" if current_language() in _RIGHT_TO_LEFT else "ltr"


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


# Texts


def gettext(text: str, /, **values: object) -> str:
    """Return a text in the current language, with values put in for the names in braces; whole numbers by locale.

    Examples
    --------
    >>> gettext("Recorded {outcome}.", outcome="H3-004")
    'Recorded H3-004.'
    """
    return look_up(text).format(**localised(values))


def ngettext(singular: str, plural: str, n: int, /, **values: object) -> str:
    """Return the plural form for a number; it stands for ``{n}``.

    Examples
    --------
    >>> ngettext("{n} outcome", "{n} outcomes", 1), ngettext("{n} outcome", "{n} outcomes", 1234)
    ('1 outcome', '1,234 outcomes')
    """
    return look_up_plural(singular, plural, n).format(**localised({"n": n, **values}, counted=["n"]))


def pgettext(context: str, text: str, /, **values: object) -> str:
    """Return a text that means different things in different places.

    Examples
    --------
    >>> pgettext("route", "confirm")
    'confirm'
    """
    return look_up_in_context(context, text).format(**localised(values))


def look_up(text: str) -> str:
    """Return a text in the current language as it is in the catalog."""
    return _translations(current_language()).gettext(text)


def look_up_plural(singular: str, plural: str, n: int) -> str:
    """Return the plural form for a number as it is in the catalog."""
    return _translations(current_language()).ngettext(singular, plural, n)


def look_up_in_context(context: str, text: str) -> str:
    """Return a text that means different things in different places, as it is in the catalog."""
    return _translations(current_language()).pgettext(context, text)


def marked(text: str) -> str:
    """Mark a text of a constant to be translated; it is looked up, by `gettext`, where it is shown."""
    return text


class Message(str):
    """Text made in English now, for files and programs, and translated where it is shown, perhaps much later.

    Examples
    --------
    >>> told = lazy_gettext("near-duplicate of {outcome}", outcome="H3-004")
    >>> told
    'near-duplicate of H3-004'
    >>> with use_language("fr"):
    ...     translated(told)
    'quasi-doublon de H3-004'
    """

    __slots__ = ("_plural", "_text", "_values")
    _text: str
    _plural: str
    _values: Mapping[str, object]

    def __new__(cls, text: str, plural: str, values: Mapping[str, object]) -> Message:
        """Make it from a text, its plural form if it has one, and the values to be put in."""
        with use_language(ENGLISH):
            made = super().__new__(cls, _made(text, plural, values))
        made._text, made._plural, made._values = text, plural, values
        return made

    def __reduce__(self) -> tuple[type[Message], tuple[str, str, Mapping[str, object]]]:
        """Keep what it was made from."""
        return Message, (self._text, self._plural, self._values)

    def translated(self) -> str:
        """Return it in the current language."""
        return _made(self._text, self._plural, {name: translated(value) for name, value in self._values.items()})


def lazy_gettext(text: str, /, **values: object) -> Message:
    """Make a text that is translated where it is shown; see `Message`."""
    return Message(text, "", values)


def lazy_ngettext(singular: str, plural: str, n: int, /, **values: object) -> Message:
    """Make a text in the plural form for a number, translated where it is shown; see `Message`."""
    return Message(singular, plural, {"n": n, **values})


def joined(separator: str, texts: Iterable[str]) -> Message:
    """Join texts to one that is translated where it is shown; see `Message`."""
    values = {f"part_{place}": text for place, text in enumerate(texts)}
    return Message(separator.join(f"{{{name}}}" for name in values), "", values)


@runtime_checkable
class Translatable(Protocol):
    """What can be shown in the current language."""

    def translated(self) -> str:
        """Return it in the current language."""


def translated(shown: object) -> object:
    """Return something in the current language, if it was made to be translated; anything else as it is."""
    return shown.translated() if isinstance(shown, Translatable) else shown


def _made(text: str, plural: str, values: Mapping[str, object]) -> str:
    n = values.get("n")
    found = look_up_plural(text, plural, n) if plural and isinstance(n, int) else look_up(text)
    return found.format(**localised(values, counted=["n"] if plural else ()))


def language_name(english: str) -> str:
    """Return the name of a language that is given by its English name.

    Examples
    --------
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


def translations_from(source: str) -> dict[str, str]:
    """Return the texts of one source file, such as a script of the page, in the current language."""
    if current_language() == ENGLISH:
        return {}
    return dict(_by_source(current_language()).get(source, {}))


def localised(values: Mapping[str, object], *, counted: Collection[str] = ()) -> dict[str, object]:
    """Write the whole numbers among values as the current language does; in English, those that are counted."""
    is_english = current_language() == ENGLISH
    return {
        name: number(value)
        if isinstance(value, int) and not isinstance(value, bool) and (not is_english or name in counted)
        else value
        for name, value in values.items()
    }


@cache
def _translations(language: str) -> NullTranslations:
    if language == ENGLISH:
        return NullTranslations()
    from babel.messages.mofile import write_mo

    compiled = io.BytesIO()
    write_mo(compiled, _catalog(language))
    compiled.seek(0)
    return GNUTranslations(compiled)


@cache
def _by_source(language: str) -> Mapping[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for message in _catalog(language):
        if isinstance(message.id, str) and isinstance(message.string, str) and message.string:
            for source, _ in message.locations:
                found.setdefault(source, {})[message.id] = message.string
    return found


@cache
def _catalog(language: str) -> Catalog:
    from babel.messages.pofile import read_po

    with (CATALOGS / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language)


# Numbers and dates


def number(value: int) -> str:
    """Write a whole number, with its thousands told apart.

    Examples
    --------
    >>> number(1234)
    '1,234'
    """
    if current_language() == ENGLISH:
        return f"{value:,}"
    from babel.numbers import format_decimal

    return format_decimal(value, locale=current_language())


def decimal(value: float, *, decimals: int) -> str:
    """Write a number with a fixed number of decimals.

    Examples
    --------
    >>> decimal(0.5, decimals=2)
    '0.50'
    """
    if current_language() == ENGLISH:
        return f"{value:.{decimals}f}"
    from babel.numbers import format_decimal

    return format_decimal(round(value, decimals), format=f"0.{'0' * decimals}".rstrip("."), locale=current_language())


def percentage(share: float, *, decimals: int = 0) -> str:
    r"""Write a share as a percentage.

    Examples
    --------
    >>> percentage(0.34)
    '34\xa0%'
    """
    if current_language() == ENGLISH:
        return f"{share:.{decimals}%}".replace("%", "\N{NO-BREAK SPACE}%")
    from babel.numbers import format_percent

    pattern = f"0.{'0' * decimals}".rstrip(".")
    return format_percent(round(share, decimals + 2), format=f"{pattern}{_percent_sign()}", locale=current_language())


def compact_percentage(share: float, *, decimals: int = 0) -> str:
    """Write a share as a percentage in a table or beside a code, in English without a blank.

    Examples
    --------
    >>> compact_percentage(0.34)
    '34%'
    """
    written = percentage(share, decimals=decimals)
    return written.replace("\N{NO-BREAK SPACE}", "") if current_language() == ENGLISH else written


def _percent_sign() -> str:
    from babel import Locale

    # As the language has it: a blank before it or none, and whatever keeps it beside its number.
    return str(Locale.parse(current_language()).percent_formats[None].pattern).lstrip("#,0")


def date(at: datetime.datetime) -> str:
    """Write the day of a time, in the time zone of this machine."""
    if current_language() == ENGLISH:
        return f"{at.astimezone():%Y-%m-%d}"
    from babel.dates import format_date

    return format_date(at.astimezone(), format="medium", locale=current_language())


def date_and_time(at: datetime.datetime) -> str:
    """Write a time to the minute, in the time zone of this machine."""
    if current_language() == ENGLISH:
        return f"{at.astimezone():%Y-%m-%d %H:%M}"
    from babel.dates import format_time

    return f"{date(at)}, {format_time(at.astimezone().timetz(), format='short', locale=current_language())}"
