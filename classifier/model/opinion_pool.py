"""Log-linear opinion pool of the feature views."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.special import log_softmax, logit

from classifier._types import FloatArray
from classifier.model.task import TaskType

# No view may veto a code: for a code absent from a fold, a view gives 0 for want of examples.
_LEAST_PROBABILITY = 1e-4
# Too little to count against outcomes. Where views agree nearly everywhere, or separate the codes perfectly, it is what
# makes the optimum unique.
_WEIGHT_PENALTY = 1e-4
_MOST_OFFSET_PENALTY = 0.05
_OUTCOMES_OF_PENALTY = 2.5  # see benchmarks/RESULTS.md
# An optimisation that stops half-way stops elsewhere on another processor, whose sums differ in the last digit.
_TO_THE_END = {"ftol": 1e-15, "gtol": 1e-9, "maxiter": 10_000, "maxfun": 100_000}


def to_log_probabilities(probabilities: FloatArray, task_type: TaskType) -> FloatArray:
    """Log-probabilities, or log-odds of codes that do not exclude each other, of the probabilities that views give."""
    kept = np.clip(probabilities, _LEAST_PROBABILITY, 1 - _LEAST_PROBABILITY)
    result: FloatArray = np.log(kept) if task_type is TaskType.MULTICLASS else logit(kept)
    return result


def offset_penalty(n_outcomes: int) -> float:
    """Weight of the squared offsets in a pool's loss; keeps rare codes from being favoured or forbidden.

    It counts as much as two or three outcomes, so that hundreds decide for themselves.
    """
    return min(_MOST_OFFSET_PENALTY, _OUTCOMES_OF_PENALTY / n_outcomes)


class LogarithmicPool:
    """Log-linear opinion pool: a weight per view and an offset per code, fitted by maximum likelihood.

    The score of a code is the weighted sum of its log-probabilities by the views, plus its offset. This has a
    handful of parameters where a regression on all probabilities of all views has hundreds, which a
    few hundred outcomes can't pay for (on harvests 1 and 2, out of fold: kappa 0.74 against 0.70).

    Parameters
    ----------
    task_type : TaskType
        Whether codes exclude each other.

    References
    ----------
    .. [1] Genest and Zidek (1986), "Combining Probability Distributions", doi:10.1214/ss/1177013825.

    Examples
    --------
    A view that is always right gets more weight than one that guesses:

    >>> right = np.log([[0.9, 0.1], [0.1, 0.9], [0.8, 0.2], [0.2, 0.8]])
    >>> guess = np.log([[0.9, 0.1], [0.9, 0.1], [0.1, 0.9], [0.1, 0.9]])
    >>> pool = LogarithmicPool().fit(np.stack([right, guess], axis=1), np.eye(2)[[0, 1, 0, 1]])
    >>> bool(pool.weights_[0] > pool.weights_[1])
    True
    """

    def __init__(self, task_type: TaskType = TaskType.MULTICLASS) -> None:
        self.task_type = task_type

    def fit(self, log_probabilities: FloatArray, applies: npt.NDArray[Any]) -> Self:
        """Fit the weights and offsets.

        Parameters
        ----------
        log_probabilities : ndarray of shape (n_outcomes, n_views, n_codes)
            By each view, fitted on other outcomes; see `to_log_probabilities`.
        applies : ndarray of shape (n_outcomes, n_codes)
            1 where the code was given, else 0.
        """
        # Imported here since prediction does without it, and it takes 0.2 s of processor time.
        from scipy.optimize import minimize

        n_outcomes, n_views, n_codes = log_probabilities.shape
        is_multiclass = self.task_type is TaskType.MULTICLASS
        n_terms = n_outcomes if is_multiclass else n_outcomes * n_codes
        penalty = offset_penalty(n_outcomes)

        def loss(parameters: FloatArray) -> tuple[float, FloatArray]:
            offsets = parameters[n_views:]
            scores = _pooled(log_probabilities, parameters[:n_views], offsets)
            if is_multiclass:
                misfit = -(applies * log_softmax(scores, axis=1)).sum()
            else:
                misfit = np.logaddexp(0, np.where(applies == 1, -scores, scores)).sum()
            residual = self.task_type.probabilities(scores) - applies
            slopes = (
                np.concatenate([np.einsum("ok,ovk->v", residual, log_probabilities), residual.sum(axis=0)]) / n_terms
            )
            weights = parameters[:n_views]
            slopes[:n_views] += 2 * _WEIGHT_PENALTY * weights
            slopes[n_views:] += 2 * penalty * offsets
            penalties = _WEIGHT_PENALTY * (weights**2).sum() + penalty * (offsets**2).sum()
            return float(misfit / n_terms + penalties), slopes

        start = np.concatenate([np.ones(n_views), np.zeros(n_codes)])
        # A useless view is left out; no view gets a negative weight.
        bounds = [(0.0, None)] * n_views + [(None, None)] * n_codes
        found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=_TO_THE_END).x
        self.weights_, self.offsets_ = found[:n_views], found[n_views:]
        return self

    def scores(self, log_probabilities: FloatArray) -> FloatArray:
        """Pool log-probabilities of shape (n_outcomes, n_views, n_codes) into scores of shape (n_outcomes, n_codes)."""
        return _pooled(log_probabilities, self.weights_, self.offsets_)


def _pooled(log_probabilities: FloatArray, weights: FloatArray, offsets: FloatArray) -> FloatArray:
    pooled: FloatArray = np.einsum("ovk,v->ok", log_probabilities, weights) + offsets
    return pooled
