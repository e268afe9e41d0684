"""Outcome of a harvest: its story and the codes it was given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from classifier.harvest.story import Story


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One row of a harvest.

    Attributes
    ----------
    fragment_id : str
        The owner's ID, as it stands in the file.
    story : Story
        The story.
    codes : dict of str to tuple of str
        The codes already given, by the name of the field; the main code comes first.
    confidential : bool or None
        None where the harvest doesn't say, which is not the same as no.
    row : int
        The index of its row in the sheet, counted from 0.
    """

    fragment_id: str
    story: Story
    codes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    period: str = ""
    country: str = ""
    year: str = ""
    confidential: bool | None = None
    row: int = 0
