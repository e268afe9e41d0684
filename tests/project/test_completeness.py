from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifier.project.coding_items import CodingItems
from classifier.project.completeness import CellCounts, add_up
from classifier.project.consensus import consensus_of
from classifier.project.console_summary import summarise_exported, summarise_status
from classifier.project.current_decisions import JournalState
from classifier.project.export import export_project
from classifier.project.journal import Decision, DecisionMethod
from classifier.project.project import Project, Shares
from classifier.project.queue import CodingQueue
from classifier.project.status import status_of
from classifier.project.training import gather_training_set
from tests.support.projects import CODEBOOK, GUIDED, begin_project, by_hand, row, undone

A, B, C, D = "SCC/1", "SCC/2", "SCC/3", "SCC/4"
ROWS = (row(A), row(B, scale="Local"), row(C), {**row(D), "Outcome description": ""})
N_CELLS = len(ROWS) * len(CODEBOOK.fields)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    begun = begin_project(tmp_path, *ROWS)
    yield begun
    begun.journal.close()


def cells(project: Project, *decisions: Decision) -> CellCounts:
    """Record decisions one by one, and count all cells."""
    for decision in decisions:
        project.journal.record([decision])
    return add_up(status_of(project).cells.values())


# What each state is


def test_project_in_which_nothing_is_coded_has_all_cells_undecided_but_those_that_came_coded(project: Project) -> None:
    assert cells(project) == CellCounts(n_from_file=1, n_undecided=N_CELLS - 1, n_textless=2)


def test_cell_that_one_coder_decided_is_decided(project: Project) -> None:
    assert cells(project, by_hand(A, "Local")).n_decided == 1


def test_cell_that_two_coders_decided_alike_counts_once(project: Project) -> None:
    assert cells(project, by_hand(A, "Local"), by_hand(A, "Local", coder="Ben")).n_decided == 1


def test_cell_that_coders_differ_in_is_not_decided(project: Project) -> None:
    found = cells(project, by_hand(A, "Local"), by_hand(A, "National", coder="Ben"))
    assert (found.n_decided, found.n_differing) == (0, 1)


def test_cell_that_was_settled_is_counted_as_such(project: Project) -> None:
    adjudicated = by_hand(A, "Local", coder="Chi", method=DecisionMethod.ADJUDICATION)
    found = cells(project, by_hand(A, "Local"), by_hand(A, "National", coder="Ben"), adjudicated)
    assert (found.n_decided, found.n_differing, found.n_adjudicated) == (0, 0, 1)


def test_decision_on_a_cell_that_came_coded_counts_before_the_file(project: Project) -> None:
    found = cells(project, by_hand(B, "National"))
    assert (found.n_decided, found.n_from_file) == (1, 0)


def test_decision_for_a_code_that_the_codebook_lacks_leaves_the_cell_undecided(project: Project) -> None:
    assert cells(project, by_hand(A, "Galactic")).n_undecided == N_CELLS - 1


def test_outcome_for_two_coders_that_one_decided_is_reported(tmp_path: Path) -> None:
    project = begin_project(tmp_path, *ROWS, shares=Shares(blind=0.0, double=1.0))
    found = cells(project, by_hand(A, "Local"), by_hand(C, "Local"), by_hand(C, "Local", coder="Ben"))
    project.journal.close()
    assert (found.n_decided, found.n_once) == (2, 1)


# In words


def test_every_state_is_reported_with_what_is_special_about_it() -> None:
    counts = CellCounts(
        n_decided=9,
        n_adjudicated=2,
        n_differing=1,
        n_from_file=3,
        n_not_codable=6,
        n_undecided=5,
        n_once=4,
        n_textless=2,
    )
    assert str(counts) == (
        "9 decided (4 by the first of two coders), 2 adjudicated, 1 where coders differ, 3 already coded in the file, "
        "6 not codable, 5 undecided (2 in outcomes without text)"
    )


def test_status_says_how_many_cells_there_are_and_how_far_they_are(project: Project) -> None:
    project.journal.record([by_hand(A, "Local")])
    assert summarise_status(status_of(project), folder=Path("harvest_2026")).opening == (
        "harvest_2026: 4 outcomes, 1 coder",
        "8 codes to decide (4 outcomes in 2 fields): 1 decided, 1 already coded in the file, 6 undecided (2 in "
        "outcomes without text)",
    )


def test_export_says_the_same_as_the_status(project: Project, tmp_path: Path) -> None:
    project.journal.record([by_hand(A, "Local")])
    exported = summarise_exported(export_project(project, tmp_path / "coded.xlsx"))
    assert exported.opening == summarise_status(status_of(project), folder=project.folder).opening[1:]


# Everywhere the same

CODES = {"scale": (("Local",), ("National",), ("Galactic",), ()), "objective": (("CIV",), ("GEN", "CIV"), ())}


@st.composite
def actions(
    draw: st.DrawFn, coders: Sequence[str] = ("Ana", "Ben", "Chi")
) -> tuple[str, str, str, tuple[str, ...], DecisionMethod]:
    field = draw(st.sampled_from(["scale", "objective"]))
    return (
        draw(st.sampled_from(coders)),
        draw(st.sampled_from([A, B, C, D])),
        field,
        draw(st.sampled_from(CODES[field])),
        draw(
            st.sampled_from(
                [
                    DecisionMethod.BY_HAND,
                    DecisionMethod.WORKBOOK,
                    DecisionMethod.BULK,
                    DecisionMethod.ADJUDICATION,
                    DecisionMethod.UNDONE,
                ]
            )
        ),
    )


def record(project: Project, made: Sequence[tuple[str, str, str, tuple[str, ...], DecisionMethod]]) -> None:
    """Record acts; one that undoes takes back this coder's latest entry for the cell, if there is one."""
    for coder, name, field, codes, method in made:
        decision = by_hand(name, *codes, coder=coder, field=field, method=method)
        if method is DecisionMethod.UNDONE:
            latest = project.journal_state().latest_number(coder, name, field)
            decision = by_hand(name, coder=coder, field=field) if latest is None else undone(decision, latest)
        project.journal.record([decision])


def summary_undecided(path: Path) -> list[int]:
    """Read from the sheet Summary how many outcomes have no code, by field."""
    rows = [*openpyxl.load_workbook(path)["Summary"].iter_rows(values_only=True)]
    places = [
        place for place, cells in enumerate(rows) if cells[0] in ("Scale", "Objective") and cells[1] == "Outcomes"
    ]
    found = []
    for place in places:
        (first, *_) = (cells for cells in rows[place:] if cells[0] == "undecided")
        found.append(int(str(first[1])))
    return found


@pytest.mark.slow
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(made=st.lists(actions(), max_size=12))
def test_states_add_up_to_all_cells_and_are_the_same_wherever_they_are_reported(
    tmp_path_factory: pytest.TempPathFactory, made: Sequence[tuple[str, str, str, tuple[str, ...], DecisionMethod]]
) -> None:
    folder = tmp_path_factory.mktemp("project")
    project = begin_project(folder, *ROWS)
    record(project, made)
    status = status_of(project)
    exported = export_project(project, folder / "coded.xlsx")
    found = add_up(status.cells.values())
    consensus_by_cell = consensus_of(project.outcomes, project.codebook, project.journal_state())
    training_set = gather_training_set(project)
    n_undecided = summary_undecided(folder / "coded.xlsx")
    project.journal.close()
    assert found.n_cells == N_CELLS
    assert exported.cells == status.cells
    reported = [summarise_status(status, folder=folder).plain["cells"], summarise_exported(exported).plain["cells"]]
    assert reported[0] == reported[1]
    assert sum(reported[0][state] for state in ("decided", "settled", "differing", "from_file", "undecided")) == N_CELLS
    assert len(exported.still_open) == found.n_differing == training_set.n_open
    assert len(consensus_by_cell) == found.n_decided + found.n_adjudicated + found.n_differing
    # In the workbook the cell of a difference is empty, so its summary counts it as undecided.
    assert n_undecided == [one.n_undecided + one.n_differing for one in status.cells.values()]


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(made=st.lists(actions(coders=("Ana",)), max_size=12))
def test_what_is_undecided_to_the_only_coder_is_undecided_in_the_project(
    tmp_path_factory: pytest.TempPathFactory, made: Sequence[tuple[str, str, str, tuple[str, ...], DecisionMethod]]
) -> None:
    project = begin_project(tmp_path_factory.mktemp("project"), *ROWS)
    record(project, [decision for decision in made if decision[-1] is not DecisionMethod.ADJUDICATION])
    coding_queue = CodingQueue(
        "Ana",
        coding_items=CodingItems(project, None),
        codebook=project.codebook,
        shares=GUIDED,
        journal_state=JournalState(project.journal.entries()),
        coders=["Ana"],
    )
    found = cells(project)
    project.journal.close()
    assert sum(len(coding_queue.undecided(name)) for name in project.outcomes) == found.n_undecided
