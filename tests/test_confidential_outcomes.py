"""A name that occurs in confidential outcomes alone is in nothing that is made from the harvest."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest
from openpyxl import Workbook
from openpyxl.chart import BarChart
from openpyxl.comments import Comment
from openpyxl.packaging.custom import StringProperty
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.header_footer import HeaderFooterItem, _HeaderFooterPart

from classifier.agreement.workflow import compare_coders, write_differences
from classifier.evaluation.options import EvaluationOptions
from classifier.features.embedding_cache import CachedEncoder, CachedEncoders, EmbeddingCache
from classifier.model.manifest import ConfidentialityRecord
from classifier.model.storage import load_model
from classifier.model.workflow import train
from classifier.project.add_harvest import add_harvest
from classifier.project.coded_outcomes import ExportOptions
from classifier.project.export import export_project
from classifier.project.journal import DecisionMethod
from classifier.project.training import train_with_encoders
from classifier.report.crosstab.workflow import count_harvests
from classifier.report.workflow import report_on
from tests.support.leaks import files_with
from tests.support.projects import CODEBOOK, begin_project, by_hand, row
from tests.support.workbooks import write_outcomes

pytestmark = pytest.mark.usefixtures("few_folds")

NAME = "Zqwxvarn"
COLUMN = "Outcome statements is CONFIDENTIAL"
PIECE = "zqwx"  # letter groups are learnt too
MADE_ANEW = (
    "The workbook is a new one with the cells of the others, as text; formatting, formulas and other sheets, which may "
    "hold confidential outcomes too, are not in it"
)
_N_OUTCOMES = 24


def coded_row(number: int, *, is_confidential: bool, coder: int = 0) -> dict[str, str]:
    told = row(f"H1-{number:03}", scale=("Local", "National")[(number // 2 + coder * (number % 5 == 0)) % 2])
    places = ("village council", "national parliament")
    text = f"The {places[number // 2 % 2]} number {number} passed rule {number * 7} after {number} meetings."
    if is_confidential:
        text = f"{NAME} of the {places[number // 2 % 2]} fled; {NAME} is in hiding."
    told |= {"Outcome description": text, "Objective": ("CIV", "GEN")[number % 2]}
    return {**told, "Outcome statements is CONFIDENTIAL": "YES" if is_confidential else ""}


def coded(path: Path, *, coder: int = 0) -> Path:
    """Write a harvest in which every sixth outcome is confidential, and the name is in a note and a sheet too."""
    rows = [coded_row(number, is_confidential=number % 6 == 0, coder=coder) for number in range(_N_OUTCOMES)]
    write_outcomes(path, *rows)
    workbook = openpyxl.load_workbook(path)
    workbook.create_sheet("Contacts").append(["Whom to call", NAME])
    workbook["Outcomes"]["A2"].comment = Comment(f"ask {NAME}", "Ana")
    workbook.save(path)
    return path


@dataclass(frozen=True)
class Made:
    folder: Path
    model: Path
    files: tuple[Path, ...]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, trigrams: CachedEncoders) -> Made:
    """Make everything that is made from coded harvests."""
    inputs, out = tmp_path_factory.mktemp("in"), tmp_path_factory.mktemp("out")
    files = (coded(inputs / "ana.xlsx"), coded(inputs / "ben.xlsx", coder=1))
    sources = (CachedEncoder(encoder=trigrams[0].encoder, cache=EmbeddingCache(out / "cache")),)
    with pytest.MonkeyPatch.context() as patch:
        for module in ("model", "evaluation"):
            patch.setattr(f"classifier.{module}.workflow.open_encoders", lambda *_, **__: sources)
        train([files[0]], out=out / "model", codebook=CODEBOOK)
        options = EvaluationOptions(coded=(files[0],), coders=files, n_folds=2, with_curve=False)
        report_on(options, out=out / "report", codebook=CODEBOOK, with_text=True)
    compared = compare_coders(files, codebook=CODEBOOK)
    write_differences(compared.codings, out / "differences.xlsx", codebook=CODEBOOK, with_text=True, overwrite=False)
    count_harvests([files[0]], codebook=CODEBOOK, out=out / "summary.xlsx")
    project = begin_project(
        inputs, *(coded_row(number, is_confidential=number % 6 == 0) for number in range(_N_OUTCOMES))
    )
    trained = train_with_encoders(project, sources=sources)
    export_project(trained.project, out / "coded.xlsx")
    shutil.copytree(trained.folder, out / "project_model")
    return Made(folder=out, model=out / "model", files=files)


def test_search_finds_a_name_inside_a_workbook(made: Made) -> None:
    assert "ana.xlsx/xl/comments/comment1.xml" in files_with(NAME, made.files[0].parent)


@pytest.mark.parametrize("word", [NAME, PIECE])
def test_name_in_confidential_outcomes_is_in_nothing_that_is_made(made: Made, word: str) -> None:
    assert files_with(word, made.folder) == []


def test_confidential_outcomes_are_in_no_model_or_export_by_their_ids(made: Made) -> None:
    assert files_with("H1-006", made.folder) == []
    assert "coded.xlsx/xl/worksheets/sheet1.xml" in files_with("H1-007", made.folder)


@pytest.mark.parametrize("name", ["model", "project_model"])
def test_manifest_says_what_was_left_out(made: Made, name: str) -> None:
    assert load_model(made.folder / name).manifest.confidentiality == ConfidentialityRecord(
        n_confidential=4, n_unknown=20, is_confidential_used=False, is_unknown_used=True
    )


def test_outcomes_that_are_not_trained_on_are_told_and_not_counted_as_included(
    tmp_path: Path, trigrams: CachedEncoders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("classifier.model.workflow.open_encoders", lambda *_, **__: trigrams)
    rows = [coded_row(number, is_confidential=number == 0) for number in range(_N_OUTCOMES)]
    for uncoded in rows[-5:]:
        uncoded.update(Scale="", Objective="")
    trained = train([write_outcomes(tmp_path / "ana.xlsx", *rows)], out=tmp_path / "model", codebook=CODEBOOK)
    assert (trained.model.manifest.n_outcomes, trained.confidentiality.n_unknown) == (18, 18)
    assert str(trained.notes[0]) == "5 outcomes without a text or a code, not used for training"


def test_confidential_outcomes_are_exported_where_they_are_asked_for(tmp_path: Path) -> None:
    project = begin_project(tmp_path, *(coded_row(number, is_confidential=number == 0) for number in range(3)))
    export_project(project, tmp_path / "all.xlsx", options=ExportOptions(include_confidential=True))
    exported = openpyxl.load_workbook(tmp_path / "all.xlsx")["Outcomes"]
    assert [cell.value for cell in exported["A"]] == ["FragmentID", "H1-000", "H1-001", "H1-002"]


def test_exported_rows_follow_each_other_where_some_are_left_out(tmp_path: Path) -> None:
    project = begin_project(tmp_path, *(coded_row(number, is_confidential=number == 1) for number in range(3)))
    exported = export_project(project, tmp_path / "shared.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "shared.xlsx")["Outcomes"]
    assert [[cell.value for cell in row[:1]] for row in sheet] == [["FragmentID"], ["H1-000"], ["H1-002"]]
    assert (exported.n_outcomes, exported.confidentiality.n_left_out) == (2, 1)


@pytest.mark.parametrize("id_column", ["FragmentID", "Case"])
def test_outcomes_on_a_sheet_that_was_not_read_are_in_no_export(tmp_path: Path, id_column: str) -> None:
    project = begin_project(tmp_path, row("A"))
    kept, secret = coded_row(1, is_confidential=False), coded_row(2, is_confidential=True)
    path = write_outcomes(tmp_path / "countries.xlsx", kept, sheet="Mali")
    workbook = openpyxl.load_workbook(path)
    niger = workbook.create_sheet("Niger")
    for cells in ([id_column, *list(secret)[1:]], list(secret.values())):
        niger.append(cells)
    workbook.save(path)
    project = add_harvest(project, path).project
    (tmp_path / "out").mkdir()
    exported = export_project(project, tmp_path / "out" / "coded.xlsx", options=ExportOptions(harvest="countries.xlsx"))
    assert files_with(NAME, tmp_path / "out") == []
    assert files_with(kept["Outcome description"], tmp_path / "out") != []
    assert str(exported.notes[0]).startswith(
        "'Niger': not read, and may hold confidential outcomes. The workbook is a new one"
    )
    export_project(
        project, tmp_path / "all.xlsx", options=ExportOptions(harvest="countries.xlsx", include_confidential=True)
    )
    assert openpyxl.load_workbook(tmp_path / "all.xlsx").sheetnames[:2] == ["Mali", "Niger"]


@pytest.mark.parametrize("above", [[], [["Notes"]], [["Notes"]] * 25, [[]] * 40])
def test_sheet_with_the_story_of_a_confidential_outcome_is_in_no_export(tmp_path: Path, above: list[list[str]]) -> None:
    # Such as one for choosing codes that was copied from another harvest's workbook.
    project = begin_project(tmp_path, coded_row(2, is_confidential=True))
    path = write_outcomes(tmp_path / "countries.xlsx", coded_row(1, is_confidential=False))
    workbook = openpyxl.load_workbook(path)
    copied = workbook.create_sheet("Review")
    for cells in (*above, ["To ask", coded_row(2, is_confidential=True)["Outcome description"]]):
        copied.append(cells)
    workbook.save(path)
    project = add_harvest(project, path).project
    (tmp_path / "out").mkdir()
    export_project(project, tmp_path / "out" / "coded.xlsx", options=ExportOptions(harvest="countries.xlsx"))
    assert openpyxl.load_workbook(tmp_path / "out" / "coded.xlsx").sheetnames == ["Outcomes", "Summary", "Decisions"]


def in_a_comment(workbook: Workbook, text: str) -> None:
    workbook.worksheets[0]["A2"].comment = Comment(f"As in: {text}", "Ana")


def in_the_properties(workbook: Workbook, text: str) -> None:
    workbook.properties.description = text


def in_a_property_of_their_own(workbook: Workbook, text: str) -> None:
    workbook.custom_doc_props.append(StringProperty(name="To ask", value=text))  # type: ignore[attr-defined]


def in_the_page_header(workbook: Workbook, text: str) -> None:
    workbook.worksheets[0].oddHeader = HeaderFooterItem(center=_HeaderFooterPart(text=text))


def in_a_name(workbook: Workbook, text: str) -> None:
    workbook.defined_names["Told"] = DefinedName("Told", attr_text=f'"{text}"')


def in_the_message_of_a_drop_down(workbook: Workbook, text: str) -> None:
    choice = DataValidation(type="list", formula1='"yes,no"', prompt=text)
    choice.add("D2")
    workbook.worksheets[0].add_data_validation(choice)


def inside_a_cell_of_a_hidden_sheet(workbook: Workbook, text: str) -> None:
    sheet = workbook.create_sheet("Notes")
    sheet.append([f"Call her:  {text.upper()} When?"])
    sheet.sheet_state = "veryHidden"


def beside_another_outcome(workbook: Workbook, text: str) -> None:
    workbook.worksheets[0]["H1"], workbook.worksheets[0]["H2"] = "Notes", f"See also: {text}"


def above_the_header(workbook: Workbook, text: str) -> None:
    workbook.worksheets[0].insert_rows(1)
    workbook.worksheets[0]["A1"] = text


def with_a_line_break_in_the_page_header(workbook: Workbook, text: str) -> None:
    in_the_page_header(workbook, text.replace(" fled", "\nfled").replace(" is", "\nis"))


def with_another_dash_in_a_comment(workbook: Workbook, text: str) -> None:
    in_a_comment(
        workbook, text.replace("; ", " \N{EN DASH} ").replace(" is in", "\N{NO-BREAK SPACE}is\N{SOFT HYPHEN} in")
    )


def in_a_formula(workbook: Workbook, text: str) -> None:
    workbook.create_sheet("Notes")["A1"] = f'="{text[:20]}"&"{text[20:]}"'


def in_paragraphs_of_a_chart_title(workbook: Workbook, text: str) -> None:
    chart = BarChart()
    chart.title = text.replace(" fled", "\nfled").replace(" is", "\nis")
    workbook.worksheets[0].add_chart(chart, "M1")


PLACES = (
    in_a_comment,
    in_the_properties,
    in_a_property_of_their_own,
    in_the_page_header,
    in_a_name,
    in_the_message_of_a_drop_down,
    inside_a_cell_of_a_hidden_sheet,
)
"""Where a workbook may keep a text besides the rows of outcomes."""


@pytest.mark.parametrize("ending", [".xlsx", ".csv"])
@pytest.mark.parametrize(
    "put",
    [
        with_a_line_break_in_the_page_header,
        with_another_dash_in_a_comment,
        in_a_formula,
        in_paragraphs_of_a_chart_title,
        *PLACES,
        beside_another_outcome,
        above_the_header,
    ],
)
def test_story_of_a_confidential_outcome_of_another_file_is_in_no_export(
    tmp_path: Path, put: Callable[[Workbook, str], None], ending: str
) -> None:
    secret = coded_row(2, is_confidential=True)
    project = begin_project(tmp_path, secret)
    path = write_outcomes(tmp_path / "countries.xlsx", coded_row(1, is_confidential=False))
    workbook = openpyxl.load_workbook(path)
    put(workbook, secret["Outcome description"])
    workbook.save(path)
    project = add_harvest(project, path).project
    (tmp_path / "out").mkdir()
    options = ExportOptions(harvest="countries.xlsx")
    export_project(project, tmp_path / "out" / f"coded{ending}", options=options)
    assert files_with(NAME, tmp_path / "out") == []


def test_cell_that_is_emptied_and_why_a_workbook_is_new_is_told(tmp_path: Path) -> None:
    secret = coded_row(2, is_confidential=True)
    project = begin_project(tmp_path, secret)
    beside = {"Notes": f"See also: {secret['Outcome description']}"}
    path = write_outcomes(tmp_path / "countries.xlsx", {**coded_row(1, is_confidential=False), **beside})
    project = add_harvest(project, path).project
    exported = export_project(project, tmp_path / "coded.xlsx", options=ExportOptions(harvest="countries.xlsx"))
    assert [str(note) for note in exported.notes] == [
        "countries.xlsx has the text of a confidential outcome, such as in a comment, a note, another sheet or its "
        f"properties. {MADE_ANEW}",
        "countries.xlsx: Outcomes!H2: the cell has the text of a confidential outcome, and is empty in the copy "
        "(delete it in the file that you added, or write it otherwise)",
    ]


def exported_with_one_left_out(folder: Path, put: Callable[[Workbook, str], None], ending: str = ".xlsx") -> list[str]:
    """Export a harvest whose first outcome is confidential, after its text was put somewhere else too."""
    secret, kept = coded_row(2, is_confidential=True), coded_row(1, is_confidential=False)
    path = write_outcomes(folder / "countries.xlsx", secret, kept)
    workbook = openpyxl.load_workbook(path)
    put(workbook, secret["Outcome description"])
    workbook.save(path)
    project = add_harvest(begin_project(folder, row("A")), path).project
    (folder / "out").mkdir()
    out = folder / "out" / f"coded{ending}"
    exported = export_project(project, out, options=ExportOptions(harvest="countries.xlsx"))
    assert files_with(NAME, folder / "out") == []
    return [str(note) for note in exported.notes]


LEFT_OUT = (
    "1 confidential outcome left out (--include-confidential includes them); 1 is not marked either way, and is "
    "included"
)


@pytest.mark.parametrize(("ending", "ended"), [(".xlsx", f". {MADE_ANEW}"), (".csv", "")])
def test_confidential_outcome_of_the_file_is_no_copy_of_its_text(tmp_path: Path, ending: str, ended: str) -> None:
    notes = exported_with_one_left_out(tmp_path, lambda workbook, text: None, ending)
    assert notes == [f"{LEFT_OUT}{ended}"]


def test_cell_beside_another_outcome_is_named_by_its_place_in_the_file_that_was_added(tmp_path: Path) -> None:
    def in_the_third_row(workbook: Workbook, text: str) -> None:
        workbook.worksheets[0]["H3"] = f"See also: {text}"

    assert exported_with_one_left_out(tmp_path, in_the_third_row) == [
        f"{LEFT_OUT}. {MADE_ANEW}",
        "countries.xlsx: Outcomes!H3: the cell has the text of a confidential outcome, and is empty in the copy "
        "(delete it in the file that you added, or write it otherwise)",
    ]


def in_a_row_of_no_outcome(workbook: Workbook, text: str) -> None:
    workbook.worksheets[0]["J9"] = text


@pytest.mark.parametrize(
    "put",
    [
        *PLACES,
        in_a_row_of_no_outcome,
    ],
)
def test_copy_of_the_text_of_a_confidential_outcome_of_the_file_is_told(
    tmp_path: Path, put: Callable[[Workbook, str], None]
) -> None:
    assert exported_with_one_left_out(tmp_path, put) == [
        f"{LEFT_OUT}. countries.xlsx has the text of a confidential outcome, such as in a comment, a note, another "
        f"sheet or its properties. {MADE_ANEW}"
    ]


@pytest.mark.parametrize("ending", [".xlsx", ".qdpx"])
def test_note_of_a_coder_with_the_text_of_a_confidential_outcome_is_in_no_export(tmp_path: Path, ending: str) -> None:
    secret, kept = coded_row(2, is_confidential=True), coded_row(1, is_confidential=False)
    project = begin_project(tmp_path, secret, kept)
    story = secret["Outcome description"]
    as_told = by_hand(kept["FragmentID"], field="", method=DecisionMethod.NOTE, note=f"The same as: {story}")
    not_codable = by_hand(kept["FragmentID"], coder="Ben", not_codable=f"Told already: {story}")
    project.journal.record([as_told, not_codable])
    (tmp_path / "out").mkdir()
    exported = export_project(project, tmp_path / "out" / f"coded{ending}")
    assert files_with(NAME, tmp_path / "out") == []
    told = "2 notes of coders left out, with the text of a confidential outcome"
    assert str(exported.notes[-1]).endswith(told)


def test_note_that_is_left_out_is_named_in_its_cell(tmp_path: Path) -> None:
    secret, kept = coded_row(2, is_confidential=True), coded_row(1, is_confidential=False)
    project = begin_project(tmp_path, secret, kept)
    project.journal.record([by_hand(kept["FragmentID"], not_codable=secret["Outcome description"])])
    export_project(project, tmp_path / "coded.xlsx")
    (row_of_decision,) = list(openpyxl.load_workbook(tmp_path / "coded.xlsx")["Decisions"].values)[1:]
    assert row_of_decision[11] == "(left out: it has the text of a confidential outcome)"


def test_story_that_another_outcome_tells_too_stays(tmp_path: Path) -> None:
    told = coded_row(1, is_confidential=False)["Outcome description"]
    project = begin_project(tmp_path, {**coded_row(2, is_confidential=True), "Outcome description": told})
    path = write_outcomes(tmp_path / "countries.xlsx", coded_row(1, is_confidential=False))
    project = add_harvest(project, path).project
    exported = export_project(project, tmp_path / "coded.xlsx", options=ExportOptions(harvest="countries.xlsx"))
    assert exported.notes == ()
    assert openpyxl.load_workbook(tmp_path / "coded.xlsx")["Outcomes"]["D2"].value == told


def test_no_note_names_a_confidential_outcome_or_quotes_its_cells(tmp_path: Path) -> None:
    hyphen = "\N{NON-BREAKING HYPHEN}"
    secret = coded_row(6, is_confidential=True) | {"Year": "2206"}
    rows = [coded_row(number, is_confidential=False) for number in (1, 2, 3)]
    path = write_outcomes(tmp_path / "ana.xlsx", secret, rows[0], {**rows[1], "FragmentID": f"H1{hyphen}006"}, rows[2])
    counted = count_harvests([path], codebook=CODEBOOK)
    assert [str(note) for note in counted.notes if "H1" in str(note) or "2206" in str(note)] == []
    counted = count_harvests([path], codebook=CODEBOOK, include_confidential=True)
    notes = [str(note) for note in counted.notes]
    assert [note.split(": ")[1] for note in notes] == ["Outcomes!H2", "Outcomes!A4"]
    assert not any("2206" in note for note in notes)


def test_outcome_named_as_one_of_two_files_is_not_confidential(tmp_path: Path) -> None:
    secret, known = coded_row(6, is_confidential=True), coded_row(7, is_confidential=False)
    paths = [write_outcomes(tmp_path / name, secret, known) for name in ("june.xlsx", "july.xlsx")]
    notes = " ".join(map(str, count_harvests(paths, codebook=CODEBOOK).notes))
    assert "2 outcomes, for instance 'H1-007'" in notes
    assert "H1-006" not in notes


@pytest.mark.parametrize("heading", ["Is this outcome confidential?", "Do not publish", "Confidential (Y/N)"])
def test_mark_below_another_heading_keeps_an_outcome_from_an_export(tmp_path: Path, heading: str) -> None:
    rows = [coded_row(number, is_confidential=number == 1) for number in range(4)]
    marks = [told.pop(COLUMN) or "NO" for told in rows]
    project = begin_project(tmp_path, *({**told, heading: mark} for told, mark in zip(rows, marks, strict=True)))
    (tmp_path / "out").mkdir()
    exported = export_project(project, tmp_path / "out" / "coded.xlsx")
    assert (exported.n_outcomes, files_with(NAME, tmp_path / "out")) == (3, [])


def test_mark_in_another_file_keeps_a_look_alike_from_an_export(tmp_path: Path) -> None:
    copy = coded_row(6, is_confidential=True) | {COLUMN: "", "FragmentID": "H1\N{NON-BREAKING HYPHEN}006"}
    project = begin_project(tmp_path, copy, coded_row(7, is_confidential=False))
    project = add_harvest(project, write_outcomes(tmp_path / "june.xlsx", coded_row(6, is_confidential=True))).project
    (tmp_path / "out").mkdir()
    exported = export_project(project, tmp_path / "out" / "coded.xlsx", options=ExportOptions(harvest="harvest.xlsx"))
    assert (exported.n_outcomes, files_with(NAME, tmp_path / "out")) == (1, [])
    assert "the ID looks like that of an outcome marked confidential" in " ".join(map(str, exported.notes))


def test_agreement_leaves_out_a_look_alike_of_a_confidential_outcome(tmp_path: Path) -> None:
    copy = coded_row(6, is_confidential=True) | {COLUMN: "NO", "FragmentID": "H1\N{NON-BREAKING HYPHEN}006"}
    known = [coded_row(number, is_confidential=False) for number in (1, 2, 3)]
    ana = write_outcomes(tmp_path / "ana.xlsx", coded_row(6, is_confidential=True), *known)
    compared = compare_coders([ana, write_outcomes(tmp_path / "ben.xlsx", copy, *known)], codebook=CODEBOOK)
    assert compared.codings.fragment_ids == ("H1-001", "H1-002", "H1-003")
    assert "looks like that of an outcome marked confidential" in " ".join(map(str, compared.codings.notes))


def test_summary_and_export_tell_of_a_column_that_may_mark_confidential_outcomes(tmp_path: Path) -> None:
    rows = [coded_row(number, is_confidential=False) | {"May be published": "NO"} for number in range(3)]
    project = begin_project(tmp_path, *rows)
    exported = export_project(project, tmp_path / "coded.xlsx")
    counted = count_harvests([write_outcomes(tmp_path / "june.xlsx", *rows)], codebook=CODEBOOK)
    for notes in (exported.notes, counted.notes):
        assert "column 'May be published' may say which outcomes are confidential" in " ".join(map(str, notes))
