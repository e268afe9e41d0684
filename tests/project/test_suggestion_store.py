from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from classifier.codebook.schema import CodeField
from classifier.errors import ProjectError
from classifier.harvest.outcome import Outcome
from classifier.harvest.story import Story
from classifier.project.suggestion_store import StoredSuggestions, SuggestionStore, story_sha256
from classifier.suggestion.types import Candidate, FieldSuggestion, Neighbour, Reason, Route, SentenceShare

SCALE = CodeField(name="scale", column="Scale", kind="single", codes=[{"code": "Local"}, {"code": "National"}])
TOLD = "The council met in public."
OUTCOME = Outcome(fragment_id="A/1", story=Story(parts={}, description=TOLD, merged=TOLD))
LOCAL = FieldSuggestion(
    suggested=("Local",),
    candidates=(Candidate(code="Local", confidence=0.9), Candidate(code="National", confidence=0.1)),
    prediction_set=("Local",),
    route=Route.CHOOSE,
)
KEPT = StoredSuggestions(
    story=story_sha256(OUTCOME), model="ours", fields={"scale": LOCAL}, flags=("near-duplicate of A/2", "too short")
)

AS_STORED = {
    "number": 1,
    "made": "2026-11-29T10:57:02.387609Z",
    "outcomes": {"A/1": {
        "story": "5" * 64,
        "model": "ours",
        "fields": {"scale": {
            "suggested": ["Local"],
            "candidates": [{"code": "Local", "confidence": 0.9}, {"code": "National", "confidence": 0.1}],
            "prediction_set": ["Local"],
            "route": "choose",
            "by_definition": ["National"],
            "repeats": "A/2",
            "reasons": [{
                "code": "Local",
                "definition": "One village.",
                "sentences": [{"text": TOLD, "part": "Outcome", "share": 0.8}],
                "parts": {"Outcome": 1.0},
                "lead": 2.5,
                "lead_by_sentences": 2.0,
                "accounted": 0.5,
            }],
            "nearest": [{"fragment_id": "A/2", "codes": ["Local"], "likeness": 0.5}],
        }},
        "flags": ["near-duplicate of A/2", "too short"],
    }},
}  # fmt: skip
"""A set as projects hold it on disk, whatever its suggestions are called in the code."""


@pytest.fixture
def kept(tmp_path: Path) -> SuggestionStore:
    return SuggestionStore(tmp_path / "suggestions")


def test_what_is_kept_is_read_back(kept: SuggestionStore) -> None:
    kept.keep({"A/1": KEPT})
    latest = SuggestionStore(kept.folder).latest()
    assert latest is not None
    assert latest.outcomes == {"A/1": KEPT}


def test_earlier_set_stays(kept: SuggestionStore) -> None:
    kept.keep({"A/1": KEPT})
    kept.keep({})
    assert SuggestionStore(kept.folder).get(1).outcomes == {"A/1": KEPT}


def test_similarity_is_kept_under_the_key_of_earlier_versions(kept: SuggestionStore) -> None:
    near = Neighbour(fragment_id="A/2", codes=("Local",), similarity=0.5)
    outcomes = {"A/1": replace(KEPT, fields={"scale": replace(LOCAL, nearest=(near,))})}
    kept.keep(outcomes)
    assert b'"likeness":0.5' in (kept.folder / "0001.json").read_bytes()
    assert SuggestionStore(kept.folder).get(1).outcomes == outcomes


def test_stored_set_is_read_and_written_with_the_same_keys(kept: SuggestionStore) -> None:
    kept.keep({})
    path = kept.folder / "0001.json"
    path.write_bytes(json.dumps(AS_STORED, separators=(",", ":")).encode())
    earlier = SuggestionStore(kept.folder).get(1)
    reason = Reason(
        code="Local", definition="One village.", sentences=(SentenceShare(text=TOLD, part="Outcome", share=0.8),),
        parts={"Outcome": 1.0}, lead=2.5, lead_by_sentences=2.0, accounted=0.5,
    )  # fmt: skip
    near = Neighbour(fragment_id="A/2", codes=("Local",), similarity=0.5)
    local = replace(LOCAL, by_definition=("National",), repeats="A/2", reasons=(reason,), nearest=(near,))
    assert earlier.outcomes == {"A/1": replace(KEPT, story="5" * 64, fields={"scale": local})}
    written = json.loads((kept.folder / f"{kept.keep(earlier.outcomes).number:04}.json").read_bytes())
    assert json.dumps(written["outcomes"]) == json.dumps(AS_STORED["outcomes"])


def test_torn_set_is_reported(kept: SuggestionStore) -> None:
    kept.keep({"A/1": KEPT})
    path = kept.folder / "0001.json"
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(ProjectError) as caught:
        SuggestionStore(kept.folder).latest()
    assert str(caught.value) == f"{path}: can't be read; restore it from a backup of the project"


def test_suggestion_for_another_story_is_none() -> None:
    corrected = replace(OUTCOME, story=Story(parts={}, description="", merged="The council met in secret."))
    assert KEPT.suggestion(SCALE, corrected) is None


def test_suggestion_for_another_description_beside_the_same_merged_text_is_none() -> None:
    corrected = replace(OUTCOME, story=replace(OUTCOME.story, description="The council met in secret."))
    assert KEPT.suggestion(SCALE, corrected) is None


def test_suggestion_of_a_set_that_knows_the_merged_text_alone_holds_while_that_is_the_same() -> None:
    earlier = replace(KEPT, story=hashlib.sha256(TOLD.encode()).hexdigest())
    corrected = replace(OUTCOME, story=replace(OUTCOME.story, merged="The council met in secret."))
    assert (earlier.suggestion(SCALE, OUTCOME), earlier.suggestion(SCALE, corrected)) == (LOCAL, None)


def test_story_with_half_a_surrogate_pair_is_reported_from_others() -> None:
    torn = replace(OUTCOME, story=replace(OUTCOME.story, merged="The council met \ud83d."))
    assert story_sha256(torn) != story_sha256(OUTCOME)


def test_suggestion_among_other_codes_is_none() -> None:
    wider = SCALE.model_copy(update={"codes": (*SCALE.codes, SCALE.codes[0].model_copy(update={"code": "Regional"}))})
    assert (KEPT.suggestion(SCALE, OUTCOME), KEPT.suggestion(wider, OUTCOME)) == (LOCAL, None)


def test_near_duplicate_is_read_from_its_flag() -> None:
    assert (KEPT.near_duplicate, replace(KEPT, flags=()).near_duplicate) == ("A/2", None)
