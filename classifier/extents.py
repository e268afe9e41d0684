"""How far the sheets of a workbook reach, found without laying out their cells."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from xml.etree import ElementTree

__all__ = ["MOST_CELLS", "MOST_MIB", "UNPACKING_ERRORS", "Extent", "extents_of", "mebibytes_of"]

MOST_MIB = 512
MOST_CELLS = 20_000_000
UNPACKING_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)
_MIB = 2**20
_WORKBOOK, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
# Parts of a sheet are looked through as bytes: to read them as XML would take longer than all that comes after.
_COLUMN = re.compile(rb'<c r="([A-Z]{1,9})')  # as every spreadsheet program writes it
_ROW = re.compile(rb'<c r="[A-Z]{1,9}(\d{1,9})')
_OTHER_CELLS = (re.compile(rb'<c(?! r="[A-Z])[\s/>]'), re.compile(rb":c[\s/>]"))
_CELLS_BEGIN = b"sheetData"
_TAG = re.compile(rb"<(?:\w+:)?(row|c)(?=[\s/>])([^>]*)>(</)?")
_ADDRESS = re.compile(rb"""\br\s*=\s*["']([A-Z]{0,9})(\d{0,9})""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How far a sheet reaches.

    Attributes
    ----------
    furthest : str
        The address of the cell that makes it so large; of the lowest and the rightmost, if they are two.
    """

    sheet: str
    n_rows: int
    n_columns: int
    furthest: str

    @property
    def n_cells(self) -> int:
        """How many cells it has up to there, blank ones included."""
        return self.n_rows * self.n_columns


def mebibytes_of(parts: zipfile.ZipFile) -> int:
    """Return how large a workbook is when it is unpacked, rounded up."""
    return -(-sum(part.file_size for part in parts.infolist()) // _MIB)


def extents_of(parts: zipfile.ZipFile) -> tuple[Extent, ...]:
    """Say how far the sheets of a workbook reach, cells without a value left out.

    Where all of them together can't reach too far even with those, nothing is said, which takes less time.

    Raises
    ------
    Exception
        One of `UNPACKING_ERRORS`, if the workbook is damaged.
    """
    n_cells = 0
    for part in parts.infolist():
        n_cells += _most_cells(_pieces(parts, part))
        if n_cells > MOST_CELLS:
            names = _sheet_names(parts)
            return tuple(_extent(_pieces(parts, one), _name(one.filename, names)) for one in parts.infolist())
    return ()


def _pieces(parts: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """Give a part piece by piece, none of which ends within a tag."""
    held = b""
    with parts.open(part) as file:
        while read := file.read(_MIB):
            held += read
            end = held.rfind(b"<")
            if end < 0 or b">" in held[end:]:
                end = len(held)
            elif len(held) - end > _MIB:
                raise ValueError("a tag is too long")
            yield held[:end]
            held = held[end:]
    yield held


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
    return max(map(_number, columns), default=0) * max(map(int, rows), default=0)


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
            column = _number(letters) if letters else column + 1
            place = (int(digits or row), column)
            if not is_empty and not attributes.endswith(b"/"):
                lowest = max(lowest, place)
                rightmost = max(rightmost, place, key=lambda one: one[::-1])
    furthest = dict.fromkeys(f"{_letters(column)}{row}" for row, column in (lowest, rightmost))
    return Extent(sheet=sheet, n_rows=lowest[0], n_columns=rightmost[1], furthest=" and ".join(furthest))


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _name(part: str, names: Mapping[str, str]) -> str:
    name = PurePosixPath(part).name
    return names.get(name, name)


def _sheet_names(parts: zipfile.ZipFile) -> dict[str, str]:
    """Return the names of a workbook's sheets by those of the parts that hold them."""
    try:
        sheets = ElementTree.fromstring(parts.read(_WORKBOOK))
        relations = ElementTree.fromstring(parts.read(_RELATIONS))
    except (ElementTree.ParseError, KeyError):  # the parts have names too
        return {}
    by_id = {
        value: one.get("name", "")
        for one in sheets.iter()
        if one.tag.endswith("}sheet")
        for key, value in one.items()
        if key.endswith("}id")
    }
    return {
        PurePosixPath(one.get("Target", "")).name: by_id[one.get("Id", "")]
        for one in relations
        if one.get("Id", "") in by_id
    }
