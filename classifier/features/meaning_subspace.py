"""Subspace of descriptions' embeddings, by which a text unlike those trained on is told in any language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from classifier._types import FloatArray

_N_DIRECTIONS = 16
_ROUNDING = 1e-9  # a direction in which texts spread less is none
_LEAST_PER_DIRECTION = 4  # outcomes; with fewer, a direction would be an outcome's own


@dataclass(frozen=True, slots=True, kw_only=True)
class MeaningSubspace:
    """Mean and principal directions of embeddings; what is far from them is unlike the texts they were fitted on.

    Words tell nothing about a text in another language, and its nearest outcomes are the less alike for the language
    alone. The distance to the subspace of a multilingual encoder's embeddings holds for all languages that it reads
    (benchmarks/RESULTS.md), and no single text can be found in it.

    Attributes
    ----------
    mean : ndarray of shape (n_dimensions,)
    directions : ndarray of shape (n_directions, n_dimensions)
        Orthonormal rows.

    Examples
    --------
    >>> subspace = MeaningSubspace.fit(np.eye(3)[[0, 1] * 20])
    >>> subspace.distance(np.eye(3)).round(1)
    array([0. , 0. , 1.2])
    """

    mean: FloatArray
    directions: FloatArray

    @classmethod
    def fit(cls, vectors: FloatArray) -> MeaningSubspace:
        """Fit the subspace of embeddings of shape (n_outcomes, n_dimensions)."""
        exact = vectors.astype(np.float64)
        mean = exact.mean(axis=0)
        _, spread, directions = np.linalg.svd(exact - mean, full_matrices=False)
        n_directions = min(_N_DIRECTIONS, len(exact) // _LEAST_PER_DIRECTION, int((spread > _ROUNDING).sum()))
        return cls(mean=mean, directions=directions[:n_directions])

    def distance(self, vectors: FloatArray) -> FloatArray:
        """Distance of embeddings from the subspace; shape (n_outcomes,)."""
        centred = vectors.astype(np.float64) - self.mean
        distances: FloatArray = np.linalg.norm(centred - centred @ self.directions.T @ self.directions, axis=1)
        return distances


def held_out_distance(vectors: FloatArray, folds: Sequence[npt.NDArray[np.intp]]) -> FloatArray:
    """Distance of each embedding from the subspace of those outside its fold; shape (n_outcomes,)."""
    everything, distances = np.arange(len(vectors)), np.zeros(len(vectors))
    for fold in folds:
        distances[fold] = MeaningSubspace.fit(vectors[np.setdiff1d(everything, fold)]).distance(vectors[fold])
    return distances
