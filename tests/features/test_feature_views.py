from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy import sparse

from classifier.codebook.schema import Codebook
from classifier.features.embedding_cache import CachedEncoders
from classifier.features.feature_views import StoryCounts, ViewMaker
from classifier.features.story_features import StoryFeatures, StoryShares
from classifier.features.tfidf import Matrix
from classifier.harvest.reading import Harvest
from classifier.harvest.sentences import cut_story
from classifier.harvest.story import Story
from tests.support.stories import THREE_STORIES, story

NAMES = (
    "words of the description",
    "words of the story",
    "words of the opening",
    "meaning of the description",
    "meaning of the story",
    "meaning of the opening",
    "words and meaning of the description",
    "nearest outcomes",
)
# Above twenty texts, what stands in only one of them is left out.
MANY = [f"In village {n} the council dug a well." for n in range(30)]


@pytest.fixture(scope="module")
def features(trigrams: CachedEncoders) -> StoryFeatures:
    """Return what the views of three outcomes are made from."""
    return StoryFeatures.of(THREE_STORIES, trigrams)


def fit_views(features: StoryFeatures, fingerprints: Matrix) -> tuple[ViewMaker, tuple[Matrix, ...]]:
    return ViewMaker.fit_transform(features.meanings, fingerprints, StoryCounts.of(features))


def views(features: StoryFeatures) -> dict[str, Matrix]:
    fingerprints = np.eye(len(features), dtype=np.float32)
    return dict(zip(NAMES, fit_views(features, fingerprints)[1], strict=True))


def rows_alike(matrix: Matrix) -> npt.NDArray[np.bool_]:
    rows = sparse.csr_array(matrix)
    result: npt.NDArray[np.bool_] = np.isclose((rows @ rows.T).toarray(), 1.0, atol=1e-3)
    return result


@pytest.mark.parametrize("side", ["words", "meaning"])
def test_views_of_the_description_do_not_see_the_rest(side: str, features: StoryFeatures) -> None:
    assert rows_alike(views(features)[f"{side} of the description"])[0].tolist() == [True, False, True]


@pytest.mark.parametrize("side", ["words", "meaning"])
def test_views_of_the_story_see_the_rest(side: str, features: StoryFeatures) -> None:
    assert rows_alike(views(features)[f"{side} of the story"])[0].tolist() == [True, False, False]


@pytest.mark.parametrize("side", ["words", "meaning"])
def test_views_of_the_opening_see_nothing_but_the_first_words(side: str, trigrams: CachedEncoders) -> None:
    opening = "In March the council of the town met the women of the market"
    reported = [story(f"{opening} {rest}") for rest in ("and repaired its rules.", "to hear what they ask.")]
    view = views(StoryFeatures.of([*reported, story("The police withdrew.")], trigrams))[f"{side} of the opening"]
    assert rows_alike(view)[0].tolist() == [True, True, False]


def test_words_and_embeddings_of_the_description_are_concatenated(features: StoryFeatures) -> None:
    reported = views(features)
    words, meaning = reported["words of the description"].toarray(), reported["meaning of the description"]
    np.testing.assert_allclose(reported["words and meaning of the description"].toarray(), np.hstack([words, meaning]))


def test_each_view_has_a_row_per_outcome(features: StoryFeatures) -> None:
    assert [view.shape[0] for view in views(features).values()] == [3] * len(NAMES)


def test_outcomes_trained_on_look_the_same_when_seen_again(features: StoryFeatures) -> None:
    fingerprints = np.eye(3, dtype=np.float32)
    maker, learnt_from = fit_views(features, fingerprints)
    for seen, seen_again in zip(learnt_from, maker.transform(features, fingerprints), strict=True):
        np.testing.assert_allclose(sparse.csr_array(seen).toarray(), sparse.csr_array(seen_again).toarray(), atol=1e-6)


def test_views_of_outcomes_held_out_are_the_same_by_counts_as_by_texts(
    coded_harvest: Harvest, trigrams: CachedEncoders
) -> None:
    features = StoryFeatures.of([outcome.story for outcome in coded_harvest.outcomes[:50]], trigrams)
    counts, known, held_out = StoryCounts.of(features), np.arange(40), np.arange(40, 50)
    meanings = [meaning.rows(known) for meaning in features.meanings]
    maker, _ = ViewMaker.fit_transform(meanings, np.eye(40), counts.rows(known))
    rest = features.rows(held_out)
    by_counts = maker.transform_counts(rest.meanings, np.eye(10), counts.rows(held_out))
    for one, other in zip(by_counts, maker.transform(rest, np.eye(10)), strict=True):
        np.testing.assert_array_equal(sparse.csr_array(one).toarray(), sparse.csr_array(other).toarray())


def test_words_are_looked_at_once_where_descriptions_are_all_that_is_reported(trigrams: CachedEncoders) -> None:
    bare = [Story(parts={}, description=text, merged=text) for text in MANY]
    maker, (said, reported, *_) = fit_views(StoryFeatures.of(bare, trigrams), np.eye(len(bare)))
    assert maker.story_words is maker.description_words
    assert reported is said


def test_longer_stories_are_read_to_their_end_though_descriptions_were_all_that_was_trained_on(
    trigrams: CachedEncoders,
) -> None:
    bare = [Story(parts={}, description=text, merged=text) for text in MANY]
    maker, _ = fit_views(StoryFeatures.of(bare, trigrams), np.eye(len(bare)))
    said, reported, *_ = maker.transform(StoryFeatures.of([story("The council met.", MANY[0])], trigrams), np.eye(1))
    assert reported.nnz > said.nnz


def test_every_encoder_has_views_of_its_own(features: StoryFeatures, trigrams: CachedEncoders) -> None:
    both = StoryFeatures(
        descriptions=features.descriptions,
        stories=features.stories,
        openings=features.openings,
        meanings=features.meanings * 2,
    )
    _, seen = fit_views(both, np.eye(3, dtype=np.float32))
    _, seen_by_one = fit_views(features, np.eye(3, dtype=np.float32))
    np.testing.assert_array_equal(seen[6], seen_by_one[3])
    assert (len(seen), seen[-2].shape[1] - seen_by_one[-2].shape[1]) == (11, 256)


def test_shares_of_all_views_add_up_to_their_rows(
    coded_harvest: Harvest, codebook: Codebook, trigrams: CachedEncoders
) -> None:
    stories = [outcome.story for outcome in coded_harvest.outcomes[:30]]
    features = StoryFeatures.of(stories, trigrams)
    maker, views = fit_views(features, np.eye(30, dtype=np.float32))
    shares = StoryShares.of(stories, [cut_story(one, codebook.columns.parts) for one in stories], trigrams)
    *shared, nearest = maker.share_out(shares)
    assert nearest is None
    for rows, view in zip(shared, views[:-1], strict=True):
        assert rows is not None
        summed = np.stack([np.asarray(rows[at].sum(axis=0)).ravel() for at in shares.rows_of()])
        np.testing.assert_allclose(summed, view.toarray() if sparse.issparse(view) else view, atol=1e-6)
