"""Outcome of a harvest: its story and the codes it was given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from classifier.harvest.story import Story


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
