"""Outcome of a harvest: its story and the codes it was given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from classifier.harvest.story import Story


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedCode:
    """Row of the review sheet of a workbook of suggestions, for one field of an outcome."""

    codes: tuple[str, ...]  # those chosen there
    own: tuple[str, ...]  # those in the cells of the outcome's own row
    where: str  # the cell to choose a code in
    note: str
    note_where: str
    suggestion: str | None  # as it stands there; None where its column is gone
    suggestion_where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One row of a harvest."""

    fragment_id: str  # the owner's ID, as written in the file
    story: Story
    # The codes already given, by the name of the field; the main code comes first.
    codes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    period: str = ""
    country: str = ""
    year: str = ""
    confidential: bool | None = None  # None where the harvest doesn't say, which is not the same as no
    row: int = 0  # the index of its row in the sheet, counted from 0
    # What stands on the review sheet of its workbook, by the name of the field; `codes` takes it into account.
    reviewed: Mapping[str, ReviewedCode] = field(default_factory=dict)

    def own_codes(self, name: str) -> tuple[str, ...]:
        """Return the codes of a field that its own row has, whatever was chosen on a review sheet."""
        reviewed = self.reviewed.get(name)
        return self.codes.get(name, ()) if reviewed is None else reviewed.own
