"""The markup of a workbook's sheets: what its cells' values don't tell, such as hidden rows and formulas."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from xml.etree import ElementTree

from classifier.spreadsheet.sheet import MergedCells

LAST_ROW, LAST_COLUMN = 1_048_576, 16_384  # that a spreadsheet program has
_MIB = 2**20
LONGEST_ERROR = 20
_MOST_IN_A_PIECE = 64 * _MIB
_WORKBOOK = "xl/workbook.xml"
# Parts of a sheet are looked through as bytes: to read them as XML would take longer than all that comes after.
_COLUMNS = re.compile(rb"<(?:\w+:)?col(?=[\s/>])([^>]*)>")
_ROW_OR_CELL = re.compile(rb"<(?:\w+:)?(row|c)(?=[\s/>])([^>]*)>")
_ROW = re.compile(rb"<(?:\w+:)?row(?=[\s/>])([^>]*)>")
_HIDDEN = re.compile(rb"""\b(?:hidden\s*=\s*["'](?:1|true)|(?:ht|width)\s*=\s*["']0(?:\.0+)?)["']""")
_ADDRESS = re.compile(rb"""(?<![:\w])r\s*=\s*["']([A-Za-z]{0,9})(\d{0,9})""")
_BOUND = re.compile(rb"""\b(min|max)\s*=\s*["'](\d{1,9})""")
_IS_ERROR = re.compile(rb"""\bt\s*=\s*["']e["']""")
_IS_TEXT_RESULT = re.compile(rb"""\bt\s*=\s*["']str["']""")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_VALUE = re.compile(rb"<(?:\w+:)?v(?:\s[^>]*)?>([^<]*)")
_INLINE = re.compile(rb"<(?:\w+:)?is[\s>]")


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetMarkup:
    """Markup of a sheet beyond its cells' values; rows and columns count from 0."""

    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    merged: tuple[MergedCells, ...] = ()
    # Cells that come without a value though they have one to show: the name of an error, or None for a formula
    # whose result was not saved.
    unread: Mapping[tuple[int, int], str | None] = field(default_factory=dict)


def sheet_parts(parts: zipfile.ZipFile) -> dict[str, str]:
    """Return the parts that hold a workbook's sheets, by the sheets' names; none where that isn't known."""
    try:
        sheets = ElementTree.fromstring(parts.read(_WORKBOOK))
        targets = relations_of(parts, _WORKBOOK)
    except (ElementTree.ParseError, LookupError):
        return {}
    return {
        sheet.get("name", ""): targets[value]
        for sheet in sheets.iter()
        if sheet.tag.endswith("}sheet")
        for key, value in sheet.items()
        if key.endswith("}id") and value in targets
    }


def relations_of(parts: zipfile.ZipFile, part: str) -> dict[str, str]:
    """Return the parts that a part refers to, by the names of its relations.

    Raises
    ------
    LookupError, xml.etree.ElementTree.ParseError
        If they can't be found.
    """
    path = PurePosixPath(part)
    relations = ElementTree.fromstring(parts.read(str(path.parent / "_rels" / f"{path.name}.rels")))
    return {relation.get("Id", ""): _absolute(relation.get("Target", "")) for relation in relations}


def _absolute(target: str) -> str:
    target = target.replace("\\", "/")
    return target[1:] if target.startswith("/") else str(PurePosixPath("xl", target))


def pieces_of(parts: zipfile.ZipFile, part: zipfile.ZipInfo | str, *, whole_rows: bool = False) -> Iterator[bytes]:
    """Read a part piece by piece, none of which ends within a tag, or, if asked for, within a row."""
    held = b""
    with parts.open(part) as file:
        while read := file.read(_MIB):
            held += read
            end = held.rfind(b"<")
            if end < 0 or b">" in held[end:]:
                end = len(held)
            elif len(held) - end > _MIB:
                raise ValueError("a tag is too long")
            if whole_rows and len(held) < _MOST_IN_A_PIECE:
                end = held.rfind(b"row>") + len(b"row>")
                if end < len(b"row>"):
                    continue
            yield held[:end]
            held = held[end:]
    yield held


def markup_of(parts: zipfile.ZipFile, part: str) -> SheetMarkup:
    """Look through the markup of a sheet, which holds everything but its merged cells.

    Raises
    ------
    Exception
        One of `classifier.spreadsheet.workbook_size.UNPACKING_ERRORS`, if the workbook is damaged.
    """
    scanner = _Scanner()
    for piece in pieces_of(parts, part, whole_rows=True):
        scanner.read(piece)
    return SheetMarkup(
        hidden_rows=frozenset(scanner.hidden_rows),
        hidden_columns=frozenset(scanner.hidden_columns),
        unread=scanner.unread,
    )


class _Scanner:
    """Gathers what is found in one piece after another."""

    def __init__(self) -> None:
        self.hidden_rows: set[int] = set()
        self.hidden_columns: set[int] = set()
        self.unread: dict[tuple[int, int], str | None] = {}
        self._row = 0
        self._in_cells = False

    def read(self, piece: bytes) -> None:
        if not self._in_cells:
            before, found, _ = piece.partition(b"sheetData")
            self._in_cells = bool(found)
            for attributes in _COLUMNS.findall(before):
                if _HIDDEN.search(attributes):
                    bounds = {key: int(value) for key, value in _BOUND.findall(attributes)}
                    last = min(bounds.get(b"max", 0), LAST_COLUMN)
                    self.hidden_columns.update(range(bounds.get(b"min", 1) - 1, last))
        if _FORMULA.search(piece) or _IS_ERROR.search(piece):
            self._read_cells(piece)
        else:
            for attributes in _ROW.findall(piece):
                self._read_row(attributes)

    def _read_row(self, attributes: bytes) -> None:
        found = _ADDRESS.search(attributes)
        self._row = int(found[2]) if found and found[2] else self._row + 1
        if _HIDDEN.search(attributes):
            self.hidden_rows.add(self._row - 1)

    def _read_cells(self, piece: bytes) -> None:
        column = 0
        tags = [*_ROW_OR_CELL.finditer(piece)]
        for tag, after in zip(tags, [*tags[1:], None], strict=True):
            kind, attributes = tag.groups()
            if kind == b"row":
                self._read_row(attributes)
                column = 0
                continue
            found = _ADDRESS.search(attributes)
            column = column_number(found[1]) if found and found[1] else column + 1
            row = int(found[2]) if found and found[2] else self._row
            body = piece[tag.end() : after.start() if after else len(piece)]
            if row > LAST_ROW or column > LAST_COLUMN:
                continue
            if _IS_ERROR.search(attributes):
                value = _VALUE.search(body)
                self.unread[row - 1, column - 1] = value[1].decode("utf-8", "replace")[:LONGEST_ERROR] if value else "?"
            elif _FORMULA.search(body) and not _has_result(attributes, body):
                self.unread[row - 1, column - 1] = None


def _has_result(attributes: bytes, body: bytes) -> bool:
    value = _VALUE.search(body)
    if value and value[1].strip():
        return True
    # A formula may well give an empty text.
    return bool(_INLINE.search(body) or (value and _IS_TEXT_RESULT.search(attributes)))


def column_number(letters: bytes) -> int:
    """Return the number of a column, counted from 1.

    Examples
    --------
    >>> column_number(b"A"), column_number(b"aa")
    (1, 27)
    """
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number
