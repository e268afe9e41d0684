from __future__ import annotations

import hashlib
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from classifier.codebook.schema import Codebook
from classifier.errors import FaultsError
from classifier.harvest.hidden_sheet import add_trace, remove_trace
from classifier.harvest.options import ReadingOptions
from classifier.harvest.reading import read_harvest
from classifier.harvest.suggestion_record import WrittenSuggestion, read_trace
from classifier.model.model import Model
from classifier.model.storage import save_model
from classifier.suggestion.types import Route
from classifier.suggestion.workbook import write_suggestion_workbook
from tests.support.suggested import suggest_by_hand, suggested
from tests.support.workbooks import write_outcomes, write_text

DORI, GOMA = "SCC-ENV/033", "SCC-WRL/006"
STORIES = {
    DORI: "In May 2024 the council of Dori adopted a by-law that keeps cattle away from the wells.",
    GOMA: "The women's platform of Goma obtained two seats in the peace committee.",
}
LOCAL = WrittenSuggestion(
    fragment_id=DORI,
    field="scale",
    columns=("Scale: suggestion", "Scale: confidence", "Scale: other candidates", "Scale: route"),
    suggested=("Local",),
    confidence=0.8125,
    others="National* 5%; Regional 2%",
    prediction_set=("Local", "National"),
    route="choose",
    model="sample (2026-03-14)",
    manifest_sha256="0" * 64,
)


def write_harvest(path: Path) -> Path:
    rows = ({"FragmentID": name, "Outcome description": story, "Scale": None} for name, story in STORIES.items())
    return write_outcomes(path, *rows)


def with_trace(path: Path, *written: WrittenSuggestion, sheet: str = "Outcomes") -> Path:
    workbook = Workbook()
    workbook.worksheets[0].title = sheet
    add_trace(workbook, written)
    workbook.save(path)
    return path


def suggest(path: Path, out: Path, model: Model, codebook: Codebook, *codes: str) -> Path:
    scale = suggested(codebook.field("scale"), *codes, possible=["Local", "National"], route=Route.CHOOSE)
    harvest = read_harvest(path, codebook=codebook, options=ReadingOptions(sheets=("Outcomes",)))
    suggestions = suggest_by_hand(harvest, model=model, codebook=codebook, fields={"scale": scale})
    write_suggestion_workbook(suggestions, out)
    return out


@pytest.fixture
def suggestions(tmp_path: Path, model: Model, codebook: Codebook) -> Path:
    """Return a workbook of suggestions, of local scale for both outcomes."""
    harvest = write_harvest(tmp_path / "harvest.xlsx")
    return suggest(harvest, tmp_path / "suggestions.xlsx", model, codebook, "Local")


# Kept and read


def test_what_was_kept_is_read_as_it_was_written(tmp_path: Path) -> None:
    goma = replace(LOCAL, fragment_id=GOMA, suggested=(), confidence=None, others="", prediction_set=())
    path = with_trace(tmp_path / "suggestions.xlsx", LOCAL, goma)
    assert read_trace(path) == {(DORI, "scale"): LOCAL, (GOMA, "scale"): goma}


def test_codes_may_hold_the_separator(tmp_path: Path) -> None:
    odd = replace(LOCAL, suggested=("Law; policy", '"Other"', "=1+1"), fragment_id="=1+1")
    assert read_trace(with_trace(tmp_path / "s.xlsx", odd)) == {("=1+1", "scale"): odd}


def test_sheet_is_not_among_those_that_can_be_shown(tmp_path: Path) -> None:
    workbook = load_workbook(with_trace(tmp_path / "s.xlsx", LOCAL))
    assert [(sheet.title, sheet.sheet_state) for sheet in workbook.worksheets] == [
        ("Outcomes", "visible"),
        ("outcome-coder", "veryHidden"),
    ]


def test_sheet_takes_another_name_beside_the_users(tmp_path: Path) -> None:
    path = with_trace(tmp_path / "s.xlsx", LOCAL, sheet="Outcome-coder")
    assert (load_workbook(path).sheetnames, len(read_trace(path))) == (["Outcome-coder", "outcome-coder (2)"], 1)


def test_workbook_without_a_trace_has_nothing_to_read(tmp_path: Path) -> None:
    assert read_trace(write_harvest(tmp_path / "harvest.xlsx")) == {}


def test_table_that_is_no_workbook_has_nothing_to_read(tmp_path: Path) -> None:
    assert read_trace(write_text(tmp_path / "harvest.csv", f"FragmentID,Outcome description\n{DORI},They met.\n")) == {}


def test_trace_is_taken_out_and_the_users_sheets_stay(tmp_path: Path) -> None:
    workbook = load_workbook(with_trace(tmp_path / "s.xlsx", LOCAL, sheet="Outcome-coder"))
    remove_trace(workbook)
    assert workbook.sheetnames == ["Outcome-coder"]


@pytest.mark.parametrize("changed", ["National", "[" * 30_000, "9" * 5_000])
def test_row_that_somebody_changed_is_reported_with_what_to_do(tmp_path: Path, changed: str) -> None:
    path = with_trace(tmp_path / "s.xlsx", LOCAL)
    workbook = load_workbook(path)
    workbook["outcome-coder"]["D2"] = changed
    workbook.save(path)
    with pytest.raises(FaultsError) as caught:
        read_trace(path)
    assert str(caught.value) == (
        "s.xlsx: 1 problem to correct\n"
        "  outcome-coder!A2: this row of a hidden sheet is not as outcome-coder wrote it (delete that sheet; "
        "the suggestions beside the outcomes are then read)"
    )


# In a workbook of suggestions


def test_suggestions_are_kept_with_possible_codes_and_model(suggestions: Path, model: Model) -> None:
    kept = read_trace(suggestions)[DORI, "scale"]
    assert (kept.suggested, kept.confidence, kept.prediction_set, kept.route, kept.model) == (
        ("Local",),
        0.75,
        ("Local", "National"),
        "choose",
        model.manifest.title,
    )


def test_each_field_of_each_outcome_is_kept(suggestions: Path, codebook: Codebook) -> None:
    assert list(read_trace(suggestions)) == [(name, field) for name in STORIES for field in codebook.names]


def test_manifest_is_the_one_in_the_models_folder(suggestions: Path, tmp_path: Path, model: Model) -> None:
    save_model(model, tmp_path / "cheap")
    manifest = (tmp_path / "cheap" / "manifest.json").read_bytes()
    assert read_trace(suggestions)[DORI, "scale"].manifest_sha256 == hashlib.sha256(manifest).hexdigest()


def test_columns_are_named_as_they_are_called_beside_the_users_own(
    tmp_path: Path, model: Model, codebook: Codebook
) -> None:
    outcome = {"FragmentID": DORI, "Outcome description": STORIES[DORI], "Scale: suggestion": "ask Awa"}
    harvest = write_outcomes(tmp_path / "harvest.xlsx", outcome)
    out = suggest(harvest, tmp_path / "suggestions.xlsx", model, codebook, "Local")
    assert read_trace(out)[DORI, "scale"].columns[:2] == ("Scale: suggestion (2)", "Scale: confidence")


def test_no_story_is_kept(suggestions: Path) -> None:
    cells = [cell for row in load_workbook(suggestions)["outcome-coder"].values for cell in row]
    assert [cell for cell in cells if cell in STORIES.values()] == []


def test_second_time_keeps_what_is_suggested_now(
    suggestions: Path, tmp_path: Path, model: Model, codebook: Codebook
) -> None:
    again = suggest(suggestions, tmp_path / "again.xlsx", model, codebook, "National")
    assert {suggestion.suggested for (_, field), suggestion in read_trace(again).items() if field == "scale"} == {
        ("National",)
    }


def test_trace_is_not_taken_for_the_sheet_of_outcomes(suggestions: Path, codebook: Codebook) -> None:
    workbook = load_workbook(suggestions)
    workbook.move_sheet("outcome-coder", -3)
    workbook.save(suggestions)
    assert read_harvest(suggestions, codebook=codebook).sheet.name == "Outcomes"


def test_about_sheet_says_what_is_hidden(suggestions: Path) -> None:
    rows = {row[0]: row[1] for row in load_workbook(suggestions)["About the suggestions"].values}
    assert rows["Hidden sheet"] == (
        "Keeps what was suggested, by the outcomes' IDs and without their texts, so that `outcome-coder confirm` can "
        "distinguish it from what somebody typed over it."
    )


@pytest.mark.libreoffice
def test_trace_is_the_same_after_libreoffice_saved_the_workbook(suggestions: Path, tmp_path: Path) -> None:
    program = shutil.which("soffice")
    assert program is not None
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [program, profile, "--headless", "--convert-to", "xlsx", "--outdir", str(tmp_path / "saved")]
    subprocess.run([*command, str(suggestions)], check=True, capture_output=True, timeout=120)
    assert read_trace(tmp_path / "saved" / "suggestions.xlsx") == read_trace(suggestions)
