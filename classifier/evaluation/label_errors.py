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

_CONFUSED = 2  # outcomes; a single one may be a slip


class Cause(StrEnum):
    """Likely cause of a disagreement between a suggestion and the coders."""

    LABEL = "possible coding error"  # the suggestion is as confident of its code as for outcomes that were given it
    DEFINITION = "unclear definition"  # coders confuse the two codes, too
    MODEL = "model error"  # neither of these


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """Disagreement of a suggestion with the coders, in one field of an outcome."""

    fragment_id: str
    field: str
    agreed: tuple[str, ...]
    suggested: tuple[str, ...]
    margin: float  # by how much the confidence in the suggested main code exceeds that in the coders', in [0, 1]
    cause: Cause


def find_disagreements(predictions: HeldOutPredictions, *, coders: Codings | None = None) -> tuple[Disagreement, ...]:
    """List where suggestions and coders differ, the largest margin first.

    Without codings of single coders no definition is called unclear.

    References
    ----------
    .. [1] Northcutt, Jiang and Chuang (2021), "Confident Learning", doi:10.1613/jair.1.12125 (label errors).
    """
    disagreements = []
    for name, field in predictions.fields.items():
        confused = confused_pairs(coders, name)
        errors = _label_errors(field)
        for place, row in enumerate(field.rows.tolist()):
            if set(field.agreed[place]) != set(field.suggested[place]):
                disagreements.append(
                    Disagreement(
                        fragment_id=predictions.outcomes[row].fragment_id,
                        field=name,
                        agreed=field.agreed[place],
                        suggested=field.suggested[place],
                        margin=_margin(field, place),
                        cause=_cause(field, place, confused, is_error=bool(errors[place])),
                    )
                )
    return tuple(sorted(disagreements, key=lambda found: (-found.margin, found.fragment_id, found.field)))


def confused_pairs(coders: Codings | None, field: str) -> Mapping[frozenset[str], int]:
    """Count the pairs of codes that coders confuse, in two outcomes or more."""
    if coders is None or field not in coders.fields:
        return {}
    counts: dict[frozenset[str], int] = {}
    for row in coders.fields[field].codes:
        given = {frozenset(codes) for codes in row if codes}
        pairs = {frozenset((code, other)) for a in given for b in given - {a} for code in a - b for other in b - a}
        for pair in pairs:
            counts[pair] = counts.get(pair, 0) + 1
    return {pair: count for pair, count in counts.items() if count >= _CONFUSED}


def _cause(field: FieldPredictions, place: int, confused: Mapping[frozenset[str], int], *, is_error: bool) -> Cause:
    agreed, suggested = set(field.agreed[place]), set(field.suggested[place])
    if any(frozenset((ours, theirs)) in confused for ours in suggested - agreed for theirs in agreed - suggested):
        return Cause.DEFINITION
    return Cause.LABEL if is_error else Cause.MODEL


def _margin(field: FieldPredictions, place: int) -> float:
    confidence = field.confidence[place]
    return max(float(confidence.max() - confidence[field.agreed_main[place]]), 0.0)


def _label_errors(field: FieldPredictions) -> npt.NDArray[np.bool_]:
    """Find likely label errors of the main code by confident learning; shape (n_tested,)."""
    usual = _usual_confidence(field.confidence, field.agreed_main)
    errors: npt.NDArray[np.bool_] = (field.best != field.agreed_main) & (
        field.confidence.max(axis=1) >= usual[field.best] - 1e-9
    )
    return errors


def _usual_confidence(confidence: FloatArray, agreed: Sequence[int] | npt.NDArray[np.intp]) -> FloatArray:
    """Mean confidence in each code, of the outcomes that were given it; 1 where there are none."""
    given = np.eye(confidence.shape[1])[agreed]
    n_given = given.sum(axis=0)
    totals = (given * confidence).sum(axis=0)
    usual: FloatArray = np.divide(totals, n_given, out=np.ones(len(n_given)), where=n_given > 0)
    return usual
