"""Harvests of a project: list them, and add one that was checked first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from classifier.faults import group_faults, to_check
from classifier.harvest.file_preview import preview_file
from classifier.languages import gettext
from classifier.project.add_harvest import Added, add_harvest, reading_of
from classifier.project.file_names import original_name
from classifier.review.context import form_text, goto, open_project_of, page, page_context_of, say, workbook_answer
from classifier.review.middleware import form_of, session_of
from classifier.review.open_project import OpenProject
from classifier.review.pages.check_file import CheckedFile, check_page, laid_down, one_of_few, upload_of, with_choices
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
    checked = page_context_of(request).waiting.get(session_of(request))
    if not isinstance(checked, CheckedFile) or checked.project != opened.project.folder:
        say(request, gettext("Choose the file again."))
        return goto("/harvests")
    chosen, problem = with_choices(checked, form)
    is_taken = form_text(form.get("do")) == "take"
    return _one_of_few(request, lambda: _check(request, opened, chosen, problem=problem, is_taken=is_taken))


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
    return check_page(request, checked, found, action="/harvests/check", problem=problem)


def _harvests_page(
    request: Request, opened: OpenProject, *, added: Added | None = None, can_suggest: bool = False
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
    )
