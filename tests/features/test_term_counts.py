from __future__ import annotations

import numpy as np

from classifier.features.term_counts import WORDS, TermCounts, TextCounts
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
