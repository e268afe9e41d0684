"""Begin a project: a workbook is checked, then suggestions are made while its coder waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from classifier import sample_files
from classifier.codebook.editing import edit_codebook, edits_of
from classifier.codebook.schema import Codebook, sample_codebook
from classifier.coder_names import CoderNames, identity_of
from classifier.errors import CodebookError, OutcomeCoderError
from classifier.files import without_folder
from classifier.folders import rename_to_free, unfinished_folder
from classifier.harvest.codebook_draft import draft_codebook
from classifier.harvest.file_preview import preview_file
from classifier.languages import current_language, gettext
from classifier.model.workflow import train_from_definitions
from classifier.project.add_harvest import add_harvest
from classifier.project.project import new_project
from classifier.review.context import form_text, goto, open_project_of, page, page_context_of, workbook_answer
from classifier.review.language_choice import chosen_with_form
from classifier.review.middleware import form_of, session_of
from classifier.review.pages.check_file import (
    AS_READ,
    CheckedFile,
    Upload,
    check_page,
    checked_file_of,
    laid_down,
    one_of_few,
    upload_of,
    with_choices,
)
from classifier.review.pages.codebook import edit_page, edits_in
from classifier.review.pages.model import suggest_beside
from classifier.review.pages.start import (
    TRIAL_CODERS,
    TRIALS,
    as_coder,
    coders_of,
    home_of,
    open_at,
    projects_in,
    projects_with,
    start_page,
)
from classifier.suggestion.template_workbook import template_workbook

UPLOAD_PATHS = ("/start",)
_SAMPLE = "sample"
_FIRST_MODEL = "models/0001"
_DRAFT = "codebook.yaml"


def try_sample(request: Request) -> Response:
    """Begin a project with the sample harvest, or go on with the one that was begun."""
    home, form = home_of(request), form_of(request)
    coder = form_text(form.get("coder"))
    if not identity_of(coder):
        coder = TRIAL_CODERS[current_language()]
    known = projects_in(home)
    if begun := next((name for name in TRIALS.values() if name in known), None):
        return as_coder(request, open_at(request, home / begun).known_as(coder), "/")
    harvest = sample_files.harvest_path()
    checked = CheckedFile(file=Upload(name=harvest.name, content=harvest.read_bytes()), coder=coder)
    return _begin(request, home, checked, name=TRIALS[current_language()])


async def check_workbook(request: Request) -> Response:
    """Show what a workbook is read as, before anything is kept."""
    home, form = home_of(request), form_of(request)
    coder = form_text(form.get("coder"))
    workbook, codebook = await upload_of(form.get("workbook")), await upload_of(form.get("codebook"))
    if not identity_of(coder) or workbook is None:
        return start_page(request, home, problem=gettext("Enter your name and choose a workbook."), coder=coder)
    checked = CheckedFile(file=workbook, codebook=codebook, coder=coder)
    return await run_in_threadpool(_one_of_few, request, home, lambda: _check(request, home, checked, is_first=True))


def template(request: Request) -> Response:
    """Hand out an empty workbook with the columns and codes of the sample codebook."""
    home_of(request)
    return workbook_answer(template_workbook(sample_codebook()), name="harvest_template.xlsx")


def check_again(request: Request) -> Response:
    """Read the workbook by what was chosen on its page; begin, if that was asked for and nothing is wrong."""
    home, form = home_of(request), form_of(request)
    checked = checked_file_of(request, project=None)
    if checked is None:
        return start_page(request, home, problem=gettext("Choose the workbook again."))
    checked, problem = with_choices(checked, form)
    asked = form_text(form.get("do"))
    if asked == "draft":
        return _one_of_few(request, home, lambda: _draft(request, home, checked))
    return _one_of_few(request, home, lambda: _check(request, home, checked, problem=problem, begins=asked == "take"))


def use_draft(request: Request) -> Response:
    """Take the codebook that was drafted and edited, and show what the workbook is read as by it."""
    home, form = home_of(request), form_of(request)
    checked = checked_file_of(request, project=None)
    if checked is None or checked.codebook is None:
        return start_page(request, home, problem=gettext("Choose the workbook again."))
    edits = edits_in(form)
    if chosen_with_form(request):
        return edit_page(request, edits, action="/start/codebook", token=checked.token)
    try:
        codebook = edit_codebook(Codebook.parse(checked.codebook.content.decode()), edits)
    except CodebookError as error:
        return edit_page(request, edits, action="/start/codebook", token=checked.token, problems=error.problems)
    # What the columns were read as is found anew, as they may be fields now.
    written = Upload(name=_DRAFT, content=codebook.dump().encode())
    edited = replace(checked, codebook=written, options=AS_READ)
    return _one_of_few(request, home, lambda: _check(request, home, edited, is_first=True))


def preparing(request: Request) -> Response:
    """Show how far the suggestions are; the first outcome opens when they are made."""
    opened = open_project_of(request)
    latest = opened.jobs.latest
    if latest is None or latest.result is not None:
        return goto("/")
    return page(request, "preparing.html", job=latest, n_outcomes=len(opened.project.outcomes))


def preparing_job(request: Request) -> Response:
    """Show how far the suggestions are, alone; tell the browser to go on when they are made."""
    latest = open_project_of(request).jobs.latest
    shown = page(request, "_preparing.html", job=latest)
    if latest is None or latest.result is not None:
        shown.headers["HX-Redirect"] = "/"
    return shown


ROUTES = [
    Route("/start", check_workbook, methods=["POST"]),
    Route("/start/sample", try_sample, methods=["POST"]),
    Route("/start/template.xlsx", template),
    Route("/start/check", check_again, methods=["POST"]),
    Route("/start/codebook", use_draft, methods=["POST"]),
    Route("/preparing", preparing),
    Route("/preparing/job", preparing_job),
]


def _one_of_few(request: Request, home: Path, work: Callable[[], Response]) -> Response:
    return one_of_few(request, work, otherwise=lambda why: start_page(request, home, problem=why))


def _draft(request: Request, home: Path, checked: CheckedFile) -> Response:
    """Draft a codebook from the labels of a workbook, and show it in the form in which it is completed."""
    with laid_down(checked.file) as (path,):
        try:
            draft = draft_codebook(path)
        except OutcomeCoderError:
            problem = gettext("No column of this workbook looks like codes, so no codebook can be drafted from it.")
            return _check(request, home, checked, problem=problem)
    written = Upload(name=_DRAFT, content=draft.codebook.dump().encode())
    page_context_of(request).waiting[session_of(request)] = replace(checked, codebook=written)
    return edit_page(
        request,
        edits_of(draft.codebook),
        action="/start/codebook",
        token=checked.token,
        notes=draft.notes_on_page,
    )


def _check(
    request: Request,
    home: Path,
    checked: CheckedFile,
    *,
    is_first: bool = False,
    problem: str = "",
    begins: bool = False,
) -> Response:
    with laid_down(*checked.uploads) as paths:
        try:
            codebook = Codebook.read(paths[1] if checked.codebook else sample_files.codebook_path())
        except CodebookError as error:
            faults = without_folder(error.for_page(), paths[-1])
            return start_page(request, home, faults=faults, name=paths[-1].name, coder=checked.coder)
        found = preview_file(paths[0], codebook=codebook, options=checked.options, is_first=is_first)
    checked = checked.read_by(found.options)
    if begins and found.can_be_read and not problem:
        page_context_of(request).waiting.pop(session_of(request), None)
        return _begin(request, home, checked, name=Path(checked.shown_name).stem)
    page_context_of(request).waiting[session_of(request)] = checked
    known = projects_with(home, checked.file.content)
    return check_page(request, checked, found, action="/start/check", problem=problem, known=known)


def _begin(request: Request, home: Path, checked: CheckedFile, *, name: str) -> Response:
    """Begin a project with a file that can be read, and have codes suggested for it."""
    with laid_down(*checked.uploads) as paths:
        asked = paths[1] if checked.codebook else sample_files.codebook_path()
        try:
            codebook = Codebook.read(asked)
            home.mkdir(parents=True, exist_ok=True)
            own_model = _FIRST_MODEL if codebook.has_definitions else None
            # Others may begin one of the same name meanwhile, and without its harvest it is no project to go on with.
            with unfinished_folder(home) as unfinished:
                begun = new_project(
                    unfinished / "project", codebook=asked, model=own_model if checked.codebook else _SAMPLE
                )
                try:
                    add_harvest(begun, paths[0], options=checked.options)
                finally:
                    begun.journal.close()
                place = rename_to_free(begun.folder, _free_names(home, name))
        except OutcomeCoderError as error:
            faults = without_folder(error.for_page(), paths[0])
            return start_page(request, home, faults=faults, name=checked.shown_name, coder=checked.coder)
    page_context_of(request).open_projects.pop(place, None)  # of a project that lay there and was deleted
    opened = open_at(request, place)
    coder = CoderNames(coders_of(home)).spelling(checked.coder)

    def learn_from_definitions() -> None:
        (place / _FIRST_MODEL).parent.mkdir(exist_ok=True)
        train_from_definitions(out=place / _FIRST_MODEL, codebook=opened.project.codebook)

    # Where nothing is coded by a codebook yet, its own words are all there is to suggest by.
    if checked.codebook is None:
        suggest_beside(opened)
    elif codebook.has_definitions:
        suggest_beside(opened, first=learn_from_definitions)
    return as_coder(request, coder, "/preparing")


def _free_names(home: Path, stem: str) -> Iterator[Path]:
    name = "".join(sign if sign.isalnum() or sign in "-_ " else "_" for sign in stem).strip() or "harvest"
    yield home / name
    yield from (home / f"{name} {number}" for number in range(2, 10_000))
