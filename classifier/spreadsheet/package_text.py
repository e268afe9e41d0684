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


def texts_in_package(path: Path) -> Iterator[str]:
    """Yield what the parts of a workbook's package say, first without their markup, then with it.

    A text may be parted by markup, as where one word of a cell is bold, or stand in it, as the message of a drop-down.
    """
    with zipfile.ZipFile(path) as package:
        for name in package.namelist():
            if name.lower().endswith(_TEXTS):
                content = package.read(name).decode("utf-8", "replace")
                for text in (_MARKUP.sub("", content), content):
                    yield unquote(html.unescape(text))
