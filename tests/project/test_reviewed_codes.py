"""Codes and notes of the sheet Review in a project: recorded, exported, compared and counted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import load_workbook

from classifier.agreement.codings import read_codings
from classifier.codebook.schema import Codebook
from classifier.model.model import Model
from classifier.project.add_harvest import add_harvest
from classifier.project.coded_outcomes import ExportOptions
from classifier.project.export import export_project
from classifier.project.import_workbook import ImportedCodes, import_workbook
from classifier.project.project import Project, new_project
from tests.support.reviewing import column_on, put, suggest_for_review
from tests.support.sorting import change
from tests.support.workbooks import write_outcomes

DORI, GOMA = "SCC-ENV/033", "SCC-WRL/006"


@pytest.fixture
def project(tmp_path: Path, codebook: Codebook) -> Iterator[Project]:
    (tmp_path / "codebook.yaml").write_text(codebook.dump(), encoding="utf-8")
    begun = new_project(tmp_path / "project", codebook=tmp_path / "codebook.yaml")
    rows = [
        {"FragmentID": name, "Outcome description": f"{name}: the council met.", "Scale": None} for name in (DORI, GOMA)
    ]
    yield add_harvest(begun, write_outcomes(tmp_path / "harvest.xlsx", *rows)).project
    begun.journal.close()


@pytest.fixture
def returned(project: Project, tmp_path: Path, model: Model, codebook: Codebook) -> Path:
    return suggest_for_review(tmp_path / "harvest.xlsx", tmp_path / "returned.xlsx", model=model, codebook=codebook)


def confirmed(path: Path, project: Project) -> ImportedCodes:
    return import_workbook(path, project, coder="Ana")


def notes_on_review(imported: ImportedCodes) -> list[str]:
    return [str(note) for note in imported.notes if str(note).startswith("Review!")]


def test_code_chosen_there_is_recorded(returned: Path, project: Project) -> None:
    put(returned, GOMA, "Scale", "National")
    (entry,) = confirmed(returned, project).recorded
    assert (entry.decision.fragment_id, entry.decision.field, entry.decision.codes) == (GOMA, "scale", ("National",))


def test_suggestion_beside_it_was_in_view(returned: Path, project: Project) -> None:
    put(returned, DORI, "Scale", "National")
    (entry,) = confirmed(returned, project).recorded
    assert entry.decision.shown is not None
    assert entry.decision.shown.suggested == ("Local",)


def test_code_is_blind_where_suggestions_were_taken_out_of_both_sheets(returned: Path, project: Project) -> None:
    put(returned, DORI, "Scale", "National")
    change(returned, lambda sheet: sheet.delete_cols(column_on(sheet, "Suggestion")), sheet="Review")
    change(returned, lambda sheet: sheet.delete_cols(column_on(sheet, "Scale: suggestion"), 3))
    (entry,) = confirmed(returned, project).recorded
    assert entry.decision.shown is None


def test_note_is_recorded_with_its_code(returned: Path, project: Project) -> None:
    put(returned, GOMA, "Scale", "National")
    put(returned, GOMA, "Scale", "ask Awa", name="Note")
    (entry,) = confirmed(returned, project).recorded
    assert entry.decision.note == "ask Awa"


def test_note_without_a_code_is_told(returned: Path, project: Project) -> None:
    cell = put(returned, GOMA, "Scale", "ask Awa", name="Note")
    assert notes_on_review(confirmed(returned, project)) == [
        f"{cell}: a note is recorded with a new code only, and this one was not (choose a code beside it, or write "
        "the note on the review page)"
    ]


def test_note_that_was_recorded_is_not_told_when_the_workbook_comes_again(returned: Path, project: Project) -> None:
    put(returned, GOMA, "Scale", "National")
    put(returned, GOMA, "Scale", "ask Awa", name="Note")
    confirmed(returned, project)
    assert notes_on_review(confirmed(returned, project)) == []


def test_difference_from_an_earlier_decision_names_the_cell(returned: Path, project: Project) -> None:
    put(returned, GOMA, "Scale", "National")
    confirmed(returned, project)
    cell = put(returned, GOMA, "Scale", "Local")
    (conflict,) = confirmed(returned, project).conflicts
    assert conflict.where == cell


def test_code_typed_over_a_suggestion_there_is_told(returned: Path, project: Project) -> None:
    cell = put(returned, DORI, "Scale", "National", name="Suggestion")
    assert notes_on_review(confirmed(returned, project)) == [
        f"{cell}: the suggestion for Scale of SCC-ENV/033 is 'National' here but was written as 'Local'; codes belong "
        "in the column 'Code'"
    ]


def test_harvest_with_codes_chosen_there_is_added_with_them(returned: Path, project: Project) -> None:
    put(returned, GOMA, "Scale", "National")
    assert add_harvest(project, returned).project.outcomes[GOMA].codes == {"scale": ("National",)}


def test_export_has_the_code_in_the_outcomes_own_cell_and_no_review_sheet(returned: Path, project: Project) -> None:
    put(returned, GOMA, "Scale", "National")
    added = add_harvest(project, returned).project
    out = returned.with_name("coded.xlsx")
    export_project(added, out, options=ExportOptions(harvest="returned.xlsx"))
    workbook = load_workbook(out)
    assert ("Review" in workbook.sheetnames, workbook["Outcomes"]["C3"].value) == (False, "National")


def test_agreement_compares_codes_chosen_there(returned: Path, project: Project, codebook: Codebook) -> None:
    other = returned.with_name("ben.xlsx")
    other.write_bytes(returned.read_bytes())
    put(returned, GOMA, "Scale", "National")
    put(other, GOMA, "Scale", "Local")
    codings = read_codings([returned, other], codebook=codebook)
    assert codings.fields["scale"].codes == (((), ()), (("National",), ("Local",)))
