"""The review page as a web application."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from classifier.error_report import describe_internal_error
from classifier.errors import OutcomeCoderError
from classifier.review.context import PageContext, page
from classifier.review.middleware import Guard
from classifier.review.pages import adjudication, coding, project, sign_in, start

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
            *coding.ROUTES,
            *adjudication.ROUTES,
            *project.ROUTES,
            *sign_in.ROUTES,
            *start.ROUTES,
            Mount("/static", StaticFiles(directory=_STATIC)),
        ],
        exception_handlers={
            OutcomeCoderError: _to_put_right,
            HTTPException: _refused,
            Exception: _unforeseen,
        },
    )
    app.state.page_context = page_context
    return Guard(
        app,
        site=page_context.site,
        sessions=page_context.sessions,
        upload_paths=(*project.UPLOAD_PATHS, *start.UPLOAD_PATHS),
        may_stay=lambda session: sign_in.may_stay(page_context, session),
    )


def _to_put_right(request: Request, error: Exception) -> Response:
    return page(request, "message.html", status=400, title="Please correct this first", text=str(error))


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # Starlette sends no other here
    if 300 <= error.status_code < 400:
        return Response(status_code=error.status_code, headers=error.headers)
    text = "There is no such page." if error.detail == HTTPStatus.NOT_FOUND.phrase else error.detail
    return page(request, "message.html", status=error.status_code, title="This page can't be shown", text=text)


def _unforeseen(request: Request, error: Exception) -> Response:
    # What went wrong may hold texts of outcomes; its kind can't.
    text = describe_internal_error(error, during="showing a page")
    return PlainTextResponse(f"{text} Everything recorded before is safe. Go back, reload the page and try again.", 500)
