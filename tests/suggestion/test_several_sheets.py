"""Suggestions for several sheets of one workbook."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import load_workbook

from classifier.codebook.schema import Codebook
from classifier.errors import OutputError
from classifier.harvest.options import ReadingOptions
from classifier.harvest.reading import read_harvests
from classifier.harvest.suggestion_record import read_trace
from classifier.model.model import Model
from classifier.suggestion.csv_and_jsonl import check_output, write_suggestions
from classifier.suggestion.suggestions import Suggestions
from tests.support.suggested import suggest_by_hand
from tests.support.workbooks import write_sheets

HEADER = ["FragmentID", "Outcome description", "Scale"]
ALL = ReadingOptions(all_sheets=True)


@pytest.fixture
def suggestions(tmp_path: Path, codebook: Codebook, model: Model) -> Suggestions:
    """Return suggestions for a sheet of each of two countries."""
    rows: dict[str, list[list[str]]] = {
        country: [HEADER, *([name, f"The council of {name} met in public.", ""] for name in names)]
        for country, names in {"Mali": ["M-1", "M-2"], "Niger": ["N-1"]}.items()
    }
    path = write_sheets(tmp_path / "countries.xlsx", {"Read me": [["About"]], **rows})
    harvests = read_harvests(path, codebook=codebook, options=ALL)
    outcomes = tuple(outcome for harvest in harvests for outcome in harvest.outcomes)
    made = suggest_by_hand(replace(harvests[0], outcomes=outcomes), model=model, codebook=codebook)
    return replace(made, harvest=harvests[0], others=harvests[1:])


def test_each_sheet_gets_its_columns(suggestions: Suggestions, tmp_path: Path) -> None:
    write_suggestions(suggestions, tmp_path / "out.xlsx")
    workbook = load_workbook(tmp_path / "out.xlsx")
    reported = {
        sheet: [cells[0] for cells in workbook[sheet].iter_rows(min_row=2, values_only=True)]
        for sheet in ("Mali", "Niger")
        if "Scale: suggestion" in [cell.value for cell in workbook[sheet][1]]
    }
    assert reported == {"Mali": ["M-1", "M-2"], "Niger": ["N-1"]}
    assert {name for name, _ in read_trace(tmp_path / "out.xlsx")} == {"M-1", "M-2", "N-1"}


def test_workbook_that_was_written_is_read_again(suggestions: Suggestions, codebook: Codebook, tmp_path: Path) -> None:
    write_suggestions(suggestions, tmp_path / "out.xlsx")
    again = read_harvests(tmp_path / "out.xlsx", codebook=codebook, options=ALL)
    assert [[one.fragment_id for one in harvest.outcomes] for harvest in again] == [["M-1", "M-2"], ["N-1"]]


def test_code_entered_on_the_second_sheet_is_not_written_over(
    suggestions: Suggestions, codebook: Codebook, tmp_path: Path
) -> None:
    out = tmp_path / "out.xlsx"
    write_suggestions(suggestions, out)
    workbook = load_workbook(out)
    workbook["Niger"]["C2"] = "Local"
    workbook.save(out)
    with pytest.raises(OutputError, match="a coder has entered 1 code"):
        check_output(out, suggestions.others[0], codebook=codebook, overwrite=False)


def test_table_names_the_sheet_of_each_outcome(suggestions: Suggestions, tmp_path: Path) -> None:
    write_suggestions(suggestions, tmp_path / "out.csv")
    rows = list(csv.DictReader((tmp_path / "out.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert {(one["FragmentID"], one["sheet"]) for one in rows} == {("M-1", "Mali"), ("M-2", "Mali"), ("N-1", "Niger")}


def test_line_names_the_sheet_of_its_outcome(suggestions: Suggestions, tmp_path: Path) -> None:
    write_suggestions(suggestions, tmp_path / "out.jsonl")
    lines = map(json.loads, (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines())
    assert [(one["fragment_id"], one["sheet"]) for one in lines] == [("M-1", "Mali"), ("M-2", "Mali"), ("N-1", "Niger")]
