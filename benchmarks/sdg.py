"""The SDG classification benchmark: texts, each with a goal that experts found in it or not; by its own protocol."""

from __future__ import annotations

import contextlib
import io
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from benchmarks.contenders import BALANCED_SVM, SETFIT
from benchmarks.measure import Measured, measure
from benchmarks.tables import print_table
from benchmarks.tasks import Asked, Row, Task

__all__ = ["goals"]

_N_FOLDS = 5
_GOALS = tuple(range(1, 18))
_YES, _NO = "addressed", "not addressed"
_PUBLISHED = {
    "AFD SDG Prospector": 87.8,
    "GPT-4o": 87.2,
    "text2sdg": 83.0,
    "Aurora": 79.2,
    "JRC SDG Mapper": 77.3,
    "OSDG v1": 69.7,
}
_CAVEAT = (
    "NOT LIKE FOR LIKE: those above were trained on other texts of this benchmark (five folds, equal texts kept\n"
    "together); the published ones never saw any of them. What can be compared is those above with each other."
)


def goals(contenders: Sequence[str]) -> None:
    """Print the average accuracy over the goals, beside the published table."""
    from sdgclassification.benchmark import load_benchmark_df

    read = load_benchmark_df()
    rows = [
        Row(id=f"{place}", text=text, story=text, codes={f"SDG {goal}": (_YES if label else _NO,)})
        for place, (text, goal, label) in enumerate(zip(read["text"], read["sdg"], read["label"], strict=True))
    ]
    measured = [measure(name, _folds(rows)) for name in contenders if name not in (BALANCED_SVM, SETFIT)]
    print_table(
        f"SDG classification benchmark: {len(rows)} texts, of one of {len(_GOALS)} goals each",
        measured,
        {"average accuracy": lambda one: f"{_accuracy(one, rows):.1f}"},
    )
    print("Published: " + ", ".join(f"{name} {accuracy}" for name, accuracy in _PUBLISHED.items()) + ".")
    print(_CAVEAT)


def _folds(rows: Sequence[Row]) -> list[Task]:
    """Share the texts out, equal ones to the same fold; every goal is a field of its own."""
    asked = {f"SDG {goal}": Asked(codes=(_YES, _NO)) for goal in _GOALS}
    texts = np.array(list(dict.fromkeys(row.text for row in rows)))
    folds = []
    for held_out in np.array_split(np.random.default_rng(0).permutation(texts), _N_FOLDS):
        inside = set(held_out.tolist())
        folds.append(
            Task(
                asked=asked,
                known=tuple(row for row in rows if row.text not in inside),
                new=tuple(row for row in rows if row.text in inside),
            )
        )
    return folds


def _accuracy(one: Measured, rows: Sequence[Row]) -> float:
    """Let the benchmark itself count, told the goals that were found in each text."""
    from sdgclassification.benchmark import Benchmark

    found: defaultdict[str, set[int]] = defaultdict(set)
    for task, by_field in zip(_folds(rows), one.answers, strict=True):
        for goal in _GOALS:
            for row, answer in zip(task.new, by_field[f"SDG {goal}"], strict=True):
                if answer.codes[0] == _YES:
                    found[row.text].add(goal)
    benchmark = Benchmark(lambda text: sorted(found[text]))
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        benchmark.run()
    return float(benchmark.stats.average.accuracy)
