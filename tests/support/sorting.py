"""Sorts and moves cells of a workbook, as a coder does in a spreadsheet program."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

__all__ = ["change", "letters_of", "reorder"]


def change(path: Path, how: Callable[[Worksheet], None], *, sheet: str = "Outcomes") -> Path:
    """Change a sheet of a workbook."""
    workbook = load_workbook(path)
    found = workbook[sheet]
    assert isinstance(found, Worksheet)
    how(found)
    workbook.save(path)
    return path


def letters_of(path: Path, name: str, *, sheet: str = "Outcomes") -> str:
    """Find a column by its header in the first row."""
    found = load_workbook(path)[sheet]
    assert isinstance(found, Worksheet)
    return next(get_column_letter(cell.column) for cell in found[1] if cell.value == name)


def reorder(path: Path, columns: str, order: Sequence[int], *, sheet: str = "Outcomes") -> Path:
    """Put the cells of some columns, such as "A:H", into another order of their rows, the first below the header."""
    first, _, last = columns.partition(":")

    def put(found: Worksheet) -> None:
        rows = [[cell.value for cell in cells] for cells in found[f"{first}2:{last or first}{len(order) + 1}"]]
        for cells, place in zip(found[f"{first}2:{last or first}{len(order) + 1}"], order, strict=True):
            for cell, value in zip(cells, rows[place], strict=True):
                cell.value = value

    return change(path, put, sheet=sheet)
