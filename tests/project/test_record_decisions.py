from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.errors import FieldError
from classifier.harvest.suggestion_record import ShownSuggestion
from classifier.project.coding_items import CodingItem, CodingItems
from classifier.project.current_decisions import JournalState
from classifier.project.journal import Decision, DecisionMethod
from classifier.project.project import Project, Shares
from classifier.project.record_decisions import (
    Choice,
    adjudicate,
    candidates_in_order,
    confirm_suggestions,
    decide,
    note,
    skip,
    undo,
)
from classifier.suggestion.types import FieldSuggestion, Route
from tests.support.projects import (
    CODEBOOK,
    GUIDED,
    OBJECTIVE,
    SCALE,
    begin_project,
    by_hand,
    entered,
    keep_all,
    kept,
    ledger_of,
    objective,
    open_differences,
    row,
    scale,
)
from tests.support.suggested import suggested

A, B, C, CODED = NAMES = ("SCC-LPC/001", "SCC-LPC/002", "SCC-LPC/003", "SCC-LPC/004")
OURS = "ours (2026-11-26)"
LOCAL_SHOWN = ShownSuggestion(suggested=("Local",), confidence=0.75, prediction_set=("Local",), model=OURS)
UNSEEN = Choice(codes=("Local",))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Return a project of four outcomes, of which the last came with a scale."""
    rows = [*map(row, (A, B, C)), row(CODED, scale="National")]
    begun = begin_project(tmp_path_factory.mktemp("deciding"), *rows)
    yield begun
    begun.journal.close()


def coding_items(
    project: Project,
    suggestion: FieldSuggestion | None = None,
    *,
    names: Sequence[str] = NAMES,
    shares: Shares = GUIDED,
) -> dict[str, CodingItem]:
    """Offer all outcomes, with the same suggestions for those named."""
    scales, objectives = suggestion or scale("Local"), objective("GEN")
    kept_ones = {name: kept(project.outcomes[name], scale=scales, objective=objectives) for name in names}
    return CodingItems(replace(project, shares=shares), keep_all(kept_ones)).by_id


def decided(
    item: CodingItem,
    *codes: str,
    field: str = "scale",
    journal_state: JournalState | None = None,
    seconds: float | None = None,
    based_on: int | None = None,
    together: Sequence[CodingItem] = (),
) -> list[Decision]:
    choices = {field: Choice(codes=codes, seconds=seconds, based_on=based_on)}
    known = journal_state or JournalState()
    return list(decide(item, choices, coder="Ana", codebook=CODEBOOK, journal_state=known, together=together))


def confirmed(found: Iterable[CodingItem], journal_state: JournalState | None = None) -> list[Decision]:
    known = journal_state or JournalState()
    return list(confirm_suggestions(list(found), SCALE, coder="Ana", codebook=CODEBOOK, journal_state=known))


def names(decisions: Iterable[Decision]) -> list[str]:
    return [decision.fragment_id for decision in decisions]


# In which order codes are put before a coder


def test_without_a_suggestion_codes_are_in_the_codebooks_order() -> None:
    assert candidates_in_order(SCALE, None) == ("Local", "National", "Regional")


def test_suggested_code_comes_first_then_those_that_remain_possible() -> None:
    regional = suggested(SCALE, "Regional", possible=("Regional", "National"))
    assert candidates_in_order(SCALE, regional) == ("Regional", "National", "Local")


def test_suggested_code_comes_first_even_if_others_are_more_likely() -> None:
    regional = suggested(SCALE, "Regional", possible=("National",))
    assert candidates_in_order(SCALE, regional) == ("Regional", "National", "Local")


def test_codes_to_be_given_afresh_are_in_the_codebooks_order() -> None:
    assert candidates_in_order(SCALE, scale("Regional", route=Route.CODE_AFRESH)) == ("Local", "National", "Regional")


@given(
    one=st.sampled_from(SCALE.code_names),
    possible=st.lists(st.sampled_from(SCALE.code_names), unique=True),
    route=st.sampled_from(Route),
)
def test_each_code_of_a_field_is_put_before_a_coder_once(one: str, possible: list[str], route: Route) -> None:
    reported = candidates_in_order(SCALE, suggested(SCALE, one, possible=possible, route=route))
    assert sorted(reported) == sorted(SCALE.code_names)


# Deciding


def test_decision_reports_what_was_chosen_and_what_was_in_view(project: Project) -> None:
    assert decided(coding_items(project)[A], "Local", seconds=4.5, based_on=7) == [
        Decision(
            coder="Ana",
            fragment_id=A,
            field="scale",
            codes=("Local",),
            method=DecisionMethod.BY_HAND,
            codebook=CODEBOOK.sha256,
            shown=LOCAL_SHOWN,
            rank=1,
            seconds=4.5,
            based_on=7,
        )
    ]


def test_decision_on_a_blind_outcome_had_nothing_in_view(project: Project) -> None:
    (one,) = decided(coding_items(project, shares=Shares(blind=1.0))[A], "Local")
    assert (one.shown, one.rank) == (None, None)


def test_decision_on_an_outcome_without_a_suggestion_had_nothing_in_view(project: Project) -> None:
    (one,) = decided(coding_items(project, names=(B,))[A], "Local")
    assert (one.shown, one.rank) == (None, None)


def test_rank_is_the_place_among_the_codes_as_they_were_put(project: Project) -> None:
    regional = coding_items(project, suggested(SCALE, "Regional", possible=("Regional", "National")))[A]
    assert [decided(regional, code)[0].rank for code in ("Regional", "National", "Local")] == [1, 2, 3]


def test_rank_of_several_codes_is_that_of_the_main_one(project: Project) -> None:
    (one,) = decided(coding_items(project)[A], "CIV", "GEN", field="objective")
    assert one.rank == 2


def test_codes_given_afresh_have_no_rank(project: Project) -> None:
    (one,) = decided(coding_items(project, scale("Regional", route=Route.CODE_AFRESH))[A], "National")
    assert one.rank is None


def test_field_chosen_by_its_column_has_its_suggestion_in_view(project: Project) -> None:
    (one,) = decided(coding_items(project)[A], "Local", field="Scale")
    assert (one.field, one.shown) == ("scale", LOCAL_SHOWN)


def test_field_that_the_codebook_lacks_is_reported(project: Project) -> None:
    with pytest.raises(FieldError) as caught:
        decided(coding_items(project)[A], "Local", field="scales")
    assert str(caught.value) == "the codebook has no field 'scales' (did you mean 'scale'?)"


def test_each_field_that_was_chosen_is_decided(project: Project) -> None:
    choices = {"scale": UNSEEN, "objective": Choice(codes=("GEN", "CIV"))}
    made = decide(coding_items(project)[A], choices, coder="Ana", codebook=CODEBOOK, journal_state=JournalState())
    assert [(decision.field, decision.codes) for decision in made] == [
        ("scale", ("Local",)),
        ("objective", ("GEN", "CIV")),
    ]


def test_field_already_recorded_as_chosen_is_left_out(project: Project) -> None:
    assert decided(coding_items(project)[A], "Local", journal_state=ledger_of(by_hand(A, "Local"))) == []


def test_field_that_another_coder_decided_so_is_not_left_out(project: Project) -> None:
    assert names(
        decided(coding_items(project)[A], "Local", journal_state=ledger_of(by_hand(A, "Local", coder="Ben")))
    ) == [A]


def test_codes_in_another_order_are_another_decision(project: Project) -> None:
    before = ledger_of(by_hand(A, "GEN", "CIV", field="objective"))
    (one,) = decided(coding_items(project)[A], "CIV", "GEN", field="objective", journal_state=before)
    assert one.codes == ("CIV", "GEN")


def test_empty_choice_takes_back_what_was_decided(project: Project) -> None:
    (one,) = decided(coding_items(project)[A], journal_state=ledger_of(by_hand(A, "Local")), based_on=1)
    assert (one.codes, one.method, one.rank, one.based_on) == ((), DecisionMethod.BY_HAND, None, 1)


def test_empty_choice_where_nothing_was_decided_is_left_out(project: Project) -> None:
    assert decided(coding_items(project)[A]) == []


def test_empty_choice_where_all_was_taken_back_is_left_out(project: Project) -> None:
    assert decided(coding_items(project)[A], journal_state=ledger_of(by_hand(A, "Local"), by_hand(A, based_on=1))) == []


# Together with those that tell of the same change


def test_outcome_coded_together_gets_the_same_codes_with_the_same_suggestion_in_view(project: Project) -> None:
    reported = coding_items(project)
    first, other = decided(reported[A], "National", seconds=9.0, together=[reported[B]])
    assert other == replace(first, fragment_id=B, method=DecisionMethod.TOGETHER, seconds=None)


def test_outcome_coded_together_has_its_own_last_entry_in_view(project: Project) -> None:
    reported = coding_items(project)
    before = ledger_of(by_hand(B, "Local"), *undo(ledger_of(by_hand(B, "Local")), "Ana"))
    first, other = decided(reported[A], "National", journal_state=before, together=[reported[B]])
    assert (first.based_on, other.based_on) == (None, 2)


def test_outcome_decided_otherwise_is_left_as_it_is_by_those_coded_together(project: Project) -> None:
    reported = coding_items(project)
    assert names(
        decided(reported[A], "National", journal_state=ledger_of(by_hand(B, "Local")), together=[reported[B]])
    ) == [A]


def test_outcome_already_so_coded_is_left_out_of_those_coded_together(project: Project) -> None:
    reported = coding_items(project)
    assert names(
        decided(reported[A], "Local", journal_state=ledger_of(by_hand(B, "Local")), together=[reported[B], reported[C]])
    ) == [
        A,
        C,
    ]


def test_others_follow_an_outcome_already_so_coded(project: Project) -> None:
    reported = coding_items(project)
    assert names(
        decided(reported[A], "Local", journal_state=ledger_of(by_hand(A, "Local")), together=[reported[B]])
    ) == [B]


def test_decision_with_a_code_that_is_gone_is_not_taken_back_by_choosing_nothing(project: Project) -> None:
    assert decided(coding_items(project)[A], journal_state=ledger_of(by_hand(A, "Galactic")), based_on=1) == []


def test_decision_with_a_code_that_is_gone_is_replaced_by_choosing_another(project: Project) -> None:
    (one,) = decided(coding_items(project)[A], "Local", journal_state=ledger_of(by_hand(A, "Galactic")), based_on=1)
    assert (one.codes, one.based_on) == (("Local",), 1)


def test_taking_codes_back_leaves_the_others_coded_together(project: Project) -> None:
    reported = coding_items(project)
    before = ledger_of(decided(reported[A], "Local", together=[reported[B]]))
    assert [one.codes for one in decided(reported[A], journal_state=before, together=[reported[B]])] == [()]


# Many in one act


def test_suggestion_confirmed_with_many_says_so(project: Project) -> None:
    assert confirmed([coding_items(project)[A]]) == [
        Decision(
            coder="Ana",
            fragment_id=A,
            field="scale",
            codes=("Local",),
            method=DecisionMethod.BULK,
            codebook=CODEBOOK.sha256,
            shown=LOCAL_SHOWN,
            rank=1,
        )
    ]


def test_what_was_decided_is_not_confirmed_with_many(project: Project) -> None:
    assert names(confirmed(coding_items(project).values(), ledger_of(by_hand(B, "National")))) == [A, C]


def test_what_another_coder_decided_is_confirmed(project: Project) -> None:
    assert names(confirmed(coding_items(project).values(), ledger_of(by_hand(B, "National", coder="Ben")))) == [A, B, C]


def test_what_is_decided_in_another_field_is_confirmed(project: Project) -> None:
    assert names(confirmed(coding_items(project).values(), ledger_of(by_hand(B, "GEN", field="objective")))) == [
        A,
        B,
        C,
    ]


def test_code_in_the_file_is_not_confirmed_over(project: Project) -> None:
    assert confirmed([coding_items(project)[CODED]]) == []


def test_blind_outcomes_are_never_confirmed_with_many(project: Project) -> None:
    assert confirmed(coding_items(project, shares=Shares(blind=1.0)).values()) == []


def test_outcomes_without_a_suggestion_are_not_confirmed(project: Project) -> None:
    assert names(confirmed(coding_items(project, names=(A,)).values())) == [A]


def test_suggestion_without_a_code_is_not_confirmed(project: Project) -> None:
    assert confirmed(coding_items(project, suggested(SCALE)).values()) == []


def test_suggestion_too_poor_to_go_by_is_not_confirmed(project: Project) -> None:
    assert confirmed(coding_items(project, scale("Local", 0.99, route=Route.CODE_AFRESH)).values()) == []


def test_decision_taken_back_is_confirmed_with_that_in_view(project: Project) -> None:
    (one,) = confirmed([coding_items(project)[A]], ledger_of(by_hand(A, "National"), by_hand(A, based_on=1)))
    assert (one.codes, one.based_on) == (("Local",), 2)


def test_decision_with_a_code_that_is_gone_is_confirmed_over(project: Project) -> None:
    (one,) = confirmed([coding_items(project)[A]], ledger_of(by_hand(A, "Galactic")))
    assert (one.codes, one.based_on) == (("Local",), 1)


# Taking back


def test_where_nothing_was_done_nothing_is_undone() -> None:
    assert list(undo(JournalState(), "Ana")) == []


def test_undoing_names_the_entry_and_nothing_of_what_was_in_view(project: Project) -> None:
    journal_state = ledger_of(decided(coding_items(project)[A], "Local", seconds=4.5))
    assert list(undo(journal_state, "Ana")) == [by_hand(A, method=DecisionMethod.UNDONE, based_on=1)]


def test_what_was_confirmed_with_many_is_undone_in_one_act(project: Project) -> None:
    journal_state = ledger_of(by_hand(B, "National"), confirmed(coding_items(project).values()))
    journal_state.add(entered(list(undo(journal_state, "Ana")), after=journal_state.last))
    assert {name: entry.decision.codes for (_, name, _), entry in journal_state.own().items()} == {B: ("National",)}


def test_act_of_another_coder_is_not_undone() -> None:
    assert list(undo(ledger_of(by_hand(A, "Local", coder="Ben")), "Ana")) == []


Counting = dict[tuple[str, ...], tuple[str, ...]]


def counting(journal_state: JournalState) -> Counting:
    """Give the codes of all that counts."""
    own: Counting = {key: entry.decision.codes for key, entry in journal_state.own().items()}
    adjudicated = {(name, "scale"): journal_state.adjudicated(name, "scale") for name in NAMES}
    return own | {key: entry.decision.codes for key, entry in adjudicated.items() if entry is not None}


SCALES = st.sampled_from([(), ("Local",), ("National",)])
ACTS = st.one_of(
    st.tuples(st.just("decide"), st.sampled_from(NAMES), SCALES),
    st.tuples(st.just("together"), st.sampled_from(NAMES[1:]), SCALES),
    st.tuples(st.just("confirm"), st.sampled_from(NAMES), SCALES),
    st.tuples(st.just("settle"), st.sampled_from(NAMES), st.sampled_from([("Local",), ("National",)])),
)


def action(
    kind: str, reported: dict[str, CodingItem], name: str, codes: tuple[str, ...], journal_state: JournalState
) -> list[Decision]:
    made = {
        "decide": lambda: decided(reported[name], *codes, journal_state=journal_state),
        "together": lambda: decided(reported[A], *codes, journal_state=journal_state, together=[reported[name]]),
        "confirm": lambda: confirmed(reported.values(), journal_state),
        "settle": lambda: [by_hand(name, *codes, method=DecisionMethod.ADJUDICATION)],
    }
    return made[kind]()


@given(actions=st.lists(ACTS, max_size=8), ben=SCALES)
def test_undoing_act_by_act_walks_back_all_that_was_done(
    project: Project, actions: list[tuple[str, str, tuple[str, ...]]], ben: tuple[str, ...]
) -> None:
    reported, journal_state = coding_items(project), ledger_of(by_hand(A, *ben, coder="Ben"))
    states = [counting(journal_state)]
    for kind, name, codes in actions:
        made = action(kind, reported, name, codes, journal_state)
        journal_state.add(entered(made, after=journal_state.last))
        states += [counting(journal_state)] * bool(made)
    for state in reversed(states):
        assert counting(journal_state) == state
        journal_state.add(entered(list(undo(journal_state, "Ana")), after=journal_state.last))
    assert list(undo(journal_state, "Ana")) == []


def test_what_a_journal_recorded_together_is_undone_together(project: Project) -> None:
    reported = coding_items(project)
    project.journal.record(decided(reported[A], "Local", together=[reported[B]]))
    assert [one.based_on for one in undo(project.journal_state(), "Ana")] == [1, 2]


# Notes, what is put off, and what is settled


def test_note_is_kept_without_the_blanks_around_it(project: Project) -> None:
    one = note(coding_items(project)[A], " the camp is named\n", coder="Ana", codebook=CODEBOOK)
    assert one == by_hand(A, field="", method=DecisionMethod.NOTE, note="the camp is named")


def test_empty_note_takes_the_note_back(project: Project) -> None:
    first, second = (
        note(coding_items(project)[A], text, coder="Ana", codebook=CODEBOOK) for text in ("the camp is named", "  ")
    )
    assert ledger_of(first, second).note("Ana", A) == ""


def test_outcome_put_off_is_no_decision(project: Project) -> None:
    one = skip(coding_items(project)[A], coder="Ana", codebook=CODEBOOK)
    assert one == by_hand(A, field="", method=DecisionMethod.SKIPPED)


def test_settled_difference_is_no_decision_of_who_settled_it() -> None:
    journal_state = ledger_of(by_hand(A, "GEN", field="objective"), by_hand(A, "CIV", coder="Ben", field="objective"))
    (difference,) = open_differences([A], CODEBOOK, journal_state).values()
    one = adjudicate(difference, ("CIV", "GEN"), coder="Ana", codebook=CODEBOOK, why=" both are told of ")
    assert one == by_hand(
        A, "CIV", "GEN", field=OBJECTIVE.name, method=DecisionMethod.ADJUDICATION, note="both are told of"
    )
