"""The pages on which differences between coders are settled; they never say who chose what."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from classifier.assignment import chance
from classifier.deciding import settle
from classifier.review.office import coder_of, desk_of, goto, office_of, page, text_of
from classifier.review.outcome_view import told_parts
from classifier.review.project_desk import ProjectDesk
from classifier.review.security import form_of, session_of
from classifier.settlement import Settlement, open_differences

__all__ = ["ROUTES"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What one of the coders chose, and noted."""

    codes: tuple[str, ...]
    note: str


def differences(request: Request) -> Response:
    """List what coders differ in."""
    desk = desk_of(request)
    found = list(_open(desk).values())
    return page(request, "differences.html", found=[(one, _sides(desk, one)) for one in found], by_name=_fields(desk))


def difference(request: Request) -> Response:
    """Show one difference, to settle."""
    desk = desk_of(request)
    one = _difference(desk, request.query_params.get("id", ""), request.query_params.get("field", ""))
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
    one = _difference(desk, text_of(form.get("id")), text_of(form.get("field")))
    field = desk.project.codebook.field(one.field)
    codes = tuple(map(text_of, form.getlist("codes")))
    if not codes or not set(codes) <= set(field.code_names) or (len(codes) > 1 and not field.is_multiple):
        office_of(request).say(session_of(request), "Choose a code to settle it by.")
        return goto("/difference", id=one.fragment_id, field=one.field)
    made = settle(one, codes, coder=coder_of(request), codebook=desk.project.codebook, why=text_of(form.get("why")))
    desk.record([made])
    office_of(request).say(session_of(request), f"Settled {field.column.strip()} of {one.fragment_id}.")
    following = next(iter(_open(desk).values()), None)
    if following is None:
        return goto("/differences")
    return goto("/difference", id=following.fragment_id, field=following.field)


ROUTES = [
    Route("/differences", differences),
    Route("/difference", difference),
    Route("/difference", settle_one, methods=["POST"]),
]


def _open(desk: ProjectDesk) -> dict[tuple[str, str], Settlement]:
    return dict(open_differences(desk.offers.by_id, desk.project.codebook, desk.ledger))


def _difference(desk: ProjectDesk, fragment_id: str, field: str) -> Settlement:
    found = _open(desk).get((fragment_id, field))
    if found is None:
        raise HTTPException(404, "Coders don't differ in this, or it was settled.")
    return found


def _fields(desk: ProjectDesk) -> dict[str, str]:
    return {field.name: field.column.strip() for field in desk.project.codebook.fields}


def _sides(desk: ProjectDesk, one: Settlement) -> tuple[Side, ...]:
    """Put the codings beside each other in an order that doesn't tell whose is whose."""
    seed = desk.project.shares.seed
    entries = sorted(one.entries, key=lambda entry: chance(seed, one.fragment_id, one.field, entry.decision.coder))
    kinds: dict[frozenset[str], Side] = {}
    for entry in entries:
        note = desk.ledger.note(entry.decision.coder, one.fragment_id)
        kinds.setdefault(frozenset(entry.decision.codes), Side(codes=entry.decision.codes, note=note))
    return tuple(kinds.values())
