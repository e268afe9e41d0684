"""Held-out predictions: suggestions for outcomes that were not trained on, with the agreed codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
import numpy.typing as npt

from classifier._types import FloatArray
from classifier.agreement.codings import FieldCodings
from classifier.codebook.schema import CodeField
from classifier.harvest.outcome import Outcome
from classifier.suggestion.types import Route

OURS = "outcome-coder"

Rows = npt.NDArray[np.intp]
Codes = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldPredictions:
    """Held-out predictions of one field."""

    field: CodeField
    rows: Rows  # shape (n_tested,): the outcomes that coders coded and that have a suggestion
    agreed: tuple[Codes, ...]  # the codes that coders agreed on, the main one first
    suggested: tuple[Codes, ...]  # the codes suggested, the best first
    confidence: FloatArray  # shape (n_tested, n_codes): confidence in each code as the only or main one
    joint_confidence: FloatArray  # shape (n_tested,): confidence that just the suggested codes are right
    routes: tuple[Route, ...]
    # Prediction sets of shape (n_tested, n_codes), by the coverage asked for; by 0 if that is unknown
    sets: Mapping[float, npt.NDArray[np.bool_]]
    baselines: Mapping[str, Codes]  # main codes of the baselines, by their names

    @property
    def best(self) -> Rows:
        """The index of the most likely code; shape (n_tested,)."""
        best: Rows = self.confidence.argmax(axis=1)
        return best

    @property
    def agreed_main(self) -> Rows:
        """The index of the agreed main code; shape (n_tested,)."""
        names = self.field.code_names
        return np.array([names.index(codes[0]) for codes in self.agreed], dtype=np.intp)

    @property
    def is_right(self) -> npt.NDArray[np.bool_]:
        """Whether exactly the agreed codes were suggested; shape (n_tested,)."""
        pairs = zip(self.suggested, self.agreed, strict=True)
        return np.array([set(suggested) == set(agreed) for suggested, agreed in pairs], dtype=bool)

    @property
    def is_given(self) -> npt.NDArray[np.bool_]:
        """Whether coders gave each code; shape (n_tested, n_codes)."""
        return indicators(self.field, self.agreed)

    def codings(self, other: str = OURS) -> FieldCodings:
        """Codings of the coders and of the suggestions, or of a baseline."""
        suggested = self.suggested if other == OURS else tuple((code,) for code in self.baselines[other])
        return FieldCodings(
            field=self.field, coders=("coders", other), codes=tuple(zip(self.agreed, suggested, strict=True))
        )

    def of(self, chosen: npt.NDArray[np.bool_]) -> FieldPredictions:
        """Return the predictions of some of the outcomes tested."""
        places = np.flatnonzero(chosen)
        return replace(
            self,
            rows=self.rows[places],
            agreed=tuple(self.agreed[place] for place in places),
            suggested=tuple(self.suggested[place] for place in places),
            confidence=self.confidence[places],
            joint_confidence=self.joint_confidence[places],
            routes=tuple(self.routes[place] for place in places),
            sets={level: possible[places] for level, possible in self.sets.items()},
            baselines={name: tuple(codes[place] for place in places) for name, codes in self.baselines.items()},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOutPredictions:
    """Predictions for outcomes, each by a model that was not trained on it."""

    outcomes: tuple[Outcome, ...]
    groups: Rows  # shape (n_outcomes,): equal numbers mark near-duplicates
    repeats: Mapping[str, str]  # FragmentIDs of outcomes that repeat one trained on, and of that one
    fields: Mapping[str, FieldPredictions]
    n_training: tuple[int, ...]  # how many outcomes each model was trained on

    def codings(self, name: str, other: str = OURS) -> FieldCodings:
        """Codings of one field for all outcomes; those not tested in it have no codes."""
        field = self.fields[name]
        codings = field.codings(other)
        codes: list[tuple[Codes, ...]] = [((), ())] * len(self.outcomes)
        for row, pair in zip(field.rows.tolist(), codings.codes, strict=True):
            codes[row] = pair
        return replace(codings, codes=tuple(codes))

    def of(self, chosen: npt.NDArray[np.bool_]) -> HeldOutPredictions:
        """Return the predictions of some of the outcomes."""
        place = np.cumsum(chosen) - 1
        fields = {}
        for name, field in self.fields.items():
            subset = field.of(chosen[field.rows])
            if len(subset.rows):
                fields[name] = replace(subset, rows=place[subset.rows])
        outcomes = tuple(outcome for outcome, is_chosen in zip(self.outcomes, chosen, strict=True) if is_chosen)
        return replace(self, outcomes=outcomes, groups=self.groups[chosen], fields=fields)


def join_predictions(parts: Sequence[HeldOutPredictions]) -> HeldOutPredictions:
    """Concatenate predictions for different outcomes."""
    starts = np.cumsum([0, *(len(predictions.outcomes) for predictions in parts)])
    fields: dict[str, list[FieldPredictions]] = {}
    for start, predictions in zip(starts, parts, strict=False):
        for name, field in predictions.fields.items():
            fields.setdefault(name, []).append(replace(field, rows=field.rows + start))
    groups, first = [], 0
    for predictions in parts:
        groups.append(predictions.groups + first)
        first = int(groups[-1].max(initial=first - 1)) + 1
    return HeldOutPredictions(
        outcomes=tuple(chain.from_iterable(predictions.outcomes for predictions in parts)),
        groups=np.concatenate(groups),
        repeats=dict(chain.from_iterable(predictions.repeats.items() for predictions in parts)),
        fields={name: join_fields(parts) for name, parts in fields.items()},
        n_training=tuple(chain.from_iterable(predictions.n_training for predictions in parts)),
    )


def indicators(field: CodeField, sets: Sequence[Codes]) -> npt.NDArray[np.bool_]:
    """Return the indicator matrix of sets of codes of a field; shape (n_sets, n_codes)."""
    matrix = [[code in codes for code in field.code_names] for codes in sets]
    return np.array(matrix, dtype=bool).reshape(len(sets), len(field.codes))


def join_fields(parts: Sequence[FieldPredictions]) -> FieldPredictions:
    """Concatenate predictions for one field."""
    first = parts[0]
    return FieldPredictions(
        field=first.field,
        rows=np.concatenate([part.rows for part in parts]),
        agreed=tuple(chain.from_iterable(part.agreed for part in parts)),
        suggested=tuple(chain.from_iterable(part.suggested for part in parts)),
        confidence=np.concatenate([part.confidence for part in parts]),
        joint_confidence=np.concatenate([part.joint_confidence for part in parts]),
        routes=tuple(chain.from_iterable(part.routes for part in parts)),
        sets={level: np.concatenate([part.sets[level] for part in parts]) for level in first.sets},
        baselines={
            name: tuple(chain.from_iterable(part.baselines[name] for part in parts)) for name in first.baselines
        },
    )
