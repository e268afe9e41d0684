"""Project pages: progress, model and download."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from classifier.faults import Note
from classifier.progress import ProgressReporter
from classifier.project.console_summary import summarise_own_progress, summarise_project_training, summarise_status
from classifier.project.export_workbook import export_project
from classifier.project.file_names import original_name
from classifier.project.journal import Decision
from classifier.project.refresh_suggestions import refresh_suggestions
from classifier.project.status import progress_of, status_of
from classifier.project.training import gather_training_set, train_project
from classifier.review.context import coder_of, goto, is_lead, open_project_of, page, say
from classifier.review.dashboard import GroupedBy, dashboard_of
from classifier.review.open_project import OpenProject
from classifier.suggestion.failures import failure_notes
from classifier.wording import counted

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def progress(request: Request) -> Response:
    """Show a lead what each coder decided and how far they agree; a coder, what they decided themselves."""
    opened, coder = open_project_of(request), coder_of(request)
    if not is_lead(request):
        own = summarise_own_progress(progress_of(opened.project, coder), codebook=opened.project.codebook)
        return page(request, "progress.html", summary=own)
    asked = request.query_params.get("by", "")
    grouped_by = GroupedBy(asked) if asked in set(GroupedBy) else GroupedBy.NOTHING
    status = status_of(opened.project)
    summary = summarise_status(status, folder=Path(opened.project.folder.absolute().name), asked_by=coder)
    return page(
        request,
        "dashboard.html",
        board=dashboard_of(opened, status, coder=coder, grouped_by=grouped_by),
        summary=summary,
        figures=summary.tables[1:],  # the first says who decided how much, as the dashboard does
        grouped_by=grouped_by,
    )


def model(request: Request) -> Response:
    """Show the model and its suggestions, and offer to make new ones."""
    opened = open_project_of(request)
    return page(
        request,
        "model.html",
        manifest=opened.manifest,
        suggested=opened.suggested,
        n_training_outcomes=gather_training_set(opened.project).n_outcomes,
        is_outdated=opened.is_model_older,
        has_definitions=opened.project.codebook.has_definitions,
        job=opened.jobs.latest,
    )


def job(request: Request) -> Response:
    """Show how far the job is; when it is finished, the whole page is to be shown anew."""
    latest = open_project_of(request).jobs.latest
    shown = page(request, "_job.html", job=latest)
    if latest is not None and not latest.is_running:
        shown.headers["HX-Refresh"] = "true"
    return shown


def suggest_anew(request: Request) -> Response:
    """Make new suggestions with the project's model, in the background."""
    opened = open_project_of(request)
    if not suggest_beside(opened):
        say(request, "Another task is running; wait until it has finished.")
    return goto("/model")


def train(request: Request) -> Response:
    """Train a model on the current codes, in the background."""
    opened = open_project_of(request)

    def work(progress: ProgressReporter) -> str:
        trained = train_project(opened.project, accept_fewer=True, progress=progress)  # the page warns first
        opened.reload()
        summary = summarise_project_training(trained, on_page=True)
        return "\n".join((*summary.opening, *map(_on_page, summary.notes), summary.ending))

    if not opened.jobs.start("Training a model on the current codes", work):
        say(request, "Another task is running; wait until it has finished.")
    return goto("/model")


def download(request: Request) -> Response:
    """Offer the coded harvests."""
    opened = open_project_of(request)
    names = list(dict.fromkeys(original_name(harvest.path) for harvest in opened.project.harvests))
    n_confidential = sum(item.is_confidential for item in opened.coding_items.by_id.values())
    return page(request, "download.html", names=names, n_confidential=n_confidential)


def coded_harvest(request: Request) -> Response:
    """Hand out a coded harvest: to a lead with all that may be seen, to a coder with their own work."""
    opened, name = open_project_of(request), request.query_params.get("harvest", "")
    coder = coder_of(request)
    is_visible = _visible_to_lead(request, opened) if is_lead(request) else lambda decision: decision.coder == coder
    with_confidential = is_lead(request) and request.query_params.get("confidential") == "1"
    with tempfile.TemporaryDirectory(prefix="outcome-coder-") as folder:
        out = Path(folder) / "coded.xlsx"
        export_project(
            opened.project,
            out,
            harvest=name or None,
            include_confidential=with_confidential,
            as_new=not is_lead(request),
            is_visible=is_visible,
        )
        content = out.read_bytes()
    stem = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_ ") else "_" for sign in Path(name).stem)
    ending = "coded_with_confidential" if with_confidential else "coded"
    return Response(
        content,
        media_type=_XLSX,
        headers={"Content-Disposition": f'attachment; filename="{stem or "harvest"}_{ending}.xlsx"'},
    )


def _visible_to_lead(request: Request, opened: OpenProject) -> Callable[[Decision], bool]:
    """Say what a lead may be handed out, and record of which outcomes they are shown what others chose."""
    coder = coder_of(request)
    visible = frozenset(name for name in opened.coding_items.by_id if opened.may_see_others(coder, name))
    opened.reveal(coder, sorted(visible & {name for who, name, _ in opened.journal_state.own() if who != coder}))
    return lambda decision: decision.coder == coder or decision.fragment_id in visible


ROUTES = [
    Route("/progress", progress),
    Route("/model", model),
    Route("/model/job", job),
    Route("/model/suggest", suggest_anew, methods=["POST"]),
    Route("/model/train", train, methods=["POST"]),
    Route("/download", download),
    Route("/download/coded.xlsx", coded_harvest),
]


def suggest_beside(opened: OpenProject, *, first: Callable[[], object] = lambda: None) -> bool:
    """Start to make new suggestions, after something that must come first; say whether it was started."""

    def work(progress: ProgressReporter) -> str:
        first()
        kept = refresh_suggestions(opened.project, progress=progress)
        opened.reload()
        notes = failure_notes({name: outcome.flags for name, outcome in kept.outcomes.items()})
        return " ".join(
            [f"Codes are suggested for {counted(len(kept.outcomes), 'outcome')}.", *(f"{note}." for note in notes)]
        )

    return opened.jobs.start("Suggesting codes", work)


def _on_page(note: Note | str) -> str:
    return str(note.for_page()) if isinstance(note, Note) else note
