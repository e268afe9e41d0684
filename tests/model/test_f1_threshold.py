from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import f1_score

from classifier._types import FloatArray
from classifier.model.f1_threshold import f1_threshold, micro_f1

confidences = arrays(np.float64, st.tuples(st.integers(1, 8), st.integers(1, 4)), elements=st.floats(0.01, 0.99))


@given(confidences)
def test_threshold_is_never_above_half(confidence: FloatArray) -> None:
    assert 0 < f1_threshold(confidence) <= 0.5


@given(confidences, st.floats(0, 1))
def test_no_other_threshold_has_a_higher_expected_f1(confidence: FloatArray, other: float) -> None:
    def expected(threshold: float) -> float:
        suggested = confidence >= threshold
        return float(2 * confidence[suggested].sum() / (suggested.sum() + confidence.sum()))

    assert expected(f1_threshold(confidence)) >= expected(other) - 1e-9


def test_threshold_is_best_for_codes_drawn_as_the_confidence_says() -> None:
    draw = np.random.default_rng(2)
    confidence = draw.beta(0.6, 1.4, size=(4000, 5))
    applies = draw.random(confidence.shape) < confidence
    by_threshold = {t: micro_f1(confidence >= t, applies) for t in np.linspace(0.05, 0.6, 56)}
    assert f1_threshold(confidence) == pytest.approx(max(by_threshold, key=lambda t: by_threshold[t]), abs=0.05)


def test_without_outcomes_codes_are_suggested_from_half() -> None:
    assert f1_threshold(np.zeros((0, 3))) == 0.5


def test_f1_is_that_of_scikit_learn() -> None:
    draw = np.random.default_rng(4)
    suggested, applies = draw.random((2, 50, 6)) < 0.3
    assert micro_f1(suggested, applies) == pytest.approx(f1_score(applies, suggested, average="micro"))


def test_f1_of_nothing_suggested_and_nothing_given_is_nought() -> None:
    assert micro_f1(np.zeros((2, 2), dtype=bool), np.zeros((2, 2))) == 0.0
