"""Change of the language of the pages, by readers who are signed in or not."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from classifier.languages import LANGUAGES, gettext
from classifier.review.context import form_text
from classifier.review.language_choice import remember_language
from classifier.review.middleware import form_of

LANGUAGE_PATH = "/language"


def choose_language(request: Request) -> Response:
    """Show the pages in another language, and go back to the page on which it was chosen."""
    form = form_of(request)
    language, back = form_text(form.get("language")), form_text(form.get("back"))
    if language not in LANGUAGES:
        raise HTTPException(400, gettext("The pages are not in that language."))
    response = RedirectResponse(back if _is_ours(back) else "/", status_code=303)
    remember_language(response, language)
    return response


def _is_ours(path: str) -> bool:
    """Whether a path leads to a page of ours, whatever browsers make of slashes."""
    return path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()


ROUTES = [Route(LANGUAGE_PATH, choose_language, methods=["POST"])]
