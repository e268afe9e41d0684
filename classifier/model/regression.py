"""Logistic regressions on a feature view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.linalg import eigh
from sklearn.linear_model import LogisticRegression

from classifier.features.tfidf import Matrix
from classifier.model.neighbours import Neighbours

ViewClassifiers = tuple[LogisticRegression | Neighbours, ...]
# Inverse regularisation and class weights of each view's regression; see benchmarks/RESULTS.md. A balanced regression
# favours rare codes, and the pool's offsets put their rarity back in. The plain one gets no weight in the pool where
# outcomes are few, and a good deal where they are thousands.
BALANCED = (10.0, "balanced")
PLAIN = (2.0, None)
# Regressions are fitted to convergence. A fit that stops half-way stops elsewhere on another processor, whose sums
# differ in the last digit: with a tolerance of 1e-3, probabilities were up to 0.14 off; see benchmarks/RESULTS.md.
_TOLERANCE = 1e-8
_MOST_STEPS = 10_000


def regress(
    view: Matrix, targets: Sequence[npt.NDArray[Any]], strength: float, class_weight: str | None
) -> ViewClassifiers:
    """Fit logistic regressions of one feature view, one per target."""
    rotated, axes = _rotate(view.astype(np.float64))
    made = []
    for target in targets:
        regression = LogisticRegression(C=strength, class_weight=class_weight, max_iter=_MOST_STEPS, tol=_TOLERANCE)
        made.append(_rotated_back(regression.fit(rotated, target), axes))
    return tuple(made)


def _rotated_back(regression: LogisticRegression, axes: Matrix | None) -> LogisticRegression:
    coefficients = regression.coef_ if axes is None else regression.coef_ @ axes
    regression.coef_ = coefficients.astype(np.float32)
    regression.intercept_ = regression.intercept_.astype(np.float32)
    regression.n_features_in_ = regression.coef_.shape[1]
    return regression


def _rotate(view: Matrix) -> tuple[Matrix, Matrix | None]:
    """Rotate a view with many more columns than rows into one with as many as rows; return the axes to rotate back by.

    A regression with a squared penalty has its coefficients among the rows it is fitted on, so that it
    comes out the same on the rotated view, several times as fast. With many rows the rotated view is large,
    and fitting the sparse one as it is takes less time.
    """
    n_rows, n_columns = view.shape
    n_entries = view.nnz if sparse.issparse(view) else view.size
    if n_columns < 2 * n_rows or n_entries < n_rows**2 / 2:
        return view, None
    products = view @ view.T
    dense = products.toarray() if sparse.issparse(products) else products
    squares, vectors = eigh(dense)
    kept = squares > squares[-1] * 1e-8
    lengths, vectors = np.sqrt(squares[kept]), vectors[:, kept]
    return vectors * lengths, (vectors / lengths).T @ view
