"""Comparison of labels: normal forms, spelling distance and nearest names."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, wraps
from typing import Generic, TypeVar

from classifier.languages import lazy_gettext

Value = TypeVar("Value")

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹣－"), "-")  # noqa: RUF001
# All but letters, digits, blanks and what ends or quotes a sentence; marks that belong to a letter are among them.
_TELLING_SIGN = re.compile(r"[^\w\s.,;'\"()]|_")
_WEAK = set("|~^¦°")  # characters by category that part labels, or stand for "number"
_SHAPES = range(0x25A0, 0x2600)  # squares and circles, as bullets
_LOUD = set("%‰#")  # punctuation by category that says as much as a letter
_QUIET = set("?!*@")  # characters that tell two codes apart, and that are as often typed in passing
_LEAST_LETTERS = 3
# Words that are part of many labels and name none of them.
_SAY_NOTHING = {
    *("and", "the", "for", "with", "other", "others", "none", "not", "yes", "all", "any", "unknown", "various"),
    *("les", "des", "aux", "pour", "avec", "autre", "autres", "aucun", "aucune", "non", "oui", "inconnu"),
    *("los", "las", "del", "para", "con", "otro", "otra", "otros", "otras", "ninguno", "outro", "outros", "não"),
    *("غير", "أخرى", "آخر", "نعم"),
}
_TURN_ROUND = {
    *("no", "not", "non", "without", "un", "sans", "pas", "sin", "sem", "não", "nicht"),
    *("غير", "بدون", "لا", "عدم"),
}
# Beginnings of words that make another word of the rest, as often its opposite.
_TURNING_PREFIXES = (
    *("inter", "supra", "trans", "multi", "extra", "ultra", "infra", "contre", "contra", "anti", "sous"),
    *("non", "sub", "dis", "dés", "des", "un", "in", "im", "il", "ir"),
)
_LONGEST = 2000  # letters of a label; longer texts, which are stories, are compared as they are
_LONGEST_REMEMBERED = 60  # letters; a story is no label, and isn't asked for again
_SAME_WORD = 0.8  # share of letters from which a word is another one misspelled
_LIKE_WORD = 0.6  # and from which it may be, where the other words of two labels are the same
_LIKE_AS_A_WHOLE = 0.75  # and from which two labels of several words may be, that have no word in common
_MOST_TRIED = 5  # names near to a label
_SHORT = 2  # letters; with so few of them, a character is half of what a label says


def remember_short(compute: Callable[[str], Value]) -> Callable[[str], Value]:
    """Remember what a function returns for short labels; those of columns and codes are asked for with every row."""
    remembered = lru_cache(maxsize=4096)(compute)

    @wraps(compute)
    def look_up(text: str) -> Value:
        return compute(text) if len(text) > _LONGEST_REMEMBERED else remembered(text)

    return look_up


@remember_short
def normalise(text: str) -> str:
    """Reduce a label to what makes it the same label: its letters and digits, in lower case.

    Case, blanks and punctuation are a matter of typing, so codes and column names are compared without
    them. A point between two digits stays, or 1.11 would be 11.1; a label that consists of punctuation alone
    is kept as it is.

    Examples
    --------
    >>> normalise("  Norms, attitudes & AWARENESS ")
    'normsattitudesawareness'
    >>> normalise("Target 1.11"), normalise("Target 11.1"), normalise("?")
    ('target1.11', 'target11.1', '?')
    """
    if len(text) > _LONGEST:
        return text.strip()
    # An acute that is typed for an apostrophe would become the accent of the letter before it.
    folded = unicodedata.normalize("NFKC", text.translate(_WITHOUT_ACCENTS_ALONE)).casefold()
    words = folded.translate(_LETTERS_ALONE)
    kept = re.sub(r"(?<=\d)\s+(?=\d)", ".", words).replace(" ", "")
    return unicodedata.normalize("NFKC", kept) or folded.strip() or text.strip()


@remember_short
def label_key(text: str) -> str:
    """Reduce a label to what makes it the same label, the characters included that say as much as a letter.

    Those are symbols of mathematics and of money, arrows and pictures, per cent and number signs, and a dash before
    a number or at the end of a label. A plus or number sign before a number says nothing that its lack does not.

    Examples
    --------
    >>> label_key("-1"), label_key("1."), label_key("> 5 %"), label_key("C++"), label_key("Effect -")
    ('1 -1', '1', '5 >5%', 'c c++', 'effect effect-')
    >>> label_key("Sub-national") == label_key("sub national"), label_key("- Media") == label_key("media")
    (True, True)
    """
    return _key(text, _is_loud)


@remember_short
def exact_key(text: str) -> str:
    """Reduce a label like `label_key`, with the characters too that are as often typed in passing.

    Examples
    --------
    >>> exact_key("Yes?") == exact_key("yes"), exact_key("1-2") == exact_key("1.2")
    (False, False)
    >>> exact_key("YES.") == exact_key("yes")
    True
    """
    return _key(text, _is_heard)


class LabelIndex(Generic[Value]):
    """Lookup of labels by any spelling of them.

    Labels are the same whatever their case, blanks and punctuation; but where two differ by a character alone, as
    "C" and "C++" do, the character counts. So it does before a number: 1 is not found by "-1", nor "<5" by ">5".

    Examples
    --------
    >>> index = LabelIndex([("-1", "worse"), ("1", "better"), ("Sub-national", "between")])
    >>> index.find("- 1"), index.find("+1"), index.find("SUB NATIONAL")
    ('worse', 'better', 'between')
    """

    def __init__(self, labels: Iterable[tuple[str, Value]]) -> None:
        self._levels: list[dict[str, list[tuple[str, Value]]]] = [{} for _ in _KEYS]
        for label, value in labels:
            for level, key_of in zip(self._levels, _KEYS, strict=True):
                level.setdefault(key_of(label), []).append((label, value))

    def find(self, label: str) -> Value | None:
        """Return what a label means, or None."""
        for place, (level, key_of) in enumerate(zip(self._levels, _KEYS, strict=True)):
            found = level.get(key_of(label), [])
            if place == len(self._levels) - 1:
                found = [entry for entry in found if not _contradict(entry[0], label)]
            if found and all(value == found[0][1] for _, value in found):
                return found[0][1]
        return None


_KEYS = (exact_key, label_key, normalise)


def _key(text: str, is_kept: Callable[[str, int], bool]) -> str:
    normal = normalise(text)
    if len(text) > _LONGEST:
        return normal
    folded = _folded(text)
    if not any(map(str.isalnum, folded)):
        return "".join(folded.split()) or normal
    kept = [*_signs(folded, is_kept)]
    if not kept:
        return normal
    edges = zip([0, *(place + 1 for place in kept)], [*kept, len(folded)], strict=True)
    letters = [folded[start:end].translate(_LETTERS_ALONE).replace(" ", "") for start, end in edges]
    signs = [*(folded[place] for place in kept), ""]
    return f"{normal} {''.join(map(''.join, zip(letters, signs, strict=True)))}"


def _signs(folded: str, is_kept: Callable[[str, int], bool]) -> Iterator[int]:
    """Yield the places of the characters that are kept beside the letters, of those that may be."""
    for sign in _TELLING_SIGN.finditer(folded):
        if not _is_letter(sign[0]) and is_kept(folded, sign.start()):
            yield sign.start()


class _Translation(dict[int, str]):
    """Table for `str.translate` in which a blank takes the place of other characters than those kept."""

    def __init__(self, is_kept: Callable[[str], bool]) -> None:
        super().__init__()
        self._is_kept = is_kept

    def __missing__(self, code: int) -> str:
        character = chr(code)
        return self.setdefault(code, character if self._is_kept(character) else " ")


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().translate(_DASHES).strip()


def _is_letter(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character).startswith("M")


_WITHOUT_ACCENTS_ALONE = _Translation(lambda character: unicodedata.category(character) != "Sk")
_LETTERS_ALONE = _Translation(_is_letter)


def _is_loud(text: str, place: int) -> bool:
    character, before, after = _with_neighbours(text, place)
    starts_word = not before or not _is_letter(before)
    if character == "-":
        is_minus = starts_word and after.isdigit()
        is_last = not after or after in ")]:;,"
        return is_minus or is_last or (not before and text[1:].lstrip()[:1].isdigit())
    if character in "+#" and starts_word and after.isdigit():
        return False
    is_symbol = unicodedata.category(character) in ("Sm", "Sc", "So") and ord(character) not in _SHAPES
    return character in _LOUD or (is_symbol and character not in _WEAK)


def _with_neighbours(text: str, place: int) -> tuple[str, str, str]:
    """Return a character, the one before and the one after; nothing where there is none."""
    return text[place], text[max(place - 1, 0) : place], text[place + 1 : place + 2]


def _is_heard(text: str, place: int) -> bool:
    character, before, after = _with_neighbours(text, place)
    is_between_digits = before.isdigit() and after.isdigit()
    return (
        _is_loud(text, place) or character in _QUIET or character == "+" or (is_between_digits and character in "-/:")
    )


def _contradict(known: str, typed: str) -> bool:
    """Whether two labels of one normal form differ in characters that nobody types in passing."""
    if has_same_signs(known, typed):
        return False
    ours, theirs = _loud_signs(known), _loud_signs(typed)
    is_short = sum(map(_is_letter, normalise(known))) <= _SHORT
    return is_short or bool(ours and theirs) or _before_numbers(known) != _before_numbers(typed)


def has_same_signs(label: str, other: str) -> bool:
    """Whether two labels have the same characters that say as much as a letter.

    Examples
    --------
    >>> has_same_signs("Effect +", "Efect +"), has_same_signs("Effect +", "Effect -")
    (True, False)
    """
    return _loud_signs(label) == _loud_signs(other)


def is_part(label: str, *, of: str) -> bool:
    """Whether a label is the beginning of another one, or some of its whole words, and long enough to identify it.

    It takes three letters; and what is left out must not turn its meaning round.

    Examples
    --------
    >>> is_part("Capac", of="Capacity change"), is_part("Media", of="Artists and media")
    (True, True)
    >>> is_part("national", of="Sub-national"), is_part("change", of="No change"), is_part("and", of="Law and order")
    (False, False, False)
    """
    words, known = _words(label), _words(of)
    if sum(map(str.isalpha, label)) < _LEAST_LETTERS or _SAY_NOTHING.issuperset(words) or _loud_signs(label):
        return False
    if normalise(of).startswith(normalise(label)):
        return True
    starts = [place for place in range(len(known)) if known[place : place + len(words)] == words]
    return any(_TURN_ROUND.isdisjoint(known[:place]) for place in starts)


def _words(text: str) -> list[str]:
    """Split a label at its blanks: "Sub-national" is one word."""
    return [word for word in map(normalise, _folded(text).replace("/", " ").split()) if word]


def _loud_signs(text: str) -> str:
    folded = _folded(text)
    return "".join(folded[place] for place in _signs(folded, _is_loud))


def _before_numbers(text: str) -> list[str]:
    return re.findall(r"[^\w ]+(?=\d)", label_key(text))


def nearest(wanted: str, known: Iterable[str], *, cutoff: float = 0.5) -> str | None:
    """Find the known word most like the wanted one, or None where nothing is alike.

    Case does not count. Of names that have words in common, the other words have to be alike too; those of several
    words that have none in common have to be much alike as a whole. A word is not like the one that a prefix such as
    "inter" makes of it.

    Examples
    --------
    >>> nearest("Goverment", ["Government", "Communities"])
    'Government'
    >>> nearest("Mars", ["Local", "National"]) is None
    True
    >>> print(nearest("Policy implemented", ["Policy blocked"]), nearest("National", ["International"]))
    None None
    """
    by_folded = {word.casefold(): word for word in known}
    found = difflib.get_close_matches(wanted.casefold(), by_folded, n=_MOST_TRIED, cutoff=cutoff)
    return next((by_folded[label] for label in found if _differ_in_spelling(wanted, label)), None)


def _differ_in_spelling(label: str, other: str) -> bool:
    """Whether two labels that have words in common differ in spelling or in further words, and not in another word.

    Labels that have none in common may, if they are alike as a whole.
    """
    words, known = _words(label), _words(other)
    ours, theirs = _unpaired(words, known, lambda word, other: _is_like(word, other, _SAME_WORD))
    if len(ours) == len(words):
        if any(_are_opposed(word, other) for word in words for other in known):
            return False
        is_short = min(len(words), len(known)) <= 1
        return is_short or _likeness(label.casefold(), other.casefold()) >= _LIKE_AS_A_WHOLE
    ours, theirs = _unpaired(ours, theirs, _may_be_the_same_word)
    return not (ours and theirs) and _TURN_ROUND.isdisjoint((*ours, *theirs))


def _unpaired(
    words: Sequence[str], others: Sequence[str], are_alike: Callable[[str, str], bool]
) -> tuple[list[str], list[str]]:
    """Return the words of two labels that are left when each is paired with one that is alike."""
    alone, left = [], [*others]
    for word in words:
        found = next((known for known in left if are_alike(word, known)), None)
        if found is None:
            alone.append(word)
        else:
            left.remove(found)
    return alone, left


def _may_be_the_same_word(word: str, other: str) -> bool:
    """Whether a word is another one misspelled, or its beginning, as an initial is."""
    return word.startswith(other) or other.startswith(word) or _is_like(word, other, _LIKE_WORD)


def _is_like(word: str, other: str, least: float) -> bool:
    return _likeness(word, other) >= least and not _are_opposed(word, other)


def _are_opposed(word: str, other: str) -> bool:
    """Whether one word is the other, or one spelled much like it, after a prefix that makes another word of it.

    Examples
    --------
    >>> _are_opposed("national", "internatonal"), _are_opposed("international", "internatonal")
    (True, False)
    """
    shorter, longer = sorted((word, other), key=len)
    begun = (prefix for prefix in _TURNING_PREFIXES if longer.startswith(prefix) and not shorter.startswith(prefix))
    return any(_likeness(longer.removeprefix(prefix), shorter) >= _SAME_WORD for prefix in begun)


def _likeness(word: str, other: str) -> float:
    return difflib.SequenceMatcher(None, word, other).ratio()


def natural_key(value: str) -> list[str | int]:
    """Key for natural sorting: "harvest 2" before "harvest 10"; case does not count.

    Examples
    --------
    >>> sorted(["harvest 10", "Harvest 2"], key=natural_key)
    ['Harvest 2', 'harvest 10']
    """
    pieces = re.split(r"(\d+)", value)
    return [int(piece) if place % 2 else piece.casefold() for place, piece in enumerate(pieces)]


def did_you_mean(label: str, known: Iterable[str], *, otherwise: str) -> str:
    """Suggest the known name nearest to a label; give another hint where none is near.

    Examples
    --------
    >>> did_you_mean("Natonal", ["Local", "National"], otherwise="the codes are Local, National")
    "did you mean 'National'?"
    """
    guess = nearest(label, known)
    return lazy_gettext("did you mean {guess!r}?", guess=guess) if guess else otherwise
