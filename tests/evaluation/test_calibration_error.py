from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.evaluation.calibration_error import calibration_error, measure_reliability, perfect_range

CONFIDENCE = np.linspace(0.3, 0.97, 300)


def drawn(confidence: np.ndarray, seed: int) -> np.ndarray:
    result: np.ndarray = np.random.default_rng(seed).random(len(confidence)) < confidence
    return result


def test_bins_hold_as_many_outcomes_each() -> None:
    # Two bins: 0.6 and 0.7 of which one was right, 0.8 and 0.9 which both were.
    error = calibration_error(np.array([0.9, 0.6, 0.8, 0.7]), np.array([True, True, True, False]), n_bins=2)
    assert error == pytest.approx((abs(1.3 - 1) + abs(1.7 - 2)) / 4)


def test_outcomes_of_one_confidence_share_a_bin_whatever_their_order() -> None:
    right = np.arange(30) < 24
    assert calibration_error(np.full(30, 0.8), right) == pytest.approx(0.0)


@given(st.lists(st.tuples(st.floats(0.01, 0.99), st.booleans()), min_size=1, max_size=60), st.randoms())
def test_order_of_outcomes_does_not_matter(outcomes: list[tuple[float, bool]], random: object) -> None:
    shuffled = sorted(outcomes, key=lambda _: random.random())  # type: ignore[attr-defined]
    first, second = (
        calibration_error(np.array([c for c, _ in rows]), np.array([r for _, r in rows]))
        for rows in (outcomes, shuffled)
    )
    assert first == pytest.approx(second)


@given(st.lists(st.tuples(st.floats(0.01, 0.99), st.booleans()), min_size=1, max_size=60))
def test_error_lies_between_the_overall_gap_and_one(outcomes: list[tuple[float, bool]]) -> None:
    confidence, right = np.array([c for c, _ in outcomes]), np.array([r for _, r in outcomes])
    assert abs(confidence.mean() - right.mean()) - 1e-9 <= calibration_error(confidence, right) <= 1


def test_calibrated_confidence_lies_within_the_range() -> None:
    low, high = perfect_range(CONFIDENCE)
    within = [low <= calibration_error(CONFIDENCE, drawn(CONFIDENCE, seed)) <= high for seed in range(200)]
    assert 0.9 <= np.mean(within) <= 0.99


def test_overconfidence_lies_above_the_range() -> None:
    assert not measure_reliability(np.full(300, 0.95), np.arange(300) < 240).is_within


def test_more_outcomes_make_the_range_narrower() -> None:
    assert perfect_range(np.tile(CONFIDENCE, 4))[1] < 0.7 * perfect_range(CONFIDENCE)[1]


def test_same_seed_gives_the_same_range() -> None:
    assert perfect_range(CONFIDENCE, seed=3) == perfect_range(CONFIDENCE, seed=3)


def test_brier_score_and_log_loss_are_those_of_the_formulas() -> None:
    reliability = measure_reliability(np.array([0.8, 0.6]), np.array([True, False]))
    assert reliability.brier == pytest.approx((0.2**2 + 0.6**2) / 2)
    assert reliability.log_loss == pytest.approx(-(np.log(0.8) + np.log(0.4)) / 2)
