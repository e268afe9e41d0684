"""Open project of the review page, kept in memory and up to date."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from classifier.coder_names import CoderNames, identity_of
from classifier.errors import ModelError
from classifier.model.manifest import Manifest
from classifier.model.storage import find_model, read_manifest
from classifier.project.coding_items import CodingItem, CodingItems
from classifier.project.current_decisions import JournalState
from classifier.project.independent_coding import IndependentCoding
from classifier.project.journal import Decision, Entry
from classifier.project.project import Project, admit_coder, open_project
from classifier.project.queue import CodingQueue
from classifier.project.record_decisions import Choice, decide, reveal
from classifier.review.background import Jobs
from classifier.review.shown_counts import ShownCounts
from classifier.review.view_log import ViewLog


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """Result of recording a coder's choices."""

    entries: tuple[Entry, ...] = ()  # what was recorded
    # The fields in which another decision of this coder has come in between; then nothing was recorded.
    raced: tuple[str, ...] = ()


class OpenProject:
    """An open project; several coders may ask at once.

    Parameters
    ----------
    names : iterable of str
        Coders who have a share of the outcomes whether or not they have decided anything. So has everybody with a
        current decision; nobody else, as a name mistyped once would take outcomes for good.

    Attributes
    ----------
    manifest : Manifest or None
        Of the project's model; None where it has none that can be read.
    suggested : SuggestionSet or None
        The suggestions that are shown.
    newer_model : str or None
        The title of the project's model, if the suggestions shown are another's.
    """

    def __init__(self, project: Project, *, names: Iterable[str] = ()) -> None:
        self.project = project
        self.jobs = Jobs()
        self.view_log = ViewLog(lambda: self.project.journal)
        self.shown_counts = ShownCounts()
        self.journal_state = JournalState()
        self._lock = threading.RLock()
        self._names = tuple(dict.fromkeys(names))
        self._known = CoderNames()
        self._let_in: set[str] = set()
        self._counting: dict[str, set[tuple[str, str]]] = {}
        self._sharing = frozenset(self._names)
        self._stamp = _stamp(project)
        self._lay_out()
        self.refresh()

    @property
    def is_model_older(self) -> bool:
        """Whether the project's model was made with another codebook than it has now."""
        return self.manifest is not None and self.manifest.codebook_sha256 != self.project.codebook.sha256

    def refresh(self) -> None:
        """Take in what others have changed since: decisions, suggestions, the project itself."""
        with self._lock:
            if _stamp(self.project) != self._stamp:
                self._reopen()
            self._enter(self.project.journal.entries(after=self.journal_state.last))

    def reload(self) -> None:
        """Open the project again after it was changed here."""
        with self._lock:
            self._reopen()

    def known_as(self, name: str) -> str:
        """Return a coder's name as the journal spells it, else as the team does; see `CoderNames`.

        Examples
        --------
        >>> from classifier import sample_files
        >>> from classifier.project.project import new_project
        >>> begun = new_project(getfixture("tmp_path") / "harvest_2026", codebook=sample_files.codebook_path())
        >>> OpenProject(begun, names=["Ana Moss"]).known_as(" ana  moss")
        'Ana Moss'
        """
        with self._lock:
            return self._known.find(name) or CoderNames(self._names).spelling(name)

    def may_enter(self, coder: str) -> bool:
        """Whether a coder is known here, or is the first; who is new among others is asked first."""
        with self._lock:
            if not (len(self._known) or self._names):
                self._let_in.add(identity_of(coder))  # and stay so, also when somebody else decides first
            is_known = self._known.find(coder) is not None or CoderNames(self._names).find(coder) is not None
            return is_known or identity_of(coder) in self._let_in

    def similar_coders(self, coder: str) -> tuple[str, ...]:
        """Name the coders who are known here, the one whose name is most like a new one first."""
        with self._lock:
            known = CoderNames([*self._known, *self._names])
        guess = known.nearest(coder)
        return tuple(dict.fromkeys([*([guess] if guess else []), *known]))

    @property
    def coders(self) -> tuple[str, ...]:
        """The coders who are known here, by the journal or by the team's list."""
        with self._lock:
            return tuple(dict.fromkeys([*self._known, *map(self.known_as, self._names)]))

    def admit(self, coder: str) -> None:
        """Take in a coder who was confirmed as a new one."""
        with self._lock:
            admit_coder(self.project, coder, is_new=True)
            self.refresh()

    def expect(self, names: Iterable[str]) -> None:
        """Take in whom the users file names as coders by now."""
        expected = tuple(dict.fromkeys(names))
        with self._lock:
            if expected != self._names:
                self._names = expected
                self._share_out()

    def awaited(self, fragment_id: str) -> frozenset[str]:
        """Return who is still to code an outcome independently; see `IndependentCoding.awaited`."""
        with self._lock:
            return self._coding.awaited(self.coding_items.by_id[fragment_id], coders=self._sharing)

    def still_to_code(self, coder: str) -> frozenset[str]:
        """Return the IDs of outcomes that somebody has begun and another one, or this lead, is still to code unseen."""
        with self._lock:
            coders, items = self._sharing | {coder}, self.coding_items.by_id
            concerned = {
                name: begun | awaited
                for name, item in items.items()
                if (begun := self._coding.begun(item)) and (awaited := self._coding.awaited(item, coders=coders))
            }
        return frozenset(name for name, coders in concerned.items() if len(coders) > 1)

    def may_see_others(self, coder: str, fragment_id: str, field: str = "") -> bool:
        """Whether a lead may see what others chose, in a field or in all: once nobody is still to code it unseen."""
        coding_queue = self.coding_queue(coder)
        undecided = coding_queue.undecided(fragment_id) if coding_queue.is_mine(fragment_id) else frozenset()
        return not self.awaited(fragment_id) and not (field in undecided if field else undecided)

    def hidden_from(self, coder: str) -> frozenset[str]:
        """Return the IDs of outcomes that others have begun and of which a lead may not see yet what they chose."""
        begun = {name for who, name, _ in self.journal_state.own() if who != coder and name in self.coding_items.by_id}
        return frozenset(name for name in begun if not self.may_see_others(coder, name))

    def reveal(self, coder: str, fragment_ids: Iterable[str]) -> None:
        """Record that a coder is shown what others chose for outcomes; what they choose from now on isn't blind."""
        with self._lock:
            new = [
                self.coding_items.by_id[name]
                for name in dict.fromkeys(fragment_ids)
                if not self.journal_state.is_revealed(coder, name)
            ]
            self.record([reveal(item, coder=coder, codebook=self.project.codebook) for item in new])

    def coding_queue(self, coder: str, *, reads_all: bool = False) -> CodingQueue:
        """Return a coder's queue; see `CodingQueue` for `reads_all`."""
        with self._lock:
            coders, key = self._sharing | {coder}, (coder, reads_all)
            if key not in self._coding_queues or self._coding_queues[key].coders != coders:
                self._coding_queues[key] = CodingQueue(
                    coder,
                    coding_items=self.coding_items,
                    codebook=self.project.codebook,
                    shares=self.project.shares,
                    journal_state=self.journal_state,
                    coders=coders,
                    reads_all=reads_all,
                )
            return self._coding_queues[key]

    def coding_items_of(self, number: int) -> CodingItems:
        """Return the items with an earlier set of suggestions; 0 is before there were any."""
        with self._lock:
            if number not in self._earlier:
                self._earlier[number] = CodingItems(self.project, self._kept.get(number) if number else None)
            return self._earlier[number]

    def record(self, decisions: Iterable[Decision]) -> tuple[Entry, ...]:
        """Write decisions into the journal; when this returns they are on the disk."""
        made = tuple(decisions)
        if not made:
            return ()
        entries = self.project.journal.record(made)
        self.refresh()
        return entries

    def decide(
        self, item: CodingItem, choices: Mapping[str, Choice], *, coder: str, together: Sequence[CodingItem] = ()
    ) -> Recorded:
        """Record what a coder chose, or nothing where they decided on it elsewhere meanwhile."""
        with self._lock:
            self.refresh()
            raced = tuple(
                name
                for name, choice in choices.items()
                if choice.based_on != self.journal_state.latest_number(coder, item.fragment_id, name)
            )
            if raced:
                return Recorded(raced=raced)
            shown = self.view_log.with_all_shown(coder, item, store=self._kept)
            if not shown.suggestions and not item.is_blind and self._may_have_been_shown(coder, item.fragment_id):
                self.reveal(coder, [item.fragment_id])
            made = decide(
                shown,
                choices,
                coder=coder,
                codebook=self.project.codebook,
                journal_state=self.journal_state,
                together=together,
            )
            return Recorded(entries=self.record(made))

    def _may_have_been_shown(self, coder: str, fragment_id: str) -> bool:
        """Whether a coder may have seen a suggestion that is not known: it is gone, or older than the view log."""
        if self.view_log.was_guided(coder, fragment_id):
            return True
        since = self.project.journal.views_since()
        return any(kept.made < since and fragment_id in kept.outcomes for kept in self._kept.sets())

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let nobody else record anything meanwhile, from what is looked up to what is recorded."""
        with self._lock:
            self.refresh()
            yield

    def do(self, make: Callable[[], Iterable[Decision]]) -> tuple[Entry, ...]:
        """Make decisions from the current journal state, and record them before anybody else changes it."""
        with self.alone():
            return self.record(make())

    def _enter(self, entries: Sequence[Entry]) -> None:
        if any(entry.decision.is_about_names for entry in entries):
            entries = self.project.journal.entries()  # as decisions of others than before
            self.journal_state, self._counting = JournalState(), {}
            self._known = self.project.coders
            self._lay_out()
        if entries:
            self.journal_state.add(entries)
            self._count(entries)
            changed = {entry.decision.fragment_id for entry in entries}
            for coding_queue in self._coding_queues.values():
                coding_queue.update(changed)

    def _count(self, entries: Sequence[Entry]) -> None:
        """Keep track of who has current decisions, so that no page has to look through the whole journal."""
        self._known.add(entry.decision.coder for entry in entries)
        for entry in entries:
            coder, fragment_id, field = entry.decision.key
            held = self._counting.setdefault(coder, set())
            counts = self.journal_state.current_decision(coder, fragment_id, field) is not None
            (held.add if counts else held.discard)((fragment_id, field))
        self._share_out()

    def _share_out(self) -> None:
        self._sharing = frozenset(
            (*map(self.known_as, self._names), *(coder for coder, held in self._counting.items() if held))
        )

    def _reopen(self) -> None:
        journal, stamp = self.project.journal, _stamp(self.project)
        self.project = open_project(self.project.folder)
        journal.close()
        self._lay_out()
        self._stamp = stamp  # as it was before: what changed while it was read is read at the next request

    def _lay_out(self) -> None:
        self._kept = self.project.suggestions
        self.manifest = _manifest(self.project)
        self.suggested = self._kept.latest()
        self.newer_model = self._newer_model()
        self.coding_items = CodingItems(self.project, self.suggested)
        self._earlier = {self.coding_items.number: self.coding_items}
        self._coding_queues: dict[tuple[str, bool], CodingQueue] = {}
        self._coding = IndependentCoding(
            codebook=self.project.codebook, shares=self.project.shares, journal_state=self.journal_state
        )

    def _newer_model(self) -> str | None:
        title = None if self.manifest is None or self.is_model_older else self.manifest.title
        shown = set() if self.suggested is None else {outcome.model for outcome in self.suggested.outcomes.values()}
        return title if title not in shown else None


def _manifest(project: Project) -> Manifest | None:
    if project.model_place is None:
        return None
    try:
        return read_manifest(find_model(project.model_place))
    except ModelError:  # reported when suggestions are made with it
        return None


def _stamp(project: Project) -> tuple[tuple[int, ...], ...]:
    """Return by what changes to a project's files are noticed; not by their times alone, as a clock may be set back."""
    places = (project.folder / "project.json", project.folder / "codebook.yaml", project.suggestions.folder)
    found = [place.stat() if place.exists() else None for place in places]
    return tuple(() if stat is None else (stat.st_mtime_ns, stat.st_size, stat.st_ino) for stat in found)
