from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.codebook.schema import Codebook
from classifier.harvest.outcome import Outcome
from classifier.harvest.story import Story
from classifier.project.add_harvest import add_harvest
from classifier.project.coding_items import CodingItems
from classifier.project.project import Project, Shares
from classifier.project.record_decisions import Choice, note, skip
from classifier.review.open_project import OpenProject
from classifier.review.outcome_view import (
    FieldView,
    OutcomeView,
    Part,
    confidence_percent,
    confidence_words,
    page_key,
    story_parts,
    view_outcome,
)
from classifier.suggestion.types import FieldSuggestion, Reason, Route, SentenceShare
from tests.support.projects import CODEBOOK, SCALE, begin_project, kept, objective, row, scale
from tests.support.suggested import suggested
from tests.support.visiting import keep_for
from tests.support.workbooks import write_outcomes

A, B, C = NAMES = ("SCC-LPC/001", "SCC-LPC/002", "SCC-LPC/003")
DESCRIPTION, SIGNIFICANCE = "Outcome description", "Significance of the outcome"
MET, READ = "The council met in public.", "It read out its budget."
TEN_CODES = Codebook.parse(
    "fields: [{name: letter, column: Letter, kind: single, codes: ["
    + ", ".join(f"{{code: {letter}}}" for letter in "ABCDEFGHIJ")
    + "]}]"
)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """Return a project of three outcomes without suggestions."""
    begun = begin_project(tmp_path, *map(row, NAMES))
    yield begun
    begun.journal.close()


def opened_with(project: Project, scales: FieldSuggestion | None = None, *flags: str) -> OpenProject:
    """Lay out suggestions; of flags, the first outcome's."""
    outcome = project.outcomes[A]
    keep_for(project, **{A: kept(outcome, *flags, scale=scales or scale(), objective=objective("GEN"))})
    return OpenProject(project)


def seen(opened: OpenProject, name: str = A, *, coder: str = "Ana") -> OutcomeView:
    return view_outcome(
        opened, opened.coding_items.by_id[name], set_number=opened.coding_items.number, queue=opened.coding_queue(coder)
    )


def scale_seen(project: Project, scales: FieldSuggestion) -> FieldView:
    return seen(opened_with(project, scales)).fields[0]


def decide(opened: OpenProject, *codes: str, coder: str = "Ana") -> None:
    opened.decide(opened.coding_items.by_id[A], {"scale": Choice(codes=codes)}, coder=coder)


# The story


def carried(*sentences: str, part: str = DESCRIPTION, share: float = 0.7) -> FieldSuggestion:
    """Suggest a scale by some sentences of a part."""
    reason = Reason(
        code="Local",
        definition="",
        sentences=tuple(SentenceShare(text=text, part=part, share=share) for text in sentences),
        parts={},
        lead=1.0,
        lead_by_sentences=1.0,
        accounted=1.0,
    )
    return replace(scale(), reasons=(reason,))


def pieces(reported: str, *suggestions: FieldSuggestion) -> list[tuple[str, tuple[int, ...]]]:
    """Take a description apart by what carried suggestions of scale and objective."""
    outcome = Outcome(fragment_id=A, story=Story(parts={DESCRIPTION: reported}, description=reported, merged=reported))
    (part,) = story_parts(outcome, CODEBOOK, dict(zip(("scale", "objective"), suggestions, strict=False)))
    return [(piece.text, tuple(piece.levels)) for piece in part.pieces]


def test_sentence_that_carried_a_suggestion_is_marked_with_its_field() -> None:
    assert pieces(f"{MET} {READ}", carried(READ)) == [(f"{MET} ", ()), (READ, (1,))]


def test_sentence_that_carried_two_suggestions_is_marked_with_both() -> None:
    assert pieces(f"{MET} {READ}", carried(MET), carried(MET)) == [(MET, (1, 2)), (f" {READ}", ())]


def test_sentence_that_carried_little_is_not_marked() -> None:
    assert pieces(f"{MET} {READ * 9}", carried(MET, share=0.09)) == [(f"{MET} {READ * 9}", ())]


def test_sentence_that_speaks_against_a_code_is_not_marked() -> None:
    assert pieces(f"{MET} {READ}", carried(MET, share=-0.7)) == [(f"{MET} {READ}", ())]


def test_story_whose_sentences_all_count_alike_is_not_marked() -> None:
    assert pieces(f"{MET} {READ}", carried(MET, READ, share=0.5)) == [(f"{MET} {READ}", ())]


def test_story_of_one_sentence_is_not_marked() -> None:
    assert pieces(MET, carried(MET, share=1.0)) == [(MET, ())]


@pytest.mark.parametrize(("share", "level"), [(0.35, 3), (0.25, 2), (0.15, 1)])
def test_sentence_is_marked_by_its_share(share: float, level: int) -> None:
    told = " ".join([MET, *(f"Village {number} met." for number in range(8))])
    story = Story(parts={DESCRIPTION: told}, description=told, merged=told)
    (part,) = story_parts(Outcome(fragment_id=A, story=story), CODEBOOK, {"scale": carried(MET, share=share)})
    assert part.pieces[0].levels == {1: level}


def test_three_sentences_of_a_suggestion_are_marked() -> None:
    reported = ["One met.", "Two met.", "Three met.", "Four met."]
    assert [text for text, fields in pieces(" ".join(reported), carried(*reported)) if fields] == reported[:3]


def test_nothing_is_marked_for_a_suggestion_too_poor_to_go_by() -> None:
    poor = replace(carried(MET), route=Route.CODE_AFRESH)
    assert pieces(f"{MET} {READ}", poor) == [(f"{MET} {READ}", ())]


def test_sentence_of_another_part_is_not_marked() -> None:
    assert pieces(f"{MET} {READ}", carried(MET, part=SIGNIFICANCE)) == [(f"{MET} {READ}", ())]


def test_sentence_that_the_story_no_longer_has_is_not_marked() -> None:
    assert pieces(MET, carried("The council met in secret.")) == [(MET, ())]


@given(
    reported=st.lists(st.sampled_from(["One met.", "met.", "Two met in public.", "في كل اجتماع.", " ", "\n"])).map(
        "".join
    ),
    sentences=st.lists(st.sampled_from(["One met.", "met.", "Two met", "in public.", "في", "gone"])),
    others=st.lists(st.sampled_from(["One met.", "Two met in public.", "public."])),
)
def test_pieces_put_together_are_the_story(reported: str, sentences: list[str], others: list[str]) -> None:
    found = pieces(reported, carried(*sentences), carried(*others))
    assert "".join(text for text, _ in found).rstrip() == reported.rstrip()


def headings(parts: Sequence[Part]) -> list[str]:
    return [part.heading for part in parts]


def test_parts_are_in_the_order_of_the_codebook() -> None:
    story = Story(parts={SIGNIFICANCE: READ, DESCRIPTION: MET}, description=MET, merged=f"{MET}  {READ}")
    reported = story_parts(Outcome(fragment_id=A, story=story), CODEBOOK, {})
    assert headings(reported) == [DESCRIPTION, SIGNIFICANCE]


def test_story_whose_parts_cannot_be_kept_apart_has_one_heading() -> None:
    (part,) = story_parts(
        Outcome(fragment_id=A, story=Story(parts={}, description=MET, merged=f"{MET} {READ}")), CODEBOOK, {}
    )
    assert (part.heading, [piece.text for piece in part.pieces]) == (DESCRIPTION, [f"{MET} {READ}"])


# The fields


def test_codes_keep_the_order_of_the_codebook_with_the_shares_of_possible_ones(project: Project) -> None:
    view = scale_seen(project, suggested(SCALE, "Regional", confidence=0.6, possible=("Regional", "National")))
    assert [(button.code.code, button.percent, button.is_possible) for button in view.buttons] == [
        ("Local", "", False),
        ("National", "10\xa0%", True),
        ("Regional", "60\xa0%", True),
    ]


def test_code_keeps_its_digit_whatever_is_suggested(project: Project) -> None:
    buttons = scale_seen(project, scale("Regional")).buttons
    assert [(button.key, button.code.code) for button in buttons] == [
        ("1", "Local"),
        ("2", "National"),
        ("3", "Regional"),
    ]


def test_place_of_a_code_says_where_it_is_when_suggested_ones_come_first(project: Project) -> None:
    buttons = scale_seen(project, scale("Regional")).buttons
    assert {button.code.code: button.place for button in buttons} == {"Regional": 1, "Local": 2, "National": 3}


def test_tenth_code_has_no_digit(project: Project) -> None:
    view = seen(OpenProject(replace(project, codebook=TEN_CODES)))
    assert [button.key for button in view.fields[0].buttons] == [*"123456789", ""]


def test_suggestion_too_poor_to_go_by_names_no_possible_code(project: Project) -> None:
    view = scale_seen(project, scale("Regional", 0.4, route=Route.CODE_AFRESH))
    assert ([button.is_possible for button in view.buttons], view.can_be_taken, view.is_poor) == (
        [False, False, False],
        False,
        True,
    )


def test_suggestion_too_poor_to_go_by_keeps_its_guesses_apart(project: Project) -> None:
    view = scale_seen(project, scale("Regional", 0.4, route=Route.CODE_AFRESH))
    assert view.guesses == (("Regional", "40\xa0%"), ("Local", "30\xa0%"), ("National", "15\xa0%"))


def test_suggestion_to_go_by_has_no_guesses(project: Project) -> None:
    view = scale_seen(project, scale())
    assert (view.guesses, view.can_be_taken) == ((), True)


def test_suggestion_of_no_code_cannot_be_taken(project: Project) -> None:
    assert not scale_seen(project, suggested(SCALE)).can_be_taken


def test_own_decision_is_chosen(project: Project) -> None:
    opened = opened_with(project)
    decide(opened, "National")
    assert [button.code.code for button in seen(opened).fields[0].buttons if button.is_chosen] == ["National"]


def test_decision_of_another_coder_is_not_chosen(project: Project) -> None:
    opened = opened_with(project)
    decide(opened, "National", coder="Ben")
    view = seen(opened).fields[0]
    assert (view.current_decision, [button.is_chosen for button in view.buttons]) == (None, [False] * 3)


def test_number_of_the_own_latest_entry_is_seen(project: Project) -> None:
    opened = opened_with(project)
    decide(opened, "National", coder="Ben")
    decide(opened, "National")
    assert [field.based_on for field in seen(opened).fields] == [2, None]


# The outcome


def test_blind_outcome_shows_no_suggestion(project: Project) -> None:
    view = seen(opened_with(replace(project, shares=Shares(blind=1.0)), scale(), "unusual: 'Local' with 'GEN'"))
    fields = [(field.suggestion, field.words, field.guesses, field.can_be_taken) for field in view.fields]
    assert (fields, view.is_guided, view.item.flags) == ([(None, "", (), False)] * 2, False, ())


def test_blind_outcome_shows_its_codes_in_the_order_of_the_codebook(project: Project) -> None:
    opened = opened_with(replace(project, shares=Shares(blind=1.0)), scale("Regional"))
    buttons = seen(opened).fields[0].buttons
    assert [(button.code.code, button.percent) for button in buttons] == [
        ("Local", ""),
        ("National", ""),
        ("Regional", ""),
    ]


def test_codes_of_the_file_are_reported(tmp_path: Path) -> None:
    begun = begin_project(tmp_path, row(A, scale="National"))
    assert [field.in_file for field in seen(OpenProject(begun)).fields] == [("National",), ()]
    begun.journal.close()


def test_own_note_is_shown(project: Project) -> None:
    opened = opened_with(project)
    item = opened.coding_items.by_id[A]
    for coder in ("Ana", "Ben"):
        opened.record([note(item, f"seen by {coder}", coder=coder, codebook=CODEBOOK)])
    assert seen(opened).note == "seen by Ana"


def test_outcome_put_off_is_reported(project: Project) -> None:
    opened = opened_with(project)
    opened.record([skip(opened.coding_items.by_id[A], coder="Ana", codebook=CODEBOOK)])
    assert (seen(opened).is_skipped, seen(opened, B).is_skipped) == (True, False)


def test_outcome_of_another_coder_is_reported(project: Project) -> None:
    opened = OpenProject(project, names=("Ana", "Ben"))
    assert sorted(seen(opened, coder=coder).is_mine for coder in ("Ana", "Ben")) == [False, True]


def test_outcomes_of_the_same_change_may_be_coded_together(project: Project) -> None:
    (near_duplicate,) = seen(opened_with(project, scale(), B)).near_duplicates
    assert (near_duplicate.item.fragment_id, near_duplicate.undecided) == (B, ("Scale", "Objective"))


def test_field_of_a_near_duplicate_that_is_decided_is_not_named(project: Project) -> None:
    opened = opened_with(project, scale(), B)
    opened.decide(opened.coding_items.by_id[B], {"scale": Choice(codes=("Local",))}, coder="Ana")
    assert [near_duplicate.undecided for near_duplicate in seen(opened).near_duplicates] == [("Objective",)]


# What a page rests on


def key(project: Project, **changes: object) -> str:
    changed = replace(project, **changes)  # type: ignore[arg-type]
    return page_key(changed, CodingItems(changed, None).by_id[A])


def test_page_rests_on_the_same_as_long_as_nothing_changes(project: Project) -> None:
    assert key(project) == key(project)


def test_page_rests_on_project_codebook_and_whether_it_is_blind(project: Project, tmp_path: Path) -> None:
    others = {
        key(project),
        key(project, folder=tmp_path / "other"),
        key(project, codebook=TEN_CODES),
        key(project, shares=Shares(blind=1.0)),
    }
    assert len(others) == 4


def test_page_rests_on_the_story(project: Project, tmp_path: Path) -> None:
    secret = {**row(A), "Outcome description": "The council met in secret."}
    corrected = add_harvest(project, write_outcomes(tmp_path / "harvest.xlsx", secret)).project
    assert key(corrected) != key(project)


# How sure


@pytest.mark.parametrize(
    ("confidence", "words"),
    [(0.999, "almost certain"), (0.95, "almost certain"), (0.94, "likely"), (0.8, "likely"), (0.6, "fairly likely"),
     (0.4, "possible"), (0.39, "unsure"), (0.0, "unsure")],
)  # fmt: skip
def test_confidence_is_reported_in_words(confidence: float, words: str) -> None:
    assert confidence_words(confidence) == words


@pytest.mark.parametrize(
    ("confidence", "reported"),
    [(0.0, "under 1\xa0%"), (0.004, "under 1\xa0%"), (0.01, "1\xa0%"), (0.505, "50\xa0%"), (0.99, "99\xa0%"),
     (0.996, "over 99\xa0%"), (1.0, "over 99\xa0%")],
)  # fmt: skip
def test_percentage_never_says_that_something_is_sure(confidence: float, reported: str) -> None:
    assert confidence_percent(confidence) == reported
