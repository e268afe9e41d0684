"""Views: words of description, story and opening; the encoder's meaning of each; both; neighbours; definitions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from scipy.special import log_softmax

from classifier._types import FloatArray
from classifier.model.opinion_pool import LogarithmicPool
from classifier.model.pool_choice import choose_pool, views_used
from classifier.model.task import TaskType

N_VIEWS = 9
WORDS, MEANING, NEIGHBOURS = 1, 4, 7
N_OUTCOMES = 300
CODES = np.random.default_rng(1).choice(3, size=N_OUTCOMES, p=[0.6, 0.3, 0.1])
APPLIES = np.eye(3, dtype=np.int8)[CODES]
FOLDS = [np.arange(N_OUTCOMES) % 5 == fold for fold in range(5)]


def views(knowing: Sequence[int], *, strength: float = 2.0, seed: int = 0) -> FloatArray:
    """Let some views tell the code, with errors of their own, and the others guess."""
    drawn = np.random.default_rng(seed).normal(size=(N_OUTCOMES, N_VIEWS, 3))
    drawn[:, list(knowing)] += strength * APPLIES[:, np.newaxis]
    result: FloatArray = log_softmax(drawn, axis=2)
    return result


def used(pool: LogarithmicPool) -> list[int]:
    return np.flatnonzero(pool.weights_ > 0.01).tolist()


def test_all_views_are_used_where_others_than_the_story_tell_the_code() -> None:
    pool, _ = choose_pool(views([0, WORDS, NEIGHBOURS]), APPLIES, TaskType.MULTICLASS, FOLDS)
    assert {0, WORDS, NEIGHBOURS} <= set(used(pool))


def test_words_alone_are_used_where_the_others_guess() -> None:
    pool, _ = choose_pool(views([WORDS], strength=1.0), APPLIES, TaskType.MULTICLASS, FOLDS)
    assert used(pool) == [WORDS]


def test_few_outcomes_are_pooled_over_all_views() -> None:
    few = slice(0, 60)
    pool, _ = choose_pool(
        views([WORDS], strength=1.0)[few], APPLIES[few], TaskType.MULTICLASS, [fold[few] for fold in FOLDS]
    )
    assert len(used(pool)) > 1


@pytest.mark.slow
def test_agreement_out_of_fold_is_not_that_of_the_best_of_three_by_chance() -> None:
    # Of codes given at random none can be told, and choosing the luckiest views on the same outcomes would show.
    rights = []
    for seed in range(20):
        random = np.eye(3, dtype=np.int8)[np.random.default_rng(100 + seed).integers(0, 3, N_OUTCOMES)]
        _, scores = choose_pool(views([], seed=seed), random, TaskType.MULTICLASS, FOLDS)
        rights.append((scores.argmax(axis=1) == random.argmax(axis=1)).mean())
    assert np.mean(rights) == pytest.approx(1 / 3, abs=0.02)


def test_scores_of_a_fold_do_not_depend_on_its_codes() -> None:
    changed = APPLIES.copy()
    changed[FOLDS[0]] = np.roll(changed[FOLDS[0]], 1, axis=1)
    _, before = choose_pool(views([0, WORDS]), APPLIES, TaskType.MULTICLASS, FOLDS)
    _, after = choose_pool(views([0, WORDS]), changed, TaskType.MULTICLASS, FOLDS)
    np.testing.assert_array_equal(before[FOLDS[0]], after[FOLDS[0]])


def test_rare_code_is_suggested_more_often_than_the_most_probable_code_would_be() -> None:
    pool, scores = choose_pool(views([WORDS], strength=0.5), APPLIES, TaskType.MULTICLASS, FOLDS)
    most_probable = scores + 0.3 * np.log(APPLIES.mean(axis=0))
    assert (scores.argmax(axis=1) > 0).mean() > (most_probable.argmax(axis=1) > 0).mean()
    assert pool.offsets_[2] > LogarithmicPool().fit(views([WORDS], strength=0.5), APPLIES).offsets_[2]


def test_codes_that_do_not_exclude_each_other_keep_their_frequency() -> None:
    told = views([0, WORDS, NEIGHBOURS])
    pool, _ = choose_pool(told, APPLIES, TaskType.MULTILABEL, FOLDS)
    np.testing.assert_allclose(pool.offsets_, LogarithmicPool(TaskType.MULTILABEL).fit(told, APPLIES).offsets_)


@pytest.mark.parametrize(
    ("places", "named"),
    [
        ([WORDS], "the words of the whole story"),
        ([WORDS, MEANING], "the words and meaning of the whole story"),
        ([0, WORDS], ""),
        ([], ""),
    ],
)
def test_views_of_the_story_only_are_named(places: list[int], named: str) -> None:
    assert views_used(np.isin(np.arange(N_VIEWS), places) * 1.5) == named
