from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import openpyxl
import pytest

from classifier import sample_files
from classifier.errors import ModelError, ProjectError
from classifier.model.storage import load_model
from classifier.project.add_harvest import add_harvest
from classifier.project.project import Project, new_project
from classifier.project.refresh_suggestions import refresh_suggestions
from classifier.project.suggestion_store import StoredSuggestions, SuggestionSet, story_sha256
from classifier.suggestion.types import FieldSuggestion
from tests.support.projects import begin_project, row, use_model
from tests.support.suggested import suggested
from tests.support.workbooks import write_sheets

UNCODED = ("SCC-JEU/026", "SCC-ENV/028", "SCC-JEU/017", "SCC-LOB/034")
CODED, HALF, LEARNT = "SCC-WRL/026", "SCC-PHR/001", "SCC-ENV/033"
CODE_COLUMNS = {
    "Social actor": "Civic change agents",
    "Scale": "Local",
    "Link to SCC Specific Objectives": "CIV: Less suppression of civic space",
    "TypeOfChangeCluster": "Policy and law change",
}


def rows_of(path: Path) -> tuple[list[object], dict[str, list[object]]]:
    header, *rows = openpyxl.load_workbook(path)["Outcomes"].values
    return list(header), {str(cells[0]): list(cells) for cells in rows}


def some_outcomes(folder: Path, training_data: Path, *names: str) -> Path:
    """Copy outcomes of the sample into a workbook of their own; training outcomes arrive uncoded."""
    header, new = rows_of(training_data / "harvest_3_new.xlsx")
    _, training_row = rows_of(training_data / "harvest_1.xlsx")
    chosen = [(new | {LEARNT: training_row[LEARNT]})[name] for name in names]
    for cells in chosen:
        columns = CODE_COLUMNS if cells[0] == CODED else {"Scale": "Local"} if cells[0] == HALF else {}
        for column in (*CODE_COLUMNS, "MCQType of change"):
            cells[header.index(column)] = columns.get(column)
    return write_sheets(folder / "harvest.xlsx", {"Outcomes": [header, *chosen]})


def begin(folder: Path, training_data: Path, *names: str) -> Project:
    begun = new_project(folder / "project", codebook=sample_files.codebook_path(), model="sample")
    return add_harvest(begun, some_outcomes(folder, training_data, *names)).project


def earlier(project: Project, name: str) -> StoredSuggestions:
    """Make up what an earlier model suggested."""
    fields: dict[str, FieldSuggestion] = {
        field.name: suggested(field, field.code_names[0]) for field in project.codebook.fields
    }
    return StoredSuggestions(
        story=story_sha256(project.outcomes[name]), model="earlier (2026-05-01)", fields=fields, flags=()
    )


# What stands in the way


def test_project_without_a_model_is_reported_how_to_train_one(tmp_path: Path) -> None:
    project = begin_project(tmp_path, row("SCC-LPC/035"))
    with closing(project.journal), pytest.raises(ProjectError) as caught:
        refresh_suggestions(project)
    assert str(caught.value) == (
        f"{project.folder}: has no model; train one under Model on the review page, or with `outcome-coder project "
        f"train --project {project.folder}`"
    )


def test_model_that_is_not_there_is_reported(tmp_path: Path) -> None:
    project = use_model(begin_project(tmp_path, row("SCC-LPC/035")), "sampel")
    with closing(project.journal), pytest.raises(ModelError) as caught:
        refresh_suggestions(project)
    assert str(caught.value) == "sampel: no such model (did you mean 'sample'?)"


def test_model_of_another_codebook_is_refused_and_nothing_is_kept(tmp_path: Path) -> None:
    project = use_model(begin_project(tmp_path, row("SCC-LPC/035")), "sample")
    with closing(project.journal), pytest.raises(ModelError, match="model 'sample' was trained with another codebook"):
        refresh_suggestions(project)
    assert list(project.suggestions.sets()) == []


# What needs no suggestion, and no encoder either


def test_project_whose_outcomes_are_coded_keeps_an_empty_set(training_data: Path, tmp_path: Path) -> None:
    project = begin(tmp_path, training_data, CODED)
    with closing(project.journal):
        assert refresh_suggestions(project).outcomes == {}


@pytest.mark.slow
def test_outcome_that_was_trained_on_keeps_the_suggestion_it_had(training_data: Path, tmp_path: Path) -> None:
    project = begin(tmp_path, training_data, LEARNT)
    with closing(project.journal):
        before = {LEARNT: earlier(project, LEARNT)}
        project.suggestions.keep(before)
        assert refresh_suggestions(project).outcomes == before


def test_outcome_that_was_trained_on_gets_no_suggestion_of_the_model(training_data: Path, tmp_path: Path) -> None:
    project = begin(tmp_path, training_data, LEARNT)
    with closing(project.journal):
        assert refresh_suggestions(project).outcomes == {}


def test_suggestion_of_an_outcome_that_is_coded_now_is_not_kept_on(training_data: Path, tmp_path: Path) -> None:
    project = begin(tmp_path, training_data, CODED)
    with closing(project.journal):
        project.suggestions.keep({CODED: earlier(project, CODED)})
        assert refresh_suggestions(project).outcomes == {}


def test_outcome_that_is_coded_in_a_later_file_is_left_out(training_data: Path, tmp_path: Path) -> None:
    project = begin(tmp_path, training_data, HALF)
    header, rows = rows_of(project.harvests[0].path)
    for column, code in CODE_COLUMNS.items():
        rows[HALF][header.index(column)] = code
    later = write_sheets(tmp_path / "later.xlsx", {"Outcomes": [header, rows[HALF]]})
    with closing(project.journal):
        assert refresh_suggestions(add_harvest(project, later).project).outcomes == {}


# With the sample model and its encoder


@pytest.fixture(scope="module")
def refreshed(training_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Project, SuggestionSet]]:
    """Return a project with suggestions, and the set that was kept; one outcome had an earlier suggestion."""
    folder = tmp_path_factory.mktemp("refreshing")
    project = begin(folder, training_data, *UNCODED, CODED, HALF, LEARNT)
    project.suggestions.keep({name: earlier(project, name) for name in (UNCODED[0], LEARNT)})
    yield project, refresh_suggestions(project, cache=False)
    project.journal.close()


@pytest.mark.encoder
def test_set_that_was_kept_is_on_the_disk(refreshed: tuple[Project, SuggestionSet]) -> None:
    project, kept = refreshed
    assert (kept.number, project.suggestions.latest()) == (2, kept)


@pytest.mark.encoder
def test_outcomes_coded_in_their_file_are_left_out(refreshed: tuple[Project, SuggestionSet]) -> None:
    _, kept = refreshed
    assert sorted(kept.outcomes) == sorted([*UNCODED, HALF, LEARNT])


@pytest.mark.encoder
def test_each_field_is_suggested_for(refreshed: tuple[Project, SuggestionSet]) -> None:
    project, kept = refreshed
    found = [
        kept.outcomes[name].suggestion(field, project.outcomes[name])
        for name in UNCODED
        for field in project.codebook.fields
    ]
    assert [
        suggestion
        for suggestion in found
        if suggestion is None or not suggestion.nearest or suggestion.confidence is None
    ] == []


@pytest.mark.encoder
def test_suggestion_is_of_the_model_that_the_project_has_now(refreshed: tuple[Project, SuggestionSet]) -> None:
    _, kept = refreshed
    title = load_model("sample").manifest.title
    assert {name: outcome.model for name, outcome in kept.outcomes.items()} == dict.fromkeys(
        (*UNCODED, HALF), title
    ) | {LEARNT: "earlier (2026-05-01)"}


@pytest.mark.encoder
def test_suggestion_is_for_the_present_story(refreshed: tuple[Project, SuggestionSet]) -> None:
    project, kept = refreshed
    assert {name: outcome.story for name, outcome in kept.outcomes.items()} == {
        name: story_sha256(project.outcomes[name]) for name in kept.outcomes
    }


@pytest.mark.encoder
def test_earlier_set_stays_as_it_was(refreshed: tuple[Project, SuggestionSet]) -> None:
    project, _ = refreshed
    assert project.suggestions.get(1).outcomes == {name: earlier(project, name) for name in (UNCODED[0], LEARNT)}
