from __future__ import annotations

from collections.abc import Sequence

import pytest

from classifier.harvest.outcome import Outcome
from classifier.harvest.story import Story
from classifier.project.coding_items import CodingItem
from classifier.project.independent_coding import IndependentCoding
from classifier.project.journal import Decision, DecisionMethod
from classifier.project.project import Shares
from classifier.project.provenance import Provenance, provenance_of
from tests.support.projects import CODEBOOK, by_hand, ledger_of

A = "SCC-LPC/001"
TEAM = ("Ana", "Ben")
CLOSED = by_hand(A, coder="Lea", field="", method=DecisionMethod.CLOSED)
REVEALED = by_hand(A, coder="Lea", field="", method=DecisionMethod.REVEALED)


def item(*, is_blind: bool = False, is_double: bool = False, **codes: tuple[str, ...]) -> CodingItem:
    story = Story(parts={}, description="The council met.", merged="The council met.")
    outcome = Outcome(fragment_id=A, row=2, story=story, codes=codes)
    return CodingItem(
        outcome=outcome,
        is_blind=is_blind,
        is_double=is_double,
        is_confidential=False,
        suggestions={},
        model="",
        flags=(),
        near_duplicates=(),
    )


def both(coder: str) -> list[Decision]:
    return [by_hand(A, "Local", coder=coder), by_hand(A, "GEN", coder=coder, field="objective")]


def coding(*actions: Decision | Sequence[Decision], double: float = 1.0) -> IndependentCoding:
    return IndependentCoding(
        codebook=CODEBOOK, shares=Shares(blind=0.0, double=double), journal_state=ledger_of(*actions)
    )


def test_outcome_of_two_coders_waits_for_the_second() -> None:
    assert coding(both("Ana")).awaited(item(is_double=True), coders=TEAM) == {"Ben"}


def test_coder_who_has_decided_one_field_is_still_waited_for() -> None:
    rules = coding(both("Ana"), [by_hand(A, "Local", coder="Ben")])
    assert rules.awaited(item(is_double=True), coders=TEAM) == {"Ben"}


def test_field_that_the_file_holds_a_code_of_is_not_waited_for() -> None:
    rules = coding(both("Ana"), [by_hand(A, "Local", coder="Ben")])
    assert rules.awaited(item(is_double=True, objective=("GEN",)), coders=TEAM) == frozenset()


def test_outcome_is_closed_when_both_have_coded_it() -> None:
    assert coding(both("Ana"), both("Ben")).awaited(item(is_double=True), coders=TEAM) == frozenset()


def test_decision_taken_back_opens_the_outcome_again() -> None:
    rules = coding(both("Ana"), both("Ben"), [by_hand(A, coder="Ben")])
    assert rules.awaited(item(is_double=True), coders=TEAM) == {"Ben"}


def test_blind_outcome_of_one_coder_waits_for_them_alone() -> None:
    rules = coding([by_hand(A, "Local")], double=0.0)
    assert rules.awaited(item(is_blind=True), coders=TEAM) == {"Ana"}


def test_outcome_that_is_neither_blind_nor_double_waits_for_nobody() -> None:
    assert coding([by_hand(A, "Local")], double=0.0).awaited(item(), coders=TEAM) == frozenset()


def test_outcome_that_a_lead_closed_waits_for_nobody() -> None:
    assert coding(both("Ana"), CLOSED).awaited(item(is_double=True), coders=TEAM) == frozenset()


def test_outcome_that_a_lead_closed_is_theirs_who_have_begun_it() -> None:
    assert coding(both("Ana"), CLOSED).to_code(item(is_double=True), coders=TEAM) == {"Ana"}


def test_what_is_coded_after_others_codes_were_shown_is_not_independent() -> None:
    state = ledger_of(both("Ana"), REVEALED, both("Lea"))
    assert sorted(state.independent(A, "scale")) == ["Ana"]


def test_what_was_coded_before_others_codes_were_shown_is_independent() -> None:
    state = ledger_of(both("Lea"), both("Ana"), REVEALED)
    assert sorted(state.independent(A, "scale")) == ["Ana", "Lea"]


@pytest.mark.parametrize("method", [DecisionMethod.INFORMED, DecisionMethod.BY_HAND])
def test_decision_after_others_codes_were_shown_is_not_blind(method: DecisionMethod) -> None:
    is_blind = provenance_of([by_hand(A, "Local", method=method)]) is Provenance.BLIND
    assert is_blind == (method is DecisionMethod.BY_HAND)
