"""Suggesting codes from file to file part by part, in constant memory, and continuing after a kill."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from classifier import sample_files
from classifier.cluster import Workers
from classifier.codebook.schema import CodeField
from classifier.errors import refusal
from classifier.faults import FaultKind, Note
from classifier.features.device import PROCESSOR
from classifier.features.registry import open_model_encoders
from classifier.files import sha256_of
from classifier.harvest.options import ReadingOptions
from classifier.harvest.streamed_harvest import NOT_COMPARED, StreamedHarvest, open_harvest
from classifier.model.manifest import Manifest
from classifier.model.model import Model, require_fast
from classifier.model.storage import SUMS, find_model, load_model
from classifier.model.targets import DEFAULT_COVERAGE, DEFAULT_PRECISION
from classifier.progress import NO_PROGRESS, ProgressReporter
from classifier.resumable_file import UnfinishedFile, resume_file
from classifier.spreadsheet.sheet import Sheet
from classifier.spreadsheet.streamed_parquet import csv_to_parquet, require_parquet
from classifier.spreadsheet.streamed_table import size_in_mib
from classifier.suggestion.cluster_suggestions import HeldSuggester, WorkerSuggester
from classifier.suggestion.csv_and_jsonl import NUMBERS, check_place
from classifier.suggestion.failures import failure_count_notes
from classifier.suggestion.fast_suggestions import FastSuggester
from classifier.suggestion.model_checks import redefinition_notes, resolve_codebook
from classifier.suggestion.part_suggestions import (
    FullSuggester,
    PartSettings,
    PartSuggester,
    RunCounts,
    SuggestedPart,
    opening_of,
)
from classifier.suggestion.suggestions import withdrawn_promise
from classifier.versions import library_versions

_OUTPUTS = (".csv", ".jsonl", ".parquet")
_N_ROWS_FAST = 2_000  # of a part, for which the fast model takes a second or two
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
    fast: bool = False,
    cache: bool = True,
    device: str = PROCESSOR,
    workers: Workers | None = None,
    progress: ProgressReporter = NO_PROGRESS,
) -> StreamedFile:
    """Suggest codes for the harvest in a file of any size, and write them to another.

    With `fast`, codes are suggested by the fast model, on all processors. Encoders are computed on a device; see
    `classifier.features.registry.load_encoder`. With `workers`, parts of the harvest are sent to those of a cluster,
    and what comes back is written here, in the order of the file.

    The whole file is looked through first, and nothing is written if it must be corrected. A run that was stopped is
    continued by the next one for the same file, model and options, and writes what an undisturbed one would have.
    """
    folder = find_model(model)
    loaded = load_model(folder)
    if fast:
        require_fast(loaded)
    given = resolve_codebook(codebook, loaded)
    notes = redefinition_notes(given, loaded)
    chosen = tuple(dict.fromkeys(given.field(name) for name in fields or given.names))
    harvest = open_harvest(path, codebook=given, options=options)
    out = out or default_stream_output(path)
    _check_output(out, path, overwrite=overwrite)
    stamp = _stamp(path)
    step = progress.step(f"Checking {path.name}, MiB", size_in_mib(path))
    checked = harvest.check(n_rows=_N_CHECKED, progress=step)
    suffix, said = out.suffix.lower(), {"coverage": coverage, "precision": precision}
    asked = PartSettings(reader=harvest.reader, fields=chosen, suffix=suffix, is_fast=fast, **said)
    counts = RunCounts(asked, loaded)
    finish = _to_parquet if asked.suffix == ".parquet" else None
    digests = _digests(folder, harvest, asked, options, device)
    with (
        resume_file(out, digests, finish=finish) as unfinished,
        _open_suggester(asked, folder, loaded, cache=cache, device=device, workers=workers) as suggester,
    ):
        n_continued = _write(unfinished, harvest, suggester, counts, progress, asked, n_outcomes=checked.n_outcomes)
        _refuse_changed(path, stamp)
    return StreamedFile(
        harvest=path,
        out=out,
        manifest=loaded.manifest,
        fields=chosen,
        counts=counts,
        n_continued=n_continued,
        notes=(*notes, *_notes_on_run(unfinished.discarded), *checked.notes, *_notes_on_outcomes(counts, precision)),
        is_sample=sample_files.is_shipped(folder),
    )


def _check_output(out: Path, harvest: Path, *, overwrite: bool) -> None:
    check_place(out, harvest, endings=_OUTPUTS, overwrite=overwrite)
    if out.suffix.lower() == ".parquet":
        require_parquet(out)


def _to_parquet(written: Path, finished: Path) -> None:
    csv_to_parquet(written, finished, numbers=NUMBERS)


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _refuse_changed(path: Path, stamp: tuple[int, int]) -> None:
    """Refuse a file that was changed while it was worked on."""
    if _stamp(path) != stamp:
        raise refusal(path, "the file was changed while it was read", "run it again")


@contextmanager
def _open_suggester(
    asked: PartSettings, folder: Path, model: Model, *, cache: bool, device: str, workers: Workers | None
) -> Iterator[PartSuggester]:
    if workers is not None:
        with workers.holding(WorkerSuggester(asked, model)) as name:
            yield HeldSuggester(name=name)
    elif asked.is_fast:
        yield FastSuggester(settings=asked, folder=folder.absolute(), sums_sha256=sha256_of(folder / SUMS))
    else:
        sources = open_model_encoders(model.manifest.encoder_hashes, device=device, cache=cache)
        yield FullSuggester(settings=asked, model=model, sources=sources)


def _digests(
    folder: Path, harvest: StreamedHarvest, asked: PartSettings, options: ReadingOptions, device: str
) -> dict[str, str]:
    """Return digests of all that the output depends on."""
    said = {
        "coverage": asked.coverage,
        "precision": asked.precision,
        "fields": [field.name for field in asked.fields],
        "codebook": asked.reader.codebook.sha256_with_translations,
        "columns": dict(options.columns),
        "encoding": options.encoding,
        "accept_partial": options.accept_partial,
        "output": asked.suffix,
        "is_fast": asked.is_fast,
        "device": device,
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
    suggester: PartSuggester,
    counts: RunCounts,
    progress: ProgressReporter,
    asked: PartSettings,
    *,
    n_outcomes: int,
) -> int:
    """Write the parts that are not written yet; return for how many outcomes suggestions were written before."""
    n_rows = 0
    if unfinished.state is None:
        unfinished.write(opening_of(asked.suffix))
    else:
        n_rows = unfinished.state["n_rows"]
        counts.continue_from(unfinished.state["counts"])
    n_continued = counts.n_outcomes
    step = progress.step("Suggesting codes", n_outcomes)
    step(n_continued)
    for n_read, part in _suggested_parts(harvest, suggester, asked, after=n_rows):
        unfinished.write(part.content)
        counts.add(part)
        step(part.n_outcomes)
        unfinished.keep({"n_rows": n_read, "counts": counts.state})
    return n_continued


def _suggested_parts(
    harvest: StreamedHarvest, suggester: PartSuggester, asked: PartSettings, *, after: int
) -> Iterator[tuple[int, SuggestedPart]]:
    """Yield the parts that end after some rows, each with the number of rows down to its end.

    Those of the fast model, and those sent to a cluster, are worked on side by side; encoders use all processors of
    this machine by themselves.
    """
    sheets = enumerate(harvest.parts(_N_ROWS_FAST if asked.is_fast else _N_ROWS))
    wanted = ((sheet, not number) for number, sheet in sheets if len(sheet.rows) > after)
    # Nothing is put into files for the workers to share: it would be outcome texts.
    n_jobs = 1 if isinstance(suggester, FullSuggester) else -1
    from joblib import Parallel, delayed  # takes a tenth of a second, and most harvests are not streamed

    parallel = Parallel(n_jobs=n_jobs, return_as="generator", max_nbytes=None, batch_size=1)
    yield from parallel(delayed(_suggest_part)(suggester, sheet, is_first) for sheet, is_first in wanted)


def _suggest_part(suggester: PartSuggester, sheet: Sheet, is_first: bool) -> tuple[int, SuggestedPart]:
    return len(sheet.rows), suggester.suggest(sheet, is_first=is_first)


def _notes_on_outcomes(counts: RunCounts, precision: float) -> Iterator[Note | str]:
    yield Note(kind=FaultKind.NOTE, what=NOT_COMPARED, remedy=_TO_COMPARE)
    if withdrawn := withdrawn_promise(counts.shift, precision=precision):
        yield withdrawn
    yield from failure_count_notes(counts.flags)


def _notes_on_run(discarded: Sequence[str]) -> Iterator[str]:
    if discarded:
        yield f"An unfinished run with another {' and '.join(discarded)} was discarded"


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
