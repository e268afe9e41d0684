"""Attacks on the review page over HTTP, by people who are signed in and by strangers."""

from __future__ import annotations

import datetime
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
import uvicorn
from starlette.testclient import TestClient

from classifier.project.journal import Decision, DecisionMethod, Journal
from classifier.project.project import Shares, change_shares, open_project
from classifier.project.provenance import Provenance, provenance_of
from classifier.review.app import make_app
from classifier.review.context import PageContext
from classifier.review.listening import HttpProtocol
from classifier.review.open_project import OpenProject
from classifier.review.site import Site
from classifier.review.view_log import ViewLog
from classifier.suggestion.types import Route
from tests.support.projects import begin_project, by_hand, kept, objective, row, scale
from tests.support.signed_in import PASSWORD, SignedIn, quick_passwords, users_file
from tests.support.visiting import ORIGIN, forms_in, keep_for, page_context_of

A, B, C = "SCC-LPC/001", "SCC-LPC/002", "SCC-LPC/003"
WRONG = "seven herons over the dam"


@pytest.fixture(scope="module", autouse=True)
def _passwords() -> Iterator[None]:
    with quick_passwords():
        yield


@pytest.fixture
def page_context(tmp_path: Path) -> Iterator[PageContext]:
    """Return a project of three outcomes with suggestions, which Ana and Ben code; Lea leads."""
    context = page_context_of(tmp_path, A, B, C, team=["Ana", "Ben"])
    context.users = users_file(tmp_path / "users.txt", coders=["Ana", "Ben"], leads=["Lea"])
    yield context
    opened(context).project.journal.close()


@pytest.fixture
def ana(page_context: PageContext) -> SignedIn:
    return SignedIn(page_context, "Ana")


def opened(page_context: PageContext) -> OpenProject:
    assert page_context.open_project is not None
    return page_context.open_project


def recorded(page_context: PageContext) -> list[Decision]:
    return [entry.decision for entry in opened(page_context).project.journal.entries()]


def refresh(page_context: PageContext, *, without: str = "") -> None:
    """Make new suggestions as a lead may, for all outcomes or for all but one."""
    project = open_project(opened(page_context).project.folder)
    made = {
        name: kept(
            outcome, model="newer", scale=scale("Regional", 0.99, route=Route.CONFIRM), objective=objective("CIV")
        )
        for name, outcome in project.outcomes.items()
        if name != without
    }
    project.suggestions.keep(made)
    project.journal.close()


def restart(page_context: PageContext) -> None:
    """Start the server again, as far as it remembers what was shown."""
    project = opened(page_context)
    project.view_log = ViewLog(lambda: project.project.journal)


# Forms that say a decision was blind


@pytest.mark.parametrize("number", ["0", "00", "-1", "", "2", "99", "1e0", "٠", "0x1"])
def test_form_cannot_choose_what_was_in_view(page_context: PageContext, ana: SignedIn, number: str) -> None:
    ana.decide(A, scale="Local", set=number)
    assert recorded(page_context) == []


def test_form_without_a_set_records_nothing(page_context: PageContext, ana: SignedIn) -> None:
    ana.decide(A, scale="Local", set=[])
    assert recorded(page_context) == []


def test_form_of_an_outcome_never_opened_records_nothing(page_context: PageContext, ana: SignedIn) -> None:
    ana.decide(A, scale="Local", id=B)
    assert recorded(page_context) == []


def test_form_that_a_colleague_opened_records_nothing(page_context: PageContext, ana: SignedIn) -> None:
    form = forms_in(SignedIn(page_context, "Ben").get("/outcome", id=A).text)["/decide"]
    ana.post("/decide", **{**form.values, "csrf": ana.csrf, "codes-1": "Local"})
    assert recorded(page_context) == []


@pytest.mark.parametrize("is_shown", [True, False])
def test_page_kept_from_before_suggestions_records_nothing_once_there_are_some(tmp_path: Path, is_shown: bool) -> None:
    # They can be found out without opening the outcome, by the filters of the queue.
    context = page_context_of(tmp_path, A, team=["Ana"], is_suggested=False)
    context.users = users_file(tmp_path / "users.txt", coders=["Ana"])
    ana = SignedIn(context, "Ana")
    form = forms_in(ana.get("/outcome", id=A).text)["/decide"]
    keep_for(opened(context).project)
    if is_shown:
        ana.get("/outcome", id=A)
    answer = ana.client.post("/decide", data=dict(form.filled(codes_1="Local").values))
    decisions = recorded(context)
    opened(context).project.journal.close()
    assert (answer.status_code, decisions) == (409, [])


def test_suggestion_shown_before_the_server_was_started_again_is_not_forgotten(
    page_context: PageContext, ana: SignedIn
) -> None:
    ana.get("/outcome", id=A)
    restart(page_context)
    refresh(page_context, without=A)
    ana.decide(A, scale="Local")
    last = recorded(page_context)[-1]
    assert (last.codes, provenance_of([last])) == (("Local",), Provenance.ASSISTED)


def test_suggestion_not_shown_before_the_server_was_started_again_is_known_not_to_be(
    page_context: PageContext, ana: SignedIn
) -> None:
    restart(page_context)
    refresh(page_context, without=A)
    ana.decide(A, scale="Local")
    assert provenance_of(recorded(page_context)) == Provenance.BLIND


def test_suggestion_that_may_have_been_shown_before_views_were_recorded_is_taken_for_shown(
    page_context: PageContext, ana: SignedIn
) -> None:
    refresh(page_context, without=A)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Journal, "views_since", lambda _: datetime.datetime.now(tz=datetime.UTC))
        ana.decide(A, scale="Local")
    assert provenance_of(recorded(page_context)[-1:]) == Provenance.ASSISTED


def test_form_of_a_page_from_before_the_server_was_started_again_is_recorded(
    page_context: PageContext, ana: SignedIn
) -> None:
    form = forms_in(ana.get("/outcome", id=A).text)["/decide"]
    restart(page_context)
    ana.client.post("/decide", data=dict(form.filled(codes_1="Local").values))
    assert [decision.shown is not None for decision in recorded(page_context)] == [True]


def test_suggestion_shown_in_the_queue_counts_as_shown(page_context: PageContext, ana: SignedIn) -> None:
    ana.get("/queue")
    refresh(page_context, without=A)
    ana.decide(A, scale="Local")
    assert [provenance_of([decision]) for decision in recorded(page_context)] == [Provenance.ASSISTED]


def test_outcome_drawn_to_be_blind_after_its_suggestion_was_shown_is_not(
    page_context: PageContext, ana: SignedIn
) -> None:
    ana.get("/outcome", id=A)
    change_shares(opened(page_context).project, Shares(blind=1.0))
    ana.decide(A, scale="Local")
    assert [provenance_of([decision]) for decision in recorded(page_context)] == [Provenance.ASSISTED]


@pytest.mark.parametrize("number", ["0", "1", "2", "99"])
def test_nothing_is_confirmed_in_bulk_that_was_not_shown(page_context: PageContext, ana: SignedIn, number: str) -> None:
    refresh(page_context)
    ana.post("/bulk", field="scale", set=number, id=[A, B, C])
    assert recorded(page_context) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("coder", "Ben"),
        ("method", "adjudication"),
        ("model", "the best"),
        ("rank", "1"),
        ("shown", ""),
        ("at", "1999-01-01"),
        ("opened", "0"),
        ("blind", "1"),
    ],
)
def test_what_the_server_knows_is_not_taken_from_a_form(
    page_context: PageContext, ana: SignedIn, name: str, value: str
) -> None:
    ana.decide(A, scale="National", **{name: value})
    (decision,) = recorded(page_context)
    assert decision.shown is not None
    assert (decision.coder, decision.method, decision.shown.model, decision.rank) == (
        "Ana",
        DecisionMethod.BY_HAND,
        "ours (2026-11-26)",
        2,
    )
    assert (decision.seconds or 0.0) < 60.0


def test_code_that_a_form_names_twice_is_recorded_once(page_context: PageContext, ana: SignedIn) -> None:
    ana.decide(A, scale="Local", codes_2=["CIV", "GEN", "CIV"])
    assert [decision.codes for decision in recorded(page_context)] == [("Local",), ("CIV", "GEN")]


def test_code_that_is_named_twice_is_adjudicated_once(page_context: PageContext) -> None:
    opened(page_context).record(
        [by_hand(A, code, coder=who, field="objective") for who, code in (("Ana", "CIV"), ("Ben", "GEN"))]
    )
    lea = SignedIn(page_context, "Lea")
    lea.post("/difference", id=A, **{"codes-2": ["GEN", "GEN"], "settled-2": ""})
    assert recorded(page_context)[-1].codes == ("GEN",)


@pytest.mark.parametrize("based_on", ["1", "999", "-1", ""])
def test_decision_that_was_in_view_cannot_be_made_up(page_context: PageContext, ana: SignedIn, based_on: str) -> None:
    ana.decide(A, scale="Local")
    ana.decide(A, scale="National", seen_1=based_on)
    assert [decision.codes for decision in recorded(page_context)] in ([("Local",)], [("Local",), ("National",)])
    assert opened(page_context).journal_state.unseen == ()


# Paths and methods that lead around a rule


@pytest.mark.parametrize(
    "path",
    [
        "/differences/",
        "//differences",
        "/Differences",
        "/%64ifferences",
        "/./differences",
        "/queue/../differences",
        "/static/../differences",
        "/static/%2e%2e/differences",
        "/differences%00",
        "/differences;x",
        "/differences?x=/queue",
        "/sign-in/../differences",
    ],
)
def test_no_spelling_of_a_path_leads_a_coder_to_a_leads_page(ana: SignedIn, path: str) -> None:
    answer = ana.client.get(path, follow_redirects=True)
    assert "What coders chose" not in answer.text
    assert "Outcomes that coders decided differently" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/static/../users.txt",
        "/static/%2e%2e/%2e%2e/app.py",
        "/static/..%2fapp.py",
        "/static//etc/passwd",
        "/static/%00",
        "/static/..\\app.py",
    ],
)
def test_static_files_are_those_of_the_page_alone(ana: SignedIn, path: str) -> None:
    assert ana.client.get(path).status_code in (403, 404)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "GETS"])
def test_other_methods_reach_no_page(page_context: PageContext, ana: SignedIn, method: str) -> None:
    headers = {"X-CSRF-Token": ana.csrf}
    statuses = {ana.client.request(method, path, headers=headers).status_code for path in ("/differences", "/decide")}
    assert statuses <= {403, 405}


@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "X-Method-Override", "X-Original-URL", "X-Rewrite-URL"])
def test_headers_that_would_rewrite_a_request_do_nothing(ana: SignedIn, name: str) -> None:
    assert ana.client.get("/differences", headers={name: "/queue"}).status_code == 403
    assert "<h1>Queue</h1>" in ana.client.get("/queue", headers={name: "/differences"}).text


@pytest.mark.parametrize("name", ["../../users.txt", "/etc/passwd", "harvest.xlsx\x00", "C:\\users.txt", "%2e%2e/x"])
def test_download_is_of_a_harvest_of_the_project_alone(page_context: PageContext, ana: SignedIn, name: str) -> None:
    answer = ana.get("/download/coded.xlsx", harvest=name)
    folder = str(opened(page_context).project.folder.parent)
    assert (answer.status_code, folder in answer.text) == (400, False)


@pytest.mark.parametrize(
    "place", ["field", "code", "flag", "country", "period", "order", "state", "route", "above", "page", "text"]
)
def test_no_query_breaks_the_queue(ana: SignedIn, place: str) -> None:
    for value in ("'", "<script>alert(1)</script>", "\x00", "9" * 400, "٣", "../..", "-1", "NaN"):
        answer = ana.get("/queue", **{place: value})
        assert (answer.status_code, "<script>alert" in answer.text) == (200, False)


# Another project


@pytest.fixture
def two_projects(tmp_path: Path) -> Iterator[PageContext]:
    """Return the start screen above two projects that have an outcome of the same ID."""
    for name in ("Mali", "Kenya"):
        (tmp_path / "made" / name).mkdir(parents=True)
        begin_project(tmp_path / "made" / name, row(A)).journal.close()
        (tmp_path / "made" / name / "project").rename(tmp_path / name)
    context = PageContext(site=Site.on_loopback(8765), home=tmp_path)
    yield context
    for project in context.open_projects.values():
        project.project.journal.close()


def choose(who: SignedIn, project: str) -> None:
    form = forms_in(who.get("/start").text)["/start/project"]
    assert who.client.post(form.action, data=dict(form.filled(coder="Ana", project=project).values)).status_code == 303


def test_form_of_one_project_is_not_recorded_in_another(two_projects: PageContext) -> None:
    ana = SignedIn(two_projects, "Ana")
    choose(ana, "Mali")
    left_open = forms_in(ana.get("/outcome", id=A).text)["/note"]
    choose(ana, "Kenya")
    answer = ana.client.post("/note", data=dict(left_open.filled(note="Of Mali.").values))
    assert (answer.status_code, recorded(two_projects)) == (403, [])


def test_browser_in_one_project_records_nothing_in_one_opened_by_another_browser(two_projects: PageContext) -> None:
    ana, other = SignedIn(two_projects, "Ana"), SignedIn(two_projects, "Ana")
    choose(ana, "Mali")
    left_open = forms_in(ana.get("/outcome", id=A).text)["/note"]
    choose(other, "Kenya")
    answer = ana.client.post("/note", data=dict(left_open.filled(note="Of Mali.").values))
    assert (answer.headers["location"], recorded(two_projects)) == ("/start", [])


# Passwords


def from_address(page_context: PageContext, address: str) -> TestClient:
    return TestClient(make_app(page_context), base_url=ORIGIN, follow_redirects=False, client=(address, 50_000))


def sign_in(client: TestClient, password: str, name: str = "Ana") -> int:
    return client.post("/sign-in", data={"name": name, "password": password}).status_code


def test_wrong_passwords_from_anywhere_do_not_lock_out_who_knows_the_right_one(page_context: PageContext) -> None:
    statuses = [sign_in(from_address(page_context, f"198.51.100.{number % 5}"), WRONG) for number in range(20)]
    assert set(statuses) == {401}
    assert sign_in(from_address(page_context, "192.0.2.7"), PASSWORD) == 303


def test_guessing_from_one_address_has_to_wait(page_context: PageContext) -> None:
    mallory = from_address(page_context, "198.51.100.1")
    assert [sign_in(mallory, WRONG) for _ in range(7)] == [401] * 5 + [429] * 2
    assert sign_in(mallory, PASSWORD) == 429


def test_guessing_at_many_names_from_one_address_has_to_wait(page_context: PageContext) -> None:
    mallory = from_address(page_context, "198.51.100.1")
    statuses = [sign_in(mallory, WRONG, name=f"coder {number}") for number in range(52)]
    assert statuses == [401] * 50 + [429] * 2


@contextmanager
def over_tcp(page_context: PageContext, *, proxy: str | None = None) -> Iterator[str]:
    """Serve the page as it is served, on a free port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        page_context.site = Site.on_loopback(port)
        server = uvicorn.Server(
            uvicorn.Config(
                make_app(page_context),
                http=HttpProtocol,
                log_level="critical",
                lifespan="off",
                ws="none",
                proxy_headers=proxy is not None,
                forwarded_allow_ips=[] if proxy is None else [proxy],
            )
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join()


def status_of_guess(place: str, forwarded_for: str) -> int:
    body = urlencode({"name": "Ana", "password": WRONG}).encode()
    try:
        with urlopen(
            Request(f"http://{place}/sign-in", data=body, headers={"X-Forwarded-For": forwarded_for})
        ) as found:
            return int(found.status)
    except HTTPError as refused:
        return refused.code


@pytest.mark.parametrize(("proxy", "last"), [(None, 429), ("127.0.0.1", 401)])
def test_guesser_cannot_say_that_they_come_from_elsewhere(
    page_context: PageContext, proxy: str | None, last: int
) -> None:
    with over_tcp(page_context, proxy=proxy) as place:
        assert [status_of_guess(place, f"198.51.100.{number}") for number in range(6)] == [401] * 5 + [last]


# Bodies


def test_page_is_served_while_many_send_their_forms_slowly(page_context: PageContext) -> None:
    with over_tcp(page_context) as place, ExitStack() as stack:
        head = f"POST /sign-in HTTP/1.1\r\nHost: {place}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        for number in range(100):
            slow = stack.enter_context(socket.create_connection(("127.0.0.1", int(place.rpartition(":")[2]))))
            slow.sendall((head if number % 2 else f"{head}Content-Length: 9000\r\n\r\nname=").encode())
        begun = time.monotonic()
        with urlopen(f"http://{place}/sign-in") as answer:
            assert answer.status == 200
        assert time.monotonic() - begun < 10.0


def connected(place: str) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(place.rpartition(":")[2])), timeout=10.0)


def test_connection_whose_request_does_not_come_is_closed(
    page_context: PageContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HttpProtocol, "patience_s", 0.1)
    with over_tcp(page_context) as place, connected(place) as slow:
        slow.sendall(b"POST /sign-in HTTP/1.1\r\n")
        assert slow.recv(1) == b""


def test_connection_that_is_kept_after_an_answer_is_closed_too(
    page_context: PageContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HttpProtocol, "patience_s", 0.1)
    with over_tcp(page_context) as place, connected(place) as slow:
        slow.sendall(f"GET /sign-in HTTP/1.1\r\nHost: {place}\r\n\r\nGET /".encode())
        assert b"".join(iter(lambda: slow.recv(65_536), b"")).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"Content-Type": "application/x-www-form-urlencoded"}, "&".join(f"a{number}=" for number in range(2000))),
        ({"Content-Type": "multipart/form-data; boundary=x"}, "--x\r\n" * 5000),
        ({"Content-Type": "multipart/form-data; boundary=x"}, '--x\r\nContent-Disposition: form-data; name="a'),
        ({"Content-Type": "multipart/form-data"}, "no boundary"),
        ({"Content-Type": "application/json"}, "[" * 100_000),
        ({"Content-Type": "application/x-www-form-urlencoded", "Content-Encoding": "gzip"}, "\x1f\x8b"),
        ({"Content-Type": "text/plain"}, "id=x&note=y"),
    ],
)
def test_form_that_is_none_changes_nothing(
    page_context: PageContext, ana: SignedIn, headers: dict[str, str], body: str
) -> None:
    for path in ("/decide", "/note", "/skip", "/undo", "/bulk"):
        answer = ana.client.post(path, content=body.encode(), headers={**headers, "X-CSRF-Token": ana.csrf})
        assert answer.status_code < 500
    assert recorded(page_context) == []


@pytest.mark.parametrize("encoding", ["undefined", "punycode", "utf-7", "unicode_escape", "raw_unicode_escape", "\0"])
def test_form_in_an_encoding_that_no_browser_sends_is_refused(
    page_context: PageContext, ana: SignedIn, encoding: str
) -> None:
    parts = {"csrf": ana.csrf, "id": A, "note": "\\ud800 +2AA-", "é": ""}
    body = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n' for name, text in parts.items()
    )
    headers = {"Content-Type": f"multipart/form-data; boundary=x; charset={encoding}"}
    answer = ana.client.post("/note", content=f"{body}--x--\r\n".encode(), headers=headers)
    assert (answer.status_code, answer.text, recorded(page_context)) == (400, "This form can't be read.", [])


@pytest.mark.parametrize("path", ["/decide", "/undo", "/note", "/skip", "/bulk", "/close", "/difference"])
def test_form_with_the_token_of_a_colleague_changes_nothing(page_context: PageContext, path: str) -> None:
    opened(page_context).record([by_hand(A, "Local", coder="Lea")])
    lea = SignedIn(page_context, "Lea")
    assert lea.client.post(path, data={"csrf": SignedIn(page_context, "Ana").csrf, "id": A}).status_code == 403
    assert len(recorded(page_context)) == 1


def test_cookie_of_a_coder_and_token_of_a_lead_make_no_lead(page_context: PageContext, ana: SignedIn) -> None:
    lea = SignedIn(page_context, "Lea")
    assert ana.client.post("/close", data={"csrf": lea.csrf, "id": A}).status_code == 403


def test_second_cookie_does_not_make_a_lead(page_context: PageContext, ana: SignedIn) -> None:
    cookie = page_context.site.cookie
    mine, made_up = ana.client.cookies[cookie], "x" * 43
    for first, second in ((mine, made_up), (made_up, mine)):
        ana.client.cookies.clear()
        answer = ana.client.get("/differences", headers={"Cookie": f"{cookie}={first}; {cookie}={second}"})
        assert answer.status_code in (401, 403)
