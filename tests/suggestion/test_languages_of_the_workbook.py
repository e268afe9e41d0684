"""Workbooks of suggestions in each language, and the same read back in any."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from classifier.codebook.schema import Codebook
from classifier.harvest.reading import Harvest, read_harvest
from classifier.harvest.review_sheet import find_review_sheets
from classifier.harvest.suggestion_record import read_trace
from classifier.harvest.unread_columns import suggestion_columns_in
from classifier.harvest.workbook_headings import heading, headings
from classifier.languages import LANGUAGES, use_language
from classifier.model.model import Model
from classifier.spreadsheet.reading import read_sheets
from classifier.suggestion.workbook import write_suggestion_workbook
from tests.support.reviewing import column_on
from tests.support.suggested import suggest_by_hand
from tests.support.workbooks import write_outcomes

WELLS, RIFLE = "SCC-ENV/033", "SCC-JEU/026"
FLAGS = ("too short", "near-duplicate of SCC-JEU/001")
TITLES = {
    "en": ["Review", "Codes", "About the suggestions"],
    "fr": ["Revue", "Codes", "À propos des suggestions"],
    "es": ["Revisión", "Códigos", "Acerca de las sugerencias"],
    "ar": ["المراجعة", "الرموز", "عن الاقتراحات"],
}
FLAGS_TOLD = {
    "en": "too short; near-duplicate of SCC-JEU/001",
    "fr": "trop court\xa0; quasi-doublon de SCC-JEU/001",
    "es": "demasiado corto; casi duplicado de SCC-JEU/001",
    "ar": "قصير جدًا؛ شبه مكرر لـSCC-JEU/001",
}


@pytest.fixture
def harvest(tmp_path: Path) -> Path:
    """Two outcomes without codes."""
    story = "The council of Dori adopted a by-law that keeps cattle away from the wells."
    fields = dict.fromkeys(["Social actor", "Scale", "Link to SCC Specific Objectives"])
    first = {"FragmentID": WELLS, "Outcome description": story, **fields}
    return write_outcomes(tmp_path / "harvest.xlsx", first, {**first, "FragmentID": RIFLE})


def written(path: Path, language: str, *, model: Model, codebook: Codebook, name: str = "suggestions") -> Path:
    made = suggest_by_hand(read_harvest(path, codebook=codebook), model=model, codebook=codebook, flags=FLAGS)
    out = path.with_name(f"{name}_{language}.xlsx")
    with use_language(language):
        write_suggestion_workbook(made, out)
    return out


def choose(path: Path, language: str, code: str) -> Path:
    """Choose a scale for the first outcome on the sheet for choosing codes."""
    workbook = load_workbook(path)
    sheet = workbook[TITLES[language][0]]
    with use_language(language):
        fields, codes = column_on(sheet, heading("Field")), column_on(sheet, heading("Code"))
    row = next(row for row in range(2, sheet.max_row + 1) if sheet.cell(row, fields).value == "Scale")
    sheet.cell(row, codes).value = code
    workbook.save(path)
    return path


def added(workbook: Workbook) -> list[str]:
    return [title for title in workbook.sheetnames if workbook[title].sheet_state == "visible"][1:]


def codes_of(harvest: Harvest) -> dict[str, dict[str, tuple[str, ...]]]:
    return {outcome.fragment_id: dict(outcome.codes) for outcome in harvest.outcomes}


@pytest.mark.parametrize("language", LANGUAGES)
def test_sheets_are_named_in_the_language(harvest: Path, model: Model, codebook: Codebook, language: str) -> None:
    out = written(harvest, language, model=model, codebook=codebook)
    assert sorted(added(load_workbook(out))) == sorted(TITLES[language])


@pytest.mark.parametrize("language", LANGUAGES)
def test_flags_beside_the_outcomes_are_in_the_language(
    harvest: Path, model: Model, codebook: Codebook, language: str
) -> None:
    sheet = load_workbook(written(harvest, language, model=model, codebook=codebook)).worksheets[0]
    with use_language(language):
        column = column_on(sheet, heading("Suggestion flags"))
    assert sheet.cell(2, column).value == FLAGS_TOLD[language]


def test_sheets_of_ours_run_from_right_to_left_in_arabic_and_that_of_the_user_does_not(
    harvest: Path, model: Model, codebook: Codebook
) -> None:
    workbook = load_workbook(written(harvest, "ar", model=model, codebook=codebook))
    directions = {title: bool(workbook[title].sheet_view.rightToLeft) for title in workbook.sheetnames}
    assert {title for title, is_right_to_left in directions.items() if is_right_to_left} == set(TITLES["ar"])


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_codes_chosen_in_any_language_are_read_as_the_same(
    harvest: Path, model: Model, codebook: Codebook, language: str
) -> None:
    out = choose(written(harvest, language, model=model, codebook=codebook), language, "Local")
    assert codes_of(read_harvest(out, codebook=codebook))[WELLS]["scale"] == ("Local",)


@pytest.mark.slow
@pytest.mark.parametrize("reader", LANGUAGES)
def test_workbook_in_arabic_is_read_whatever_the_language_of_the_page_is(
    harvest: Path, model: Model, codebook: Codebook, reader: str
) -> None:
    out = choose(written(harvest, "ar", model=model, codebook=codebook), "ar", "Local")
    with use_language(reader):
        assert codes_of(read_harvest(out, codebook=codebook))[WELLS]["scale"] == ("Local",)


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_faults_of_a_workbook_are_those_of_an_english_one(
    harvest: Path, model: Model, codebook: Codebook, language: str
) -> None:
    read = [
        read_harvest(written(harvest, one, model=model, codebook=codebook), codebook=codebook)
        for one in ("en", language)
    ]
    assert [fault.gist or fault.what for fault in read[1].warnings] == [
        fault.gist or fault.what for fault in read[0].warnings
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_record_of_what_was_written_is_read_back(
    harvest: Path, model: Model, codebook: Codebook, language: str
) -> None:
    trace = read_trace(written(harvest, language, model=model, codebook=codebook))
    english = read_trace(written(harvest, "en", model=model, codebook=codebook))
    assert {key: one.shown for key, one in trace.items()} == {key: one.shown for key, one in english.items()}


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_columns_of_suggestions_are_known_in_any_language(
    harvest: Path, model: Model, codebook: Codebook, language: str
) -> None:
    header = read_harvest(written(harvest, language, model=model, codebook=codebook), codebook=codebook).header
    english = read_harvest(written(harvest, "en", model=model, codebook=codebook), codebook=codebook).header
    assert suggestion_columns_in(header, codebook) == suggestion_columns_in(english, codebook)


@pytest.mark.slow
@pytest.mark.parametrize("first", LANGUAGES)
@pytest.mark.parametrize("then", LANGUAGES)
def test_suggestions_in_another_language_are_written_over_the_earlier_ones(
    harvest: Path, model: Model, codebook: Codebook, first: str, then: str
) -> None:
    once = choose(written(harvest, first, model=model, codebook=codebook), first, "Local")
    again = load_workbook(written(once, then, model=model, codebook=codebook, name="again"))
    assert sorted(added(again)) == sorted(TITLES[then])
    assert again.worksheets[0].max_column == load_workbook(once).worksheets[0].max_column


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_one_sheet_for_choosing_codes(
    harvest: Path, model: Model, codebook: Codebook, language: str
) -> None:
    sheets = read_sheets(written(harvest, language, model=model, codebook=codebook))
    assert [review.sheet.name for review in find_review_sheets(sheets)] == TITLES[language][:1]


def test_no_two_headings_of_a_sheet_are_the_same_in_a_language() -> None:
    names = ("ID", "Field", "Story", "Suggestion", "Confidence", "Route", "Code", "Note", "Other candidates", "Why")
    written_as = [text for name in (*names, "Flags") for text in headings(name)]
    assert len(written_as) == len(set(written_as))


@pytest.mark.parametrize("language", LANGUAGES)
def test_titles_of_sheets_are_short_enough_for_excel(language: str) -> None:
    assert all(len(title) <= 31 for title in TITLES[language])
