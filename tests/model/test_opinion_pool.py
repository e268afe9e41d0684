from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy.special import expit, softmax

from classifier._types import FloatArray
from classifier.model.opinion_pool import Link, LogarithmicPool, opinions

Applies = npt.NDArray[np.int_]
BOTH = pytest.mark.parametrize("link", list(Link))


def coded(link: Link, scores: FloatArray, draw: np.random.Generator) -> Applies:
    """Draw codes as likely as the scores say."""
    chances = link.probabilities(scores)
    if link is Link.EACH:
        return (draw.random(chances.shape) < chances).astype(int)
    places = [draw.choice(chances.shape[1], p=row) for row in chances]
    return np.eye(chances.shape[1], dtype=int)[places]


def told(link: Link, n_outcomes: int = 4000) -> tuple[FloatArray, Applies]:
    """Let one view say half of what it knows, another guess, and codes be as the first knows."""
    draw = np.random.default_rng(7)
    said = draw.normal(size=(n_outcomes, 2, 3))
    return said, coded(link, 2 * said[:, 0], draw)


def misfit(link: Link, scores: FloatArray, applies: Applies) -> float:
    """Work out the mean negative log-likelihood, in plain sight."""
    chances = softmax(scores, axis=1) if link is Link.ONE_OF else expit(scores)
    if link is Link.ONE_OF:
        return float(-np.log(chances[applies == 1]).mean())
    return float(-np.log(np.where(applies == 1, chances, 1 - chances)).mean())


@BOTH
def test_view_that_says_half_of_what_it_knows_is_heard_twice(link: Link) -> None:
    said, applies = told(link)
    assert LogarithmicPool(link).fit(said, applies).weights_[0] == pytest.approx(2.0, abs=0.15)


@BOTH
def test_view_that_guesses_is_not_heard(link: Link) -> None:
    said, applies = told(link)
    assert LogarithmicPool(link).fit(said, applies).weights_[1] == pytest.approx(0.0, abs=0.1)


@BOTH
def test_view_that_is_always_wrong_is_left_out_rather_than_turned_round(link: Link) -> None:
    said, applies = told(link)
    said[:, 1] = -said[:, 0] + said[:, 1]
    assert LogarithmicPool(link).fit(said[:, 1:], applies).weights_.tolist() == [0.0]


@BOTH
def test_no_small_change_of_weights_or_offsets_fits_better(link: Link) -> None:
    said, applies = told(link, n_outcomes=300)
    pool = LogarithmicPool(link).fit(said, applies)
    found = np.concatenate([pool.weights_, pool.offsets_])

    def loss(parameters: FloatArray) -> float:
        weights, offsets = parameters[:2], parameters[2:]
        scores = weights[0] * said[:, 0] + weights[1] * said[:, 1] + offsets
        return misfit(link, scores, applies) + pool.penalty * float((offsets**2).sum())

    changes = 0.02 * np.vstack([np.eye(5), -np.eye(5)])
    changed = [loss(found + change) for change in changes if (found + change)[:2].min() >= 0]
    assert min(changed) > loss(found)


@BOTH
def test_pool_fits_no_worse_than_either_view_alone(link: Link) -> None:
    draw = np.random.default_rng(3)
    truth = draw.normal(size=(500, 3)) * 2
    said = np.stack([truth + draw.normal(size=truth.shape), truth + draw.normal(size=truth.shape)], axis=1)
    applies = coded(link, truth, draw)
    together = misfit(link, LogarithmicPool(link).fit(said, applies).scores(said), applies)
    alone = [
        misfit(link, LogarithmicPool(link).fit(view, applies).scores(view), applies)
        for view in (said[:, :1], said[:, 1:])
    ]
    assert together < min(alone)


@BOTH
def test_code_given_more_often_than_views_say_gets_the_higher_offset(link: Link) -> None:
    draw = np.random.default_rng(5)
    said = draw.normal(size=(2000, 1, 2))
    offsets = LogarithmicPool(link).fit(said, coded(link, said[:, 0] + [1.0, -1.0], draw)).offsets_
    assert offsets[0] > offsets[1] + 0.5


@BOTH
def test_code_that_was_never_given_is_not_forbidden(link: Link) -> None:
    said = np.random.default_rng(1).normal(size=(50, 1, 3))
    applies = np.eye(3, dtype=int)[[0, 1] * 25]
    assert np.abs(LogarithmicPool(link).fit(said, applies).offsets_).max() < 5


def test_scores_are_weighted_sums_of_what_views_say_plus_offsets() -> None:
    pool = LogarithmicPool()
    pool.weights_, pool.offsets_ = np.array([2.0, 0.5]), np.array([0.0, 1.0])
    said = np.array([[[-1.0, -2.0], [-4.0, -6.0]]])
    assert pool.scores(said).tolist() == [[-4.0, -6.0]]


def test_codes_that_exclude_each_other_share_one_probability() -> None:
    chances = Link.ONE_OF.probabilities(np.log([[1.0, 2.0, 5.0]]))
    np.testing.assert_allclose(chances, [[0.125, 0.25, 0.625]])


def test_codes_that_apply_by_themselves_have_a_probability_each() -> None:
    chances = Link.EACH.probabilities(np.log([[1.0, 3.0]]))
    np.testing.assert_allclose(chances, [[0.5, 0.75]])


@BOTH
def test_opinion_is_the_probability_again_when_it_is_turned_back(link: Link) -> None:
    said = np.array([[0.2, 0.3, 0.5]])
    np.testing.assert_allclose(link.probabilities(opinions(said, link)), said)


@BOTH
def test_no_view_can_veto_a_code(link: Link) -> None:
    assert np.isfinite(opinions(np.array([[0.0, 1.0]]), link)).all()
