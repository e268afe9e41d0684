"""Error reports on internal errors, in a file that holds no text of an outcome.

The message of an exception and the values of variables may quote what coders were told in confidence. So a
report has the kinds of what was raised, the lines of our own code they passed through, and versions.
"""

from __future__ import annotations

import datetime
import os
import platform
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import platformdirs

from classifier import __version__
from classifier.languages import Message, lazy_gettext
from classifier.versions import library_versions
from classifier.wording import counted

PLEASE_SEND = lazy_gettext("please send it to the maintainers of outcome-coder; it contains no outcome text")
_PACKAGE = Path(__file__).resolve().parent
_MOST_KINDS = 20  # kinds of errors in a report


def error_report_folder() -> Path:
    """Default folder of error reports, unless `OUTCOME_CODER_REPORTS` names another."""
    place = os.environ.get("OUTCOME_CODER_REPORTS")
    return Path(place) if place else Path(platformdirs.user_log_dir("outcome-coder")) / "error-reports"


def report_errors(errors: Sequence[BaseException], *, during: str) -> Path | None:
    """Write a report on errors that nobody foresaw, for its owner alone to read.

    Errors raised at the same lines are listed once, with their number. Return None where no report can be written.

    Parameters
    ----------
    during : str
        What was being done; it must hold nothing that a user typed.

    Examples
    --------
    >>> def told(name):
    ...     raise RuntimeError(f"{name} was freed")
    >>> try:
    ...     told("Wanjiru")
    ... except RuntimeError as error:
    ...     path = report_errors([error], during="suggesting codes")
    >>> "RuntimeError" in path.read_text(), "Wanjiru" in path.read_text()
    (True, False)
    """
    moment = datetime.datetime.now(tz=datetime.UTC)
    text = "\n".join(_report_lines(errors, during, moment)) + "\n"
    folder = error_report_folder()
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for number in range(100):
            path = folder / f"{moment:%Y%m%d-%H%M%S}-{os.getpid()}-{number}.txt"
            with suppress(FileExistsError):
                handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    file.write(text)
                return path
    return None


def describe_internal_error(error: BaseException, *, during: str) -> Message:
    """Write a report on an error that nobody foresaw, and say so in a few plain words; see `report_errors`."""
    report, kind = report_errors([error], during=during), type(error).__name__
    if report:
        return lazy_gettext(
            "Something went wrong in outcome-coder ({kind}), because of an internal error and not because of your "
            "files. A report is in {report}: {please}.",
            kind=kind,
            report=str(report),
            please=PLEASE_SEND,
        )
    return lazy_gettext(
        "Something went wrong in outcome-coder ({kind}), because of an internal error and not because of your files. "
        "No report could be written to {folder}; please tell the maintainers of outcome-coder what you did.",
        kind=kind,
        folder=str(error_report_folder()),
    )


def _report_lines(errors: Sequence[BaseException], during: str, moment: datetime.datetime) -> Iterator[str]:
    yield f"outcome-coder {__version__}, {moment:%Y-%m-%d %H:%M} UTC"
    yield f"while {during}"
    yield f"on {platform.system()} {platform.machine()}"
    with suppress(PackageNotFoundError):
        yield ", ".join(f"{name} {version}" for name, version in library_versions().items())
    kinds = Counter("\n".join(_lines_of(error)) for error in errors)
    for lines, count in kinds.most_common(_MOST_KINDS):
        yield ""
        yield f"{counted(count, 'time')}:"
        yield lines
    if len(kinds) > _MOST_KINDS:
        yield f"\nand {counted(len(kinds) - _MOST_KINDS, 'other kind')}"


def _lines_of(error: BaseException) -> Iterator[str]:
    """Return the kind of an error and the lines of our own code that it passed, then those of what caused it."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield f"{'caused by ' if len(seen) > 1 else ''}{type(current).__module__}.{type(current).__qualname__}"
        for frame in traceback.extract_tb(current.__traceback__, limit=None):
            path = Path(frame.filename)
            if path.is_relative_to(_PACKAGE):
                yield f"  {path.relative_to(_PACKAGE).as_posix()}:{frame.lineno} {frame.name}"
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
