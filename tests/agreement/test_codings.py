from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from classifier.agreement.codings import read_codings
from classifier.codebook.schema import Codebook
from classifier.errors import FaultsError

CODEBOOK = Codebook.parse(
    """
fields:
  - name: scale
    column: Scale
    kind: single
    codes: [{code: Local}, {code: National}, {code: Regional}]
  - name: objective
    column: Objective
    kind: multiple
    codes: [{code: CIV}, {code: CON}, {code: GEN}]
"""
)

Rows = Mapping[str, tuple[str, str]]
ANA: Rows = {"A/1": ("Local", "CIV; GEN"), "A/2": ("National", "CON"), "A/3": ("Local", "")}
BEN: Rows = {"A/2": ("National", "CON"), "A/1": ("Regional", "GEN; CIV"), "A/4": ("Local", "CIV")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "ana.csv", ANA)
    write(tmp_path / "ben.csv", BEN)
    return tmp_path


def write(path: Path, rows: Rows) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["FragmentID", "Outcome description", "Scale", "Objective"])
        writer.writerows([name, f"The council of {name} met.", *codes] for name, codes in rows.items())
    return path


def test_outcomes_are_matched_by_their_ids(folder: Path) -> None:
    codings = read_codings([folder / "ana.csv", folder / "ben.csv"], codebook=CODEBOOK)
    assert dict(zip(codings.fragment_ids, codings.fields["scale"].codes, strict=True)) == {
        "A/1": (("Local",), ("Regional",)),
        "A/2": (("National",), ("National",)),
        "A/3": (("Local",), ()),
        "A/4": ((), ("Local",)),
    }


def test_what_a_coder_lacks_is_reported(folder: Path) -> None:
    codings = read_codings([folder / "ana.csv", folder / "ben.csv"], codebook=CODEBOOK)
    assert codings.notes == (
        "ana: lacks 1 of the 4 outcomes: A/4",
        "ana: 1 outcome not coded in Objective: A/3",
        "ben: lacks 1 of the 4 outcomes: A/3",
    )


def test_outcomes_that_a_coder_left_uncoded_in_several_fields_are_reported_once(folder: Path) -> None:
    write(folder / "ana.csv", {**ANA, "A/3": ("", "")})
    codings = read_codings([folder / "ana.csv", folder / "ben.csv"], codebook=CODEBOOK)
    assert "ana: 1 outcome not coded in Scale, Objective: A/3" in codings.notes


def test_only_outcomes_coded_by_two_are_compared(folder: Path) -> None:
    codings = read_codings([folder / "ana.csv", folder / "ben.csv"], codebook=CODEBOOK)
    assert codings.fields["scale"].is_compared.tolist() == [True, True, False, False]


def test_order_of_several_codes_is_no_difference(folder: Path) -> None:
    codings = read_codings([folder / "ana.csv", folder / "ben.csv"], codebook=CODEBOOK)
    assert not codings.fields["objective"].differs.any()


def test_confusion_counts_main_codes(folder: Path) -> None:
    codings = read_codings([folder / "ana.csv", folder / "ben.csv"], codebook=CODEBOOK)
    assert codings.fields["scale"].confusion.tolist() == [[0, 0, 1], [0, 1, 0], [0, 0, 0]]


def test_code_of_several_is_a_question_of_its_own(folder: Path) -> None:
    codings = read_codings([folder / "ana.csv", folder / "ben.csv"], codebook=CODEBOOK)
    assert codings.fields["objective"].code(2).codes.tolist() == [[1, 1], [0, 0], [-1, -1], [-1, 0]]


def test_some_outcomes_keep_their_codes(folder: Path) -> None:
    codings = read_codings([folder / "ana.csv", folder / "ben.csv"], codebook=CODEBOOK)
    assert codings.fields["scale"].of(np.array([1])).codes == ((("National",), ("National",)),)


def test_files_of_one_name_are_distinguished_by_their_folders(tmp_path: Path) -> None:
    for coder, rows in (("ana", ANA), ("ben", BEN)):
        (tmp_path / coder).mkdir()
        write(tmp_path / coder / "coded.csv", rows)
    codings = read_codings([tmp_path / "ana" / "coded.csv", tmp_path / "ben" / "coded.csv"], codebook=CODEBOOK)
    assert codings.coders == ("ana/coded", "ben/coded")


def test_field_that_one_coder_left_out_is_not_compared(tmp_path: Path) -> None:
    paths = [
        write(tmp_path / "ana.csv", ANA),
        write(tmp_path / "ben.csv", {name: (scale, "") for name, (scale, _) in BEN.items()}),
    ]
    codings = read_codings(paths, codebook=CODEBOOK)
    assert list(codings.fields) == ["scale"]
    assert "Objective: coded by ana alone, so that nothing can be compared" in codings.notes


def test_unknown_codes_of_all_coders_are_reported_at_once(tmp_path: Path) -> None:
    paths = [
        write(tmp_path / "ana.csv", {"A/1": ("Locall", "CIV")}),
        write(tmp_path / "ben.csv", {"A/1": ("Natonal", "CIV")}),
    ]
    with pytest.raises(FaultsError) as caught:
        read_codings(paths, codebook=CODEBOOK)
    assert str(caught.value) == (
        "ana.csv: 1 problem to correct\n"
        "  ana!C2: 'Locall' is not a code of 'Scale' (did you mean 'Local'? If not, add it to the codebook)\n"
        "ben.csv: 1 problem to correct\n"
        "  ben!C2: 'Natonal' is not a code of 'Scale' (did you mean 'National'? If not, add it to the codebook)"
    )


# IDs that look alike

HYPHEN = "\N{NON-BREAKING HYPHEN}"


@pytest.fixture
def alike(tmp_path: Path) -> tuple[Path, Path]:
    ana = write(tmp_path / "ana.csv", {"HO-01": ("Local", "CIV"), "HO-02": ("National", "CON")})
    return ana, write(tmp_path / "ben.csv", {f"HO{HYPHEN}01": ("Regional", "CIV"), "HO-02": ("National", "CON")})


def test_ids_that_look_alike_are_reported_and_not_matched(alike: tuple[Path, Path]) -> None:
    codings = read_codings(alike, codebook=CODEBOOK)
    assert codings.fragment_ids == ("HO-01", "HO-02", f"HO{HYPHEN}01")
    assert str(codings.notes[0]) == (
        f"ben.csv: ben!A2: 'HO{HYPHEN}01' looks like 'HO-01' of ana.csv: it has a non-breaking hyphen (U+2011) where "
        "'HO-01' has a hyphen (if it is the same outcome, add --match-ids, or correct the ID)"
    )


def test_ids_that_look_alike_are_matched_where_that_is_asked_for(alike: tuple[Path, Path]) -> None:
    codings = read_codings(alike, codebook=CODEBOOK, match_ids=True)
    assert codings.fields["scale"].codes == ((("Local",), ("Regional",)), (("National",), ("National",)))
    assert [str(note) for note in codings.notes] == [
        f"ben.csv: ben!A2: 'HO{HYPHEN}01' was read as 'HO-01' of ana.csv: it has a non-breaking hyphen (U+2011) "
        "where 'HO-01' has a hyphen (correct the ID, if it is another outcome)"
    ]


def test_ids_that_two_outcomes_look_like_are_never_matched(tmp_path: Path) -> None:
    both: Rows = {"HO-01": ("Local", "CIV"), "HO\N{EN DASH}01": ("National", "CON")}
    paths = [write(tmp_path / "ana.csv", both), write(tmp_path / "ben.csv", {f"HO{HYPHEN}01": ("Local", "CIV")})]
    codings = read_codings(paths, codebook=CODEBOOK, match_ids=True)
    assert len(codings.fragment_ids) == 3
    assert str(codings.notes[1]) == (
        f"ben.csv: ben!A2: 'HO{HYPHEN}01' looks like 'HO-01' of ana.csv, and so does another ID: it has a "
        "non-breaking hyphen (U+2011) where 'HO-01' has a hyphen (correct the ID, if it is the same outcome)"
    )


def test_many_ids_that_look_alike_are_reported_together(tmp_path: Path) -> None:
    rows: Rows = {f"HO-{place:02}": ("Local", "CIV") for place in range(1, 31)}
    ana = write(tmp_path / "ana.csv", rows)
    ben = write(tmp_path / "ben.csv", {name.replace("-", HYPHEN): codes for name, codes in rows.items()})
    note = str(read_codings([ana, ben], codebook=CODEBOOK, match_ids=True).notes[0])
    assert note.startswith("ben.csv: ben!A2, A3, A4 and 27 more: the ID was read as one of ana.csv; the first: 'HO")
