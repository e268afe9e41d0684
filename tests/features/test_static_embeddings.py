from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from classifier.features.bert import Bert
from classifier.features.shipped_encoders import SMALL_ENCODER, shipped_folder
from classifier.features.static_embeddings import StaticTable, unit_sums, weigh_by_rank

FOLDER = shipped_folder(SMALL_ENCODER)
TABLE = StaticTable.of(
    ["[UNK]", "council", "met", "##s", "coun"],
    np.eye(5, dtype=np.float32) * np.array([1, 2, 3, 4, 5], dtype=np.float32),
)


@pytest.mark.parametrize(
    "word", ["council", "councils", "sambonaye", "grazing", "falagountou", "élus", "naïveté", "2024", "x" * 101, "ﬁve"]
)
def test_words_are_cut_as_the_encoder_cuts_them(tokenizer: Tokenizer, word: str) -> None:
    places = tokenizer.get_vocab()
    pieces = sorted(places, key=lambda piece: places[piece])
    table = StaticTable(
        pieces=tuple(pieces),
        vectors=np.zeros((len(pieces), 1), dtype=np.int8),
        scales=np.ones(len(pieces), dtype=np.float32),
    )
    assert table.pieces_of(word) == tokenizer.encode(word, add_special_tokens=False).ids


def test_word_of_no_known_piece_is_unknown() -> None:
    assert TABLE.pieces_of("parliament") == [0]


def test_vector_of_a_word_is_the_sum_of_its_pieces() -> None:
    assert TABLE.vector_of("councils").tolist() == pytest.approx([0, 2, 0, 4, 0], abs=0.01)


def test_text_without_words_has_a_vector_of_zeros() -> None:
    vectors = np.array([[3.0, 4.0], [1.0, 0.0]], dtype=np.float32)
    found = unit_sums(vectors, np.array([0, 1]), np.array([0, 1, 1, 2])).tolist()
    assert [[round(value, 3) for value in row] for row in found] == [[0, 0], [0.6, 0.8], [0, 0], [1, 0]]


@given(st.lists(st.integers(0, 5), min_size=1, max_size=8))
def test_vector_of_a_text_does_not_depend_on_the_texts_beside_it(lengths: list[int]) -> None:
    drawn = np.random.default_rng(0).standard_normal((sum(lengths), 7)).astype(np.float32)
    ends = np.cumsum(lengths)
    words = np.arange(sum(lengths))
    together = unit_sums(drawn, words, ends)
    alone = [unit_sums(drawn, words[end - n : end], np.array([n]))[0] for n, end in zip(lengths, ends, strict=True)]
    assert np.array_equal(together, alone)


def test_common_pieces_weigh_less() -> None:
    drawn = np.random.default_rng(0).standard_normal((5000, 8)).astype(np.float32)
    lengths = np.linalg.norm(weigh_by_rank(drawn, n_dimensions=8), axis=1) / np.linalg.norm(
        drawn - drawn.mean(axis=0), axis=1
    )
    assert lengths[0] < 0.01
    assert (np.diff(lengths) > 0).all()


def test_pieces_read_side_by_side_have_the_vectors_of_those_read_alone() -> None:
    bert = Bert(FOLDER)
    texts = np.array([[101, 2473, 102], [101, 9999, 102]])
    together = bert.states_of_each(texts)
    assert np.abs(together - [bert.states(text) for text in texts]).max() < 1e-5
