"""Encoder protocol: texts to embeddings, by windows and by sentence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from classifier._types import FloatArray
from classifier.harvest.sentences import Cut


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """Token contributions to the embedding of a text.

    Attributes
    ----------
    vectors : ndarray of shape (n_tokens, n_dimensions)
        They add up to the vector of the text.
    places : ndarray of shape (n_tokens,)
        Where in the text each token starts; -1 for the marks at its start and end.
    whole : ndarray of shape (n_dimensions,) or None
        The vector that `Encoder.encode` returns, to the last digit, which a sum in another order would change. Where
        an encoder doesn't tell, the sum is taken.
    """

    vectors: FloatArray
    places: npt.NDArray[np.intp]
    whole: FloatArray | None = None

    @property
    def vector(self) -> FloatArray:
        """The vector of the text."""
        return self.vectors.sum(axis=0) if self.whole is None else self.whole


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedVector:
    """Embedding of a text, shared out over its sentences.

    Attributes
    ----------
    whole : ndarray of shape (n_dimensions,)
        The embedding, as `Encoder.encode` or `encode_windows` returns it.
    sentences : ndarray of shape (n_sentences, n_dimensions)
        What each sentence adds to it; what is left belongs to none.
    """

    whole: FloatArray
    sentences: FloatArray


def places_of(offsets: Iterable[tuple[int, int]]) -> npt.NDArray[np.intp]:
    """Return the places of `Tokens` by where each token starts and ends; the marks take up no letter.

    Examples
    --------
    >>> places_of([(0, 0), (0, 3), (4, 7), (0, 0)])
    array([-1,  0,  4, -1])
    """
    return np.array([start if end > start else -1 for start, end in offsets], dtype=np.intp)


class Encoder(Protocol):
    """Encoder of texts, such as a sentence-transformers model."""

    @property
    def name(self) -> str:
        """The name by which it can be loaded again."""
        ...

    @property
    def sha256(self) -> str:
        """A hash that changes with its vectors."""
        ...

    def encode(self, texts: Sequence[str], /) -> FloatArray:
        """Return an array of shape (n_texts, n_dimensions), rows of length 1."""
        ...

    def windows(self, text: str, /) -> tuple[str, ...]:
        """Cut a text into the fewest pieces that are each read to their end; joined they are the text."""
        ...

    def tokens(self, texts: Sequence[str], /) -> list[Tokens]:
        """Return the token contributions to the vectors that `encode` returns, by text."""
        ...


def encode_windows(encoder: Encoder, texts: Sequence[str]) -> FloatArray:
    """Embed texts to their end, long ones by the mean of their windows."""
    pieces = [encoder.windows(text) for text in texts]
    vectors = iter(encoder.encode([piece for windows in pieces for piece in windows]))
    return np.stack([_mean([next(vectors) for _ in windows])[0] for windows in pieces])


def share_out_start(encoder: Encoder, texts: Sequence[str], cuts: Sequence[Cut]) -> list[SharedVector]:
    """Share out what `encoder.encode` returns over the sentences of each text.

    A token is read together with all others of its text, so that what a sentence adds depends on
    its neighbours.
    """
    return [_shared([tokens], [0], cut) for tokens, cut in zip(encoder.tokens(texts), cuts, strict=True)]


def share_out_windows(encoder: Encoder, texts: Sequence[str], cuts: Sequence[Cut]) -> list[SharedVector]:
    """Share out what `encode_windows` returns over the sentences of each text; see `share_out_start`."""
    pieces = [encoder.windows(text) for text in texts]
    tokens = iter(encoder.tokens([piece for windows in pieces for piece in windows]))
    shared = []
    for windows, cut in zip(pieces, cuts, strict=True):
        starts = np.cumsum([0, *map(len, windows[:-1])]).tolist()
        shared.append(_shared([next(tokens) for _ in windows], starts, cut))
    return shared


def _mean(vectors: Sequence[FloatArray]) -> tuple[FloatArray, float]:
    """Bring the sum of a text's windows to length 1; return it, and by what it was divided."""
    if len(vectors) == 1:  # has length 1; dividing by that would change the last digits
        return vectors[0], 1.0
    total = np.sum(vectors, axis=0)
    length = float(np.linalg.norm(total)) or 1.0
    return (total / length).astype(np.float32), length


def _shared(windows: Sequence[Tokens], starts: Sequence[int], cut: Cut) -> SharedVector:
    """Add up what the tokens of each sentence add."""
    whole, length = _mean([tokens.vector for tokens in windows])
    rows = np.zeros((cut.n_sentences + 1, len(whole)), dtype=np.float32)
    owners = np.append(cut.owners, cut.n_sentences)
    sentences = np.arange(cut.n_sentences + 1)[:, np.newaxis]
    for tokens, start in zip(windows, starts, strict=True):
        is_owned = sentences == owners[np.where(tokens.places < 0, -1, tokens.places + start)]
        rows += is_owned.astype(np.float32) @ tokens.vectors
    return SharedVector(whole=whole, sentences=rows[:-1] / length)
