from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import ndtr

from classifier._types import FloatArray
from classifier.features.bert import gelu

# Wider than what a layer brings forth.
VALUES = st.floats(-200, 200, width=32)


@given(rows=arrays(np.float32, (40, 3), elements=VALUES))
def test_activation_is_the_value_times_the_share_of_the_normal_distribution_below_it(rows: FloatArray) -> None:
    expected = rows * ndtr(rows.astype(np.float64))
    np.testing.assert_allclose(gelu(rows.copy()), expected, rtol=2e-7, atol=7e-7)


@pytest.mark.parametrize(("value", "expected"), [(-3e38, 0), (3e38, 3e38), (0, 0)])
def test_activation_of_an_extreme_value_is_finite(value: float, expected: float) -> None:
    assert gelu(np.array([[value]], dtype=np.float32))[0, 0] == np.float32(expected)
