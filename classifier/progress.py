"""Progress of long work: the callback that functions report to, and progress bars on the terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from classifier.steps import tell_no_steps

_LINE_EVERY_S = 10.0

ProgressCallback = Callable[[int], None]
"""Progress callback of one step: called with the number of pieces of work finished since the last call."""


class ProgressReporter(Protocol):
    """Progress of a job that has several steps."""

    def step(self, name: str, total: int) -> ProgressCallback:
        """Begin a step of `total` pieces of work; `name` must hold no text of an outcome."""


def ignore_progress(n_finished: int) -> None:
    """Progress callback that does nothing."""


class _NoProgress:
    def step(self, name: str, total: int) -> ProgressCallback:
        return ignore_progress


NO_PROGRESS: ProgressReporter = _NoProgress()
"""Progress that is shown nowhere."""


class _ProgressBars:
    def __init__(self, bars: Bars) -> None:
        self._bars = bars

    def step(self, name: str, total: int) -> ProgressCallback:
        tell_no_steps()  # the bars say it better
        task = self._bars.add_task(name, total=total)
        return lambda n_finished: self._bars.advance(task, n_finished)


class _ProgressLines:
    """Progress as lines of text, for logs: one every so often in a step that takes long."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def step(self, name: str, total: int) -> ProgressCallback:
        done = 0

        def finished(n_finished: int) -> None:
            nonlocal done
            done += n_finished
            if time.monotonic() - self._last >= _LINE_EVERY_S:
                self._last = time.monotonic()
                sys.stderr.write(f"{name}: {done:,} of {total:,}\n")
                sys.stderr.flush()

        return finished


@contextmanager
def progress_bars(*, quiet: bool) -> Iterator[ProgressReporter]:
    """Show a progress bar per step on stderr, or lines of text where it is no terminal; nothing if `quiet`."""
    if quiet:
        tell_no_steps()
        yield NO_PROGRESS
        return
    if not sys.stderr.isatty():
        yield _ProgressLines()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        yield _ProgressBars(bars)
