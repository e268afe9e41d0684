"""TF-IDF of words and letter groups."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

from classifier.features.term_counts import (
    LETTERS,
    WORD,
    WORDS,
    Analyzer,
    TermCounts,
    TextCounts,
    count_known,
    letter_groups,
)
from classifier.harvest.sentences import Cut

Matrix = Any  # a dense array or a sparse one of shape (n_outcomes, n_features)


def inverse_document_frequencies(counts: Matrix) -> npt.NDArray[Any]:
    """Return the smoothed inverse document frequency of each column, as scikit-learn's ``TfidfTransformer`` does.

    Examples
    --------
    >>> inverse_document_frequencies(sparse.csr_array([[2.0, 0.0], [1.0, 1.0]])).round(2)
    array([1.  , 1.41])
    """
    n_texts, n_terms = counts.shape
    n_with = np.bincount(counts.indices, minlength=n_terms).astype(counts.dtype)
    result: npt.NDArray[Any] = np.log(counts.dtype.type(n_texts + 1) / (n_with + 1)) + 1
    return result


def with_unit_rows(matrix: Matrix) -> Matrix:
    """Scale the rows of a sparse array to length 1, unless they are 0."""
    n_entries = np.diff(matrix.indptr)
    rows = np.repeat(np.arange(matrix.shape[0]), n_entries)
    lengths = np.sqrt(np.bincount(rows, weights=matrix.data**2, minlength=matrix.shape[0]))
    lengths[lengths == 0] = 1.0
    scaled = (matrix.data / lengths[rows]).astype(matrix.dtype)
    return sparse.csr_array((scaled, matrix.indices, matrix.indptr), shape=matrix.shape)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WeightedTerms:
    """Terms and their inverse document frequencies: TF-IDF with the logarithm of term frequencies, rows of length 1.

    Attributes
    ----------
    analyzer : Analyzer
    vocabulary : mapping of str to int
        The column of each term.
    idf : ndarray of shape (n_terms,)
    """

    analyzer: Analyzer
    vocabulary: Mapping[str, int]
    idf: npt.NDArray[np.float32]

    @classmethod
    def of(cls, analyzer: Analyzer, terms: Sequence[str], idf: npt.NDArray[np.float32]) -> WeightedTerms:
        """Take terms in the order of their columns."""
        return cls(analyzer=analyzer, vocabulary={str(term): place for place, term in enumerate(terms)}, idf=idf)

    @property
    def terms(self) -> list[str]:
        """The terms in the order of their columns."""
        return list(self.vocabulary)

    def transform(self, texts: Sequence[str]) -> Matrix:
        """Return the weights of the terms that are known; see `weigh`."""
        return self.weigh(count_known(texts, self.analyzer, self.vocabulary))

    def weigh(self, counts: Matrix) -> Matrix:
        """Weigh counts of the terms; both of shape (n_texts, n_terms)."""
        weights = (np.log(counts.data) + 1) * self.idf[counts.indices]
        return with_unit_rows(sparse.csr_array((weights, counts.indices, counts.indptr), shape=counts.shape))


class LexicalView:
    """TF-IDF of words and word pairs, and of letter groups within words, side by side.

    Both halves have rows of length 1 and weigh the same. The vocabulary is bounded, and terms of fewer
    than `min_outcomes` texts are left out: they predict nothing, and are the ones that name a person.

    Parameters
    ----------
    n_terms : int
        The most words and word pairs kept, and the most letter groups.
    min_outcomes : int
        In how many texts a term must occur.

    Examples
    --------
    >>> view = LexicalView(min_outcomes=1).fit(["The council met.", "The police met the council."])
    >>> view.transform(["the council"]).shape[0]
    1
    """

    def __init__(self, n_terms: int = 5000, min_outcomes: int = 2) -> None:
        self.n_terms = n_terms
        self.min_outcomes = min_outcomes

    def fit(self, texts: Sequence[str]) -> Self:
        """Fit the vocabulary and the inverse document frequencies."""
        self.fit_transform(texts)
        return self

    def fit_transform(self, texts: Sequence[str]) -> Matrix:
        """Fit and transform texts in one pass; see `fit` and `transform`."""
        return self.fit_counts(TextCounts.of(texts))

    def fit_counts(self, counts: TextCounts) -> Matrix:
        """Fit and transform texts whose terms are counted already; see `fit_transform`."""
        # Of a handful of texts hardly any term comes twice, and something must remain to look at.
        min_outcomes = self.min_outcomes if len(counts) > 20 else 1
        self.words_, words = fit_terms(WORDS, counts.words, min_outcomes=min_outcomes, n_terms=self.n_terms)
        self.letters_, letters = fit_terms(LETTERS, counts.letters, min_outcomes=min_outcomes, n_terms=self.n_terms)
        return _side_by_side([words, letters])

    def transform_counts(self, counts: TextCounts) -> Matrix:
        """Transform texts that were counted together with those fitted on; see `transform`."""
        return _side_by_side([weigh_counts(self.words_, counts.words), weigh_counts(self.letters_, counts.letters)])

    def transform(self, texts: Sequence[str]) -> Matrix:
        """Return a sparse array of shape (n_texts, n_features), rows of length 1, float32.

        A row is shorter where no word of a text, or no letter group, is in the vocabulary.
        """
        return _side_by_side([half.transform(texts) for half in (self.words_, self.letters_)])

    def share_out(self, texts: Sequence[str], cuts: Sequence[Cut]) -> Matrix:
        """Share out what `transform` returns over the sentences of each text.

        A term counts for the sentences it occurs in, by how often; half of a word pair for
        the sentence of either word.

        Returns
        -------
        sparse array of shape (n_rows, n_features)
            For each text the rows of its sentences and one of what belongs to none; they add up to the row
            of the text.

        Examples
        --------
        >>> view = LexicalView(min_outcomes=1).fit(["We met. We marched."])
        >>> cut = Cut(owners=np.array([0] * 7 + [1] * 12), n_sentences=2)
        >>> view.share_out(["We met. We marched."], [cut])[:, [view.words_.vocabulary["we"]]].toarray().round(2)
        array([[0.21],
               [0.21],
               [0.  ]], dtype=float32)
        """
        n_rows = np.array([cut.n_sentences + 1 for cut in cuts])
        halves = []
        for half, uses in ((self.words_, _uses_of_words), (self.letters_, _uses_of_letters)):
            rows, columns, amounts = zip(*uses(half, texts, cuts), strict=True)
            used = sparse.csr_array(
                (np.concatenate(amounts), (np.concatenate(rows), np.concatenate(columns))),
                shape=(n_rows.sum(), len(half.vocabulary)),
                dtype=np.float32,
            )
            text_of = np.repeat(np.arange(len(texts)), n_rows)
            per_text = (
                sparse.csr_array((np.ones(len(text_of), dtype=np.float32), (text_of, np.arange(len(text_of))))) @ used
            )
            per_use = sparse.csr_array(half.transform(texts)).multiply(per_text.power(-1)).tocsr()
            halves.append(used.multiply(per_use[text_of]))
        return _side_by_side(halves)

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the vocabulary and weights as plain arrays, for a file; see `from_arrays`."""
        arrays = {}
        for name, half in (("words", self.words_), ("letters", self.letters_)):
            arrays[name] = np.array(half.terms, dtype=np.str_)
            arrays[f"{name}_idf"] = half.idf.astype(np.float32)
        return arrays

    @classmethod
    def from_arrays(cls, arrays: dict[str, npt.NDArray[Any]]) -> LexicalView:
        """Restore a fitted view from `to_arrays`."""
        view = cls()
        view.words_ = WeightedTerms.of(WORDS, arrays["words"].tolist(), arrays["words_idf"])
        view.letters_ = WeightedTerms.of(LETTERS, arrays["letters"].tolist(), arrays["letters_idf"])
        return view


_Uses = Iterator[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], npt.NDArray[np.float32]]]


def _uses_of_words(half: WeightedTerms, texts: Sequence[str], cuts: Sequence[Cut]) -> _Uses:
    """Yield the occurrences of known words and word pairs by text: rows, columns and amounts."""
    for first_row, text, cut in _with_rows(texts, cuts):
        owners = first_row + _owners_of_lowered(text, cut)
        found = [(match[0], owners[match.start()]) for match in WORD.finditer(text.lower())]
        uses = [(row, half.vocabulary.get(word), 1.0) for word, row in found]
        for (word, row), (following, next_row) in pairwise(found):
            column = half.vocabulary.get(f"{word} {following}")
            uses += [(row, column, 0.5), (next_row, column, 0.5)]
        yield _as_arrays([use for use in uses if use[1] is not None])


def _uses_of_letters(half: WeightedTerms, texts: Sequence[str], cuts: Sequence[Cut]) -> _Uses:
    """Yield the occurrences of known letter groups, which are within words; see `_uses_of_words`."""
    known: dict[str, list[int]] = {}  # most words come again and again
    for first_row, text, cut in _with_rows(texts, cuts):
        owners = first_row + _owners_of_lowered(text, cut)
        uses = []
        for match in re.finditer(r"\S+", text.lower()):
            word = match[0]
            if word not in known:
                columns = map(half.vocabulary.get, letter_groups(word))
                known[word] = [column for column in columns if column is not None]
            first, last = owners[match.start()], owners[match.end() - 1]
            # In scripts without blanks a "word" may be several sentences, which share it by their length.
            sharing = [(first, 1.0)]
            if first != last:
                rows, n_characters = np.unique(owners[match.start() : match.end()], return_counts=True)
                sharing = list(zip(rows, n_characters / len(word), strict=True))
            uses += [(row, column, amount) for column in known[word] for row, amount in sharing]
        yield _as_arrays(uses)


def _with_rows(texts: Sequence[str], cuts: Sequence[Cut]) -> Iterator[tuple[int, str, Cut]]:
    first_row = 0
    for text, cut in zip(texts, cuts, strict=True):
        yield first_row, text, cut
        first_row += cut.n_sentences + 1


def _owners_of_lowered(text: str, cut: Cut) -> npt.NDArray[np.intp]:
    """Return the sentence of each character of a text in lower case, where some characters become two."""
    if len(text.lower()) == len(text):
        return cut.owners
    return np.repeat(cut.owners, [len(character.lower()) for character in text])


def _as_arrays(uses: Sequence[tuple[Any, ...]]) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
    rows, columns, amounts = zip(*uses, strict=True) if uses else ((), (), ())
    return np.array(rows, dtype=np.intp), np.array(columns, dtype=np.intp), np.array(amounts, dtype=np.float32)


def _side_by_side(halves: Sequence[Matrix]) -> Matrix:
    return sparse.csr_array(sparse.hstack(halves) * np.float32(np.sqrt(0.5)))


def fit_terms(
    analyzer: Analyzer, counts: TermCounts, *, min_outcomes: int, n_terms: int
) -> tuple[WeightedTerms, Matrix]:
    """Fit the commonest terms and their inverse document frequencies; return that, and the texts transformed."""
    kept = _commonest(counts, min_outcomes=min_outcomes, n_terms=n_terms)
    uses = counts.uses[:, kept]
    known = WeightedTerms.of(analyzer, counts.terms[kept].tolist(), inverse_document_frequencies(uses))
    return known, known.weigh(uses)


def weigh_counts(half: WeightedTerms, counts: TermCounts) -> Matrix:
    """Weigh the counts of the terms that are known."""
    return half.weigh(counts.uses[:, np.searchsorted(counts.terms, np.array(half.terms, dtype=np.object_))])


def _commonest(counts: TermCounts, *, min_outcomes: int, n_terms: int) -> npt.NDArray[np.intp]:
    """Return the places, in rising order, of the terms used most often, of those in enough outcomes.

    Of hundreds used equally often, some stay and some go. A hash decides, the same on every machine: the sort
    that scikit-learn's `max_features` leaves it to orders what is equal otherwise on other processors, and by the
    alphabet, terms in Arabic letters would go before any in Latin ones.
    """
    places = np.flatnonzero(np.bincount(counts.uses.indices, minlength=len(counts.terms)) >= min_outcomes)
    n_uses = np.asarray(counts.uses.sum(axis=0)).ravel()[places]
    order = np.lexsort((places, counts.hashes[places], -n_uses))
    return np.sort(places[order[:n_terms]])
