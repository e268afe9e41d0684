"""What is known of an outcome that tells of a change which was told, and coded, before."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from classifier.calibration import with_doubt
from classifier.embedding import FloatArray
from classifier.pooling import Link

__all__ = ["believe_earlier", "coded_alike"]

# What is thought of an unknown programme, as if ten pairs had been seen. In the sample 45 of 48 codes are the same.
_EXPECTED = 0.9
_WORTH = 10.0


def coded_alike(n_alike: int, n_pairs: int) -> float:
    """Say how often two reports of one change are coded alike, in (0, 1).

    Parameters
    ----------
    n_alike, n_pairs : int
        Of so many pairs that were found, so many have the same code. With few pairs it is what other
        programmes would show.

    Examples
    --------
    >>> coded_alike(0, 0), round(coded_alike(30, 30), 3), round(coded_alike(3, 30), 3)
    (0.9, 0.975, 0.3)
    """
    return (n_alike + _EXPECTED * _WORTH) / (n_pairs + _WORTH)


def believe_earlier(confidences: FloatArray, earlier: npt.NDArray[Any], *, alike: float, link: Link) -> FloatArray:
    """Take the codes of an earlier report of the same change for what they are worth, by Bayes' rule.

    Parameters
    ----------
    confidences : ndarray of shape (n_outcomes, n_codes)
        By the story alone.
    earlier : ndarray of shape (n_outcomes, n_codes)
        1 where the earlier report was given a code, else 0; all 0 where there is none.
    alike : float
        How often two reports of one change are coded alike; see `coded_alike`.

    Returns
    -------
    ndarray of shape (n_outcomes, n_codes)
        Each in (0, 1).

    Examples
    --------
    A story that seems local tells of the same change as one that was coded the second, national:

    >>> believe_earlier(np.array([[0.6, 0.3, 0.1]]), np.array([[0, 1, 0]]), alike=0.9, link=Link.ONE_OF).round(2)
    array([[0.1 , 0.87, 0.02]])
    """
    n_codes = confidences.shape[1]
    is_repeat = earlier.any(axis=1)
    if n_codes < 2 or not is_repeat.any():
        return confidences
    before, given = confidences[is_repeat], earlier[is_repeat]
    if link is Link.ONE_OF:
        after = before * np.where(given, alike, (1 - alike) / (n_codes - 1))
        after /= after.sum(axis=1, keepdims=True)
    else:
        odds = before / (1 - before) * np.where(given, alike / (1 - alike), (1 - alike) / alike)
        after = odds / (1 + odds)
    told = confidences.copy()
    told[is_repeat] = with_doubt(after, link)
    return told
