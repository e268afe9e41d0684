"""Letters of languages, for guessing the encoding of a text."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, partial

from classifier.languages import marked

ENCODINGS = {
    "cp1252": marked("Western European, Windows"),
    "cp1250": marked("Central European, Windows"),
    "cp1254": marked("Turkish, Windows"),
    "cp1251": marked("Cyrillic, Windows"),
    "cp1256": marked("Arabic, Windows"),
    "cp1253": marked("Greek, Windows"),
    "cp1255": marked("Hebrew, Windows"),
    "cp1257": marked("Baltic, Windows"),
    "mac_roman": marked("Western European, Mac"),
    "cp850": marked("Western European, DOS"),
    "koi8_r": marked("Cyrillic, Unix"),
    "cp874": marked("Thai, Windows"),
    "cp932": marked("Japanese"),
    "euc_jp": marked("Japanese, Unix"),
    "cp949": marked("Korean"),
    "gb18030": marked("Chinese, simplified"),
    "big5": marked("Chinese, traditional"),
}
"""Encodings that are tried; of those that letters alone can't tell apart, the first is taken."""

_LATIN = (
    "àâçéèêëîïôùûü",  # French
    "áéíñóúü",  # Spanish
    "áàâãçéêíóôõúü",  # Portuguese
    "äöüß",  # German
    "àèéìíòóùúî",  # Italian
    "áàéèëïíóòöüç",  # Catalan, Dutch
    "åäöæøé",  # Nordic languages
    "ąćęłńóśźż",  # Polish
    "áäčďéěíĺľňóôŕřšťúůýž",  # Czech, Slovak
    "áéíóöőúüű",  # Hungarian
    "ăâîşţ",  # Romanian
    "čćđšž",  # Croatian, Serbian, Slovene
    "âçğıîöşüû",  # Turkish
    "ąčęėįšųūž",  # Lithuanian
    "āčēģīķļņšūž",  # Latvian
)
_RARE_LATIN = frozenset("œæÿ")
# The letters of other scripts, the most common first.
_OTHERS = {
    "cp1251": "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэіїєґў",
    "koi8_r": "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэ",
    "cp1256": "اليمنوترةبدعسفكهقحأجشصطىخذضغزئثإءظآؤپچژگھہے",
    "cp1253": "αοιετσνηυρπκμλςωόίγδήέάθύώχφβξζψϊ",
    "cp1255": "יוהלאמרתבשנדחקעפסגטצזכםןךץף",
    "cp874": "านรกเงอมยลวดทสตปบคหพชจขผะัิีุู่้แไใโ็์ำธณถซญศษฐฉฟภึื",
}
_N_COMMON = 14  # of these letters; the others are rarer, and say less
_RARER = 0.6
_SEVERAL = 0.85  # what letters of several languages count beside those of one
_MARKS = frozenset("‘’“”„‚–—…«»•€£§©®™¿¡ºª°½¼¾\N{NO-BREAK SPACE}،؛؟")
_IN_WORDS = frozenset("’·ـ")  # that may be between letters
_OPENING, _CLOSING = frozenset("«“„‘‚¿¡§©€£"), frozenset("»”…™®ºª°½¼¾")  # not right after, not right before a letter
_FULL_WIDTH = re.compile(r"[\u3000-\u3003\u3005-\u3011\u2010-\u2026\uff01-\uff5e]")
_CONTROL = re.compile(r"[\0-\x08\x0e-\x1f]")
_MOST_CONTROLS = 0.01  # of a text
_SAMPLE = 2**14  # letters of words that are not all ASCII
_LEAST = 0.5  # of these, how many must be in place


def likely_encoding(content: bytes) -> str | None:
    """Guess the encoding of a text that doesn't say it; None where none fits.

    An encoding fits where the letters beyond ASCII are those of one language, capitals begin words, and characters
    are between words rather than in them.

    Examples
    --------
    >>> likely_encoding("La municipalité a adopté un règlement.".encode("cp1252"))
    'cp1252'
    >>> likely_encoding("اعتمد المجلس البلدي في تلبو لائحة".encode("cp1256"))
    'cp1256'
    """
    best, most = None, _LEAST
    for name in ENCODINGS:
        try:
            text = content.decode(name)
        except UnicodeDecodeError:
            continue
        if len(_CONTROL.findall(text)) > _MOST_CONTROLS * len(text):
            continue
        words = " ".join(word for word in text.split() if not word.isascii())[:_SAMPLE]
        score = _plausibility(words, name)
        if score > most:
            best, most = name, score
    return best or _without_language(content)


def _without_language(content: bytes) -> str | None:
    """Return the most common encoding for what is text at least, with characters that tell no language."""
    try:
        text = content.decode(next(iter(ENCODINGS)))
    except UnicodeDecodeError:
        return None
    return None if len(_CONTROL.findall(text)) > _MOST_CONTROLS * len(text) else next(iter(ENCODINGS))


def _plausibility(text: str, encoding: str) -> float:
    """Return which share of the letters beyond ASCII are in place, in [0, 1]."""
    places = [place for place, letter in enumerate(text) if not letter.isascii()]
    if not places:
        return 0.0
    if encoding in _IDEOGRAPHS:
        has_kana = any("\u3041" <= text[place] <= "\u30fe" for place in places)
        weigh: Callable[[str], float] = partial(_IDEOGRAPHS[encoding], has_kana=has_kana)
        return sum(weigh(text[place]) for place in places if not _beside_ascii(text, place)) / len(places)
    if encoding in _OTHERS:
        return sum(_other_weight(text, place, _OTHERS[encoding]) for place in places) / len(places)
    fit = [place for place in places if _fits_word(text, place)]
    n_marks = sum(text[place] in _MARKS for place in fit)
    letters = [text[place].lower() for place in fit]
    languages = _languages(encoding)
    n_letters = max(sum(letter in language for letter in letters) for language in languages)
    n_of_any = sum(any(letter in language for language in languages) for letter in letters)
    return (n_marks + max(n_letters, _SEVERAL * n_of_any)) / len(places)


@cache
def _languages(encoding: str) -> tuple[frozenset[str], ...]:
    """Return the letters of the languages that can be written in an encoding."""
    written = []
    for language in _LATIN:
        try:
            language.encode(encoding)
        except UnicodeEncodeError:
            continue
        written.append(frozenset(language) | _RARE_LATIN)
    return tuple(written)


def _fits_word(text: str, place: int) -> bool:
    """Whether a character fits its place: no capital after a small letter, no symbol in a word."""
    letter, before, after = text[place], text[place - 1 : place], text[place + 1 : place + 2]
    if not letter.isalpha() or letter in _MARKS:  # º is a letter to Unicode
        return _fits_between(letter, before, after)
    if before.isalpha() and before.islower() and letter.isupper():
        return False
    beside = (before, after)
    # Three in a row are no Latin word.
    return letter.isupper() or not all(other.isalpha() and not other.isascii() for other in beside)


def _fits_between(character: str, before: str, after: str) -> bool:
    if before.isalpha() and (character in _OPENING or after.isalpha()):
        return character in _IN_WORDS
    return not (after.isalpha() and character in _CLOSING)


def _other_weight(text: str, place: int, alphabet: str) -> float:
    letter, before, after = text[place], text[place - 1 : place], text[place + 1 : place + 2]
    if letter in _MARKS:
        return float(_fits_between(letter, before, after))
    if before.isalpha() and before.islower() and letter.isupper():
        return 0.0
    if (before.isascii() and before.isalpha()) or (after.isascii() and after.isalpha()):
        return float(letter in _LATIN[0])  # a French word in an Arabic text
    rank = alphabet.find(letter.lower())
    shown = 0.8 if letter.isupper() and before.isupper() else 1.0  # a text in capitals is rare
    return shown * (0.0 if rank < 0 else 1.0 if rank < _N_COMMON else _RARER)


# Scripts with thousands of letters


def _beside_ascii(text: str, place: int) -> bool:
    around = (text[place - 1 : place], text[place + 1 : place + 2])
    return any(letter.isascii() and letter.isalpha() for letter in around)


def _japanese(letter: str, *, has_kana: bool) -> float:
    if "\u3041" <= letter <= "\u30fe" or _FULL_WIDTH.match(letter):
        return 1.0
    return (0.9 if has_kana else 0.4) if _is_ideograph(letter) else 0.0


def _chinese(letter: str, *, has_kana: bool, charset: str, last: int) -> float:
    if _FULL_WIDTH.match(letter):
        return 1.0
    if has_kana or not _is_ideograph(letter):
        return 0.0
    encoded = letter.encode(charset, "ignore")
    return 0.95 if encoded and encoded[0] <= last else 0.2


def _korean(letter: str, *, has_kana: bool) -> float:
    if _FULL_WIDTH.match(letter) or ("\uac00" <= letter <= "\ud7a3" and len(letter.encode("euc_kr", "ignore")) == 2):
        return 1.0
    return 0.2 if _is_ideograph(letter) and not has_kana else 0.0


def _is_ideograph(letter: str) -> bool:
    return "\u4e00" <= letter <= "\u9fff"


_IDEOGRAPHS: dict[str, Callable[..., float]] = {
    "cp932": _japanese,
    "euc_jp": _japanese,
    "cp949": _korean,
    # The letters in use come first in these, up to this byte.
    "gb18030": partial(_chinese, charset="gb2312", last=0xD7),
    "big5": partial(_chinese, charset="big5", last=0xC6),
}
