"""UK charities coded by hand: one of 88 categories (ICNP/TSO) each, and as many UK-CAT tags as apply."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.contenders import BALANCED_SVM, OURS, SETFIT
from benchmarks.measure import Measured, measure
from benchmarks.tables import AHEAD, micro_f1, print_table, told
from benchmarks.tasks import Answer, Asked, Row, Task

__all__ = ["categories", "tags"]

_RARE = 5  # examples; a code with fewer is never to be confirmed
_CATEGORY, _TAGS = "icnptso", "ukcat_codes"
Right = npt.NDArray[np.float64]


def categories(folder: Path, contenders: Sequence[str]) -> None:
    """Print how often the category, and the group of categories, is the one people gave."""
    task, groups = read_task(folder / "charities.csv", _CATEGORY, is_multiple=False)
    given = [row.codes[_CATEGORY][0] for row in task.new]
    measured = [measure(name, [task]) for name in contenders]
    right, in_group = {}, {}
    for one in measured:
        pairs = list(zip(_answers(one), given, strict=True))
        right[one.contender] = np.array([float(answer.codes[0] == code) for answer, code in pairs])
        in_group[one.contender] = np.array([float(_group(answer, groups) == groups[code]) for answer, code in pairs])
    print_table(
        f"ukcat: {len(task.asked[_CATEGORY].codes)} categories in {len(set(groups.values()))} groups; "
        f"{len(task.known)} charities to learn from, {len(task.new)} to code",
        measured,
        {
            "right": lambda one: _share(right[one.contender]),
            AHEAD: lambda one: _share(right[OURS] - right[one.contender]),
            "group right": lambda one: _share(in_group[one.contender]),
        },
    )
    print(
        "An organisation that stands twice is kept once, and to be coded if it stands in both parts. For the group,\n"
        "the probabilities of its categories are summed, where there are any. Published on this split: linear SVM\n"
        "0.567, logistic regression 0.558; people with each other 0.693."
    )
    for one in measured:
        if one.contender == OURS:
            _print_confirmed(_answers(one), right[OURS], task)


def tags(folder: Path, contenders: Sequence[str]) -> None:
    """Print how well the tags that are suggested match those that people gave."""
    task, _ = read_task(folder / "charities.csv", _TAGS, is_multiple=True)
    measured = [measure(name, [task]) for name in contenders if name not in (BALANCED_SVM, SETFIT)]
    counts = {one.contender: _counts(_answers(one), task) for one in measured}
    print_table(
        f"ukcat: {len(task.asked[_TAGS].codes)} tags, several at a time; {len(task.known)} charities to learn from, "
        f"{len(task.new)} to code",
        measured,
        {
            "micro-F1": lambda one: told(partial(micro_f1, counts[one.contender]), len(task.new)),
            AHEAD: lambda one: told(
                lambda times: micro_f1(counts[OURS], times) - micro_f1(counts[one.contender], times), len(task.new)
            ),
            "precision": lambda one: f"{_part(counts[one.contender], 1):.3f}",
            "recall": lambda one: f"{_part(counts[one.contender], 2):.3f}",
        },
    )
    print("The other contenders ask of each tag alone whether it applies.")


def read_task(path: Path, field: str, *, is_multiple: bool) -> tuple[Task, Mapping[str, str]]:
    """Read the rows that are coded in a field; return the task, and the group of each category."""
    with path.open(encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file))
    parts: defaultdict[str, dict[str, Row]] = defaultdict(dict)
    for row in read:
        if row[field]:
            text = ". ".join((row["name"], row["activities"], row["objects"]))
            parts[row["split_published"]].setdefault(
                row["org_id"],
                Row(id=row["org_id"], text=text, story=text, codes={field: tuple(row[field].split("|"))}),
            )
    new = parts["test"]
    known = [row for name, row in parts["train"].items() if name not in new]
    codes = sorted({code for row in (*known, *new.values()) for code in row.codes[field]})
    task = Task(
        asked={field: Asked(codes=tuple(codes), is_multiple=is_multiple)}, known=tuple(known), new=tuple(new.values())
    )
    return task, {row[_CATEGORY]: row["icnptso_group"] for row in read}


def _answers(one: Measured) -> tuple[Answer, ...]:
    ((answers,),) = (told.values() for told in one.answers)
    return answers


def _group(answer: Answer, groups: Mapping[str, str]) -> str:
    shares: defaultdict[str, float] = defaultdict(float)
    for code, share in (answer.shares or {answer.codes[0]: 1.0}).items():
        shares[groups[code]] += share
    return max(shares, key=shares.__getitem__)


def _share(right: Right) -> str:
    return told(lambda times: times @ right / times.sum(axis=1), len(right))


def _print_confirmed(answers: Sequence[Answer], right: Right, task: Task) -> None:
    sure = np.array([answer.is_sure for answer in answers])
    examples = Counter(row.codes[_CATEGORY][0] for row in task.known)
    rare = sum(examples[answer.codes[0]] < _RARE for answer in answers if answer.is_sure)
    print(
        f"{OURS} sends {sure.sum()} of {len(sure)} to be confirmed, {right[sure].sum():.0f} of them right; {rare} "
        f"with a category of fewer than {_RARE} examples."
    )


def _counts(answers: Sequence[Answer], task: Task) -> npt.NDArray[np.intp]:
    """Count, for each row, the tags that are right, suggested and given; shape (n_rows, 3)."""
    pairs = [(set(answer.codes), set(row.codes[_TAGS])) for answer, row in zip(answers, task.new, strict=True)]
    return np.array([(len(said & given), len(said), len(given)) for said, given in pairs])


def _part(counts: npt.NDArray[np.intp], column: int) -> float:
    return float(counts[:, 0].sum() / max(counts[:, column].sum(), 1))
