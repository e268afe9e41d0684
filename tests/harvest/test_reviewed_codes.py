"""Codes chosen on the sheet Review of a returned workbook of suggestions."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from classifier.codebook.schema import Codebook
from classifier.errors import FaultsError
from classifier.harvest.coded import read_coded_harvests
from classifier.harvest.options import ReadingOptions
from classifier.harvest.reading import Harvest, read_harvest, read_harvests
from classifier.model.model import Model
from tests.support.reviewing import column_on, put, row_of, suggest_for_review
from tests.support.sorting import change
from tests.support.workbooks import write_outcomes, write_sheets, write_text

pytestmark = pytest.mark.slow

STORIES = {
    "SCC-ENV/033": "In May 2024 the council of Dori adopted a by-law that keeps cattle away from the wells.",
    "SCC-JEU/026": "Seven young men of Sambonaye laid down a rifle at the mosque and came home to their mothers.",
    "SCC-WRL/006": "The women's platform of Goma met the governor and obtained two seats in the peace committee.",
}
WELLS, RIFLE = "SCC-ENV/033", "SCC-JEU/026"
OBJECTIVES = "Link to SCC Specific Objectives"


def rows_of(**codes: str | None) -> list[dict[str, object]]:
    """Give the three outcomes, the first of them with codes."""
    columns = {"Social actor": None, "Scale": None, OBJECTIVES: None}
    return [
        {"FragmentID": name, "Outcome description": text, **columns, **(codes if name == WELLS else {})}
        for name, text in STORIES.items()
    ]


@pytest.fixture
def returned(tmp_path: Path, model: Model, codebook: Codebook) -> Path:
    """Suggestions for three outcomes without codes."""
    harvest = write_outcomes(tmp_path / "harvest.xlsx", *rows_of())
    return suggest_for_review(harvest, tmp_path / "returned.xlsx", model=model, codebook=codebook)


@pytest.fixture
def coded_before(tmp_path: Path, model: Model, codebook: Codebook) -> Path:
    """Suggestions for three outcomes, the first of which had the scale Local."""
    harvest = write_outcomes(tmp_path / "harvest.xlsx", *rows_of(Scale="Local"))
    return suggest_for_review(harvest, tmp_path / "returned.xlsx", model=model, codebook=codebook)


def scale_of(path: Path, codebook: Codebook, fragment_id: str = WELLS) -> tuple[str, ...]:
    outcomes = read_harvest(path, codebook=codebook).outcomes
    return next(outcome.codes.get("scale", ()) for outcome in outcomes if outcome.fragment_id == fragment_id)


def type_beside(path: Path, cell: str, text: str | None) -> Path:
    """Write into the sheet of the outcomes."""

    def write(sheet: Worksheet) -> None:
        sheet[cell] = text

    return change(path, write)


def told(path: Path, codebook: Codebook) -> list[str]:
    """Give the notes on codes and rows of the review sheet."""
    return [str(fault) for fault in read_harvest(path, codebook=codebook).warnings if "Review!" in str(fault)]


def refused(path: Path, codebook: Codebook) -> str:
    with pytest.raises(FaultsError) as caught:
        read_coded_harvests([path], codebook=codebook)
    return str(caught.value)


# A code chosen there is the outcome's


def test_code_chosen_there_is_the_outcomes_code(returned: Path, codebook: Codebook) -> None:
    put(returned, RIFLE, "Scale", "National")
    assert scale_of(returned, codebook, RIFLE) == ("National",)


def test_code_is_read_whatever_the_case_of_its_letters(returned: Path, codebook: Codebook) -> None:
    put(returned, RIFLE, "Scale", "sub national")
    assert scale_of(returned, codebook, RIFLE) == ("Sub-national",)


def test_several_codes_are_separated_as_in_the_harvest(returned: Path, codebook: Codebook) -> None:
    first, second = codebook.field("scc_objective").code_names[:2]
    put(returned, WELLS, OBJECTIVES, f"{second}; {first}")
    (harvest,) = read_coded_harvests([returned], codebook=codebook)
    assert harvest.outcomes[0].codes["scc_objective"] == (second, first)


def test_key_that_begins_a_code_is_read_as_the_code(returned: Path, codebook: Codebook) -> None:
    put(returned, WELLS, OBJECTIVES, "CIV")
    (harvest,) = read_coded_harvests([returned], codebook=codebook)
    assert harvest.outcomes[0].codes["scc_objective"] == ("CIV: Less suppression of civic space",)
    assert told(returned, codebook) == []


def test_key_is_read_in_the_outcomes_own_cell_too(returned: Path, codebook: Codebook) -> None:
    type_beside(returned, "E2", "CIV")
    (harvest,) = read_coded_harvests([returned], codebook=codebook)
    assert harvest.outcomes[0].codes["scc_objective"] == ("CIV: Less suppression of civic space",)


def test_unknown_code_is_told_with_its_cell(returned: Path, codebook: Codebook) -> None:
    cell = put(returned, RIFLE, "Scale", "Natoinal")
    assert f"{cell}: 'Natoinal' is not a code of 'Scale' (did you mean 'National'?" in refused(returned, codebook)


def test_outcome_without_a_code_there_has_none(returned: Path, codebook: Codebook) -> None:
    put(returned, RIFLE, "Scale", "National")
    assert scale_of(returned, codebook, WELLS) == ()


def test_code_typed_beside_the_outcome_counts_as_before(returned: Path, codebook: Codebook) -> None:
    assert scale_of(type_beside(returned, "D2", "Local"), codebook) == ("Local",)


# Both cells filled


def test_same_code_in_both_cells_is_fine(returned: Path, codebook: Codebook) -> None:
    put(returned, WELLS, "Scale", "Local")
    type_beside(returned, "D2", "Local")
    assert (scale_of(returned, codebook), told(returned, codebook)) == (("Local",), [])


def test_codes_that_differ_are_told_with_both_cells(returned: Path, codebook: Codebook) -> None:
    cell = put(returned, WELLS, "Scale", "National")
    type_beside(returned, "D2", "Local")
    assert refused(returned, codebook) == (
        f"{returned.name}: 1 problem to correct\n  {cell}: Scale of 'SCC-ENV/033' is 'National' here, and 'Local' in "
        "Outcomes!D2 (enter the same in both, or empty one of them)"
    )


def test_code_that_was_there_is_changed_on_the_review_sheet(coded_before: Path, codebook: Codebook) -> None:
    cell = put(coded_before, WELLS, "Scale", "National")
    assert scale_of(coded_before, codebook) == ("National",)
    assert told(coded_before, codebook) == [
        f"{cell}: Scale of 'SCC-ENV/033' is 'National' here, and 'Local' in Outcomes!D2; the code here counts, since "
        "it was changed after suggestions were made (to keep the other, empty this cell)"
    ]


def test_code_that_was_there_is_changed_beside_the_outcome(coded_before: Path, codebook: Codebook) -> None:
    type_beside(coded_before, "D2", "National")
    assert (scale_of(coded_before, codebook), told(coded_before, codebook)) == (("National",), [])


def test_code_that_was_there_is_taken_out_beside_the_outcome(coded_before: Path, codebook: Codebook) -> None:
    assert scale_of(type_beside(coded_before, "D2", None), codebook) == ()


def test_code_that_was_there_is_changed_in_both_cells(coded_before: Path, codebook: Codebook) -> None:
    put(coded_before, WELLS, "Scale", "National")
    type_beside(coded_before, "D2", "Regional")
    assert "Scale of 'SCC-ENV/033' is 'National' here, and 'Regional' in Outcomes!D2" in refused(coded_before, codebook)


def test_code_that_was_there_is_not_known_as_such_without_the_hidden_column(
    coded_before: Path, codebook: Codebook
) -> None:
    put(coded_before, WELLS, "Scale", "National")
    change(coded_before, lambda sheet: sheet.delete_cols(column_on(sheet, "outcome-coder: review row")), sheet="Review")
    assert "enter the same in both" in refused(coded_before, codebook)


@pytest.mark.parametrize("key", ["[" * 30_000, f'["SCC-ENV/033", "Scale", [{"[" * 900}{"]" * 900}]]', "9" * 5_000])
def test_hidden_column_that_holds_something_else_is_not_read(coded_before: Path, codebook: Codebook, key: str) -> None:
    put(coded_before, WELLS, "Scale", "National")
    put(coded_before, WELLS, "Scale", key, name="outcome-coder: review row")
    assert "enter the same in both" in refused(coded_before, codebook)


def test_two_rows_of_one_outcome_and_field_that_differ_are_told(returned: Path, codebook: Codebook) -> None:
    first = put(returned, WELLS, "Scale", "National")

    def copy_row(sheet: Worksheet) -> None:
        sheet.append([cell.value for cell in sheet[row_of(sheet, WELLS, "Scale")]])
        sheet.cell(sheet.max_row, column_on(sheet, "Code")).value = "Local"

    change(returned, copy_row, sheet="Review")
    assert f"Scale of 'SCC-ENV/033' is 'Local' here, and 'National' in {first}" in refused(returned, codebook)


# Sorted, deleted and changed rows


def test_sorted_rows_keep_their_codes(returned: Path, codebook: Codebook) -> None:
    put(returned, RIFLE, "Scale", "National")

    def turn_round(sheet: Worksheet) -> None:
        rows = [[cell.value for cell in cells] for cells in sheet.iter_rows(min_row=2)]
        for cells, values in zip(sheet.iter_rows(min_row=2), reversed(rows), strict=True):
            for cell, value in zip(cells, values, strict=True):
                cell.value = value

    change(returned, turn_round, sheet="Review")
    assert scale_of(returned, codebook, RIFLE) == ("National",)


def test_rows_may_be_deleted(returned: Path, codebook: Codebook) -> None:
    put(returned, RIFLE, "Scale", "National")
    change(returned, lambda sheet: sheet.delete_rows(2, 5), sheet="Review")
    assert (scale_of(returned, codebook, RIFLE), told(returned, codebook)) == (("National",), [])


def test_sheet_may_be_deleted(returned: Path, codebook: Codebook) -> None:
    workbook = load_workbook(returned)
    del workbook["Review"]
    workbook.save(returned)
    assert scale_of(type_beside(returned, "D2", "Local"), codebook) == ("Local",)


def test_columns_may_be_moved(returned: Path, codebook: Codebook) -> None:
    put(returned, RIFLE, "Scale", "National")

    def move(sheet: Worksheet) -> None:
        for row in range(1, sheet.max_row + 1):
            sheet.cell(row, 30).value, sheet.cell(row, 7).value = sheet.cell(row, 7).value, None

    change(returned, move, sheet="Review")
    assert scale_of(returned, codebook, RIFLE) == ("National",)


def test_row_whose_id_was_changed_is_told(returned: Path, codebook: Codebook) -> None:
    put(returned, RIFLE, "Scale", "National")
    cell = put(returned, RIFLE, "Scale", WELLS, name="ID")
    assert refused(returned, codebook) == (
        f"{returned.name}: 1 problem to correct\n  {cell}: the row was written for 'SCC-JEU/026', 'Scale', and says "
        "'SCC-ENV/033', 'Scale' (undo the sorting, or write the ID and the field back; whole rows may be sorted and "
        "deleted)"
    )


def test_story_in_the_wrong_column_is_not_quoted(returned: Path, codebook: Codebook) -> None:
    put(returned, RIFLE, "Scale", "National")
    put(returned, RIFLE, "Scale", STORIES[RIFLE], name="ID")
    assert "and says 'Seven young men of Sambonaye l…', 'Scale'" in refused(returned, codebook)


def test_row_whose_field_was_changed_is_told(returned: Path, codebook: Codebook) -> None:
    put(returned, RIFLE, "Scale", "National")
    put(returned, RIFLE, "Scale", "Social actor", name="Field")
    assert "written for 'SCC-JEU/026', 'Scale', and says 'SCC-JEU/026', 'Social actor'" in refused(returned, codebook)


def test_changed_row_without_a_code_is_not_told(returned: Path, codebook: Codebook) -> None:
    put(returned, RIFLE, "Scale", WELLS, name="ID")
    assert told(returned, codebook) == []


def test_code_follows_an_id_that_was_corrected_beside_the_outcome(returned: Path, codebook: Codebook) -> None:
    put(returned, RIFLE, "Scale", "National")
    type_beside(returned, "A3", "SCC-JEU/062")
    assert scale_of(returned, codebook, "SCC-JEU/062") == ("National",)


def test_code_follows_an_id_that_was_corrected_in_both_sheets(returned: Path, codebook: Codebook) -> None:
    put(returned, RIFLE, "Scale", "National")
    put(returned, RIFLE, "Scale", "SCC-JEU/062", name="ID")
    type_beside(returned, "A3", "SCC-JEU/062")
    assert scale_of(returned, codebook, "SCC-JEU/062") == ("National",)


def test_code_of_an_outcome_whose_row_was_deleted_is_told(returned: Path, codebook: Codebook) -> None:
    put(returned, RIFLE, "Scale", "National")
    change(returned, lambda sheet: sheet.delete_rows(3))
    assert told(returned, codebook) == [
        "Review!A8: no outcome that is read has the ID 'SCC-JEU/026'; the code and note in this row are not read "
        "(if its row was deleted, delete this one too; if its sheet is not read, name it with --sheet)"
    ]


def test_ids_merged_over_the_rows_of_an_outcome_are_those_of_each(returned: Path, codebook: Codebook) -> None:
    put(returned, RIFLE, "Scale", "National")
    change(returned, lambda sheet: sheet.merge_cells("A6:A9"), sheet="Review")
    assert scale_of(returned, codebook, RIFLE) == ("National",)


def test_missing_column_of_codes_is_told(returned: Path, codebook: Codebook) -> None:
    change(returned, lambda sheet: sheet.delete_cols(column_on(sheet, "Code")), sheet="Review")
    assert "Review!A1: no column 'Code' on the sheet for choosing codes" in refused(returned, codebook)


def test_field_that_the_codebook_lacks_is_told(returned: Path, codebook: Codebook) -> None:
    put(returned, RIFLE, "Scale", "National")
    fields = tuple(field for field in codebook.fields if field.name != "scale")
    (note,) = told(returned, Codebook(fields=fields, columns=codebook.columns))
    assert note == (
        "Review!B8: 'Scale' is no field of the codebook; the code and note in this row are not read (check the "
        "codebook)"
    )


# Which sheet the codes are for


def test_review_sheet_is_no_other_sheet_of_outcomes(returned: Path, codebook: Codebook) -> None:
    assert told(returned, codebook) == []


def test_review_sheet_can_not_be_read_as_outcomes(returned: Path, codebook: Codebook) -> None:
    with pytest.raises(FaultsError) as caught:
        read_harvest(returned, codebook=codebook, options=ReadingOptions(sheets=("Review",)))
    assert str(caught.value).endswith(
        "Review: this sheet is for choosing codes, and is read only together with the outcomes' own sheet (give the "
        "workbook that has both; if you name a sheet, name that of the outcomes)"
    )


def test_review_sheet_saved_alone_is_refused(returned: Path, codebook: Codebook, tmp_path: Path) -> None:
    rows = load_workbook(returned)["Review"].iter_rows(values_only=True)
    with (tmp_path / "review.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    with pytest.raises(FaultsError, match="this sheet is for choosing codes"):
        read_harvest(tmp_path / "review.csv", codebook=codebook)


def test_users_own_sheet_of_that_name_is_left_alone(tmp_path: Path, model: Model, codebook: Codebook) -> None:
    own: list[list[object]] = [["Round", "Code"], [1, "in June"]]
    first = rows_of()
    outcomes: list[list[object]] = [list(first[0]), *(list(row.values()) for row in first)]
    harvest = write_sheets(tmp_path / "harvest.xlsx", {"Outcomes": outcomes, "Review": own})
    out = suggest_for_review(harvest, tmp_path / "out.xlsx", model=model, codebook=codebook)
    put(out, RIFLE, "Scale", "National", sheet="Review (2)")
    assert scale_of(out, codebook, RIFLE) == ("National",)
    assert [[cell.value for cell in row] for row in load_workbook(out)["Review"]] == own


def two_sheets(folder: Path, second: str = "SCC-LAW/002") -> Path:
    header = ["FragmentID", "Outcome description", "Scale"]
    return write_sheets(
        folder / "harvest.xlsx",
        {"June": [header, [WELLS, STORIES[WELLS]]], "July": [header, [second, "The court freed nine men."]]},
    )


def test_codes_go_to_the_outcomes_of_several_sheets(tmp_path: Path, model: Model, codebook: Codebook) -> None:
    both = ReadingOptions(all_sheets=True)
    out = suggest_for_review(two_sheets(tmp_path), tmp_path / "out.xlsx", model=model, codebook=codebook, options=both)
    put(out, WELLS, "Scale", "Local")
    put(out, "SCC-LAW/002", "Scale", "National")
    read = read_harvests(out, codebook=codebook, options=both)
    assert [harvest.outcomes[0].codes for harvest in read] == [{"scale": ("Local",)}, {"scale": ("National",)}]


def test_same_id_on_a_sheet_without_suggestions_gets_no_code(tmp_path: Path, model: Model, codebook: Codebook) -> None:
    june = ReadingOptions(sheets=("June",))
    path = two_sheets(tmp_path, second=WELLS)
    out = suggest_for_review(path, tmp_path / "out.xlsx", model=model, codebook=codebook, options=june)
    put(out, WELLS, "Scale", "Local")
    july = read_harvest(out, codebook=codebook, options=ReadingOptions(sheets=("July",)))
    assert (july.outcomes[0].codes, scale_of(out, codebook)) == ({}, ("Local",))


def read_back(path: Path, codebook: Codebook) -> Harvest:
    (harvest,) = read_coded_harvests([path], codebook=codebook)
    return harvest


def test_workbook_made_of_a_csv_is_read_back_too(tmp_path: Path, model: Model, codebook: Codebook) -> None:
    text = "".join(f"{name};{story}\n" for name, story in STORIES.items())
    path = write_text(tmp_path / "harvest.csv", f"FragmentID;Outcome description\n{text}")
    out = suggest_for_review(path, tmp_path / "out.xlsx", model=model, codebook=codebook)
    put(out, RIFLE, "Scale", "National")
    assert read_back(out, codebook).outcomes[1].codes == {"scale": ("National",)}


def test_code_that_looks_like_a_formula_is_read_back(tmp_path: Path, model: Model) -> None:
    codebook = Codebook.parse(
        "fields: [{name: scale, column: Scale, kind: single, codes: [{code: =local}, {code: -national}]}]"
    )
    path = write_outcomes(tmp_path / "harvest.xlsx", {**rows_of()[0], "Scale": "-national"})
    out = suggest_for_review(path, tmp_path / "out.xlsx", model=model, codebook=codebook)
    sheet = load_workbook(out)["Review"]
    assert (sheet["G2"].value, sheet["G2"].data_type, sheet["G2"].quotePrefix) == ("-national", "s", True)
    assert read_back(out, codebook).outcomes[0].codes == {"scale": ("-national",)}
