"""What a team has settled on: the codes that count of all that its coders decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from classifier.codebook.schema import Codebook
from classifier.project.journal import Entry, Way
from classifier.project.journal_state import Ledger

Codes = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What counts for one outcome in one field.

    Attributes
    ----------
    codes : tuple of str
        What somebody settled, else what all coders decided, see `is_same_coding`; empty where they differ.
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

    @property
    def settled_by(self) -> Entry | None:
        """What somebody settled it by; None where it was not settled, or need not be."""
        (first, *_) = self.entries
        return first if first.decision.way is Way.ADJUDICATION else None


def is_same_coding(codes: Codes, others: Codes) -> bool:
    """Whether two coders, or one coder twice, gave the same codes: the same main code, the others in any order.

    Examples
    --------
    >>> is_same_coding(("GEN", "CIV", "CON"), ("GEN", "CON", "CIV")), is_same_coding(("GEN", "CIV"), ("CIV", "GEN"))
    (True, False)
    """
    return codes[:1] == others[:1] and set(codes) == set(others)


def settlements_of(
    fragment_ids: Iterable[str], codebook: Codebook, ledger: Ledger
) -> Mapping[tuple[str, str], Settlement]:
    """Say what counts, by outcome and field; what nobody has decided on is left out.

    A code that the codebook no longer has counts for nothing.
    """
    found = {}
    for fragment_id in fragment_ids:
        for field in codebook.fields:
            settled = ledger.settled(fragment_id, field.name)
            if settled is not None and field.has_all(settled.decision.codes):
                entries: tuple[Entry, ...] = (settled,)
            else:
                decided = ledger.by_coder(fragment_id, field.name).values()
                entries = tuple(entry for entry in decided if field.has_all(entry.decision.codes))
            if entries:
                first, *others = (entry.decision.codes for entry in entries)
                found[fragment_id, field.name] = Settlement(
                    fragment_id=fragment_id,
                    field=field.name,
                    codes=first if all(is_same_coding(first, other) for other in others) else (),
                    entries=entries,
                )
    return found
