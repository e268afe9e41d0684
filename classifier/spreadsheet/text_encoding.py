"""Text encoding: declared, given by the user, or guessed from letters."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from classifier.errors import refusal
from classifier.faults import Fault, FaultKind, at_line
from classifier.languages import Message, lazy_gettext, marked
from classifier.spelling import did_you_mean
from classifier.spreadsheet.alphabets import ENCODINGS, likely_encoding

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_LINE_END = re.compile(rb"\r\n?|\n")
_LINE_ENDS = re.compile(r"\r\n?|\n")
_LOOKED_AT = 2**16
_SHARE_OF_ZEROS = 0.2
_REPLACED = "\N{REPLACEMENT CHARACTER}"
_SAVE = lazy_gettext("save it again in UTF-8")


def decode(path: Path, content: bytes, encoding: str | None = None) -> tuple[str, tuple[Fault, ...]]:
    """Decode a text file, and tell how that was done where it is no plain UTF-8."""
    text, notes = _decode_as(path, content, encoding) if encoding else _decode(path, content)
    if "\0" in text:
        raise refusal(
            path, lazy_gettext("this is not text"), lazy_gettext("give a table or a workbook, or {value}", value=_SAVE)
        )
    return text, notes


def encoding_of_start(path: Path, start: bytes, encoding: str | None = None) -> tuple[str, tuple[Fault, ...]]:
    """Return the encoding of a text file by its first bytes, and tell where it is a guess.

    Examples
    --------
    >>> encoding_of_start(Path("harvest.csv"), "La municipalité a adopté".encode()[:-1])[0]
    'utf-8-sig'
    """
    for name in [encoding] if encoding else [*(name for mark, name in _MARKS if start.startswith(mark)), "utf-8-sig"]:
        try:
            # What the start ends in may be half a letter.
            codecs.getincrementaldecoder(name)().decode(start)
            marked = next((other for mark, other in _MARKS if start.startswith(mark) and name in other), name)
            return marked, ()
        except UnicodeDecodeError:
            continue
        except (LookupError, UnicodeError, ValueError):
            _decode_as(path, start, name)  # says so
    if encoding is None and (guess := _wide(start) or likely_encoding(start)):
        return guess, (_guessed(start.decode(guess, "ignore"), guess),)
    remedy = "name another encoding, or save it again in UTF-8" if encoding else _SAVE
    raise refusal(path, f"not in {encoding or 'UTF-8 or another known encoding'}", remedy)


def _decode_as(path: Path, content: bytes, encoding: str) -> tuple[str, tuple[Fault, ...]]:
    try:
        name = codecs.lookup(encoding).name
        marked = next((other for mark, other in _MARKS if content.startswith(mark) and name in other), name)
        return content.decode(marked), ()
    except UnicodeDecodeError as error:
        remedy = lazy_gettext("name another encoding, or {value}", value=_SAVE)
        before = error.object[: error.start].decode(error.encoding, "ignore")  # `object` lacks the mark at the start
        raise refusal(
            path, lazy_gettext("not in {encoding}", encoding=encoding), remedy, where=_last_line(before)
        ) from error
    except (LookupError, UnicodeError, ValueError) as error:
        known, otherwise = ["utf-8", "utf-16", *ENCODINGS], "for instance utf-8, cp1252 or cp1256"
        hint = did_you_mean(encoding, known, otherwise=otherwise)
        raise refusal(path, lazy_gettext("there is no encoding {encoding!r}", encoding=encoding), hint) from error


def _decode(path: Path, content: bytes) -> tuple[str, tuple[Fault, ...]]:
    for mark, name in _MARKS:
        if content.startswith(mark):
            try:
                return content.decode(name), ()
            except UnicodeDecodeError:
                break
    if wide := _wide(content):
        try:
            text = content.decode(wide)
            return text, (_guessed(text, wide),)
        except UnicodeDecodeError:
            pass
    try:
        return content.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        pass
    if notes := tuple(_broken(content)):
        return content.decode("utf-8-sig", "replace"), notes
    guess = likely_encoding(content)
    if guess is None:
        raise refusal(path, lazy_gettext("this is not text in UTF-8 or another known encoding"), _SAVE)
    text = content.decode(guess)
    return text, (_guessed(text, guess),)


def _wide(content: bytes) -> str | None:
    """Detect UTF-16 without a byte order mark, by the zeros between its letters."""
    start = content[:_LOOKED_AT]
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if max(even, odd) < _SHARE_OF_ZEROS * len(start) / 2 or min(even, odd) > max(even, odd) / 10:
        return None
    return "utf-16-be" if even > odd else "utf-16-le"


def _guessed(text: str, name: str) -> Fault:
    found = _NOT_ASCII.search(text)
    letters = lazy_gettext("the letters of that line") if found else lazy_gettext("its letters")
    languages = ENCODINGS.get(name, marked("two bytes for each letter"))
    return Fault(
        kind=FaultKind.NOTE,
        where=_last_line(text[: found.start()]) if found else "",
        what=lazy_gettext(
            "the file is not in UTF-8; it was read as {name} ({languages}), which is a guess",
            name=name,
            languages=lazy_gettext(languages),
        ),
        remedy=lazy_gettext(
            "check {letters}; if they are wrong, name the encoding with --encoding, or save the file in UTF-8",
            letters=letters,
        ),
    )


def _broken(content: bytes) -> Iterator[Fault]:
    """Return the lines with bytes that are no UTF-8, if most others are; nothing if the file is in another encoding."""
    replaced = content.decode("utf-8-sig", "replace")
    n_broken = replaced.count(_REPLACED)
    n_others = sum(not letter.isascii() for letter in replaced) - n_broken
    if n_others <= n_broken:
        return
    for number, line in enumerate(_LINE_END.split(content), start=1):
        try:
            line.decode("utf-8-sig")
        except UnicodeDecodeError:
            yield Fault(
                kind=FaultKind.NOTE,
                where=at_line(number),
                what=lazy_gettext(
                    "a letter is not in UTF-8 as the others are, and was read as {value}", value=_REPLACED
                ),
                remedy=lazy_gettext("correct the letter"),
            )


def _last_line(text: str) -> Message:
    return at_line(len(_LINE_ENDS.findall(text)) + 1)
