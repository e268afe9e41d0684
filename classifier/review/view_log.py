"""View log: which suggestions each coder was shown, kept in the project's journal.

Whether a decision is blind rests on this, and on nothing that a form says.
"""

from __future__ import annotations

import datetime
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace

from classifier.clock import seconds_passed
from classifier.coder_names import identity_of
from classifier.errors import ProjectError
from classifier.project.coding_items import CodingItem
from classifier.project.journal import Journal, RecordedView
from classifier.project.suggestion_store import SuggestionStore


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How an outcome was shown with a set of suggestions."""

    fields: frozenset[str]  # those whose suggestion was in view, on any page
    at: float  # when it was first shown; see `classifier.clock`


class ViewLog:
    """What each coder was shown of each outcome, by the number of the set of suggestions.

    Parameters
    ----------
    journal : callable
        Returns the project's journal, which is another one after the project was opened again.
    """

    def __init__(self, journal: Callable[[], Journal], *, clock: Callable[[], float] = seconds_passed) -> None:
        self._journal = journal
        self._clock = clock
        self._lock = threading.Lock()
        self._views: dict[tuple[str, str, int], View] = {}  # those that were shown since the server was started

    def add(self, coder: str, items: Iterable[CodingItem], *, set_number: int) -> None:
        """Record that outcomes are shown to a coder, with the suggestions of a set; when this returns it is on disk."""
        now, identity = self._clock(), identity_of(coder)
        with self._lock:
            new: dict[tuple[str, str, int], View] = {}
            for item in items:
                key = identity, item.fragment_id, set_number
                known, fields = self._views.get(key), frozenset(item.suggestions)
                if known is None or not fields <= known.fields:
                    new[key] = View(fields=fields, at=now) if known is None else replace(known, fields=fields)
            self._journal().record_views([_recorded(key, view) for key, view in new.items()])
            self._views |= new

    def find(self, coder: str, fragment_id: str, *, set_number: int) -> View | None:
        """Return how a coder was shown an outcome with a set of suggestions; None where they were not."""
        identity = identity_of(coder)
        views = [view for view in self._journal().views(identity, fragment_id) if view.set_number == set_number]
        if not views:
            return None
        with self._lock:
            known = self._views.get((identity, fragment_id, set_number))
        at = self._clock() - _seconds_since(views[0]) if known is None else known.at
        return View(fields=frozenset(name for view in views for name in view.fields), at=at)

    def was_guided(self, coder: str, fragment_id: str) -> bool:
        """Whether a coder was shown any suggestion for an outcome."""
        return any(view.fields for view in self._journal().views(identity_of(coder), fragment_id))

    def with_all_shown(self, coder: str, item: CodingItem, *, store: SuggestionStore) -> CodingItem:
        """Return an outcome with its suggestions and, in fields that have none, those shown to this coder before.

        Suggestions of a set that is no longer in the store are left out.
        """
        views = self._journal().views(identity_of(coder), item.fragment_id)
        for view in sorted(views, key=lambda view: view.set_number, reverse=True):
            if set(view.fields) - item.suggestions.keys():
                with suppress(ProjectError, KeyError):
                    stored = store.get(view.set_number).outcomes[item.fragment_id]
                    shown = {name: stored.fields[name] for name in view.fields}
                    model = item.model if item.suggestions else stored.model
                    item = replace(item, suggestions={**shown, **item.suggestions}, model=model)
        return item


def _recorded(key: tuple[str, str, int], view: View) -> RecordedView:
    coder, fragment_id, set_number = key
    return RecordedView(coder=coder, fragment_id=fragment_id, set_number=set_number, fields=tuple(sorted(view.fields)))


def _seconds_since(view: RecordedView) -> float:
    """Return how long ago a view was that another run of the server recorded, by the clock of the system."""
    assert view.at is not None  # it was recorded
    return max(0.0, (datetime.datetime.now(tz=datetime.UTC) - view.at).total_seconds())
