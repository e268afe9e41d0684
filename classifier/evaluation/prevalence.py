"""Prevalence estimation: counts of codes in a harvest, corrected by a random coded sample (PPI++)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import hypergeom, t

from classifier._types import FloatArray

_FEW = 10  # outcomes with the code in the sample, or without it; a normal interval of fewer is not to be trusted
_SIDE = 0.025


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectedCount:
    """Corrected count of the outcomes with a code.

    Attributes
    ----------
    n_outcomes, n_sample : int
        In the harvest, and of them in the sample.
    n_in_sample : int
        Outcomes of the sample that coders gave the code.
    n_suggested : int
        Outcomes of the harvest that it is suggested for; the raw count of the model.
    count, low, high : float
        The corrected count and its 95 % interval.
    worth : float
        Weight of the suggestions (power tuning), from 0, where only the sample counts, to about 1.
    is_exact : bool
        Whether the interval is the exact one of the sample alone, since it holds too few outcomes with the
        code, or without it, for more.
    """

    n_outcomes: int
    n_sample: int
    n_in_sample: int
    n_suggested: int
    count: float
    low: float
    high: float
    worth: float
    is_exact: bool


def correct_count(
    confidence: FloatArray,
    is_suggested: npt.NDArray[np.bool_],
    sampled: npt.NDArray[np.intp],
    is_given: npt.NDArray[np.bool_],
) -> CorrectedCount:
    """Estimate the count of one code by prediction-powered inference from a random coded sample.

    The suggestions are weighted by how well they predict the sample (power tuning), so that the count
    is never less exact than that of the sample alone, and right on average whether the model is or not. Since
    the sample is drawn from the harvest that is counted, and without putting back, what was sampled is known.

    Parameters
    ----------
    confidence : ndarray of shape (n_outcomes,)
        That the code applies, for every outcome of the harvest, by a model that did not learn from the sample.
    is_suggested : ndarray of shape (n_outcomes,)
        Whether it is suggested.
    sampled : ndarray of shape (n_sample,)
        The rows drawn at random and coded.
    is_given : ndarray of shape (n_sample,)
        Whether coders gave those the code.

    References
    ----------
    .. [1] Angelopoulos et al. (2023), "Prediction-powered inference", doi:10.1126/science.adi6000.
    .. [2] Angelopoulos, Duchi and Zrnic (2023), "PPI++", doi:10.48550/arXiv.2311.01453 (the weight).
    .. [3] Särndal, Swensson and Wretman (1992), "Model Assisted Survey Sampling",
       doi:10.1007/978-1-4612-4378-6, section 6.3 (the difference estimator in a finite population).

    Examples
    --------
    Of 200 outcomes 60 have the code, and it is suggested for 20 others too; 50 were coded:

    >>> outcome = np.arange(200) * 7 % 10
    >>> found = np.where(outcome < 4, 0.8, 0.1)
    >>> told = correct_count(found, found > 0.5, np.arange(50), outcome[:50] < 3)
    >>> told.n_suggested, round(told.count), round(told.low), round(told.high)
    (80, 60, 46, 74)
    """
    n_outcomes, n_sample = len(confidence), len(sampled)
    n_in_sample = int(is_given.sum())
    raw = {
        "n_outcomes": n_outcomes,
        "n_sample": n_sample,
        "n_in_sample": n_in_sample,
        "n_suggested": int(is_suggested.sum()),
    }
    if min(n_in_sample, n_sample - n_in_sample) < _FEW:
        least, most = exact_count(n_in_sample, n_sample, n_outcomes)
        count = n_in_sample / n_sample * n_outcomes
        return CorrectedCount(**raw, count=count, low=least, high=most, worth=0.0, is_exact=True)
    told = confidence[sampled]
    spread = float(told.var(ddof=1))
    worth = float(np.cov(told, is_given)[0, 1]) / spread if spread > 0 else 0.0
    rest = is_given - worth * told
    share = worth * confidence.mean() + rest.mean()
    error = float(np.sqrt((1 - n_sample / n_outcomes) * rest.var(ddof=2) / n_sample))
    reach = float(t.ppf(1 - _SIDE, n_sample - 2)) * error
    least, most = n_in_sample, n_outcomes - (n_sample - n_in_sample)
    low, count, high = (
        float(np.clip(value * n_outcomes, least, most)) for value in (share - reach, share, share + reach)
    )
    return CorrectedCount(**raw, count=count, low=low, high=high, worth=worth, is_exact=False)


def exact_count(n_with: int, n_sample: int, n_outcomes: int) -> tuple[int, int]:
    """Compute the exact 95 % interval of a count from a sample drawn without replacement (hypergeometric).

    Examples
    --------
    None of 50 drawn from 200 has the code:

    >>> exact_count(0, 50, 200)
    (0, 12)
    """
    counts = np.arange(n_with, n_outcomes - (n_sample - n_with) + 1)
    above = hypergeom.sf(n_with - 1, n_outcomes, counts, n_sample)
    below = hypergeom.cdf(n_with, n_outcomes, counts, n_sample)
    possible = counts[(above > _SIDE) & (below > _SIDE)]
    return int(possible[0]), int(possible[-1])
