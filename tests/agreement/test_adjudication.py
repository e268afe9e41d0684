from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from classifier.agreement.adjudication import AdjudicatedCode, Difference, read_adjudication
from classifier.agreement.adjudication_workbook import write_adjudication
from classifier.codebook.schema import Codebook
from classifier.errors import ComparisonError, FaultsError, FieldError, OutputError
from classifier.harvest.row_keys import KEY_COLUMN, UNDO_SORTING
from tests.support.sorting import change, letters_of, reorder
from tests.support.workbooks import write_sheets

CODEBOOK = Codebook.parse(
    """
fields:
  - name: scale
    column: Scale
    kind: single
    codes:
      - {code: Local, definition: A village or a municipality., include: one prison, exclude: a county}
      - {code: Sub-national, aliases: [Province]}
      - {code: National}
  - name: objective
    column: Link to objectives
    kind: multiple
    codes: [{code: CIV}, {code: CON}, {code: GEN}]
  - name: actor
    column: Social actor
    kind: single
    codes: [{code: Media and opinion makers}, {code: "Security, justice and armed actors"}]
"""
)

SCALES = Difference(fragment_id="SCC-LPC/035", field="scale", codes={"Awa": ("Sub-national",), "Ben": ("Local",)})
OBJECTIVES = Difference(fragment_id="SCC-CJP/027", field="objective", codes={"Awa": ("CON",), "Ben": ("CON", "GEN")})
ACTORS = Difference(
    fragment_id="SCC-ENV/033",
    field="actor",
    codes={"Awa": ("Media and opinion makers",), "Ben": ("Security, justice and armed actors",)},
)
HEADER = ("FragmentID", "Field", "Agreed code", "Note")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "differences.xlsx"


def written(path: Path, *differences: Difference, texts: dict[str, str] | None = None, sheet: int = 0) -> Worksheet:
    write_adjudication(path, differences, codebook=CODEBOOK, texts=texts)
    return load_workbook(path).worksheets[sheet]


def rows(sheet: Worksheet) -> list[tuple[object, ...]]:
    """Return the rows of a sheet, the keys of its rows left out."""
    header, *below = sheet.iter_rows(values_only=True)
    kept = [column for column, name in enumerate(header) if name != KEY_COLUMN]
    return [tuple(row[column] for column in kept) for row in (header, *below)]


def drop_down(sheet: Worksheet) -> DataValidation:
    validations: list[DataValidation] = sheet.data_validations.dataValidation
    (validation,) = validations
    return validation


def filled(path: Path, *rows: Sequence[object], header: Sequence[object] = HEADER) -> Path:
    return write_sheets(path, {"Differences": [header, *rows]})


def refusal(path: Path) -> str:
    with pytest.raises(FaultsError) as caught:
        read_adjudication(path, codebook=CODEBOOK)
    return str(caught.value)


# What is written


def test_a_difference_has_a_row_with_the_codes_of_each_coder(path: Path) -> None:
    assert rows(written(path, SCALES)) == [
        ("FragmentID", "Field", "Awa", "Ben", "Agreed code", "Note"),
        ("SCC-LPC/035", "Scale", "Sub-national", "Local", None, None),
    ]


def test_differences_keep_the_order_given(path: Path) -> None:
    assert [row[0] for row in rows(written(path, SCALES, OBJECTIVES))[1:]] == ["SCC-LPC/035", "SCC-CJP/027"]


def test_several_codes_are_joined_by_the_separator_of_the_field(path: Path) -> None:
    assert written(path, OBJECTIVES)["D2"].value == "CON; GEN"


def test_cell_of_a_coder_who_gave_none_is_empty(path: Path) -> None:
    third = Difference(fragment_id="SCC-DDE/030", field="scale", codes={"Awa": ("Local",), "Chi": ("National",)})
    assert rows(written(path, SCALES, third))[2][2:5] == ("Local", None, "National")


def test_kind_and_margin_come_before_the_agreed_code(path: Path) -> None:
    sure = Difference(
        fragment_id="SCC-LPC/035",
        field="scale",
        codes={"Awa": ("Local",), "outcome-coder": ("National",)},
        kind="possible coding error",
        margin=0.82,
    )
    header, row = rows(written(path, sure))
    assert (header[4:7], row[4:7]) == (
        ("Possible cause", "Confidence", "Agreed code"),
        ("possible coding error", 0.82, None),
    )


def test_surety_shows_as_a_percentage(path: Path) -> None:
    sure = Difference(fragment_id="SCC-LPC/035", field="scale", codes={"Awa": ("Local",)}, margin=0.82)
    assert written(path, sure)["D2"].number_format == "0%"


def test_surety_is_blank_where_there_is_none(path: Path) -> None:
    sure = Difference(fragment_id="SCC-DDE/030", field="scale", codes={"Awa": ("Local",)}, margin=0.82)
    assert written(path, sure, SCALES)["E3"].value is None


def test_surety_of_more_than_one_is_refused() -> None:
    with pytest.raises(ValueError, match=r"margin must be in \[0, 1\], got 82"):
        Difference(fragment_id="SCC-LPC/035", field="scale", codes={}, margin=82)


def test_story_is_wrapped_beside_its_id_where_it_is_given(path: Path) -> None:
    sheet = written(path, SCALES, texts={"SCC-LPC/035": "The magistrate acquitted six young persons."})
    assert [sheet["B1"].value, sheet["B2"].value, sheet["B2"].alignment.wrap_text] == [
        "Story",
        "The magistrate acquitted six young persons.",
        True,
    ]


def test_coder_named_as_one_of_our_columns_is_distinguished(path: Path) -> None:
    noted = Difference(fragment_id="SCC-LPC/035", field="scale", codes={"Note": ("Local",), "Ben": ("National",)})
    assert rows(written(path, noted))[0] == ("FragmentID", "Field", "Note (coder)", "Ben", "Agreed code", "Note")


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_what_looks_like_a_formula_stays_text(path: Path, start: str) -> None:
    story = f'{start}HYPERLINK("https://example.org")'
    cell = written(path, SCALES, texts={"SCC-LPC/035": story})["B2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == (story, "s", True)


def test_coder_who_looks_like_a_formula_stays_text(path: Path) -> None:
    odd = Difference(fragment_id="SCC-LPC/035", field="scale", codes={"=1+1": ("Local",)})
    assert written(path, odd)["C1"].data_type == "s"


def test_agreed_codes_have_a_drop_down(path: Path) -> None:
    validation = drop_down(written(path, SCALES, OBJECTIVES))
    assert (validation.type, str(validation.sqref)) == ("list", "E2:E3")


def test_drop_down_looks_up_the_codes_of_the_field_in_its_row(path: Path) -> None:
    # So that it is the right one wherever the row is sorted to.
    assert drop_down(written(path, SCALES, OBJECTIVES)).formula1 == (
        "OFFSET('Codes'!$B$1,MATCH($B2,'Codes'!$A$2:$A$7,0),0,SUMPRODUCT(--('Codes'!$A$2:$A$7=$B2)),1)"
    )


def test_drop_down_looks_at_the_field_behind_the_story(path: Path) -> None:
    assert "MATCH($C2," in str(drop_down(written(path, SCALES, texts={})).formula1)


def test_only_codes_of_the_list_may_be_entered_where_fields_take_one(path: Path) -> None:
    assert drop_down(written(path, ACTORS)).errorStyle == "stop"


def test_other_names_of_codes_may_be_entered(path: Path) -> None:
    validation = drop_down(written(path, SCALES))
    assert (validation.errorStyle, validation.error) == (
        "warning",
        "Other names of codes are fine: answer Yes to keep what you entered.",
    )


def test_several_codes_may_be_entered_where_a_field_takes_several(path: Path) -> None:
    assert drop_down(written(path, SCALES, OBJECTIVES)).errorStyle == "warning"


def test_message_at_the_cell_says_how_several_codes_are_written(path: Path) -> None:
    assert drop_down(written(path, SCALES, OBJECTIVES)).prompt == (
        "Choose a code from the list. Leave it empty until you agree. Several codes may be typed with ';' between "
        "them, the main one first, under: Link to objectives"
    )


def test_message_at_the_cell_is_no_longer_than_excel_allows(path: Path) -> None:
    column = "Link to the specific objectives of the programme, the main one first " * 3
    codebook = Codebook.parse(f"fields: [{{name: goal, column: '{column}', kind: multiple, codes: [{{code: CIV}}]}}]")
    long = Difference(fragment_id="SCC-CJP/027", field="goal", codes={"Awa": ("CIV",)})
    write_adjudication(path, [long], codebook=codebook)
    assert drop_down(load_workbook(path).worksheets[0]).prompt == (
        "Choose a code from the list. Leave it empty until you agree. Where a field takes several, they may be "
        "typed with ';' between them, the main one first."
    )


def test_codes_of_the_fields_that_differ_are_defined(path: Path) -> None:
    assert rows(written(path, SCALES, sheet=1)) == [
        ("Field", "Code", "Definition", "Include", "Exclude"),
        ("Scale", "Local", "A village or a municipality.", "one prison", "a county"),
        ("Scale", "Sub-national", None, None, None),
        ("Scale", "National", None, None, None),
    ]


def test_about_sheet_says_which_command_reads_it_back(path: Path) -> None:
    assert rows(written(path, SCALES, sheet=2))[-1] == (
        "How it is read back",
        "outcome-coder agreement CODER_A.xlsx CODER_B.xlsx --settle differences.xlsx --coder NAME --out agreed.xlsx "
        "(with the coders' own files; they are not changed)",
    )


def test_about_sheet_says_how_several_codes_are_written(path: Path) -> None:
    assert rows(written(path, OBJECTIVES, sheet=2))[3] == (
        "Agreed code",
        "Link to objectives takes several codes: write them with ';' between them, the main one first.",
    )


def test_header_stays_in_sight(path: Path) -> None:
    assert written(path, SCALES).freeze_panes == "B2"


def test_rows_can_be_filtered(path: Path) -> None:
    assert written(path, SCALES, OBJECTIVES).auto_filter.ref == "A1:G3"


@pytest.mark.parametrize("sheet", [0, 1, 2])
def test_it_prints_on_a4_across_one_page(path: Path, sheet: int) -> None:
    setup = written(path, SCALES, sheet=sheet).page_setup
    assert (setup.orientation, setup.paperSize, setup.fitToWidth, setup.fitToHeight) == ("landscape", 9, 1, 0)


def test_header_is_repeated_in_print(path: Path) -> None:
    assert written(path, SCALES).print_title_rows == "$1:$1"


def test_without_differences_nothing_is_written(path: Path) -> None:
    with pytest.raises(
        ComparisonError, match=r"^there are no differences to adjudicate; differences\.xlsx was not written$"
    ):
        write_adjudication(path, [], codebook=CODEBOOK)
    assert not path.exists()


def test_other_files_than_workbooks_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError) as caught:
        write_adjudication(tmp_path / "differences.csv", [SCALES], codebook=CODEBOOK)
    assert str(caught.value) == (
        f"{tmp_path / 'differences.csv'}: differences are adjudicated in a workbook; choose a name that ends in .xlsx"
    )


def test_difference_of_a_field_outside_the_codebook_is_refused(path: Path) -> None:
    with pytest.raises(FieldError, match=r"the codebook has no field 'scal' \(did you mean 'scale'\?\)"):
        write_adjudication(path, [Difference(fragment_id="A/1", field="scal", codes={})], codebook=CODEBOOK)


# What is read back


def test_what_was_written_reads_back_as_not_adjudicated(path: Path) -> None:
    write_adjudication(path, [SCALES, OBJECTIVES], codebook=CODEBOOK)
    assert read_adjudication(path, codebook=CODEBOOK) == ()


def test_a_code_entered_in_what_was_written_is_adjudicated(path: Path) -> None:
    write_adjudication(path, [SCALES], codebook=CODEBOOK, texts={"SCC-LPC/035": "The magistrate acquitted six."})
    workbook = load_workbook(path)
    workbook["Differences"]["F2"] = "Sub-national"
    workbook["Differences"]["H2"] = "A county court."
    workbook.save(path)
    assert read_adjudication(path, codebook=CODEBOOK) == (
        AdjudicatedCode(
            fragment_id="SCC-LPC/035",
            field="scale",
            codes=("Sub-national",),
            note="A county court.",
            where="Differences!F2",
        ),
    )


def test_several_codes_are_read_in_their_order(path: Path) -> None:
    (adjudicated,) = read_adjudication(
        filled(path, ("SCC-CJP/027", "Link to objectives", "GEN; CON")), codebook=CODEBOOK
    )
    assert adjudicated.codes == ("GEN", "CON")


def test_alias_is_read_as_its_code(path: Path) -> None:
    (adjudicated,) = read_adjudication(filled(path, ("SCC-LPC/035", "Scale", "province")), codebook=CODEBOOK)
    assert adjudicated.codes == ("Sub-national",)


def test_code_that_holds_a_comma_is_one_code(path: Path) -> None:
    row = ("SCC-AMN/022", "Social actor", "Security, justice and armed actors")
    (adjudicated,) = read_adjudication(filled(path, row), codebook=CODEBOOK)
    assert adjudicated.codes == ("Security, justice and armed actors",)


def test_title_above_the_header_is_passed_over(path: Path) -> None:
    sheet = [["Settled in Nairobi"], [], HEADER, ["SCC-LPC/035", "Scale", "Local"]]
    (adjudicated,) = read_adjudication(write_sheets(path, {"Differences": sheet}), codebook=CODEBOOK)
    assert adjudicated.where == "Differences!C4"


def test_note_column_may_be_missing(path: Path) -> None:
    row = ("SCC-LPC/035", "Scale", "Local")
    (adjudicated,) = read_adjudication(filled(path, row, header=HEADER[:3]), codebook=CODEBOOK)
    assert adjudicated.note == ""


def test_two_rows_with_the_same_adjudication_count_once(path: Path) -> None:
    row = ("SCC-LPC/035", "Scale", "Local")
    (adjudicated,) = read_adjudication(filled(path, row, row), codebook=CODEBOOK)
    assert adjudicated.where == "Differences!C2"


def test_all_faults_are_reported_at_once(path: Path) -> None:
    filled(
        path,
        ("SCC-LPC/035", "Scale", "Locl"),
        ("SCC-LAW/027", "Scale", "Galactic"),
        ("SCC-DDE/030", "Scale", "Local; National"),
        ("SCC-CJP/027", "Link to objectives", "CON; GENN"),
        ("SCC-DDE/007", "Scales", "Local"),
        (None, "Scale", "Local"),
    )
    assert refusal(path) == (
        "differences.xlsx: 6 problems to correct\n"
        "  Differences!C2: 'Locl' is not a code of 'Scale' (did you mean 'Local'?)\n"
        "  Differences!C3: 'Galactic' is not a code of 'Scale' (the codes are Local, Sub-national, National)\n"
        "  Differences!C4: 'Local; National' are several codes, but 'Scale' takes one (choose one of them)\n"
        "  Differences!C5: 'GENN' is not a code of 'Link to objectives' (did you mean 'GEN'?)\n"
        "  Differences!B6: 'Scales' is not a field of the codebook (did you mean 'Scale'?)\n"
        "  Differences!A7: FragmentID is empty (write the ID of its outcome)"
    )


def test_code_with_a_question_mark_is_not_adjudicated(path: Path) -> None:
    filled(path, ("SCC-LPC/035", "Scale", "Local?"))
    assert refusal(path) == (
        "differences.xlsx: 1 problem to correct\n"
        "  Differences!C2: 'Local?' has a question mark, so it is no code of 'Scale' (write the code without it once "
        "it is sure, or leave it empty)"
    )


def test_two_rows_that_contradict_each_other_are_reported(path: Path) -> None:
    filled(path, ("SCC-CJP/027", "Link to objectives", "CON"), ("SCC-CJP/027", "Link to objectives", "CON; GEN"))
    assert refusal(path) == (
        "differences.xlsx: 1 problem to correct\n"
        "  Differences!C3: 'Link to objectives' of 'SCC-CJP/027' is 'CON; GEN' here and 'CON' in Differences!C2 "
        "(agree on one of the two)"
    )


def test_story_in_the_wrong_column_is_not_quoted(path: Path) -> None:
    filled(path, ("SCC-LPC/035", "Scale", "The magistrate of Maralal acquitted six young persons of the committee."))
    assert refusal(path) == (
        "differences.xlsx: 1 problem to correct\n"
        "  Differences!C2: 'The magistrate of Maralal acqu…' is not a code of 'Scale' (the codes are Local, "
        "Sub-national, National)"
    )


def test_other_workbooks_are_distinguished_from_ours(path: Path) -> None:
    filled(path, ("SCC-LPC/035", "Local"), header=("FragmentID", "Scale"))
    assert refusal(path) == (
        "differences.xlsx: 1 problem to correct\n"
        "  Differences!A1: no column 'Field' or 'Agreed code', so this is not a workbook of differences (give the "
        "one that `outcome-coder agreement --adjudicate` wrote, with its columns as they were)"
    )


def test_repeated_column_is_reported(path: Path) -> None:
    filled(path, header=("FragmentID", "Field", "Agreed code", "Agreed code"))
    assert refusal(path) == (
        "differences.xlsx: 1 problem to correct\n"
        "  Differences!D1: column 'Agreed code' appears twice, first in Differences!C1 (rename or delete one of "
        "the two)"
    )


def test_missing_file_is_reported(path: Path) -> None:
    assert refusal(path) == (
        "differences.xlsx: 1 problem to correct\n"
        "  can't be read: No such file or directory (check the name and your permissions)"
    )


def test_agreed_code_merged_over_several_rows_is_reported(path: Path) -> None:
    rows = [["SCC-LPC/035", "Scale", "Local", ""], ["SCC-CJP/027", "Scale", "", ""]]
    workbook = load_workbook(filled(path, *rows))
    workbook.worksheets[0].merge_cells("C2:C3")
    workbook.save(path)
    assert refusal(path) == (
        "differences.xlsx: 1 problem to correct\n"
        "  Differences!C2: this cell is merged down to row 3 (split it, and enter a code in each row)"
    )


def test_agreed_code_by_a_formula_without_a_result_is_reported(path: Path) -> None:
    assert refusal(filled(path, ["SCC-LPC/035", "Scale", "=A1", ""])) == (
        "differences.xlsx: 1 problem to correct\n"
        "  Differences!C2: Agreed code: this cell holds a formula without a saved result, and was read as blank (open "
        "the workbook in your spreadsheet program and save it)"
    )


# Rows that are sorted

STORY_035, STORY_030 = "The council met.", "They obtained two seats."
DDE = Difference(fragment_id="SCC-DDE/030", field="scale", codes={"Awa": ("Local",), "Ben": ("National",)})
KEYED = {"SCC-LPC/035": STORY_035, "SCC-DDE/030": STORY_030}


def adjudicated_after(path: Path, columns: str, *, texts: Mapping[str, str] | None = KEYED) -> dict[str, str]:
    """Agree on a code for each of two outcomes, then put some columns of their rows into the other order."""
    write_adjudication(path, [SCALES, DDE], codebook=CODEBOOK, texts=texts)
    agreed = letters_of(path, "Agreed code", sheet="Differences")

    def adjudicate(sheet: Worksheet) -> None:
        sheet[f"{agreed}2"], sheet[f"{agreed}3"] = "Local", "National"

    change(path, adjudicate, sheet="Differences")
    reorder(path, columns, (1, 0), sheet="Differences")
    return {adjudicated.fragment_id: adjudicated.codes[0] for adjudicated in read_adjudication(path, codebook=CODEBOOK)}


def test_keys_are_hidden(path: Path) -> None:
    sheet = written(path, SCALES)
    (column,) = [cell.column_letter for cell in sheet[1] if cell.value == KEY_COLUMN]
    assert sheet.column_dimensions[column].hidden


@pytest.mark.parametrize("texts", [KEYED, None])
def test_whole_rows_may_be_sorted(path: Path, texts: Mapping[str, str] | None) -> None:
    assert adjudicated_after(path, "A:H", texts=texts) == {"SCC-LPC/035": "Local", "SCC-DDE/030": "National"}


@pytest.mark.parametrize("columns", ["A", "A:C", "A:F", "B:H", "F:H", "D:G"])
def test_columns_sorted_without_the_others_are_refused(path: Path, columns: str) -> None:
    with pytest.raises(FaultsError) as caught:
        adjudicated_after(path, columns)
    assert "Differences!A2: the row belongs to 'SCC-" in str(caught.value)


def test_stories_sorted_alone_are_refused_with_the_reason(path: Path) -> None:
    with pytest.raises(FaultsError) as caught:
        adjudicated_after(path, "B")
    assert str(caught.value) == (
        "differences.xlsx: 2 problems to correct\n"
        "  Differences!A2: the ID of the row is 'SCC-LPC/035', and its story is another outcome's "
        f"({UNDO_SORTING})\n"
        "  Differences!A3: the ID of the row is 'SCC-DDE/030', and its story is another outcome's "
        f"({UNDO_SORTING})"
    )


def test_fields_sorted_alone_are_refused(path: Path) -> None:
    scales = Difference(fragment_id="SCC-CJP/027", field="scale", codes={"Awa": ("Local",), "Ben": ("National",)})
    write_adjudication(path, [scales, OBJECTIVES], codebook=CODEBOOK)
    reorder(path, "B", (1, 0), sheet="Differences")
    with pytest.raises(FaultsError, match="the row belongs to 'SCC-CJP/027', but was written for 'SCC-CJP/027'"):
        read_adjudication(path, codebook=CODEBOOK)


def test_row_may_be_copied_to_adjudicate_another_field(path: Path) -> None:
    write_adjudication(path, [SCALES], codebook=CODEBOOK)

    def copy(sheet: Worksheet) -> None:
        for column, cell in enumerate(sheet[2], start=1):
            sheet.cell(3, column).value = cell.value
        sheet["B3"], sheet["E3"] = "Link to objectives", "CON"

    change(path, copy, sheet="Differences")
    assert [adjudicated.codes for adjudicated in read_adjudication(path, codebook=CODEBOOK)] == [("CON",)]


def test_story_may_be_edited(path: Path) -> None:
    write_adjudication(path, [SCALES, DDE], codebook=CODEBOOK, texts=KEYED)
    change(path, lambda sheet: sheet.__setitem__("B2", "The council met twice."), sheet="Differences")
    assert read_adjudication(path, codebook=CODEBOOK) == ()
