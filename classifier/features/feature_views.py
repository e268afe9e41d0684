"""Feature views of outcomes: TF-IDF, embeddings and fingerprints, of description, story and opening."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from classifier._types import FloatArray
from classifier.features.story_features import Meaning, StoryFeatures, StoryShares, cuts_of_openings
from classifier.features.term_counts import TextCounts
from classifier.features.tfidf import LexicalView, Matrix

N_PLACES = 3
"""Description, story and opening, in this order: each has a view of words, and one of meaning by each encoder."""
WORDS_OF_STORY = 1
"""The place among all views of the words of the whole story, on which the linear baseline is fitted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryCounts:
    """Counts of the terms of descriptions, stories and openings.

    Where all stories are descriptions alone, `stories` is `descriptions`, the same object, so that it is used once.
    """

    descriptions: TextCounts
    stories: TextCounts
    openings: TextCounts

    @classmethod
    def of(cls, features: StoryFeatures) -> StoryCounts:
        """Count the terms of stories."""
        descriptions = TextCounts.of(features.descriptions)
        return cls(
            descriptions=descriptions,
            stories=descriptions if features.stories == features.descriptions else TextCounts.of(features.stories),
            openings=TextCounts.of(features.openings),
        )

    def rows(self, index: npt.NDArray[np.intp]) -> StoryCounts:
        """Pick outcomes."""
        descriptions = self.descriptions.rows(index)
        return StoryCounts(
            descriptions=descriptions,
            stories=descriptions if self.stories is self.descriptions else self.stories.rows(index),
            openings=self.openings.rows(index),
        )


@dataclass(slots=True, kw_only=True)
class ViewMaker:
    """Transformer of story features and fingerprints into feature views, a matrix each.

    In their order, they are

    - words of the description, of the story, and of the opening (its first words, `Story.opening`),
    - for each encoder, meaning of the description, of the story, and of the opening,
    - words and all meanings of the description side by side,
    - nearest outcomes: fingerprints, by which an outcome is compared with those trained on.
    """

    description_words: LexicalView
    story_words: LexicalView
    opening_words: LexicalView

    @property
    def lexical(self) -> tuple[LexicalView, LexicalView, LexicalView]:
        """The views of words, in their order."""
        return self.description_words, self.story_words, self.opening_words

    @classmethod
    def fit_transform(
        cls, meanings: Sequence[Meaning], fingerprints: Matrix, counts: StoryCounts
    ) -> tuple[ViewMaker, tuple[Matrix, ...]]:
        """Fit the vocabularies; return the maker, and the matrices of the outcomes it was fitted on.

        Where all stories are descriptions alone, both views of words are one and the same object, and so
        are their matrices, so that they are fitted once.
        """
        description_words, opening_words = LexicalView(), LexicalView()
        description_rows = description_words.fit_counts(counts.descriptions)
        story_words, story_rows = description_words, description_rows
        if counts.stories is not counts.descriptions:
            story_words = LexicalView()
            story_rows = story_words.fit_counts(counts.stories)
        opening_rows = opening_words.fit_counts(counts.openings)
        maker = cls(description_words=description_words, story_words=story_words, opening_words=opening_words)
        return maker, _views(meanings, fingerprints, words=(description_rows, story_rows, opening_rows))

    def transform_counts(
        self, meanings: Sequence[Meaning], fingerprints: Matrix, counts: StoryCounts
    ) -> tuple[Matrix, ...]:
        """Return the views, as `transform` does, of outcomes counted together with those fitted on."""
        description_rows = self.description_words.transform_counts(counts.descriptions)
        is_same = counts.stories is counts.descriptions
        story_rows = description_rows if is_same else self.story_words.transform_counts(counts.stories)
        opening_rows = self.opening_words.transform_counts(counts.openings)
        return _views(meanings, fingerprints, words=(description_rows, story_rows, opening_rows))

    def transform(self, features: StoryFeatures, fingerprints: Matrix) -> tuple[Matrix, ...]:
        """Return one matrix of shape (n_outcomes, n_features) per view; each side has rows of length 1 or less."""
        description_rows = self.description_words.transform(features.descriptions)
        is_same = self.story_words is self.description_words and features.stories == features.descriptions
        story_rows = description_rows if is_same else self.story_words.transform(features.stories)
        opening_rows = self.opening_words.transform(features.openings)
        return _views(features.meanings, fingerprints, words=(description_rows, story_rows, opening_rows))

    def share_out(self, shares: StoryShares) -> tuple[Matrix | None, ...]:
        """Share out what `transform` returns over the sentences of each story.

        Returns
        -------
        tuple of array of shape (n_rows, n_features) or None
            One for each view, None where it can't be shared out, as for the nearest outcomes. Each
            story has a row for each of its sentences and one for what belongs to none
            (`StoryShares.rows_of`); they add up to the row of the story.
        """
        stories, cuts = shares.stories, shares.cuts
        description_rows = self.description_words.share_out(
            [story.description for story in stories], [cut.description for cut in cuts]
        )
        story_rows = self.story_words.share_out([story.merged for story in stories], [cut.story for cut in cuts])
        opening_rows = self.opening_words.share_out(
            [story.opening for story in stories], cuts_of_openings(stories, cuts)
        )
        meanings = [
            tuple(
                np.concatenate([embedding.rows for embedding in embeddings])
                for embeddings in (meaning.description, meaning.story, meaning.opening)
            )
            for meaning in shares.meanings
        ]
        return (*_side_by_side((description_rows, story_rows, opening_rows), meanings), None)


def _views(meanings: Sequence[Meaning], fingerprints: Matrix, *, words: tuple[Matrix, ...]) -> tuple[Matrix, ...]:
    vectors = [(meaning.description, meaning.story, meaning.opening) for meaning in meanings]
    return (*_side_by_side(words, vectors), fingerprints)


def _side_by_side(words: tuple[Matrix, ...], meanings: Sequence[tuple[FloatArray, ...]]) -> tuple[Matrix, ...]:
    """Put words, meanings, and both of the description, one after the other; each of them comes description first."""
    descriptions = [sparse.csr_array(vectors[0]) for vectors in meanings]
    both = sparse.csr_array(sparse.hstack([words[0], *descriptions]))
    return (*words, *(vectors for meaning in meanings for vectors in meaning), both)
