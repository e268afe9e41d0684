"""Labels of a column: separators, spelling variants and typos."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, takewhile

from classifier.codebook.separator_detection import taken_apart
from classifier.codebook.tick_columns import Column, TickGroup
from classifier.spelling import has_same_signs, label_key

LONGEST_LABEL = 150  # letters; what is longer is a remark, and may tell somebody's story
_MOST_COMPARED = 180  # labels; comparing every story with every other would take long, for nothing
# Words one or two letters apart that a coder keeps well apart.
_NOT_TYPOS = (
    ("inter", "intra"),
    ("macro", "micro"),
    ("adopt", "adapt"),
    ("policy", "police"),
    ("prosec", "persec"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A label by its spellings, each with its number of cells, and the rarer labels that are typos of it."""

    spellings: Mapping[str, int]
    typos: tuple[Label, ...] = ()

    @property
    def text(self) -> str:
        """The commonest spelling."""
        return max(self.spellings, key=lambda spelling: self.spellings[spelling])

    @property
    def key(self) -> str:
        """Its normal form, which all its spellings share."""
        return label_key(self.text)

    @property
    def n_own(self) -> int:
        """Number of cells that hold it, typos aside."""
        return sum(self.spellings.values())

    @property
    def n_cells(self) -> int:
        """Number of cells that hold it, typos included."""
        return self.n_own + sum(typo.n_cells for typo in self.typos)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """A column read as labels, the commonest first."""

    column: Column
    # Between the labels of a cell; may be a blank or a line break, and is empty where each holds one.
    separator: str
    # The labels of each row; what is too long for a label is left out, and counted in `n_long`.
    by_row: tuple[tuple[str, ...], ...]
    labels: tuple[Label, ...]
    n_long: int
    # By label, the column that says yes or no to it; empty where the labels are in one column.
    ticks: Mapping[str, str] = field(default_factory=dict)

    @property
    def n_labels(self) -> int:
        """Number of labels that its cells hold in all."""
        return sum(map(len, self.by_row))


def read_answers(column: Column) -> Answers:
    """Read a column as labels."""
    separator, texts = taken_apart(column.cells)
    by_row = tuple(tuple(text for text in row if len(text) <= LONGEST_LABEL) for row in texts)
    labels = _labels(chain.from_iterable(by_row))
    return Answers(
        column=column,
        separator=separator,
        by_row=by_row,
        labels=_gather_typos(labels) if len(labels) <= _MOST_COMPARED else labels,
        n_long=sum(map(len, texts)) - sum(map(len, by_row)),
    )


def answers_of_ticks(group: TickGroup, *, joined: Answers | None) -> Answers:
    """Read columns that say yes or no to one label each; `joined` is the column with the same answers, if any."""
    first = next(iter(group.columns.values()))
    column = joined.column if joined else Column(name=group.question, index=first.index, cells=())
    n_cells = {answer: sum(answer in row for row in group.by_row) for answer in group.columns}
    return Answers(
        column=column,
        separator=(joined.separator if joined else "") or ";",
        by_row=group.by_row,
        labels=_commonest_first(Label(spellings={answer: n}) for answer, n in n_cells.items()),
        n_long=0,
        ticks={answer: column.name for answer, column in group.columns.items()},
    )


def _labels(texts: Iterable[str]) -> tuple[Label, ...]:
    spellings: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for text in texts:
        spellings[label_key(text)][text] += 1
    return _commonest_first(Label(spellings=counts) for counts in spellings.values())


def _commonest_first(labels: Iterable[Label]) -> tuple[Label, ...]:
    return tuple(sorted(labels, key=lambda label: label.n_cells, reverse=True))


def _gather_typos(labels: Sequence[Label]) -> tuple[Label, ...]:
    """Put near spellings under the commoner label they are most likely meant for."""
    families: list[list[Label]] = []
    real_words: set[str] = set()
    for label in labels:
        home = next((family for family in families if _is_typo(label, family[0], real_words)), None)
        if home is None:
            families.append([label])
            real_words.update(_words(label.text))
        else:
            home.append(label)
    return _commonest_first(Label(spellings=first.spellings, typos=tuple(rest)) for first, *rest in families)


def _is_typo(rare: Label, common: Label, real_words: set[str]) -> bool:
    """Whether a label is most likely a slip for a commoner one.

    A word more or less, another number, or a word that other labels have too make it another code.
    """
    if not has_same_signs(rare.text, common.text):  # "Effect +" for "Effect -"
        return False
    words, meant = _words(rare.text), _words(common.text)
    if words and words == meant:  # "Norms & attitudes" for "Norms and attitudes"
        return True
    differing = [pair for pair in zip(words, meant, strict=False) if pair[0] != pair[1]]
    return (
        len(words) == len(meant)
        and 1 <= len(differing) <= 2
        and 3 * rare.n_cells <= common.n_cells
        and all(word not in real_words and _is_mistyped(word, right) for word, right in differing)
    )


def _is_mistyped(word: str, right: str) -> bool:
    """Whether a letter is wrong, two are swapped, or, in a long word, two side by side are wrong.

    The first letter counts as typed well: 'direct' and 'indirect', 'legal' and 'illegal' differ in meaning.
    """
    n_start = _n_shared(word, right)
    n_end = _n_shared(word[n_start:][::-1], right[n_start:][::-1])
    typed, wanted = word[n_start : len(word) - n_end], right[n_start : len(right) - n_end]
    length = max(len(word), len(right))
    n_wrong = 1 if typed == wanted[::-1] and len(typed) == 2 else max(len(typed), len(wanted))
    return (
        length >= 5
        and n_start >= 1
        and n_wrong <= (1 if length < 9 else 2)
        and not any(character.isnumeric() for character in word + right)
        and not _are_opposed(word, right)
    )


def _n_shared(word: str, other: str) -> int:
    """Count the letters with which both words start."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(word, other, strict=False)))


def _are_opposed(word: str, other: str) -> bool:
    return any(
        (word.startswith(first) and other.startswith(second)) or (word.startswith(second) and other.startswith(first))
        for first, second in _NOT_TYPOS
    )


def _words(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKC", text).casefold().replace("&", " and ")
    # Marks are kept: in many scripts they are the vowels.
    return "".join(
        character if character.isalnum() or unicodedata.category(character).startswith("M") else " "
        for character in folded
    ).split()


def _spaced(name: str) -> str:
    """Part the words of a name written like TypeOfChange."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)


def words_of(name: str) -> list[str]:
    """Split the name of a column into words, also one written like TypeOfChange.

    Examples
    --------
    >>> words_of("MCQType of change")
    ['mcq', 'type', 'of', 'change']
    """
    return _words(_spaced(name))
