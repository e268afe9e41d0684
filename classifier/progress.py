"""Progress on the terminal: what is done, and how long the rest takes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from classifier.steps import tell_no_steps

Advance = Callable[[str, int, int], None]
"""Told of progress: the step's name, how much was done since the last call, and how much there is in all."""


def silent(step: str, done: int, total: int) -> None:
    """Tell nobody."""


@contextmanager
def progress_bars(*, quiet: bool) -> Iterator[Advance]:
    """Show a bar per step on stderr, where that is a terminal and `quiet` is not asked for."""
    if quiet:
        tell_no_steps()
    if quiet or not sys.stderr.isatty():
        yield silent
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def advance(step: str, done: int, total: int) -> None:
            tell_no_steps()  # the bars say it better
            if step not in tasks:
                tasks[step] = bars.add_task(step, total=total)
            bars.advance(tasks[step], done)

        yield advance
