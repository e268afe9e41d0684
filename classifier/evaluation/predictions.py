"""Held-out predictions: suggestions for outcomes that were not learnt from, beside the agreed codes."""

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
    """Held-out predictions of one field.

    Attributes
    ----------
    rows : ndarray of shape (n_tested,)
        The outcomes that coders coded and that something was suggested for.
    agreed : tuple of tuple of str
        The codes that coders settled on, the main one first.
    suggested : tuple of tuple of str
        Those that would be entered, the best first.
    confidence : ndarray of shape (n_tested, n_codes)
        In each code, as the only or the main one.
    joint_confidence : ndarray of shape (n_tested,)
        Confidence that just the suggested codes are right.
    routes : tuple of Route
    sets : dict of float to ndarray of shape (n_tested, n_codes), bool
        By the coverage asked for, which codes remain possible; by 0 where it isn't known what was asked.
    baselines : dict of str to tuple of str
        The main codes that baselines give, by their names.
    """

    field: CodeField
    rows: Rows
    agreed: tuple[Codes, ...]
    suggested: tuple[Codes, ...]
    confidence: FloatArray
    joint_confidence: FloatArray
    routes: tuple[Route, ...]
    sets: Mapping[float, npt.NDArray[np.bool_]]
    baselines: Mapping[str, Codes]

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
        given = [[code in codes for code in self.field.code_names] for codes in self.agreed]
        return np.array(given, dtype=bool).reshape(len(self.agreed), len(self.field.codes))

    def codings(self, other: str = OURS) -> FieldCodings:
        """Return the agreed codes beside the suggested ones, or beside those of a baseline."""
        told = self.suggested if other == OURS else tuple((code,) for code in self.baselines[other])
        return FieldCodings(
            field=self.field, coders=("coders", other), codes=tuple(zip(self.agreed, told, strict=True))
        )

    def of(self, chosen: npt.NDArray[np.bool_]) -> FieldPredictions:
        """Return the predictions of some of the outcomes tried."""
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
    """Predictions for outcomes, each by a model that did not learn from it.

    Attributes
    ----------
    outcomes : tuple of Outcome
    groups : ndarray of shape (n_outcomes,)
        Equal numbers mark near-duplicates.
    repeats : dict of str to str
        The FragmentIDs of outcomes that repeat one learnt from, and of that one.
    fields : dict of str to FieldPredictions
    n_learnt : tuple of int
        How many outcomes each model learnt from.
    """

    outcomes: tuple[Outcome, ...]
    groups: Rows
    repeats: Mapping[str, str]
    fields: Mapping[str, FieldPredictions]
    n_learnt: tuple[int, ...]

    def codings(self, name: str, other: str = OURS) -> FieldCodings:
        """Return the codings of one field, of all outcomes; those not tried in it are not coded by either."""
        one = self.fields[name]
        tried = one.codings(other)
        codes: list[tuple[Codes, ...]] = [((), ())] * len(self.outcomes)
        for row, pair in zip(one.rows.tolist(), tried.codes, strict=True):
            codes[row] = pair
        return replace(tried, codes=tuple(codes))

    def of(self, chosen: npt.NDArray[np.bool_]) -> HeldOutPredictions:
        """Return the predictions of some of the outcomes."""
        place = np.cumsum(chosen) - 1
        fields = {}
        for name, one in self.fields.items():
            picked = one.of(chosen[one.rows])
            if len(picked.rows):
                fields[name] = replace(picked, rows=place[picked.rows])
        outcomes = tuple(outcome for outcome, is_chosen in zip(self.outcomes, chosen, strict=True) if is_chosen)
        return replace(self, outcomes=outcomes, groups=self.groups[chosen], fields=fields)


def join_predictions(parts: Sequence[HeldOutPredictions]) -> HeldOutPredictions:
    """Join predictions for different outcomes."""
    starts = np.cumsum([0, *(len(predictions.outcomes) for predictions in parts)])
    fields: dict[str, list[FieldPredictions]] = {}
    for start, predictions in zip(starts, parts, strict=False):
        for name, one in predictions.fields.items():
            fields.setdefault(name, []).append(replace(one, rows=one.rows + start))
    groups, first = [], 0
    for predictions in parts:
        groups.append(predictions.groups + first)
        first = int(groups[-1].max(initial=first - 1)) + 1
    return HeldOutPredictions(
        outcomes=tuple(chain.from_iterable(predictions.outcomes for predictions in parts)),
        groups=np.concatenate(groups),
        repeats={one: other for predictions in parts for one, other in predictions.repeats.items()},
        fields={name: join_fields(parts) for name, parts in fields.items()},
        n_learnt=tuple(chain.from_iterable(predictions.n_learnt for predictions in parts)),
    )


def indicators(field: CodeField, sets: Sequence[Codes]) -> npt.NDArray[np.bool_]:
    """Return the indicator matrix of sets of codes of a field; shape (n_sets, n_codes)."""
    told = [[code in codes for code in field.code_names] for codes in sets]
    return np.array(told, dtype=bool).reshape(len(sets), len(field.codes))


def join_fields(parts: Sequence[FieldPredictions]) -> FieldPredictions:
    """Join predictions for one field, in their order."""
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
