"""What is printed: a table for each benchmark, with what each contender took."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.contenders import OURS
from benchmarks.measure import Measured
from classifier._types import FloatArray
from classifier.agreement.bootstrap import ClusterBootstrap, Statistic

__all__ = ["AHEAD", "Column", "micro_f1", "print_table", "told"]

Column = Callable[[Measured], str]

AHEAD = f"{OURS} ahead by"

_console = Console(width=170, highlight=False)


def print_table(title: str, measured: Sequence[Measured], columns: Mapping[str, Column]) -> None:
    """Print one row for each contender: its figures, and what it took, in numbers and beside ours."""
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("")
    for name in (*columns, "seconds", "processor s", "MB", "x ours", "x our MB"):
        table.add_column(name, justify="right", no_wrap=True)
    ours = next(one for one in measured if one.contender == OURS)
    for one in measured:
        table.add_row(
            one.contender,
            *(column(one) for column in columns.values()),
            f"{one.seconds:.0f}",
            f"{one.processor_seconds:.0f}",
            f"{one.megabytes:.0f}",
            f"{one.processor_seconds / ours.processor_seconds:.2f}",
            f"{one.megabytes / ours.megabytes:.2f}",
        )
    _console.print(f"\n{title}", style="bold")
    _console.print(table)


def told(figure: Statistic, n_rows: int) -> str:
    """Tell a figure with its 95 % interval, rows drawn anew a thousand weights."""
    found = ClusterBootstrap.draw(np.arange(n_rows)).estimate(figure)
    return f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}]"


def micro_f1(counts: npt.NDArray[np.intp], times: FloatArray) -> FloatArray:
    """Return the micro-averaged F1 of rows drawn anew, from how many codes of each were right, suggested and given."""
    right, said, given = (times @ counts).T
    found: FloatArray = 2 * right / np.maximum(said + given, 1)
    return found
