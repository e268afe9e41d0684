from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.coder_names import CoderNames, identity_of, tidied
from classifier.errors import ProjectError
from classifier.project.glance import glance_at
from classifier.project.journal import Journal
from classifier.project.project import admit_coder
from classifier.project.status import status_of
from tests.support.projects import begin_project, by_hand, row

A, B = "SCC/1", "SCC/2"


@pytest.mark.parametrize(
    "typed",
    [
        "ana moss",
        "ANA MOSS",
        " Ana  Moss ",
        "Ana\N{NO-BREAK SPACE}Moss",
        "Ana\tMoss",
        "Ana Moss.",
        "Ana\N{ZERO WIDTH SPACE} Moss",
        "\N{ZERO WIDTH NO-BREAK SPACE}Ana Moss",
        "\N{LEFT-TO-RIGHT MARK}Ana Moss",
        "Ａｎａ Moss",
    ],
)
def test_spelling_is_the_same_coder(typed: str) -> None:
    assert identity_of(typed) == identity_of("Ana Moss")


@pytest.mark.parametrize(
    ("typed", "other"),
    [
        ("Zoé", unicodedata.normalize("NFD", "Zoé")),
        ("J. Okoro", "J Okoro"),
        ("O'Neil", "O\N{RIGHT SINGLE QUOTATION MARK}Neil"),
        ("Anne-Marie", "Anne\N{NON-BREAKING HYPHEN}Marie"),
        ("Weiß", "WEISS"),
        ("İpek", "i̇pek"),
        ("می\N{ZERO WIDTH NON-JOINER}نا", "مینا"),
    ],
)
def test_spellings_are_the_same_coder(typed: str, other: str) -> None:
    assert identity_of(typed) == identity_of(other)


@pytest.mark.parametrize("other", ["Ana Mos", "Ana M", "Ann Moss", "Moss Ana", "Aña Moss", "Ana Moss 2"])
def test_other_name_is_another_coder(other: str) -> None:
    assert identity_of(other) != identity_of("Ana Moss")


@given(st.text(max_size=12))
def test_identity_is_its_own_identity(name: str) -> None:
    assert identity_of(identity_of(name)) == identity_of(name)


@given(st.text(max_size=12))
def test_tidied_name_is_the_same_coder(name: str) -> None:
    assert identity_of(tidied(name)) == identity_of(name)


@given(st.lists(st.text(max_size=6), max_size=8))
def test_each_coder_is_known_once_by_the_first_spelling(names: list[str]) -> None:
    known = CoderNames(names)
    assert len(known) == len({identity_of(name) for name in names})
    assert all(
        known.find(name) == next(known_name for known_name in names if identity_of(known_name) == identity_of(name))
        for name in names
    )


# Who is new


@pytest.mark.parametrize("slip", ["Ana Mos", "Anna Moss", "A. Moss", "Moss, Ana", "Moss Ana"])
def test_name_that_may_be_a_slip_is_refused_with_the_known_one(slip: str) -> None:
    with pytest.raises(ProjectError) as caught:
        CoderNames(["Ben Oduya", "Ana Moss"]).admit(slip, where="harvest_2026", is_new=False)
    assert str(caught.value) == (
        f"harvest_2026: {slip!r} has not coded in it yet; did you mean 'Ana Moss'? Give the name as it is there, or "
        "add --new-coder if this is a new coder"
    )


def test_name_like_no_other_is_refused_with_all_known_ones() -> None:
    with pytest.raises(ProjectError) as caught:
        CoderNames(["Ben Oduya", "Ana Moss"]).admit("Chi", where="harvest_2026", is_new=False)
    assert str(caught.value) == (
        "harvest_2026: 'Chi' has not coded in it yet; the known coders are Ben Oduya, Ana Moss. Give the name as it is "
        "there, or add --new-coder if this is a new coder"
    )


def test_new_coder_is_taken_in_where_that_is_confirmed() -> None:
    assert CoderNames(["Ana Moss"]).admit(" Chi  Eze", where="harvest_2026", is_new=True) == "Chi Eze"


def test_first_coder_needs_no_confirmation() -> None:
    assert CoderNames().admit("Ana Moss", where="harvest_2026", is_new=False) == "Ana Moss"


@pytest.mark.parametrize("name", ["", "  ", ".", "\N{ZERO WIDTH SPACE}"])
def test_coder_needs_a_name(name: str) -> None:
    with pytest.raises(ProjectError, match=r"^A coder needs a name; give it with --coder$"):
        CoderNames().admit(name, where="harvest_2026", is_new=True)


def test_new_coder_is_confirmed_once(tmp_path: Path) -> None:
    project = begin_project(tmp_path, row(A))
    project.journal.record([by_hand(A, "Local", coder="Ana Moss")])
    admit_coder(project, "Ben", is_new=True)
    assert admit_coder(project, "BEN") == "Ben"
    assert list(project.coders) == ["Ben", "Ana Moss"]
    project.journal.close()


# Journals that were written before


def test_two_spellings_in_a_journal_are_read_as_one_coder_under_the_first(tmp_path: Path) -> None:
    journal = Journal.at(tmp_path / "journal.sqlite")
    journal.record([by_hand(A, "Local", coder="ana moss"), by_hand(B, "Local", coder="Ana Moss")])
    assert [entry.decision.coder for entry in journal.entries()] == ["ana moss", "ana moss"]
    assert [entry.decision.coder for entry in journal.entries(after=1)] == ["ana moss"]
    assert journal.coders() == ("ana moss",)
    journal.close()


def test_another_journal_object_reads_the_first_spelling_of_what_came_before(tmp_path: Path) -> None:
    journal = Journal.at(tmp_path / "journal.sqlite")
    journal.record([by_hand(A, "Local", coder="ana moss"), by_hand(B, "Local", coder="Ana Moss")])
    journal.close()
    again = Journal.at(tmp_path / "journal.sqlite")
    assert [entry.decision.coder for entry in again.entries(after=1)] == ["ana moss"]
    again.close()


def test_two_spellings_count_as_one_coder_in_the_status(tmp_path: Path) -> None:
    project = begin_project(tmp_path, row(A), row(B))
    project.journal.record([by_hand(A, "Local", coder="ana moss"), by_hand(A, "National", coder="Ana Moss")])
    status = status_of(project)
    project.journal.close()
    assert ({progress.coder for progress in status.progress}, status.cells["scale"].n_differing) == ({"ana moss"}, 0)
    assert glance_at(project.folder).coders == ("ana moss",)


def test_name_of_a_coder_with_a_control_character_is_refused() -> None:
    with pytest.raises(ProjectError, match=r"The coder's name has a control character \(U\+001B\); type it again"):
        CoderNames(["Ben"]).admit("Ana\x1b[2J", where="team", is_new=True)
