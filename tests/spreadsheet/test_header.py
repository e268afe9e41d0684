from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from openpyxl import load_workbook

from classifier.codebook.schema import Codebook
from classifier.harvest.reading import read_harvest
from classifier.spreadsheet.header import Header, KnownNames, find_headers
from classifier.spreadsheet.sheet import Sheet
from tests.support.workbooks import write_sheets, write_text

ID, DESCRIPTION, STORY = "FragmentID", "Outcome description", "The county adopted a by-law on public meetings."
KNOWN = KnownNames(
    names=frozenset({"fragmentid", "outcomedescription", "scale", "year"}),
    anchors=frozenset({"fragmentid", "outcomedescription"}),
)


def header_of(*rows: Sequence[str]) -> Header:
    return next(iter(find_headers(Sheet(name="A", rows=rows), KNOWN)))


def test_header_of_one_row_ends_where_the_outcomes_begin() -> None:
    header = header_of([ID, DESCRIPTION, "Scale"], ["SCC-1", STORY, "Local"])
    assert (header.first, header.last, header.names) == (0, 0, (ID, DESCRIPTION, "Scale"))


def test_title_above_several_columns_gives_way_to_the_names_below_it() -> None:
    header = header_of([ID, DESCRIPTION, "Coding", ""], ["", "", "Actor", "Scale"], ["SCC-1", STORY, "Elders", "Local"])
    assert (header.last, header.names) == (1, (ID, DESCRIPTION, "Actor", "Scale"))


def test_names_below_titles_may_be_alone() -> None:
    header = header_of(
        [ID, "Story", "", "Codes"], ["", DESCRIPTION, "Place", "Scale"], ["SCC-1", STORY, "Gao", "Local"]
    )
    assert (header.last, header.names) == (1, (ID, DESCRIPTION, "Place", "Scale"))


def test_columns_of_one_name_are_distinguished_by_their_titles() -> None:
    header = header_of(
        [ID, DESCRIPTION, "First coder", "", "Second coder", ""], ["", "", "Code", "Note", "Code", "Note"]
    )
    assert header.names[2:] == ("First coder: Code", "First coder: Note", "Second coder: Code", "Second coder: Note")


def test_title_and_name_that_make_a_known_name_together_are_joined() -> None:
    header = header_of([ID, "Outcome", ""], ["", "Description", "Place"])
    assert header.names == (ID, "Outcome: Description", "Place")


def test_row_of_answers_that_names_no_column_belongs_to_the_header() -> None:
    header = header_of([ID, DESCRIPTION, "Scale"], ["", "Open-Ended Response", "Response"], ["1", STORY, "Local"])
    assert (header.last, header.names) == (1, (ID, DESCRIPTION, "Scale"))


def test_outcome_without_id_and_story_is_no_part_of_the_header() -> None:
    assert header_of([ID, DESCRIPTION, "Scale"], ["", "", "Local"]).last == 0


def test_name_that_was_merged_down_into_a_lower_header_row_is_found() -> None:
    headers = [*find_headers(Sheet(name="A", rows=[["Story", "", "Scale"], [ID, DESCRIPTION, ""]]), KNOWN)]
    assert (ID, DESCRIPTION, "Scale") in [header.names for header in headers]


@pytest.fixture
def merged_header(tmp_path: Path) -> Path:
    """Return a workbook whose header takes two rows: names merged down, and a title over the code columns."""
    rows: list[list[object]] = [
        [ID, DESCRIPTION, "Coding", None],
        [None, None, "Social actor", "Scale"],
        ["SCC-1", STORY, "", "Local"],
    ]
    path = write_sheets(tmp_path / "harvest.xlsx", {"Outcomes": rows})
    workbook = load_workbook(path)
    for cells in ("A1:A2", "B1:B2", "C1:D1"):
        workbook["Outcomes"].merge_cells(cells)
    workbook.save(path)
    return path


def test_harvest_below_a_header_of_two_rows_is_read(merged_header: Path, codebook: Codebook) -> None:
    harvest = read_harvest(merged_header, codebook=codebook)
    assert [(outcome.fragment_id, outcome.codes) for outcome in harvest.outcomes] == [("SCC-1", {"scale": ("Local",)})]
    assert (list(harvest.header), harvest.notes) == ([ID, DESCRIPTION, "Social actor", "Scale"], ())


def test_fault_below_a_header_of_two_rows_names_the_column(tmp_path: Path, codebook: Codebook) -> None:
    text = f"{ID},{DESCRIPTION},Codes\n,,Scale\n,{STORY},Local\n"
    with pytest.raises(Exception, match=r"harvest!A3: FragmentID is empty \(give it an ID\)"):
        read_harvest(write_text(tmp_path / "harvest.csv", text), codebook=codebook)


def test_names_merged_down_over_three_rows_are_a_header_of_three(tmp_path: Path, codebook: Codebook) -> None:
    rows: list[list[object]] = [
        [ID, "Story", None, "Scale"],
        [None, "What", "Why", None],
        [None, DESCRIPTION, "Significance of the outcome", None],
        ["SCC-1", STORY, "It is the first.", "Local"],
    ]
    path = write_sheets(tmp_path / "harvest.xlsx", {"Outcomes": rows})
    workbook = load_workbook(path)
    for cells in ("A1:A3", "B1:C1", "D1:D3"):
        workbook["Outcomes"].merge_cells(cells)
    workbook.save(path)
    harvest = read_harvest(path, codebook=codebook)
    assert [(outcome.fragment_id, outcome.codes) for outcome in harvest.outcomes] == [("SCC-1", {"scale": ("Local",)})]
    assert harvest.outcomes[0].story.parts == {DESCRIPTION: STORY, "Significance of the outcome": "It is the first."}


def test_answers_below_a_question_are_the_columns_of_its_codes(tmp_path: Path) -> None:
    tags = Codebook.parse("fields: [{name: tags, column: Tags, kind: multiple, codes: [{code: CIV}, {code: GEN}]}]")
    text = f"Respondent ID,{DESCRIPTION},Tags,,Scale\n,Open-Ended Response,CIV,GEN,Response\n1,{STORY},,GEN,Local\n"
    harvest = read_harvest(write_text(tmp_path / "survey.csv", text), codebook=tags)
    assert [(outcome.fragment_id, outcome.codes) for outcome in harvest.outcomes] == [("1", {"tags": ("GEN",)})]
