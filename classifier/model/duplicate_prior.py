"""What is known of an outcome that tells of a change which was told, and coded, before."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar

from classifier._types import FloatArray
from classifier.model.calibration import with_doubt
from classifier.model.task import TaskType

# What is thought of an unknown programme, as if ten pairs had been seen. In the sample 45 of 48 codes are the same.
_EXPECTED = 0.9
_WORTH = 10.0


def worth_of_earlier(by_story: FloatArray, alike: npt.NDArray[np.bool_]) -> float:
    """Find how often the coding of an earlier report settles the code, whatever the story says.

    Reports that are alike are often coded alike because their stories say the same, which the story is
    believed for already. So the share coded alike alone would count that twice: among charities that
    describe themselves by set phrases, two in three of the pairs are coded alike, and the earlier coding is
    worth much less.

    Parameters
    ----------
    by_story : ndarray of shape (n_pairs,)
        Confidence, by its story alone, in the code that the later report of each pair was given, out of fold.
    alike : ndarray of shape (n_pairs,), bool
        Whether the earlier report was given that code.

    Returns
    -------
    float
        In (0, 1): the most likely share. With few pairs it is what other programmes would show.

    Examples
    --------
    >>> none = np.zeros(0)
    >>> round(worth_of_earlier(none, none > 0), 3)
    0.9

    Alike as often as the stories say, so that the earlier coding adds nothing:

    >>> worth_of_earlier(np.full(200, 0.6), np.arange(200) < 120) < 0.25
    True
    """

    def misfit(worth: float) -> float:
        prior = _WORTH * (_EXPECTED * np.log(worth) + (1 - _EXPECTED) * np.log(1 - worth))
        return -float(np.log(worth * alike + (1 - worth) * by_story).sum() + prior)

    bounds = (1e-3, 1 - 1e-3)
    return float(minimize_scalar(misfit, bounds=bounds, method="bounded", options={"xatol": 1e-9}).x)


def believe_earlier(
    confidences: FloatArray, earlier: npt.NDArray[Any], *, worth: float, task_type: TaskType
) -> FloatArray:
    """Take the codes of an earlier report of the same change for what they are worth.

    Parameters
    ----------
    confidences : ndarray of shape (n_outcomes, n_codes)
        By the story alone.
    earlier : ndarray of shape (n_outcomes, n_codes)
        1 where the earlier report was given a code, else 0; all 0 where there is none.
    worth : float
        How often its coding settles the code; see `worth_of_earlier`.

    Returns
    -------
    ndarray of shape (n_outcomes, n_codes)
        Each in (0, 1).

    Examples
    --------
    A story that seems local tells of the same change as one that was coded the second, national:

    >>> confidence, earlier = np.array([[0.6, 0.3, 0.1]]), np.array([[0, 1, 0]])
    >>> believe_earlier(confidence, earlier, worth=0.9, task_type=TaskType.MULTICLASS).round(2)
    array([[0.07, 0.92, 0.02]])
    """
    is_repeat = earlier.any(axis=1)
    if confidences.shape[1] < 2 or not is_repeat.any():
        return confidences
    told = confidences.copy()
    told[is_repeat] = with_doubt(worth * (earlier[is_repeat] > 0) + (1 - worth) * confidences[is_repeat], task_type)
    return told
