"""Model page: what suggestions come from, what a new model would be trained on, and earlier models."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from classifier.agreement.by_field import MIN_COMPARED
from classifier.evaluation.model_comparison import outcomes_not_trained_on
from classifier.faults import Note
from classifier.languages import gettext, joined, lazy_gettext, lazy_ngettext, marked
from classifier.model.conformal import MIN_EXAMPLES
from classifier.progress import ProgressReporter
from classifier.project.model_history import check_model, models_of, use_model
from classifier.project.provenance import Provenance
from classifier.project.refresh_suggestions import refresh_suggestions
from classifier.project.training import TrainingSet, gather_training_set, train_project
from classifier.project.training_summary import summarise_project_training
from classifier.review.context import coder_of, form_text, goto, open_project_of, page, say
from classifier.review.middleware import form_of
from classifier.review.open_project import OpenProject
from classifier.review.shown_counts import CountedCodes
from classifier.suggestion.failures import failure_notes

_ANOTHER_TASK = marked("Another task is running; wait until it has finished.")
_MUCH_SMALLER = 0.5  # of the training outcomes of the model before


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldExamples:
    """The examples that a model would be trained on in a field.

    Attributes
    ----------
    few : tuple of (str, int)
        Codes with fewer examples than a code to confirm needs, with their number.
    """

    name: str
    n_outcomes: int
    few: tuple[tuple[str, int], ...]


def model(request: Request) -> Response:
    """Show the model and its suggestions, what a new one would be trained on, and the earlier ones."""
    opened, coder = open_project_of(request), coder_of(request)
    training_set = gather_training_set(opened.project, still_to_code=opened.still_to_code(coder))
    opened.reveal(coder, sorted(opened.shown_counts.given_away(coder, _counted_of_others(training_set, opened, coder))))
    n_before = 0 if opened.manifest is None else len(opened.manifest.fragment_ids)
    return page(
        request,
        "model.html",
        manifest=opened.manifest,
        suggested=opened.suggested,
        training_set=training_set,
        examples=list(_examples(training_set, opened)),
        min_examples=MIN_EXAMPLES,
        min_compared=MIN_COMPARED,
        n_compared=_n_compared(training_set, opened),
        is_fewer=training_set.n_outcomes < n_before,
        is_much_smaller=training_set.n_outcomes < n_before * _MUCH_SMALLER,
        known=models_of(opened.project),
        columns={field.name: field.shown_heading for field in opened.project.codebook.fields},
        is_outdated=opened.is_model_older,
        has_definitions=opened.project.codebook.has_definitions,
        job=opened.jobs.latest,
    )


def job(request: Request) -> Response:
    """Show how far the job is; when it is finished, the whole page is to be shown anew."""
    latest = open_project_of(request).jobs.latest
    shown = page(request, "_job.html", job=latest)
    if latest is not None and not latest.is_running:
        shown.headers["HX-Refresh"] = "true"
    return shown


def suggest_anew(request: Request) -> Response:
    """Make new suggestions with the project's model, in the background."""
    opened = open_project_of(request)
    if not suggest_beside(opened):
        say(request, gettext(_ANOTHER_TASK))
    return goto("/model")


def train(request: Request) -> Response:
    """Train a model on the current codes, in the background; on far fewer outcomes than before only if accepted.

    One that does worse than the current model is kept, and used only if it is then chosen.
    """
    opened, accepts_fewer = open_project_of(request), form_text(form_of(request).get("accept")) == "1"
    still_to_code = opened.still_to_code(coder_of(request))

    def work(progress: ProgressReporter) -> str:
        trained = train_project(
            opened.project,
            accept_fewer=accepts_fewer,
            accept_worse=False,
            still_to_code=still_to_code,
            progress=progress,
        )
        opened.reload()
        summary = summarise_project_training(trained, on_page=True)
        return joined("\n", (*summary.opening, *map(_on_page, summary.notes), summary.ending))

    if not opened.jobs.start(lazy_gettext("Training a model on the current codes"), work):
        say(request, gettext(_ANOTHER_TASK))
    return goto("/model")


def use_again(request: Request) -> Response:
    """Let suggestions come from an earlier model, and make them anew."""
    opened, place = open_project_of(request), form_text(form_of(request).get("place"))
    check_model(opened.project, place)

    def use() -> None:
        use_model(opened.project, place)
        opened.reload()

    if not suggest_beside(opened, first=use):
        say(request, gettext(_ANOTHER_TASK))
    return goto("/model")


ROUTES = [
    Route("/model", model),
    Route("/model/job", job),
    Route("/model/suggest", suggest_anew, methods=["POST"]),
    Route("/model/train", train, methods=["POST"]),
    Route("/model/use", use_again, methods=["POST"]),
]


def suggest_beside(opened: OpenProject, *, first: Callable[[], object] = lambda: None) -> bool:
    """Start to make new suggestions, after something that must come first; say whether it was started."""

    def work(progress: ProgressReporter) -> str:
        first()
        kept = refresh_suggestions(opened.project, progress=progress)
        opened.reload()
        notes = failure_notes({name: outcome.flags for name, outcome in kept.outcomes.items()})
        n = len(kept.outcomes)
        told = lazy_ngettext("Codes are suggested for {n} outcome.", "Codes are suggested for {n} outcomes.", n)
        return joined(" ", [told, *(joined("", [note.as_message(), "."]) for note in notes)])

    return opened.jobs.start(lazy_gettext("Suggesting codes"), work)


def _examples(training_set: TrainingSet, opened: OpenProject) -> Iterator[FieldExamples]:
    """Count the examples of each code."""
    outcomes = [outcome for harvest in training_set.harvests for outcome in harvest.outcomes]
    for field in opened.project.codebook.fields:
        given = [codes for outcome in outcomes if (codes := outcome.codes.get(field.name, ()))]
        counts = {code: sum(code in codes for codes in given) for code in field.code_names}
        few = tuple((field.shown([code])[0], n) for code, n in counts.items() if n < MIN_EXAMPLES)
        yield FieldExamples(name=field.shown_heading, n_outcomes=len(given), few=few)


def _counted_of_others(training_set: TrainingSet, opened: OpenProject, coder: str) -> Iterator[CountedCodes]:
    """Yield the codes that others chose and that a coder has not decided on."""
    codes = {outcome.fragment_id: outcome.codes for harvest in training_set.harvests for outcome in harvest.outcomes}
    for (name, field), provenance in training_set.rests_on.items():
        is_own = opened.journal_state.current_decision(coder, name, field) is not None
        if provenance is not Provenance.FILE and not is_own:
            yield CountedCodes(fragment_id=name, field=field, codes=frozenset(codes[name][field]))


def _n_compared(training_set: TrainingSet, opened: OpenProject) -> int | None:
    """Count the outcomes that a new model would be compared with the current one on; None where that can't be."""
    if opened.manifest is None or opened.is_model_older or opened.manifest.reduced is not None:
        return None
    outcomes = [outcome for harvest in training_set.harvests for outcome in harvest.outcomes]
    return len(outcomes_not_trained_on(outcomes, opened.manifest))


def _on_page(note: Note | str) -> str:
    return note.for_page().as_message() if isinstance(note, Note) else note
