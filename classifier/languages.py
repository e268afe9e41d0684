"""Language of what coders read: gettext catalogs, plural forms, and dates and numbers by locale.

Texts are written in English, and looked up where they are shown. English needs no catalog; the catalogs of the other
languages are read by `classifier.catalogs` when their language is first asked for.
"""

from __future__ import annotations

import datetime
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import PurePath
from typing import Protocol, runtime_checkable

from classifier.catalogs import compiled_catalog, texts_by_source, untranslated_texts

ENGLISH = "en"
LANGUAGES: Mapping[str, str] = {ENGLISH: "English", "fr": "Français", "es": "Español", "ar": "العربية"}
"""The languages by their codes, each by its own name."""
_RIGHT_TO_LEFT = frozenset({"ar"})
_LANGUAGE: ContextVar[str] = ContextVar("language", default=ENGLISH)
_ISOLATES: ContextVar[bool] = ContextVar("isolates", default=False)
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
_LEFT_TO_RIGHT_ISOLATE, _RIGHT_TO_LEFT_ISOLATE = "\N{LEFT-TO-RIGHT ISOLATE}", "\N{RIGHT-TO-LEFT ISOLATE}"


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


@contextmanager
def isolate_values() -> Iterator[None]:
    """Isolate the values of texts from the text around them, for as long as it lasts; for what a browser shows.

    In a language that is written from right to left, a name in Latin letters would else move the signs beside it. In
    files, where headings are read back, there are no such signs.

    Examples
    --------
    >>> with use_language("ar"), isolate_values():
    ...     gettext("Recorded {outcome}.", outcome="H3-004").count("\u2068H3-004\u2069")
    1
    """
    token = _ISOLATES.set(True)
    try:
        yield
    finally:
        _ISOLATES.reset(token)


def text_direction() -> str:
    """Return ``rtl`` for a language that is written from right to left, else ``ltr``; as HTML names them."""
    return "rtl" if current_language() in _RIGHT_TO_LEFT else "ltr"


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
    return compiled_catalog(current_language()).gettext(text) if text else ""  # in a catalog, its header


def look_up_plural(singular: str, plural: str, n: int) -> str:
    """Return the plural form for a number as it is in the catalog."""
    return compiled_catalog(current_language()).ngettext(singular, plural, n)


def look_up_in_context(context: str, text: str) -> str:
    """Return a text that means different things in different places, as it is in the catalog."""
    return compiled_catalog(current_language()).pgettext(context, text)


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
        token = _LANGUAGE.set(ENGLISH)  # for its values; not by `use_language`, which takes longer
        try:
            made = super().__new__(cls, _made_in_english(text, plural, values))
        finally:
            _LANGUAGE.reset(token)
        made._text, made._plural, made._values = text, plural, values
        return made

    def __reduce__(self) -> tuple[type[Message], tuple[str, str, Mapping[str, object]]]:
        """Keep what it was made from."""
        return Message, self.parts()

    def parts(self) -> tuple[str, str, Mapping[str, object]]:
        """Return what it was made from: the text, its plural form or nothing, and the values to be put in."""
        return self._text, self._plural, self._values

    def translated(self) -> str:
        """Return it in the current language; whole in English where a part of it has no translation."""
        if self._lacks_translation():
            return _left_to_right(str(self))
        return _made(self._text, self._plural, {name: translated(value) for name, value in self._values.items()})

    def _lacks_translation(self) -> bool:
        if self._text in untranslated_texts(current_language()):
            return True
        parts = [value for value in self._values.values() if isinstance(value, Message)]
        if "\n" in parts:  # each line is a text of its own
            return False
        return any(part._lacks_translation() for part in parts)


def lazy_gettext(text: str, /, **values: object) -> Message:
    """Make a text that is translated where it is shown; see `Message`."""
    return Message(text, "", values) if values else _message_alone(text)


_message_alone = cache(lambda text: Message(text, "", {}))  # one for all rows of a file


def lazy_ngettext(singular: str, plural: str, n: int, /, **values: object) -> Message:
    """Make a text in the plural form for a number, translated where it is shown; see `Message`."""
    return Message(singular, plural, {"n": n, **values})


def joined(separator: str, texts: Iterable[str]) -> Message:
    """Join texts to one that is translated where it is shown, the separator too; see `Message`.

    Examples
    --------
    >>> told = joined("; ", ["H3-004", "H3-010"])
    >>> with use_language("ar"):
    ...     told, translated(told)
    ('H3-004; H3-010', 'H3-004؛ H3-010')
    """
    values: dict[str, object] = {}
    between = lazy_gettext(separator)
    for place, text in enumerate(texts):
        if place:
            values[f"between_{place}"] = between
        values[f"part_{place}"] = text
    return Message("".join(f"{{{name}}}" for name in values), "", values)


class WrittenLater:
    """Value of a text, such as a number or a date, that is written in the language in which the text is shown.

    Parameters
    ----------
    write : callable
        Returns it in the current language.

    Examples
    --------
    >>> told = lazy_gettext("kappa {value}", value=WrittenLater(lambda: decimal(0.5, decimals=2)))
    >>> with use_language("fr"):
    ...     translated(told)
    'kappa 0,50'
    """

    def __init__(self, write: Callable[[], str]) -> None:
        self._write = write

    def __str__(self) -> str:
        return self._write()


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


def _made_in_english(text: str, plural: str, values: Mapping[str, object]) -> str:
    if plural and isinstance(n := values.get("n"), int):
        return (text if n == 1 else plural).format(**{**values, "n": number(n)})
    return text.format(**values)


def translations_from(source: str) -> dict[str, str]:
    """Return the texts of one source file, such as a script of the page, in the current language."""
    if current_language() == ENGLISH:
        return {}
    return dict(texts_by_source(current_language()).get(source, {}))


def localised(values: Mapping[str, object], *, counted: Collection[str] = ()) -> dict[str, object]:
    """Write the whole numbers among values as the current language does; in English, those that are counted."""
    is_english = current_language() == ENGLISH
    return {
        name: number(value)
        if isinstance(value, int) and not isinstance(value, bool) and (not is_english or name in counted)
        else _isolated(value)
        for name, value in values.items()
    }


def _left_to_right(text: str) -> str:
    """Isolate an English text from the text around it, where that is written the other way."""
    isolates = _ISOLATES.get() and text_direction() == "rtl"
    return f"{_LEFT_TO_RIGHT_ISOLATE}{text}{_POP_ISOLATE}" if isolates else text


class _Isolated:
    """Text between the signs that isolate it from the text around it; quoted inside them.

    A text that holds isolated names is one of ours. It runs as its language does, whatever the first letter outside
    the names is: there may be none.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._start = _RIGHT_TO_LEFT_ISOLATE if _POP_ISOLATE in text else _FIRST_STRONG_ISOLATE

    def __str__(self) -> str:
        return f"{self._start}{self._text}{_POP_ISOLATE}"

    def __repr__(self) -> str:
        return f"{self._start}{self._text!r}{_POP_ISOLATE}"


def _isolated(value: object) -> object:
    """Isolate a name that is written the other way than the current language; what is markup stays as it is."""
    if not _ISOLATES.get() or text_direction() == "ltr" or not (type(value) is str or isinstance(value, PurePath)):
        return value
    text = str(value)
    return _Isolated(text) if any(unicodedata.bidirectional(sign) == "L" for sign in text) else value


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

    time = format_time(at.astimezone().timetz(), format="short", locale=current_language())
    return f"{date(at)}{look_up(', ')}{time}"
