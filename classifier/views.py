"""Several views of an outcome: its words and its meaning, of the description and of the whole story."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import TfidfVectorizer

from classifier.embedding import FloatArray
from classifier.embedding_cache import EmbeddingSource
from classifier.fragments import Story

__all__ = ["VIEWS", "LexicalView", "Matrix", "StoryFeatures", "ViewMaker"]

Matrix = Any  # a dense array or a sparse one of shape (n_outcomes, n_features); scikit-learn takes both

VIEWS = (
    "words of the description",
    "words of the story",
    "meaning of the description",
    "meaning of the story",
    "words and meaning of the description",
)


class LexicalView(TransformerMixin, BaseEstimator):
    """TF-IDF of words and word pairs, and of letter groups within words, side by side.

    Both halves have rows of length 1 and weigh the same. The vocabulary is bounded, and terms of fewer
    than `min_outcomes` texts are left out: they teach nothing, and are the ones that name a person.

    Parameters
    ----------
    n_terms : int
        The most words and word pairs kept, and the most letter groups.
    min_outcomes : int
        In how many texts a term must stand.

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
        """Learn the vocabulary and how rare each term is."""
        self.fit_transform(texts)
        return self

    def fit_transform(self, texts: Sequence[str], y: object = None) -> Matrix:
        """Learn from texts and transform them, reading them once; see `fit` and `transform`."""
        # Of a handful of texts hardly any term comes twice, and something must remain to look at.
        min_outcomes = self.min_outcomes if len(texts) > 20 else 1
        bounds = {"max_features": self.n_terms, "min_df": min_outcomes}
        self.words_ = _word_vectorizer(**bounds)
        self.letters_ = _letter_vectorizer(**bounds)
        return _side_by_side([half.fit_transform(texts) for half in (self.words_, self.letters_)])

    def transform(self, texts: Sequence[str]) -> Matrix:
        """Return a sparse array of shape (n_texts, n_features), rows of length 1, float32.

        A row is shorter where no word of a text, or no letter group, is in the vocabulary.
        """
        return _side_by_side([half.transform(texts) for half in (self.words_, self.letters_)])

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return what was learnt as plain arrays, for a file; see `from_arrays`."""
        arrays = {}
        for name, half in (("words", self.words_), ("letters", self.letters_)):
            arrays[name] = np.asarray(half.get_feature_names_out(), dtype=np.str_)
            arrays[f"{name}_idf"] = half.idf_.astype(np.float32)
        return arrays

    @classmethod
    def from_arrays(cls, arrays: dict[str, npt.NDArray[Any]]) -> LexicalView:
        """Restore a fitted view from `to_arrays`."""
        view = cls()
        for name, make in (("words", _word_vectorizer), ("letters", _letter_vectorizer)):
            half = make(vocabulary={str(term): place for place, term in enumerate(arrays[name])})
            half.idf_ = arrays[f"{name}_idf"]
            setattr(view, f"{name}_", half)
        return view


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryFeatures:
    """What the views are made from; the arrays have shape (n_outcomes, n_dimensions)."""

    descriptions: tuple[str, ...]
    stories: tuple[str, ...]
    description_vectors: FloatArray
    story_vectors: FloatArray

    @classmethod
    def of(
        cls,
        stories: Sequence[Story],
        embedding: EmbeddingSource,
        *,
        advance: Callable[[int], None] = lambda n: None,
    ) -> StoryFeatures:
        """Embed stories; `advance` is told of two steps for each."""
        descriptions = tuple(story.description for story in stories)
        merged = tuple(story.merged for story in stories)
        leads = embedding.lead(descriptions, advance=advance)
        # In many a harvest the description is all that is told.
        starts = dict(zip(descriptions, leads, strict=True))
        return cls(
            descriptions=descriptions,
            stories=merged,
            description_vectors=leads,
            story_vectors=embedding.whole(merged, starts=starts, advance=advance),
        )

    def rows(self, index: npt.NDArray[np.intp]) -> StoryFeatures:
        """Pick outcomes."""
        return StoryFeatures(
            descriptions=tuple(self.descriptions[row] for row in index),
            stories=tuple(self.stories[row] for row in index),
            description_vectors=self.description_vectors[index],
            story_vectors=self.story_vectors[index],
        )

    def __len__(self) -> int:
        return len(self.descriptions)


@dataclass(slots=True, kw_only=True)
class ViewMaker:
    """Turns story features into the matrices of the `VIEWS`, in that order."""

    description_words: LexicalView
    story_words: LexicalView

    @classmethod
    def fit_transform(cls, features: StoryFeatures) -> tuple[ViewMaker, tuple[Matrix, ...]]:
        """Learn the vocabularies; return the maker, and the matrices of what it learnt from.

        Where all stories are descriptions alone, both views of words are one and the same object, and so
        are their matrices: nobody need look at both.
        """
        description_words = LexicalView()
        said = description_words.fit_transform(features.descriptions)
        story_words, told = description_words, said
        if features.stories != features.descriptions:
            story_words = LexicalView()
            told = story_words.fit_transform(features.stories)
        maker = cls(description_words=description_words, story_words=story_words)
        return maker, _in_order(said, told, features)

    def transform(self, features: StoryFeatures) -> tuple[Matrix, ...]:
        """Return one matrix of shape (n_outcomes, n_features) per view; each side of it has rows of length 1."""
        said = self.description_words.transform(features.descriptions)
        is_same = self.story_words is self.description_words and features.stories == features.descriptions
        told = said if is_same else self.story_words.transform(features.stories)
        return _in_order(said, told, features)


def _in_order(said: Matrix, told: Matrix, features: StoryFeatures) -> tuple[Matrix, ...]:
    both = sparse.csr_array(sparse.hstack([said, sparse.csr_array(features.description_vectors)]))
    return said, told, features.description_vectors, features.story_vectors, both


def _side_by_side(halves: Sequence[Matrix]) -> Matrix:
    return sparse.csr_array(sparse.hstack(halves) * np.float32(np.sqrt(0.5)))


def _word_vectorizer(**options: Any) -> TfidfVectorizer:  # noqa: ANN401 - handed on as they are
    # Any letters and digits make a word, single ones too: Arabic and Chinese have short words, and
    # `redacted`, `person` and `LOC` remain as words of their own.
    return TfidfVectorizer(
        ngram_range=(1, 2), token_pattern=r"(?u)\b\w+\b", sublinear_tf=True, dtype=np.float32, **options
    )


def _letter_vectorizer(**options: Any) -> TfidfVectorizer:  # noqa: ANN401 - handed on as they are
    return TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, dtype=np.float32, **options)
