from __future__ import annotations

import numpy as np
import pytest

from classifier.features.embedding_cache import CachedEncoders
from classifier.features.story_features import StoryFeatures
from classifier.harvest.story import Story
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
