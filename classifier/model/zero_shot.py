"""Zero-shot classification by the definitions of codes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp, softmax

from classifier._types import FloatArray
from classifier.codebook.code import Code
from classifier.codebook.schema import CodeField
from classifier.features.embedding_cache import CachedEncoders
from classifier.features.story_features import Meaning, StoryFeatures

# Chosen on harvests 1 and 2; see benchmarks/RESULTS.md.
_FOCUS = 10.0  # how much more the pieces count that fit best: 0 is their mean, infinity the best alone
_SHARPNESS = 20.0  # of the softmax over similarities
_PIECE_ENDS = re.compile(r"[.,;:()\n،؛。、]")
_LEAST_LETTERS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Definitions:
    """The embedded pieces of what the codes of a field mean.

    A definition is often a list ("Police, army, courts, prosecutors"), and a story is like one item of it
    rather than like all of it. So the name, the definition and what is included are cut at punctuation, and
    a code fits as well as its pieces do, the best of them before the others.

    Attributes
    ----------
    vectors : tuple of ndarray of shape (n_pieces, n_dimensions)
        What each encoder makes of them.
    owners : ndarray of shape (n_pieces,)
        The place of the code that each piece belongs to.
    """

    vectors: tuple[npt.NDArray[np.float16], ...]
    owners: npt.NDArray[np.intp]
    n_codes: int

    @classmethod
    def embed(cls, field: CodeField, sources: CachedEncoders) -> Definitions:
        """Embed what the codes of a field mean."""
        return cls.embed_by(field, [source.encode_start for source in sources])

    @classmethod
    def embed_by(cls, field: CodeField, encoders: Sequence[Callable[[Sequence[str]], FloatArray]]) -> Definitions:
        """Embed what the codes of a field mean by functions that return vectors of texts."""
        pieces = [tuple(dict.fromkeys(_pieces(code))) for code in field.codes]
        texts = [piece for of_code in pieces for piece in of_code]
        return cls(
            vectors=tuple(encode(texts).astype(np.float16) for encode in encoders),
            owners=np.repeat(np.arange(len(pieces)), list(map(len, pieces))),
            n_codes=len(pieces),
        )

    def probabilities(self, features: StoryFeatures) -> FloatArray:
        """Say how likely each code is, by its definition alone.

        Returns
        -------
        ndarray of shape (n_outcomes, n_codes)
            Rows sum to 1. They are not calibrated, since they come from no coded outcome.
        """
        return self.by_meanings(features.meanings)

    def by_meanings(self, meanings: Sequence[Meaning]) -> FloatArray:
        """Return `probabilities` by the embeddings of stories by each encoder."""
        fits = [self._fit(*pair) for pair in zip(meanings, self.vectors, strict=True)]
        result: FloatArray = softmax(_SHARPNESS * np.mean(fits, axis=0), axis=1)
        return result

    def _fit(self, meaning: Meaning, pieces: npt.NDArray[np.float16]) -> FloatArray:
        """Say how well each code fits, to one encoder."""
        known = pieces.astype(np.float64)  # see `LinearClassifier.predict_proba`
        return (self._fit_of(meaning.description @ known.T) + self._fit_of(meaning.story @ known.T)) / 2

    def _fit_of(self, similarity: FloatArray) -> FloatArray:
        by_code = [similarity[:, self.owners == place] for place in range(self.n_codes)]
        return np.stack(
            [(logsumexp(_FOCUS * pieces, axis=1) - np.log(pieces.shape[1])) / _FOCUS for pieces in by_code], axis=1
        )


def _pieces(code: Code) -> Iterator[str]:
    yield from code.labels
    for text in (code.definition, code.include):
        yield from _long_enough(_PIECE_ENDS.split(text))


def _long_enough(texts: Sequence[str]) -> Iterator[str]:
    yield from (text.strip() for text in texts if len(text.strip()) >= _LEAST_LETTERS)
