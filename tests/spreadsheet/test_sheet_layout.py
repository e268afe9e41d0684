"""Layout of a sheet that columns are added to, and what of the user's own stays."""

from __future__ import annotations

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from classifier.spreadsheet.added_columns import AddedColumns
from classifier.spreadsheet.sheet_layout import STORY_WIDTH, fold_columns, lay_out_texts, set_up_print

STORY = "In May 2024 the council of Dori adopted a by-law that keeps cattle away from the wells. " * 2


def sheet_of(header: int = 1) -> Worksheet:
    """Make a sheet of two outcomes: ID, year, story and scale."""
    sheet = Workbook().worksheets[0]
    rows = [
        ("FragmentID", "Year", "Outcome description", "Scale"),
        ("SCC-1", 2024, STORY, None),
        ("SCC-2", 2024, STORY, None),
    ]
    for down, cells in enumerate(rows):
        for right, value in enumerate(cells, start=1):
            sheet.cell(header + down, right).value = value  # type: ignore[assignment]  # a str or an int
    return sheet


def laid_out(sheet: Worksheet, header: int = 1) -> AddedColumns:
    target = AddedColumns(
        sheet=sheet,
        header=header,
        id_column=1,
        rows=(header + 1, header + 2),
        known_columns=(1, 3, 4),
        code_columns=(4,),
    )
    lay_out_texts(target, text_columns=[3])
    return target


def aligned(sheet: Worksheet, cell: str) -> tuple[object, ...]:
    alignment = sheet[cell].alignment
    return alignment.horizontal, alignment.vertical, bool(alignment.wrap_text)


# Texts


def test_text_is_wrapped_at_the_top() -> None:
    assert aligned(laid_out(sheet_of()).sheet, "C2") == (None, "top", True)


def test_number_is_put_at_the_top_and_not_wrapped() -> None:
    assert aligned(laid_out(sheet_of()).sheet, "B2") == (None, "top", False)


def test_cell_for_a_code_is_ready_to_hold_a_long_one() -> None:
    assert aligned(laid_out(sheet_of()).sheet, "D2") == (None, "top", True)


def test_text_that_the_user_aligned_otherwise_stays_so() -> None:
    sheet = sheet_of()
    sheet["C2"].alignment = Alignment(vertical="center")
    assert aligned(laid_out(sheet).sheet, "C2") == (None, "center", False)


def test_text_that_the_user_shrinks_is_not_wrapped() -> None:
    sheet = sheet_of()
    sheet["C2"].alignment = Alignment(shrink_to_fit=True)
    assert not laid_out(sheet).sheet["C2"].alignment.wrap_text


def test_indent_and_side_of_the_user_stay() -> None:
    sheet = sheet_of()
    sheet["C2"].alignment = Alignment(horizontal="left", indent=2)
    alignment = laid_out(sheet).sheet["C2"].alignment
    assert (alignment.horizontal, alignment.indent, alignment.vertical) == ("left", 2, "top")


def test_font_and_fill_of_the_user_stay() -> None:
    sheet = sheet_of()
    sheet["C2"].font, sheet["C2"].fill = Font(name="Georgia", i=True), PatternFill("solid", fgColor="FFFFE699")
    cell = laid_out(sheet).sheet["C2"]
    assert (cell.font.name, cell.font.i, cell.fill.fgColor.rgb) == ("Georgia", True, "FFFFE699")


def test_format_of_a_whole_column_is_not_hidden_by_cells_for_codes() -> None:
    sheet = sheet_of()
    del sheet._cells[2, 4], sheet._cells[3, 4]
    sheet.column_dimensions["D"].fill = PatternFill("solid", fgColor="FFFFE699")
    assert (2, 4) not in laid_out(sheet).sheet._cells


def test_rows_above_the_header_stay_as_they_are() -> None:
    sheet = sheet_of(header=3)
    sheet["A1"] = "Harvest 3, June 2024"
    assert aligned(laid_out(sheet, header=3).sheet, "A1") == (None, None, False)


# Widths


def test_column_of_stories_gets_a_width_to_read_by() -> None:
    assert laid_out(sheet_of()).sheet.column_dimensions["C"].width == STORY_WIDTH


def test_column_of_stories_as_wide_as_all_others_is_widened() -> None:
    sheet = sheet_of()
    for letters in "ABCD":
        sheet.column_dimensions[letters].width = 14
    assert [laid_out(sheet).sheet.column_dimensions[letters].width for letters in "BC"] == [14, STORY_WIDTH]


def test_width_that_the_user_chose_stays() -> None:
    sheet = sheet_of()
    sheet.column_dimensions["C"].width = 20
    assert laid_out(sheet).sheet.column_dimensions["C"].width == 20


def test_column_of_stories_that_is_hidden_stays_so() -> None:
    sheet = sheet_of()
    sheet.column_dimensions["C"].hidden = True
    assert laid_out(sheet).sheet.column_dimensions["C"].hidden


def test_column_with_short_texts_is_not_widened() -> None:
    sheet = sheet_of()
    sheet["C2"] = sheet["C3"] = "They met."
    assert "C" not in laid_out(sheet).sheet.column_dimensions


# Folded columns


def test_folded_columns_have_their_button_at_the_left() -> None:
    sheet = sheet_of()
    fold_columns(sheet, [3, 4])
    assert sheet.column_dimensions["B"].collapsed
    assert [sheet.column_dimensions[letters].hidden for letters in "CD"] == [True, True]


def test_button_is_on_the_side_of_the_users_groups() -> None:
    sheet = sheet_of()
    sheet.column_dimensions["A"].outlineLevel = 1
    fold_columns(sheet, [3])
    outline = sheet.sheet_properties.outlinePr
    assert outline is not None
    assert (outline.summaryRight, sheet.column_dimensions["D"].collapsed) == (True, True)


# Print


def printed(sheet: Worksheet) -> Worksheet:
    set_up_print(laid_out(sheet))
    return sheet


def test_sheet_prints_on_a4_landscape_with_its_header_on_every_page() -> None:
    sheet = printed(sheet_of())
    setup = sheet.page_setup
    assert (setup.paperSize, setup.orientation, setup.fitToWidth, setup.fitToHeight) == (9, "landscape", 1, 0)
    assert (sheet.print_title_rows, sheet.print_title_cols) == ("$1:$1", None)


def test_sheet_too_wide_to_be_read_on_one_page_takes_several_with_the_id_on_each() -> None:
    sheet = sheet_of()
    sheet.column_dimensions["B"].width = 200
    assert (printed(sheet).page_setup.fitToWidth, sheet.print_title_cols) == (2, "$A:$A")


def test_print_that_the_user_set_up_stays() -> None:
    sheet = sheet_of()
    sheet.page_setup.orientation, sheet.page_setup.scale = "portrait", 60
    setup = printed(sheet).page_setup
    assert (setup.orientation, setup.scale, setup.fitToWidth) == ("portrait", 60, None)


def test_paper_that_the_user_chose_stays() -> None:
    sheet = sheet_of()
    sheet.page_setup.paperSize = 1  # Letter
    assert (printed(sheet).page_setup.paperSize, sheet.page_setup.orientation) == (1, "landscape")


def test_width_of_pages_that_the_user_fitted_stays() -> None:
    sheet = sheet_of()
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.fitToHeight = 1
    assert printed(sheet).page_setup.fitToHeight == 1


def test_rows_that_the_user_repeats_stay() -> None:
    sheet = sheet_of()
    sheet.print_title_rows = "1:2"
    assert printed(sheet).print_title_rows == "$1:$2"
