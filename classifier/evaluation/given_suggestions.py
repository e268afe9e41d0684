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
from classifier.wording import counted, listed

_LEAST = 1e-4


def read_suggestions(path: Path, coded: Harvest, *, codebook: Codebook) -> HeldOutPredictions:
    """Read suggestions in ``.jsonl``, to compare them with the codes that coders agreed on since."""
    lines = _read_lines(path)
    outcomes = [outcome for outcome in coded.outcomes if outcome.codes and outcome.fragment_id in lines]
    if not outcomes:
        problem = f"{path.name}: holds no outcome that is coded in {coded.path.name}"
        notes = [str(note) for note in look_alike(coded, dict.fromkeys(lines, path.name))]
        raise ComparisonError("\n  ".join([problem, *notes]) if notes else f"{problem}; are the FragmentIDs the same?")
    fields = {}
    for field in codebook.fields:
        rows = [
            row
            for row, outcome in enumerate(outcomes)
            if outcome.codes.get(field.name) and _is_suggested(lines[outcome.fragment_id].get(field.name))
        ]
        if rows:
            fields[field.name] = _read_field(path, field, rows, outcomes, lines)
    if not fields:
        raise ComparisonError(f"{path.name}: suggests nothing in a field that is coded in {coded.path.name}")
    repeats = {
        outcome.fragment_id: suggestion.repeats
        for outcome in outcomes
        for suggestion in lines[outcome.fragment_id].values()
        if suggestion.repeats
    }
    return HeldOutPredictions(
        outcomes=tuple(outcomes),
        groups=np.arange(len(outcomes)),
        repeats=repeats,
        fields=fields,
        n_training=(),
    )


def outcomes_without_suggestions(path: Path, coded: Harvest) -> tuple[Note | str, ...]:
    """Report coded outcomes without a suggestion in a file, and IDs that only look like one there."""
    lines = _read_lines(path)
    missing = [outcome.fragment_id for outcome in coded.outcomes if outcome.codes and outcome.fragment_id not in lines]
    if not missing:
        return ()
    n_missing = counted(len(missing), "coded outcome")
    note = f"{path.name}: no suggestion for {n_missing} of {coded.path.name}: {listed(missing)}"
    return (note, *look_alike(coded, dict.fromkeys(lines, path.name)))


def _is_suggested(suggestion: _Suggestion | None) -> bool:
    return suggestion is not None and bool(suggestion.candidates) and bool(suggestion.suggested)


class _Candidate(BaseModel):
    code: str
    confidence: Annotated[float, Field(ge=0.0, le=1.0)]


class _Suggestion(BaseModel):
    """One field of a line; further keys are ignored."""

    suggested: tuple[str, ...]
    candidates: tuple[_Candidate, ...]
    prediction_set: tuple[str, ...]
    route: Route
    repeats: str | None = None

    @property
    def codes(self) -> set[str]:
        return {*self.suggested, *self.prediction_set, *(candidate.code for candidate in self.candidates)}


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
                parsed = _Line.model_validate_json(line)
            except ValidationError as error:
                raise ComparisonError(
                    f"{path.name}: line {number} is not a suggestion; name a .jsonl that `outcome-coder suggest` wrote"
                ) from error
            if parsed.fragment_id in lines:
                raise ComparisonError(
                    f"{path.name}: line {number} suggests for {parsed.fragment_id!r} again; keep one of them"
                )
            lines[parsed.fragment_id] = parsed.fields
    return lines


def _read_field(
    path: Path,
    field: CodeField,
    rows: Sequence[int],
    outcomes: Sequence[Outcome],
    lines: Mapping[str, Mapping[str, _Suggestion]],
) -> FieldPredictions:
    suggestions = [lines[outcomes[row].fragment_id][field.name] for row in rows]
    unknown = sorted(set().union(*(suggestion.codes for suggestion in suggestions)) - set(field.code_names))
    if unknown:
        raise ComparisonError(
            f"{path.name}: suggests {unknown[0]!r} in {field.heading!r}, which is not a code of the codebook; "
            "name the codebook that the suggestions were made with"
        )
    confidence = np.zeros((len(rows), len(field.codes)))
    for place, suggestion in enumerate(suggestions):
        for candidate in suggestion.candidates:
            confidence[place, field.code_names.index(candidate.code)] = candidate.confidence
    return FieldPredictions(
        field=field,
        rows=np.array(rows, dtype=np.intp),
        agreed=tuple(outcomes[row].codes[field.name] for row in rows),
        suggested=tuple(suggestion.suggested for suggestion in suggestions),
        # Never certain, like our own; a line may have been rounded.
        confidence=np.clip(confidence, _LEAST, 1 - _LEAST),
        joint_confidence=confidence.max(axis=1),
        routes=tuple(suggestion.route for suggestion in suggestions),
        sets={0.0: indicators(field, [suggestion.prediction_set for suggestion in suggestions])},
        baselines={},
    )
