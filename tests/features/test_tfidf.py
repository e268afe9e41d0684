from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from classifier._types import FloatArray
from classifier.features.tfidf import LexicalView, Matrix
from classifier.harvest.reading import Harvest
from classifier.harvest.sentences import Cut

# Above twenty texts, what stands in only one of them is left out.
MANY = [f"In village {n} the council dug a well." for n in range(30)]


def lengths(matrix: Matrix) -> FloatArray:
    result: FloatArray = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return result


def terms(view: LexicalView, half: str) -> set[str]:
    return set(view.to_arrays()[half].tolist())


@pytest.fixture(scope="module")
def descriptions(coded_harvest: Harvest) -> list[str]:
    """Return the descriptions of the first sample harvest."""
    return [outcome.story.description for outcome in coded_harvest.outcomes]


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


def test_vocabularyis_bounded(descriptions: list[str]) -> None:
    assert LexicalView(n_terms=50).fit(descriptions).transform(descriptions).shape == (len(descriptions), 100)


# Two hundred words in each of two scripts, all used once in each text.
_LATIN = [f"w{n}" for n in range(200)]
_ARABIC = [f"\N{ARABIC LETTER WAW}{n}" for n in range(200)]
_PRINT_VOCABULARY = """
import sys
from classifier.features.tfidf import LexicalView

arrays = LexicalView(n_terms=100).fit(sys.stdin.read().split("\\n")).to_arrays()
print(*arrays["words"], *arrays["letters"], sep="|")
"""


def vocabularytold(texts: list[str], **environment: str) -> str:
    """Return the vocabulary that a process of its own learns."""
    return subprocess.run(
        [sys.executable, "-c", _PRINT_VOCABULARY],
        input="\n".join(texts),
        capture_output=True,
        encoding="utf-8",
        check=True,
        env={**os.environ, "PYTHONUTF8": "1", **environment},
    ).stdout


def test_vocabularyis_the_same_on_a_processor_that_can_do_less(descriptions: list[str]) -> None:
    # With newer instructions numpy sorts by another method, which leaves what is equal in another order.
    found = " ".join(np.show_config(mode="dicts")["SIMD Extensions"].get("found", []))
    assert vocabularytold(descriptions) == vocabularytold(descriptions, NPY_DISABLE_CPU_FEATURES=found)


def test_of_words_used_equally_often_no_script_goes_before_another() -> None:
    view = LexicalView(n_terms=200).fit([" ".join([*_LATIN, *_ARABIC])])
    n_arabic = len(terms(view, "words").intersection(_ARABIC))
    assert 20 < n_arabic < 80


def test_words_used_more_often_are_kept() -> None:
    view = LexicalView(n_terms=2).fit(["council police court", "police council", "police"])
    assert terms(view, "words") == {"council", "police"}


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


@pytest.mark.parametrize("half", ["words", "letters"])
def test_half_is_the_tf_idf_of_scikit_learn(descriptions: list[str], half: str) -> None:
    view = LexicalView(min_outcomes=1, n_terms=10**6)
    view.fit(descriptions[:20])
    ours = view.words_ if half == "words" else view.letters_
    options = {"ngram_range": (1, 2), "token_pattern": r"\b\w+\b"}
    theirs = TfidfVectorizer(
        sublinear_tf=True,
        dtype=np.float32,
        **(options if half == "words" else {"analyzer": "char_wb", "ngram_range": (3, 5)}),
    ).fit(descriptions[:20])
    assert ours.terms == theirs.get_feature_names_out().tolist()
    np.testing.assert_allclose(
        ours.transform(descriptions).toarray(), theirs.transform(descriptions).toarray(), atol=1e-6
    )


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


def test_a_word_counts_for_the_sentence_it_is_in() -> None:
    view = LexicalView(min_outcomes=1).fit(["We met. They marched."])
    rows = view.share_out(["We met. They marched."], [Cut(owners=np.repeat([0, 1], [8, 13]), n_sentences=2)])
    marched = rows[:, [view.words_.vocabulary["marched"]]].toarray().ravel()
    assert (marched > 0).tolist() == [False, True, False]


def test_a_word_pair_across_two_sentences_counts_half_for_either() -> None:
    view = LexicalView(min_outcomes=1).fit(["We met. They marched."])
    rows = view.share_out(["We met. They marched."], [Cut(owners=np.repeat([0, 1], [8, 13]), n_sentences=2)])
    first, second, rest = rows[:, [view.words_.vocabulary["met they"]]].toarray().ravel()
    assert (first == second > 0, rest) == (True, 0)
