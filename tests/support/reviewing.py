"""Fills in the review sheet of a workbook of suggestions, as a coder does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from classifier.codebook.schema import Codebook
from classifier.harvest.options import ReadingOptions
from classifier.harvest.reading import read_harvests
from classifier.model.model import Model
from classifier.suggestion.workbook import write_suggestion_workbook
from tests.support.sorting import change
from tests.support.suggested import suggest_each

__all__ = ["column_on", "put", "review_rows", "row_of", "suggest_for_review"]


def suggest_for_review(
    path: Path, out: Path, *, model: Model, codebook: Codebook, options: ReadingOptions = ReadingOptions()
) -> Path:
    """Write suggestions for a harvest, of one sheet or several."""
    harvests = read_harvests(path, codebook=codebook, options=options)
    first = suggest_each(harvests[0], model=model, codebook=codebook)
    others = [suggest_each(harvest, model=model, codebook=codebook) for harvest in harvests[1:]]
    outcomes = tuple(outcome for one in (first, *others) for outcome in one.outcomes)
    write_suggestion_workbook(replace(first, outcomes=outcomes, others=harvests[1:]), out)
    return out


def column_on(sheet: Worksheet, name: str) -> int:
    """Find a column by its header."""
    return next(int(cell.column) for cell in sheet[1] if cell.value == name)


def row_of(sheet: Worksheet, fragment_id: str, field: str) -> int:
    """Find the row of an outcome and field on a review sheet."""
    ids, fields = column_on(sheet, "ID"), column_on(sheet, "Field")
    rows = range(2, sheet.max_row + 1)
    return next(
        row for row in rows if (sheet.cell(row, ids).value, sheet.cell(row, fields).value) == (fragment_id, field)
    )


def put(
    path: Path, fragment_id: str, field: str, text: str | None, *, name: str = "Code", sheet: str = "Review"
) -> str:
    """Write into a cell of a review sheet; return its address."""
    places = []

    def write(found: Worksheet) -> None:
        cell = found.cell(row_of(found, fragment_id, field), column_on(found, name))
        cell.value = text
        places.append(f"{sheet}!{cell.coordinate}")

    change(path, write, sheet=sheet)
    return places[0]


def review_rows(path: Path, *names: str, sheet: str = "Review") -> list[tuple[object, ...]]:
    """Return the cells of a review sheet under some of its headers."""
    found = load_workbook(path)[sheet]
    assert isinstance(found, Worksheet)
    columns = [column_on(found, name) for name in names]
    return [tuple(found.cell(row, column).value for column in columns) for row in range(2, found.max_row + 1)]
