"""Cells that join several labels, taken apart without a codebook."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import pytest

from classifier.codebook.separator_detection import taken_apart

ACTORS = ("Police, army and courts", "Local government", "Women's groups", "Media")


def answers(labels: Sequence[str], between: str) -> list[str]:
    """Return every choice of one, two or three labels, as a form does: in the order of its list."""
    return [between.join(chosen) for n in (1, 2, 3) for chosen in combinations(labels, n)]


@pytest.mark.parametrize("between", ["; ", ";", " | ", "\n", ", ", ",", "، ", " / "])
def test_answers_of_a_form_are_taken_apart(between: str) -> None:
    labels = [label.replace(",", "") for label in ACTORS]
    separator, parted = taken_apart(answers(labels, between))
    assert separator == (between.strip() or "\n")
    assert {label for row in parted for label in row} == set(labels)


def test_a_label_that_holds_a_comma_stays_whole_beside_others() -> None:
    separator, parted = taken_apart(answers(ACTORS, ", "))
    assert (separator, parted[-1]) == (",", ("Local government", "Women's groups", "Media"))
    assert {label for row in parted for label in row} == set(ACTORS)


def test_a_label_may_begin_with_another_one() -> None:
    _, parted = taken_apart(answers(("Police", *ACTORS), ", "))
    assert {label for row in parted for label in row} == {"Police", *ACTORS}


def test_names_of_a_form_are_parted_by_blanks() -> None:
    separator, parted = taken_apart(answers(("police_army", "local_gov", "media"), " "))
    assert (separator, parted[3]) == (" ", ("police_army", "local_gov"))


@pytest.mark.parametrize(
    "labels",
    [
        ["Norms, attitudes and awareness", "Security, justice and armed actors", "Media"],
        ["Yes, fully", "Yes, partly", "No"],
        ["Kampala, Uganda", "Gulu, Uganda", "Goma, Congo", "Bukavu, Congo"],
        ["Government, national", "Government, local", "Media, national", "Media, local"],
        ["local government", "national government", "local council", "national council"],
        ["Local government", "Local council", "Council"],
        ["Law/policy", "Practice/norms", "Other"],
        ["Government; ministries and others", "Media"],
    ],
)
def test_labels_that_hold_a_sign_are_not_taken_apart(labels: list[str]) -> None:
    assert taken_apart(labels * 5) == ("", [(label,) for label in labels * 5])


def test_stories_are_not_taken_apart() -> None:
    stories = [f"In {month}, the council of {place}, after talks, adopted a by-law" for month, place in zip(
        ("May", "June", "July", "March"), ("Tilbo", "Mopta", "Ndali", "Sarani"), strict=True
    )]  # fmt: skip
    assert taken_apart(stories)[0] == ""
