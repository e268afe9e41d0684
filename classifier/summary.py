"""Summary of a job for its user."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from classifier.faults import Note

Rows = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A summary for people, and as plain values for programs."""

    opening: tuple[str, ...]  # what was read and used
    tables: tuple[Rows, ...] = ()  # the figures, each table under a first row of headings
    notes: tuple[Note | str, ...] = ()
    ending: str  # what was written, and how long it took
    plain: dict[str, Any]
