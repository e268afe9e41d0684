"""Formula results, put back into a copy of a workbook since openpyxl keeps the formulas alone."""

from __future__ import annotations

import io
import re
import zipfile
from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from openpyxl.formula.tokenizer import Token, Tokenizer
from openpyxl.utils import coordinate_to_tuple, range_boundaries

from classifier.spreadsheet.workbook_size import UNPACKING_ERRORS
from classifier.spreadsheet.xlsx_markup import LAST_COLUMN, LAST_ROW, sheet_parts

_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
# As openpyxl writes them; a formula's text holds no tags.
_WRITTEN = re.compile(rb'<c r="([A-Z]+\d+)"([^>]*)>(<f(?:\s[^>]*)?(?:/>|>[^<]*</f>))<v\s*(?:/>|></v>)</c>')
_KINDS = ("n", "str", "b", "e", "d")
_MOST_STEPS = 200  # from formula to formula; with more, which takes long, none of the rest keeps its result
_LOOK_ANYWHERE = ("INDIRECT(", "OFFSET(")

_Place = tuple[str, int, int]
"""Sheet, row and column, counted from 1."""
_Area = tuple[str, int, int, int, int]
"""Sheet, first column and row, last column and row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Result:
    kind: str
    value: str
    formula: str


def keep_results(original: Path, copy: Path, *, changed: Collection[_Place] = ()) -> None:
    """Put the results that a workbook has saved of its formulas into a copy of it, whose formulas are the same.

    A formula that looks at a cell which was changed, or at another such formula, gets none: it is for a spreadsheet
    program to work out. A place is sheet, row and column, counted from 1.
    """
    results = _results_in(original)
    for place in _outdated(results, changed):
        del results[place]
    if not results:
        return
    with zipfile.ZipFile(copy) as package:
        names = {part: sheet for sheet, part in sheet_parts(package).items()}
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as kept:
            for part in package.infolist():
                content = package.read(part)
                if part.filename in names and _FORMULA.search(content):
                    content = _with_results(content, names[part.filename], results)
                kept.writestr(part, content)
    copy.write_bytes(written.getvalue())


def _results_in(path: Path) -> dict[_Place, _Result]:
    found: dict[_Place, _Result] = {}
    try:
        with zipfile.ZipFile(path) as package:
            for sheet, part in sheet_parts(package).items():
                if _FORMULA.search(package.read(part)):
                    found |= _results_on(package, sheet, part)
    except (*UNPACKING_ERRORS, ElementTree.ParseError, LookupError):
        return {}  # the copy has the formulas all the same
    return found


def _results_on(package: zipfile.ZipFile, sheet: str, part: str) -> Iterator[tuple[_Place, _Result]]:
    shared: dict[str, str] = {}
    with package.open(part) as file:
        for _, element in ElementTree.iterparse(file):
            name = element.tag.rpartition("}")[2]
            if name == "row":
                element.clear()
            elif name == "c":
                children = {child.tag.rpartition("}")[2]: child for child in element}
                formula, value = children.get("f"), children.get("v")
                if formula is None:
                    continue
                # Of formulas that are shared the first alone has the text; the others look beside it.
                number = formula.get("si", "")
                text = formula.text or shared.get(number, "")
                shared.setdefault(number, text)
                kind = element.get("t", "n")
                if value is not None and kind in _KINDS and (value.text or kind == "str"):
                    row, column = coordinate_to_tuple(element.get("r", "A1"))
                    is_other = formula.get("t") == "shared" and not formula.text
                    yield (
                        (sheet, row, column),
                        _Result(kind=kind, value=value.text or "", formula="" if is_other else f"={text}"),
                    )


def _with_results(content: bytes, sheet: str, results: Mapping[_Place, _Result]) -> bytes:
    def put(found: re.Match[bytes]) -> bytes:
        result = results.get((sheet, *coordinate_to_tuple(found[1].decode())))
        if result is None:
            return found[0]
        kind = b"" if result.kind == "n" else f' t="{result.kind}"'.encode()
        space = b' xml:space="preserve"' if result.value != result.value.strip() else b""
        value = escape(result.value).encode()
        return b'<c r="%b"%b%b>%b<v%b>%b</v></c>' % (found[1], found[2], kind, found[3], space, value)

    return _WRITTEN.sub(put, content)


# Which results are none any more


def _outdated(results: Mapping[_Place, _Result], changed: Collection[_Place]) -> set[_Place]:
    """Find the formulas that look at what was changed, directly or by others."""
    outdated: set[_Place] = set()
    if not changed:
        return outdated
    areas = {place: _areas(result.formula, place[0]) for place, result in results.items()}
    news: Collection[_Place] = changed
    for _ in range(_MOST_STEPS):
        if not news:
            return outdated
        cells = _by_column(news)
        news = {place for place, looked_at in areas.items() if looked_at is None or _meet(looked_at, cells)}
        outdated |= news
        for place in news:
            del areas[place]
    return outdated | areas.keys()


def _by_column(places: Collection[_Place]) -> Mapping[str, Mapping[int, Sequence[int]]]:
    """Return the rows of places, in order, by their sheets and columns."""
    found: dict[str, dict[int, list[int]]] = {}
    for sheet, row, column in sorted(places):
        found.setdefault(sheet.casefold(), {}).setdefault(column, []).append(row)
    return found


def _meet(areas: Sequence[_Area], cells: Mapping[str, Mapping[int, Sequence[int]]]) -> bool:
    for sheet, first, top, last, bottom in areas:
        for column, rows in cells.get(sheet, {}).items():
            place = bisect_left(rows, top)
            if first <= column <= last and place < len(rows) and rows[place] <= bottom:
                return True
    return False


def _areas(formula: str, sheet: str) -> Sequence[_Area] | None:
    """Return the cells that a formula refers to; None where it may be any."""
    if not formula or any(name in formula.upper() for name in _LOOK_ANYWHERE):
        return None
    areas = []
    for token in Tokenizer(formula).items:
        if token.type != Token.OPERAND or token.subtype != Token.RANGE:
            continue
        where, _, cells = token.value.rpartition("!")
        try:
            first, top, last, bottom = range_boundaries(cells.replace("$", ""))
        except ValueError:
            return None  # the name of a range, or a column of a table
        named = where.strip("'").replace("''", "'") if where else sheet
        areas.append((named.casefold(), first or 1, top or 1, last or LAST_COLUMN, bottom or LAST_ROW))
    return areas
