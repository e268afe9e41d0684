"""Settings file of a project."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from classifier.errors import DiskFullError, OutputError, ProjectError
from classifier.files import write_whole
from classifier.harvest.options import ReadingOptions
from classifier.locks import hold_lock

_LOCK = ".lock"
_SETTINGS, CODEBOOK, HARVESTS, JOURNAL = "project.json", "codebook.yaml", "harvests", "journal.sqlite"
FORMAT = 1


def read_settings(folder: Path) -> dict[str, Any]:
    """Read the settings of a project."""
    path = folder / _SETTINGS
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ProjectError(
            f"{folder}: is not a project folder; name another, or start a project with `outcome-coder project new "
            f"{folder}`"
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        raise ProjectError(f"{path}: can't be read; restore it from a backup") from error
    if not isinstance(settings, dict) or settings.get("format") != FORMAT:
        raise ProjectError(f"{path}: was written by another version of outcome-coder; install that version")
    return settings


def change_settings(folder: Path, **changes: Any) -> None:  # noqa: ANN401 - whatever JSON holds
    """Change some settings of a project; those that another command has changed meanwhile are kept."""
    with locked(folder):
        write_settings(folder, {**read_settings(folder), **changes})


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock the settings of a project against other commands, from reading to writing.

    Raises
    ------
    ProjectError
        If another command has them locked for a minute, or the project can't be written to.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(hold_lock(folder / _LOCK))
        except OutputError as error:
            raise ProjectError(str(error)) from error
        yield


def write_settings(folder: Path, settings: Mapping[str, Any]) -> None:
    """Write the settings of a project, whole or not at all."""
    with writing(folder), write_whole(folder / _SETTINGS) as temporary:
        temporary.write_text(json.dumps(settings, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Tell in words of a project what keeps a file from being written."""
    try:
        yield
    except DiskFullError:
        raise
    except OutputError as error:
        raise ProjectError(
            f"{folder}: the project can't be written to; check that you may write there, and that none of its files is "
            "open in another program. Nothing was changed"
        ) from error


CODES = "codes"


def options_of(entry: Mapping[str, str], columns: Mapping[str, str]) -> ReadingOptions:
    """Say how a file that a project has is read."""
    sheets = (entry["sheet"],) if "sheet" in entry else ()
    return ReadingOptions(sheets=sheets, columns=columns, encoding=entry.get("encoding"), is_kept=True)


def copy_whole(path: Path, to: Path) -> None:
    """Copy a file, whole or not at all."""
    with writing(to.parent), write_whole(to) as temporary:
        shutil.copyfile(path, temporary)
