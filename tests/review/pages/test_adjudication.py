from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from starlette.datastructures import FormData

from classifier.project.current_decisions import JournalState
from classifier.project.journal import DecisionMethod, Entry
from classifier.review.pages import adjudication
from classifier.review.pages.adjudication import FieldDifference
from tests.support.projects import CODEBOOK, by_hand
from tests.support.visiting import Visitor, forms_in, page_context_of, text_in

A, B = "SCC-LPC/001", "SCC-LPC/002"


@pytest.fixture
def ana(tmp_path: Path) -> Iterator[Visitor]:
    """Return Ana before two outcomes on whose scale Yolanda and Zebedee differ."""
    page_context = page_context_of(tmp_path, A, B)
    assert page_context.open_project is not None
    for coder, code in (("Yolanda", "Local"), ("Zebedee", "National")):
        page_context.open_project.record([by_hand(A, code, coder=coder), by_hand(B, code, coder=coder)])
    yield Visitor(page_context)
    page_context.open_project.project.journal.close()


def adjudicate(visitor: Visitor, *codes: str, name: str = A, field: str = "scale", order: Sequence[str] = ()) -> None:
    form = forms_in(visitor.see("/difference", id=name))["/difference"]
    number = CODEBOOK.names.index(field) + 1
    chosen = {f"codes_{number}": codes, f"order_{number}": "\n".join(order)}
    assert visitor.send(form.filled(**chosen, why="It names one village.")).status_code == 303


def adjudicated(visitor: Visitor, field: str = "scale") -> Entry:
    found = JournalState(visitor.entries()).adjudicated(A, field)
    assert found is not None
    return found


def give(visitor: Visitor, coder: str, *objectives: str) -> None:
    assert visitor.page_context.open_project is not None
    visitor.page_context.open_project.record([by_hand(A, *objectives, coder=coder, field="objective")])


# What is listed


def test_adjudicated_differences_are_listed_below_the_open_ones_with_who_settled_them(ana: Visitor) -> None:
    adjudicate(ana, "Local")
    at = adjudicated(ana).at.astimezone()
    reported = text_in(ana.see("/differences"))
    assert reported.index(f"{B} Scale") < reported.index(
        f"Adjudicated ID Field Adjudicated as {A} Scale Local by Ana, {at:%Y-%m-%d %H:%M}"
    )


def test_difference_that_was_settled_is_no_longer_among_the_open_ones(ana: Visitor) -> None:
    adjudicate(ana, "Local")
    assert text_in(ana.see("/differences")).count(f"{A} Scale") == 1


def test_list_leaves_out_what_the_coder_is_still_to_decide(ana: Visitor) -> None:
    ana.decide(A, objective=["GEN"])
    reported = text_in(ana.see("/differences"))
    assert (f"{A} Scale" in reported, f"{B} Scale" in reported) == (False, True)


def test_list_leaves_out_what_was_settled_and_the_coder_is_still_to_decide(ana: Visitor) -> None:
    adjudicate(ana, "Local")
    ana.decide(A, objective=["GEN"])
    assert f"{A} Scale" not in text_in(ana.see("/differences"))


def test_next_difference_is_none_that_the_coder_is_still_to_decide(ana: Visitor) -> None:
    ana.decide(B, objective=["GEN"])
    form = forms_in(ana.see("/difference", id=A))["/difference"]
    assert ana.send(form.filled(codes_1="Local")).headers["location"] == "/differences"


def test_same_codes_with_another_main_code_are_both_listed(ana: Visitor) -> None:
    give(ana, "Yolanda", "CIV", "GEN")
    give(ana, "Zebedee", "GEN", "CIV")
    reported = text_in(ana.see("/differences"))
    assert re.search(rf"{A} Objective (CIV; GEN or GEN; CIV|GEN; CIV or CIV; GEN)", reported)


# What was settled


def test_settled_difference_reports_as_what_by_whom_and_when(ana: Visitor) -> None:
    adjudicate(ana, "Local")
    at = adjudicated(ana).at.astimezone()
    reported = f"Adjudicated as Local by Ana, {at:%Y-%m-%d %H:%M}. It names one village."
    assert reported in text_in(ana.see("/difference", id=A))


def test_settled_difference_still_shows_what_coders_chose(ana: Visitor) -> None:
    adjudicate(ana, "Local")
    reported = text_in(ana.see("/difference", id=A))
    assert re.search(r"What coders chose (Local National|National Local) ", reported)


def test_nothing_is_chosen_beforehand_to_settle_anew_by(ana: Visitor) -> None:
    adjudicate(ana, "Local")
    assert "codes-1" not in forms_in(ana.see("/difference", id=A))["/difference"].values


def test_what_was_settled_anew_counts(ana: Visitor) -> None:
    adjudicate(ana, "Local")
    adjudicate(ana, "National")
    assert (adjudicated(ana).decision.codes, adjudicated(ana).decision.based_on) == (("National",), None)


def test_what_was_settled_first_counts_again_when_settling_anew_is_undone(ana: Visitor) -> None:
    adjudicate(ana, "Local")
    adjudicate(ana, "National")
    ana.send(forms_in(ana.see("/differences"))["/undo"])
    assert adjudicated(ana).decision.codes == ("Local",)


# The main one of several codes


def test_code_chosen_first_is_the_main_one(ana: Visitor) -> None:
    give(ana, "Yolanda", "CIV")
    give(ana, "Zebedee", "GEN")
    adjudicate(ana, "CIV", "GEN", field="objective", order=["GEN", "CIV"])
    assert adjudicated(ana, "objective").decision.codes == ("GEN", "CIV")


def test_without_an_order_that_of_the_codebook_is_used(ana: Visitor) -> None:
    give(ana, "Yolanda", "CIV")
    give(ana, "Zebedee", "GEN")
    adjudicate(ana, "CIV", "GEN", field="objective")
    assert adjudicated(ana, "objective").decision.codes == ("CIV", "GEN")


# All fields of an outcome


@pytest.fixture
def twice(ana: Visitor) -> Visitor:
    """Return Ana before an outcome on whose scale and objective coders differ."""
    give(ana, "Yolanda", "CIV")
    give(ana, "Zebedee", "GEN")
    return ana


def test_all_fields_that_coders_differ_in_are_on_one_page(twice: Visitor) -> None:
    form = forms_in(twice.see("/difference", id=A))["/difference"]
    assert {"settled-1", "settled-2"} <= form.values.keys()


def test_all_fields_are_adjudicated_at_once(twice: Visitor) -> None:
    form = forms_in(twice.see("/difference", id=A))["/difference"]
    answer = twice.send(form.filled(codes_1="Local", codes_2="GEN"))
    assert f"Adjudicated Scale, Objective of {A}." in text_in(twice.see(answer.headers["location"]))
    assert (adjudicated(twice).decision.codes, adjudicated(twice, "objective").decision.codes) == (("Local",), ("GEN",))


def test_one_undo_takes_all_fields_back(twice: Visitor) -> None:
    form = forms_in(twice.see("/difference", id=A))["/difference"]
    twice.send(form.filled(codes_1="Local", codes_2="GEN"))
    twice.send(forms_in(twice.see("/differences"))["/undo"])
    state = JournalState(twice.entries())
    assert (state.adjudicated(A, "scale"), state.adjudicated(A, "objective")) == (None, None)


def test_field_without_a_choice_stays_open_and_its_outcome_comes_next(twice: Visitor) -> None:
    form = forms_in(twice.see("/difference", id=A))["/difference"]
    assert twice.send(form.filled(codes_1="Local")).headers["location"] == "/difference?id=SCC-LPC%2F001"
    assert JournalState(twice.entries()).adjudicated(A, "objective") is None


def test_one_code_that_is_none_keeps_all_from_being_recorded(twice: Visitor) -> None:
    form = forms_in(twice.see("/difference", id=A))["/difference"]
    answer = twice.send(form.filled(codes_1="Local", codes_2="Galactic"))
    assert "Choose a code first." in text_in(twice.see(answer.headers["location"]))
    assert JournalState(twice.entries()).adjudicated(A, "scale") is None


def test_field_that_coders_agree_in_is_told(ana: Visitor) -> None:
    give(ana, "Yolanda", "CIV")
    assert "Decided without a difference: Objective: CIV." in text_in(ana.see("/difference", id=A))


# Two leads at once


def test_difference_that_two_leads_adjudicate_at_once_is_adjudicated_once(
    ana: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    page_context, looked_up = ana.page_context, adjudication._problem
    lou = Visitor(page_context, "Lou")
    ours, theirs = (forms_in(who.see("/difference", id=A))["/difference"] for who in (ana, lou))
    other = threading.Thread(target=lambda: lou.send(theirs.filled(codes_1="National")))

    def interrupted(
        form: FormData, chosen: Sequence[tuple[FieldDifference, tuple[str, ...]]], why: str, *, is_not_codable: bool
    ) -> str:
        problem = looked_up(form, chosen, why, is_not_codable=is_not_codable)
        if not other.ident:
            other.start()
            other.join(0.5)
        return problem

    monkeypatch.setattr(adjudication, "_problem", interrupted)
    ana.send(ours.filled(codes_1="Local"))
    other.join()
    found = [entry.decision.codes for entry in ana.entries() if entry.decision.method is DecisionMethod.ADJUDICATION]
    assert found == [("Local",)]
    assert "Somebody has adjudicated this, or undone that, in the meantime; look at it again." in text_in(
        lou.see("/difference", id=A)
    )
