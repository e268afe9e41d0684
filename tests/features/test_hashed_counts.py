from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.utils import murmurhash3_32

from classifier.features.hashed_counts import count_hashed, hashes_of
from classifier.features.term_counts import LETTERS


@given(st.lists(st.text(max_size=20)))
def test_hashes_are_those_of_scikit_learn(terms: list[str]) -> None:
    signed = [int(murmurhash3_32(term.encode("utf-8", "surrogatepass"))) for term in terms]
    assert hashes_of(terms).tolist() == list(map(abs, signed))


def test_letter_groups_are_counted_as_by_scikit_learn() -> None:
    texts = ["The council of Kisumu met, and met again.", "", "理事会会见了我们。 İ"]
    theirs = HashingVectorizer(
        analyzer="char_wb", ngram_range=(3, 5), n_features=64, alternate_sign=False, norm=None, dtype=np.float64
    )
    ours = count_hashed(texts, LETTERS, n_columns=64)
    np.testing.assert_array_equal(ours.toarray(), theirs.transform(texts).toarray())
