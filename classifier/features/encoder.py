"""Encoder protocol: texts to embeddings, by windows and by sentence."""

from __future__ import annotations

from collections.abc import Sequence
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
    """

    vectors: FloatArray
    places: npt.NDArray[np.intp]


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
    vectors = encoder.encode([piece for windows in pieces for piece in windows])
    starts = np.cumsum([0, *(len(windows) for windows in pieces[:-1])])
    means = np.add.reduceat(vectors, starts, axis=0)
    lengths = np.linalg.norm(means, axis=1, keepdims=True)
    whole: FloatArray = (means / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)
    return whole


def share_out_start(encoder: Encoder, texts: Sequence[str], cuts: Sequence[Cut]) -> list[FloatArray]:
    """Share out what `encoder.encode` returns over the sentences of each text.

    A token is read together with all others of its text, so that what a sentence adds depends on
    its neighbours.

    Returns
    -------
    list of ndarray of shape (n_sentences + 1, n_dimensions)
        Rows that add up to the vector of a text; the last is what belongs to no sentence.
    """
    return [_gathered([tokens], [0], cut) for tokens, cut in zip(encoder.tokens(texts), cuts, strict=True)]


def share_out_windows(encoder: Encoder, texts: Sequence[str], cuts: Sequence[Cut]) -> list[FloatArray]:
    """Share out what `encode_windows` returns over the sentences of each text; see `share_out_start`."""
    pieces = [encoder.windows(text) for text in texts]
    tokens = iter(encoder.tokens([piece for windows in pieces for piece in windows]))
    rows = []
    for windows, cut in zip(pieces, cuts, strict=True):
        starts = np.cumsum([0, *map(len, windows[:-1])]).tolist()
        rows.append(_gathered([next(tokens) for _ in windows], starts, cut))
    return rows


def _gathered(windows: Sequence[Tokens], starts: Sequence[int], cut: Cut) -> FloatArray:
    """Add up what the tokens of each sentence add, and bring the sum to length 1."""
    rows = np.zeros((cut.n_sentences + 1, windows[0].vectors.shape[1]), dtype=np.float32)
    for tokens, start in zip(windows, starts, strict=True):
        owners = np.append(cut.owners, cut.n_sentences)
        np.add.at(rows, owners[np.where(tokens.places < 0, -1, tokens.places + start)], tokens.vectors)
    length = float(np.linalg.norm(rows.sum(axis=0)))
    shared: FloatArray = rows / (length or 1.0)
    return shared
