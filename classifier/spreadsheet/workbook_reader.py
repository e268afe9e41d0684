"""Workbooks of any kind, read into sheets."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from classifier.errors import refusal
from classifier.faults import Fault, FaultKind
from classifier.languages import lazy_gettext
from classifier.limits import MIB, MOST_CELLS, MOST_UNPACKED_MIB
from classifier.spreadsheet.file_kind import FileKind
from classifier.spreadsheet.ods_markup import is_encrypted, survey_opendocument
from classifier.spreadsheet.sheet import MergedCells, Sheet
from classifier.spreadsheet.workbook_size import (
    UNPACKING_ERRORS,
    Extent,
    SurveyedSheet,
    extents_of,
    mebibytes_of,
    shared_mebibytes_of,
)
from classifier.spreadsheet.xlsb_markup import survey_binary
from classifier.spreadsheet.xlsx_markup import SheetMarkup, markup_of, sheet_parts

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook


_PANIC = "PanicException"  # how a library in Rust gives up; it is no Exception, and can't be imported
_SAVE_AGAIN = lazy_gettext("save it again as .xlsx")
_SPLIT = lazy_gettext("save the sheet that holds the outcomes as a workbook of its own")
_NO_PASSWORD = lazy_gettext("open it in your spreadsheet program and save it as .xlsx without a password")


def read_workbook(path: Path, content: bytes, kind: FileKind, *, notes: Sequence[Fault] = ()) -> tuple[Sheet, ...]:
    """Read a workbook into its sheets; what is known of the file already (`notes`) is reported with each of them."""
    surveyed = {surveyed.extent.sheet: surveyed.markup for surveyed in _survey(path, content, kind)}
    # Imported here because only this reader needs it, and the command line should start fast.
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as workbook:
            if kind is FileKind.XLSX:
                surveyed = _markup(content, workbook.sheet_names)
            return tuple(_sheets(workbook, surveyed, (*notes, *_unknown_of(kind))))
    except PasswordError as error:
        raise refusal(path, lazy_gettext("the workbook is protected by a password"), _NO_PASSWORD) from error
    except (CalamineError, *UNPACKING_ERRORS, KeyError, OverflowError) as error:
        raise refusal(path, lazy_gettext("the workbook is damaged: {error}", error=error), _SAVE_AGAIN) from error
    except BaseException as error:
        if type(error).__name__ != _PANIC:
            raise
        raise refusal(path, lazy_gettext("the workbook is damaged"), _SAVE_AGAIN) from None


def _unknown_of(kind: FileKind) -> Iterable[Fault]:
    if kind is FileKind.XLS:
        yield Fault(
            kind=FaultKind.NOTE,
            where="",
            what=lazy_gettext(
                "this is {kind}, in which hidden rows and cells with an error can't be recognised",
                kind=kind.as_message(),
            ),
            remedy=lazy_gettext("save it as .xlsx to have them reported"),
        )


def _survey(path: Path, content: bytes, kind: FileKind) -> tuple[SurveyedSheet, ...]:
    # Who lays the sheets out gives every cell a place, blank ones too, and ends the program where there is no room.
    if kind is FileKind.XLS:  # which can't have that many cells in a sheet
        return ()
    surveyed: tuple[SurveyedSheet, ...] = ()
    extents: tuple[Extent, ...] = ()
    text = 0
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            size = mebibytes_of(parts)
            if size <= MOST_UNPACKED_MIB:
                if kind is FileKind.ODS and is_encrypted(parts):
                    raise refusal(path, lazy_gettext("the workbook is protected by a password"), _NO_PASSWORD)
                if kind is FileKind.XLSX:
                    extents, text = extents_of(parts), shared_mebibytes_of(parts)
                else:
                    surveyed = (survey_opendocument if kind is FileKind.ODS else survey_binary)(parts)
                    extents = tuple(sheet.extent for sheet in surveyed)
                    text = sum(sheet.n_letters for sheet in surveyed) // MIB
    except UNPACKING_ERRORS as error:
        raise refusal(path, lazy_gettext("the workbook is damaged: {error}", error=error), _SAVE_AGAIN) from error
    if size > MOST_UNPACKED_MIB:
        what = lazy_gettext(
            "uncompressed, the workbook has {size} MiB, and at most {value} MiB are read",
            size=size,
            value=MOST_UNPACKED_MIB,
        )
        raise refusal(path, what, _SPLIT)
    _check_cells(path, extents)
    if text > MOST_UNPACKED_MIB:
        what = lazy_gettext(
            "the texts of the workbook fill {text} MiB, and at most {value} MiB are read",
            text=text,
            value=MOST_UNPACKED_MIB,
        )
        raise refusal(path, what, lazy_gettext("delete the cells that repeat a long text"))
    return surveyed


def _check_cells(path: Path, extents: Sequence[Extent]) -> None:
    n_cells = sum(extent.n_cells for extent in extents)
    if n_cells > MOST_CELLS:
        largest = max(extents, key=lambda extent: extent.n_cells)
        raise refusal(
            path,
            lazy_gettext(
                "up to here, the workbook has {n_cells} cells, and at most {value} are read, blank ones included",
                n_cells=n_cells,
                value=MOST_CELLS,
            ),
            lazy_gettext("clear that cell, or delete the empty rows and columns around it"),
            where=f"{largest.sheet}!{largest.furthest}",
        )


def _markup(content: bytes, names: Sequence[str]) -> dict[str, SheetMarkup]:
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        known = {name.replace("\\", "/").casefold(): name for name in parts.namelist()}
        found = {name: known.get(part.casefold()) for name, part in sheet_parts(parts).items() if name in names}
        return {name: markup_of(parts, part) for name, part in found.items() if part}


def _sheets(workbook: CalamineWorkbook, markup: Mapping[str, SheetMarkup], notes: Sequence[Fault]) -> Iterator[Sheet]:
    from python_calamine import SheetVisibleEnum

    hidden = {sheet.name for sheet in workbook.sheets_metadata if sheet.visible != SheetVisibleEnum.Visible}
    for name in workbook.sheet_names:
        cells = workbook.get_sheet_by_name(name)
        rows = [[cell_text(cell) for cell in row] for row in cells.to_python(skip_empty_area=False)]
        found = markup.get(name, SheetMarkup())
        # Rows of nothing but unread cells are left out at the end.
        last = max((row for row, _ in found.unread), default=-1)
        rows += [[] for _ in range(last + 1 - len(rows))]
        yield _sheet(name, rows, cells, found, notes, is_hidden=name in hidden)


def _sheet(
    name: str,
    rows: Sequence[Sequence[str]],
    cells: CalamineSheet,
    markup: SheetMarkup,
    notes: Sequence[Fault],
    *,
    is_hidden: bool,
) -> Sheet:
    if is_hidden:
        fault = Fault(
            kind=FaultKind.NOTE,
            where=name,
            what=lazy_gettext("this sheet is hidden, and was read"),
            remedy=lazy_gettext("if another is meant, name it with --sheet"),
        )
        notes = (*notes, fault)
    bare = Sheet(name=name, rows=rows)
    return Sheet(
        name=name,
        rows=rows,
        notes=tuple(notes),
        is_hidden=is_hidden,
        hidden_rows=markup.hidden_rows,
        hidden_columns=markup.hidden_columns,
        merged=markup.merged or tuple(_merged(cells)),
        unread=dict(_unread(bare, markup)),
    )


def _merged(cells: CalamineSheet) -> Iterator[MergedCells]:
    for (first_row, first_column), (last_row, last_column) in cells.merged_cell_ranges or ():
        yield MergedCells(first_row=first_row, last_row=last_row, first_column=first_column, last_column=last_column)


def _unread(sheet: Sheet, markup: SheetMarkup) -> Iterator[tuple[tuple[int, int], Fault]]:
    for place, error in markup.unread.items():
        what, remedy, gist = _unread_texts(error)
        yield place, Fault(kind=FaultKind.NOTE, where=sheet.place(*place), what=what, remedy=remedy, gist=gist)


@lru_cache(maxsize=64)  # so that cells with one error share their texts
def _unread_texts(error: str | None) -> tuple[str, str, str]:
    """Say what is wrong with a cell, what to do, and the gist, by its error; None is a formula without a result."""
    if error is None:
        what = lazy_gettext("this cell holds a formula without a saved result")
        remedy = lazy_gettext("open the workbook in your spreadsheet program and save it")
        gist = ""
    else:
        what = lazy_gettext("this cell holds the error {error}", error=error)
        remedy = lazy_gettext("correct its formula")
        gist = lazy_gettext("this cell holds an error, and was read as blank")
    return lazy_gettext("{what}, and was read as blank", what=what), remedy, gist


def cell_text(cell: object) -> str:
    """Write the value of a cell as its program shows it."""
    match cell:
        case bool():
            return "TRUE" if cell else "FALSE"
        case float() if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        case datetime.datetime() if cell.time() == datetime.time():
            return cell.date().isoformat()
        case datetime.datetime():
            return cell.isoformat(sep=" ")
    return str(cell)
