"""What tests run in a child process."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from classifier.errors import FaultsError
from classifier.spreadsheet.file_reader import read_file
from classifier.spreadsheet.sheet_exchange import sheet_as_plain, sheet_from_plain

__all__ = ["abort", "fail_if_used", "hang", "lie", "process_id", "read_or_refuse"]


def process_id(_: object) -> int:
    """Return the number of the process that runs this."""
    return os.getpid()


_calls: list[None] = []


def fail_if_used(_: object) -> bool:
    """Fail where this was called before in the process, as a library that was loaded by half does."""
    _calls.append(None)
    if len(_calls) > 1:
        raise ImportError
    return True


def abort(_: object) -> None:
    """End the process, as a library in Rust does where it gets no memory."""
    os.abort()


def lie(_: object) -> object:
    """Answer what no reader would."""
    return {"sheets": [{"name": "Outcomes", "rows": [["SCC-LPC/035", 5]]}]}


def hang(_: object) -> None:
    """Take longer than a coder needs to decide on an outcome."""
    time.sleep(1.5)


def read_or_refuse(request: tuple[str, str | None]) -> str:
    """Read a file by the readers themselves; return the kind of an error that nobody foresaw."""
    path, encoding = request
    try:
        sheets = read_file(Path(path), encoding)
    except FaultsError:
        return ""
    except Exception as error:
        return type(error).__name__
    for sheet in sheets:
        plain = sheet_as_plain(sheet)
        assert sheet_as_plain(sheet_from_plain(json.loads(json.dumps(plain)))) == plain
    return "" if sheets else "no sheet"
