"""Reports on a project's present decisions, for leads: agreement between coders, and a summary of the codes."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from classifier.agreement.agreement_workbook import write_agreement
from classifier.agreement.console_summary import WIDTH_TO_PLAN_FOR, summarise_agreement
from classifier.errors import ComparisonError
from classifier.project.reports import compare_project_coders, count_project_codes
from classifier.report.crosstab.console_summary import summarise_counts
from classifier.report.crosstab.workflow import write_all_tables
from classifier.review.context import coder_of, open_project_of, page, workbook_answer
from classifier.review.pages.project import visible_to_lead


def reports(request: Request) -> Response:
    """Show the main tables, and offer the workbooks."""
    opened, with_confidential = open_project_of(request), _with_confidential(request)
    is_visible = visible_to_lead(request, opened)
    counted = count_project_codes(opened.project, include_confidential=with_confidential, is_visible=is_visible)
    agreement = None
    with suppress(ComparisonError):
        compared = compare_project_coders(opened.project, include_confidential=with_confidential, is_visible=is_visible)
        agreement = summarise_agreement(compared, width=WIDTH_TO_PLAN_FOR)
    return page(
        request,
        "reports.html",
        agreement=agreement,
        summary=summarise_counts(counted, seconds=0.0),
        confidentiality=counted.confidentiality,
        with_confidential=with_confidential,
        n_hidden=len(opened.hidden_from(coder_of(request))),
    )


def agreement_workbook(request: Request) -> Response:
    """Hand out the workbook of agreement between coders."""
    opened, with_confidential = open_project_of(request), _with_confidential(request)
    compared = compare_project_coders(
        opened.project, include_confidential=with_confidential, is_visible=visible_to_lead(request, opened)
    )
    return _handed_out(lambda out: write_agreement(compared, out), "agreement", with_confidential=with_confidential)


def summary_workbook(request: Request) -> Response:
    """Hand out the workbook of counts and cross-tables of the codes."""
    opened, with_confidential = open_project_of(request), _with_confidential(request)
    counted = count_project_codes(
        opened.project, include_confidential=with_confidential, is_visible=visible_to_lead(request, opened)
    )
    return _handed_out(
        lambda out: write_all_tables(counted.harvests, opened.project.codebook, out),
        "summary",
        with_confidential=with_confidential,
    )


ROUTES = [
    Route("/reports", reports),
    Route("/reports/agreement.xlsx", agreement_workbook),
    Route("/reports/summary.xlsx", summary_workbook),
]


def _with_confidential(request: Request) -> bool:
    return request.query_params.get("confidential") == "1"


def _handed_out(write: Callable[[Path], None], name: str, *, with_confidential: bool) -> Response:
    with tempfile.TemporaryDirectory(prefix="outcome-coder-") as folder:
        out = Path(folder) / f"{name}.xlsx"
        write(out)
        content = out.read_bytes()
    return workbook_answer(content, name=f"{name}{'_with_confidential' if with_confidential else ''}.xlsx")
