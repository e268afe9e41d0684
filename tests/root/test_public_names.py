"""Data frames in a notebook."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from classifier import Codebook, Harvest, OutcomeCoderError, compare_coders, explain, load_model, suggest
from classifier.errors import FaultsError

CODES = ["Local", "National"] * 20


def coded_frame(codes: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "FragmentID": [f"SCC-LPC/{number:03}" for number in range(len(codes))],
            "Outcome description": [f"The council of ward {number} opened its budget." for number in range(len(codes))],
            "Scale": codes,
        }
    )


def test_frame_is_read_as_a_harvest(codebook: Codebook) -> None:
    harvest = Harvest.from_frame(coded_frame(CODES), codebook=codebook)
    assert harvest.outcomes[1].codes["scale"] == ("National",)


def test_missing_values_of_a_frame_are_blank_cells(codebook: Codebook) -> None:
    frame = coded_frame(CODES).assign(Country=None)
    assert Harvest.from_frame(frame, codebook=codebook).outcomes[0].country == ""


def test_half_a_character_in_a_frame_is_replaced(codebook: Codebook) -> None:
    # pandas keeps it in a column of objects alone.
    broken = "The council of ward 7 \ud83d\ude00 opened \ud800 its budget to the women who asked."
    frame = coded_frame(["Local"]).assign(**{"Outcome description": pd.Series([broken], dtype=object)})
    harvest = Harvest.from_frame(frame, codebook=codebook)
    told = "The council of ward 7 \N{GRINNING FACE} opened \N{REPLACEMENT CHARACTER} its budget to the women who asked."
    assert harvest.outcomes[0].story.description == told


def test_whole_numbers_of_a_frame_are_read_without_a_point(codebook: Codebook) -> None:
    frame = coded_frame(CODES).assign(Year=2024.0)
    assert Harvest.from_frame(frame, codebook=codebook).outcomes[0].year == "2024"


def test_frame_without_an_id_column_is_refused(codebook: Codebook) -> None:
    with pytest.raises(FaultsError, match="data frame"):
        Harvest.from_frame(coded_frame(CODES).drop(columns="FragmentID"), codebook=codebook)


def test_two_frames_are_compared_by_their_names(codebook: Codebook) -> None:
    other = [*CODES[:-2], "Local", "Local"]
    coders = [
        Harvest.from_frame(coded_frame(codes), codebook=codebook, name=name)
        for name, codes in {"Ana": CODES, "Ben": other}.items()
    ]
    found = compare_coders(coders, codebook=codebook)
    kappa = found.to_frame().set_index("coefficient").loc["cohen_kappa", "value"]
    assert found.codings.coders == ("Ana", "Ben")
    assert kappa == pytest.approx(0.95)


@pytest.mark.encoder
def test_suggestions_become_a_frame_with_a_row_for_each_outcome_and_field(harvest_3_new: Path) -> None:
    model = load_model()
    rows = pd.read_excel(harvest_3_new, engine="calamine").head(2)
    frame = suggest(Harvest.from_frame(rows, codebook=model.codebook), model=model).to_frame()
    assert list(frame["FragmentID"].unique()) == list(rows["FragmentID"])
    assert len(frame) == 2 * len(model.codebook.fields)


@pytest.mark.encoder
def test_outcome_that_the_harvest_lacks_cannot_be_explained(codebook: Codebook) -> None:
    harvest = Harvest.from_frame(coded_frame(CODES), codebook=codebook)
    with pytest.raises(OutcomeCoderError, match="holds no outcome 'SCC-XYZ/1'"):
        explain(harvest, "SCC-XYZ/1", model=load_model())
