"""Pages for adjudicating differences between coders; they never say who chose what.

Leads alone see them, and nobody is shown what others decided of something that somebody is still to decide unseen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from classifier.codebook.schema import CodeField
from classifier.project.blind_and_double_coding import chance
from classifier.project.consensus import Consensus, consensus_of, is_same_coding
from classifier.project.journal import Decision
from classifier.project.record_decisions import adjudicate, close
from classifier.review.context import coder_of, form_text, goto, open_project_of, page, page_context_of, say
from classifier.review.middleware import form_of
from classifier.review.open_project import OpenProject
from classifier.review.outcome_view import story_parts
from classifier.wording import listed

_LONGEST_WHY = 5000  # letters

Key = tuple[str, str]
"""Outcome and field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StillOpen:
    """An outcome whose blind or double coding is still open, though somebody has begun it."""

    fragment_id: str
    awaited: tuple[str, ...]  # who is still to code it


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What one of the coders chose, and noted."""

    decision: Decision
    note: str


def list_differences(request: Request) -> Response:
    """List open differences, and below them adjudicated ones."""
    opened, coder = open_project_of(request), coder_of(request)
    found = _differences(opened, coder).values()
    opened.reveal(coder, [consensus.fragment_id for consensus in found])
    return page(
        request,
        "differences.html",
        found=[(consensus, _sides(opened, consensus)) for consensus in found if consensus.is_open],
        adjudicated=[consensus for consensus in found if not consensus.is_open],
        by_name=_fields(opened),
        still_open=list(_still_open(opened)),
    )


def difference(request: Request) -> Response:
    """Show one difference, to adjudicate or to adjudicate again."""
    opened = open_project_of(request)
    consensus = _difference(request, request.query_params.get("id", ""), request.query_params.get("field", ""))
    item = opened.coding_items.by_id[consensus.fragment_id]
    sides, coder = _sides(opened, consensus), coder_of(request)
    opened.reveal(coder, [consensus.fragment_id])
    return page(
        request,
        "difference.html",
        difference=consensus,
        field=opened.project.codebook.field(consensus.field),
        sides=sides,
        chosen={code for side in sides for code in side.decision.codes},
        outcome=item.outcome,
        parts=story_parts(item.outcome, opened.project.codebook, {}),
        is_party=_is_party(opened, coder, consensus),
        others=_other_judges(request, opened, consensus),
    )


def adjudicate_one(request: Request) -> Response:
    """Record an adjudication, and go to the next difference."""
    opened, coder, form = open_project_of(request), coder_of(request), form_of(request)
    consensus = _difference(request, form_text(form.get("id")), form_text(form.get("field")))
    is_party, others = _is_party(opened, coder, consensus), _other_judges(request, opened, consensus)
    if is_party and others:
        raise HTTPException(403, f"You coded this yourself, so another lead adjudicates it: {listed(others)}.")
    field = opened.project.codebook.field(consensus.field)
    codes = _in_order(form)
    if form_text(form.get("settled")) != _number_adjudicated(consensus):
        say(request, "Somebody has adjudicated this, or undone that, in the meantime; look at it again.")
        return goto("/difference", id=consensus.fragment_id, field=consensus.field)
    is_not_codable, why = form_text(form.get("not-codable")) == "1", form_text(form.get("why"))[:_LONGEST_WHY]
    if problem := _problem(field, codes, why, is_not_codable=is_not_codable):
        say(request, problem)
        return goto("/difference", id=consensus.fragment_id, field=consensus.field)
    made = adjudicate(
        consensus,
        codes,
        coder=coder,
        codebook=opened.project.codebook,
        why=why,
        is_party=is_party,
    )
    opened.record([made])
    say(request, f"Adjudicated {field.heading} of {consensus.fragment_id}.")
    found = _differences(opened, coder).values()
    following = next((other for other in found if other.is_open), None)
    if following is None:
        return goto("/differences")
    return goto("/difference", id=following.fragment_id, field=following.field)


def close_coding(request: Request) -> Response:
    """Close blind and double coding of an outcome that somebody has begun."""
    opened, name = open_project_of(request), form_text(form_of(request).get("id"))
    if name not in (still_open.fragment_id for still_open in _still_open(opened)):
        raise HTTPException(404, "There is no such outcome whose blind or double coding is open.")
    item = opened.coding_items.by_id[name]
    opened.record([close(item, coder=coder_of(request), codebook=opened.project.codebook)])
    say(request, f"Closed blind and double coding of {name}.")
    return goto("/differences")


ROUTES = [
    Route("/differences", list_differences),
    Route("/difference", difference),
    Route("/difference", adjudicate_one, methods=["POST"]),
    Route("/close", close_coding, methods=["POST"]),
]


def _differences(opened: OpenProject, coder: str) -> dict[Key, Consensus]:
    """Return open and adjudicated differences, as far as this coder may see them."""
    found = consensus_of(opened.coding_items.by_id, opened.project.codebook, opened.journal_state)
    return {
        (name, field): consensus
        for (name, field), consensus in found.items()
        if (consensus.is_open or consensus.adjudicated_by is not None) and opened.may_see_others(coder, name, field)
    }


def _still_open(opened: OpenProject) -> Iterator[StillOpen]:
    for name in opened.coding_items.by_id:
        awaited = opened.awaited(name)
        if awaited and any(opened.journal_state.by_coder(name, field) for field in opened.project.codebook.names):
            yield StillOpen(fragment_id=name, awaited=tuple(sorted(awaited)))


def _is_party(opened: OpenProject, coder: str, consensus: Consensus) -> bool:
    """Whether a coder has ever decided on what coders differ in, so that taking it back makes nobody a judge."""
    return opened.journal_state.has_ever_decided(coder, consensus.fragment_id, consensus.field)


def _other_judges(request: Request, opened: OpenProject, consensus: Consensus) -> tuple[str, ...]:
    """Name the other leads who have not coded what coders differ in."""
    others = page_context_of(request).other_leads(coder_of(request))
    return tuple(lead for lead in others if not _is_party(opened, lead, consensus))


def _difference(request: Request, fragment_id: str, field: str) -> Consensus:
    found = _differences(open_project_of(request), coder_of(request)).get((fragment_id, field))
    if found is None:
        raise HTTPException(404, "Coders don't differ on this, or somebody is still to code it unseen.")
    return found


def _problem(field: CodeField, codes: tuple[str, ...], why: str, *, is_not_codable: bool) -> str:
    """Say what keeps a choice from being recorded; empty where nothing does."""
    if is_not_codable and codes:
        return "Choose codes, or tick that it is not codable, not both."
    if is_not_codable:
        return "" if why else "Type why it is not codable."
    is_valid = codes and field.has_all(codes) and (len(codes) == 1 or field.is_multiple)
    return "" if is_valid else "Choose a code first."


def _number_adjudicated(consensus: Consensus) -> str:
    """Return the number of the adjudication for the form; empty where the difference is open."""
    return "" if consensus.adjudicated_by is None else str(consensus.adjudicated_by.number)


def _in_order(form: FormData) -> tuple[str, ...]:
    """Return the codes chosen, the one that was chosen first as the main one."""
    order = {code: place for place, code in enumerate(map(str.strip, form_text(form.get("order-1")).split("\n")))}
    return tuple(
        sorted(dict.fromkeys(map(form_text, form.getlist("codes"))), key=lambda code: order.get(code, len(order)))
    )


def _fields(opened: OpenProject) -> dict[str, str]:
    return {field.name: field.heading for field in opened.project.codebook.fields}


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
        if not any(is_same_coding(side.decision.codes, entry.decision.codes) for side in sides):
            note = opened.journal_state.note(entry.decision.coder, consensus.fragment_id)
            sides.append(Side(decision=entry.decision, note=note))
    return tuple(sides)
