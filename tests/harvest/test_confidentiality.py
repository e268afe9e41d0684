from __future__ import annotations

from pathlib import Path

import pytest

from classifier.codebook.columns import UnknownConfidentiality
from classifier.codebook.schema import Codebook
from classifier.errors import TrainingError
from classifier.harvest.confidentiality import (
    Confidentiality,
    leave_out_confidential,
    left_out_ids,
    telling_left_out,
)
from classifier.harvest.outcome import Outcome
from classifier.harvest.reading import Harvest, read_harvest
from tests.support.stories import story
from tests.support.workbooks import write_outcomes

COLUMN = "Outcome statements is CONFIDENTIAL"


def outcome(fragment_id: str, confidential: bool | None) -> Outcome:
    return Outcome(fragment_id=fragment_id, story=story("The council met the clans."), confidential=confidential)


def harvest_of(folder: Path, codebook: Codebook, **marks: str) -> Harvest:
    rows = [
        {"FragmentID": name, "Outcome description": "The council met the clans.", COLUMN: mark}
        for name, mark in marks.items()
    ]
    return read_harvest(write_outcomes(folder / "june.xlsx", *rows), codebook=codebook)


def ids_of(harvest: Harvest) -> list[str]:
    return [outcome.fragment_id for outcome in harvest.outcomes]


def leaving_unknown_out(codebook: Codebook) -> Codebook:
    return codebook.model_copy(update={"unknown_confidentiality": UnknownConfidentiality.LEAVE_OUT})


def test_confidential_outcomes_are_left_out_and_unknown_ones_stay(tmp_path: Path, codebook: Codebook) -> None:
    (kept,), told = leave_out_confidential([harvest_of(tmp_path, codebook, A="YES", B="", C="NO")], codebook)
    assert ids_of(kept) == ["B", "C"]
    assert str(told) == (
        "1 confidential outcome left out (--include-confidential includes them); 1 is not marked either way, "
        "and is included"
    )


def test_confidential_outcomes_stay_where_they_are_asked_for(tmp_path: Path, codebook: Codebook) -> None:
    harvest = harvest_of(tmp_path, codebook, A="YES", B="", C="NO")
    (kept,), told = leave_out_confidential([harvest], leaving_unknown_out(codebook), include_confidential=True)
    assert (ids_of(kept), told.n_left_out) == (["A", "B", "C"], 0)
    assert str(told) == "1 confidential outcome included; 1 is not marked either way, and is included"


def test_codebook_says_that_unknown_ones_are_left_out(tmp_path: Path, codebook: Codebook) -> None:
    harvest = harvest_of(tmp_path, codebook, A="YES", B="", C="NO")
    (kept,), told = leave_out_confidential([harvest], leaving_unknown_out(codebook))
    assert (ids_of(kept), told.n_left_out) == (["C"], 2)


def test_outcome_is_confidential_if_any_file_says_so(tmp_path: Path, codebook: Codebook) -> None:
    harvest = harvest_of(tmp_path, codebook, A="NO", B="")
    (kept,), _ = leave_out_confidential([harvest], codebook, others=[outcome("A", True), outcome("Z", True)])
    assert ids_of(kept) == ["B"]


def test_outcome_that_one_file_calls_public_is_not_unknown(codebook: Codebook) -> None:
    outcomes = [outcome("A", None), outcome("A", False), outcome("B", None)]
    assert left_out_ids(outcomes, leaving_unknown_out(codebook)) == {"B"}


def test_nothing_is_told_of_harvests_that_say_no() -> None:
    assert str(Confidentiality()) == ""


@pytest.mark.parametrize("value", ["include", "leave-out"])
def test_setting_is_read_from_a_codebook_and_written_back(codebook: Codebook, value: str) -> None:
    changed = Codebook.parse(f"{codebook.dump()}\nunknown_confidentiality: {value}\n".replace("\n\n", "\n"))
    assert changed.unknown_confidentiality == value
    assert Codebook.parse(changed.dump()) == changed


def test_setting_leaves_the_codebooks_hash(codebook: Codebook) -> None:
    assert leaving_unknown_out(codebook).sha256 == codebook.sha256


def test_error_of_too_few_outcomes_tells_that_some_were_left_out() -> None:
    with pytest.raises(TrainingError) as caught, telling_left_out(Confidentiality(n_confidential=12)):
        raise TrainingError("coded.xlsx: too few outcomes")
    assert str(caught.value) == (
        "coded.xlsx: too few outcomes\n  12 confidential outcomes left out (--include-confidential includes them)"
    )
