"""The pages on which differences between coders are settled; they never say who chose what.

Nobody is shown what others decided of something that they are still to decide themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from classifier.project.assignment import chance
from classifier.project.consensus import Settlement, is_same_coding, settlements_of
from classifier.project.decisions import settle
from classifier.review.context import coder_of, desk_of, goto, office_of, page, text_of
from classifier.review.middleware import form_of, session_of
from classifier.review.open_project import ProjectDesk
from classifier.review.outcome_view import told_parts

Key = tuple[str, str]
"""Outcome and field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What one of the coders chose, and noted."""

    codes: tuple[str, ...]
    note: str


def differences(request: Request) -> Response:
    """List what coders differ in, and below it what was settled."""
    desk = desk_of(request)
    found = _differences(desk, coder_of(request)).values()
    return page(
        request,
        "differences.html",
        found=[(one, _sides(desk, one)) for one in found if one.is_open],
        settled=[one for one in found if not one.is_open],
        by_name=_fields(desk),
    )


def difference(request: Request) -> Response:
    """Show one difference, to settle or to settle anew."""
    desk = desk_of(request)
    one = _difference(request, request.query_params.get("id", ""), request.query_params.get("field", ""))
    offer = desk.offers.by_id[one.fragment_id]
    sides = _sides(desk, one)
    return page(
        request,
        "difference.html",
        difference=one,
        field=desk.project.codebook.field(one.field),
        sides=sides,
        chosen={code for side in sides for code in side.codes},
        outcome=offer.outcome,
        parts=told_parts(offer.outcome, desk.project.codebook, {}),
    )


def settle_one(request: Request) -> Response:
    """Record what a difference was settled by, and go to the next one."""
    desk, form = desk_of(request), form_of(request)
    one = _difference(request, text_of(form.get("id")), text_of(form.get("field")))
    field = desk.project.codebook.field(one.field)
    codes = _in_order(form)
    if text_of(form.get("settled")) != _number_settled(one):
        office_of(request).say(
            session_of(request), "Somebody has adjudicated this, or undone that, in the meantime; look at it again."
        )
        return goto("/difference", id=one.fragment_id, field=one.field)
    if not codes or not field.has_all(codes) or (len(codes) > 1 and not field.is_multiple):
        office_of(request).say(session_of(request), "Choose a code first.")
        return goto("/difference", id=one.fragment_id, field=one.field)
    made = settle(one, codes, coder=coder_of(request), codebook=desk.project.codebook, why=text_of(form.get("why")))
    desk.record([made])
    office_of(request).say(session_of(request), f"Adjudicated {field.column.strip()} of {one.fragment_id}.")
    found = _differences(desk, coder_of(request)).values()
    following = next((other for other in found if other.is_open), None)
    if following is None:
        return goto("/differences")
    return goto("/difference", id=following.fragment_id, field=following.field)


ROUTES = [
    Route("/differences", differences),
    Route("/difference", difference),
    Route("/difference", settle_one, methods=["POST"]),
]


def _differences(desk: ProjectDesk, coder: str) -> dict[Key, Settlement]:
    """Give what coders differ in or what was settled, as far as this coder may see it."""
    worklist = desk.worklist(coder)
    found = settlements_of(desk.offers.by_id, desk.project.codebook, desk.ledger)
    return {
        (name, field): one
        for (name, field), one in found.items()
        if (one.is_open or one.settled_by is not None)
        and not (worklist.is_mine(name) and field in worklist.undecided(name))
    }


def _difference(request: Request, fragment_id: str, field: str) -> Settlement:
    found = _differences(desk_of(request), coder_of(request)).get((fragment_id, field))
    if found is None:
        raise HTTPException(404, "Coders don't differ on this, or you have not decided it yourself yet.")
    return found


def _number_settled(one: Settlement) -> str:
    """Return the number of the entry that it was settled by, as it stands in the form; empty where it is open."""
    return "" if one.settled_by is None else str(one.settled_by.number)


def _in_order(form: FormData) -> tuple[str, ...]:
    """Return the codes chosen, the one that was chosen first as the main one."""
    order = {code: place for place, code in enumerate(map(str.strip, text_of(form.get("order-1")).split("\n")))}
    return tuple(sorted(map(text_of, form.getlist("codes")), key=lambda code: order.get(code, len(order))))


def _fields(desk: ProjectDesk) -> dict[str, str]:
    return {field.name: field.column.strip() for field in desk.project.codebook.fields}


def _sides(desk: ProjectDesk, one: Settlement) -> tuple[Side, ...]:
    """Put the codings beside each other in an order that doesn't tell whose is whose."""
    seed, known = desk.project.shares.seed, desk.project.codebook.field(one.field).code_names
    decided = [
        entry
        for entry in desk.ledger.by_coder(one.fragment_id, one.field).values()
        if set(entry.decision.codes).issubset(known)
    ]
    sides: list[Side] = []
    for entry in sorted(decided, key=lambda entry: chance(seed, one.fragment_id, one.field, entry.decision.coder)):
        if not any(is_same_coding(side.codes, entry.decision.codes) for side in sides):
            note = desk.ledger.note(entry.decision.coder, one.fragment_id)
            sides.append(Side(codes=entry.decision.codes, note=note))
    return tuple(sides)
