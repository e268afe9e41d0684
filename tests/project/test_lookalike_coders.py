from __future__ import annotations

from pathlib import Path

import pytest

from classifier.errors import ProjectError
from classifier.project.project import admit_coder
from tests.support.projects import begin_project, by_hand, row


@pytest.mark.parametrize("name", ["AnaMoss", "\N{CYRILLIC CAPITAL LETTER A}na Moss", "Ana M\u043ess"])
def test_new_coder_whose_name_looks_like_a_known_one_is_refused(tmp_path: Path, name: str) -> None:
    project = begin_project(tmp_path, row("HO-1"))
    project.journal.record([by_hand("HO-1", "Local", coder="Ana Moss")])
    with pytest.raises(ProjectError) as caught:
        admit_coder(project, name, is_new=True)
    assert str(caught.value) == (
        f"{project.folder}: {name!r} looks like 'Ana Moss', who has coded in it; give the name as it is there, or, for "
        "another person, one that can be told apart, such as with a second name"
    )
    assert list(project.coders) == ["Ana Moss"]


def test_new_coder_of_a_similar_name_is_taken_in(tmp_path: Path) -> None:
    project = begin_project(tmp_path, row("HO-1"))
    project.journal.record([by_hand("HO-1", "Local", coder="Ana Moss")])
    assert admit_coder(project, "Anna Moss", is_new=True) == "Anna Moss"


def test_lookalikes_that_both_coded_before_stay_two_coders(tmp_path: Path) -> None:
    project = begin_project(tmp_path, row("HO-1"))
    project.journal.record([by_hand("HO-1", "Local", coder=name) for name in ("Ana Moss", "AnaMoss")])
    assert admit_coder(project, "anamoss", is_new=True) == "AnaMoss"
