from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from classifier.project.journal import DecisionMethod
from classifier.project.project import Project, Shares
from classifier.project.status import status_of
from classifier.review.dashboard import Dashboard, GroupedBy, dashboard_of
from classifier.review.open_project import OpenProject
from tests.support.projects import GUIDED, begin_project, by_hand, row

A, B, C = NAMES = ("SCC-LPC/001", "SCC-LPC/002", "SCC-LPC/003")
MANY = tuple(f"SCC-LPC/{number:03}" for number in range(1, 36))


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """Return a project of three outcomes, two from Mali and one from Niger."""
    countries = {A: "Mali", B: "Mali", C: "Niger"}
    begun = begin_project(tmp_path, *(row(name, country=country) for name, country in countries.items()), shares=GUIDED)
    yield begun
    begun.journal.close()


def board(
    project: Project, *, coder: str = "Ana", by: GroupedBy = GroupedBy.NOTHING, team: tuple[str, ...] = ()
) -> Dashboard:
    opened = OpenProject(project, names=team)
    return dashboard_of(opened, status_of(opened.project), coder=coder, grouped_by=by)


def states(found: Dashboard) -> dict[str, dict[str, int]]:
    return {field.name: {part.state: part.n for part in field.segments if part.n} for field in found.fields}


def test_bars_count_each_cell_once(project: Project) -> None:
    project.journal.record([by_hand(A, "Local"), by_hand(B, "Local"), by_hand(B, "National", coder="Ben")])
    assert states(board(project))["Scale"] == {"decided": 1, "differing": 1, "undecided": 1}


def test_segments_of_a_bar_fill_it(project: Project) -> None:
    project.journal.record([by_hand(A, "Local")])
    (scale, _) = board(project).fields
    assert sum(part.width for part in scale.segments) == pytest.approx(100, abs=0.1)
    assert [part.start for part in scale.segments if part.n] == [0.0, 33.33]


def test_codes_so_far_are_counted(project: Project) -> None:
    project.journal.record([by_hand(A, "Local"), by_hand(B, "Local"), by_hand(C, "Regional")])
    scale, _ = board(project).codes
    assert {one.code: one.n for one in scale.counts} == {"Local": 2, "National": 0, "Regional": 1}


def test_codes_that_came_with_the_file_are_not_among_those_so_far(tmp_path: Path) -> None:
    coded = begin_project(tmp_path, row(A, scale="Local"), row(B), shares=GUIDED)
    found = board(coded)
    coded.journal.close()
    assert (found.n_from_files, found.codes[0].n_outcomes) == (1, 0)


def test_codes_so_far_are_told_apart_by_country(project: Project) -> None:
    project.journal.record([by_hand(A, "Local"), by_hand(B, "Local"), by_hand(C, "Local")])
    found = board(project, by=GroupedBy.COUNTRY)
    assert (found.groups, found.codes[0].counts[0].by_group) == (("Mali", "Niger"), (2, 1))


def test_codes_in_which_coders_differ_are_not_counted(project: Project) -> None:
    project.journal.record([by_hand(A, "Local"), by_hand(A, "National", coder="Ben")])
    assert sum(one.n for one in board(project).codes[0].counts) == 0


def test_codes_of_outcomes_that_are_still_to_be_coded_blind_are_hidden(tmp_path: Path) -> None:
    blind = begin_project(tmp_path, *map(row, NAMES), shares=Shares(blind=1.0))
    blind.journal.record([by_hand(A, "Local", coder="Ben")])
    found = board(blind, coder="Ana", team=("Ana", "Ben"))
    blind.journal.close()
    assert (sum(one.n for one in found.codes[0].counts), found.n_hidden > 0) == (0, True)


def test_what_is_left_to_code_comes_first(project: Project) -> None:
    assert [step.path for step in board(project).next_steps] == ["/?order=uncertain"]


def test_differences_are_to_be_adjudicated(project: Project) -> None:
    for name in NAMES:
        project.journal.record([by_hand(name, "Local"), by_hand(name, "GEN", field="objective")])
    project.journal.record([by_hand(A, "National", coder="Ben")])
    assert "Adjudicate 1 difference" in [step.text for step in board(project).next_steps]


def test_coded_harvest_is_downloaded_when_all_is_decided(project: Project) -> None:
    for name in NAMES:
        project.journal.record([by_hand(name, "Local"), by_hand(name, "GEN", field="objective")])
    assert [step.path for step in board(project).next_steps] == ["/download", "/model"]


def test_too_few_compared_outcomes_are_told_in_one_sentence(project: Project) -> None:
    project.journal.record([by_hand(A, "Local"), by_hand(A, "Local", coder="Ben")])
    assert board(project).agreement == (
        "Too few outcomes were coded by two coders to say how far they agree in Scale (1); at least 30 are needed.",
    )


def test_agreement_is_told_in_words(tmp_path: Path) -> None:
    begun = begin_project(tmp_path, *map(row, MANY), shares=GUIDED)
    for number, name in enumerate(MANY):
        code = ("Local", "National")[number % 2]
        other = "Regional" if number < 7 else code
        begun.journal.record([by_hand(name, code), by_hand(name, other, coder="Ben")])
    (told,) = board(begun).agreement
    begun.journal.close()
    assert told.startswith(
        "Scale: of 35 outcomes coded by two coders or more, 28 have the same codes (80\xa0%); kappa coded blind: 0."
    )


def test_nobody_who_agrees_is_no_figure(project: Project) -> None:
    project.journal.record([by_hand(A, field="", method=DecisionMethod.SKIPPED)])
    assert board(project).agreement == (
        "No outcome has been coded yet by two coders who could not see each other's codes. When a second coder codes "
        "some of the same outcomes before they open Differences or Reports or download everybody's codes, this says "
        "how far coders agree.",
    )
