from __future__ import annotations

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from classifier.features.quantisation import (
    Embedding,
    shares_from_bytes,
    shares_to_bytes,
    vector_from_bytes,
    vector_to_bytes,
)

Rows = npt.NDArray[np.float32]
SENTENCES = arrays(
    np.float32, array_shapes(min_dims=2, max_dims=2, max_side=5), elements=st.floats(-1, 1, width=32)
)  # fmt: skip


def embedded(sentences: Rows) -> Embedding:
    """Return the embedding of a text whose label, which belongs to no sentence, adds a little."""
    return Embedding.of(sentences.sum(axis=0) + np.float32(0.25), sentences)


@given(sentences=SENTENCES)
def test_embedding_is_read_as_it_was_made(sentences: Rows) -> None:
    made = embedded(sentences)
    assert made.shares is not None
    whole = vector_from_bytes(vector_to_bytes(made.whole))
    assert whole is not None
    shares = shares_from_bytes(shares_to_bytes(made.shares, made.whole), whole)
    again = Embedding(whole=whole, shares=shares)
    np.testing.assert_array_equal(again.whole, made.whole)
    np.testing.assert_array_equal(again.rows, made.rows)


@given(sentences=SENTENCES)
def test_rows_add_up_to_the_vector(sentences: Rows) -> None:
    made = embedded(sentences)
    np.testing.assert_allclose(made.rows.sum(axis=0), made.whole, atol=1e-5)


@given(sentences=SENTENCES)
def test_share_of_a_sentence_is_right_to_a_254th_of_its_largest_number(sentences: Rows) -> None:
    most = np.abs(sentences).max(axis=1, keepdims=True)
    assert (np.abs(embedded(sentences).rows[:-1] - sentences) <= most / 253 + 1e-6).all()


@given(content=st.binary(max_size=80))
def test_bytes_that_are_no_shares_are_told(content: bytes) -> None:
    assert shares_from_bytes(content, np.ones(3, dtype=np.float32)) is None


def test_shares_of_another_vector_are_told() -> None:
    made = embedded(np.eye(2, dtype=np.float32))
    assert made.shares is not None
    assert shares_from_bytes(shares_to_bytes(made.shares, made.whole), made.whole * 2) is None


def test_text_that_is_not_shared_out_belongs_to_no_sentence() -> None:
    np.testing.assert_array_equal(Embedding.of(np.ones(3, dtype=np.float32)).rows, np.ones((1, 3)))
