"""Page of a project's coders, for leads: what each has done, new ones, merged names, blind and double coding."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from classifier.coder_names import CoderNames, tidied
from classifier.languages import gettext
from classifier.project.journal import Entry
from classifier.project.lookalike_coders import lookalike_of
from classifier.project.project import change_shares
from classifier.project.record_decisions import merge_coders, separate_coders
from classifier.project.status import progress_in
from classifier.review.choices import number_in
from classifier.review.context import coder_of, form_text, goto, open_project_of, page, page_context_of, say
from classifier.review.middleware import form_of
from classifier.review.open_project import OpenProject
from classifier.review.users import set_password

_LONGEST_NAME = 200  # letters


@dataclass(frozen=True, slots=True, kw_only=True)
class CoderRow:
    """What a coder has done.

    Attributes
    ----------
    n_decided : tuple of int
        By field.
    blind : float or None
        The share of what they decided that they decided blind; None where they decided nothing.
    """

    name: str
    n_decided: tuple[int, ...]
    blind: float | None
    last_active: datetime.datetime | None


def coders(request: Request) -> Response:
    """List the coders, with what a lead can change."""
    opened = open_project_of(request)
    return page(
        request,
        "coders.html",
        fields=opened.project.codebook.fields,
        rows=list(_rows(opened)),
        similar=list(_similar_pairs(opened.coders)),
        merged=opened.journal_state.merged,
        shares=opened.project.shares,
    )


def add_coder(request: Request) -> Response:
    """Add a coder: with a password where coders sign in, else to the journal."""
    opened, page_context, form = open_project_of(request), page_context_of(request), form_of(request)
    name, password = tidied(form_text(form.get("name"))[:_LONGEST_NAME]), form.get("password")
    if not name:
        return _back(request, gettext("Type a name first."))
    is_known = CoderNames(opened.coders).find(name) is not None
    if page_context.users is None:
        if is_known:
            return _back(request, gettext("{name} is a coder here already.", name=name))
        opened.admit(name)
        return _back(
            request, gettext("Added {name}, who gets a share of the outcomes with their first decision.", name=name)
        )
    with page_context.lock:  # another lead may add them at once, with another password
        if page_context.known_users().hash_of(name) is not None:
            return _back(
                request,
                gettext(
                    "{name} can sign in already; a forgotten password is set anew where the page was started.",
                    name=name,
                ),
            )
        added = set_password(page_context.users, name, password if isinstance(password, str) else "")
    return _back(request, gettext("Added {name}, who can sign in now. Tell them the password yourself.", name=added))


def merge(request: Request) -> Response:
    """Merge two names of one coder; nothing in the journal is changed, and it can be undone."""
    opened, page_context, form = open_project_of(request), page_context_of(request), form_of(request)
    kept, other = form_text(form.get("kept")), form_text(form.get("other"))
    if page_context.users is not None and page_context.known_users().hash_of(other) is not None:
        return _back(
            request,
            gettext(
                "{name} signs in under that name; keep that one, or remove it from the users file first.", name=other
            ),
        )
    with opened.alone():
        if kept == other or not {kept, other} <= set(opened.coders):
            return _back(request, gettext("Choose two different coders."))
        opened.record([merge_coders(kept, other, coder=coder_of(request), codebook=opened.project.codebook)])
    return _back(request, gettext("What {other} decided counts as {kept}'s now.", other=other, kept=kept))


def separate(request: Request) -> Response:
    """Undo the merge of two names."""
    opened, number = open_project_of(request), number_in(form_text(form_of(request).get("number")))
    found: Entry | None = next((entry for entry in opened.journal_state.merged if entry.number == number), None)
    if found is None:
        return _back(request, gettext("These names are not merged any more."))
    kept, other = found.decision.codes
    opened.record([separate_coders(found, coder=coder_of(request))])
    # Each was shown the other's decisions as their own meanwhile.
    for name, of in ((kept, other), (other, kept)):
        entered = opened.journal_state.entered_by(opened.known_as(of))
        opened.reveal(opened.known_as(name), sorted(entered & opened.coding_items.by_id.keys()))
    return _back(request, gettext("{kept} and {other} are two coders again.", kept=kept, other=other))


def put_shares(request: Request) -> Response:
    """Change which share of the outcomes is coded blind, and which by two coders."""
    opened, form = open_project_of(request), form_of(request)
    blind, double = (number_in(form_text(form.get(name))) for name in ("blind", "double"))
    if blind is None or double is None or max(blind, double) > 100:
        return _back(request, gettext("Type whole percentages from 0 to 100."))
    shares = replace(opened.project.shares, blind=blind / 100, double=double / 100)
    change_shares(opened.project, shares)
    opened.reload()
    return _back(
        request,
        gettext("Of the outcomes, {blind} % are coded blind and {double} % by two coders.", blind=blind, double=double),
    )


ROUTES = [
    Route("/coders", coders),
    Route("/coders", add_coder, methods=["POST"]),
    Route("/coders/merge", merge, methods=["POST"]),
    Route("/coders/separate", separate, methods=["POST"]),
    Route("/coders/shares", put_shares, methods=["POST"]),
]


def _back(request: Request, said: str) -> Response:
    say(request, said)
    return goto("/coders")


def _rows(opened: OpenProject) -> Iterator[CoderRow]:
    codebook, state = opened.project.codebook, opened.journal_state
    outcomes = {name: item.outcome for name, item in opened.coding_items.by_id.items()}
    made = {(found.coder, found.field): found for found in progress_in(codebook, outcomes, state.own())}
    for name in opened.coders:
        own = [made[name, field] for field in codebook.names if (name, field) in made]
        n_decided = sum(found.n_decided for found in own)
        yield CoderRow(
            name=name,
            n_decided=tuple(found.n_decided for found in own) or (0,) * len(codebook.fields),
            blind=sum(found.n_blind for found in own) / n_decided if n_decided else None,
            last_active=state.last_active(name),
        )


def _similar_pairs(names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield pairs of names that may be one coder's: they look alike, or differ by a slip or the order of words."""
    for place, name in enumerate(names):
        earlier = names[:place]
        if (similar := lookalike_of(name, earlier) or CoderNames(earlier).nearest(name)) is not None:
            yield similar, name
