from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.codebook.schema import sample_codebook
from classifier.harvest.reading import read_harvest
from classifier.harvest.similar_ids import find_lookalikes, loose_key, visible_key
from tests.support.workbooks import write_outcomes

SAMPLE = sample_codebook()

HYPHEN, BLANK, WIDTHLESS = "\N{NON-BREAKING HYPHEN}", "\N{NO-BREAK SPACE}", "\N{ZERO WIDTH SPACE}"


@pytest.mark.parametrize(
    "alike",
    [
        f"HO{HYPHEN}A 01",
        "HO\N{EN DASH}A 01",
        "HO\N{MINUS SIGN}A 01",
        f"HO-A{BLANK}01",
        f"HO-{WIDTHLESS}A 01",
        "\N{ZERO WIDTH NO-BREAK SPACE}HO-A 01",
        "HO-A 01\N{RIGHT-TO-LEFT MARK}",
        "HO-A\n01",
        "HO-A  01",
        "\N{FULLWIDTH LATIN CAPITAL LETTER H}O-A 01",
        "HO-A \N{FULLWIDTH DIGIT ZERO}1",
        "HO-\N{CYRILLIC CAPITAL LETTER A} 01",
        "H\N{GREEK CAPITAL LETTER OMICRON}-A 01",
    ],
)
def test_ids_that_look_the_same_have_one_key(alike: str) -> None:
    assert (alike != "HO-A 01", visible_key(alike)) == (True, "HO-A 01")


@pytest.mark.parametrize("alike", ["ho-01", "HO-1", "HO - 01", "HO-01.", "HO-\N{ARABIC-INDIC DIGIT ZERO}1", "'HO-01"])
def test_ids_that_people_and_programs_change_are_similar_but_distinguishable(alike: str) -> None:
    assert (loose_key(alike), visible_key(alike) == "HO-01") == (loose_key("HO-01"), False)


@pytest.mark.parametrize("other", ["HO-02", "HO-010", "HO-10", "HO-01b", "HO/01", "HP-01"])
def test_ids_of_other_outcomes_are_not_alike(other: str) -> None:
    assert find_lookalikes([other], ["HO-01"]) == ()


@pytest.mark.parametrize(
    ("alike", "difference"),
    [
        (f"HO{HYPHEN}01", "has a non-breaking hyphen (U+2011) where 'HO-01' has a hyphen"),
        (f"HO-{WIDTHLESS}01", "has a zero width space (U+200B) that 'HO-01' lacks"),
        ("H\N{CYRILLIC CAPITAL LETTER O}-01", "has a cyrillic capital letter o (U+041E) where 'HO-01' has a latin "
         "capital letter o"),
        ("HO-\N{FULLWIDTH DIGIT ZERO}1", "has a fullwidth digit zero (U+FF10) where 'HO-01' has a digit zero"),
        ("HO\n-01", "has a line break that 'HO-01' lacks"),
        ("ho-01", "has other capital letters than 'HO-01'"),
        ("HO-1", "has other leading zeros than 'HO-01'"),
        ("HO-01.", "has a full stop that 'HO-01' lacks"),
    ],
)  # fmt: skip
def test_difference_is_reported_by_name(alike: str, difference: str) -> None:
    assert [pair.difference for pair in find_lookalikes([alike], ["HO-01"])] == [difference]


def test_id_that_is_known_looks_like_no_other() -> None:
    assert find_lookalikes(["HO-01", f"HO{HYPHEN}02"], ["HO-01", f"HO{HYPHEN}02"]) == ()


@pytest.mark.parametrize(
    ("ids", "known"),
    [
        ([f"HO{HYPHEN}01"], ["HO-01", "HO\N{EN DASH}01"]),
        ([f"HO{HYPHEN}01", "HO-01"], ["HO-01"]),
        (["ho-1", "ho-01"], ["HO-01"]),
    ],
)
def test_it_is_not_sure_which_is_meant_where_two_look_alike_on_a_side(ids: list[str], known: list[str]) -> None:
    assert not any(pair.is_sure for pair in find_lookalikes(ids, known))


def test_outcome_beside_the_one_it_is_like_is_another_one() -> None:
    assert find_lookalikes(["HO-1", "HO-01"], ["HO-1", "HO-2"]) == ()


def test_hyphen_counts_before_leading_zeros() -> None:
    (found,) = find_lookalikes([f"HO{HYPHEN}01"], ["HO-1", "HO-01"])
    assert (found.known, found.is_sure) == ("HO-01", True)


@given(ids=st.lists(st.text(max_size=8), max_size=6), known=st.lists(st.text(max_size=8), max_size=6))
def test_whatever_is_found_is_unknown_and_looks_like_a_known_one(ids: list[str], known: list[str]) -> None:
    for pair in find_lookalikes(ids, known):
        assert pair.fragment_id in ids
        assert pair.fragment_id not in known
        assert loose_key(pair.fragment_id) == loose_key(pair.known)
        assert pair.difference


@given(ids=st.lists(st.text(max_size=8), max_size=6), known=st.lists(st.text(max_size=8), max_size=6))
def test_no_known_id_is_sure_to_be_meant_twice(ids: list[str], known: list[str]) -> None:
    sure = [pair.known for pair in find_lookalikes(ids, known) if pair.is_sure]
    assert len(sure) == len(set(sure))


def test_ids_of_one_file_that_look_the_same_are_reported(tmp_path: Path) -> None:
    row = {"Outcome description": "The council met.", "Scale": "Local"}
    names = ("HO-01", "HO-02", f"HO{HYPHEN}01", "HO-1")
    path = write_outcomes(tmp_path / "harvest.xlsx", *({"FragmentID": name, **row} for name in names))
    assert [str(note) for note in read_harvest(path, codebook=SAMPLE).notes if "looks like" in str(note)] == [
        f"harvest.xlsx: Outcomes!A4: 'HO{HYPHEN}01' looks like 'HO-01' of this file: it has a non-breaking hyphen "
        "(U+2011) where 'HO-01' has a hyphen (if it is the same outcome, delete one of the two rows)"
    ]
