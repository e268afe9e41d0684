"""Pages for adjudicating differences between coders; they never say who chose what.

Leads alone see them, and nobody is shown what others decided of something that somebody is still to decide unseen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from classifier.codebook.schema import CodeField
from classifier.languages import gettext
from classifier.project.blind_and_double_coding import chance
from classifier.project.consensus import Consensus, consensus_of, is_same_coding
from classifier.project.journal import Decision
from classifier.project.record_decisions import adjudicate, close
from classifier.review.context import coder_of, form_text, goto, open_project_of, page, page_context_of, say
from classifier.review.middleware import form_of
from classifier.review.open_project import OpenProject
from classifier.review.outcome_view import story_parts
from classifier.review.rendering import decided
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


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDifference:
    """A field in which coders differ, as it is put before a lead."""

    number: int  # counted from 1 among the fields of the codebook
    field: CodeField
    consensus: Consensus
    sides: tuple[Side, ...]
    is_party: bool  # whether the lead has coded it
    judges: tuple[str, ...]  # the other leads who have not

    @property
    def is_left_to_others(self) -> bool:
        """Whether another lead adjudicates it."""
        return self.is_party and bool(self.judges)

    @property
    def chosen(self) -> frozenset[str]:
        """The codes that any coder chose."""
        return frozenset(code for side in self.sides for code in side.decision.codes)

    @property
    def number_adjudicated(self) -> str:
        """The number of the adjudication, for the form; empty where the difference is open."""
        adjudicated = self.consensus.adjudicated_by
        return "" if adjudicated is None else str(adjudicated.number)


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
    """Show all fields of an outcome that coders differ in, to adjudicate or to adjudicate again."""
    opened, coder = open_project_of(request), coder_of(request)
    found = _differences_of(request, request.query_params.get("id", ""))
    item = opened.coding_items.by_id[found[0].consensus.fragment_id]
    opened.reveal(coder, [item.fragment_id])
    return page(
        request,
        "difference.html",
        fields=found,
        agreed=list(_agreed(opened, item.fragment_id, found, coder)),
        outcome=item.outcome,
        parts=story_parts(item.outcome, opened.project.codebook, {}),
    )


def adjudicate_outcome(request: Request) -> Response:
    """Record what is adjudicated of an outcome, and go to the next difference."""
    with open_project_of(request).alone():  # another lead may adjudicate the same
        return _adjudicate(request)


def close_coding(request: Request) -> Response:
    """Close blind and double coding of an outcome that somebody has begun."""
    opened, name = open_project_of(request), form_text(form_of(request).get("id"))
    if name not in (still_open.fragment_id for still_open in _still_open(opened)):
        raise HTTPException(404, gettext("There is no such outcome whose blind or double coding is open."))
    item = opened.coding_items.by_id[name]
    opened.record([close(item, coder=coder_of(request), codebook=opened.project.codebook)])
    say(request, gettext("Closed blind and double coding of {outcome}.", outcome=name))
    return goto("/differences")


ROUTES = [
    Route("/differences", list_differences),
    Route("/difference", difference),
    Route("/difference", adjudicate_outcome, methods=["POST"]),
    Route("/close", close_coding, methods=["POST"]),
]


def _adjudicate(request: Request) -> Response:
    opened, coder, form = open_project_of(request), coder_of(request), form_of(request)
    found, why = _differences_of(request, form_text(form.get("id"))), form_text(form.get("why"))[:_LONGEST_WHY]
    name, is_not_codable = found[0].consensus.fragment_id, form_text(form.get("not-codable")) == "1"
    asked = [(one, () if is_not_codable else _in_order(form, one.number)) for one in found if not one.is_left_to_others]
    for one in found:
        if one.is_left_to_others and _in_order(form, one.number):
            raise HTTPException(
                403,
                gettext("You coded this yourself, so another lead adjudicates it: {leads}.", leads=listed(one.judges)),
            )
    chosen = [(one, codes) for one, codes in asked if codes or is_not_codable]
    if problem := _problem(form, chosen, why, is_not_codable=is_not_codable):
        say(request, problem)
        return goto("/difference", id=name)
    opened.record(
        [
            adjudicate(
                one.consensus, codes, coder=coder, codebook=opened.project.codebook, why=why, is_party=one.is_party
            )
            for one, codes in chosen
        ]
    )
    headings = listed([one.field.shown_heading for one, _ in chosen])
    say(request, gettext("Adjudicated {fields} of {outcome}.", fields=headings, outcome=name))
    following = next((other for other in _differences(opened, coder).values() if other.is_open), None)
    return goto("/differences") if following is None else goto("/difference", id=following.fragment_id)


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


def _differences_of(request: Request, fragment_id: str) -> tuple[FieldDifference, ...]:
    opened, coder = open_project_of(request), coder_of(request)
    found = _differences(opened, coder)
    fields = tuple(
        FieldDifference(
            number=number,
            field=field,
            consensus=found[fragment_id, field.name],
            sides=_sides(opened, found[fragment_id, field.name]),
            is_party=_is_party(opened, coder, found[fragment_id, field.name]),
            judges=_other_judges(request, opened, found[fragment_id, field.name]),
        )
        for number, field in enumerate(opened.project.codebook.fields, start=1)
        if (fragment_id, field.name) in found
    )
    if not fields:
        raise HTTPException(404, gettext("Coders don't differ on this, or somebody is still to code it unseen."))
    return fields


def _agreed(
    opened: OpenProject, fragment_id: str, found: Sequence[FieldDifference], coder: str
) -> Iterator[tuple[str, str]]:
    """Yield the other fields that anybody has decided and this lead may see, with what was decided."""
    differing = {one.field.name for one in found}
    consensus = consensus_of([fragment_id], opened.project.codebook, opened.journal_state)
    for field in opened.project.codebook.fields:
        known = consensus.get((fragment_id, field.name))
        if known is not None and field.name not in differing and opened.may_see_others(coder, fragment_id, field.name):
            yield field.shown_heading, decided(known.entries[0].decision, field)


def _problem(
    form: FormData,
    chosen: Sequence[tuple[FieldDifference, tuple[str, ...]]],
    why: str,
    *,
    is_not_codable: bool,
) -> str:
    """Say what keeps a choice from being recorded; empty where nothing does."""
    if is_not_codable and any(name.startswith("codes-") for name in form):
        return gettext("Choose codes, or tick that it is not codable, not both.")
    if is_not_codable and not why:
        return gettext("Type why it is not codable.")
    for one, codes in chosen:
        if form_text(form.get(f"settled-{one.number}")) != one.number_adjudicated:
            return gettext("Somebody has adjudicated this, or undone that, in the meantime; look at it again.")
        if not one.field.has_all(codes) or (len(codes) > 1 and not one.field.is_multiple):
            return gettext("Choose a code first.")
    return "" if chosen else gettext("Choose a code first.")


def _in_order(form: FormData, number: int) -> tuple[str, ...]:
    """Return the codes chosen in a field, the one that was chosen first as the main one."""
    ranks = form_text(form.get(f"order-{number}")).split("\n")
    order = {code: place for place, code in enumerate(map(str.strip, ranks))}
    chosen = dict.fromkeys(map(form_text, form.getlist(f"codes-{number}")))
    return tuple(sorted(chosen, key=lambda code: order.get(code, len(order))))


def _fields(opened: OpenProject) -> dict[str, CodeField]:
    return {field.name: field for field in opened.project.codebook.fields}


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
