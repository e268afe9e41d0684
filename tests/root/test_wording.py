"""Counts and lists in sentences."""

from __future__ import annotations

import pytest

from classifier.wording import counted, listed


@pytest.mark.parametrize(
    ("n", "said"), [(0, "0 decisions"), (1, "1 decision"), (2, "2 decisions"), (12960, "12,960 decisions")]
)
def test_a_count_takes_the_plural_unless_it_is_one(n: int, said: str) -> None:
    assert counted(n, "decision") == said


def test_an_irregular_plural_is_given() -> None:
    assert counted(3, "entry", "entries") == "3 entries"


def test_a_list_within_the_limit_is_whole() -> None:
    assert listed(["H3-004", "H3-010"], most=2) == "H3-004, H3-010"


def test_a_longer_list_ends_with_how_many_more() -> None:
    assert listed([f"H3-{n:03}" for n in range(1, 11)]) == ("H3-001, H3-002, H3-003, H3-004, H3-005 and 5 more")
