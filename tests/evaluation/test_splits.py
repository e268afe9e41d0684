from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from classifier.codebook.schema import Codebook
from classifier.errors import ComparisonError
from classifier.evaluation.splits import ID_PREFIX, by_period, leaving_out
from classifier.harvest.coded import read_coded_harvests
from classifier.harvest.reading import Harvest

CODEBOOK = Codebook.parse(
    "fields: [{name: scale, column: Scale, kind: single, codes: [{code: Local}, {code: National}]}]"
)
HEADER = ["FragmentID", "Outcome description", "Scale", "OH-harvesting period", "country", "Partner name"]


@pytest.fixture
def harvests(tmp_path: Path) -> tuple[Harvest, ...]:
    """Return 75 outcomes: three periods of 25, two countries, three partners by their IDs."""
    rows = [
        [f"SCC-{'ABC'[place % 3]}/{place:03}", f"The council met for the {place}th time.", "Local",
         f"harvest {(1, 2, 10)[place // 25]}", ("Mali", "Niger")[place % 2], "Free text"]
        for place in range(75)
    ]  # fmt: skip
    path = tmp_path / "coded.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])
    return read_coded_harvests([path], codebook=CODEBOOK)


def test_each_period_is_tested_after_training_on_the_earlier_ones(harvests: tuple[Harvest, ...]) -> None:
    assert [(split.name, split.n_training, len(split.test_outcomes)) for split in by_period(harvests)] == [
        ("harvest 2", 25, 25),
        ("harvest 10", 50, 25),
    ]


def test_each_value_of_a_column_is_left_out_in_turn(harvests: tuple[Harvest, ...]) -> None:
    assert [
        (split.name, split.n_training, len(split.test_outcomes))
        for split in leaving_out(harvests, "Country", codebook=CODEBOOK)
    ] == [
        ("Mali", 37, 38),
        ("Niger", 38, 37),
    ]


def test_country_is_known_by_that_word_whatever_its_column(coded_harvest: Harvest) -> None:
    assert "coutnry" in coded_harvest.header
    assert "South Sudan" in [split.name for split in leaving_out([coded_harvest], "country", codebook=CODEBOOK)]


def test_partners_are_the_part_of_the_id_before_the_number(harvests: tuple[Harvest, ...]) -> None:
    assert [split.name for split in leaving_out(harvests, ID_PREFIX, codebook=CODEBOOK)] == ["SCC-A", "SCC-B", "SCC-C"]


def test_no_outcome_is_both_trained_on_and_tested(harvests: tuple[Harvest, ...]) -> None:
    for split in (*by_period(harvests), *leaving_out(harvests, ID_PREFIX, codebook=CODEBOOK)):
        training = {outcome.fragment_id for outcome in split.training_outcomes}
        assert training.isdisjoint(outcome.fragment_id for outcome in split.test_outcomes)


def test_unknown_column_is_refused_with_the_nearest(harvests: tuple[Harvest, ...]) -> None:
    with pytest.raises(ComparisonError) as caught:
        leaving_out(harvests, "Partner nam", codebook=CODEBOOK)
    assert str(caught.value) == "--leave-out Partner nam: coded.csv has no such column (did you mean 'Partner name'?)"


def test_column_of_one_value_is_refused(harvests: tuple[Harvest, ...]) -> None:
    with pytest.raises(ComparisonError) as caught:
        leaving_out(harvests, "Partner name", codebook=CODEBOOK)
    assert str(caught.value) == ("--leave-out Partner name: all outcomes are of 'Free text'; name another column")


def test_column_of_stories_is_refused(harvests: tuple[Harvest, ...]) -> None:
    with pytest.raises(ComparisonError) as caught:
        leaving_out(harvests, "Outcome description", codebook=CODEBOOK)
    assert str(caught.value) == (
        "--leave-out Outcome description: the column holds texts or IDs; name one with few values, such as the country"
    )


def test_column_of_codes_is_refused(harvests: tuple[Harvest, ...]) -> None:
    with pytest.raises(ComparisonError, match="a model can't be trained on a code that is left out"):
        leaving_out(harvests, "scale", codebook=CODEBOOK)


def test_outcome_in_two_files_is_not_both_trained_on_and_tested(harvests: tuple[Harvest, ...]) -> None:
    (harvest,) = harvests
    later = replace(harvest, outcomes=tuple(replace(outcome, period="harvest 11") for outcome in harvest.outcomes[:30]))
    for split in by_period([harvest, later]):
        training = {outcome.fragment_id for outcome in split.training_outcomes}
        assert training.isdisjoint(outcome.fragment_id for outcome in split.test_outcomes)


def test_one_period_cannot_be_trained_on_and_tested(coded_harvest: Harvest) -> None:
    with pytest.raises(ComparisonError) as caught:
        by_period([coded_harvest])
    assert str(caught.value) == (
        "--by-period: all outcomes are of 'harvest 1'; add the coded harvest of another one, or leave it out"
    )
