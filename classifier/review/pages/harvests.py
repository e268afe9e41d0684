"""Harvests of a project: list them, and add one that was checked first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from classifier.errors import OutcomeCoderError
from classifier.faults import group_faults, to_check
from classifier.files import without_folder
from classifier.harvest.file_preview import FilePreview, preview_file
from classifier.languages import gettext
from classifier.project.add_harvest import Added, add_harvest, reading_of
from classifier.project.consensus import is_same_coding
from classifier.project.file_names import original_name
from classifier.project.import_workbook import ImportedCodes, import_workbook
from classifier.project.project import Project
from classifier.review.context import (
    coder_of,
    form_text,
    goto,
    open_project_of,
    page,
    page_context_of,
    say,
    workbook_answer,
)
from classifier.review.middleware import form_of, session_of
from classifier.review.open_project import OpenProject
from classifier.review.pages.check_file import (
    CheckedFile,
    check_page,
    checked_file_of,
    laid_down,
    one_of_few,
    upload_of,
    with_choices,
)
from classifier.suggestion.template_workbook import template_workbook

UPLOAD_PATHS = ("/harvests",)


def harvests(request: Request) -> Response:
    """List the project's harvests, and take in another one."""
    return _harvests_page(request, open_project_of(request))


async def check_harvest(request: Request) -> Response:
    """Show what a harvest, or a corrected version of one, is read as, before it is added."""
    opened = open_project_of(request)
    upload = await upload_of(form_of(request).get("workbook"))
    if upload is None:
        say(request, gettext("Choose a file first."))
        return goto("/harvests")
    checked = CheckedFile(file=upload, project=opened.project.folder)
    return await run_in_threadpool(_one_of_few, request, lambda: _check(request, opened, checked, is_first=True))


def check_again(request: Request) -> Response:
    """Read the harvest by what was chosen on its page; add it, if that was asked for and nothing is wrong."""
    opened, form = open_project_of(request), form_of(request)
    checked = checked_file_of(request, project=opened.project.folder)
    if checked is None:
        say(request, gettext("Choose the file again."))
        return goto("/harvests")
    chosen, problem = with_choices(checked, form)
    asked = form_text(form.get("do"))
    if asked == "record" and not problem:
        coder = form_text(form.get("entered-by"))
        return _one_of_few(request, lambda: _record(request, opened, chosen, coder=coder))
    return _one_of_few(request, lambda: _check(request, opened, chosen, problem=problem, is_taken=asked == "take"))


def template(request: Request) -> Response:
    """Hand out an empty workbook with the columns and codes of the project's codebook."""
    content = template_workbook(open_project_of(request).project.codebook)
    return workbook_answer(content, name="harvest_template.xlsx")


ROUTES = [
    Route("/harvests", harvests),
    Route("/harvests/template.xlsx", template),
    Route("/harvests", check_harvest, methods=["POST"]),
    Route("/harvests/check", check_again, methods=["POST"]),
]


def _one_of_few(request: Request, work: Callable[[], Response]) -> Response:
    def later(why: str) -> Response:
        say(request, why)
        return goto("/harvests")

    return one_of_few(request, work, otherwise=later)


def _check(
    request: Request,
    opened: OpenProject,
    checked: CheckedFile,
    *,
    is_first: bool = False,
    problem: str = "",
    not_recorded: str = "",
    is_taken: bool = False,
) -> Response:
    project, waiting = opened.project, page_context_of(request).waiting
    with laid_down(checked.file) as (path,):
        options = reading_of(project, path, checked.options) if is_first else checked.options
        found = preview_file(path, codebook=project.codebook, options=options, is_first=is_first)
        checked = checked.read_by(found.options)
        if is_taken and found.can_be_read and not problem:
            added = add_harvest(project, path, options=checked.options)
            waiting.pop(session_of(request), None)
            opened.reload()
            return _harvests_page(request, opened, added=added, can_suggest=bool(opened.project.model))
    waiting[session_of(request)] = checked
    return check_page(
        request,
        checked,
        found,
        action="/harvests/check",
        problem=problem,
        n_with_new_codes=_n_with_new_codes(project, found),
        coders=_coders(request, opened),
        not_recorded=not_recorded,
    )


def _record(request: Request, opened: OpenProject, checked: CheckedFile, *, coder: str) -> Response:
    """Record the codes of a file as a coder's decisions, as the command confirm does; the file itself is not kept."""
    if coder not in _coders(request, opened):
        return _check(request, opened, checked, problem=gettext("Choose whose codes these are."))
    with laid_down(checked.file) as (path,):
        try:
            imported = import_workbook(path, opened.project, coder=coder, options=checked.options)
        except OutcomeCoderError as error:
            return _check(request, opened, checked, not_recorded=without_folder(error.for_page(), path))
    page_context_of(request).waiting.pop(session_of(request), None)
    opened.reload()
    return _harvests_page(request, opened, imported=imported, coded_by=coder)


def _coders(request: Request, opened: OpenProject) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*opened.coders, coder_of(request))))


def _n_with_new_codes(project: Project, found: FilePreview) -> int:
    """Count the outcomes of a project that have codes in a file which are in none of its own."""
    known = project.outcomes
    return sum(
        any(
            codes and not is_same_coding(known[outcome.fragment_id].codes.get(field, ()), codes)
            for field, codes in outcome.codes.items()
        )
        for outcome in found.outcomes
        if outcome.fragment_id in known
    )


def _harvests_page(
    request: Request,
    opened: OpenProject,
    *,
    added: Added | None = None,
    can_suggest: bool = False,
    imported: ImportedCodes | None = None,
    coded_by: str = "",
) -> Response:
    """Show the files of a project, each with what is worth a look in it."""
    return page(
        request,
        "harvests.html",
        harvests=opened.project.harvests,
        name_of=original_name,
        several=Counter(harvest.path for harvest in opened.project.harvests),
        notes_on=lambda harvest: group_faults([fault.for_page() for fault in harvest.warnings]),
        to_check=to_check,
        added=added,
        can_suggest=can_suggest,
        imported=imported,
        coded_by=coded_by,
    )
