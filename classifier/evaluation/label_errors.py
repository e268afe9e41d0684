"""Label errors: disagreements of suggestions and coders, their margin and likely cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from classifier._types import FloatArray
from classifier.agreement.codings import Codings
from classifier.evaluation.predictions import FieldPredictions, HeldOutPredictions

_CONFUSED = 2  # outcomes; once may be a slip of the pen


class Cause(StrEnum):
    """Likely cause of a disagreement between a suggestion and the coders."""

    LABEL = "likely label slip"
    """The suggestion is as sure of its code as it is of outcomes that were given it."""
    DEFINITION = "unclear definition"
    """Coders take the two codes for one another, too."""
    MODEL = "model error"
    """Neither."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """An outcome to which coders gave other codes than were suggested, in one field.

    Attributes
    ----------
    agreed, suggested : tuple of str
    margin : float
        How much more confident the suggestion is of its own main code than of the coders', in [0, 1].
    """

    fragment_id: str
    field: str
    agreed: tuple[str, ...]
    suggested: tuple[str, ...]
    margin: float
    fault: Cause


def find_disagreements(predictions: HeldOutPredictions, *, coders: Codings | None = None) -> tuple[Disagreement, ...]:
    """List where suggestions and coders differ, the surest first.

    Parameters
    ----------
    coders : Codings, optional
        Codings of single coders; without them, no definition is told to be unclear.

    References
    ----------
    .. [1] Northcutt, Jiang and Chuang (2021), "Confident Learning", doi:10.1613/jair.1.12125 (label slips).
    """
    found = []
    for name, one in predictions.fields.items():
        confused = confused_pairs(coders, name)
        slips = _label_slips(one)
        for place, row in enumerate(one.rows.tolist()):
            if set(one.agreed[place]) != set(one.suggested[place]):
                found.append(
                    Disagreement(
                        fragment_id=predictions.outcomes[row].fragment_id,
                        field=name,
                        agreed=one.agreed[place],
                        suggested=one.suggested[place],
                        margin=_margin(one, place),
                        fault=_fault(one, place, confused, is_slip=bool(slips[place])),
                    )
                )
    return tuple(sorted(found, key=lambda one: (-one.margin, one.fragment_id, one.field)))


def confused_pairs(coders: Codings | None, field: str) -> Mapping[frozenset[str], int]:
    """Count the pairs of codes that coders confuse: by which they differ in two outcomes or more."""
    if coders is None or field not in coders.fields:
        return {}
    counts: dict[frozenset[str], int] = {}
    for row in coders.fields[field].codes:
        given = {frozenset(codes) for codes in row if codes}
        pairs = {frozenset((one, other)) for a in given for b in given - {a} for one in a - b for other in b - a}
        for pair in pairs:
            counts[pair] = counts.get(pair, 0) + 1
    return {pair: count for pair, count in counts.items() if count >= _CONFUSED}


def _fault(one: FieldPredictions, place: int, confused: Mapping[frozenset[str], int], *, is_slip: bool) -> Cause:
    agreed, suggested = set(one.agreed[place]), set(one.suggested[place])
    if any(frozenset((ours, theirs)) in confused for ours in suggested - agreed for theirs in agreed - suggested):
        return Cause.DEFINITION
    return Cause.LABEL if is_slip else Cause.MODEL


def _margin(one: FieldPredictions, place: int) -> float:
    confidence = one.confidence[place]
    return max(float(confidence.max() - confidence[one.agreed_main[place]]), 0.0)


def _label_slips(one: FieldPredictions) -> npt.NDArray[np.bool_]:
    """Find likely label errors of the main code by confident learning; shape (n_tested,)."""
    usual = _usual_confidence(one.confidence, one.agreed_main)
    slips: npt.NDArray[np.bool_] = (one.best != one.agreed_main) & (
        one.confidence.max(axis=1) >= usual[one.best] - 1e-9
    )
    return slips


def _usual_confidence(confidence: FloatArray, agreed: Sequence[int] | npt.NDArray[np.intp]) -> FloatArray:
    """Mean confidence in each code, of the outcomes that were given it; 1 where there are none."""
    given = np.eye(confidence.shape[1])[agreed]
    n_given = given.sum(axis=0)
    totals = (given * confidence).sum(axis=0)
    usual: FloatArray = np.divide(totals, n_given, out=np.ones(len(n_given)), where=n_given > 0)
    return usual
