"""Context of all pages: session, open project, and rendering of templates."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from weakref import WeakKeyDictionary

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from classifier.coder_names import identity_of
from classifier.errors import UsersError
from classifier.languages import decimal, gettext
from classifier.limits import MOST_FILES_AT_ONCE
from classifier.project.queue import CodingQueue
from classifier.review.middleware import session_of
from classifier.review.open_project import OpenProject
from classifier.review.pace import pace_s
from classifier.review.query import Query
from classifier.review.rate_limit import SignInRateLimit
from classifier.review.rendering import render
from classifier.review.roles import Role
from classifier.review.sessions import OneTimeToken, Session, Sessions
from classifier.review.site import Site
from classifier.review.users import Users, UsersFile


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressLine:
    """Progress of a coder."""

    n_done: int
    n_mine: int
    seconds: float | None  # from one outcome to the next; None where too few tell

    @property
    def left(self) -> str:
        """How long the rest will take, in words; empty where nothing can be said."""
        n_left = self.n_mine - self.n_done
        if self.seconds is None or not n_left:
            return ""
        minutes = round(self.seconds * n_left / 60)
        if minutes < 1:
            return gettext("less than a minute")
        if minutes < 90:
            return gettext("about {minutes} min", minutes=minutes)
        return gettext("about {hours} hours", hours=decimal(minutes / 60, decimals=1))


@dataclass(slots=True, kw_only=True)
class PageContext:
    """State shared by all pages."""

    site: Site
    users: Path | None = None  # who may sign in, with their passwords; None on one's own machine
    home: Path | None = None  # where projects are begun from the start screen; None where one project is served
    open_project: OpenProject | None = None  # the project that lies open
    # Those opened from the start screen, by their folders: jobs of one go on while another lies open
    open_projects: dict[Path, OpenProject] = field(default_factory=dict)
    users_file: UsersFile | None = None
    coder: str = ""  # who comes in by a link on their own machine
    language: str | None = None  # of the pages, unless another is chosen on them; None for the one the browser prefers
    announce: Callable[[str], None] = lambda text: None  # tells whoever started the server something
    sessions: Sessions = field(default_factory=Sessions)
    token: OneTimeToken = field(default_factory=OneTimeToken)
    sign_in_limit: SignInRateLimit = field(default_factory=SignInRateLimit)
    # By session, and gone with it: what is to be said on its next page,
    said: WeakKeyDictionary[Session, str] = field(default_factory=WeakKeyDictionary)
    # the number of the note that it was told of,
    told_of_note: WeakKeyDictionary[Session, int] = field(default_factory=WeakKeyDictionary)
    # the file that it is checking, with texts of outcomes, until it knows what the columns hold,
    waiting: WeakKeyDictionary[Session, object] = field(default_factory=WeakKeyDictionary)
    # and the folder of the project that it chose on the start screen
    chosen: WeakKeyDictionary[Session, Path] = field(default_factory=WeakKeyDictionary)
    lock: threading.Lock = field(default_factory=threading.Lock)
    # Held by each file that is being added; few at once, so that they leave room for other requests
    reading: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(MOST_FILES_AT_ONCE))

    def known_users(self) -> Users:
        """Return who may sign in, as the users file has them now.

        Raises
        ------
        UsersError
            If it can't be read, or has faults.
        """
        if self.users_file is None or self.users_file.path != self.users:
            assert self.users is not None  # asked only where coders sign in
            self.users_file = UsersFile(self.users)
        return self.users_file.users()

    def role_of(self, coder: str) -> Role:
        """Return what a coder may do; who is alone on their own machine leads."""
        if self.users is None:
            return Role.LEAD
        try:
            return self.known_users().role_of(coder)
        except UsersError:
            return Role.CODER

    def other_leads(self, coder: str) -> tuple[str, ...]:
        """Name the leads beside a coder."""
        leads = () if self.users is None else self.known_users().leads
        return tuple(lead for lead in leads if identity_of(lead) != identity_of(coder))

    def say(self, session: Session, text: str) -> None:
        """Say something on the next page."""
        self.said[session] = text

    def heard(self, session: Session) -> str:
        """Return what is to be said, once."""
        return self.said.pop(session, "")


_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def page_context_of(request: Request) -> PageContext:
    """Return the page context of a request."""
    page_context: PageContext = request.app.state.page_context
    return page_context


def coder_of(request: Request) -> str:
    """Return the coder who is signed in; under the name that is kept, where theirs was merged with another one."""
    coder, opened = session_of(request).coder, page_context_of(request).open_project
    return opened.known_as(coder) if opened is not None and coder else coder


def say(request: Request, text: str) -> None:
    """Say something on the next page of the session that a request comes in."""
    page_context_of(request).say(session_of(request), text)


def is_lead(request: Request) -> bool:
    """Whether the coder who is signed in leads."""
    return page_context_of(request).role_of(session_of(request).coder) is Role.LEAD


def open_project_of(request: Request) -> OpenProject:
    """Return the open project, up to date; redirect to the start screen where there is none."""
    opened = page_context_of(request).open_project
    if opened is None or not coder_of(request):
        raise HTTPException(303, gettext("Please choose a project."), {"Location": "/start"})
    folder = opened.project.folder
    if page_context_of(request).chosen.get(session_of(request), folder) != folder:
        # A form of one project must not be recorded in another that has an outcome of the same ID.
        say(request, gettext("Another window has opened another project. Choose yours."))
        raise HTTPException(303, gettext("Please choose a project."), {"Location": "/start"})
    if page_context_of(request).users is not None:
        known = page_context_of(request).known_users()
        opened.expect(name for name in known.names if name not in known.leads)
    opened.refresh()
    # With a command or a password, names were confirmed before; on the start screen anything can be typed.
    if page_context_of(request).home is not None and not opened.may_enter(coder_of(request)):
        raise HTTPException(303, gettext("Please say who you are."), {"Location": "/start/coder"})
    return opened


def coding_queue_of(request: Request, opened: OpenProject) -> CodingQueue:
    """Return the queue of the coder who is signed in; a lead reads all outcomes."""
    return opened.coding_queue(coder_of(request), reads_all=is_lead(request))


def goto(path: str, /, **query: str) -> Response:
    """Send the browser on to another page."""
    said = urlencode({key: value for key, value in query.items() if value})
    return RedirectResponse(f"{path}?{said}" if said else path, status_code=303)


def form_text(given: object) -> str:
    """Return what was typed into a form; a file is no text."""
    # Browsers send line breaks as the two signs that typewriters needed.
    return given.replace("\r\n", "\n").strip() if isinstance(given, str) else ""


def workbook_answer(content: bytes, *, name: str) -> Response:
    """Hand out a workbook under a name in plain letters."""
    return Response(content, media_type=_XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def csv_answer(content: bytes, *, name: str) -> Response:
    """Hand out a table in .csv under a name in plain letters."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


def page(request: Request, template: str, /, *, status: int = 200, **context: Any) -> Response:  # noqa: ANN401 - what the template shows
    """Make a page."""
    page_context = page_context_of(request)
    session: Session | None = request.state.session
    opened = page_context.open_project
    is_open = opened is not None and session is not None and bool(session.coder)
    shown = {
        "session": session,
        "path": request.url.path,
        "project": opened.project if opened is not None and is_open else None,
        "progress": _progress(request, opened) if opened is not None and is_open else None,
        "said": page_context.heard(session) if session is not None else "",
        "has_start": page_context.home is not None,
        "is_networked": page_context.users is not None,
        "is_lead": session is not None and page_context.role_of(session.coder) is Role.LEAD,
        "asked": Query.read(request.query_params),
        "back": _path_of(request),
        **context,
    }
    return HTMLResponse(render(template, shown), status_code=status)


def _path_of(request: Request) -> str:
    """Return where to go back to after a change of the language; a form that was sent can't be gone back to."""
    if request.method != "GET":
        return "/"
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path


def _progress(request: Request, opened: OpenProject) -> ProgressLine:
    coding_queue = coding_queue_of(request, opened)
    return ProgressLine(
        n_done=coding_queue.n_done,
        n_mine=coding_queue.n_mine,
        seconds=pace_s(opened.journal_state.actions(coding_queue.coder)),
    )
