"""The pages on which coders come in and go out."""

from __future__ import annotations

import math

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from classifier.review.office import Office, goto, office_of, page, text_of
from classifier.review.security import Session, form_of
from classifier.users import Users

__all__ = ["ROUTES", "new_link"]

_ENTER = "/enter"


def new_link(office: Office) -> str:
    """Make a link that lets one browser in, once; an earlier one that nobody used is void."""
    return f"{office.site.origins[0]}{_ENTER}?token={office.token.issue()}"


def enter(request: Request) -> Response:
    """Let in the browser that brings the token, which then lets no other in."""
    office = office_of(request)
    if office.users is not None or not office.token.redeem(request.query_params.get("token", "")):
        return goto("/sign-in")
    office.announce(f"For another browser:\n  {new_link(office)}")
    session = office.sessions.open(office.coder)
    response = goto("/")
    office.site.remember(response, session)
    return response


def sign_in(request: Request) -> Response:
    """Ask who it is."""
    return page(request, "sign_in.html", name="", problem="")


async def check_in(request: Request) -> Response:
    """Let a coder in who knows their password."""
    office, form = office_of(request), form_of(request)
    if office.users is None:
        return goto("/sign-in")
    name, password = text_of(form.get("name")), form.get("password")
    address = request.client.host if request.client is not None else ""
    wait_s = office.throttle.count_try(name, address=address)
    if wait_s > 0:
        problem = f"Too many tries. Wait {math.ceil(wait_s)} seconds, then try again."
        return page(request, "sign_in.html", status=429, name=name, problem=problem)
    users = await run_in_threadpool(Users.read, office.users)
    coder = await run_in_threadpool(users.check, name, password if isinstance(password, str) else "")
    if coder is None:
        problem = "Name and password don't fit together."
        return page(request, "sign_in.html", status=401, name=name, problem=problem)
    office.throttle.succeeded(name, address=address)
    earlier: Session | None = request.state.session
    if earlier is not None:
        office.sessions.close(earlier.id)
    response = goto("/")
    office.site.remember(response, office.sessions.open(coder))
    return response


def sign_out(request: Request) -> Response:
    """Let a coder out."""
    office = office_of(request)
    session: Session | None = request.state.session
    if session is not None:
        office.sessions.close(session.id)
    response = goto("/sign-in")
    office.site.forget(response)
    return response


ROUTES = [
    Route(_ENTER, enter, methods=["GET"]),
    Route("/sign-in", sign_in),
    Route("/sign-in", check_in, methods=["POST"]),
    Route("/sign-out", sign_out, methods=["POST"]),
]
