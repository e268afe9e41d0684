from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_info, threadpool_limits
from tokenizers import Tokenizer

from classifier.codebook.schema import Codebook
from classifier.features.encoder import encode_windows, share_out_start, share_out_windows
from classifier.features.shipped_encoders import SMALL_ENCODER, shipped_folder
from classifier.features.small_encoder import SmallEncoder
from classifier.harvest.reading import read_harvest
from classifier.harvest.sentences import Cut

FOLDER = shipped_folder(SMALL_ENCODER)


@pytest.fixture(scope="module")
def encoder() -> SmallEncoder:
    """Return the small encoder."""
    return SmallEncoder()


@pytest.fixture(scope="module")
def longest_story(harvest_3_new: Path, codebook: Codebook) -> str:
    """Return the longest story of the third sample harvest."""
    outcomes = read_harvest(harvest_3_new, codebook=codebook).outcomes
    return max((outcome.story.merged for outcome in outcomes), key=len)


N_READ = int(json.loads((FOLDER / "sentence_bert_config.json").read_text(encoding="utf-8"))["max_seq_length"])

# Letters that are a token each, with a few blanks between them, are the hardest to cut.
DENSE = st.integers(0, 39).map(lambda n: "會" * n + " ")
HARD_TEXTS = st.lists(
    DENSE | st.sampled_from(["demonstrations ", "المدني ", "?!", "\n", "🕊"]), min_size=20, max_size=80
).map("".join)


@settings(max_examples=60, deadline=None)
@given(text=HARD_TEXTS)
def test_windows_lose_no_letter(text: str, encoder: SmallEncoder) -> None:
    assert "".join(encoder.windows(text)) == text


@settings(max_examples=60, deadline=None)
@given(text=HARD_TEXTS)
def test_every_window_is_read_to_its_end(text: str, encoder: SmallEncoder, tokenizer: Tokenizer) -> None:
    assert max(len(tokenizer.encode(window).ids) for window in encoder.windows(text)) <= N_READ


def test_windows_reach_back_for_a_blank_only_as_far_as_there_is_room(
    encoder: SmallEncoder, tokenizer: Tokenizer
) -> None:
    # Two windows of 246 tokens, and the only blank 30 tokens before the cut.
    text = "會" * 216 + " " + "會" * 276
    assert [len(tokenizer.encode(window).ids) for window in encoder.windows(text)] == [248, 248]


def test_long_story_is_cut_into_the_fewest_windows_between_words(
    encoder: SmallEncoder, tokenizer: Tokenizer, longest_story: str
) -> None:
    windows = encoder.windows(longest_story)
    n_tokens = len(tokenizer.encode(longest_story, add_special_tokens=False).ids)
    assert len(windows) == -(-n_tokens // (N_READ - 10))
    assert all(window.endswith(" ") for window in windows[:-1])


def test_short_story_is_one_window(encoder: SmallEncoder) -> None:
    assert encoder.windows("She was freed on bail.") == ("She was freed on bail.",)


def test_end_of_a_long_story_is_not_cut_off(encoder: SmallEncoder, longest_story: str) -> None:
    whole = encode_windows(encoder, [longest_story, f"{longest_story} The fishermen were given back their boats."])
    assert whole[0] @ whole[1] < 0.9999


def test_vectors_are_the_same_bytes_in_one_thread_and_in_several(encoder: SmallEncoder, longest_story: str) -> None:
    texts = [longest_story, "The by-law passed.", "The council met."]
    with threadpool_limits(limits=4, user_api="blas"):
        several = encoder.encode(texts)
    with threadpool_limits(limits=1, user_api="blas"):
        assert encoder.encode(texts).tobytes() == several.tobytes()


def test_the_threads_of_products_are_left_as_they_were(encoder: SmallEncoder) -> None:
    with threadpool_limits(limits=2, user_api="blas"):
        encoder.encode(["The by-law passed."])
        assert {one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"} == {2}


def test_texts_are_computed_while_others_are_and_the_threads_of_products_are_restored(
    encoder: SmallEncoder,
) -> None:
    with threadpool_limits(limits=2, user_api="blas"), ThreadPoolExecutor(2) as users:
        both = [users.submit(encoder.encode, ["The by-law passed."] * n_texts) for n_texts in (1, 30)]
        assert [len(one.result()) for one in both] == [1, 30]
        assert {one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"} == {2}


def test_no_text_gives_no_vector(encoder: SmallEncoder) -> None:
    assert encoder.encode([]).shape == (0, 384)


def test_same_change_in_other_words_is_nearer_than_another_change(encoder: SmallEncoder) -> None:
    said, reworded, other = encoder.encode(
        [
            "The municipality let the demonstrators march to the central square.",
            "City authorities allowed the protest to go through downtown.",
            "The cooperative sold its first harvest of organic coffee.",
        ]
    )
    assert said @ reworded > said @ other + 0.2


def test_vectors_have_length_one(encoder: SmallEncoder) -> None:
    vectors = encoder.encode(["The by-law passed.", "", "会議"])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_vector_does_not_depend_on_the_texts_beside_it(encoder: SmallEncoder, longest_story: str) -> None:
    alone = encoder.encode(["The by-law passed."])[0]
    beside = encoder.encode([longest_story, "The by-law passed.", "The council met."])[1]
    assert beside.tobytes() == alone.tobytes()
    tokens = encoder.tokens([longest_story, "The by-law passed."])[1]
    assert tokens.vectors.tobytes() == encoder.tokens(["The by-law passed."])[0].vectors.tobytes()


# Shared out over sentences


def halves(text: str) -> Cut:
    return Cut(owners=np.arange(len(text)) * 2 // len(text), n_sentences=2)


def test_what_the_tokens_of_a_text_add_is_its_vector(encoder: SmallEncoder, longest_story: str) -> None:
    texts = [longest_story, "She was freed on bail.", " <redacted>  حصاد "]
    summed = np.stack([tokens.vectors.sum(axis=0) for tokens in encoder.tokens(texts)])
    np.testing.assert_allclose(summed, encoder.encode(texts), atol=1e-5)


def test_each_token_is_at_its_place(encoder: SmallEncoder) -> None:
    (tokens,) = encoder.tokens(["She was  freed."])
    assert tokens.places.tolist() == [-1, 0, 4, 9, 14, -1]


def test_shares_of_a_long_story_add_up_to_the_mean_of_its_windows(encoder: SmallEncoder, longest_story: str) -> None:
    (shared,) = share_out_windows(encoder, [longest_story], [halves(longest_story)])
    np.testing.assert_allclose(shared.whole, encode_windows(encoder, [longest_story])[0], atol=1e-5)
    marks = shared.whole - shared.sentences.sum(axis=0)
    assert np.linalg.norm(marks) < 0.1


def test_what_is_not_read_of_a_long_description_has_no_share(encoder: SmallEncoder, longest_story: str) -> None:
    text = f"{longest_story} She was freed."
    owners = np.zeros(len(text), dtype=np.intp)
    owners[-14:] = 1
    (shared,) = share_out_start(encoder, [text], [Cut(owners=owners, n_sentences=2)])
    assert (np.abs(shared.sentences[0]).max() > 0, np.abs(shared.sentences[1]).max()) == (True, 0)
