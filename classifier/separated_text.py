"""Tables of text, whose cells are parted by commas, semicolons, tabs or bars."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from classifier.errors import FaultsError
from classifier.faults import file_error
from classifier.sheet import Sheet

__all__ = ["read_separated"]


def read_separated(path: Path, text: str) -> Sheet:
    """Read a table of text.

    Raises
    ------
    FaultsError
        If its quotes don't close.
    """
    delimiter = "\t" if path.suffix.lower() == ".tsv" else _delimiter(text)
    csv.field_size_limit(2**31 - 1)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        rows = list(reader)
    except csv.Error as error:
        fault = file_error(
            f"line {reader.line_num}", f"the quotes don't close as they should ({error})", "save it again as CSV"
        )
        raise FaultsError({path: (fault,)}) from error
    return Sheet(name=path.stem, rows=rows)


def _delimiter(text: str) -> str:
    # The header decides, since story texts are full of commas.
    # A title above it may hold none.
    lines = re.sub(r'"[^"]*"', "", text).splitlines()
    header = next((line for line in lines if any(sign in line for sign in ",;\t")), "")
    return max(",;\t", key=header.count)
