"""Texts in a language that is written from right to left, with names that are not."""

from __future__ import annotations

from pathlib import Path

from classifier.languages import gettext, isolate_values, lazy_gettext, use_language


def test_name_in_latin_letters_is_isolated_in_an_arabic_text() -> None:
    with use_language("ar"), isolate_values():
        assert gettext("{sheet}: rows", sheet="Review (2)") == "\u2068Review (2)\u2069: الصفوف"


def test_quoted_name_is_isolated_with_its_quotation_marks() -> None:
    with use_language("ar"), isolate_values():
        text = gettext("{value!r}", value="Local")
    assert text == "\u2068'Local'\u2069"


def test_path_is_isolated() -> None:
    with use_language("ar"), isolate_values():
        assert gettext("{value}", value=Path("harvest 3")) == "\u2068harvest 3\u2069"


def test_name_in_arabic_letters_and_a_number_need_no_isolation() -> None:
    with use_language("ar"), isolate_values():
        assert gettext("{value} {n}", value="محلي", n=3) == "محلي 3"


def test_text_that_is_translated_later_is_isolated_where_it_is_shown() -> None:
    made = lazy_gettext("near-duplicate of {outcome}", outcome="H3-004")
    with use_language("ar"), isolate_values():
        assert made.translated().endswith("\u2068H3-004\u2069")
    assert made == "near-duplicate of H3-004"


def test_nothing_is_isolated_in_a_file() -> None:
    with use_language("ar"):
        assert "\u2068" not in gettext("{sheet}: rows", sheet="Review")


def test_empty_text_stays_empty_in_all_languages() -> None:
    for language in ("en", "fr", "es", "ar"):
        with use_language(language):
            assert gettext("") == lazy_gettext("").translated() == ""
