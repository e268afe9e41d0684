"""Start screen: start a project with a workbook, or continue one."""

from __future__ import annotations

import functools
import itertools
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from classifier import sample_files
from classifier.codebook.schema import Codebook, sample_codebook
from classifier.coder_names import CoderNames, identity_of
from classifier.errors import FaultsError, OutcomeCoderError
from classifier.faults import Note
from classifier.harvest.column_listing import OpenColumn, open_columns
from classifier.harvest.options import ReadingOptions
from classifier.harvest.reading import read_harvests
from classifier.model.workflow import train_from_definitions
from classifier.project.add_harvest import add_harvest
from classifier.project.project import coders_in, new_project, open_project
from classifier.review.context import PageContext, form_text, goto, page, page_context_of
from classifier.review.middleware import form_of, session_of
from classifier.review.open_project import OpenProject
from classifier.review.pages.project import kept_for_a_moment, suggest_beside

UPLOAD_PATHS = ("/start",)
_SAMPLE = "sample"
_FIRST_MODEL = "models/0001"
_MOST_SHOWN = 10  # notes; all of them stand beside the file, under Harvests


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that was chosen in the browser."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What a project is to begin with; kept in memory while it is asked what the columns hold."""

    coder: str
    workbook: Upload
    codebook: Upload | None
    all_sheets: bool


def start(request: Request) -> Response:
    """CodingItem to begin a project, or to go on with one."""
    return _start_page(request, _home(request))


async def begin(request: Request) -> Response:
    """Begin a project with a workbook, unless that has faults, which are shown."""
    home, form = _home(request), form_of(request)
    coder = form_text(form.get("coder"))
    workbook, codebook = await _upload(form.get("workbook")), await _upload(form.get("codebook"))
    if not identity_of(coder) or workbook is None:
        return _start_page(request, home, problem="Enter your name and choose a workbook.", coder=coder)
    all_sheets = bool(form_text(form.get("all_sheets")))
    chosen = Chosen(coder=coder, workbook=workbook, codebook=codebook, all_sheets=all_sheets)
    return await run_in_threadpool(_begin, request, home, chosen, None)


def settle_columns(request: Request) -> Response:
    """Begin with the workbook chosen before, its columns being what is said of them."""
    home, form, session = _home(request), form_of(request), session_of(request)
    chosen = page_context_of(request).waiting.pop(session.id, None)
    if not isinstance(chosen, Chosen):
        return _start_page(request, home, problem="Choose the workbook again.")
    asked = itertools.takewhile(lambda place: f"holds-{place}" in form, itertools.count())
    named = [(form_text(form.get(f"column-{place}")), form_text(form.get(f"holds-{place}"))) for place in asked]
    return _begin(request, home, chosen, {column: name for column, name in named if column and name})


def go_on(request: Request) -> Response:
    """Go on with a project."""
    home, form = _home(request), form_of(request)
    coder, name = form_text(form.get("coder")), form_text(form.get("project"))
    if not identity_of(coder) or name not in _projects(home):
        return _start_page(request, home, problem="Enter your name and choose a project.", coder=coder)
    opened = _open(request, home / name)
    return _as_coder(request, opened.known_as(coder), "/")


def ask_who(request: Request) -> Response:
    """Ask a coder who is new in a project whether they are one of those who have coded in it."""
    _home(request)
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
    _home(request)
    opened, session, form = page_context_of(request).open_project, session_of(request), form_of(request)
    chosen = form_text(form.get("coder"))
    if opened is None or not session.coder:
        return goto("/start")
    if chosen in opened.similar_coders(session.coder):
        return _as_coder(request, chosen, "/")
    if form_text(form.get("new")) == session.coder:
        opened.admit(session.coder)
        return goto("/")
    return goto("/start/coder")


ROUTES = [
    Route("/start", start),
    Route("/start", begin, methods=["POST"]),
    Route("/start/columns", settle_columns, methods=["POST"]),
    Route("/start/project", go_on, methods=["POST"]),
    Route("/start/coder", ask_who),
    Route("/start/coder", say_who, methods=["POST"]),
]


def _home(request: Request) -> Path:
    home = page_context_of(request).home
    if home is None:
        raise HTTPException(404, "One project is served here; there is no start screen.")
    return home


def _projects(home: Path) -> list[str]:
    return sorted(path.parent.name for path in home.glob("*/project.json"))


def _start_page(
    request: Request,
    home: Path,
    *,
    problem: str = "",
    coder: str = "",
    faults: str = "",
    name: str = "",
    to_settle: Sequence[OpenColumn] = (),
) -> Response:
    coders = _coders(home)
    latest = next(iter(coders), "")
    return page(
        request,
        "start.html",
        status=400 if problem or faults else 200,
        projects=_projects(home),
        home=home,
        problem=problem,
        faults=faults,
        file_name=name,
        to_settle=to_settle,
        # Who uses this computer need not be who codes: only where nobody has coded yet is their login proposed.
        coder=coder or session_of(request).coder or latest or page_context_of(request).coder,
        coders=coders,
        latest_project=next(iter(coders.get(latest, ())), ""),
        sample_fields=[field.heading for field in sample_codebook().fields],
    )


def _coders(home: Path) -> Mapping[str, list[str]]:
    """Return in which projects each coder has coded, whoever and wherever it was done last first."""
    found: dict[str, list[str]] = {}
    known = CoderNames()
    stamped = {name: _journal_stamp(home / name) for name in _projects(home)}
    for name in sorted(stamped, key=stamped.__getitem__, reverse=True):
        for coder in _coders_of(home / name, stamped[name]):
            known.add([coder])
            found.setdefault(known.spelling(coder), []).append(name)
    return found


def _journal_stamp(folder: Path) -> tuple[tuple[int, str, int], ...]:
    """Say when the files of a journal were written, the latest first, and how long each is."""
    places = [place for place in folder.glob("journal.sqlite*") if place.suffix != ".sqlite-shm"]
    stats = [(place.name, place.stat()) for place in places]
    return tuple(sorted(((stat.st_mtime_ns, name, stat.st_size) for name, stat in stats), reverse=True))


@functools.lru_cache(maxsize=256)
def _coders_of(folder: Path, stamp: tuple[tuple[int, str, int], ...]) -> tuple[str, ...]:
    try:
        return coders_in(folder)
    except OutcomeCoderError:  # reported when the project is opened
        return ()


async def _upload(given: object) -> Upload | None:
    if not isinstance(given, UploadFile) or not given.filename:
        return None
    return Upload(name=given.filename, content=await given.read())


def _begin(request: Request, home: Path, chosen: Chosen, columns: Mapping[str, str] | None) -> Response:
    """Begin a project, unless it is to be asked first what the columns hold; `columns` is None where it was not."""
    workbook, codebook, coder = chosen.workbook, chosen.codebook, chosen.coder
    options = ReadingOptions(columns=columns or {}, all_sheets=chosen.all_sheets, accept_partial=True)
    with tempfile.TemporaryDirectory(prefix="outcome-coder-") as folder:
        path = kept_for_a_moment(folder, workbook.name, workbook.content)
        asked = sample_files.codebook_path()
        try:
            if codebook is not None:
                asked = kept_for_a_moment(folder, codebook.name, codebook.content)
            read_by = Codebook.read(asked)
            to_settle = open_columns(path, codebook=read_by, options=options) if columns is None else ()
            if to_settle:
                page_context_of(request).waiting[session_of(request).id] = chosen
                return _start_page(request, home, coder=coder, name=workbook.name, to_settle=to_settle)
            read_harvests(path, codebook=read_by, options=options)
            home.mkdir(parents=True, exist_ok=True)
            place = next(free for free in _free_names(home, path.stem) if not free.exists())
            first_model = _SAMPLE if codebook is None else _FIRST_MODEL if read_by.has_definitions else None
            begun = new_project(place, codebook=asked, model=first_model)
            added = add_harvest(begun, path, options=options)
            begun.journal.close()
        except OutcomeCoderError as error:
            message = error.for_page().removeprefix(f"{path}: ").removeprefix(f"{path.name}: ")
            message = message.replace(f"{path.parent}/", "").replace(f"{asked.parent}/", "")
            is_about_file = isinstance(error, FaultsError)
            return _start_page(
                request, home, faults=message, name=workbook.name if is_about_file else "the codebook", coder=coder
            )
    page_context_of(request).open_projects.pop(place, None)  # of a project that lay there and was deleted
    opened = _open(request, place)
    coder = CoderNames(_coders(home)).spelling(coder)

    def learn_from_definitions() -> None:
        (place / _FIRST_MODEL).parent.mkdir(exist_ok=True)
        train_from_definitions(out=place / _FIRST_MODEL, codebook=opened.project.codebook)

    # Where nothing is coded by a codebook yet, its own words are all there is to suggest by.
    if codebook is None:
        suggest_beside(opened)
    elif read_by.has_definitions:
        suggest_beside(opened, first=learn_from_definitions)
    return _as_coder(request, coder, "/model", said=_describe_import(workbook.name, added.notes))


def _describe_import(name: str, notes: Sequence[Note]) -> str:
    """Say what is worth a look in a file; nothing where nothing is."""
    shown = [str(note.for_page()) for note in notes[:_MOST_SHOWN]]
    more = [f"and {len(notes) - _MOST_SHOWN} more, under Harvests"] if len(notes) > _MOST_SHOWN else []
    return f"To check in {name}: {'; '.join((*shown, *more))}" if shown else ""


def _free_names(home: Path, stem: str) -> Iterator[Path]:
    name = "".join(sign if sign.isalnum() or sign in "-_ " else "_" for sign in stem).strip() or "harvest"
    yield home / name
    yield from (home / f"{name} {number}" for number in range(2, 10_000))


def _open(request: Request, folder: Path) -> OpenProject:
    page_context: PageContext = page_context_of(request)
    with page_context.lock:
        if folder not in page_context.open_projects:
            page_context.open_projects[folder] = OpenProject(open_project(folder))
        page_context.open_project = page_context.open_projects[folder]
        page_context.open_project.refresh()
        return page_context.open_project


def _as_coder(request: Request, coder: str, path: str, *, said: str = "") -> Response:
    """Go on under a name; a session is one coder's in one project, so another of either gets another one."""
    page_context, session = page_context_of(request), session_of(request)
    response, opened = goto(path), page_context.open_project
    folder = None if opened is None else opened.project.folder
    if session.coder != coder or page_context.chosen.get(session.id, folder) != folder:
        page_context.sessions.close(session.id)
        page_context.chosen.pop(session.id, None)
        session = page_context.sessions.open(coder)
        page_context.site.remember(response, session)
    if folder is not None:
        page_context.chosen[session.id] = folder
    if said:
        page_context.say(session, said)
    return response
