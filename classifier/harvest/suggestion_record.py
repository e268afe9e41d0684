"""Record of the suggestions written to a workbook, kept on a hidden sheet since coders may edit the columns."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from classifier.errors import FaultsError
from classifier.faults import Fault, file_error
from classifier.languages import lazy_gettext
from classifier.spreadsheet.reading import read_sheets
from classifier.spreadsheet.sheet import Sheet

N_COLUMNS = 4
"""Number of columns of a suggestion: suggestion, confidence, other candidates and route."""
# Unlike any column that a harvest is known by, or the sheet might be taken for one of outcomes.
TRACE_HEADER = (
    "outcome-coder: suggested for",
    "outcome-coder: field",
    "outcome-coder: columns",
    "outcome-coder: suggested",
    "outcome-coder: confidence",
    "outcome-coder: others",
    "outcome-coder: possible",
    "outcome-coder: route",
    "outcome-coder: model",
    "outcome-coder: manifest.json",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSuggestion:
    """Suggestion that a coder had in view."""

    suggested: tuple[str, ...]
    confidence: float  # in the best code
    prediction_set: tuple[str, ...]
    model: str  # which model suggested it


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenSuggestion:
    """Suggestion written beside one outcome for one field: a row of the hidden sheet, its columns in this order."""

    fragment_id: str
    field: str
    # The names of the columns that it is in: suggestion, confidence, other candidates and route.
    columns: tuple[str, ...]
    suggested: tuple[str, ...]
    confidence: float | None  # None where nothing could be suggested
    others: str  # the other candidates, as they stand in their cell
    prediction_set: tuple[str, ...]
    route: str
    model: str  # the model's name and the day it was made
    manifest_sha256: str  # of the file in the model's folder

    @property
    def shown(self) -> ShownSuggestion | None:
        """What a coder had in view; None where nothing could be suggested."""
        if self.confidence is None:
            return None
        return ShownSuggestion(
            suggested=self.suggested,
            confidence=self.confidence,
            prediction_set=self.prediction_set,
            model=self.model,
        )

    def cells(self, separator: str) -> tuple[str, ...]:
        """Return the text of the cells in its columns; codes are joined by the field's separator."""
        share = "" if self.confidence is None else _percent(self.confidence)
        return separator.join(self.suggested), share, self.others, self.route


Trace = Mapping[tuple[str, str], WrittenSuggestion]
"""Written suggestions, by the outcome's ID and the field."""


def read_trace(path: Path) -> Trace:
    """Read what was written into a workbook, by the outcome's ID and the field; nothing where no trace was kept."""
    written: dict[tuple[str, str], WrittenSuggestion] = {}
    faults: list[Fault] = []
    for sheet in read_sheets(path):
        for row, suggestion in _rows(sheet):
            if suggestion is None:
                faults.append(
                    file_error(
                        sheet.place(row, 0),
                        lazy_gettext("this row of a hidden sheet is not as outcome-coder wrote it"),
                        lazy_gettext("delete that sheet; the suggestions beside the outcomes are then read"),
                    )
                )
            else:
                written[suggestion.fragment_id, suggestion.field] = suggestion
    if faults:
        raise FaultsError({path: tuple(faults)})
    return written


def trace_in(sheets: Iterable[Sheet]) -> Trace:
    """Return the suggestions written into a workbook, as far as its hidden sheet can be read; see `read_trace`."""
    found = (suggestion for sheet in sheets for suggestion in _rows(sheet))
    return {(suggestion.fragment_id, suggestion.field): suggestion for _, suggestion in found if suggestion is not None}


def as_share(cell: str) -> float | None:
    """Read a confidence from its cell, as it was written or as a percentage; None where it is none.

    Examples
    --------
    >>> as_share("0.8125"), as_share("75 %"), as_share("sure")
    (0.8125, 0.75, None)
    """
    number = cell.removesuffix("%").strip().replace(",", ".")
    try:
        value = float(number)
    except ValueError:
        return None
    return value / 100 if cell.endswith("%") else value


def as_percent(cell: str) -> str:
    """Write a cell with a confidence as a percentage, as precisely as cells are compared; any other as it is.

    Examples
    --------
    >>> as_percent("0.8125"), as_percent("75 %"), as_percent("sure")
    ('81.25%', '75%', 'sure')
    """
    share = as_share(cell)
    return cell if share is None else _percent(share)


def _percent(share: float) -> str:
    return f"{100 * share:.4g}%"


def is_trace(header: Sequence[str]) -> bool:
    """Whether the first row of a sheet is that of the hidden record."""
    return tuple(header[: len(TRACE_HEADER)]) == TRACE_HEADER


def _rows(sheet: Sheet) -> Iterator[tuple[int, WrittenSuggestion | None]]:
    """Yield the rows of our hidden sheet; None for one that somebody has changed."""
    if sheet.rows and is_trace(sheet.rows[0]):
        for row in range(1, len(sheet.rows)):
            yield row, _read(sheet, row)


def _read(sheet: Sheet, row: int) -> WrittenSuggestion | None:
    cells = [sheet.cell(row, column) for column in range(len(TRACE_HEADER))]
    fragment_id, field, columns, suggested, confidence, others, possible, route, model, manifest = cells
    try:
        names = _names(columns)
        if len(names) != N_COLUMNS:
            return None
        return WrittenSuggestion(
            fragment_id=fragment_id,
            field=field,
            columns=names,
            suggested=_names(suggested),
            confidence=float(confidence) if confidence else None,
            others=others,
            prediction_set=_names(possible),
            route=route,
            model=model,
            manifest_sha256=manifest,
        )
    except (ValueError, RecursionError):
        return None


def _names(cell: str) -> tuple[str, ...]:
    names = json.loads(cell)
    if not isinstance(names, list):
        raise ValueError("no list of names")
    return tuple(map(str, names))
