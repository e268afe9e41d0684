"""Current decisions of a journal: the rule by which its entries count."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence

from classifier.project.journal import DecisionMethod, Entry

_NOTED = (DecisionMethod.NOTE, DecisionMethod.SKIPPED)
_EVENTS = (DecisionMethod.JOINED, DecisionMethod.REVEALED, DecisionMethod.CLOSED, DecisionMethod.MERGED)
_UNDONE_ON_THE_PAGE = (
    DecisionMethod.BY_HAND,
    DecisionMethod.INFORMED,
    DecisionMethod.BULK,
    DecisionMethod.TOGETHER,
    DecisionMethod.ADJUDICATION,
)

Key = tuple[str, str, str]
"""Coder, outcome and field."""


class JournalState:
    """Current decisions by a journal's entries, updated as entries are added.

    For each coder, outcome and field, the last entry that was not undone is current, unless it takes back what
    was decided. Adjudications are kept apart from coders' own decisions, and so are the decisions that coders made
    before they could see each other's codes.

    Examples
    --------
    >>> from classifier.project.journal import Decision, Journal
    >>> journal = Journal.at(getfixture("tmp_path") / "journal.sqlite")
    >>> local = Decision(coder="Ana", fragment_id="SCC-LPC/035", field="scale", codes=("Local",),
    ...                  method=DecisionMethod.BY_HAND, codebook="0" * 64)
    >>> journal_state = JournalState(journal.record([local]))
    >>> journal_state.current_decision("Ana", "SCC-LPC/035", "scale").decision.codes
    ('Local',)
    """

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.last = 0
        self._own: dict[Key, list[Entry]] = {}
        self._adjudicated: dict[Key, list[Entry]] = {}
        self._numbers: dict[Key, int] = {}
        self._coders: dict[tuple[str, str], dict[str, None]] = {}
        self._notes: dict[tuple[str, str], Entry] = {}
        self._skipped: dict[tuple[str, str], Entry] = {}
        self._revealed: set[tuple[str, str]] = set()
        self._entered: dict[str, set[str]] = {}
        self._closed: dict[str, Entry] = {}
        self._merged: dict[int, Entry] = {}
        self._last_active: dict[str, datetime.datetime] = {}
        self._actions: dict[str, list[list[Entry]]] = {}
        self._unseen: list[tuple[Entry, Entry]] = []
        self._independent: dict[tuple[str, str], dict[str, Entry | None]] = {}
        self.add(entries)

    def add(self, entries: Iterable[Entry]) -> None:
        """Add new entries of the journal."""
        for entry in entries:
            if entry.number > self.last:
                self.last = entry.number
                self._add(entry)

    def current_decision(self, coder: str, fragment_id: str, field: str) -> Entry | None:
        """Return a coder's current decision, or None."""
        return _top(self._own.get((coder, fragment_id, field), ()))

    def latest_number(self, coder: str, fragment_id: str, field: str) -> int | None:
        """Return the number of a coder's last entry, current or not; see `Decision.based_on`."""
        return self._numbers.get((coder, fragment_id, field))

    def by_coder(self, fragment_id: str, field: str) -> dict[str, Entry]:
        """Return each coder's current decision on an outcome and field, in the order of their first ones."""
        coders = tuple(self._coders.get((fragment_id, field), ()))  # of which another thread may add one meanwhile
        return {
            coder: entry for coder in coders if (entry := self.current_decision(coder, fragment_id, field)) is not None
        }

    def independent(self, fragment_id: str, field: str) -> dict[str, Entry]:
        """Return what each coder decided on an outcome and field before they could see another's codes.

        These are the decisions current when the second coder's first one came in, and the first one of all who came
        later, unless they had been shown the others'. Whoever changes their mind after that may have seen what others
        chose, so the change counts for the consensus, but not for agreement. Neither does a decision that replaces
        one undone by then.
        """
        found = tuple(self._independent.get((fragment_id, field), {}).items())
        return {coder: entry for coder, entry in found if entry is not None}

    def adjudicated(self, fragment_id: str, field: str) -> Entry | None:
        """Return the adjudication of the coders' difference, or None."""
        return _top(self._adjudicated.get(("", fragment_id, field), ()))

    def own(self) -> dict[Key, Entry]:
        """Return all current decisions of coders, without adjudications."""
        return {key: entry for key, stack in self._own.items() if (entry := _top(stack)) is not None}

    def counting(self) -> frozenset[int]:
        """Return the numbers of all current entries, adjudications and notes included."""
        adjudicated = (_top(stack) for stack in self._adjudicated.values())
        entries = (*self.own().values(), *adjudicated, *self._notes.values(), *self._closed.values())
        return frozenset(entry.number for entry in entries if entry is not None)

    @property
    def unseen(self) -> tuple[tuple[Entry, Entry], ...]:
        """Pairs of entries of which the second was made without the first in view, as from two tabs."""
        return tuple(self._unseen)

    def note(self, coder: str, fragment_id: str) -> str:
        """Return a coder's note on an outcome."""
        entry = self._notes.get((coder, fragment_id))
        return "" if entry is None else entry.decision.note

    def latest_note(self, coder: str) -> Entry | None:
        """Return the last note that a coder saved, on whichever outcome; notes are not undone."""
        own = (entry for (who, _), entry in self._notes.items() if who == coder)
        return max(own, key=lambda entry: entry.number, default=None)

    def is_skipped(self, coder: str, fragment_id: str) -> bool:
        """Whether a coder skipped an outcome and has decided nothing on it since."""
        return (coder, fragment_id) in self._skipped

    def is_revealed(self, coder: str, fragment_id: str) -> bool:
        """Whether a coder was shown what others chose for an outcome."""
        return (coder, fragment_id) in self._revealed

    def entered_by(self, coder: str) -> frozenset[str]:
        """Return the IDs of outcomes of which a coder decided or noted something, also if they took it back."""
        return frozenset(name for name, coders in self._entered.items() if coder in coders)

    def entered_by_others(self, coder: str) -> frozenset[str]:
        """Return the IDs of outcomes of which anybody else decided or noted something, also if they took it back."""
        return frozenset(name for name, coders in self._entered.items() if coders - {coder})

    def is_closed(self, fragment_id: str) -> bool:
        """Whether a lead closed blind and double coding of an outcome."""
        return fragment_id in self._closed

    @property
    def merged(self) -> tuple[Entry, ...]:
        """The merges of two names of a coder that were not undone."""
        return tuple(self._merged.values())

    def last_active(self, coder: str) -> datetime.datetime | None:
        """Return when a coder's latest entry was made; None where they have made none."""
        return self._last_active.get(coder)

    def has_ever_decided(self, coder: str, fragment_id: str, field: str) -> bool:
        """Whether a coder decided on an outcome and field, also if they took it back."""
        return coder in self._coders.get((fragment_id, field), ())

    def actions(self, coder: str) -> Sequence[Sequence[Entry]]:
        """Return a coder's actions on the page; the entries of an action were recorded together."""
        return self._actions.get(coder, ())

    def last_action(self, coder: str) -> tuple[Entry, ...]:
        """Return the entries of a coder's last action that can be undone, if there is one."""
        for action in reversed(self._actions.get(coder, ())):
            open_ones = tuple(entry for entry in action if self._is_on_top(entry))
            if open_ones:
                return open_ones
        return ()

    def _is_on_top(self, entry: Entry) -> bool:
        if entry.decision.method is DecisionMethod.SKIPPED:
            return self._skipped.get((entry.decision.coder, entry.decision.fragment_id)) is entry
        stack = self._stack(entry)
        return bool(stack) and stack[-1].number == entry.number

    def _stack(self, entry: Entry) -> list[Entry]:
        decision = entry.decision
        if decision.method is DecisionMethod.ADJUDICATION:
            return self._adjudicated.setdefault(("", decision.fragment_id, decision.field), [])
        return self._own.setdefault(decision.key, [])

    def _add(self, entry: Entry) -> None:
        decision = entry.decision
        if decision.method is not DecisionMethod.JOINED:  # which need not be by the coder
            self._last_active[decision.coder] = entry.at
        if decision.method in _EVENTS:
            self._add_event(entry)
            return
        self._entered.setdefault(decision.fragment_id, set()).add(decision.coder)
        if decision.method in _NOTED:
            kept = self._notes if decision.method is DecisionMethod.NOTE else self._skipped
            kept[decision.coder, decision.fragment_id] = entry
            if decision.method is DecisionMethod.SKIPPED:
                self._add_to_action(entry)
        elif decision.method is DecisionMethod.UNDONE:
            self._undo(entry)
        else:
            if decision.method is not DecisionMethod.ADJUDICATION:
                self._note_unseen(entry)
                self._keep_independent(entry)
                self._coders.setdefault((decision.fragment_id, decision.field), {})[decision.coder] = None
            self._stack(entry).append(entry)
            self._skipped.pop((decision.coder, decision.fragment_id), None)
            # An adjudication carried over to a new codebook names the entry it comes from: it is nobody's action.
            if decision.method in _UNDONE_ON_THE_PAGE and not (
                decision.method is DecisionMethod.ADJUDICATION and decision.based_on
            ):
                self._add_to_action(entry)
        if decision.method is not DecisionMethod.ADJUDICATION:
            self._numbers[decision.key] = entry.number

    def _add_event(self, entry: Entry) -> None:
        decision = entry.decision
        if decision.method is DecisionMethod.REVEALED:
            self._revealed.add((decision.coder, decision.fragment_id))
        elif decision.method is DecisionMethod.CLOSED:
            self._closed.setdefault(decision.fragment_id, entry)
        elif decision.method is DecisionMethod.MERGED:
            self._merged[entry.number] = entry

    def _undo(self, entry: Entry) -> None:
        decision = entry.decision
        self._merged.pop(decision.based_on or 0, None)
        skipped = self._skipped.get((decision.coder, decision.fragment_id))
        if skipped is not None and skipped.number == decision.based_on:
            del self._skipped[decision.coder, decision.fragment_id]
        for stack in (self._own.get(decision.key), self._adjudicated.get(("", decision.fragment_id, decision.field))):
            if stack and stack[-1].number == decision.based_on:
                self._forget_independent(stack.pop(), before=_top(stack))

    def _note_unseen(self, entry: Entry) -> None:
        before = next(reversed(self._own.get(entry.decision.key, ())), None)
        if before is not None and entry.decision.based_on != self._numbers.get(entry.decision.key):
            self._unseen.append((before, entry))

    def _keep_independent(self, entry: Entry) -> None:
        decision = entry.decision
        found = self._independent.setdefault((decision.fragment_id, decision.field), {})
        if decision.method is DecisionMethod.CARRIED_OVER:
            self._carry_independent(entry, found)
        elif self.is_revealed(decision.coder, decision.fragment_id):
            return
        elif found.keys() <= {decision.coder}:  # nobody else has decided anything yet
            _put(found, decision.coder, entry)
        elif decision.coder not in found and decision.is_given:
            found[decision.coder] = entry

    def _carry_independent(self, entry: Entry, found: dict[str, Entry | None]) -> None:
        """Let a decision go on by its new codes; one whose code is gone is made afresh, by the new codebook."""
        decision = entry.decision
        if not decision.is_given:
            found.pop(decision.coder, None)
        elif found.get(decision.coder) is not None and found[decision.coder] is self.current_decision(*decision.key):
            found[decision.coder] = entry

    def _forget_independent(self, entry: Entry, *, before: Entry | None) -> None:
        """Take out what was undone; the coder's place stays taken if others had decided by then."""
        decision = entry.decision
        found = self._independent.get((decision.fragment_id, decision.field), {})
        if found.get(decision.coder) is entry:
            if len(found) > 1:
                found[decision.coder] = None
            else:
                _put(found, decision.coder, before)

    def _add_to_action(self, entry: Entry) -> None:
        actions = self._actions.setdefault(entry.decision.coder, [])
        if actions and actions[-1][-1].at == entry.at:
            actions[-1].append(entry)
        else:
            actions.append([entry])


def _put(found: dict[str, Entry | None], coder: str, entry: Entry | None) -> None:
    if entry is not None and entry.decision.is_given:
        found[coder] = entry
    else:
        found.pop(coder, None)


def _top(stack: Sequence[Entry]) -> Entry | None:
    return stack[-1] if stack and stack[-1].decision.is_given else None
