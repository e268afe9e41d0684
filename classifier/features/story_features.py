"""Story features: the texts of stories and their embeddings, whole or by sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from classifier._types import FloatArray
from classifier.features.embedding_cache import CachedEncoder, CachedEncoders
from classifier.features.quantisation import Embedding
from classifier.harvest.sentences import Cut, CutStory
from classifier.harvest.story import Story
from classifier.progress import ProgressCallback, ignore_progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """Embeddings of stories by one encoder; arrays of shape (n_outcomes, n_dimensions), rows of length 1.

    Where stories are descriptions alone, `story` is `description`, the same object, so that it is used once.
    """

    STEPS: ClassVar[int] = 3
    """How many embeddings are made of each story."""

    description: FloatArray
    story: FloatArray
    opening: FloatArray

    @classmethod
    def of(cls, stories: Sequence[Story], source: CachedEncoder, *, progress: ProgressCallback) -> Meaning:
        """Embed stories; `progress` gets `STEPS` steps for each."""
        descriptions = [story.description for story in stories]
        start_vectors = source.encode_start(descriptions, progress=progress)
        # In many harvests the description is the whole story.
        starts = dict(zip(descriptions, start_vectors, strict=True))
        whole = source.encode_windows([story.merged for story in stories], starts=starts, progress=progress)
        return cls(
            description=start_vectors,
            story=start_vectors if np.array_equal(whole, start_vectors) else whole,
            opening=source.encode_start([story.opening for story in stories], progress=progress),
        )

    @classmethod
    def of_places(cls, vectors: Sequence[FloatArray]) -> Meaning:
        """Take the embeddings of descriptions, stories and openings, in this order."""
        description, story, opening = vectors
        return cls(description=description, story=story, opening=opening)

    def rows(self, index: npt.NDArray[np.intp]) -> Meaning:
        """Pick outcomes."""
        description = self.description[index]
        return Meaning(
            description=description,
            story=description if self.story is self.description else self.story[index],
            opening=self.opening[index],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryFeatures:
    """The texts of stories, and their embeddings by each encoder."""

    descriptions: tuple[str, ...]
    stories: tuple[str, ...]
    openings: tuple[str, ...]
    meanings: tuple[Meaning, ...]  # one for each encoder; the first is the one by which stories are compared

    @classmethod
    def of(
        cls, stories: Sequence[Story], sources: CachedEncoders, *, progress: ProgressCallback = ignore_progress
    ) -> StoryFeatures:
        """Embed stories; `progress` gets `n_steps` steps."""
        return _features(stories, tuple(Meaning.of(stories, source, progress=progress) for source in sources))

    @staticmethod
    def n_steps(n_stories: int, sources: CachedEncoders) -> int:
        """How many embeddings are made of so many stories."""
        return Meaning.STEPS * n_stories * len(sources)

    def rows(self, index: npt.NDArray[np.intp]) -> StoryFeatures:
        """Pick outcomes."""
        return StoryFeatures(
            descriptions=tuple(self.descriptions[row] for row in index),
            stories=tuple(self.stories[row] for row in index),
            openings=tuple(self.openings[row] for row in index),
            meanings=tuple(meaning.rows(index) for meaning in self.meanings),
        )

    def __len__(self) -> int:
        return len(self.descriptions)


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedMeaning:
    """Embeddings of stories by one encoder, shared out over the sentences of each story."""

    description: tuple[Embedding, ...]
    story: tuple[Embedding, ...]
    opening: tuple[Embedding, ...]

    @classmethod
    def of(
        cls, stories: Sequence[Story], cuts: Sequence[CutStory], source: CachedEncoder, *, progress: ProgressCallback
    ) -> SharedMeaning:
        """Embed stories sentence by sentence; `progress` gets `Meaning.STEPS` steps for each."""
        description = source.encode_start_by_sentence(
            [story.description for story in stories], [cut.description for cut in cuts], progress=progress
        )
        # In many harvests the description is the whole story.
        starts = {
            story.merged: start
            for story, cut, start in zip(stories, cuts, description, strict=True)
            if story.merged == story.description and np.array_equal(cut.story.owners, cut.description.owners)
        }
        whole = source.encode_windows_by_sentence(
            [story.merged for story in stories], [cut.story for cut in cuts], starts=starts, progress=progress
        )
        opening = source.encode_start_by_sentence(
            [story.opening for story in stories], cuts_of_openings(stories, cuts), progress=progress
        )
        return cls(description=tuple(description), story=tuple(whole), opening=tuple(opening))

    @property
    def whole(self) -> Meaning:
        """The embeddings of whole texts."""
        description, story, opening = (
            np.stack([embedding.whole for embedding in embeddings])
            for embeddings in (self.description, self.story, self.opening)
        )
        return Meaning(
            description=description,
            story=description if np.array_equal(story, description) else story,
            opening=opening,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryShares:
    """Stories, their sentences, and the embeddings shared out over these."""

    stories: tuple[Story, ...]
    cuts: tuple[CutStory, ...]
    meanings: tuple[SharedMeaning, ...]  # one for each encoder

    @classmethod
    def of(
        cls,
        stories: Sequence[Story],
        cuts: Sequence[CutStory],
        sources: CachedEncoders,
        *,
        progress: ProgressCallback = ignore_progress,
    ) -> StoryShares:
        """Embed stories sentence by sentence; `progress` gets `StoryFeatures.n_steps` steps."""
        return cls(
            stories=tuple(stories),
            cuts=tuple(cuts),
            meanings=tuple(SharedMeaning.of(stories, cuts, source, progress=progress) for source in sources),
        )

    @property
    def features(self) -> StoryFeatures:
        """The embeddings of whole texts."""
        return _features(self.stories, tuple(meaning.whole for meaning in self.meanings))

    def rows_of(self) -> Iterator[slice]:
        """Yield the rows of each story, where those of all stories are stacked."""
        start = 0
        for cut in self.cuts:
            stop = start + len(cut.sentences) + 1
            yield slice(start, stop)
            start = stop


def cuts_of_openings(stories: Sequence[Story], cuts: Sequence[CutStory]) -> list[Cut]:
    """Cut openings into the sentences of their stories."""
    return [
        replace(cut.description, owners=cut.description.owners[: len(story.opening)])
        for story, cut in zip(stories, cuts, strict=True)
    ]


def _features(stories: Sequence[Story], meanings: tuple[Meaning, ...]) -> StoryFeatures:
    return StoryFeatures(
        descriptions=tuple(story.description for story in stories),
        stories=tuple(story.merged for story in stories),
        openings=tuple(story.opening for story in stories),
        meanings=meanings,
    )
