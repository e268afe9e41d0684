from __future__ import annotations

from pathlib import Path

import pytest

from classifier.codebook.schema import Codebook
from classifier.harvest.file_preview import FilePreview, preview_file
from classifier.harvest.options import NOT_READ, ReadingOptions
from classifier.languages import use_language
from classifier.model.model import Model
from tests.support.reviewing import suggest_for_review
from tests.support.workbooks import write_outcomes

STORY = "The council of Dori met in public for the first time."


def preview(path: Path, codebook: Codebook, **columns: str) -> FilePreview:
    return preview_file(path, codebook=codebook, options=ReadingOptions(columns=columns))


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    """Return a workbook of seven outcomes, three of them coded."""
    rows = [
        {
            "FragmentID": f"H3-{number}",
            "Outcome description": STORY,
            "Scale": "Local" if number < 3 else "",
            "Remark": "",
        }
        for number in range(7)
    ]
    return write_outcomes(tmp_path / "harvest.xlsx", *rows)


def test_first_five_cells_of_each_column_are_shown(workbook: Path, codebook: Codebook) -> None:
    first = preview(workbook, codebook).columns[0]
    assert first.cells == ("H3-0", "H3-1", "H3-2", "H3-3", "H3-4")


def test_long_cell_is_cut(tmp_path: Path, codebook: Codebook) -> None:
    path = write_outcomes(tmp_path / "harvest.xlsx", {"FragmentID": "H3-1", "Outcome description": STORY * 9})
    (cell,) = preview(path, codebook).columns[1].cells
    assert (len(cell) <= 161, cell.endswith("…")) == (True, True)


def test_choices_say_what_a_column_would_be_read_as(workbook: Path, codebook: Codebook) -> None:
    choices = preview(workbook, codebook).choices
    assert (choices["FragmentID"], choices["StoryFragment_Merged"]) == ("ID of the outcome", "the whole story")
    assert choices["MCQType of change"] == "answer that leads to a code of TypeOfChangeCluster"


def test_choices_are_in_the_current_language(workbook: Path, codebook: Codebook) -> None:
    with use_language("fr"):
        choices = preview(workbook, codebook).choices
    assert (choices["FragmentID"], choices["Significance of the outcome"]) == (
        "ID de l'incidence",
        "Importance de l'incidence",
    )


def test_column_that_is_not_read_says_so(workbook: Path, codebook: Codebook) -> None:
    assert {one.name: one.read_as for one in preview(workbook, codebook).columns}["Remark"] == ""


def test_codes_that_are_in_the_file_are_counted(workbook: Path, codebook: Codebook) -> None:
    scale = next(field for field in preview(workbook, codebook).fields if field.name == "Scale")
    assert (scale.n_coded, scale.codes) == (3, (("Local", 3),))


def test_column_that_is_left_out_is_shown_as_not_read(workbook: Path, codebook: Codebook) -> None:
    found = preview(workbook, codebook, Scale=NOT_READ)
    assert {one.name: one.read_as for one in found.columns}["Scale"] == ""
    assert all(field.n_coded == 0 for field in found.fields)


def test_column_that_is_left_out_is_not_reported_as_unread(tmp_path: Path, codebook: Codebook) -> None:
    rows = [{"FragmentID": f"H3-{n}", "Outcome description": STORY, "Portée": "Local"} for n in range(3)]
    path = write_outcomes(tmp_path / "harvest.xlsx", *rows)
    assert preview(path, codebook, **{"Portée": NOT_READ}).notes == ()


def test_errors_keep_a_file_from_being_read(tmp_path: Path, codebook: Codebook) -> None:
    twice = {"FragmentID": "H3-1", "Outcome description": STORY}
    found = preview(write_outcomes(tmp_path / "harvest.xlsx", twice, twice), codebook)
    assert (found.can_be_read, [note.cells for note in found.errors]) == (False, [("Outcomes!A3",)])


def test_file_that_is_no_table_has_errors_alone(tmp_path: Path, codebook: Codebook) -> None:
    path = tmp_path / "harvest.xlsx"
    path.write_bytes(b"The council met in secret.")
    found = preview(path, codebook)
    assert (found.columns, found.can_be_read, len(found.errors)) == ((), False, 1)
    assert "secret" not in str(found.errors[0])


def test_confidential_column_can_not_be_left_out(tmp_path: Path, codebook: Codebook) -> None:
    row = {"FragmentID": "H3-1", "Outcome description": STORY, "Outcome statements is CONFIDENTIAL": "YES"}
    columns = preview(write_outcomes(tmp_path / "harvest.xlsx", row), codebook).columns
    assert [one.name for one in columns if not one.can_be_left_out] == ["Outcome statements is CONFIDENTIAL"]


def test_sheet_for_choosing_codes_is_no_sheet_to_read(workbook: Path, codebook: Codebook, model: Model) -> None:
    out = suggest_for_review(workbook, workbook.with_name("out.xlsx"), model=model, codebook=codebook)
    assert preview(out, codebook).sheets == preview(workbook, codebook).sheets


def test_columns_of_a_workbook_of_suggestions_are_not_listed(workbook: Path, codebook: Codebook, model: Model) -> None:
    out = suggest_for_review(workbook, workbook.with_name("out.xlsx"), model=model, codebook=codebook)
    found = preview(out, codebook)
    names = [one.name for one in found.columns]
    assert (names[:4], [name for name in names if ":" in name]) == (
        ["FragmentID", "Outcome description", "Scale", "Remark"],
        [],
    )
    assert found.n_own_columns == 18
