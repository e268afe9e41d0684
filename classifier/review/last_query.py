"""Query that a coder asked for last, kept by their browser, so that they go on with it."""

from __future__ import annotations

import hashlib
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from classifier.coder_names import identity_of
from classifier.review.context import coder_of, open_project_of
from classifier.review.query import Query

_COOKIE = "outcome_coder_asked"
_KEPT_S = 30 * 24 * 3600


def keep_query(response: Response, request: Request, query: Query) -> None:
    """Have the browser keep a query."""
    kept = f"{_asker(request)}:{query.query}"
    response.set_cookie(_COOKIE, kept, max_age=_KEPT_S, httponly=True, samesite="strict")


def last_query(request: Request) -> Query:
    """Return the query kept for this coder in this project, or an empty one."""
    asker, _, query = request.cookies.get(_COOKIE, "").partition(":")
    return Query.read(dict(parse_qsl(query)) if asker == _asker(request) else {})


def _asker(request: Request) -> str:
    """Return a short hash of the project and the coder."""
    whose = f"{open_project_of(request).project.folder.resolve()}\0{identity_of(coder_of(request))}"
    return hashlib.sha256(whose.encode("utf-8", "surrogateescape")).hexdigest()[:16]
