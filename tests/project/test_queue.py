from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.project.blind_and_double_coding import is_blind, is_double
from classifier.project.coding_items import CodingItems, Order, in_parts
from classifier.project.current_decisions import JournalState
from classifier.project.journal import Decision, DecisionMethod
from classifier.project.project import Project, Shares
from classifier.project.queue import CodingQueue, Filter, State
from classifier.project.suggestion_store import StoredSuggestions
from classifier.suggestion.types import Route
from tests.support.projects import (
    CODEBOOK,
    GUIDED,
    begin_project,
    by_hand,
    entered,
    keep_all,
    kept,
    ledger_of,
    objective,
    row,
    scale,
    undone,
)

A, B, C, D, E, F = NAMES = tuple(f"SCC-LPC/{number:03}" for number in range(1, 7))
HALF, WHOLE = "SCC-LPC/007", "SCC-LPC/008"
ALL = (*NAMES, HALF, WHOLE)
TEAM = ("Ana", "Ben", "Chi")
EVERYTHING = Filter(state=State.ALL, everyone=True)
BOTH_FIELDS = frozenset({"scale", "objective"})
UNUSUAL = "unusual: 'Local' with 'GEN'"
TWO = Shares(blind=0.0, double=1.0)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Return a project of eight outcomes; of the last two, one came with a scale and one wholly coded."""
    rows = [
        *(row(name, country="Mali", period="harvest 1") for name in (A, B, C)),
        *(row(name, country=" Niger ", period="harvest 2") for name in (D, E, F)),
        row(HALF, scale="Local"),
        row(WHOLE, scale="Local", objective="GEN"),
    ]
    begun = begin_project(tmp_path_factory.mktemp("worklist"), *rows)
    yield begun
    begun.journal.close()


def coding_queue(
    project: Project,
    *actions: Decision | Sequence[Decision],
    coder: str = "Ana",
    team: Sequence[str] = (),
    shares: Shares = GUIDED,
    suggested: Mapping[str, StoredSuggestions] | None = None,
    journal_state: JournalState | None = None,
) -> CodingQueue:
    coding_items = CodingItems(replace(project, shares=shares), keep_all(suggested or {}))
    known = ledger_of(*actions) if journal_state is None else journal_state
    return CodingQueue(
        coder, coding_items=coding_items, codebook=CODEBOOK, shares=shares, journal_state=known, coders=team
    )


def asked(project: Project, wanted: Filter, *actions: Decision | Sequence[Decision]) -> list[str]:
    return list(coding_queue(project, *actions).select(wanted, Order.FILE))


def skipped(name: str) -> Decision:
    return by_hand(name, field="", method=DecisionMethod.SKIPPED)


def both(name: str, coder: str = "Ana") -> list[Decision]:
    return [by_hand(name, "Local", coder=coder), by_hand(name, "GEN", coder=coder, field="objective")]


# Whose they are


def test_lone_coder_has_all_outcomes_but_those_coded_in_the_file(project: Project) -> None:
    assert coding_queue(project).n_mine == 7


def test_outcome_coded_in_the_file_is_nobodys(project: Project) -> None:
    assert [coding_queue(project, coder=who, team=TEAM).is_mine(WHOLE) for who in TEAM] == [False, False, False]


def test_outcome_coded_in_the_file_is_not_undecided_even_for_everyone(project: Project) -> None:
    assert WHOLE not in asked(project, Filter(everyone=True))


def test_outcome_coded_in_the_file_is_whose_who_begins_to_change_it(project: Project) -> None:
    reported = coding_queue(project, by_hand(WHOLE, "National"))
    assert (reported.is_mine(WHOLE), reported.undecided(WHOLE), reported.n_done) == (True, frozenset(), 1)


def test_field_coded_in_the_file_is_not_to_be_decided(project: Project) -> None:
    assert coding_queue(project).undecided(HALF) == {"objective"}


def test_single_outcome_is_one_coders(project: Project) -> None:
    lists = [coding_queue(project, coder=who, team=TEAM) for who in TEAM]
    assert {name: sum(one.is_mine(name) for one in lists) for name in ALL} == dict.fromkeys((*NAMES, HALF), 1) | {
        WHOLE: 0
    }


def test_double_outcome_is_two_coders(project: Project) -> None:
    lists = [coding_queue(project, coder=who, team=TEAM, shares=TWO) for who in TEAM]
    assert {name: sum(one.is_mine(name) for one in lists) for name in NAMES} == dict.fromkeys(NAMES, 2)


@given(double=st.floats(0, 1), seed=st.integers(0, 1000), n_coders=st.integers(2, 3))
def test_each_outcome_is_for_as_many_as_should_code_it(
    project: Project, double: float, seed: int, n_coders: int
) -> None:
    shares, team = Shares(blind=0.0, double=double, seed=seed), TEAM[:n_coders]
    lists = [coding_queue(project, coder=who, team=team, shares=shares) for who in team]
    wanted = {name: 1 + is_double(name, shares) for name in (*NAMES, HALF)}
    assert {name: sum(one.is_mine(name) for one in lists) for name in wanted} == wanted


def test_coder_who_was_not_expected_has_a_share_all_the_same(project: Project) -> None:
    reported = coding_queue(project, coder="Zoé", team=TEAM)
    assert reported.coders == {*TEAM, "Zoé"}


def test_outcomes_of_others_come_where_those_of_everyone_are_asked_for(project: Project) -> None:
    reported = coding_queue(project, coder="Ana", team=TEAM)
    mine, everyones = (list(reported.select(Filter(everyone=one), Order.FILE)) for one in (False, True))
    assert (len(mine) < 7, everyones) == (True, [*NAMES, HALF])


def test_outcomes_of_others_that_somebody_has_decided_are_not_undecided(project: Project) -> None:
    theirs = [name for name in NAMES if not coding_queue(project, coder="Ana", team=("Ana", "Ben")).is_mine(name)]
    reported = coding_queue(project, both(theirs[0], "Ben"), coder="Ana", team=("Ana", "Ben"))
    everyones = list(reported.select(Filter(everyone=True), Order.FILE))
    assert everyones == [name for name in (*NAMES, HALF) if name != theirs[0]]


def test_outcome_that_another_coder_has_begun_is_theirs(project: Project) -> None:
    journal_state = JournalState()
    reported = coding_queue(project, team=("Ana", "Ben"), journal_state=journal_state)
    name = reported.first(Filter(), Order.FILE)
    assert name is not None
    journal_state.add(entered(by_hand(name, "Local", coder="Ben")))
    reported.update([name])
    assert reported.is_mine(name) is False


def test_double_outcome_that_two_others_have_begun_is_theirs(project: Project) -> None:
    begun = [by_hand(A, "Local", coder=who) for who in ("Ben", "Chi")]
    assert coding_queue(project, *begun, team=TEAM, shares=TWO).is_mine(A) is False


def test_update_of_an_outcome_that_the_project_lacks_changes_nothing(project: Project) -> None:
    reported = coding_queue(project)
    reported.update(["SCC-XYZ/001"])
    assert reported.n_mine == 7


# What is undecided


def test_nothing_is_decided_at_first(project: Project) -> None:
    reported = coding_queue(project)
    assert (reported.undecided(A), reported.n_done) == (BOTH_FIELDS, 0)


def test_decided_field_leaves_the_other(project: Project) -> None:
    assert coding_queue(project, by_hand(A, "Local")).undecided(A) == {"objective"}


def test_outcome_is_done_when_each_field_is_decided(project: Project) -> None:
    reported = coding_queue(project, both(A), by_hand(HALF, "GEN", field="objective"), by_hand(B, "Local"))
    assert (reported.n_mine, reported.n_done) == (7, 2)


def test_decision_of_another_coder_decides_nothing_for_us(project: Project) -> None:
    assert coding_queue(project, both(A, "Ben"), team=TEAM, shares=TWO).undecided(A) == BOTH_FIELDS


def test_decision_taken_back_is_undecided(project: Project) -> None:
    assert coding_queue(project, by_hand(A, "Local"), by_hand(A, based_on=1)).undecided(A) == BOTH_FIELDS


def test_decision_undone_is_undecided(project: Project) -> None:
    assert coding_queue(project, by_hand(A, "Local"), undone(by_hand(A), 1)).undecided(A) == BOTH_FIELDS


def test_settled_difference_leaves_what_a_coder_has_to_decide(project: Project) -> None:
    assert coding_queue(project, by_hand(A, "Local", method=DecisionMethod.ADJUDICATION)).undecided(A) == BOTH_FIELDS


def test_code_that_the_codebook_no_longer_has_is_undecided(project: Project) -> None:
    gone = [by_hand(A, "Galactic"), by_hand(A, "GEN", "LAW", field="objective")]
    assert coding_queue(project, gone).undecided(A) == BOTH_FIELDS


def test_outcome_with_a_code_that_is_gone_is_still_whose_who_gave_it(project: Project) -> None:
    gone = [by_hand(name, "Galactic") for name in NAMES]
    reported = coding_queue(project, gone, team=TEAM)
    assert [reported.is_mine(name) for name in NAMES] == [True] * 6


# What is asked for


def test_undecided_outcomes_are_asked_for_at_first(project: Project) -> None:
    assert asked(project, Filter(), both(A), by_hand(B, "Local")) == [B, C, D, E, F, HALF]


def test_undecided_in_a_field_leaves_out_what_is_decided_in_it(project: Project) -> None:
    assert asked(project, Filter(field="scale"), by_hand(B, "Local")) == [A, C, D, E, F]


def test_decided_outcomes_hold_a_decision(project: Project) -> None:
    assert asked(project, Filter(state=State.DECIDED), both(A), by_hand(B, "Local")) == [A, B]


def test_decided_in_a_field_leaves_out_what_is_decided_in_others(project: Project) -> None:
    assert asked(project, Filter(state=State.DECIDED, field="objective"), both(A), by_hand(B, "Local")) == [A]


def test_code_that_is_gone_is_no_decision(project: Project) -> None:
    assert asked(project, Filter(state=State.DECIDED), by_hand(A, "Galactic")) == []


def test_noted_outcomes_are_those_with_a_note_of_ours(project: Project) -> None:
    notes = [
        by_hand(A, coder=who, field="", method=DecisionMethod.NOTE, note=text)
        for who, text in (("Ana", "odd"), ("Ana", " "))
    ]
    mine, taken_back = notes[0], replace(notes[1], note="")
    theirs = replace(mine, coder="Ben", fragment_id=B)
    wanted = Filter(state=State.NOTED)
    assert (asked(project, wanted, mine, theirs), asked(project, wanted, mine, taken_back)) == ([A], [])


def test_skipped_outcomes_can_be_filtered_for(project: Project) -> None:
    assert asked(project, Filter(state=State.SKIPPED), skipped(B), replace(skipped(C), coder="Ben")) == [B]


def test_outcomes_put_off_come_last(project: Project) -> None:
    assert asked(project, Filter(), skipped(A), skipped(C)) == [B, D, E, F, HALF, A, C]


def test_outcome_put_off_and_then_decided_in_a_field_comes_in_its_place(project: Project) -> None:
    assert asked(project, Filter(), skipped(A), by_hand(A, "Local")) == [A, B, C, D, E, F, HALF]


def test_outcomes_put_off_keep_their_place_among_all(project: Project) -> None:
    assert asked(project, Filter(state=State.ALL), skipped(A)) == [*NAMES, HALF]


def test_all_outcomes_of_everyone_include_those_coded_in_the_file(project: Project) -> None:
    assert asked(project, EVERYTHING) == list(ALL)


def test_country_is_compared_without_the_blanks_around_it(project: Project) -> None:
    assert asked(project, Filter(country="Niger")) == [D, E, F]


def test_period_is_asked_for_with_a_country(project: Project) -> None:
    wanted = [Filter(period="harvest 1", country=country) for country in ("Mali", "Niger")]
    assert [asked(project, one) for one in wanted] == [[A, B, C], []]


def test_first_is_the_first_asked_for(project: Project) -> None:
    reported = coding_queue(project, both(A), skipped(B))
    assert reported.first(Filter(), Order.FILE) == C


def test_where_nothing_is_asked_for_there_is_no_first(project: Project) -> None:
    assert coding_queue(project).first(Filter(country="Chad"), Order.FILE) is None


# What is asked of suggestions


def suggested(project: Project) -> dict[str, StoredSuggestions]:
    """Suggest for the first three; the second is to be confirmed, and of the third an objective alone is told."""
    one, two, three = (project.outcomes[name] for name in (A, B, C))
    return {
        A: kept(one, UNUSUAL, scale=scale("Local", 0.75), objective=objective("GEN", "CIV", confidence=0.9)),
        B: kept(two, "too short", scale=scale("National", 0.96, route=Route.CONFIRM)),
        C: kept(three, "language: French", objective=objective("CIV", confidence=0.6)),
    }


def guided(project: Project, wanted: Filter, *, shares: Shares = GUIDED) -> list[str]:
    return list(coding_queue(project, suggested=suggested(project), shares=shares).select(wanted, Order.FILE))


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Filter(route="confirm"), [B]),
        (Filter(route="choose"), [A, C]),
        (Filter(route="choose", field="scale"), [A]),
        (Filter(code="CIV"), [A, C]),
        (Filter(code="CIV", field="scale"), []),
        (Filter(above=0.9), [A, B]),
        (Filter(above=0.9, field="scale"), [B]),
        (Filter(above=0.97), []),
        (Filter(route="choose", above=0.7), [A]),
        (Filter(flag="unusual:"), [A]),
        (Filter(flag="language:"), [C]),
        (Filter(flag="near-duplicate of"), []),
    ],
    ids=str,
)
def test_outcomes_are_asked_for_by_what_is_suggested(project: Project, wanted: Filter, found: list[str]) -> None:
    assert guided(project, wanted) == found


def test_route_and_code_are_asked_of_one_and_the_same_field(project: Project) -> None:
    mixed = kept(project.outcomes[A], scale=scale("Local", route=Route.CONFIRM), objective=objective("GEN"))
    reported = coding_queue(project, suggested={A: mixed})
    wanted = [Filter(route="confirm", code=code) for code in ("Local", "GEN")]
    assert [list(reported.select(one, Order.FILE)) for one in wanted] == [[A], []]


@pytest.mark.parametrize(
    "wanted",
    [
        Filter(route="confirm"),
        Filter(route="choose"),
        Filter(route="code afresh"),
        Filter(code="Local"),
        Filter(code="GEN", field="objective"),
        Filter(above=0.01),
        Filter(flag="unusual:"),
        Filter(flag="by definition only:"),
    ],
    ids=str,
)
def test_blind_outcomes_are_never_found_by_a_suggestion(project: Project, wanted: Filter) -> None:
    asked_of_all = replace(wanted, state=State.ALL, everyone=True)
    assert guided(project, asked_of_all, shares=Shares(blind=1.0)) == []


def test_blind_outcomes_are_found_by_flags_of_their_story(project: Project) -> None:
    assert guided(project, Filter(flag="too short"), shares=Shares(blind=1.0)) == [B]


@given(blind=st.floats(0, 1), seed=st.integers(0, 1000), above=st.floats(0.001, 1))
def test_what_is_found_by_a_suggestion_is_not_blind(project: Project, blind: float, seed: int, above: float) -> None:
    shares = Shares(blind=blind, seed=seed)
    found = guided(project, Filter(above=above), shares=shares)
    assert not any(is_blind(name, shares) for name in found)


# What comes next


def test_outcome_after_another_follows_in_the_order(project: Project) -> None:
    assert coding_queue(project).after(B, Filter(), Order.FILE) == C


def test_after_the_last_comes_the_first(project: Project) -> None:
    assert coding_queue(project).after(WHOLE, Filter(), Order.FILE) == A


def test_what_is_not_asked_for_is_passed_over(project: Project) -> None:
    assert coding_queue(project, both(B)).after(A, Filter(), Order.FILE) == C


def test_outcome_follows_one_that_is_no_longer_asked_for(project: Project) -> None:
    assert coding_queue(project, both(B)).after(B, Filter(), Order.FILE) == C


def test_after_the_only_one_comes_none(project: Project) -> None:
    decided = [decision for name in (B, C, D, E, F, HALF) for decision in both(name)]
    assert coding_queue(project, decided).after(A, Filter(), Order.FILE) is None


def test_after_an_outcome_that_the_project_lacks_comes_the_first(project: Project) -> None:
    assert coding_queue(project).after("SCC-XYZ/001", Filter(), Order.FILE) == A


def test_outcome_put_off_comes_after_all_others(project: Project) -> None:
    reported = coding_queue(project, skipped(C))
    assert reported.after(B, Filter(), Order.FILE) == D


def test_where_only_outcomes_put_off_are_left_the_next_of_them_comes(project: Project) -> None:
    decided = [decision for name in (A, C, D, F, HALF) for decision in both(name)]
    reported = coding_queue(project, decided, skipped(B), skipped(E))
    assert [reported.after(name, Filter(), Order.FILE) for name in (A, B, C, E)] == [B, E, E, B]


def test_skipped_outcome_keeps_its_place_where_those_are_asked_for(project: Project) -> None:
    reported = coding_queue(project, skipped(B), skipped(E))
    assert reported.after(B, Filter(state=State.SKIPPED), Order.FILE) == E


def test_outcome_before_another_is_the_last_asked_for_ahead_of_it(project: Project) -> None:
    assert coding_queue(project, both(B)).before(C, Filter(), Order.FILE) == A


def test_before_the_first_comes_none(project: Project) -> None:
    assert coding_queue(project).before(A, Filter(), Order.FILE) is None


def test_before_an_outcome_that_the_project_lacks_comes_none(project: Project) -> None:
    assert coding_queue(project).before("SCC-XYZ/001", Filter(), Order.FILE) is None


FILTERS = st.builds(
    Filter,
    state=st.sampled_from([state for state in State if state is not State.UNDECIDED]),
    everyone=st.booleans(),
    field=st.sampled_from(["", "scale", "objective"]),
    route=st.sampled_from(["", "choose"]),
    country=st.sampled_from(["", "Mali", "Niger"]),
)


@given(
    wanted=FILTERS | st.builds(Filter, everyone=st.booleans()),
    order=st.sampled_from(Order),
    blind=st.sampled_from([0.0, 0.5]),
    decided=st.lists(st.sampled_from(NAMES)),
)
def test_going_on_visits_each_outcome_asked_for_once(
    project: Project, wanted: Filter, order: Order, blind: float, decided: list[str]
) -> None:
    actions = [by_hand(name, "Local") for name in decided]
    reported = coding_queue(project, *actions, suggested=suggested(project), shares=Shares(blind=blind), team=TEAM[:2])
    expected = list(reported.select(wanted, order))
    visited = expected[:1]
    for _ in expected[1:]:
        following = reported.after(visited[-1], wanted, order)
        assert following is not None
        visited.append(following)
    assert visited == expected
    assert not expected or reported.after(visited[-1], wanted, order) == (None if len(expected) == 1 else expected[0])


@given(order=st.sampled_from(Order), skipped_ones=st.sets(st.sampled_from(NAMES)), seed=st.integers(0, 99))
def test_coder_who_decides_whatever_comes_next_decides_all_and_those_put_off_last(
    project: Project, order: Order, skipped_ones: set[str], seed: int
) -> None:
    journal_state = ledger_of(*map(skipped, sorted(skipped_ones)))
    reported = coding_queue(
        project, journal_state=journal_state, suggested=suggested(project), shares=Shares(blind=0.5, seed=seed)
    )
    expected = list(reported.select(Filter(), order))
    current, decided = reported.first(Filter(), order), []
    while current is not None:
        decided.append(current)
        journal_state.add(entered(both(current), after=journal_state.last))
        reported.update([current])
        current = reported.after(current, Filter(), order)
    n_first = len(expected) - len(skipped_ones)
    assert (decided[:n_first], sorted(decided[n_first:])) == (expected[:n_first], sorted(skipped_ones))
    assert reported.n_done == reported.n_mine


# Kept up to date

DECISIONS = st.builds(
    by_hand,
    st.sampled_from(ALL),
    st.sampled_from(["Local", "National", "Galactic"]),
    coder=st.sampled_from(TEAM),
    method=st.sampled_from(
        [
            DecisionMethod.BY_HAND,
            DecisionMethod.BULK,
            DecisionMethod.WORKBOOK,
            DecisionMethod.ADJUDICATION,
            DecisionMethod.CARRIED_OVER,
        ]
    ),
)
OBJECTIVES = st.builds(
    by_hand,
    st.sampled_from(ALL),
    st.sampled_from(["CIV", "GEN", "LAW"]),
    coder=st.sampled_from(TEAM),
    field=st.just("objective"),
)
OTHERS = st.builds(
    by_hand,
    st.sampled_from(ALL),
    coder=st.sampled_from(TEAM),
    field=st.sampled_from(["scale", "objective"]),
    method=st.sampled_from([DecisionMethod.BY_HAND, DecisionMethod.UNDONE]),
    based_on=st.integers(1, 20),
)
ASIDE = st.builds(
    by_hand,
    st.sampled_from(ALL),
    coder=st.sampled_from(TEAM),
    field=st.just(""),
    method=st.sampled_from([DecisionMethod.NOTE, DecisionMethod.SKIPPED]),
    note=st.sampled_from(["", "odd"]),
)


def all_told(reported: CodingQueue) -> object:
    """Give everything that a worklist says."""
    wanted = [
        Filter(state=state, everyone=everyone, field=field)
        for state in State
        for everyone in (False, True)
        for field in ("", "scale")
    ]
    return (
        (reported.n_mine, reported.n_done),
        {name: (reported.is_mine(name), reported.undecided(name)) for name in ALL},
        [list(reported.select(one, Order.UNCERTAIN)) for one in wanted],
        [reported.after(D, one, Order.UNCERTAIN) for one in wanted],
    )


@pytest.mark.slow
@given(actions=st.lists(DECISIONS | OBJECTIVES | OTHERS | ASIDE, max_size=12), double=st.sampled_from([0.0, 0.5, 1.0]))
def test_worklist_kept_up_to_date_is_as_one_made_afresh(
    project: Project, actions: list[Decision], double: float
) -> None:
    shares, journal_state = Shares(blind=0.3, double=double), JournalState()
    known = [
        coding_queue(
            project, coder=who, team=TEAM, shares=shares, journal_state=journal_state, suggested=suggested(project)
        )
        for who in TEAM
    ]
    for action in actions:
        journal_state.add(entered(action, after=journal_state.last))
        for one in known:
            one.update([action.fragment_id])
    for name in known:
        fresh = coding_queue(
            project,
            coder=name.coder,
            team=TEAM,
            shares=shares,
            journal_state=journal_state,
            suggested=suggested(project),
        )
        assert all_told(name) == all_told(fresh)


# Search


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Return a project of three outcomes, reported in French, English and Arabic."""
    stories = ("La préfète a reçu les élèves.", "The prefect met farmers in Gao.", "قرر مجلس القرية أن تشارك النساء.")
    rows = [row(name) | {"Outcome description": story} for name, story in zip((A, B, C), stories, strict=True)]
    begun = begin_project(tmp_path_factory.mktemp("search"), *rows)
    yield begun
    begun.journal.close()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("GAO", [B]),
        ("prefete", [A]),
        ("préfète eleves", [A]),
        ("pref", [A, B]),
        ("farmers Kita", []),
        ("مجلس", [C]),
        ("LPC/003", [C]),
        ("  ", [A, B, C]),
    ],
)
def test_search_finds_words_of_stories_and_ids(reported: Project, text: str, found: list[str]) -> None:
    assert asked(reported, Filter(text=text)) == found


def test_search_finds_words_of_the_coders_own_note(reported: Project) -> None:
    noted = [
        by_hand(A, field="", method=DecisionMethod.NOTE, note="Ask Nairobi."),
        by_hand(B, field="", method=DecisionMethod.NOTE, note="Ask Nairobi.", coder="Ben"),
    ]
    assert asked(reported, Filter(text="nairobi"), *noted) == [A]


# By column


@pytest.mark.parametrize(
    ("order", "names"),
    [(Order.ID, ["A-2", "A-10", "B-1"]), (Order.COUNTRY, ["B-1", "A-2", "A-10"]), (Order.FILE, ["A-10", "B-1", "A-2"])],
)
def test_outcomes_are_sorted_by_a_column(tmp_path: Path, order: Order, names: list[str]) -> None:
    countries = {"A-10": "", "B-1": "Benin", "A-2": "Mali"}
    begun = begin_project(tmp_path, *(row(name, country=country) for name, country in countries.items()))
    begun.journal.close()
    assert list(coding_queue(begun).select(Filter(), order)) == names


@given(ids=st.lists(st.text(max_size=12)))
def test_any_ids_can_be_sorted(ids: list[str]) -> None:
    assert sorted([*ids, "9" * 6000], key=in_parts).count("9" * 6000) == 1
