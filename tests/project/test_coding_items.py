from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.codebook.schema import Codebook
from classifier.project.add_harvest import add_harvest
from classifier.project.blind_and_double_coding import is_blind
from classifier.project.coding_items import CodingItem, CodingItems, Order
from classifier.project.project import Project, Shares
from classifier.project.suggestion_store import StoredSuggestions
from classifier.suggestion.types import Neighbour
from tests.support.projects import begin_project, keep_all, kept, objective, row, scale
from tests.support.workbooks import write_outcomes

NAMES = tuple(f"SCC-LPC/{number:03}" for number in range(1, 13))
A, B, C, D, *_ = NAMES
BY_DEFINITION = "by definition only: Scale 'Regional'"
UNUSUAL = "unusual: 'Local' with 'GEN'"
BY_SUGGESTION = (Order.UNCERTAIN, Order.SURE, Order.LEARN)
CONFIDENCES = st.dictionaries(st.sampled_from(NAMES), st.floats(0.4, 0.99))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Return a project of twelve uncoded outcomes, none of them blind."""
    begun = begin_project(tmp_path_factory.mktemp("offers"), *map(row, NAMES))
    yield begun
    begun.journal.close()


def coding_items(
    project: Project, kept_ones: Mapping[str, StoredSuggestions] | None = None, **shares: float
) -> CodingItems:
    shared = replace(project, shares=replace(project.shares, **shares))  # type: ignore[arg-type]
    return CodingItems(shared, keep_all(kept_ones or {}))


def keep(project: Project, name: str, *flags: str, confidence: float = 0.75) -> StoredSuggestions:
    return kept(project.outcomes[name], *flags, scale=scale("Local", confidence))


def item(project: Project, name: str, *flags: str, blind: float = 0.0) -> CodingItem:
    return coding_items(project, {name: keep(project, name, *flags)}, blind=blind).by_id[name]


def sure(project: Project, confidences: Mapping[str, float]) -> dict[str, StoredSuggestions]:
    return {name: keep(project, name, confidence=one) for name, one in confidences.items()}


def ordered(project: Project, confidences: Mapping[str, float], order: Order) -> list[str]:
    """Give the outcomes that something is suggested for in their order."""
    reported = coding_items(project, sure(project, confidences)).in_order(order)
    return [name for name in reported if name in confidences]


# What is put before a coder


def test_each_outcome_is_offered_as_it_is_in_the_file(project: Project) -> None:
    assert {name: item.outcome for name, item in coding_items(project).by_id.items()} == project.outcomes


def test_project_without_suggestions_offers_its_outcomes_all_the_same(project: Project) -> None:
    bare = CodingItems(project, None)
    assert (bare.number, tuple(bare.by_id), bare.by_id[A].suggestions) == (0, NAMES, {})


def test_offers_bear_the_number_of_their_set(project: Project) -> None:
    assert CodingItems(project, keep_all({}, number=7)).number == 7


def test_suggestion_is_offered_with_the_model_that_made_it(project: Project) -> None:
    one = item(project, A)
    assert (one.suggestions, one.model) == ({"scale": scale("Local")}, "ours (2026-11-26)")


def test_double_outcome_is_reported(project: Project) -> None:
    assert [coding_items(project, double=share).by_id[A].is_double for share in (0.0, 1.0)] == [False, True]


def test_flags_are_reported(project: Project) -> None:
    assert item(project, A, "too short", UNUSUAL).flags == ("too short", UNUSUAL)


# Blind


def test_blind_outcome_has_no_suggestion(project: Project) -> None:
    one = item(project, A, blind=1.0)
    assert (one.is_blind, one.suggestions) == (True, {})


def test_blind_outcome_has_no_flag_that_gives_a_suggestion_away(project: Project) -> None:
    assert item(project, A, BY_DEFINITION, UNUSUAL, blind=1.0).flags == ()


def test_blind_outcome_keeps_flags_that_tell_of_its_story(project: Project) -> None:
    reported = ("too short", "already coded", "language: French", "heavily redacted", "unlike training")
    assert item(project, A, *reported, blind=1.0).flags == reported


@given(shares=st.tuples(st.floats(0, 1), st.floats(0, 1)).map(sorted))
def test_outcome_without_a_suggestion_keeps_none_when_the_blind_share_grows(
    project: Project, shares: list[float]
) -> None:
    everything = sure(project, dict.fromkeys(NAMES, 0.8))
    lower, higher = (coding_items(project, everything, blind=share).by_id for share in shares)
    assert [name for name in NAMES if not lower[name].suggestions and higher[name].suggestions] == []


# What has changed since


@pytest.fixture
def corrected(tmp_path: Path) -> Iterator[Project]:
    """Return a project of two outcomes, of which the first was corrected since suggestions were made."""
    begun = begin_project(tmp_path, row(A), row(B))
    secret = {**row(A), "Outcome description": "The council met in secret."}
    yield add_harvest(begun, write_outcomes(tmp_path / "harvest.xlsx", secret)).project
    begun.journal.close()


def before_correction(project: Project, *flags: str) -> CodingItems:
    (first, *_) = project.harvests[0].outcomes
    return CodingItems(project, keep_all({A: kept(first, *flags, scale=scale())}))


def test_suggestion_for_a_story_that_was_corrected_is_not_offered(corrected: Project) -> None:
    assert before_correction(corrected).by_id[A].suggestions == {}


def test_flags_of_a_story_that_was_corrected_are_not_reported(corrected: Project) -> None:
    assert before_correction(corrected, "too short", UNUSUAL).by_id[A].flags == ()


def test_story_that_was_corrected_no_longer_reports_of_the_same_change(corrected: Project) -> None:
    reported = before_correction(corrected, B).by_id
    assert (reported[A].near_duplicates, reported[B].near_duplicates) == ((), ())


def test_suggestion_among_other_codes_is_not_offered_nor_what_is_flagged_of_it(project: Project) -> None:
    wider = Codebook.parse("""
fields:
  - {name: scale, column: Scale, kind: single, codes: [{code: Local}, {code: National}, {code: Global}]}
""")
    one = CodingItems(replace(project, codebook=wider), keep_all({A: keep(project, A, UNUSUAL, "too short")})).by_id[A]
    assert (one.suggestions, one.flags) == ({}, ("too short",))


def test_outcome_that_the_project_lacks_is_not_offered(project: Project) -> None:
    assert tuple(coding_items(project, {"SCC-XYZ/001": keep(project, A)}).by_id) == NAMES


# The same change told twice


def near_duplicates(project: Project, reported: Mapping[str, str], **shares: float) -> dict[str, tuple[str, ...]]:
    kept_ones = {name: keep(project, name, near_duplicate) for name, near_duplicate in reported.items()}
    return {
        name: item.near_duplicates
        for name, item in coding_items(project, kept_ones, **shares).by_id.items()
        if item.near_duplicates
    }


def test_outcomes_of_one_change_name_each_other(project: Project) -> None:
    assert near_duplicates(project, {B: A}) == {A: (B,), B: (A,)}


def test_outcomes_of_one_change_find_each_other_through_a_third(project: Project) -> None:
    found = near_duplicates(project, {B: A, C: B})
    assert {name: set(others) for name, others in found.items()} == {A: {B, C}, B: {A, C}, C: {A, B}}


def test_two_groups_of_one_change_are_one_when_a_member_joins_them(project: Project) -> None:
    found = near_duplicates(project, {B: A, D: C, C: A})
    assert {name: set(others) for name, others in found.items()} == {
        A: {B, C, D},
        B: {A, C, D},
        C: {A, B, D},
        D: {A, B, C},
    }


def test_outcomes_that_name_each_other_are_one_pair(project: Project) -> None:
    assert near_duplicates(project, {A: B, B: A}) == {A: (B,), B: (A,)}


def test_outcome_of_an_earlier_programme_is_no_near_duplicate(project: Project) -> None:
    assert near_duplicates(project, {A: "SCC-XYZ/001"}) == {}


def test_blind_outcomes_of_one_change_name_each_other_too(project: Project) -> None:
    assert near_duplicates(project, {B: A}, blind=1.0) == {A: (B,), B: (A,)}


@given(reported=st.dictionaries(st.sampled_from(NAMES), st.sampled_from(NAMES)))
def test_each_outcome_is_the_near_duplicate_of_its_near_duplicates(project: Project, reported: dict[str, str]) -> None:
    found = near_duplicates(project, reported)
    assert all(
        name in found[near_duplicate] and name != near_duplicate
        for name, others in found.items()
        for near_duplicate in others
    )


# In which order


def test_least_sure_come_first(project: Project) -> None:
    assert ordered(project, {A: 0.9, B: 0.5, C: 0.7}, Order.UNCERTAIN) == [B, C, A]


def test_surest_come_first(project: Project) -> None:
    assert ordered(project, {A: 0.9, B: 0.5, C: 0.7}, Order.SURE) == [A, C, B]


def test_surety_is_that_of_all_fields(project: Project) -> None:
    a, b = (project.outcomes[name] for name in (A, B))
    both = {
        A: kept(a, scale=scale("Local", 0.9), objective=objective("GEN", confidence=0.6)),
        B: kept(b, scale=scale("Local", 0.8), objective=objective("GEN", confidence=0.8)),
    }
    assert [name for name in coding_items(project, both).in_order(Order.SURE) if name in both] == [B, A]


def test_outcomes_are_in_the_order_of_the_file(project: Project) -> None:
    assert coding_items(project, sure(project, {A: 0.9, B: 0.5})).in_order(Order.FILE) == NAMES


def learning(project: Project, reported: Sequence[tuple[str, float, float]]) -> list[str]:
    """Order outcomes by how informative they are, each with its confidence and the nearest one's similarity."""
    kept_ones = {}
    for name, confidence, similarity in reported:
        near = (Neighbour(fragment_id="SCC-XYZ/001", codes=("Local",), similarity=similarity),)
        kept_ones[name] = kept(project.outcomes[name], scale=replace(scale("Local", confidence), nearest=near))
    return [name for name in coding_items(project, kept_ones).in_order(Order.LEARN) if name in kept_ones]


def test_of_outcomes_as_similar_to_coded_ones_the_uncertain_come_first(project: Project) -> None:
    assert learning(project, [(A, 0.9, 0.2), (B, 0.5, 0.2), (C, 0.7, 0.2)]) == [B, C, A]


def test_of_outcomes_as_uncertain_those_unlike_coded_ones_come_first(project: Project) -> None:
    assert learning(project, [(A, 0.7, 0.8), (B, 0.7, 0.1), (C, 0.7, 0.4)]) == [B, C, A]


def test_near_duplicates_of_coded_outcomes_come_last_however_uncertain(project: Project) -> None:
    assert learning(project, [(A, 0.4, 1.0), (B, 0.95, 0.3)]) == [B, A]


def test_negative_similarity_counts_as_none(project: Project) -> None:
    assert learning(project, [(A, 0.7, 0.0), (B, 0.6, -0.5)]) == [B, A]
    assert learning(project, [(A, 0.6, 0.0), (B, 0.7, -0.5)]) == [A, B]


def test_outcome_without_coded_neighbours_counts_as_unlike_all(project: Project) -> None:
    assert ordered(project, {A: 0.9, B: 0.5}, Order.LEARN) == [B, A]


@given(confidences=CONFIDENCES, blind=st.floats(0, 1), seed=st.integers(0, 1000), order=st.sampled_from(Order))
def test_each_order_holds_every_outcome_once(
    project: Project, confidences: dict[str, float], blind: float, seed: int, order: Order
) -> None:
    reported = coding_items(project, sure(project, confidences), blind=blind, seed=seed).in_order(order)
    assert sorted(reported) == sorted(NAMES)


@given(confidences=CONFIDENCES, others=CONFIDENCES, seed=st.integers(0, 1000), order=st.sampled_from(BY_SUGGESTION))
def test_place_of_a_blind_outcome_does_not_tell_what_is_kept_of_it(
    project: Project, confidences: dict[str, float], others: dict[str, float], seed: int, order: Order
) -> None:
    shares = Shares(blind=0.5, seed=seed)
    hidden = {name: one for name, one in others.items() if is_blind(name, shares)}
    in_view = {name: one for name, one in confidences.items() if not is_blind(name, shares)}
    shared = replace(project, shares=shares)
    before = CodingItems(shared, keep_all(sure(project, in_view))).in_order(order)
    assert CodingItems(shared, keep_all(sure(project, in_view | hidden))).in_order(order) == before


def test_blind_outcome_comes_by_chance_where_it_would_be_last(project: Project) -> None:
    everything = sure(project, {name: 0.4 + 0.04 * place for place, name in enumerate(NAMES)})
    seeds = [seed for seed in range(400) if is_blind(A, Shares(blind=0.5, seed=seed))]
    places = [coding_items(project, everything, blind=0.5, seed=seed).in_order(Order.SURE).index(A) for seed in seeds]
    assert sum(places) / len(places) == pytest.approx(5.5, abs=1.0)  # four standard errors
