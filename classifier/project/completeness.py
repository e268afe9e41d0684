"""Completeness of a coding: in what state each cell is, a cell being one field of one outcome.

All that is told of how much is decided, settled, or left to do is counted here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass

from classifier.codebook.schema import Codebook
from classifier.harvest.outcome import Outcome
from classifier.project.assignment import is_double
from classifier.project.consensus import Settlement, settlements_of
from classifier.project.journal_state import Ledger
from classifier.project.project import Shares


@dataclass(frozen=True, slots=True, kw_only=True)
class CellCounts:
    """How many cells are in which state; each cell is in one.

    Attributes
    ----------
    n_decided : int
        Decided by one coder, or alike by several.
    n_settled : int
        Coders' difference was settled.
    n_differing : int
        Coders differ, and nobody has settled it.
    n_from_file : int
        Nobody decided, and the harvest came with a code: nobody is asked.
    n_undecided : int
        Nobody decided, and the harvest came with no code.
    n_once : int
        Of those decided, how many two coders are to code and one has.
    n_textless : int
        Of those undecided, how many belong to outcomes without text.

    Examples
    --------
    >>> counts = CellCounts(n_decided=118, n_differing=1, n_undecided=353)
    >>> counts.n_cells
    472
    >>> str(counts)
    '118 decided, 1 where coders differ, 353 undecided'
    """

    n_decided: int = 0
    n_settled: int = 0
    n_differing: int = 0
    n_from_file: int = 0
    n_undecided: int = 0
    n_once: int = 0
    n_textless: int = 0

    @property
    def n_cells(self) -> int:
        """How many cells there are."""
        return self.n_decided + self.n_settled + self.n_differing + self.n_from_file + self.n_undecided

    @property
    def plain(self) -> dict[str, int]:
        """The counts as plain values for programs."""
        return {
            "all": self.n_cells,
            "decided": self.n_decided,
            "settled": self.n_settled,
            "differing": self.n_differing,
            "from_file": self.n_from_file,
            "undecided": self.n_undecided,
            "decided_by_one_of_two": self.n_once,
            "undecided_without_text": self.n_textless,
        }

    def __str__(self) -> str:
        return ", ".join(self._told())

    def _told(self) -> Iterator[str]:
        waiting = f" ({self.n_once} by the first of two coders)" if self.n_once else ""
        textless = f" ({self.n_textless} in outcomes without text)" if self.n_textless else ""
        yield f"{self.n_decided} decided{waiting}"
        if self.n_settled:
            yield f"{self.n_settled} adjudicated"
        if self.n_differing:
            yield f"{self.n_differing} where coders differ"
        if self.n_from_file:
            yield f"{self.n_from_file} already coded in the file"
        yield f"{self.n_undecided} undecided{textless}"


def count_cells(
    outcomes: Iterable[Outcome], codebook: Codebook, ledger: Ledger, shares: Shares
) -> Mapping[str, CellCounts]:
    """Count the cells of outcomes by their state, by the name of the field."""
    by_id = {outcome.fragment_id: outcome for outcome in outcomes}
    settlements = settlements_of(by_id, codebook, ledger)
    return {
        name: add_up(_count_one(outcome, name, settlements, shares) for outcome in by_id.values())
        for name in codebook.names
    }


def add_up(counts: Iterable[CellCounts]) -> CellCounts:
    """Add counts up, as of several fields.

    Examples
    --------
    >>> add_up([CellCounts(n_decided=2), CellCounts(n_decided=1, n_undecided=4)]).plain["undecided"]
    4
    """
    rows = [astuple(one) for one in (CellCounts(), *counts)]
    return CellCounts(**dict(zip(CellCounts.__dataclass_fields__, map(sum, zip(*rows, strict=True)), strict=True)))


def _count_one(
    outcome: Outcome, field: str, settlements: Mapping[tuple[str, str], Settlement], shares: Shares
) -> CellCounts:
    settlement = settlements.get((outcome.fragment_id, field))
    if settlement is None:
        if outcome.codes.get(field):
            return CellCounts(n_from_file=1)
        return CellCounts(n_undecided=1, n_textless=int(outcome.story.is_blank))
    if settlement.is_open:
        return CellCounts(n_differing=1)
    if settlement.settled_by is not None:
        return CellCounts(n_settled=1)
    is_once = len(settlement.entries) == 1 and is_double(outcome.fragment_id, shares)
    return CellCounts(n_decided=1, n_once=int(is_once))
