"""Texts of a workbook wherever they stand: cells, comments, headers, names, properties, and what programs keep."""

from __future__ import annotations

import html
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

_TEXTS = (".xml", ".rels", ".vml")
_MARKUP = re.compile(r"<[^<>]*>")
_CELLS = re.compile(r"<(?P<name>(?:\w+:)?sheetData)\b.*?</(?P=name)>", re.DOTALL)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")  # a character, such as a line break, in a text of a workbook
_SHARED_TEXTS = re.compile(r"(.*/)?sharedStrings\.xml", re.IGNORECASE)  # of cells; each stands there once


def texts_in_package(path: Path) -> Iterator[str]:
    """Yield what the parts of a workbook's package say, first without their markup, then with it.

    A text may be parted by markup, as where one word of a cell is bold, or stand in it, as the message of a drop-down.
    """
    for _, content in _parts(path):
        yield from _texts_in(content)


def texts_outside_cells(path: Path) -> Iterator[str]:
    """Yield what a workbook's package says outside the cells of its sheets, as `texts_in_package` does."""
    for name, content in _parts(path):
        if not _SHARED_TEXTS.fullmatch(name):
            yield from _texts_in(_CELLS.sub("", content))


def _parts(path: Path) -> Iterator[tuple[str, str]]:
    with zipfile.ZipFile(path) as package:
        for name in package.namelist():
            if name.lower().endswith(_TEXTS):
                yield name, package.read(name).decode("utf-8", "replace")


def _texts_in(content: str) -> Iterator[str]:
    for text in (_MARKUP.sub("", content), content):
        yield _ESCAPED.sub(lambda found: chr(int(found[1], 16)), unquote(html.unescape(text)))
