"""What becomes of the target of suggestions to confirm, by random halves of coded outcomes.

Of the outcomes of coded harvests, each judged by a model that was not trained on it, one half sets the threshold and
the other is counted; near-duplicates stay on one side. Also with one outcome of each group of near-duplicates alone in
the first half, since outcomes that report one change are not independent of each other.

Example: python -m benchmarks.confirm_halves training_data/codebook.yaml training_data/harvest_1.xlsx \
             training_data/harvest_2.xlsx training_data/harvest_3_agreed.xlsx
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from classifier._types import FloatArray
from classifier.codebook.schema import Codebook
from classifier.evaluation.cross_validation import cross_validate
from classifier.features.registry import open_encoders
from classifier.harvest.coded import read_coded_harvests
from classifier.model.conformal import confirm_threshold
from classifier.model.training import train_model

_N_HALVINGS = 200
_TARGETS = (0.95, 0.9)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    """Joint confidence in the suggested codes of held-out outcomes, whether they were right, and their groups."""

    name: str
    confidence: FloatArray
    right: npt.NDArray[np.bool_]
    groups: npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Half:
    """What a threshold set on one half confirms in the other."""

    n_outcomes: int
    n_confirmed: int
    n_right: int

    def falls_short(self, target: float) -> bool:
        """Whether fewer are right than the target asks for."""
        return self.n_right < target * self.n_confirmed


def main(codebook_file: Path, *coded: Path) -> None:
    """Print, for each target and field, how much is confirmed and how often the second half falls short."""
    codebook = Codebook.read(codebook_file)
    harvests = read_coded_harvests(coded, codebook=codebook)
    trained = train_model(harvests, codebook=codebook, sources=open_encoders(), name="halves")
    predictions = cross_validate(trained)
    fields = [
        _Field(
            name=field.field.heading,
            confidence=field.joint_confidence,
            right=field.is_right,
            groups=predictions.groups[field.rows],
        )
        for field in predictions.fields.values()
    ]
    for target in _TARGETS:
        for is_alone in (False, True):
            units = "one outcome of each group" if is_alone else "all outcomes"
            print(f"target {target:.0%}, threshold by {units} of one half, {_N_HALVINGS} halvings")
            _print(fields, target, list(_halvings(fields, target, is_alone=is_alone)))


def _halvings(fields: list[_Field], target: float, *, is_alone: bool) -> Iterator[list[_Half]]:
    numbers = np.unique(np.concatenate([field.groups for field in fields]))
    for seed in range(_N_HALVINGS):
        draw = np.random.default_rng(seed)
        first = draw.permutation(numbers)[: len(numbers) // 2]
        yield [_half(field, np.isin(field.groups, first), target, draw, is_alone=is_alone) for field in fields]


def _half(
    field: _Field, is_first: npt.NDArray[np.bool_], target: float, draw: np.random.Generator, *, is_alone: bool
) -> _Half:
    known = draw.permutation(np.flatnonzero(is_first))
    if is_alone:
        known = known[np.unique(field.groups[known], return_index=True)[1]]
    threshold = confirm_threshold(field.confidence[known], field.right[known], precision=target)
    confirmed = ~is_first & (field.confidence >= threshold)
    return _Half(
        n_outcomes=int((~is_first).sum()),
        n_confirmed=int(confirmed.sum()),
        n_right=int(field.right[confirmed].sum()),
    )


def _print(fields: list[_Field], target: float, halvings: list[list[_Half]]) -> None:
    for place, field in enumerate(fields):
        halves = [halving[place] for halving in halvings]
        confirming = [half for half in halves if half.n_confirmed]
        n_confirmed = sum(half.n_confirmed for half in halves)
        short = sum(half.falls_short(target) for half in confirming)
        share = n_confirmed / sum(half.n_outcomes for half in halves)
        print(
            f"  {field.name}: {len(confirming)} confirm any, {share:.0%} of outcomes; "
            f"right {sum(half.n_right for half in halves) / max(n_confirmed, 1):.1%}; "
            f"the other half falls short in {short} of {len(confirming)}"
        )
    any_short = sum(any(half.n_confirmed and half.falls_short(target) for half in halving) for halving in halvings)
    print(f"  in any field: {any_short} of {len(halvings)}")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
