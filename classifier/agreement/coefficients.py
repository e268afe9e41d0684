"""Coefficients of inter-coder agreement: Cohen's and Fleiss' kappa, Krippendorff's alpha, Gwet's AC1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from classifier._types import FloatArray


class Coefficient(StrEnum):
    """A coefficient of agreement."""

    PERCENT = "percent_agreement"
    COHEN = "cohen_kappa"
    FLEISS = "fleiss_kappa"
    ALPHA = "krippendorff_alpha"
    AC1 = "gwet_ac1"
    POSITIVE = "positive_agreement"  # of one code; with two codings it is the F1 of either against the other
    MACRO_F1 = "macro_f1"
    MICRO_F1 = "micro_f1"


BANDS: dict[str, tuple[tuple[float, str], ...]] = {
    "Landis and Koch (1977), doi:10.2307/2529310, of kappa": (
        (0.81, "almost perfect"),
        (0.61, "substantial"),
        (0.41, "moderate"),
        (0.21, "fair"),
        (0.0, "slight"),
        (-math.inf, "poor"),
    ),
    "Krippendorff (2004), doi:10.1111/j.1468-2958.2004.tb00738.x, of alpha": (
        (0.8, "reliable"),
        (0.667, "for tentative conclusions only"),
        (-math.inf, "not reliable"),
    ),
}
"""By the source of the convention, from which value on a coefficient is called by which word, best first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratings:
    """Ratings of outcomes by coders, in mutually exclusive categories."""

    # Shape (n_outcomes, n_coders): the place of the category; -1 where a coder did not code the outcome
    codes: npt.NDArray[np.intp]
    n_codes: int  # how many categories there are to choose from, used or not

    @property
    def once(self) -> FloatArray:
        """Unit weights: every outcome once."""
        return np.ones((1, len(self.codes)))

    @property
    def counts(self) -> FloatArray:
        """Number of coders that gave each category; shape (n_outcomes, n_codes)."""
        given: FloatArray = (self.codes[:, :, np.newaxis] == np.arange(self.n_codes)).sum(axis=1).astype(float)
        return given

    @property
    def n_coded(self) -> FloatArray:
        """Number of coders that coded each outcome; shape (n_outcomes,)."""
        coded: FloatArray = (self.codes >= 0).sum(axis=1).astype(float)
        return coded

    @property
    def is_compared(self) -> npt.NDArray[np.bool_]:
        """Whether two coders or more coded an outcome; shape (n_outcomes,)."""
        compared: npt.NDArray[np.bool_] = self.n_coded >= 2
        return compared


def percent_agreement(ratings: Ratings, weights: FloatArray) -> FloatArray:
    """Share of the pairs of codings of an outcome that are the same, the mean over outcomes.

    Parameters
    ----------
    weights : ndarray of shape (n_draws, n_outcomes)
        What each outcome counts for; `Ratings.once` for all of them alike.

    Returns
    -------
    ndarray of shape (n_draws,)
        In [0, 1]; nan where no outcome was coded twice.

    Examples
    --------
    >>> ratings = Ratings(codes=np.array([[0, 0], [1, 1], [0, 1], [1, -1]]), n_codes=2)
    >>> percent_agreement(ratings, ratings.once).round(3)
    array([0.667])
    """
    return _ratio(weights @ _pairs_alike(ratings), weights @ ratings.is_compared)


def kappa_of_two(ratings: Ratings, weights: FloatArray) -> FloatArray:
    """Cohen's kappa of two coders; parameters as of `percent_agreement`.

    Outcomes that only one of them coded are left out: their codes are in no cell of the table of two
    coders that kappa is reckoned from. (`irr` in R and scikit-learn do the same; `irrCAC` counts them towards
    each coder's habits.)

    Raises
    ------
    ValueError
        If there are not two coders.
    """
    if ratings.codes.shape[1] != 2:
        raise ValueError(f"Cohen's kappa is that of two coders, got {ratings.codes.shape[1]}")
    both = ratings.is_compared
    weights = weights[:, both]
    first, second = (np.eye(ratings.n_codes)[codes] for codes in ratings.codes[both].T)
    n_outcomes = weights.sum(axis=1)
    observed = _ratio(weights @ (first * second).sum(axis=1), n_outcomes)
    expected = _ratio(((weights @ first) * (weights @ second)).sum(axis=1), n_outcomes**2)
    return _beyond(observed, expected)


def mean_kappa_of_pairs(pairs: Sequence[Ratings], weights: FloatArray) -> FloatArray:
    """Mean of Cohen's kappas of several pairs of coders of the same outcomes; nan where there is no pair."""
    if not pairs:
        return np.full(len(weights), math.nan)
    result: FloatArray = np.mean([kappa_of_two(pair, weights) for pair in pairs], axis=0)
    return result


def fleiss_kappa(ratings: Ratings, weights: FloatArray) -> FloatArray:
    """Fleiss' kappa of any number of coders; parameters as of `percent_agreement`.

    Where outcomes were coded by different numbers of coders, it is Gwet's generalisation, which is Fleiss'
    own figure where all coded all: how often coders agree is that of outcomes coded twice or more; how often
    each code is given, and so what chance would do, is that of all outcomes, those coded once included.

    References
    ----------
    .. [1] Fleiss (1971), doi:10.1037/h0031619.
    .. [2] Gwet (2014), "Handbook of Inter-Rater Reliability", 4th edition (missing codings).

    Examples
    --------
    >>> ratings = Ratings(codes=np.array([[0, 0, 0], [1, 1, 0], [1, 1, 1]]), n_codes=2)
    >>> fleiss_kappa(ratings, ratings.once).round(3)
    array([0.55])
    >>> ratings = Ratings(codes=np.array([[0, 0, 0], [1, 1, 0], [1, 1, 1], [0, -1, -1]]), n_codes=2)
    >>> fleiss_kappa(ratings, ratings.once).round(3)
    array([0.543])
    """
    shares = _mean_shares(ratings, weights)
    return _beyond(percent_agreement(ratings, weights), (shares**2).sum(axis=1))


def gwet_ac1(ratings: Ratings, weights: FloatArray) -> FloatArray:
    """Gwet's AC1, which does not fall where nearly all outcomes have one code; parameters as of `percent_agreement`.

    Categories that nobody used count as categories to choose from. Missing codings are dealt with as in
    `fleiss_kappa`.

    References
    ----------
    .. [1] Gwet (2008), doi:10.1348/000711006X126600.
    .. [2] Gwet (2014), "Handbook of Inter-Rater Reliability", 4th edition (missing codings).

    Examples
    --------
    Of 125 outcomes, 118 are negative to neither coder (Gwet 2008 discusses such tables):

    >>> codes = np.repeat([[0, 0], [0, 1], [1, 0]], [118, 5, 2], axis=0)
    >>> ratings = Ratings(codes=codes, n_codes=2)
    >>> gwet_ac1(ratings, ratings.once).round(2), kappa_of_two(ratings, ratings.once).round(2)
    (array([0.94]), array([-0.02]))
    """
    shares = _mean_shares(ratings, weights)
    expected = (shares * (1 - shares)).sum(axis=1) / max(ratings.n_codes - 1, 1)
    return _beyond(percent_agreement(ratings, weights), expected)


def krippendorff_alpha(ratings: Ratings, weights: FloatArray, *, distances: FloatArray | None = None) -> FloatArray:
    """Krippendorff's alpha of any number of coders, codings missing or not; parameters as of `percent_agreement`.

    Parameters
    ----------
    distances : ndarray of shape (n_codes, n_codes), optional
        How different two categories are; by default any two are as different as any other (nominal).

    References
    ----------
    .. [1] Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability"; and Hayes and Krippendorff (2007),
       doi:10.1080/19312450709336664.

    Examples
    --------
    >>> ratings = Ratings(codes=np.array([[0, 0], [1, 1], [0, 1], [1, 1], [1, -1]]), n_codes=2)
    >>> krippendorff_alpha(ratings, ratings.once).round(3)
    array([0.533])
    """
    apart = 1 - np.eye(ratings.n_codes) if distances is None else distances
    compared = ratings.is_compared
    counts, n_coded, weights = ratings.counts[compared], ratings.n_coded[compared], weights[:, compared]
    within = np.einsum("uk,kl,ul->u", counts, apart, counts) / np.maximum(n_coded - 1, 1)
    totals = weights @ counts
    n_codings = weights @ n_coded
    observed = weights @ within
    expected = np.einsum("dk,kl,dl->d", totals, apart, totals)
    return 1 - _ratio((n_codings - 1) * observed, expected)


def specific_agreement(weights: FloatArray, given: FloatArray, n_coded: FloatArray) -> FloatArray:
    """Positive specific agreement per code: of the codings with it, how many a second coder shares.

    With two coders this is the F1 of one against the other.

    Parameters
    ----------
    weights : ndarray of shape (n_draws, n_outcomes)
    given : ndarray of shape (n_outcomes, n_codes)
        How many coders gave each code.
    n_coded : ndarray of shape (n_outcomes,)
        How many coders coded each outcome.

    Returns
    -------
    ndarray of shape (n_draws, n_codes)
        In [0, 1]; nan where nobody gave the code.

    References
    ----------
    .. [1] Cicchetti and Feinstein (1990), doi:10.1016/0895-4356(90)90159-M.
    .. [2] de Vet, Mullender and Eekhout (2018), doi:10.1016/j.jclinepi.2017.12.016 (more than two coders).

    Examples
    --------
    Both gave the code to 2 outcomes, and each to one more:

    >>> specific_agreement(np.ones((1, 5)), np.array([[2], [2], [1], [1], [0]]), np.full(5, 2)).round(3)
    array([[0.667]])
    """
    return _ratio(weights @ (given * (given - 1)), weights @ (given * (n_coded - 1)[:, np.newaxis]))


def masi_distances(sets: Sequence[frozenset[str]]) -> FloatArray:
    """Compute MASI distances between sets of codes, for Krippendorff's alpha of multiple fields.

    Parameters
    ----------
    sets : sequence of frozenset
        Each not empty.

    Returns
    -------
    ndarray of shape (n_sets, n_sets)
        0 for equal sets and 1 for those with nothing in common; else 1 minus what they share of all that
        either has, weights 2/3 where one holds the other, 1/3 where not.

    References
    ----------
    .. [1] Passonneau (2006), "Measuring Agreement on Set-valued Items (MASI) for Semantic and Pragmatic
       Annotation", LREC 2006.

    Examples
    --------
    >>> masi_distances([frozenset({"CIV"}), frozenset({"CIV", "GEN"})]).round(3)
    array([[0.   , 0.667],
           [0.667, 0.   ]])
    """

    def distance(codes: frozenset[str], other: frozenset[str]) -> float:
        if codes == other:
            return 0.0
        monotone = 2 / 3 if codes <= other or other <= codes else 1 / 3
        return 1 - len(codes & other) / len(codes | other) * monotone

    return np.array([[distance(codes, other) for other in sets] for codes in sets]).reshape(len(sets), len(sets))


def _pairs_alike(ratings: Ratings) -> FloatArray:
    """Share of the pairs of codings that are the same, by outcome; 0 where there is no pair."""
    counts, n_coded = ratings.counts, ratings.n_coded
    return _ratio((counts * (counts - 1)).sum(axis=1), n_coded * (n_coded - 1), otherwise=0.0)


def _mean_shares(ratings: Ratings, weights: FloatArray) -> FloatArray:
    """Share of each category in an outcome's codings, the mean over outcomes; (n_draws, n_codes)."""
    n_coded = ratings.n_coded[:, np.newaxis]
    return _ratio(weights @ _ratio(ratings.counts, n_coded, otherwise=0.0), (weights @ (n_coded > 0)))


def _beyond(observed: FloatArray, expected: FloatArray) -> FloatArray:
    # Where chance alone would make coders agree throughout, agreement beyond chance is not defined.
    return _ratio(observed - expected, np.where(expected < 1 - 1e-12, 1 - expected, 0.0))


def _ratio(over: FloatArray, under: FloatArray, *, otherwise: float = math.nan) -> FloatArray:
    over, under = np.broadcast_arrays(np.asarray(over, dtype=float), np.asarray(under, dtype=float))
    result: FloatArray = np.divide(over, under, out=np.full(over.shape, otherwise), where=under != 0)
    return result
