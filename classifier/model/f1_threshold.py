"""The threshold from which each of several codes is suggested: the one of the highest expected F1."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from classifier._types import FloatArray

DEFAULT_THRESHOLD = 0.5
"""Where there is no confidence out of fold to choose a threshold by."""


def f1_threshold(confidences: FloatArray) -> float:
    """Return the threshold of the highest expected micro-averaged F1, which is half of it, and never above 0.5.

    With calibrated confidence, no codes are needed to work out what F1 to expect at each threshold, so that the
    threshold is not fitted to the codes of a few outcomes.

    Parameters
    ----------
    confidences : ndarray of shape (n_outcomes, n_codes)
        Calibrated confidence that a code applies, each in [0, 1].

    References
    ----------
    .. [1] Lipton, Elkan and Naryanaswamy (2014), "Optimal Thresholding of Classifiers to Maximize F1 Measure",
       doi:10.1007/978-3-662-44851-9_15.

    Examples
    --------
    Where the model is unsure, it pays to suggest codes that are less likely than not:

    >>> round(f1_threshold(np.array([[0.4, 0.3, 0.1], [0.4, 0.3, 0.1]])), 2)
    0.25
    >>> f1_threshold(np.array([[1.0, 0.0]]))
    0.5
    """
    if not confidences.size:
        return DEFAULT_THRESHOLD
    ordered = np.sort(confidences.ravel())[::-1]
    n_suggested = np.arange(1, len(ordered) + 1)
    expected = 2 * np.cumsum(ordered) / (n_suggested + ordered.sum())
    return float(expected.max() / 2)


def micro_f1(suggested: npt.NDArray[np.bool_], applies: npt.NDArray[Any]) -> float:
    """Return the micro-averaged F1 of suggested codes; both arrays of shape (n_outcomes, n_codes).

    Examples
    --------
    >>> round(micro_f1(np.array([[True, True], [False, True]]), np.array([[1, 0], [1, 1]])), 2)
    0.67
    """
    n_both = int((suggested & (applies > 0)).sum())
    n_either = int(suggested.sum() + (applies > 0).sum())
    return 2 * n_both / n_either if n_either else 0.0
