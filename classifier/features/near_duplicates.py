"""Near-duplicate detection: similarity of stories by meaning, words and spelling."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from classifier._types import FloatArray
from classifier.features.hashed_counts import count_hashed
from classifier.features.story_features import StoryFeatures
from classifier.features.term_counts import LETTERS, Analyzer
from classifier.features.tfidf import Matrix, inverse_document_frequencies, with_unit_rows
from classifier.progress import ProgressCallback, ignore_progress

DUPLICATE_THRESHOLD = 0.33
"""Similarity from which two stories may be near-duplicates: reports of one change; see `near_duplicate_pairs`."""
NO_DUPLICATES = 2.0
"""As a threshold, a similarity that no two outcomes can have."""
LEXICAL_THRESHOLD = 0.2
"""Similarity that their words and spelling must have besides.

An encoder finds all texts similar in a language that it can't read. Both were chosen on harvests 1 and 2,
where all 12 pairs they find are among the 22 known; of all three sample harvests they find 35 pairs, 31
of them among the 50 known.
"""
_N_HASHED = 2**18  # with fewer, letter groups collide and all stories seem similar
_FOLD_BITS = 9  # 512 columns per lexical side; the similarity of two outcomes then errs by about 0.02
_N_SIDES = 4
_N_LEXICAL: int = (_N_SIDES - 1) * 2**_FOLD_BITS
_N_NEAREST = 5
_BLOCK = 1024  # outcomes compared at once; a tile of so many by so many takes some 30 MB

Fingerprints = npt.NDArray[np.float16]
Pairs = tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], FloatArray]


def fingerprint_length(n_dimensions: int) -> int:
    """Return the number of columns of fingerprints, of those of the first encoder."""
    return n_dimensions + _N_LEXICAL


def rarity_shape() -> tuple[int, int]:
    """Return the shape of `Fingerprinter.rarity`."""
    return _N_SIDES - 1, _N_HASHED


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprinter:
    """Fingerprints of stories: vectors whose product is the similarity of two stories.

    Similarity is the mean of four cosines: of the descriptions' embeddings and letter groups, and of the
    stories' words and letter groups. Rare words count most, since names and places are what two reports
    of one change share; the feature views leave those out.

    Words are hashed and folded together at random, so that no text can be read off a fingerprint. That
    is no anonymity: treat fingerprints like the texts.

    Attributes
    ----------
    rarity : ndarray of shape (3, n_hashed)
        The inverse document frequencies of the three lexical sides.
    """

    rarity: npt.NDArray[np.float16]

    @classmethod
    def fit(cls, features: StoryFeatures) -> Fingerprinter:
        """Fit the inverse document frequencies."""
        return cls._fit(_counts(features))

    @classmethod
    def fit_transform(cls, features: StoryFeatures) -> tuple[Fingerprinter, Fingerprints]:
        """Fit the inverse document frequencies, and compute fingerprints of the same stories."""
        counts = _counts(features)
        fitted = cls._fit(counts)
        return fitted, fitted._transform(features, counts)

    @classmethod
    def _fit(cls, counts: tuple[Matrix, ...]) -> Fingerprinter:
        return cls(rarity=np.stack([inverse_document_frequencies(side).astype(np.float16) for side in counts]))

    def transform(self, features: StoryFeatures) -> Fingerprints:
        """Compute fingerprints; shape (n_outcomes, n_dimensions), float16."""
        return self._transform(features, _counts(features))

    def _transform(self, features: StoryFeatures, all_counts: tuple[Matrix, ...]) -> Fingerprints:
        sides: list[npt.NDArray[Any]] = [features.meanings[0].description]
        for counts, rarity in zip(all_counts, self.rarity, strict=True):
            weights = counts.data * (rarity.astype(np.float64) ** 2)[counts.indices]
            weighted = sparse.csr_array((weights, counts.indices, counts.indptr), shape=counts.shape)
            sides.append(_fold(with_unit_rows(weighted)))
        return np.hstack(sides).astype(np.float16) / np.float16(2)


def near_duplicate_pairs(
    fingerprints: Fingerprints, others: Fingerprints | None = None, *, threshold: float = DUPLICATE_THRESHOLD
) -> Iterator[tuple[int, int, float]]:
    """Yield the pairs of near-duplicates, outcomes that seem to report the same change.

    Each is the row in `fingerprints`, the row in `others`, and the similarity; see `blocks_of_similar_pairs`.
    Pairs that are similar to the encoder only are left out.
    """
    tiles = _tiles_of_pairs(fingerprints, others, threshold, least_lexical=LEXICAL_THRESHOLD)
    for rows, columns, found in _in_order(tiles):
        yield from zip(rows.tolist(), columns.tolist(), found.tolist(), strict=True)


def nearest_similarity(
    fingerprints: Fingerprints,
    others: Fingerprints,
    *,
    groups: tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]] | None = None,
) -> FloatArray:
    """Mean similarity of each outcome to the five nearest of the others.

    Parameters
    ----------
    fingerprints : ndarray of shape (n_outcomes, n_dimensions)
    others : ndarray of shape (n_others, n_dimensions)
    groups : tuple of two ndarrays of shape (n_outcomes,) and (n_others,), optional
        Their group numbers; others of an outcome's own group are not counted.
    """
    near = np.empty(len(fingerprints), dtype=np.float32)
    for start, similarity in _similarity_blocks(fingerprints, others):
        block = slice(start, start + len(similarity))
        if groups is not None:
            similarity[groups[0][block, np.newaxis] == groups[1][np.newaxis]] = -1.0
        near[block] = np.sort(similarity, axis=1)[:, -_N_NEAREST:].mean(axis=1)
    return near


def ranked_by_similarity(
    fingerprints: Fingerprints, others: Fingerprints
) -> Iterator[tuple[npt.NDArray[np.intp], FloatArray]]:
    """Rank the others by their similarity to each outcome; yield their rows, the most similar first, and similarity."""
    for _, block in _similarity_blocks(fingerprints, others):
        for similarity in block:
            order = np.argsort(-similarity, kind="stable")
            yield order, similarity[order]


def _similarity_blocks(fingerprints: Fingerprints, others: Fingerprints) -> Iterator[tuple[int, FloatArray]]:
    """Compute similarities block by block; yield the first row of a block, and its similarities."""
    known = others.astype(np.float64)  # or the last digits would depend on the other rows
    for start in range(0, len(fingerprints), _BLOCK):
        yield start, (fingerprints[start : start + _BLOCK].astype(np.float64) @ known.T).astype(np.float32)


def blocks_of_similar_pairs(
    fingerprints: Fingerprints, others: Fingerprints | None, threshold: float
) -> Iterator[Pairs]:
    """Find the pairs of outcomes whose similarity reaches a threshold, block by block.

    Parameters
    ----------
    fingerprints : ndarray of shape (n_outcomes, n_dimensions)
    others : ndarray of shape (n_others, n_dimensions) or None
        Compare with these; None: with each other (each pair once, the later outcome first).
    threshold : float
        The lowest similarity, in [-1, 1].
    """
    yield from _in_order(_tiles_of_pairs(fingerprints, others, threshold, least_lexical=-np.inf))


def tiles_of_near_duplicates(
    fingerprints: Fingerprints,
    others: Fingerprints | None,
    threshold: float,
    *,
    progress: ProgressCallback = ignore_progress,
) -> Iterator[Pairs]:
    """Find near-duplicates, tile by tile, however many they are; see `near_duplicate_pairs`.

    `progress` gets a step for each outcome.
    """
    for start, pairs in _tiles_of_pairs(fingerprints, others, threshold, least_lexical=LEXICAL_THRESHOLD):
        if pairs is None:
            progress(min(_BLOCK, len(fingerprints) - start))
        else:
            yield pairs


def _tiles_of_pairs(
    fingerprints: Fingerprints, others: Fingerprints | None, threshold: float, *, least_lexical: float
) -> Iterator[tuple[int, Pairs | None]]:
    """Find pairs by their similarity and by that of their words and spelling, in tiles that fit in little memory.

    Yield the first row of each tile and its pairs, and after the last tile of the same rows None.
    """
    among = fingerprints if others is None else others
    for start in range(0, len(fingerprints), _BLOCK):
        block = fingerprints[start : start + _BLOCK].astype(np.float64)
        # Each pair once: the columns before the row's own.
        n_columns = len(among) if others is not None else start + len(block)
        for first in range(0, n_columns, _BLOCK):
            tile = among[first : min(first + _BLOCK, n_columns)].astype(np.float64)
            lexical = block[:, -_N_LEXICAL:] @ tile[:, -_N_LEXICAL:].T
            found = (lexical + block[:, :-_N_LEXICAL] @ tile[:, :-_N_LEXICAL].T).astype(np.float32)
            is_pair = (found >= threshold) & (lexical >= least_lexical * (_N_SIDES - 1) / _N_SIDES)
            if others is None:
                is_pair = np.tril(is_pair, k=start - first - 1)
            rows, columns = np.nonzero(is_pair)
            yield start, (rows + start, columns + first, found[rows, columns])
        yield start, None


def _in_order(tiles: Iterator[tuple[int, Pairs | None]]) -> Iterator[Pairs]:
    """Put the pairs of tiles into the order of rows, then of columns."""
    for _, of_rows in groupby(tiles, key=itemgetter(0)):
        if pairs := [pairs for _, pairs in of_rows if pairs is not None]:
            rows, columns, found = (np.concatenate(one) for one in zip(*pairs, strict=True))
            order = np.argsort(rows, kind="stable")  # tiles are in the order of their columns
            yield rows[order], columns[order], found[order]


def _long_words(text: str) -> list[str]:
    return re.findall(r"\b\w\w+\b", text.lower())


_LONG_WORDS = Analyzer(pieces=_long_words)


def _counts(features: StoryFeatures) -> tuple[Matrix, ...]:
    # In double precision, or the last digit of a logarithm would, on another processor, tip the rounding to float16.
    sides = (
        count_hashed(features.descriptions, LETTERS, n_columns=_N_HASHED),
        count_hashed(features.stories, _LONG_WORDS, n_columns=_N_HASHED),
        count_hashed(features.stories, LETTERS, n_columns=_N_HASHED),
    )
    for counts in sides:
        counts.data = 1 + np.log(counts.data)  # a word used twice counts little more than once
    return sides


def _fold(weighted: Matrix) -> FloatArray:
    """Count sketch: add columns up in a few, each with a random sign; products of rows stay nearly the same.

    Charikar, Chen and Farach-Colton (2004), "Finding frequent items in data streams",
    doi:10.1016/S0304-3975(03)00400-6.
    """
    # Knuth's multiplicative hashing gives the same numbers on every machine and with every version of numpy.
    hashed = weighted.indices.astype(np.uint32) * np.uint32(2_654_435_761)
    signs = np.where(hashed & np.uint32(1 << 8), 1.0, -1.0).astype(np.float32)
    columns = (hashed >> np.uint32(32 - _FOLD_BITS)).astype(np.int32)
    folded = sparse.csr_array(
        (weighted.data * signs, columns, weighted.indptr), shape=(weighted.shape[0], 2**_FOLD_BITS)
    )
    dense: FloatArray = folded.toarray()
    return dense
