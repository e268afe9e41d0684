from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.errors import EncoderError
from classifier.harvest.outcome import Outcome
from classifier.harvest.story import Story
from classifier.suggestion.batches import in_batches

OUTCOMES = tuple(
    Outcome(fragment_id=f"A/{n}", story=Story(parts={}, description=f"Village {n}.", merged="")) for n in range(300)
)


def named(outcomes: Sequence[Outcome]) -> list[str]:
    return [one.fragment_id for one in outcomes]


@given(size=st.integers(1, 400), bad=st.sets(st.integers(0, 299), max_size=8))
def test_only_outcomes_that_cannot_be_done_are_left_out(size: int, bad: set[int]) -> None:
    unable = {f"A/{n}" for n in bad}

    def work(batch: Sequence[Outcome]) -> list[str]:
        if unable.intersection(named(batch)):
            raise ValueError("Mismatching dimensions")
        return named(batch)

    done, failed = in_batches(OUTCOMES, work, size=size)
    assert [name for _, name in done] == [name for name in named(OUTCOMES) if name not in unable]
    assert {one.outcome.fragment_id for one in failed} == unable


def test_work_that_gives_too_few_results_is_taken_for_failed() -> None:
    done, failed = in_batches(OUTCOMES[:3], lambda batch: named(batch)[:1])
    assert (len(done), len(failed)) == (3, 0)


@pytest.mark.parametrize("raised", [KeyboardInterrupt(), SystemExit(1), EncoderError("no encoder")])
def test_what_stops_the_whole_run_is_passed_on(raised: BaseException) -> None:
    def work(batch: Sequence[Outcome]) -> list[str]:
        raise raised

    with pytest.raises(type(raised)):
        in_batches(OUTCOMES, work)


def test_outcome_that_takes_too_much_memory_costs_the_others_nothing() -> None:
    def work(batch: Sequence[Outcome]) -> list[str]:
        if len(batch) > 1 or batch[0].fragment_id == "A/7":
            raise MemoryError
        return named(batch)

    done, failed = in_batches(OUTCOMES[:20], work)
    assert (len(done), named([one.outcome for one in failed])) == (19, ["A/7"])
