"""Labels compared by their normal form, and by their signs where those alone tell labels apart."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.spelling import LabelIndex, exact_key, nearest, normalise

# The normal form


@settings(deadline=None)
@given(st.text())
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@settings(deadline=None)
@given(
    st.lists(st.text(string.ascii_letters, min_size=1), min_size=1),
    st.text(" ,.;:&/()-_'´`’–", min_size=1),
)
def test_case_blanks_and_punctuation_between_words_do_not_count(words: list[str], between: str) -> None:
    assert normalise(between.join(word.upper() for word in words)) == normalise("".join(words).lower())


def test_accents_count_however_they_are_stored() -> None:
    assert normalise("Coalition de la société civile") == normalise("Coalition de la socie\u0301te\u0301 civile")
    assert normalise("société") != normalise("societe")


def test_arabic_labels_keep_their_letters() -> None:
    assert normalise(" المجتمع المدني ") == "المجتمعالمدني"


def test_point_between_digits_distinguishes_targets() -> None:
    assert normalise("Target 1.11") != normalise("Target 11.1")


# Signs


@pytest.mark.parametrize(
    "labels",
    [
        ("-1", "1"),
        ("-1", "0", "+1"),
        ("+", "-", "0"),
        ("C", "C++", "C#"),
        ("<5", ">5", "5"),
        ("≤ 5", "≥ 5", "5"),
        ("5%", "5"),
        ("Effect +", "Effect -", "Effect"),
        ("A+", "A", "A-"),
        ("Trust ↑", "Trust ↓"),
        ("€ 5", "$ 5"),
        ("1-2", "1.2", "1/2"),
        ("Yes", "Yes?"),
    ],
)
def test_labels_that_differ_by_a_symbol_are_distinguished(labels: tuple[str, ...]) -> None:
    index = LabelIndex((label, label) for label in labels)
    assert [index.find(f" {label} ") for label in labels] == [*labels]
    assert len({exact_key(label) for label in labels}) == len(labels)


@pytest.mark.parametrize("typed", ["−1", "–1", "‐1", "- 1", "－1"])
def test_a_minus_is_any_dash_before_a_number(typed: str) -> None:
    index = LabelIndex([("-1", "worse"), ("0", "same"), ("1", "better")])
    assert index.find(typed) == "worse"


def test_a_plus_that_a_spreadsheet_drops_is_not_missed() -> None:
    index = LabelIndex([("-1", "worse"), ("0", "same"), ("+1", "better")])
    assert index.find("1") == "better"


@pytest.mark.parametrize(
    ("known", "typed"),
    [
        ("-1", "1"),
        ("1", "-1"),
        ("<5", ">5"),
        ("<5", "5"),
        ("C++", "C"),
        ("C", "C#"),
        ("A-", "A"),
        ("Effect +", "Effect -"),
    ],
)
def test_a_label_is_not_found_by_one_with_another_sign(known: str, typed: str) -> None:
    assert LabelIndex([(known, known)]).find(typed) is None


@pytest.mark.parametrize(
    ("known", "typed"),
    [
        ("Sub-national", "sub national"),
        ("Sub-national", "SUB – NATIONAL"),
        ("Media", "- Media"),
        ("Media", "• Media"),
        ("Media", "■ Media"),
        ("Media", "Media -"),
        ("Media", "Media*"),
        ("Media", "(media)?"),
        ("Norms & attitudes", "Norms, attitudes"),
        ("SDG-5", "SDG 5"),
        ("SDG 5", "SDG #5"),
        ("16.3", "16,3"),
        ("16.3", "16-3"),
        ("🌍 Global", "Global"),
        ("C", "c."),
    ],
)
def test_insignificant_characters_do_not_count(known: str, typed: str) -> None:
    assert LabelIndex([(known, known)]).find(typed) == known


@pytest.mark.parametrize(
    ("label", "known"),
    [
        ("Policy implemented", "Policy blocked"),
        ("Policy adopted", "Policy rejected"),
        ("policy implmented", "Polcy blocked"),
        ("No policy change", "Policy change"),
        ("SDG 6", "SDG 7"),
        ("J. Moss", "Ana Moss"),
        ("National government", "International and regional actors"),
        ("National", "International"),
        ("National courts", "International courts"),
        ("Sub-national", "National"),
        ("Formal agreement", "Informal agreement"),
    ],
)
def test_labels_with_another_word_of_other_letters_are_not_near(label: str, known: str) -> None:
    assert nearest(label, [known]) is None


@pytest.mark.parametrize(
    ("label", "known"),
    [
        ("Policy implmented", "Policy implemented"),
        ("Polcy implmented", "Policy implemented"),
        ("CVI: Less supression", "CIV: Less suppression of civic space"),
        ("A. Moss", "Ana Moss"),
        ("Link to objectives", "Link to specific objectives"),
        ("Agenda settings", "Agenda setting"),
        ("Internatonal", "International"),
        ("Govt", "Government"),
    ],
)
def test_labels_with_misspelled_words_are_near(label: str, known: str) -> None:
    assert nearest(label, ["Policy blocked", known]) == known


def test_a_spelling_that_fits_two_labels_is_not_guessed() -> None:
    assert LabelIndex([("Yes", 1), ("Yes?", 2)]).find("yes!") is None


@settings(deadline=None)
@given(st.lists(st.text("aB1 -+<>%#?*.,&", min_size=1, max_size=5), min_size=1, max_size=6, unique_by=exact_key))
def test_every_label_is_found_by_itself(labels: list[str]) -> None:
    index = LabelIndex((label, place) for place, label in enumerate(labels))
    assert [index.find(label) for label in labels] == [*range(len(labels))]
