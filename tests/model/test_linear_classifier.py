from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from classifier.model.linear_classifier import LinearClassifier

Numbers = npt.NDArray[np.float32]

NUMBERS = st.floats(-8, 8, width=32)


def by_scikit_learn(coefficients: Numbers, intercepts: Numbers) -> LogisticRegression:
    """Return scikit-learn's classifier of the same numbers, in double precision."""
    fitted = LogisticRegression()
    fitted.coef_, fitted.intercept_ = coefficients.astype(np.float64), intercepts
    fitted.classes_ = np.arange(max(2, len(intercepts)))
    fitted.n_features_in_ = coefficients.shape[1]
    return fitted


@pytest.mark.slow
@pytest.mark.parametrize("is_sparse", [False, True], ids=["embeddings", "words"])
@pytest.mark.parametrize("n_vectors", [1, 3, 8])
@given(numbers=hnp.arrays(np.float32, (14, 6), elements=NUMBERS))
def test_probabilities_are_those_of_scikit_learn_to_the_last_digit(
    n_vectors: int, is_sparse: bool, numbers: Numbers
) -> None:
    coefficients, intercepts, rows = numbers[:n_vectors], numbers[8, :1].repeat(n_vectors), numbers[9:]
    ours = LinearClassifier(coefficients=coefficients, intercepts=intercepts)
    theirs = by_scikit_learn(coefficients, intercepts)
    view = sparse.csr_array(rows) if is_sparse else rows
    np.testing.assert_array_equal(ours.predict_proba(view), theirs.predict_proba(view))
