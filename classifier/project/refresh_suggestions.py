"""New suggestions for a project's outcomes, by its current model."""

from __future__ import annotations

from dataclasses import replace

from classifier.errors import ProjectError
from classifier.harvest.reading import Harvest
from classifier.model.model import Model
from classifier.model.storage import find_model, load_model
from classifier.progress import NO_PROGRESS, ProgressReporter
from classifier.project.project import Project
from classifier.project.suggestion_store import StoredSuggestions, SuggestionSet, story_sha256
from classifier.suggestion.model_checks import check_same_codes
from classifier.suggestion.workflow import suggest


def refresh_suggestions(
    project: Project, *, cache: bool = True, progress: ProgressReporter = NO_PROGRESS
) -> SuggestionSet:
    """Suggest codes for a project's outcomes, and keep them beside the earlier suggestions.

    Outcomes that are coded in their file need none. Those that the model was trained on keep their earlier
    suggestion, as the model knows their codes.
    """
    if project.model_place is None:
        raise ProjectError(
            f"{project.folder}: has no model; train one under Model on the review page, or with `outcome-coder "
            f"project train --project {project.folder}`"
        )
    model = load_model(find_model(project.model_place))
    remedy = (
        "train it again under Model on the review page, or with `outcome-coder project train --project "
        f"{project.folder}`"
    )
    check_same_codes(project.codebook, model, f" than the project has; {remedy}")
    trained_on = set(model.manifest.fragment_ids)
    before = project.suggestions.latest()
    kept = {} if before is None else {name: outcome for name, outcome in before.outcomes.items() if name in trained_on}
    current = project.outcomes
    for harvest in project.harvests:
        wanted = [
            outcome
            for outcome in harvest.outcomes
            if current[outcome.fragment_id] is outcome
            and outcome.fragment_id not in trained_on
            and not all(outcome.codes.get(name) for name in project.codebook.names)
        ]
        if wanted:
            kept |= _suggested(replace(harvest, outcomes=tuple(wanted)), project, model, cache=cache, progress=progress)
    return project.suggestions.keep(kept)


def _suggested(
    harvest: Harvest, project: Project, model: Model, *, cache: bool, progress: ProgressReporter
) -> dict[str, StoredSuggestions]:
    made = suggest(harvest, model=model, codebook=project.codebook, cache=cache, progress=progress)
    return {
        outcome.fragment_id: StoredSuggestions(
            story=story_sha256(outcome.outcome), model=model.manifest.title, fields=outcome.fields, flags=outcome.flags
        )
        for outcome in made.outcomes
    }
