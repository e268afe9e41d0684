"""Request guard: host, origin, session, size and CSRF checks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress

from starlette.datastructures import FormData, Headers, MutableHeaders, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from classifier.languages import gettext
from classifier.review.disk_errors import describe_disk_error
from classifier.review.sessions import Session, Sessions, is_same
from classifier.review.site import Site

_MIB = 2**20
_LARGEST = 1 * _MIB
_LARGEST_UPLOAD = 64 * _MIB
_PATIENCE_S = 30.0
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_STATIC = "/static/"
_SIGN_IN = "/sign-in"
OPEN_PATHS = (_SIGN_IN, "/enter")
"""Reached without a session."""
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; font-src 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # Under no-referrer, browsers send "Origin: null" with our own forms, as with those of another site.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class Guard:
    """What every request must pass before the application sees it; wraps the whole application.

    In this order, a request is refused that

    - opens a web socket, of which we have none;
    - names a host that isn't ours (400): a stranger's name may be made to lead to a loopback address;
    - would change something and comes from another site's page (403);
    - comes without a session (to the sign-in page, or 401), unless its path is open; a session is closed whose
      coder may no longer come in;
    - is larger than 1 MiB, or 64 MiB where files are uploaded (413), whatever it says of its length;
    - sends nothing more of its body for 30 seconds (408);
    - would change something in a session and doesn't hold the session's token (403): in the header
      ``X-CSRF-Token``, else in the form's field ``csrf``.

    A form is read here, so no route can act on one that was not checked: a route takes it by `form_of`, and who
    is signed in by `session_of` (for open pages, ``request.state.session`` may be None). All answers carry
    the headers that keep a browser from lending our pages to others.

    Parameters
    ----------
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
        open_paths: Collection[str] = OPEN_PATHS,
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
            # Texts about people in danger should not be kept on a disk; nor should a page survive signing out.
            kept = "no-cache" if scope["path"].startswith(_STATIC) else "no-store"
            await self._answer(scope, receive, with_headers(send, {**_HEADERS, "Cache-Control": kept}))
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
            with suppress(OSError):  # of what was still to be written to a full disk
                await form.close()

    def _admitted(self, request: Request) -> Session | None:
        hosts = [host.lower() for host in request.headers.getlist("host")]
        if len(hosts) != 1 or hosts[0] not in self._site.hosts:
            raise HTTPException(400, gettext("This page is not available at that address."))
        if _changes_something(request) and not self._comes_from_us(request.headers):
            raise HTTPException(403, gettext("This request comes from another website."))
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
        raise HTTPException(401, gettext("Please sign in."))
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
        self._is_whole = False
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
        message = await self._next()
        if message["type"] == "http.request":
            self._n_bytes += len(message.get("body", b""))
            if not message.get("more_body", False):
                # A route that reads a form anew finds it empty; without this it would wait for ever.
                self._is_whole = True
                self._repeated = {"type": "http.request", "body": b"", "more_body": False}
        if self._n_bytes > self._at_most:
            raise self._too_large()
        return message

    async def _next(self) -> Message:
        if self._is_whole:  # what comes now is that the browser has gone, however long that takes
            return await self._receive()
        try:
            async with asyncio.timeout(_PATIENCE_S):
                return await self._receive()
        except TimeoutError:
            raise HTTPException(408, gettext("The rest of this request did not come. Please try again.")) from None

    def _too_large(self) -> HTTPException:
        return HTTPException(413, gettext("This is larger than {n} MiB.", n=self._at_most // _MIB))


async def _checked_form(request: Request, session: Session | None) -> FormData:
    if not _changes_something(request):
        return FormData()
    try:
        form = await request.form()
        if not all(map(_is_text, form.multi_items())):
            await form.close()
            raise ValueError("no text")
    except (MultiPartException, ValueError):  # ValueError, where it says that it is in an encoding that it isn't in
        raise HTTPException(400, gettext("This form can't be read.")) from None
    except OSError as error:  # a file that is sent is kept on the disk meanwhile
        if (told := describe_disk_error(error)) is None:
            raise
        raise HTTPException(503, told.translated()) from None
    given = request.headers.get("x-csrf-token", form.get("csrf"))
    if session is not None and not (isinstance(given, str) and is_same(given, session.csrf)):
        await form.close()
        raise HTTPException(403, gettext("This page is out of date. Please go back, reload it, and try again."))
    return form


def _is_text(item: tuple[str, str | UploadFile]) -> bool:
    """Whether a field of a form can be written anywhere; an encoding that no browser sends may give half a letter."""
    name, value = item
    text = value if isinstance(value, str) else value.filename or ""
    return all(not "\ud800" <= sign <= "\udfff" for sign in name + text)


def _changes_something(request: Request) -> bool:
    return request.method not in _SAFE_METHODS


def _please_sign_in(request: Request) -> HTTPException:
    reads_a_page = not _changes_something(request) and "text/html" in request.headers.get("accept", "")
    if reads_a_page:
        return HTTPException(303, gettext("Please sign in."), {"Location": _SIGN_IN})
    return HTTPException(401, gettext("Please sign in."))


def with_headers(send: Send, headers: Mapping[str, str]) -> Send:
    """Add headers to an answer that is sent."""

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(headers)
        await send(message)

    return send_with_headers
