"""Parts of a report, independent of its format: sections, tables, pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableBlock:
    """A table of a report."""

    name: str  # of its file; lower case with dashes
    title: str
    header: Row
    rows: tuple[Row, ...]
    pale: frozenset[int] = frozenset()  # rows with too few outcomes, set in grey; they say so in words too
    note: str = ""  # explains the columns
    n_shown: int | None = None  # how many rows the page shows; all are in the files

    @property
    def shown(self) -> tuple[Row, ...]:
        """The rows that the page shows."""
        return self.rows[: self.n_shown]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A plot with a sentence that says what it shows."""

    name: str
    title: str
    reading: str
    svg: bytes
    png: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A section of the report; pictures come before tables."""

    name: str
    title: str
    paragraphs: Row = ()
    pictures: tuple[Picture, ...] = ()
    tables: tuple[TableBlock, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report, independent of its format."""

    title: str
    made: str
    warning: str  # shown above everything else; may be empty
    opening: Mapping[str, str]  # the overview: a paragraph under each heading
    sections: tuple[Section, ...]
    methods: str  # the methods paragraph, to paste
    sources: Row
    figures: Mapping[str, Any] = field(default_factory=dict)  # figures for programs; see docs/report.md

    @property
    def tables(self) -> tuple[TableBlock, ...]:
        """All tables, in the order of the page."""
        return tuple(table for section in self.sections for table in section.tables)

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """All pictures, in the order of the page."""
        return tuple(picture for section in self.sections for picture in section.pictures)
