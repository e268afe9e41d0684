from __future__ import annotations

import numpy as np
import pytest

from classifier.evaluation.examples_needed import CodeNeed, more_needed

N = np.array([4.0, 8.0, 16.0, 32.0, 64.0])


def need(n_more: int | None, low: int | None = None, high: int | None = None) -> CodeNeed:
    return CodeNeed(field="scale", code="Local", n_examples=40, f1=0.6, n_more=n_more, low=low, high=high)


def test_code_that_reaches_its_target_at_64_examples_needs_half_of_them_more() -> None:
    assert more_needed(N[:4], 1 - 1.6 / np.sqrt(N[:4]), np.ones(4), n_now=32, target=0.8) == 35


def test_curve_that_flattens_below_the_target_gives_no_number() -> None:
    assert more_needed(N, 0.5 - 0.5 / N, np.ones(5), n_now=64, target=0.8) is None


def test_curve_is_not_extrapolated_beyond_three_times_the_examples() -> None:
    assert more_needed(N[:4], 1 - 1.6 / np.sqrt(N[:4]), np.ones(4), n_now=20, target=0.8) is None


def test_three_points_are_too_few_for_a_curve() -> None:
    assert more_needed(N[:3], 1 - 1.6 / np.sqrt(N[:3]), np.ones(3), n_now=16, target=0.8) is None


@pytest.mark.parametrize(
    ("words", "code_need"),
    [
        ("about 40 more (15 to 90)", need(40, 15, 90)),
        ("about 40 more (15 to over 80)", need(40, 15, None)),
        ("about enough (0 to 20 more)", need(0, 0, 20)),
        ("enough already", need(0, 0, 0)),
        ("too few to say", need(None)),
    ],
)
def test_need_in_words(words: str, code_need: CodeNeed) -> None:
    assert str(code_need) == words
