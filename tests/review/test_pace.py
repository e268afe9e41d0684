from __future__ import annotations

import datetime
from collections.abc import Sequence

from classifier.project.current_decisions import JournalState
from classifier.project.journal import DecisionMethod, Entry
from classifier.review.pace import pace_s
from tests.support.projects import NOON, by_hand


def entries(*gaps_s: float, names: Sequence[str] = ()) -> list[Entry]:
    """Decide on one outcome after the other, so many seconds apart."""
    at = [NOON + datetime.timedelta(seconds=sum(gaps_s[:place])) for place in range(len(gaps_s) + 1)]
    names = names or [f"SCC-LPC/{number:03}" for number in range(len(at))]
    return [
        Entry(number=number, at=when, decision=by_hand(name, "Local"))
        for number, (when, name) in enumerate(zip(at, names, strict=True), start=1)
    ]


def pace(*gaps_s: float, names: Sequence[str] = ()) -> float | None:
    return pace_s(JournalState(entries(*gaps_s, names=names)).actions("Ana"))


def test_who_has_done_nothing_has_no_pace() -> None:
    assert pace_s([]) is None


def test_four_ways_from_outcome_to_outcome_are_too_few_to_say() -> None:
    assert pace(20, 20, 20, 20) is None


def test_pace_is_the_median_way_from_outcome_to_outcome() -> None:
    assert pace(10, 12, 14, 200, 30) == 14


def test_break_is_no_part_of_the_pace() -> None:
    assert pace(10, 12, 3600, 14, 16, 18) == 14


def test_way_on_which_the_clock_was_set_back_does_not_count() -> None:
    assert pace(10, 12, -3600, 14, 16, 18) == 14


def test_five_minutes_are_no_break_yet() -> None:
    assert pace(300, 300, 300, 300, 300) == 300


def test_ways_left_when_breaks_are_taken_out_may_be_too_few_to_say() -> None:
    assert pace(10, 10, 10, 10, 301) is None


def test_latest_thirty_outcomes_count() -> None:
    assert pace(*[100] * 40, *[10] * 29) == 10


def test_fields_decided_one_by_one_are_one_outcome() -> None:
    names = [f"SCC-LPC/{number:03}" for number in range(6) for _ in range(2)]
    assert pace(*[4, 26] * 5, 4, names=names) == 30


def test_fields_recorded_together_are_one_outcome() -> None:
    twice = [
        Entry(
            number=2 * entry.number + more, at=entry.at, decision=by_hand(entry.decision.fragment_id, code, field=field)
        )
        for entry in entries(20, 20, 20, 20, 20)
        for more, (field, code) in enumerate([("scale", "Local"), ("objective", "CIV")])
    ]
    assert pace_s(JournalState(twice).actions("Ana")) == 20


def test_codes_read_from_a_workbook_say_nothing_of_the_pace() -> None:
    read = [by_hand(f"SCC-LPC/{number:03}", "Local", method=DecisionMethod.WORKBOOK) for number in range(10)]
    journal_state = JournalState(
        Entry(number=number, at=NOON, decision=one) for number, one in enumerate(read, start=1)
    )
    assert pace_s(journal_state.actions("Ana")) is None
