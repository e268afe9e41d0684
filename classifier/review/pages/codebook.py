"""Codebook page: the coder's manual, and for leads the form in which it is changed."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count, takewhile
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from classifier.codebook.editing import CodeEdit, FieldEdit, edit_codebook, edits_of, removed_codes
from classifier.codebook.mapping import MAP_COLUMNS
from classifier.codebook.schema import Codebook
from classifier.errors import CodebookError, OutcomeCoderError
from classifier.files import without_folder
from classifier.languages import gettext, marked
from classifier.project.codebook_migration import Changed, change_codebook, plan_change
from classifier.project.codebook_migration_summary import summarise_change
from classifier.review.context import form_text, goto, open_project_of, page, page_context_of, say
from classifier.review.language_choice import chosen_with_form
from classifier.review.middleware import form_of, session_of
from classifier.review.open_project import OpenProject
from classifier.review.pages.check_file import Upload, laid_down, new_token, one_of_few, upload_of

UPLOAD_PATHS = ("/codebook/file",)
_MOST_CODES = 200
"""Codes that can be edited on a page; of more, the form would be larger than a browser may send."""
_BLANK_CODES, _BLANK_CODES_OF_A_NEW_FIELD = 2, 4
_CHANGED_MEANWHILE = marked("Somebody has changed the codebook meanwhile. Look at it again before you change it.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedCodebook:
    """A codebook that a lead is about to save.

    Attributes
    ----------
    before : str
        The hash of the codebook that it was made from.
    files : tuple of Upload
        The codebook, and where codes are removed, the map that says so.
    token : str
        Sent with the form of its page, as another codebook may have been checked in another tab since.
    """

    project: Path
    before: str
    edits: tuple[FieldEdit, ...]
    files: tuple[Upload, ...]
    token: str = field(default_factory=new_token)


def manual(request: Request) -> Response:
    """Show the fields and codes with their definitions, as a manual that can be printed."""
    codebook = open_project_of(request).project.codebook
    return page(request, "codebook.html", codebook=codebook, can_be_edited=_n_codes(codebook) <= _MOST_CODES)


def download(request: Request) -> Response:
    """Hand out the codebook as a file."""
    content = open_project_of(request).project.codebook.dump()
    headers = {"Content-Disposition": 'attachment; filename="codebook.yaml"'}
    return Response(content.encode(), media_type="application/yaml", headers=headers)


def edit(request: Request) -> Response:
    """Show the form in which the codebook is changed."""
    opened = open_project_of(request)
    codebook = opened.project.codebook
    if _n_codes(codebook) > _MOST_CODES:
        return goto("/codebook")
    proposed = page_context_of(request).waiting.get(session_of(request))
    is_ours = isinstance(proposed, ProposedCodebook) and _is_current(proposed, opened)
    edits = proposed.edits if isinstance(proposed, ProposedCodebook) and is_ours else edits_of(codebook)
    return edit_page(
        request, edits or edits_of(codebook), action="/codebook/edit", before=codebook.sha256_with_translations
    )


def check(request: Request) -> Response:
    """Show what would become of codes and decisions, before anything is changed."""
    opened, form = open_project_of(request), form_of(request)
    codebook, edits = opened.project.codebook, edits_in(form)
    if form_text(form.get("before")) != codebook.sha256_with_translations:
        say(request, gettext(_CHANGED_MEANWHILE))
        return goto("/codebook")
    if chosen_with_form(request):
        return edit_page(request, edits, action="/codebook/edit", before=codebook.sha256_with_translations)
    try:
        files = _files(edit_codebook(codebook, edits), edits)
        return _changes_page(request, opened, edits, files)
    except OutcomeCoderError as error:
        problems = _problems(error)
        return edit_page(
            request, edits, action="/codebook/edit", before=codebook.sha256_with_translations, problems=problems
        )


async def check_file(request: Request) -> Response:
    """Show what would become of codes and decisions with the codebook of a file."""
    opened = open_project_of(request)
    upload = await upload_of(form_of(request).get("codebook"))
    if upload is None:
        say(request, gettext("Choose a file first."))
        return goto("/codebook")

    def later(why: str) -> Response:
        say(request, why)
        return goto("/codebook")

    def work() -> Response:
        return _changes_page(request, opened, (), (upload,))

    return await run_in_threadpool(one_of_few, request, work, otherwise=later)


def save(request: Request) -> Response:
    """Change the codebook as it was shown."""
    opened, waiting = open_project_of(request), page_context_of(request).waiting
    proposed = waiting.get(session_of(request))
    with opened.jobs.held() as is_idle:  # which one lead alone does at a time
        if not isinstance(proposed, ProposedCodebook) or not _is_current(proposed, opened):
            waiting.pop(session_of(request), None)
            say(request, gettext(_CHANGED_MEANWHILE))
            return goto("/codebook")
        if form_text(form_of(request).get("proposed")) != proposed.token:
            say(request, gettext("Another change was checked in another window meanwhile. Check yours again."))
            return goto("/codebook")
        if not is_idle:
            say(request, gettext("Another task is running; save the codebook when it has finished."))
            return goto("/codebook/edit")
        with laid_down(*proposed.files) as paths:
            changed = change_codebook(opened.project, paths[0], map_file=paths[1] if len(paths) > 1 else None)
        opened.reload()
    waiting.pop(session_of(request), None)
    say(request, gettext("The codebook was changed. {decisions}", decisions=_decisions(changed)))
    return goto("/codebook")


ROUTES = [
    Route("/codebook", manual),
    Route("/codebook/codebook.yaml", download),
    Route("/codebook/edit", edit),
    Route("/codebook/edit", check, methods=["POST"]),
    Route("/codebook/file", check_file, methods=["POST"]),
    Route("/codebook/save", save, methods=["POST"]),
]


def edit_page(
    request: Request,
    edits: Sequence[FieldEdit],
    *,
    action: str,
    before: str = "",
    token: str = "",
    problems: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> Response:
    """Show edits in the form in which a codebook is changed.

    Parameters
    ----------
    action : str
        Where the form is sent to.
    before : str
        The hash of the codebook that is edited; empty for one that no project has yet.
    token : str
        Of the file that a project is to begin with; see `CheckedFile`.
    """
    of_no_project: dict[str, object] = {} if before else {"project": None, "progress": None}
    return page(
        request,
        "codebook_edit.html",
        status=400 if problems else 200,
        edits=[*edits, FieldEdit()],
        n_blank=lambda field: _BLANK_CODES if field.was else _BLANK_CODES_OF_A_NEW_FIELD,
        blank=CodeEdit(),
        form_action=action,
        before=before,
        token=token,
        is_translated=bool(before)
        and any(field.languages for field in open_project_of(request).project.codebook.fields),
        problems=problems,
        notes=notes,
        **of_no_project,
    )


def edits_in(form: FormData) -> tuple[FieldEdit, ...]:
    """Read the form in which a codebook is changed."""
    places = takewhile(lambda place: f"field-{place}-heading" in form, count())
    return tuple(_field_in(form, place) for place in places)


def _field_in(form: FormData, place: int) -> FieldEdit:
    was, heading, question, kind, removed = (
        form_text(form.get(f"field-{place}-{part}")) for part in ("was", "heading", "question", "kind", "removed")
    )
    numbers = takewhile(lambda number: f"code-{place}-{number}-code" in form, count())
    return FieldEdit(
        was=was,
        heading=heading,
        question=question,
        is_multiple=kind == "multiple",
        is_removed=bool(removed),
        codes=tuple(_code_in(form, f"code-{place}-{number}") for number in numbers),
    )


def _code_in(form: FormData, name: str) -> CodeEdit:
    texts = {
        part: form_text(form.get(f"{name}-{part}"))
        for part in ("was", "code", "definition", "include", "exclude", "into")
    }
    return CodeEdit(**texts, is_removed=bool(form_text(form.get(f"{name}-removed"))))


def _changes_page(
    request: Request, opened: OpenProject, edits: tuple[FieldEdit, ...], files: tuple[Upload, ...]
) -> Response:
    with laid_down(*files) as paths:
        try:
            planned = plan_change(opened.project, paths[0], map_file=paths[1] if len(paths) > 1 else None)
        except OutcomeCoderError as error:
            if edits:
                raise
            text = without_folder(error.for_page(), paths[0])
            return page(
                request, "message.html", status=400, title=gettext("Please correct the codebook first"), text=text
            )
    proposed = ProposedCodebook(
        project=opened.project.folder, before=opened.project.codebook.sha256_with_translations, edits=edits, files=files
    )
    page_context_of(request).waiting[session_of(request)] = proposed
    summary = summarise_change(planned, on_page=True)
    return page(
        request,
        "codebook_changes.html",
        is_same=planned.is_same,
        tables=summary.tables,
        notes=summary.notes,
        decisions=_decisions(planned),
        is_edited=bool(edits),
        token=proposed.token,
    )


def _files(codebook: Codebook, edits: Sequence[FieldEdit]) -> tuple[Upload, ...]:
    """Write the codebook, and a map that sends the decisions with a removed code back to the queue."""
    written = Upload(name="codebook.yaml", content=codebook.dump().encode())
    removed = list(removed_codes(edits))
    if not removed:
        return (written,)
    rows = io.StringIO()
    csv.writer(rows).writerows([MAP_COLUMNS, *((field, code, "") for field, code in removed)])
    return written, Upload(name="removed codes.csv", content=rows.getvalue().encode())


def _decisions(changed: Changed) -> str:
    return gettext(
        "Decisions carried over to a changed code: {carried}; sent back to be coded again: {back}.",
        carried=changed.n_carried,
        back=changed.n_back,
    )


def _problems(error: OutcomeCoderError) -> list[str]:
    return list(error.problems) if isinstance(error, CodebookError) else error.for_page().splitlines()


def _is_current(proposed: ProposedCodebook, opened: OpenProject) -> bool:
    return (proposed.project, proposed.before) == (
        opened.project.folder,
        opened.project.codebook.sha256_with_translations,
    )


def _n_codes(codebook: Codebook) -> int:
    return sum(len(field.codes) for field in codebook.fields)
