"""Copying of workbooks, for columns and sheets to be added."""

from __future__ import annotations

import warnings
from collections.abc import Collection
from pathlib import Path

from openpyxl import Workbook, load_workbook

from classifier.child_process import StoppedError, StopReason, run_in_child
from classifier.errors import OutputError
from classifier.languages import joined, lazy_gettext
from classifier.spreadsheet.added_columns import count_lines
from classifier.spreadsheet.formula_results import keep_results

_TRIAL = "classifier.spreadsheet.copy_trial:try_copy"


def copy_workbook(path: Path, *, remedy: str = "") -> Workbook:
    """Read a workbook with all of it that can be kept; `workbook_losses` reports what a copy loses.

    It is read in a child process first: what ends that, or takes too much of it, would do so here as well.
    """
    try:
        refusal = run_in_child(_TRIAL, str(path.absolute()))
        if not isinstance(refusal, str):
            raise StoppedError(StopReason.FAILED)
    except StoppedError as error:
        refusal = error.reason.as_message()
    if refusal:
        message = lazy_gettext(
            "{name}: this workbook can't be copied ({refusal}); save it again in your spreadsheet program",
            name=path.name,
            refusal=refusal,
        )
        raise OutputError(joined("", [message, remedy]))
    workbook = load_whole(path)
    _open_comments(workbook)
    return workbook


def load_whole(path: Path) -> Workbook:
    """Read a workbook in this process; see `copy_workbook`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # `not_kept` reports what a copy loses
        with path.open("rb") as file:  # whatever its name ends in
            return load_workbook(file, rich_text=True)


def save_copy(
    workbook: Workbook, path: Path, *, original: Path | None, changed: Collection[tuple[str, int, int]] = ()
) -> None:
    """Save a copy with the results of its formulas, which openpyxl leaves out; see `keep_results`."""
    if original is not None and workbook.calculation is not None:
        workbook.calculation.fullCalcOnLoad = True  # so that a spreadsheet program works them out anew
    workbook.save(path)
    if original is not None:
        keep_results(original, path, changed=changed)


def free_title(workbook: Workbook, title: str) -> str:
    """Find a title for a sheet that the user's own ones leave free."""
    names = {name.casefold() for name in workbook.sheetnames}
    if title.casefold() not in names:
        return title
    return next(free for number in range(2, 1000) if (free := f"{title} ({number})").casefold() not in names)


def _open_comments(workbook: Workbook) -> None:
    """Make the boxes of long comments large enough again: their size is the one thing of them that isn't read."""
    for sheet in workbook.worksheets:
        for cell in sheet._cells.values():
            if cell.comment is not None:
                height = 20 * (count_lines(cell.comment.text, width=40) + 1)  # pixels
                if height > cell.comment.height:
                    cell.comment.width, cell.comment.height = 320, height
