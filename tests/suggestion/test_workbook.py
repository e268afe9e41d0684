from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.drawing.image import Image as SheetImage
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.workbook.protection import WorkbookProtection
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table
from openpyxl.worksheet.worksheet import Worksheet
from PIL import Image

from classifier.codebook.schema import Codebook
from classifier.errors import OutputError
from classifier.harvest.options import ReadingOptions
from classifier.harvest.reading import read_harvest
from classifier.harvest.row_keys import KEY_COLUMN
from classifier.model.model import Model
from classifier.spreadsheet.copy_losses import altered_texts, not_kept
from classifier.suggestion.types import FieldSuggestion, Neighbour, Reason, Route, SentenceShare
from classifier.suggestion.workbook import is_suggestion_workbook, write_suggestion_workbook
from tests.support.suggested import suggest_by_hand, suggested
from tests.support.workbooks import write_outcomes, write_text

MCQ, CLUSTER, ACTOR, SCALE, OBJECTIVES = range(4, 9)  # the columns D to H of the workbook below
HEADER = [
    "FragmentID",
    "Outcome description",
    "Year",
    "MCQType of change",
    "TypeOfChangeCluster",
    "Social actor",
    "Scale",
    "Link to SCC Specific Objectives ",
]
FIELDS = ("TypeOfChangeCluster", "Social actor", "Scale", "Link to SCC Specific Objectives")
KEYS = "Y"
"""The column with the keys of the rows, which is hidden."""
STORIES = {
    "SCC-ENV/033": "In May 2024 the council of Dori adopted a by-law that keeps cattle away from the wells.",
    "SCC-JEU/026": "Seven young men of Sambonaye laid down a rifle at the mosque and came home to their mothers.",
    "SCC-WRL/006": "The women's platform of Goma met the governor and obtained two seats in the peace committee.",
}


@dataclass(frozen=True, kw_only=True)
class HarvestWorkbook:
    """A programme officer's workbook, and what comes of it."""

    workbook: Workbook
    folder: Path
    codebook: Codebook
    model: Model

    @property
    def sheet(self) -> Worksheet:
        return worksheet(self.workbook, "Outcomes")

    @property
    def path(self) -> Path:
        return self.folder / "harvest_3.xlsx"

    def suggest_to(
        self, out: Path, fields: Mapping[str, FieldSuggestion] | None = None, flags: Sequence[str] = ()
    ) -> Path:
        """Save the workbook, and write suggestions for it."""
        self.workbook.save(self.path)
        return suggest_for(self.path, out, self.model, self.codebook, fields, flags)

    def suggested(self, fields: Mapping[str, FieldSuggestion] | None = None, flags: Sequence[str] = ()) -> Workbook:
        """Save the workbook, write suggestions for it, and open what was written."""
        return load_workbook(self.suggest_to(self.folder / "suggestions.xlsx", fields, flags), rich_text=True)

    def suggested_sheet(self, fields: Mapping[str, FieldSuggestion] | None = None) -> Worksheet:
        return worksheet(self.suggested(fields), "Outcomes")

    def suggested_again(self) -> Workbook:
        """Write suggestions for our own output."""
        first = self.suggest_to(self.folder / "suggestions.xlsx")
        return load_workbook(suggest_for(first, self.folder / "again.xlsx", self.model, self.codebook))


def suggest_for(
    path: Path,
    out: Path,
    model: Model,
    codebook: Codebook,
    fields: Mapping[str, FieldSuggestion] | None = None,
    flags: Sequence[str] = (),
    sheet: str | None = None,
) -> Path:
    harvest = read_harvest(path, codebook=codebook, options=ReadingOptions(sheets=(sheet,) if sheet else ()))
    suggestions = suggest_by_hand(harvest, model=model, codebook=codebook, fields=fields, flags=flags)
    write_suggestion_workbook(suggestions, out)
    return out


def worksheet(workbook: Workbook, title: str) -> Worksheet:
    sheet = workbook[title]
    assert isinstance(sheet, Worksheet)
    return sheet


def fill_sheet(sheet: Worksheet, *, row: int = 1, column: int = 1) -> None:
    """Write a small harvest, its header at the row and column given."""
    rows: list[list[object]] = [list(HEADER), *([name, text, 2024] for name, text in STORIES.items())]
    for down, cells in enumerate(rows):
        for right, value in enumerate(cells):
            sheet.cell(row + down, column + right).value = value  # type: ignore[assignment]  # a str or an int


def filled_workbook(folder: Path, model: Model, codebook: Codebook) -> HarvestWorkbook:
    workbook = Workbook()
    sheet = worksheet(workbook, workbook.sheetnames[0])
    sheet.title = "Outcomes"
    fill_sheet(sheet)
    return HarvestWorkbook(workbook=workbook, folder=folder, codebook=codebook, model=model)


@pytest.fixture
def harvest_workbook(tmp_path: Path, model: Model, codebook: Codebook) -> HarvestWorkbook:
    return filled_workbook(tmp_path, model, codebook)


def names(sheet: Worksheet, row: int = 1) -> list[str]:
    return [str(cell.value) for cell in sheet[row] if cell.value is not None]


def column_of(sheet: Worksheet, name: str, row: int = 1) -> int:
    return next(int(cell.column) for cell in sheet[row] if cell.value == name)


def under(sheet: Worksheet, name: str, row: int = 1) -> list[object]:
    """Give the values that stand under a header."""
    column = column_of(sheet, name, row)
    return [sheet.cell(below, column).value for below in range(row + 1, sheet.max_row + 1)]


def validations(sheet: Worksheet, cell: str) -> list[DataValidation]:
    return [one for one in sheet.data_validations.dataValidation if cell in one.sqref]


def offered(workbook: Workbook, cell: str) -> list[object]:
    """Give the answers that the drop-down of a cell of sheet Outcomes looks up."""
    (validation,) = validations(worksheet(workbook, "Outcomes"), cell)
    title, cells = str(validation.formula1).rsplit("!", 1)
    return [row[0].value for row in worksheet(workbook, title.strip("'"))[cells.replace("$", "")]]


def inject(path: Path, part: str, content: str) -> Path:
    """Add a part to a package, or replace it."""
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    parts[part] = content.encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, kept in parts.items():
            package.writestr(name, kept)
    return path


def replace_in(path: Path, part: str, old: str, new: str) -> Path:
    with zipfile.ZipFile(path) as package:
        content = package.read(part).decode()
    assert old in content
    return inject(path, part, content.replace(old, new))


# What the user's workbook holds is kept


def test_values_are_kept(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet["I1"], harvest_workbook.sheet["I2"] = "Received on", date(2024, 6, 5)
    assert harvest_workbook.suggested_sheet()["I2"].value == datetime(2024, 6, 5)


def test_formulas_are_kept(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet["I1"], harvest_workbook.sheet["I2"] = "Words", '=LEN(B2)-LEN(SUBSTITUTE(B2," ",""))+1'
    assert harvest_workbook.suggested_sheet()["I2"].value == '=LEN(B2)-LEN(SUBSTITUTE(B2," ",""))+1'


def test_text_that_looks_like_a_formula_stays_text(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet["B2"] = "=the council met, said the report, and it met again in May and in June"
    harvest_workbook.sheet["B2"].data_type = "s"
    assert harvest_workbook.suggested_sheet()["B2"].data_type == "s"


def test_fonts_are_kept(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet["B2"].font = Font(name="Georgia", size=14, italic=True, color="FFC00000")
    font = harvest_workbook.suggested_sheet()["B2"].font
    assert (font.name, font.sz, font.i, font.color.rgb) == ("Georgia", 14, True, "FFC00000")


def test_fills_are_kept(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet["A3"].fill = PatternFill("solid", fgColor="FFFFE699")
    assert harvest_workbook.suggested_sheet()["A3"].fill.fgColor.rgb == "FFFFE699"


def test_borders_are_kept(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet["A3"].border = Border(bottom=Side("double"))
    assert harvest_workbook.suggested_sheet()["A3"].border.bottom.style == "double"


def test_number_formats_are_kept(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet["C2"].number_format = '"in "0'
    assert harvest_workbook.suggested_sheet()["C2"].number_format == '"in "0'


def test_column_widths_are_kept(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet.column_dimensions["B"].width = 71.5
    assert harvest_workbook.suggested_sheet().column_dimensions["B"].width == 71.5


def test_row_heights_are_kept(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet.row_dimensions[3].height = 22.5
    assert harvest_workbook.suggested_sheet().row_dimensions[3].height == 22.5


def test_height_of_the_header_is_kept(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet.row_dimensions[1].height = 90.0
    assert harvest_workbook.suggested_sheet().row_dimensions[1].height == 90.0


def test_hidden_columns_stay_hidden(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet.column_dimensions["C"].hidden = True
    assert harvest_workbook.suggested_sheet().column_dimensions["C"].hidden


def test_rows_hidden_by_a_filter_stay_hidden(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet.row_dimensions[3].hidden = True
    assert harvest_workbook.suggested_sheet().row_dimensions[3].hidden


def test_choices_of_the_autofilter_are_kept(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet.auto_filter.ref = "A1:H4"
    harvest_workbook.sheet.auto_filter.add_filter_column(2, ["2024"])
    kept = harvest_workbook.suggested_sheet().auto_filter
    assert (kept.filterColumn[0].colId, kept.filterColumn[0].filters.filter) == (2, ["2024"])


def test_comments_are_kept(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet["B2"].comment = Comment("Ask Awa for the text of the by-law.", "Programme officer")
    comment = harvest_workbook.suggested_sheet()["B2"].comment
    assert comment is not None
    assert (comment.text, comment.author) == ("Ask Awa for the text of the by-law.", "Programme officer")


def test_long_comment_has_room_to_be_read(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet["B2"].comment = Comment("\n".join(["Ask Awa for the by-law."] * 12), "Programme officer")
    with zipfile.ZipFile(harvest_workbook.suggest_to(harvest_workbook.folder / "suggestions.xlsx")) as package:
        boxes = package.read("xl/drawings/commentsDrawing1.vml").decode()
    assert "height:260px" in boxes  # 12 lines and one to spare, at 20 pixels each


def test_validations_are_kept(harvest_workbook: HarvestWorkbook) -> None:
    years = DataValidation(type="whole", operator="between", formula1="1990", formula2="2030", sqref="C2:C400")
    harvest_workbook.sheet.add_data_validation(years)
    (kept,) = validations(harvest_workbook.suggested_sheet(), "C3")
    assert (kept.type, kept.formula1, kept.formula2, str(kept.sqref)) == ("whole", "1990", "2030", "C2:C400")


def test_conditional_formats_are_kept(harvest_workbook: HarvestWorkbook) -> None:
    rule = Rule(type="cellIs", operator="lessThan", formula=["2024"])
    harvest_workbook.sheet.conditional_formatting.add("C2:C4", rule)
    kept = {str(one.sqref): one.rules[0].formula for one in harvest_workbook.suggested_sheet().conditional_formatting}
    assert kept == {"C2:C4": ["2024"]}


def test_defined_names_are_kept(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.workbook.defined_names["Stories"] = DefinedName("Stories", attr_text="Outcomes!$B$2:$B$4")
    assert harvest_workbook.suggested().defined_names["Stories"].attr_text == "Outcomes!$B$2:$B$4"


def test_print_titles_are_kept(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet.print_title_rows = "1:1"
    assert harvest_workbook.suggested_sheet().print_title_rows == "$1:$1"


def test_tables_of_other_sheets_are_kept(harvest_workbook: HarvestWorkbook) -> None:
    other = harvest_workbook.workbook.create_sheet("Countries")
    other["A1"], other["A2"] = "Country", "Zandia"
    other.add_table(Table(displayName="Countries", ref="A1:A2"))
    kept = worksheet(harvest_workbook.suggested(), "Countries").tables["Countries"]
    assert (kept.ref, kept.column_names) == ("A1:A2", ["Country"])


def test_hyperlinks_are_kept(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet["C2"].hyperlink = "https://example.org/by-law"
    link = harvest_workbook.suggested_sheet()["C2"].hyperlink
    assert link is not None
    assert link.target == "https://example.org/by-law"


def test_merged_title_above_the_header_is_kept(tmp_path: Path, harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet.insert_rows(1)
    harvest_workbook.sheet["A1"] = "Harvest 3, June 2024"
    harvest_workbook.sheet.merge_cells("A1:H1")
    assert str(harvest_workbook.suggested_sheet().merged_cells) == "A1:H1"


def test_rich_text_is_kept(harvest_workbook: HarvestWorkbook) -> None:
    bold = TextBlock(InlineFont(b=True), "adopted a by-law ")
    harvest_workbook.sheet["B2"] = CellRichText(
        "In May 2024 the council ", bold, "that keeps cattle away from the wells."
    )
    kept = harvest_workbook.suggested_sheet()["B2"].value
    assert isinstance(kept, CellRichText)
    assert kept[1] == bold


def test_second_sheet_is_kept(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.workbook.create_sheet("Contacts").append(["Awa", "Ouagadougou"])
    assert worksheet(harvest_workbook.suggested(), "Contacts")["A1"].value == "Awa"


def test_hidden_sheet_stays_hidden(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.workbook.create_sheet("Lists").sheet_state = "hidden"
    assert harvest_workbook.suggested()["Lists"].sheet_state == "hidden"


def test_harvest_file_itself_is_not_changed(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.workbook.save(harvest_workbook.path)
    before = harvest_workbook.path.read_bytes()
    suggest_for(
        harvest_workbook.path,
        harvest_workbook.folder / "suggestions.xlsx",
        harvest_workbook.model,
        harvest_workbook.codebook,
    )
    assert harvest_workbook.path.read_bytes() == before


# What can't be kept is named


def test_sample_harvest_is_kept_whole(harvest_3_new: Path) -> None:
    assert not_kept(harvest_3_new) == ()


def test_charts_are_named(harvest_workbook: HarvestWorkbook) -> None:
    for anchor in ("K2", "K20"):
        chart = BarChart()
        chart.add_data(Reference(harvest_workbook.sheet, min_col=3, min_row=1, max_row=4), titles_from_data=True)
        harvest_workbook.sheet.add_chart(chart, anchor)
    harvest_workbook.workbook.save(harvest_workbook.path)
    assert not_kept(harvest_workbook.path) == ("2 charts",)


def test_pictures_are_named(harvest_workbook: HarvestWorkbook) -> None:
    logo = io.BytesIO()
    Image.new("RGB", (40, 20), "teal").save(logo, "png")
    harvest_workbook.sheet.add_image(SheetImage(logo), "K2")
    harvest_workbook.workbook.save(harvest_workbook.path)
    assert not_kept(harvest_workbook.path) == ("1 picture",)


@pytest.mark.parametrize(
    ("part", "reported"),
    [
        ("xl/pivotTables/pivotTable1.xml", "1 pivot table"),
        ("xl/vbaProject.bin", "1 macro"),
        ("xl/charts/chartEx1.xml", "1 chart"),
        ("xl/ctrlProps/ctrlProp1.xml", "1 form control"),
        ("xl/embeddings/oleObject1.bin", "1 embedded file"),
        ("xl/slicers/slicer1.xml", "1 slicer"),
        ("xl/timelines/timeline1.xml", "1 timeline"),
        ("xl/threadedComments/threadedComment1.xml", "1 comment thread"),
    ],
)
def test_other_parts_are_named(harvest_workbook: HarvestWorkbook, part: str, reported: str) -> None:
    harvest_workbook.workbook.save(harvest_workbook.path)
    inject(harvest_workbook.path, part, "<part/>")
    assert not_kept(harvest_workbook.path) == (reported,)


def test_shapes_are_named(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.workbook.save(harvest_workbook.path)
    shapes = '<xdr:wsDr><xdr:sp macro=""/><xdr:cxnSp macro=""/><xdr:spPr/></xdr:wsDr>'
    inject(harvest_workbook.path, "xl/drawings/drawing1.xml", shapes)
    assert not_kept(harvest_workbook.path) == ("2 shapes",)


@pytest.mark.parametrize(
    ("inside", "reported"),
    [
        (
            '<x14:dataValidation type="list"/><x14:dataValidation type="list"/>',
            "2 drop-downs that refer to another sheet",
        ),
        ('<x14:dataValidation type="list"/>', "1 drop-down that refers to another sheet"),
        ('<x14:cfRule type="dataBar"/>', "1 newer conditional format"),
        ("<x14:sparkline><xm:f/></x14:sparkline>", "1 sparkline"),
    ],
)
def test_extensions_of_newer_excel_are_named(harvest_workbook: HarvestWorkbook, inside: str, reported: str) -> None:
    harvest_workbook.workbook.save(harvest_workbook.path)
    extension = (
        '<extLst><ext xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main" '
        f'xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main">{inside}</ext></extLst></worksheet>'
    )
    replace_in(harvest_workbook.path, "xl/worksheets/sheet1.xml", "</worksheet>", extension)
    assert not_kept(harvest_workbook.path) == (reported,)


def test_workbook_that_cannot_be_copied_is_reported_with_a_way_out(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet["B2"].alignment = Alignment(horizontal="justify")
    harvest_workbook.workbook.save(harvest_workbook.path)
    replace_in(harvest_workbook.path, "xl/styles.xml", 'horizontal="justify"', 'horizontal="sideways"')
    with pytest.raises(OutputError) as caught:
        suggest_for(
            harvest_workbook.path,
            harvest_workbook.folder / "suggestions.xlsx",
            harvest_workbook.model,
            harvest_workbook.codebook,
        )
    assert str(caught.value).startswith("harvest_3.xlsx: this workbook can't be copied (")
    assert str(caught.value).endswith(
        "); save it again in your spreadsheet program, or choose an --out that ends in .csv"
    )


# The coder's own columns


def test_empty_code_cells_stay_empty(harvest_workbook: HarvestWorkbook) -> None:
    assert [cell.value for cell in harvest_workbook.suggested_sheet()["E"][1:]] == [None, None, None]


def test_code_of_a_coder_stays_as_it_is_typed(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet["E2"] = "policy and LAW change "
    assert harvest_workbook.suggested_sheet()["E2"].value == "policy and LAW change "


def test_style_of_a_coded_cell_stays(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet["E2"] = "Capacity change"
    harvest_workbook.sheet["E2"].font = Font(name="Georgia", color="FFC00000")
    assert harvest_workbook.suggested_sheet()["E2"].font.color.rgb == "FFC00000"


def test_empty_code_cells_get_a_drop_down(harvest_workbook: HarvestWorkbook) -> None:
    assert len(validations(harvest_workbook.suggested_sheet(), "E3")) == 1


def test_coded_cell_gets_no_drop_down(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet["E3"] = "Capacity change"
    assert [len(validations(harvest_workbook.suggested_sheet(), cell)) for cell in ("E2", "E3", "E4")] == [1, 0, 1]


def test_cells_below_the_outcomes_get_no_drop_down(harvest_workbook: HarvestWorkbook) -> None:
    assert validations(harvest_workbook.suggested_sheet(), "E5") == []


def test_drop_down_shows_an_arrow(harvest_workbook: HarvestWorkbook) -> None:
    (validation,) = validations(harvest_workbook.suggested_sheet(), "E2")
    assert not validation.showDropDown  # the attribute's name says the opposite of what it does


def test_drop_down_refers_to_a_range_without_equals_sign(harvest_workbook: HarvestWorkbook) -> None:
    (validation,) = validations(harvest_workbook.suggested_sheet(), "E2")
    assert validation.formula1 == "'Codes'!$B$2:$B$9"


@pytest.mark.parametrize(
    ("cell", "field"), [("E2", "change_type_cluster"), ("F2", "social_actor"), ("G2", "scale"), ("H2", "scc_objective")]
)
def test_drop_down_offers_exactly_the_codes_of_its_field(
    harvest_workbook: HarvestWorkbook, codebook: Codebook, cell: str, field: str
) -> None:
    assert offered(harvest_workbook.suggested(), cell) == list(codebook.field(field).code_names)


def test_code_with_a_comma_is_one_answer(harvest_workbook: HarvestWorkbook) -> None:
    assert "Norms, attitudes and awareness" in offered(harvest_workbook.suggested(), "E2")


def test_column_that_codes_derive_from_gets_its_own_list(harvest_workbook: HarvestWorkbook, codebook: Codebook) -> None:
    assert offered(harvest_workbook.suggested(), "D2") == list(codebook.field("change_type_cluster").options)


def test_list_longer_than_an_inline_list_may_be_is_whole(tmp_path: Path, model: Model) -> None:
    places = [f"{number}th district of the northern province" for number in range(1, 41)]
    codes = "".join(f"      - {{code: {place}}}\n" for place in places)
    codebook = Codebook.parse(f"fields:\n  - name: place\n    column: Place\n    kind: single\n    codes:\n{codes}")
    path = write_outcomes(
        tmp_path / "harvest.xlsx",
        {"FragmentID": "SCC-ENV/033", "Outcome description": STORIES["SCC-ENV/033"], "Place": None},
    )
    out = suggest_for(path, tmp_path / "suggestions.xlsx", model, codebook)
    assert offered(load_workbook(out), "C2") == places


def test_list_of_a_single_field_stops_what_is_not_in_it(harvest_workbook: HarvestWorkbook) -> None:
    (validation,) = validations(harvest_workbook.suggested_sheet(), "F2")
    assert (validation.errorStyle, validation.showErrorMessage, validation.error) == (
        "stop",
        True,
        "Choose an answer of the list; the sheet 'Codes' says what each one means.",
    )


def test_list_of_a_multiple_field_only_warns(harvest_workbook: HarvestWorkbook) -> None:
    (validation,) = validations(harvest_workbook.suggested_sheet(), "H2")
    assert (validation.errorStyle, validation.showErrorMessage, validation.error) == (
        "warning",
        True,
        "Several codes with ';' between them are fine: answer Yes to keep what you entered.",
    )


def test_cell_of_a_multiple_field_says_how_several_codes_are_written(harvest_workbook: HarvestWorkbook) -> None:
    (validation,) = validations(harvest_workbook.suggested_sheet(), "H2")
    assert (validation.showInputMessage, validation.promptTitle, validation.prompt) == (
        True,
        "One or more codes",
        "Of several, the main one first, with ';' between them.",
    )


def test_cell_of_a_single_field_says_nothing_of_several_codes(harvest_workbook: HarvestWorkbook) -> None:
    (validation,) = validations(harvest_workbook.suggested_sheet(), "G2")
    assert validation.prompt is None


def test_added_column_of_a_multiple_field_says_how_several_codes_are_written(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet.delete_cols(8)
    sheet = harvest_workbook.suggested_sheet()
    added = sheet.cell(1, column_of(sheet, "Link to SCC Specific Objectives"))
    assert added.comment is not None
    assert added.comment.text.startswith("Of several, the main one first, with ';' between them.")


def test_about_sheet_says_how_several_codes_are_written_in_a_cell(harvest_workbook: HarvestWorkbook) -> None:
    sheet = worksheet(harvest_workbook.suggested(), "About the suggestions")
    reported = {str(row[0].value): str(row[1].value) for row in sheet.iter_rows()}
    assert reported["Several codes in one cell"] == (
        "Link to SCC Specific Objectives: if several codes fit, write the main one first, with ';' between them."
    )


def test_list_of_a_field_with_short_forms_only_warns(tmp_path: Path, model: Model) -> None:
    codebook = Codebook.parse(
        "fields: [{name: goal, column: Goal, kind: single, codes: [{code: 'CIV: Laws'}, {code: 'GEN: Roles'}]}]"
    )
    path = write_outcomes(
        tmp_path / "harvest.xlsx", {"FragmentID": "SCC-ENV/033", "Outcome description": "They met.", "Goal": None}
    )
    (validation,) = validations(
        load_workbook(suggest_for(path, tmp_path / "out.xlsx", model, codebook))["Outcomes"], "C2"
    )
    assert (validation.errorStyle, validation.error) == (
        "warning",
        "Short forms of codes, such as 'CIV', are fine: answer Yes to keep what you entered.",
    )


def test_validation_of_the_users_own_wins(harvest_workbook: HarvestWorkbook) -> None:
    own = DataValidation(type="list", formula1='"Local,National"', sqref="G2:G3")
    harvest_workbook.sheet.add_data_validation(own)
    sheet = harvest_workbook.suggested_sheet()
    assert [one.formula1 for cell in ("G2", "G3") for one in validations(sheet, cell)] == ['"Local,National"'] * 2


def test_cells_beside_the_users_own_validation_get_our_drop_down(
    harvest_workbook: HarvestWorkbook, codebook: Codebook
) -> None:
    harvest_workbook.sheet.add_data_validation(DataValidation(type="list", formula1='"Local,National"', sqref="G2:G3"))
    assert offered(harvest_workbook.suggested(), "G4") == list(codebook.field("scale").code_names)


def test_missing_code_column_is_added_empty(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet.delete_cols(SCALE)
    assert under(harvest_workbook.suggested_sheet(), "Scale") == [None, None, None]


def test_added_code_column_gets_the_drop_down(harvest_workbook: HarvestWorkbook, codebook: Codebook) -> None:
    harvest_workbook.sheet.delete_cols(SCALE)
    workbook = harvest_workbook.suggested()
    sheet = worksheet(workbook, "Outcomes")
    cell = sheet.cell(2, column_of(sheet, "Scale")).coordinate
    assert offered(workbook, cell) == list(codebook.field("scale").code_names)


def test_missing_column_that_codes_derive_from_is_not_added(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet.delete_cols(MCQ)
    assert "MCQType of change" not in names(harvest_workbook.suggested_sheet())


# What is suggested


def test_columns_are_added_at_the_right_field_by_field(harvest_workbook: HarvestWorkbook) -> None:
    added = [
        f"{column}: {what}" for column in FIELDS for what in ("suggestion", "confidence", "route", "other candidates")
    ]
    assert names(harvest_workbook.suggested_sheet()) == [*HEADER, *added, KEY_COLUMN, "Suggestion flags"]


def test_suggestion_is_beside_its_outcome(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet["B3"] = None
    assert under(harvest_workbook.suggested_sheet(), "Scale: suggestion") == ["Local", None, "Local"]


def test_several_suggested_codes_are_joined_by_the_separator(
    harvest_workbook: HarvestWorkbook, codebook: Codebook
) -> None:
    field = codebook.field("scc_objective")
    civic, gender = field.code_names[0], field.code_names[2]
    sheet = harvest_workbook.suggested_sheet({"scc_objective": suggested(field, civic, gender)})
    assert under(sheet, "Link to SCC Specific Objectives: suggestion")[0] == f"{civic}; {gender}"


def test_confidence_is_a_number(harvest_workbook: HarvestWorkbook) -> None:
    assert under(harvest_workbook.suggested_sheet(), "Scale: confidence") == [0.75, 0.75, 0.75]


def test_confidence_shows_as_a_percentage(harvest_workbook: HarvestWorkbook) -> None:
    sheet = harvest_workbook.suggested_sheet()
    assert sheet.cell(2, column_of(sheet, "Scale: confidence")).number_format == "0%"


def test_outcome_without_text_has_no_confidence(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet["B2"] = None
    assert under(harvest_workbook.suggested_sheet(), "Scale: confidence")[0] is None


def test_possible_codes_are_marked_among_the_others(harvest_workbook: HarvestWorkbook, codebook: Codebook) -> None:
    one = suggested(codebook.field("scale"), "National", confidence=0.5, possible=["National", "Sub-national"])
    sheet = harvest_workbook.suggested_sheet({"scale": one})
    assert under(sheet, "Scale: other candidates")[0] == "Local 25%; Sub-national* 12%; Regional 6%"


def test_every_possible_code_is_reported_however_far_down(
    harvest_workbook: HarvestWorkbook, codebook: Codebook
) -> None:
    one = suggested(codebook.field("scale"), "Local", confidence=0.5, possible=["Local", "International"])
    sheet = harvest_workbook.suggested_sheet({"scale": one})
    reported = "Sub-national 25%; National 12%; Regional 6%; International* 3%"
    assert under(sheet, "Scale: other candidates")[0] == reported


@pytest.mark.parametrize("route", list(Route))
def test_route_is_reported_in_words(harvest_workbook: HarvestWorkbook, codebook: Codebook, route: Route) -> None:
    sheet = harvest_workbook.suggested_sheet({"scale": suggested(codebook.field("scale"), "Local", route=route)})
    assert under(sheet, "Scale: route")[0] == str(route)


@pytest.mark.parametrize(
    ("route", "colour"), [(Route.CONFIRM, "00B7E1CD"), (Route.CHOOSE, "00FFF2CC"), (Route.CODE_AFRESH, "00D0CECE")]
)
def test_route_is_reported_in_colour(
    harvest_workbook: HarvestWorkbook, codebook: Codebook, route: Route, colour: str
) -> None:
    sheet = harvest_workbook.suggested_sheet({"scale": suggested(codebook.field("scale"), "Local", route=route)})
    assert sheet.cell(2, column_of(sheet, "Scale: route")).fill.fgColor.rgb == colour


def explained(suggestion: FieldSuggestion, *shares: float, text: str = "The council voted.") -> FieldSuggestion:
    """Add a reason, with sentences of these shares, and one coded outcome that is near."""
    reason = Reason(
        code=suggestion.suggested[0],
        definition="",
        sentences=tuple(SentenceShare(text=text, part="Outcome description", share=share) for share in shares),
        parts={"Outcome description": 1.0} if shares else {},
        lead=1.0,
        lead_by_sentences=0.5,
        accounted=1.0,
    )
    near = Neighbour(fragment_id="SCC-LAW/002", codes=("Local",), similarity=0.413)
    return replace(suggestion, reasons=(reason,), nearest=(near,))


def why(harvest_workbook: HarvestWorkbook, one: FieldSuggestion) -> str:
    reported = under(harvest_workbook.suggested_sheet({"scale": one}), "Scale: why")[0]
    return str(reported)


def test_why_is_reported_in_lines(harvest_workbook: HarvestWorkbook, codebook: Codebook) -> None:
    one = explained(suggested(codebook.field("scale"), "Local"), 0.88, 0.12, -0.3)
    assert why(harvest_workbook, one).splitlines() == [
        "88% “The council voted.”",
        "12% “The council voted.”",
        "By part: Outcome description 100%",
        "Nearest: SCC-LAW/002 Local (0.41)",
    ]


def test_why_reports_no_further_sentence_of_little_weight(
    harvest_workbook: HarvestWorkbook, codebook: Codebook
) -> None:
    one = explained(suggested(codebook.field("scale"), "Local"), 0.92, 0.08)
    assert why(harvest_workbook, one).count("“") == 1


def test_why_reports_the_start_of_a_long_sentence(harvest_workbook: HarvestWorkbook, codebook: Codebook) -> None:
    one = explained(suggested(codebook.field("scale"), "Local"), 1.0, text="council " * 40)
    assert why(harvest_workbook, one).splitlines()[0] == f"100% “{' '.join(['council'] * 20)} …”"


def test_why_cuts_a_long_sentence_without_blanks_anywhere(
    harvest_workbook: HarvestWorkbook, codebook: Codebook
) -> None:
    one = explained(suggested(codebook.field("scale"), "Local"), 1.0, text="會" * 200)
    assert why(harvest_workbook, one).splitlines()[0] == f"100% “{'會' * 160} …”"


def test_why_says_where_no_sentence_speaks_for_a_code(harvest_workbook: HarvestWorkbook, codebook: Codebook) -> None:
    one = explained(suggested(codebook.field("scale"), "Local"))
    assert why(harvest_workbook, one).splitlines()[0] == "No sentence counts for it; the other codes fit less."


def test_why_names_each_of_several_codes(harvest_workbook: HarvestWorkbook, codebook: Codebook) -> None:
    field = codebook.field("scc_objective")
    one = explained(suggested(field, field.code_names[0]), 1.0)
    two = replace(one, reasons=(one.reasons[0], replace(one.reasons[0], code=field.code_names[1])))
    reported = under(harvest_workbook.suggested_sheet({"scc_objective": two}), "Link to SCC Specific Objectives: why")[
        0
    ]
    assert str(reported).splitlines()[::3] == [
        f"{field.code_names[0]}:",
        f"{field.code_names[1]}:",
        "Nearest: SCC-LAW/002 Local (0.41)",
    ]


def test_why_that_looks_like_a_formula_stays_text(harvest_workbook: HarvestWorkbook, codebook: Codebook) -> None:
    field = codebook.field("scale")
    one = replace(explained(suggested(field, "Local")), reasons=(), nearest=())
    risky = replace(one, nearest=(Neighbour(fragment_id='=HYPERLINK("x")', codes=("Local",), similarity=0.4),))
    sheet = harvest_workbook.suggested_sheet({"scale": risky})
    assert sheet.cell(2, column_of(sheet, "Scale: why")).data_type == "s"


def test_a_row_is_made_no_higher_than_seven_lines(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet["B2"] = "The council met in May. " * 40
    sheet = harvest_workbook.suggested_sheet()
    assert (sheet.row_dimensions[2].height, sheet["B2"].alignment.vertical) == (105.0, "top")


def test_folded_column_makes_no_row_higher(harvest_workbook: HarvestWorkbook, codebook: Codebook) -> None:
    one = explained(suggested(codebook.field("scale"), "Local"), 0.4, 0.3, 0.3, text="council " * 40)
    sheet = harvest_workbook.suggested_sheet({"scale": one})
    assert sheet.row_dimensions[2].height == 30  # two lines of the story


def test_flags_are_reported(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet["G2"] = "Local"
    sheet = worksheet(harvest_workbook.suggested(flags=["near-duplicate of SCC-WRL/001"]), "Outcomes")
    assert under(sheet, "Suggestion flags")[0] == "already coded; near-duplicate of SCC-WRL/001"


def test_every_added_column_explains_itself(harvest_workbook: HarvestWorkbook) -> None:
    sheet = harvest_workbook.suggested_sheet()
    assert all(cell.comment is not None for cell in sheet[1][len(HEADER) :])


def test_about_sheet_names_the_model(harvest_workbook: HarvestWorkbook) -> None:
    sheet = worksheet(harvest_workbook.suggested(), "About the suggestions")
    reported = {str(row[0].value): str(row[1].value) for row in sheet.iter_rows()}
    assert reported["Model"].startswith(f"{harvest_workbook.model.manifest.title}, trained on ")


def test_codes_sheet_has_the_definitions(harvest_workbook: HarvestWorkbook, codebook: Codebook) -> None:
    row = next(
        row
        for row in worksheet(harvest_workbook.suggested(), "Codes").iter_rows(values_only=True)
        if row[1] == "Regional"
    )
    definition = next(code.definition for code in codebook.field("scale").codes if code.code == "Regional")
    assert (row[0], row[2]) == ("Scale", definition)


def test_codes_sheet_says_where_an_option_leads(harvest_workbook: HarvestWorkbook) -> None:
    rows = worksheet(harvest_workbook.suggested(), "Codes").iter_rows(values_only=True)
    row = next(row for row in rows if row[1] == "Awareness")
    assert (row[0], row[5]) == ("MCQType of change", "Norms, attitudes and awareness")


# How it looks


def test_header_is_frozen_with_the_id_where_nothing_was(harvest_workbook: HarvestWorkbook) -> None:
    assert harvest_workbook.suggested_sheet().freeze_panes == "B2"


def test_only_the_header_is_frozen_where_the_id_is_far_right(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet.delete_cols(1)
    for row, value in enumerate(["FragmentID", *STORIES], start=1):
        harvest_workbook.sheet.cell(row, 12, value)
    assert harvest_workbook.suggested_sheet().freeze_panes == "A2"


def test_panes_that_the_user_froze_are_kept(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet.freeze_panes = "C2"
    assert harvest_workbook.suggested_sheet().freeze_panes == "C2"


def test_rows_above_are_not_frozen_away_where_the_user_had_scrolled_down(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet.sheet_view.topLeftCell = "A3"
    assert harvest_workbook.suggested_sheet().sheet_view.topLeftCell in (None, "A1")


def test_workbook_opens_at_the_sheet_for_choosing_codes(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.workbook.active = harvest_workbook.workbook.create_sheet("Contacts")
    active = harvest_workbook.suggested().active
    assert active is not None
    assert active.title == "Review"


def test_only_one_sheet_is_selected(harvest_workbook: HarvestWorkbook) -> None:
    contacts = harvest_workbook.workbook.create_sheet("Contacts")
    harvest_workbook.workbook.active = contacts
    contacts.sheet_view.tabSelected = True
    workbook = harvest_workbook.suggested()
    assert [sheet.title for sheet in workbook.worksheets if sheet.sheet_view.tabSelected] == ["Review"]


def test_word_of_a_header_is_not_broken(harvest_workbook: HarvestWorkbook) -> None:
    sheet = harvest_workbook.suggested_sheet()
    letters = get_column_letter(column_of(sheet, "TypeOfChangeCluster: confidence"))
    assert sheet.column_dimensions[letters].width > len("TypeOfChangeCluster:")


def test_header_is_high_enough_for_its_longest_name(harvest_workbook: HarvestWorkbook) -> None:
    # "Link to SCC | Specific | Objectives: | confidence"
    assert harvest_workbook.suggested_sheet().row_dimensions[1].height == 4 * 15


def test_row_is_made_high_enough_for_long_suggestions(harvest_workbook: HarvestWorkbook, codebook: Codebook) -> None:
    field = codebook.field("scc_objective")
    sheet = harvest_workbook.suggested_sheet(
        {"scc_objective": suggested(field, *field.code_names[1:3], confidence=0.995)}
    )
    # Two codes of about 80 letters in a column 48 wide.
    assert sheet.row_dimensions[2].height == 4 * 15


def test_row_with_wrapped_story_is_left_to_fit_itself(harvest_workbook: HarvestWorkbook, codebook: Codebook) -> None:
    harvest_workbook.sheet["B2"].alignment = Alignment(wrap_text=True)
    field = codebook.field("scc_objective")
    sheet = harvest_workbook.suggested_sheet({"scc_objective": suggested(field, *field.code_names[1:3])})
    assert sheet.row_dimensions[2].height is None


def test_suggestion_is_aligned_with_the_id(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet["A2"].alignment = Alignment(vertical="center")
    sheet = harvest_workbook.suggested_sheet()
    assert sheet.cell(2, column_of(sheet, "Scale: suggestion")).alignment.vertical == "center"


def column_spans(path: Path) -> list[tuple[int, int]]:
    with zipfile.ZipFile(path) as package:
        content = package.read("xl/worksheets/sheet1.xml").decode()
    tags = re.findall(r"<col [^>]*>", content)
    return sorted((int(re.findall(r'min="(\d+)"', tag)[0]), int(re.findall(r'max="(\d+)"', tag)[0])) for tag in tags)


def test_columns_formatted_together_are_reported_of_only_once(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet.column_dimensions.group("I", "XFD", outline_level=0)
    spans = column_spans(harvest_workbook.suggest_to(harvest_workbook.folder / "suggestions.xlsx"))
    assert all(last < first for (_, last), (first, _) in pairwise(spans))


def test_columns_formatted_together_keep_their_format_beyond_ours(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet.column_dimensions.group("I", "XFD", outline_level=0, hidden=True)
    assert harvest_workbook.suggested_sheet().column_dimensions["AA"].hidden


def test_our_columns_show_where_the_user_hid_all_to_the_right(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet.column_dimensions.group("I", "XFD", outline_level=0, hidden=True)
    sheet = harvest_workbook.suggested_sheet()
    folded = [get_column_letter(column_of(sheet, f"{name}: other candidates")) for name in FIELDS]
    added = [get_column_letter(column) for column in range(len(HEADER) + 1, len(HEADER) + 19)]
    assert [letters for letters in added if sheet.column_dimensions[letters].hidden] == [*folded, KEYS]


# Where the sheet is protected


def test_code_cells_of_a_protected_sheet_are_unlocked(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet.protection.set_password("wells")
    sheet = harvest_workbook.suggested_sheet()
    assert [sheet[place].protection.locked for place in ("A2", "B2", "D2", "G2", "H4", "H5", "I2")] == [
        True, True, False, False, False, True, True,
    ]  # fmt: skip


def test_protection_and_its_password_stay(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet.protection.set_password("wells")
    protection = harvest_workbook.suggested_sheet().protection
    assert (protection.sheet, protection.password) == (True, harvest_workbook.sheet.protection.password)


def test_code_column_added_to_a_protected_sheet_is_unlocked(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet.delete_cols(7)
    harvest_workbook.sheet.protection.enable()
    sheet = harvest_workbook.suggested_sheet()
    assert not sheet.cell(2, column_of(sheet, "Scale")).protection.locked


def test_cells_of_a_sheet_without_protection_stay_as_they_are(harvest_workbook: HarvestWorkbook) -> None:
    assert harvest_workbook.suggested_sheet()["G2"].protection.locked


def test_protection_is_reported(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet.protection.enable()
    harvest_workbook.workbook.security = WorkbookProtection(lockStructure=True)
    harvest_workbook.workbook.save(harvest_workbook.path)
    suggestions = suggest_by_hand(
        read_harvest(harvest_workbook.path, codebook=harvest_workbook.codebook),
        model=harvest_workbook.model,
        codebook=harvest_workbook.codebook,
    )
    notes = write_suggestion_workbook(suggestions, harvest_workbook.folder / "suggestions.xlsx")
    assert [str(note) for note in notes] == [
        "Outcomes: the sheet is protected; the cells for codes were unlocked, and no others (to sort or filter it, "
        "remove the protection first)",
        "the structure of the workbook is protected, and stays so; the sheets of outcome-coder were added (remove "
        "the protection to move or delete them)",
    ]


# Filters and tables


def test_filter_buttons_are_added_where_there_were_none(harvest_workbook: HarvestWorkbook) -> None:
    sheet = harvest_workbook.suggested_sheet()
    assert sheet.auto_filter.ref == f"A1:{get_column_letter(sheet.max_column)}4"


def test_other_candidates_are_folded_with_the_button_above_the_route(harvest_workbook: HarvestWorkbook) -> None:
    sheet = harvest_workbook.suggested_sheet()
    others, route = (
        sheet.column_dimensions[get_column_letter(column_of(sheet, f"Scale: {name}"))]
        for name in ("other candidates", "route")
    )
    assert (others.outlineLevel, others.hidden, route.collapsed) == (1, True, True)


def test_filter_takes_in_the_columns_that_are_added(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet.auto_filter.ref = "A1:H4"
    sheet = harvest_workbook.suggested_sheet()
    assert sheet.auto_filter.ref == f"A1:{get_column_letter(sheet.max_column)}4"


def test_filter_takes_in_all_columns_the_second_time_too(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet.auto_filter.ref = "A1:H4"
    sheet = worksheet(harvest_workbook.suggested_again(), "Outcomes")
    assert sheet.auto_filter.ref == f"A1:{get_column_letter(sheet.max_column)}4"


def test_table_takes_in_the_columns_that_are_added(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet.add_table(Table(displayName="Harvest", ref="A1:H4"))
    sheet = harvest_workbook.suggested_sheet()
    table = sheet.tables["Harvest"]
    assert (table.ref, table.column_names) == (f"A1:{get_column_letter(sheet.max_column)}4", names(sheet))


# Where the table is


def test_table_may_start_below_a_title_and_further_right(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet.delete_cols(1, 8)
    harvest_workbook.sheet["A1"] = "Harvest 3, June 2024"
    fill_sheet(harvest_workbook.sheet, row=4, column=3)
    assert under(harvest_workbook.suggested_sheet(), "Scale: suggestion", row=4) == ["Local"] * 3


def test_header_further_down_is_frozen(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet.insert_rows(1, amount=3)
    harvest_workbook.sheet["A1"] = "Harvest 3, June 2024"
    assert harvest_workbook.suggested_sheet().freeze_panes == "B5"


def test_notes_at_the_right_of_the_table_are_not_written_over(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet["L3"] = "ask Awa"
    assert harvest_workbook.suggested_sheet()["L3"].value == "ask Awa"


@pytest.mark.slow
def test_title_merged_over_the_whole_row_is_no_hindrance(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet.insert_rows(1)
    harvest_workbook.sheet["A1"] = "Harvest 3, June 2024"
    harvest_workbook.sheet.merge_cells("A1:XFD1")
    assert names(harvest_workbook.suggested_sheet(), row=2)[8] == "TypeOfChangeCluster: suggestion"


def test_stray_format_in_the_last_corner_is_no_hindrance(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet["XFD1"].fill = PatternFill("solid", fgColor="FFFFE699")
    assert names(harvest_workbook.suggested_sheet())[8] == "TypeOfChangeCluster: suggestion"


def test_sheet_that_was_asked_for_gets_the_suggestions(harvest_workbook: HarvestWorkbook) -> None:
    fill_sheet(harvest_workbook.workbook.create_sheet("June"))
    harvest_workbook.workbook.save(harvest_workbook.path)
    out = suggest_for(
        harvest_workbook.path,
        harvest_workbook.folder / "suggestions.xlsx",
        harvest_workbook.model,
        harvest_workbook.codebook,
        sheet="June",
    )
    workbook = load_workbook(out)
    assert (len(names(workbook["June"])), len(names(workbook["Outcomes"]))) == (8 + 18, 8)


# Names that the user has given already


def test_users_sheet_named_codes_is_kept(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.workbook.create_sheet("Codes")["A1"] = "Codes of the donor"
    assert worksheet(harvest_workbook.suggested(), "Codes")["A1"].value == "Codes of the donor"


def test_our_codes_take_another_name_beside_the_users(harvest_workbook: HarvestWorkbook, codebook: Codebook) -> None:
    harvest_workbook.workbook.create_sheet("CODES")["A1"] = "Codes of the donor"
    workbook = harvest_workbook.suggested()
    assert workbook.sheetnames == ["Outcomes", "CODES", "Review", "Codes (2)", "About the suggestions", "outcome-coder"]
    assert offered(workbook, "G2") == list(codebook.field("scale").code_names)


def test_drop_down_names_the_sheet_that_explains_its_codes(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.workbook.create_sheet("Codes")
    (validation,) = validations(harvest_workbook.suggested_sheet(), "G2")
    assert validation.error == "Choose an answer of the list; the sheet 'Codes (2)' says what each one means."


def test_users_column_of_our_name_is_not_written_over(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet["I1"], harvest_workbook.sheet["I2"] = "Suggestion flags", "for the annual report"
    sheet = harvest_workbook.suggested_sheet()
    assert (sheet["I2"].value, names(sheet)[-1]) == ("for the annual report", "Suggestion flags (2)")


# Our own output is suggested for again


def test_output_is_known_as_ours(harvest_workbook: HarvestWorkbook) -> None:
    assert is_suggestion_workbook(harvest_workbook.suggest_to(harvest_workbook.folder / "suggestions.xlsx"))


def test_harvest_is_not_taken_for_ours(harvest_3_new: Path) -> None:
    assert not is_suggestion_workbook(harvest_3_new)


def test_second_time_replaces_the_columns(harvest_workbook: HarvestWorkbook) -> None:
    again = worksheet(harvest_workbook.suggested_again(), "Outcomes")
    assert names(again) == names(harvest_workbook.suggested_sheet())


def test_second_time_leaves_one_of_each_sheet(harvest_workbook: HarvestWorkbook) -> None:
    assert harvest_workbook.suggested_again().sheetnames == [
        "Outcomes",
        "Review",
        "Codes",
        "About the suggestions",
        "outcome-coder",
    ]


def test_second_time_leaves_one_drop_down_to_a_cell(harvest_workbook: HarvestWorkbook) -> None:
    again = worksheet(harvest_workbook.suggested_again(), "Outcomes")
    assert [len(validations(again, cell)) for cell in ("D2", "E2", "F2", "G2", "H2")] == [1] * 5


def test_second_time_fills_no_added_code_column_twice(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet.delete_cols(SCALE)
    again = worksheet(harvest_workbook.suggested_again(), "Outcomes")
    assert names(again).count("Scale") == 1


def test_second_time_reports_what_is_suggested_now(harvest_workbook: HarvestWorkbook, codebook: Codebook) -> None:
    first = harvest_workbook.suggest_to(harvest_workbook.folder / "suggestions.xlsx")
    national = {"scale": suggested(codebook.field("scale"), "National")}
    out = suggest_for(first, harvest_workbook.folder / "again.xlsx", harvest_workbook.model, codebook, national)
    assert under(load_workbook(out)["Outcomes"], "Scale: suggestion") == ["National"] * 3


def test_second_time_keeps_the_users_sheet_named_codes(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.workbook.create_sheet("Codes")["A1"] = "Codes of the donor"
    again = harvest_workbook.suggested_again()
    assert (again.sheetnames[1], worksheet(again, "Codes")["A1"].value) == ("Codes", "Codes of the donor")
    assert again.sheetnames == ["Outcomes", "Codes", "Review", "Codes (2)", "About the suggestions", "outcome-coder"]


def test_second_time_keeps_the_users_column_of_our_name(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.sheet["I1"], harvest_workbook.sheet["I2"] = "Suggestion flags", "for the annual report"
    again = worksheet(harvest_workbook.suggested_again(), "Outcomes")
    flags = [name for name in names(again) if name.startswith("Suggestion flags")]
    assert (again["I2"].value, flags) == ("for the annual report", ["Suggestion flags", "Suggestion flags (2)"])


def test_code_entered_in_our_output_stays(harvest_workbook: HarvestWorkbook) -> None:
    first = harvest_workbook.suggest_to(harvest_workbook.folder / "suggestions.xlsx")
    workbook = load_workbook(first)
    workbook["Outcomes"]["G2"] = "National"
    workbook.save(first)
    again = load_workbook(
        suggest_for(first, harvest_workbook.folder / "again.xlsx", harvest_workbook.model, harvest_workbook.codebook)
    )
    assert again["Outcomes"]["G2"].value == "National"


# Harvests that are no workbooks


def of_json(
    tmp_path: Path, model: Model, codebook: Codebook, fragment_id: str = "SCC-ENV/033", description: str = ""
) -> Worksheet:
    """Suggest for one outcome from a .jsonl file, and open its sheet."""
    line = {"FragmentID": fragment_id, "Outcome description": description or STORIES["SCC-ENV/033"], "Donor": "SCC"}
    path = write_text(tmp_path / "harvest.jsonl", json.dumps(line) + "\n")
    return worksheet(load_workbook(suggest_for(path, tmp_path / "out.xlsx", model, codebook)), "Outcomes")


def test_new_workbook_has_the_columns_of_the_harvest(tmp_path: Path, model: Model, codebook: Codebook) -> None:
    path = write_text(
        tmp_path / "harvest.csv", "FragmentID;coutnry;Outcome description\nSCC-ENV/033;Kenya;The river was cleaned.\n"
    )
    sheet = load_workbook(suggest_for(path, tmp_path / "out.xlsx", model, codebook))["Outcomes"]
    assert [sheet.cell(2, column).value for column in (1, 2, 3)] == ["SCC-ENV/033", "Kenya", "The river was cleaned."]


def test_new_workbook_gets_the_code_columns(tmp_path: Path, model: Model, codebook: Codebook) -> None:
    added = {field.column.strip() for field in codebook.fields}
    assert added <= set(names(of_json(tmp_path, model, codebook)))


def test_new_workbook_wraps_its_stories(tmp_path: Path, model: Model, codebook: Codebook) -> None:
    assert of_json(tmp_path, model, codebook)["B2"].alignment.wrap_text


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_description_that_looks_like_a_formula_is_text(
    tmp_path: Path, model: Model, codebook: Codebook, start: str
) -> None:
    sheet = of_json(tmp_path, model, codebook, description=f'{start}HYPERLINK("http://example.org","the by-law")')
    assert (sheet["B2"].data_type, sheet["B2"].value) == (
        "s",
        f'{start}HYPERLINK("http://example.org","the by-law")',
    )


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_id_that_looks_like_a_formula_is_text_when_it_is_edited(
    tmp_path: Path, model: Model, codebook: Codebook, start: str
) -> None:
    sheet = of_json(tmp_path, model, codebook, fragment_id=f"{start}1+1")
    assert (sheet["A2"].data_type, sheet["A2"].quotePrefix) == ("s", True)


def test_error_value_in_a_text_is_text(tmp_path: Path, model: Model, codebook: Codebook) -> None:
    assert of_json(tmp_path, model, codebook, description="#REF!")["B2"].data_type == "s"


@pytest.mark.parametrize("sign", ["\x00", "\x0b", "\x1f", "\ufffe", "\uffff", "\ud800"])
def test_character_that_a_workbook_cannot_hold_becomes_a_visible_mark(
    tmp_path: Path, model: Model, codebook: Codebook, sign: str
) -> None:
    sheet = of_json(tmp_path, model, codebook, description=f"The council{sign} met in May.")
    assert sheet["B2"].value == "The council\N{REPLACEMENT CHARACTER} met in May."


def test_text_longer_than_a_cell_is_cut_at_what_it_holds(tmp_path: Path, model: Model, codebook: Codebook) -> None:
    sheet = of_json(tmp_path, model, codebook, description="The council met. " * 2000)
    assert sheet["B2"].value == ("The council met. " * 2000)[:32_767]


def test_letters_that_count_twice_are_counted_twice(tmp_path: Path, model: Model, codebook: Codebook) -> None:
    sheet = of_json(tmp_path, model, codebook, description="\N{DOVE OF PEACE}\N{EARTH GLOBE EUROPE-AFRICA}" * 16_000)
    assert len(str(sheet["B2"].value).encode("utf-16-le")) // 2 <= 32_767


def altered(tmp_path: Path, codebook: Codebook, description: str) -> tuple[str, ...]:
    line = {"FragmentID": "SCC-ENV/033", "Outcome description": description}
    path = write_text(tmp_path / "harvest.jsonl", json.dumps(line) + "\n")
    return altered_texts(read_harvest(path, codebook=codebook).sheet)


def test_text_longer_than_a_cell_is_reported(tmp_path: Path, codebook: Codebook) -> None:
    assert altered(tmp_path, codebook, "The council met. " * 2000) == (
        "line 1: the text has 34,000 characters and a cell of a workbook holds 32,767 (the rest is left out of the "
        "copy; your own file keeps it)",
    )


def test_characters_that_a_workbook_cannot_hold_are_reported(tmp_path: Path, codebook: Codebook) -> None:
    assert altered(tmp_path, codebook, "The\x00 council\x0b met.") == (
        "line 1: 2 control characters no workbook can hold (each became \N{REPLACEMENT CHARACTER})",
    )


def test_nothing_is_reported_of_texts_that_fit(tmp_path: Path, codebook: Codebook) -> None:
    assert altered(tmp_path, codebook, "المجلس\n\tSelf-rule, naïve or not 🕊") == ()


# In another program


@pytest.fixture(scope="module")
def in_libreoffice(tmp_path_factory: pytest.TempPathFactory, model: Model, codebook: Codebook) -> Callable[[str], Path]:
    """Return what LibreOffice makes of a workbook with suggestions, as a user opens it and saves it again."""
    folder = tmp_path_factory.mktemp("libreoffice")
    path = filled_workbook(folder, model, codebook).suggest_to(folder / "suggestions.xlsx")
    program = shutil.which("soffice")
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"

    @cache
    def converted(ending: str) -> Path:
        assert program is not None
        out = folder / "converted"
        convert = [program, profile, "--headless", "--convert-to", ending, "--outdir", str(out), str(path)]
        subprocess.run(convert, check=True, capture_output=True, timeout=120)
        return out / f"suggestions.{ending}"

    return converted


@pytest.mark.libreoffice
def test_values_arrive_in_libreoffice(in_libreoffice: Callable[[str], Path]) -> None:
    sheet = worksheet(load_workbook(in_libreoffice("xlsx")), "Outcomes")
    assert (under(sheet, "FragmentID"), under(sheet, "Scale: suggestion"), under(sheet, "Scale: confidence")) == (
        list(STORIES),
        ["Local"] * 3,
        [0.75] * 3,
    )


@pytest.mark.libreoffice
def test_drop_downs_arrive_in_libreoffice(in_libreoffice: Callable[[str], Path], codebook: Codebook) -> None:
    assert offered(load_workbook(in_libreoffice("xlsx")), "G2") == list(codebook.field("scale").code_names)


@pytest.mark.libreoffice
def test_confidence_shows_as_a_percentage_in_libreoffice(in_libreoffice: Callable[[str], Path]) -> None:
    assert "Local,75%," in in_libreoffice("csv").read_text(encoding="utf-8")


@pytest.mark.libreoffice
def test_workbook_prints_in_libreoffice(in_libreoffice: Callable[[str], Path]) -> None:
    assert in_libreoffice("pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.libreoffice
def test_output_saved_by_libreoffice_is_known_as_ours_again(
    harvest_workbook: HarvestWorkbook, in_libreoffice: Callable[[str], Path]
) -> None:
    again = load_workbook(
        suggest_for(
            in_libreoffice("xlsx"),
            harvest_workbook.folder / "again.xlsx",
            harvest_workbook.model,
            harvest_workbook.codebook,
        )
    )
    assert (again.sheetnames, names(worksheet(again, "Outcomes"))) == (
        ["Outcomes", "Review", "Codes", "About the suggestions", "outcome-coder"],
        names(harvest_workbook.suggested_sheet()),
    )
