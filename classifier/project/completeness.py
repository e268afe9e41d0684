"""Counts of cells by their state; a cell is one field of one outcome."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass

from classifier.codebook.schema import Codebook
from classifier.harvest.outcome import Outcome
from classifier.languages import gettext
from classifier.project.blind_and_double_coding import is_double
from classifier.project.consensus import Consensus, consensus_of
from classifier.project.current_decisions import JournalState
from classifier.project.project import Shares


@dataclass(frozen=True, slots=True, kw_only=True)
class CellCounts:
    """How many cells are in which state; each cell is in one.

    Examples
    --------
    >>> counts = CellCounts(n_decided=118, n_differing=1, n_undecided=353)
    >>> counts.n_cells
    472
    >>> str(counts)
    '118 decided, 1 where coders differ, 353 undecided'
    """

    n_decided: int = 0  # decided by one coder, or alike by several
    n_adjudicated: int = 0  # coders' difference was adjudicated
    n_differing: int = 0  # coders differ, and nobody has adjudicated it
    n_from_file: int = 0  # not decided, but already coded in the harvest: nobody is asked
    n_not_codable: int = 0  # all who decided, or the adjudication, say that no code can be given
    n_undecided: int = 0  # not decided, and without a code in the harvest
    n_once: int = 0  # of those decided, how many two coders are to code and one has
    n_textless: int = 0  # of those undecided, how many belong to outcomes without text

    @property
    def n_cells(self) -> int:
        """How many cells there are."""
        done = self.n_decided + self.n_adjudicated + self.n_not_codable + self.n_from_file
        return done + self.n_differing + self.n_undecided

    def as_dict(self) -> dict[str, int]:
        """Return the counts for JSON."""
        return {
            "all": self.n_cells,
            "decided": self.n_decided,
            "settled": self.n_adjudicated,
            "differing": self.n_differing,
            "from_file": self.n_from_file,
            "not_codable": self.n_not_codable,
            "undecided": self.n_undecided,
            "decided_by_one_of_two": self.n_once,
            "undecided_without_text": self.n_textless,
        }

    def __str__(self) -> str:
        return gettext(", ").join(self._descriptions())

    def _descriptions(self) -> Iterator[str]:
        if self.n_once:
            yield gettext("{n} decided ({once} by the first of two coders)", n=self.n_decided, once=self.n_once)
        else:
            yield gettext("{n} decided", n=self.n_decided)
        if self.n_adjudicated:
            yield gettext("{n} adjudicated", n=self.n_adjudicated)
        if self.n_differing:
            yield gettext("{n} where coders differ", n=self.n_differing)
        if self.n_from_file:
            yield gettext("{n} already coded in the file", n=self.n_from_file)
        if self.n_not_codable:
            yield gettext("{n} not codable", n=self.n_not_codable)
        if self.n_textless:
            yield gettext(
                "{n} undecided ({textless} in outcomes without text)", n=self.n_undecided, textless=self.n_textless
            )
        else:
            yield gettext("{n} undecided", n=self.n_undecided)


def count_cells(
    outcomes: Iterable[Outcome],
    codebook: Codebook,
    journal_state: JournalState,
    shares: Shares,
    *,
    hidden: Collection[str] = (),
) -> Mapping[str, CellCounts]:
    """Count the cells of outcomes by their state, by the name of the field.

    Parameters
    ----------
    hidden : collection of str
        The IDs of outcomes of which nothing may be told but that somebody has decided on them.
    """
    by_id = {outcome.fragment_id: outcome for outcome in outcomes}
    consensus_by_cell = consensus_of(by_id, codebook, journal_state)
    return {
        name: add_up(
            _count_one(outcome, name, consensus_by_cell, shares, is_hidden=outcome.fragment_id in hidden)
            for outcome in by_id.values()
        )
        for name in codebook.names
    }


def add_up(counts: Iterable[CellCounts]) -> CellCounts:
    """Add counts up, as of several fields.

    Examples
    --------
    >>> add_up([CellCounts(n_decided=2), CellCounts(n_decided=1, n_undecided=4)]).as_dict()["undecided"]
    4
    """
    rows = [astuple(cells) for cells in (CellCounts(), *counts)]
    return CellCounts(**dict(zip(CellCounts.__dataclass_fields__, map(sum, zip(*rows, strict=True)), strict=True)))


def _count_one(
    outcome: Outcome,
    field: str,
    consensus_by_cell: Mapping[tuple[str, str], Consensus],
    shares: Shares,
    *,
    is_hidden: bool,
) -> CellCounts:
    consensus = consensus_by_cell.get((outcome.fragment_id, field))
    if consensus is None:
        if outcome.codes.get(field):
            return CellCounts(n_from_file=1)
        return CellCounts(n_undecided=1, n_textless=int(outcome.story.is_blank))
    is_once = len(consensus.entries) == 1 and is_double(outcome.fragment_id, shares)
    if is_hidden:
        return CellCounts(n_decided=1, n_once=int(is_once))
    if consensus.is_open:
        return CellCounts(n_differing=1)
    if consensus.is_not_codable:
        return CellCounts(n_not_codable=1)
    if consensus.adjudicated_by is not None:
        return CellCounts(n_adjudicated=1)
    return CellCounts(n_decided=1, n_once=int(is_once))
