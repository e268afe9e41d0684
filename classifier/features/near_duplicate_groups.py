"""Groups of near-duplicates, which cross-validation keeps in one fold."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from classifier.features.near_duplicates import Fingerprints, Pairs, blocks_of_similar_pairs

FOLD_THRESHOLD = 0.29
"""Similarity from which two stories are kept in one fold: an outcome too many there costs nothing, one too
few makes the figures too good. Finds 38 of the 50 known pairs."""
_SMALL_GROUP = 5  # a group of so many near-duplicates is plausible, however few outcomes there are


def find_fold_threshold(fingerprints: Fingerprints) -> float:
    """Similarity threshold from which outcomes are kept in one cross-validation fold.

    It is `FOLD_THRESHOLD` where stories are as different as in the sample. Stories written to one template, or few of
    them, are all similar by that; then it is raised until no group of them holds more than a tenth.
    """
    most = max(_SMALL_GROUP, len(fingerprints) // 10)
    # Compared once: stories written to one template make pairs by the million.
    rows, others, found = _concatenated(blocks_of_similar_pairs(fingerprints, None, FOLD_THRESHOLD))
    for threshold in np.arange(FOLD_THRESHOLD, 1.0, 0.02):
        linked = found >= threshold
        if np.bincount(_connected(rows[linked], others[linked], len(fingerprints))).max() <= most:
            return float(threshold)
    return 1.0  # then only repetitions of the same text are left


def near_duplicate_groups(fingerprints: Fingerprints, *, threshold: float = FOLD_THRESHOLD) -> npt.NDArray[np.intp]:
    """Group numbers of near-duplicates, also those linked through a third outcome; see `find_fold_threshold`."""
    rows, others, _ = _concatenated(blocks_of_similar_pairs(fingerprints, None, threshold))
    return _connected(rows, others, len(fingerprints))


def _concatenated(blocks: Iterator[Pairs]) -> Pairs:
    none = np.zeros(0, dtype=np.intp)
    rows, columns, found = zip((none, none, np.zeros(0, dtype=np.float32)), *blocks, strict=True)
    return np.concatenate(rows), np.concatenate(columns), np.concatenate(found)


def _connected(rows: npt.NDArray[np.intp], others: npt.NDArray[np.intp], n_outcomes: int) -> npt.NDArray[np.intp]:
    links = sparse.coo_array((np.ones(len(rows), dtype=np.int8), (rows, others)), shape=(n_outcomes, n_outcomes))
    numbers: npt.NDArray[np.intp] = connected_components(links, directed=False)[1].astype(np.intp)
    return numbers
