from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from classifier.review.context import PageContext
from classifier.review.pages.sign_in import new_link
from classifier.review.users import set_password
from tests.support.projects import by_hand
from tests.support.signed_in import quick_passwords
from tests.support.visiting import ORIGIN, SITE, Visitor, forms_in, page_context_of, stranger, text_in

A, B = "SCC-LPC/001", "SCC-LPC/002"
PASSWORD = "seven herons over the weir"
WRONG = "seven herons over the dam"
HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module", autouse=True)
def _passwords() -> Iterator[None]:
    with quick_passwords():
        yield


@pytest.fixture
def page_context(tmp_path: Path) -> Iterator[PageContext]:
    """Return the office of a project on one's own machine, where Ana comes in by a link."""
    opened = page_context_of(tmp_path, A, B)
    opened.coder = "Ana"
    yield opened
    assert opened.open_project is not None
    opened.open_project.project.journal.close()


@pytest.fixture(scope="module")
def users(_passwords: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a users file in which Ana and Ben stand."""
    path = tmp_path_factory.mktemp("users") / "users.txt"
    set_password(path, "Ana", PASSWORD)
    set_password(path, "Ben", "three kites on the roof")
    return path


@pytest.fixture
def networked(page_context: PageContext, users: Path) -> PageContext:
    """Return the same office over a network, where coders sign in."""
    page_context.users = users
    return page_context


def token_of(page_context: PageContext) -> str:
    return new_link(page_context).removeprefix(f"{ORIGIN}/enter?token=")


def sign_in(client: TestClient, name: str = "Ana", password: str = PASSWORD) -> Response:
    return client.post("/sign-in", data={"name": name, "password": password})


def is_in(client: TestClient) -> bool:
    return client.get("/queue").status_code == 200


# By a link


def test_link_lets_a_browser_in(page_context: PageContext) -> None:
    client = stranger(page_context)
    answer = client.get("/enter", params={"token": token_of(page_context)})
    assert (answer.status_code, answer.headers["location"], is_in(client)) == (303, "/", True)


def test_link_lets_one_browser_in_once(page_context: PageContext) -> None:
    token = token_of(page_context)
    stranger(page_context).get("/enter", params={"token": token})
    second = stranger(page_context)
    answer = second.get("/enter", params={"token": token})
    assert (answer.headers["location"], is_in(second)) == ("/sign-in", False)


@pytest.mark.parametrize("token", ["", "x" * 43])
def test_link_that_was_never_made_lets_nobody_in(page_context: PageContext, token: str) -> None:
    token_of(page_context)
    client = stranger(page_context)
    client.get("/enter", params={"token": token})
    assert not is_in(client)


def test_reader_without_a_link_is_reported_where_to_find_one(page_context: PageContext) -> None:
    reported = text_in(stranger(page_context).get("/", headers=HTML, follow_redirects=True).text)
    assert "Open this page with the link shown in the terminal. Each link works once, in one browser." in reported


def test_terminal_reports_a_link_for_the_next_browser(page_context: PageContext) -> None:
    reported: list[str] = []
    page_context.announce = reported.append
    stranger(page_context).get("/enter", params={"token": token_of(page_context)})
    (link,) = reported
    assert link.startswith(f"Link for another browser, valid for an hour:\n  {ORIGIN}/enter?token=")
    assert stranger(page_context).get(link.split()[-1]).headers["location"] == "/"


def test_link_that_is_too_old_lets_nobody_in_and_another_is_reported(page_context: PageContext) -> None:
    reported: list[str] = []
    page_context.announce, page_context.token.valid_for = reported.append, datetime.timedelta(0)
    client = stranger(page_context)
    client.get("/enter", params={"token": token_of(page_context)})
    assert not is_in(client)
    (link,) = reported
    assert link.startswith(f"That link has expired. Open this one within an hour:\n  {ORIGIN}/enter?token=")


def test_what_is_to_follow_is_done_when_the_link_was_used(page_context: PageContext) -> None:
    done: list[str] = []
    link = new_link(page_context, when_used=lambda: done.append("used"))
    before = list(done)
    stranger(page_context).get(link)
    assert (before, done) == ([], ["used"])


def test_browser_that_comes_from_a_file_is_let_in_by_a_page_of_ours(page_context: PageContext) -> None:
    client = stranger(page_context)
    answer = client.get("/enter", params={"token": token_of(page_context)}, headers={"Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, is_in(client)) == (200, True)
    assert '<meta http-equiv="refresh" content="0; url=/">' in answer.text


def test_link_is_not_reported_where_coders_sign_in(networked: PageContext) -> None:
    client = stranger(networked)
    client.get("/enter", params={"token": token_of(networked)})
    assert not is_in(client)


def test_who_comes_in_by_a_link_codes_under_the_name_given(page_context: PageContext) -> None:
    ana = Visitor(page_context)
    ana.decide(A, scale="Local")
    assert [entry.decision.coder for entry in ana.entries()] == ["Ana"]


def test_page_on_ones_own_machine_asks_for_no_password(page_context: PageContext) -> None:
    assert sign_in(stranger(page_context)).headers["location"] == "/sign-in"


# By a password


def test_coder_with_the_right_password_is_let_in(networked: PageContext) -> None:
    client = stranger(networked)
    answer = sign_in(client)
    assert (answer.status_code, answer.headers["location"], is_in(client)) == (303, "/", True)


def test_coder_signs_in_under_the_name_in_the_file_however_it_is_typed(networked: PageContext) -> None:
    client = stranger(networked)
    sign_in(client, " ana ")
    session = networked.sessions.find(client.cookies[SITE.cookie])
    assert session is not None
    assert session.coder == "Ana"


@pytest.mark.parametrize(("name", "password"), [("Ana", WRONG), ("Ana", ""), ("Mallory", PASSWORD), ("", PASSWORD)])
def test_wrong_name_or_password_is_refused_in_the_same_words(networked: PageContext, name: str, password: str) -> None:
    client = stranger(networked)
    answer = sign_in(client, name, password)
    reported = "Name or password is wrong."
    assert (answer.status_code, reported in text_in(answer.text), is_in(client)) == (401, True, False)


def test_page_of_a_wrong_try_keeps_the_name_and_not_the_password(networked: PageContext) -> None:
    shown = sign_in(stranger(networked), "Ana", WRONG).text
    assert (forms_in(shown)["/sign-in"].values["name"], WRONG in shown) == (["Ana"], False)


def test_name_with_markup_is_shown_as_it_was_typed(networked: PageContext) -> None:
    assert "<script>alert" not in sign_in(stranger(networked), '"><script>alert(1)</script>', WRONG).text


def test_sixth_wrong_try_has_to_wait(networked: PageContext) -> None:
    client = stranger(networked)
    codes = [sign_in(client, "Ana", WRONG).status_code for _ in range(5)]
    answer = sign_in(client)
    assert (codes, answer.status_code, is_in(client)) == ([401] * 5, 429, False)
    assert "Too many attempts. Wait 32 seconds, then try again." in text_in(answer.text)


def test_password_changed_counts_from_the_next_sign_in_on(page_context: PageContext, tmp_path: Path) -> None:
    page_context.users = tmp_path / "users.txt"
    set_password(page_context.users, "Ana", WRONG)
    before = sign_in(stranger(page_context)).status_code
    set_password(page_context.users, "Ana", PASSWORD)
    assert (before, sign_in(stranger(page_context)).status_code) == (401, 303)


@pytest.fixture
def own_users(page_context: PageContext, tmp_path: Path) -> Path:
    """Let coders sign in by a users file that may be changed, in which Ana and Ben stand."""
    page_context.users = tmp_path / "users.txt"
    set_password(page_context.users, "Ana", PASSWORD)
    set_password(page_context.users, "Ben", PASSWORD)
    return page_context.users


def without(users: Path, name: str) -> str:
    lines = users.read_text(encoding="utf-8").splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(name))


def test_coder_taken_out_of_the_file_is_signed_out(page_context: PageContext, own_users: Path) -> None:
    ana, ben = stranger(page_context), stranger(page_context)
    sign_in(ana)
    sign_in(ben, "Ben")
    own_users.write_text(without(own_users, "Ana"), encoding="utf-8")
    assert (is_in(ana), is_in(ben)) == (False, True)


def test_coder_who_is_put_back_into_the_file_signs_in_anew(page_context: PageContext, own_users: Path) -> None:
    client, whole = stranger(page_context), own_users.read_text(encoding="utf-8")
    sign_in(client)
    own_users.write_text(without(own_users, "Ana"), encoding="utf-8")
    client.get("/queue")
    own_users.write_text(whole, encoding="utf-8")
    assert not is_in(client)


def test_coder_whose_password_was_changed_is_signed_out(page_context: PageContext, own_users: Path) -> None:
    client = stranger(page_context)
    sign_in(client)
    set_password(own_users, "Ana", WRONG)
    assert not is_in(client)


def test_coder_stays_in_when_another_is_let_in(page_context: PageContext, own_users: Path) -> None:
    client = stranger(page_context)
    sign_in(client)
    set_password(own_users, "Chi", PASSWORD)
    assert is_in(client)


def test_file_that_cannot_be_read_lets_nobody_on_and_signs_nobody_out(
    page_context: PageContext, own_users: Path
) -> None:
    client, whole = stranger(page_context), own_users.read_text(encoding="utf-8")
    sign_in(client)
    own_users.write_text("Ana", encoding="utf-8")
    answer = client.get("/queue")
    own_users.write_text(whole, encoding="utf-8")
    assert (answer.status_code, answer.text, is_in(client)) == (
        503,
        "The list of coders who may sign in can't be read just now. Tell the person who runs this page, then reload "
        "it.",
        True,
    )


def test_coder_signs_in_under_the_name_that_the_journal_knows(networked: PageContext) -> None:
    assert networked.open_project is not None
    networked.open_project.record([by_hand(A, "Local", coder="ANA")])
    client = stranger(networked)
    sign_in(client)
    session = networked.sessions.find(client.cookies[SITE.cookie])
    assert session is not None
    assert (session.coder, is_in(client)) == ("ANA", True)


def test_signing_in_again_ends_the_earlier_session(networked: PageContext) -> None:
    client = stranger(networked)
    sign_in(client)
    earlier = client.cookies[SITE.cookie]
    form = forms_in(client.get("/sign-in").text)["/sign-in"].filled(name="Ben", password="three kites on the roof")
    client.post("/sign-in", data=dict(form.values))
    later = networked.sessions.find(client.cookies[SITE.cookie])
    assert later is not None
    assert (later.coder, networked.sessions.find(earlier)) == ("Ben", None)


def test_session_made_up_beforehand_is_not_taken_over(networked: PageContext) -> None:
    client = stranger(networked)
    client.cookies.set(SITE.cookie, "x" * 43, domain="127.0.0.1")
    answer = sign_in(client)
    assert "x" * 43 not in answer.headers["set-cookie"]


def test_signing_out_ends_the_session(networked: PageContext) -> None:
    client = stranger(networked)
    sign_in(client)
    session = client.cookies[SITE.cookie]
    out = client.post("/sign-out", data=dict(forms_in(client.get("/queue").text)["/sign-out"].values))
    assert (out.headers["location"], is_in(client), networked.sessions.find(session)) == ("/sign-in", False, None)


def test_colleague_stays_in_when_a_coder_signs_out(networked: PageContext) -> None:
    ana, ben = stranger(networked), stranger(networked)
    sign_in(ana)
    sign_in(ben, "Ben", "three kites on the roof")
    ana.post("/sign-out", data=dict(forms_in(ana.get("/queue").text)["/sign-out"].values))
    assert (is_in(ana), is_in(ben)) == (False, True)


def test_signing_out_is_offered_only_where_coders_sign_in(page_context: PageContext) -> None:
    assert "Sign out" not in Visitor(page_context).see("/queue")
