from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from classifier.codebook.schema import Codebook
from classifier.errors import FaultsError
from classifier.harvest.coded import read_coded_harvests
from classifier.harvest.options import ReadingOptions
from classifier.harvest.reading import read_harvest
from classifier.harvest.row_keys import EARLIER_KEY_COLUMN, KEY_COLUMN, UNDO_SORTING
from classifier.model.model import Model
from classifier.project.add_harvest import add_harvest
from classifier.project.import_workbook import ImportedCodes, import_workbook
from classifier.project.project import Project, new_project, open_project
from classifier.suggestion.workbook import write_suggestion_workbook
from tests.support import projects
from tests.support.sorting import change, letters_of, reorder
from tests.support.suggested import suggest_by_hand, suggest_each
from tests.support.workbooks import write_outcomes, write_text

pytestmark = pytest.mark.slow

IDS = ("SCC-ENV/033", "SCC-JEU/026", "SCC-LPC/035", "SCC-WRL/006")
STORIES = ("The council met.", "Seven young men came home.", "They adopted a by-law.", "They obtained two seats.")
SCALES = ("Local", "National", "Regional", "International")
SCALE = "Scale"
SORTED = (2, 0, 3, 1)


@dataclass(frozen=True, kw_only=True)
class HarvestWorkbook:
    """Suggestions for a harvest, in which a coder has entered the scale of every outcome."""

    codebook: Codebook
    path: Path

    @property
    def last(self) -> str:
        """The last column."""
        found = load_workbook(self.path)["Outcomes"]
        assert isinstance(found, Worksheet)
        return get_column_letter(found.max_column)

    def letters(self, name: str) -> str:
        return letters_of(self.path, name)

    def scales(self) -> dict[str, str]:
        """Return the scale of each outcome, as it is read."""
        (harvest,) = read_coded_harvests([self.path], codebook=self.codebook)
        return {outcome.fragment_id: outcome.codes["scale"][0] for outcome in harvest.outcomes}

    def refusal(self) -> str:
        with pytest.raises(FaultsError) as caught:
            self.scales()
        return str(caught.value)


@dataclass(frozen=True, kw_only=True)
class Team:
    """A project with the harvest."""

    project: Project

    def confirm(self, harvest_workbook: HarvestWorkbook) -> ImportedCodes:
        return import_workbook(harvest_workbook.path, self.project, coder="Ana")

    def refusal(self, harvest_workbook: HarvestWorkbook) -> str:
        with pytest.raises(FaultsError) as caught:
            self.confirm(harvest_workbook)
        assert self.project.journal.entries() == ()
        return str(caught.value)


def write_harvest(path: Path) -> Path:
    return write_outcomes(
        path,
        *(
            {"FragmentID": name, "Outcome description": story, "Country": f"C{place}", SCALE: None, "Remark": None}
            for place, (name, story) in enumerate(zip(IDS, STORIES, strict=True))
        ),
    )


def write_coded(folder: Path, codebook: Codebook, model: Model, *, alike: bool) -> Path:
    harvest = read_harvest(write_harvest(folder / "harvest.xlsx"), codebook=codebook)
    suggestions = (suggest_by_hand if alike else suggest_each)(harvest, model=model, codebook=codebook)
    write_suggestion_workbook(suggestions, folder / "suggestions.xlsx")

    def code(sheet: Worksheet) -> None:
        for row, scale in enumerate(SCALES, start=2):
            sheet.cell(row, 4).value = scale

    return change(folder / "suggestions.xlsx", code)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory, codebook: Codebook, model: Model) -> Path:
    return write_coded(tmp_path_factory.mktemp("written"), codebook, model, alike=False)


@pytest.fixture(scope="module")
def written_alike(tmp_path_factory: pytest.TempPathFactory, codebook: Codebook, model: Model) -> Path:
    return write_coded(tmp_path_factory.mktemp("alike"), codebook, model, alike=True)


@pytest.fixture
def harvest_workbook(tmp_path: Path, codebook: Codebook, written: Path) -> HarvestWorkbook:
    """Return a workbook in which each outcome has suggestions of its own."""
    return HarvestWorkbook(codebook=codebook, path=Path(shutil.copy(written, tmp_path / "suggestions.xlsx")))


@pytest.fixture
def alike(tmp_path: Path, codebook: Codebook, written_alike: Path) -> HarvestWorkbook:
    """Return a workbook in which the same is suggested for every outcome, so that only the keys distinguish rows."""
    return HarvestWorkbook(codebook=codebook, path=Path(shutil.copy(written_alike, tmp_path / "suggestions.xlsx")))


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory, codebook: Codebook) -> Path:
    folder = tmp_path_factory.mktemp("begun")
    begun = new_project(folder / "project", codebook=write_text(folder / "codebook.yaml", codebook.dump()))
    add_harvest(begun, write_harvest(folder / "harvest.xlsx")).project.journal.close()
    return folder / "project"


@pytest.fixture
def team(tmp_path: Path, begun: Path) -> Iterator[Team]:
    project = open_project(shutil.copytree(begun, tmp_path / "project"))
    yield Team(project=project)
    project.journal.close()


def without(harvest_workbook: HarvestWorkbook, *, key: bool = False, trace: bool = False) -> HarvestWorkbook:
    """Take the keys of the rows or the hidden sheet out, as they are missing from other versions' workbooks."""
    if key:
        column = column_index_from_string(harvest_workbook.letters(KEY_COLUMN))
        change(harvest_workbook.path, lambda sheet: sheet.delete_cols(column))
    if trace:
        workbook = load_workbook(harvest_workbook.path)
        workbook.remove(workbook["outcome-coder"])
        workbook.save(harvest_workbook.path)
    return harvest_workbook


ALL = dict(zip(IDS, SCALES, strict=True))

# Rows that stay whole


def test_workbook_as_it_was_written_is_read(harvest_workbook: HarvestWorkbook) -> None:
    assert harvest_workbook.scales() == ALL


@pytest.mark.parametrize("missing", [{}, {"key": True}, {"trace": True}, {"key": True, "trace": True}])
def test_whole_sheet_may_be_sorted(harvest_workbook: HarvestWorkbook, missing: dict[str, bool]) -> None:
    without(harvest_workbook, **missing)
    reorder(harvest_workbook.path, f"A:{harvest_workbook.last}", SORTED)
    assert harvest_workbook.scales() == ALL


def test_rows_may_be_deleted(harvest_workbook: HarvestWorkbook) -> None:
    reorder(harvest_workbook.path, f"A:{harvest_workbook.last}", SORTED)
    change(harvest_workbook.path, lambda sheet: sheet.delete_rows(3))
    assert harvest_workbook.scales() == {name: ALL[name] for name in IDS if name != IDS[0]}


def test_row_may_be_inserted(harvest_workbook: HarvestWorkbook, team: Team) -> None:
    def insert(sheet: Worksheet) -> None:
        sheet.insert_rows(3)
        for column, value in enumerate(("SCC-NEW/001", "They wrote a letter.", "C9", "Local"), start=1):
            sheet.cell(3, column).value = value

    change(harvest_workbook.path, insert)
    returned = team.confirm(harvest_workbook)
    assert (returned.strangers, len(returned.recorded)) == (("SCC-NEW/001",), 4)


def test_row_may_be_copied_for_a_new_outcome(harvest_workbook: HarvestWorkbook, team: Team) -> None:
    def copy(sheet: Worksheet) -> None:
        for column, cell in enumerate(sheet[2], start=1):
            sheet.cell(6, column).value = cell.value
        sheet["A6"], sheet["B6"] = "SCC-NEW/001", "They wrote a letter."

    change(harvest_workbook.path, copy)
    assert team.confirm(harvest_workbook).strangers == ("SCC-NEW/001",)


def test_columns_may_be_moved(harvest_workbook: HarvestWorkbook) -> None:
    def move(sheet: Worksheet) -> None:
        right = sheet.max_column + 2
        for row in range(1, 6):
            sheet.cell(row, right).value = sheet.cell(row, 1).value
            sheet.cell(row, 1).value = None

    change(harvest_workbook.path, move)
    assert harvest_workbook.scales() == ALL


def test_id_may_be_corrected(harvest_workbook: HarvestWorkbook, team: Team) -> None:
    change(harvest_workbook.path, lambda sheet: sheet.__setitem__("A2", "SCC-ENV/0033"))
    returned = team.confirm(harvest_workbook)
    assert (returned.strangers, len(returned.recorded)) == (("SCC-ENV/0033",), 3)


def test_keys_alone_left_behind_do_no_harm(harvest_workbook: HarvestWorkbook) -> None:
    reorder(harvest_workbook.path, harvest_workbook.letters(KEY_COLUMN), SORTED)
    assert harvest_workbook.scales() == ALL


def test_suggestion_typed_over_in_a_row_is_read(harvest_workbook: HarvestWorkbook) -> None:
    place = f"{harvest_workbook.letters('Scale: suggestion')}2"
    change(harvest_workbook.path, lambda sheet: sheet.__setitem__(place, "International"))
    assert harvest_workbook.scales() == ALL


# Columns that were sorted without others


def test_row_keys_under_their_earlier_name_are_read(harvest_workbook: HarvestWorkbook) -> None:
    place = f"{harvest_workbook.letters(KEY_COLUMN)}1"
    change(harvest_workbook.path, lambda sheet: sheet.__setitem__(place, EARLIER_KEY_COLUMN))
    reorder(harvest_workbook.path, "A:E", SORTED)
    assert "this row mixes several outcomes" in harvest_workbook.refusal()


def test_outcomes_sorted_without_suggestions_are_refused_with_the_reason(harvest_workbook: HarvestWorkbook) -> None:
    reorder(harvest_workbook.path, "A:E", SORTED)
    assert harvest_workbook.refusal() == (
        "suggestions.xlsx: 4 problems to correct\n"
        "  Outcomes!A2, A3, A4, A5: this row mixes several outcomes, because some columns were sorted or moved "
        "without the others; the first: the row belongs to 'SCC-LPC/035', and the columns to its right were written "
        f"for 'SCC-ENV/033' ({UNDO_SORTING})"
    )


@pytest.mark.parametrize("missing", [{}, {"key": True}, {"trace": True}])
def test_outcomes_sorted_without_suggestions_are_refused(
    harvest_workbook: HarvestWorkbook, missing: dict[str, bool]
) -> None:
    without(harvest_workbook, **missing)
    reorder(harvest_workbook.path, "A:E", SORTED)
    assert "4 problems to correct" in harvest_workbook.refusal()


@pytest.mark.parametrize("missing", [{}, {"key": True}, {"trace": True}])
def test_suggestions_sorted_without_outcomes_are_refused(
    harvest_workbook: HarvestWorkbook, missing: dict[str, bool]
) -> None:
    without(harvest_workbook, **missing)
    reorder(harvest_workbook.path, f"F:{harvest_workbook.last}", SORTED)
    assert "4 problems to correct" in harvest_workbook.refusal()


@pytest.mark.parametrize("columns", ["A:E", "A:A", "A:C", "B:Z", "F:Z", "A:G"])
def test_columns_sorted_without_others_are_refused_where_all_suggestions_are_alike(
    alike: HarvestWorkbook, columns: str
) -> None:
    reorder(alike.path, columns.replace("Z", alike.last), SORTED)
    assert "4 problems to correct" in alike.refusal()


@pytest.mark.parametrize("name", ["Scale: suggestion", "Scale: confidence", "Scale: other candidates"])
def test_one_column_of_suggestions_sorted_alone_is_refused(harvest_workbook: HarvestWorkbook, name: str) -> None:
    column = harvest_workbook.letters(name)
    reorder(harvest_workbook.path, column, SORTED)
    assert f"{column}2, {column}3, {column}4, {column}5" in harvest_workbook.refusal()


def test_cells_sorted_alone_are_known_after_rows_were_deleted(harvest_workbook: HarvestWorkbook) -> None:
    reorder(harvest_workbook.path, harvest_workbook.letters("Scale: confidence"), SORTED)
    change(harvest_workbook.path, lambda sheet: sheet.delete_rows(4))
    assert "the content of column 'Scale: confidence' was not written for" in harvest_workbook.refusal()


def test_added_code_column_sorted_with_its_neighbour_is_refused(harvest_workbook: HarvestWorkbook) -> None:
    column = column_index_from_string(harvest_workbook.letters("TypeOfChangeCluster"))
    reorder(harvest_workbook.path, f"{get_column_letter(column - 1)}:{get_column_letter(column + 1)}", SORTED)
    assert "4 problems to correct" in harvest_workbook.refusal()


def test_last_code_column_left_behind_with_the_keys_is_refused(harvest_workbook: HarvestWorkbook) -> None:
    last = column_index_from_string(harvest_workbook.letters(KEY_COLUMN)) - 1

    def code(sheet: Worksheet) -> None:
        field = next(
            field for field in harvest_workbook.codebook.fields if field.column.strip() == sheet.cell(1, last).value
        )
        for row, code in enumerate(field.code_names[: len(IDS)], start=2):
            sheet.cell(row, last).value = code

    change(harvest_workbook.path, code)
    reorder(harvest_workbook.path, f"A:{get_column_letter(last - 1)}", SORTED)
    assert "4 problems to correct" in harvest_workbook.refusal()


def test_filter_that_ends_within_the_suggestions_is_refused(harvest_workbook: HarvestWorkbook) -> None:
    reorder(harvest_workbook.path, f"A:{harvest_workbook.letters('Social actor: confidence')}", SORTED)
    assert "4 problems to correct" in harvest_workbook.refusal()


def test_ids_sorted_without_stories_are_refused_by_the_stories_of_the_project(
    harvest_workbook: HarvestWorkbook, team: Team
) -> None:
    without(harvest_workbook, key=True, trace=True)
    reorder(harvest_workbook.path, "A", SORTED)
    assert "4 problems to correct" in team.refusal(harvest_workbook)


def test_stories_sorted_alone_are_refused_with_the_reason(harvest_workbook: HarvestWorkbook) -> None:
    reorder(harvest_workbook.path, "B", (1, 0, 2, 3))
    assert harvest_workbook.refusal() == (
        "suggestions.xlsx: 2 problems to correct\n"
        "  Outcomes!A2: the ID of the row is 'SCC-ENV/033', and its story is that of 'SCC-JEU/026' "
        f"({UNDO_SORTING})\n"
        "  Outcomes!A3: the ID of the row is 'SCC-JEU/026', and its story is that of 'SCC-ENV/033' "
        f"({UNDO_SORTING})"
    )


def test_stories_of_a_plain_harvest_sorted_alone_are_refused(harvest_workbook: HarvestWorkbook, team: Team) -> None:
    write_harvest(harvest_workbook.path)
    change(harvest_workbook.path, lambda sheet: sheet.__setitem__("D2", "Local"))
    reorder(harvest_workbook.path, "B", SORTED)
    assert "4 problems to correct" in team.refusal(harvest_workbook)


def test_descriptions_sorted_without_the_other_parts_of_their_stories_are_refused(tmp_path: Path) -> None:
    rows = [
        projects.row(name, scale="Local")
        | {"Significance of the outcome": f"It is the first meeting that {name} ever held in public."}
        for name in IDS[:3]
    ]
    project = projects.begin_project(tmp_path, *rows)
    column = letters_of(tmp_path / "harvest.xlsx", "Outcome description")
    path = reorder(tmp_path / "harvest.xlsx", column, (1, 0, 2))
    with pytest.raises(FaultsError) as caught:
        import_workbook(path, project, coder="Ana")
    assert str(caught.value) == (
        "harvest.xlsx: 2 problems to correct\n"
        "  Outcomes!A2: the ID of the row is 'SCC-ENV/033', and its 'Outcome description' is that of 'SCC-JEU/026' "
        f"({UNDO_SORTING})\n"
        "  Outcomes!A3: the ID of the row is 'SCC-JEU/026', and its 'Outcome description' is that of 'SCC-ENV/033' "
        f"({UNDO_SORTING})"
    )


def paste_suggestions(harvest_workbook: HarvestWorkbook) -> None:
    """Paste all that stands beside the first outcome over what stands beside the third."""

    def paste(sheet: Worksheet) -> None:
        for column in range(6, sheet.max_column + 1):
            sheet.cell(4, column).value = sheet.cell(2, column).value

    change(harvest_workbook.path, paste)


def test_suggestions_pasted_over_another_row_are_refused(harvest_workbook: HarvestWorkbook) -> None:
    paste_suggestions(harvest_workbook)
    assert (
        "the row belongs to 'SCC-LPC/035', and the columns to its right were written for 'SCC-ENV/033'"
        in harvest_workbook.refusal()
    )


def test_suggestions_pasted_over_another_row_are_refused_without_keys(harvest_workbook: HarvestWorkbook) -> None:
    paste_suggestions(without(harvest_workbook, key=True))
    assert "the suggestion for TypeOfChangeCluster in it was made for 'SCC-ENV/033'" in harvest_workbook.refusal()


def test_suggestions_pasted_over_a_row_known_to_the_project_are_refused(
    harvest_workbook: HarvestWorkbook, team: Team
) -> None:
    paste_suggestions(without(harvest_workbook, trace=True))
    assert "the columns to its right were written for 'SCC-ENV/033'" in team.refusal(harvest_workbook)


def test_new_row_sorted_among_the_others_without_suggestions_is_refused(harvest_workbook: HarvestWorkbook) -> None:
    def add(sheet: Worksheet) -> None:
        for column, value in enumerate(("SCC-NEW/001", "They wrote a letter.", "C9", "Local"), start=1):
            sheet.cell(6, column).value = value

    change(harvest_workbook.path, add)
    reorder(harvest_workbook.path, "A:E", (4, 0, 1, 2, 3))
    assert "4 problems to correct" in harvest_workbook.refusal()


def test_table_saved_of_a_workbook_is_refused_too(harvest_workbook: HarvestWorkbook) -> None:
    reorder(harvest_workbook.path, "A:E", SORTED)
    sheet = load_workbook(harvest_workbook.path)["Outcomes"]
    assert isinstance(sheet, Worksheet)
    path = harvest_workbook.path.with_suffix(".csv")
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(sheet.iter_rows(values_only=True))
    assert "4 problems to correct" in replace(harvest_workbook, path=path).refusal()


def test_nothing_is_recorded_where_rows_are_not_whole(harvest_workbook: HarvestWorkbook, team: Team) -> None:
    reorder(harvest_workbook.path, "A:E", SORTED)
    assert "4 problems to correct" in team.refusal(harvest_workbook)


def test_whole_sheet_sorted_is_recorded_by_its_ids(harvest_workbook: HarvestWorkbook, team: Team) -> None:
    reorder(harvest_workbook.path, f"A:{harvest_workbook.last}", SORTED)
    recorded = team.confirm(harvest_workbook).recorded
    assert {event.decision.fragment_id: event.decision.codes[0] for event in recorded} == ALL


def test_suggestions_are_not_renewed_where_rows_are_not_whole(harvest_workbook: HarvestWorkbook) -> None:
    reorder(harvest_workbook.path, "A:E", SORTED)
    with pytest.raises(FaultsError, match=r"4 problems to correct"):
        read_harvest(harvest_workbook.path, codebook=harvest_workbook.codebook)


def test_sheet_that_was_asked_for_is_checked_too(harvest_workbook: HarvestWorkbook) -> None:
    without(harvest_workbook, key=True)
    reorder(harvest_workbook.path, "A:E", SORTED)
    with pytest.raises(FaultsError, match=r"4 problems to correct"):
        read_harvest(
            harvest_workbook.path, codebook=harvest_workbook.codebook, options=ReadingOptions(sheets=("Outcomes",))
        )


# Stories that were changed


def test_story_changed_after_suggestions_were_made_is_reported_and_its_code_recorded(
    harvest_workbook: HarvestWorkbook, team: Team
) -> None:
    change(harvest_workbook.path, lambda sheet: sheet.__setitem__("B2", "The council met twice."))
    returned = team.confirm(harvest_workbook)
    assert [str(note) for note in returned.notes] == [
        "Outcomes!A2: the story of 'SCC-ENV/033' was changed after suggestions were made for it (check that the codes "
        "fit it as it is now; a corrected harvest is added with `project add`)"
    ]
    assert len(returned.recorded) == 4


def test_story_with_other_blanks_and_line_breaks_is_the_same(harvest_workbook: HarvestWorkbook, team: Team) -> None:
    change(harvest_workbook.path, lambda sheet: sheet.__setitem__("B2", " The council\n met. "))
    assert team.confirm(harvest_workbook).notes == ()


def test_stories_that_are_all_read_otherwise_are_not_reported(harvest_workbook: HarvestWorkbook, team: Team) -> None:
    def edit(sheet: Worksheet) -> None:
        for row in range(2, 6):
            sheet.cell(row, 2).value = f"{sheet.cell(row, 2).value} And more."

    change(harvest_workbook.path, edit)
    assert team.confirm(harvest_workbook).notes == ()
