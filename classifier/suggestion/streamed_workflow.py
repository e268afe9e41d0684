"""Suggesting codes from file to file part by part, in constant memory, and continuing after a kill."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from classifier import sample_files
from classifier.codebook.schema import CodeField
from classifier.errors import refusal
from classifier.faults import FaultKind, Note
from classifier.features.registry import open_model_encoders
from classifier.files import sha256_of
from classifier.harvest.options import ReadingOptions
from classifier.harvest.streamed_harvest import NOT_COMPARED, StreamedHarvest, open_harvest
from classifier.model.manifest import Manifest
from classifier.model.storage import SUMS, find_model, load_model
from classifier.model.targets import DEFAULT_COVERAGE, DEFAULT_PRECISION
from classifier.progress import NO_PROGRESS, ProgressReporter
from classifier.resumable_file import UnfinishedFile, resume_file
from classifier.spreadsheet.streamed_table import size_in_mib
from classifier.suggestion.csv_and_jsonl import check_place
from classifier.suggestion.failures import failure_count_notes
from classifier.suggestion.model_checks import redefinition_notes, resolve_codebook
from classifier.suggestion.part_suggestions import (
    FullSuggester,
    PartSuggester,
    RunCounts,
    SuggestedPart,
    opening_of,
)
from classifier.suggestion.suggestions import withdrawn_promise
from classifier.versions import library_versions

_OUTPUTS = (".csv", ".jsonl")
_N_ROWS = 128  # of a part, for which the encoders take half a minute
_TO_COMPARE = "if the file has fewer than 100,000 outcomes, they are compared without --stream"
_N_CHECKED = 1_000  # rows looked through at once


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamedFile:
    """Suggestions that were written to a file part by part, and notes on them.

    Attributes
    ----------
    n_continued : int
        For how many outcomes an earlier run, which was stopped, had suggested codes.
    """

    harvest: Path
    out: Path
    manifest: Manifest
    fields: tuple[CodeField, ...]
    counts: RunCounts
    n_continued: int
    notes: tuple[Note | str, ...]
    is_sample: bool


def default_stream_output(harvest: Path) -> Path:
    """Return the default path of suggestions that are written part by part, beside the harvest and of its format."""
    suffix = harvest.suffix.lower()
    return harvest.with_name(f"{harvest.stem}_suggestions{suffix if suffix in _OUTPUTS else '.csv'}")


def suggest_stream(
    path: Path,
    *,
    model: str | Path = "sample",
    codebook: Path | None = None,
    out: Path | None = None,
    coverage: float = DEFAULT_COVERAGE,
    precision: float = DEFAULT_PRECISION,
    fields: Sequence[str] | None = None,
    options: ReadingOptions = ReadingOptions(),
    overwrite: bool = False,
    cache: bool = True,
    progress: ProgressReporter = NO_PROGRESS,
) -> StreamedFile:
    """Suggest codes for the harvest in a file of any size, and write them to another.

    The whole file is looked through first, and nothing is written if it must be corrected. A run that was stopped is
    continued by the next one for the same file, model and options, and writes what an undisturbed one would have.
    """
    folder = find_model(model)
    loaded = load_model(folder)
    asked = resolve_codebook(codebook, loaded)
    chosen = tuple(dict.fromkeys(asked.field(name) for name in fields or asked.names))
    harvest = open_harvest(path, codebook=asked, options=options)
    out = out or default_stream_output(path)
    check_place(out, path, endings=_OUTPUTS, overwrite=overwrite)
    stamp = _stamp(path)
    step = progress.step(f"Checking {path.name}, MiB", size_in_mib(path))
    checked = harvest.check(n_rows=_N_CHECKED, progress=step)
    suggester = FullSuggester(
        reader=harvest.reader,
        model=loaded,
        sources=open_model_encoders(loaded.manifest.encoder_hashes, cache=cache),
        codebook=asked,
        fields=chosen,
        coverage=coverage,
        precision=precision,
        suffix=out.suffix.lower(),
    )
    counts = RunCounts(chosen, loaded)
    with resume_file(out, _digests(folder, harvest, suggester, options)) as unfinished:
        n_continued = _write(unfinished, harvest, suggester, counts, progress, n_outcomes=checked.n_outcomes)
        _refuse_changed(path, stamp)
    return StreamedFile(
        harvest=path,
        out=out,
        manifest=loaded.manifest,
        fields=chosen,
        counts=counts,
        n_continued=n_continued,
        notes=(
            *redefinition_notes(asked, loaded),
            *_notes_on_run(unfinished.discarded),
            *checked.notes,
            Note(kind=FaultKind.NOTE, what=NOT_COMPARED, remedy=_TO_COMPARE),
            *filter(None, [withdrawn_promise(counts.shift, precision=precision)]),
            *failure_count_notes(counts.flags),
        ),
        is_sample=sample_files.is_shipped(folder),
    )


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _refuse_changed(path: Path, stamp: tuple[int, int]) -> None:
    """Refuse a file that was changed while it was worked on."""
    if _stamp(path) != stamp:
        raise refusal(path, "the file was changed while it was read", "run it again")


def _digests(
    folder: Path, harvest: StreamedHarvest, suggester: FullSuggester, options: ReadingOptions
) -> dict[str, str]:
    """Return digests of all that the output depends on."""
    said = {
        "coverage": suggester.coverage,
        "precision": suggester.precision,
        "fields": [field.name for field in suggester.fields],
        "codebook": suggester.codebook.sha256,
        "columns": dict(options.columns),
        "encoding": options.encoding,
        "accept_partial": options.accept_partial,
        "output": suggester.suffix,
    }
    return {
        "harvest": sha256_of(harvest.path),
        "model": sha256_of(folder / SUMS),
        "set of options": _digest(said),
        "version of the program": _digest(library_versions()),
    }


def _write(
    unfinished: UnfinishedFile,
    harvest: StreamedHarvest,
    suggester: FullSuggester,
    counts: RunCounts,
    progress: ProgressReporter,
    *,
    n_outcomes: int,
) -> int:
    """Write the parts that are not written yet; return for how many outcomes suggestions were written before."""
    n_rows = 0
    if unfinished.state is None:
        unfinished.write(opening_of(suggester.suffix))
    else:
        n_rows = unfinished.state["n_rows"]
        counts.continue_from(unfinished.state["counts"])
    n_continued = counts.n_outcomes
    step = progress.step("Suggesting codes", n_outcomes)
    step(n_continued)
    for n_read, part in _suggested_parts(harvest, suggester, after=n_rows):
        unfinished.write(part.content)
        counts.add(part)
        step(part.n_outcomes)
        unfinished.keep({"n_rows": n_read, "counts": counts.state})
    return n_continued


def _suggested_parts(
    harvest: StreamedHarvest, suggester: PartSuggester, *, after: int
) -> Iterator[tuple[int, SuggestedPart]]:
    """Yield the parts that end after some rows, each with the number of rows down to its end."""
    for number, sheet in enumerate(harvest.parts(_N_ROWS)):
        if len(sheet.rows) > after:
            yield len(sheet.rows), suggester.suggest(sheet, is_first=not number)


def _notes_on_run(discarded: Sequence[str]) -> Iterator[str]:
    if discarded:
        yield f"An unfinished run with another {' and '.join(discarded)} was discarded"


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
