"""Suggestions in a .jsonl file, read as held-out predictions beside the codes agreed on since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import BaseModel, Field, ValidationError

from classifier.agreement.codings import look_alike
from classifier.codebook.schema import Codebook, CodeField
from classifier.errors import ComparisonError
from classifier.evaluation.predictions import FieldPredictions, HeldOutPredictions, indicators
from classifier.faults import Note
from classifier.harvest.outcome import Outcome
from classifier.harvest.reading import Harvest
from classifier.suggestion.types import Route
from classifier.wording import listed

_LEAST = 1e-4


def read_suggestions(path: Path, coded: Harvest, *, codebook: Codebook) -> HeldOutPredictions:
    """Read suggestions that were given before, to compare them with the codes that coders settled on since.

    Parameters
    ----------
    path : path
        Suggestions in ``.jsonl``, as `outcome-coder suggest` writes them.
    coded : Harvest
        The same outcomes, coded.

    Raises
    ------
    ComparisonError
        If the file can't be read as suggestions, or holds no outcome that was coded.
    """
    lines = _read_lines(path)
    told = [outcome for outcome in coded.outcomes if outcome.codes and outcome.fragment_id in lines]
    if not told:
        what = f"{path.name}: holds no outcome that is coded in {coded.path.name}"
        notes = [str(note) for note in look_alike(coded, dict.fromkeys(lines, path.name))]
        raise ComparisonError("\n  ".join([what, *notes]) if notes else f"{what}; are the FragmentIDs the same?")
    fields = {}
    for field in codebook.fields:
        rows = [
            row
            for row, outcome in enumerate(told)
            if outcome.codes.get(field.name) and _is_suggested(lines[outcome.fragment_id].get(field.name))
        ]
        if rows:
            fields[field.name] = _read_field(path, field, rows, told, lines)
    if not fields:
        raise ComparisonError(f"{path.name}: suggests nothing in a field that is coded in {coded.path.name}")
    repeats = {
        outcome.fragment_id: one.repeats
        for outcome in told
        for one in lines[outcome.fragment_id].values()
        if one.repeats
    }
    return HeldOutPredictions(
        outcomes=tuple(told),
        groups=np.arange(len(told)),
        repeats=repeats,
        fields=fields,
        n_learnt=(),
    )


def without_suggestions(path: Path, coded: Harvest) -> tuple[Note | str, ...]:
    """Tell which coded outcomes have no suggestion in a file, and whose IDs only look like one there."""
    lines = _read_lines(path)
    missing = [one.fragment_id for one in coded.outcomes if one.codes and one.fragment_id not in lines]
    if not missing:
        return ()
    told = f"{path.name}: suggests nothing for {len(missing)} coded outcome(s) of {coded.path.name}: {listed(missing)}"
    return (told, *look_alike(coded, dict.fromkeys(lines, path.name)))


def _is_suggested(one: _Suggestion | None) -> bool:
    return one is not None and bool(one.candidates) and bool(one.suggested)


class _Candidate(BaseModel):
    code: str
    confidence: Annotated[float, Field(ge=0.0, le=1.0)]


class _Suggestion(BaseModel):
    """One field of a line; what else stands there is not looked at."""

    suggested: tuple[str, ...]
    candidates: tuple[_Candidate, ...]
    prediction_set: tuple[str, ...]
    route: Route
    repeats: str | None = None

    @property
    def codes(self) -> set[str]:
        return {*self.suggested, *self.prediction_set, *(one.code for one in self.candidates)}


class _Line(BaseModel):
    fragment_id: str
    fields: dict[str, _Suggestion]


def _read_lines(path: Path) -> dict[str, dict[str, _Suggestion]]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ComparisonError(f"{path}: can't be read; name suggestions in .jsonl") from error
    lines: dict[str, dict[str, _Suggestion]] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                one = _Line.model_validate_json(line)
            except ValidationError as error:
                raise ComparisonError(
                    f"{path.name}: line {number} is no suggestion; name a .jsonl that `outcome-coder suggest` wrote"
                ) from error
            if one.fragment_id in lines:
                raise ComparisonError(
                    f"{path.name}: line {number} suggests for {one.fragment_id!r} again; keep one of them"
                )
            lines[one.fragment_id] = one.fields
    return lines


def _read_field(
    path: Path,
    field: CodeField,
    rows: Sequence[int],
    told: Sequence[Outcome],
    lines: Mapping[str, Mapping[str, _Suggestion]],
) -> FieldPredictions:
    given = [lines[told[row].fragment_id][field.name] for row in rows]
    unknown = sorted(set().union(*(one.codes for one in given)) - set(field.code_names))
    if unknown:
        raise ComparisonError(
            f"{path.name}: suggests {unknown[0]!r} in {field.name}, which is no code of the codebook; name the "
            "codebook that the suggestions were made with"
        )
    confidence = np.zeros((len(rows), len(field.codes)))
    for place, line in enumerate(given):
        for one in line.candidates:
            confidence[place, field.code_names.index(one.code)] = one.confidence
    return FieldPredictions(
        field=field,
        rows=np.array(rows, dtype=np.intp),
        agreed=tuple(told[row].codes[field.name] for row in rows),
        suggested=tuple(line.suggested for line in given),
        # Kept from certainty, as ours are; a line may have been rounded.
        confidence=np.clip(confidence, _LEAST, 1 - _LEAST),
        joint_confidence=confidence.max(axis=1),
        routes=tuple(line.route for line in given),
        sets={0.0: indicators(field, [line.prediction_set for line in given])},
        baselines={},
    )
