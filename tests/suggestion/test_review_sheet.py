"""The sheet Review of a workbook of suggestions, as it is written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.table import Table
from openpyxl.worksheet.worksheet import Worksheet

from classifier.codebook.schema import Codebook
from classifier.errors import OutputError
from classifier.faults import Fault
from classifier.harvest.reading import read_harvest
from classifier.model.model import Model
from classifier.suggestion import review_sheet
from classifier.suggestion.csv_and_jsonl import check_output
from classifier.suggestion.drop_downs import drop_down_of_fields
from classifier.suggestion.types import FieldSuggestion, Route
from classifier.suggestion.workbook import write_suggestion_workbook
from classifier.suggestion.workflow import suggest_file
from tests.support.reviewing import column_on, put, review_rows, row_of, suggest_for_review
from tests.support.sorting import change
from tests.support.suggested import suggest_by_hand, suggested
from tests.support.workbooks import write_outcomes

WELLS, RIFLE = "SCC-ENV/033", "SCC-JEU/026"
STORY = "The council of Dori adopted a by-law that keeps cattle away from the wells."
FIELDS = ["TypeOfChangeCluster", "Social actor", "Scale", "Link to SCC Specific Objectives"]


@pytest.fixture
def harvest(tmp_path: Path) -> Path:
    """Two outcomes, the first of them with a scale."""
    first = {"FragmentID": WELLS, "Outcome description": STORY, "Significance of the outcome": "Cattle drank there."}
    second = {"FragmentID": RIFLE, "Outcome description": "Seven young men of Sambonaye laid down a rifle."}
    more = {"Social actor": None, "Link to SCC Specific Objectives": None}
    return write_outcomes(
        tmp_path / "harvest.xlsx", {**first, "Scale": "local", **more}, {**second, "Scale": None, **more}
    )


def suggest_to(
    harvest: Path, model: Model, codebook: Codebook, fields: Mapping[str, FieldSuggestion] | None = None
) -> tuple[Worksheet, tuple[Fault, ...]]:
    """Write suggestions, and open the sheet; return it and the notes."""
    read = read_harvest(harvest, codebook=codebook)
    made = suggest_by_hand(read, model=model, codebook=codebook, fields=fields, flags=["too short"])
    out = harvest.with_name("suggestions.xlsx")
    notes = write_suggestion_workbook(made, out)
    workbook = load_workbook(out)
    sheet = workbook["Review" if "Review" in workbook.sheetnames else "About the suggestions"]
    assert isinstance(sheet, Worksheet)
    return sheet, notes


@pytest.fixture
def sheet(harvest: Path, model: Model, codebook: Codebook) -> Worksheet:
    return suggest_to(harvest, model, codebook)[0]


def cell_of(sheet: Worksheet, fragment_id: str, field: str, name: str) -> object:
    return sheet.cell(row_of(sheet, fragment_id, field), column_on(sheet, name)).value


def letters_of(sheet: Worksheet, name: str) -> str:
    return get_column_letter(column_on(sheet, name))


def test_there_is_a_row_for_each_outcome_and_field_in_their_order(sheet: Worksheet) -> None:
    rows = [(sheet.cell(row, 1).value, sheet.cell(row, 2).value) for row in range(2, sheet.max_row + 1)]
    assert rows == [(name, field) for name in (WELLS, RIFLE) for field in FIELDS]


def test_story_has_its_description_first_and_its_parts_below(sheet: Worksheet) -> None:
    assert cell_of(sheet, WELLS, "Scale", "Story") == f"{STORY}\nSignificance of the outcome: Cattle drank there."


def test_suggestion_is_shown_with_confidence_and_route(sheet: Worksheet) -> None:
    shown = [cell_of(sheet, WELLS, "Scale", name) for name in ("Suggestion", "Confidence", "Route")]
    assert shown == ["Local", 0.75, "choose"]


def test_code_that_an_outcome_has_is_shown_in_the_codebooks_spelling(sheet: Worksheet) -> None:
    assert cell_of(sheet, WELLS, "Scale", "Code") == "Local"


def test_no_code_is_chosen_for_an_outcome_without_one(sheet: Worksheet) -> None:
    assert cell_of(sheet, RIFLE, "Scale", "Code") is None


def test_other_candidates_reasons_and_flags_are_folded(sheet: Worksheet) -> None:
    shapes = [sheet.column_dimensions[letters_of(sheet, name)] for name in ("Other candidates", "Why", "Flags")]
    assert [(shape.outlineLevel, shape.hidden) for shape in shapes] == [(1, True)] * 3


def test_button_that_unfolds_them_is_at_their_left(sheet: Worksheet) -> None:
    assert sheet.column_dimensions[letters_of(sheet, "Note")].collapsed
    assert sheet.sheet_properties.outlinePr is not None
    assert sheet.sheet_properties.outlinePr.summaryRight is False
    assert sheet.sheet_format.outlineLevelCol == 1


def test_routes_differ_in_font_as_well_as_in_colour(harvest: Path, model: Model, codebook: Codebook) -> None:
    field = codebook.field("scale")
    fonts = []
    for route in Route:
        sheet, _ = suggest_to(harvest, model, codebook, {"scale": suggested(field, "Local", route=route)})
        cell = sheet.cell(row_of(sheet, WELLS, "Scale"), column_on(sheet, "Route"))
        fonts.append((cell.font.b, cell.font.i, cell.fill.fgColor.rgb))
    assert fonts == [(True, False, "00B7E1CD"), (False, False, "00FFF2CC"), (False, True, "00D0CECE")]


def test_header_id_and_field_stay_in_sight(sheet: Worksheet) -> None:
    assert sheet.freeze_panes == "C2"


def test_all_columns_can_be_filtered(sheet: Worksheet) -> None:
    assert sheet.auto_filter.ref == sheet.dimensions


def test_sheet_prints_on_a4_landscape_as_wide_as_the_paper_with_its_header_on_every_page(sheet: Worksheet) -> None:
    setup = sheet.page_setup
    assert (setup.paperSize, setup.orientation, setup.fitToWidth, setup.fitToHeight) == (9, "landscape", 1, 0)
    assert sheet.print_title_rows == "$1:$1"


def test_drop_down_looks_up_the_codes_of_the_rows_field(sheet: Worksheet) -> None:
    (validation,) = sheet.data_validations.dataValidation
    assert (str(validation.sqref), validation.formula1) == (
        "G2:G9",
        "OFFSET('Codes'!$B$1,MATCH($B2,'Codes'!$A$2:$A$43,0),0,SUMPRODUCT(--('Codes'!$A$2:$A$43=$B2)),1)",
    )


def test_several_codes_may_be_typed(sheet: Worksheet) -> None:
    (validation,) = sheet.data_validations.dataValidation
    assert (validation.errorStyle, validation.error) == (
        "warning",
        "Several codes, in a field that takes several, and other names and short forms of codes are fine: answer Yes "
        "to keep what you entered.",
    )


def test_code_cell_says_how_several_codes_are_written(sheet: Worksheet) -> None:
    (validation,) = sheet.data_validations.dataValidation
    assert (validation.promptTitle, validation.prompt) == (
        "One or more codes",
        "Link to SCC Specific Objectives: if several codes fit, write the main one first, with ';' between them.",
    )


def test_message_on_several_codes_names_no_fields_where_it_would_be_too_long_for_excel(codebook: Codebook) -> None:
    objective = codebook.field("scc_objective")
    fields = [objective.model_copy(update={"column": f"Objective of the {place}th district"}) for place in range(9)]
    assert drop_down_of_fields(fields, "$B$2", explained_in="Codes").prompt == (
        "Where a field takes several codes, write the main one first, with ';' between them."
    )


def test_code_is_stopped_where_no_field_takes_several_or_has_short_forms(
    tmp_path: Path, model: Model, codebook: Codebook
) -> None:
    scale = Codebook(fields=(codebook.field("scale"),), columns=codebook.columns)
    path = write_outcomes(tmp_path / "harvest.xlsx", {"FragmentID": WELLS, "Outcome description": STORY})
    (validation,) = suggest_to(path, model, scale)[0].data_validations.dataValidation
    assert (validation.errorStyle, validation.errorTitle) == ("stop", "Not in the codebook")


def test_code_cells_are_text_so_that_what_is_typed_stays(sheet: Worksheet) -> None:
    assert sheet["G2"].number_format == "@"


def test_about_sheet_says_in_two_lines_how_it_is_used(harvest: Path, model: Model, codebook: Codebook) -> None:
    suggest_to(harvest, model, codebook)
    rows = load_workbook(harvest.with_name("suggestions.xlsx"))["About the suggestions"].iter_rows(values_only=True)
    assert [row[0] for row in rows if str(row[0]).startswith("Review")] == ["Review", "Review: rows"]


# Suggested for again


def test_codes_and_notes_are_taken_over_when_suggested_for_again(
    harvest: Path, model: Model, codebook: Codebook, tmp_path: Path
) -> None:
    first = suggest_for_review(harvest, tmp_path / "first.xlsx", model=model, codebook=codebook)
    put(first, RIFLE, "Scale", "National")
    put(first, RIFLE, "Scale", "ask Awa", name="Note")
    again = suggest_for_review(first, tmp_path / "again.xlsx", model=model, codebook=codebook)
    assert (RIFLE, "Scale", "National", "ask Awa") in review_rows(again, "ID", "Field", "Code", "Note")
    assert read_harvest(again, codebook=codebook).outcomes[1].codes == {"scale": ("National",)}


@pytest.mark.parametrize(("name", "text", "what"), [("Code", "National", "1 code"), ("Note", "ask Awa", "1 note")])
def test_workbook_with_a_code_or_note_there_is_not_written_over(
    harvest: Path, model: Model, codebook: Codebook, tmp_path: Path, name: str, text: str, what: str
) -> None:
    out = suggest_for_review(harvest, tmp_path / "out.xlsx", model=model, codebook=codebook)
    cell = put(out, RIFLE, "Scale", text, name=name)
    with pytest.raises(OutputError) as caught:
        check_output(out, read_harvest(harvest, codebook=codebook), codebook=codebook, overwrite=False)
    assert str(caught.value) == (
        f"{out}: a coder has entered {what} there, the first in {cell}; choose another --out, or add --overwrite to "
        "lose them"
    )


def test_workbook_with_the_harvests_own_codes_is_written_over(
    harvest: Path, model: Model, codebook: Codebook, tmp_path: Path
) -> None:
    out = suggest_for_review(harvest, tmp_path / "out.xlsx", model=model, codebook=codebook)
    check_output(out, read_harvest(harvest, codebook=codebook), codebook=codebook, overwrite=False)


# Too large for it


def test_sheet_is_left_out_of_a_large_harvest_and_that_is_told(
    harvest: Path, model: Model, codebook: Codebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review_sheet, "MOST_ROWS", 7)
    about, notes = suggest_to(harvest, model, codebook)
    reason = "2 outcomes with 4 fields would take 8 rows, and with more than 7 the workbook would be slow to open"
    assert ("Review", f"Left out: {reason}.") in [row[:2] for row in about.iter_rows(values_only=True)]
    assert [str(note) for note in notes] == [
        f"the sheet 'Review' was left out: {reason} (enter codes in the code columns beside the outcomes, or split the "
        "harvest)"
    ]


def test_sheet_is_left_out_where_stories_are_very_long(
    harvest: Path, model: Model, codebook: Codebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review_sheet, "MOST_LETTERS", 100)
    _, (note,) = suggest_to(harvest, model, codebook)
    assert "since each is repeated for every field, and with more than 100 the workbook" in str(note)


def test_workbook_without_it_opens_at_the_outcomes(
    harvest: Path, model: Model, codebook: Codebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review_sheet, "MOST_ROWS", 7)
    suggest_to(harvest, model, codebook)
    active = load_workbook(harvest.with_name("suggestions.xlsx")).active
    assert active is not None
    assert active.title == "Outcomes"


# A user's own workbook


def test_rows_hidden_in_the_harvest_have_their_row(harvest: Path, model: Model, codebook: Codebook) -> None:
    def hide(found: Worksheet) -> None:
        found.row_dimensions[3].hidden = True

    change(harvest, hide)
    assert cell_of(suggest_to(harvest, model, codebook)[0], RIFLE, "Scale", "Suggestion") == "Local"


def test_code_merged_over_two_outcomes_is_shown_for_each(harvest: Path, model: Model, codebook: Codebook) -> None:
    change(harvest, lambda found: found.merge_cells("D2:D3"))
    sheet, _ = suggest_to(harvest, model, codebook)
    assert [cell_of(sheet, name, "Scale", "Code") for name in (WELLS, RIFLE)] == ["Local", "Local"]


def test_table_of_the_harvest_is_no_hindrance(harvest: Path, model: Model, codebook: Codebook) -> None:
    change(harvest, lambda found: found.add_table(Table(displayName="Harvest", ref=found.dimensions)))
    assert cell_of(suggest_to(harvest, model, codebook)[0], RIFLE, "Scale", "Suggestion") == "Local"


def test_protected_harvest_leaves_the_sheet_open(harvest: Path, model: Model, codebook: Codebook) -> None:
    change(harvest, lambda found: found.protection.enable())
    assert not suggest_to(harvest, model, codebook)[0].protection.sheet


def test_codes_chosen_for_a_field_that_is_not_asked_for_are_not_left_out(
    harvest: Path, model: Model, codebook: Codebook, tmp_path: Path
) -> None:
    first = suggest_for_review(harvest, tmp_path / "first.xlsx", model=model, codebook=codebook)
    cell = put(first, RIFLE, "Scale", "National")
    with pytest.raises(OutputError) as caught:
        suggest_file(first, out=tmp_path / "again.xlsx", fields=["social_actor"])
    assert str(caught.value) == (
        f"first.xlsx: the code or note in {cell} is for a field that --fields leaves out; name that field too, or "
        "leave --fields out"
    )
