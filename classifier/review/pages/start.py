"""Start screen: try the sample, begin with a workbook, or continue a project."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from classifier.codebook.schema import sample_codebook
from classifier.coder_names import CoderNames, identity_of
from classifier.errors import OutcomeCoderError
from classifier.languages import gettext
from classifier.project.glance import Glance, glance_at
from classifier.project.project import delete_project, open_project
from classifier.review.context import PageContext, form_text, goto, page, page_context_of
from classifier.review.middleware import form_of, session_of
from classifier.review.open_project import OpenProject

TRIALS = {
    "en": "Trial with the sample",
    "fr": "Essai avec échantillon",
    "es": "Prueba con la muestra",
    "ar": "تجربة بالعينة",
}
"""Name of the project of a trial, by the language of the page that it was begun on."""
TRIAL_CODERS = {"en": "Trial coder", "fr": "Codeur·se d'essai", "es": "Persona de prueba", "ar": "مرمّز تجريبي"}
"""Who codes a trial with the sample, by language, unless they gave their name; never proposed for another project."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedProject:
    """A project on the start screen."""

    name: str
    glance: Glance


def start(request: Request) -> Response:
    """Start screen."""
    return start_page(request, home_of(request))


def go_on(request: Request) -> Response:
    """Continue a project."""
    home, form = home_of(request), form_of(request)
    coder, name = form_text(form.get("coder")), form_text(form.get("project"))
    if not identity_of(coder) or name not in projects_in(home):
        return start_page(request, home, problem=gettext("Enter your name and choose a project."), coder=coder)
    opened = open_at(request, home / name)
    return as_coder(request, opened.known_as(coder), "/")


def delete_trial(request: Request) -> Response:
    """Delete a project that was begun with the sample; others can't be deleted here."""
    home, name = home_of(request), form_text(form_of(request).get("project"))
    if name not in projects_in(home) or not _glance(home / name).is_sample:
        return start_page(request, home, problem=gettext("Only a project of the sample can be deleted here."))
    page_context, folder = page_context_of(request), home / name
    with page_context.lock:
        opened = page_context.open_projects.get(folder)
        with nullcontext(True) if opened is None else opened.jobs.held() as is_idle:
            if not is_idle:
                problem = gettext("Suggestions are being made for it; wait until that has finished.")
                return start_page(request, home, problem=problem)
            if opened is not None:
                page_context.open_projects.pop(folder)
                page_context.open_project = None if page_context.open_project is opened else page_context.open_project
                opened.project.journal.close()
            delete_project(folder)
    page_context.say(session_of(request), gettext("{name} was deleted.", name=name))
    return goto("/start")


def ask_who(request: Request) -> Response:
    """Ask a coder who is new in a project whether they are one of those who have coded in it."""
    home_of(request)
    opened, coder = page_context_of(request).open_project, session_of(request).coder
    if opened is None or not coder:
        return goto("/start")
    known = opened.similar_coders(coder)
    # Nothing is dealt out to a name that may be a slip, so the page shows no project yet.
    return page(
        request,
        "newcomer.html",
        coder=coder,
        known=known,
        name=opened.project.folder.absolute().name,
        project=None,
        progress=None,
    )


def say_who(request: Request) -> Response:
    """Go on as one of those who have coded in a project, or as a new coder."""
    home_of(request)
    opened, session, form = page_context_of(request).open_project, session_of(request), form_of(request)
    chosen = form_text(form.get("coder"))
    if opened is None or not session.coder:
        return goto("/start")
    if chosen in opened.similar_coders(session.coder):
        return as_coder(request, chosen, "/")
    if form_text(form.get("new")) == session.coder:
        opened.admit(session.coder)
        return goto("/")
    return goto("/start/coder")


ROUTES = [
    Route("/start", start),
    Route("/start/project", go_on, methods=["POST"]),
    Route("/start/delete", delete_trial, methods=["POST"]),
    Route("/start/coder", ask_who),
    Route("/start/coder", say_who, methods=["POST"]),
]


def home_of(request: Request) -> Path:
    """Return the folder of projects."""
    home = page_context_of(request).home
    if home is None:
        raise HTTPException(404, gettext("One project is served here; there is no start screen."))
    return home


def projects_in(home: Path) -> list[str]:
    """Name the projects in a folder."""
    return sorted(path.parent.name for path in home.glob("*/project.json"))


def start_page(
    request: Request,
    home: Path,
    *,
    problem: str = "",
    coder: str = "",
    faults: str = "",
    name: str = "",
) -> Response:
    """Show the start screen, with what is wrong with what was asked for."""
    coders = {name: theirs for name, theirs in coders_of(home).items() if name not in TRIAL_CODERS.values()}
    signed_in = session_of(request).coder
    listed = [ListedProject(name=name, glance=_glance(home / name)) for name in _latest_first(home)]
    return page(
        request,
        "start.html",
        status=400 if problem or faults else 200,
        projects=listed,
        home=home,
        problem=problem,
        faults=faults,
        file_name=name,
        # Who uses this computer need not be who codes, so their login is not proposed.
        coder=coder or (signed_in if signed_in not in TRIAL_CODERS.values() else "") or next(iter(coders), ""),
        coders=coders,
        sample_fields=[field.heading for field in sample_codebook().fields],
    )


def projects_with(home: Path, content: bytes) -> list[str]:
    """Name the projects that a file is in already."""
    sha256 = hashlib.sha256(content).hexdigest()
    return [name for name in projects_in(home) if sha256 in _glance(home / name).hashes]


def coders_of(home: Path) -> Mapping[str, list[str]]:
    """Return in which projects each coder has coded, whoever and wherever it was done last first."""
    found: dict[str, list[str]] = {}
    known = CoderNames()
    for name in _latest_first(home):
        for coder in _glance(home / name).coders:
            known.add([coder])
            found.setdefault(known.spelling(coder), []).append(name)
    return found


def _latest_first(home: Path) -> list[str]:
    stamped = {name: _journal_stamp(home / name) for name in projects_in(home)}
    return sorted(stamped, key=stamped.__getitem__, reverse=True)


def _journal_stamp(folder: Path) -> tuple[tuple[int, str, int], ...]:
    """Say when the files of a journal were written, the latest first, and how long each is."""
    places = [place for place in folder.glob("journal.sqlite*") if place.suffix != ".sqlite-shm"]
    return tuple(sorted(chain.from_iterable(map(_file_stamp, places)), reverse=True))


def _file_stamp(path: Path) -> tuple[tuple[int, str, int], ...]:
    """Say when a file was written and how long it is; nothing where it was deleted in another window meanwhile."""
    try:
        stat = path.stat()
    except FileNotFoundError:
        return ()
    return ((stat.st_mtime_ns, path.name, stat.st_size),)


def _glance(folder: Path) -> Glance:
    return _glance_as_of(folder, (*_journal_stamp(folder), *_file_stamp(folder / "project.json")))


@functools.lru_cache(maxsize=256)
def _glance_as_of(folder: Path, stamp: tuple[object, ...]) -> Glance:
    try:
        return glance_at(folder)
    except OutcomeCoderError:  # reported when the project is opened
        return Glance()


def open_at(request: Request, folder: Path) -> OpenProject:
    """Open a project, for everybody who looks at the pages."""
    page_context: PageContext = page_context_of(request)
    with page_context.lock:
        if folder not in page_context.open_projects:
            page_context.open_projects[folder] = OpenProject(open_project(folder))
        page_context.open_project = page_context.open_projects[folder]
        page_context.open_project.refresh()
        return page_context.open_project


def as_coder(request: Request, coder: str, path: str) -> Response:
    """Go on under a name; a session is one coder's in one project, so another of either gets another one."""
    page_context, session = page_context_of(request), session_of(request)
    response, opened = goto(path), page_context.open_project
    folder = None if opened is None else opened.project.folder
    if session.coder != coder or page_context.chosen.get(session, folder) != folder:
        page_context.sessions.close(session.id)
        session = page_context.sessions.open(coder)
        page_context.site.remember(response, session)
    if folder is not None:
        page_context.chosen[session] = folder
    return response
