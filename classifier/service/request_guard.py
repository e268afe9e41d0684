"""Request guard of the service: host, token and rate limit, before a request is looked at."""

from __future__ import annotations

import time
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from classifier.review.middleware import with_headers
from classifier.review.sessions import is_same
from classifier.review.site import Site
from classifier.service.problems import ProblemError, ProblemResponse
from classifier.service.request_limits import (
    MOST_REFUSALS_PER_MINUTE,
    MOST_REQUESTS_PER_MINUTE,
    RequestRateLimit,
)

HEALTH = "/health"
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class TokenGuard:
    """What every request must pass before the application sees it.

    In this order, a request is refused that

    - opens a web socket, of which there is none;
    - names a host that isn't ours (400): a stranger's name may be made to lead to a loopback address;
    - comes without the token (401), unless it asks whether the service answers; too often, 429;
    - is one of too many (429).

    No answer lets the page of another site read it, and none may be kept.

    Parameters
    ----------
    local : Site
        How a check of its health on the machine itself may name it, too; no stranger's name is one of these.
    """

    def __init__(
        self, app: ASGIApp, *, site: Site, local: Site, token: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._app = app
        self._hosts = site.hosts | local.hosts
        self._token = token
        self._accepted = RequestRateLimit(per_minute=MOST_REQUESTS_PER_MINUTE, clock=clock)
        self._refused = RequestRateLimit(per_minute=MOST_REFUSALS_PER_MINUTE, clock=clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request, or let the application answer it."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        send = with_headers(send, _HEADERS)
        try:
            self._check(Headers(scope=scope), scope["path"])
        except ProblemError as refused:
            await ProblemResponse(refused)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _check(self, headers: Headers, path: str) -> None:
        hosts = [host.lower() for host in headers.getlist("host")]
        if len(hosts) != 1 or hosts[0] not in self._hosts:
            raise ProblemError(400, "The service is not available at that address.")
        if path == HEALTH:
            return
        if not self._has_token(headers):
            if wait_s := self._refused.wait_s():
                raise ProblemError(429, "Too many requests without the right token.", wait_s=wait_s)
            raise ProblemError(
                401,
                "Send the token in the header Authorization, after the word Bearer.",
                headers={"WWW-Authenticate": 'Bearer realm="outcome-coder"'},
            )
        if wait_s := self._accepted.wait_s():
            raise ProblemError(429, "Too many requests. Wait, or send more outcomes at once.", wait_s=wait_s)

    def _has_token(self, headers: Headers) -> bool:
        given = headers.getlist("authorization")
        if len(given) != 1:
            return False
        scheme, _, token = given[0].partition(" ")
        return scheme.lower() == "bearer" and is_same(token.strip(), self._token)
