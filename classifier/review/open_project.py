"""A project as it lies open on the desk: what the page needs of it, kept in memory and up to date."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from classifier.coder_names import CoderNames, identity_of
from classifier.errors import ModelError
from classifier.model.manifest import Manifest
from classifier.model.storage import find_model, read_manifest
from classifier.project.coding_items import Offer, Offers
from classifier.project.decisions import Choice, decide
from classifier.project.journal import Decision, Entry
from classifier.project.journal_state import Ledger
from classifier.project.project import Project, admit_coder, open_project
from classifier.project.queue import Worklist
from classifier.review.background import Jobs


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What became of a coder's choices.

    Attributes
    ----------
    entries : tuple of Entry
        What was recorded.
    raced : tuple of str
        The fields in which another decision of this coder has come in between; then nothing was recorded.
    """

    entries: tuple[Entry, ...] = ()
    raced: tuple[str, ...] = ()


class ProjectDesk:
    """An open project; several coders may ask at once.

    Parameters
    ----------
    project : Project
    names : iterable of str
        Coders who are expected, and have a share of the outcomes whether or not they have decided anything. So has
        everybody with a decision that counts; nobody else, as a name mistyped once would take outcomes for good.

    Attributes
    ----------
    manifest : Manifest or None
        Of the project's model; None where it has none that can be read.
    suggested : SuggestionSet or None
        The suggestions laid out.
    newer_model : str or None
        The title of the project's model, if the suggestions laid out are another's.
    """

    def __init__(self, project: Project, *, names: Iterable[str] = ()) -> None:
        self.project = project
        self.jobs = Jobs()
        self.ledger = Ledger()
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
            self._enter(self.project.journal.entries(after=self.ledger.last))

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
        >>> ProjectDesk(begun, names=["Ana Moss"]).known_as(" ana  moss")
        'Ana Moss'
        """
        with self._lock:
            return self._known.find(name) or CoderNames(self._names).spelling(name)

    def lets_in(self, coder: str) -> bool:
        """Whether a coder is known here, or is the first; who is new among others is asked first."""
        with self._lock:
            if not (len(self._known) or self._names):
                self._let_in.add(identity_of(coder))  # and stay so, also when somebody else decides first
            is_known = self._known.find(coder) is not None or CoderNames(self._names).find(coder) is not None
            return is_known or identity_of(coder) in self._let_in

    def coders_like(self, coder: str) -> tuple[str, ...]:
        """Name the coders who are known here, the one whose name is most like a new one first."""
        with self._lock:
            known = CoderNames([*self._known, *self._names])
        guess = known.nearest(coder)
        return tuple(dict.fromkeys([*([guess] if guess else []), *known]))

    def admit(self, coder: str) -> None:
        """Take in a coder who was confirmed as a new one."""
        with self._lock:
            admit_coder(self.project, coder, is_new=True)
            self.refresh()

    def worklist(self, coder: str) -> Worklist:
        """Return what a coder has before them."""
        with self._lock:
            coders = self._sharing | {coder}
            if coder not in self._worklists or self._worklists[coder].coders != coders:
                self._worklists[coder] = Worklist(
                    coder,
                    offers=self.offers,
                    codebook=self.project.codebook,
                    shares=self.project.shares,
                    ledger=self.ledger,
                    coders=coders,
                )
            return self._worklists[coder]

    def offers_of(self, number: int) -> Offers:
        """Return what was put before coders with an earlier set of suggestions; 0 is before there were any."""
        with self._lock:
            if number not in self._earlier:
                self._earlier[number] = Offers(self.project, self._kept.get(number) if number else None)
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
        self, offer: Offer, choices: Mapping[str, Choice], *, coder: str, together: Sequence[Offer] = ()
    ) -> Recorded:
        """Record what a coder chose, or nothing where they decided on it elsewhere meanwhile."""
        with self._lock:
            self.refresh()
            raced = tuple(
                name
                for name, choice in choices.items()
                if choice.seen != self.ledger.latest_number(coder, offer.fragment_id, name)
            )
            if raced:
                return Recorded(raced=raced)
            made = decide(
                offer, choices, coder=coder, codebook=self.project.codebook, ledger=self.ledger, together=together
            )
            return Recorded(entries=self.record(made))

    def do(self, make: Callable[[], Iterable[Decision]]) -> tuple[Entry, ...]:
        """Make decisions of what the ledger holds now, and record them before anybody else changes it."""
        with self._lock:
            self.refresh()
            return self.record(make())

    def _enter(self, entries: Sequence[Entry]) -> None:
        if entries:
            self.ledger.add(entries)
            self._count(entries)
            changed = {entry.decision.fragment_id for entry in entries}
            for worklist in self._worklists.values():
                worklist.update(changed)

    def _count(self, entries: Sequence[Entry]) -> None:
        """Keep in mind who has decisions that count, so that no page has to look through the whole ledger."""
        self._known.add(entry.decision.coder for entry in entries)
        for entry in entries:
            coder, fragment_id, field = entry.decision.key
            held = self._counting.setdefault(coder, set())
            counts = self.ledger.standing(coder, fragment_id, field) is not None
            (held.add if counts else held.discard)((fragment_id, field))
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
        self.offers = Offers(self.project, self.suggested)
        self._earlier = {self.offers.number: self.offers}
        self._worklists: dict[str, Worklist] = {}

    def _newer_model(self) -> str | None:
        title = None if self.manifest is None or self.is_model_older else self.manifest.title
        shown = set() if self.suggested is None else {one.model for one in self.suggested.outcomes.values()}
        return title if title not in shown else None


def _manifest(project: Project) -> Manifest | None:
    if project.model_place is None:
        return None
    try:
        return read_manifest(find_model(project.model_place))
    except ModelError:  # who makes suggestions with it is told
        return None


def _stamp(project: Project) -> tuple[int, ...]:
    """Tell by a glance whether a project's files are others than they were."""
    places = (project.folder / "project.json", project.folder / "codebook.yaml", project.suggestions.folder)
    return tuple(place.stat().st_mtime_ns if place.exists() else 0 for place in places)
