"""A cell taken apart into the labels it holds, where labels may hold the separator themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from classifier.languages import gettext
from classifier.spelling import LabelIndex, normalise
from classifier.wording import lazily_paired

_FAMILIES = (",،，、", ";؛；", "|｜", "/／")  # noqa: RUF001 - characters of several scripts that are typed for each other
_NO_LETTERS = re.compile(r"[\W_]+")
_MOST_PIECES = 300  # a cell with more of them holds a story, in which no label is looked for

_MOST_PAIRS = 50_000  # of labels that are compared; with more, which takes minutes, none are


def bare_separator(separator: str) -> str:
    r"""Return what parts labels: the separator without blanks around it, or the blank or line break that it is.

    Examples
    --------
    >>> bare_separator("; "), bare_separator(" "), bare_separator("\n")
    (';', ' ', '\n')
    """
    return separator.strip() or ("\n" if "\n" in separator else " ")


def describe_separator(separator: str) -> str:
    r"""Name a separator in a sentence.

    Examples
    --------
    >>> describe_separator("; "), describe_separator("\n")
    ("';'", 'a line break')
    """
    bare = bare_separator(separator)
    return {" ": gettext("a blank"), "\n": gettext("a line break")}.get(bare, repr(bare))


class CellSplitter:
    """Takes cells apart: into as many known labels as can be, the longest first.

    Parameters
    ----------
    separator : str
        Text between labels; blanks around it don't count. Line breaks part labels too.
    labels : iterable of str
        The known labels.

    Examples
    --------
    >>> splitter = CellSplitter(", ", ["Police, army and courts", "Media"])
    >>> splitter.split("Media, police, army and courts, Schools")
    ('Media', 'police, army and courts', 'Schools')
    """

    def __init__(self, separator: str, labels: Iterable[str]) -> None:
        self._separator = bare_separator(separator)
        self._labels = tuple(labels)
        parts = next((f"[{family}]" for family in _FAMILIES if self._separator in family), re.escape(self._separator))
        self._is_between = re.compile(r"\s+" if self._separator == " " else rf"{parts}|\n|\r")
        self._is_separator = re.compile(r"\s" if self._separator == " " else parts)

    def split(self, cell: str) -> tuple[str, ...]:
        """Return the labels that a cell holds, in their order; what is no known label is parted at each separator."""
        pieces = [*self._pieces(cell)]
        if len(pieces) == 1 or len(pieces) > _MOST_PIECES:
            return tuple(cell[start:end] for start, end in pieces)
        # From the end on: the fewest unknown labels that the rest of the cell can be read as, the number of its
        # labels, and where the first of them ends.
        best: list[tuple[int, int, int]] = [(0, 0, 0)] * (len(pieces) + 1)
        letters = [_letters(cell[start:end]) for start, end in pieces]
        for first in reversed(range(len(pieces))):
            ways = []
            joined = ""
            for last in range(first, min(first + self._most_joined, len(pieces))):
                joined += letters[last]  # which are soon found to be those of no label
                is_known = joined in self._known_letters and self._is_label(cell[pieces[first][0] : pieces[last][1]])
                if is_known or last == first:
                    n_unknown, n_labels, _ = best[last + 1]
                    ways.append((n_unknown + (not is_known), n_labels + 1, -last))
            best[first] = min(ways)
        labels, first = [], 0
        while first < len(pieces):
            last = -best[first][2]
            labels.append(cell[pieces[first][0] : pieces[last][1]])
            first = last + 1
        return tuple(labels)

    def confused(self) -> str | None:
        """Return which labels are ambiguous in one cell, or None where none are."""
        holding = [label for label in self._labels if self._is_separator.search(label)]
        if len(holding) * len(self._labels) > _MOST_PAIRS:
            return None
        for label in holding:
            others = CellSplitter(self._separator, [known for known in self._labels if known != label])
            pieces = others.split(label)
            if len(pieces) > 1 and all(map(others.knows, pieces)):
                return _also(label, pieces)
        between = self._separator if self._separator.isspace() else f"{self._separator} "
        for label in holding:
            for other in self._labels:
                for pair in ((label, other), (other, label)):
                    read = self.split(between.join(pair))
                    if label != other and read != pair:
                        return _also(between.join(pair), read)
        return None

    def knows(self, label: str) -> bool:
        """Whether a label is a known one."""
        return self._index.find(label) is not None

    def _pieces(self, cell: str) -> Iterator[tuple[int, int]]:
        """Return where each text between separators starts and ends, blanks around it aside."""
        start = 0
        for found in (*self._is_between.finditer(cell), None):
            end = len(cell) if found is None else found.start()
            text = cell[start:end]
            if text.strip():
                n_before = len(text) - len(text.lstrip())
                yield start + n_before, start + len(text.rstrip())
            start = end if found is None else found.end()

    def _is_label(self, text: str) -> bool:
        # "Women, media" is two labels even where another one is called "Women media".
        index = self._index_of_joined if self._is_separator.search(text) else self._index
        return index.find(text) is not None

    @cached_property
    def _known_letters(self) -> frozenset[str]:
        return frozenset(map(_letters, self._labels))

    @cached_property
    def _index(self) -> LabelIndex[str]:
        return LabelIndex((label, label) for label in self._labels)

    @cached_property
    def _index_of_joined(self) -> LabelIndex[str]:
        return LabelIndex((label, label) for label in self._labels if self._is_separator.search(label))

    @cached_property
    def _most_joined(self) -> int:
        """Number of pieces that a label may be in: it may hold separators, and be wrapped at each of its blanks."""
        return max((len(label.split()) + len(self._is_separator.findall(label)) for label in self._labels), default=1)


def _letters(text: str) -> str:
    """Return the letters and digits alone of a text, which all spellings of a label share."""
    return _NO_LETTERS.sub("", normalise(text))


def _also(text: str, labels: Sequence[str]) -> str:
    return gettext("{text!r} is also {labels}", text=text, labels=lazily_paired(map(repr, labels)).translated())
