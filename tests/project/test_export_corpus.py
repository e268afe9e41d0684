from __future__ import annotations

from pathlib import Path

import pytest

from classifier.project.export import export_project
from classifier.project.project import Project
from tests.support.projects import begin_project, by_hand, row

A, B = "SCC-LPC/001", "SCC-LPC/002"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return begin_project(tmp_path, row(A, country="Côte d'Ivoire", period="2026 H1"), row(B, scale="National"))


def corpus_of(project: Project) -> list[str]:
    out = project.folder.parent / "corpus.txt"
    export_project(project, out)
    return out.read_text(encoding="utf-8").splitlines()


def test_each_story_is_below_a_line_of_its_id_and_codes(project: Project) -> None:
    project.journal.record([by_hand(A, "Local"), by_hand(A, "CIV", "GEN", field="objective")])
    assert corpus_of(project) == [
        "**** *id_SCCLPC001 *country_CoteDIvoire *period_2026H1 *scale_Local *objective_CIV *objective_GEN",
        f"The council of {A} met in public.",
        "",
        "**** *id_SCCLPC002 *country_Mali *scale_National",
        f"The council of {B} met in public.",
    ]


def test_code_is_not_there_where_coders_differ(project: Project) -> None:
    project.journal.record([by_hand(B, "Local"), by_hand(B, "Regional", coder="Ben")])
    assert corpus_of(project)[3] == "**** *id_SCCLPC002 *country_Mali"


def test_star_in_a_story_begins_no_other_text(tmp_path: Path) -> None:
    story = "**** *id_1 *scale_Local\nThe council met.\n-*theme_x"
    project = begin_project(tmp_path, row(A) | {"Outcome description": story})
    assert corpus_of(project)[1:] == ["id_1 scale_Local The council met. - theme_x"]


def test_parts_of_a_story_are_written_without_their_labels(tmp_path: Path) -> None:
    project = begin_project(tmp_path, row(A) | {"Significance of the outcome": "Nobody expected it."})
    assert corpus_of(project)[1:] == [f"The council of {A} met in public.", "Nobody expected it."]


def test_values_without_latin_letters_are_numbered(tmp_path: Path) -> None:
    project = begin_project(tmp_path, row(A, country="مالي"), row(B, country="النيجر"))
    assert [line for line in corpus_of(project) if line.startswith("*")] == [
        "**** *id_SCCLPC001 *country_1",
        "**** *id_SCCLPC002 *country_2",
    ]


def test_ids_that_differ_in_signs_alone_stay_apart(tmp_path: Path) -> None:
    project = begin_project(tmp_path, row("A/1-1"), row("A/11"))
    assert [line.split()[1] for line in corpus_of(project) if line.startswith("*")] == ["*id_A11", "*id_A11x2"]


def test_note_says_that_the_corpus_contains_texts(tmp_path: Path) -> None:
    project = begin_project(tmp_path, row(A), row(B) | {"Outcome description": ""})
    assert [*export_project(project, tmp_path / "corpus.txt").notes] == [
        "corpus.txt: it contains the texts of 1 outcome",
        f"corpus.txt: 1 outcome without text, and not in it: {B}",
    ]
