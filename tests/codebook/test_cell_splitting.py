"""Cells taken apart into labels that may hold the separator."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.codebook.cell_splitting import CellSplitter

ACTORS = ("Police, army and courts", "Police", "Local government", "Women's groups", "Media")


@pytest.mark.parametrize(
    ("cell", "labels"),
    [
        ("Media", ("Media",)),
        ("Police, army and courts", ("Police, army and courts",)),
        ("Police, Media", ("Police", "Media")),
        ("Media, POLICE, army and courts,Women's groups", ("Media", "POLICE, army and courts", "Women's groups")),
        ("Police, army and courts, Police", ("Police, army and courts", "Police")),
        ("Media،Police", ("Media", "Police")),
        (" , Media,, ", ("Media",)),
        ("Media\nLocal\ngovernment", ("Media", "Local\ngovernment")),
        ("Schools, Media, the church", ("Schools", "Media", "the church")),
        ("", ()),
    ],
)
def test_longest_known_label_is_taken(cell: str, labels: tuple[str, ...]) -> None:
    assert CellSplitter(", ", ACTORS).split(cell) == labels


def test_fewest_unknown_labels_count_before_the_longest() -> None:
    assert CellSplitter(",", ["A, B", "A", "B, C"]).split("A, B, C") == ("A", "B, C")


def test_a_separator_between_labels_is_no_part_of_one() -> None:
    assert CellSplitter(";", ["Women", "Media", "Women media"]).split("Women; Media") == ("Women", "Media")


def test_a_blank_parts_the_names_of_a_form() -> None:
    splitter = CellSplitter(" ", ["womens_groups", "media", "local gov"])
    assert splitter.split("media  womens_groups local gov\nother") == ("media", "womens_groups", "local gov", "other")


def test_a_line_break_parts_labels() -> None:
    splitter = CellSplitter("\n", ["Police; army", "Women, youth"])
    assert splitter.split("Women, youth\r\nPolice; army\n") == ("Women, youth", "Police; army")


def test_a_story_is_parted_at_each_separator() -> None:
    assert len(CellSplitter(", ", ACTORS).split(", ".join(["Police", "army and courts"] * 200))) == 400


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (("Police, army and courts", "Media"), None),
        (("Women, youth", "Women", "youth"), "'Women, youth' is also 'Women' and 'youth'"),
        (("A, B", "C", "A", "B, C"), "'A, B, C' is also 'A, B' and 'C'"),
    ],
)
def test_labels_that_read_alike_side_by_side_are_reported(labels: tuple[str, ...], message: str | None) -> None:
    assert CellSplitter(", ", labels).confused() == message


@settings(deadline=None)
@given(
    st.lists(st.text("abAB ,;", min_size=1).map(str.strip).filter(bool), min_size=1, max_size=5, unique=True),
    st.data(),
    st.sampled_from([", ", "; ", "\n", " "]),
)
def test_nothing_of_a_cell_is_lost(labels: list[str], data: st.DataObject, separator: str) -> None:
    cell = separator.join(data.draw(st.lists(st.sampled_from(labels), max_size=4)))
    read = CellSplitter(separator, labels).split(cell)
    assert [character for character in "".join(read) if character.isalpha()] == [
        character for character in cell if character.isalpha()
    ]
