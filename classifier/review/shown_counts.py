"""Counts of codes that leads were shown, and of which outcomes they give the codes away."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedCodes:
    """Codes of an outcome in a field, which others chose and a page counts."""

    fragment_id: str
    field: str
    codes: frozenset[str]
    group: str = ""  # the country or period in which they are counted too


class ShownCounts:
    """What was counted on the pages that leads looked at, since the server was started.

    Counts give codes away where all that is counted has the same, and where all has that was added or taken out since
    a lead looked before.

    Examples
    --------
    >>> local, regional = frozenset({"Local"}), frozenset({"Regional"})
    >>> before = [CountedCodes(fragment_id="A", field="scale", codes=local),
    ...           CountedCodes(fragment_id="B", field="scale", codes=regional)]
    >>> shown = ShownCounts()
    >>> sorted(shown.given_away("Lea", before))
    []
    >>> sorted(shown.given_away("Lea", [*before, CountedCodes(fragment_id="C", field="scale", codes=local)]))
    ['C']
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._before: dict[str, frozenset[CountedCodes]] = {}

    def given_away(self, coder: str, counted: Iterable[CountedCodes]) -> frozenset[str]:
        """Return the IDs of outcomes whose codes a lead knows who is shown counts now."""
        now = frozenset(counted)
        with self._lock:
            before = self._before.get(coder, frozenset())
            self._before[coder] = now
        looks = (now, _without(now, before), _without(before, now))
        return frozenset(name for look in looks for name in _of_the_same_codes(look))


def _without(counted: frozenset[CountedCodes], others: frozenset[CountedCodes]) -> frozenset[CountedCodes]:
    """Leave out what is counted among others too, by whatever groups."""
    known = {(one.fragment_id, one.field, one.codes) for one in others}
    return frozenset(one for one in counted if (one.fragment_id, one.field, one.codes) not in known)


def _of_the_same_codes(counted: Iterable[CountedCodes]) -> Iterator[str]:
    """Yield the IDs of what is counted together and has the same codes."""
    together: defaultdict[tuple[str, str], list[CountedCodes]] = defaultdict(list)
    for one in counted:
        for group in {"", one.group}:
            together[one.field, group].append(one)
    for members in together.values():
        if len({one.codes for one in members}) == 1:
            yield from (one.fragment_id for one in members)
