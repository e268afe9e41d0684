"""Several views of an outcome: its words and its meaning, as a whole and in part, and what it is like."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import TfidfVectorizer

from classifier.embedding import FloatArray
from classifier.embedding_cache import EmbeddingSource
from classifier.fragments import Story
from classifier.sentences import Cut, CutStory

__all__ = ["VIEWS", "LexicalView", "Matrix", "StoryFeatures", "StoryShares", "ViewMaker"]

Matrix = Any  # a dense array or a sparse one of shape (n_outcomes, n_features); scikit-learn takes both

VIEWS = (
    "words of the description",
    "words of the story",
    "meaning of the description",
    "meaning of the story",
    "words of the opening",
    "meaning of the opening",
    "words and meaning of the description",
    "nearest outcomes",
)
"""What codes are learnt from. The opening are the first words of the description (`Story.opening`); the last
view are fingerprints, by which an outcome is compared with those learnt from."""


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

    def share_out(self, texts: Sequence[str], cuts: Sequence[Cut]) -> Matrix:
        """Share out what `transform` returns over the sentences of each text.

        A term counts for the sentences it stands in, by how often it stands there; half of a word pair for
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

    STEPS: ClassVar[int] = 3
    """How many embeddings are made of each story."""

    descriptions: tuple[str, ...]
    stories: tuple[str, ...]
    openings: tuple[str, ...]
    description_vectors: FloatArray
    story_vectors: FloatArray
    opening_vectors: FloatArray

    @classmethod
    def of(
        cls,
        stories: Sequence[Story],
        embedding: EmbeddingSource,
        *,
        advance: Callable[[int], None] = lambda n: None,
    ) -> StoryFeatures:
        """Embed stories; `advance` is told of `STEPS` steps for each."""
        descriptions = tuple(story.description for story in stories)
        merged = tuple(story.merged for story in stories)
        openings = tuple(story.opening for story in stories)
        leads = embedding.lead(descriptions, advance=advance)
        # In many a harvest the description is all that is told.
        starts = dict(zip(descriptions, leads, strict=True))
        return cls(
            descriptions=descriptions,
            stories=merged,
            openings=openings,
            description_vectors=leads,
            story_vectors=embedding.whole(merged, starts=starts, advance=advance),
            opening_vectors=embedding.lead(openings, advance=advance),
        )

    def rows(self, index: npt.NDArray[np.intp]) -> StoryFeatures:
        """Pick outcomes."""
        return StoryFeatures(
            descriptions=tuple(self.descriptions[row] for row in index),
            stories=tuple(self.stories[row] for row in index),
            openings=tuple(self.openings[row] for row in index),
            description_vectors=self.description_vectors[index],
            story_vectors=self.story_vectors[index],
            opening_vectors=self.opening_vectors[index],
        )

    def __len__(self) -> int:
        return len(self.descriptions)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryShares:
    """What the views are made from, shared out over the sentences of each story.

    Attributes
    ----------
    description_vectors, story_vectors, opening_vectors : tuple of ndarray of shape (n_sentences + 1, n_dimensions)
        Rows that add up to the vectors of `StoryFeatures`; the last is what belongs to no sentence.
    """

    stories: tuple[Story, ...]
    cuts: tuple[CutStory, ...]
    description_vectors: tuple[FloatArray, ...]
    story_vectors: tuple[FloatArray, ...]
    opening_vectors: tuple[FloatArray, ...]

    @classmethod
    def of(
        cls,
        stories: Sequence[Story],
        cuts: Sequence[CutStory],
        embedding: EmbeddingSource,
        *,
        advance: Callable[[int], None] = lambda n: None,
    ) -> StoryShares:
        """Embed stories sentence by sentence; `advance` is told of `StoryFeatures.STEPS` steps for each."""
        return cls(
            stories=tuple(stories),
            cuts=tuple(cuts),
            description_vectors=tuple(
                embedding.lead_by_sentence(
                    [story.description for story in stories], [cut.description for cut in cuts], advance=advance
                )
            ),
            story_vectors=tuple(
                embedding.whole_by_sentence(
                    [story.merged for story in stories], [cut.story for cut in cuts], advance=advance
                )
            ),
            opening_vectors=tuple(
                embedding.lead_by_sentence(
                    [story.opening for story in stories], _cuts_of_openings(stories, cuts), advance=advance
                )
            ),
        )

    @property
    def features(self) -> StoryFeatures:
        """What the rows add up to."""
        return StoryFeatures(
            descriptions=tuple(story.description for story in self.stories),
            stories=tuple(story.merged for story in self.stories),
            openings=tuple(story.opening for story in self.stories),
            description_vectors=np.stack([rows.sum(axis=0) for rows in self.description_vectors]),
            story_vectors=np.stack([rows.sum(axis=0) for rows in self.story_vectors]),
            opening_vectors=np.stack([rows.sum(axis=0) for rows in self.opening_vectors]),
        )

    def rows_of(self) -> Iterator[slice]:
        """Say which rows of the matrices of `ViewMaker.share_out` are those of each story."""
        start = 0
        for cut in self.cuts:
            stop = start + len(cut.sentences) + 1
            yield slice(start, stop)
            start = stop


@dataclass(slots=True, kw_only=True)
class ViewMaker:
    """Turns story features and fingerprints into the matrices of the `VIEWS`, in that order."""

    description_words: LexicalView
    story_words: LexicalView
    opening_words: LexicalView

    @classmethod
    def fit_transform(cls, features: StoryFeatures, prints: Matrix) -> tuple[ViewMaker, tuple[Matrix, ...]]:
        """Learn the vocabularies; return the maker, and the matrices of what it learnt from.

        Where all stories are descriptions alone, both views of words are one and the same object, and so
        are their matrices: nobody need look at both.
        """
        description_words, opening_words = LexicalView(), LexicalView()
        said = description_words.fit_transform(features.descriptions)
        story_words, told = description_words, said
        if features.stories != features.descriptions:
            story_words = LexicalView()
            told = story_words.fit_transform(features.stories)
        opened = opening_words.fit_transform(features.openings)
        maker = cls(description_words=description_words, story_words=story_words, opening_words=opening_words)
        return maker, _views(features, prints, said=said, told=told, opened=opened)

    def transform(self, features: StoryFeatures, prints: Matrix) -> tuple[Matrix, ...]:
        """Return one matrix of shape (n_outcomes, n_features) per view; each side has rows of length 1 or less."""
        said = self.description_words.transform(features.descriptions)
        is_same = self.story_words is self.description_words and features.stories == features.descriptions
        told = said if is_same else self.story_words.transform(features.stories)
        opened = self.opening_words.transform(features.openings)
        return _views(features, prints, said=said, told=told, opened=opened)

    def share_out(self, shares: StoryShares) -> tuple[Matrix | None, ...]:
        """Share out what `transform` returns over the sentences of each story.

        Returns
        -------
        tuple of array of shape (n_rows, n_features) or None
            One for each view, None where what it says can't be shared out, as of the nearest outcomes. Each
            story has a row for each of its sentences and one for what belongs to none
            (`StoryShares.rows_of`); they add up to the row of the story.
        """
        features = shares.features
        openings = _cuts_of_openings(shares.stories, shares.cuts)
        said = self.description_words.share_out(features.descriptions, [cut.description for cut in shares.cuts])
        meaning = np.concatenate(shares.description_vectors)
        return (
            said,
            self.story_words.share_out(features.stories, [cut.story for cut in shares.cuts]),
            meaning,
            np.concatenate(shares.story_vectors),
            self.opening_words.share_out(features.openings, openings),
            np.concatenate(shares.opening_vectors),
            _beside(said, meaning),
            None,
        )


def _cuts_of_openings(stories: Sequence[Story], cuts: Sequence[CutStory]) -> list[Cut]:
    return [
        replace(cut.description, owners=cut.description.owners[: len(story.opening)])
        for story, cut in zip(stories, cuts, strict=True)
    ]


def _views(
    features: StoryFeatures, prints: Matrix, *, said: Matrix, told: Matrix, opened: Matrix
) -> tuple[Matrix, ...]:
    meaning = features.description_vectors, features.story_vectors
    both = _beside(said, features.description_vectors)
    return (said, told, *meaning, opened, features.opening_vectors, both, prints)


def _beside(words: Matrix, meaning: FloatArray) -> Matrix:
    return sparse.csr_array(sparse.hstack([words, sparse.csr_array(meaning)]))


_Uses = Iterator[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], npt.NDArray[np.float32]]]


def _uses_of_words(half: TfidfVectorizer, texts: Sequence[str], cuts: Sequence[Cut]) -> _Uses:
    """Find where each known word and word pair stands: rows, columns and how much of a use is there."""
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
    """Do the same for letter groups, none of which crosses from one word to the next."""
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
                rows, n_signs = np.unique(owners[match.start() : match.end()], return_counts=True)
                sharing = list(zip(rows, n_signs / len(word), strict=True))
            uses += [(row, column, amount) for column in known[word] for row, amount in sharing]
        yield _as_arrays(uses)


def _with_rows(texts: Sequence[str], cuts: Sequence[Cut]) -> Iterator[tuple[int, str, Cut]]:
    first_row = 0
    for text, cut in zip(texts, cuts, strict=True):
        yield first_row, text, cut
        first_row += cut.n_sentences + 1


def _owners_of_lowered(text: str, cut: Cut) -> npt.NDArray[np.intp]:
    """Say to whom each sign belongs when a text is in small letters, where some signs become two."""
    if len(text.lower()) == len(text):
        return cut.owners
    return np.repeat(cut.owners, [len(sign.lower()) for sign in text])


def _as_arrays(uses: Sequence[tuple[Any, ...]]) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
    rows, columns, amounts = zip(*uses, strict=True) if uses else ((), (), ())
    return np.array(rows, dtype=np.intp), np.array(columns, dtype=np.intp), np.array(amounts, dtype=np.float32)


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
