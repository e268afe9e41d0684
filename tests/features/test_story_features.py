from __future__ import annotations

import numpy as np
import pytest

from classifier.codebook.schema import Codebook
from classifier.features.embedding_cache import CachedEncoder, CachedEncoders
from classifier.features.story_features import StoryFeatures, StoryShares
from classifier.harvest.sentences import cut_story
from classifier.harvest.story import Story, tell_story
from tests.support.counting_encoder import CountingEncoder
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


DESCRIPTION = "The council of the town met the women of the market and repaired its rules. The police withdrew."


@pytest.fixture
def counting() -> CountingEncoder:
    return CountingEncoder()


@pytest.fixture
def reported(codebook: Codebook) -> Story:
    """Return a story with a description and another part."""
    texts = {"Outcome description": DESCRIPTION, "Contribution of the programme": "Legal aid."}
    return tell_story(texts, "", codebook.columns.parts)


def test_description_that_is_the_whole_story_is_shared_out_once(codebook: Codebook, counting: CountingEncoder) -> None:
    parts = codebook.columns.parts
    told = tell_story({"Outcome description": DESCRIPTION}, "", parts)
    StoryShares.of([told], [cut_story(told, parts)], (CachedEncoder(encoder=counting, cache=None),))
    assert (told.merged, counting.read) == (DESCRIPTION, [DESCRIPTION, told.opening])


def test_description_is_not_read_again_as_part_of_the_story(reported: Story, counting: CountingEncoder) -> None:
    StoryFeatures.of([reported], (CachedEncoder(encoder=counting, cache=None),))
    assert counting.read == [DESCRIPTION, "Contribution of the programme: Legal aid.", reported.opening]


def test_description_is_not_shared_out_again_as_part_of_the_story(
    reported: Story, codebook: Codebook, counting: CountingEncoder
) -> None:
    cut = cut_story(reported, codebook.columns.parts)
    StoryShares.of([reported], [cut], (CachedEncoder(encoder=counting, cache=None),))
    assert counting.read == [DESCRIPTION, "Contribution of the programme: Legal aid.", reported.opening]


def test_story_is_the_mean_of_description_and_rest_by_their_letters(reported: Story, trigrams: CachedEncoders) -> None:
    (meaning,) = StoryFeatures.of([reported], trigrams).meanings
    rest = "Contribution of the programme: Legal aid."
    (described, following) = trigrams[0].encode_start([DESCRIPTION, rest])
    expected = len(DESCRIPTION) * described + len(rest) * following
    np.testing.assert_allclose(meaning.story[0], expected / np.linalg.norm(expected), atol=1e-3)


def test_story_that_another_text_begins_is_read_in_one_piece(counting: CountingEncoder) -> None:
    redacted = Story(parts={}, description="The council met.", merged="[redacted] met. Support: Legal aid.")
    StoryFeatures.of([redacted], (CachedEncoder(encoder=counting, cache=None),))
    assert counting.read == [redacted.description, redacted.merged, redacted.opening]


def test_stories_are_read_in_one_piece_for_models_of_earlier_formats(reported: Story, trigrams: CachedEncoders) -> None:
    (meaning,) = StoryFeatures.of([reported], trigrams, is_apart=False).meanings
    np.testing.assert_array_equal(meaning.story, trigrams[0].encode_windows([reported.merged]))


@pytest.mark.parametrize("is_apart", [True, False])
def test_stories_shared_out_have_the_same_embeddings(
    reported: Story, codebook: Codebook, trigrams: CachedEncoders, is_apart: bool
) -> None:
    cut = cut_story(reported, codebook.columns.parts)
    (shared,) = StoryShares.of([reported], [cut], trigrams, is_apart=is_apart).features.meanings
    (meaning,) = StoryFeatures.of([reported], trigrams, is_apart=is_apart).meanings
    np.testing.assert_array_equal(shared.story, meaning.story)
