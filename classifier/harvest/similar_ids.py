"""Similar IDs: IDs that look alike without being the same, and how they differ."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from classifier.faults import Fault, FaultKind, shown
from classifier.languages import ENGLISH, Message, WrittenLater, current_language, gettext, lazy_gettext, marked
from classifier.wording import lazily_paired

MATCH = lazy_gettext("if it is the same outcome, add --match-ids, or correct the ID")
"""Remedy for an ID that looks like another one."""
CORRECT = lazy_gettext("correct the ID, if it is the same outcome")
CHECK = lazy_gettext("correct the ID, if it is another outcome")
_FEW = 3  # characters named of a difference; more would be a list of letters
# Letters of the Cyrillic and the Greek alphabet that look just like Latin ones.
_LATIN = str.maketrans(
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0405\u0406\u0408"
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0455\u0456\u0458"
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03bf",
    "ABEKMHOPCTYXSIJ" + "aeopcyxsij" + "ABEZHIKMNOPTYXo",
)
_SLASHES = str.maketrans(dict.fromkeys("\u2044\u2215", "/"))
_QUOTES = str.maketrans(dict.fromkeys("\u2018\u2019\u02bc", "'"))
_MORE_DASHES = "\u2212\u2043"  # the minus sign and the hyphen bullet; all others are of category Pd
_SHORT_NAMES = {
    "hyphen-minus": "hyphen",
    "solidus": "slash",
    "<control-0009>": "tab",
    "<control-000A>": "line break",
    "<control-000D>": "line break",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAlike:
    """An ID that is none of those known, and the known one that it looks like."""

    fragment_id: str
    known: str
    is_sure: bool  # whether no other ID looks like it, on either side
    difference: str  # what tells the two apart, as after "it"


def visible_key(fragment_id: str) -> str:
    """Return what can be seen of an ID: IDs of one key look the same on paper, or nearly.

    All dashes are one, and all blanks; characters of no width are left out; full-width forms, and Cyrillic and
    Greek letters that look like Latin ones, count as these.

    Examples
    --------
    >>> visible_key("HO\N{NON-BREAKING HYPHEN}01\N{ZERO WIDTH SPACE}")
    'HO-01'
    """
    text = unicodedata.normalize("NFKC", fragment_id).translate(_LATIN).translate(_SLASHES).translate(_QUOTES)
    return " ".join("".join(map(_seen, text)).split())


def loose_key(fragment_id: str) -> str:
    """Return what is left of an ID without what spreadsheet programs and people change: IDs of one key may be the same.

    Beyond `visible_key`: capitals, blanks, leading zeros, characters at either end, ".0" behind a number, and
    digits of other scripts don't count.

    Examples
    --------
    >>> loose_key("ho-01."), loose_key("HO - 1"), loose_key("001"), loose_key("1.0")
    ('ho-1', 'ho-1', '1', '1')
    """
    text = "".join(_digit(letter) for letter in visible_key(fragment_id).casefold() if letter != " ")
    text = re.sub(r"^(\d+)\.0$", r"\1", text).strip(".,;:'`\"")
    return re.sub(r"\d+", lambda found: found.group().lstrip("0") or "0", text)


def find_lookalikes(ids: Collection[str], known: Collection[str]) -> tuple[LookAlike, ...]:
    """Find the IDs that are none of those known and look like one, in their order.

    Give all IDs of either side: where two look alike on one side, it isn't sure which of them is meant.

    Examples
    --------
    >>> (found,) = find_lookalikes(["HO\N{NON-BREAKING HYPHEN}01", "HO-02"], ["HO-01", "HO-02"])
    >>> found.known, found.is_sure, found.difference
    ('HO-01', True, "has a non-breaking hyphen (U+2011) where 'HO-01' has a hyphen")
    """
    found: dict[str, LookAlike] = {}
    here, there = set(ids), set(known)
    strangers = [name for name in dict.fromkeys(ids) if name and name not in there]
    if not strangers:
        return ()
    for key in (visible_key, loose_key):
        ours, theirs = _by_key(known, key), Counter(key(name) for name in dict.fromkeys(ids))
        for name in strangers:
            alike = ours.get(key(name), [])
            # "HO-1" beside "HO-01" is seen to be another outcome; beside another kind of hyphen it is not.
            is_apart = key is loose_key and not here.isdisjoint(alike)
            if alike and key(name) and name not in found and not is_apart:
                found[name] = LookAlike(
                    fragment_id=name,
                    known=alike[0],
                    is_sure=len(alike) == 1 and theirs[key(name)] == 1,
                    difference=_difference(name, alike[0]),
                )
    return tuple(found[name] for name in strangers if name in found)


def alike_within(ids: Sequence[str]) -> tuple[LookAlike, ...]:
    """Find the IDs of one file that look like an earlier one there; see `visible_key`.

    Examples
    --------
    >>> [one.known for one in alike_within(["HO-01", "HO-02", "HO\N{NON-BREAKING HYPHEN}01", "HO-1"])]
    ['HO-01']
    """
    alike = _by_key((name for name in ids if name), visible_key).values()
    return tuple(
        LookAlike(fragment_id=name, known=first, is_sure=True, difference=_difference(name, first))
        for first, *others in alike
        for name in others
    )


def id_faults(
    found: Iterable[LookAlike], *, where: Mapping[str, str], of: Mapping[str, str], remedy: str, taken: bool = False
) -> tuple[Fault, ...]:
    """Report IDs that look like known ones, as notes: the cell of each (`where`), what has the known ones (`of`)."""
    return tuple(
        Fault(
            kind=FaultKind.ID,
            where=where.get(pair.fragment_id, ""),
            what=_described(pair, of[pair.known], taken=taken),
            remedy=remedy,
            gist=lazy_gettext("the ID was read as one of {of}", of=of[pair.known])
            if taken
            else lazy_gettext("the ID looks like one of {of}", of=of[pair.known]),
            ids=(pair.fragment_id, pair.known),
        )
        for pair in found
    )


def _described(pair: LookAlike, of: str, *, taken: bool) -> Message:
    if taken:
        text = marked("{id} was read as {known} of {of}: it {difference}")
    elif pair.is_sure:
        text = marked("{id} looks like {known} of {of}: it {difference}")
    else:
        text = marked("{id} looks like {known} of {of}, and so does another ID: it {difference}")
    return lazy_gettext(text, id=shown(pair.fragment_id), known=shown(pair.known), of=of, difference=pair.difference)


def _by_key(ids: Iterable[str], key: Callable[[str], str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in dict.fromkeys(ids):
        found.setdefault(key(name), []).append(name)
    return found


def _seen(letter: str) -> str:
    category = unicodedata.category(letter)
    if category == "Pd" or letter in _MORE_DASHES:
        return "-"
    if letter.isspace() or category == "Zs":
        return " "
    # Signs of no width, such as a zero width space, a byte order mark, or marks of the direction of writing.
    return "" if category in ("Cf", "Cc") or unicodedata.name(letter, "").startswith("VARIATION SELECTOR") else letter


def _digit(letter: str) -> str:
    value = unicodedata.decimal(letter, None)
    return letter if value is None else str(value)


# What tells them apart


def _difference(here: str, other: str) -> str:
    if here != other and here.casefold() == other.casefold():
        return lazy_gettext("has other capital letters than {other!r}", other=other)
    if _without_zeros(here) == _without_zeros(other):
        return lazy_gettext("has other leading zeros than {other!r}", other=other)
    changes = [
        change for change in SequenceMatcher(None, here, other, autojunk=False).get_opcodes() if change[0] != "equal"
    ]
    pairs = dict.fromkeys((here[start:end], other[begin:stop]) for _, start, end, begin, stop in changes)
    differences = [_change(here, there, other) for here, there in list(pairs)[:_FEW]]
    told = lazily_paired(differences)
    n_more = len(pairs) - _FEW
    if n_more <= 0:
        return told
    return lazy_gettext("{differences}, and {n_more} more differences", differences=told, n_more=n_more)


def _without_zeros(text: str) -> str:
    return re.sub(r"\d+", lambda found: found.group().lstrip("0"), text)


def _change(here: str, there: str, other: str) -> str:
    if not here:
        return lazy_gettext("lacks {sign} that {other!r} has", sign=_named(there), other=other)
    if not there:
        return lazy_gettext("has {sign} that {other!r} lacks", sign=_named(here), other=other)
    return lazy_gettext(
        "has {sign} where {other!r} has {other_sign}", sign=_named(here), other=other, other_sign=_named(there)
    )


def _named(characters: Sequence[str]) -> WrittenLater:
    """Name characters by their English names, and in other languages by what they look like and their numbers."""
    more = " …" if len(characters) > _FEW else ""

    def write() -> str:
        name = _name if current_language() == ENGLISH else _numbered
        return gettext(", ").join(map(name, characters[:_FEW])) + more

    return WrittenLater(write)


def _numbered(character: str) -> str:
    return f"{character!r} (U+{ord(character):04X})"


def _name(character: str) -> str:
    fallback = f"<control-{ord(character):04X}>"
    name = unicodedata.name(character, fallback).lower() if unicodedata.name(character, "") else fallback
    name = _SHORT_NAMES.get(name, name.strip("<>"))
    article = "an" if name[0] in "aeiou" else "a"
    return f"{article} {name}" + ("" if character.isascii() else f" (U+{ord(character):04X})")
