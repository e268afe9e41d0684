from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import bootstrap

from classifier._types import FloatArray
from classifier.agreement.bootstrap import ClusterBootstrap, Estimate, Statistic, exact_share

RIGHT = np.array([1.0] * 80 + [0.0] * 20)


def share(right: FloatArray) -> Statistic:
    return lambda weights: weights @ right / weights.sum(axis=1)


def figure_of(right: FloatArray, groups: npt.NDArray[np.intp] | None = None, *, seed: int = 0) -> Estimate:
    return ClusterBootstrap.draw(np.arange(len(right)) if groups is None else groups, seed=seed).estimate(share(right))


def test_figure_is_that_of_all_outcomes() -> None:
    assert figure_of(np.array([1.0, 1.0, 0.0, 1.0])).value == 0.75


def test_interval_of_a_share_is_as_wide_as_theory_says() -> None:
    # The standard error of 0.8 of 400 is sqrt(0.8 * 0.2 / 400) = 0.02, so +-0.0392.
    estimate = figure_of(np.array([1.0] * 320 + [0.0] * 80))
    assert (estimate.low, estimate.high) == pytest.approx((0.761, 0.839), abs=0.006)


def test_interval_of_a_skewed_mean_is_that_of_scipy() -> None:
    days_in_custody = np.random.default_rng(1).exponential(size=60)
    theirs = bootstrap((days_in_custody,), np.mean, n_resamples=9999, rng=np.random.default_rng(0))
    ours = ClusterBootstrap.draw(np.arange(60), n_draws=9999).estimate(share(days_in_custody))
    assert (ours.low, ours.high) == pytest.approx(theirs.confidence_interval, abs=0.03)


def test_hundred_outcomes_repeated_four_times_are_no_better_than_hundred() -> None:
    once = figure_of(RIGHT)
    four_times = figure_of(np.repeat(RIGHT, 4), np.repeat(np.arange(100), 4))
    assert (four_times.low, four_times.high) == pytest.approx((once.low, once.high))


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    draw = np.random.default_rng(6)
    estimates = [figure_of((draw.random(150) < 0.7).astype(float), seed=seed) for seed in range(60)]
    # 0.95, less two and a half standard errors of 60 draws.
    assert np.mean([estimate.low <= 0.7 <= estimate.high for estimate in estimates]) >= 0.88


def test_same_seed_gives_the_same_interval() -> None:
    assert figure_of(RIGHT, seed=3) == figure_of(RIGHT, seed=3)


def test_outcomes_are_counted_with_their_near_duplicates() -> None:
    assert figure_of(np.array([1.0, 0.0, 1.0]), np.array([0, 0, 1])).n_outcomes == 3


def test_there_is_no_interval_where_every_draw_gives_the_same() -> None:
    assert str(figure_of(np.ones(118))) == "1.00 (no interval)"


def test_figure_that_is_never_defined_is_marked_so() -> None:
    estimate = ClusterBootstrap.draw(np.arange(5)).estimate(lambda weights: np.full(len(weights), math.nan))
    assert str(estimate) == "undefined"


def test_figure_of_no_outcomes_is_not_defined() -> None:
    assert str(figure_of(np.zeros(0))) == "undefined"


def test_all_of_hundred_and_eighteen_alike_may_still_be_three_in_a_hundred_apart() -> None:
    # The lower bound is 0.025 ** (1 / 118).
    assert exact_share(118, 118).low == pytest.approx(0.025 ** (1 / 118))


def test_exact_share_of_no_outcomes_is_not_defined() -> None:
    assert str(exact_share(0, 0)) == "undefined"


def test_estimate_is_formatted_without_negative_zero() -> None:
    assert str(Estimate(value=0.03, low=-0.001, high=0.07, n_outcomes=118)) == "0.03 (0.00 to 0.07)"


def test_estimate_is_formatted_with_its_interval() -> None:
    assert str(Estimate(value=0.7512, low=0.68, high=0.8123, n_outcomes=118)) == "0.75 (0.68 to 0.81)"
