"""Codebooks in YAML or REFI-QDA read in a child process, so that a damaged or hostile one can't end the program."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from classifier.child_process import StoppedError, StopReason, run_in_child
from classifier.errors import CodebookError
from classifier.languages import gettext, marked

_READER = "classifier.codebook.child_reader:codebook_as_plain"
_SHORTEN = marked("leave out what it doesn't need")
_REMEDIES = {
    StopReason.TIME: _SHORTEN,
    StopReason.MEMORY: _SHORTEN,
    StopReason.SIZE: _SHORTEN,
    StopReason.ENDED: marked("don't use it unless you know who made it; ask them for it again"),
    StopReason.FAILED: marked("export it again, or write it as YAML"),
    StopReason.NOT_STARTED: marked("no codebook was read"),
}


def read_isolated(path: Path) -> tuple[dict[str, Any], list[str]]:
    """Read a codebook file into what its YAML would say, still to be checked, and the notes on what was guessed.

    Raises
    ------
    CodebookError
        With its problems, or which of `classifier.limits` it is beyond.
    """
    try:
        answer = run_in_child(_READER, str(path.absolute()))
        return _from_plain(path, answer)
    except StoppedError as error:
        raise refusal_of(path, error.reason) from error


def refusal_of(path: Path, reason: StopReason) -> CodebookError:
    """Return the error for a codebook that could not be read to its end."""
    what = gettext("{reason}; {remedy}", reason=reason.as_message().translated(), remedy=gettext(_REMEDIES[reason]))
    return CodebookError(path.name, [what])


def _from_plain(path: Path, answer: object) -> tuple[dict[str, Any], list[str]]:
    if not isinstance(answer, dict) or not _can_be_written(answer):
        raise StoppedError(StopReason.FAILED)
    content, lines = answer.get("content"), answer.get("problems") or answer.get("notes", [])
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise StoppedError(StopReason.FAILED)
    if answer.get("problems"):
        raise CodebookError(str(path) if answer.get("is_unreadable") is True else path.name, lines)
    if not isinstance(content, dict):
        raise StoppedError(StopReason.FAILED)
    return content, lines


def _can_be_written(answer: object) -> bool:
    """Whether no text has half of a character, which can't be written to any file."""
    try:
        json.dumps(answer, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
