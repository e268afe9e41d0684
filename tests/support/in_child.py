"""What tests run in a child process; it imports little."""

from __future__ import annotations

import os
import time

__all__ = ["abort", "hang", "lie", "process_id"]


def process_id(_: object) -> int:
    """Return the number of the process that runs this."""
    return os.getpid()


def abort(_: object) -> None:
    """End the process, as a library in Rust does where it gets no memory."""
    os.abort()


def lie(_: object) -> object:
    """Answer what no reader would."""
    return {"sheets": [{"name": "Outcomes", "rows": [["SCC-LPC/035", 5]]}]}


def hang(_: object) -> None:
    """Take longer than anybody waits."""
    time.sleep(4)
