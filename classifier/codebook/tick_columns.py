"""Tick columns: a yes/no column for each code, as survey tools write questions with several answers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from classifier.spelling import label_key, normalise

_YES = {
    *("1", "1.0", "true", "yes", "y", "x", "✓", "✔", "☑", "☒", "✅", "checked", "selected", "ticked"),
    *("oui", "vrai", "si", "sí", "verdadero", "sim", "verdadeiro", "ja", "wahr", "نعم", "صحيح"),
}
_NO = {
    *("0", "0.0", "false", "no", "n", "-", "☐", "✗", "unchecked", "notselected", "notticked"),
    *("non", "faux", "falso", "não", "nao", "nein", "falsch", "لا", "خطأ"),
}
_FEWEST_ALIKE = 3  # columns; of two, such as is_negative and is_unintended, each may be a question of its own
_LONGEST_NAME = 1000  # letters; longer ones, which no survey tool writes, would take seconds to split
# Between the question and its answer, the surest first: "who_changed/media", "Who changed? [Media]", "Who: Media".
_PARTED = (
    re.compile(r"(?P<question>.+)/(?P<answer>[^/]+)"),
    re.compile(r"(?P<question>.+?)___(?P<answer>.+)"),  # REDCap; with labels, "Who changed? (choice=Media)"
    re.compile(r"(?P<question>.+?)\s*\(choice=(?P<answer>.+)\)\s*"),
    re.compile(r"\w+\[\w+\]\.\s+(?P<question>.+?)\s*\[(?P<answer>[^\[\]]+)\]\s*"),  # LimeSurvey
    re.compile(r"(?P<question>.+?)\s*\[(?P<answer>[^\[\]]+)\]\s*"),
    re.compile(r"(?P<question>.+?)\s*[:|]\s*(?P<answer>.+)"),
    re.compile(r"(?P<question>.+?)\s+[-–—]\s+(?P<answer>.+)"),  # noqa: RUF001
    re.compile(r"(?P<question>.+?)\s*\((?P<answer>[^()]+)\)\s*"),
    re.compile(r"(?P<question>.+)\.(?P<answer>[^.]+)"),
    # An answer that has brackets itself.
    re.compile(r"(?P<question>.+?)\s*\[(?P<answer>.+)\]\s*"),
    re.compile(r"(?P<question>.+?)\s*\((?P<answer>.+)\)\s*"),
)


def is_ticked(text: str, *labels: str) -> bool | None:
    """Whether a cell says yes to a code; None where it says neither yes nor no.

    Nothing is a no; the code itself, as some tools write it, is a yes.

    Examples
    --------
    >>> is_ticked("TRUE"), is_ticked(""), is_ticked("Media", "Media"), is_ticked("2")
    (True, False, True, None)
    """
    word = normalise(text)
    if not word or word in _NO:
        return False
    if word in _YES or label_key(text) in map(label_key, labels):
        return True
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column by its name in the header, with the text of each row; `index` counts from 0."""

    name: str
    index: int
    cells: tuple[str, ...]

    @property
    def key(self) -> str:
        """Its name in normal form."""
        return label_key(self.name)

    @property
    def is_id(self) -> bool:
        """Whether each row has a text of its own."""
        return bool(self.cells) and all(self.cells) and len(set(self.cells)) == len(self.cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class TickGroup:
    """Columns of one question, by the answer that each says yes or no to."""

    question: str
    columns: dict[str, Column]

    @property
    def by_row(self) -> tuple[tuple[str, ...], ...]:
        """The answers ticked in each row."""
        cells = zip(*(column.cells for column in self.columns.values()), strict=True)
        return tuple(
            tuple(answer for answer, cell in zip(self.columns, row, strict=True) if is_ticked(cell, answer))
            for row in cells
        )


def group_ticks(columns: Sequence[Column]) -> tuple[TickGroup, ...]:
    """Find the columns that say yes or no to the answers of one question, two of them or more.

    Examples
    --------
    >>> cells = {"Who [Media]": ("1", ""), "Who [Police]": ("0", "1"), "Scale": ("Local", "Local")}
    >>> columns = [Column(name=name, index=place, cells=texts) for place, (name, texts) in enumerate(cells.items())]
    >>> [(group.question, *group.columns) for group in group_ticks(columns)]
    [('Who', 'Media', 'Police')]
    >>> names = ["Q2[SQ001]. Who? [Media]", "Q2[SQ002]. Who? [Police]"]
    >>> columns = [Column(name=name, index=place, cells=("Yes", "No")) for place, name in enumerate(names)]
    >>> [(group.question, *group.columns) for group in group_ticks(columns)]
    [('Who?', 'Media', 'Police')]
    """
    groups: dict[tuple[int, str], dict[str, Column]] = {}
    for column in columns:
        for place, question, answer in split_tick(column.name):
            if _holds_ticks(column, answer):
                groups.setdefault((place, question), {})[answer] = column
                break
    found = [
        TickGroup(question=question, columns=by_answer)
        for (_, question), by_answer in groups.items()
        if len(by_answer) > 1 and any(any(map(_says_something, column.cells)) for column in by_answer.values())
    ]
    return tuple(found) or tuple(_by_beginning([column for column in columns if _holds_ticks(column)]))


def split_tick(name: str) -> Iterator[tuple[int, str, str]]:
    """Split the name of a column into a question and its answer, in the ways of survey tools, the surest first.

    Yields
    ------
    tuple of int, str, str
        Which way it is, the question, and the answer.

    Examples
    --------
    >>> [(question, answer) for _, question, answer in split_tick("Who changed?/Men/boys")]
    [('Who changed?/Men', 'boys'), ('Who changed?', 'Men/boys')]
    """
    name = " ".join(name.split())
    if len(name) > _LONGEST_NAME:
        return
    for place, pattern in enumerate(_PARTED):
        if found := pattern.fullmatch(name):
            yield place, found["question"].strip(), found["answer"].strip()
    pieces = name.split("/")
    for n_answer in range(2, len(pieces)):  # an answer that has slashes itself
        question, answer = "/".join(pieces[:-n_answer]).strip(), "/".join(pieces[-n_answer:]).strip()
        if question and answer:
            yield len(_PARTED), question, answer


def _holds_ticks(column: Column, *labels: str) -> bool:
    """Whether a column has nothing but yes and no, with a yes at least; empty columns of a form count too."""
    ticks = {is_ticked(cell, *labels) for cell in column.cells}
    return None not in ticks and (True in ticks or bool(labels))


def _says_something(cell: str) -> bool:
    return is_ticked(cell) is not False


def _by_beginning(columns: Iterable[Column]) -> Iterator[TickGroup]:
    """Group columns such as actor_media and actor_police, whose names begin alike."""
    groups: dict[str, dict[str, Column]] = {}
    for column in columns:
        question, underscore, answer = column.name.strip().partition("_")
        if underscore and answer:
            groups.setdefault(question, {})[answer] = column
    for alike in groups.values():
        if len(alike) >= _FEWEST_ALIKE:
            words = [column.name.strip().split("_") for column in alike.values()]
            n_shared = sum(1 for _ in takewhile(lambda same: len(set(same)) == 1, zip(*words, strict=False)))
            n_shared = min(n_shared, min(map(len, words)) - 1)
            answers = ("_".join(word[n_shared:]) for word in words)
            columns_by_answer = dict(zip(answers, alike.values(), strict=True))
            yield TickGroup(question="_".join(words[0][:n_shared]), columns=columns_by_answer)
