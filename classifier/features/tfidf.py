"""TF-IDF of words and letter groups."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import TfidfTransformer, TfidfVectorizer

from classifier.features.term_counts import LETTERS, WORDS, TermCounts, TextCounts
from classifier.harvest.sentences import Cut

Matrix = Any  # a dense array or a sparse one of shape (n_outcomes, n_features); scikit-learn takes both


class LexicalView(TransformerMixin, BaseEstimator):
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

    def fit(self, texts: Sequence[str], y: object = None) -> Self:
        """Fit the vocabulary and the inverse document frequencies."""
        self.fit_transform(texts)
        return self

    def fit_transform(self, texts: Sequence[str], y: object = None) -> Matrix:
        """Fit and transform texts in one pass; see `fit` and `transform`."""
        return self.fit_counts(TextCounts.of(texts))

    def fit_counts(self, counts: TextCounts) -> Matrix:
        """Fit and transform texts whose terms are counted already; see `fit_transform`."""
        # Of a handful of texts hardly any term comes twice, and something must remain to look at.
        min_outcomes = self.min_outcomes if len(counts) > 20 else 1
        self.words_, words = _fit_terms(WORDS, counts.words, min_outcomes=min_outcomes, n_terms=self.n_terms)
        self.letters_, letters = _fit_terms(LETTERS, counts.letters, min_outcomes=min_outcomes, n_terms=self.n_terms)
        return _side_by_side([words, letters])

    def transform_counts(self, counts: TextCounts) -> Matrix:
        """Transform texts that were counted together with those fitted on; see `transform`."""
        return _side_by_side([_weigh(self.words_, counts.words), _weigh(self.letters_, counts.letters)])

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
        >>> view.share_out(["We met. We marched."], [cut])[:, [view.words_.vocabulary_["we"]]].toarray().round(2)
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
                shape=(n_rows.sum(), len(half.vocabulary_)),
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
            arrays[name] = np.asarray(half.get_feature_names_out(), dtype=np.str_)
            arrays[f"{name}_idf"] = half.idf_.astype(np.float32)
        return arrays

    @classmethod
    def from_arrays(cls, arrays: dict[str, npt.NDArray[Any]]) -> LexicalView:
        """Restore a fitted view from `to_arrays`."""
        view = cls()
        for name, cut in (("words", WORDS), ("letters", LETTERS)):
            setattr(view, f"{name}_", _known(cut, arrays[name], arrays[f"{name}_idf"]))
        return view


_Uses = Iterator[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], npt.NDArray[np.float32]]]


def _uses_of_words(half: TfidfVectorizer, texts: Sequence[str], cuts: Sequence[Cut]) -> _Uses:
    """Yield the occurrences of known words and word pairs by text: rows, columns and amounts."""
    token = re.compile(half.token_pattern)
    for first_row, text, cut in _with_rows(texts, cuts):
        owners = first_row + _owners_of_lowered(text, cut)
        found = [(match[0], owners[match.start()]) for match in token.finditer(text.lower())]
        uses = [(row, half.vocabulary_.get(word), 1.0) for word, row in found]
        for (word, row), (following, next_row) in pairwise(found):
            column = half.vocabulary_.get(f"{word} {following}")
            uses += [(row, column, 0.5), (next_row, column, 0.5)]
        yield _as_arrays([use for use in uses if use[1] is not None])


def _uses_of_letters(half: TfidfVectorizer, texts: Sequence[str], cuts: Sequence[Cut]) -> _Uses:
    """Yield the occurrences of known letter groups, which are within words; see `_uses_of_words`."""
    groups_of = half.build_analyzer()
    known: dict[str, list[int]] = {}  # most words come again and again
    for first_row, text, cut in _with_rows(texts, cuts):
        owners = first_row + _owners_of_lowered(text, cut)
        uses = []
        for match in re.finditer(r"\S+", text.lower()):
            word = match[0]
            if word not in known:
                columns = map(half.vocabulary_.get, groups_of(word))
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


def _fit_terms(
    cut: dict[str, Any], counts: TermCounts, *, min_outcomes: int, n_terms: int
) -> tuple[TfidfVectorizer, Matrix]:
    """Fit the commonest terms and their inverse document frequencies; return that, and the texts transformed."""
    kept = _commonest(counts, min_outcomes=min_outcomes, n_terms=n_terms)
    weigher = TfidfTransformer(sublinear_tf=True)
    weighed = weigher.fit_transform(counts.uses[:, kept])
    return _known(cut, counts.terms[kept], weigher.idf_), weighed


def _weigh(half: TfidfVectorizer, counts: TermCounts) -> Matrix:
    """Weigh the counts of the terms that are known."""
    weigher = TfidfTransformer(sublinear_tf=True)
    weigher.idf_ = half.idf_
    return weigher.transform(counts.uses[:, np.searchsorted(counts.terms, half.get_feature_names_out())])


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


def _known(cut: dict[str, Any], terms: npt.NDArray[Any], rarity: npt.NDArray[Any]) -> TfidfVectorizer:
    """Return a fitted vectorizer of given terms and inverse document frequencies."""
    vocabulary = {str(term): place for place, term in enumerate(terms)}
    half = TfidfVectorizer(sublinear_tf=True, vocabulary=vocabulary, **cut)
    half.idf_ = rarity
    return half
