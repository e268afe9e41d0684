"""Logistic regressions fitted on a feature view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.linalg import eigh
from scipy.optimize import minimize
from scipy.special import expit

from classifier._types import FloatArray
from classifier.features.tfidf import Matrix
from classifier.model.linear_classifier import LinearClassifier

# Inverse regularisation and class weights of each view's regression; see benchmarks/RESULTS.md. A balanced regression
# favours rare codes, and the pool's offsets put their rarity back in. The plain one gets no weight in the pool where
# outcomes are few, and a good deal where they are thousands.
Strength = tuple[float, str | None]
BALANCED: Strength = (10.0, "balanced")
PLAIN: Strength = (2.0, None)
# Regressions are fitted to convergence. A fit that stops half-way stops elsewhere on another processor, whose sums
# differ in the last digit; see benchmarks/RESULTS.md. With this one, probabilities are right to about 1e-7.
_TO_THE_END = {"gtol": 1e-6, "ftol": 0.0, "maxiter": 10_000, "maxfun": 100_000}
_LEAST_EIGENVALUE = 1e-10  # as a share of the largest; what is below is rounding error
_BLOCK = 4096  # features
_MOST_ROWS = 5000  # whose products, 200 MB, are held

_Loss = Callable[[FloatArray], tuple[float, FloatArray]]


@dataclass(frozen=True, slots=True)
class Design:
    """Principal components of a feature view, on which regressions are fitted several times as fast.

    A regression with a squared penalty has its coefficients among the rows that it is fitted on, and its intercept
    takes up the mean. So it comes out the same on the centred view in the coordinates of its principal components,
    of which there are no more than rows. There the second derivatives of the loss are near to diagonal, and
    dividing each component by the root of its own lets L-BFGS converge in a third of the steps.

    With very many rows of sparse features, finding the components takes longer than it saves, and a matrix of rows
    by rows does not fit; then the view is used as it is.

    Attributes
    ----------
    rows : matrix of shape (n_rows, n_components)
    basis : ndarray of shape (n_features, n_components) or None
        The principal axes, where there are no more of them than rows.
    view : matrix of shape (n_rows, n_features) or None
        What the rows combine into the principal axes, where there are more features than rows. Where it and
        `basis` are None, the rows are those of the view, as it is.
    mean : ndarray of shape (n_features,)
        What was subtracted from each row of the view.
    """

    rows: Matrix
    basis: FloatArray | None
    view: Matrix | None
    mean: FloatArray

    @classmethod
    def of(cls, view: Matrix) -> Design:
        """Find the principal components of a view of shape (n_rows, n_features)."""
        view = view.astype(np.float64)
        n_rows, n_features = view.shape
        is_sparse = sparse.issparse(view)
        if is_sparse and n_rows > _MOST_ROWS:
            return cls(rows=view, basis=None, view=None, mean=np.zeros(n_features))
        mean = np.asarray(view.mean(axis=0)).ravel()
        if n_features <= n_rows:
            centred = (view.toarray() if is_sparse else view) - mean
            squares, vectors = eigh(centred.T @ centred)
            kept = _above_rounding(squares)
            return cls(rows=centred @ vectors[:, kept], basis=vectors[:, kept], view=None, mean=mean)
        squares, vectors = eigh(_centred_products(view))
        kept = _above_rounding(squares)
        return cls(rows=vectors[:, kept] * np.sqrt(squares[kept]), basis=None, view=view, mean=mean)

    def regress(self, target: npt.NDArray[np.integer], strength: float, class_weight: str | None) -> LinearClassifier:
        """Fit a logistic regression, multinomial where there are more than two classes.

        Parameters
        ----------
        target : ndarray of shape (n_rows,)
            The class of each row: 0, 1 and so on. There are two or more, each with a row.
        strength : float
            Inverse of the penalty, as scikit-learn's `C`.
        class_weight : str or None
            "balanced", or None for equal weights.

        Returns
        -------
        LinearClassifier
            Of the features of the view, with coefficients in float32.

        Examples
        --------
        >>> from sklearn.linear_model import LogisticRegression
        >>> view, target = np.array([[0.0, 1.0], [0.1, 0.9], [1.0, 0.0], [0.8, 0.3]]), np.array([0, 0, 1, 1])
        >>> fitted = Design.of(view).regress(target, strength=2.0, class_weight=None)
        >>> as_by_scikit_learn = LogisticRegression(C=2.0, tol=1e-9).fit(view, target)
        >>> bool(np.allclose(fitted.coefficients, as_by_scikit_learn.coef_, atol=1e-5))
        True
        """
        n_given = np.bincount(target)
        n_classes = len(n_given)
        weights = np.ones(len(target)) if class_weight is None else (len(target) / (n_classes * n_given))[target]
        penalty = 1 / strength
        # The second derivatives at the start, where all classes are as likely: 1/4, or (k - 1) / k² of k classes.
        spread = (n_classes - 1) / n_classes**2
        squares = self.rows.multiply(self.rows) if sparse.issparse(self.rows) else self.rows**2
        scales = 1 / np.sqrt(spread * (weights @ squares) + penalty)
        scaled = self.rows @ sparse.diags_array(scales) if sparse.issparse(self.rows) else self.rows * scales
        intercept_scale = 1 / np.sqrt(spread * weights.sum())
        n_vectors = 1 if n_classes == 2 else n_classes
        loss = (_logistic_loss if n_vectors == 1 else _multinomial_loss)(
            scaled, target, weights, penalty * scales**2, intercept_scale
        )
        start = np.zeros((len(scales) + 1) * n_vectors)
        found = minimize(loss, start, jac=True, method="L-BFGS-B", options=_TO_THE_END).x.reshape(-1, n_vectors)
        coefficients = self._of_features(found[:-1] * scales[:, np.newaxis]).T
        return LinearClassifier(
            coefficients=coefficients.astype(np.float32),
            intercepts=(found[-1] * intercept_scale - coefficients @ self.mean).astype(np.float32),
        )

    def _of_features(self, coefficients: FloatArray) -> FloatArray:
        """Turn coefficients of the components into those of the features."""
        if self.basis is not None:
            of_axes: FloatArray = self.basis @ coefficients
            return of_axes
        if self.view is None:
            return coefficients
        squares = np.einsum("rc,rc->c", self.rows, self.rows)
        # The components are orthogonal to a constant, so that they combine centred rows and others alike.
        of_rows: FloatArray = self.view.T @ (self.rows @ (coefficients / squares[:, np.newaxis]))
        return of_rows


def _logistic_loss(
    rows: Matrix, places: npt.NDArray[np.integer], weights: FloatArray, penalties: FloatArray, intercept_scale: float
) -> _Loss:
    """Return the penalised loss of two classes, by the coefficients and the intercept, and its derivatives."""
    signs = 2.0 * places - 1.0

    def loss(parameters: FloatArray) -> tuple[float, FloatArray]:
        coefficients = parameters[:-1]
        margins = signs * (rows @ coefficients + parameters[-1] * intercept_scale)
        value = weights @ np.logaddexp(0, -margins) + penalties @ coefficients**2 / 2
        residual = -signs * weights * expit(-margins)
        slopes = np.append(rows.T @ residual + penalties * coefficients, residual.sum() * intercept_scale)
        return float(value), slopes

    return loss


def _multinomial_loss(
    rows: Matrix, places: npt.NDArray[np.integer], weights: FloatArray, penalties: FloatArray, intercept_scale: float
) -> _Loss:
    """Return the penalised loss of more than two classes; see `_logistic_loss`."""
    n_rows, n_classes = len(places), places.max() + 1
    own = np.arange(n_rows), places
    columns = penalties[:, np.newaxis]

    def loss(parameters: FloatArray) -> tuple[float, FloatArray]:
        by_class = parameters.reshape(-1, n_classes)
        coefficients = by_class[:-1]
        scores = rows @ coefficients + by_class[-1] * intercept_scale
        scores -= scores.max(axis=1, keepdims=True)
        own_scores = scores[own]
        probabilities = np.exp(scores, out=scores)
        totals = probabilities.sum(axis=1)
        penalised = columns * coefficients
        value = weights @ (np.log(totals) - own_scores) + np.vdot(penalised, coefficients) / 2
        residual = probabilities * (weights / totals)[:, np.newaxis]
        residual[own] -= weights
        slopes = np.empty_like(by_class)
        slopes[:-1] = rows.T @ residual + penalised
        slopes[-1] = residual.sum(axis=0) * intercept_scale
        return float(value), slopes.ravel()

    return loss


def _centred_products(view: Matrix) -> FloatArray:
    """Products of rows, as they are after the mean of all rows is subtracted from each."""
    if sparse.issparse(view):
        # Dense products take a third of the time, and block by block, little memory.
        columns = view.tocsc()
        blocks = (columns[:, start : start + _BLOCK].toarray() for start in range(0, view.shape[1], _BLOCK))
        products: FloatArray = sum((block @ block.T for block in blocks), np.zeros((view.shape[0],) * 2))
    else:
        products = view @ view.T
    means = products.mean(axis=0)
    centred: FloatArray = products - means - means[:, np.newaxis] + means.mean()
    return centred


def _above_rounding(squares: FloatArray) -> npt.NDArray[np.bool_]:
    result: npt.NDArray[np.bool_] = squares > max(squares[-1], 0.0) * _LEAST_EIGENVALUE
    return result
