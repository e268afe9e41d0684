"""Coding pages: the queue, and one outcome at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from classifier.control_characters import without_isolates
from classifier.harvest.confidentiality import left_out_ids
from classifier.harvest.outcome import Outcome
from classifier.languages import gettext, ngettext
from classifier.project.coding_items import CodingItem, CodingItems, Order
from classifier.project.journal import DecisionMethod, Entry
from classifier.project.queue import CodingQueue, Filter, State
from classifier.project.record_decisions import Choice, note, skip, undo
from classifier.review.choices import choices_made, choices_not_codable, codes_given, number_in
from classifier.review.context import (
    coder_of,
    coding_queue_of,
    form_text,
    goto,
    is_lead,
    open_project_of,
    page,
    page_context_of,
    say,
)
from classifier.review.last_query import keep_query, last_query
from classifier.review.middleware import form_of, session_of
from classifier.review.open_project import OpenProject
from classifier.review.outcome_view import page_key, view_outcome
from classifier.review.query import Query
from classifier.spelling import nearest
from classifier.suggestion.types import Flag
from classifier.suggestion.types import Route as Kind
from classifier.wording import listed

_PER_PAGE = 100
_LONGEST_NOTE = 5000  # letters
_NOT_CODABLE_PATH = "/not-codable"
OPENING = 160
"""Letters of a description that a list shows."""


def go_on(request: Request) -> Response:
    """Go to the outcome that comes first, or to the queue where there is none.

    Where nothing is asked, a coder goes on with what they asked for last.
    """
    opened = open_project_of(request)
    asked = Query.read(request.query_params) if request.query_params else last_query(request)
    coding_queue = coding_queue_of(request, opened)
    first = coding_queue.first(asked.filter, asked.order)
    if first is None and not request.query_params:
        asked = Query(order=asked.order)  # what was asked for last is done
        first = coding_queue.first(asked.filter, asked.order)
    return _to_outcome(first, asked) if first else _to_queue(asked)


def queue(request: Request) -> Response:
    """List the outcomes asked for."""
    opened, coder, asked = open_project_of(request), coder_of(request), Query.read(request.query_params)
    coding_queue = coding_queue_of(request, opened)
    names = list(coding_queue.select(asked.filter, asked.order))
    n_pages = max(-(-len(names) // _PER_PAGE), 1)
    start = (min(number_in(request.query_params.get("page", "")) or 1, n_pages) - 1) * _PER_PAGE
    rows = [
        (opened.coding_items.by_id[name], coding_queue.undecided(name)) for name in names[start : start + _PER_PAGE]
    ]
    opened.view_log.add(coder, [item for item, _ in rows], set_number=opened.coding_items.number)
    return page(
        request,
        "queue.html",
        asked=asked,
        n_found=len(names),
        n_outcomes=len(opened.coding_items.by_id),
        n_of_others=0 if names else sum(1 for _ in coding_queue.select(Filter(everyone=True), Order.FILE)),
        start=start,
        rows=rows,
        per_page=_PER_PAGE,
        opening=OPENING,
        journal_state=opened.journal_state,
        coder=coder,
        **choices_to_ask(request, opened),
    )


def outcome(request: Request) -> Response:
    """Show one outcome to code."""
    opened, asked = open_project_of(request), Query.read(request.query_params)
    item = item_of(request, opened.coding_items, request.query_params.get("id", ""))
    return _outcome_page(request, opened, item, asked)


def jump(request: Request) -> Response:
    """Go to the outcome of an ID, or to the one whose ID is likest."""
    opened, asked = open_project_of(request), Query.read(request.query_params)
    wanted = request.query_params.get("id", "").strip()
    readable = [name for name in opened.coding_items.by_id if coding_queue_of(request, opened).may_read(name)]
    if wanted not in readable:  # it may have been copied from an Arabic page
        wanted = without_isolates(wanted).strip()
    ids = {name.casefold(): name for name in readable}
    parts = [name for folded, name in ids.items() if wanted.casefold() in folded]
    only_part = parts[0] if wanted and len(parts) == 1 else None
    found = wanted if wanted in readable else ids.get(wanted.casefold(), only_part)
    if found:
        return _to_outcome(found, asked)
    guess = nearest(wanted, readable)
    hint = gettext("Did you mean {guess}?", guess=guess) if guess else gettext("The queue lists the IDs.")
    say(request, gettext("There is no outcome “{wanted}”. {hint}", wanted=wanted, hint=hint))
    return _to_queue(asked)


def decide(request: Request) -> Response:
    """Record what was chosen, or that the outcome is not codable, and go to the next outcome."""
    opened, coder, form = open_project_of(request), coder_of(request), form_of(request)
    asked, fields = _asked_in(form), opened.project.codebook.fields
    number = number_in(form_text(form.get("set"))) or 0
    coding_items, coding_queue = opened.coding_items_of(number), coding_queue_of(request, opened)
    item = item_of(request, coding_items, form_text(form.get("id")))
    view = opened.view_log.find(coder, item.fragment_id, set_number=number)
    current = opened.coding_items.by_id[item.fragment_id]
    reason = form_text(form.get("reason"))[:_LONGEST_NOTE]
    # Which suggestions were in view is known here; a form can only name a page that was shown. And what is suggested
    # since then can be found out elsewhere, such as by the queue's filters, so that it must be shown first.
    is_unseen = view is not None and bool(current.suggestions) and not view.fields
    if view is None or is_unseen or form_text(form.get("key")) != page_key(opened.project, item):
        return _outcome_page(
            request, opened, item, asked, outdated=codes_given(form, fields), reason=reason, status=409
        )
    if request.url.path == _NOT_CODABLE_PATH:
        is_taken_back = form_text(form.get("do")) == "take-back"
        if not reason and not is_taken_back:
            say(request, gettext("Type why it is not codable first."))
            return _to_outcome(item.fragment_id, asked)
        choices = dict(choices_not_codable(form, fields, reason="" if is_taken_back else reason))
    else:
        choices = dict(choices_made(form, fields, since=view.at))
        if not any(choice.codes for choice in choices.values()):
            choices = _without_those_left(choices, opened, item, coder)
    together = [
        coding_items.by_id[name]
        for name in map(form_text, form.getlist("together"))
        if name in item.near_duplicates and coding_queue.may_read(name)
    ]
    recorded = opened.decide(item, choices, coder=coder, together=together)
    if recorded.raced:
        return _outcome_page(
            request, opened, item, asked, raced=recorded.raced, choices=choices, reason=reason, status=409
        )
    if not recorded.entries:
        say(request, gettext("Nothing was chosen, so nothing was recorded."))
        return _to_outcome(item.fragment_id, asked)
    following = coding_queue_of(request, opened).after(item.fragment_id, asked.filter, asked.order)
    say(request, _recorded_in_words(request, opened, item, recorded.entries))
    return _to_outcome(following, asked) if following else _to_queue(asked)


def _without_those_left(
    choices: Mapping[str, Choice], opened: OpenProject, item: CodingItem, coder: str
) -> dict[str, Choice]:
    """Leave out fields that stay not codable: confirming no code takes nothing of that back."""
    decided = {name: opened.journal_state.current_decision(coder, item.fragment_id, name) for name in choices}
    return {
        name: choice
        for name, choice in choices.items()
        if (entry := decided[name]) is None or not entry.decision.not_codable
    }


def _recorded_in_words(request: Request, opened: OpenProject, item: CodingItem, entries: Sequence[Entry]) -> str:
    if all(entry.decision.not_codable for entry in entries):
        return gettext("Marked {outcome} as not codable.", outcome=item.fragment_id)
    n_together = len({entry.decision.fragment_id for entry in entries}) - 1
    undecided = coding_queue_of(request, opened).undecided(item.fragment_id)
    left = [field.shown_heading for field in opened.project.codebook.fields if field.name in undecided]
    told = gettext("Recorded {outcome}.", outcome=item.fragment_id)
    if n_together:
        told = ngettext(
            "Recorded {outcome}, and {n} more outcome with it.",
            "Recorded {outcome}, and {n} more outcomes with it.",
            n_together,
            outcome=item.fragment_id,
        )
    return told + " " + gettext("Not decided yet: {fields}.", fields=listed(left)) if left else told


def undo_last(request: Request) -> Response:
    """Undo the last action, and show its outcome."""
    opened, coder, asked = open_project_of(request), coder_of(request), _asked_in(form_of(request))
    last = opened.journal_state.last_action(coder)
    if not is_lead(request) and any(entry.decision.method is DecisionMethod.ADJUDICATION for entry in last):
        raise HTTPException(403, gettext("Only a lead may undo an adjudication. Ask a lead of your team."))
    if (noted := _noted_elsewhere(request, opened.journal_state.latest_note(coder), last)) is not None:
        return _to_outcome(noted, asked)
    entries = opened.do(lambda: undo(opened.journal_state, coder))
    ids = dict.fromkeys(entry.decision.fragment_id for entry in entries)
    if not ids:
        say(request, gettext("There is nothing to undo."))
        return goto("/", **asked.said)
    first, n_more = next(iter(ids)), len(ids) - 1
    say(
        request,
        ngettext("Undone: {outcome} and {n} more.", "Undone: {outcome} and {n} more.", n_more, outcome=first)
        if n_more
        else gettext("Undone: {outcome}.", outcome=first),
    )
    return _to_outcome(next(iter(ids)), asked) if len(ids) == 1 else _to_queue(asked)


def _noted_elsewhere(request: Request, saved: Entry | None, last: Sequence[Entry]) -> str | None:
    """Tell a coder, once, that their last action was a note on another outcome; return that outcome.

    Who has just saved a note means that, and would lose the codes of an outcome that is not in view.
    """
    told, session = page_context_of(request).told_of_note, session_of(request)
    if not last or saved is None or saved.number < max(entry.number for entry in last):
        return None
    noted, decided = saved.decision.fragment_id, last[0].decision.fragment_id
    if noted == decided or told.get(session) == saved.number:
        return None
    told[session] = saved.number
    say(
        request,
        gettext(
            "Your last action was a note on {noted}, which is not undone: change it below. Undo once more to undo your "
            "decision on {decided}.",
            noted=noted,
            decided=decided,
        ),
    )
    return noted


def put_note(request: Request) -> Response:
    """Note something on an outcome."""
    opened, form = open_project_of(request), form_of(request)
    asked, item = _asked_in(form), item_of(request, opened.coding_items, form_text(form.get("id")))
    text = form_text(form.get("note"))[:_LONGEST_NOTE]
    opened.record([note(item, text, coder=coder_of(request), codebook=opened.project.codebook)])
    said = gettext("Note saved.") if text else gettext("Note removed.")
    if "hx-request" in request.headers:  # what was chosen on the page and not confirmed yet stays
        return page(request, "_said.html", said=said)
    say(request, said)
    return _to_outcome(item.fragment_id, asked)


def skip_outcome(request: Request) -> Response:
    """Skip an outcome for now, and go to the next one."""
    opened, coder, form = open_project_of(request), coder_of(request), form_of(request)
    asked, item = _asked_in(form), item_of(request, opened.coding_items, form_text(form.get("id")))
    opened.record([skip(item, coder=coder, codebook=opened.project.codebook)])
    following = coding_queue_of(request, opened).after(item.fragment_id, asked.filter, asked.order)
    return _to_outcome(following, asked) if following else _to_queue(asked)


def similar_outcomes(request: Request) -> Response:
    """Show the coded outcomes that are most like one; never where it is coded blind."""
    opened = open_project_of(request)
    items = opened.coding_items_of(number_in(request.query_params.get("set", "")) or 0)
    item = item_of(request, items, request.query_params.get("id", ""))
    left_out = left_out_ids(opened.project.outcomes_of_all_files, opened.project.codebook)
    coding_queue = coding_queue_of(request, opened)
    near: dict[str, tuple[float, dict[str, tuple[str, ...]]]] = {}
    for name, suggestion in item.suggestions.items():
        for other in suggestion.nearest:
            if other.fragment_id in left_out or not _may_know(opened, coding_queue, other.fragment_id, name):
                continue
            near.setdefault(other.fragment_id, (other.similarity, {}))[1][name] = other.codes
    rows = [
        (other, similarity, codes, _readable(opened, coding_queue, other))
        for other, (similarity, codes) in sorted(near.items(), key=lambda item: -item[1][0])
    ]
    # A coder is shown what they decided themselves; a lead, what others did too.
    by_others = {name for who, name, _ in opened.journal_state.own() if who != coding_queue.coder}
    known_by_now = (name for name in near if name in by_others and not coding_queue.is_mine(name))
    opened.reveal(coding_queue.coder, sorted(known_by_now) if coding_queue.reads_all else ())
    return page(request, "_nearest.html", rows=rows, fields=opened.project.codebook.fields)


def help_page(request: Request) -> Response:
    """Show the keys and what the page does, for who has no script."""
    return page(request, "help.html")


ROUTES = [
    Route("/", go_on),
    Route("/queue", queue),
    Route("/outcome", outcome),
    Route("/jump", jump),
    Route("/decide", decide, methods=["POST"]),
    Route(_NOT_CODABLE_PATH, decide, methods=["POST"]),
    Route("/undo", undo_last, methods=["POST"]),
    Route("/note", put_note, methods=["POST"]),
    Route("/skip", skip_outcome, methods=["POST"]),
    Route("/nearest", similar_outcomes),
    Route("/help", help_page),
]


def _outcome_page(
    request: Request,
    opened: OpenProject,
    item: CodingItem,
    asked: Query,
    *,
    raced: tuple[str, ...] = (),
    outdated: tuple[str, ...] | None = None,
    choices: Mapping[str, Choice] | None = None,
    reason: str = "",
    status: int = 200,
) -> Response:
    coder, coding_queue = coder_of(request), coding_queue_of(request, opened)
    view = view_outcome(
        opened, opened.coding_items.by_id[item.fragment_id], set_number=opened.coding_items.number, queue=coding_queue
    )
    opened.view_log.add(coder, [view.item], set_number=view.set_number)
    shown = page(
        request,
        "outcome.html",
        status=status,
        asked=asked,
        view=view,
        following=coding_queue.after(item.fragment_id, asked.filter, asked.order),
        before=coding_queue.before(item.fragment_id, Filter(state=State.ALL), asked.order),
        raced=raced,
        outdated=outdated,
        choices=choices or {},
        reason=reason or view.not_codable,
        is_outdated=opened.is_model_older,
        newer_model=opened.newer_model,
    )
    if asked.filter.state is State.UNDECIDED:
        keep_query(shown, request, asked)
    return shown


def choices_to_ask(request: Request, opened: OpenProject) -> dict[str, Any]:
    """Return what one may ask for."""
    coding_queue = coding_queue_of(request, opened)
    outcomes = [item.outcome for name, item in opened.coding_items.by_id.items() if coding_queue.may_read(name)]
    raised_flags = {flag for item in opened.coding_items.by_id.values() for flag in item.flags}
    return {
        "fields": opened.project.codebook.fields,
        "kinds": list(Kind),
        "flags": [flag for flag in Flag if any(raised.startswith(flag) for raised in raised_flags)],
        "orders": list(Order),
        "states": list(State),
        "countries": sorted({outcome.country.strip() for outcome in outcomes} - {""}),
        "periods": sorted({outcome.period.strip() for outcome in outcomes} - {""}),
    }


def _asked_in(form: FormData) -> Query:
    return Query.read(dict(parse_qsl(form_text(form.get("asked")))))


def item_of(request: Request, coding_items: CodingItems, fragment_id: str) -> CodingItem:
    """Return the outcome of an ID, if the coder who is signed in may read it."""
    opened = open_project_of(request)
    if _readable(opened, coding_queue_of(request, opened), fragment_id) is None:
        raise HTTPException(
            404, gettext("There is no outcome with that ID, or it is confidential and not yours to code.")
        )
    return coding_items.by_id[fragment_id]


def _readable(opened: OpenProject, coding_queue: CodingQueue, fragment_id: str) -> Outcome | None:
    item = opened.coding_items.by_id.get(fragment_id)
    return item.outcome if item is not None and coding_queue.may_read(fragment_id) else None


def _may_know(opened: OpenProject, coding_queue: CodingQueue, fragment_id: str, field: str) -> bool:
    """Whether the codes of an outcome may be shown as those of a similar one.

    Nobody is shown what others decided of an outcome that they may still code unseen; a coder may code any.
    """
    if fragment_id not in opened.coding_items.by_id:  # of another project, or only known to the model
        return True
    if not coding_queue.reads_all or coding_queue.is_mine(fragment_id):  # a lead's reads all
        return field not in coding_queue.undecided(fragment_id)
    return opened.may_see_others(coding_queue.coder, fragment_id, field)


def _to_outcome(fragment_id: str | None, asked: Query) -> Response:
    return goto("/outcome", **{**asked.said, "id": fragment_id or ""})


def _to_queue(asked: Query) -> Response:
    return goto("/queue", **asked.said)
