from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import load_workbook

from classifier.project.journal import DecisionMethod
from classifier.project.project import Shares
from classifier.review.context import PageContext
from classifier.review.open_project import OpenProject
from tests.support.projects import begin_project, by_hand, row
from tests.support.signed_in import SignedIn, users_file
from tests.support.visiting import SITE, Visitor, open_project_of, page_context_of, text_in

NAMES = tuple(f"SCC-LPC/{number:03}" for number in range(1, 13))
WHY = "It tells of an activity."


@pytest.fixture
def page_context(tmp_path: Path) -> Iterator[PageContext]:
    """Return the context of a project in which two coders coded the scale of eleven outcomes, one of them otherwise."""
    context = page_context_of(tmp_path, *NAMES)
    decisions = [by_hand(name, "Local" if place % 2 else "National") for place, name in enumerate(NAMES[:11])]
    others = [replace(decision, coder="Ben") for decision in decisions]
    others[0] = by_hand(NAMES[0], "Regional", coder="Ben")
    open_project_of(context).record([*decisions, *others])
    yield context
    open_project_of(context).project.journal.close()


@pytest.fixture
def lea(page_context: PageContext) -> Visitor:
    return Visitor(page_context, "Lea")


def sheet(visitor: Visitor, path: str, name: str, **query: str) -> list[tuple[object, ...]]:
    answer = visitor.get(path, **query)
    assert answer.status_code == 200
    return list(load_workbook(io.BytesIO(answer.content))[name].iter_rows(values_only=True))


def test_agreement_is_shown_by_field(lea: Visitor) -> None:
    assert "Scale 11 1 too few to say" in text_in(lea.see("/reports"))


def test_agreement_is_downloaded_with_that_by_code(lea: Visitor) -> None:
    assert sheet(lea, "/reports/agreement.xlsx", "By field")[1][:3] == ("Scale", "11", "1")
    by_code = sheet(lea, "/reports/agreement.xlsx", "By code")[1:]
    assert [line[1] for line in by_code] == ["Local", "National", "Regional"]


def test_counts_are_of_the_codes_that_coders_agree_on(lea: Visitor) -> None:
    reported = text_in(lea.see("/reports"))
    assert "Field Code Outcomes Share of decided Scale Local 5 50.0% National 5 50.0%" in reported


def test_undecided_are_counted_of_all_outcomes(lea: Visitor) -> None:
    assert f"undecided 2 of {len(NAMES)}" in text_in(lea.see("/reports"))


def test_adjudicated_code_counts(lea: Visitor) -> None:
    open_project_of(lea.page_context).record(
        [by_hand(NAMES[0], "National", coder="Lea", method=DecisionMethod.ADJUDICATION)]
    )
    assert "Scale Local 5 45.5% National 6 54.5%" in text_in(lea.see("/reports"))


def test_summary_is_downloaded(lea: Visitor) -> None:
    answer = lea.get("/reports/summary.xlsx")
    assert answer.headers["content-disposition"] == 'attachment; filename="summary.xlsx"'
    assert load_workbook(io.BytesIO(answer.content)).sheetnames[0] == "Contents"


def test_what_is_not_codable_is_left_out_and_told(lea: Visitor) -> None:
    open_project_of(lea.page_context).record(
        [by_hand(NAMES[11], "Local"), by_hand(NAMES[11], coder="Ben", not_codable=WHY)]
    )
    reported = text_in(lea.see("/reports"))
    assert "Scale 11 1 too few to say" in reported
    assert "Scale: 1 outcome that two coders or more decided is left out, where some (1) say" in reported


def test_project_of_one_coder_says_that_nobody_can_be_compared(tmp_path: Path) -> None:
    context = page_context_of(tmp_path, NAMES[0])
    open_project_of(context).record([by_hand(NAMES[0], "Local")])
    reported = text_in(Visitor(context, "Lea").see("/reports"))
    assert "No outcome has been coded yet by two coders who could not see each other's codes." in reported
    assert "Scale Local 1 100.0%" in reported
    open_project_of(context).project.journal.close()


def test_second_coder_who_could_see_the_first_codes_is_not_compared(tmp_path: Path) -> None:
    context = page_context_of(tmp_path, NAMES[0])
    open_project_of(context).record([by_hand(NAMES[0], "Local")])
    visitor = Visitor(context, "Lea")
    visitor.see("/reports")
    open_project_of(context).record([by_hand(NAMES[0], "National", coder="Lea")])
    reported = text_in(visitor.see("/reports"))
    assert "No outcome has been coded yet by two coders who could not see each other's codes." in reported
    open_project_of(context).project.journal.close()


def test_reports_of_one_coder_are_in_the_language_of_the_page(tmp_path: Path) -> None:
    context = page_context_of(tmp_path, NAMES[0])
    context.language = "fr"
    reported = text_in(Visitor(context, "Lea").see("/reports"))
    assert "Aucune incidence n'a encore été codée par deux personnes sans que l'une ait pu voir les codes" in reported
    assert "Une incidence peut avoir plusieurs codes du champ « Objective » et compte sous chacun" in reported
    open_project_of(context).project.journal.close()


def test_half_an_interval_is_written_as_the_language_writes_decimals(lea: Visitor) -> None:
    lea.page_context.language = "fr"
    assert "±0,05" in lea.see("/reports")


def test_what_somebody_is_still_to_code_unseen_is_left_out(tmp_path: Path) -> None:
    context = page_context_of(tmp_path, *NAMES[:2], shares=Shares(blind=0.0, double=1.0), team=("Ana", "Ben"))
    open_project_of(context).record([by_hand(NAMES[0], "Local")])
    reported = text_in(Visitor(context, "Lea").see("/reports"))
    assert "Others' codes of 1 outcome are left out" in reported
    assert "Scale Local 0" in reported
    open_project_of(context).project.journal.close()


def test_lead_who_was_shown_a_report_codes_no_longer_blind(lea: Visitor) -> None:
    lea.see("/reports")
    assert open_project_of(lea.page_context).journal_state.is_revealed("Lea", NAMES[0])


@pytest.fixture
def confidential(tmp_path: Path) -> Iterator[Visitor]:
    """Return Lea before a project with a confidential outcome that is coded."""
    marks = {NAMES[0]: "YES", NAMES[1]: "NO"}
    rows = [{**row(name), "Outcome statements is CONFIDENTIAL": mark} for name, mark in marks.items()]
    project = begin_project(tmp_path, *rows)
    context = PageContext(site=SITE, open_project=OpenProject(project))
    open_project_of(context).record([by_hand(NAMES[0], "Regional"), by_hand(NAMES[1], "Local")])
    yield Visitor(context, "Lea")
    open_project_of(context).project.journal.close()


def test_confidential_outcomes_are_left_out_and_told(confidential: Visitor) -> None:
    reported = text_in(confidential.see("/reports"))
    assert "1 confidential outcome left out." in reported
    assert "Scale Local 1 100.0%" in reported


def test_confidential_outcomes_are_included_where_asked_for(confidential: Visitor) -> None:
    reported = text_in(confidential.see("/reports", confidential="1"))
    assert "1 confidential outcome included." in reported
    assert "Local 1 50.0% National 0 0.0% Regional 1 50.0%" in reported


def test_file_with_confidential_outcomes_says_so_in_its_name(confidential: Visitor) -> None:
    named = confidential.get("/reports/summary.xlsx", confidential="1").headers["content-disposition"]
    assert named == 'attachment; filename="summary_with_confidential.xlsx"'


def test_reports_are_for_leads(page_context: PageContext, tmp_path: Path) -> None:
    page_context.users = users_file(tmp_path / "users.txt", coders=["Ana"], leads=["Lea"])
    assert "Only a lead may do this." in SignedIn(page_context, "Ana").get("/reports/agreement.xlsx").text
