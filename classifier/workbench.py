"""Whole jobs, from file to file: what the commands do, and what other programs may call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from classifier import shipped, training
from classifier.batches import in_batches
from classifier.codebook import Codebook
from classifier.encoders import DEFAULT_ENCODERS, open_sources
from classifier.error_report import failure_notes, report_errors
from classifier.errors import OutcomeCoderError, OutcomeError, OutputError
from classifier.explanation import explain_outcomes, share_stories
from classifier.faults import Note, group_faults, nearest
from classifier.features import StoryFeatures
from classifier.files import check_new, check_writable
from classifier.fragment_ids import find_lookalikes, visible_key
from classifier.harvest import Harvest, read_coded_harvests, read_harvests, refuse_partial
from classifier.learning_curve import TARGET, LearningCurve, draw_learning_curve
from classifier.model import Model
from classifier.model_folder import check_target, find_model, load_model, model_target, save_model
from classifier.outcomes import Outcome
from classifier.plots import plot_learning_curve
from classifier.progress import Advance, silent
from classifier.reading import ReadingOptions
from classifier.suggesting import (
    SuggestedOutcome,
    Suggestions,
    check_codebook,
    check_encoders,
    conclude,
    suggest_batch,
)
from classifier.suggestion_files import check_output, default_output, write_suggestions
from classifier.workbook_losses import told_of_copy

__all__ = [
    "SuggestedFile",
    "TrainedFolder",
    "draw_curve",
    "explain_file",
    "suggest",
    "suggest_file",
    "train",
    "train_from_definitions",
]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedFolder:
    """A model that was trained and written, and what its maker should know about it."""

    model: Model
    folder: Path
    notes: tuple[Note | str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestedFile:
    """Suggestions that were written, and what their reader should know about them."""

    suggestions: Suggestions
    out: Path
    notes: tuple[Note | str, ...]
    is_sample: bool


def train(
    coded: Iterable[Path | str],
    *,
    out: Path | str,
    codebook: Codebook | None = None,
    encoders: Sequence[str] = DEFAULT_ENCODERS,
    seed: int = 0,
    cache: bool = True,
    overwrite: bool = False,
    options: ReadingOptions = ReadingOptions(),
    advance: Advance = silent,
) -> TrainedFolder:
    """Train a model on coded harvests and write it to a folder.

    Parameters
    ----------
    coded : iterable of path
        Harvests with at least one code column; every code must be in the codebook.
    out : path or str
        The folder; a bare name means ``models/NAME``.
    codebook : Codebook, optional
        By default the one that ships with the program.
    encoders : sequence of str
        By their names; see `classifier.encoders.load_encoder`.
    seed : int
        Decides which outcomes share a fold.
    cache : bool
        Whether embeddings are kept on disk and looked up there.
    overwrite : bool
        Whether a model that stands there may be replaced.

    Raises
    ------
    OutcomeCoderError
        With what is to be put right.
    """
    folder = model_target(out)
    check_target(folder, replace=overwrite)
    codebook = codebook or shipped.codebook()
    harvests = read_coded_harvests(coded, codebook=codebook, options=options)
    if not options.accept_partial:
        refuse_partial(harvests)
    trained = training.train_model(
        harvests,
        codebook=codebook,
        sources=open_sources(encoders, cache=cache),
        name=folder.name,
        seed=seed,
        advance=advance,
    )
    save_model(trained.model, folder, replace=overwrite)
    warnings = [note for harvest in harvests for note in harvest.notes]
    return TrainedFolder(model=trained.model, folder=folder, notes=(*warnings, *trained.notes))


def train_from_definitions(
    *,
    out: Path | str,
    codebook: Codebook | None = None,
    encoders: Sequence[str] = DEFAULT_ENCODERS,
    cache: bool = True,
    overwrite: bool = False,
) -> TrainedFolder:
    """Make a model of a codebook's definitions, no outcome being coded yet, and write it to a folder.

    The options are those of `train`.

    Raises
    ------
    OutcomeCoderError
        With what is to be put right.
    """
    folder = model_target(out)
    check_target(folder, replace=overwrite)
    trained = training.train_from_definitions(
        codebook=codebook or shipped.codebook(), sources=open_sources(encoders, cache=cache), name=folder.name
    )
    save_model(trained.model, folder, replace=overwrite)
    return TrainedFolder(model=trained.model, folder=folder, notes=trained.notes)


def draw_curve(
    coded: Iterable[Path | str],
    *,
    out: Path,
    codebook: Codebook | None = None,
    target: float = TARGET,
    encoders: Sequence[str] = DEFAULT_ENCODERS,
    seed: int = 0,
    cache: bool = True,
    overwrite: bool = False,
    options: ReadingOptions = ReadingOptions(),
    advance: Advance = silent,
) -> LearningCurve:
    """Draw the learning curve of coded harvests into a picture; see `classifier.learning_curve`.

    The other options are those of `train`.

    Raises
    ------
    OutcomeCoderError
        With what is to be put right; then nothing was written.
    """
    if out.suffix.lower() != ".png":
        raise OutputError(f"{out}: a learning curve is drawn as .png; choose a name that ends so")
    check_new(out, overwrite=overwrite)
    check_writable(out)
    codebook = codebook or shipped.codebook()
    curve = draw_learning_curve(
        read_coded_harvests(coded, codebook=codebook, options=options),
        codebook=codebook,
        sources=open_sources(encoders, cache=cache),
        target=target,
        seed=seed,
        advance=advance,
    )
    plot_learning_curve(curve, codebook, out)
    return curve


def suggest(
    harvest: Harvest,
    *,
    model: Model,
    codebook: Codebook | None = None,
    coverage: float = 0.9,
    precision: float = 0.95,
    fields: Sequence[str] | None = None,
    cache: bool = True,
    advance: Advance = silent,
) -> Suggestions:
    """Suggest codes for a harvest and say why.

    See `classifier.suggesting.suggest_codes` and `classifier.explanation.explain_outcomes`. An outcome that can't be
    judged by a fault of ours goes to `code afresh` and is flagged; what is to be known of the fault is written
    to a file (`classifier.error_report`).
    """
    sources = open_sources([encoder.name for encoder in model.manifest.encoders], cache=cache)
    check_encoders(sources, model)
    asked = codebook or model.codebook
    chosen = tuple(dict.fromkeys(asked.field(name) for name in fields or asked.names))
    told = [outcome for outcome in harvest.outcomes if not outcome.story.is_blank]
    n_steps = 2 * StoryFeatures.n_steps(len(told), sources)

    def tell(n: int) -> None:
        advance("Suggesting codes", n, n_steps)

    def work(batch: Sequence[Outcome]) -> list[SuggestedOutcome]:
        # By sentence first: what the sentences add up to is kept, and the stories need not be read again.
        shares = _unless_alone(batch, lambda: share_stories(batch, asked.columns.parts, sources, advance=tell))
        made = suggest_batch(
            batch, model=model, sources=sources, fields=chosen, coverage=coverage, precision=precision, advance=tell
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
    advance: Advance = silent,
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
        advance=advance,
    )
    notes += failure_notes({one.fragment_id: one.flags for one in suggestions.outcomes})
    suggestions = replace(suggestions, harvest=harvests[0], others=harvests[1:])
    notes += write_suggestions(suggestions, out)
    return SuggestedFile(suggestions=suggestions, out=out, notes=tuple(notes), is_sample=shipped.is_shipped(folder))


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
