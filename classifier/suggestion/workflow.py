"""Suggesting codes from file to file, and explaining one outcome."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from classifier import sample_files
from classifier.codebook.schema import Codebook
from classifier.errors import OutcomeError, OutputError
from classifier.faults import Note, group_faults
from classifier.features.device import PROCESSOR
from classifier.features.registry import open_model_encoders
from classifier.harvest.confidentiality import leave_out_confidential
from classifier.harvest.copy_notes import losses_of_copy
from classifier.harvest.options import ReadingOptions
from classifier.harvest.reading import Harvest, read_harvests
from classifier.harvest.similar_ids import find_lookalikes, visible_key
from classifier.languages import ENGLISH, use_language
from classifier.model.model import Model
from classifier.model.storage import find_model, load_model
from classifier.model.targets import DEFAULT_COVERAGE, DEFAULT_PRECISION
from classifier.progress import NO_PROGRESS, ProgressReporter
from classifier.spelling import nearest
from classifier.suggestion.csv_and_jsonl import (
    check_output,
    default_output,
    holds_reasons,
    is_for_label_studio,
    write_suggestions,
)
from classifier.suggestion.failures import failure_notes
from classifier.suggestion.model_checks import redefinition_notes, resolve_codebook
from classifier.suggestion.suggest import suggest_codes
from classifier.suggestion.suggestions import Suggestions
from classifier.suggestion.types import OutcomeSuggestions


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestedFile:
    """Suggestions that were written to a file, and notes on them."""

    suggestions: Suggestions
    out: Path
    notes: tuple[Note | str, ...]
    is_sample: bool
    language: str = ENGLISH


def suggest(
    harvest: Harvest,
    *,
    model: Model,
    codebook: Codebook | None = None,
    coverage: float = DEFAULT_COVERAGE,
    precision: float = DEFAULT_PRECISION,
    fields: Sequence[str] | None = None,
    with_reasons: bool = True,
    cache: bool = True,
    device: str = PROCESSOR,
    progress: ProgressReporter = NO_PROGRESS,
) -> Suggestions:
    """Suggest codes for a harvest; see `classifier.suggestion.suggest.suggest_codes`.

    Encoders are computed on a device; see `classifier.features.registry.load_encoder`.
    """
    return suggest_codes(
        harvest,
        model=model,
        sources=open_model_encoders(model.manifest.encoder_hashes, device=device, cache=cache),
        codebook=codebook,
        coverage=coverage,
        precision=precision,
        fields=fields,
        with_reasons=with_reasons,
        progress=progress,
    )


def suggest_file(
    path: Path,
    *,
    model: str | Path = "sample",
    codebook: Path | None = None,
    out: Path | None = None,
    coverage: float = DEFAULT_COVERAGE,
    precision: float = DEFAULT_PRECISION,
    fields: Sequence[str] | None = None,
    options: ReadingOptions = ReadingOptions(),
    include_confidential: bool = False,
    overwrite: bool = False,
    cache: bool = True,
    device: str = PROCESSOR,
    language: str = ENGLISH,
    progress: ProgressReporter = NO_PROGRESS,
) -> SuggestedFile:
    """Suggest codes for the harvest in a file and write them to another, or nothing if it must be corrected first.

    With `include_confidential`, confidential outcomes are in tasks for Label Studio too; other files have them anyhow.
    A workbook is written in a language of `classifier.languages.LANGUAGES`.
    """
    folder = find_model(model)
    loaded = load_model(folder)
    asked = resolve_codebook(codebook, loaded)
    notes: list[Note | str] = [*redefinition_notes(asked, loaded)]
    harvests = read_harvests(path, codebook=asked, options=options)
    out = out or default_output(path)
    for harvest in harvests:
        check_output(out, harvest, codebook=asked, overwrite=overwrite)
    if is_for_label_studio(out):
        harvests, confidentiality = leave_out_confidential(harvests, asked, include_confidential=include_confidential)
        notes += filter(None, [str(confidentiality)])
    notes += group_faults(fault for harvest in harvests for fault in harvest.warnings)
    if out.suffix.lower() == ".xlsx":
        notes += _notes_on_copy(path, harvests, out, [asked.field(name).name for name in fields or asked.names])
    # All at once, so that an outcome is seen to repeat one of another sheet.
    suggestions = suggest(
        replace(harvests[0], outcomes=tuple(outcome for harvest in harvests for outcome in harvest.outcomes)),
        model=loaded,
        codebook=asked,
        coverage=coverage,
        precision=precision,
        fields=fields,
        with_reasons=holds_reasons(out),
        cache=cache,
        device=device,
        progress=progress,
    )
    notes += _notes_on(suggestions)
    suggestions = replace(suggestions, harvest=harvests[0], others=harvests[1:])
    with use_language(language):
        notes += write_suggestions(suggestions, out)
    return SuggestedFile(
        suggestions=suggestions,
        out=out,
        notes=tuple(notes),
        is_sample=sample_files.is_shipped(folder),
        language=language,
    )


def _notes_on_copy(path: Path, harvests: Sequence[Harvest], out: Path, fields: Sequence[str]) -> Iterator[Note | str]:
    """Yield what a copy of the workbook loses; refuse to leave out what somebody chose."""
    _refuse_leaving_out(path, harvests, fields)
    yield from dict.fromkeys(note for harvest in harvests for note in losses_of_copy(harvest, out))


def _notes_on(suggestions: Suggestions) -> Iterator[Note | str]:
    if withdrawn := suggestions.withdrawn_promise():
        yield withdrawn
    yield from failure_notes({one.fragment_id: one.flags for one in suggestions.outcomes})


def _refuse_leaving_out(path: Path, harvests: Sequence[Harvest], fields: Sequence[str]) -> None:
    """Refuse to leave out what somebody chose, on the review sheet of an earlier workbook, for another field."""
    for outcome in (outcome for harvest in harvests for outcome in harvest.outcomes):
        for name, reviewed in outcome.reviewed.items():
            is_chosen = reviewed.codes not in ((), reviewed.own)
            if name not in fields and (is_chosen or reviewed.note):
                where = reviewed.where if is_chosen else reviewed.note_where
                raise OutputError(
                    f"{path.name}: the code or note in {where} is for a field that --fields leaves out; name that "
                    "field too, or leave --fields out"
                )


def explain(
    harvest: Harvest, fragment_id: str, *, model: Model, codebook: Codebook | None = None
) -> OutcomeSuggestions:
    """Suggest codes for one outcome of a harvest, with reasons.

    Parameters
    ----------
    fragment_id : str
        As in the harvest.

    Returns
    -------
    OutcomeSuggestions
        With `reasons` and `nearest` in each field.

    Raises
    ------
    OutcomeError
        If the harvest has no such outcome.
    """
    wanted = tuple(outcome for outcome in harvest.outcomes if outcome.fragment_id == fragment_id)
    if not wanted:
        raise OutcomeError(f"{harvest.path.name}: holds no outcome {fragment_id!r}")
    (explained,) = suggest(replace(harvest, outcomes=wanted), model=model, codebook=codebook).outcomes
    return explained


def explain_file(
    path: Path,
    fragment_id: str,
    *,
    model: str | Path = "sample",
    codebook: Path | None = None,
    fields: Sequence[str] | None = None,
    options: ReadingOptions = ReadingOptions(),
    cache: bool = True,
) -> Suggestions:
    """Suggest codes for one outcome of the harvest in a file, with reasons."""
    loaded = load_model(find_model(model))
    asked = resolve_codebook(codebook, loaded)
    harvests = read_harvests(path, codebook=asked, options=options)
    outcomes = tuple(outcome for harvest in harvests for outcome in harvest.outcomes)
    wanted = tuple(outcome for outcome in outcomes if outcome.fragment_id == fragment_id.strip())
    if not wanted:
        known = [outcome.fragment_id for outcome in outcomes]
        # Nobody can type a non-breaking hyphen.
        found = find_lookalikes([fragment_id.strip()], known)
        alike = [one.known for one in found if one.is_sure and visible_key(one.known) == visible_key(fragment_id)]
        wanted = tuple(outcome for outcome in outcomes if outcome.fragment_id in alike)
    if not wanted:
        guess = nearest(fragment_id, known)
        hint = f"did you mean {guess!r}?" if guess else f"the first is {known[0]!r}"
        raise OutcomeError(f"{path.name}: holds no outcome {fragment_id!r} ({hint})")
    return suggest(replace(harvests[0], outcomes=wanted), model=loaded, codebook=asked, fields=fields, cache=cache)
