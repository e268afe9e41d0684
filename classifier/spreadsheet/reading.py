"""Reading of any table file into sheets of text."""

from __future__ import annotations

from pathlib import Path

from classifier.child_process import StoppedError, StopReason, run_in_child
from classifier.errors import FaultsError, refusal
from classifier.faults import Fault, FaultKind
from classifier.languages import lazy_gettext
from classifier.spelling import did_you_mean
from classifier.spreadsheet.file_kind import is_codebook
from classifier.spreadsheet.sheet import Sheet
from classifier.spreadsheet.sheet_exchange import faults_from_plain, sheet_from_plain

_READER = "classifier.spreadsheet.file_reader:read_as_plain"
_SPLIT = lazy_gettext("save the one table that is needed as a file of its own, or split it into several")
_REMEDIES = {
    StopReason.TIME: _SPLIT,
    StopReason.MEMORY: _SPLIT,
    StopReason.SIZE: _SPLIT,
    StopReason.ENDED: lazy_gettext("don't use it unless you know who made it; ask them for it again as .csv or .xlsx"),
    StopReason.FAILED: lazy_gettext("save it again as .xlsx"),
    StopReason.NOT_STARTED: lazy_gettext("no file was read"),
}


def read_sheets(path: Path, *, named: str | None = None, encoding: str | None = None) -> tuple[Sheet, ...]:
    """Read a file into its sheets, or the one of a name; a file that is no workbook has one.

    Parameters
    ----------
    encoding : str, optional
        How the letters of a text file are written, such as ``"cp1256"``; by default UTF-8, or what is
        likely where it can't be that. A workbook says so itself.

    The file is read in a child process, so that a damaged or hostile one can't end the program.

    Raises
    ------
    FaultsError
        If the file is missing, empty, password-protected, or not what its name says, has no sheet of that name,
        or is beyond one of `classifier.limits`.
    """
    if is_codebook(path):
        raise FaultsError({path: (_codebook_fault(path),)})
    sheets = _read(path, encoding)
    if named is None:
        return sheets
    chosen = tuple(sheet for sheet in sheets if sheet.name == named)
    if not chosen:
        names = [sheet.name for sheet in sheets]
        remedy = did_you_mean(named, names, otherwise=f"the sheets are {', '.join(map(repr, names))}")
        raise refusal(path, lazy_gettext("no sheet {named!r}", named=named), remedy)
    return chosen


def _codebook_fault(path: Path) -> Fault:
    return Fault(
        kind=FaultKind.FILE,
        where="",
        what=lazy_gettext("this is a codebook"),
        remedy=lazy_gettext("give it as --codebook {file}, and a table or workbook here", file=path.name),
        on_page=lazy_gettext("choose it as the codebook when you begin a project, and a table or workbook here"),
        is_error=True,
    )


def _read(path: Path, encoding: str | None) -> tuple[Sheet, ...]:
    try:
        answer = run_in_child(_READER, [str(path.absolute()), encoding])
        sheets, faults = _from_plain(answer)
    except StoppedError as error:
        raise refusal(path, error.reason.as_message(), _REMEDIES[error.reason]) from error
    if faults:
        raise FaultsError({path: faults})
    return sheets


def _from_plain(answer: object) -> tuple[tuple[Sheet, ...], tuple[Fault, ...]]:
    try:
        if not isinstance(answer, dict) or not (answer.get("sheets") or answer.get("faults")):
            raise ValueError("neither sheets nor faults")
        faults = faults_from_plain(answer["faults"]) if "faults" in answer else ()
        return tuple(map(sheet_from_plain, answer.get("sheets", ()))), faults
    except (KeyError, TypeError, ValueError) as error:
        raise StoppedError(StopReason.FAILED) from error
