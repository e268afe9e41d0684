from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from classifier.agreement import Figure, cohen_kappa, with_interval

Codings = list[tuple[str, str]]
CODES = ["Local", "National", "Regional", "Global"]
CODINGS = st.lists(st.tuples(st.sampled_from(CODES), st.sampled_from(CODES)), min_size=1, max_size=60)


def kappa_of(codings: Codings) -> float:
    return cohen_kappa([first for first, _ in codings], [second for _, second in codings])


def share(right: npt.NDArray[np.float64]) -> Callable[[npt.NDArray[np.intp]], float]:
    return lambda rows: float(right[rows].mean())


# Cohen's kappa


def test_kappa_of_cohens_example() -> None:
    # Two judges on 200 patients, Cohen (1968), "Weighted kappa", doi:10.1037/h0026256, Table 1: kappa 0.492.
    counts = [[88, 14, 18], [10, 40, 10], [2, 6, 12]]
    diagnoses = ["personality disorder", "neurosis", "psychosis"]
    codings = [
        (first, second)
        for first, row in zip(diagnoses, counts, strict=True)
        for second, count in zip(diagnoses, row, strict=True)
        for _ in range(count)
    ]
    assert round(kappa_of(codings), 3) == 0.492


def test_kappa_by_hand() -> None:
    # They agree on 7 of 10; by their habits alone on 0.6 * 0.5 + 0.4 * 0.5 = 0.5.
    first = ["Local"] * 6 + ["National"] * 4
    second = ["Local"] * 4 + ["National"] * 5 + ["Local"]
    assert cohen_kappa(first, second) == pytest.approx((0.7 - 0.5) / (1 - 0.5))


@given(codings=CODINGS)
def test_kappa_is_that_of_scikit_learn(codings: Codings) -> None:
    first, second = zip(*codings, strict=True)
    assume(len({*first, *second}) > 1)
    assert cohen_kappa(first, second) == pytest.approx(cohen_kappa_score(first, second))


@given(codings=CODINGS)
def test_coders_may_change_places(codings: Codings) -> None:
    swapped = [(second, first) for first, second in codings]
    assert kappa_of(swapped) == pytest.approx(kappa_of(codings), nan_ok=True)


@given(codings=CODINGS, names=st.permutations(CODES))
def test_names_of_the_codes_do_not_matter(codings: Codings, names: list[str]) -> None:
    name = dict(zip(CODES, names, strict=True))
    renamed = [(name[first], name[second]) for first, second in codings]
    assert kappa_of(renamed) == pytest.approx(kappa_of(codings), nan_ok=True)


@given(codings=CODINGS, seed=st.integers(0, 1000))
def test_order_of_the_outcomes_does_not_matter(codings: Codings, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(codings))
    assert kappa_of([codings[place] for place in order]) == pytest.approx(kappa_of(codings), nan_ok=True)


@given(codes=st.lists(st.sampled_from(CODES), min_size=2, max_size=60))
def test_kappa_of_coders_who_always_agree_is_one(codes: list[str]) -> None:
    assume(len(set(codes)) > 1)
    assert cohen_kappa(codes, codes) == 1.0


def test_coder_who_always_gives_one_code_agrees_as_chance_would() -> None:
    assert cohen_kappa(["Local", "National", "Local", "Global"], ["Local"] * 4) == 0.0


def test_coders_who_never_agree_are_below_chance() -> None:
    assert cohen_kappa(["Local", "National"], ["National", "Local"]) == -1.0


def test_kappa_is_not_defined_where_only_one_code_was_used() -> None:
    assert math.isnan(cohen_kappa(["Local"] * 3, ["Local"] * 3))


def test_kappa_is_not_defined_without_outcomes() -> None:
    assert math.isnan(cohen_kappa([], []))


def test_codings_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^codes of the same outcomes are needed, got 2 and 1$"):
        cohen_kappa(["Local", "Local"], ["Local"])


# Intervals


def test_figure_is_that_of_all_outcomes() -> None:
    assert with_interval(share(np.array([1.0, 1.0, 0.0, 1.0])), np.arange(4)).value == 0.75


def test_interval_of_a_share_is_as_wide_as_theory_says() -> None:
    # The standard error of 0.8 of 400 is sqrt(0.8 * 0.2 / 400) = 0.02, so +-0.0392.
    figure = with_interval(share(np.array([1.0] * 320 + [0.0] * 80)), np.arange(400))
    assert (figure.low, figure.high) == pytest.approx((0.761, 0.839), abs=0.006)


def test_hundred_outcomes_told_four_times_are_no_better_than_hundred() -> None:
    right = np.array([1.0] * 80 + [0.0] * 20)
    once = with_interval(share(right), np.arange(100))
    four_times = with_interval(share(np.repeat(right, 4)), np.repeat(np.arange(100), 4))
    assert (four_times.low, four_times.high) == pytest.approx((once.low, once.high))


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    draw = np.random.default_rng(6)
    held = []
    for seed in range(60):
        figure = with_interval(share((draw.random(150) < 0.7).astype(float)), np.arange(150), seed=seed)
        held.append(figure.low <= 0.7 <= figure.high)
    assert np.mean(held) >= 0.88  # 0.95, less two and a half standard errors of 60 draws


def test_same_seed_gives_the_same_interval() -> None:
    right = np.array([1.0] * 30 + [0.0] * 12)
    assert with_interval(share(right), np.arange(42), seed=3) == with_interval(share(right), np.arange(42), seed=3)


def test_outcomes_are_counted_with_their_near_duplicates() -> None:
    assert with_interval(share(np.ones(3)), np.array([0, 0, 1])).n_outcomes == 3


def test_interval_is_not_defined_where_the_figure_never_is() -> None:
    figure = with_interval(lambda rows: math.nan, np.arange(5))
    assert str(figure) == "nan (nan-nan, n=5)"


def test_figure_of_no_outcomes_is_not_defined() -> None:
    figure = with_interval(share(np.zeros(0)), np.zeros(0, dtype=np.intp))
    assert str(figure) == "nan (nan-nan, n=0)"


def test_figure_is_told_with_its_interval_and_how_many_stand_behind_it() -> None:
    assert str(Figure(value=0.7512, low=0.68, high=0.8123, n_outcomes=118)) == "0.751 (0.680-0.812, n=118)"
