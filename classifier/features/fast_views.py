"""Feature views of the fast model: words and static embeddings, of description, story and opening."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import sparse

from classifier._types import FloatArray
from classifier.features.static_embeddings import StaticTable, unit_sums
from classifier.features.term_counts import WORD, WORDS, TermCounts
from classifier.features.tfidf import Matrix, WeightedTerms, fit_terms, weigh_counts
from classifier.harvest.story import Story

_N_TERMS = 5_000
_MIN_OUTCOMES = 2
_FEW_TEXTS = 20  # with which terms of one text are kept too
_MOST_WORDS = 100_000  # remembered with their vectors

Texts = tuple[Sequence[str], Sequence[str], Sequence[str]]
"""Descriptions, stories and openings, in this order."""


def texts_of(stories: Sequence[Story]) -> Texts:
    """Return the texts that views are made of."""
    return (
        [story.description for story in stories],
        [story.merged for story in stories],
        [story.opening for story in stories],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadTexts:
    """Texts as numbers of words, one text after the other.

    Attributes
    ----------
    words : ndarray of shape (n_words,)
        The numbers of words by `WordNumbers`.
    ends : ndarray of shape (n_texts,)
        Where each text ends.
    """

    words: npt.NDArray[np.intp]
    ends: npt.NDArray[np.intp]

    def of(self, text: int) -> npt.NDArray[np.intp]:
        """Return the words of one text."""
        return self.words[self.ends[text - 1] if text else 0 : self.ends[text]]

    @property
    def rows(self) -> npt.NDArray[np.intp]:
        """The number of the text of each word."""
        return np.repeat(np.arange(len(self.ends)), np.diff(self.ends, prepend=0))


class WordNumbers:
    """Numbers of words, and their static vectors; each word is looked up in the table once.

    Parameters
    ----------
    known : sequence of str
        Words that have the first numbers, and are never forgotten.
    """

    def __init__(self, table: StaticTable, known: Sequence[str]) -> None:
        self._table = table
        self._known = list(known)
        self._start()

    def _start(self) -> None:
        self._numbers = _Numbers({word: number for number, word in enumerate(self._known)})
        self._vectors = np.zeros((0, self._table.vectors.shape[1]), dtype=np.float32)

    def read(self, texts: Sequence[str], *, begun: tuple[Sequence[str], ReadTexts] | None = None) -> ReadTexts:
        """Read texts; new words get further numbers.

        Parameters
        ----------
        begun : tuple of sequence of str and ReadTexts, optional
            What each text may begin with, read already; it is not read again.
        """
        words: list[int] = []
        ends = []
        for row, text in enumerate(texts):
            rest = text
            if begun is not None and _begins_with(text, begun[0][row]):
                words += begun[1].of(row).tolist()
                rest = text[len(begun[0][row]) :]
            words += map(self._numbers.__getitem__, WORD.findall(rest.lower()))
            ends.append(len(words))
        return ReadTexts(words=np.array(words, dtype=np.intp), ends=np.array(ends, dtype=np.intp))

    def forget(self) -> None:
        """Forget the words that are not among the known ones, if they have become many."""
        if len(self._numbers) > _MOST_WORDS:
            self._start()

    def embed(self, read: ReadTexts) -> FloatArray:
        """Return the static embeddings of texts, rows of length 1; shape (n_texts, n_dimensions)."""
        if n_new := len(self._numbers) - len(self._vectors):
            new = [*self._numbers][-n_new:]
            self._vectors = np.concatenate([self._vectors, [self._table.vector_of(word) for word in new]])
        return unit_sums(self._vectors, read.words, read.ends)


def _begins_with(text: str, beginning: str) -> bool:
    """Whether a text begins with another that ends in a whole word."""
    return text.startswith(beginning) and (len(text) == len(beginning) or text[len(beginning)].isspace())


class _Numbers(dict[str, int]):
    """Numbers of words; a word that is asked for the first time gets the next one."""

    def __missing__(self, word: str) -> int:
        number = self[word] = len(self)
        return number


class NumberedTerms:
    """Weighted words and pairs of words by the numbers of words; see `WeightedTerms`."""

    def __init__(self, terms: WeightedTerms, numbers: Mapping[str, int]) -> None:
        self._terms = terms
        self._column = np.full(len(numbers), -1, dtype=np.intp)
        pairs: list[tuple[int, int]] = []
        for term, column in terms.vocabulary.items():
            first, _, second = term.partition(" ")
            if second:
                pairs.append((int(_pair(numbers[first], numbers[second])), column))
            else:
                self._column[numbers[first]] = column
        pairs.sort()
        self._pairs = np.array([key for key, _ in pairs], dtype=np.int64)
        self._columns = np.array([column for _, column in pairs], dtype=np.intp)

    def transform(self, read: ReadTexts) -> Matrix:
        """Return a sparse array of shape (n_texts, n_terms), rows of length 1 or 0, float32."""
        words, rows = read.words, read.rows
        columns = np.where(words < len(self._column), self._column[np.minimum(words, len(self._column) - 1)], -1)
        found = [(rows[columns >= 0], columns[columns >= 0])]
        if len(self._pairs) and len(words) > 1:
            keys = _pair(words[:-1], words[1:])
            places = np.minimum(np.searchsorted(self._pairs, keys), len(self._pairs) - 1)
            is_known = (self._pairs[places] == keys) & (rows[:-1] == rows[1:])
            found.append((rows[:-1][is_known], self._columns[places[is_known]]))
        n_terms = len(self._terms.vocabulary)
        uses = np.concatenate([row * n_terms + column for row, column in found])
        cells, counts = np.unique(uses, return_counts=True)
        starts = np.searchsorted(cells, np.arange(len(read.ends) + 1) * n_terms)
        shape = (len(read.ends), n_terms)
        return self._terms.weigh(
            sparse.csr_array((counts.astype(np.float32), (cells % n_terms).astype(np.int32), starts), shape=shape)
        )


def _pair(first: npt.ArrayLike, second: npt.ArrayLike) -> npt.NDArray[np.int64]:
    return (np.asarray(first, dtype=np.int64) << 32) | np.asarray(second, dtype=np.int64)


@dataclass(frozen=True, kw_only=True)
class FastViewMaker:
    """Transformer of texts into the views of the fast model.

    In their order, they are words of the description, of the story and of the opening, meaning of each of the three,
    both of the description side by side, and None in the place of the nearest outcomes, which it does not ask.
    """

    table: StaticTable
    words: tuple[WeightedTerms, WeightedTerms, WeightedTerms]
    _numbers: WordNumbers = field(init=False, repr=False, compare=False)
    _numbered: tuple[NumberedTerms, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        known = sorted({word for terms in self.words for term in terms.vocabulary for word in term.split(" ")})
        numbers = {word: number for number, word in enumerate(known)}
        object.__setattr__(self, "_numbers", WordNumbers(self.table, known))
        object.__setattr__(self, "_numbered", tuple(NumberedTerms(terms, numbers) for terms in self.words))

    def transform(self, texts: Texts) -> tuple[tuple[Matrix, ...], tuple[FloatArray, ...]]:
        """Return one matrix of shape (n_outcomes, n_features) per view, and the meanings among them."""
        descriptions, *others = texts
        begun = descriptions, self._numbers.read(descriptions)
        read = [begun[1], *(self._numbers.read(one, begun=begun) for one in others)]
        words = [terms.transform(one) for terms, one in zip(self._numbered, read, strict=True)]
        meanings = tuple(map(self._numbers.embed, read))
        self._numbers.forget()
        return side_by_side(words, meanings), meanings


def side_by_side(words: Sequence[Matrix], meanings: Sequence[FloatArray]) -> tuple[Matrix, ...]:
    """Return the views that words and meanings make; see `FastViewMaker`."""
    both = sparse.csr_array(sparse.hstack([words[0], sparse.csr_array(meanings[0])]))
    return (*words, *meanings, both, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class FastOutcomes:
    """Counts of words and static embeddings of the outcomes that a fast model is trained on, or held out."""

    counts: tuple[TermCounts, TermCounts, TermCounts]
    meanings: tuple[FloatArray, FloatArray, FloatArray]

    @classmethod
    def of(cls, texts: Texts, table: StaticTable) -> FastOutcomes:
        """Count and embed the texts of outcomes."""
        numbers = WordNumbers(table, ())
        description, story, opening = (numbers.embed(numbers.read(one)) for one in texts)
        counts = tuple(TermCounts.of(one, WORDS) for one in texts)
        return cls(counts=(counts[0], counts[1], counts[2]), meanings=(description, story, opening))

    def rows(self, index: npt.NDArray[np.intp]) -> FastOutcomes:
        """Pick outcomes."""
        counts, meanings = ([one.rows(index) for one in self.counts], [one[index] for one in self.meanings])
        return FastOutcomes(counts=(counts[0], counts[1], counts[2]), meanings=(meanings[0], meanings[1], meanings[2]))

    def __len__(self) -> int:
        return len(self.meanings[0])


FastWords = tuple[WeightedTerms, WeightedTerms, WeightedTerms]


def fit_fast_views(
    known: FastOutcomes, held_out: FastOutcomes
) -> tuple[FastWords, tuple[Matrix, ...], tuple[Matrix, ...]]:
    """Fit the vocabularies; return them, and the views of outcomes they were fitted on and of others."""
    least = _MIN_OUTCOMES if len(known) > _FEW_TEXTS else 1
    fitted = [fit_terms(WORDS, counts, min_outcomes=least, n_terms=_N_TERMS) for counts in known.counts]
    words = (fitted[0][0], fitted[1][0], fitted[2][0])
    seen = side_by_side([rows for _, rows in fitted], known.meanings)
    unseen = [weigh_counts(terms, counts) for terms, counts in zip(words, held_out.counts, strict=True)]
    return words, seen, side_by_side(unseen, held_out.meanings) if len(held_out) else ()
