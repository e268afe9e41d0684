"""The sample harvests: trained on the first two, compared with the codes that coders settled on for the third."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.contenders import OURS
from benchmarks.measure import Measured, measure
from benchmarks.tables import AHEAD, print_table, told
from benchmarks.tasks import Asked, Row, Task
from classifier import Codebook
from classifier.agreement.bootstrap import Statistic
from classifier.agreement.coefficients import Ratings, kappa_of_two
from classifier.harvest.coded import read_coded_harvests
from classifier.harvest.reading import Harvest

__all__ = ["harvests"]

_FOLDER = Path(__file__).resolve().parents[1] / "training_data"


def harvests(contenders: Sequence[str]) -> None:
    """Print the mean kappa of the fields, of all outcomes and without those that repeat one trained on."""
    codebook = Codebook.read(_FOLDER / "codebook.yaml")
    files = [_FOLDER / f"{name}.xlsx" for name in ("harvest_1", "harvest_2", "harvest_3_agreed")]
    *known, new = map(_rows, read_coded_harvests(files, codebook=codebook))
    task = Task(
        asked={field.name: Asked(codes=field.code_names, is_multiple=field.is_multiple) for field in codebook.fields},
        known=tuple(row for rows in known for row in rows),
        new=new,
    )
    repeats = _repeats(task)
    is_new = np.array([row.id not in repeats for row in task.new])
    measured = [measure(name, [task]) for name in contenders]
    mean = {one.contender: _mean_kappa(one, task, np.ones(len(task.new), dtype=bool)) for one in measured}
    mean_of_new = {one.contender: _mean_kappa(one, task, is_new) for one in measured}

    print_table(
        f"Sample: {len(task.known)} outcomes to learn from, {len(task.new)} to code; mean Cohen's kappa of "
        f"{len(task.asked)} fields",
        measured,
        {
            "kappa": lambda one: told(mean[one.contender], len(task.new)),
            AHEAD: lambda one: told(lambda times: mean[OURS](times) - mean[one.contender](times), len(task.new)),
            f"kappa without {len(repeats)} repeats": lambda one: told(mean_of_new[one.contender], int(is_new.sum())),
        },
    )
    print("The first code of a multiple field is compared.")


def _rows(harvest: Harvest) -> tuple[Row, ...]:
    return tuple(
        Row(id=one.fragment_id, text=one.story.description, story=one.story.merged, codes=one.codes)
        for one in harvest.outcomes
    )


def _repeats(task: Task) -> frozenset[str]:
    """Name the new outcomes that are known to repeat one trained on."""
    known, new = ({row.id for row in rows} for rows in (task.known, task.new))
    with (_FOLDER / "near_duplicates.csv").open(encoding="utf-8-sig", newline="") as file:
        pairs = [(row["FragmentID"], row["near_duplicate_of"]) for row in csv.DictReader(file)]
    return frozenset(one for one, other in pairs if one in new and other in known)


def _mean_kappa(one: Measured, task: Task, chosen: npt.NDArray[np.bool_]) -> Statistic:
    """Return the mean kappa of the fields, of the chosen rows."""
    (answers,) = one.answers
    asked = []
    for name in task.asked:
        given = [row.codes[name][0] for row in task.new]
        said = [answer.codes[0] if answer.codes else "" for answer in answers[name]]
        place = {code: place for place, code in enumerate(dict.fromkeys([*given, *said]))}
        codes = np.array([[place[code] for code in pair] for pair in zip(given, said, strict=True)])
        asked.append(Ratings(codes=codes[chosen], n_codes=len(place)))
    return lambda times: np.mean([kappa_of_two(ratings, times) for ratings in asked], axis=0)
