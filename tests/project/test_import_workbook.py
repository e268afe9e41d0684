from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import load_workbook

from classifier.codebook.schema import Codebook
from classifier.errors import FaultsError
from classifier.harvest.reading import read_harvest
from classifier.harvest.suggestion_record import ShownSuggestion
from classifier.languages import LANGUAGES, use_language
from classifier.model.model import Model
from classifier.project.add_harvest import add_harvest
from classifier.project.import_summary import summarise_imported
from classifier.project.import_workbook import ImportedCodes, Keep, import_workbook
from classifier.project.journal import Decision, DecisionMethod
from classifier.project.project import Project, Shares, new_project, open_project
from classifier.project.provenance import Provenance, provenance_of
from classifier.suggestion.types import Route
from classifier.suggestion.workbook import write_suggestion_workbook
from tests.support.suggested import suggest_by_hand, suggested
from tests.support.workbooks import write_outcomes

DORI, GOMA = "SCC-ENV/033", "SCC-WRL/006"
OPTION, CLUSTER, SCALE = "MCQType of change", "TypeOfChangeCluster", "Scale"
OBJECTIVE = "Link to SCC Specific Objectives"


def write_harvest(path: Path, n_more: int = 0) -> Path:
    """Write an uncoded harvest of two outcomes and more."""
    names = [DORI, GOMA, *(f"SCC-LPC/{number:03}" for number in range(n_more))]
    return write_outcomes(
        path,
        *(
            {"FragmentID": name, "Outcome description": f"{name}: they met.", OPTION: None, CLUSTER: None, SCALE: None}
            for name in names
        ),
    )


def begun(tmp_path: Path, codebook: Codebook, n_more: int = 0) -> Project:
    (tmp_path / "codebook.yaml").write_text(codebook.dump(), encoding="utf-8")
    project = new_project(tmp_path / "project", codebook=tmp_path / "codebook.yaml")
    return add_harvest(project, write_harvest(tmp_path / "harvest.xlsx", n_more)).project


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory, model: Model, codebook: Codebook) -> Path:
    """Return a folder with the project, its harvest, and suggestions for it."""
    folder = tmp_path_factory.mktemp("made")
    begun(folder, codebook).journal.close()
    suggest(folder, model, codebook)
    return folder


@pytest.fixture
def project(tmp_path: Path, made_once: Path) -> Iterator[Project]:
    shutil.copytree(made_once, tmp_path, dirs_exist_ok=True)
    opened = open_project(tmp_path / "project")
    yield opened
    opened.journal.close()


def suggest(tmp_path: Path, model: Model, codebook: Codebook) -> Path:
    """Write suggestions for the harvest: local scale, national being possible."""
    out = tmp_path / "suggestions.xlsx"
    scale = suggested(codebook.field("scale"), "Local", possible=["Local", "National"], route=Route.CHOOSE)
    harvest = read_harvest(tmp_path / "harvest.xlsx", codebook=codebook)
    write_suggestion_workbook(suggest_by_hand(harvest, model=model, codebook=codebook, fields={"scale": scale}), out)
    return out


@pytest.fixture
def suggestions(project: Project) -> Path:
    return project.folder.parent / "suggestions.xlsx"


def typed(path: Path, column: str, value: str | float | None, *, row: int = 2) -> str:
    """Type into a workbook; return the cell."""
    workbook = load_workbook(path)
    sheet = workbook["Outcomes"]
    cell = next(cell for cell in sheet[1] if cell.value == column)
    place = f"{cell.column_letter}{row}"
    sheet[place] = value
    workbook.save(path)
    return f"Outcomes!{place}"


def confirmed(path: Path, project: Project) -> ImportedCodes:
    return import_workbook(path, project, coder="Ana")


def reported(returned: ImportedCodes) -> list[str]:
    """Give the notes that tell of suggestions."""
    return [str(note) for note in returned.notes if "codes belong in the column" in str(note)]


# Workbooks in other languages


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_workbook_in_any_language_is_confirmed_with_what_was_in_view(
    project: Project, tmp_path: Path, model: Model, codebook: Codebook, language: str
) -> None:
    with use_language(language):
        written = suggest(tmp_path, model, codebook)
    typed(written, SCALE, "Local")
    returned = confirmed(written, project)
    shown = [entry.decision.shown for entry in project.journal.entries()]
    assert ([one.suggested for one in shown if one is not None], reported(returned)) == ([("Local",)], [])


# Options that codes derive from


def test_cluster_follows_from_the_option_that_a_coder_entered(project: Project, tmp_path: Path) -> None:
    typed(tmp_path / "harvest.xlsx", OPTION, "Policy blocked")
    (entry,) = confirmed(tmp_path / "harvest.xlsx", project).recorded
    assert (entry.decision.field, entry.decision.codes) == (
        "change_type_cluster",
        ("Policy and law change",),
    )


def test_option_and_cluster_that_contradict_each_other_are_reported_with_the_cell(
    project: Project, tmp_path: Path
) -> None:
    typed(tmp_path / "harvest.xlsx", OPTION, "Policy blocked")
    typed(tmp_path / "harvest.xlsx", CLUSTER, "Capacity change")
    with pytest.raises(FaultsError) as caught:
        confirmed(tmp_path / "harvest.xlsx", project)
    assert str(caught.value) == (
        "harvest.xlsx: 1 problem to correct\n"
        "  Outcomes!D2: TypeOfChangeCluster is 'Capacity change', but MCQType of change 'Policy blocked' belongs to "
        "'Policy and law change' (correct one of the two cells)"
    )


def test_nothing_is_recorded_where_option_and_cluster_contradict_each_other(project: Project, tmp_path: Path) -> None:
    typed(tmp_path / "harvest.xlsx", OPTION, "Policy blocked")
    typed(tmp_path / "harvest.xlsx", CLUSTER, "Capacity change")
    typed(tmp_path / "harvest.xlsx", SCALE, "Local", row=3)
    with pytest.raises(FaultsError):
        confirmed(tmp_path / "harvest.xlsx", project)
    assert project.journal.entries() == ()


def test_conflict_over_an_option_names_the_cell_of_the_option(project: Project, tmp_path: Path) -> None:
    before = Decision(
        coder="Ana",
        fragment_id=DORI,
        field="change_type_cluster",
        codes=("Capacity change",),
        method=DecisionMethod.BY_HAND,
        codebook="c",
    )
    project.journal.record([before])
    cell = typed(tmp_path / "harvest.xlsx", OPTION, "Policy blocked")
    (conflict,) = confirmed(tmp_path / "harvest.xlsx", project).conflicts
    assert conflict.where == cell


# What was decided before


def decided(
    project: Project,
    field: str,
    *codes: str,
    method: DecisionMethod = DecisionMethod.BY_HAND,
    based_on: int | None = None,
    not_codable: str = "",
) -> int:
    """Let Ana decide on the first outcome; return the number of the entry."""
    made = Decision(
        coder="Ana",
        fragment_id=DORI,
        field=field,
        codes=codes,
        method=method,
        codebook="c",
        based_on=based_on,
        not_codable=not_codable,
    )
    (entry,) = project.journal.record([made])
    return entry.number


def write_objectives(path: Path, *objectives: str) -> Path:
    reported = {"FragmentID": DORI, "Outcome description": "They met.", OBJECTIVE: "; ".join(objectives)}
    return write_outcomes(path, reported)


def counts(returned: ImportedCodes) -> tuple[int, ...]:
    """Give how many cells are new, same, changed, left as they were, to be looked at, and empty."""
    kinds = (returned.n_new, returned.n_same, returned.n_changed, returned.n_kept, len(returned.conflicts))
    return (*kinds, returned.n_empty)


@pytest.mark.parametrize(
    ("keep", "expected"),
    [
        (Keep.NEITHER, (1, 1, 0, 0, 1, 5)),
        (Keep.WORKBOOK, (1, 1, 1, 0, 0, 5)),
        (Keep.JOURNAL, (1, 1, 0, 1, 0, 5)),
    ],
)
def test_every_cell_of_the_workbook_is_counted_once(
    project: Project, tmp_path: Path, keep: Keep, expected: tuple[int, ...]
) -> None:
    decided(project, "scale", "Local")
    decided(project, "change_type_cluster", "Capacity change")
    typed(tmp_path / "harvest.xlsx", SCALE, "National")
    typed(tmp_path / "harvest.xlsx", CLUSTER, "Capacity change")
    typed(tmp_path / "harvest.xlsx", SCALE, "Local", row=3)
    found = import_workbook(tmp_path / "harvest.xlsx", project, coder="Ana", keep=keep)
    assert counts(found) == expected
    assert sum(expected) == 2 * len(project.codebook.fields)


def test_decisions_that_count_before_the_workbook_are_reported_as_not_recorded(
    project: Project, tmp_path: Path
) -> None:
    decided(project, "scale", "Local")
    typed(tmp_path / "harvest.xlsx", SCALE, "National")
    found = import_workbook(tmp_path / "harvest.xlsx", project, coder="Ana", keep=Keep.JOURNAL)
    summary = summarise_imported(found, path=tmp_path / "harvest.xlsx", coder="Ana")
    assert (summary.tables[0][0][3], summary.tables[0][1][3]) == ("Differ, not recorded", "1")


def test_cells_emptied_after_a_decision_are_reported(project: Project, tmp_path: Path) -> None:
    decided(project, "scale", "Local")
    found = confirmed(tmp_path / "harvest.xlsx", project)
    summary = summarise_imported(found, path=tmp_path / "harvest.xlsx", coder="Ana")
    assert "1 cell empty here but decided by Ana before; these decisions are kept" in summary.notes


def test_empty_cell_of_an_outcome_that_is_not_codable_is_as_it_should_be(project: Project, tmp_path: Path) -> None:
    decided(project, "scale", not_codable="It is an activity.")
    assert confirmed(tmp_path / "harvest.xlsx", project).n_emptied == 0


def test_code_for_an_outcome_that_is_not_codable_is_a_conflict(project: Project, tmp_path: Path) -> None:
    decided(project, "scale", not_codable="It is an activity.")
    cell = typed(tmp_path / "harvest.xlsx", SCALE, "National")
    (conflict,) = confirmed(tmp_path / "harvest.xlsx", project).conflicts
    assert f"{cell}: Scale of {DORI} is 'National' here, but was decided as 'not codable' on" in str(conflict)


def test_decision_for_a_code_that_the_codebook_lacks_now_is_no_difference(project: Project, tmp_path: Path) -> None:
    decided(project, "scale", "Galactic")
    typed(tmp_path / "harvest.xlsx", SCALE, "National")
    found = confirmed(tmp_path / "harvest.xlsx", project)
    assert (found.n_new, found.conflicts) == (1, ())


def test_another_main_code_is_a_change(project: Project, tmp_path: Path, codebook: Codebook) -> None:
    civ, con, *_ = codebook.field("scc_objective").code_names
    decided(project, "scc_objective", civ, con)
    (conflict,) = confirmed(write_objectives(tmp_path / "reviewed.xlsx", con, civ), project).conflicts
    assert (conflict.entry.decision.codes, conflict.codes) == ((civ, con), (con, civ))


def test_further_codes_in_another_order_are_the_same(project: Project, tmp_path: Path, codebook: Codebook) -> None:
    civ, con, gen, *_ = codebook.field("scc_objective").code_names
    decided(project, "scc_objective", civ, con, gen)
    assert confirmed(write_objectives(tmp_path / "reviewed.xlsx", civ, gen, con), project).n_same == 1


def test_code_entered_after_a_decision_was_undone_is_not_reported_as_made_without_seeing_it(
    project: Project, tmp_path: Path
) -> None:
    first = decided(project, "scale", "Local")
    second = decided(project, "scale", "Regional", based_on=first)
    decided(project, "scale", method=DecisionMethod.UNDONE, based_on=second)
    typed(tmp_path / "harvest.xlsx", SCALE, "National")
    import_workbook(tmp_path / "harvest.xlsx", project, coder="Ana", keep=Keep.WORKBOOK)
    assert project.journal_state().unseen == ()


# Suggestions that somebody typed over


def test_suggestions_as_they_were_written_are_not_reported(suggestions: Path, project: Project) -> None:
    typed(suggestions, SCALE, "National")
    assert confirmed(suggestions, project).notes == ()


def test_suggestion_typed_over_is_reported_with_its_cell(suggestions: Path, project: Project) -> None:
    cell = typed(suggestions, "Scale: suggestion", "National")
    assert reported(confirmed(suggestions, project)) == [
        f"{cell}: the suggestion for Scale of SCC-ENV/033 is 'National' here but was written as 'Local'; codes belong "
        "in the column 'Scale'"
    ]


def test_suggestion_taken_out_is_reported(suggestions: Path, project: Project) -> None:
    cell = typed(suggestions, "Scale: suggestion", None)
    assert reported(confirmed(suggestions, project)) == [
        f"{cell}: the suggestion for Scale of SCC-ENV/033 is empty here but was written as 'Local'; codes belong in "
        "the column 'Scale'"
    ]


def test_remark_typed_over_a_suggestion_is_not_quoted(suggestions: Path, project: Project) -> None:
    cell = typed(suggestions, "Scale: suggestion", "Awa of Dori says the council was divided")
    assert reported(confirmed(suggestions, project)) == [
        f"{cell}: the suggestion for Scale of SCC-ENV/033 is something else here but was written as 'Local'; codes "
        "belong in the column 'Scale'"
    ]


def test_confidence_typed_over_is_reported(suggestions: Path, project: Project) -> None:
    cell = typed(suggestions, "Scale: confidence", 0.99)
    assert reported(confirmed(suggestions, project)) == [
        f"{cell}: the confidence for Scale of SCC-ENV/033 is '99%' here but was written as '75%'; codes belong in the "
        "column 'Scale'"
    ]


def test_confidence_typed_as_it_was_is_not_reported(suggestions: Path, project: Project) -> None:
    typed(suggestions, "Scale: confidence", "75 %")
    assert reported(confirmed(suggestions, project)) == []


def test_other_candidates_typed_over_are_reported(suggestions: Path, project: Project) -> None:
    cell = typed(suggestions, "Scale: other candidates", "Regional")
    assert reported(confirmed(suggestions, project)) == [
        f"{cell}: the other candidates for Scale of SCC-ENV/033 are not as they were written; codes belong in the "
        "column 'Scale'"
    ]


def test_route_typed_over_is_reported(suggestions: Path, project: Project) -> None:
    cell = typed(suggestions, "Scale: route", "confirm")
    assert reported(confirmed(suggestions, project)) == [
        f"{cell}: the route for Scale of SCC-ENV/033 is 'confirm' here but was written as 'choose'; codes belong in "
        "the column 'Scale'"
    ]


def test_suggestion_typed_where_none_was_is_reported(tmp_path: Path, model: Model, codebook: Codebook) -> None:
    project = begun(tmp_path, codebook)
    blank = {"FragmentID": DORI, "Outcome description": None, SCALE: None}
    write_outcomes(tmp_path / "harvest.xlsx", blank)
    path = suggest(tmp_path, model, codebook)
    cell = typed(path, "Scale: suggestion", "National")
    assert reported(confirmed(path, project)) == [
        f"{cell}: the suggestion for Scale of SCC-ENV/033 is 'National' here but was left empty; codes belong in the "
        "column 'Scale'"
    ]


def test_rows_may_be_sorted_without_a_word(suggestions: Path, project: Project) -> None:
    workbook = load_workbook(suggestions)
    sheet = workbook["Outcomes"]
    last = [cell.value for cell in sheet[3]]
    sheet.delete_rows(3)
    sheet.insert_rows(2)
    for column, value in enumerate(last, start=1):
        sheet.cell(2, column).value = value
    workbook.save(suggestions)
    assert reported(confirmed(suggestions, project)) == []


def test_only_twenty_cells_are_reported(tmp_path: Path, model: Model, codebook: Codebook) -> None:
    project = begun(tmp_path, codebook, n_more=21)
    path = suggest(tmp_path, model, codebook)
    workbook = load_workbook(path)
    column = next(cell.column for cell in workbook["Outcomes"][1] if cell.value == "Scale: route")
    for row in range(2, 25):
        workbook["Outcomes"].cell(row, column).value = "confirm"
    workbook.save(path)
    notes = confirmed(path, project).notes
    assert (len(notes), notes[-1]) == (21, "and 3 more changed cells of suggestions")


# What a coder had in view


def shown_for(path: Path, project: Project) -> ShownSuggestion | None:
    """Confirm a scale entered for the first outcome, and say what is kept as shown."""
    typed(path, SCALE, "National")
    (entry,) = confirmed(path, project).recorded
    return entry.decision.shown


def written(model: Model) -> ShownSuggestion:
    return ShownSuggestion(
        suggested=("Local",), confidence=0.75, prediction_set=("Local", "National"), model=model.manifest.title
    )


def test_suggestion_is_kept_with_its_model_and_possible_codes(
    suggestions: Path, project: Project, model: Model
) -> None:
    assert shown_for(suggestions, project) == written(model)


def test_what_we_wrote_is_kept_not_what_was_typed_over_it(suggestions: Path, project: Project, model: Model) -> None:
    typed(suggestions, "Scale: suggestion", "National")
    typed(suggestions, "Scale: confidence", 0.99)
    assert shown_for(suggestions, project) == written(model)


def test_code_entered_where_the_suggestions_were_taken_out_is_blind(suggestions: Path, project: Project) -> None:
    workbook = load_workbook(suggestions)
    sheet = workbook["Outcomes"]
    first = next(cell.column for cell in sheet[1] if cell.value == "Scale: suggestion")
    sheet.delete_cols(first, 4)
    del workbook["Review"]  # which shows the suggestions too
    workbook.save(suggestions)
    assert shown_for(suggestions, project) is None


def test_workbook_without_its_trace_is_read_by_its_columns(suggestions: Path, project: Project) -> None:
    workbook = load_workbook(suggestions)
    workbook.remove(workbook["outcome-coder"])
    workbook.save(suggestions)
    assert shown_for(suggestions, project) == ShownSuggestion(
        suggested=("Local",), confidence=0.75, prediction_set=("Local", "National"), model=""
    )


def test_suggested_code_to_code_afresh_is_read_as_a_possible_one(suggestions: Path, project: Project) -> None:
    typed(suggestions, "Scale: route", "code afresh")
    workbook = load_workbook(suggestions)
    workbook.remove(workbook["outcome-coder"])
    workbook.save(suggestions)
    shown = shown_for(suggestions, project)
    assert shown is not None
    assert shown.prediction_set == ("Local", "National")


def test_suggestion_that_the_trace_lacks_is_read_by_its_columns(suggestions: Path, project: Project) -> None:
    workbook = load_workbook(suggestions)
    workbook["outcome-coder"].delete_rows(2, 20)
    workbook.save(suggestions)
    shown = shown_for(suggestions, project)
    assert shown is not None
    assert (shown.suggested, shown.model) == (("Local",), "")


# IDs that look alike

HYPHENED = DORI.replace("-", "\N{NON-BREAKING HYPHEN}")


def recoded(path: Path) -> Path:
    return write_outcomes(path, {"FragmentID": HYPHENED, "Outcome description": "They met.", SCALE: "Local"})


def test_id_that_looks_like_one_of_the_project_is_reported_by_name(project: Project, tmp_path: Path) -> None:
    found = confirmed(recoded(tmp_path / "coded.xlsx"), project)
    assert (found.strangers, found.recorded) == ((HYPHENED,), ())
    assert [str(note) for note in found.notes if "looks like" in str(note)] == [
        f"Outcomes!A2: {HYPHENED!r} looks like {DORI!r} of the project: it has a non-breaking hyphen (U+2011) where "
        f"{DORI!r} has a hyphen (if it is the same outcome, add --match-ids, or correct the ID)"
    ]


def test_similar_id_of_the_project_is_matched_where_that_is_asked_for(project: Project, tmp_path: Path) -> None:
    found = import_workbook(recoded(tmp_path / "coded.xlsx"), project, coder="Ana", match_ids=True)
    assert [(one.decision.fragment_id, one.decision.codes) for one in found.recorded] == [(DORI, ("Local",))]
    assert found.strangers == ()


# Outcomes to be coded blind


def blind_assisted(path: Path, project: Project, *, blind: float) -> tuple[str, ...]:
    return confirmed(path, replace(project, shares=Shares(blind=blind))).blind_assisted


def test_outcome_to_be_coded_blind_that_had_a_suggestion_in_view_is_reported(
    suggestions: Path, project: Project
) -> None:
    typed(suggestions, SCALE, "National")
    returned = confirmed(suggestions, replace(project, shares=Shares(blind=1.0)))
    assert provenance_of(entry.decision for entry in returned.recorded) is Provenance.ASSISTED
    assert summarise_imported(returned, path=suggestions, coder="Ana").notes[0] == (
        "1 outcome was to be coded without seeing suggestions; its decisions count as assisted: SCC-ENV/033 (next "
        "time, code such outcomes on the review page, which shows no suggestions for them, or in a copy of the "
        "harvest without suggestions)"
    )


def test_outcome_not_to_be_coded_blind_is_not_reported_as_assisted(suggestions: Path, project: Project) -> None:
    typed(suggestions, SCALE, "National")
    assert blind_assisted(suggestions, project, blind=0.0) == ()


def test_outcome_coded_blind_in_a_copy_of_the_harvest_is_not_reported(project: Project, tmp_path: Path) -> None:
    typed(tmp_path / "harvest.xlsx", SCALE, "National")
    assert blind_assisted(tmp_path / "harvest.xlsx", project, blind=1.0) == ()


def test_each_outcome_to_be_coded_blind_is_counted_once(suggestions: Path, project: Project) -> None:
    for row in (2, 3):
        typed(suggestions, SCALE, "National", row=row)
    assert blind_assisted(suggestions, project, blind=1.0) == (DORI, GOMA)
