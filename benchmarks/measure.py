"""Runs a contender in a process of its own, and measures what it takes.

Linux only: memory is read from ``/proc``, all worker processes counted, shared pages once.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contenders import CONTENDERS
from benchmarks.tasks import ANSWERS, TASKS, Answer, Task

__all__ = ["Measured", "measure"]

_EVERY_S = 1.0  # to look costs processor time itself, the more the more memory is held
_ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a contender answered, and what it took from the start of its process to its end.

    Attributes
    ----------
    answers : tuple of dict
        For each task, by field, one answer for each new row.
    seconds, processor_seconds : float
        By the clock, and of all processors together.
    megabytes : float
        The most memory of the process and its workers at a time.
    """

    contender: str
    answers: tuple[Mapping[str, tuple[Answer, ...]], ...]
    seconds: float
    processor_seconds: float
    megabytes: float


def measure(contender: str, tasks: Sequence[Task]) -> Measured:
    """Put tasks to a contender, in a fresh process and with nothing kept from earlier runs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        asked, told = folder / "tasks.json", folder / "answers.json"
        asked.write_bytes(TASKS.dump_json(tuple(tasks)))
        environment = os.environ | {
            "OUTCOME_CODER_CACHE": str(folder / "cache"),
            "PYTHONPATH": str(_ROOT),
            "HF_HUB_OFFLINE": "1",
            "HF_HOME": str(folder / "hub"),
        }
        start = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.measure", contender, str(asked), str(told)],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        watch = _MemoryWatch(process.pid)
        watch.start()
        complaints = process.stderr.read() if process.stderr else b""
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        watch.end()
        print(f"{contender}: {seconds:.0f} seconds", file=sys.stderr)
        if process.returncode:
            raise RuntimeError(f"{contender} came to an end with {complaints.decode(errors='replace')}")
        return Measured(
            contender=contender,
            answers=ANSWERS.validate_json(told.read_bytes()),
            seconds=seconds,
            processor_seconds=usage.ru_utime + usage.ru_stime,
            megabytes=watch.most / 1e6,
        )


class _MemoryWatch(threading.Thread):
    """Looks again and again at how much memory the processes of a session hold."""

    def __init__(self, session: int) -> None:
        super().__init__(daemon=True)
        self.most = 0
        self._session = session
        self._ended = threading.Event()

    def run(self) -> None:
        """Look until told to end."""
        while not self._ended.wait(_EVERY_S):
            self.most = max(self.most, sum(_bytes_held(pid) for pid in _members(self._session)))

    def end(self) -> None:
        """Stop looking."""
        self._ended.set()
        self.join()


def _members(session: int) -> list[str]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text()
        except OSError:  # it has come to its end meanwhile
            continue
        if int(stat.rpartition(")")[2].split()[3]) == session:
            found.append(folder.name)
    return found


def _bytes_held(pid: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def _answer(contender: str, asked: Path, told: Path) -> None:
    tasks = TASKS.validate_json(asked.read_bytes())
    told.write_bytes(ANSWERS.dump_json(tuple(CONTENDERS[contender](tasks))))


if __name__ == "__main__":
    _answer(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
