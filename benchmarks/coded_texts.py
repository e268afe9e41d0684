"""Texts in the program's own form that people coded: a folder with a codebook and one or two coded harvests.

HRDsAttack (news on attacks on rights defenders) is tested on the articles kept for it, REF 2014 (impact stories of
universities) in five folds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.contenders import OURS
from benchmarks.measure import Measured, measure
from benchmarks.tables import AHEAD, micro_f1, print_table, told
from benchmarks.tasks import Answer, Asked, Row, Task
from classifier import Codebook
from classifier.agreement.bootstrap import Statistic
from classifier.agreement.coefficients import Ratings, kappa_of_two
from classifier.harvest.coded import read_coded_harvests

__all__ = ["articles", "stories"]

_N_FOLDS = 5


def articles(folder: Path, contenders: Sequence[str]) -> None:
    """Print kappa and F1 on `dev.csv`, of contenders trained on `train.csv`."""
    codebook = Codebook.read(folder / "codebook.yaml")
    known, new = _read(codebook, [folder / "train.csv", folder / "dev.csv"])
    _compare("hrd: news on attacks on rights defenders", [_task(codebook, known, new)], contenders)


def stories(folder: Path, contenders: Sequence[str]) -> None:
    """Print kappa on `train.csv`, in folds."""
    codebook = Codebook.read(folder / "codebook.yaml")
    (rows,) = _read(codebook, [folder / "train.csv"])
    parts = np.array_split(np.random.default_rng(0).permutation(len(rows)), _N_FOLDS)
    tasks = [
        _task(codebook, [rows[place] for place in np.setdiff1d(np.arange(len(rows)), part)], [rows[at] for at in part])
        for part in parts
    ]
    _compare(f"ref: impact stories of universities, {_N_FOLDS} folds", tasks, contenders)


def _read(codebook: Codebook, files: Sequence[Path]) -> list[list[Row]]:
    return [
        [
            Row(id=one.fragment_id, text=one.story.description, story=one.story.merged, codes=one.codes)
            for one in harvest.outcomes
            if one.codes
        ]
        for harvest in read_coded_harvests(files, codebook=codebook)
    ]


def _task(codebook: Codebook, known: Iterable[Row], new: Iterable[Row]) -> Task:
    return Task(
        asked={field.name: Asked(codes=field.code_names, is_multiple=field.is_multiple) for field in codebook.fields},
        known=tuple(known),
        new=tuple(new),
    )


def _compare(title: str, tasks: Sequence[Task], contenders: Sequence[str]) -> None:
    measured = [measure(name, tasks) for name in contenders]
    n_known, n_new = len(tasks[0].known), sum(len(task.new) for task in tasks)
    for field, asked in tasks[0].asked.items():
        heading = f"{title}; {field}: {len(asked.codes)} codes, {n_known} to learn from, {n_new} to code"
        _print_field(heading, field, asked, measured, tasks)


def _print_field(heading: str, field: str, asked: Asked, measured: Sequence[Measured], tasks: Sequence[Task]) -> None:
    figures = {one.contender: _figure(field, asked, one, tasks) for one in measured}
    n_rows = len(_pairs(field, measured[0], tasks))
    print_table(
        heading,
        measured,
        {
            "micro-F1" if asked.is_multiple else "kappa": lambda one: told(figures[one.contender], n_rows),
            AHEAD: lambda one: told(lambda times: figures[OURS](times) - figures[one.contender](times), n_rows),
            "right": lambda one: _share_right(field, one, tasks),
            "to confirm": lambda one: _confirmed(field, one, tasks),
        },
    )


def _pairs(field: str, one: Measured, tasks: Sequence[Task]) -> list[tuple[Answer, tuple[str, ...]]]:
    """Pair what is answered with what people gave, of the rows that they coded in a field."""
    return [
        (answer, row.codes[field])
        for task, by_field in zip(tasks, one.answers, strict=True)
        for answer, row in zip(by_field[field], task.new, strict=True)
        if row.codes.get(field)
    ]


def _figure(field: str, asked: Asked, one: Measured, tasks: Sequence[Task]) -> Statistic:
    pairs = _pairs(field, one, tasks)
    if asked.is_multiple:
        counts = np.array(
            [(len(set(answer.codes) & set(given)), len(answer.codes), len(given)) for answer, given in pairs]
        )
        return partial(micro_f1, counts)
    codes = np.array(
        [[asked.codes.index(code) for code in (answer.codes[0], given[0])] for answer, given in pairs], dtype=np.intp
    )
    return partial(kappa_of_two, Ratings(codes=codes, n_codes=len(asked.codes)))


def _share_right(field: str, one: Measured, tasks: Sequence[Task]) -> str:
    return f"{np.mean([set(answer.codes) == set(given) for answer, given in _pairs(field, one, tasks)]):.3f}"


def _confirmed(field: str, one: Measured, tasks: Sequence[Task]) -> str:
    sure = [set(answer.codes) == set(given) for answer, given in _pairs(field, one, tasks) if answer.is_sure]
    return f"{len(sure)}, {np.mean(sure):.0%} right" if sure else "none"
