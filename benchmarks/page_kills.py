"""The review page killed at random moments while a coder decides: whether what was acknowledged stands, whole.

The server's whole process group gets SIGKILL. Each form holds a decision for each of four fields. Then the page is
started again, the coder signs in, and decides once more.

Example: python -m benchmarks.page_kills --kills 100
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import socket
import sqlite3
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import classifier.review.server  # noqa: F401  # what the command imports only when it needs it
from benchmarks.kills import become_command
from benchmarks.review import (
    Desk,
    decision_form,
    get_page,
    id_in,
    post_form,
    prepare_project,
    recorded_decisions,
    sign_in,
)
from classifier.codebook.schema import sample_codebook

_CODER = "Coder 1"
_N_OUTCOMES = 300
_MOST_S = 0.4  # after the first form
_COMMAND = "review project --users users.txt --no-browser --port {}"


def main() -> None:
    """Read the options, kill, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page_kills", description=__doc__.split("\n\n")[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    lot, found = random.Random(options.seed), Counter[str]()
    with tempfile.TemporaryDirectory() as name:
        begun, folder = Path(name) / "begun", Path(name) / "killed"
        folder.mkdir()
        keys = prepare_project(folder, _N_OUTCOMES, [_CODER])  # which hold where the project is
        folder.rename(begun)
        for _ in range(options.kills):
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(begun, folder)
            found.update(_kill_once(folder, keys, lot))
    print(", ".join(f"{count} {what}" for what, count in found.items()))


def _kill_once(folder: Path, keys: Mapping[str, str], lot: random.Random) -> Iterator[str]:
    fields = sample_codebook().fields
    with _served(folder) as (process, address):
        desk = sign_in(address, _CODER, fields, keys)
        threading.Timer(lot.uniform(0, _MOST_S), os.killpg, [process, signal.SIGKILL]).start()
        acknowledged = _decide_until_killed(desk, lot)
    recorded = dict(recorded_decisions(folder))
    yield "killed"
    yield from ["forms acknowledged"] * (len(acknowledged) // len(fields))
    yield from ["DECISIONS LOST"] * sum(recorded.get(key) != codes for key, codes in acknowledged.items())
    n_by_outcome = Counter(fragment_id for _, fragment_id, _ in recorded)
    yield from ["FORMS RECORDED IN PART"] * sum(n_fields != len(fields) for n_fields in n_by_outcome.values())
    yield from ["forms recorded and not acknowledged"] * (len(n_by_outcome) - len(acknowledged) // len(fields))
    with sqlite3.connect(folder / "project" / "journal.sqlite") as journal:
        if journal.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
            yield "JOURNALS DAMAGED"
    with _served(folder) as (_, address):
        again = sign_in(address, _CODER, fields, keys)
        connection = HTTPConnection(again.address)
        with suppress(HTTPException, OSError, RuntimeError):  # which shows in what is recorded
            post_form(connection, again, "/decide", decision_form(again, again.first, _codes(again, lot)))
        connection.close()
    if len(recorded_decisions(folder)) != len(recorded) + len(fields):
        yield "NEXT RUNS THAT RECORD NOTHING"
    if [path for path in folder.rglob("*outcome-coder-tmp*") if path.parent.name != "tmp"]:
        yield "UNFINISHED FILES LEFT"


def _decide_until_killed(desk: Desk, lot: random.Random) -> dict[tuple[str, str, str], tuple[str, ...]]:
    """Send one form after the other; return the decisions whose form was answered."""
    connection, name = HTTPConnection(desk.address), desk.first
    acknowledged: dict[tuple[str, str, str], tuple[str, ...]] = {}
    with suppress(HTTPException, OSError):
        while name:
            codes = _codes(desk, lot)
            _, following = post_form(connection, desk, "/decide", decision_form(desk, name, codes))
            for field, code in zip(desk.fields, codes, strict=True):
                acknowledged[desk.coder, name, field.name] = (code,)
            name = id_in(following)
            get_page(connection, desk, following)  # what was not shown can't be decided
    connection.close()
    return acknowledged


def _codes(desk: Desk, lot: random.Random) -> list[str]:
    return [lot.choice(field.code_names) for field in desk.fields]


@contextmanager
def _served(folder: Path) -> Iterator[tuple[int, str]]:
    """Run the command in a process group of its own; give its number and its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = os.fork()
    if not process:
        become_command(folder, _COMMAND.format(port), quiet=True)
    try:
        for _ in range(600):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.05)
        yield process, f"127.0.0.1:{port}"
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process, signal.SIGKILL)
        os.waitpid(process, 0)


if __name__ == "__main__":
    main()
