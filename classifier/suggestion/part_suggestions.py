"""Suggestions for a part of a harvest that is read part by part: the bytes of the output, and counts."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from classifier.codebook.schema import CodeField
from classifier.features.embedding_cache import CachedEncoders
from classifier.harvest.streamed_harvest import PartReader
from classifier.model.model import Model
from classifier.spreadsheet.sheet import Sheet
from classifier.suggestion.csv_and_jsonl import CSV_ENCODING, write_csv_header, write_csv_rows, write_json_lines
from classifier.suggestion.harvest_shift import HarvestShift, ShiftCounts
from classifier.suggestion.suggest import SuggestedApart, suggest_apart
from classifier.suggestion.types import Flag, OutcomeSuggestions, Route


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestedPart:
    """Output of a part of a harvest, and what is counted of it."""

    content: bytes
    n_outcomes: int
    routes: Mapping[str, Mapping[str, int]]  # by field
    flags: Mapping[str, int]
    similarity: tuple[float, ...]  # as in `SuggestedApart`, and so is `joint_confidence`
    joint_confidence: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartSettings:
    """How parts of a harvest are read, and which suggestions are made for them."""

    reader: PartReader
    fields: tuple[CodeField, ...]
    coverage: float
    precision: float
    suffix: str  # of the output
    is_fast: bool


class PartSuggester(Protocol):
    """Suggests codes for the outcomes of a part of a harvest, whichever other parts there are."""

    def suggest(self, sheet: Sheet, *, is_first: bool) -> SuggestedPart:
        """Read the rows of a part and suggest codes for their outcomes."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FullSuggester:
    """Suggests codes for parts of a harvest with a model and its encoders."""

    settings: PartSettings
    model: Model
    sources: CachedEncoders

    def suggest(self, sheet: Sheet, *, is_first: bool) -> SuggestedPart:
        """Read the rows of a part and suggest codes for their outcomes."""
        asked = self.settings
        found = suggest_apart(
            asked.reader.read(sheet, is_first=is_first).outcomes,
            model=self.model,
            sources=self.sources,
            codebook=asked.reader.codebook,
            fields=asked.fields,
            coverage=asked.coverage,
            precision=asked.precision,
            with_reasons=asked.suffix == ".jsonl",
        )
        return part_of(found, asked, title=self.model.manifest.title)


def part_of(found: SuggestedApart, asked: PartSettings, *, title: str) -> SuggestedPart:
    """Write the suggestions for a part, and count them; `title` is that of the model."""
    file = io.StringIO(newline="")
    if asked.suffix == ".jsonl":
        write_json_lines(file, found.outcomes, title)
    else:
        write_csv_rows(file, found.outcomes, asked.fields, title, is_plain=asked.suffix == ".parquet")
    return SuggestedPart(
        content=file.getvalue().encode(),
        n_outcomes=len(found.outcomes),
        routes={field.name: _n_by_route(found.outcomes, field.name) for field in asked.fields},
        flags=_n_by_flag(found.outcomes),
        similarity=found.similarity,
        joint_confidence=found.joint_confidence,
    )


def opening_of(suffix: str) -> bytes:
    """Return what an output begins with; of Parquet, the table that it is made of when it is whole."""
    if suffix == ".jsonl":
        return b""
    header = io.StringIO(newline="")
    write_csv_header(header)
    return header.getvalue().encode(CSV_ENCODING)


def _n_by_route(outcomes: Sequence[OutcomeSuggestions], field: str) -> dict[str, int]:
    routes = [outcome.fields[field].route for outcome in outcomes]
    return {str(route): routes.count(route) for route in Route}


def _n_by_flag(outcomes: Sequence[OutcomeSuggestions]) -> dict[str, int]:
    flagged = [outcome.flags for outcome in outcomes if outcome.flags]
    return {str(flag): sum(any(text.startswith(flag) for text in flags) for flags in flagged) for flag in Flag}


class RunCounts:
    """What is counted of all parts of a run; it can be kept and continued."""

    def __init__(self, asked: PartSettings, model: Model) -> None:
        fields = asked.fields
        self.n_outcomes = 0
        self.routes = {field.name: {str(route): 0 for route in Route} for field in fields}
        self.flags = {str(flag): 0 for flag in Flag}
        self._shift = ShiftCounts(model, fast=asked.is_fast)

    def add(self, part: SuggestedPart) -> None:
        """Add a part."""
        self.n_outcomes += part.n_outcomes
        for field, counts in part.routes.items():
            for route, count in counts.items():
                self.routes[field][route] += count
        for flag, count in part.flags.items():
            self.flags[flag] += count
        self._shift.add(part.similarity, part.joint_confidence)

    @property
    def shift(self) -> HarvestShift | None:
        """Whether the harvest is like the outcomes trained on."""
        return self._shift.result()

    @property
    def state(self) -> dict[str, Any]:
        """The counts as JSON holds them."""
        return {
            "n_outcomes": self.n_outcomes,
            "routes": self.routes,
            "flags": self.flags,
            "n_compared": self._shift.n_outcomes,
            "shift": self._shift.state,
        }

    def continue_from(self, state: Mapping[str, Any]) -> None:
        """Take over the counts of the run that is continued."""
        self.n_outcomes = state["n_outcomes"]
        self.routes = state["routes"]
        self.flags = state["flags"]
        self._shift.add_state(state["n_compared"], state["shift"])
