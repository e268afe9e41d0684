from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from classifier.codebook.schema import Codebook
from classifier.errors import ComparisonError
from classifier.evaluation.given_suggestions import outcomes_without_suggestions, read_suggestions
from classifier.harvest.coded import read_coded_harvests
from classifier.harvest.reading import Harvest
from classifier.suggestion.types import Route

CODEBOOK = Codebook.parse(
    "fields: [{name: scale, column: Scale, kind: single, codes: [{code: Local}, {code: National}]}]"
)
CODED = "FragmentID,Outcome description,Scale\nA/1,The council met.,Local\nA/2,Parliament met.,National\nA/3,It met.,\n"


@pytest.fixture
def coded(tmp_path: Path) -> Harvest:
    path = tmp_path / "coded.csv"
    path.write_text(CODED, encoding="utf-8")
    return read_coded_harvests([path], codebook=CODEBOOK)[0]


def line(fragment_id: str, code: str, confidence: float, other: str = "National") -> dict[str, Any]:
    scale = {
        "suggested": [code],
        "candidates": [{"code": code, "confidence": confidence}, {"code": other, "confidence": 1 - confidence}],
        "prediction_set": [code],
        "route": "confirm",
        "repeats": None,
    }
    return {"fragment_id": fragment_id, "fields": {"scale": scale}, "flags": [], "model": "sample"}


def written(path: Path, *lines: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(suggestion) + "\n" for suggestion in lines), encoding="utf-8")
    return path


def test_suggestions_are_compared_with_the_agreed_codes(coded: Harvest, tmp_path: Path) -> None:
    path = written(
        tmp_path / "s.jsonl", line("A/1", "Local", 0.9), line("A/2", "Local", 0.8), line("A/3", "Local", 0.7)
    )
    one = read_suggestions(path, coded, codebook=CODEBOOK).fields["scale"]
    assert one.codings().codes == ((("Local",), ("Local",)), (("National",), ("Local",)))


def test_confidence_and_route_are_those_given(coded: Harvest, tmp_path: Path) -> None:
    one = read_suggestions(written(tmp_path / "s.jsonl", line("A/1", "Local", 0.9)), coded, codebook=CODEBOOK).fields[
        "scale"
    ]
    assert (one.confidence.tolist(), one.routes) == ([[0.9, pytest.approx(0.1)]], (Route.CONFIRM,))


def test_suggestions_for_other_outcomes_are_refused(coded: Harvest, tmp_path: Path) -> None:
    with pytest.raises(ComparisonError) as caught:
        read_suggestions(written(tmp_path / "s.jsonl", line("B/1", "Local", 0.9)), coded, codebook=CODEBOOK)
    assert str(caught.value) == "s.jsonl: holds no outcome that is coded in coded.csv; are the FragmentIDs the same?"


def test_suggestions_whose_ids_only_look_alike_are_refused_with_the_difference(coded: Harvest, tmp_path: Path) -> None:
    path = written(tmp_path / "s.jsonl", line("A\N{FRACTION SLASH}1", "Local", 0.9))
    with pytest.raises(ComparisonError) as caught:
        read_suggestions(path, coded, codebook=CODEBOOK)
    assert str(caught.value) == (
        "s.jsonl: holds no outcome that is coded in coded.csv\n  coded.csv: coded!A2: 'A/1' looks like "
        "'A\N{FRACTION SLASH}1' of s.jsonl: it has a slash where 'A\N{FRACTION SLASH}1' has a fraction slash (U+2044) "
        "(correct the ID, if it is the same outcome)"
    )


def test_coded_outcomes_without_suggestions_are_reported(coded: Harvest, tmp_path: Path) -> None:
    path = written(tmp_path / "s.jsonl", line("A/1", "Local", 0.9), line("a/2", "Local", 0.9))
    assert [str(note) for note in outcomes_without_suggestions(path, coded)] == [
        "s.jsonl: no suggestion for 1 coded outcome of coded.csv: A/2",
        "coded.csv: coded!A3: 'A/2' looks like 'a/2' of s.jsonl: it has other capital letters than 'a/2' (correct the "
        "ID, if it is the same outcome)",
    ]


def test_code_of_another_codebook_is_refused(coded: Harvest, tmp_path: Path) -> None:
    with pytest.raises(ComparisonError) as caught:
        read_suggestions(written(tmp_path / "s.jsonl", line("A/1", "Village", 0.9)), coded, codebook=CODEBOOK)
    assert str(caught.value) == (
        "s.jsonl: suggests 'Village' in 'Scale', which is not a code of the codebook; name the codebook that the "
        "suggestions were made with"
    )


def test_line_that_is_not_a_suggestion_is_named(coded: Harvest, tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    path.write_text(json.dumps(line("A/1", "Local", 0.9)) + "\n{}\n", encoding="utf-8")
    with pytest.raises(ComparisonError) as caught:
        read_suggestions(path, coded, codebook=CODEBOOK)
    assert str(caught.value) == (
        "s.jsonl: line 2 is not a suggestion; name a .jsonl that `outcome-coder suggest` wrote"
    )


@pytest.mark.parametrize("change", [{"confidence": 97}, {"code": "Local"}])
def test_candidate_without_a_share_for_confidence_is_not_a_suggestion(
    coded: Harvest, tmp_path: Path, change: dict[str, Any]
) -> None:
    bad = line("A/1", "Local", 0.9)
    bad["fields"]["scale"]["candidates"] = [{"code": "Local", **change}]
    with pytest.raises(ComparisonError, match="line 1 is not a suggestion"):
        read_suggestions(written(tmp_path / "s.jsonl", bad), coded, codebook=CODEBOOK)


def test_outcome_suggested_for_twice_is_refused(coded: Harvest, tmp_path: Path) -> None:
    path = written(tmp_path / "s.jsonl", line("A/1", "Local", 0.9), line("A/1", "National", 0.9, other="Local"))
    with pytest.raises(ComparisonError) as caught:
        read_suggestions(path, coded, codebook=CODEBOOK)
    assert str(caught.value) == "s.jsonl: line 2 suggests for 'A/1' again; keep one of them"


def test_outcome_without_a_suggestion_is_not_tested(coded: Harvest, tmp_path: Path) -> None:
    nothing = line("A/1", "Local", 0.9)
    nothing["fields"]["scale"]["suggested"] = []
    path = written(tmp_path / "s.jsonl", nothing, line("A/2", "National", 0.9, other="Local"))
    assert len(read_suggestions(path, coded, codebook=CODEBOOK).fields["scale"].rows) == 1
