from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from classifier.project.current_decisions import JournalState
from classifier.project.journal import Decision, DecisionMethod, Entry

OUTCOME = "SCC-LPC/035"
LOCAL = Decision(
    coder="Ana", fragment_id=OUTCOME, field="scale", codes=("Local",), method=DecisionMethod.BY_HAND, codebook="c" * 64
)
NATIONAL = replace(LOCAL, codes=("National",), based_on=1)
NOON = datetime.datetime(2026, 11, 26, 12, tzinfo=datetime.UTC)


def entered(*actions: Decision | Sequence[Decision]) -> list[Entry]:
    """Number decisions as a journal does; those of one list were recorded together."""
    entries: list[Entry] = []
    for minute, action in enumerate(actions):
        at = NOON + datetime.timedelta(minutes=minute)
        for decision in [action] if isinstance(action, Decision) else action:
            entries.append(Entry(number=len(entries) + 1, at=at, decision=decision))
    return entries


def undone(decision: Decision, number: int) -> Decision:
    return replace(decision, codes=(), method=DecisionMethod.UNDONE, based_on=number)


def standing(*actions: Decision | Sequence[Decision], coder: str = "Ana") -> tuple[str, ...] | None:
    entry = JournalState(entered(*actions)).current_decision(coder, OUTCOME, "scale")
    return None if entry is None else entry.decision.codes


def test_last_decision_counts() -> None:
    assert standing(LOCAL, NATIONAL) == ("National",)


def test_decision_taken_back_counts_no_more() -> None:
    assert standing(LOCAL, replace(LOCAL, codes=(), based_on=1)) is None


def test_what_was_decided_before_counts_again_when_undone() -> None:
    assert standing(LOCAL, NATIONAL, undone(NATIONAL, 2)) == ("Local",)


def test_first_decision_undone_leaves_none() -> None:
    assert standing(LOCAL, undone(LOCAL, 1)) is None


def test_decision_made_after_one_was_undone_counts() -> None:
    assert standing(LOCAL, undone(LOCAL, 1), replace(NATIONAL, based_on=2)) == ("National",)


def test_undoing_what_no_longer_counts_changes_nothing() -> None:
    assert standing(LOCAL, NATIONAL, undone(LOCAL, 1)) == ("National",)


def test_settling_leaves_the_coders_own_decision() -> None:
    journal_state = JournalState(entered(LOCAL, replace(NATIONAL, method=DecisionMethod.ADJUDICATION, based_on=None)))
    own, adjudicated = (
        journal_state.current_decision("Ana", OUTCOME, "scale"),
        journal_state.adjudicated(OUTCOME, "scale"),
    )
    assert own is not None
    assert adjudicated is not None
    assert (own.decision.codes, adjudicated.decision.codes) == (("Local",), ("National",))


def test_settled_difference_can_be_undone() -> None:
    adjudicated = replace(NATIONAL, method=DecisionMethod.ADJUDICATION, based_on=None)
    assert JournalState(entered(LOCAL, adjudicated, undone(adjudicated, 2))).adjudicated(OUTCOME, "scale") is None


def test_decisions_of_all_coders_are_beside_each_other() -> None:
    journal_state = JournalState(entered(LOCAL, replace(NATIONAL, coder="Ben", based_on=None)))
    assert list(journal_state.by_coder(OUTCOME, "scale")) == ["Ana", "Ben"]


def test_what_was_recorded_together_is_one_act() -> None:
    near_duplicate = replace(LOCAL, fragment_id="SCC-LPC/036")
    journal_state = JournalState(entered(LOCAL, [replace(NATIONAL, based_on=1), near_duplicate]))
    assert [entry.number for entry in journal_state.last_action("Ana")] == [2, 3]


def test_act_before_is_the_last_one_when_that_is_undone() -> None:
    journal_state = JournalState(entered(LOCAL, NATIONAL, undone(NATIONAL, 2)))
    assert [entry.number for entry in journal_state.last_action("Ana")] == [1]


def test_act_of_somebody_else_is_not_ours_to_undo() -> None:
    assert JournalState(entered(replace(LOCAL, coder="Ben"))).last_action("Ana") == ()


def test_codes_read_from_a_workbook_are_not_undone_on_the_page() -> None:
    assert JournalState(entered(replace(LOCAL, method=DecisionMethod.WORKBOOK))).last_action("Ana") == ()


def test_what_was_settled_and_carried_over_is_not_undone_on_the_page() -> None:
    adjudicated = replace(NATIONAL, method=DecisionMethod.ADJUDICATION, based_on=None)
    journal_state = JournalState(entered(adjudicated, replace(adjudicated, codes=("Country-wide",), based_on=1)))
    assert journal_state.last_action("Ana") == ()


def test_decision_made_without_the_one_before_in_view_is_reported() -> None:
    journal_state = JournalState(entered(LOCAL, replace(NATIONAL, based_on=None)))
    assert [(before.number, after.number) for before, after in journal_state.unseen] == [(1, 2)]


def test_change_of_mind_with_the_one_before_in_view_is_none() -> None:
    assert JournalState(entered(LOCAL, NATIONAL)).unseen == ()


def test_note_is_the_last_one() -> None:
    first = replace(LOCAL, field="", codes=(), method=DecisionMethod.NOTE, note="the camp is named")
    journal_state = JournalState(entered(first, replace(first, note="the camp is named twice")))
    assert journal_state.note("Ana", OUTCOME) == "the camp is named twice"


def test_note_decides_nothing() -> None:
    assert JournalState(entered(replace(LOCAL, field="", codes=(), method=DecisionMethod.NOTE, note="odd"))).own() == {}


def test_outcome_put_off_is_so_until_it_is_decided() -> None:
    skipped = replace(LOCAL, field="", codes=(), method=DecisionMethod.SKIPPED)
    journal_state = JournalState(entered(skipped))
    before = journal_state.is_skipped("Ana", OUTCOME)
    journal_state.add(entered(skipped, LOCAL)[1:])
    assert (before, journal_state.is_skipped("Ana", OUTCOME)) == (True, False)


def test_putting_off_is_an_act_to_undo() -> None:
    skipped = replace(LOCAL, fragment_id="SCC-LPC/036", field="", codes=(), method=DecisionMethod.SKIPPED)
    journal_state = JournalState(entered(LOCAL, skipped))
    last = [entry.number for entry in journal_state.last_action("Ana")]
    journal_state.add(entered(LOCAL, skipped, undone(skipped, 2))[2:])
    assert (last, journal_state.is_skipped("Ana", "SCC-LPC/036")) == ([2], False)
    assert [entry.number for entry in journal_state.last_action("Ana")] == [1]


# What each decided before they could see the other's codes


def independent(*actions: Decision | Sequence[Decision]) -> dict[str, tuple[str, ...]]:
    found = JournalState(entered(*actions)).independent(OUTCOME, "scale")
    return {coder: entry.decision.codes for coder, entry in found.items()}


BEN = replace(NATIONAL, coder="Ben", based_on=None)
REGIONAL = replace(LOCAL, codes=("Regional",), based_on=1)


def test_change_of_mind_after_another_coder_decided_is_not_independent() -> None:
    assert independent(LOCAL, BEN, NATIONAL) == {"Ana": ("Local",), "Ben": ("National",)}


def test_change_of_mind_of_the_second_coder_is_not_independent() -> None:
    assert independent(LOCAL, BEN, replace(LOCAL, coder="Ben", based_on=2)) == {"Ana": ("Local",), "Ben": ("National",)}


def test_change_of_mind_while_nobody_else_has_decided_is_independent() -> None:
    assert independent(LOCAL, REGIONAL, BEN) == {"Ana": ("Regional",), "Ben": ("National",)}


def test_decision_taken_back_before_another_coder_decided_is_none() -> None:
    assert independent(LOCAL, replace(LOCAL, codes=(), based_on=1), BEN) == {"Ben": ("National",)}


def test_decision_taken_back_after_another_coder_decided_stays_independent() -> None:
    assert independent(LOCAL, BEN, replace(LOCAL, codes=(), based_on=1)) == {"Ana": ("Local",), "Ben": ("National",)}


def test_first_decision_of_a_third_coder_is_independent() -> None:
    chi = replace(LOCAL, coder="Chi")
    assert list(independent(LOCAL, BEN, chi, replace(chi, codes=("Regional",), based_on=3)).items())[2] == (
        "Chi",
        ("Local",),
    )


def test_what_was_undone_while_alone_gives_way_to_what_was_decided_before() -> None:
    assert independent(LOCAL, REGIONAL, undone(REGIONAL, 2), BEN) == {"Ana": ("Local",), "Ben": ("National",)}


def test_what_was_undone_is_not_independent() -> None:
    assert independent(LOCAL, BEN, undone(LOCAL, 1)) == {"Ben": ("National",)}


def test_what_is_decided_instead_of_what_was_undone_is_not_independent() -> None:
    assert independent(LOCAL, BEN, undone(LOCAL, 1), replace(NATIONAL, based_on=3)) == {"Ben": ("National",)}


def test_undoing_a_later_change_leaves_the_independent_decision() -> None:
    assert independent(LOCAL, BEN, NATIONAL, undone(NATIONAL, 3)) == {"Ana": ("Local",), "Ben": ("National",)}


def test_settling_is_nobodys_independent_decision() -> None:
    assert independent(LOCAL, replace(NATIONAL, method=DecisionMethod.ADJUDICATION, coder="Ben", based_on=None)) == {
        "Ana": ("Local",)
    }


def test_independent_decision_goes_on_by_its_new_code() -> None:
    carried = replace(LOCAL, codes=("Village",), method=DecisionMethod.CARRIED_OVER, based_on=1)
    assert independent(LOCAL, BEN, carried) == {"Ana": ("Village",), "Ben": ("National",)}


def test_later_change_carried_over_is_not_independent() -> None:
    carried = replace(LOCAL, codes=("Country",), method=DecisionMethod.CARRIED_OVER, based_on=3)
    assert independent(LOCAL, BEN, NATIONAL, carried) == {"Ana": ("Local",), "Ben": ("National",)}


def test_decision_made_afresh_after_its_code_was_gone_is_independent() -> None:
    back = replace(LOCAL, codes=(), method=DecisionMethod.CARRIED_OVER, based_on=1)
    assert independent(LOCAL, BEN, back, replace(REGIONAL, based_on=3)) == {"Ben": ("National",), "Ana": ("Regional",)}


@given(codes=st.lists(st.sampled_from(["Local", "National", "Regional"]), max_size=8), n_undone=st.integers(0, 10))
def test_undoing_step_by_step_walks_back(codes: list[str], n_undone: int) -> None:
    journal_state = JournalState()
    stack: list[str] = []
    for number, code in enumerate(codes, start=1):
        journal_state.add([Entry(number=number, at=NOON, decision=replace(LOCAL, codes=(code,)))])
        stack.append(code)
    for step in range(n_undone):
        top = journal_state.current_decision("Ana", OUTCOME, "scale")
        if top is not None:
            journal_state.add([Entry(number=100 + step, at=NOON, decision=undone(top.decision, top.number))])
            stack.pop()
    left = journal_state.current_decision("Ana", OUTCOME, "scale")
    assert (None if left is None else left.decision.codes[0]) == (stack[-1] if stack else None)
