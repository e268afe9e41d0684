from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from classifier._types import FloatArray
from classifier.features.embedding_cache import CachedEncoders
from classifier.features.near_duplicates import Fingerprints, nearest_similarity
from classifier.harvest.reading import Harvest
from classifier.harvest.story import Story
from classifier.model.model import Model
from classifier.model.reduction import reduce_model
from classifier.suggestion import harvest_shift
from classifier.suggestion.harvest_shift import HarvestShift, SampleCounts, compare_harvest, two_sample_p
from classifier.suggestion.suggest import suggest_codes
from classifier.suggestion.suggestions import Suggestions

RECIPES = ("Knead the dough", "Slice the onions", "Boil the lentils", "Whisk the eggs", "Peel the mangoes")


def of_other_topics(harvest: Harvest, n_outcomes: int) -> Harvest:
    """Return a harvest of recipes."""
    texts = [
        f"{RECIPES[number % 5]} for {number + 2} minutes, season with salt and pepper, and serve it warm with rice."
        for number in range(n_outcomes)
    ]
    outcomes = [
        replace(
            harvest.outcomes[0],
            fragment_id=f"N/{number}",
            codes={},
            story=Story(parts={}, description=text, merged=text),
        )
        for number, text in enumerate(texts)
    ]
    return replace(harvest, outcomes=tuple(outcomes))


@pytest.fixture(scope="module")
def unlike(coded_harvest: Harvest, model: Model, trigrams: CachedEncoders) -> Suggestions:
    """Return suggestions for forty recipes."""
    return suggest_codes(of_other_topics(coded_harvest, 40), model=model, sources=trigrams)


def test_a_harvest_of_other_topics_is_unlike_the_training_outcomes(unlike: Suggestions) -> None:
    assert unlike.shift is not None
    assert unlike.shift.is_unlike


def test_for_an_unlike_harvest_the_promise_is_withdrawn_with_its_p_value(unlike: Suggestions) -> None:
    assert "the target of 95% for suggestions to confirm is not promised for it" in unlike.withdrawn_promise()
    assert "(p < 0.001, in the " in unlike.withdrawn_promise()


def test_with_fewer_than_thirty_outcomes_nothing_is_said(
    coded_harvest: Harvest, model: Model, trigrams: CachedEncoders
) -> None:
    few = suggest_codes(of_other_topics(coded_harvest, 29), model=model, sources=trigrams)
    assert few.shift is None
    assert few.withdrawn_promise() == ""


def test_an_outcome_of_two_files_trained_on_is_compared_all_the_same(model: Model) -> None:
    (file, *others) = model.manifest.files
    first, _, *remaining = file.fragment_ids
    twice = file.model_copy(update={"fragment_ids": (first, first, *remaining)})
    manifest = model.manifest.model_copy(update={"files": (twice, *others), "near_duplicates": ((first, first),)})
    assert compare_harvest([0.2] * 40, {}, replace(model, manifest=manifest)) is not None


def test_of_the_training_outcomes_a_bounded_number_is_compared(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[int] = []

    def counted(fingerprints: Fingerprints, others: Fingerprints, **groups: Any) -> FloatArray:  # noqa: ANN401
        compared.append(len(fingerprints))
        return nearest_similarity(fingerprints, others, **groups)

    monkeypatch.setattr(harvest_shift, "nearest_similarity", counted)
    monkeypatch.setattr(harvest_shift, "_MOST_HELD_OUT", 50)
    assert compare_harvest([0.2] * 40, {}, model) is not None
    assert compared == [50]


@pytest.mark.slow
def test_the_harvest_that_was_trained_on_is_not_compared(
    coded_harvest: Harvest, model: Model, trigrams: CachedEncoders
) -> None:
    # Its outcomes are more like the training outcomes than any new ones could be.
    assert suggest_codes(coded_harvest, model=model, sources=trigrams, fields=["scale"]).shift is None


def test_reduced_model_is_not_compared(coded_harvest: Harvest, model: Model, trigrams: CachedEncoders) -> None:
    reduced = reduce_model(model, name="shared", common_words=["women", "council"])
    harvest = of_other_topics(coded_harvest, 40)
    assert suggest_codes(harvest, model=reduced, sources=trigrams, fields=["scale"]).shift is None


@pytest.mark.parametrize(("p_value", "is_unlike"), [(0.0, True), (0.0099, True), (0.01, False), (1.0, False)])
def test_a_harvest_is_unlike_below_one_in_a_hundred(p_value: float, is_unlike: bool) -> None:
    assert HarvestShift(n_outcomes=40, p_value=p_value, differs_in="similarity").is_unlike == is_unlike


@given(
    st.lists(st.floats(0, 1), min_size=30, max_size=60),
    st.lists(st.floats(0, 1), min_size=30, max_size=60),
)
def test_p_value_is_that_of_scipy(sample: list[float], other: list[float]) -> None:
    expected = ks_2samp(sample, other, method="asymp").statistic
    size = len(sample) * len(other) / (len(sample) + len(other))
    found = two_sample_p(np.array(sample), np.array(other))
    # The statistic is the same; of its distribution, scipy takes the limit at a size that it rounds.
    assert found == pytest.approx(float(kolmogorov_limit(np.sqrt(size) * expected)), abs=1e-12)


@given(
    st.lists(st.sampled_from([0.1, 0.2, 0.5, 0.9]), min_size=2, max_size=9),
    st.lists(st.sampled_from([0.1, 0.3, 0.5, 0.8]), min_size=1, max_size=9),
    st.integers(0, 9),
)
def test_counts_of_two_parts_give_what_the_whole_sample_gives(
    sample: list[float], known: list[float], cut: int
) -> None:
    counts = SampleCounts(np.array(known))
    for part in (sample[:cut], sample[cut:]):
        counts.add(np.array(part))
    assert counts.p_value() == two_sample_p(np.array(sample), np.array(known))


def kolmogorov_limit(scaled: float) -> float:
    """Sum the series of Kolmogorov's distribution, which no rounding of sizes touches."""
    if scaled < 0.2:
        return 1.0
    terms = np.arange(1, 101)
    return float(np.clip(2 * np.sum((-1.0) ** (terms - 1) * np.exp(-2 * terms**2 * scaled**2)), 0, 1))
