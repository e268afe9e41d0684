"""Identity of coders: which spellings of a name are the same coder, and who is new."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

from classifier.control_characters import control_character_in
from classifier.errors import ProjectError
from classifier.spelling import nearest

_APOSTROPHES = "'’‘ʼ`´＇"  # noqa: RUF001 - those are what is typed for one another
_JOINERS = "\u200c\u200d"  # Persian and Indian names are written with them, though they print nothing
_MOST_NAMED = 12


def identity_of(name: str) -> str:
    r"""Return what all spellings of a coder's name share; the empty text for what is no name.

    Case, blanks, full stops, how letters are composed, characters that print nothing, and kinds of hyphens and
    apostrophes are a matter of typing, and make no other coder.

    Examples
    --------
    >>> identity_of(" ana  MOSS. ") == identity_of("Ana Moss")
    True
    >>> identity_of("J. O'Neil") == identity_of("J.O\N{RIGHT SINGLE QUOTATION MARK}Neil")
    True
    >>> identity_of("Ana Mos") == identity_of("Ana Moss")
    False
    """
    printed = "".join(character for character in name if unicodedata.category(character) != "Cf")
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", printed).casefold())
    return " ".join("".join(map(_typed, folded)).split())


def tidied(name: str) -> str:
    r"""Return a name as it is kept: composed, with single blanks, and without characters that print nothing.

    Examples
    --------
    >>> tidied(" Ana   Moss\u200b ")
    'Ana Moss'
    """
    composed = unicodedata.normalize("NFC", name)
    return " ".join(
        "".join(
            character for character in composed if unicodedata.category(character) != "Cf" or character in _JOINERS
        ).split()
    )


class CoderNames:
    """Names of coders that are known, each coder once, as the first spelling has it.

    Examples
    --------
    >>> known = CoderNames(["Ana Moss", "ana moss", "Ben"])
    >>> list(known)
    ['Ana Moss', 'Ben']
    >>> known.find("ANA MOSS"), known.find("Chi")
    ('Ana Moss', None)
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names: dict[str, str] = {}
        self.add(names)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(self._names.values()))

    def __len__(self) -> int:
        return len(set(self._names.values()))

    def add(self, names: Iterable[str]) -> None:
        """Add further spellings; who is known keeps the first."""
        for name in names:
            self._names.setdefault(identity_of(name), name)

    def merge(self, other: str, into: str) -> None:
        """Take another name for that of a coder, with all that was taken for the other one before.

        Examples
        --------
        >>> known = CoderNames(["Ana Moss", "Anna Moos", "Ben"])
        >>> known.merge("Anna Moos", "Ana Moss")
        >>> list(known), known.find("anna moos")
        (['Ana Moss', 'Ben'], 'Ana Moss')
        """
        merged, kept = self.spelling(other), self.spelling(into)
        self.add([merged, kept])
        self._names = {identity: kept if name == merged else name for identity, name in self._names.items()}

    def identities_of(self, name: str) -> tuple[str, ...]:
        """Return what spellings of a coder's names share, of all that were merged; see `identity_of`."""
        found = self.find(name)
        return tuple(identity for identity, known in self._names.items() if known == found) or (identity_of(name),)

    def find(self, name: str) -> str | None:
        """Return the coder's name as it was first spelt, or None where the coder is new."""
        return self._names.get(identity_of(name))

    def spelling(self, name: str) -> str:
        """Return the coder's name as it was first spelt; of a new coder, as it is given, tidied."""
        return self.find(name) or tidied(name)

    def nearest(self, name: str) -> str | None:
        """Return the known name that a new one may be a slip of, or None."""
        by_words = {_by_words(identity): name for identity, name in self._names.items()}
        found = nearest(_by_words(identity_of(name)), by_words, cutoff=0.8)
        return None if found is None else by_words[found]

    def admit(self, name: str, *, where: str, is_new: bool) -> str:
        """Return under which name a coder is kept; one who is new among others must be confirmed."""
        if not identity_of(name):
            raise ProjectError("A coder needs a name; give it with --coder")
        if character := control_character_in(tidied(name)):
            raise ProjectError(f"The coder's name has a control character ({character}); type it again without")
        if len(self) and self.find(name) is None and not is_new:
            guess = self.nearest(name)
            others = ", ".join([*self][:_MOST_NAMED])
            asked = f"did you mean {guess!r}?" if guess else f"the known coders are {others}."
            raise ProjectError(
                f"{where}: {tidied(name)!r} has not coded in it yet; {asked} Give the name as it is there, or add "
                "--new-coder if this is a new coder"
            )
        return self.spelling(name)


def _typed(character: str) -> str:
    if unicodedata.category(character) == "Pd":
        return "-"
    return " " if character == "." else "'" if character in _APOSTROPHES else character


def _by_words(identity: str) -> str:
    """Sort the words of a name: some write the family name first."""
    return " ".join(sorted(identity.replace(",", " ").split()))
