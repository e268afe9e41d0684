"""Consensus of a team's coders: the current codes of each outcome and field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from classifier.codebook.schema import Codebook
from classifier.project.current_decisions import JournalState
from classifier.project.journal import DecisionMethod, Entry

Codes = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Consensus:
    """The current codes of one outcome in one field."""

    fragment_id: str
    field: str
    # What was adjudicated, else what all coders decided, see `is_same_coding`; empty where they differ, or it is
    # not codable.
    codes: tuple[str, ...]
    entries: tuple[Entry, ...]  # the decisions that the codes come from: the coders', or the adjudication

    @property
    def is_open(self) -> bool:
        """Whether coders differ and nobody has adjudicated it."""
        return not self.codes and not self.is_not_codable

    @property
    def is_not_codable(self) -> bool:
        """Whether all coders, or the adjudication, say that no code can be given."""
        return all(entry.decision.not_codable for entry in self.entries)

    @property
    def adjudicated_by(self) -> Entry | None:
        """The adjudication; None where there is none, or none is needed."""
        (first, *_) = self.entries
        return first if first.decision.method is DecisionMethod.ADJUDICATION else None


def is_same_coding(codes: Codes, others: Codes) -> bool:
    """Whether two coders, or one coder twice, gave the same codes: the same main code, the others in any order.

    Examples
    --------
    >>> is_same_coding(("GEN", "CIV", "CON"), ("GEN", "CON", "CIV")), is_same_coding(("GEN", "CIV"), ("CIV", "GEN"))
    (True, False)
    """
    return codes[:1] == others[:1] and set(codes) == set(others)


def consensus_of(
    fragment_ids: Iterable[str], codebook: Codebook, journal_state: JournalState
) -> Mapping[tuple[str, str], Consensus]:
    """Return the consensus by outcome and field, as far as anybody has decided.

    Decisions with a code that the codebook no longer has are ignored.
    """
    found = {}
    for fragment_id in fragment_ids:
        for field in codebook.fields:
            adjudicated = journal_state.adjudicated(fragment_id, field.name)
            if adjudicated is not None and field.has_all(adjudicated.decision.codes):
                entries: tuple[Entry, ...] = (adjudicated,)
            else:
                decided = journal_state.by_coder(fragment_id, field.name).values()
                entries = tuple(entry for entry in decided if field.has_all(entry.decision.codes))
            if entries:
                first, *others = (entry.decision.codes for entry in entries)
                found[fragment_id, field.name] = Consensus(
                    fragment_id=fragment_id,
                    field=field.name,
                    codes=first if all(is_same_coding(first, other) for other in others) else (),
                    entries=entries,
                )
    return found
