from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from httpx2 import Response

from classifier.project.add_harvest import add_harvest
from classifier.project.journal import DecisionMethod
from classifier.project.project import Shares, change_shares
from classifier.review.app import ROUTES
from classifier.review.context import PageContext
from classifier.review.open_project import OpenProject
from classifier.review.roles import ACCESS, Role
from classifier.review.users import set_role
from classifier.suggestion.types import Neighbour
from tests.support.projects import begin_project, by_hand, kept, row
from tests.support.projects import scale as suggested_scale
from tests.support.signed_in import SignedIn, quick_passwords, users_file
from tests.support.visiting import SITE, keep_for, page_context_of, text_in
from tests.support.workbooks import write_outcomes

A, B, C = "SCC-LPC/001", "SCC-LPC/002", "SCC-LPC/003"
DOUBLE = Shares(blind=0.0, double=1.0)
BLIND = Shares(blind=1.0, double=1.0)
NOTE = "The mayor told me so herself."
# Who may ask for what: nobody signed in, a coder, a lead. A route that isn't here fails a test.
FOR_ALL, FOR_CODERS, FOR_LEADS = (True, True, True), (False, True, True), (False, False, True)
TABLE: Mapping[tuple[str, str], tuple[bool, bool, bool]] = {
    ("GET", "/"): FOR_CODERS,
    ("GET", "/queue"): FOR_CODERS,
    ("GET", "/outcome"): FOR_CODERS,
    ("GET", "/jump"): FOR_CODERS,
    ("POST", "/decide"): FOR_CODERS,
    ("POST", "/not-codable"): FOR_CODERS,
    ("POST", "/undo"): FOR_CODERS,
    ("POST", "/note"): FOR_CODERS,
    ("POST", "/skip"): FOR_CODERS,
    ("GET", "/nearest"): FOR_CODERS,
    ("GET", "/bulk"): FOR_CODERS,
    ("POST", "/bulk"): FOR_CODERS,
    ("GET", "/help"): FOR_CODERS,
    ("GET", "/progress"): FOR_CODERS,
    ("GET", "/download"): FOR_CODERS,
    ("GET", "/download/coded.xlsx"): FOR_CODERS,
    ("GET", "/codebook"): FOR_CODERS,
    ("GET", "/codebook/codebook.yaml"): FOR_CODERS,
    ("GET", "/codebook/edit"): FOR_LEADS,
    ("POST", "/codebook/edit"): FOR_LEADS,
    ("POST", "/codebook/file"): FOR_LEADS,
    ("POST", "/codebook/save"): FOR_LEADS,
    ("POST", "/start/codebook"): FOR_LEADS,
    ("GET", "/download/coded.csv"): FOR_CODERS,
    ("GET", "/differences"): FOR_LEADS,
    ("GET", "/difference"): FOR_LEADS,
    ("POST", "/difference"): FOR_LEADS,
    ("POST", "/close"): FOR_LEADS,
    ("GET", "/coders"): FOR_LEADS,
    ("POST", "/coders"): FOR_LEADS,
    ("POST", "/coders/merge"): FOR_LEADS,
    ("POST", "/coders/separate"): FOR_LEADS,
    ("POST", "/coders/shares"): FOR_LEADS,
    ("GET", "/reports"): FOR_LEADS,
    ("GET", "/reports/agreement.xlsx"): FOR_LEADS,
    ("GET", "/reports/summary.xlsx"): FOR_LEADS,
    ("GET", "/model"): FOR_LEADS,
    ("GET", "/model/job"): FOR_LEADS,
    ("POST", "/model/suggest"): FOR_LEADS,
    ("POST", "/model/train"): FOR_LEADS,
    ("POST", "/model/use"): FOR_LEADS,
    ("GET", "/harvests"): FOR_LEADS,
    ("POST", "/harvests"): FOR_LEADS,
    ("GET", "/enter"): FOR_ALL,
    ("GET", "/sign-in"): FOR_ALL,
    ("POST", "/sign-in"): FOR_ALL,
    ("POST", "/sign-out"): FOR_CODERS,
    ("POST", "/language"): FOR_ALL,
    ("GET", "/start"): FOR_LEADS,
    ("POST", "/start"): FOR_LEADS,
    ("POST", "/start/sample"): FOR_LEADS,
    ("GET", "/start/template.xlsx"): FOR_LEADS,
    ("GET", "/harvests/template.xlsx"): FOR_LEADS,
    ("POST", "/start/check"): FOR_LEADS,
    ("POST", "/start/delete"): FOR_LEADS,
    ("GET", "/preparing"): FOR_LEADS,
    ("GET", "/preparing/job"): FOR_LEADS,
    ("POST", "/harvests/check"): FOR_LEADS,
    ("POST", "/start/project"): FOR_LEADS,
    ("GET", "/start/coder"): FOR_LEADS,
    ("POST", "/start/coder"): FOR_LEADS,
}
SERVED = sorted((method, route.path) for route in ROUTES for method in (route.methods or set()) - {"HEAD"})
PAGES = [path for method, path in SERVED if method == "GET" and not path.startswith("/start") and path != "/enter"]
ASKED = {
    "/outcome": {"id": A},
    "/jump": {"id": A},
    "/nearest": {"id": A, "set": "1"},
    "/queue": {"everyone": "1", "state": "all"},
    "/bulk": {"everyone": "1", "route": "any"},
    "/difference": {"id": A},
}


@pytest.fixture(scope="module", autouse=True)
def _passwords() -> Iterator[None]:
    with quick_passwords():
        yield


@pytest.fixture
def page_context(tmp_path: Path) -> Iterator[PageContext]:
    """Return a project of three outcomes that Ana and Ben code independently; Lea and Lou lead."""
    context = page_context_of(tmp_path, A, B, C, shares=DOUBLE, team=["Ana", "Ben"])
    context.users = users_file(tmp_path / "users.txt", coders=["Ana", "Ben"], leads=["Lea", "Lou"])
    yield context
    opened(context).project.journal.close()


def opened(page_context: PageContext) -> OpenProject:
    assert page_context.open_project is not None
    return page_context.open_project


def code(page_context: PageContext, coder: str, scale: str, objective: str = "GEN", name: str = A) -> None:
    """Have a coder decide both fields of an outcome."""
    opened(page_context).record(
        [by_hand(name, scale, coder=coder), by_hand(name, objective, coder=coder, field="objective")]
    )


def note(page_context: PageContext, coder: str) -> None:
    opened(page_context).record([by_hand(A, coder=coder, field="", method=DecisionMethod.NOTE, note=NOTE)])


def ask(who: SignedIn, method: str, path: str) -> Response:
    return who.get(path, **ASKED.get(path, {})) if method == "GET" else who.post(path)


def cells_of(answer: Response) -> str:
    """Return all that a downloaded workbook or table says."""
    assert answer.status_code == 200, answer.text
    if answer.headers["content-type"].startswith("text/csv"):
        return answer.text
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    return " ".join(str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell)


def shown_to(who: SignedIn, path: str) -> str:
    answer = ask(who, "GET", path)
    return cells_of(answer) if answer.status_code == 200 and path.endswith(".xlsx") else answer.text


# Who may ask for what


def test_every_route_is_in_the_table_of_roles_and_none_else() -> None:
    assert [sorted(TABLE), sorted(ACCESS)] == [SERVED, SERVED]


@pytest.mark.parametrize(("method", "path"), SERVED)
def test_route_is_reached_by_whose_role_may(page_context: PageContext, method: str, path: str) -> None:
    shown = [ask(SignedIn(page_context, name), method, path).text for name in ("", "Ana", "Lea")]
    refused = [text == "Please sign in." or "Only a lead may do this." in text for text in shown]
    assert tuple(not was_refused for was_refused in refused) == TABLE[method, path]


@pytest.mark.parametrize("path", [path for (method, path), roles in TABLE.items() if roles == FOR_LEADS])
def test_head_is_refused_as_get_is(page_context: PageContext, path: str) -> None:
    method, _ = next(key for key in TABLE if key[1] == path)
    status = SignedIn(page_context, "Ana").client.head(path).status_code
    assert status == (403 if method == "GET" or ("GET", path) in TABLE else 405)


def test_coder_is_told_whom_to_ask(page_context: PageContext) -> None:
    answer = SignedIn(page_context, "Ana").get("/differences")
    assert (answer.status_code, "Only a lead may do this. Ask a lead of your team." in answer.text) == (403, True)


def test_coder_is_offered_no_page_that_they_may_not_ask_for(page_context: PageContext) -> None:
    shown = SignedIn(page_context, "Ana").get("/queue").text
    assert [path for path in ("/differences", "/model", "/harvests") if f'href="{path}"' in shown] == []


def test_role_that_is_changed_counts_from_the_next_click(page_context: PageContext) -> None:
    assert page_context.users is not None
    ana, lea = SignedIn(page_context, "Ana"), SignedIn(page_context, "Lea")
    set_role(page_context.users, "Ana", Role.LEAD)
    set_role(page_context.users, "Lea", Role.CODER)
    assert [who.get("/differences").status_code for who in (ana, lea)] == [200, 403]


def test_who_is_alone_on_their_own_machine_leads_and_is_told(page_context: PageContext) -> None:
    page_context.users = None
    ana = SignedIn(page_context, "Ana")
    assert ana.get("/differences").status_code == 200
    assert "On your own computer, without signing in, you are the lead" in ana.get("/queue").text


# What others decided, before it may be known


@pytest.mark.parametrize("path", PAGES)
def test_no_page_gives_a_coder_anything_of_others(page_context: PageContext, path: str) -> None:
    code(page_context, "Ben", "Regional", "CIV")
    note(page_context, "Ben")
    shown = shown_to(SignedIn(page_context, "Ana"), path)
    assert [said for said in ("Ben", NOTE, "<strong>Regional", "Regional or") if said in shown] == []


def test_download_of_a_coder_holds_their_own_decisions_alone(page_context: PageContext) -> None:
    code(page_context, "Ana", "Local")
    code(page_context, "Ben", "Regional", "CIV")
    note(page_context, "Ben")
    book = openpyxl.load_workbook(io.BytesIO(SignedIn(page_context, "Ana").get("/download/coded.xlsx").content))
    first = list(book.worksheets[0].iter_rows(values_only=True))[1]
    assert (first[-2:], {row[3].value for row in book["Decisions"]}) == (("Local", "GEN"), {"Coder", "Ana"})


def test_download_of_a_coder_holds_no_suggestion_that_the_file_came_with(page_context: PageContext) -> None:
    # Who is still to code an outcome blind would see it there.
    beside = {"Scale: suggestion": "Local", "Scale: why": "91% local", "Suggestion flags": "short", "Scale: notes": "x"}
    path = write_outcomes(
        opened(page_context).project.folder.parent / "suggestions.xlsx", {**row("SCC-LPC/009"), **beside}
    )
    add_harvest(opened(page_context).project, path)
    ana, lea = (SignedIn(page_context, name) for name in ("Ana", "Lea"))
    shown, full = (cells_of(who.get("/download/coded.xlsx", harvest="suggestions.xlsx")) for who in (ana, lea))
    told = ("Scale: suggestion", "91% local", "Suggestion flags", "Scale: notes")
    assert ([said in shown for said in told], [said in full for said in told]) == ([False] * 3 + [True], [True] * 4)


@pytest.mark.parametrize("path", PAGES)
def test_no_page_gives_a_lead_the_codes_of_an_outcome_that_is_still_to_be_coded(
    page_context: PageContext, path: str
) -> None:
    code(page_context, "Ben", "Regional", "CIV")
    note(page_context, "Ben")
    shown = shown_to(SignedIn(page_context, "Lea"), path)
    assert [said for said in (NOTE, "<strong>Regional", "Regional or") if said in shown] == []
    has_decisions = path == "/download/coded.xlsx"  # the empty workbook names the codes that there are
    assert not (has_decisions and ("Ben" in shown or "CIV" in shown))


def test_lead_sees_the_codes_when_all_have_coded(page_context: PageContext) -> None:
    code(page_context, "Ben", "Regional")
    code(page_context, "Ana", "Local")
    lea = SignedIn(page_context, "Lea")
    assert f"{A} Scale" in text_in(lea.get("/differences").text)
    assert {"Ana", "Ben", "Regional"} <= set(cells_of(lea.get("/download/coded.xlsx")).split())


def test_lead_sees_the_codes_of_an_outcome_that_they_close(page_context: PageContext) -> None:
    code(page_context, "Ben", "Regional")
    lea = SignedIn(page_context, "Lea")
    assert f"{A} Ana Close" in text_in(lea.get("/differences").text)
    lea.post("/close", id=A)
    assert "Ben" in cells_of(lea.get("/download/coded.xlsx"))


def test_outcome_that_is_closed_is_no_longer_asked_of_who_has_not_begun_it(page_context: PageContext) -> None:
    code(page_context, "Ben", "Regional")
    ana = SignedIn(page_context, "Ana")
    assert A in ana.get("/queue").text
    SignedIn(page_context, "Lea").post("/close", id=A)
    assert A not in ana.get("/queue").text


@pytest.mark.parametrize("name", [A, "SCC-LPC/999", ""])
def test_outcome_that_nobody_has_begun_cannot_be_closed(page_context: PageContext, name: str) -> None:
    assert SignedIn(page_context, "Lea").post("/close", id=name).status_code == 404


def test_what_a_lead_codes_after_seeing_others_is_not_blind(tmp_path: Path) -> None:
    context = page_context_of(tmp_path, A, shares=BLIND, team=["Ana", "Ben"])
    context.users = users_file(tmp_path / "users.txt", coders=["Ana", "Ben"], leads=["Lea"])
    code(context, "Ben", "Regional")
    code(context, "Ana", "Local")
    lea = SignedIn(context, "Lea")
    lea.get("/differences")
    lea.decide(A, scale="Local")
    last, state = opened(context).project.journal.entries()[-1], opened(context).journal_state
    opened(context).project.journal.close()
    assert (last.decision.coder, last.decision.method) == ("Lea", DecisionMethod.INFORMED)
    assert sorted(state.independent(A, "scale")) == ["Ana", "Ben"]


@pytest.mark.parametrize("path", ["/progress?by=country", "/progress", "/model"])
def test_what_a_lead_codes_after_counts_gave_it_away_is_not_blind(tmp_path: Path, path: str) -> None:
    context = page_context_of(tmp_path, A, shares=Shares(blind=1.0), team=["Ana"])
    context.users = users_file(tmp_path / "users.txt", coders=["Ana"], leads=["Lea"])
    code(context, "Ana", "Regional")
    lea = SignedIn(context, "Lea")
    assert "Regional" in lea.get(path).text
    lea.decide(A, scale="Regional")
    last = opened(context).project.journal.entries()[-1]
    opened(context).project.journal.close()
    assert (last.decision.coder, last.decision.method) == ("Lea", DecisionMethod.INFORMED)


def test_what_a_lead_codes_after_it_was_shown_as_a_similar_outcome_is_not_blind(tmp_path: Path) -> None:
    context = page_context_of(tmp_path, A, B, team=["Ana"])
    context.users = users_file(tmp_path / "users.txt", coders=["Ana"], leads=["Lea"])
    code(context, "Ana", "Regional", name=B)
    near = replace(suggested_scale("Local"), nearest=(Neighbour(fragment_id=B, codes=("Regional",), similarity=0.5),))
    outcomes = opened(context).project.outcomes
    opened(context).project.suggestions.keep({A: kept(outcomes[A], scale=near), B: kept(outcomes[B])})
    lea = SignedIn(context, "Lea")
    assert "Regional" in lea.get("/nearest", id=A, set="2").text
    lea.decide(B, scale="Regional")
    last = opened(context).project.journal.entries()[-1]
    opened(context).project.journal.close()
    assert (last.decision.coder, last.decision.method) == ("Lea", DecisionMethod.INFORMED)


def test_counts_that_give_nothing_away_keep_a_second_coding_independent(page_context: PageContext) -> None:
    change_shares(opened(page_context).project, Shares(blind=0.0))
    code(page_context, "Ana", "Regional", "CIV", name=A)
    code(page_context, "Ana", "Local", "GEN", name=B)
    lea = SignedIn(page_context, "Lea")
    lea.get("/progress")
    lea.decide(A, scale="Local")
    assert opened(page_context).project.journal.entries()[-1].decision.method is DecisionMethod.BY_HAND


def test_model_page_does_not_count_an_outcome_that_is_still_to_be_coded(page_context: PageContext) -> None:
    code(page_context, "Ben", "Regional", "CIV")
    shown = text_in(SignedIn(page_context, "Lea").get("/model").text)
    assert "0 outcomes of this project can be used for training" in shown
    assert (
        "Codes of 1 outcome are not used yet: you or others are still to code them without knowing what was chosen."
    ) in shown


def test_model_page_counts_an_outcome_that_its_one_coder_has_not_finished(page_context: PageContext) -> None:
    change_shares(opened(page_context).project, Shares(blind=1.0))
    opened(page_context).refresh()
    mine = next(name for name in (A, B, C) if opened(page_context).coding_queue("Ana").is_mine(name))
    opened(page_context).record([by_hand(mine, "Regional", coder="Ana")])
    shown = text_in(SignedIn(page_context, "Lea").get("/model").text)
    assert "1 outcome of this project can be used for training" in shown


def test_progress_counts_a_field_as_decided_whatever_was_chosen_of_an_outcome_that_is_still_to_be_coded(
    page_context: PageContext,
) -> None:
    code(page_context, "Ben", "Regional")
    opened(page_context).record([by_hand(B, coder="Ben", not_codable="It is told of twice.")])
    opened(page_context).record([by_hand(C, "Local", coder="Ben"), by_hand(C, "Local", coder="Ana")])
    opened(page_context).record([by_hand(A, "Local", coder="Ana")])
    shown = text_in(SignedIn(page_context, "Lea").get("/progress").text)
    assert "Scale 3 0 0 0 0 0" in shown  # not one of them as not codable, or as one in which they differ
    assert ("Too few outcomes were coded by two coders" in shown, "By two or more coders" in shown) == (False, False)


def test_what_a_lead_codes_after_a_note_of_it_was_downloaded_is_not_blind(page_context: PageContext) -> None:
    change_shares(opened(page_context).project, Shares(blind=0.0))
    note(page_context, "Ben")
    lea = SignedIn(page_context, "Lea")
    assert NOTE in cells_of(lea.get("/download/coded.xlsx"))
    lea.decide(A, scale="Local")
    assert opened(page_context).project.journal.entries()[-1].decision.method is DecisionMethod.INFORMED


def test_what_a_lead_codes_after_it_was_counted_as_not_codable_is_not_blind(page_context: PageContext) -> None:
    change_shares(opened(page_context).project, Shares(blind=0.0))
    code(page_context, "Ana", "Regional", "CIV", name=B)
    lea = SignedIn(page_context, "Lea")
    lea.get("/progress")
    opened(page_context).record([by_hand(A, coder="Ana", not_codable="It is told of twice.")])
    lea.get("/progress")
    lea.decide(A, scale="Local")
    assert opened(page_context).project.journal.entries()[-1].decision.method is DecisionMethod.INFORMED


@pytest.mark.parametrize(("first", "then"), [("/progress", "/progress"), ("/model", "/model"), ("/progress", "/model")])
def test_what_a_lead_codes_after_counts_have_grown_by_it_is_not_blind(
    page_context: PageContext, first: str, then: str
) -> None:
    change_shares(opened(page_context).project, Shares(blind=0.0))
    code(page_context, "Ana", "Regional", "CIV", name=B)
    code(page_context, "Ana", "Local", "GEN", name=C)
    lea = SignedIn(page_context, "Lea")
    lea.get(first)
    code(page_context, "Ana", "Regional", name=A)
    lea.get(then)
    lea.decide(A, scale="Local")
    assert opened(page_context).project.journal.entries()[-1].decision.method is DecisionMethod.INFORMED


# Differences


def differ(page_context: PageContext, *coders: str) -> None:
    for coder, scale in zip(coders, ("Local", "National", "Regional"), strict=False):
        code(page_context, coder, scale)


def settle(who: SignedIn, code: str = "Local") -> Response:
    return who.post("/difference", id=A, **{"codes-1": code, "settled-1": ""})


def test_coder_cannot_settle_a_difference(page_context: PageContext) -> None:
    differ(page_context, "Ana", "Ben")
    before = len(opened(page_context).project.journal.entries())
    assert settle(SignedIn(page_context, "Ana")).status_code == 403
    assert len(opened(page_context).project.journal.entries()) == before


def test_lead_does_not_settle_what_they_coded_where_there_is_another(page_context: PageContext) -> None:
    differ(page_context, "Ana", "Lea")
    lea = SignedIn(page_context, "Lea")
    assert "Another lead adjudicates it: Lou." in text_in(lea.get("/difference", id=A).text)
    assert settle(lea).status_code == 403


def test_lead_who_took_their_codes_back_is_still_a_party(page_context: PageContext) -> None:
    differ(page_context, "Ana", "Ben", "Lea")
    lea = SignedIn(page_context, "Lea")
    opened(page_context).record([by_hand(A, coder="Lea"), by_hand(A, coder="Lea", field="objective")])
    assert settle(lea).status_code == 403


def test_other_lead_settles_it(page_context: PageContext) -> None:
    differ(page_context, "Ana", "Lea")
    assert settle(SignedIn(page_context, "Lou")).status_code == 303


def test_only_lead_settles_what_they_coded_and_that_is_recorded(page_context: PageContext) -> None:
    assert page_context.users is not None
    set_role(page_context.users, "Lou", Role.CODER)
    differ(page_context, "Ana", "Lea")
    lea = SignedIn(page_context, "Lea")
    assert "and that no other lead could adjudicate it" in text_in(lea.get("/difference", id=A).text)
    settle(lea)
    noted = opened(page_context).project.journal.entries()[-1].decision.note
    assert noted == "Adjudicated by one of the coders who differ, since no other lead could."


def test_lead_who_is_a_party_settles_it_where_the_other_lead_is_one_too(page_context: PageContext) -> None:
    differ(page_context, "Lea", "Lou")
    assert settle(SignedIn(page_context, "Lea")).status_code == 303


def test_who_no_longer_leads_cannot_undo_an_adjudication(page_context: PageContext) -> None:
    assert page_context.users is not None
    differ(page_context, "Ana", "Ben")
    lea = SignedIn(page_context, "Lea")
    settle(lea)
    set_role(page_context.users, "Lea", Role.CODER)
    assert lea.post("/undo").status_code == 403


# Confidential outcomes


@pytest.fixture
def confidential(tmp_path: Path) -> Iterator[PageContext]:
    """Return a project whose every outcome is confidential, and one coder's."""
    rows = [{**row(f"S/{number}"), "Outcome statements is CONFIDENTIAL": "YES"} for number in range(8)]
    project = begin_project(tmp_path, *rows)
    keep_for(project)
    context = PageContext(site=SITE, open_project=OpenProject(project, names=["Ana", "Ben"]))
    context.users = users_file(tmp_path / "users.txt", coders=["Ana", "Ben"], leads=["Lea"])
    yield context
    project.journal.close()


def other_ones(page_context: PageContext, coder: str = "Ana") -> list[str]:
    coding_queue = opened(page_context).coding_queue(coder)
    return [name for name in opened(page_context).coding_items.by_id if not coding_queue.is_mine(name)]


@pytest.mark.parametrize("path", ["/queue", "/bulk", "/jump"])
def test_confidential_outcomes_of_others_are_not_listed(confidential: PageContext, path: str) -> None:
    others = other_ones(confidential)
    answer = SignedIn(confidential, "Ana").get(path, everyone="1", state="all", route="any", id=others[0])
    shown = answer.text + answer.headers.get("location", "")
    assert [name for name in others if f"council of {name} met" in shown or f"id={name}" in shown] == []


def test_confidential_outcomes_of_ones_own_are_listed(confidential: PageContext) -> None:
    shown = SignedIn(confidential, "Ana").get("/queue").text
    assert opened(confidential).coding_queue("Ana").n_mine == shown.count("The council of S/") > 0


@pytest.mark.parametrize("path", ["/outcome", "/nearest"])
def test_confidential_outcome_of_another_is_shown_as_if_there_were_none(confidential: PageContext, path: str) -> None:
    ana, name = SignedIn(confidential, "Ana"), other_ones(confidential)[0]
    assert [ana.get(path, id=asked).status_code for asked in (name, "none")] == [404, 404]


@pytest.mark.parametrize("path", ["/decide", "/note", "/skip"])
def test_nothing_is_recorded_on_a_confidential_outcome_of_another(confidential: PageContext, path: str) -> None:
    name = other_ones(confidential)[0]
    assert SignedIn(confidential, "Ana").post(path, id=name, note="mine").status_code == 404
    assert opened(confidential).project.journal.entries() == ()


@pytest.fixture
def mixed(tmp_path: Path) -> Iterator[PageContext]:
    """Return a project of a confidential outcome, and one that isn't."""
    secret = {**row(A), "Outcome description": "The mayor met in public.", "Outcome statements is CONFIDENTIAL": "YES"}
    project = begin_project(tmp_path, secret, {**row(B), "Outcome description": "The budget was printed."})
    context = PageContext(site=SITE, open_project=OpenProject(project, names=["Ana"]))
    context.users = users_file(tmp_path / "users.txt", coders=["Ana"], leads=["Lea"])
    yield context
    project.journal.close()


@pytest.mark.parametrize("path", ["/download/coded.xlsx", "/download/coded.csv"])
@pytest.mark.parametrize(
    ("coder", "asked", "has_it"), [("Ana", "", False), ("Ana", "1", False), ("Lea", "", False), ("Lea", "1", True)]
)
def test_confidential_outcomes_are_downloaded_by_a_lead_who_asks(
    mixed: PageContext, path: str, coder: str, asked: str, has_it: bool
) -> None:
    answer = SignedIn(mixed, coder).get(path, confidential=asked)
    assert ("mayor" in cells_of(answer), "printed" in cells_of(answer)) == (has_it, True)


def test_lead_reads_every_confidential_outcome(confidential: PageContext) -> None:
    lea = SignedIn(confidential, "Lea")
    assert [lea.get("/outcome", id=name).status_code for name in opened(confidential).coding_items.by_id] == [200] * 8
