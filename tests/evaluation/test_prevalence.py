from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier._types import FloatArray
from classifier.evaluation.prevalence import correct_count, exact_count

Marks = npt.NDArray[np.bool_]

N_OUTCOMES, N_SAMPLE = 400, 100


def harvest(seed: int, *, leaning: float) -> tuple[Marks, FloatArray]:
    """Return whether each outcome has the code, and a confidence that leans towards it by so much."""
    draw = np.random.default_rng(seed)
    has_code = draw.random(N_OUTCOMES) < 0.3
    confidence = np.clip(np.where(has_code, 0.75, 0.15) + leaning + draw.normal(0, 0.12, N_OUTCOMES), 0.01, 0.99)
    return has_code, confidence


def drawn(seed: int) -> npt.NDArray[np.intp]:
    return np.random.default_rng(seed).permutation(N_OUTCOMES)[:N_SAMPLE]


def test_corrected_count_is_right_on_average_whatever_the_model_leans_to() -> None:
    has_code, confidence = harvest(0, leaning=0.2)
    counts = [
        correct_count(confidence, confidence > 0.5, rows, has_code[rows]).count for rows in map(drawn, range(200))
    ]
    assert np.mean(counts) == pytest.approx(has_code.sum(), abs=1.5)


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    has_code, confidence = harvest(0, leaning=0.2)
    estimates = [correct_count(confidence, confidence > 0.5, rows, has_code[rows]) for rows in map(drawn, range(300))]
    # 0.95, less two and a half standard errors of 300 draws.
    assert np.mean([count.low <= has_code.sum() <= count.high for count in estimates]) >= 0.918


def test_good_suggestions_make_the_interval_narrower_than_the_sample_alone() -> None:
    has_code, confidence = harvest(0, leaning=0.0)
    rows = drawn(1)
    with_model = correct_count(confidence, confidence > 0.5, rows, has_code[rows])
    alone = correct_count(np.full(N_OUTCOMES, 0.3), confidence > 0.5, rows, has_code[rows])
    assert with_model.high - with_model.low < 0.7 * (alone.high - alone.low)


def test_uninformative_suggestions_have_no_weight() -> None:
    has_code, _ = harvest(0, leaning=0.0)
    rows = drawn(1)
    estimate = correct_count(np.full(N_OUTCOMES, 0.3), np.zeros(N_OUTCOMES, dtype=bool), rows, has_code[rows])
    assert (estimate.weight, estimate.count) == pytest.approx((0.0, has_code[rows].mean() * N_OUTCOMES))


def test_whole_harvest_coded_leaves_no_uncertainty() -> None:
    has_code, confidence = harvest(0, leaning=0.2)
    estimate = correct_count(confidence, confidence > 0.5, np.arange(N_OUTCOMES), has_code)
    assert (estimate.low, estimate.count, estimate.high) == pytest.approx((has_code.sum(),) * 3)


def test_rare_code_is_counted_from_the_sample_alone() -> None:
    _, confidence = harvest(0, leaning=0.0)
    is_given = np.arange(N_SAMPLE) < 4
    estimate = correct_count(confidence, confidence > 0.5, drawn(0), is_given)
    assert (estimate.is_exact, estimate.count) == (True, 16.0)


def test_count_is_not_below_what_was_coded() -> None:
    _, confidence = harvest(0, leaning=0.0)
    is_given = np.arange(N_SAMPLE) < 12
    estimate = correct_count(confidence, confidence > 0.5, drawn(0), is_given)
    assert estimate.low >= 12


def test_none_in_half_the_outcomes_leaves_few_possible() -> None:
    # With four, the chance that a sample of half holds none is about 1 in 16; with six, 1 in 68.
    assert exact_count(0, 50, 100) == (0, 5)


@given(data=st.data())
def test_exact_interval_holds_what_the_sample_says(data: st.DataObject) -> None:
    n_outcomes = data.draw(st.integers(2, 300))
    n_sample = data.draw(st.integers(1, n_outcomes))
    n_with = data.draw(st.integers(0, n_sample))
    low, high = exact_count(n_with, n_sample, n_outcomes)
    # The numbers that are possible are whole, and the likeliest is not: the nearest one above it may be the least.
    expected = n_with / n_sample * n_outcomes
    assert n_with <= low <= expected + 1 <= high + 2
    assert high <= n_outcomes - (n_sample - n_with)
