"""Prior from the codes of a near-duplicate."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from classifier._types import FloatArray
from classifier.model.calibration import with_doubt
from classifier.model.task import TaskType

# Prior of the weight, as if three pairs had been seen. In the sample 45 of 48 codes are the same.
_EXPECTED_WEIGHT = 0.9
_PRIOR_PAIRS = 3.0


def fit_duplicate_weight(by_story: FloatArray, is_same: npt.NDArray[np.bool_]) -> float:
    """Fit the weight of a near-duplicate's codes: how often they decide the code, whatever the story.

    Near-duplicates often have the same codes because their stories are similar, which is in the confidence
    by the story already. The share with the same codes would count that twice: among charities that
    describe themselves by set phrases, two in three of the pairs have the same code, and the weight of the
    earlier one should be much less.

    Parameters
    ----------
    by_story : ndarray of shape (n_pairs,)
        Confidence, by its story alone, in the code that the later report of each pair was given, out of fold.
    is_same : ndarray of shape (n_pairs,), bool
        Whether the earlier report was given that code.

    Returns
    -------
    float
        In (0, 1): the maximum a posteriori estimate. With few pairs it is close to the prior.

    Examples
    --------
    >>> none = np.zeros(0)
    >>> round(fit_duplicate_weight(none, none > 0), 3)
    0.9

    The same as often as by the stories alone, so that the earlier codes add nothing:

    >>> fit_duplicate_weight(np.full(200, 0.6), np.arange(200) < 120) < 0.25
    True
    """
    # Imported here since prediction does without it, and it takes 0.2 s of processor time.
    from scipy.optimize import minimize_scalar

    def negative_log_posterior(weight: float) -> float:
        prior = _PRIOR_PAIRS * (_EXPECTED_WEIGHT * np.log(weight) + (1 - _EXPECTED_WEIGHT) * np.log(1 - weight))
        return -float(np.log(weight * is_same + (1 - weight) * by_story).sum() + prior)

    bounds = (1e-3, 1 - 1e-3)
    return float(minimize_scalar(negative_log_posterior, bounds=bounds, method="bounded", options={"xatol": 1e-9}).x)


def apply_duplicate_prior(
    confidences: FloatArray, earlier: npt.NDArray[Any], *, weight: float, task_type: TaskType
) -> FloatArray:
    """Mix the codes of a near-duplicate into confidence, by their weight.

    Parameters
    ----------
    confidences : ndarray of shape (n_outcomes, n_codes)
        By the story alone.
    earlier : ndarray of shape (n_outcomes, n_codes)
        1 where the earlier report was given a code, else 0; all 0 where there is none.
    weight : float
        How often its codes decide; see `fit_duplicate_weight`.

    Returns
    -------
    ndarray of shape (n_outcomes, n_codes)
        Each in (0, 1).

    Examples
    --------
    A story that seems local is a near-duplicate of one that was coded the second, national:

    >>> confidence, earlier = np.array([[0.6, 0.3, 0.1]]), np.array([[0, 1, 0]])
    >>> apply_duplicate_prior(confidence, earlier, weight=0.9, task_type=TaskType.MULTICLASS).round(2)
    array([[0.07, 0.92, 0.02]])
    """
    is_repeat = earlier.any(axis=1)
    if confidences.shape[1] < 2 or not is_repeat.any():
        return confidences
    found = confidences.copy()
    found[is_repeat] = with_doubt(weight * (earlier[is_repeat] > 0) + (1 - weight) * confidences[is_repeat], task_type)
    return found
