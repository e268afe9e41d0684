"""Quantisation of embeddings: the vector of a text in half precision, and its sentences' shares in 8 bits.

They are rounded when they are made, not when they are kept, so that what is computed from them is the same whether they
were kept or not.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from classifier._types import FloatArray

_HEADER = struct.Struct("<III8s")  # number of sentences, of those with a share, of dimensions; digest of the vector
_MOST = 127  # an 8-bit number


def to_half_precision(vectors: FloatArray) -> FloatArray:
    """Round vectors to half precision, some three digits.

    Examples
    --------
    >>> to_half_precision(np.array([0.1234567], dtype=np.float32))
    array([0.12347412], dtype=float32)
    """
    return vectors.astype(np.float16).astype(np.float32)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class QuantisedShares:
    """What the sentences of a text add to its vector, each in whole 127ths of its largest number.

    Attributes
    ----------
    n_sentences : int
        How many sentences the story has; those that add nothing have no row.
    sentences : ndarray of shape (n_rows,)
        The numbers of the sentences that add something, in their order.
    scales : ndarray of shape (n_rows,)
        What 1 stands for.
    values : ndarray of shape (n_rows, n_dimensions)
    """

    n_sentences: int
    sentences: npt.NDArray[np.uint32]
    scales: npt.NDArray[np.float32]
    values: npt.NDArray[np.int8]

    @classmethod
    def of(cls, rows: FloatArray) -> QuantisedShares:
        """Quantise the shares of all sentences, of shape (n_sentences, n_dimensions)."""
        scales = (np.abs(rows).max(axis=1, initial=0.0) / _MOST).astype(np.float32)
        sentences = np.flatnonzero(scales)
        scales = scales[sentences]
        values = np.rint(rows[sentences] / scales[:, np.newaxis]).clip(-_MOST, _MOST).astype(np.int8)
        return cls(n_sentences=len(rows), sentences=sentences.astype(np.uint32), scales=scales, values=values)

    @property
    def dense(self) -> FloatArray:
        """The shares of all sentences."""
        rows = np.zeros((self.n_sentences, self.values.shape[1]), dtype=np.float32)
        rows[self.sentences] = self.values * self.scales[:, np.newaxis]
        return rows


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Embedding:
    """Embedding of a text in half precision, shared out over its sentences where that was asked for."""

    whole: FloatArray
    shares: QuantisedShares | None = None

    @classmethod
    def of(cls, whole: FloatArray, sentences: FloatArray | None = None) -> Embedding:
        """Quantise a vector of shape (n_dimensions,), and the shares of its sentences."""
        return cls(whole=to_half_precision(whole), shares=None if sentences is None else QuantisedShares.of(sentences))

    @property
    def rows(self) -> FloatArray:
        """Rows that add up to the vector: one for each sentence, and the last for what belongs to none."""
        if self.shares is None:
            return self.whole[np.newaxis]
        sentences = self.shares.dense
        rest = self.whole - sentences.sum(axis=0)
        return np.concatenate([sentences, rest[np.newaxis]])


def weighted_mean(embeddings: Sequence[Embedding], weights: Sequence[float]) -> Embedding:
    """Return the mean of embeddings, brought to length 1, with the shares of sentences where all have them.

    Examples
    --------
    >>> east, north = (Embedding(whole=np.array(vector, dtype=np.float32)) for vector in ([1, 0], [0, 1]))
    >>> weighted_mean([east, north], [3, 4]).whole.round(2).tolist()
    [0.6000000238418579, 0.800000011920929]
    """
    if len(embeddings) == 1:
        return embeddings[0]
    total: FloatArray = np.sum([weight * one.whole for weight, one in zip(weights, embeddings, strict=True)], axis=0)
    length = float(np.linalg.norm(total)) or 1.0
    shares = [weight * one.shares.dense for weight, one in zip(weights, embeddings, strict=True) if one.shares]
    return Embedding.of(total / length, np.sum(shares, axis=0) / length if len(shares) == len(embeddings) else None)


def vector_to_bytes(vector: FloatArray) -> bytes:
    """Serialise a vector that is in half precision."""
    return vector.astype("<f2").tobytes()


def vector_from_bytes(content: bytes) -> FloatArray | None:
    """Read a vector; None if it can't be one.

    Examples
    --------
    >>> vector_from_bytes(vector_to_bytes(np.array([0.5, -1.0]))), vector_from_bytes(b"odd")
    (array([ 0.5, -1. ], dtype=float32), None)
    """
    if not content or len(content) % 2:
        return None
    vector = np.frombuffer(content, dtype="<f2").astype(np.float32)
    return vector if np.isfinite(vector).all() else None


def shares_to_bytes(shares: QuantisedShares, whole: FloatArray) -> bytes:
    """Serialise shares, with a digest of the vector that they are shares of."""
    header = _HEADER.pack(shares.n_sentences, *shares.values.shape, _digest(whole))
    arrays = (shares.sentences.astype("<u4"), shares.scales.astype("<f4"), shares.values)
    return header + b"".join(array.tobytes() for array in arrays)


def shares_from_bytes(content: bytes, whole: FloatArray) -> QuantisedShares | None:
    """Read shares; None if they can't be those of a vector."""
    if len(content) < _HEADER.size:
        return None
    n_sentences, n_rows, n_dimensions, digest = _HEADER.unpack_from(content)
    places = _HEADER.size + 4 * n_rows, _HEADER.size + 8 * n_rows
    if n_dimensions != len(whole) or digest != _digest(whole) or len(content) != places[1] + n_rows * n_dimensions:
        return None
    sentences = np.frombuffer(content[_HEADER.size : places[0]], dtype="<u4")
    scales = np.frombuffer(content[places[0] : places[1]], dtype="<f4")
    if (sentences >= n_sentences).any() or not np.isfinite(scales).all():
        return None
    values = np.frombuffer(content[places[1] :], dtype=np.int8).reshape(n_rows, n_dimensions)
    return QuantisedShares(n_sentences=n_sentences, sentences=sentences, scales=scales, values=values)


def _digest(whole: FloatArray) -> bytes:
    return hashlib.blake2b(vector_to_bytes(whole), digest_size=8).digest()
