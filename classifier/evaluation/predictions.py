"""Trials: what is suggested for outcomes that were not learnt from, beside the codes that coders settled on."""

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
class FieldTrial:
    """One field of a trial.

    Attributes
    ----------
    rows : ndarray of shape (n_tried,)
        The outcomes of the trial that coders coded and that something was suggested for.
    agreed : tuple of tuple of str
        The codes that coders settled on, the main one first.
    suggested : tuple of tuple of str
        Those that would be entered, the best first.
    confidence : ndarray of shape (n_tried, n_codes)
        In each code, as the only or the main one.
    joint_confidence : ndarray of shape (n_tried,)
        Confidence that just the suggested codes are right.
    routes : tuple of Route
    sets : dict of float to ndarray of shape (n_tried, n_codes), bool
        By the coverage asked for, which codes remain possible; by 0 where it isn't known what was asked.
    others : dict of str to tuple of str
        The main codes that simple ways give, by their names.
    """

    field: CodeField
    rows: Rows
    agreed: tuple[Codes, ...]
    suggested: tuple[Codes, ...]
    confidence: FloatArray
    joint_confidence: FloatArray
    routes: tuple[Route, ...]
    sets: Mapping[float, npt.NDArray[np.bool_]]
    others: Mapping[str, Codes]

    @property
    def best(self) -> Rows:
        """The place of the most likely code; shape (n_tried,)."""
        best: Rows = self.confidence.argmax(axis=1)
        return best

    @property
    def agreed_main(self) -> Rows:
        """The place of the main code that coders settled on; shape (n_tried,)."""
        names = self.field.code_names
        return np.array([names.index(codes[0]) for codes in self.agreed], dtype=np.intp)

    @property
    def is_right(self) -> npt.NDArray[np.bool_]:
        """Whether just the settled codes were suggested; shape (n_tried,)."""
        pairs = zip(self.suggested, self.agreed, strict=True)
        return np.array([set(suggested) == set(agreed) for suggested, agreed in pairs], dtype=bool)

    @property
    def is_given(self) -> npt.NDArray[np.bool_]:
        """Whether coders gave each code; shape (n_tried, n_codes)."""
        given = [[code in codes for code in self.field.code_names] for codes in self.agreed]
        return np.array(given, dtype=bool).reshape(len(self.agreed), len(self.field.codes))

    def codings(self, other: str = OURS) -> FieldCodings:
        """Return what coders settled on beside what was suggested, or beside a simple way's codes."""
        told = self.suggested if other == OURS else tuple((code,) for code in self.others[other])
        return FieldCodings(
            field=self.field, coders=("coders", other), codes=tuple(zip(self.agreed, told, strict=True))
        )

    def of(self, chosen: npt.NDArray[np.bool_]) -> FieldTrial:
        """Return the trial of some of the outcomes tried."""
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
            others={name: tuple(codes[place] for place in places) for name, codes in self.others.items()},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Outcomes that something was suggested for, none of them learnt from by whoever suggested it.

    Attributes
    ----------
    outcomes : tuple of Outcome
    groups : ndarray of shape (n_outcomes,)
        Equal numbers mark near-duplicates.
    repeats : dict of str to str
        The FragmentIDs of outcomes that repeat one learnt from, and of that one.
    fields : dict of str to FieldTrial
    n_learnt : tuple of int
        How many outcomes were learnt from, of each model that was tried.
    """

    outcomes: tuple[Outcome, ...]
    groups: Rows
    repeats: Mapping[str, str]
    fields: Mapping[str, FieldTrial]
    n_learnt: tuple[int, ...]

    def codings(self, name: str, other: str = OURS) -> FieldCodings:
        """Return the codings of one field, of all outcomes; those not tried in it are not coded by either."""
        one = self.fields[name]
        tried = one.codings(other)
        codes: list[tuple[Codes, ...]] = [((), ())] * len(self.outcomes)
        for row, pair in zip(one.rows.tolist(), tried.codes, strict=True):
            codes[row] = pair
        return replace(tried, codes=tuple(codes))

    def of(self, chosen: npt.NDArray[np.bool_]) -> Trial:
        """Return the trial of some of the outcomes."""
        place = np.cumsum(chosen) - 1
        fields = {}
        for name, one in self.fields.items():
            picked = one.of(chosen[one.rows])
            if len(picked.rows):
                fields[name] = replace(picked, rows=place[picked.rows])
        outcomes = tuple(outcome for outcome, is_chosen in zip(self.outcomes, chosen, strict=True) if is_chosen)
        return replace(self, outcomes=outcomes, groups=self.groups[chosen], fields=fields)


def join_trials(trials: Sequence[Trial]) -> Trial:
    """Put trials of different outcomes together."""
    starts = np.cumsum([0, *(len(trial.outcomes) for trial in trials)])
    fields: dict[str, list[FieldTrial]] = {}
    for start, trial in zip(starts, trials, strict=False):
        for name, one in trial.fields.items():
            fields.setdefault(name, []).append(replace(one, rows=one.rows + start))
    groups, first = [], 0
    for trial in trials:
        groups.append(trial.groups + first)
        first = int(groups[-1].max(initial=first - 1)) + 1
    return Trial(
        outcomes=tuple(chain.from_iterable(trial.outcomes for trial in trials)),
        groups=np.concatenate(groups),
        repeats={one: other for trial in trials for one, other in trial.repeats.items()},
        fields={name: join_fields(parts) for name, parts in fields.items()},
        n_learnt=tuple(chain.from_iterable(trial.n_learnt for trial in trials)),
    )


def indicators(field: CodeField, sets: Sequence[Codes]) -> npt.NDArray[np.bool_]:
    """Say which codes of a field each set holds; shape (n_sets, n_codes)."""
    told = [[code in codes for code in field.code_names] for codes in sets]
    return np.array(told, dtype=bool).reshape(len(sets), len(field.codes))


def join_fields(parts: Sequence[FieldTrial]) -> FieldTrial:
    """Put parts of one field's trial together, in their order."""
    first = parts[0]
    return FieldTrial(
        field=first.field,
        rows=np.concatenate([part.rows for part in parts]),
        agreed=tuple(chain.from_iterable(part.agreed for part in parts)),
        suggested=tuple(chain.from_iterable(part.suggested for part in parts)),
        confidence=np.concatenate([part.confidence for part in parts]),
        joint_confidence=np.concatenate([part.joint_confidence for part in parts]),
        routes=tuple(chain.from_iterable(part.routes for part in parts)),
        sets={level: np.concatenate([part.sets[level] for part in parts]) for level in first.sets},
        others={name: tuple(chain.from_iterable(part.others[name] for part in parts)) for name in first.others},
    )
