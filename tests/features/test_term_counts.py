from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from classifier.features.term_counts import LETTERS, WORDS, Analyzer, TermCounts, TextCounts, count_all, count_known
from classifier.features.tfidf import LexicalView
from classifier.harvest.reading import Harvest

# Above forty texts, what stands in only one of them is left out.
VILLAGES = [f"In village {n} the council dug a well." for n in range(41)]


def test_word_of_one_text_is_left_out() -> None:
    assert "17" not in TermCounts.of(VILLAGES, WORDS).terms


def test_word_of_one_text_among_few_is_counted() -> None:
    assert "17" in TermCounts.of(VILLAGES[:40], WORDS).terms


def test_texts_without_a_word_in_common_are_counted() -> None:
    assert TermCounts.of([chr(ord("а") + n % 32) * (n + 1) for n in range(41)], WORDS).uses.shape == (41, 0)


def test_vocabulary_of_some_rows_is_that_of_their_texts(coded_harvest: Harvest) -> None:
    texts = [outcome.story.merged for outcome in coded_harvest.outcomes]
    chosen = np.arange(0, len(texts), 3)
    by_counts = LexicalView()
    by_counts.fit_counts(TextCounts.of(texts).rows(chosen))
    by_texts = LexicalView().fit([texts[row] for row in chosen]).to_arrays()
    for name, array in by_counts.to_arrays().items():
        np.testing.assert_array_equal(array, by_texts[name])


BY_SCIKIT_LEARN: dict[str, tuple[Analyzer, dict[str, Any]]] = {
    "words": (WORDS, {"ngram_range": (1, 2), "token_pattern": r"(?u)\b\w+\b"}),
    "letters": (LETTERS, {"analyzer": "char_wb", "ngram_range": (3, 5)}),
}
# Letters that lower case makes two of, blanks of other scripts, a mark that stands alone, and what isn't a letter.
TEXTS = st.lists(st.text("We met the İmam.ß\n\u2003\x1c\u0301_9理事会و🙂", max_size=40), min_size=1, max_size=4)


@pytest.mark.slow
@pytest.mark.parametrize("half", BY_SCIKIT_LEARN)
@given(texts=TEXTS)
def test_terms_are_counted_as_by_scikit_learn(half: str, texts: list[str]) -> None:
    analyzer, options = BY_SCIKIT_LEARN[half]
    counter = CountVectorizer(**options)
    expected = counter.fit_transform([*texts, "met"])
    terms, uses = count_all([*texts, "met"], analyzer)
    assert terms == counter.get_feature_names_out().tolist()
    np.testing.assert_array_equal(uses.toarray(), expected.toarray())


@pytest.mark.parametrize("half", BY_SCIKIT_LEARN)
@given(texts=TEXTS)
def test_known_terms_are_counted_as_by_scikit_learn(half: str, texts: list[str]) -> None:
    analyzer, options = BY_SCIKIT_LEARN[half]
    counter = CountVectorizer(**options).fit(["The İmam met us in 9."])
    uses = count_known(texts, analyzer, counter.vocabulary_)
    np.testing.assert_array_equal(uses.toarray(), counter.transform(texts).toarray())
