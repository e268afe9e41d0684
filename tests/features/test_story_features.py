from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from classifier.codebook.schema import Codebook
from classifier.features.embedding_cache import CachedEncoder, CachedEncoders
from classifier.features.encoder import Tokens
from classifier.features.story_features import StoryFeatures, StoryShares
from classifier.harvest.sentences import cut_story
from classifier.harvest.story import Story, tell_story
from conftest import TrigramEncoder
from tests.support.stories import THREE_STORIES, story


@pytest.fixture(scope="module")
def features(trigrams: CachedEncoders) -> StoryFeatures:
    """Return what the views of three outcomes are made from."""
    return StoryFeatures.of(THREE_STORIES, trigrams)


def test_picked_outcomes_keep_what_belongs_to_them(features: StoryFeatures, trigrams: CachedEncoders) -> None:
    picked = features.rows(np.array([2, 1]))
    again = StoryFeatures.of(
        [story("The council met.", "Legal aid."), story("The police withdrew.", "Legal aid.")], trigrams
    )
    assert (picked.descriptions, picked.stories) == (again.descriptions, again.stories)
    assert picked.openings == again.openings
    for ours, theirs in zip(picked.meanings, again.meanings, strict=True):
        np.testing.assert_allclose(ours.description, theirs.description)
        np.testing.assert_allclose(ours.story, theirs.story)
        np.testing.assert_allclose(ours.opening, theirs.opening)


def test_features_count_their_outcomes(features: StoryFeatures) -> None:
    assert len(features) == 3


def test_three_steps_are_reported_for_each_outcome_and_encoder(trigrams: CachedEncoders) -> None:
    steps: list[int] = []
    reported = [story("The council met."), story("The police withdrew.")]
    StoryFeatures.of(reported, trigrams * 2, progress=steps.append)
    assert sum(steps) == StoryFeatures.n_steps(2, trigrams * 2) == 12


def test_meaning_is_kept_once_where_descriptions_are_all_that_is_reported(trigrams: CachedEncoders) -> None:
    bare = [Story(parts={}, description=text, merged=text) for text in ("The council met.", "The police withdrew.")]
    (meaning,) = StoryFeatures.of(bare, trigrams).rows(np.array([1])).meanings
    assert meaning.story is meaning.description


def test_description_that_is_the_whole_story_is_shared_out_once(codebook: Codebook) -> None:
    read: list[str] = []

    class Counting(TrigramEncoder):
        def tokens(self, texts: Sequence[str], /) -> list[Tokens]:
            read.extend(texts)
            return super().tokens(texts)

    description = "The council of the town met the women of the market and repaired its rules. The police withdrew."
    parts = codebook.columns.parts
    told = tell_story({"Outcome description": description}, "", parts)
    StoryShares.of([told], [cut_story(told, parts)], (CachedEncoder(encoder=Counting(), cache=None),))
    assert (told.merged, read) == (description, [description, told.opening])
