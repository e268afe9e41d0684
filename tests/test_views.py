from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from classifier.codebook import Codebook
from classifier.embedding import FloatArray
from classifier.embedding_cache import EmbeddingSource
from classifier.fragments import Story
from classifier.harvest import Harvest
from classifier.sentences import Cut, cut_story
from classifier.views import VIEWS, LexicalView, Matrix, StoryFeatures, StoryShares, ViewMaker

# Above twenty texts, what stands in only one of them is left out.
MANY = [f"In village {n} the council dug a well." for n in range(30)]


def story(description: str, rest: str = "") -> Story:
    return Story(parts={}, description=description, merged=f"{description}  Contribution of the programme: {rest}")


def lengths(matrix: Matrix) -> FloatArray:
    result: FloatArray = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return result


def terms(view: LexicalView, half: str) -> set[str]:
    return set(view.to_arrays()[half].tolist())


@pytest.fixture(scope="module")
def descriptions(coded_harvest: Harvest) -> list[str]:
    """Return the descriptions of the first sample harvest."""
    return [outcome.story.description for outcome in coded_harvest.outcomes]


# Words and letter groups


def test_text_of_known_words_has_length_one(descriptions: list[str]) -> None:
    view = LexicalView().fit(descriptions)
    np.testing.assert_allclose(lengths(view.transform(descriptions)), 1.0, atol=1e-6)


def test_text_without_a_known_term_is_nought() -> None:
    view = LexicalView().fit(["The council met.", "The police withdrew."])
    assert lengths(view.transform(["会議", ""])).tolist() == [0.0, 0.0]


def test_words_and_letter_groups_weigh_the_same() -> None:
    view = LexicalView().fit(["The council met.", "The police withdrew."])
    row = view.transform(["The council withdrew."])
    n_words = len(terms(view, "words"))
    np.testing.assert_allclose(lengths(row[:, :n_words]), lengths(row[:, n_words:]), atol=1e-6)


def test_rare_word_weighs_more_than_a_common_one() -> None:
    view = LexicalView().fit(["the council met", "the police met", "the court met"])
    words = view.to_arrays()["words"].tolist()
    row = view.transform(["the council met"]).toarray()[0]
    assert row[words.index("council")] > row[words.index("the")]


def test_vocabulary_is_bounded(descriptions: list[str]) -> None:
    assert LexicalView(n_terms=50).fit(descriptions).transform(descriptions).shape == (len(descriptions), 100)


def test_word_of_one_text_among_many_is_left_out() -> None:
    view = LexicalView().fit([*MANY, "Wanjiru was freed."])
    assert "wanjiru" not in terms(view, "words")


def test_letters_of_one_text_among_many_are_left_out() -> None:
    view = LexicalView().fit([*MANY, "Wanjiru was freed."])
    assert "njir" not in terms(view, "letters")


def test_word_of_one_text_among_a_handful_is_kept() -> None:
    assert "wanjiru" in terms(LexicalView().fit([*MANY[:5], "Wanjiru was freed."]), "words")


def test_marks_of_redaction_are_words() -> None:
    view = LexicalView().fit(["<redacted> met <person> in <LOC>."])
    assert {"redacted", "person", "loc"} <= terms(view, "words")


def test_word_of_one_letter_is_a_word() -> None:
    assert {"و", "法"} <= terms(LexicalView().fit(["و 法"]), "words")


def test_pairs_of_words_are_terms() -> None:
    assert "civic space" in terms(LexicalView().fit(["Civic space widened."]), "words")


def test_capitals_make_no_difference() -> None:
    view = LexicalView().fit(["The council met."])
    assert (view.transform(["THE COUNCIL MET."]) != view.transform(["the council met."])).nnz == 0


def test_view_restored_from_its_arrays_sees_the_same(descriptions: list[str]) -> None:
    view = LexicalView().fit(descriptions)
    restored = LexicalView.from_arrays(view.to_arrays())
    np.testing.assert_allclose(
        restored.transform(descriptions).toarray(), view.transform(descriptions).toarray(), atol=1e-7
    )


def test_arrays_of_a_view_need_no_pickle(descriptions: list[str]) -> None:
    arrays = LexicalView().fit(descriptions).to_arrays().values()
    assert {array.dtype.kind for array in arrays} == {"U", "f"}


def test_matrix_is_single_precision(descriptions: list[str]) -> None:
    assert LexicalView().fit(descriptions).transform(descriptions).dtype == np.float32


# The four views


@pytest.fixture(scope="module")
def features(trigrams: EmbeddingSource) -> StoryFeatures:
    """Return what the views of three outcomes are made from."""
    stories = [
        story("The council met.", "Training in advocacy."),
        story("The police withdrew.", "Legal aid."),
        story("The council met.", "Legal aid."),
    ]
    return StoryFeatures.of(stories, trigrams)


def views(features: StoryFeatures) -> dict[str, Matrix]:
    prints = np.eye(len(features), dtype=np.float32)
    return dict(zip(VIEWS, ViewMaker.fit_transform(features, prints)[1], strict=True))


def rows_alike(matrix: Matrix) -> npt.NDArray[np.bool_]:
    rows = sparse.csr_array(matrix)
    result: npt.NDArray[np.bool_] = np.isclose((rows @ rows.T).toarray(), 1.0, atol=1e-5)
    return result


@pytest.mark.parametrize("side", ["words", "meaning"])
def test_views_of_the_description_do_not_see_the_rest(side: str, features: StoryFeatures) -> None:
    assert rows_alike(views(features)[f"{side} of the description"])[0].tolist() == [True, False, True]


@pytest.mark.parametrize("side", ["words", "meaning"])
def test_views_of_the_story_see_the_rest(side: str, features: StoryFeatures) -> None:
    assert rows_alike(views(features)[f"{side} of the story"])[0].tolist() == [True, False, False]


@pytest.mark.parametrize("side", ["words", "meaning"])
def test_views_of_the_opening_see_nothing_but_the_first_words(side: str, trigrams: EmbeddingSource) -> None:
    opening = "In March the council of the town met the women of the market"
    told = [story(f"{opening} {rest}") for rest in ("and repaired its rules.", "to hear what they ask.")]
    view = views(StoryFeatures.of([*told, story("The police withdrew.")], trigrams))[f"{side} of the opening"]
    assert rows_alike(view)[0].tolist() == [True, True, False]


def test_words_and_meaning_of_the_description_stand_side_by_side(features: StoryFeatures) -> None:
    told = views(features)
    words, meaning = told["words of the description"].toarray(), told["meaning of the description"]
    np.testing.assert_allclose(told["words and meaning of the description"].toarray(), np.hstack([words, meaning]))


def test_each_view_has_a_row_per_outcome(features: StoryFeatures) -> None:
    assert [view.shape[0] for view in views(features).values()] == [3] * len(VIEWS)


def test_outcomes_learnt_from_look_the_same_when_seen_again(features: StoryFeatures) -> None:
    prints = np.eye(3, dtype=np.float32)
    maker, learnt_from = ViewMaker.fit_transform(features, prints)
    for seen, seen_again in zip(learnt_from, maker.transform(features, prints), strict=True):
        np.testing.assert_allclose(sparse.csr_array(seen).toarray(), sparse.csr_array(seen_again).toarray(), atol=1e-6)


def test_picked_outcomes_keep_what_belongs_to_them(features: StoryFeatures, trigrams: EmbeddingSource) -> None:
    picked = features.rows(np.array([2, 1]))
    again = StoryFeatures.of(
        [story("The council met.", "Legal aid."), story("The police withdrew.", "Legal aid.")], trigrams
    )
    assert (picked.descriptions, picked.stories) == (again.descriptions, again.stories)
    assert picked.openings == again.openings
    np.testing.assert_allclose(picked.description_vectors, again.description_vectors)
    np.testing.assert_allclose(picked.story_vectors, again.story_vectors)
    np.testing.assert_allclose(picked.opening_vectors, again.opening_vectors)


def test_features_count_their_outcomes(features: StoryFeatures) -> None:
    assert len(features) == 3


def test_three_steps_are_told_for_each_outcome(trigrams: EmbeddingSource) -> None:
    steps: list[int] = []
    StoryFeatures.of([story("The council met."), story("The police withdrew.")], trigrams, advance=steps.append)
    assert sum(steps) == 2 * StoryFeatures.STEPS == 6


def test_words_are_looked_at_once_where_descriptions_are_all_that_is_told(trigrams: EmbeddingSource) -> None:
    bare = [Story(parts={}, description=text, merged=text) for text in MANY]
    maker, (said, told, *_) = ViewMaker.fit_transform(StoryFeatures.of(bare, trigrams), np.eye(len(bare)))
    assert maker.story_words is maker.description_words
    assert told is said


def test_longer_stories_are_read_to_their_end_though_descriptions_were_all_that_was_learnt_from(
    trigrams: EmbeddingSource,
) -> None:
    bare = [Story(parts={}, description=text, merged=text) for text in MANY]
    maker, _ = ViewMaker.fit_transform(StoryFeatures.of(bare, trigrams), np.eye(len(bare)))
    said, told, *_ = maker.transform(StoryFeatures.of([story("The council met.", MANY[0])], trigrams), np.eye(1))
    assert told.nnz > said.nnz


# Shared out over sentences


LEARNT = LexicalView().fit(["The İmam met us.", "We met the ministry.", "理事会会见了我们。"])


def added_up(view: LexicalView, text: str, cut: Cut) -> FloatArray:
    summed: FloatArray = view.share_out([text], [cut]).toarray().sum(axis=0)
    return summed


@settings(deadline=None)
@given(text=st.text(alphabet="We met the İmam.ministry ß\n理事会会见了我们。", min_size=1, max_size=60), data=st.data())
def test_shares_of_a_text_add_up_to_its_row(text: str, data: st.DataObject) -> None:
    owners = data.draw(st.lists(st.integers(0, 3), min_size=len(text), max_size=len(text)))
    cut = Cut(owners=np.array(owners, dtype=np.intp), n_sentences=3)
    np.testing.assert_allclose(added_up(LEARNT, text, cut), LEARNT.transform([text]).toarray()[0], atol=1e-6)


def test_a_word_counts_for_the_sentence_it_stands_in() -> None:
    view = LexicalView(min_outcomes=1).fit(["We met. They marched."])
    rows = view.share_out(["We met. They marched."], [Cut(owners=np.repeat([0, 1], [8, 13]), n_sentences=2)])
    marched = rows[:, [view.words_.vocabulary_["marched"]]].toarray().ravel()
    assert (marched > 0).tolist() == [False, True, False]


def test_a_word_pair_across_two_sentences_counts_half_for_either() -> None:
    view = LexicalView(min_outcomes=1).fit(["We met. They marched."])
    rows = view.share_out(["We met. They marched."], [Cut(owners=np.repeat([0, 1], [8, 13]), n_sentences=2)])
    first, second, rest = rows[:, [view.words_.vocabulary_["met they"]]].toarray().ravel()
    assert (first == second > 0, rest) == (True, 0)


def test_shares_of_all_views_add_up_to_their_rows(
    coded_harvest: Harvest, codebook: Codebook, trigrams: EmbeddingSource
) -> None:
    stories = [outcome.story for outcome in coded_harvest.outcomes[:30]]
    features = StoryFeatures.of(stories, trigrams)
    maker, views = ViewMaker.fit_transform(features, np.eye(30, dtype=np.float32))
    shares = StoryShares.of(stories, [cut_story(one, codebook.columns.parts) for one in stories], trigrams)
    *shared, nearest = maker.share_out(shares)
    assert nearest is None
    for rows, view in zip(shared, views[:-1], strict=True):
        assert rows is not None
        summed = np.stack([np.asarray(rows[at].sum(axis=0)).ravel() for at in shares.rows_of()])
        np.testing.assert_allclose(summed, view.toarray() if sparse.issparse(view) else view, atol=1e-6)
