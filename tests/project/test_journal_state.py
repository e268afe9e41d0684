from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from classifier.project.journal import Decision, Entry, Way
from classifier.project.journal_state import Ledger

OUTCOME = "SCC-LPC/035"
LOCAL = Decision(coder="Ana", fragment_id=OUTCOME, field="scale", codes=("Local",), way=Way.BY_HAND, codebook="c" * 64)
NATIONAL = replace(LOCAL, codes=("National",), seen=1)
NOON = datetime.datetime(2026, 11, 26, 12, tzinfo=datetime.UTC)


def entered(*acts: Decision | Sequence[Decision]) -> list[Entry]:
    """Number decisions as a journal does; those of one list were recorded together."""
    entries: list[Entry] = []
    for minute, act in enumerate(acts):
        at = NOON + datetime.timedelta(minutes=minute)
        for decision in [act] if isinstance(act, Decision) else act:
            entries.append(Entry(number=len(entries) + 1, at=at, decision=decision))
    return entries


def undone(decision: Decision, number: int) -> Decision:
    return replace(decision, codes=(), way=Way.UNDONE, seen=number)


def standing(*acts: Decision | Sequence[Decision], coder: str = "Ana") -> tuple[str, ...] | None:
    entry = Ledger(entered(*acts)).standing(coder, OUTCOME, "scale")
    return None if entry is None else entry.decision.codes


def test_last_decision_counts() -> None:
    assert standing(LOCAL, NATIONAL) == ("National",)


def test_decision_taken_back_counts_no_more() -> None:
    assert standing(LOCAL, replace(LOCAL, codes=(), seen=1)) is None


def test_what_was_decided_before_counts_again_when_undone() -> None:
    assert standing(LOCAL, NATIONAL, undone(NATIONAL, 2)) == ("Local",)


def test_first_decision_undone_leaves_none() -> None:
    assert standing(LOCAL, undone(LOCAL, 1)) is None


def test_decision_made_after_one_was_undone_counts() -> None:
    assert standing(LOCAL, undone(LOCAL, 1), replace(NATIONAL, seen=2)) == ("National",)


def test_undoing_what_no_longer_counts_changes_nothing() -> None:
    assert standing(LOCAL, NATIONAL, undone(LOCAL, 1)) == ("National",)


def test_settling_leaves_the_coders_own_decision() -> None:
    ledger = Ledger(entered(LOCAL, replace(NATIONAL, way=Way.ADJUDICATION, seen=None)))
    own, settled = ledger.standing("Ana", OUTCOME, "scale"), ledger.settled(OUTCOME, "scale")
    assert own is not None
    assert settled is not None
    assert (own.decision.codes, settled.decision.codes) == (("Local",), ("National",))


def test_settled_difference_can_be_undone() -> None:
    settled = replace(NATIONAL, way=Way.ADJUDICATION, seen=None)
    assert Ledger(entered(LOCAL, settled, undone(settled, 2))).settled(OUTCOME, "scale") is None


def test_decisions_of_all_coders_stand_beside_each_other() -> None:
    ledger = Ledger(entered(LOCAL, replace(NATIONAL, coder="Ben", seen=None)))
    assert list(ledger.by_coder(OUTCOME, "scale")) == ["Ana", "Ben"]


def test_what_was_recorded_together_is_one_act() -> None:
    twin = replace(LOCAL, fragment_id="SCC-LPC/036")
    ledger = Ledger(entered(LOCAL, [replace(NATIONAL, seen=1), twin]))
    assert [entry.number for entry in ledger.last_act("Ana")] == [2, 3]


def test_act_before_is_the_last_one_when_that_is_undone() -> None:
    ledger = Ledger(entered(LOCAL, NATIONAL, undone(NATIONAL, 2)))
    assert [entry.number for entry in ledger.last_act("Ana")] == [1]


def test_act_of_somebody_else_is_not_ours_to_undo() -> None:
    assert Ledger(entered(replace(LOCAL, coder="Ben"))).last_act("Ana") == ()


def test_codes_read_from_a_workbook_are_not_undone_on_the_page() -> None:
    assert Ledger(entered(replace(LOCAL, way=Way.WORKBOOK))).last_act("Ana") == ()


def test_what_was_settled_and_carried_over_is_not_undone_on_the_page() -> None:
    settled = replace(NATIONAL, way=Way.ADJUDICATION, seen=None)
    ledger = Ledger(entered(settled, replace(settled, codes=("Country-wide",), seen=1)))
    assert ledger.last_act("Ana") == ()


def test_decision_made_without_the_one_before_in_view_is_told() -> None:
    ledger = Ledger(entered(LOCAL, replace(NATIONAL, seen=None)))
    assert [(before.number, after.number) for before, after in ledger.unseen] == [(1, 2)]


def test_change_of_mind_with_the_one_before_in_view_is_none() -> None:
    assert Ledger(entered(LOCAL, NATIONAL)).unseen == ()


def test_note_is_the_last_one() -> None:
    first = replace(LOCAL, field="", codes=(), way=Way.NOTE, note="the camp is named")
    ledger = Ledger(entered(first, replace(first, note="the camp is named twice")))
    assert ledger.note("Ana", OUTCOME) == "the camp is named twice"


def test_note_decides_nothing() -> None:
    assert Ledger(entered(replace(LOCAL, field="", codes=(), way=Way.NOTE, note="odd"))).own() == {}


def test_outcome_put_off_is_so_until_it_is_decided() -> None:
    skipped = replace(LOCAL, field="", codes=(), way=Way.SKIPPED)
    ledger = Ledger(entered(skipped))
    before = ledger.is_skipped("Ana", OUTCOME)
    ledger.add(entered(skipped, LOCAL)[1:])
    assert (before, ledger.is_skipped("Ana", OUTCOME)) == (True, False)


def test_putting_off_is_an_act_to_undo() -> None:
    skipped = replace(LOCAL, fragment_id="SCC-LPC/036", field="", codes=(), way=Way.SKIPPED)
    ledger = Ledger(entered(LOCAL, skipped))
    last = [entry.number for entry in ledger.last_act("Ana")]
    ledger.add(entered(LOCAL, skipped, undone(skipped, 2))[2:])
    assert (last, ledger.is_skipped("Ana", "SCC-LPC/036")) == ([2], False)
    assert [entry.number for entry in ledger.last_act("Ana")] == [1]


# What each decided before they could see the other's codes


def independent(*acts: Decision | Sequence[Decision]) -> dict[str, tuple[str, ...]]:
    found = Ledger(entered(*acts)).independent(OUTCOME, "scale")
    return {coder: entry.decision.codes for coder, entry in found.items()}


BEN = replace(NATIONAL, coder="Ben", seen=None)
REGIONAL = replace(LOCAL, codes=("Regional",), seen=1)


def test_change_of_mind_after_another_coder_decided_is_not_independent() -> None:
    assert independent(LOCAL, BEN, NATIONAL) == {"Ana": ("Local",), "Ben": ("National",)}


def test_change_of_mind_of_the_second_coder_is_not_independent() -> None:
    assert independent(LOCAL, BEN, replace(LOCAL, coder="Ben", seen=2)) == {"Ana": ("Local",), "Ben": ("National",)}


def test_change_of_mind_while_nobody_else_has_decided_is_independent() -> None:
    assert independent(LOCAL, REGIONAL, BEN) == {"Ana": ("Regional",), "Ben": ("National",)}


def test_decision_taken_back_before_another_coder_decided_is_none() -> None:
    assert independent(LOCAL, replace(LOCAL, codes=(), seen=1), BEN) == {"Ben": ("National",)}


def test_decision_taken_back_after_another_coder_decided_stays_independent() -> None:
    assert independent(LOCAL, BEN, replace(LOCAL, codes=(), seen=1)) == {"Ana": ("Local",), "Ben": ("National",)}


def test_first_decision_of_a_third_coder_is_independent() -> None:
    chi = replace(LOCAL, coder="Chi")
    assert list(independent(LOCAL, BEN, chi, replace(chi, codes=("Regional",), seen=3)).items())[2] == (
        "Chi",
        ("Local",),
    )


def test_what_was_undone_while_alone_gives_way_to_what_was_decided_before() -> None:
    assert independent(LOCAL, REGIONAL, undone(REGIONAL, 2), BEN) == {"Ana": ("Local",), "Ben": ("National",)}


def test_what_was_undone_is_not_independent() -> None:
    assert independent(LOCAL, BEN, undone(LOCAL, 1)) == {"Ben": ("National",)}


def test_what_is_decided_instead_of_what_was_undone_is_not_independent() -> None:
    assert independent(LOCAL, BEN, undone(LOCAL, 1), replace(NATIONAL, seen=3)) == {"Ben": ("National",)}


def test_undoing_a_later_change_leaves_the_independent_decision() -> None:
    assert independent(LOCAL, BEN, NATIONAL, undone(NATIONAL, 3)) == {"Ana": ("Local",), "Ben": ("National",)}


def test_settling_is_nobodys_independent_decision() -> None:
    assert independent(LOCAL, replace(NATIONAL, way=Way.ADJUDICATION, coder="Ben", seen=None)) == {"Ana": ("Local",)}


def test_independent_decision_goes_on_by_its_new_code() -> None:
    carried = replace(LOCAL, codes=("Village",), way=Way.CARRIED_OVER, seen=1)
    assert independent(LOCAL, BEN, carried) == {"Ana": ("Village",), "Ben": ("National",)}


def test_later_change_carried_over_is_not_independent() -> None:
    carried = replace(LOCAL, codes=("Country",), way=Way.CARRIED_OVER, seen=3)
    assert independent(LOCAL, BEN, NATIONAL, carried) == {"Ana": ("Local",), "Ben": ("National",)}


def test_decision_made_afresh_after_its_code_was_gone_is_independent() -> None:
    back = replace(LOCAL, codes=(), way=Way.CARRIED_OVER, seen=1)
    assert independent(LOCAL, BEN, back, replace(REGIONAL, seen=3)) == {"Ben": ("National",), "Ana": ("Regional",)}


@given(codes=st.lists(st.sampled_from(["Local", "National", "Regional"]), max_size=8), n_undone=st.integers(0, 10))
def test_undoing_step_by_step_walks_back(codes: list[str], n_undone: int) -> None:
    ledger = Ledger()
    stack: list[str] = []
    for number, code in enumerate(codes, start=1):
        ledger.add([Entry(number=number, at=NOON, decision=replace(LOCAL, codes=(code,)))])
        stack.append(code)
    for step in range(n_undone):
        top = ledger.standing("Ana", OUTCOME, "scale")
        if top is not None:
            ledger.add([Entry(number=100 + step, at=NOON, decision=undone(top.decision, top.number))])
            stack.pop()
    left = ledger.standing("Ana", OUTCOME, "scale")
    assert (None if left is None else left.decision.codes[0]) == (stack[-1] if stack else None)
