"""Cross-lingual suggestions: for stories in languages that a model was trained on few outcomes of.

The words of such a story are in no outcome trained on, and an encoder of English alone guesses. So its codes are
suggested by the views of the encoders that read both its language and the one trained on. What these say of it
is not trusted as it is of other stories: their reliability is that of the language, as far as it is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from classifier._types import FloatArray
from classifier.features.feature_views import N_PLACES
from classifier.features.meaning_subspace import MeaningSubspace, held_out_distance
from classifier.features.registry import languages_read
from classifier.features.story_features import StoryFeatures
from classifier.features.tfidf import Matrix
from classifier.model.heads import Head

MIN_STORIES = 30
"""Stories trained on in a language, from which figures measured on all outcomes hold for it."""
_MIN_OWN = 10  # outcomes in a language, from which it has a reliability of its own
_RELIABILITY, _WORTH = 0.95, 20.0  # what is assumed of a language, and how many outcomes that counts for
_GRID = (np.arange(200) + 0.5) / 200
_OUTLIER_SHARE = 0.02  # of the outcomes trained on, farther from the subspace of the others than the threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossLingualField:
    """Heads of one field that use the views of multilingual encoders alone, and their reliability by language.

    Attributes
    ----------
    multilabel : Head or None
        None for a field of one code.
    reliability : dict of str to float
        In (0, 1), of languages with enough coded outcomes.
    overall_reliability : float
        Of any other language.
    """

    main: Head
    multilabel: Head | None
    reliability: Mapping[str, float]
    overall_reliability: float

    def confidences(
        self, views: Sequence[Matrix], defined: FloatArray, languages: Sequence[str]
    ) -> tuple[FloatArray, FloatArray | None]:
        """Confidence in the main code and in each code, of stories in some languages.

        Returns
        -------
        tuple of ndarray of shape (n_outcomes, n_codes), the second None for a field of one code
        """
        reliability = np.array([self.reliability.get(language, self.overall_reliability) for language in languages])
        return (
            weigh(self.main.confidences(views, defined), self.main.prior, reliability),
            None
            if self.multilabel is None
            else weigh(self.multilabel.confidences(views, defined), self.multilabel.prior, reliability),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossLingual:
    """What a model needs for stories in other languages, beside the heads of each field.

    Attributes
    ----------
    encoders : tuple of int
        The places of the multilingual encoders among those of the model.
    subspace : MeaningSubspace
        Of the first of them.
    outlier_threshold : float
        The distance from the subspace above which an outcome is out of distribution.
    """

    encoders: tuple[int, ...]
    subspace: MeaningSubspace
    outlier_threshold: float

    @classmethod
    def fit(
        cls, features: StoryFeatures, folds: Sequence[npt.NDArray[np.intp]], encoders: Sequence[int]
    ) -> tuple[CrossLingual | None, npt.NDArray[np.bool_]]:
        """Fit the subspace of the outcomes trained on; None without multilingual encoder, or with few outcomes.

        The second says which of them are unlike those outside their fold, as `is_unlike` does of others.
        """
        if not encoders or len(features) < MIN_STORIES or len(folds) < 2:
            return None, np.zeros(len(features), dtype=np.bool_)
        vectors = features.meanings[encoders[0]].description
        distances = held_out_distance(vectors, folds)
        threshold = float(np.quantile(distances, 1 - _OUTLIER_SHARE))
        fitted = cls(encoders=tuple(encoders), subspace=MeaningSubspace.fit(vectors), outlier_threshold=threshold)
        return fitted, distances > threshold

    @property
    def views(self) -> tuple[int, ...]:
        """The places of the encoders' views among those of `classifier.features.feature_views.ViewMaker`."""
        return tuple(N_PLACES * (1 + encoder) + place for encoder in self.encoders for place in range(N_PLACES))

    def is_unlike(self, features: StoryFeatures) -> npt.NDArray[np.bool_]:
        """Whether outcomes are unlike those trained on, whatever their language; shape (n_outcomes,)."""
        unlike: npt.NDArray[np.bool_] = (
            self.subspace.distance(features.meanings[self.encoders[0]].description) > self.outlier_threshold
        )
        return unlike


def is_cross_lingual(language: str, *, trained_on: Mapping[str, int], encoders: Sequence[str]) -> bool:
    """Whether codes of stories in a language are suggested by the views of multilingual encoders alone.

    Parameters
    ----------
    trained_on : mapping of str to int
        How many stories in each language the model was trained on, the commonest first.
    encoders : sequence of str
        The names of the multilingual encoders.

    Examples
    --------
    >>> trained_on = {"English": 400, "French": 9, "Spanish": 60}
    >>> [is_cross_lingual(language, trained_on=trained_on, encoders=["use-multilingual-v3"]) for language in trained_on]
    [False, True, False]
    """
    return (
        bool(encoders)
        and language != next(iter(trained_on), language)
        and trained_on.get(language, 0) < MIN_STORIES
        and all(language in languages_read(name) for name in encoders)
    )


def multilingual_encoders(names: Sequence[str], language: str) -> list[int]:
    """Return the places of the encoders that read a language and others.

    Examples
    --------
    >>> multilingual_encoders(["all-MiniLM-L6-v2", "use-multilingual-v3"], "English")
    [1]
    """
    read = [languages_read(name) for name in names]
    return [place for place, languages in enumerate(read) if language in languages and len(languages) > 1]


def weigh(confidences: FloatArray, prior: FloatArray, reliability: FloatArray) -> FloatArray:
    """Draw confidence towards the frequency of codes, by how little it can be relied on.

    Parameters
    ----------
    confidences : ndarray of shape (n_outcomes, n_codes)
    prior : ndarray of shape (n_codes,)
        The share of outcomes with each code.
    reliability : ndarray of shape (n_outcomes,)
        In (0, 1).

    Examples
    --------
    >>> weigh(np.array([[0.9, 0.1]]), np.array([0.5, 0.5]), np.array([0.75]))
    array([[0.8, 0.2]])
    """
    weights = reliability[:, np.newaxis]
    result: FloatArray = weights * confidences + (1 - weights) * prior
    return result


def fit_reliability(
    agreed_confidence: FloatArray, agreed_prior: FloatArray, languages: Sequence[str]
) -> tuple[dict[str, float], float]:
    """Estimate how far confidence can be relied on, by language and over all.

    Reliability is the weight of the confidence in a mixture with the frequency of codes; what is estimated is its
    posterior mean. A language's own is drawn to that of all, and this one to what is assumed of any language.

    Parameters
    ----------
    agreed_confidence : ndarray of shape (n_outcomes,)
        Confidence in the code that coders gave, out of fold, of outcomes in other languages than the commonest.
    agreed_prior : ndarray of shape (n_outcomes,)
        The share of outcomes trained on with that code.
    languages : sequence of str
        Their languages.

    Returns
    -------
    tuple of dict of str to float and float
        Of languages with ten outcomes or more, and overall.

    Examples
    --------
    Without any outcome, what is assumed; with twelve that were wrongly judged, less:

    >>> none = np.zeros(0)
    >>> fit_reliability(none, none, [])
    ({}, 0.95)
    >>> own, overall = fit_reliability(np.full(12, 0.05), np.full(12, 0.25), ["French"] * 12)
    >>> own["French"] < overall < 0.8
    True
    """
    overall = _posterior_mean(agreed_confidence, agreed_prior, _RELIABILITY)
    spoken = np.array(languages)
    own = {
        language: _posterior_mean(agreed_confidence[rows], agreed_prior[rows], overall)
        for language in dict.fromkeys(languages)
        if np.count_nonzero(rows := spoken == language) >= _MIN_OWN
    }
    return own, overall


def _posterior_mean(agreed_confidence: FloatArray, agreed_prior: FloatArray, expected: float) -> float:
    if not len(agreed_confidence):
        return expected
    likelihood = np.log(np.outer(_GRID, agreed_confidence) + np.outer(1 - _GRID, agreed_prior)).sum(axis=1)
    before = (_WORTH * expected - 1) * np.log(_GRID) + (_WORTH * (1 - expected) - 1) * np.log1p(-_GRID)
    posterior = np.exp(likelihood + before - (likelihood + before).max())
    return float(_GRID @ posterior / posterior.sum())
