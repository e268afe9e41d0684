from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import load_workbook

from classifier.project.consensus import consensus_of
from classifier.project.current_decisions import JournalState
from classifier.review.context import PageContext
from tests.support.projects import CODEBOOK, by_hand
from tests.support.visiting import Visitor, forms_in, open_project_of, page_context_of, text_in

A, B = "SCC-LPC/001", "SCC-LPC/002"
WHY = "It tells of an activity, not of a change."


@pytest.fixture
def page_context(tmp_path: Path) -> Iterator[PageContext]:
    context = page_context_of(tmp_path, A, B)
    yield context
    open_project_of(context).project.journal.close()


@pytest.fixture
def ana(page_context: PageContext) -> Visitor:
    return Visitor(page_context)


def mark(visitor: Visitor, name: str = A, reason: str = WHY, *, do: str = "") -> str:
    """Mark an outcome as not codable, and return what the next page says."""
    form = forms_in(visitor.see("/outcome", id=name))["/not-codable"]
    answer = visitor.send(form.filled(reason=reason, do=do))
    assert answer.status_code == 303
    return text_in(visitor.see(answer.headers["location"]))


def current(visitor: Visitor, name: str = A) -> list[tuple[tuple[str, ...], str]]:
    """Return Ana's codes, and why there are none, by field."""
    state = JournalState(visitor.entries())
    found = [state.current_decision("Ana", name, field) for field in CODEBOOK.names]
    return [(entry.decision.codes, entry.decision.not_codable) for entry in found if entry is not None]


# Marking


def test_outcome_is_not_codable_in_every_field_with_the_reason(ana: Visitor) -> None:
    mark(ana)
    assert current(ana) == [((), WHY), ((), WHY)]


def test_marked_outcome_is_told_and_gives_way_to_the_next(ana: Visitor) -> None:
    reported = mark(ana)
    assert f"Marked {A} as not codable. {B}" in reported


def test_marked_outcome_counts_as_done(ana: Visitor) -> None:
    assert "You have decided 1 of the 2 outcomes in your share" in mark(ana)


@pytest.mark.parametrize("reason", ["", "  \n "])
def test_reason_is_required(ana: Visitor, reason: str) -> None:
    assert "Type why it is not codable first." in mark(ana, reason=reason)
    assert ana.entries() == ()


def test_suggestion_in_view_is_recorded(ana: Visitor) -> None:
    mark(ana)
    shown = ana.entries()[0].decision.shown
    assert shown is not None
    assert shown.suggested == ("Local",)


def test_reason_is_shown_when_the_outcome_is_opened_again(ana: Visitor) -> None:
    mark(ana)
    assert f"You marked this outcome as not codable: {WHY}" in text_in(ana.see("/outcome", id=A))


def test_reason_can_be_changed(ana: Visitor) -> None:
    mark(ana)
    mark(ana, reason="It repeats another one.")
    assert current(ana) == [((), "It repeats another one.")] * 2


def test_same_reason_again_is_not_recorded_twice(ana: Visitor) -> None:
    mark(ana)
    assert "Nothing was chosen, so nothing was recorded." in mark(ana)


def test_outcome_decided_in_another_tab_is_not_marked(ana: Visitor) -> None:
    form = forms_in(ana.see("/outcome", id=A))["/not-codable"]
    ana.decide(A, scale="Local")
    answer = ana.send(form.filled(reason=WHY))
    assert (answer.status_code, WHY in answer.text) == (409, True)
    assert current(ana) == [(("Local",), "")]


def test_page_that_was_not_shown_marks_nothing(ana: Visitor) -> None:
    assert ana.post("/not-codable", id=A, reason=WHY).status_code == 409
    assert ana.entries() == ()


# Changing one's mind


def test_undo_takes_it_back_in_all_fields(ana: Visitor) -> None:
    mark(ana)
    ana.send(forms_in(ana.see("/queue"))["/undo"])
    assert current(ana) == []


def test_undo_brings_back_the_codes_from_before(ana: Visitor) -> None:
    ana.decide(A, scale="Local", objective=["GEN"])
    mark(ana)
    ana.send(forms_in(ana.see("/queue"))["/undo"])
    assert current(ana) == [(("Local",), ""), (("GEN",), "")]


def test_it_can_be_taken_back_without_undo(ana: Visitor) -> None:
    mark(ana)
    mark(ana, do="take-back")
    assert current(ana) == []


def test_code_in_one_field_makes_the_outcome_codable_in_all(ana: Visitor) -> None:
    mark(ana)
    ana.decide(A, scale="Local")
    assert current(ana) == [(("Local",), "")]


def test_confirming_without_a_code_leaves_it_not_codable(ana: Visitor) -> None:
    mark(ana)
    ana.decide(A)
    assert current(ana) == [((), WHY), ((), WHY)]


def test_bulk_leaves_it_not_codable(ana: Visitor) -> None:
    mark(ana)
    form = forms_in(ana.see("/bulk", field="scale", route="", state="all"))["/bulk"]
    ana.send(form.filled(id=[A]))
    assert current(ana) == [((), WHY), ((), WHY)]


# Queue, export, progress


def test_queue_lists_what_is_not_codable(ana: Visitor) -> None:
    mark(ana)
    reported = text_in(ana.see("/queue", state="not-codable"))
    assert f"{A} The council of {A} met in public. Mali not codable not codable" in reported
    assert B not in reported


def test_coded_outcome_is_not_listed_as_not_codable(ana: Visitor) -> None:
    ana.decide(A, scale="Local")
    assert "0 outcomes." in text_in(ana.see("/queue", state="not-codable"))


def test_export_has_no_code_but_the_coder_and_the_reason(ana: Visitor) -> None:
    ana.decide(A, scale="Local")
    mark(ana)
    workbook = load_workbook(io.BytesIO(ana.get("/download/coded.xlsx").content))
    header, coded, *_ = workbook.worksheets[0].iter_rows(values_only=True)
    assert dict(zip(header, coded, strict=True))["Scale"] is None
    names, *rows = workbook["Decisions"].iter_rows(values_only=True)
    decisions = [dict(zip(names, row, strict=True)) for row in rows]
    assert [(row["Codes"], row["Not codable"], row["Coder"], row["Counts"]) for row in decisions] == [
        ("Local", None, "Ana", "no"),
        (None, WHY, "Ana", "yes"),
        (None, WHY, "Ana", "yes"),
    ]


def test_progress_counts_what_is_not_codable(ana: Visitor) -> None:
    mark(ana)
    assert "0 decided, 2 not codable, 2 undecided" in text_in(ana.see("/progress"))


# Differences


@pytest.fixture
def differing(ana: Visitor) -> Visitor:
    """Return Ana before an outcome that Yolanda coded and Zebedee calls not codable."""
    open_project_of(ana.page_context).record(
        [by_hand(A, "Local", coder="Yolanda"), by_hand(A, coder="Zebedee", not_codable=WHY)]
    )
    return ana


def test_code_and_not_codable_are_a_difference(differing: Visitor) -> None:
    reported = text_in(differing.see("/differences"))
    assert f"{A} Scale Local or not codable" in reported or f"{A} Scale not codable or Local" in reported


def test_lead_reads_why_it_is_not_codable(differing: Visitor) -> None:
    assert f"not codable: {WHY}" in text_in(differing.see("/difference", id=A))


def adjudicate(visitor: Visitor, **filled: str) -> str:
    form = forms_in(visitor.see("/difference", id=A))["/difference"]
    return text_in(visitor.see(visitor.send(form.filled(**filled)).headers["location"]))


def test_lead_adjudicates_as_not_codable(differing: Visitor) -> None:
    adjudicate(differing, not_codable="1", why="An activity.")
    state = JournalState(differing.entries())
    found = consensus_of([A], CODEBOOK, state)[A, "scale"]
    assert (found.is_open, found.is_not_codable, found.codes) == (False, True, ())


def test_adjudicating_as_not_codable_needs_a_reason(differing: Visitor) -> None:
    assert "Type why it is not codable." in adjudicate(differing, not_codable="1")


def test_adjudicating_as_not_codable_and_with_a_code_is_refused(differing: Visitor) -> None:
    reported = adjudicate(differing, not_codable="1", codes_1="Local", why="An activity.")
    assert "Choose codes, or tick that it is not codable, not both." in reported


def test_two_who_say_not_codable_do_not_differ(differing: Visitor) -> None:
    open_project_of(differing.page_context).record([by_hand(A, coder="Yolanda", not_codable="No change.")])
    assert "There is nothing to adjudicate." in text_in(differing.see("/differences"))


def test_agreement_is_told_without_it_and_with_how_many(differing: Visitor) -> None:
    reported = text_in(differing.see("/progress"))
    assert (
        "Scale: 1 outcome that two coders or more decided is left out, where some (1) say that it is not codable."
        in reported
    )
