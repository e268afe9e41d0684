from __future__ import annotations

import datetime
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from classifier.codebook.schema import Codebook
from classifier.errors import OutputError
from classifier.harvest.reading import Harvest
from classifier.report.crosstab.counts import Crosstab, count_codes, cross_tables
from classifier.report.crosstab.workbook import write_tables
from classifier.spreadsheet.reading import read_sheets
from tests.support.crosstabs import BY_COUNTRY, BY_OBJECTIVE, SCALE, UNCODED, counted_by, of_field
from tests.support.workbooks import write_text


def written(tmp_path: Path, *tables: Crosstab) -> Path:
    path = tmp_path / "summary.xlsx"
    write_tables(tables, path, title="Harvest 3", sources=[("harvest_3.xlsx", 5)], day=datetime.date(2025, 3, 1))
    return path


def sheet_of(path: Path, title: str) -> Worksheet:
    sheet = load_workbook(path)[title]
    assert isinstance(sheet, Worksheet)
    return sheet


def rows_of(path: Path, title: str) -> list[tuple[object, ...]]:
    """Return the rows of a sheet, without the empty cells at the end of each row."""
    rows = sheet_of(path, title).iter_rows(values_only=True)
    return [tuple(value for value in row if value is not None) for row in rows]


# Counts


def test_a_field_has_a_sheet_with_its_counts_and_shares(tmp_path: Path) -> None:
    assert rows_of(written(tmp_path, SCALE), "Scale") == [
        ("Scale",),
        ("n = 5 outcomes, of which 1 undecided",),
        ("Scale", "Outcomes", "Share of decided"),
        ("Local", 3, 0.75),
        ("National", 1, 0.25),
        ("n", 5),
        ("undecided", 1),
    ]


def test_a_share_of_nothing_is_left_empty(tmp_path: Path) -> None:
    assert rows_of(written(tmp_path, UNCODED), "Scale")[3] == ("Local", 0)


def test_shares_are_shown_as_percentages(tmp_path: Path) -> None:
    assert sheet_of(written(tmp_path, SCALE), "Scale")["C4"].number_format == "0%"


def test_counts_are_a_table_that_can_be_sorted(tmp_path: Path) -> None:
    assert [table.ref for table in sheet_of(written(tmp_path, SCALE), "Scale").tables.values()] == ["A3:C5"]


def test_counts_have_a_bar_chart(tmp_path: Path) -> None:
    with zipfile.ZipFile(written(tmp_path, SCALE)) as package:
        assert b"'Scale'!$B$4:$B$5" in package.read("xl/charts/chart1.xml")


def test_the_header_is_bold_and_stays_in_sight(tmp_path: Path) -> None:
    sheet = sheet_of(written(tmp_path, SCALE), "Scale")
    assert (sheet["B3"].font.b, sheet.freeze_panes) == (True, "B4")


def test_sheets_are_printed_on_a4_across_and_one_page_wide(tmp_path: Path) -> None:
    sheet = sheet_of(written(tmp_path, SCALE), "Scale")
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize, sheet.page_setup.fitToWidth) == (
        "landscape",
        9,
        1,
    )


# Cross-tables


def test_a_cross_table_has_n_and_undecided_and_then_shares(tmp_path: Path) -> None:
    assert rows_of(written(tmp_path, BY_COUNTRY), "By country")[4:] == [
        ("Scale by country",),
        ("n = 5 outcomes, of which 1 undecided",),
        ("Scale", "Kenya", "not stated", "n"),
        ("Local", 2, 1, 3),
        ("National", 0, 1, 1),
        ("n", 2, 3, 5),
        ("undecided", 0, 1),
        (),
        ("Scale by country: shares",),
        ("Of the decided outcomes of each column",),
        ("Scale", "Kenya", "not stated"),
        ("Local", 1, 0.5),
        ("National", 0, 0.5),
    ]


def test_the_columns_stay_in_sight_above_all_tables_that_have_them(tmp_path: Path) -> None:
    assert rows_of(written(tmp_path, BY_COUNTRY), "By country")[:4] == [
        ("By country",),
        ("n = 5 outcomes",),
        ("country", "Kenya", "not stated"),
        (),
    ]


def test_of_two_fields_undecided_is_given_for_each_code_too(tmp_path: Path) -> None:
    assert rows_of(written(tmp_path, BY_OBJECTIVE), "By Objectives")[6:9] == [
        ("Scale", "CIV", "CON", "n", "undecided"),
        ("Local", 2, 1, 3, 1),
        ("National", 0, 0, 1, 1),
    ]


def test_several_codes_of_an_outcome_are_noted_below_the_counts(tmp_path: Path) -> None:
    assert rows_of(written(tmp_path, BY_OBJECTIVE), "By Objectives")[11] == BY_OBJECTIVE.notes


def test_tables_with_the_same_columns_are_on_one_sheet(tmp_path: Path) -> None:
    actor = of_field(BY_COUNTRY, "Social actor", "Citizens", "Government")
    path = written(tmp_path, SCALE, BY_COUNTRY, actor)
    assert load_workbook(path).sheetnames == ["Contents", "Scale", "By country"]
    assert rows_of(path, "By country")[18] == ("Social actor by country",)


def test_each_table_starts_a_page(tmp_path: Path) -> None:
    actor = of_field(BY_COUNTRY, "Social actor", "Citizens", "Government")
    sheet = sheet_of(written(tmp_path, BY_COUNTRY, actor), "By country")
    assert [found.id for found in sheet.row_breaks.brk] == [18]


# Contents


def test_contents_say_what_was_counted(tmp_path: Path) -> None:
    assert rows_of(written(tmp_path, SCALE, BY_OBJECTIVE), "Contents") == [
        ("Harvest 3",),
        (
            "What was counted",
            "5 outcomes, by their codes. An outcome that is in several files counts once, as coded in the last of "
            "them.",
        ),
        ("File", "harvest_3.xlsx, 5 outcomes"),
        ("Counted on", "2025-03-01, by outcome-coder"),
        ("n", "All outcomes, decided or not."),
        (
            "undecided",
            "Outcomes without a code in the field, or in one of the two fields of a cross-table. Shares are of the "
            "others.",
        ),
        ("not stated", "The cell is empty: the harvest doesn't say. That is not the same as no."),
        ("Several codes", *BY_OBJECTIVE.notes),
        (),
        ("Table", "Sheet", "n", "undecided"),
        ("Scale", "Scale", 5, 1),
        ("Scale by Objectives", "By Objectives", 5, 3),
    ]


def test_contents_link_to_each_table(tmp_path: Path) -> None:
    sheet = sheet_of(written(tmp_path, SCALE, BY_COUNTRY), "Contents")
    links = [cell.hyperlink.location for [cell] in sheet["A10:A11"] if cell.hyperlink is not None]
    assert links == ["'Scale'!A1", "'By country'!A5"]


# What could go wrong


@pytest.mark.parametrize("sign", ["=", "+", "-", "@"])
def test_a_value_that_looks_like_a_formula_stays_text(tmp_path: Path, sign: str) -> None:
    value = f'{sign}HYPERLINK("http://example.org")'
    sheet = sheet_of(written(tmp_path, counted_by(BY_COUNTRY, "country", value, "not stated")), "By country")
    assert (sheet["B7"].value, sheet["B7"].data_type, sheet["B7"].quotePrefix) == (value, "s", True)


def test_no_formula_is_written_whatever_is_named_like_one(tmp_path: Path) -> None:
    odd = counted_by(of_field(BY_OBJECTIVE, "=1+1", "=3+3", "@SUM"), "=2+2", "=4+4", "+5")
    path = tmp_path / "summary.xlsx"
    write_tables([odd, of_field(SCALE, "=7+7")], path, title="=8+8", sources=[("=9.xlsx", 5)])
    with zipfile.ZipFile(path) as package:
        sheets = [package.read(name) for name in package.namelist() if name.startswith("xl/worksheets/sheet")]
    assert [b"<f>" in sheet for sheet in sheets] == [False, False, False]


def test_titles_of_sheets_leave_out_what_they_must_not_hold(tmp_path: Path) -> None:
    field = of_field(SCALE, "Scale [level]: who/what?")
    assert load_workbook(written(tmp_path, field)).sheetnames[1] == "Scale level who what"


def test_titles_of_sheets_are_cut_and_kept_apart(tmp_path: Path) -> None:
    long = "Link to the specific objectives of the programme"
    first, second = of_field(SCALE, long), of_field(SCALE, f"{long} (2)")
    assert load_workbook(written(tmp_path, first, second)).sheetnames[1:] == [
        "Link to the specific objectives",
        "Link to the specific object (2)",
    ]


@pytest.mark.parametrize("name", ["Contents", "history"])
def test_a_field_named_like_a_reserved_sheet_gets_a_number(tmp_path: Path, name: str) -> None:
    assert load_workbook(written(tmp_path, of_field(SCALE, name))).sheetnames[1] == f"{name} (2)"


def test_a_value_named_n_is_kept_apart_from_n(tmp_path: Path) -> None:
    table = counted_by(BY_COUNTRY, "negative", "N", "Y")
    assert rows_of(written(tmp_path, table), "By negative")[6] == ("Scale", "N", "Y", "n (2)")


def test_only_a_workbook_is_written(tmp_path: Path) -> None:
    with pytest.raises(OutputError) as caught:
        write_tables([SCALE], tmp_path / "summary.csv", title="Harvest 3", sources=[])
    assert str(caught.value) == (
        f"{tmp_path / 'summary.csv'}: tables are written to a workbook; choose a name that ends in .xlsx"
    )


def test_a_workbook_that_is_open_elsewhere_is_left_alone(tmp_path: Path) -> None:
    write_text(tmp_path / ".~lock.summary.xlsx#", "")
    with pytest.raises(OutputError, match=r"summary\.xlsx: is open in another program"):
        written(tmp_path, SCALE)


@pytest.mark.slow
@settings(deadline=None, max_examples=25)
@given(st.lists(st.text(min_size=1, max_size=40), min_size=1, max_size=6))
def test_any_names_make_a_workbook_that_can_be_read(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    path = tmp_path_factory.mktemp("drawn") / "summary.xlsx"
    write_tables([of_field(SCALE, name) for name in names], path, title="Harvest", sources=[])
    titles = [sheet.name for sheet in read_sheets(path)]
    assert len({title.casefold() for title in titles}) == len(names) + 1
    assert max(len(title) for title in titles) <= 31


def test_the_sample_is_written_with_a_sheet_per_field_and_per_thing_counted_by(
    tmp_path: Path, coded_harvest: Harvest, codebook: Codebook
) -> None:
    tables = [*count_codes([coded_harvest], codebook), *cross_tables([coded_harvest], codebook)]
    assert load_workbook(written(tmp_path, *tables)).sheetnames == [
        "Contents",
        "TypeOfChangeCluster",
        "Social actor",
        "Scale",
        "Link to SCC Specific Objectives",
        "By Social actor",
        "By Scale",
        "By Link to SCC Specific Objecti",
        "By country",
        "By period",
        "By negative",
        "By unintended",
    ]


def test_no_story_of_the_sample_gets_into_the_workbook(
    tmp_path: Path, coded_harvest: Harvest, codebook: Codebook
) -> None:
    path = written(tmp_path, *count_codes([coded_harvest], codebook), *cross_tables([coded_harvest], codebook))
    cells = {cell for sheet in read_sheets(path) for row in sheet.rows for cell in row}
    texts = {text for outcome in coded_harvest.outcomes for text in outcome.story.parts.values()}
    assert cells & texts <= {""}
