"""Losses when a workbook is copied, and text that no workbook can hold."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from classifier.spreadsheet.sheet import Sheet
from classifier.wording import counted

_LONGEST_CELL = 32_767  # UTF-16 units; a spreadsheet program refuses more
_USUAL_NAMES = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LOOKED_AT = 65_536  # bytes
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # XML has no such characters

# What is in the package of a workbook that a copy made with openpyxl loses or changes.
_NOT_KEPT = (
    (re.compile(r"xl/(charts/chart(Ex)?|chartsheets/sheet)\d+\.xml"), "chart", "charts"),
    (re.compile(r"xl/pivotTables/pivotTable\d+\.xml"), "pivot table", "pivot tables"),
    (re.compile(r"xl/media/.+"), "picture", "pictures"),
    (re.compile(r"xl/vbaProject\.bin"), "macro", "macros"),
    (re.compile(r"xl/(ctrlProps|activeX)/[^/]+\.xml"), "form control", "form controls"),
    (re.compile(r"xl/embeddings/.+"), "embedded file", "embedded files"),
    (re.compile(r"xl/slicers/.+\.xml"), "slicer", "slicers"),
    (re.compile(r"xl/timelines/.+\.xml"), "timeline", "timelines"),
    (re.compile(r"xl/threadedComments/.+\.xml"), "comment thread", "comment threads"),
)
_NOT_KEPT_INSIDE = {
    "xl/worksheets/": (
        (
            re.compile(rb"<x14:dataValidation[ >]"),
            "drop-down that refers to another sheet",
            "drop-downs that refer to another sheet",
        ),
        (re.compile(rb"<x14:cfRule[ >]"), "newer conditional format", "newer conditional formats"),
        (re.compile(rb"<x14:sparkline[ >]"), "sparkline", "sparklines"),
    ),
    "xl/drawings/drawing": ((re.compile(rb"<xdr:(?:sp|cxnSp)[ >]"), "shape", "shapes"),),
}


def can_be_copied(path: Path) -> bool:
    """Whether a file is a workbook of the kind that can be copied with what it holds; of others one is made anew.

    Examples
    --------
    >>> can_be_copied(getfixture("harvest_3_new"))
    True
    """
    try:
        with zipfile.ZipFile(path) as package, package.open("xl/workbook.xml") as part:
            # Another kind of .xlsx, called strict, has names of its own for all its parts.
            return _USUAL_NAMES in part.read(_LOOKED_AT)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return False


def not_kept(path: Path) -> tuple[str, ...]:
    """Name what a copy of a workbook would lose or change, with how many there are.

    Examples
    --------
    >>> not_kept(getfixture("harvest_3_new"))
    ()
    """
    found: Counter[tuple[str, str]] = Counter()
    with zipfile.ZipFile(path) as package:
        for name in package.namelist():
            found.update((noun, many) for pattern, noun, many in _NOT_KEPT if pattern.fullmatch(name))
            for folder, patterns in _NOT_KEPT_INSIDE.items():
                if name.startswith(folder):
                    content = package.read(name)
                    found.update({(noun, many): len(pattern.findall(content)) for pattern, noun, many in patterns})
    return tuple(f"{number} {many if number > 1 else noun}" for (noun, many), number in found.items() if number)


def altered_texts(sheet: Sheet) -> tuple[str, ...]:
    """Name the cells of a sheet from another kind of file that a workbook can't hold as they are."""
    return tuple(
        f"{sheet.place(row, column)}: {alteration}"
        for row, cells in enumerate(sheet.rows)
        for column, text in enumerate(cells)
        for alteration in _alterations(text)
    )


def _alterations(text: str) -> Iterator[str]:
    if _n_units(text) > _LONGEST_CELL:
        yield (
            f"the text has {_n_units(text):,} characters and a cell of a workbook holds {_LONGEST_CELL:,} "
            "(the rest is left out of the copy; your own file keeps it)"
        )
    if n_unwritable := len(_UNWRITABLE.findall(text)):
        yield (
            f"{counted(n_unwritable, 'control character')} no workbook can hold (each became \N{REPLACEMENT CHARACTER})"
        )


def writable(text: str) -> str:
    """Make a text one that a cell of a workbook can hold; see `altered_texts`."""
    kept = _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", text)
    if 2 * len(kept) > _LONGEST_CELL and _n_units(kept) > _LONGEST_CELL:
        kept = kept.encode("utf-16-le")[: 2 * _LONGEST_CELL].decode("utf-16-le", errors="ignore")
    return kept


def _n_units(text: str) -> int:
    """Count characters as spreadsheet programs do: those beyond the first 65,536 of Unicode count twice."""
    return len(text) + sum(character > "\uffff" for character in text) if not text.isascii() else len(text)
