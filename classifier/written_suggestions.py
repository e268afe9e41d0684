"""What was suggested in a workbook as we wrote it, kept in a hidden sheet, since anybody may type into its columns."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from openpyxl import Workbook

from classifier.desk import plain_cell, write_text
from classifier.errors import FaultsError
from classifier.faults import Fault, file_error
from classifier.sheets import Sheet, read_sheets
from classifier.workbook_copy import free_title

__all__ = ["TRACE_SHEET", "Written", "add_trace", "read_trace", "remove_trace"]

TRACE_SHEET = "outcome-coder"
"""The hidden sheet, where the user has none of that name; it is known by its header."""
# Unlike any column that a harvest is known by, or the sheet might be taken for one of outcomes.
_HEADER = (
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
class Written:
    """What was written beside one outcome for one field.

    Attributes
    ----------
    columns : tuple of str
        The names of the columns that it stands in: suggestion, confidence, other candidates and route.
    confidence : float or None
        None where nothing could be suggested.
    others : str
        The other candidates, as they stand in their cell.
    model : str
        The model's name and the day it was made.
    manifest_sha256 : str
        Of the file in the model's folder.
    """

    fragment_id: str
    field: str
    columns: tuple[str, ...]
    suggested: tuple[str, ...]
    confidence: float | None
    others: str
    prediction_set: tuple[str, ...]
    route: str
    model: str
    manifest_sha256: str


def add_trace(workbook: Workbook, written: Iterable[Written]) -> None:
    """Keep in a workbook what was written into it; no text of an outcome is among it.

    Examples
    --------
    >>> path = getfixture("tmp_path") / "suggestions.xlsx"
    >>> local = Written(fragment_id="SCC-LPC/035", field="scale", columns=("Scale: suggestion",), suggested=("Local",),
    ...                 confidence=0.8, others="", prediction_set=("Local",), route="confirm", model="sample",
    ...                 manifest_sha256="0" * 64)
    >>> workbook = Workbook()
    >>> add_trace(workbook, [local])
    >>> workbook.save(path)
    >>> read_trace(path)["SCC-LPC/035", "scale"] == local
    True
    """
    sheet = workbook.create_sheet(free_title(workbook, TRACE_SHEET))
    sheet.sheet_state = "veryHidden"  # not among those that a spreadsheet program offers to show
    for row, cells in enumerate([_HEADER, *map(_cells, written)], start=1):
        for column, text in enumerate(cells, start=1):
            if text:
                write_text(plain_cell(sheet, row, column), text)


def read_trace(path: Path) -> Mapping[tuple[str, str], Written]:
    """Read what was written into a workbook, by the outcome's ID and the field; nothing where no trace was kept.

    Raises
    ------
    FaultsError
        If somebody has changed the hidden sheet.
    """
    written: dict[tuple[str, str], Written] = {}
    faults: list[Fault] = []
    for sheet in read_sheets(path):
        if not _is_trace(sheet.rows[0] if sheet.rows else ()):
            continue
        for row in range(1, len(sheet.rows)):
            one = _read(sheet, row)
            if one is None:
                faults.append(
                    file_error(
                        sheet.place(row, 0),
                        "this row of a hidden sheet isn't as outcome-coder wrote it",
                        "delete that sheet; suggestions are then taken as they stand beside the outcomes",
                    )
                )
            else:
                written[one.fragment_id, one.field] = one
    if faults:
        raise FaultsError({path: tuple(faults)})
    return written


def remove_trace(workbook: Workbook) -> None:
    """Take out of a workbook what is kept there of suggestions; the columns stay."""
    for sheet in workbook.worksheets:
        if _is_trace([str(value) for value in next(sheet.iter_rows(max_row=1, values_only=True), ())]):
            workbook.remove(sheet)


def _is_trace(header: Sequence[str]) -> bool:
    return tuple(header[: len(_HEADER)]) == _HEADER


def _cells(written: Written) -> tuple[str, ...]:
    # Codes may hold whatever could stand between them.
    columns, suggested, possible = (
        json.dumps(names, ensure_ascii=False) for names in (written.columns, written.suggested, written.prediction_set)
    )
    confidence = "" if written.confidence is None else repr(written.confidence)
    return (
        written.fragment_id,
        written.field,
        columns,
        suggested,
        confidence,
        written.others,
        possible,
        written.route,
        written.model,
        written.manifest_sha256,
    )


def _read(sheet: Sheet, row: int) -> Written | None:
    cells = [sheet.cell(row, column) for column in range(len(_HEADER))]
    fragment_id, field, columns, suggested, confidence, others, possible, route, model, manifest = cells
    try:
        return Written(
            fragment_id=fragment_id,
            field=field,
            columns=_names(columns),
            suggested=_names(suggested),
            confidence=float(confidence) if confidence else None,
            others=others,
            prediction_set=_names(possible),
            route=route,
            model=model,
            manifest_sha256=manifest,
        )
    except ValueError:
        return None


def _names(cell: str) -> tuple[str, ...]:
    names = json.loads(cell)
    if not isinstance(names, list):
        raise ValueError("no list of names")
    return tuple(map(str, names))
