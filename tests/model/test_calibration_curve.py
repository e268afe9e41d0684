"""The calibration curve."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy.special import expit, logit

from classifier._types import FloatArray
from classifier.model.calibration_curve import CalibrationCurve


def drawn(n_outcomes: int, *, slope: float, seed: int = 0) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Draw confidences, and whether suggestions are right, with log-odds of `slope` times those of confidence."""
    generator = np.random.default_rng(seed)
    confidence = generator.beta(4, 1.2, n_outcomes)
    right: npt.NDArray[np.bool_] = generator.random(n_outcomes) < expit(slope * logit(confidence))
    return confidence, right


@pytest.mark.parametrize("slope", [0.7, 1.0, 1.4])
def test_slope_is_found_again(slope: float) -> None:
    curve = CalibrationCurve.fit(*drawn(20_000, slope=slope))
    np.testing.assert_allclose(curve.coefficients, [0.0, slope], atol=0.08)


def test_without_outcomes_confidence_counts_as_calibrated() -> None:
    assert CalibrationCurve.fit(np.zeros(0), np.zeros(0, dtype=bool)).coefficients.tolist() == [0.0, 1.0]


def test_bound_is_below_the_mean_confidence_of_calibrated_suggestions() -> None:
    confidence, right = drawn(300, slope=1.0)
    bound = CalibrationCurve.fit(confidence, right).lowest_precision(np.sort(confidence)[::-1], level=0.9)
    assert bound[-1] < right.mean()


def test_nine_bounds_in_ten_are_below_the_share_that_is_right() -> None:
    confidence, _ = drawn(5_000, slope=0.8, seed=99)
    share_right = expit(0.8 * logit(confidence)).mean()
    n_below = sum(
        CalibrationCurve.fit(*drawn(300, slope=0.8, seed=seed)).lowest_precision(confidence, level=0.9)[-1]
        < share_right
        for seed in range(200)
    )
    assert 165 <= n_below <= 195


def test_all_right_is_no_certainty() -> None:
    confidence = np.linspace(0.5, 0.99, 100)
    assert CalibrationCurve.fit(confidence, np.ones(100, dtype=bool)).lowest_precision(confidence, level=0.9)[-1] < 1.0
