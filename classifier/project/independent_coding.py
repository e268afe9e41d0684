"""Independent coding of an outcome: who is still to code it, and whether what others chose may be seen.

An outcome that is coded blind, or by two coders, is open until everybody who is to code it has decided every field
that its file doesn't already hold a code of, or a lead has closed it. Who is to code it is said by `coders_of`. Any
other outcome has one coder, and nobody to be influenced by their codes.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from classifier.codebook.schema import Codebook, CodeField
from classifier.project.blind_and_double_coding import coders_of
from classifier.project.coding_items import CodingItem
from classifier.project.current_decisions import JournalState
from classifier.project.project import Shares


@dataclass(frozen=True, slots=True, kw_only=True)
class IndependentCoding:
    """Rules of independent coding, with what they rest on."""

    codebook: Codebook
    shares: Shares
    journal_state: JournalState

    def begun(self, item: CodingItem) -> frozenset[str]:
        """Return who has decided anything on an outcome that counts."""
        return frozenset(
            coder for field in self.codebook.names for coder in self.journal_state.by_coder(item.fragment_id, field)
        )

    def to_code(self, item: CodingItem, *, coders: Collection[str]) -> frozenset[str]:
        """Return who is to code an outcome; once a lead closed it, those alone who have begun."""
        begun = self.begun(item)
        if self.journal_state.is_closed(item.fragment_id) and begun:
            return begun
        # What the file came with is decided, and no coder's work unless they begin to change it.
        if len(self._coded_in_file(item)) == len(self.codebook.fields):
            return begun
        return coders_of(item.fragment_id, self.shares, coders=coders, decided=begun)

    def undecided(self, item: CodingItem, coder: str) -> frozenset[str]:
        """Name the fields of an outcome that a coder has not decided, and that its file doesn't hold a code of."""
        in_file = self._coded_in_file(item)
        return frozenset(
            field.name
            for field in self.codebook.fields
            if field.name not in in_file and not self._has_decided(item, field, coder)
        )

    def awaited(self, item: CodingItem, *, coders: Collection[str]) -> frozenset[str]:
        """Return who is still to code an outcome independently; nobody once it is closed."""
        if not (item.is_blind or item.is_double) or self.journal_state.is_closed(item.fragment_id):
            return frozenset()
        return frozenset(coder for coder in self.to_code(item, coders=coders) if self.undecided(item, coder))

    def _coded_in_file(self, item: CodingItem) -> frozenset[str]:
        codes = item.outcome.codes
        return frozenset(field.name for field in self.codebook.fields if is_coded(codes.get(field.name, ()), field))

    def _has_decided(self, item: CodingItem, field: CodeField, coder: str) -> bool:
        entry = self.journal_state.current_decision(coder, item.fragment_id, field.name)
        return entry is not None and field.has_all(entry.decision.codes)


def is_coded(codes: tuple[str, ...], field: CodeField) -> bool:
    """Whether there are codes, all of which the codebook has."""
    return bool(codes) and field.has_all(codes)
