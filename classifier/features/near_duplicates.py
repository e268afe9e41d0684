"""The same change told twice: found by how alike two stories are in meaning, words and spelling."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
from sklearn.preprocessing import normalize

from classifier._types import FloatArray
from classifier.features.story_features import StoryFeatures
from classifier.features.tfidf import Matrix

LIKENESS = 0.33
"""Likeness from which two stories may be said to tell of one change; see `same_change`."""
LEXICAL_LIKENESS = 0.2
"""How alike their words and spelling must be besides.

An encoder finds all texts alike in a language that it can't read. Both were chosen on harvests 1 and 2,
where all 12 pairs they find are among the 22 known; of all three sample harvests they find 35 pairs, 31
of them among the 50 known.
"""
FOLD_LIKENESS = 0.29
"""Likeness from which two stories are kept in one fold: an outcome too many there costs nothing, one too
few flatters the figures. Finds 38 of the 50 known pairs."""
_N_HASHED = 2**18  # with fewer, letter groups collide and all stories seem alike
_FOLD_BITS = 9  # 512 columns per lexical side; the likeness of two outcomes then errs by about 0.02
_N_SIDES = 4
_N_LEXICAL = (_N_SIDES - 1) * 2**_FOLD_BITS
_N_NEAREST = 5
_SMALL_GROUP = 5  # so many reports of one change are nothing odd, however few outcomes there are
_BLOCK = 512

Prints = npt.NDArray[np.float16]
Pairs = tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], FloatArray]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprinter:
    """Condenses stories so that the product of two fingerprints is their likeness.

    Likeness is the mean of four cosines: of the descriptions' embeddings and letter groups, and of the
    stories' words and letter groups. Rare words count most, since names and places are what two reports
    of one change share; the views that codes are learnt from leave those out.

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
        """Learn how rare each word and letter group is."""
        return cls(
            rarity=np.stack([TfidfTransformer().fit(counts).idf_.astype(np.float16) for counts in _counts(features)])
        )

    def transform(self, features: StoryFeatures) -> Prints:
        """Return an array of shape (n_outcomes, n_dimensions), float16."""
        sides: list[npt.NDArray[Any]] = [features.meanings[0].description]
        for counts, rarity in zip(_counts(features), self.rarity, strict=True):
            weighted = counts.multiply(rarity.astype(np.float64) ** 2).tocsr()
            sides.append(_fold(normalize(weighted)))
        return np.hstack(sides).astype(np.float16) / np.float16(2)


def alike_pairs(
    prints: Prints, others: Prints | None = None, *, likeness: float = LIKENESS
) -> Iterator[tuple[int, int, float]]:
    """Go through the pairs of outcomes that are alike.

    Parameters
    ----------
    prints : ndarray of shape (n_outcomes, n_dimensions)
    others : ndarray of shape (n_others, n_dimensions), optional
        Compare with these; by default, with each other (each pair once, the later outcome first).
    likeness : float
        From which likeness on, in [-1, 1].

    Yields
    ------
    tuple of int, int, float
        The row in `prints`, the row in `others`, and the likeness.
    """
    for rows, columns, found in _alike(prints, others, likeness):
        yield from zip(rows.tolist(), columns.tolist(), found.tolist(), strict=True)


def same_change(
    prints: Prints, others: Prints | None = None, *, likeness: float = LIKENESS
) -> Iterator[tuple[int, int, float]]:
    """Go through the pairs of outcomes that tell of the same change, it seems; see `alike_pairs`.

    Pairs that are alike to the encoder only are left out.
    """
    among = prints if others is None else others
    for row, other, found in alike_pairs(prints, others, likeness=likeness):
        lexical = prints[row, -_N_LEXICAL:].astype(np.float32) @ among[other, -_N_LEXICAL:].astype(np.float32)
        if lexical * _N_SIDES / (_N_SIDES - 1) >= LEXICAL_LIKENESS:
            yield row, other, found


def nearness(
    prints: Prints, others: Prints, *, kin: tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]] | None = None
) -> FloatArray:
    """Say how near each outcome is to its nearest others: the mean likeness of the five nearest.

    Parameters
    ----------
    prints : ndarray of shape (n_outcomes, n_dimensions)
    others : ndarray of shape (n_others, n_dimensions)
    kin : tuple of two ndarrays of shape (n_outcomes,) and (n_others,), optional
        Their group numbers; others of an outcome's own group are not counted.

    Returns
    -------
    ndarray of shape (n_outcomes,)
    """
    near = np.empty(len(prints), dtype=np.float32)
    for start, likeness in _likeness(prints, others):
        block = slice(start, start + len(likeness))
        if kin is not None:
            likeness[kin[0][block, np.newaxis] == kin[1][np.newaxis]] = -1.0
        near[block] = np.sort(likeness, axis=1)[:, -_N_NEAREST:].mean(axis=1)
    return near


def ranked(prints: Prints, others: Prints) -> Iterator[tuple[npt.NDArray[np.intp], FloatArray]]:
    """Go through outcomes; give for each the rows of the others, the most alike first, and their likeness."""
    for _, block in _likeness(prints, others):
        for likeness in block:
            order = np.argsort(-likeness, kind="stable")
            yield order, likeness[order]


def find_likeness(prints: Prints) -> float:
    """Find the likeness from which outcomes are kept in one fold.

    It is `FOLD_LIKENESS` where stories are as different as in the sample. Stories of one mould, or few of
    them, are all alike by that; then it is raised until no group of them holds more than a tenth.
    """
    most = max(_SMALL_GROUP, len(prints) // 10)
    # Compared once: stories of one mould make pairs by the million.
    rows, others, found = _gathered(_alike(prints, None, FOLD_LIKENESS))
    for likeness in np.arange(FOLD_LIKENESS, 1.0, 0.02):
        linked = found >= likeness
        if np.bincount(_connected(rows[linked], others[linked], len(prints))).max() <= most:
            return float(likeness)
    return 1.0  # then only the same text told again and again is left


def groups(prints: Prints, *, likeness: float = FOLD_LIKENESS) -> npt.NDArray[np.intp]:
    """Group outcomes that are alike, also by way of a third, under one number; see `find_likeness`.

    Returns
    -------
    ndarray of shape (n_outcomes,)
    """
    rows, others, _ = _gathered(_alike(prints, None, likeness))
    return _connected(rows, others, len(prints))


def _likeness(prints: Prints, others: Prints) -> Iterator[tuple[int, FloatArray]]:
    """Compare outcomes with others block by block; yield the first row of a block, and its likenesses."""
    known = others.astype(np.float32)
    for start in range(0, len(prints), _BLOCK):
        yield start, prints[start : start + _BLOCK].astype(np.float32) @ known.T


def _alike(prints: Prints, others: Prints | None, likeness: float) -> Iterator[Pairs]:
    """Find the pairs that are alike, block by block; see `alike_pairs`."""
    for start, found in _likeness(prints, prints if others is None else others):
        alike = found >= likeness
        if others is None:
            # Each pair once: the columns before the row's own.
            alike = np.tril(alike, k=start - 1)
        rows, columns = np.nonzero(alike)
        yield rows + start, columns, found[rows, columns]


def _gathered(blocks: Iterator[Pairs]) -> Pairs:
    none = np.zeros(0, dtype=np.intp)
    rows, columns, found = zip((none, none, np.zeros(0, dtype=np.float32)), *blocks, strict=True)
    return np.concatenate(rows), np.concatenate(columns), np.concatenate(found)


def _connected(rows: npt.NDArray[np.intp], others: npt.NDArray[np.intp], n_outcomes: int) -> npt.NDArray[np.intp]:
    links = sparse.coo_array((np.ones(len(rows), dtype=np.int8), (rows, others)), shape=(n_outcomes, n_outcomes))
    numbers: npt.NDArray[np.intp] = connected_components(links, directed=False)[1].astype(np.intp)
    return numbers


def _counts(features: StoryFeatures) -> tuple[Matrix, ...]:
    # In double precision, or the last digit of a logarithm would, on another processor, tip the rounding to float16.
    options = {"n_features": _N_HASHED, "alternate_sign": False, "norm": None, "dtype": np.float64}
    letters = HashingVectorizer(analyzer="char_wb", ngram_range=(3, 5), **options)
    words = HashingVectorizer(token_pattern=r"(?u)\b\w\w+\b", **options)
    sides = (
        letters.transform(features.descriptions),
        words.transform(features.stories),
        letters.transform(features.stories),
    )
    for counts in sides:
        counts.data = 1 + np.log(counts.data)  # a word used twice says little more than once
    return sides


def _fold(weighted: Matrix) -> FloatArray:
    """Add columns up in a few, each with a sign, as if drawn by lot; products of rows stay nearly the same.

    Charikar, Chen and Farach-Colton (2004), "Finding frequent items in data streams",
    doi:10.1016/S0304-3975(03)00400-6.
    """
    # Knuth's multiplicative hashing is the same lot on every machine and for every version of numpy.
    lot = weighted.indices.astype(np.uint32) * np.uint32(2_654_435_761)
    signs = np.where(lot & np.uint32(1 << 8), 1.0, -1.0).astype(np.float32)
    columns = (lot >> np.uint32(32 - _FOLD_BITS)).astype(np.int32)
    folded = sparse.csr_array(
        (weighted.data * signs, columns, weighted.indptr), shape=(weighted.shape[0], 2**_FOLD_BITS)
    )
    dense: FloatArray = folded.toarray()
    return dense
