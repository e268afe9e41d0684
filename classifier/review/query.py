"""Query string of a page: filter and order of outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from urllib.parse import urlencode

from classifier.project.coding_items import Order
from classifier.project.queue import Filter, State
from classifier.suggestion.types import Route

_TEXTS = ("field", "code", "flag", "country", "period", "text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Which outcomes, and in which order.

    Examples
    --------
    >>> asked = Query.read({"order": "file", "route": "confirm", "country": "Mali", "above": "ninety"})
    >>> asked.query
    'order=file&route=confirm&country=Mali'
    """

    filter: Filter = field(default_factory=Filter)
    order: Order = Order.UNCERTAIN

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Query:
        """Read an address; what can't be read is taken as not asked."""
        state, route, above = query.get("state", ""), query.get("route", ""), query.get("above", "")
        order = query.get("order", "")
        return cls(
            filter=Filter(
                state=State(state) if state in set(State) else State.UNDECIDED,
                everyone=query.get("everyone") == "1",
                route=route if route in set(Route) else "",
                above=_share(above),
                **{name: query.get(name, "").strip() for name in _TEXTS},
            ),
            order=Order(order) if order in set(Order) else Order.UNCERTAIN,
        )

    @property
    def said(self) -> dict[str, str]:
        """What is asked, name by name; what goes without saying is left out."""
        said = {} if self.order is Order.UNCERTAIN else {"order": str(self.order)}
        usual = Filter()
        for part in fields(Filter):
            value = getattr(self.filter, part.name)
            if value != getattr(usual, part.name):
                said[part.name] = "1" if value is True else str(value)
        return said

    @property
    def query(self) -> str:
        """What is asked, as part of an address."""
        return urlencode(self.said)


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        return 0.0
    return share if 0.0 <= share <= 1.0 else 0.0
