"""Two-sample test of whether a harvest is like the outcomes that a model was trained on.

How often suggestions to confirm are right was measured on outcomes held out in training. For a harvest of other topics,
or written otherwise, it may be anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import kolmogorov

from classifier._types import FloatArray
from classifier.features.near_duplicates import nearest_similarity
from classifier.model.model import Model

_MIN_OUTCOMES = 30  # with fewer, hardly any difference would be found
_MOST_HELD_OUT = 2_000  # more would take long, at each harvest, and find hardly smaller differences
_LEVEL = 0.01  # harvests like the training outcomes are told to be unlike no more often than this
_SIMILARITY = "similarity to the training outcomes"


@dataclass(frozen=True, slots=True, kw_only=True)
class HarvestShift:
    """Test of whether a harvest is like the outcomes trained on."""

    n_outcomes: int  # outcomes compared: those in a language that the model was trained on
    p_value: float  # in [0, 1], with Bonferroni's correction for the number of distributions compared
    differs_in: str  # the distribution that differs most

    @property
    def is_unlike(self) -> bool:
        """Whether what was measured on the training outcomes can't be expected of this harvest."""
        return self.p_value < _LEVEL

    @property
    def p_described(self) -> str:
        """The p-value, for people to read."""
        return "p < 0.001" if self.p_value < 0.001 else f"p = {self.p_value:.2g}"


def compare_harvest(
    similarity: Sequence[float], joint_confidence: Mapping[str, Sequence[float]], model: Model
) -> HarvestShift | None:
    """Compare a harvest with the outcomes trained on: similarity to them, and confidence in each field.

    Parameters
    ----------
    similarity : sequence of float
        To the nearest outcomes trained on (`nearest_similarity`), of the outcomes of the harvest that are in a language
        trained on, and report none of the changes trained on.
    joint_confidence : dict of str to sequence of float
        Their joint confidence, by the name of the field.

    Returns
    -------
    HarvestShift or None
        None with fewer than thirty outcomes, a model that was not tested on that many held out, or a reduced model,
        whose confidence is not that of the tests.

    Notes
    -----
    Each distribution is compared with that of the outcomes trained on, held out, by the two-sample test of Kolmogorov
    and Smirnov. Of a model trained on very many outcomes, some are taken at even distances for similarity.
    Near-duplicates within the harvest make it find a difference a little more often than it should.
    """
    counts = ShiftCounts(model)
    counts.add(similarity, joint_confidence)
    return counts.result()


class ShiftCounts:
    """Counts by which a harvest is compared with the outcomes trained on, part by part; see `compare_harvest`.

    With `fast`, similarity and confidence are those of the fast model.
    """

    def __init__(self, model: Model, *, fast: bool = False) -> None:
        self.n_outcomes = 0
        self._columns: dict[str, str] = {}  # the names of fields by those of their distributions
        self._counts: dict[str, SampleCounts] = {}
        if model.manifest.reduced is not None:
            return
        if fast and model.fast is not None:
            similarity, fields = model.fast.similarity, model.fast.fields
        else:
            similarity, fields = _held_out_similarity(model), model.fields
        if len(similarity) >= _MIN_OUTCOMES:
            self._counts[_SIMILARITY] = SampleCounts(similarity)
        for field in model.codebook.fields:
            known = fields[field.name].calibration_scores.joint_confidence
            if len(known) >= _MIN_OUTCOMES:
                name = f"confidence in {field.heading}"
                self._columns[name] = field.name
                self._counts[name] = SampleCounts(known)

    def add(self, similarity: Sequence[float], joint_confidence: Mapping[str, Sequence[float]]) -> None:
        """Add outcomes of the harvest."""
        self.n_outcomes += len(similarity)
        for name, counts in self._counts.items():
            counts.add(np.array(similarity if name == _SIMILARITY else joint_confidence.get(self._columns[name], ())))

    @property
    def state(self) -> list[list[list[int]]]:
        """The counts so far, as JSON holds them; they can be added to those of other outcomes."""
        return [[counts.below.tolist(), counts.up_to.tolist()] for counts in self._counts.values()]

    def add_state(self, n_outcomes: int, state: Sequence[Sequence[Sequence[int]]]) -> None:
        """Add the counts of other outcomes."""
        self.n_outcomes += n_outcomes
        for counts, (below, up_to) in zip(self._counts.values(), state, strict=True):
            counts.below += np.array(below, dtype=np.int64)
            counts.up_to += np.array(up_to, dtype=np.int64)

    def result(self) -> HarvestShift | None:
        """Compare the outcomes that were added."""
        p_values = {name: counts.p_value() for name, counts in self._counts.items() if counts.n_values}
        if self.n_outcomes < _MIN_OUTCOMES or not p_values:
            return None
        differs_in = min(p_values, key=lambda name: p_values[name])
        return HarvestShift(
            n_outcomes=self.n_outcomes,
            p_value=min(1.0, p_values[differs_in] * len(p_values)),
            differs_in=differs_in,
        )


class SampleCounts:
    """Counts of a sample that grows, by which it is compared with another one, whose values are known.

    Their distributions differ most at one of the known values, or just below it.

    Attributes
    ----------
    below, up_to : ndarray of shape (n_known + 1,)
        How many values of the sample are between two known ones, equal ones counted with the next or not.
    """

    def __init__(self, known: FloatArray) -> None:
        self.known = np.sort(known)
        self.below = np.zeros(len(known) + 1, dtype=np.int64)
        self.up_to = np.zeros(len(known) + 1, dtype=np.int64)

    @property
    def n_values(self) -> int:
        """How many values were added."""
        return int(self.up_to.sum())

    def add(self, values: FloatArray) -> None:
        """Add values to the sample."""
        n_places = len(self.known) + 1
        self.below += np.bincount(np.searchsorted(self.known, values, side="right"), minlength=n_places)
        self.up_to += np.bincount(np.searchsorted(self.known, values, side="left"), minlength=n_places)

    def p_value(self) -> float:
        """Asymptotic p-value of the two-sample test of Kolmogorov and Smirnov; see `two_sample_p`."""
        n_known, n_values = len(self.known), self.n_values
        below = np.searchsorted(self.known, self.known, side="left") / n_known
        up_to = np.searchsorted(self.known, self.known, side="right") / n_known
        distances = [
            np.abs(np.cumsum(counts)[:-1] / n_values - shares).max()
            for counts, shares in ((self.below, below), (self.up_to, up_to))
        ]
        scale = np.sqrt(n_values * n_known / (n_values + n_known))
        return float(kolmogorov(scale * max(distances)))


def two_sample_p(sample: FloatArray, other: FloatArray) -> float:
    """Asymptotic p-value of the two-sample test of Kolmogorov and Smirnov.

    References
    ----------
    .. [1] Smirnov (1939), "On the estimation of the discrepancy between empirical curves of distribution for two
       independent samples".

    Examples
    --------
    >>> two_sample_p(np.linspace(0.0, 1.0, 50), np.linspace(0.0, 1.0, 80))
    1.0
    >>> two_sample_p(np.linspace(0.0, 1.0, 50), np.linspace(0.5, 1.5, 80)) < 1e-6
    True
    """
    counts = SampleCounts(other)
    counts.add(sample)
    return counts.p_value()


def _held_out_similarity(model: Model) -> FloatArray:
    """Return the similarity of outcomes trained on to the nearest of the others, near-duplicates left out."""
    if len(model.fingerprints) < _MIN_OUTCOMES:
        return np.zeros(0)
    groups = _groups(model)
    n_outcomes = len(model.fingerprints)
    rows = np.linspace(0, n_outcomes - 1, min(n_outcomes, _MOST_HELD_OUT)).round().astype(np.intp)
    return nearest_similarity(model.fingerprints[rows], model.fingerprints, groups=(groups[rows], groups))


def _groups(model: Model) -> npt.NDArray[np.intp]:
    """Return the numbers of groups of near-duplicates among the outcomes trained on."""
    ids = model.manifest.fragment_ids
    # An outcome that stands in two of the files has two rows, in one group.
    place = {fragment_id: row for row, fragment_id in enumerate(ids)}
    place |= {name: place[names[0]] for names in model.manifest.near_duplicates for name in names}
    return np.array([place[fragment_id] for fragment_id in ids], dtype=np.intp)
