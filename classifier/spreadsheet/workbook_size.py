"""Size of workbooks, found before their cells are read; `classifier.limits` has how large they may be."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from classifier.limits import MIB, MOST_CELLS, MOST_UNPACKED_MIB
from classifier.spreadsheet.sheet import column_letters
from classifier.spreadsheet.xlsx_markup import SheetMarkup, column_number, pieces_of, sheet_parts

UNPACKING_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)
# Parts of a sheet are looked through as bytes: to read them as XML would take longer than all that comes after.
_COLUMN = re.compile(rb'<c r="([A-Z]{1,9})')  # as every spreadsheet program writes it
_ROW = re.compile(rb'<c r="[A-Z]{1,9}(\d{1,9})')
_OTHER_CELLS = (re.compile(rb'<c(?! r="[A-Z])[\s/>]'), re.compile(rb":c[\s/>]"))
_CELLS_BEGIN = b"sheetData"
_TAG = re.compile(rb"<(?:\w+:)?(row|c)(?=[\s/>])([^>]*)>(</)?")
_MERGED = re.compile(
    rb"""<(?:\w+:)?mergeCell\s[^<>]{0,200}?ref\s*=\s*["']([A-Za-z]{1,3})(\d{1,7}):([A-Za-z]{1,3})(\d{1,7})["']"""
)
_SHARED_STRINGS = "xl/sharedstrings.xml"
_SHARED_CELL = re.compile(rb"""<(?:\w+:)?c\s[^>]*?\bt\s*=\s*["']s["'][^>]*>\s*<(?:\w+:)?v>(\d{1,9})<""")
_SHORTEST_CELL = len(b'<c t="s"><v>0</v></c>')
_SHARED_STRING = re.compile(rb"<(?:\w+:)?si(?=[\s/>])")
_ADDRESS = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{0,9})(\d{0,9})""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """Extent of a sheet."""

    sheet: str
    n_rows: int
    n_columns: int
    furthest: str  # the address of the cell that makes it so large; of the lowest and the rightmost, if they are two

    @classmethod
    def of_corners(cls, sheet: str, lowest: tuple[int, int], rightmost: tuple[int, int]) -> Extent:
        """Return the extent that two cells give a sheet, by row and column, counted from 1."""
        places = dict.fromkeys(f"{column_letters(column - 1)}{row}" for row, column in (lowest, rightmost) if column)
        return cls(sheet=sheet, n_rows=lowest[0], n_columns=rightmost[1], furthest=" and ".join(places))

    @property
    def n_cells(self) -> int:
        """Number of cells up to there, blank ones included."""
        return self.n_rows * self.n_columns


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyedSheet:
    """A sheet whose markup was looked through before its cells are laid out."""

    extent: Extent
    n_letters: int  # how much text it holds, that of repeated cells as often as it is repeated
    markup: SheetMarkup


def mebibytes_of(parts: zipfile.ZipFile) -> int:
    """Return how large a workbook is when it is unpacked, rounded up."""
    return -(-sum(part.file_size for part in parts.infolist()) // MIB)


def shared_mebibytes_of(parts: zipfile.ZipFile) -> int:
    """Return how much text the cells hold that share theirs with others, rounded down.

    A text is kept once however many cells show it, so that a small workbook may hold more than there is room
    for. Where they can't hold too much, 0 is returned, which takes less time.
    """
    strings = [part for part in parts.infolist() if part.filename.casefold() == _SHARED_STRINGS]
    sheets = [part for part in parts.infolist() if part not in strings]
    most_cells = sum(part.file_size for part in sheets) // _SHORTEST_CELL
    if not strings or strings[0].file_size * most_cells <= MOST_UNPACKED_MIB * MIB:
        return 0
    sizes = [len(text) for text in _SHARED_STRING.split(parts.read(strings[0]))[1:]]
    total = 0
    for sheet in sheets:
        for piece in pieces_of(parts, sheet, whole_rows=True):
            numbers = map(int, _SHARED_CELL.findall(piece))
            total += sum(sizes[number] for number in numbers if number < len(sizes))
    return total // MIB


def count_merged_cells(parts: zipfile.ZipFile) -> int:
    """Return how many cells of an .xlsx workbook are merged with others."""
    total = 0
    for part in parts.infolist():
        for piece in pieces_of(parts, part):
            for left, top, right, bottom in _MERGED.findall(piece):
                n_columns = abs(column_number(right) - column_number(left)) + 1
                total += n_columns * (abs(int(bottom) - int(top)) + 1)
    return total


def extents_of(parts: zipfile.ZipFile) -> tuple[Extent, ...]:
    """Find the used range of a workbook's sheets, cells without a value left out.

    Where all of them together can't reach too far even with those, nothing is said, which takes less time.

    Raises
    ------
    Exception
        One of `UNPACKING_ERRORS`, if the workbook is damaged.
    """
    n_cells = 0
    for part in parts.infolist():
        n_cells += _most_cells(pieces_of(parts, part))
        if n_cells > MOST_CELLS:
            names = {part.casefold(): name for name, part in sheet_parts(parts).items()}
            return tuple(
                _extent(pieces_of(parts, part), names.get(part.filename.casefold(), PurePosixPath(part.filename).name))
                for part in parts.infolist()
            )
    return ()


def _most_cells(pieces: Iterator[bytes]) -> int:
    """Return how many cells a sheet has at most; too many where cells don't say where they are."""
    columns: set[bytes] = set()
    rows: set[bytes] = set()
    has_begun = False
    for piece in pieces:
        has_begun = has_begun or _CELLS_BEGIN in piece
        if has_begun:
            columns.update(_COLUMN.findall(piece))
            rows.update(_ROW.findall(piece))
            if any(other.search(piece) for other in _OTHER_CELLS):
                return MOST_CELLS + 1
    return max(map(column_number, columns), default=0) * max(map(int, rows), default=0)


def _extent(pieces: Iterator[bytes], sheet: str) -> Extent:
    row = column = 0
    lowest = rightmost = (0, 0)
    for piece in pieces:
        for kind, attributes, is_empty in _TAG.findall(piece):
            found = _ADDRESS.search(attributes)
            letters, digits = found.groups() if found else (b"", b"")
            if kind == b"row":
                row, column = int(digits or row + 1), 0
                continue
            column = column_number(letters) if letters else column + 1
            place = (int(digits or row), column)
            if not is_empty and not attributes.endswith(b"/"):
                lowest = max(lowest, place)
                rightmost = max(rightmost, place, key=lambda corner: corner[::-1])
    return Extent.of_corners(sheet, lowest, rightmost)
