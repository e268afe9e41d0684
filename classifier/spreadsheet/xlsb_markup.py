"""The records of a binary workbook (.xlsb): how far its sheets reach, and what its cells' values don't tell."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree

from classifier.spreadsheet.sheet import MergedCells
from classifier.spreadsheet.workbook_size import Extent, SurveyedSheet
from classifier.spreadsheet.xlsx_markup import LAST_COLUMN, LAST_ROW, SheetMarkup, relations_of

_WORKBOOK, _STRINGS = "xl/workbook.bin", "xl/sharedStrings.bin"
# Kinds of records, as MS-XLSB numbers them.
_ROW, _BLANK, _ERROR, _SHARED, _FORMULA_ERROR, _LAST_CELL = 0, 1, 3, 7, 11, 11
_STRING, _COLUMNS, _SHEET, _MERGED = 19, 60, 156, 176
_IS_HIDDEN_ROW = 0x10
_ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}


def survey_binary(parts: zipfile.ZipFile) -> tuple[SurveyedSheet, ...]:
    """Look through the records of a workbook's sheets without laying out their cells.

    Raises
    ------
    Exception
        One of `classifier.spreadsheet.workbook_size.UNPACKING_ERRORS`, if the workbook is damaged.
    """
    try:
        names = parts.namelist()
        strings = parts.read(_STRINGS) if _STRINGS in names else b""
        sizes = [len(record) for kind, record in _records(strings) if kind == _STRING]
        targets = relations_of(parts, _WORKBOOK)
        sheets = [_sheet(record) for kind, record in _records(parts.read(_WORKBOOK)) if kind == _SHEET]
        return tuple(
            _survey(name, parts.read(targets[relation]), sizes)
            for name, relation in sheets
            if targets.get(relation) in names
        )
    except (struct.error, LookupError, ElementTree.ParseError) as error:
        raise ValueError(f"its records can't be read: {error}") from error


def _records(content: bytes) -> Iterator[tuple[int, bytes]]:
    place = 0
    while place < len(content):
        kind, place = content[place], place + 1
        if kind & 0x80:
            kind, place = kind & 0x7F | (content[place] & 0x7F) << 7, place + 1
        size = 0
        for shift in (0, 7, 14, 21):
            byte, place = content[place], place + 1
            size |= (byte & 0x7F) << shift
            if not byte & 0x80:
                break
        yield kind, content[place : place + size]
        place += size


def _sheet(record: bytes) -> tuple[str, str]:
    """Return the name of a sheet and that of its relation."""
    relation, place = _wide_string(record, 8)
    name, _ = _wide_string(record, place)
    return name, relation


def _wide_string(record: bytes, place: int) -> tuple[str, int]:
    (n_letters,) = struct.unpack_from("<I", record, place)
    end = place + 4 + 2 * n_letters
    return record[place + 4 : end].decode("utf-16-le", "replace"), end


def _survey(sheet: str, content: bytes, sizes: list[int]) -> SurveyedSheet:
    hidden_rows: set[int] = set()
    hidden_columns: set[int] = set()
    merged: list[MergedCells] = []
    unread: dict[tuple[int, int], str | None] = {}
    row = n_letters = 0
    lowest = rightmost = (0, 0)
    for kind, record in _records(content):
        if kind == _ROW:
            (row,) = struct.unpack_from("<I", record)
            if record[11] & _IS_HIDDEN_ROW and row < LAST_ROW:
                hidden_rows.add(row)
        elif _BLANK < kind <= _LAST_CELL:
            (column,) = struct.unpack_from("<I", record)
            place = (row + 1, column + 1)
            lowest, rightmost = max(lowest, place), max(rightmost, place, key=lambda corner: corner[::-1])
            if kind in (_ERROR, _FORMULA_ERROR):
                unread[row, column] = _ERRORS.get(record[8], "?")
            elif kind == _SHARED:
                (number,) = struct.unpack_from("<I", record, 8)
                n_letters += sizes[number] if number < len(sizes) else 0
            else:
                n_letters += len(record)
        elif kind == _COLUMNS:
            first, last = struct.unpack_from("<II", record)
            if record[16] & 1:
                hidden_columns.update(range(first, min(last + 1, LAST_COLUMN)))
        elif kind == _MERGED:
            first, last, left, right = struct.unpack_from("<IIII", record)
            merged.append(MergedCells(first_row=first, last_row=last, first_column=left, last_column=right))
    return SurveyedSheet(
        extent=Extent.of_corners(sheet, lowest, rightmost),
        n_letters=n_letters,
        markup=SheetMarkup(
            hidden_rows=frozenset(hidden_rows),
            hidden_columns=frozenset(hidden_columns),
            merged=tuple(merged),
            unread=unread,
        ),
    )
