from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from classifier.codebook.schema import CodeField
from classifier.errors import ProjectError
from classifier.harvest.outcome import Outcome
from classifier.harvest.story import Story
from classifier.project.suggestion_store import KeptOutcome, KeptSuggestions, story_sha256
from classifier.suggestion.types import Candidate, FieldSuggestion, Neighbour, Route

SCALE = CodeField(name="scale", column="Scale", kind="single", codes=[{"code": "Local"}, {"code": "National"}])
TOLD = "The council met in public."
OUTCOME = Outcome(fragment_id="A/1", story=Story(parts={}, description=TOLD, merged=TOLD))
LOCAL = FieldSuggestion(
    suggested=("Local",),
    candidates=(Candidate(code="Local", confidence=0.9), Candidate(code="National", confidence=0.1)),
    prediction_set=("Local",),
    route=Route.CHOOSE,
)
KEPT = KeptOutcome(
    story=story_sha256(OUTCOME), model="ours", fields={"scale": LOCAL}, flags=("near-duplicate of A/2", "too short")
)


@pytest.fixture
def kept(tmp_path: Path) -> KeptSuggestions:
    return KeptSuggestions(tmp_path / "suggestions")


def test_what_is_kept_is_read_back(kept: KeptSuggestions) -> None:
    kept.keep({"A/1": KEPT})
    latest = KeptSuggestions(kept.folder).latest()
    assert latest is not None
    assert latest.outcomes == {"A/1": KEPT}


def test_earlier_set_stays(kept: KeptSuggestions) -> None:
    kept.keep({"A/1": KEPT})
    kept.keep({})
    assert KeptSuggestions(kept.folder).get(1).outcomes == {"A/1": KEPT}


def test_similarity_is_kept_under_the_key_of_earlier_versions(kept: KeptSuggestions) -> None:
    near = Neighbour(fragment_id="A/2", codes=("Local",), similarity=0.5)
    outcomes = {"A/1": replace(KEPT, fields={"scale": replace(LOCAL, nearest=(near,))})}
    kept.keep(outcomes)
    assert b'"likeness":0.5' in (kept.folder / "0001.json").read_bytes()
    assert KeptSuggestions(kept.folder).get(1).outcomes == outcomes


def test_torn_set_is_reported(kept: KeptSuggestions) -> None:
    kept.keep({"A/1": KEPT})
    path = kept.folder / "0001.json"
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(ProjectError) as caught:
        KeptSuggestions(kept.folder).latest()
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
