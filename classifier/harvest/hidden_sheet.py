"""Hidden sheet of a workbook that records its suggestions."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import astuple

from openpyxl import Workbook

from classifier.harvest.suggestion_record import TRACE_HEADER, WrittenSuggestion, is_trace
from classifier.spreadsheet.added_columns import plain_cell, write_text
from classifier.spreadsheet.copying import free_title

TRACE_SHEET = "outcome-coder"
"""Its title, where the user has no sheet of that name; it is known by its header."""


def add_trace(workbook: Workbook, written: Iterable[WrittenSuggestion]) -> None:
    """Keep in a workbook what was written into it; no text of an outcome is among it.

    Examples
    --------
    >>> from classifier.harvest.suggestion_record import read_trace
    >>> path = getfixture("tmp_path") / "suggestions.xlsx"
    >>> columns = ("Scale: suggestion", "Scale: confidence", "Scale: other candidates", "Scale: route")
    >>> local = WrittenSuggestion(fragment_id="SCC-LPC/035", field="scale", columns=columns, suggested=("Local",),
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
    for row, cells in enumerate([TRACE_HEADER, *map(astuple, written)], start=1):
        for column, value in enumerate(cells, start=1):
            if text := _cell(value):
                write_text(plain_cell(sheet, row, column), text)


def remove_trace(workbook: Workbook) -> None:
    """Remove the hidden record of suggestions from a workbook; the columns stay."""
    for sheet in workbook.worksheets:
        if is_trace([str(value) for value in next(sheet.iter_rows(max_row=1, values_only=True), ())]):
            workbook.remove(sheet)


def _cell(value: str | float | tuple[str, ...] | None) -> str:
    # Codes may hold whatever could be between them.
    return json.dumps(value, ensure_ascii=False) if isinstance(value, tuple) else "" if value is None else str(value)
