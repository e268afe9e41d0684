"""What a team has settled on: the codes that count of all that its coders decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from classifier.codebook import Codebook
from classifier.journal import Entry
from classifier.ledger import Ledger

__all__ = ["Settlement", "open_differences", "settlements_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What counts for one outcome in one field.

    Attributes
    ----------
    codes : tuple of str
        What somebody settled, else what all coders decided, in whatever order; empty where they differ.
    entries : tuple of Entry
        The coders' decisions, or what settled them: what the codes rest on.
    """

    fragment_id: str
    field: str
    codes: tuple[str, ...]
    entries: tuple[Entry, ...]

    @property
    def is_open(self) -> bool:
        """Whether coders differ and nobody has settled it."""
        return not self.codes


def settlements_of(
    fragment_ids: Iterable[str], codebook: Codebook, ledger: Ledger
) -> Mapping[tuple[str, str], Settlement]:
    """Say what counts, by outcome and field; what nobody has decided on is left out.

    A code that the codebook no longer has counts for nothing.
    """
    found = {}
    known = {field.name: frozenset(field.code_names) for field in codebook.fields}
    for fragment_id in fragment_ids:
        for field, codes in known.items():
            settled = ledger.settled(fragment_id, field)
            if settled is not None and codes.issuperset(settled.decision.codes):
                entries: tuple[Entry, ...] = (settled,)
            else:
                decided = ledger.by_coder(fragment_id, field).values()
                entries = tuple(entry for entry in decided if codes.issuperset(entry.decision.codes))
            if entries:
                kinds = {frozenset(entry.decision.codes) for entry in entries}
                found[fragment_id, field] = Settlement(
                    fragment_id=fragment_id,
                    field=field,
                    codes=entries[0].decision.codes if len(kinds) == 1 else (),
                    entries=entries,
                )
    return found


def open_differences(
    fragment_ids: Iterable[str], codebook: Codebook, ledger: Ledger
) -> Mapping[tuple[str, str], Settlement]:
    """Give what coders differ in and nobody has settled."""
    found = settlements_of(fragment_ids, codebook, ledger)
    return {key: one for key, one in found.items() if one.is_open}
