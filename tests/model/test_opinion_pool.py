from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy.special import expit, softmax

from classifier._types import FloatArray
from classifier.model.opinion_pool import LogarithmicPool, offset_penalty, to_log_probabilities
from classifier.model.task import TaskType

Applies = npt.NDArray[np.int_]
BOTH = pytest.mark.parametrize("task_type", list(TaskType))


def coded(task_type: TaskType, scores: FloatArray, draw: np.random.Generator) -> Applies:
    """Draw codes as likely as the scores say."""
    chances = task_type.probabilities(scores)
    if task_type is TaskType.MULTILABEL:
        return (draw.random(chances.shape) < chances).astype(int)
    places = [draw.choice(chances.shape[1], p=row) for row in chances]
    return np.eye(chances.shape[1], dtype=int)[places]


def reported(task_type: TaskType, n_outcomes: int = 4000) -> tuple[FloatArray, Applies]:
    """Let one view say half of what it knows, another guess, and codes be as the first knows."""
    draw = np.random.default_rng(7)
    log_probabilities = draw.normal(size=(n_outcomes, 2, 3))
    return log_probabilities, coded(task_type, 2 * log_probabilities[:, 0], draw)


def misfit(task_type: TaskType, scores: FloatArray, applies: Applies) -> float:
    """Work out the mean negative log-likelihood, in plain sight."""
    chances = softmax(scores, axis=1) if task_type is TaskType.MULTICLASS else expit(scores)
    if task_type is TaskType.MULTICLASS:
        return float(-np.log(chances[applies == 1]).mean())
    return float(-np.log(np.where(applies == 1, chances, 1 - chances)).mean())


@BOTH
def test_view_with_half_the_log_odds_gets_twice_the_weight(task_type: TaskType) -> None:
    log_probabilities, applies = reported(task_type)
    assert LogarithmicPool(task_type).fit(log_probabilities, applies).weights_[0] == pytest.approx(2.0, abs=0.15)


@BOTH
def test_view_that_guesses_gets_no_weight(task_type: TaskType) -> None:
    log_probabilities, applies = reported(task_type)
    assert LogarithmicPool(task_type).fit(log_probabilities, applies).weights_[1] == pytest.approx(0.0, abs=0.1)


@BOTH
def test_view_that_is_always_wrong_is_left_out_rather_than_turned_round(task_type: TaskType) -> None:
    log_probabilities, applies = reported(task_type)
    log_probabilities[:, 1] = -log_probabilities[:, 0] + log_probabilities[:, 1]
    assert LogarithmicPool(task_type).fit(log_probabilities[:, 1:], applies).weights_.tolist() == [0.0]


@BOTH
def test_no_small_change_of_weights_or_offsets_fits_better(task_type: TaskType) -> None:
    log_probabilities, applies = reported(task_type, n_outcomes=300)
    pool = LogarithmicPool(task_type).fit(log_probabilities, applies)
    found = np.concatenate([pool.weights_, pool.offsets_])

    def loss(parameters: FloatArray) -> float:
        weights, offsets = parameters[:2], parameters[2:]
        scores = weights[0] * log_probabilities[:, 0] + weights[1] * log_probabilities[:, 1] + offsets
        return misfit(task_type, scores, applies) + offset_penalty(300) * float((offsets**2).sum())

    changes = 0.02 * np.vstack([np.eye(5), -np.eye(5)])
    changed = [loss(found + change) for change in changes if (found + change)[:2].min() >= 0]
    assert min(changed) > loss(found)


@BOTH
def test_pool_fits_no_worse_than_either_view_alone(task_type: TaskType) -> None:
    draw = np.random.default_rng(3)
    truth = draw.normal(size=(500, 3)) * 2
    log_probabilities = np.stack([truth + draw.normal(size=truth.shape), truth + draw.normal(size=truth.shape)], axis=1)
    applies = coded(task_type, truth, draw)
    together = misfit(
        task_type, LogarithmicPool(task_type).fit(log_probabilities, applies).scores(log_probabilities), applies
    )
    alone = [
        misfit(task_type, LogarithmicPool(task_type).fit(view, applies).scores(view), applies)
        for view in (log_probabilities[:, :1], log_probabilities[:, 1:])
    ]
    assert together < min(alone)


@BOTH
def test_code_given_more_often_than_views_say_gets_the_higher_offset(task_type: TaskType) -> None:
    draw = np.random.default_rng(5)
    log_probabilities = draw.normal(size=(2000, 1, 2))
    offsets = (
        LogarithmicPool(task_type)
        .fit(log_probabilities, coded(task_type, log_probabilities[:, 0] + [1.0, -1.0], draw))
        .offsets_
    )
    assert offsets[0] > offsets[1] + 0.5


@BOTH
def test_offsets_of_thousands_of_outcomes_are_not_held_back(task_type: TaskType) -> None:
    draw = np.random.default_rng(5)
    log_probabilities = draw.normal(size=(20_000, 1, 2))
    pool = LogarithmicPool(task_type).fit(
        log_probabilities, coded(task_type, log_probabilities[:, 0] + [1.0, -1.0], draw)
    )
    assert pool.offsets_[0] - pool.offsets_[1] == pytest.approx(2.0, abs=0.1)


@BOTH
def test_code_that_was_never_given_is_not_forbidden(task_type: TaskType) -> None:
    log_probabilities = np.random.default_rng(1).normal(size=(50, 1, 3))
    applies = np.eye(3, dtype=int)[[0, 1] * 25]
    assert np.abs(LogarithmicPool(task_type).fit(log_probabilities, applies).offsets_).max() < 5


def test_scores_are_weighted_sums_of_what_views_say_plus_offsets() -> None:
    pool = LogarithmicPool()
    pool.weights_, pool.offsets_ = np.array([2.0, 0.5]), np.array([0.0, 1.0])
    log_probabilities = np.array([[[-1.0, -2.0], [-4.0, -6.0]]])
    assert pool.scores(log_probabilities).tolist() == [[-4.0, -6.0]]


def test_codes_that_exclude_each_other_share_one_probability() -> None:
    chances = TaskType.MULTICLASS.probabilities(np.log([[1.0, 2.0, 5.0]]))
    np.testing.assert_allclose(chances, [[0.125, 0.25, 0.625]])


def test_codes_that_apply_by_themselves_have_a_probability_each() -> None:
    chances = TaskType.MULTILABEL.probabilities(np.log([[1.0, 3.0]]))
    np.testing.assert_allclose(chances, [[0.5, 0.75]])


@BOTH
def test_log_probabilities_turn_back_into_probabilities(task_type: TaskType) -> None:
    probabilities = np.array([[0.2, 0.3, 0.5]])
    np.testing.assert_allclose(task_type.probabilities(to_log_probabilities(probabilities, task_type)), probabilities)


@BOTH
def test_no_view_can_veto_a_code(task_type: TaskType) -> None:
    assert np.isfinite(to_log_probabilities(np.array([[0.0, 1.0]]), task_type)).all()
