"""Processor seconds and memory to train, by the number of outcomes, beside a linear SVM and SetFit; with a plot.

The outcomes are the charities of ukcat, with one of their 12 groups each. A contender learns from the first of them
in a random order, and codes twenty others; its cost is of both, starting with nothing kept. The exponent is the slope
of the logarithm of processor seconds on that of the number of outcomes, over the three largest numbers.

Example: python -m benchmarks.training_cost --ukcat FOLDER --plot cost.svg
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from benchmarks.contenders import OURS, SETFIT, SVM
from benchmarks.measure import Measured, measure
from benchmarks.tasks import Task
from benchmarks.ukcat import read_task

_SIZES = (100, 300, 1000, 3000, 6000)
_N_NEW = 20
_N_OF_SLOPE = 3
_GROUP = "icnptso_group"

Costs = Mapping[str, Sequence[tuple[int, Measured]]]


def cost_tasks(folder: Path, sizes: Sequence[int]) -> dict[int, Task]:
    """Return a task for each number of outcomes to learn from; each holds those of the smaller ones."""
    task, _ = read_task(folder / "charities.csv", _GROUP, is_multiple=False)
    rows = sorted((*task.known, *task.new), key=lambda row: row.id)
    random.Random(0).shuffle(rows)
    new, others = tuple(rows[:_N_NEW]), rows[_N_NEW:]
    return {size: Task(asked=task.asked, known=tuple(others[:size]), new=new) for size in sizes if size <= len(others)}


def exponent(sizes: Sequence[int], seconds: Sequence[float]) -> float:
    """Return the slope of the logarithm of seconds on that of sizes, over the largest of them.

    Examples
    --------
    >>> round(exponent([10, 100, 1000, 10_000], [5.0, 3.0, 30.0, 300.0]), 3)
    1.0
    """
    last = slice(-_N_OF_SLOPE, None)
    return float(np.polyfit(np.log(sizes[last]), np.log(seconds[last]), deg=1)[0])


def plot_costs(costs: Costs, path: Path) -> None:
    """Draw processor seconds by the number of outcomes, both on logarithmic axes."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.add_subplot()
    for marker, (name, measured) in zip("os^", costs.items(), strict=False):
        axes.plot([n for n, _ in measured], [each.processor_seconds for _, each in measured], marker=marker, label=name)
    axes.set(xscale="log", yscale="log", xlabel="Outcomes to learn from", ylabel="Processor seconds")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path)


def main() -> int:
    """Read the options, measure each contender at each number of outcomes, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training_cost", description=__doc__)
    parser.add_argument("--ukcat", type=Path, required=True, help="the folder that holds charities.csv")
    parser.add_argument("--plot", type=Path, help="draw the curves into this .svg or .png file")
    parser.add_argument("--most", type=int, default=_SIZES[-1], help="the most outcomes to learn from")
    options = parser.parse_args()
    tasks = cost_tasks(options.ukcat, [size for size in _SIZES if size <= options.most])
    costs: dict[str, list[tuple[int, Measured]]] = {}
    for name in (OURS, SVM, *([SETFIT] if find_spec("setfit") else [])):
        for size, task in tasks.items():
            measured = measure(name, [task])
            costs.setdefault(name, []).append((size, measured))
            print(
                f"{name:20} {size:6,} outcomes {measured.seconds:8.1f} s {measured.processor_seconds:8.1f} of "
                f"processors {measured.megabytes:7,.0f} MB",
                flush=True,
            )
        sizes, seconds = zip(*((size, each.processor_seconds) for size, each in costs[name]), strict=True)
        print(f"{name:20} exponent {exponent(sizes, seconds):.2f}", flush=True)
    if options.plot is not None:
        plot_costs(costs, options.plot)
    return 0


if __name__ == "__main__":
    sys.exit(main())
