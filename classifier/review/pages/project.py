"""Project pages: progress and download."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from classifier.faults import FaultKind
from classifier.project.coded_outcomes import ExportOptions
from classifier.project.console_summary import summarise_own_progress, summarise_status
from classifier.project.export import export_project
from classifier.project.file_names import original_name
from classifier.project.journal import Decision
from classifier.project.status import progress_of, status_of
from classifier.review.context import coder_of, csv_answer, is_lead, open_project_of, page, workbook_answer
from classifier.review.dashboard import GroupedBy, dashboard_of
from classifier.review.open_project import OpenProject


def progress(request: Request) -> Response:
    """Show a lead what each coder decided and how far they agree; a coder, what they decided themselves."""
    opened, coder = open_project_of(request), coder_of(request)
    if not is_lead(request):
        own = summarise_own_progress(progress_of(opened.project, coder), codebook=opened.project.codebook)
        return page(request, "progress.html", summary=own)
    asked = request.query_params.get("by", "")
    grouped_by = GroupedBy(asked) if asked in set(GroupedBy) else GroupedBy.NOTHING
    status = status_of(opened.project, hidden=opened.hidden_from(coder))
    summary = summarise_status(status, folder=Path(opened.project.folder.absolute().name), asked_by=coder)
    board = dashboard_of(opened, status, coder=coder, grouped_by=grouped_by)
    opened.reveal(coder, sorted(opened.shown_counts.given_away(coder, board.counted_of_others)))
    return page(
        request,
        "dashboard.html",
        board=board,
        summary=summary,
        figures=summary.tables[1:],  # the first says who decided how much, as the dashboard does
        grouped_by=grouped_by,
    )


def download(request: Request) -> Response:
    """Offer the coded harvests."""
    opened = open_project_of(request)
    n_sheets = Counter(original_name(harvest.path) for harvest in opened.project.current)
    n_confidential = sum(item.is_confidential for item in opened.coding_items.by_id.values())
    n_unknown = sum(fault.kind is FaultKind.CODE for harvest in opened.project.current for fault in harvest.warnings)
    return page(request, "download.html", n_sheets=n_sheets, n_confidential=n_confidential, n_unknown=n_unknown)


def coded_harvest(request: Request) -> Response:
    """Hand out a coded harvest: to a lead with all that may be seen, to a coder with their own work."""
    ending = Path(request.url.path).suffix
    opened, name = open_project_of(request), request.query_params.get("harvest", "")
    coder = coder_of(request)
    is_visible = visible_to_lead(request, opened) if is_lead(request) else lambda decision: decision.coder == coder
    with_confidential = is_lead(request) and request.query_params.get("confidential") == "1"
    with tempfile.TemporaryDirectory(prefix="outcome-coder-") as folder:
        out = Path(folder) / f"coded{ending}"
        export_project(
            opened.project,
            out,
            options=ExportOptions(
                harvest=name or None,
                include_confidential=with_confidential,
                as_new=not is_lead(request),
                is_visible=is_visible,
            ),
        )
        content = out.read_bytes()
    stem = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_ ") else "_" for sign in Path(name).stem)
    kind = "coded_with_confidential" if with_confidential else "coded"
    answer = workbook_answer if ending == ".xlsx" else csv_answer
    return answer(content, name=f"{stem or 'harvest'}_{kind}{ending}")


def visible_to_lead(request: Request, opened: OpenProject) -> Callable[[Decision], bool]:
    """Say what a lead may be handed out, and record of which outcomes they are shown what others chose."""
    coder = coder_of(request)
    visible = frozenset(name for name in opened.coding_items.by_id if opened.may_see_others(coder, name))
    opened.reveal(coder, sorted(visible & opened.journal_state.entered_by_others(coder)))
    return lambda decision: decision.coder == coder or decision.fragment_id in visible


ROUTES = [
    Route("/progress", progress),
    Route("/download", download),
    Route("/download/coded.xlsx", coded_harvest),
    Route("/download/coded.csv", coded_harvest),
]
