from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from classifier.project.journal import DecisionMethod
from classifier.project.project import Shares
from classifier.review.context import PageContext
from classifier.review.view_log import ViewLog
from tests.support.projects import by_hand
from tests.support.signed_in import PASSWORD, SignedIn, quick_passwords, users_file
from tests.support.visiting import Visitor, forms_in, open_project_of, page_context_of, text_in

A, B = "SCC-LPC/001", "SCC-LPC/002"
TYPED, KEPT = "Anna Moos", "Anna Moss"


@pytest.fixture
def page_context(tmp_path: Path) -> Iterator[PageContext]:
    """Return the context of a project in which one coder has two names."""
    context = page_context_of(tmp_path, A, B)
    open_project_of(context).record([by_hand(A, "Local", coder=KEPT)])
    open_project_of(context).record([by_hand(B, "National", coder=TYPED)])
    yield context
    open_project_of(context).project.journal.close()


@pytest.fixture
def lea(page_context: PageContext) -> Visitor:
    return Visitor(page_context, "Lea")


def send(visitor: Visitor, path: str, **filled: str) -> str:
    """Fill in a form of the page, and return what the page says then."""
    answer = visitor.send(forms_in(visitor.see("/coders"))[path].filled(**filled))
    return text_in(visitor.see(answer.headers["location"]))


def merge(visitor: Visitor, kept: str = KEPT, other: str = TYPED) -> str:
    return send(visitor, "/coders/merge", kept=kept, other=other)


# What each has done


def test_coder_is_listed_with_what_is_done_by_field_and_when(lea: Visitor) -> None:
    day = f"{lea.entries()[0].at.astimezone():%Y-%m-%d}"
    assert f"{KEPT} 1 0 100 % {day}" in text_in(lea.see("/coders"))


def test_page_is_for_leads(page_context: PageContext, tmp_path: Path) -> None:
    page_context.users = users_file(tmp_path / "users.txt", coders=["Ana"], leads=["Lea"])
    assert "Only a lead may do this." in SignedIn(page_context, "Ana").get("/coders").text


# Merging


def test_name_that_may_be_a_slip_is_proposed(lea: Visitor) -> None:
    assert f"Merge {TYPED} into {KEPT}" in text_in(lea.see("/coders"))


def test_decisions_of_merged_names_are_one_coders(lea: Visitor) -> None:
    assert f"What {TYPED} decided counts as {KEPT}'s now." in merge(lea)
    state = open_project_of(lea.page_context).journal_state
    assert {coder for coder, _, _ in state.own()} == {KEPT}


def test_merge_is_recorded_with_who_found_it_and_changes_no_entry(lea: Visitor) -> None:
    merge(lea)
    assert [entry.decision.codes for entry in lea.entries()] == [("Local",), ("National",), (KEPT, TYPED)]
    last = lea.entries()[-1].decision
    assert (last.coder, last.method) == ("Lea", DecisionMethod.MERGED)


def test_merge_is_undone(lea: Visitor) -> None:
    merge(lea)
    assert f"{KEPT} and {TYPED} are two coders again." in send(lea, "/coders/separate")
    assert [entry.decision.coder for entry in lea.entries()][:2] == [KEPT, TYPED]


def test_who_had_anothers_decisions_for_their_own_does_not_code_these_outcomes_blind(lea: Visitor) -> None:
    merge(lea)
    send(lea, "/coders/separate")
    state = open_project_of(lea.page_context).journal_state
    revealed = [(who, name) for who in (KEPT, TYPED) for name in (A, B) if state.is_revealed(who, name)]
    assert revealed == [(KEPT, B), (TYPED, A)]


def test_decisions_under_the_merged_name_go_on_counting_as_the_coders(lea: Visitor) -> None:
    merge(lea)
    project = open_project_of(lea.page_context)
    (entry,) = project.record([by_hand(A, "Regional", coder=TYPED)])
    assert entry is not None
    current = project.journal_state.current_decision(KEPT, A, "scale")
    assert current is not None
    assert current.decision.codes == ("Regional",)


def test_who_is_at_the_page_under_the_merged_name_goes_on_as_the_coder(page_context: PageContext) -> None:
    session = page_context.sessions.open(TYPED)
    merge(Visitor(page_context, "Lea"))
    browser = SignedIn(page_context, "")
    browser.client.cookies.set(page_context.site.cookie, session.id)
    assert "<strong>Local</strong>" in browser.get("/queue", state="all", everyone="1").text


def test_project_opened_again_knows_the_merge(lea: Visitor) -> None:
    merge(lea)
    opened = open_project_of(lea.page_context)
    opened.reload()
    assert (opened.known_as(TYPED), opened.project.coders.find(TYPED)) == (KEPT, KEPT)


def test_what_was_shown_under_the_merged_name_was_shown_to_the_coder(lea: Visitor) -> None:
    opened = open_project_of(lea.page_context)
    log = ViewLog(lambda: opened.project.journal)
    log.add(TYPED, [opened.coding_items.by_id[A]], set_number=1)
    merge(lea)
    assert log.was_guided(KEPT, A)


@pytest.mark.parametrize(("kept", "other"), [(KEPT, KEPT), (KEPT, "Nobody")])
def test_merge_needs_two_coders(lea: Visitor, kept: str, other: str) -> None:
    assert "Choose two different coders." in merge(lea, kept, other)


def test_name_that_signs_in_is_not_merged_into_another(page_context: PageContext, tmp_path: Path) -> None:
    page_context.users = users_file(tmp_path / "users.txt", coders=[TYPED], leads=["Lea"])
    lea = SignedIn(page_context, "Lea")
    lea.post("/coders/merge", kept=KEPT, other=TYPED)
    assert f"{TYPED} signs in under that name; keep that one" in text_in(lea.get("/coders").text)
    assert len(open_project_of(page_context).project.journal.entries()) == 2


# Adding


def test_coder_is_added(lea: Visitor) -> None:
    assert "Added Ben, who gets a share of the outcomes with their first decision." in send(
        lea, "/coders", name=" Ben "
    )
    assert "Ben 0 0" in text_in(lea.see("/coders"))


def test_coder_is_added_before_anybody_has_coded(tmp_path: Path) -> None:
    context = page_context_of(tmp_path, A)
    lea = Visitor(context, "Lea")
    send(lea, "/coders", name="Ben")
    assert "Ben 0 0" in text_in(lea.see("/coders"))
    open_project_of(context).project.journal.close()


def test_known_coder_is_not_added_again(lea: Visitor) -> None:
    assert "anna moss is a coder here already." in send(lea, "/coders", name="anna moss")


def test_name_that_looks_like_another_is_refused(lea: Visitor) -> None:
    form = forms_in(lea.see("/coders"))["/coders"]
    answer = lea.send(form.filled(name="\N{CYRILLIC CAPITAL LETTER A}nna Moss"))
    assert (answer.status_code, f"looks like &#39;{KEPT}&#39;" in answer.text) == (400, True)


def test_coder_is_added_with_a_password_where_coders_sign_in(page_context: PageContext, tmp_path: Path) -> None:
    page_context.users = users_file(tmp_path / "users.txt", leads=["Lea"])
    lea = SignedIn(page_context, "Lea")
    with quick_passwords():
        lea.post("/coders", name="Ben", password=PASSWORD)
        assert page_context.known_users().check("Ben", PASSWORD) == "Ben"
    assert page_context.known_users().leads == ("Lea",)


def test_password_of_who_can_sign_in_is_left_as_it_is(page_context: PageContext, tmp_path: Path) -> None:
    page_context.users = users_file(tmp_path / "users.txt", leads=["Lea"])
    before = page_context.users.read_bytes()
    lea = SignedIn(page_context, "Lea")
    lea.post("/coders", name="lea", password="another long password")
    assert "lea can sign in already" in text_in(lea.get("/coders").text)
    assert page_context.users.read_bytes() == before


# Blind and double coding


def test_shares_are_changed(lea: Visitor) -> None:
    reported = send(lea, "/coders/shares", blind="20", double="100")
    assert "Of the outcomes, 20 % are coded blind and 100 % by two coders." in reported
    assert open_project_of(lea.page_context).project.shares == Shares(blind=0.2, double=1.0)


@pytest.mark.parametrize("blind", ["", "101", "-1", "half"])
def test_share_that_is_no_percentage_changes_nothing(lea: Visitor, blind: str) -> None:
    assert "Type whole percentages from 0 to 100." in send(lea, "/coders/shares", blind=blind, double="50")
    assert open_project_of(lea.page_context).project.shares == Shares(blind=0.0)
