"""Glance at a project without opening it, which would read all its harvests."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path

from classifier import sample_files
from classifier.project.current_decisions import JournalState
from classifier.project.journal import Journal
from classifier.project.settings import JOURNAL, read_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """What can be told of a project without opening it."""

    coders: tuple[str, ...] = ()  # who has coded in it, the latest first
    n_outcomes: int | None = None  # None in projects that an earlier version added harvests to
    n_decided: int = 0  # outcomes that anybody has decided something on
    changed: datetime.datetime | None = None  # when somebody last decided something
    hashes: frozenset[str] = frozenset()  # SHA-256 of its harvests' files

    @property
    def is_sample(self) -> bool:
        """Whether it has no other harvests than those of the fictional sample."""
        return bool(self.hashes) and all(sample_files.is_sample([sha256]) for sha256 in self.hashes)

    @property
    def has_more_than_sample(self) -> bool:
        """Whether it has harvests of the fictional sample, and others."""
        return sample_files.is_sample(self.hashes) and not self.is_sample


def glance_at(folder: Path) -> Glance:
    """Glance at a project; where its journal is a team's database, that is not asked.

    Raises
    ------
    OutcomeCoderError
        If its settings or its journal can't be read.
    """
    settings = read_settings(folder)
    hashes = frozenset(entry["sha256"] for entry in settings["harvests"])
    n_outcomes = settings.get("n_outcomes")
    if settings["journal"] or not (folder / JOURNAL).exists():
        return Glance(n_outcomes=n_outcomes, hashes=hashes)
    journal = Journal.at(folder / JOURNAL)
    try:
        entries, coders = journal.entries(), journal.coders()
    finally:
        journal.close()
    decided = {fragment_id for _, fragment_id, _ in JournalState(entries).own()}
    return Glance(
        coders=coders,
        n_outcomes=n_outcomes,
        n_decided=len(decided),
        changed=entries[-1].at if entries else None,
        hashes=hashes,
    )
