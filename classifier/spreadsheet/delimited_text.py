"""Delimited text: CSV and TSV tables."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from classifier.errors import FaultsError, refusal
from classifier.faults import Fault, FaultKind, at_line, file_error
from classifier.languages import lazy_gettext
from classifier.limits import MOST_CELLS
from classifier.spreadsheet.column_synonyms import role_of
from classifier.spreadsheet.header import HEADER_ROWS
from classifier.spreadsheet.label_studio import plain_choices
from classifier.spreadsheet.sheet import Sheet

_SEPARATORS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}
_SAID = re.compile(r'\ufeff?"?sep=(?P<separator>[^\r\n])"?(?:\r\n?|\n)', re.IGNORECASE)  # as Excel writes and reads it
_SAMPLE = 2**18  # letters
_MOST_ROWS = 200
_FEWEST_NAMES = 2
_MOST_SHARE = 0.9


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class _Fit:
    """Score of a separator; the greater, the better."""

    n_names: int  # number of cells of a row that are names of a harvest's columns
    is_whole: bool  # whether there are several columns, and the quotes close as they should
    share: float  # of the rows, those with as many cells as most, unless they have just one
    n_cells: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Separation:
    """The separator of a table of text, and what is to be told of it."""

    separator: str
    is_declared: bool = False  # whether the first line names it, and holds nothing else
    notes: tuple[Fault, ...] = ()


def find_separator(path: Path, text: str, *, is_cut: bool = False) -> Separation:
    """Find the separator of a table of text: the one that it names, or the one that parts it best.

    With `is_cut`, the text is only the start of the table.
    """
    if declared := _SAID.match(text):
        return Separation(separator=declared["separator"], is_declared=True)
    if path.suffix.lower() == ".tsv" and "\t" in text:
        return Separation(separator="\t")
    separator, notes = _choose(text, is_cut=is_cut)
    return Separation(separator=separator, notes=notes)


def read_separated(path: Path, text: str) -> Sheet:
    """Read a table of text, by the separator that it names, or by the one that parts it best."""
    found = find_separator(path, text)
    separator, declared = found.separator, _SAID.match(text)
    if declared:
        text = text[declared.end() :]
    if text.count(separator) + text.count("\n") > MOST_CELLS:
        what = lazy_gettext("the table has more than {most} cells", most=MOST_CELLS)
        raise refusal(path, what, lazy_gettext("save the outcomes as a table of their own"))
    csv.field_size_limit(2**31 - 1)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        rows = [[plain_choices(cell) for cell in row] for row in reader]
    except csv.Error as error:
        where = at_line(reader.line_num + bool(declared))
        fault = file_error(
            where,
            lazy_gettext("the quotes are not closed properly ({error})", error=error),
            lazy_gettext("save it again as CSV"),
        )
        raise FaultsError({path: (fault,)}) from error
    return Sheet(name=path.stem, rows=rows, notes=found.notes)


def is_table(text: str) -> bool:
    r"""Whether a text looks like a table: names of columns that harvests have, or rows of the same number of cells.

    Examples
    --------
    >>> is_table("FragmentID\tOutcome description\nSCC-1\tElders, chiefs and imams met.")
    True
    >>> is_table("Elders, chiefs and imams met.\nThe by-law passed.")
    False
    """
    best = max(_fits(text).values())
    return bool(_SAID.match(text)) or (best.is_whole and (best.n_names >= _FEWEST_NAMES or best.share > _MOST_SHARE))


def _choose(text: str, *, is_cut: bool) -> tuple[str, tuple[Fault, ...]]:
    fits = _fits(text, is_cut=is_cut)
    best, second, *_ = sorted(fits, key=lambda separator: fits[separator], reverse=True)
    is_sure = fits[best].n_names > fits[second].n_names or fits[second].share < _MOST_SHARE * fits[best].share
    if is_sure or not fits[second].is_whole or not fits[second].share:
        return best, ()
    note = Fault(
        kind=FaultKind.NOTE,
        where="",
        what=lazy_gettext(
            "the cells may be separated by {best} or by {second}; the first was used",
            best=_SEPARATORS[best],
            second=_SEPARATORS[second],
        ),
        remedy=lazy_gettext(
            "if that is wrong, write sep={second} as the first line, or save it as .xlsx", second=second
        ),
    )
    return best, (note,)


def _fits(text: str, *, is_cut: bool = False) -> dict[str, _Fit]:
    start = text[:_SAMPLE]
    is_cut = is_cut or len(start) < len(text)
    return {separator: _fit(start, separator, is_cut=is_cut) for separator in _SEPARATORS}


def _fit(text: str, separator: str, *, is_cut: bool) -> _Fit:
    csv.field_size_limit(2**31 - 1)
    rows: list[list[str]] = []
    is_whole = True
    try:
        for row in islice(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True), _MOST_ROWS):
            rows.append(row)
    except csv.Error:
        is_whole = is_cut
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    widths = Counter(map(len, filled))
    width, n_alike = max(widths.items(), key=lambda item: item[::-1], default=(0, 0))
    return _Fit(
        is_whole=is_whole and width > 1,
        n_names=max(map(_n_names, filled[:HEADER_ROWS]), default=0),
        share=n_alike / len(filled) if width > 1 else 0.0,
        n_cells=width,
    )


def _n_names(row: list[str]) -> int:
    n_names = len(set(_roles(row)))
    return n_names if n_names >= _FEWEST_NAMES else 0


def _roles(row: list[str]) -> Iterator[str]:
    for cell in row:
        if role := role_of(cell):
            yield role
