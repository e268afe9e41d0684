from __future__ import annotations

import numpy as np
import pytest

from classifier.model.neighbours import Neighbours

KNOWN = np.array([[1.0, 0.0, 0.0], [0.8, 0.6, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], dtype=np.float16)
# The first code is Local, the second National.
LOCAL_OR_NATIONAL = np.eye(2, dtype=np.int8)[[0, 0, 1, 1]]
GIVEN = np.array([[1, 0], [1, 1], [0, 1], [0, 0]], dtype=np.int8)


def test_nearest_outcome_decides() -> None:
    votes = Neighbours(known=KNOWN, applies=LOCAL_OR_NATIONAL)
    assert votes.predict_proba(np.array([[0.1, 0.9, 0.0], [0.9, 0.1, 0.0]])).argmax(axis=1).tolist() == [1, 0]


def test_shares_of_votes_are_those_of_the_formula() -> None:
    votes = Neighbours(known=KNOWN.astype(np.float64), applies=LOCAL_OR_NATIONAL, sharpness=2.0, prior_votes=0.5)
    similarity = np.array([0.5, 0.4 + 0.3, 0.5, 0.0])
    weights = np.exp(2.0 * (similarity - 0.7))
    expected = (weights[:2].sum() + 0.25) / (weights.sum() + 0.5)
    assert votes.predict_proba(np.array([[0.5, 0.5, 0.0]]))[0, 0] == pytest.approx(expected, rel=1e-3)


def test_where_all_are_as_far_the_shares_of_the_codes_decide() -> None:
    votes = Neighbours(known=KNOWN[:3], applies=LOCAL_OR_NATIONAL[:3])
    np.testing.assert_allclose(votes.predict_proba(np.array([[0.0, 0.0, 1.0]])), [[2 / 3, 1 / 3]])


def test_each_of_several_codes_gets_its_own_votes() -> None:
    votes = Neighbours(known=KNOWN, applies=GIVEN, prior_votes=0.0)
    np.testing.assert_allclose(votes.predict_proba(np.array([[0.8, 0.6, 0.0]])), [[1.0, 1.0]], atol=1e-6)


def test_many_outcomes_are_judged_as_one_by_one() -> None:
    rows = np.random.default_rng(0).normal(size=(1100, 3))
    votes = Neighbours(known=KNOWN, applies=LOCAL_OR_NATIONAL, sharpness=3.0)
    np.testing.assert_allclose(votes.predict_proba(rows)[[0, 600, 1099]], votes.predict_proba(rows[[0, 600, 1099]]))
