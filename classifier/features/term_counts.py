"""Counts of terms: how often each text uses each word, word pair and letter group."""

from __future__ import annotations

import re
import zlib
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

# Any letters and digits make a word, single ones too: Arabic and Chinese have short words, and `redacted`, `person`
# and `LOC` remain as words of their own.
WORD = re.compile(r"\b\w+\b")
SparseCounts = Any  # a csr_array of shape (n_texts, n_terms); scipy has no types
_GROUP_SIZES = (3, 4, 5)  # letters
# Of so few texts, a fold may be fitted on 20 or fewer, where terms that come once count too.
_FEW_TEXTS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Analyzer:
    """How a text is cut into terms: into pieces, and where those aren't terms themselves, each piece into its terms.

    Attributes
    ----------
    pieces : callable
        Of a text.
    terms : callable, optional
        Of a piece. They are looked up once for all that it is used.
    """

    pieces: Callable[[str], Sequence[str]]
    terms: Callable[[str], Sequence[str]] | None = None


def words_and_pairs(text: str) -> list[str]:
    """Return the words of a text, and its pairs of words.

    Examples
    --------
    >>> words_and_pairs("The council met.")
    ['the', 'council', 'met', 'the council', 'council met']
    """
    words = WORD.findall(text.lower())
    return [*words, *map(" ".join, pairwise(words))]


def between_blanks(text: str) -> list[str]:
    """Return what stands between blanks in a text, punctuation included."""
    return text.lower().split()


def letter_groups(word: str) -> list[str]:
    """Return the letter groups of a word that stands between blanks.

    Examples
    --------
    >>> letter_groups("met")
    [' me', 'met', 'et ', ' met', 'met ', ' met ']
    """
    padded, groups = f" {word} ", []
    for size in _GROUP_SIZES:
        groups += [padded[start : start + size] for start in range(max(1, len(padded) - size + 1))]
        if len(padded) <= size:
            break  # a short word counts once
    return groups


WORDS = Analyzer(pieces=words_and_pairs)
LETTERS = Analyzer(pieces=between_blanks, terms=letter_groups)


def count_known(texts: Iterable[str], analyzer: Analyzer, vocabulary: Mapping[str, int]) -> SparseCounts:
    """Count the terms of a vocabulary; return a sparse array of shape (n_texts, n_terms), float32.

    Parameters
    ----------
    vocabulary : mapping of str to int
        The column of each term.

    Examples
    --------
    >>> count_known(["We met, and met again."], WORDS, {"met": 0, "police": 1}).toarray()
    array([[2., 0.]], dtype=float32)
    """
    columns, amounts, ends = _uses(texts, analyzer, vocabulary.get)
    return _counted(columns, amounts, ends, n_terms=len(vocabulary))


def count_all(texts: Iterable[str], analyzer: Analyzer) -> tuple[list[str], SparseCounts]:
    """Count all terms; return them in alphabetical order, and a sparse array; see `count_known`."""
    vocabulary: defaultdict[str, int] = defaultdict()
    vocabulary.default_factory = vocabulary.__len__  # a new term gets the next column
    columns, amounts, ends = _uses(texts, analyzer, vocabulary.__getitem__)
    terms = sorted(vocabulary)
    places = np.empty(len(terms), dtype=np.int32)
    places[[vocabulary[term] for term in terms]] = np.arange(len(terms))
    return terms, _counted(places[columns], amounts, ends, n_terms=len(terms))


_Uses = tuple[npt.NDArray[np.int32], npt.NDArray[np.float32], npt.NDArray[np.int64]]


def _uses(texts: Iterable[str], analyzer: Analyzer, column_of: Callable[[str], int | None]) -> _Uses:
    """Return the column of each use of a term, how many uses it stands for, and where the uses of each text end."""
    columns, amounts, ends = array("i"), array("f"), array("q", [0])
    known: dict[str, list[int]] = {}
    for text in texts:
        for piece, n_uses in Counter(analyzer.pieces(text)).items():
            if analyzer.terms is None:
                column = column_of(piece)
                found = [] if column is None else [column]
            elif piece in known:
                found = known[piece]
            else:
                found = known[piece] = [
                    column for column in map(column_of, analyzer.terms(piece)) if column is not None
                ]
            columns.extend(found)
            amounts.extend([n_uses] * len(found))
        ends.append(len(columns))
    return np.array(columns, dtype=np.int32), np.array(amounts, dtype=np.float32), np.array(ends, dtype=np.int64)


def _counted(
    columns: npt.NDArray[np.int32], amounts: npt.NDArray[np.float32], ends: npt.NDArray[np.int64], *, n_terms: int
) -> SparseCounts:
    counted = sparse.csr_array((amounts, columns, ends), shape=(len(ends) - 1, n_terms))
    counted.sum_duplicates()
    return counted


@dataclass(frozen=True, slots=True, kw_only=True)
class TermCounts:
    """How often each text uses each term.

    Attributes
    ----------
    terms : ndarray of shape (n_terms,), str
        In alphabetical order.
    hashes : ndarray of shape (n_terms,)
        A number for each term, the same on every machine.
    uses : sparse array of shape (n_texts, n_terms), float32
    """

    terms: npt.NDArray[Any]
    hashes: npt.NDArray[np.uint32]
    uses: SparseCounts

    @classmethod
    def of(cls, texts: Sequence[str], analyzer: Analyzer) -> TermCounts:
        """Count the terms of texts; unless texts are few, leave out those of one text alone."""
        found, uses = count_all(texts, analyzer)
        terms = np.array(found, dtype=np.object_)
        if len(texts) > _FEW_TEXTS:
            shared = np.flatnonzero(np.bincount(uses.indices, minlength=len(terms)) > 1)
            terms, uses = terms[shared], uses[:, shared]
        hashes = np.array([zlib.crc32(term.encode("utf-8", "surrogatepass")) for term in terms], dtype=np.uint32)
        return cls(terms=terms, hashes=hashes, uses=uses)

    def rows(self, index: npt.NDArray[np.intp]) -> TermCounts:
        """Pick texts."""
        return TermCounts(terms=self.terms, hashes=self.hashes, uses=self.uses[index])


@dataclass(frozen=True, slots=True, kw_only=True)
class TextCounts:
    """Counts of the words and word pairs of texts, and of letter groups within words.

    Cross-validation fits a vocabulary for each fold; what takes long, cutting texts into terms, is done once.

    Examples
    --------
    >>> counts = TextCounts.of(["The council met.", "The police met."])
    >>> counts.words.terms[:3].tolist()
    ['council', 'council met', 'met']
    >>> counts.rows(np.array([1])).words.uses.sum().item()
    5.0
    """

    words: TermCounts
    letters: TermCounts

    @classmethod
    def of(cls, texts: Sequence[str]) -> TextCounts:
        """Count the terms of texts."""
        return cls(words=TermCounts.of(texts, WORDS), letters=TermCounts.of(texts, LETTERS))

    def rows(self, index: npt.NDArray[np.intp]) -> TextCounts:
        """Pick texts."""
        return TextCounts(words=self.words.rows(index), letters=self.letters.rows(index))

    def __len__(self) -> int:
        return int(self.words.uses.shape[0])
