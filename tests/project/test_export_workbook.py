from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.table import Table
from openpyxl.worksheet.worksheet import Worksheet

from classifier.harvest.coded import read_coded_harvests
from classifier.harvest.hidden_sheet import TRACE_SHEET, add_trace
from classifier.harvest.suggestion_record import ShownSuggestion, WrittenSuggestion
from classifier.languages import use_language
from classifier.project.add_harvest import add_harvest
from classifier.project.coded_outcomes import ExportOptions
from classifier.project.export import export_project
from classifier.project.journal import Decision, DecisionMethod
from classifier.project.project import Project, new_project
from tests.support.workbooks import write_outcomes, write_text

CODEBOOK = """
fields:
  - name: cluster
    column: TypeOfChangeCluster
    kind: single
    derived_from: MCQType of change
    codes:
      - {code: Protection and redress, mcq: [Individual case]}
      - {code: Policy and law change, mcq: [Policy adopted, Policy blocked]}
  - name: scale
    column: Scale
    kind: single
    codes: [{code: Local}, {code: National}]
"""
DORI, GOMA, MARALAL = "SCC-ENV/033", "SCC-WRL/006", "SCC-LPC/035"
OPTION, CLUSTER, SCALE = "MCQType of change", "TypeOfChangeCluster", "Scale"
UNCODED: Mapping[str, object] = {OPTION: None, CLUSTER: None, SCALE: None}


def write(path: Path, **coded: object) -> Path:
    """Write a harvest of three outcomes, the first of them coded as told."""
    rows = [
        {"FragmentID": name, "Outcome description": f"{name}: the council met.", "country": country, **UNCODED}
        for name, country in ((DORI, "Burkina Faso"), (GOMA, "DRC"), (MARALAL, "Kenya"))
    ]
    return write_outcomes(path, {**rows[0], **coded}, *rows[1:])


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Project]:
    (tmp_path / "codebook.yaml").write_text(CODEBOOK, encoding="utf-8")
    project = new_project(tmp_path / "project", codebook=tmp_path / "codebook.yaml")
    yield project
    project.journal.close()


@pytest.fixture
def project(empty: Project, tmp_path: Path) -> Project:
    return add_harvest(empty, write(tmp_path / "harvest.xlsx")).project


def with_option(empty: Project, tmp_path: Path, option: str, cluster: str | None = None) -> Project:
    """Begin a project with a harvest in which an option is entered for the first outcome."""
    path = write(tmp_path / "harvest.xlsx", **{OPTION: option, CLUSTER: cluster})
    return add_harvest(empty, path).project


def decided(fragment_id: str, field: str, *codes: str, coder: str = "Ana") -> Decision:
    return Decision(
        coder=coder, fragment_id=fragment_id, field=field, codes=codes, method=DecisionMethod.BY_HAND, codebook="c"
    )


def exported(project: Project, *decisions: Decision) -> Path:
    out = project.folder.parent / "coded.xlsx"
    project.journal.record(decisions)
    export_project(project, out)
    return out


def first_row(path: Path) -> dict[str, object]:
    """Give the cells of the first outcome, by their columns."""
    header, cells, *_ = load_workbook(path).worksheets[0].iter_rows(values_only=True)
    return {str(name): value for name, value in zip(header, cells, strict=True)}


def summary(path: Path) -> Worksheet:
    sheet = load_workbook(path)["Summary"]
    assert isinstance(sheet, Worksheet)
    return sheet


def table_called(sheet: Worksheet, title: str) -> list[tuple[object, ...]]:
    """Give the rows of the table under a title, from its header to the empty row below it."""
    cells = sheet.iter_rows(values_only=True)
    rows: list[tuple[object, ...]] = [tuple(value for value in row if value is not None) for row in cells]
    # The list at the top has the title too, with figures beside it.
    start = rows.index((title,)) + 2
    return rows[start : next((place for place in range(start, len(rows)) if not rows[place]), len(rows))]


# Merged cells


@pytest.fixture
def merged(empty: Project, tmp_path: Path) -> Project:
    """A project whose harvest has one cell of the scale, merged over the first two outcomes."""
    path = write(tmp_path / "harvest.xlsx", **{SCALE: "Local"})
    workbook = load_workbook(path)
    workbook.worksheets[0].merge_cells("F2:F3")
    workbook.save(path)
    return add_harvest(empty, path).project


@pytest.mark.parametrize("scales", [("National", "Local"), ("Local", "National")])
def test_outcomes_of_a_merged_cell_are_exported_with_the_code_of_each(merged: Project, scales: tuple[str, str]) -> None:
    decisions = [decided(name, "scale", scale) for name, scale in zip((DORI, GOMA), scales, strict=True)]
    sheet = load_workbook(exported(merged, *decisions)).worksheets[0]
    assert (sheet["F2"].value, sheet["F3"].value) == scales


def test_outcome_of_a_merged_cell_in_which_nothing_was_decided_keeps_its_code(merged: Project) -> None:
    sheet = load_workbook(exported(merged, decided(DORI, "scale", "National"))).worksheets[0]
    assert sheet["F3"].value == "Local"


def test_open_difference_in_a_merged_cell_leaves_the_code_beside_it(merged: Project) -> None:
    decisions = [decided(GOMA, "scale", scale, coder=coder) for scale, coder in (("Local", "Ana"), ("National", "Ben"))]
    sheet = load_workbook(exported(merged, *decisions)).worksheets[0]
    assert (sheet["F2"].value, sheet["F3"].value) == ("Local", None)


# Options that codes derive from


def test_only_option_that_leads_to_the_decided_cluster_is_filled_in(project: Project) -> None:
    out = exported(project, decided(DORI, "cluster", "Protection and redress"))
    assert first_row(out)[OPTION] == "Individual case"


def test_option_stays_empty_where_several_belong_to_the_decided_cluster(project: Project) -> None:
    out = exported(project, decided(DORI, "cluster", "Policy and law change"))
    assert first_row(out)[OPTION] is None


def test_option_that_leads_to_the_decided_cluster_stays(empty: Project, tmp_path: Path) -> None:
    project = with_option(empty, tmp_path, "Policy blocked")
    out = exported(project, decided(DORI, "cluster", "Policy and law change"))
    assert first_row(out)[OPTION] == "Policy blocked"


def test_option_that_leads_elsewhere_gives_way_to_the_only_one_that_fits(empty: Project, tmp_path: Path) -> None:
    project = with_option(empty, tmp_path, "Policy blocked")
    out = exported(project, decided(DORI, "cluster", "Protection and redress"))
    assert first_row(out)[OPTION] == "Individual case"


def test_option_that_leads_elsewhere_is_taken_out_where_several_fit(empty: Project, tmp_path: Path) -> None:
    project = with_option(empty, tmp_path, "Individual case")
    out = exported(project, decided(DORI, "cluster", "Policy and law change"))
    assert first_row(out)[OPTION] is None


def test_option_that_contradicts_the_clusters_cell_gives_way_to_the_decision(empty: Project, tmp_path: Path) -> None:
    project = with_option(empty, tmp_path, "Policy blocked", "Protection and redress")
    out = exported(project, decided(DORI, "cluster", "Protection and redress"))
    assert first_row(out)[OPTION] == "Individual case"


def test_option_is_taken_out_where_coders_differ(empty: Project, tmp_path: Path) -> None:
    project = with_option(empty, tmp_path, "Policy blocked")
    ana = decided(DORI, "cluster", "Policy and law change")
    out = exported(project, ana, decided(DORI, "cluster", "Protection and redress", coder="Ben"))
    assert first_row(out)[OPTION] is None


def test_option_stays_where_nothing_was_decided(empty: Project, tmp_path: Path) -> None:
    project = with_option(empty, tmp_path, "Policy blocked")
    assert first_row(exported(project))[OPTION] == "Policy blocked"


def test_column_of_options_is_not_added(empty: Project, tmp_path: Path) -> None:
    path = write_outcomes(tmp_path / "harvest.xlsx", {"FragmentID": DORI, "Outcome description": "They met."})
    project = add_harvest(empty, path).project
    out = exported(project, decided(DORI, "cluster", "Protection and redress"))
    assert list(first_row(out)) == ["FragmentID", "Outcome description", CLUSTER]


def test_coded_harvest_reads_back_without_a_fault(project: Project) -> None:
    made = [decided(DORI, "cluster", "Protection and redress"), decided(GOMA, "cluster", "Policy and law change")]
    (harvest,) = read_coded_harvests([exported(project, *made)], codebook=project.codebook)
    assert (harvest.warnings, [outcome.codes.get("cluster") for outcome in harvest.outcomes]) == (
        (),
        [("Protection and redress",), ("Policy and law change",), None],
    )


# The sheet of counts


def test_summary_counts_the_codes_decided(project: Project) -> None:
    made = [decided(DORI, "scale", "Local"), decided(GOMA, "scale", "Local"), decided(MARALAL, "scale", "National")]
    assert table_called(summary(exported(project, *made)), SCALE) == [
        (SCALE, "Outcomes", "Share of decided"),
        ("Local", 2, 2 / 3),
        ("National", 1, 1 / 3),
        ("n", 3),
        ("undecided", 0),
    ]


def test_summary_counts_what_is_in_the_copy_not_what_stood_in_the_file(empty: Project, tmp_path: Path) -> None:
    project = add_harvest(empty, write(tmp_path / "harvest.xlsx", **{SCALE: "Local"})).project
    table = table_called(summary(exported(project, decided(DORI, "scale", "National"))), SCALE)
    assert table[1:3] == [("Local", 0, 0), ("National", 1, 1)]


def test_summary_counts_no_code_that_coders_differ_in(empty: Project, tmp_path: Path) -> None:
    project = add_harvest(empty, write(tmp_path / "harvest.xlsx", **{SCALE: "Local"})).project
    made = [decided(DORI, "scale", "Local"), decided(DORI, "scale", "National", coder="Ben")]
    out = exported(project, *made, decided(GOMA, "scale", "Local"))
    assert table_called(summary(out), SCALE)[1:] == [
        ("Local", 1, 1),
        ("National", 0, 0),
        ("n", 3),
        ("undecided", 2),
    ]


def test_summary_counts_fields_beside_each_other_and_by_country(project: Project) -> None:
    out = exported(project, decided(DORI, "scale", "Local"), decided(DORI, "cluster", "Protection and redress"))
    titles = [cell.value for [cell] in summary(out)["A8:A13"]]
    assert titles == [
        CLUSTER,
        SCALE,
        f"{CLUSTER} by {SCALE}",
        f"{CLUSTER} by country",
        f"{SCALE} by country",
        None,
    ]


def test_summary_says_by_what_it_could_not_count(empty: Project, tmp_path: Path) -> None:
    story = "The council met in public, and the women's platform obtained two of its seats."
    project = add_harvest(empty, write(tmp_path / "harvest.xlsx", country=story)).project
    sheet = summary(exported(project, decided(DORI, "scale", "Local")))
    assert (sheet["A6"].value, sheet["B6"].value) == (
        "Not counted by",
        "column 'country' holds texts, the longest of 78 characters, where a value may have 60 at most; name a "
        "column with few and short values, such as a country or a year",
    )


def test_summary_says_where_nothing_is_coded_yet(project: Project) -> None:
    rows = [row[0] for row in summary(exported(project)).iter_rows(values_only=True)]
    assert rows == ["How many outcomes have each code", "No outcome is coded yet, so there is nothing to count."]


def test_summary_has_a_chart_for_each_coded_field(project: Project) -> None:
    out = exported(project, decided(DORI, "scale", "Local"), decided(DORI, "cluster", "Protection and redress"))
    with zipfile.ZipFile(out) as package:
        assert sum(name.startswith("xl/charts/chart") for name in package.namelist()) == 2


def test_summary_is_between_the_users_sheets_and_the_decisions(project: Project) -> None:
    assert load_workbook(exported(project)).sheetnames == ["Outcomes", "Summary", "Decisions"]


@pytest.mark.parametrize(
    ("language", "sheets", "table", "decision"),
    [
        ("fr", ["Synthèse", "Décisions"], "Scale par pays", ("Champ", "à la main", "oui")),
        ("es", ["Resumen", "Decisiones"], "Scale por país", ("Campo", "a mano", "sí")),
        ("ar", ["الملخص", "القرارات"], "Scale حسب البلد", ("الحقل", "يدويًا", "نعم")),
    ],
)
def test_summary_and_decisions_are_in_the_language_of_the_page(
    project: Project, language: str, sheets: list[str], table: str, decision: tuple[str, str, str]
) -> None:
    with use_language(language):
        out = exported(project, decided(DORI, "scale", "Local"))
    workbook = load_workbook(out)
    assert workbook.sheetnames == ["Outcomes", *sheets]
    assert table in [row[0] for row in workbook[sheets[0]].iter_rows(values_only=True)]
    header, row = workbook[sheets[1]].iter_rows(values_only=True)
    assert (header[1], row[5], row[-1]) == decision
    assert bool(workbook[sheets[0]].sheet_view.rightToLeft) is (language == "ar")


def test_codes_are_read_back_from_a_workbook_with_sheets_in_another_language(project: Project) -> None:
    with use_language("ar"):
        out = exported(project, decided(DORI, "scale", "Local"))
    (harvest,) = read_coded_harvests([out], codebook=project.codebook)
    assert harvest.outcomes[0].codes["scale"] == ("Local",)


def test_users_sheet_called_summary_is_kept(empty: Project, tmp_path: Path) -> None:
    path = write(tmp_path / "harvest.xlsx")
    workbook = load_workbook(path)
    workbook.create_sheet("Summary")["A1"] = "For the board"
    workbook.save(path)
    written = load_workbook(exported(add_harvest(empty, path).project))
    assert (written["Summary"]["A1"].value, written.sheetnames) == (
        "For the board",
        ["Outcomes", "Summary", "Summary (2)", "Decisions"],
    )


def test_tables_are_not_called_like_the_users_own(empty: Project, tmp_path: Path) -> None:
    path = write(tmp_path / "harvest.xlsx")
    workbook = load_workbook(path)
    workbook["Outcomes"].add_table(Table(displayName="outcomes_2", ref="A1:F4"))
    workbook.save(path)
    out = exported(add_harvest(empty, path).project, decided(DORI, "scale", "Local"))
    assert list(summary(out).tables)[:3] == ["Outcomes_1", "Outcomes_3", "Outcomes_4"]


def test_no_story_gets_into_the_summary(project: Project) -> None:
    out = exported(project, decided(DORI, "scale", "Local"))
    cells = [str(value) for row in summary(out).iter_rows(values_only=True) for value in row]
    assert [cell for cell in cells if "the council met" in cell] == []


# The sheet of decisions


def audited(path: Path, column: str) -> list[tuple[object, object]]:
    """Give who made each decision, and what a column says of it; nothing where the cell is empty."""
    header, *rows = load_workbook(path)["Decisions"].iter_rows(values_only=True)
    return [(row[header.index("Coder")], row[header.index(column)]) for row in rows]


SUGGESTED = ShownSuggestion(suggested=("Local",), confidence=0.8, prediction_set=("Local",), model="ours")
LOCAL = decided(DORI, "scale", "Local")


@pytest.mark.parametrize(
    ("made", "blind"),
    [
        (LOCAL, "yes"),
        (replace(LOCAL, shown=SUGGESTED), "no"),
        (replace(LOCAL, shown=SUGGESTED, method=DecisionMethod.BULK), "no"),
        (replace(LOCAL, method=DecisionMethod.TOGETHER), "together"),
        (replace(LOCAL, method=DecisionMethod.ADJUDICATION), None),
        (replace(LOCAL, codes=()), None),
        (replace(LOCAL, field="", codes=(), method=DecisionMethod.NOTE, note="The camp is named."), None),
        (replace(LOCAL, field="", codes=(), method=DecisionMethod.SKIPPED), None),
    ],
)
def test_only_coders_own_decisions_are_marked_blind_or_not(project: Project, made: Decision, blind: str | None) -> None:
    assert audited(exported(project, made), "Blind") == [("Ana", blind)]


def test_decision_that_was_settled_otherwise_says_so(project: Project) -> None:
    adjudicated = replace(decided(DORI, "scale", "Local", coder="Chi"), method=DecisionMethod.ADJUDICATION)
    out = exported(project, LOCAL, decided(DORI, "scale", "National", coder="Ben"), adjudicated)
    assert audited(out, "Counts") == [("Ana", "yes"), ("Ben", "adjudicated otherwise"), ("Chi", "yes")]


def test_what_was_settled_before_it_was_settled_anew_does_not_count(project: Project) -> None:
    adjudicated = replace(decided(DORI, "scale", "Local", coder="Chi"), method=DecisionMethod.ADJUDICATION)
    out = exported(project, adjudicated, replace(adjudicated, codes=("National",)))
    assert audited(out, "Counts") == [("Chi", "no"), ("Chi", "yes")]


def test_code_that_the_codebook_lacks_does_not_count(project: Project) -> None:
    assert audited(exported(project, decided(DORI, "scale", "Galactic")), "Counts") == [("Ana", "no")]


def test_note_counts(project: Project) -> None:
    noted = replace(LOCAL, field="", codes=(), method=DecisionMethod.NOTE, note="The camp is named.")
    assert audited(exported(project, noted), "Counts") == [("Ana", "yes")]


# Outcomes that a corrected harvest lacks


@pytest.fixture
def corrected(project: Project, tmp_path: Path) -> Project:
    """Return a project whose harvest lacks the second outcome since it was corrected."""
    rows = [{"FragmentID": name, "Outcome description": "The council met.", **UNCODED} for name in (DORI, MARALAL)]
    return add_harvest(project, write_outcomes(tmp_path / "harvest.xlsx", *rows)).project


def test_decision_on_an_outcome_that_only_an_earlier_version_has_comes_last(corrected: Project) -> None:
    out = exported(corrected, decided(GOMA, "scale", "Local"), LOCAL)
    rows = load_workbook(out)["Decisions"].iter_rows(min_row=2, values_only=True)
    assert [row[0] for row in rows] == [DORI, GOMA]


def test_decided_outcomes_that_only_an_earlier_version_has_are_reported(corrected: Project, tmp_path: Path) -> None:
    corrected.journal.record([LOCAL, decided(GOMA, "scale", "Local")])
    assert export_project(corrected, tmp_path / "coded.xlsx").missing == (GOMA,)


def test_undecided_outcome_that_only_an_earlier_version_has_is_not_reported(corrected: Project, tmp_path: Path) -> None:
    assert export_project(corrected, tmp_path / "coded.xlsx").missing == ()


def test_outcome_that_moved_to_another_file_is_not_missing(corrected: Project, tmp_path: Path) -> None:
    moved = write_outcomes(tmp_path / "moved.xlsx", {"FragmentID": GOMA, "Outcome description": "They met."})
    project = add_harvest(corrected, moved).project
    project.journal.record([decided(GOMA, "scale", "Local")])
    assert export_project(project, tmp_path / "coded.xlsx", options=ExportOptions(harvest="harvest.xlsx")).missing == ()


# Harvests that are no workbooks


def test_harvest_that_came_as_a_table_is_handed_out_as_a_workbook(empty: Project, tmp_path: Path) -> None:
    table = write_text(tmp_path / "harvest.csv", f"FragmentID,Outcome description,Scale\n{DORI},It met.,\n")
    out = exported(add_harvest(empty, table).project, LOCAL)
    assert first_row(out) == {"FragmentID": DORI, "Outcome description": "It met.", SCALE: "Local"}


def test_harvest_that_came_as_records_is_handed_out_as_a_workbook(empty: Project, tmp_path: Path) -> None:
    records = write_text(tmp_path / "harvest.txt", f"**FragmentID**: {DORI}\n**Outcome description**: It met.\n")
    out = exported(add_harvest(empty, records).project, LOCAL)
    assert first_row(out) == {"FragmentID": DORI, "Outcome description": "It met.", SCALE: "Local"}


def test_harvest_that_came_as_lines_is_handed_out_as_a_workbook(empty: Project, tmp_path: Path) -> None:
    reported = json.dumps({"FragmentID": DORI, "Outcome description": "It met."})
    out = exported(add_harvest(empty, write_text(tmp_path / "harvest.jsonl", reported + "\n")).project, LOCAL)
    assert first_row(out) == {"FragmentID": DORI, "Outcome description": "It met.", SCALE: "Local"}


def test_workbook_made_of_a_table_has_its_sheets(empty: Project, tmp_path: Path) -> None:
    table = write_text(tmp_path / "harvest.csv", f"FragmentID,Outcome description,Scale\n{DORI},It met.,\n")
    out = exported(add_harvest(empty, table).project, LOCAL)
    assert load_workbook(out).sheetnames == ["Outcomes", "Summary", "Decisions"]


# What a suggestions workbook keeps hidden


def test_what_was_suggested_is_not_kept_in_the_coded_harvest(empty: Project, tmp_path: Path) -> None:
    path = write(tmp_path / "harvest.xlsx")
    workbook = load_workbook(path)
    local = WrittenSuggestion(
        fragment_id=DORI,
        field="scale",
        columns=("Scale: suggestion",),
        suggested=("Local",),
        confidence=0.8,
        others="",
        prediction_set=("Local",),
        route="confirm",
        model="sample (2026-03-14)",
        manifest_sha256="0" * 64,
    )
    add_trace(workbook, [local])
    workbook.save(path)
    out = exported(add_harvest(empty, path).project)
    assert TRACE_SHEET not in load_workbook(out).sheetnames
