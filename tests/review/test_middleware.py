from __future__ import annotations

import asyncio
import datetime
import gc
import threading
import weakref
from collections.abc import Iterator, Mapping

import pytest
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import Message, Scope
from starlette.websockets import WebSocketDisconnect

from classifier.clock import seconds_passed
from classifier.review import middleware
from classifier.review.middleware import Guard, form_of, session_of
from classifier.review.rate_limit import SignInRateLimit
from classifier.review.sessions import OneTimeToken, Session, Sessions
from classifier.review.site import Site

ORIGIN = "http://127.0.0.1:8765"
NOON = datetime.datetime(2026, 11, 26, 12, tzinfo=datetime.UTC)
MIB = 2**20
FROM_ELSEWHERE = "This request comes from another website."
OUT_OF_DATE = "This page is out of date. Please go back, reload it, and try again."
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; font-src 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-store",
}


def coder(request: Request) -> Response:
    return PlainTextResponse(session_of(request).coder)


def decide(request: Request) -> Response:
    return PlainTextResponse(f"{session_of(request).coder}: {form_of(request)['code']}")


async def upload(request: Request) -> Response:
    harvest = form_of(request)["harvest"]
    assert isinstance(harvest, UploadFile)
    return PlainTextResponse(f"{harvest.filename}: {len(await harvest.read())}")


async def note(request: Request) -> Response:
    return JSONResponse(await request.json())


async def read_anew(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.form())))


def stream(request: Request) -> Response:
    return StreamingResponse(iter([str(form_of(request)["code"])]))


def sign_in(request: Request) -> Response:
    return PlainTextResponse(f"{request.state.session and request.state.session.coder}: {len(form_of(request))}")


def style(request: Request) -> Response:
    return PlainTextResponse("p { margin: 0 }", headers={"Cache-Control": "max-age=600"})


def break_down(request: Request) -> Response:
    raise RuntimeError


ROUTES = [
    Route("/", coder),
    Route("/decide", decide, methods=["GET", "POST", "PUT", "DELETE"]),
    Route("/upload", upload, methods=["POST"]),
    Route("/note", note, methods=["POST"]),
    Route("/read-anew", read_anew, methods=["POST"]),
    Route("/stream", stream, methods=["POST"]),
    Route("/sign-in", sign_in, methods=["GET", "POST"]),
    Route("/enter", coder),
    Route("/static/review.css", style),
    Route("/break-down", break_down),
]


@pytest.fixture
def sessions() -> Sessions:
    return Sessions()


@pytest.fixture
def session(sessions: Sessions) -> Session:
    return sessions.open("Ana")


def client_of(sessions: Sessions, site: Site, address: str) -> TestClient:
    guard = Guard(Starlette(routes=ROUTES), site=site, sessions=sessions, upload_paths=["/upload"])
    return TestClient(guard, base_url=address, follow_redirects=False, raise_server_exceptions=False)


@pytest.fixture
def stranger(sessions: Sessions) -> TestClient:
    return client_of(sessions, Site.on_loopback(8765), ORIGIN)


@pytest.fixture
def ana(stranger: TestClient, session: Session) -> TestClient:
    stranger.cookies.set("outcome_coder_8765", session.id)
    return stranger


def decided(session: Session) -> dict[str, str]:
    return {"code": "Local", "csrf": session.csrf}


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost:8765", "[::1]:8765", "LOCALHOST:8765"])
def test_loopback_is_served_under_its_names(ana: TestClient, host: str) -> None:
    assert ana.get("/", headers={"Host": host}).text == "Ana"


@pytest.mark.parametrize("host", ["example.org:8765", "127.0.0.1", "127.0.0.1:80", "127.0.0.1:8765.example.org", ""])
def test_host_that_is_not_ours_is_refused(ana: TestClient, host: str) -> None:
    answer = ana.get("/", headers={"Host": host})
    assert (answer.status_code, answer.text) == (400, "This page is not available at that address.")


def test_second_host_is_refused(ana: TestClient) -> None:
    answer = ana.get("/", headers=[("Host", "127.0.0.1:8765"), ("Host", "127.0.0.1:8765")])
    assert answer.status_code == 400


def test_style_sheet_is_refused_under_a_host_that_is_not_ours(stranger: TestClient) -> None:
    assert stranger.get("/static/review.css", headers={"Host": "example.org"}).status_code == 400


@pytest.mark.parametrize("host", ["coding.example.org", "coding.example.org:443"])
def test_public_address_is_served_with_and_without_its_usual_port(sessions: Sessions, host: str) -> None:
    client = client_of(sessions, Site.at("https://Coding.Example.org/"), "https://coding.example.org")
    assert client.get("/sign-in", headers={"Host": host}).status_code == 200


def test_public_address_with_a_port_is_served_under_that_alone() -> None:
    assert Site.at("http://192.0.2.7:8080").hosts == {"192.0.2.7:8080"}


def test_public_address_may_be_one_of_ipv6() -> None:
    assert Site.at("https://[2001:db8::1]").origins == ("https://[2001:db8::1]",)


@pytest.mark.parametrize(
    "address",
    ["", "coding.example.org", "ftp://coding.example.org", "https://", "https://ana:herons@coding.example.org",
     "https://coding.example.org:http", "https://[::1", "https://récolte.example.org"],
)  # fmt: skip
def test_what_is_no_address_makes_no_site(address: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        Site.at(address)
    assert str(caught.value) == f"{address!r} is not an address such as https://coding.example.org"


@pytest.mark.parametrize("more", ["/review", "/?a=b", "/#a"])
def test_address_with_more_than_a_host_makes_no_site(more: str) -> None:
    address = f"https://coding.example.org{more}"
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        Site.at(address)
    assert str(caught.value) == f"{address!r} has more than a host and a port; leave out what follows them"


def cookie_of(site: Site, session: Session) -> str:
    response = Response()
    site.remember(response, session)
    return response.headers["set-cookie"].replace(session.id, "ID")


def test_cookie_of_loopback_is_kept_from_scripts_and_other_sites(session: Session) -> None:
    assert cookie_of(Site.on_loopback(8765), session) == "outcome_coder_8765=ID; HttpOnly; Path=/; SameSite=strict"


def test_cookie_of_an_https_address_is_sent_encrypted_and_bound_to_the_host(session: Session) -> None:
    assert cookie_of(Site.at("https://coding.example.org"), session) == (
        "__Host-outcome_coder_443=ID; HttpOnly; Path=/; SameSite=strict; Secure"
    )


def test_cookie_that_is_forgotten_ends_at_once() -> None:
    response = Response()
    Site.on_loopback(8765).forget(response)
    assert response.headers["set-cookie"] == ('outcome_coder_8765=""; HttpOnly; Max-Age=0; Path=/; SameSite=strict')


def test_page_is_given_to_who_is_signed_in(ana: TestClient) -> None:
    assert ana.get("/").text == "Ana"


def test_reader_of_a_page_is_led_to_the_sign_in_page(stranger: TestClient) -> None:
    answer = stranger.get("/", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_script_without_a_session_is_reported_to_sign_in(stranger: TestClient, method: str) -> None:
    answer = stranger.request(method, "/decide", headers={"Accept": "*/*"})
    assert (answer.status_code, answer.text) == (401, "Please sign in.")


def test_form_without_a_session_is_not_led_elsewhere(stranger: TestClient) -> None:
    assert stranger.post("/decide", data={"code": "Local"}, headers={"Accept": "text/html"}).status_code == 401


def test_session_of_a_coder_who_may_not_stay_is_closed(sessions: Sessions, session: Session) -> None:
    guard = Guard(
        Starlette(routes=ROUTES), site=Site.on_loopback(8765), sessions=sessions, may_stay=lambda one: one != session
    )
    client = TestClient(guard, base_url=ORIGIN)
    client.cookies.set("outcome_coder_8765", session.id)
    assert (client.get("/").status_code, sessions.find(session.id)) == (401, None)


def test_closed_session_lets_nobody_in(ana: TestClient, sessions: Sessions, session: Session) -> None:
    sessions.close(session.id)
    assert ana.get("/").status_code == 401


def test_cookie_of_another_port_lets_nobody_in(stranger: TestClient, session: Session) -> None:
    stranger.cookies.set("outcome_coder_8766", session.id)
    assert stranger.get("/").status_code == 401


def test_unknown_session_lets_nobody_in(stranger: TestClient) -> None:
    stranger.cookies.set("outcome_coder_8765", "x" * 43)
    assert stranger.get("/").status_code == 401


def test_page_that_does_not_exist_is_hidden_from_strangers(stranger: TestClient) -> None:
    assert stranger.get("/harvests/3").status_code == 401


@pytest.mark.parametrize("path", ["/sign-in", "/static/review.css"])
def test_open_path_needs_no_session(stranger: TestClient, path: str) -> None:
    assert stranger.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/sign-in/", "/sign-in/x", "/static", "/staticx", "//static/review.css"])
def test_path_like_an_open_one_needs_a_session(stranger: TestClient, path: str) -> None:
    assert stranger.get(f"{ORIGIN}{path}").status_code == 401


def test_open_page_knows_who_is_signed_in(ana: TestClient) -> None:
    assert ana.get("/sign-in").text == "Ana: 0"


def test_open_page_that_needs_a_coder_reports_strangers_to_sign_in(stranger: TestClient) -> None:
    answer = stranger.get("/enter")
    assert (answer.status_code, answer.text) == (401, "Please sign in.")


def test_web_socket_is_refused(ana: TestClient) -> None:
    with pytest.raises(WebSocketDisconnect) as caught, ana.websocket_connect("/"):
        pass
    assert caught.value.code == 1008


def test_application_is_started_and_ended(sessions: Sessions) -> None:
    with client_of(sessions, Site.on_loopback(8765), ORIGIN) as client:
        assert client.get("/sign-in").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": ORIGIN},
        {"Origin": "http://localhost:8765"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_form_of_our_own_page_is_taken(ana: TestClient, session: Session, headers: Mapping[str, str]) -> None:
    assert ana.post("/decide", data=decided(session), headers=headers).text == "Ana: Local"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://127.0.0.1:8766"},
        {"Origin": "https://127.0.0.1:8765"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_form_of_another_sites_page_is_refused(
    ana: TestClient, session: Session, method: str, headers: Mapping[str, str]
) -> None:
    answer = ana.request(method, "/decide", data=decided(session), headers=headers)
    assert (answer.status_code, answer.text) == (403, FROM_ELSEWHERE)


def test_sign_in_from_another_sites_page_is_refused(stranger: TestClient) -> None:
    answer = stranger.post("/sign-in", data={"name": "Ana"}, headers={"Origin": "https://example.org"})
    assert (answer.status_code, answer.text) == (403, FROM_ELSEWHERE)


def test_link_on_another_sites_page_may_be_followed(ana: TestClient) -> None:
    assert ana.get("/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_form_without_the_sessions_token_is_refused(ana: TestClient) -> None:
    answer = ana.post("/decide", data={"code": "Local"})
    assert (answer.status_code, answer.text) == (403, OUT_OF_DATE)


def test_form_with_another_sessions_token_is_refused(ana: TestClient, sessions: Sessions) -> None:
    assert ana.post("/decide", data=decided(sessions.open("Ben"))).status_code == 403


def test_token_that_is_no_ascii_is_refused(ana: TestClient) -> None:
    assert ana.post("/decide", data={"code": "Local", "csrf": "é"}).status_code == 403


def test_token_sent_as_a_file_is_refused(ana: TestClient, session: Session) -> None:
    assert ana.post("/decide", files={"csrf": ("csrf", session.csrf)}).status_code == 403


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_other_ways_to_change_something_need_the_token_too(ana: TestClient, method: str) -> None:
    assert ana.request(method, "/decide").status_code == 403


def test_change_without_a_form_needs_the_token_too(ana: TestClient) -> None:
    assert ana.post("/note", json={"note": "ask Ben"}).status_code == 403


def test_script_brings_the_token_in_a_header(ana: TestClient, session: Session) -> None:
    answer = ana.post("/note", json={"note": "ask Ben"}, headers={"X-CSRF-Token": session.csrf})
    assert answer.json() == {"note": "ask Ben"}


def test_wrong_token_in_the_header_is_refused_beside_the_right_one_in_the_form(
    ana: TestClient, session: Session
) -> None:
    assert ana.post("/decide", data=decided(session), headers={"X-CSRF-Token": "x"}).status_code == 403


def test_sign_in_needs_no_token_without_a_session(stranger: TestClient) -> None:
    assert stranger.post("/sign-in", data={"name": "Ana", "password": "x"}).text == "None: 2"


def test_sign_in_needs_the_token_in_a_session(ana: TestClient) -> None:
    assert ana.post("/sign-in", data={"name": "Ben"}).status_code == 403


def test_form_that_cannot_be_read_is_refused(ana: TestClient) -> None:
    answer = ana.post("/decide", content=b"x", headers={"Content-Type": "multipart/form-data"})
    assert (answer.status_code, answer.text) == (400, "This form can't be read.")


def test_route_that_reads_a_form_anew_finds_it_empty(ana: TestClient, session: Session) -> None:
    assert ana.post("/read-anew", data=decided(session)).text == "0"


def test_answer_to_a_form_may_be_streamed(ana: TestClient, session: Session) -> None:
    assert ana.post("/stream", data=decided(session)).text == "Local"


def in_pieces(n_bytes: int) -> Iterator[bytes]:
    for _ in range(n_bytes // 1024):
        yield b"x" * 1024


def test_form_of_more_than_a_mebibyte_is_refused(ana: TestClient, session: Session) -> None:
    answer = ana.post("/decide", data={"code": "x" * MIB, "csrf": session.csrf})
    assert (answer.status_code, answer.text) == (413, "This is larger than 1 MiB.")


def test_form_that_does_not_tell_its_length_is_measured(ana: TestClient) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = ana.post("/decide", content=in_pieces(MIB + 1024), headers=headers)
    assert (answer.status_code, answer.text) == (413, "This is larger than 1 MiB.")


def test_body_that_a_route_reads_is_measured(ana: TestClient, session: Session) -> None:
    answer = ana.post("/note", content=in_pieces(MIB + 1024), headers={"X-CSRF-Token": session.csrf})
    assert (answer.status_code, answer.text) == (413, "This is larger than 1 MiB.")


def test_large_workbook_is_taken_where_files_are_uploaded(ana: TestClient, session: Session) -> None:
    answer = ana.post("/upload", data={"csrf": session.csrf}, files={"harvest": ("harvest.xlsx", b"x" * 2 * MIB)})
    assert answer.text == "harvest.xlsx: 2097152"


def test_workbook_of_more_than_64_mebibytes_is_refused(ana: TestClient) -> None:
    answer = ana.post("/upload", headers={"Content-Length": str(64 * MIB + 1)})
    assert (answer.status_code, answer.text) == (413, "This is larger than 64 MiB.")


def test_upload_of_a_stranger_is_not_read(stranger: TestClient) -> None:
    assert stranger.post("/upload", headers={"Content-Length": str(64 * MIB + 1)}).status_code == 401


def form_of_ana(session: Session) -> Scope:
    """Return the beginning of a form that Ana sends; its body is still to come."""
    headers = {
        "host": "127.0.0.1:8765",
        "cookie": f"outcome_coder_8765={session.id}",
        "content-type": "application/x-www-form-urlencoded",
    }
    return {
        "type": "http",
        "method": "POST",
        "path": "/decide",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }


@pytest.mark.anyio
async def test_upload_that_breaks_off_is_not_answered(sessions: Sessions, session: Session) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    guard = Guard(Starlette(routes=ROUTES), site=Site.on_loopback(8765), sessions=sessions)
    await guard(form_of_ana(session), receive, send)
    assert sent == []


@pytest.mark.anyio
async def test_form_whose_rest_does_not_come_is_given_up(
    sessions: Sessions, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(middleware, "_PATIENCE_S", 0.05)
    pieces: list[Message] = [{"type": "http.request", "body": b"code=Lo", "more_body": True}]
    sent: list[Message] = []

    async def receive() -> Message:
        if not pieces:
            await asyncio.sleep(60.0)
        return pieces.pop()

    async def send(message: Message) -> None:
        sent.append(message)

    guard = Guard(Starlette(routes=ROUTES), site=Site.on_loopback(8765), sessions=sessions)
    await guard(form_of_ana(session), receive, send)
    assert sent[0]["status"] == 408


@pytest.mark.parametrize(
    ("path", "status", "headers"),
    [
        ("/", 200, {}),
        ("/", 400, {"Host": "example.org"}),
        ("/", 401, {"Cookie": ""}),
        ("/", 303, {"Cookie": "", "Accept": "text/html"}),
        ("/harvests/3", 404, {}),
        ("/break-down", 500, {}),
    ],
)
def test_every_answer_carries_the_headers(ana: TestClient, path: str, status: int, headers: Mapping[str, str]) -> None:
    answer = ana.get(path, headers=headers)
    assert answer.status_code == status
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS


def test_style_sheet_may_be_kept_if_asked_after(stranger: TestClient) -> None:
    assert stranger.get("/static/review.css").headers["cache-control"] == "no-cache"


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime.datetime:
        return self.now


def test_session_reports_when_it_was_opened() -> None:
    assert Sessions(clock=Clock()).open("Ana").opened == NOON


def test_session_shown_holds_no_secret(session: Session) -> None:
    assert session.id not in repr(session)
    assert session.csrf not in repr(session)
    assert "argon2" not in repr(Sessions().open("Ana", credential="$argon2id$"))


def test_two_sessions_of_one_coder_share_no_secret(sessions: Sessions) -> None:
    first, second = sessions.open("Ana"), sessions.open("Ana")
    assert len({first.id, first.csrf, second.id, second.csrf}) == 4


def test_session_unused_for_twelve_hours_has_ended() -> None:
    clock = Clock()
    sessions = Sessions(clock=clock)
    session = sessions.open("Ana")
    clock.now = NOON + datetime.timedelta(hours=12)
    assert sessions.find(session.id) is None


def test_session_that_has_ended_is_forgotten_when_somebody_signs_in() -> None:
    clock = Clock()
    sessions = Sessions(clock=clock)
    first = weakref.ref(sessions.open("Ana"))
    clock.now = NOON + datetime.timedelta(hours=12)
    sessions.open("Ben")
    gc.collect()
    assert first() is None


def test_session_ends_by_the_hours_passed_whatever_the_clock_on_the_wall_says(monkeypatch: pytest.MonkeyPatch) -> None:
    passed = [seconds_passed()]
    monkeypatch.setattr("classifier.review.sessions.seconds_passed", lambda: passed[0])
    sessions = Sessions()
    session = sessions.open("Ana")
    passed[0] += 11 * 3600.0
    assert sessions.find(session.id) == session
    passed[0] += 12 * 3600.0
    assert sessions.find(session.id) is None


def test_session_that_is_used_lives_on() -> None:
    clock = Clock()
    sessions = Sessions(clock=clock)
    session = sessions.open("Ana")
    clock.now = NOON + datetime.timedelta(hours=11)
    sessions.find(session.id)
    clock.now = NOON + datetime.timedelta(hours=22)
    assert sessions.find(session.id) == session


def test_session_ends_after_a_day_even_when_it_is_used() -> None:
    clock = Clock()
    sessions = Sessions(clock=clock)
    session = sessions.open("Ana")
    found = []
    for hour in (8, 16, 23, 24):
        clock.now = NOON + datetime.timedelta(hours=hour)
        found.append(sessions.find(session.id))
    assert found == [session, session, session, None]


def test_session_unused_for_longest_makes_room() -> None:
    sessions = Sessions()
    first, second = sessions.open("Ana"), sessions.open("Ben")
    for _ in range(998):
        sessions.open("Clara")
    sessions.find(first.id)
    sessions.open("Clara")
    assert sessions.find(first.id) == first
    assert sessions.find(second.id) is None


def test_closing_an_unknown_session_changes_nothing(sessions: Sessions, session: Session) -> None:
    sessions.close("x")
    assert sessions.find(session.id) == session


def test_token_is_good_once() -> None:
    tokens = OneTimeToken()
    token = tokens.issue()
    assert [tokens.redeem(token), tokens.redeem(token)] == [True, False]


def test_wrong_token_voids_nothing() -> None:
    tokens = OneTimeToken()
    token = tokens.issue()
    assert [tokens.redeem("é"), tokens.redeem(""), tokens.redeem(token)] == [False, False, True]


def test_new_token_voids_the_former() -> None:
    tokens = OneTimeToken()
    former = tokens.issue()
    tokens.issue()
    assert not tokens.redeem(former)


@pytest.mark.parametrize(("minutes", "is_good"), [(59, True), (60, False)])
def test_token_is_good_for_an_hour(minutes: int, is_good: bool) -> None:
    clock = Clock()
    tokens = OneTimeToken(clock=clock)
    token = tokens.issue()
    clock.now = NOON + datetime.timedelta(minutes=minutes)
    assert (tokens.is_late(token), tokens.redeem(token)) == (not is_good, is_good)


def test_token_that_is_no_longer_the_one_is_not_late() -> None:
    clock = Clock()
    tokens = OneTimeToken(clock=clock)
    former = tokens.issue()
    tokens.issue()
    clock.now = NOON + datetime.timedelta(hours=2)
    assert not tokens.is_late(former)


def test_nothing_is_redeemed_before_a_token_is_issued() -> None:
    assert not OneTimeToken().redeem("")


def test_token_is_redeemed_by_one_of_many_at_once() -> None:
    tokens = OneTimeToken()
    token = tokens.issue()
    redeemed: list[bool] = []
    threads = [threading.Thread(target=lambda: redeemed.append(tokens.redeem(token))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(redeemed) == [False] * 7 + [True]


class Stopwatch:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Stopwatch:
    return Stopwatch()


@pytest.fixture
def sign_in_limit(watch: Stopwatch) -> SignInRateLimit:
    return SignInRateLimit(clock=watch)


def test_five_tries_need_no_waiting(sign_in_limit: SignInRateLimit) -> None:
    assert [sign_in_limit.count_try("Ana", address="192.0.2.1") for _ in range(5)] == [0.0] * 5


def test_sixth_try_waits_for_32_seconds(sign_in_limit: SignInRateLimit) -> None:
    assert [sign_in_limit.count_try("Ana", address="192.0.2.1") for _ in range(6)][-1] == 32.0


def test_waiting_is_reported_in_what_is_left_of_it(sign_in_limit: SignInRateLimit, watch: Stopwatch) -> None:
    for _ in range(5):
        sign_in_limit.count_try("Ana", address="192.0.2.1")
    watch.now = 30.0
    assert sign_in_limit.count_try("Ana", address="192.0.2.1") == 2.0


def test_try_made_too_early_does_not_lengthen_the_wait(sign_in_limit: SignInRateLimit, watch: Stopwatch) -> None:
    for _ in range(50):
        sign_in_limit.count_try("Ana", address="192.0.2.1")
    watch.now = 32.0
    assert sign_in_limit.count_try("Ana", address="192.0.2.1") == 0.0


def waits(sign_in_limit: SignInRateLimit, watch: Stopwatch, times: int) -> list[float]:
    reported: list[float] = []
    for _ in range(times):
        while wait_s := sign_in_limit.count_try("Ana", address="192.0.2.1"):
            reported.append(wait_s)
            watch.now += wait_s
    return reported


def test_wait_doubles_up_to_15_minutes(sign_in_limit: SignInRateLimit, watch: Stopwatch) -> None:
    assert waits(sign_in_limit, watch, 12) == [32.0, 64.0, 128.0, 256.0, 512.0, 900.0, 900.0]


def test_guesses_from_elsewhere_hold_up_nobody(sign_in_limit: SignInRateLimit) -> None:
    reported = [
        sign_in_limit.count_try(" ANA" if number % 2 else "ana ", address=f"192.0.2.{number}") for number in range(200)
    ]
    assert reported == [0.0] * 200


def test_guesses_at_one_name_are_counted_by_network_where_that_is_of_ipv6(sign_in_limit: SignInRateLimit) -> None:
    reported = [sign_in_limit.count_try("Ana", address=f"2001:db8::{number:x}") for number in range(6)]
    assert reported == [0.0] * 5 + [32.0]


def test_another_network_of_ipv6_is_another_address(sign_in_limit: SignInRateLimit) -> None:
    for number in range(60):
        sign_in_limit.count_try("Ana", address=f"2001:db8::{number:x}")
    assert sign_in_limit.count_try("Ana", address="2001:db8:0:1::1") == 0.0


def test_address_of_ipv4_written_in_ipv6_is_the_same(sign_in_limit: SignInRateLimit) -> None:
    for number in range(5):
        sign_in_limit.count_try("Ana", address="::ffff:192.0.2.1" if number % 2 else "192.0.2.1")
    assert sign_in_limit.count_try("Ana", address="192.0.2.1") == 32.0


def test_guesses_at_many_names_count_for_the_address(sign_in_limit: SignInRateLimit) -> None:
    reported = [sign_in_limit.count_try(f"coder {number}", address="192.0.2.1") for number in range(51)]
    assert reported == [0.0] * 50 + [32.0]


def test_mistyping_of_one_coder_holds_up_nobody_else_behind_the_address(sign_in_limit: SignInRateLimit) -> None:
    for _ in range(6):
        sign_in_limit.count_try("Ana", address="192.0.2.1")
    assert sign_in_limit.count_try("Ben", address="192.0.2.1") == 0.0


def test_mistyping_elsewhere_does_not_hold_up_the_coder(sign_in_limit: SignInRateLimit) -> None:
    for _ in range(6):
        sign_in_limit.count_try("Ana", address="192.0.2.1")
    assert sign_in_limit.count_try("Ana", address="192.0.2.2") == 0.0


def test_name_that_is_an_address_is_reported_from_it(sign_in_limit: SignInRateLimit) -> None:
    for number in range(20):
        sign_in_limit.count_try("192.0.2.1", address=f"192.0.3.{number}")
    assert sign_in_limit.count_try("Ana", address="192.0.2.1") == 0.0


def test_others_elsewhere_need_not_wait(sign_in_limit: SignInRateLimit) -> None:
    for _ in range(9):
        sign_in_limit.count_try("Ana", address="192.0.2.1")
    assert sign_in_limit.count_try("Ben", address="192.0.2.2") == 0.0


def test_coder_who_signs_in_often_never_waits(sign_in_limit: SignInRateLimit) -> None:
    for _ in range(20):
        assert sign_in_limit.count_try("Ana", address="192.0.2.1") == 0.0
        sign_in_limit.succeeded("Ana", address="192.0.2.1")


def test_success_forgets_the_failures_of_the_name_from_there(sign_in_limit: SignInRateLimit) -> None:
    for _ in range(5):
        sign_in_limit.count_try("Ana", address="192.0.2.4")
    sign_in_limit.succeeded("Ana", address="192.0.2.4")
    assert sign_in_limit.count_try("Ana", address="192.0.2.4") == 0.0


def test_success_does_not_forget_the_failures_of_the_address(sign_in_limit: SignInRateLimit) -> None:
    for name in (*(f"coder {number}" for number in range(49)), "Mallory"):
        sign_in_limit.count_try(name, address="192.0.2.1")
    sign_in_limit.succeeded("Mallory", address="192.0.2.1")
    assert sign_in_limit.count_try("Ben", address="192.0.2.1") == 0.0
    assert sign_in_limit.count_try("Ben", address="192.0.2.1") == 32.0


def test_failures_are_forgotten_after_an_hour_without_one(sign_in_limit: SignInRateLimit, watch: Stopwatch) -> None:
    for _ in range(5):
        sign_in_limit.count_try("Ana", address="192.0.2.1")
    watch.now = 3600.0
    assert [sign_in_limit.count_try("Ana", address="192.0.2.1") for _ in range(6)] == [0.0] * 5 + [32.0]


def test_success_after_the_record_was_cleared_changes_nothing(sign_in_limit: SignInRateLimit) -> None:
    sign_in_limit.succeeded("Ana", address="192.0.2.1")
    assert sign_in_limit.count_try("Ana", address="192.0.2.1") == 0.0


def test_record_does_not_grow_without_end(sign_in_limit: SignInRateLimit) -> None:
    for _ in range(5):
        sign_in_limit.count_try("Ana", address="192.0.2.9")
    for number in range(5000):
        sign_in_limit.count_try(f"coder {number}", address=f"2001:db8:0:{number:x}::1")
    assert sign_in_limit.count_try("Ana", address="192.0.2.9") == 0.0


def test_of_many_tries_at_once_five_get_through(sign_in_limit: SignInRateLimit) -> None:
    reported: list[float] = []
    threads = [
        threading.Thread(target=lambda: reported.append(sign_in_limit.count_try("Ana", address="192.0.2.1")))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(reported) == [0.0] * 5 + [32.0] * 15
