"""Progress of long work: the callback that functions report to, and progress bars on the terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from classifier.steps import tell_no_steps

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


@contextmanager
def progress_bars(*, quiet: bool) -> Iterator[ProgressReporter]:
    """Show a progress bar per step on stderr, unless `quiet` or stderr is no terminal."""
    if quiet:
        tell_no_steps()
    if quiet or not sys.stderr.isatty():
        yield NO_PROGRESS
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        yield _ProgressBars(bars)
