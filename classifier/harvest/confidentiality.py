"""Confidential outcomes: which are left out of training, reports and shared exports."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from classifier.codebook.columns import UnknownConfidentiality
from classifier.codebook.schema import Codebook
from classifier.errors import ComparisonError, TrainingError
from classifier.harvest.outcome import Outcome
from classifier.harvest.reading import Harvest
from classifier.spreadsheet.sheet import Sheet
from classifier.wording import counted

INCLUDE_CONFIDENTIAL = "--include-confidential"
"""The option of every command that leaves confidential outcomes out otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confidentiality:
    """What was done with confidential outcomes, and with those not marked either way.

    Examples
    --------
    >>> print(Confidentiality(n_confidential=12))
    12 confidential outcomes left out (--include-confidential includes them)
    >>> print(Confidentiality(n_unknown=30))
    30 outcomes are not marked either way, and are included
    """

    n_confidential: int = 0
    n_unknown: int = 0
    is_included: bool = False  # whether confidential outcomes were asked for
    unknown: UnknownConfidentiality = UnknownConfidentiality.INCLUDE

    @property
    def n_left_out(self) -> int:
        """Number of outcomes left out."""
        n_unknown = 0 if self.is_unknown_included else self.n_unknown
        return n_unknown if self.is_included else self.n_confidential + n_unknown

    @property
    def is_unknown_included(self) -> bool:
        """Whether outcomes not marked either way were kept."""
        return self.is_included or self.unknown is UnknownConfidentiality.INCLUDE

    def __str__(self) -> str:
        """Describe it in a line; nothing where there is nothing to describe."""
        return self.describe(option=f" ({INCLUDE_CONFIDENTIAL} includes them)")

    def describe(self, *, option: str = "") -> str:
        """Describe it in a line, with the option of a command that would include what is left out, if any."""
        told = []
        if self.n_confidential:
            what = "included" if self.is_included else f"left out{option}"
            told.append(f"{counted(self.n_confidential, 'confidential outcome')} {what}")
        if self.n_unknown:
            which = f"{self.n_unknown:,}" if told else counted(self.n_unknown, "outcome")
            verb = "is" if self.n_unknown == 1 else "are"
            kept = "included" if self.is_unknown_included else "left out"
            told.append(f"{which} {verb} not marked either way, and {verb} {kept}")
        return "; ".join(told)

    def as_dict(self) -> dict[str, object]:
        """Return it as plain values, for the JSON of commands and reports."""
        return {
            "confidential": self.n_confidential,
            "unknown": self.n_unknown,
            "include_confidential": self.is_included,
            "unknown_confidentiality": str(self.unknown),
            "left_out": self.n_left_out,
        }


def confidential_ids(outcomes: Iterable[Outcome]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the IDs of outcomes that are confidential, and of those of which it is unknown.

    An outcome that stands in several files is confidential if any of them says so, and unknown if none says
    anything.
    """
    outcomes = list(outcomes)
    marked = frozenset(outcome.fragment_id for outcome in outcomes if outcome.confidential)
    said = frozenset(outcome.fragment_id for outcome in outcomes if outcome.confidential is not None)
    return marked, frozenset(outcome.fragment_id for outcome in outcomes) - said


def left_out_ids(
    outcomes: Iterable[Outcome], codebook: Codebook, *, include_confidential: bool = False
) -> frozenset[str]:
    """Return the IDs of the outcomes that are left out of training, reports and shared exports."""
    if include_confidential:
        return frozenset()
    marked, unknown = confidential_ids(outcomes)
    return marked | unknown if codebook.unknown_confidentiality is UnknownConfidentiality.LEAVE_OUT else marked


def leave_out_confidential(
    harvests: Sequence[Harvest],
    codebook: Codebook,
    *,
    include_confidential: bool = False,
    others: Collection[Outcome] = (),
) -> tuple[tuple[Harvest, ...], Confidentiality]:
    """Leave confidential outcomes and warnings about them out of harvests, and tell how many they are.

    Parameters
    ----------
    codebook : Codebook
        Its `unknown_confidentiality` says what is done with outcomes that are not marked either way.
    include_confidential : bool
        Whether all outcomes are kept; they are counted nevertheless.
    others : collection of Outcome
        The same outcomes in other files, which may mark them too.
    """
    outcomes = [outcome for harvest in harvests for outcome in harvest.outcomes]
    ours = {outcome.fragment_id for outcome in outcomes}
    everywhere = [*outcomes, *(outcome for outcome in others if outcome.fragment_id in ours)]
    marked, unknown = confidential_ids(everywhere)
    left_out = left_out_ids(everywhere, codebook, include_confidential=include_confidential)
    cells = {(harvest.path, cell) for harvest in harvests for cell in _cells(harvest, left_out)}
    kept = tuple(
        replace(
            harvest,
            outcomes=tuple(outcome for outcome in harvest.outcomes if outcome.fragment_id not in left_out),
            warnings=tuple(
                fault
                for fault in harvest.warnings
                if left_out.isdisjoint(fault.ids) and (harvest.path, fault.where) not in cells
            ),
        )
        for harvest in harvests
    )
    return kept, Confidentiality(
        n_confidential=len(marked),
        n_unknown=len(unknown),
        is_included=include_confidential,
        unknown=codebook.unknown_confidentiality,
    )


def _cells(harvest: Harvest, ids: Collection[str]) -> Iterator[str]:
    """Yield the addresses of the cells of outcomes."""
    for outcome in harvest.outcomes:
        if outcome.fragment_id in ids:
            for column in range(len(harvest.sheet.rows[outcome.row])):
                yield harvest.sheet.place(outcome.row, column)


def with_rows_of_outcomes(harvest: Harvest) -> Harvest:
    """Return a harvest whose sheet has the rows down to the header, and below it those of its outcomes alone."""
    kept = [*range(harvest.layout.header + 1), *(outcome.row for outcome in harvest.outcomes)]
    rows = [harvest.sheet.rows[row] for row in kept]
    outcomes = tuple(
        replace(outcome, row=row) for row, outcome in enumerate(harvest.outcomes, start=harvest.layout.header + 1)
    )
    return replace(harvest, sheet=Sheet(name=harvest.sheet.name, rows=rows), outcomes=outcomes)


@contextmanager
def telling_left_out(confidentiality: Confidentiality) -> Iterator[None]:
    """Add to an error of too few outcomes that some were left out."""
    try:
        yield
    except (ComparisonError, TrainingError) as error:
        if not confidentiality.n_left_out:
            raise
        raise type(error)(f"{error}\n  {confidentiality}") from error
