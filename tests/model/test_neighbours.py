from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer
from sklearn.utils.estimator_checks import parametrize_with_checks

from classifier.model.neighbours import Neighbours

LOCAL, NATIONAL = "Local", "National"
KNOWN = np.array([[1.0, 0.0, 0.0], [0.8, 0.6, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
CODES = [LOCAL, LOCAL, NATIONAL, NATIONAL]
GIVEN = np.array([[1, 0], [1, 1], [0, 1], [0, 0]])


@parametrize_with_checks([Neighbours(sharpness=20.0)])  # type: ignore[untyped-decorator]
def test_scikit_learn_finds_nothing_amiss(estimator: Neighbours, check: Callable[[Neighbours], None]) -> None:
    check(estimator)


def test_nearest_outcome_decides() -> None:
    assert Neighbours().fit(KNOWN, CODES).predict([[0.1, 0.9, 0.0], [0.9, 0.1, 0.0]]).tolist() == [NATIONAL, LOCAL]


def test_shares_of_votes_are_those_of_the_formula() -> None:
    votes = Neighbours(sharpness=2.0, prior_votes=0.5).fit(KNOWN, CODES)
    similarity = np.array([0.5, 0.4 + 0.3, 0.5, 0.0])
    weights = np.exp(2.0 * (similarity - 0.7))
    expected = (weights[:2].sum() + 0.25) / (weights.sum() + 0.5)
    assert votes.predict_proba([[0.5, 0.5, 0.0]])[0, 0] == pytest.approx(expected)


def test_where_all_are_as_far_the_shares_of_the_codes_decide() -> None:
    votes = Neighbours().fit(KNOWN[[0, 1, 2]], [LOCAL, LOCAL, NATIONAL])
    np.testing.assert_allclose(votes.predict_proba([[0.0, 0.0, 1.0]]), [[2 / 3, 1 / 3]])


def test_each_of_several_codes_gets_its_own_votes() -> None:
    shares = Neighbours(prior_votes=0.0).fit(KNOWN, GIVEN).predict_proba([[0.8, 0.6, 0.0]])
    np.testing.assert_allclose(shares, [[1.0, 1.0]], atol=1e-6)


def test_codes_with_half_of_the_votes_are_predicted() -> None:
    assert Neighbours().fit(KNOWN, GIVEN).predict(KNOWN).tolist() == GIVEN.tolist()


def test_one_code_of_two_is_no_multiple_field() -> None:
    assert Neighbours().fit(KNOWN, GIVEN[:, 0]).predict_proba(KNOWN).shape == (4, 2)


def test_many_outcomes_are_judged_as_one_by_one() -> None:
    rows = np.random.default_rng(0).normal(size=(1100, 3))
    votes = Neighbours(sharpness=3.0).fit(KNOWN, CODES)
    np.testing.assert_allclose(votes.predict_proba(rows)[[0, 600, 1099]], votes.predict_proba(rows[[0, 600, 1099]]))


def test_coded_outcomes_stay_as_precise_as_they_came() -> None:
    assert Neighbours().fit(KNOWN.astype(np.float16), CODES).X_.dtype == np.float16


def test_votes_can_are_in_a_pipeline() -> None:
    pipeline: Any = make_pipeline(Normalizer(), clone(Neighbours(sharpness=5.0)))
    assert pipeline.fit(KNOWN * 3, CODES).predict([[0.0, 7.0, 0.0]]).tolist() == [NATIONAL]
