"""What is found out of fold: agreement with the settled codes, and whether confidence holds.

Ways to calibrate it, and how often prediction sets hold the settled code.

Example: python -m benchmarks.confidence

All is out of fold, near-duplicates in one fold: a calibrator or a threshold is fitted on outcomes of other groups than
those that it is judged by.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from classifier._types import FloatArray
from classifier.agreement.bootstrap import ClusterBootstrap
from classifier.agreement.coefficients import Ratings, kappa_of_two
from classifier.codebook.schema import sample_codebook
from classifier.evaluation.calibration_error import measure_reliability
from classifier.features.near_duplicate_groups import find_fold_threshold, near_duplicate_groups
from classifier.features.near_duplicates import Fingerprinter
from classifier.features.registry import open_encoders
from classifier.features.story_features import StoryFeatures
from classifier.harvest.coded import read_coded_harvests
from classifier.model.calibration import fit_temperature
from classifier.model.conformal import code_thresholds, set_threshold
from classifier.model.folds import split_folds
from classifier.model.head_fitting import fit_heads
from classifier.model.task import Applies, TaskType, tasks_of
from classifier.model.training import usable_outcomes
from classifier.model.zero_shot import Definitions

_SAMPLE = [Path("training_data") / name for name in ("harvest_1.xlsx", "harvest_2.xlsx", "harvest_3_agreed.xlsx")]
_N_SPLITS = 200
_LEAST = 1e-4

Rows = npt.NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class Field:
    """What was found out of fold of one field; `task_type` says whether one code or several are given."""

    name: str
    task_type: TaskType
    rows: Rows
    applies: Applies
    confidences: FloatArray
    uncalibrated: FloatArray


def main() -> None:
    """Read the options, learn, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.confidence", description=__doc__.split("\n\n")[0])
    parser.add_argument("coded", nargs="*", type=Path, default=_SAMPLE, help="coded harvests; by default the sample")
    fields, groups = learn(parser.parse_args().coded)
    folds = split_folds(groups, seed=1)
    print(f"{len(groups)} outcomes in {len(np.unique(groups))} groups of near-duplicates\n\nCohen's kappa")
    print_agreement([one for one in fields if one.task_type is TaskType.MULTICLASS], groups)
    print("\nConfidence in the first suggestion")
    for name, calibrate in CALIBRATORS.items():
        print_reliability(name, [one for one in fields if one.task_type is TaskType.MULTICLASS], calibrate, folds)
    print(f"\nPrediction sets, mean of {_N_SPLITS} random halvings of the groups: settled codes held, codes per set")
    for coverage in (0.8, 0.9, 0.95):
        for one in fields:
            print_sets(one, groups, coverage)


def learn(coded: list[Path]) -> tuple[list[Field], Rows]:
    """Learn from coded harvests and keep what is found out of fold, and the groups of near-duplicates."""
    codebook = sample_codebook()
    outcomes = usable_outcomes(read_coded_harvests(coded, codebook=codebook))
    sources = open_encoders()
    features = StoryFeatures.of([one.story for one in outcomes], sources)
    _, fingerprints = Fingerprinter.fit_transform(features)
    groups = near_duplicate_groups(fingerprints, threshold=find_fold_threshold(fingerprints))
    asked = {
        (field.name, task.task_type): task
        for field in codebook.fields
        for task in tasks_of(field, outcomes, Definitions.embed(field, sources).probabilities(features))
    }
    _, _, checked = fit_heads(features, fingerprints, list(asked.values()), split_folds(groups, seed=0))
    fields = [
        Field(
            name=name,
            task_type=task_type,
            rows=found.rows,
            applies=task.applies,
            confidences=found.confidences,
            uncalibrated=found.uncalibrated,
        )
        for ((name, task_type), task), found in zip(asked.items(), checked, strict=True)
    ]
    return fields, groups


def print_agreement(fields: list[Field], groups: Rows) -> None:
    """Print Cohen's kappa of each field and the mean over the fields, with intervals by groups of near-duplicates."""
    codes = {one.name: (np.full(len(groups), -1), np.full(len(groups), -1)) for one in fields}
    for one in fields:
        for told, found in zip(codes[one.name], (one.applies, one.confidences), strict=True):
            told[one.rows] = found.argmax(axis=1)

    n_codes = max(one.applies.shape[1] for one in fields)
    kappas = {
        name: partial(kappa_of_two, Ratings(codes=np.column_stack(told), n_codes=n_codes))
        for name, told in codes.items()
    }
    bootstrap = ClusterBootstrap.draw(groups)
    for name, kappa in kappas.items():
        print(f"{name:30} {bootstrap.estimate(kappa)}")
    mean = bootstrap.estimate(lambda times: np.mean([kappa(times) for kappa in kappas.values()], axis=0))
    print(f"{'mean of the fields':30} {mean}")


Calibrator = Callable[[Field, npt.NDArray[np.bool_]], FloatArray]


def _as_it_comes(one: Field, held_out: npt.NDArray[np.bool_]) -> FloatArray:
    return one.uncalibrated[held_out]


def _ours(one: Field, held_out: npt.NDArray[np.bool_]) -> FloatArray:
    return one.confidences[held_out]


def _temperature(one: Field, held_out: npt.NDArray[np.bool_]) -> FloatArray:
    scores = np.log(one.uncalibrated.clip(_LEAST))
    temperature = fit_temperature(scores[~held_out], one.applies[~held_out], one.task_type)
    return one.task_type.probabilities(scores[held_out] / temperature)


def _per_code(one: Field, held_out: npt.NDArray[np.bool_], fit: Callable[[FloatArray, Any], Any]) -> FloatArray:
    scores = np.log(one.uncalibrated.clip(_LEAST, 1 - _LEAST))
    scores -= np.log1p(-np.exp(scores))
    found = np.empty((held_out.sum(), one.applies.shape[1]))
    for code in range(found.shape[1]):
        applies = one.applies[~held_out, code]
        found[:, code] = applies.mean()
        if applies.min() < applies.max():
            found[:, code] = fit(scores[~held_out, code], applies)(scores[held_out, code])
    found = found.clip(_LEAST, 1 - _LEAST)
    result: FloatArray = found / found.sum(axis=1, keepdims=True)
    return result


def _sigmoid(one: Field, held_out: npt.NDArray[np.bool_]) -> FloatArray:
    def fit(scores: FloatArray, applies: Applies) -> Callable[[FloatArray], FloatArray]:
        fitted = LogisticRegression(C=10.0).fit(scores[:, np.newaxis], applies)
        return lambda new: np.asarray(fitted.predict_proba(new[:, np.newaxis])[:, 1])

    return _per_code(one, held_out, fit)


def _isotonic(one: Field, held_out: npt.NDArray[np.bool_]) -> FloatArray:
    return _per_code(one, held_out, lambda x, y: IsotonicRegression(out_of_bounds="clip").fit(x, y).predict)


CALIBRATORS: dict[str, Calibrator] = {
    "the pool as it comes": _as_it_comes,
    "temperature": _temperature,
    "temperature and doubt (ours)": _ours,
    "sigmoid per code": _sigmoid,
    "isotonic per code": _isotonic,
}


def print_reliability(name: str, fields: list[Field], calibrate: Calibrator, folds: list[Rows]) -> None:
    """Print the calibration error of all fields together and of each."""
    told = []
    for one in fields:
        found = np.empty(one.applies.shape)
        for fold in folds:
            held_out = np.isin(one.rows, fold)
            found[held_out] = calibrate(one, held_out)
        right = one.applies[np.arange(len(found)), found.argmax(axis=1)] == 1
        log_loss = -np.log((found * one.applies).sum(axis=1).clip(_LEAST)).mean()
        told.append((found.max(axis=1).clip(_LEAST, 1 - _LEAST), right, log_loss))
    pooled = measure_reliability(np.concatenate([c for c, _, _ in told]), np.concatenate([r for _, r, _ in told]))
    each = [measure_reliability(confidence, right) for confidence, right, _ in told]
    print(
        f"{name:30} error {pooled.calibration_error:.3f} (perfect {pooled.perfect_low:.3f}-{pooled.perfect_high:.3f}), "
        f"Brier {pooled.brier:.3f}, log loss of all codes {np.mean([loss for _, _, loss in told]):.3f}; by field "
        + ", ".join(f"{one.calibration_error:.3f} ({one.perfect_low:.3f}-{one.perfect_high:.3f})" for one in each)
    )


def print_sets(one: Field, groups: Rows, coverage: float) -> None:
    """Print how often sets hold the settled codes, with one threshold for all codes and with one for each."""
    told = {"one threshold": [], "one for each code": []}  # type: dict[str, list[tuple[float, float, float]]]
    numbers = np.unique(groups)
    for seed in range(_N_SPLITS):
        chosen = np.random.default_rng(seed).permutation(numbers)[: len(numbers) // 2]
        known = np.isin(groups[one.rows], chosen)
        codings, codes = np.nonzero(one.applies[known])
        agreed = one.confidences[known][codings, codes]
        pooled = np.full(one.applies.shape[1], set_threshold(agreed, coverage=coverage))
        own = code_thresholds(agreed, codes, n_codes=len(pooled), coverage=coverage)
        for name, thresholds in zip(told, (pooled, own), strict=True):
            possible = one.confidences[~known] >= thresholds
            applies = one.applies[~known] == 1
            by_code = [possible[applies[:, c], c].mean() for c in range(len(own)) if applies[:, c].sum() >= 5]
            told[name].append((possible[applies].mean(), possible.sum(axis=1).mean(), min(by_code)))
    for name, figures in told.items():
        held, size, worst = np.mean(figures, axis=0)
        kind = "each" if one.task_type is TaskType.MULTILABEL else "first"
        print(
            f"target {coverage:.2f}  {one.name:20} ({kind:5}) {name:18} {held:.3f}, {size:.2f} codes; "
            f"the code held least often {worst:.2f}"
        )


if __name__ == "__main__":
    main()
