"""What is put to a contender, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import TypeAdapter

__all__ = ["ANSWERS", "TASKS", "Answer", "Asked", "Row", "Task"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A text with the codes that people gave it, by field; the main code comes first.

    Attributes
    ----------
    story : str
        The whole story, where there is more of it than `text`; else the same.
    """

    id: str
    text: str
    story: str
    codes: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question put to every row: one of these codes, or several."""

    codes: tuple[str, ...]
    is_multiple: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Rows to learn from and rows to code; every contender gets the same."""

    asked: Mapping[str, Asked]
    known: tuple[Row, ...]
    new: tuple[Row, ...]

    def training_rows(self, name: str) -> tuple[Row, ...]:
        """Return the rows that are coded in a field."""
        return tuple(row for row in self.known if row.codes.get(name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a contender says of one row in one field.

    Attributes
    ----------
    codes : tuple of str
        The code it would enter; in a multiple field all of them, the main one first. May be empty there.
    shares : dict of str to float
        The probability of each code; empty where the contender gives none.
    is_sure : bool
        Whether it says that the codes need no more than a confirmation.
    """

    codes: tuple[str, ...]
    shares: Mapping[str, float] = field(default_factory=dict)
    is_sure: bool = False


TASKS = TypeAdapter(tuple[Task, ...])
ANSWERS = TypeAdapter(tuple[Mapping[str, tuple[Answer, ...]], ...])
"""For each task, by field, one answer for each new row."""
