from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier._types import FloatArray
from classifier.model.calibration import confidences, fit_temperature
from classifier.model.conformal import set_threshold
from classifier.model.task import TaskType

BOTH = pytest.mark.parametrize("task_type", list(TaskType))
NONE = np.zeros(0, dtype=np.intp)


def scored(task_type: TaskType, n_outcomes: int = 4000) -> tuple[FloatArray, npt.NDArray[np.int_]]:
    """Draw scores, and codes as likely as they say."""
    draw = np.random.default_rng(11)
    scores = 2 * draw.normal(size=(n_outcomes, 4))
    chances = task_type.probabilities(scores)
    if task_type is TaskType.MULTILABEL:
        return scores, (draw.random(chances.shape) < chances).astype(int)
    return scores, np.eye(4, dtype=int)[[draw.choice(4, p=row) for row in chances]]


# Temperature


@BOTH
def test_scores_as_sure_as_they_are_right_are_left_as_they_are(task_type: TaskType) -> None:
    assert fit_temperature(*scored(task_type), task_type) == pytest.approx(1.0, abs=0.05)


@BOTH
def test_scores_three_times_too_sure_are_cooled_threefold(task_type: TaskType) -> None:
    scores, applies = scored(task_type)
    assert fit_temperature(3 * scores, applies, task_type) == pytest.approx(3.0, abs=0.15)


@BOTH
def test_modest_scores_are_made_surer(task_type: TaskType) -> None:
    scores, applies = scored(task_type)
    assert fit_temperature(0.75 * scores, applies, task_type) == pytest.approx(0.75, abs=0.05)


@BOTH
def test_outcomes_kept_apart_without_a_fault_do_not_make_certain(task_type: TaskType) -> None:
    applies = np.eye(2, dtype=int)[[0, 1, 0, 1, 1]]
    assert fit_temperature(np.where(applies == 1, 3.0, -3.0), applies, task_type) == pytest.approx(0.5, abs=0.001)


# Confidence


def confidence_in(
    scores: list[list[float]],
    task_type: TaskType,
    *,
    trained_codes: list[int],
    n_codes: int,
    n_outcomes: int,
    always: list[int],
    defined: list[list[float]] | None = None,
) -> FloatArray:
    return confidences(
        np.array(scores).reshape(len(scores), len(trained_codes)),
        task_type=task_type,
        temperature=1.0,
        trained_codes=np.array(trained_codes, dtype=np.intp),
        always=np.array(always, dtype=np.intp),
        defined=np.full((len(scores), n_codes), 1 / n_codes) if defined is None else np.array(defined),
        n_outcomes=n_outcomes,
    )


def test_confidence_by_hand() -> None:
    # 36 outcomes are three times the three that make the definitions of four codes count as much: a tenth is theirs.
    found = confidence_in(
        [[0.0, np.log(3)]],
        TaskType.MULTICLASS,
        trained_codes=[0, 2],
        n_codes=4,
        n_outcomes=36,
        always=[],
        defined=[[0.0, 1.0, 0.0, 0.0]],
    )
    np.testing.assert_allclose(
        found, [[0.98 * 0.9 / 4 + 0.005, 0.98 * 0.1 + 0.005, 0.98 * 2.7 / 4 + 0.005, 0.005]], rtol=1e-12
    )


def test_definitions_count_as_much_as_three_outcomes_per_code() -> None:
    found = confidence_in(
        [[30.0, 0.0]],
        TaskType.MULTICLASS,
        trained_codes=[0, 1],
        n_codes=2,
        n_outcomes=6,
        always=[],
        defined=[[0.0, 1.0]],
    )
    assert found[0] == pytest.approx([0.5, 0.5])


def test_where_nothing_was_learned_the_definitions_decide() -> None:
    found = confidence_in(
        [[]], TaskType.MULTICLASS, trained_codes=[], n_codes=2, n_outcomes=0, always=[], defined=[[0.75, 0.25]]
    )
    assert found[0] == pytest.approx([0.98 * 0.75 + 0.01, 0.98 * 0.25 + 0.01])


def test_of_two_codes_without_an_example_the_one_whose_definition_fits_is_likelier() -> None:
    found = confidence_in(
        [[5.0]], TaskType.MULTILABEL, trained_codes=[0], n_codes=3, n_outcomes=50, always=[], defined=[[0.1, 0.2, 0.7]]
    )
    assert found[0, 1] < found[0, 2] < 0.05


@given(
    scores=st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=3),
    task_type=st.sampled_from(TaskType),
    temperature=st.floats(0.5, 20),
    n_outcomes=st.integers(0, 10**7),
)
def test_no_code_is_certain_and_none_impossible(
    scores: list[float], task_type: TaskType, temperature: float, n_outcomes: int
) -> None:
    found = confidences(
        np.array([scores]),
        task_type=task_type,
        temperature=temperature,
        trained_codes=np.arange(3),
        always=NONE,
        defined=np.array([[1.0, 0.0, 0.0, 0.0]]),
        n_outcomes=n_outcomes,
    )
    assert 0 < found.min() <= found.max() < 0.995


@given(
    scores=st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=2),
    n_codes=st.integers(2, 30),
    n_outcomes=st.integers(1, 10**7),
)
def test_confidence_in_codes_that_exclude_each_other_sums_to_one(
    scores: list[float], n_codes: int, n_outcomes: int
) -> None:
    found = confidence_in(
        [scores], TaskType.MULTICLASS, trained_codes=[0, 1], n_codes=n_codes, n_outcomes=n_outcomes, always=[]
    )
    assert found.sum() == pytest.approx(1.0)


@BOTH
def test_code_without_an_example_gets_the_same_small_share_in_every_outcome(task_type: TaskType) -> None:
    found = confidence_in(
        [[5.0, 0.0], [0.0, 5.0]], task_type, trained_codes=[0, 1], n_codes=3, n_outcomes=50, always=[]
    )
    assert 0 < found[0, 2] == found[1, 2] < 0.02


def test_share_of_a_code_without_an_example_shrinks_as_outcomes_come() -> None:
    shares = [
        confidence_in([[0.0, 0.0]], TaskType.MULTICLASS, trained_codes=[0, 1], n_codes=6, n_outcomes=n, always=[])[0, 5]
        for n in (5, 50, 500)
    ]
    assert shares == sorted(shares, reverse=True)


@BOTH
def test_where_nothing_was_learned_all_codes_are_alike(task_type: TaskType) -> None:
    found = confidence_in([[], []], task_type, trained_codes=[], n_codes=4, n_outcomes=0, always=[])
    assert np.unique(found).size == 1


@BOTH
def test_only_code_of_a_field_is_not_certain(task_type: TaskType) -> None:
    found = confidence_in([[3.0]], task_type, trained_codes=[0], n_codes=1, n_outcomes=1000, always=[])
    assert 0.9 < found[0, 0] < 0.995


def test_code_that_every_outcome_was_given_is_nearly_certain() -> None:
    found = confidence_in([[0.0]], TaskType.MULTILABEL, trained_codes=[1], n_codes=3, n_outcomes=1000, always=[0])
    assert 0.97 < found[0, 0] < 0.995


@BOTH
def test_order_of_the_codes_is_that_of_their_scores(task_type: TaskType) -> None:
    found = confidence_in([[0.5, 3.0, -1.0]], task_type, trained_codes=[0, 1, 2], n_codes=3, n_outcomes=300, always=[])
    assert np.argsort(-found[0]).tolist() == [1, 0, 2]


# Prediction sets


def test_threshold_by_hand() -> None:
    # Of nine outcomes, 80 % coverage lets the second lowest in: 2 of 10 places lie below it.
    agreed = np.array([0.9, 0.1, 0.8, 0.2, 0.7, 0.3, 0.6, 0.4, 0.5])
    assert set_threshold(agreed, coverage=0.8) == 0.2


def test_nine_outcomes_are_enough_for_nine_in_ten() -> None:
    assert set_threshold(np.linspace(0.1, 0.9, 9), coverage=0.9) == pytest.approx(0.1)


def test_eight_outcomes_are_too_few_for_nine_in_ten_so_every_code_enters() -> None:
    assert set_threshold(np.linspace(0.1, 0.8, 8), coverage=0.9) == 0.0


def test_without_outcomes_every_code_enters() -> None:
    assert set_threshold(np.zeros(0), coverage=0.9) == 0.0


@pytest.mark.parametrize("coverage", [0.0, 1.0, -0.1, 90.0])
def test_coverage_that_is_no_share_is_refused(coverage: float) -> None:
    with pytest.raises(ValueError, match=rf"^coverage must be in \(0, 1\), got {coverage}$"):
        set_threshold(np.array([0.5]), coverage=coverage)


@pytest.mark.parametrize("coverage", [0.5, 0.8, 0.9, 0.95])
def test_sets_cover_as_many_new_outcomes_as_was_asked(coverage: float) -> None:
    draw = np.random.default_rng(2)
    covered = []
    for _ in range(200):
        agreed = draw.beta(4, 2, size=99)
        new = draw.beta(4, 2, size=500)
        covered.append(np.mean(new >= set_threshold(agreed, coverage=coverage)))
    assert np.mean(covered) == pytest.approx(coverage, abs=0.02)


@given(
    agreed=st.lists(st.floats(0.001, 0.999), min_size=1, max_size=60), coverages=st.tuples(*[st.floats(0.01, 0.99)] * 2)
)
def test_more_coverage_never_takes_a_code_out_of_a_set(agreed: list[float], coverages: tuple[float, float]) -> None:
    less, more = sorted(coverages)
    assert set_threshold(np.array(agreed), coverage=more) <= set_threshold(np.array(agreed), coverage=less)
