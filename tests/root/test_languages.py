"""Texts in a language that is written from right to left, with names that are not."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from classifier import languages
from classifier.faults import Fault, FaultKind
from classifier.languages import (
    date_and_time,
    gettext,
    isolate_values,
    joined,
    lazy_gettext,
    translated,
    use_language,
)


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


def test_fault_on_an_arabic_page_runs_from_right_to_left_where_it_begins_with_a_name() -> None:
    what = lazy_gettext("{label} is not a code of {heading!r}", label="'Locl'", heading="Scale")
    remedy = lazy_gettext("did you mean {guess!r}?", guess="Local")
    fault = Fault(kind=FaultKind.CODE, where="Outcomes!G4", what=what, remedy=remedy)
    with use_language("ar"), isolate_values():
        shown = fault.translated()
    assert shown == (
        "\u2068Outcomes!G4\u2069: \u2067\u2067\u2068'Locl'\u2069 ليس رمزًا من رموز «\u2068Scale\u2069»\u2069 "
        "(\u2067هل تقصد «\u2068Local\u2069»؟\u2069)\u2069"
    )


def test_nothing_is_isolated_in_a_file() -> None:
    with use_language("ar"):
        assert "\u2068" not in gettext("{sheet}: rows", sheet="Review")


def test_empty_text_stays_empty_in_all_languages() -> None:
    for language in ("en", "fr", "es", "ar"):
        with use_language(language):
            assert gettext("") == lazy_gettext("").translated() == ""


# What has no translation


@pytest.fixture
def without_translations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have catalogs in which one of two texts has no translation."""
    monkeypatch.setattr(languages, "untranslated_texts", lambda _: frozenset({"the row for {code!r} appears twice"}))


@pytest.mark.usefixtures("without_translations")
def test_text_with_a_part_that_is_not_translated_is_english_as_a_whole() -> None:
    what = lazy_gettext("the row for {code!r} appears twice", code="Local")
    fault = Fault(kind=FaultKind.CODE, where="map!A2", what=what, remedy=lazy_gettext("delete one of the two"))
    with use_language("fr"):
        assert fault.translated() == "map!A2: the row for 'Local' appears twice (delete one of the two)"


@pytest.mark.usefixtures("without_translations")
def test_line_that_is_translated_stays_so_above_one_that_is_not() -> None:
    told = joined(
        "\n", [lazy_gettext("delete one of the two"), lazy_gettext("the row for {code!r} appears twice", code=1)]
    )
    with use_language("fr"):
        assert translated(told) == "supprimez l'une des deux\nthe row for 1 appears twice"


@pytest.mark.usefixtures("without_translations")
def test_english_text_is_isolated_on_an_arabic_page() -> None:
    with use_language("ar"), isolate_values():
        told = lazy_gettext("the row for {code!r} appears twice", code="محلي").translated()
    assert told == "\u2066the row for 'محلي' appears twice\u2069"


@pytest.mark.parametrize(("language", "listed"), [("fr", "A\u00a0; B, C"), ("es", "A; B, C"), ("ar", "A؛ B، C")])
def test_texts_are_joined_with_the_signs_of_the_language(language: str, listed: str) -> None:
    with use_language(language):
        assert translated(joined("; ", ["A", joined(", ", ["B", "C"])])) == listed


def test_date_and_time_are_joined_with_an_arabic_comma() -> None:
    with use_language("ar"):
        assert "، " in date_and_time(datetime.datetime(2026, 3, 2, 14, 5, tzinfo=datetime.UTC))
