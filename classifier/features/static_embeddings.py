"""Static embeddings: vectors of the pieces of words, distilled from a sentence encoder; a text is their weighted sum.

No text is read in its context, so that embedding one takes a table instead of a network.

References
----------
.. [1] Tulkens and van Dongen (2024), "Model2Vec: Fast State-of-the-Art Static Embeddings",
   doi:10.5281/zenodo.17270888.
.. [2] Arora, Liang and Ma (2017), "A Simple but Tough-to-Beat Baseline for Sentence Embeddings",
   https://openreview.net/forum?id=SyK00v5xx.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import sparse

from classifier._types import FloatArray

_N_DIMENSIONS = 128
_SIF = 1e-4  # from which frequency on a piece weighs less than half, as in [2]
_UNKNOWN, _INSIDE = "[UNK]", "##"
_LONGEST_WORD = 100  # letters; what is longer is one unknown piece, as in the encoder's own tokenizer


@dataclass(frozen=True, slots=False, kw_only=True, eq=False)
class StaticTable:
    """Vectors of the pieces of words, each weighted by how rare the piece is.

    Attributes
    ----------
    pieces : tuple of str
        Those within a word begin with ``##``.
    vectors : ndarray of shape (n_pieces, n_dimensions), int8
    scales : ndarray of shape (n_pieces,), float32
        What the vector of each piece is multiplied by.

    Examples
    --------
    >>> table = StaticTable.of(["[UNK]", "council", "##s"], np.eye(3, dtype=np.float32))
    >>> table.pieces_of("councils"), table.vector_of("councils").round(1).tolist()
    ([1, 2], [0.0, 1.0, 1.0])
    """

    pieces: tuple[str, ...]
    vectors: npt.NDArray[np.int8]
    scales: npt.NDArray[np.float32]

    @classmethod
    def of(cls, pieces: Sequence[str], vectors: FloatArray) -> StaticTable:
        """Round vectors to whole numbers of eight bits."""
        largest = np.abs(vectors).max(axis=1)
        scales = np.where(largest > 0, largest / 127, 1.0).astype(np.float32)
        rounded = np.rint(vectors / scales[:, np.newaxis]).astype(np.int8)
        return cls(pieces=tuple(pieces), vectors=rounded, scales=scales)

    @cached_property
    def _places(self) -> Mapping[str, int]:
        return {piece: place for place, piece in enumerate(self.pieces)}

    def pieces_of(self, word: str) -> list[int]:
        """Return the places of the pieces of a word in lower case: from its start on, the longest that there are.

        Schuster and Nakajima (2012), "Japanese and Korean voice search", doi:10.1109/ICASSP.2012.6289079.
        """
        places = self._places
        if not word.isascii():
            letters = unicodedata.normalize("NFD", word)
            word = "".join(letter for letter in letters if unicodedata.category(letter) != "Mn")
        found, start = [], 0
        while start < len(word) <= _LONGEST_WORD:
            marked = _INSIDE if start else ""
            for end in range(len(word), start, -1):
                place = places.get(marked + word[start:end])
                if place is not None:
                    found.append(place)
                    start = end
                    break
            else:
                break
        return found if start == len(word) else [places[_UNKNOWN]] if _UNKNOWN in places else []

    def vector_of(self, word: str) -> FloatArray:
        """Return the sum of the vectors of a word's pieces; shape (n_dimensions,)."""
        places = self.pieces_of(word)
        vector: FloatArray = (self.vectors[places] * self.scales[places, np.newaxis]).sum(axis=0, dtype=np.float32)
        return vector


def weigh_by_rank(vectors: FloatArray, *, n_dimensions: int = _N_DIMENSIONS) -> FloatArray:
    """Keep the principal components of piece vectors, and weight each piece by its frequency, as told by its rank.

    Parameters
    ----------
    vectors : ndarray of shape (n_pieces, n_dimensions)
        Of the pieces by a sentence encoder, the commonest piece first, as the vocabularies of BERT models are.

    Returns
    -------
    ndarray of shape (n_pieces, n_kept), float32
    """
    from scipy.linalg import eigh

    centred = vectors.astype(np.float64) - vectors.mean(axis=0)
    _, axes = eigh(centred.T @ centred)
    axes = axes[:, ::-1][:, :n_dimensions]
    # The largest number of each axis is positive, or its sign would be left to the library.
    axes *= np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
    frequencies = 1 / np.arange(2, len(vectors) + 2)  # Zipf's law
    frequencies /= frequencies.sum()
    weights = _SIF / (_SIF + frequencies)
    weighted: FloatArray = (centred @ axes * weights[:, np.newaxis]).astype(np.float32)
    return weighted


def unit_sums(vectors: FloatArray, words: npt.NDArray[np.intp], ends: npt.NDArray[np.intp]) -> FloatArray:
    """Add up the vectors of the words of each text, and bring the sums to length 1.

    Parameters
    ----------
    vectors : ndarray of shape (n_known, n_dimensions)
        Of all words.
    words : ndarray of shape (n_words,)
        The rows of the words of all texts, one text after the other.
    ends : ndarray of shape (n_texts,)
        Where the words of each text end.
    """
    starts = np.concatenate([[0], ends])
    used = sparse.csr_array((np.ones(len(words), dtype=np.float32), words, starts), shape=(len(ends), len(vectors)))
    sums = used @ vectors
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    result: FloatArray = np.divide(sums, lengths, out=np.zeros_like(sums), where=lengths > 0)
    return result


def is_kept(piece: str) -> bool:
    """Whether a piece of a vocabulary is part of words, other than marks and single letters of other scripts.

    Examples
    --------
    >>> [is_kept(piece) for piece in ("council", "##s", "[unused7]", "[CLS]", "!")]
    [True, True, False, False, False]
    """
    letters = piece.removeprefix(_INSIDE)
    return piece == _UNKNOWN or (letters.isalnum() and (letters.isascii() or len(letters) > 1))


def kept_pieces(pieces: Iterable[str]) -> list[int]:
    """Return the places of the pieces that a table has; see `is_kept`."""
    return [place for place, piece in enumerate(pieces) if is_kept(piece)]
