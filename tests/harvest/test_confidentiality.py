from __future__ import annotations

from pathlib import Path

import pytest

from classifier.codebook.columns import UnknownConfidentiality
from classifier.codebook.schema import Codebook
from classifier.errors import TrainingError
from classifier.harvest.confidentiality import (
    Confidentiality,
    confidential_ids,
    leave_out_confidential,
    left_out_ids,
    telling_left_out,
)
from classifier.harvest.outcome import Outcome
from classifier.harvest.reading import Harvest, read_harvest
from classifier.languages import translated, use_language
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


# Look-alike IDs

ALIKE = "HO\N{NON-BREAKING HYPHEN}01"
WHAT_TO_DO = (
    "if it is the same outcome, give both the same ID; if it is another, give it one that differs in more than "
    "capitals, blanks, hyphens and leading zeros"
)


def test_outcome_whose_id_looks_like_a_confidential_one_is_left_out_too(tmp_path: Path, codebook: Codebook) -> None:
    first = harvest_of(tmp_path, codebook, **{"HO-01": "YES", "HO-02": "NO"})
    second = harvest_of(tmp_path, codebook, **{ALIKE: "", "HO-02": "NO"})
    kept, told = leave_out_confidential([first, second], codebook)
    assert [ids_of(harvest) for harvest in kept] == [["HO-02"], ["HO-02"]]
    assert str(told) == (
        "2 confidential outcomes left out (--include-confidential includes them), 1 of them because the ID looks like "
        "that of an outcome marked confidential"
    )
    (note,) = kept[1].notes
    assert str(note) == (
        "june.xlsx: Outcomes!A2: the ID looks like that of an outcome marked confidential, so this outcome is left "
        f"out too ({WHAT_TO_DO})"
    )


def test_lookalike_in_the_same_file_is_told_with_the_cell_of_the_confidential_one(
    tmp_path: Path, codebook: Codebook
) -> None:
    harvest = harvest_of(tmp_path, codebook, **{"HO-01": "YES", "HO-1": "NO", "HO-02": "NO"})
    (kept,), _ = leave_out_confidential([harvest], codebook)
    assert ids_of(kept) == ["HO-02"]
    assert [str(note) for note in kept.notes] == [
        "june.xlsx: Outcomes!A3: the ID looks like the one in Outcomes!A2, which is marked confidential, so this "
        f"outcome is left out too ({WHAT_TO_DO})"
    ]


def test_another_file_protects_a_look_alike(tmp_path: Path, codebook: Codebook) -> None:
    harvest = harvest_of(tmp_path, codebook, **{ALIKE: "NO", "HO-02": "NO"})
    (kept,), told = leave_out_confidential([harvest], codebook, others=[outcome("HO-01", True)])
    assert (ids_of(kept), told.n_confidential) == (["HO-02"], 1)


def test_look_alike_stays_where_confidential_outcomes_are_asked_for(tmp_path: Path, codebook: Codebook) -> None:
    harvest = harvest_of(tmp_path, codebook, **{"HO-01": "YES", "HO-1": "NO"})
    (kept,), told = leave_out_confidential([harvest], codebook, include_confidential=True)
    assert (ids_of(kept), told.n_left_out) == (["HO-01", "HO-1"], 0)


def test_look_alike_of_unknown_confidentiality_is_counted_once(codebook: Codebook) -> None:
    marked, unknown = confidential_ids([outcome("HO-01", True), outcome(ALIKE, None)])
    assert (marked, unknown) == (frozenset({"HO-01", ALIKE}), frozenset())


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "fr",
            "13 incidences confidentielles laissées de côté\N{NO-BREAK SPACE}; 105 ne sont marquées ni dans un sens ni "
            "dans l'autre, et sont incluses",
        ),
        ("es", "13 alcances confidenciales excluidos; 105 no están marcados de ninguna forma, y se incluyen"),
        ("ar", "13 نتيجة سرية متروكة؛ 105 بلا وسم في هذا أو ذاك، وهي مشمولة"),
    ],
)
def test_what_is_left_out_is_told_in_the_language_of_the_page(language: str, told: str) -> None:
    with use_language(language):
        assert translated(Confidentiality(n_confidential=13, n_unknown=105).describe()) == told
