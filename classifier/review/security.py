"""Who is asking: sessions, and what every request must pass before the review page answers."""

from __future__ import annotations

import datetime
import hmac
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import ClassVar
from urllib.parse import urlsplit

from starlette.datastructures import FormData, Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from classifier.coder_names import identity_of

__all__ = ["Guard", "OneTimeToken", "Session", "Sessions", "Site", "Throttle", "form_of", "session_of"]

_MIB = 2**20
_LARGEST = 1 * _MIB
_LARGEST_UPLOAD = 64 * _MIB
_DEFAULT_PORTS = {"http": 80, "https": 443}
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_STATIC = "/static/"
_SIGN_IN = "/sign-in"
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; font-src 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # Under no-referrer, browsers send "Origin: null" with our own forms, which could not be told from a stranger's.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Under which addresses the page is reached; requests that name another are refused.

    Attributes
    ----------
    scheme : str
        ``http`` or ``https``.
    names : tuple of str
        Of the host, in lower case.
    port : int

    Examples
    --------
    >>> Site.on_loopback(8765).origins
    ('http://127.0.0.1:8765', 'http://localhost:8765', 'http://[::1]:8765')
    >>> Site.at("https://coding.example.org").origins
    ('https://coding.example.org',)
    """

    scheme: str
    names: tuple[str, ...]
    port: int

    @classmethod
    def on_loopback(cls, port: int) -> Site:
        """Make the site that is reached from this computer alone."""
        return cls(scheme="http", names=("127.0.0.1", "localhost", "[::1]"), port=port)

    @classmethod
    def at(cls, address: str) -> Site:
        """Make the site that is reached by a public address, such as ``https://coding.example.org``.

        Raises
        ------
        ValueError
            If it is no address of http or https, or more than that: the page can't be served below a path.
        """
        try:
            parts = urlsplit(address.strip())
            name, port = parts.hostname or "", parts.port
        except ValueError as error:
            raise ValueError(f"{address!r} is no address such as https://coding.example.org") from error
        if parts.scheme not in _DEFAULT_PORTS or not name or not name.isascii() or "@" in parts.netloc:
            raise ValueError(f"{address!r} is no address such as https://coding.example.org")
        if parts.path not in ("", "/") or parts.query or parts.fragment:
            raise ValueError(f"{address!r} has more than a host and a port; leave out what follows them")
        bracketed = f"[{name}]" if ":" in name else name
        return cls(scheme=parts.scheme, names=(bracketed,), port=port or _DEFAULT_PORTS[parts.scheme])

    @property
    def hosts(self) -> frozenset[str]:
        """What a request may give as its host."""
        with_port = {f"{name}:{self.port}" for name in self.names}
        return frozenset(with_port | set(self.names) if self._has_default_port else with_port)

    @property
    def origins(self) -> tuple[str, ...]:
        """What a browser calls our own pages."""
        port = "" if self._has_default_port else f":{self.port}"
        return tuple(f"{self.scheme}://{name}{port}" for name in self.names)

    @property
    def cookie(self) -> str:
        """The cookie's name; it holds the port, as cookies of one host are shared by all its ports."""
        # Browsers let nobody but this very host set a cookie whose name begins so.
        prefix = "__Host-" if self.scheme == "https" else ""
        return f"{prefix}outcome_coder_{self.port}"

    def remember(self, response: Response, session: Session) -> None:
        """Have the browser bring the session from now on, until it is closed."""
        self._set_cookie(response, session.id, max_age=None)

    def forget(self, response: Response) -> None:
        """Have the browser bring no session any more."""
        self._set_cookie(response, "", max_age=0)

    @property
    def _has_default_port(self) -> bool:
        return self.port == _DEFAULT_PORTS[self.scheme]

    def _set_cookie(self, response: Response, value: str, *, max_age: int | None) -> None:
        response.set_cookie(
            self.cookie,
            value,
            max_age=max_age,
            path="/",
            secure=self.scheme == "https",
            httponly=True,
            samesite="strict",
        )


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def _nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One browser in which a coder is signed in.

    Attributes
    ----------
    id : str
        What the cookie holds. Whoever has it is the coder.
    coder : str
    csrf : str
        What each form of ours holds in its field ``csrf``, and no other site can know.
    opened : datetime
    credential : str
        By what the coder came in: what the users file held beside their name then. Empty on one's own machine.
    """

    id: str = field(repr=False)
    coder: str
    csrf: str = field(repr=False)
    opened: datetime.datetime
    credential: str = field(default="", repr=False)


class Sessions:
    """Who is signed in, in memory: when the program ends, all are signed out.

    Parameters
    ----------
    clock : callable, optional
        Gives the time. The time of day, as a computer's running time stands still while it sleeps.

    Attributes
    ----------
    ends_after : timedelta
        How long a session lives without being used.
    lasts : timedelta
        How long it lives at most.
    at_most : int
        So many are kept; beyond them, the one unused for longest ends.

    Examples
    --------
    >>> sessions = Sessions()
    >>> session = sessions.open("Ana")
    >>> sessions.find(session.id).coder
    'Ana'
    >>> sessions.close(session.id)
    >>> sessions.find(session.id) is None
    True
    """

    ends_after = datetime.timedelta(hours=12)
    lasts = datetime.timedelta(hours=24)
    at_most = 1000

    def __init__(self, *, clock: Callable[[], datetime.datetime] = _now) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._used: OrderedDict[str, tuple[Session, datetime.datetime]] = OrderedDict()  # longest unused first

    def open(self, coder: str, *, credential: str = "") -> Session:
        """Sign a coder in."""
        now = self._clock()
        session = Session(
            id=secrets.token_urlsafe(32),
            coder=coder,
            csrf=secrets.token_urlsafe(32),
            opened=now,
            credential=credential,
        )
        with self._lock:
            self._used[session.id] = (session, now)
            while len(self._used) > self.at_most:
                self._used.popitem(last=False)
        return session

    def find(self, id: str) -> Session | None:
        """Return the session of a cookie, which counts as using it; None where it has ended or never was."""
        now = self._clock()
        with self._lock:
            session, used = self._used.pop(id, (None, now))
            if session is None or now - used >= self.ends_after or now - session.opened >= self.lasts:
                return None
            self._used[id] = (session, now)
            return session

    def close(self, id: str) -> None:
        """Sign out."""
        with self._lock:
            self._used.pop(id, None)


class OneTimeToken:
    """Lets in whoever has the address that the terminal shows, once.

    Anybody with an account on the same computer can reach its loopback address; the token keeps them out.

    Parameters
    ----------
    clock : callable, optional
        Gives the time.

    Attributes
    ----------
    valid_for : timedelta
        How long a token lets in.

    Examples
    --------
    >>> tokens = OneTimeToken()
    >>> token = tokens.issue()
    >>> tokens.redeem(token), tokens.redeem(token)
    (True, False)
    """

    valid_for = datetime.timedelta(minutes=60)

    def __init__(self, *, clock: Callable[[], datetime.datetime] = _now) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._token: str | None = None
        self._issued = clock()
        self._when_used: Callable[[], None] = _nothing

    def issue(self, *, when_used: Callable[[], None] = _nothing) -> str:
        """Make a token, which voids an earlier one; something may be done as soon as it was used."""
        with self._lock:
            self._token, self._issued, self._when_used = secrets.token_urlsafe(32), self._clock(), when_used
            return self._token

    def redeem(self, token: str) -> bool:
        """Say whether this is the token, and void it if so."""
        with self._lock:
            if not self._is_it(token) or self._is_old():
                return False
            self._token, used = None, self._when_used
        used()
        return True

    def is_late(self, token: str) -> bool:
        """Say whether this is the token, and too old."""
        with self._lock:
            return self._is_it(token) and self._is_old()

    def _is_it(self, token: str) -> bool:
        return self._token is not None and _is_same(token, self._token)

    def _is_old(self) -> bool:
        return self._clock() - self._issued >= self.valid_for


class Throttle:
    """Slows down whoever guesses passwords.

    Five failures are free for a name from one address, so that one coder's mistyping holds up nobody else behind the
    same address. Twenty are free for a name from anywhere, and fifty from an address for any names. Beyond them,
    each further try has to wait: 32 seconds, and twice as long each time, at most 15 minutes. An hour without a
    failure clears the record.

    Parameters
    ----------
    clock : callable, optional
        Gives a time in seconds that never goes back.

    Examples
    --------
    >>> throttle = Throttle(clock=lambda: 0.0)
    >>> [throttle.count_try("Ana", address="192.0.2.1") for _ in range(6)]
    [0.0, 0.0, 0.0, 0.0, 0.0, 32.0]
    """

    _FREE: ClassVar[Mapping[str, int]] = {"both": 5, "name": 20, "address": 50}
    _FIRST_S = 32.0
    _LONGEST_S = 15 * 60.0
    _FORGOTTEN_AFTER_S = 60 * 60.0
    _AT_MOST = 10_000
    _LONGEST_KEY = 200  # a guesser fills the record with names; they should at least be short

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures: OrderedDict[tuple[str, str], tuple[int, float]] = OrderedDict()  # longest ago first

    def count_try(self, name: str, *, address: str) -> float:
        """Return 0.0 where a password may be tried now, else the seconds to wait, which count as no try.

        The try is counted as a failure until `succeeded` says otherwise: of many made at the same time, all would
        else get through before the first has failed.
        """
        now = self._clock()
        keys = self._keys(name, address)
        with self._lock:
            wait_s = max(self._left(key, now) for key in keys)
            if wait_s <= 0.0:
                for key in keys:
                    self._record(key, self._count(key, now) + 1, now)
            return max(wait_s, 0.0)

    def succeeded(self, name: str, *, address: str) -> None:
        """Take back the try that turned out right, and forget the name's failures.

        Those of the address stay: its user may be guessing others' passwords between signing in properly.
        """
        now = self._clock()
        by_both, by_name, by_address = self._keys(name, address)
        with self._lock:
            self._failures.pop(by_both, None)
            self._failures.pop(by_name, None)
            if count := self._count(by_address, now):
                self._failures[by_address] = (count - 1, self._failures[by_address][1])

    def _keys(self, name: str, address: str) -> tuple[tuple[str, str], tuple[str, str], tuple[str, str]]:
        who, where = identity_of(name)[: self._LONGEST_KEY], address[: self._LONGEST_KEY]
        return ("both", f"{who}\0{where}"), ("name", who), ("address", where)

    def _count(self, key: tuple[str, str], now: float) -> int:
        count, at = self._failures.get(key, (0, now))
        return count if now - at < self._FORGOTTEN_AFTER_S else 0

    def _left(self, key: tuple[str, str], now: float) -> float:
        beyond = self._count(key, now) - self._FREE[key[0]]
        if beyond < 0:
            return 0.0
        return min(self._FIRST_S * 2.0 ** min(beyond, 5), self._LONGEST_S) - (now - self._failures[key][1])

    def _record(self, key: tuple[str, str], count: int, now: float) -> None:
        self._failures[key] = (count, now)
        self._failures.move_to_end(key)
        while len(self._failures) > self._AT_MOST:
            self._failures.popitem(last=False)


class Guard:
    """What every request must pass before the application sees it; wraps the whole application.

    In this order, a request is refused that

    - opens a web socket, of which we have none;
    - names a host that isn't ours (400): a stranger's name may be made to lead to a loopback address;
    - would change something and comes from another site's page (403);
    - comes without a session (to the sign-in page, or 401), unless its path is open; a session is closed whose
      coder may no longer come in;
    - is larger than 1 MiB, or 64 MiB where files are uploaded (413), whatever it says of its length;
    - would change something in a session and doesn't hold the session's token (403): in the header
      ``X-CSRF-Token``, else in the form's field ``csrf``.

    A form is read here, so no route can act on one that was not checked: a route takes it by `form_of`, and who
    is signed in by `session_of` (for open pages, ``request.state.session`` may be None). All answers carry
    the headers that keep a browser from lending our pages to others.

    Parameters
    ----------
    app : ASGI application
    site : Site
    sessions : Sessions
    open_paths : collection of str
        Reached without a session, as is all below ``/static/``.
    upload_paths : collection of str
        Where files are uploaded.
    may_stay : callable, optional
        Says whether a session's coder may still come in.

    Examples
    --------
    >>> from starlette.applications import Starlette
    >>> app = Guard(Starlette(), site=Site.on_loopback(8765), sessions=Sessions(), upload_paths=["/"])
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        site: Site,
        sessions: Sessions,
        open_paths: Collection[str] = (_SIGN_IN, "/enter"),
        upload_paths: Collection[str] = (),
        may_stay: Callable[[Session], bool] = lambda session: True,
    ) -> None:
        self._app = app
        self._site = site
        self._sessions = sessions
        self._open_paths = frozenset(open_paths)
        self._upload_paths = frozenset(upload_paths)
        self._may_stay = may_stay

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let the application answer it."""
        if scope["type"] == "http":
            await self._answer(scope, receive, _with_headers(scope["path"], send))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self._app(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            session = self._admitted(Request(scope))
            body = _Body(receive, at_most=self._at_most(scope["path"]))
            body.expect(Headers(scope=scope))
            form = await _checked_form(Request(scope, body.receive), session)
        except HTTPException as refused:
            await PlainTextResponse(refused.detail, refused.status_code, refused.headers)(scope, receive, send)
            return
        except ClientDisconnect:
            return
        state = {**scope.get("state", {}), "session": session, "form": form}
        try:
            await self._app({**scope, "state": state}, body.receive, send)
        finally:
            await form.close()

    def _admitted(self, request: Request) -> Session | None:
        hosts = [host.lower() for host in request.headers.getlist("host")]
        if len(hosts) != 1 or hosts[0] not in self._site.hosts:
            raise HTTPException(400, "This page is not served under that address.")
        if _changes_something(request) and not self._comes_from_us(request.headers):
            raise HTTPException(403, "This request comes from another site's page.")
        session = self._sessions.find(request.cookies.get(self._site.cookie, ""))
        if session is not None and not self._may_stay(session):
            self._sessions.close(session.id)
            session = None
        if session is None and not self._is_open(request.scope["path"]):
            raise _please_sign_in(request)
        return session

    def _comes_from_us(self, headers: Headers) -> bool:
        # A browser says so in one header or the other; a program that is no browser lends nobody's cookies.
        return all(origin in self._site.origins for origin in headers.getlist("origin")) and all(
            site in ("same-origin", "none") for site in headers.getlist("sec-fetch-site")
        )

    def _is_open(self, path: str) -> bool:
        return path in self._open_paths or path.startswith(_STATIC)

    def _at_most(self, path: str) -> int:
        return _LARGEST_UPLOAD if path in self._upload_paths else _LARGEST


def session_of(request: Request) -> Session:
    """Return the session that a request comes in, on pages that aren't open to all.

    Raises
    ------
    HTTPException
        On an open page, if nobody is signed in.
    """
    session: Session | None = request.state.session
    if session is None:
        raise HTTPException(401, "Please sign in.")
    return session


def form_of(request: Request) -> FormData:
    """Return the form that a request brings; it holds the session's token, which was checked.

    The body is read by then: ``request.form()`` finds it empty. It is empty too where the request brings
    something else than a form, such as JSON, which the route reads itself.
    """
    form: FormData = request.state.form
    return form


class _Body:
    """The body of a request, as long as it isn't too large."""

    def __init__(self, receive: Receive, *, at_most: int) -> None:
        self._receive = receive
        self._at_most = at_most
        self._n_bytes = 0
        self._repeated: Message | None = None

    def expect(self, headers: Headers) -> None:
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length) > self._at_most:
            raise self._too_large()

    async def receive(self) -> Message:
        if self._repeated is not None:
            ending, self._repeated = self._repeated, None
            return ending
        message = await self._receive()
        if message["type"] == "http.request":
            self._n_bytes += len(message.get("body", b""))
            if not message.get("more_body", False):
                # A route that reads a form anew finds it empty; without this it would wait for ever.
                self._repeated = {"type": "http.request", "body": b"", "more_body": False}
        if self._n_bytes > self._at_most:
            raise self._too_large()
        return message

    def _too_large(self) -> HTTPException:
        return HTTPException(413, f"This is larger than {self._at_most // _MIB} MiB.")


async def _checked_form(request: Request, session: Session | None) -> FormData:
    if not _changes_something(request):
        return FormData()
    try:
        form = await request.form()
    except MultiPartException:
        raise HTTPException(400, "This form can't be read.") from None
    given = request.headers.get("x-csrf-token", form.get("csrf"))
    if session is not None and not (isinstance(given, str) and _is_same(given, session.csrf)):
        await form.close()
        raise HTTPException(403, "This page is out of date. Please go back, reload it, and try again.")
    return form


def _changes_something(request: Request) -> bool:
    return request.method not in _SAFE_METHODS


def _please_sign_in(request: Request) -> HTTPException:
    reads_a_page = not _changes_something(request) and "text/html" in request.headers.get("accept", "")
    if reads_a_page:
        return HTTPException(303, "Please sign in.", {"Location": _SIGN_IN})
    return HTTPException(401, "Please sign in.")


def _with_headers(path: str, send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(_HEADERS)
            # What is told of people in danger should not lie on a disk; nor should a page survive signing out.
            headers["Cache-Control"] = "no-cache" if path.startswith(_STATIC) else "no-store"
        await send(message)

    return send_with_headers


def _is_same(given: str, expected: str) -> bool:
    """Compare in a time that doesn't tell how much of it is right."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode())
