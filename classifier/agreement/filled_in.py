"""Agreed code of one field of one outcome, as it is filled in."""

from __future__ import annotations

from dataclasses import dataclass

from classifier.agreement.adjudication import AdjudicatedCode
from classifier.codebook.schema import CodeField

Codes = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledIn:
    """Codes given and agreed in one field of one outcome."""

    fragment_id: str
    field: CodeField
    row: int  # its row in the first harvest, counted from 0, or in what is added below
    given: tuple[Codes, ...]  # what each coder gave; empty where it was not coded
    adjudicated: AdjudicatedCode | None

    @property
    def codes(self) -> Codes:
        """The codes to enter; none where nothing is decided."""
        if self.adjudicated is not None:
            return self.adjudicated.codes
        return next(filter(None, self.given), ()) if self._n_kinds == 1 else ()

    @property
    def is_agreed(self) -> bool:
        """Whether all who coded it gave the same codes, and no others were adjudicated."""
        return self.adjudicated is None and self._n_kinds == 1

    @property
    def is_uncoded(self) -> bool:
        """Whether nobody coded or adjudicated it."""
        return self.adjudicated is None and self._n_kinds == 0

    @property
    def is_open(self) -> bool:
        """Whether coders differ and nobody adjudicated it."""
        return self.adjudicated is None and self._n_kinds > 1

    @property
    def _n_kinds(self) -> int:
        return len({frozenset(codes) for codes in self.given if codes})
