from __future__ import annotations

import math

import numpy as np
import pytest

from classifier.model.conformal import MIN_CONFIRMABLE, confirm_threshold
from classifier.suggestion.triage import route
from classifier.suggestion.types import Route

LOCAL, NATIONAL, REGIONAL, GLOBAL = "Local", "National", "Regional", "Global"


def routed(
    *prediction_set: str,
    suggested: tuple[str, ...] = (LOCAL,),
    n_codes: int = 5,
    is_any_fitting: bool = True,
    is_sure: bool = True,
    can_be_judged: bool = True,
) -> Route:
    return route(
        prediction_set,
        suggested,
        n_codes=n_codes,
        is_any_fitting=is_any_fitting,
        is_sure=is_sure,
        can_be_judged=can_be_judged,
    )


# Routes


def test_sure_suggestion_that_fills_its_set_is_confirmed() -> None:
    assert routed(LOCAL) is Route.CONFIRM


def test_unsure_suggestion_is_chosen_from_its_set() -> None:
    assert routed(LOCAL, is_sure=False) is Route.CHOOSE


def test_sure_suggestion_is_chosen_where_another_code_remains_possible() -> None:
    assert routed(LOCAL, NATIONAL) is Route.CHOOSE


def test_two_codes_suggested_together_are_confirmed_in_any_order() -> None:
    assert routed(NATIONAL, LOCAL, suggested=(LOCAL, NATIONAL)) is Route.CONFIRM


def test_three_codes_are_few_enough_to_choose_from() -> None:
    assert routed(LOCAL, NATIONAL, REGIONAL) is Route.CHOOSE


def test_four_codes_are_too_many_to_choose_from() -> None:
    assert routed(LOCAL, NATIONAL, REGIONAL, GLOBAL) is Route.CODE_AFRESH


def test_outcome_that_no_code_fits_is_coded_afresh() -> None:
    assert routed(LOCAL, is_any_fitting=False) is Route.CODE_AFRESH


def test_set_of_all_codes_says_nothing() -> None:
    assert routed(LOCAL, NATIONAL, n_codes=2) is Route.CODE_AFRESH


def test_only_code_of_a_field_says_nothing() -> None:
    assert routed(LOCAL, n_codes=1) is Route.CODE_AFRESH


def test_unreadable_outcome_is_coded_afresh_however_sure_the_suggestion() -> None:
    assert routed(LOCAL, can_be_judged=False) is Route.CODE_AFRESH


# Which suggestions are sure


def test_thirty_suggestions_all_right_are_enough_for_nine_in_ten() -> None:
    # If 30 of 30 are right, the precision is at least 0.1 ** (1 / 30) = 0.926 (90 % sure).
    joint_confidence = np.linspace(0.9, 0.6, 30)
    assert confirm_threshold(joint_confidence, np.ones(30, dtype=bool), precision=0.9) == pytest.approx(0.6)


def test_forty_four_suggestions_all_right_are_not_enough_for_nineteen_in_twenty() -> None:
    # 0.1 ** (1 / 44) = 0.949, 0.1 ** (1 / 45) = 0.950
    joint_confidence = np.linspace(0.999, 0.99, 44)
    assert confirm_threshold(joint_confidence, np.ones(44, dtype=bool), precision=0.95) == math.inf


def test_forty_five_suggestions_all_right_are_enough_for_nineteen_in_twenty() -> None:
    joint_confidence = np.linspace(0.999, 0.99, 45)
    assert confirm_threshold(joint_confidence, np.ones(45, dtype=bool), precision=0.95) == pytest.approx(0.99)


def test_a_run_of_right_suggestions_is_not_enough_where_slightly_less_sure_ones_were_often_wrong() -> None:
    joint_confidence = np.concatenate([np.linspace(0.9, 0.89, 45), np.linspace(0.88, 0.85, 200)])
    right = np.concatenate([np.ones(45, dtype=bool), np.arange(200) % 3 > 0])
    assert confirm_threshold(joint_confidence, right, precision=0.95) == math.inf


def test_fewer_suggestions_than_thirty_are_never_confirmed() -> None:
    joint_confidence = np.linspace(0.9, 0.6, MIN_CONFIRMABLE - 1)
    assert confirm_threshold(joint_confidence, np.ones(len(joint_confidence), dtype=bool), precision=0.5) == math.inf


def test_nothing_is_confirmed_where_nothing_was_right() -> None:
    assert confirm_threshold(np.linspace(0.9, 0.6, 100), np.zeros(100, dtype=bool), precision=0.5) == math.inf


def test_nothing_is_confirmed_without_outcomes() -> None:
    assert confirm_threshold(np.zeros(0), np.zeros(0, dtype=bool), precision=0.5) == math.inf


def test_perfection_is_never_promised() -> None:
    assert confirm_threshold(np.linspace(0.99, 0.6, 1000), np.ones(1000, dtype=bool), precision=1.0) == math.inf


def test_wrong_suggestions_below_the_threshold_do_not_matter() -> None:
    joint_confidence = np.linspace(0.99, 0.01, 99)
    threshold = confirm_threshold(joint_confidence, joint_confidence > 0.495, precision=0.8)
    assert 0.4 < threshold <= 0.6


def test_suggestions_of_the_same_surety_pass_or_fail_together() -> None:
    # Forty are right above; of ninety at 0.7, the right ones happen to come first.
    joint_confidence = np.array([0.9] * 40 + [0.7] * 90)
    right = np.array([True] * 40 + [True] * 45 + [False] * 45)
    assert confirm_threshold(joint_confidence, right, precision=0.9) == 0.9


def test_order_of_the_outcomes_does_not_matter() -> None:
    draw = np.random.default_rng(4)
    joint_confidence = np.round(draw.random(300), 2)
    right = draw.random(300) < joint_confidence
    shuffled = draw.permutation(300)
    assert confirm_threshold(joint_confidence[shuffled], right[shuffled], precision=0.8) == confirm_threshold(
        joint_confidence, right, precision=0.8
    )


@pytest.mark.parametrize("precision", [0.8, 0.9, 0.95])
def test_new_suggestions_above_the_threshold_are_right_as_often_as_was_asked(precision: float) -> None:
    draw = np.random.default_rng(9)
    shares: list[float] = []
    for _ in range(200):
        joint_confidence, new = draw.beta(4, 1, size=300), draw.beta(4, 1, size=2000)
        threshold = confirm_threshold(joint_confidence, draw.random(300) < joint_confidence, precision=precision)
        confirmed = new[new >= threshold]
        shares += [float(np.mean(draw.random(len(confirmed)) < confirmed))] if len(confirmed) else []
    assert np.mean(shares) >= precision
