"""A Dask scheduler and its workers, as processes on loopback."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_SCHEDULER = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"]
_WORKER = [sys.executable, "-m", "distributed.cli.dask_worker", "--host", "127.0.0.1"]
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
_SECONDS = 90


@dataclass(frozen=True)
class DaskCluster:
    """A scheduler and its workers, each of one thread, with what they log."""

    address: str
    scheduler: subprocess.Popen[bytes]
    workers: tuple[subprocess.Popen[bytes], ...]
    logs: tuple[Path, ...]

    def log(self) -> str:
        """Return what all of them have logged."""
        return "".join(path.read_text(encoding="utf-8") for path in self.logs)


@contextmanager
def dask_cluster(folder: Path, *, n_workers: int) -> Iterator[DaskCluster]:
    """Run a scheduler and workers that keep their files in a folder."""
    processes: list[subprocess.Popen[bytes]] = []
    logs = [folder / "scheduler.log", *(folder / f"worker_{number}.log" for number in range(n_workers))]
    try:
        processes.append(_start([*_SCHEDULER, "--no-dashboard"], logs[0]))
        address = _logged(logs[0], r"Scheduler at: +(tcp://\S+)", processes)[0]
        processes += [start_worker(address, log) for log in logs[1:]]
        for log in logs[1:]:
            _logged(log, "Registered to", processes)
        yield DaskCluster(address=address, scheduler=processes[0], workers=tuple(processes[1:]), logs=tuple(logs))
    finally:
        for process in processes:
            process.kill()
            process.wait()


def start_worker(address: str, log: Path) -> subprocess.Popen[bytes]:
    """Start a worker that keeps its files beside its log; without a nanny, so that one that is killed stays so."""
    own_folder = str(log.with_suffix(""))
    given = ["--no-nanny", "--nthreads", "1", "--no-dashboard", "--local-directory", own_folder, address]
    return _start([*_WORKER, *given], log)


def _start(command: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as file:
        return subprocess.Popen(command, stdout=file, stderr=file, env={**os.environ, **_ONE_THREAD})


def _logged(log: Path, pattern: str, processes: Sequence[subprocess.Popen[bytes]]) -> list[str]:
    """Wait for what a process logs."""
    end = time.monotonic() + _SECONDS
    while not (found := re.findall(pattern, log.read_text(encoding="utf-8"))):
        assert all(process.poll() is None for process in processes), log.read_text(encoding="utf-8")
        assert time.monotonic() < end, log.read_text(encoding="utf-8")
        time.sleep(0.05)
    return list(found)
