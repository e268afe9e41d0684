"""The review page as a web application."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from classifier.error_report import describe_internal_error
from classifier.errors import DiskFullError, JournalConnectionError, OutcomeCoderError
from classifier.languages import gettext
from classifier.review.context import PageContext, is_lead, page
from classifier.review.disk_errors import describe_disk_error
from classifier.review.language_choice import LanguageChoice
from classifier.review.middleware import OPEN_PATHS, Guard
from classifier.review.pages import (
    adjudication,
    begin,
    bulk,
    codebook,
    coders,
    coding,
    harvests,
    language,
    model,
    project,
    reports,
    sign_in,
    start,
)
from classifier.review.roles import ACCESS, Role

ROUTES = (
    *coding.ROUTES,
    *bulk.ROUTES,
    *adjudication.ROUTES,
    *project.ROUTES,
    *coders.ROUTES,
    *reports.ROUTES,
    *harvests.ROUTES,
    *model.ROUTES,
    *codebook.ROUTES,
    *sign_in.ROUTES,
    *language.ROUTES,
    *start.ROUTES,
    *begin.ROUTES,
)
_STATIC = Path(__file__).resolve().parent / "static"


def make_app(page_context: PageContext) -> ASGIApp:
    """Make the application; everything that comes from outside passes its guard first.

    Examples
    --------
    >>> from classifier.review.site import Site
    >>> app = make_app(PageContext(site=Site.on_loopback(8765)))
    """
    app = Starlette(
        routes=[
            *map(_by_role, ROUTES),
            Mount("/static", StaticFiles(directory=_STATIC)),
        ],
        exception_handlers={
            OutcomeCoderError: _to_put_right,
            HTTPException: _refused,
            OSError: _disk_error,
            Exception: _unforeseen,
        },
    )
    app.state.page_context = page_context
    guarded = Guard(
        app,
        site=page_context.site,
        sessions=page_context.sessions,
        open_paths=(*OPEN_PATHS, language.LANGUAGE_PATH),
        upload_paths=(*harvests.UPLOAD_PATHS, *begin.UPLOAD_PATHS, *codebook.UPLOAD_PATHS),
        may_stay=lambda session: sign_in.may_stay(page_context, session),
    )
    return LanguageChoice(guarded, usual=lambda: page_context.language)


def _by_role(route: Route) -> Route:
    """Let those alone reach a route whose role may; a route that `ACCESS` doesn't name can't be served at all."""
    methods = sorted((route.methods or set()) - {"HEAD"})
    allowed = {method: ACCESS[method, route.path] for method in methods}
    return Route(route.path, _RoleCheck(route.app, allowed), methods=methods)


class _RoleCheck:
    def __init__(self, app: ASGIApp, allowed: Mapping[str, frozenset[Role] | None]) -> None:
        self._app = app
        self._allowed = allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        roles = self._allowed["GET" if scope["method"] == "HEAD" else scope["method"]]
        if roles is not None and (Role.LEAD if is_lead(Request(scope)) else Role.CODER) not in roles:
            raise HTTPException(403, gettext("Only a lead may do this. Ask a lead of your team."))
        await self._app(scope, receive, send)


def _to_put_right(request: Request, error: Exception) -> Response:
    if isinstance(error, JournalConnectionError):
        return page(request, "message.html", status=503, title=gettext("Please try again in a moment"), text=str(error))
    if isinstance(error, DiskFullError) and isinstance(error.__cause__, OSError):
        return _disk_error(request, error.__cause__)
    opened = request.app.state.page_context.open_project
    text = error.for_page() if isinstance(error, OutcomeCoderError) else str(error)
    if opened is not None:  # where the project lies on the server is none of a coder's business
        folder = opened.project.folder.absolute()
        text = text.replace(str(folder), folder.name)
    return page(request, "message.html", status=400, title=gettext("Please correct this first"), text=text)


def _disk_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, OSError)  # Starlette sends no other here
    text = describe_disk_error(error)
    if text is None:
        return _unforeseen(request, error)
    return page(request, "message.html", status=503, title=gettext("Please correct this first"), text=text.translated())


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # Starlette sends no other here
    if 300 <= error.status_code < 400:
        return Response(status_code=error.status_code, headers=error.headers)
    text = gettext("There is no such page.") if error.detail == HTTPStatus.NOT_FOUND.phrase else error.detail
    return page(request, "message.html", status=error.status_code, title=gettext("This page can't be shown"), text=text)


def _unforeseen(request: Request, error: Exception) -> Response:
    # What went wrong may hold texts of outcomes; its kind can't.
    text = describe_internal_error(error, during="showing a page").translated()
    advice = gettext("Everything recorded before is safe. Go back, reload the page and try again.")
    return PlainTextResponse(f"{text} {advice}", 500)
