"""Suggesting codes for the outcomes of a request, and explaining one, by the model that is served."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classifier.codebook.schema import Codebook
from classifier.errors import ColumnMapError, TimeLimitError
from classifier.faults import Note, group_faults, note_as_dict
from classifier.features.embedding_cache import CachedEncoders
from classifier.features.registry import open_model_encoders
from classifier.harvest.options import ReadingOptions
from classifier.harvest.reading import Harvest, examine_harvests, refuse_faulty
from classifier.model.model import Model
from classifier.model.storage import find_model, load_model
from classifier.progress import ProgressCallback
from classifier.service.request_limits import MOST_SECONDS_OF_ANSWER
from classifier.service.schemas import ExplainRequest, SuggestRequest
from classifier.spreadsheet.json_records import sheet_of_objects
from classifier.suggestion.csv_and_jsonl import json_line
from classifier.suggestion.failures import failure_notes
from classifier.suggestion.model_checks import check_encoders, resolve_codebook
from classifier.suggestion.suggest import suggest_codes
from classifier.suggestion.suggestions import Suggestions

_NAME = "request"
_NOTE_KEYS = ("kind", "what", "remedy", "count", "cells")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedModel:
    """The model that answers, with its encoders and the codebook that outcomes are read by."""

    model: Model
    sources: CachedEncoders
    codebook: Codebook


def load_served_model(model: str | Path, *, codebook: Path | None = None, cache: bool = False) -> ServedModel:
    """Load a model to be served; with `cache`, embeddings of what is sent are kept on disk."""
    loaded = load_model(find_model(model))
    sources = open_model_encoders(loaded.manifest.encoder_hashes, cache=cache)
    check_encoders(sources, loaded)
    return ServedModel(model=loaded, sources=sources, codebook=resolve_codebook(codebook, loaded))


class TimeLimit:
    """Progress of a job that ends it, at the next piece of work, when its time is over.

    Examples
    --------
    >>> TimeLimit(until=10.0, clock=lambda: 11.0).step("Suggesting codes", 3)(1)
    Traceback (most recent call last):
    classifier.errors.TimeLimitError: This takes longer than 300 seconds. Send fewer outcomes, or shorter ones.
    """

    def __init__(self, *, until: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._until = until
        self._clock = clock

    def step(self, name: str, total: int) -> ProgressCallback:
        """Begin a step of the work."""
        self.check()
        return lambda _: self.check()

    def check(self) -> None:
        """Raise `TimeLimitError` when the time is over."""
        if self._clock() >= self._until:
            raise TimeLimitError(
                f"This takes longer than {MOST_SECONDS_OF_ANSWER} seconds. Send fewer outcomes, or shorter ones."
            )


def answer_suggest(served: ServedModel, request: SuggestRequest, time_limit: TimeLimit) -> dict[str, Any]:
    """Suggest codes for the outcomes of a request, just as `suggest` does for those of a file.

    Raises
    ------
    FaultsError
        If they are to be corrected first.
    FieldError, ColumnMapError
        If there is no such field, or no such column.
    TimeLimitError
        If it takes too long.
    """
    harvest = _read(served, request.outcomes, request.columns)
    suggestions = suggest_codes(
        harvest,
        model=served.model,
        sources=served.sources,
        codebook=served.codebook,
        coverage=request.coverage,
        precision=request.precision,
        fields=request.fields,
        with_reasons=request.reasons,
        progress=time_limit,
    )
    return {"suggestions": _lines(suggestions), "notes": _notes(harvest, suggestions)}


def answer_explain(served: ServedModel, request: ExplainRequest, time_limit: TimeLimit) -> dict[str, Any]:
    """Suggest codes for one outcome, with reasons; see `answer_suggest`."""
    harvest = _read(served, [request.outcome], request.columns)
    suggestions = suggest_codes(
        harvest,
        model=served.model,
        sources=served.sources,
        codebook=served.codebook,
        fields=request.fields,
        progress=time_limit,
    )
    return _lines(suggestions)[0]


def codebook_lines(served: ServedModel) -> dict[str, Any]:
    """Return the fields and codes that are suggested, and the columns that are read of an outcome."""
    columns = served.codebook.columns
    read = columns.model_dump(mode="json", exclude={"parts"})
    fields = [
        {
            **field.model_dump(mode="json", include={"name", "column", "kind", "question"}),
            "codes": [
                code.model_dump(mode="json", include={"code", "definition", "include", "exclude"})
                for code in field.codes
            ],
        }
        for field in served.codebook.fields
    ]
    return {
        "model": served.model.manifest.title,
        "fields": fields,
        "columns": {
            "id": read["id"],
            "story": [name for part in columns.parts for name in part.column],
            **{name: read[name] for name in ("merged", "confidential", "period", "country", "year")},
        },
    }


def _read(served: ServedModel, outcomes: Sequence[Mapping[str, str]], columns: Mapping[str, str]) -> Harvest:
    """Read outcomes as those of a .jsonl are read."""
    sent = {name for outcome in outcomes for name in outcome}
    if unknown := next((name for name in columns if name not in sent), None):
        raise ColumnMapError(f"columns: no outcome has a column {unknown!r}; leave it out, or correct its name")
    sheet = sheet_of_objects(outcomes, name=_NAME, counted_in="outcome")
    examined = examine_harvests(
        Path(_NAME), codebook=served.codebook, options=ReadingOptions(columns=columns), sheets=[sheet]
    )
    (harvest,) = refuse_faulty(Path(_NAME), examined)
    return harvest


def _lines(suggestions: Suggestions) -> list[dict[str, Any]]:
    return [json_line(outcome, model=suggestions.model.manifest.title) for outcome in suggestions.outcomes]


def _notes(harvest: Harvest, suggestions: Suggestions) -> list[dict[str, Any]]:
    """Return what `suggest` notes: on the outcomes as they were read, and on the suggestions."""
    notes: list[Note | str] = [*group_faults(harvest.warnings), *filter(None, [suggestions.withdrawn_promise()])]
    notes += failure_notes({outcome.fragment_id: outcome.flags for outcome in suggestions.outcomes})
    return [{key: note[key] for key in _NOTE_KEYS if key in note} for note in map(note_as_dict, notes)]
