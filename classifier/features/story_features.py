"""Story features: the texts of stories and their embeddings, whole or by sentence.

The embedding of a story is the mean of that of its description and that of the rest, each read to its end, weighted by
their letters. So no encoder reads a description twice, as part of the story and by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from classifier._types import FloatArray
from classifier.features.embedding_cache import CachedEncoder, CachedEncoders
from classifier.features.quantisation import Embedding, weighted_mean
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
    def of(
        cls, stories: Sequence[Story], source: CachedEncoder, *, is_apart: bool, progress: ProgressCallback
    ) -> Meaning:
        """Embed stories; see `StoryFeatures.of`. `progress` gets `STEPS` steps for each."""
        descriptions = [story.description for story in stories]
        start_vectors = source.encode_start(descriptions, progress=progress)
        known = dict(zip(descriptions, start_vectors, strict=True))
        pieces = [_pieces(story, is_apart=is_apart) for story in stories]
        described = [p[0].text for p in pieces if len(p) > 1]
        first = source.encode_windows(described, starts=known) if described else ()
        last = source.encode_windows([p[-1].text for p in pieces], starts=known, progress=progress)
        whole = np.stack([one.whole for one in _means(pieces, _unshared(first), _unshared(last))])
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
        cls,
        stories: Sequence[Story],
        sources: CachedEncoders,
        *,
        is_apart: bool = True,
        progress: ProgressCallback = ignore_progress,
    ) -> StoryFeatures:
        """Embed stories; `progress` gets `n_steps` steps.

        With `is_apart`, descriptions are read apart from the rest; models of format 5 and before read all in one.
        """
        meanings = (Meaning.of(stories, source, is_apart=is_apart, progress=progress) for source in sources)
        return _features(stories, tuple(meanings))

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
        cls,
        stories: Sequence[Story],
        cuts: Sequence[CutStory],
        source: CachedEncoder,
        *,
        is_apart: bool,
        progress: ProgressCallback,
    ) -> SharedMeaning:
        """Embed stories sentence by sentence; `progress` gets `Meaning.STEPS` steps for each."""
        description = source.encode_start_by_sentence(
            [story.description for story in stories], [cut.description for cut in cuts], progress=progress
        )
        pieces = [_pieces(story, is_apart=is_apart) for story in stories]
        known = {
            story.description: start
            for story, cut, start in zip(stories, cuts, description, strict=True)
            if np.array_equal(cut.description.owners, cut.story.owners[: len(story.description)])
        }
        first, last = (
            source.encode_windows_by_sentence(
                [piece.text for piece, _ in of_stories],
                [piece.cut(cut.story) for piece, cut in of_stories],
                starts=known,
                progress=reported,
            )
            for of_stories, reported in (
                ([(p[0], cut) for p, cut in zip(pieces, cuts, strict=True) if len(p) > 1], ignore_progress),
                ([(p[-1], cut) for p, cut in zip(pieces, cuts, strict=True)], progress),
            )
        )
        opening = source.encode_start_by_sentence(
            [story.opening for story in stories], cuts_of_openings(stories, cuts), progress=progress
        )
        story = tuple(_means(pieces, first, last))
        return cls(description=tuple(description), story=story, opening=tuple(opening))

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
        is_apart: bool = True,
        progress: ProgressCallback = ignore_progress,
    ) -> StoryShares:
        """Embed stories sentence by sentence; see `StoryFeatures.of`."""
        return cls(
            stories=tuple(stories),
            cuts=tuple(cuts),
            meanings=tuple(
                SharedMeaning.of(stories, cuts, source, is_apart=is_apart, progress=progress) for source in sources
            ),
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """A piece of a merged story, which is read by itself."""

    start: int
    text: str

    def cut(self, story: Cut) -> Cut:
        """Cut it into the sentences of the story."""
        return replace(story, owners=story.owners[self.start : self.start + len(self.text)])


def _pieces(story: Story, *, is_apart: bool) -> tuple[_Piece, ...]:
    """Return the description and the rest, or all in one where the description doesn't begin it or nothing follows."""
    merged, n_described = story.merged, len(story.description)
    rest = merged[n_described:].strip()
    if not (is_apart and rest and story.description.strip() and merged.startswith(story.description)):
        return (_Piece(start=0, text=merged),)
    return (
        _Piece(start=0, text=story.description),
        _Piece(start=merged.index(rest, n_described), text=rest),
    )


def _means(
    pieces: Sequence[tuple[_Piece, ...]], first: Iterable[Embedding], last: Iterable[Embedding]
) -> Iterator[Embedding]:
    """Yield the embedding of each story, of those of the first pieces, where there are two, and of the last ones."""
    firsts = iter(first)
    for of_story, rest in zip(pieces, last, strict=True):
        embeddings = [rest] if len(of_story) == 1 else [next(firsts), rest]
        yield weighted_mean(embeddings, [len(piece.text) for piece in of_story])


def _unshared(vectors: Iterable[FloatArray]) -> Iterator[Embedding]:
    return (Embedding(whole=vector) for vector in vectors)


def _features(stories: Sequence[Story], meanings: tuple[Meaning, ...]) -> StoryFeatures:
    return StoryFeatures(
        descriptions=tuple(story.description for story in stories),
        stories=tuple(story.merged for story in stories),
        openings=tuple(story.opening for story in stories),
        meanings=meanings,
    )
