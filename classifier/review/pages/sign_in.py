"""Sign-in and sign-out."""

from __future__ import annotations

import math
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from classifier.errors import UsersError
from classifier.languages import gettext, ngettext
from classifier.review.context import PageContext, form_text, goto, page, page_context_of
from classifier.review.middleware import form_of
from classifier.review.sessions import Session

_ENTER = "/enter"
_LONGEST_NAME = 200  # letters
_ON_TO_THE_START = '<!DOCTYPE html><meta http-equiv="refresh" content="0; url=/"><title>Outcome coder</title>'


def new_link(page_context: PageContext, *, when_used: Callable[[], None] = lambda: None) -> str:
    """Make a link that lets one browser in, once, within an hour; an earlier one that nobody used is void."""
    return f"{page_context.site.origins[0]}{_ENTER}?token={page_context.token.issue(when_used=when_used)}"


def may_stay(page_context: PageContext, session: Session) -> bool:
    """Say whether a session's coder may still come in: whether the users file has their name and password as before.

    Raises
    ------
    HTTPException
        If the file can't be read just now; then nobody gets on, and nobody is signed out.
    """
    if page_context.users is None:
        return True
    try:
        hashed = page_context.known_users().hash_of(session.coder)
    except UsersError as error:
        raise HTTPException(
            503,
            gettext(
                "The list of coders who may sign in can't be read just now. Tell the person who runs this page, then "
                "reload it."
            ),
        ) from error
    return hashed is not None and hashed == session.credential


def enter(request: Request) -> Response:
    """Let in the browser that brings the token, which then lets no other in."""
    page_context, token = page_context_of(request), request.query_params.get("token", "")
    if page_context.users is not None:
        return goto("/sign-in")
    if not page_context.token.redeem(token):
        if page_context.token.is_late(token):
            page_context.announce(f"That link has expired. Open this one within an hour:\n  {new_link(page_context)}")
        return goto("/sign-in")
    page_context.announce(f"Link for another browser, valid for an hour:\n  {new_link(page_context)}")
    # On the start screen nobody codes until they have given a name: who uses this machine need not be who codes.
    session = page_context.sessions.open(page_context.coder if page_context.home is None else "")
    # A browser that comes from the file with the link would not bring the cookie along when it is sent on at once.
    comes_from_a_page = request.headers.get("sec-fetch-site", "none") != "none"
    response = HTMLResponse(_ON_TO_THE_START) if comes_from_a_page else goto("/")
    page_context.site.remember(response, session)
    return response


def sign_in(request: Request) -> Response:
    """Ask who it is."""
    return page(request, "sign_in.html", name="", problem="")


async def check_in(request: Request) -> Response:
    """Let a coder in who knows their password."""
    page_context, form = page_context_of(request), form_of(request)
    if page_context.users is None:
        return goto("/sign-in")
    name, password = form_text(form.get("name"))[:_LONGEST_NAME], form.get("password")
    address = request.client.host if request.client is not None else ""
    wait_s = page_context.sign_in_limit.count_try(name, address=address)
    if wait_s > 0:
        problem = ngettext(
            "Too many attempts. Wait {n} second, then try again.",
            "Too many attempts. Wait {n} seconds, then try again.",
            math.ceil(wait_s),
        )
        return page(request, "sign_in.html", status=429, name=name, problem=problem)
    users = await run_in_threadpool(page_context.known_users)
    found = await run_in_threadpool(users.check, name, password if isinstance(password, str) else "")
    if found is None:
        problem = gettext("Name or password is wrong.")
        return page(request, "sign_in.html", status=401, name=name, problem=problem)
    page_context.sign_in_limit.succeeded(name, address=address)
    earlier: Session | None = request.state.session
    if earlier is not None:
        page_context.sessions.close(earlier.id)
    response = goto("/")
    coder = found if page_context.open_project is None else page_context.open_project.known_as(found)
    page_context.site.remember(response, page_context.sessions.open(coder, credential=users.hash_of(found) or ""))
    return response


def sign_out(request: Request) -> Response:
    """Let a coder out."""
    page_context = page_context_of(request)
    session: Session | None = request.state.session
    if session is not None:
        page_context.sessions.close(session.id)
    response = goto("/sign-in")
    page_context.site.forget(response)
    return response


ROUTES = [
    Route(_ENTER, enter, methods=["GET"]),
    Route("/sign-in", sign_in),
    Route("/sign-in", check_in, methods=["POST"]),
    Route("/sign-out", sign_out, methods=["POST"]),
]
