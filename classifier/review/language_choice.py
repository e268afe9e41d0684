"""Language of a request: chosen on the page, else set when it is served, else the one the browser prefers.

A form that a reader is filling in is sent again with the language in its address, so that nothing entered is lost.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from classifier.language_names import accepted_language
from classifier.languages import ENGLISH, LANGUAGES, isolate_values, use_language

_COOKIE = "outcome_coder_language"
_REMEMBERED_S = 365 * 24 * 3600
_REFUSED = frozenset({401, 403})


class LanguageChoice:
    """Answers each request in its language; wraps the whole application.

    Parameters
    ----------
    usual : callable
        Returns the language that was set when the page was served, or None.
    """

    def __init__(self, app: ASGIApp, *, usual: Callable[[], str | None]) -> None:
        self._app = app
        self._usual = usual

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer in the language of the request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        sent = chosen_with_form(request)
        chosen = sent or request.cookies.get(_COOKIE, "")
        preferred = accepted_language(request.headers.get("accept-language", ""))
        language = chosen if chosen in LANGUAGES else self._usual() or preferred or ENGLISH
        is_file = "." in request.url.path.rpartition("/")[2]  # handed out, not shown
        with use_language(language), nullcontext() if is_file else isolate_values():
            await self._app(scope, receive, _remembering(send, sent) if sent else send)


def chosen_with_form(request: Request) -> str:
    """Return the language chosen on a page with a form, which was sent to be shown again; else the empty text."""
    asked = request.query_params.get("language", "") if request.method == "POST" else ""
    return asked if asked in LANGUAGES else ""


def _remembering(send: Send, language: str) -> Send:
    """Send an answer with a cookie that keeps the language; not where the request is refused, as of another website."""
    cookie = Response()
    remember_language(cookie, language)
    headers = [(name, value) for name, value in cookie.raw_headers if name == b"set-cookie"]

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] not in _REFUSED:
            message = {**message, "headers": [*message.get("headers", ()), *headers]}
        await send(message)

    return sending


def remember_language(response: Response, language: str) -> None:
    """Have the browser ask for a language from now on."""
    response.set_cookie(_COOKIE, language, max_age=_REMEMBERED_S, httponly=True, samesite="strict")
