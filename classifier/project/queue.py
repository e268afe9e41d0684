"""Coding queue of a coder: assigned outcomes, filters and order."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from classifier.codebook.schema import Codebook
from classifier.control_characters import without_isolates
from classifier.harvest.outcome import Outcome
from classifier.project.coding_items import CodingItem, CodingItems, Order
from classifier.project.current_decisions import JournalState
from classifier.project.independent_coding import IndependentCoding
from classifier.project.project import Shares
from classifier.suggestion.types import Route


class State(StrEnum):
    """State of an outcome for one coder."""

    UNDECIDED = "undecided"
    DECIDED = "decided"
    NOT_CODABLE = "not-codable"
    NOTED = "noted"
    SKIPPED = "skipped"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which outcomes are asked for; what is empty asks nothing."""

    state: State = State.UNDECIDED
    everyone: bool = False  # those too that other coders are to code, of which nobody has decided the undecided ones
    # Of a suggestion: its route and code, in a field or in any. Outcomes whose suggestion may not be in view
    # are never among those asked for by it.
    route: str = ""
    field: str = ""
    code: str = ""
    flag: str = ""  # the beginning of a flag
    country: str = ""
    period: str = ""
    above: float = 0.0  # the least confidence of the suggested code
    text: str = ""  # words that its ID, its story or the coder's note has, whatever their case and accents

    def fits(self, item: CodingItem, *, note: str = "") -> bool:
        """Whether an outcome is asked for, whoever codes it; `note` is the coder's."""
        outcome = item.outcome
        return (
            self.country in ("", outcome.country.strip())
            and self.period in ("", outcome.period.strip())
            and (not self.flag or any(flag.startswith(self.flag) for flag in item.flags))
            and (not (self.route or self.code or self.above) or any(self._suggested(item)))
            and (not self.text or self._is_said(outcome, note))
        )

    def _is_said(self, outcome: Outcome, note: str) -> bool:
        told = _folded("\n".join([outcome.fragment_id, *outcome.story.parts.values(), outcome.story.merged, note]))
        return all(word in told for word in _folded(self.text).split())

    def _suggested(self, item: CodingItem) -> Iterator[bool]:
        for name, suggestion in item.suggestions.items():
            if self.field in ("", name):
                yield (
                    (not self.route or suggestion.route is Route(self.route))
                    and self.code in ("", *suggestion.suggested)
                    and (suggestion.confidence or 0.0) >= self.above
                )


def _folded(text: str) -> str:
    """Write a text without case, accents and isolating signs; marks that are letters, as in Hindi, stay."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", without_isolates(text).casefold())
    return unicodedata.normalize("NFKC", "".join(sign for sign in apart if unicodedata.category(sign) != "Mn"))


class CodingQueue:
    """Outcomes that one coder of all is to code, updated outcome by outcome.

    Parameters
    ----------
    reads_all : bool
        Whether this coder may read confidential outcomes that they are not to code; else these are never listed.
    """

    def __init__(
        self,
        coder: str,
        *,
        coding_items: CodingItems,
        codebook: Codebook,
        shares: Shares,
        journal_state: JournalState,
        coders: Iterable[str],
        reads_all: bool = False,
    ) -> None:
        self.coder = coder
        self.coders = frozenset(coders) | {coder}
        self.reads_all = reads_all
        self._coding_items, self._codebook, self._journal_state = coding_items, codebook, journal_state
        self._coding = IndependentCoding(codebook=codebook, shares=shares, journal_state=journal_state)
        self._undecided: dict[str, frozenset[str]] = {}
        self._mine: set[str] = set()
        self._done: set[str] = set()
        self.update(coding_items.by_id)

    def update(self, fragment_ids: Iterable[str]) -> None:
        """Look again at outcomes of which something was decided."""
        for name in fragment_ids:
            if name in self._coding_items.by_id:
                self._update(name)

    @property
    def n_mine(self) -> int:
        """How many outcomes are this coder's."""
        return len(self._mine)

    @property
    def n_done(self) -> int:
        """Of these, how many are decided in every field."""
        return len(self._done)

    def undecided(self, fragment_id: str) -> frozenset[str]:
        """Name the fields of an outcome that this coder has not decided, and that its file doesn't hold a code of."""
        return self._undecided[fragment_id]

    def is_mine(self, fragment_id: str) -> bool:
        """Whether this coder is to code an outcome."""
        return fragment_id in self._mine

    def may_read(self, fragment_id: str) -> bool:
        """Whether this coder may read an outcome; a confidential one only if they are to code it."""
        item = self._coding_items.by_id[fragment_id]
        return self.reads_all or not item.is_confidential or self.is_mine(fragment_id)

    def select(self, wanted: Filter, order: Order) -> Iterator[str]:
        """Give the IDs of the outcomes asked for, in an order; skipped ones come last unless asked for."""
        skip_outcome = []
        for name in self._coding_items.in_order(order):
            if self._fits(name, wanted):
                if wanted.state is State.UNDECIDED and self._journal_state.is_skipped(self.coder, name):
                    skip_outcome.append(name)
                else:
                    yield name
        yield from skip_outcome

    def first(self, wanted: Filter, order: Order) -> str | None:
        """Return the first outcome asked for, or None."""
        return next(self.select(wanted, order), None)

    def after(self, fragment_id: str, wanted: Filter, order: Order) -> str | None:
        """Return the outcome that follows in an order, going round; None if there is no other."""
        ordered = self._coding_items.in_order(order)
        place = ordered.index(fragment_id) + 1 if fragment_id in self._coding_items.by_id else 0
        skip_outcome = None
        for name in (*ordered[place:], *ordered[:place]):
            if name != fragment_id and self._fits(name, wanted):
                if wanted.state is not State.UNDECIDED or not self._journal_state.is_skipped(self.coder, name):
                    return name
                skip_outcome = skip_outcome or name
        return skip_outcome

    def before(self, fragment_id: str, wanted: Filter, order: Order) -> str | None:
        """Return the outcome before another in an order, or None."""
        ordered = self._coding_items.in_order(order)
        place = ordered.index(fragment_id) if fragment_id in self._coding_items.by_id else 0
        return next((name for name in reversed(ordered[:place]) if self._fits(name, wanted)), None)

    def _fits(self, name: str, wanted: Filter) -> bool:
        return (
            (wanted.everyone or name in self._mine)
            and self.may_read(name)
            and self._is_in(name, wanted.state, wanted.field)
            and wanted.fits(self._coding_items.by_id[name], note=self._note_for(name, wanted))
        )

    def _note_for(self, name: str, wanted: Filter) -> str:
        return self._journal_state.note(self.coder, name) if wanted.text else ""

    def _is_in(self, name: str, state: State, field: str) -> bool:
        if state is State.UNDECIDED:
            undecided = self._undecided[name] if name in self._mine else self._decided_by_nobody(name)
            return field in undecided if field else bool(undecided)
        if state is State.DECIDED:
            return self._own(name, field)
        if state is State.NOT_CODABLE:
            return self._own(name, field, not_codable=True)
        if state is State.NOTED:
            return bool(self._journal_state.note(self.coder, name))
        return state is State.ALL or self._journal_state.is_skipped(self.coder, name)

    def _decided_by_nobody(self, name: str) -> frozenset[str]:
        """Name the fields of another coder's outcome that are still to be decided by somebody."""
        fields = ((field, self._codebook.field(field)) for field in self._undecided[name])
        return frozenset(
            field
            for field, known in fields
            if not any(
                known.has_all(entry.decision.codes) for entry in self._journal_state.by_coder(name, field).values()
            )
        )

    def _own(self, name: str, field: str, *, not_codable: bool = False) -> bool:
        return any(
            (entry := self._journal_state.current_decision(self.coder, name, known.name)) is not None
            and known.has_all(entry.decision.codes)
            and (bool(entry.decision.not_codable) or not not_codable)
            for known in self._codebook.fields
            if field in ("", known.name)
        )

    def _update(self, name: str) -> None:
        item = self._coding_items.by_id[name]
        self._undecided[name] = undecided = self._coding.undecided(item, self.coder)
        mine = self.coder in self._coding.to_code(item, coders=self.coders)
        (self._mine.add if mine else self._mine.discard)(name)
        (self._done.add if mine and not undecided else self._done.discard)(name)
