"""Summary of a job for its user."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from classifier.faults import Note

Rows = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A summary for people, and as plain values for programs.

    Attributes
    ----------
    opening : tuple of str
        What was read and used.
    tables : tuple of tuple of tuple of str
        The figures, each table under a first row of headings.
    notes : tuple of Note or str
        What is worth a look.
    ending : str
        What was written, and how long it took.
    """

    opening: tuple[str, ...]
    tables: tuple[Rows, ...]
    notes: tuple[Note | str, ...]
    ending: str
    plain: dict[str, Any]
