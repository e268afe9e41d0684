"""Pages for adjudicating differences between coders; they never say who chose what.

Nobody is shown what others decided of something that they are still to decide themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from classifier.project.blind_and_double_coding import chance
from classifier.project.consensus import Consensus, consensus_of, is_same_coding
from classifier.project.record_decisions import adjudicate
from classifier.review.context import coder_of, form_text, goto, open_project_of, page, page_context_of
from classifier.review.middleware import form_of, session_of
from classifier.review.open_project import OpenProject
from classifier.review.outcome_view import story_parts

Key = tuple[str, str]
"""Outcome and field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What one of the coders chose, and noted."""

    codes: tuple[str, ...]
    note: str


def list_differences(request: Request) -> Response:
    """List open differences, and below them adjudicated ones."""
    opened = open_project_of(request)
    found = _differences(opened, coder_of(request)).values()
    return page(
        request,
        "differences.html",
        found=[(consensus, _sides(opened, consensus)) for consensus in found if consensus.is_open],
        adjudicated=[consensus for consensus in found if not consensus.is_open],
        by_name=_fields(opened),
    )


def difference(request: Request) -> Response:
    """Show one difference, to adjudicate or to adjudicate again."""
    opened = open_project_of(request)
    consensus = _difference(request, request.query_params.get("id", ""), request.query_params.get("field", ""))
    item = opened.coding_items.by_id[consensus.fragment_id]
    sides = _sides(opened, consensus)
    return page(
        request,
        "difference.html",
        difference=consensus,
        field=opened.project.codebook.field(consensus.field),
        sides=sides,
        chosen={code for side in sides for code in side.codes},
        outcome=item.outcome,
        parts=story_parts(item.outcome, opened.project.codebook, {}),
    )


def adjudicate_one(request: Request) -> Response:
    """Record an adjudication, and go to the next difference."""
    opened, form = open_project_of(request), form_of(request)
    consensus = _difference(request, form_text(form.get("id")), form_text(form.get("field")))
    field = opened.project.codebook.field(consensus.field)
    codes = _in_order(form)
    if form_text(form.get("settled")) != _number_adjudicated(consensus):
        page_context_of(request).say(
            session_of(request), "Somebody has adjudicated this, or undone that, in the meantime; look at it again."
        )
        return goto("/difference", id=consensus.fragment_id, field=consensus.field)
    if not codes or not field.has_all(codes) or (len(codes) > 1 and not field.is_multiple):
        page_context_of(request).say(session_of(request), "Choose a code first.")
        return goto("/difference", id=consensus.fragment_id, field=consensus.field)
    made = adjudicate(
        consensus, codes, coder=coder_of(request), codebook=opened.project.codebook, why=form_text(form.get("why"))
    )
    opened.record([made])
    page_context_of(request).say(session_of(request), f"Adjudicated {field.column.strip()} of {consensus.fragment_id}.")
    found = _differences(opened, coder_of(request)).values()
    following = next((other for other in found if other.is_open), None)
    if following is None:
        return goto("/differences")
    return goto("/difference", id=following.fragment_id, field=following.field)


ROUTES = [
    Route("/differences", list_differences),
    Route("/difference", difference),
    Route("/difference", adjudicate_one, methods=["POST"]),
]


def _differences(opened: OpenProject, coder: str) -> dict[Key, Consensus]:
    """Return open and adjudicated differences, as far as this coder may see them."""
    coding_queue = opened.coding_queue(coder)
    found = consensus_of(opened.coding_items.by_id, opened.project.codebook, opened.journal_state)
    return {
        (name, field): consensus
        for (name, field), consensus in found.items()
        if (consensus.is_open or consensus.adjudicated_by is not None)
        and not (coding_queue.is_mine(name) and field in coding_queue.undecided(name))
    }


def _difference(request: Request, fragment_id: str, field: str) -> Consensus:
    found = _differences(open_project_of(request), coder_of(request)).get((fragment_id, field))
    if found is None:
        raise HTTPException(404, "Coders don't differ on this, or you have not decided it yourself yet.")
    return found


def _number_adjudicated(consensus: Consensus) -> str:
    """Return the number of the adjudication for the form; empty where the difference is open."""
    return "" if consensus.adjudicated_by is None else str(consensus.adjudicated_by.number)


def _in_order(form: FormData) -> tuple[str, ...]:
    """Return the codes chosen, the one that was chosen first as the main one."""
    order = {code: place for place, code in enumerate(map(str.strip, form_text(form.get("order-1")).split("\n")))}
    return tuple(sorted(map(form_text, form.getlist("codes")), key=lambda code: order.get(code, len(order))))


def _fields(opened: OpenProject) -> dict[str, str]:
    return {field.name: field.column.strip() for field in opened.project.codebook.fields}


def _sides(opened: OpenProject, consensus: Consensus) -> tuple[Side, ...]:
    """Put the codings beside each other in an order that doesn't tell whose is whose."""
    seed, known = opened.project.shares.seed, opened.project.codebook.field(consensus.field).code_names
    decided = [
        entry
        for entry in opened.journal_state.by_coder(consensus.fragment_id, consensus.field).values()
        if set(entry.decision.codes).issubset(known)
    ]
    sides: list[Side] = []
    for entry in sorted(
        decided, key=lambda entry: chance(seed, consensus.fragment_id, consensus.field, entry.decision.coder)
    ):
        if not any(is_same_coding(side.codes, entry.decision.codes) for side in sides):
            note = opened.journal_state.note(entry.decision.coder, consensus.fragment_id)
            sides.append(Side(codes=entry.decision.codes, note=note))
    return tuple(sides)
