from __future__ import annotations

import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.worksheet import Worksheet

from classifier.codebook.schema import Codebook
from classifier.harvest.reading import Harvest
from classifier.report.crosstab.counts import Crosstab, all_tables
from classifier.report.crosstab.summary_sheet import add_summary
from tests.support.crosstabs import BY_COUNTRY, BY_MANY_COUNTRIES, BY_OBJECTIVE, SCALE, UNCODED, of_field


def with_summary(*tables: Crosstab) -> Workbook:
    workbook = Workbook()
    add_summary(workbook, tables)
    return workbook


def summary(*tables: Crosstab) -> Worksheet:
    sheet = with_summary(*tables)["Summary"]
    assert isinstance(sheet, Worksheet)
    return sheet


def rows_of(sheet: Worksheet) -> list[tuple[object, ...]]:
    return [tuple(value for value in row if value is not None) for row in sheet.iter_rows(values_only=True)]


def below(sheet: Worksheet, title: str, n_rows: int) -> list[tuple[object, ...]]:
    """Return the rows below the title of a table."""
    rows = rows_of(sheet)
    start = rows.index((title,)) + 1
    return rows[start : start + n_rows]


def test_all_tables_are_on_one_sheet() -> None:
    assert with_summary(SCALE, BY_COUNTRY, BY_OBJECTIVE).sheetnames == ["Sheet", "Summary"]


def test_the_top_says_what_was_counted_and_lists_the_tables() -> None:
    assert rows_of(summary(SCALE, BY_COUNTRY))[:9] == [
        ("How many outcomes have each code",),
        ("What was counted", "The outcomes of this workbook, by their codes in it."),
        ("n", "All outcomes, decided or not."),
        (
            "undecided",
            "Outcomes without a code in the field, or in one of the two fields of a cross-table. Shares are of the "
            "others.",
        ),
        ("not stated", "The cell is empty: the harvest doesn't say. That is not the same as no."),
        (),
        ("Table", "n", "undecided"),
        ("Scale", 5, 1),
        ("Scale by country", 5, 1),
    ]


def test_top_links_to_each_table() -> None:
    sheet = summary(SCALE, BY_COUNTRY)
    links = [cell.hyperlink.location for [cell] in sheet["A8:A9"] if cell.hyperlink is not None]
    titles = [sheet[location.rpartition("!")[2]].value for location in links if location is not None]
    assert titles == ["Scale", "Scale by country"]


def test_each_list_is_a_table_that_can_be_sorted() -> None:
    sheet = summary(SCALE, BY_COUNTRY)
    tables = {table.displayName: sheet[table.ref.partition(":")[0]].value for table in sheet.tables.values()}
    assert tables == {"Outcomes_1": "Table", "Outcomes_2": "Scale", "Outcomes_3": "Scale", "Outcomes_4": "Scale"}


def test_tables_are_not_named_like_a_named_range() -> None:
    workbook = Workbook()
    workbook.defined_names["OUTCOMES_1"] = DefinedName("OUTCOMES_1", attr_text="'Sheet'!$A$1")
    add_summary(workbook, [SCALE])
    assert list(workbook["Summary"].tables) == ["Outcomes_2", "Outcomes_3"]


def test_bar_chart_refers_to_its_counts(tmp_path: Path) -> None:
    workbook = with_summary(SCALE)
    workbook.save(tmp_path / "coded.xlsx")
    with zipfile.ZipFile(tmp_path / "coded.xlsx") as package:
        chart = package.read("xl/charts/chart1.xml")
    sheet = workbook["Summary"]
    assert (sheet["A13"].value, b"'Summary'!$A$13:$A$14" in chart) == ("Local", True)


def test_field_that_nobody_coded_has_no_bar_chart() -> None:
    assert len(summary(SCALE, of_field(UNCODED, "Social actor"))._charts) == 1  # type: ignore[attr-defined]


def test_table_starts_below_the_bar_chart_before_it() -> None:
    sheet = summary(SCALE, BY_COUNTRY)
    start = rows_of(sheet).index(("Scale by country",)) + 1
    (chart,) = sheet._charts  # type: ignore[attr-defined]
    assert (chart.anchor, start) == ("E12", 23)  # 4.8 cm are 10 rows


def test_cross_table_by_many_values_is_transposed() -> None:
    assert below(summary(BY_MANY_COUNTRIES), "Scale by country", 4) == [
        ("n = 15 outcomes, of which 11 undecided",),
        ("country", "Local", "National", "n", "undecided"),
        ("country 1", 3, 1, 5, 1),
        ("country 2", 0, 0, 1, 1),
    ]


def test_transposed_table_ends_with_n_of_each_code() -> None:
    assert below(summary(BY_MANY_COUNTRIES), "Scale by country", 15)[-2:] == [("n", 3, 1, 15), ("undecided", 0, 0)]


def test_shares_of_a_transposed_table_are_of_each_value_still() -> None:
    assert below(summary(BY_MANY_COUNTRIES), "Scale by country: shares", 3) == [
        ("Of the decided outcomes of each row",),
        ("country", "Local", "National"),
        ("country 1", 0.75, 0.25),
    ]


def test_sheet_is_printed_on_a4_across_and_one_page_wide() -> None:
    sheet = summary(SCALE)
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize, sheet.page_setup.fitToWidth) == (
        "landscape",
        9,
        1,
    )


def test_no_page_begins_inside_a_table(coded_harvest: Harvest, codebook: Codebook) -> None:
    sheet = summary(*all_tables([coded_harvest], codebook))
    titles = {table.title for table in all_tables([coded_harvest], codebook)}
    begins = [sheet.cell(found.id + 1, 1).value for found in sheet.row_breaks.brk]
    assert (len(begins) > 1, set(begins) <= titles) == (True, True)


def test_tables_that_fit_on_a_page_share_it() -> None:
    sheet = summary(BY_COUNTRY, of_field(BY_COUNTRY, "Social actor"), BY_OBJECTIVE)
    begins = [sheet.cell(found.id + 1, 1).value for found in sheet.row_breaks.brk]
    assert begins == ["Social actor by country"]


@pytest.mark.libreoffice
def test_summary_of_the_sample_opens_in_libreoffice(tmp_path: Path, coded_harvest: Harvest, codebook: Codebook) -> None:
    path = tmp_path / "coded.xlsx"
    with_summary(*all_tables([coded_harvest], codebook)).save(path)
    program = shutil.which("soffice")
    assert program is not None
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [program, profile, "--headless", "--convert-to", "xlsx", "--outdir", str(tmp_path / "saved"), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    sheet = load_workbook(tmp_path / "saved" / "coded.xlsx")["Summary"]
    assert (sheet["A8"].value, len(sheet.tables)) == ("TypeOfChangeCluster", 49)
