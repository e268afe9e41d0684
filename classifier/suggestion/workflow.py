"""Whole jobs, from file to file: what the commands do, and what other programs may call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from classifier import sample_files
from classifier.codebook.schema import Codebook
from classifier.error_report import report_errors
from classifier.errors import OutcomeCoderError, OutcomeError
from classifier.faults import Note, group_faults
from classifier.features.registry import open_encoders
from classifier.features.story_features import StoryFeatures
from classifier.harvest.copy_notes import told_of_copy
from classifier.harvest.options import ReadingOptions
from classifier.harvest.outcome import Outcome
from classifier.harvest.reading import Harvest, read_harvests
from classifier.harvest.similar_ids import find_lookalikes, visible_key
from classifier.model.model import Model
from classifier.model.storage import find_model, load_model
from classifier.progress import NO_PROGRESS, ProgressReporter
from classifier.spelling import nearest
from classifier.suggestion.batches import in_batches
from classifier.suggestion.explanation import explain_outcomes, share_stories
from classifier.suggestion.failures import failure_notes
from classifier.suggestion.formats import check_output, default_output, write_suggestions
from classifier.suggestion.model_checks import check_codebook, check_encoders
from classifier.suggestion.predict import SuggestedOutcome, conclude, suggest_batch
from classifier.suggestion.suggestions import Suggestions
from classifier.suggestion.types import OutcomeSuggestions

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestedFile:
    """Suggestions that were written, and what their reader should know about them."""

    suggestions: Suggestions
    out: Path
    notes: tuple[Note | str, ...]
    is_sample: bool


def suggest(
    harvest: Harvest,
    *,
    model: Model,
    codebook: Codebook | None = None,
    coverage: float = 0.9,
    precision: float = 0.95,
    fields: Sequence[str] | None = None,
    cache: bool = True,
    progress: ProgressReporter = NO_PROGRESS,
) -> Suggestions:
    """Suggest codes for a harvest and say why.

    See `classifier.suggestion.predict.suggest_codes` and `classifier.suggestion.explanation.explain_outcomes`. An
    outcome that can't be judged because of an error in the program goes to `code afresh` and is flagged, and an error
    report is written (`classifier.error_report`).
    """
    sources = open_encoders([encoder.name for encoder in model.manifest.encoders], cache=cache)
    check_encoders(sources, model)
    asked = codebook or model.codebook
    chosen = tuple(dict.fromkeys(asked.field(name) for name in fields or asked.names))
    told = [outcome for outcome in harvest.outcomes if not outcome.story.is_blank]
    finished = progress.step("Suggesting codes", 2 * StoryFeatures.n_steps(len(told), sources))

    def work(batch: Sequence[Outcome]) -> list[SuggestedOutcome]:
        # By sentence first: what the sentences add up to is kept, and the stories need not be read again.
        shares = _unless_alone(batch, lambda: share_stories(batch, asked.columns.parts, sources, progress=finished))
        made = suggest_batch(
            batch,
            model=model,
            sources=sources,
            fields=chosen,
            coverage=coverage,
            precision=precision,
            progress=finished,
        )
        if isinstance(shares, Exception):
            return [replace(one, unexplained=shares) for one in made]
        explained = _unless_alone(
            batch,
            lambda: explain_outcomes(batch, [one.fields for one in made], shares, model=model, fields=chosen),
        )
        if isinstance(explained, Exception):
            return [replace(one, unexplained=explained) for one in made]
        return [replace(one, fields=by_field) for one, by_field in zip(made, explained, strict=True)]

    made, failures = in_batches(told, work)
    suggestions = conclude(harvest, made, failures, model=model, fields=chosen, coverage=coverage, precision=precision)
    faults = [failure.error for failure in suggestions.failures]
    faults += [one.unexplained for _, one in made if one.unexplained is not None]
    if faults:
        report_errors(faults, during="suggesting codes")
    return suggestions


def _unless_alone(batch: Sequence[Outcome], work: Callable[[], T]) -> T | Exception:
    """Do what a suggestion can be without; of a lone outcome, return what is raised."""
    try:
        return work()
    except OutcomeCoderError:
        raise
    except Exception as error:
        if len(batch) > 1:
            raise  # then each is tried by itself
        return error


def suggest_file(
    path: Path,
    *,
    model: str | Path = "sample",
    codebook: Path | None = None,
    out: Path | None = None,
    coverage: float = 0.9,
    precision: float = 0.95,
    fields: Sequence[str] | None = None,
    options: ReadingOptions = ReadingOptions(),
    overwrite: bool = False,
    cache: bool = True,
    progress: ProgressReporter = NO_PROGRESS,
) -> SuggestedFile:
    """Suggest codes for the harvest in a file and write them to another.

    Raises
    ------
    OutcomeCoderError
        With what is to be put right; then nothing was written.
    """
    folder = find_model(model)
    loaded = load_model(folder)
    asked = loaded.codebook if codebook is None else Codebook.read(codebook)
    notes: list[Note | str] = [*check_codebook(asked, loaded)]
    harvests = read_harvests(path, codebook=asked, options=options)
    out = out or default_output(path)
    for harvest in harvests:
        check_output(out, harvest, codebook=asked, overwrite=overwrite)
    notes += group_faults(fault for harvest in harvests for fault in harvest.warnings)
    if out.suffix.lower() == ".xlsx":
        notes += dict.fromkeys(note for harvest in harvests for note in told_of_copy(harvest, out))
    # All at once, so that an outcome is seen to repeat one of another sheet.
    suggestions = suggest(
        replace(harvests[0], outcomes=tuple(outcome for harvest in harvests for outcome in harvest.outcomes)),
        model=loaded,
        codebook=asked,
        coverage=coverage,
        precision=precision,
        fields=fields,
        cache=cache,
        progress=progress,
    )
    notes += failure_notes({one.fragment_id: one.flags for one in suggestions.outcomes})
    suggestions = replace(suggestions, harvest=harvests[0], others=harvests[1:])
    notes += write_suggestions(suggestions, out)
    return SuggestedFile(
        suggestions=suggestions, out=out, notes=tuple(notes), is_sample=sample_files.is_shipped(folder)
    )


def explain(
    harvest: Harvest, fragment_id: str, *, model: Model, codebook: Codebook | None = None
) -> OutcomeSuggestions:
    """Suggest codes for one outcome of a harvest, and say why.

    Parameters
    ----------
    fragment_id : str
        As it stands in the harvest.

    Returns
    -------
    OutcomeSuggestions
        In each field, `reasons` and `nearest` say why.

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
    """Suggest codes for one outcome of the harvest in a file, and say why.

    Raises
    ------
    OutcomeCoderError
        With what is to be put right, such as an ID that the harvest doesn't have.
    """
    loaded = load_model(find_model(model))
    asked = loaded.codebook if codebook is None else Codebook.read(codebook)
    check_codebook(asked, loaded)
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
