"""The markup of an OpenDocument spreadsheet: how far its sheets reach, and what its cells' values don't tell."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from xml.parsers import expat

from classifier.spreadsheet.sheet import MergedCells
from classifier.spreadsheet.workbook_size import Extent, SurveyedSheet
from classifier.spreadsheet.xlsx_markup import LAST_COLUMN, LAST_ROW, LONGEST_ERROR, SheetMarkup

_CONTENT, _MANIFEST = "content.xml", "META-INF/manifest.xml"
_PIECE = 2**20
_TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0 "
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0 "
_TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0 "
_VALUE_TYPES = (
    f"{_OFFICE}value-type",
    "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0 value-type",
)
_CELLS = (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")


def is_encrypted(parts: zipfile.ZipFile) -> bool:
    """Whether the document can be read with a password only."""
    return _MANIFEST in parts.namelist() and b"encryption-data" in parts.read(_MANIFEST)


def survey_opendocument(parts: zipfile.ZipFile) -> tuple[SurveyedSheet, ...]:
    """Look through a document's markup without laying out its cells.

    Raises
    ------
    Exception
        One of `classifier.spreadsheet.workbook_size.UNPACKING_ERRORS`, if the document is damaged.
    """
    survey = _Survey()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = survey.start
    parser.EndElementHandler = survey.end
    parser.CharacterDataHandler = survey.text
    try:
        with parts.open(_CONTENT) as file:
            while piece := file.read(_PIECE):
                parser.Parse(piece, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, LookupError) as error:  # a part that is missing, or an unknown encoding
        raise ValueError(str(error)) from error
    return tuple(sheet.surveyed() for sheet in survey.sheets)


class _Table:
    """Gathers what is found of one sheet; rows and columns count from 0."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.hidden_rows: set[int] = set()
        self.hidden_columns: set[int] = set()
        self.merged: list[MergedCells] = []
        self.unread: dict[tuple[int, int], str | None] = {}
        self.row = self.column = self.n_columns = 0
        self.lowest = self.rightmost = (0, 0)
        self.n_letters = 0

    def surveyed(self) -> SurveyedSheet:
        return SurveyedSheet(
            extent=Extent.of_corners(self.name, self.lowest, self.rightmost),
            n_letters=self.n_letters,
            markup=SheetMarkup(
                hidden_rows=frozenset(self.hidden_rows),
                hidden_columns=frozenset(self.hidden_columns),
                merged=tuple(self.merged),
                unread=self.unread,
            ),
        )


@dataclass(slots=True)
class _Cell:
    """The cell that is being read."""

    attributes: Mapping[str, str]
    texts: list[str]
    has_paragraph: bool = False


class _Survey:
    """Follows the markup from one element to the next."""

    def __init__(self) -> None:
        self.sheets: list[_Table] = []
        self._rows = 1  # how often the row is repeated
        self._is_hidden_row = False
        self._cell: _Cell | None = None
        self._depth = 0  # below the cell
        self._in_annotation = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if self._cell is not None:
            self._depth += 1
            self._in_annotation += name == f"{_OFFICE}annotation"
            self._cell.has_paragraph = self._cell.has_paragraph or name == f"{_TEXT}p"
        elif name == f"{_TABLE}table":
            self.sheets.append(_Table(attributes.get(f"{_TABLE}name", "")))
        elif not self.sheets:
            return
        elif name == f"{_TABLE}table-column":
            self._read_column(self.sheets[-1], attributes)
        elif name == f"{_TABLE}table-row":
            self.sheets[-1].column = 0
            self._rows = _count(attributes, "number-rows-repeated")
            self._is_hidden_row = _is_hidden(attributes)
        elif name in _CELLS:
            self._cell, self._depth, self._in_annotation = _Cell(attributes, []), 0, 0

    def text(self, text: str) -> None:
        if self._cell is not None and not self._in_annotation:
            self._cell.texts.append(text)

    def end(self, name: str) -> None:
        if self._cell is not None and self._depth:
            self._depth -= 1
            self._in_annotation -= name == f"{_OFFICE}annotation"
        elif self._cell is not None:
            self._read_cell(self.sheets[-1], self._cell)
            self._cell = None
        elif name == f"{_TABLE}table-row" and self.sheets:
            table = self.sheets[-1]
            if self._is_hidden_row:
                table.hidden_rows.update(range(table.row, min(table.row + self._rows, LAST_ROW)))
            table.row += self._rows

    def _read_column(self, table: _Table, attributes: Mapping[str, str]) -> None:
        n_columns = _count(attributes, "number-columns-repeated")
        if _is_hidden(attributes):
            table.hidden_columns.update(range(table.n_columns, min(table.n_columns + n_columns, LAST_COLUMN)))
        table.n_columns += n_columns

    def _read_cell(self, table: _Table, cell: _Cell) -> None:
        attributes = cell.attributes
        n_columns = _count(attributes, "number-columns-repeated")
        row, column = table.row, table.column
        table.column += n_columns
        kinds = {attributes.get(kind, "") for kind in _VALUE_TYPES} - {""}
        text = "".join(cell.texts)
        if kinds or text.strip():
            last = (row + self._rows, column + n_columns)
            table.lowest = max(table.lowest, last)
            table.rightmost = max(table.rightmost, last, key=lambda place: place[::-1])
            table.n_letters += len(text) * n_columns * self._rows
        if "error" in kinds:
            table.unread[row, column] = text.strip()[:LONGEST_ERROR] or "?"
        elif f"{_TABLE}formula" in attributes and not kinds and not cell.has_paragraph:
            table.unread[row, column] = None
        rows, columns = _count(attributes, "number-rows-spanned"), _count(attributes, "number-columns-spanned")
        if rows > 1 or columns > 1:
            table.merged.append(
                MergedCells(
                    first_row=row, last_row=row + rows - 1, first_column=column, last_column=column + columns - 1
                )
            )


def _count(attributes: Mapping[str, str], name: str) -> int:
    digits = attributes.get(f"{_TABLE}{name}", "1").strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) < 10):
        raise ValueError(f"{name} is no number")
    return max(int(digits), 1)


def _is_hidden(attributes: Mapping[str, str]) -> bool:
    return attributes.get(f"{_TABLE}visibility", "visible") != "visible"
