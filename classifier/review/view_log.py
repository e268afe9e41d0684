"""View log: which suggestions each coder was shown, as the server remembers it while it runs.

Whether a decision is blind rests on this, and on nothing that a form says.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from classifier.clock import seconds_passed
from classifier.project.coding_items import CodingItem


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """An outcome as it was first shown with a set of suggestions."""

    item: CodingItem
    at: float  # see `classifier.clock`


class ViewLog:
    """What each coder was shown of each outcome, by the number of the set of suggestions."""

    def __init__(self, *, clock: Callable[[], float] = seconds_passed) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._views: dict[tuple[str, str], dict[int, View]] = {}

    def add(self, coder: str, items: Iterable[CodingItem], *, set_number: int) -> None:
        """Note that outcomes are shown to a coder, with the suggestions of a set."""
        now = self._clock()
        with self._lock:
            for item in items:
                views = self._views.setdefault((coder, item.fragment_id), {})
                known = views.get(set_number)
                # A page on which suggestions may no longer be in view doesn't make those forgotten that were.
                if known is None or (item.suggestions and not known.item.suggestions):
                    views[set_number] = View(item=item, at=now if known is None else known.at)

    def find(self, coder: str, fragment_id: str, *, set_number: int) -> View | None:
        """Return how a coder was first shown an outcome with a set of suggestions; None where they were not."""
        with self._lock:
            return self._views.get((coder, fragment_id), {}).get(set_number)

    def with_all_shown(self, coder: str, item: CodingItem) -> CodingItem:
        """Return an outcome with its suggestions and, in fields that have none, those shown to this coder before."""
        with self._lock:
            views = self._views.get((coder, item.fragment_id), {})
            earlier = [views[number].item for number in sorted(views, reverse=True)]
        for shown in earlier:
            if shown.suggestions.keys() - item.suggestions.keys():
                model = item.model if item.suggestions else shown.model
                item = replace(item, suggestions={**shown.suggestions, **item.suggestions}, model=model)
        return item
