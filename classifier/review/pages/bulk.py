"""Bulk confirmation of suggestions."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from classifier.codebook.schema import CodeField
from classifier.languages import gettext, ngettext
from classifier.project.coding_items import CodingItem, Order
from classifier.project.queue import State
from classifier.project.record_decisions import confirm_suggestions
from classifier.review.choices import number_in
from classifier.review.context import coder_of, coding_queue_of, form_text, goto, open_project_of, page, say
from classifier.review.middleware import form_of
from classifier.review.open_project import OpenProject
from classifier.review.pages.coding import OPENING, choices_to_ask, item_of
from classifier.review.query import Query
from classifier.suggestion.types import Route as Kind

_MOST_AT_ONCE = 500


def bulk(request: Request) -> Response:
    """Show the suggestions that can be confirmed in bulk."""
    opened, coder, asked = open_project_of(request), coder_of(request), _asked_in_bulk(request)
    field = _field(opened, asked.filter.field)
    found = list(_confirmable(request, opened, field, asked))
    coding_items = found[:_MOST_AT_ONCE]
    opened.view_log.add(coder, coding_items, set_number=opened.coding_items.number)
    sure = [item.suggestions[field.name].confidence or 0.0 for item in coding_items]
    return page(
        request,
        "bulk.html",
        asked=asked,
        chosen_field=field,
        coding_items=coding_items,
        n_found=len(found),
        n_wrong=sum(1 - confidence for confidence in sure),
        set_number=opened.coding_items.number,
        opening=OPENING,
        **choices_to_ask(request, opened),
    )


def confirm_many(request: Request) -> Response:
    """Confirm the suggestions that were shown and left ticked."""
    opened, coder, form = open_project_of(request), coder_of(request), form_of(request)
    number = number_in(form_text(form.get("set"))) or 0
    field, coding_items = _field(opened, form_text(form.get("field"))), opened.coding_items_of(number)
    chosen = [item_of(request, coding_items, name) for name in dict.fromkeys(map(form_text, form.getlist("id")))]
    entries = opened.do(
        lambda: confirm_suggestions(
            [
                item
                for item in chosen
                if not item.is_blind and opened.view_log.find(coder, item.fragment_id, set_number=number)
            ],
            field,
            coder=coder,
            codebook=opened.project.codebook,
            journal_state=opened.journal_state,
        )
    )
    said = ngettext(
        "Confirmed {n} suggestion for {field}; one undo reverses it.",
        "Confirmed {n} suggestions for {field}; one undo reverses it.",
        len(entries),
        field=field.shown_heading,
    )
    say(request, said if entries else gettext("Nothing was ticked, so nothing was recorded."))
    return goto("/queue")


ROUTES = [
    Route("/bulk", bulk),
    Route("/bulk", confirm_many, methods=["POST"]),
]


def _confirmable(request: Request, opened: OpenProject, field: CodeField, asked: Query) -> Iterator[CodingItem]:
    for name in coding_queue_of(request, opened).select(asked.filter, asked.order):
        item = opened.coding_items.by_id[name]
        suggestion = item.suggestions.get(field.name)
        if suggestion is not None and suggestion.can_be_confirmed:
            yield item


def _asked_in_bulk(request: Request) -> Query:
    """Read what is asked; surest first, and only what may be confirmed unless asked otherwise."""
    usual = {"route": str(Kind.CONFIRM), "order": str(Order.SURE)}
    asked = {**usual, **dict(request.query_params), "state": str(State.UNDECIDED)}
    names = open_project_of(request).project.codebook.names
    return Query.read({**asked, "field": asked.get("field") or names[0]})


def _field(opened: OpenProject, name: str) -> CodeField:
    if name not in opened.project.codebook.names:
        raise HTTPException(404, gettext("There is no field with that name."))
    return opened.project.codebook.field(name)
