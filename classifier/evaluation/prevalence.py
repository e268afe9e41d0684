"""Prevalence estimation: counts of codes in a harvest, corrected by a random coded sample (PPI++)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import hypergeom, t

from classifier._types import FloatArray
from classifier.codebook.schema import Codebook
from classifier.errors import ComparisonError
from classifier.features.embedding_cache import CachedEncoders
from classifier.harvest.reading import Harvest
from classifier.model.model import Model
from classifier.suggestion.predict import judge_outcomes
from classifier.wording import counted

_FEW = 10  # outcomes with the code in the sample, or without it; with fewer, a normal interval is unreliable
_SIDE = 0.025


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectedCount:
    """Corrected count of the outcomes with a code."""

    n_outcomes: int  # in the harvest
    n_sample: int  # of them in the sample
    n_in_sample: int  # outcomes of the sample that coders gave the code
    n_suggested: int  # outcomes of the harvest that it is suggested for; the raw count of the model
    count: float  # corrected, with its 95 % interval
    low: float
    high: float
    weight: float  # weight of the suggestions (power tuning), from 0, where only the sample counts, to about 1
    is_exact: bool  # the interval is that of the sample alone, which has too few outcomes with the code, or without


def corrected_counts(
    sample: Harvest, everything: Harvest, *, model: Model | None, codebook: Codebook, sources: CachedEncoders
) -> dict[str, dict[str, CorrectedCount]]:
    """Estimate the counts of all codes of a harvest, by field and code, from a random coded sample of its outcomes.

    The model must not have been trained on the sample.
    """
    if model is None:
        raise ComparisonError("--sample needs a model to suggest codes for all; name --model, or coded harvests")
    outcomes = [outcome for outcome in everything.outcomes if not outcome.story.is_blank]
    row_of = {outcome.fragment_id: row for row, outcome in enumerate(outcomes)}
    missing = [outcome.fragment_id for outcome in sample.outcomes if outcome.fragment_id not in row_of]
    if missing:
        raise ComparisonError(
            f"{sample.path.name}: {counted(len(missing), 'outcome')} not in {everything.path.name} with a text, such "
            f"as {missing[0]!r}; the sample must be drawn from it"
        )
    training_ids = set(model.manifest.fragment_ids)
    seen = [outcome.fragment_id for outcome in sample.outcomes if outcome.fragment_id in training_ids]
    if seen:
        raise ComparisonError(
            f"{sample.path.name}: the model was trained on {len(seen)} of its outcomes, such as {seen[0]!r}; a count "
            "corrected by them would look more exact than it is. Name a model, or coded harvests, without them"
        )
    judged = judge_outcomes(outcomes, model=model, sources=sources, fields=codebook.fields)
    counts: dict[str, dict[str, CorrectedCount]] = {}
    for field in codebook.fields:
        coded = [outcome for outcome in sample.outcomes if outcome.codes.get(field.name)]
        if len(coded) < 2:
            continue
        rows = np.array([row_of[outcome.fragment_id] for outcome in coded], dtype=np.intp)
        judgement = judged.fields[field.name].judged
        counts[field.name] = {
            code: correct_count(
                judgement.applies[:, place],
                judgement.suggested[:, place],
                rows,
                np.array([code in outcome.codes[field.name] for outcome in coded]),
            )
            for place, code in enumerate(field.code_names)
        }
    return counts


def correct_count(
    confidence: FloatArray,
    is_suggested: npt.NDArray[np.bool_],
    sampled: npt.NDArray[np.intp],
    is_given: npt.NDArray[np.bool_],
) -> CorrectedCount:
    """Estimate the count of one code by prediction-powered inference from a random coded sample.

    The suggestions are weighted by how well they predict the sample (power tuning), so that the count
    is never less exact than that of the sample alone, and right on average whether the model is or not. Since
    the sample is drawn from the harvest that is counted, without replacement, the outcomes sampled are known.

    Parameters
    ----------
    confidence : ndarray of shape (n_outcomes,)
        That the code applies, for every outcome of the harvest, by a model that was not trained on the sample.
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
    >>> confidence = np.where(outcome < 4, 0.8, 0.1)
    >>> estimate = correct_count(confidence, confidence > 0.5, np.arange(50), outcome[:50] < 3)
    >>> estimate.n_suggested, round(estimate.count), round(estimate.low), round(estimate.high)
    (80, 60, 46, 74)
    """
    n_outcomes, n_sample, n_in_sample = len(confidence), len(sampled), int(is_given.sum())
    low: float
    high: float
    is_exact = min(n_in_sample, n_sample - n_in_sample) < _FEW
    if is_exact:
        low, high = exact_count(n_in_sample, n_sample, n_outcomes)
        count, weight = n_in_sample / n_sample * n_outcomes, 0.0
    else:
        low, count, high, weight = _prediction_powered(confidence, sampled, is_given)
    return CorrectedCount(
        n_outcomes=n_outcomes,
        n_sample=n_sample,
        n_in_sample=n_in_sample,
        n_suggested=int(is_suggested.sum()),
        count=count,
        low=low,
        high=high,
        weight=weight,
        is_exact=is_exact,
    )


def _prediction_powered(
    confidence: FloatArray, sampled: npt.NDArray[np.intp], is_given: npt.NDArray[np.bool_]
) -> tuple[float, float, float, float]:
    """Return the lower bound, the count, the upper bound, and the weight of the suggestions."""
    n_outcomes, n_sample = len(confidence), len(sampled)
    predicted = confidence[sampled]
    variance = float(predicted.var(ddof=1))
    weight = float(np.cov(predicted, is_given)[0, 1]) / variance if variance > 0 else 0.0
    residuals = is_given - weight * predicted
    share = weight * confidence.mean() + residuals.mean()
    error = float(np.sqrt((1 - n_sample / n_outcomes) * residuals.var(ddof=2) / n_sample))
    reach = float(t.ppf(1 - _SIDE, n_sample - 2)) * error
    n_in_sample = int(is_given.sum())
    least, most = n_in_sample, n_outcomes - (n_sample - n_in_sample)
    low, count, high = (
        float(np.clip(value * n_outcomes, least, most)) for value in (share - reach, share, share + reach)
    )
    return low, count, high, weight


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
