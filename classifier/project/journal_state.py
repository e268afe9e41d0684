"""The ledger: what counts of a journal's entries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from classifier.project.journal import Entry, Journal, Way

_NOTED = (Way.NOTE, Way.SKIPPED)
_UNDONE_ON_THE_PAGE = (Way.BY_HAND, Way.BULK, Way.TOGETHER, Way.ADJUDICATION)

Key = tuple[str, str, str]
"""Coder, outcome and field."""


class Ledger:
    """What counts of a journal's entries, kept up to date by adding those that come.

    Of each coder, outcome and field the last entry counts that was not undone, unless it takes the codes
    back. What was settled between coders is kept apart from what each of them decided, and so is what each
    decided before they could see the other's codes.

    Parameters
    ----------
    entries : iterable of Entry
        In the order they were made.

    Examples
    --------
    >>> from classifier.project.journal import Decision
    >>> journal = Journal.at(getfixture("tmp_path") / "journal.sqlite")
    >>> local = Decision(coder="Ana", fragment_id="SCC-LPC/035", field="scale", codes=("Local",), way=Way.BY_HAND,
    ...                  codebook="0" * 64)
    >>> ledger = Ledger(journal.record([local]))
    >>> ledger.standing("Ana", "SCC-LPC/035", "scale").decision.codes
    ('Local',)
    """

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.last = 0
        self._own: dict[Key, list[Entry]] = {}
        self._settled: dict[Key, list[Entry]] = {}
        self._numbers: dict[Key, int] = {}
        self._coders: dict[tuple[str, str], dict[str, None]] = {}
        self._notes: dict[tuple[str, str], Entry] = {}
        self._skipped: dict[tuple[str, str], Entry] = {}
        self._acts: dict[str, list[list[Entry]]] = {}
        self._unseen: list[tuple[Entry, Entry]] = []
        self._independent: dict[tuple[str, str], dict[str, Entry | None]] = {}
        self.add(entries)

    def add(self, entries: Iterable[Entry]) -> None:
        """Enter what was added to the journal since."""
        for entry in entries:
            if entry.number > self.last:
                self.last = entry.number
                self._add(entry)

    def refresh(self, journal: Journal) -> None:
        """Enter what a journal holds beyond what was entered before."""
        self.add(journal.entries(after=self.last))

    def standing(self, coder: str, fragment_id: str, field: str) -> Entry | None:
        """Return the decision of a coder that counts, or None."""
        return _top(self._own.get((coder, fragment_id, field), ()))

    def latest_number(self, coder: str, fragment_id: str, field: str) -> int | None:
        """Return the number of a coder's last entry, whether it counts or not; see `Decision.seen`."""
        return self._numbers.get((coder, fragment_id, field))

    def by_coder(self, fragment_id: str, field: str) -> dict[str, Entry]:
        """Return what counts of each coder's decisions on an outcome and field, first come first."""
        coders = tuple(self._coders.get((fragment_id, field), ()))  # of which another thread may add one meanwhile
        return {coder: entry for coder in coders if (entry := self.standing(coder, fragment_id, field)) is not None}

    def independent(self, fragment_id: str, field: str) -> dict[str, Entry]:
        """Return what each coder decided on an outcome and field before they could see another's codes.

        It is what stood when the second coder's first decision came in, and the first decision of all who came
        later. Whoever changes their mind after that may have seen what others chose, so the change counts for
        what is settled, and not for how far coders agree. Nor does what they decide instead of one that they
        undid then.
        """
        found = tuple(self._independent.get((fragment_id, field), {}).items())
        return {coder: entry for coder, entry in found if entry is not None}

    def settled(self, fragment_id: str, field: str) -> Entry | None:
        """Return by what the coders' difference was settled, or None."""
        return _top(self._settled.get(("", fragment_id, field), ()))

    def own(self) -> dict[Key, Entry]:
        """Return all decisions of coders that count, what was settled between them left out."""
        return {key: entry for key, stack in self._own.items() if (entry := _top(stack)) is not None}

    def counting(self) -> frozenset[int]:
        """Return the numbers of all entries that count, settled ones and notes included."""
        settled = (_top(stack) for stack in self._settled.values())
        entries = (*self.own().values(), *settled, *self._notes.values())
        return frozenset(entry.number for entry in entries if entry is not None)

    @property
    def unseen(self) -> tuple[tuple[Entry, Entry], ...]:
        """Pairs of entries of which the second was made without the first in view, as from two tabs."""
        return tuple(self._unseen)

    def note(self, coder: str, fragment_id: str) -> str:
        """Return what a coder noted on an outcome."""
        entry = self._notes.get((coder, fragment_id))
        return "" if entry is None else entry.decision.note

    def is_skipped(self, coder: str, fragment_id: str) -> bool:
        """Whether a coder put an outcome off, and has decided nothing of it since."""
        return (coder, fragment_id) in self._skipped

    def acts(self, coder: str) -> Sequence[Sequence[Entry]]:
        """Return what a coder did on the page, act by act; the entries of an act were recorded together."""
        return self._acts.get(coder, ())

    def last_act(self, coder: str) -> tuple[Entry, ...]:
        """Return the entries of a coder's last act that can be undone; none where there is none."""
        for act in reversed(self._acts.get(coder, ())):
            open_ones = tuple(entry for entry in act if self._is_on_top(entry))
            if open_ones:
                return open_ones
        return ()

    def _is_on_top(self, entry: Entry) -> bool:
        if entry.decision.way is Way.SKIPPED:
            return self._skipped.get((entry.decision.coder, entry.decision.fragment_id)) is entry
        stack = self._stack(entry)
        return bool(stack) and stack[-1].number == entry.number

    def _stack(self, entry: Entry) -> list[Entry]:
        decision = entry.decision
        if decision.way is Way.ADJUDICATION:
            return self._settled.setdefault(("", decision.fragment_id, decision.field), [])
        return self._own.setdefault(decision.key, [])

    def _add(self, entry: Entry) -> None:
        decision = entry.decision
        if decision.way is Way.JOINED:
            return
        if decision.way in _NOTED:
            kept = self._notes if decision.way is Way.NOTE else self._skipped
            kept[decision.coder, decision.fragment_id] = entry
            if decision.way is Way.SKIPPED:
                self._add_to_act(entry)
        elif decision.way is Way.UNDONE:
            self._undo(entry)
        else:
            if decision.way is not Way.ADJUDICATION:
                self._note_unseen(entry)
                self._keep_independent(entry)
                self._coders.setdefault((decision.fragment_id, decision.field), {})[decision.coder] = None
            self._stack(entry).append(entry)
            self._skipped.pop((decision.coder, decision.fragment_id), None)
            # What was settled and then carried over to a new codebook names the entry it comes from: nobody's act.
            if decision.way in _UNDONE_ON_THE_PAGE and not (decision.way is Way.ADJUDICATION and decision.seen):
                self._add_to_act(entry)
        if decision.way is not Way.ADJUDICATION:
            self._numbers[decision.key] = entry.number

    def _undo(self, entry: Entry) -> None:
        decision = entry.decision
        skipped = self._skipped.get((decision.coder, decision.fragment_id))
        if skipped is not None and skipped.number == decision.seen:
            del self._skipped[decision.coder, decision.fragment_id]
        for stack in (self._own.get(decision.key), self._settled.get(("", decision.fragment_id, decision.field))):
            if stack and stack[-1].number == decision.seen:
                self._forget_independent(stack.pop(), before=_top(stack))

    def _note_unseen(self, entry: Entry) -> None:
        before = next(reversed(self._own.get(entry.decision.key, ())), None)
        if before is not None and entry.decision.seen != self._numbers.get(entry.decision.key):
            self._unseen.append((before, entry))

    def _keep_independent(self, entry: Entry) -> None:
        decision = entry.decision
        found = self._independent.setdefault((decision.fragment_id, decision.field), {})
        if decision.way is Way.CARRIED_OVER:
            self._carry_independent(entry, found)
        elif found.keys() <= {decision.coder}:  # nobody else has decided anything yet
            _put(found, decision.coder, entry)
        elif decision.coder not in found and decision.codes:
            found[decision.coder] = entry

    def _carry_independent(self, entry: Entry, found: dict[str, Entry | None]) -> None:
        """Let a decision go on by its new codes; one whose code is gone is made afresh, by the new codebook."""
        decision = entry.decision
        if not decision.codes:
            found.pop(decision.coder, None)
        elif found.get(decision.coder) is not None and found[decision.coder] is self.standing(*decision.key):
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

    def _add_to_act(self, entry: Entry) -> None:
        acts = self._acts.setdefault(entry.decision.coder, [])
        if acts and acts[-1][-1].at == entry.at:
            acts[-1].append(entry)
        else:
            acts.append([entry])


def _put(found: dict[str, Entry | None], coder: str, entry: Entry | None) -> None:
    if entry is not None and entry.decision.codes:
        found[coder] = entry
    else:
        found.pop(coder, None)


def _top(stack: Sequence[Entry]) -> Entry | None:
    return stack[-1] if stack and stack[-1].decision.codes else None
