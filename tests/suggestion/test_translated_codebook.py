"""Workbooks of suggestions with the codes in the coder's language, and the same read back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from classifier.codebook.schema import Codebook, sample_codebook
from classifier.errors import FaultsError
from classifier.harvest.reading import read_harvest
from classifier.harvest.suggestion_record import read_trace
from classifier.harvest.unread_columns import suggestion_columns_in
from classifier.languages import use_language
from classifier.model.model import Model
from classifier.model.storage import load_model, save_model
from classifier.project.add_harvest import add_harvest
from classifier.project.import_workbook import ImportedCodes, import_workbook
from classifier.project.project import Project, new_project
from classifier.suggestion.csv_and_jsonl import write_suggestions
from classifier.suggestion.drop_downs import drop_down
from classifier.suggestion.model_checks import redefinition_notes, resolve_codebook
from classifier.suggestion.template_workbook import template_workbook
from classifier.suggestion.workbook import write_suggestion_workbook
from tests.support.reviewing import column_on
from tests.support.sorting import change
from tests.support.suggested import suggest_by_hand
from tests.support.translated import translated_codebook
from tests.support.workbooks import write_outcomes

DORI, GOMA = "SCC-ENV/033", "SCC-WRL/006"
TRANSLATED = translated_codebook()


@pytest.fixture
def harvest(tmp_path: Path) -> Path:
    rows = [
        {"FragmentID": name, "Outcome description": f"{name}: the council met.", "Scale": code}
        for name, code in ((DORI, None), (GOMA, "National"))
    ]
    return write_outcomes(tmp_path / "harvest.xlsx", *rows)


def written(path: Path, language: str, *, model: Model, codebook: Codebook = TRANSLATED) -> Path:
    made = suggest_by_hand(read_harvest(path, codebook=codebook), model=model, codebook=codebook)
    out = path.with_name(f"{path.stem}_{language}.xlsx")
    with use_language(language):
        write_suggestion_workbook(made, out)
    return out


def sheet_of(path: Path, title: str) -> Worksheet:
    found = load_workbook(path)[title]
    assert isinstance(found, Worksheet)
    return found


def rows_of(sheet: Worksheet, *names: str) -> list[tuple[object, ...]]:
    columns = [column_on(sheet, name) for name in names]
    return [tuple(sheet.cell(row, column).value for column in columns) for row in range(2, sheet.max_row + 1)]


def enter(sheet: Worksheet, row: int, column: int, text: str) -> None:
    sheet.cell(row, column).value = text


def choose(path: Path, title: str, field: str, code: str) -> None:
    """Choose a code of a field for the first outcome, on the sheet for choosing codes."""

    def write(sheet: Worksheet) -> None:
        with use_language("fr"):
            fields, codes = column_on(sheet, "Champ"), column_on(sheet, "Code")
        row = next(row for row in range(2, sheet.max_row + 1) if sheet.cell(row, fields).value == field)
        sheet.cell(row, codes).value = code

    change(path, write, sheet=title)


# Written


def test_suggestions_and_codes_to_choose_are_in_the_language(harvest: Path, model: Model) -> None:
    sheet = sheet_of(written(harvest, "fr", model=model), "Revue")
    scale = [row for row in rows_of(sheet, "Champ", "Suggestion", "Code") if row[0] == "Échelle"]
    assert scale == [("Échelle", "Échelon local", None), ("Échelle", "Échelon local", "Pays entier")]


def test_other_candidates_are_in_the_language(harvest: Path, model: Model) -> None:
    sheet = sheet_of(written(harvest, "fr", model=model), "Revue")
    others = next(row[1] for row in rows_of(sheet, "Champ", "Autres candidats") if row[0] == "Échelle")
    assert str(others).replace("\N{NO-BREAK SPACE}", " ").startswith("Sub-national 12 % ; Pays entier 6 %")


@pytest.mark.parametrize(
    ("language", "sheet", "told"),
    [
        ("fr", "Revue", "Importance de l'incidence\N{NO-BREAK SPACE}: It is the first one."),
        ("ar", "المراجعة", "أهمية النتيجة: It is the first one."),
    ],
)
def test_standard_parts_of_a_story_are_named_in_the_language(
    tmp_path: Path, model: Model, language: str, sheet: str, told: str
) -> None:
    row = {
        "FragmentID": DORI,
        "Outcome description": "The council met.",
        "Significance of the outcome": "It is the first one.",
    }
    out = written(write_outcomes(tmp_path / "parts.xlsx", {**row, "Scale": None}), language, model=model)
    assert sheet_of(out, sheet)["C2"].value == f"The council met.\n{told}"


def test_codes_are_listed_with_their_definitions_in_the_language(harvest: Path, model: Model) -> None:
    sheet = sheet_of(written(harvest, "fr", model=model), "Codes")
    scale = [row for row in rows_of(sheet, "Colonne", "Code", "Définition", "Exclure") if row[0] == "Échelle"]
    assert scale[0] == ("Échelle", "Échelon local", "Un village, un quartier, une commune.", None)
    assert (scale[2][1], scale[2][3]) == ("Pays entier", "une région")
    assert scale[3][1] == "Regional"


def test_columns_beside_the_outcomes_are_in_the_language(harvest: Path, model: Model) -> None:
    sheet = sheet_of(written(harvest, "fr", model=model), "Outcomes")
    assert rows_of(sheet, "Scale", "Échelle: suggestion") == [(None, "Échelon local"), ("National", "Échelon local")]


def test_column_that_a_harvest_lacks_is_added_in_the_language(tmp_path: Path, model: Model) -> None:
    path = write_outcomes(tmp_path / "bare.xlsx", {"FragmentID": DORI, "Outcome description": "The council met."})
    sheet = sheet_of(written(path, "fr", model=model), "Outcomes")
    assert column_on(sheet, "Échelle")


def test_language_without_translations_is_as_before(harvest: Path, model: Model, codebook: Codebook) -> None:
    translated = sheet_of(written(harvest, "es", model=model), "Revisión")
    names = ("Campo", "Sugerencia", "Código", "Otros candidatos")
    plain = rows_of(sheet_of(written(harvest, "es", model=model, codebook=codebook), "Revisión"), *names)
    assert rows_of(translated, *names) == plain


def test_hidden_sheet_has_the_codebooks_own_codes(harvest: Path, model: Model) -> None:
    kept = read_trace(written(harvest, "fr", model=model))[DORI, "scale"]
    assert (kept.suggested, kept.columns[0]) == (("Local",), "Échelle: suggestion")


def validation_of(sheet: Worksheet, cell: str) -> DataValidation:
    (found,) = (one for one in sheet.data_validations.dataValidation if cell in one.sqref)
    assert isinstance(found, DataValidation)
    return found


def test_drop_down_lets_the_codebooks_own_name_of_a_code_pass(harvest: Path, model: Model) -> None:
    scale = TRANSLATED.field("scale")
    alone = Codebook(fields=(scale.model_copy(update={"codes": scale.codes[:3]}),), columns=TRANSLATED.columns)
    out = written(harvest, "fr", model=model, codebook=alone)
    cell = f"{get_column_letter(column_on(sheet_of(out, 'Outcomes'), 'Scale'))}2"
    for validation in (validation_of(sheet_of(out, "Outcomes"), cell), validation_of(sheet_of(out, "Revue"), "G2")):
        assert validation.errorStyle == "warning"
    assert validation_of(sheet_of(out, "Outcomes"), cell).error == (
        "Les autres noms de codes, comme 'Local'\N{NO-BREAK SPACE}: c'est permis. Répondez Oui pour garder votre "
        "saisie."
    )
    change(out, lambda sheet: enter(sheet, 2, column_on(sheet, "Scale"), "Local"), sheet="Outcomes")
    assert read_harvest(out, codebook=alone).outcomes[0].codes == {"scale": ("Local",)}


def test_drop_down_in_the_codebooks_own_language_lets_a_translated_name_pass() -> None:
    scale = TRANSLATED.field("scale")
    local = scale.model_copy(update={"codes": scale.codes[:1]})
    assert drop_down(local, "$B$2", explained_in="Codes").error == (
        "Other names of codes, such as 'محلي', are fine: answer Yes to keep what you entered."
    )


def test_empty_workbook_has_columns_and_codes_in_the_language(tmp_path: Path) -> None:
    path = tmp_path / "template.xlsx"
    with use_language("ar"):
        path.write_bytes(template_workbook(TRANSLATED))
    workbook = load_workbook(path)
    assert "النطاق" in [cell.value for cell in workbook["Outcomes"][1]]
    assert "محلي" in [cell.value for cell in workbook["الرموز"]["B"]]


def test_jsonl_has_the_codebooks_own_codes(harvest: Path, tmp_path: Path, model: Model, codebook: Codebook) -> None:
    for name, one in (("plain", codebook), ("translated", TRANSLATED)):
        made = suggest_by_hand(read_harvest(harvest, codebook=one), model=model, codebook=one)
        with use_language("fr"):
            write_suggestions(made, tmp_path / f"{name}.jsonl")
    assert (tmp_path / "plain.jsonl").read_bytes() == (tmp_path / "translated.jsonl").read_bytes()


def test_model_is_used_with_its_codebook_translated_without_a_note(model: Model) -> None:
    assert resolve_codebook(TRANSLATED, model) is TRANSLATED
    assert redefinition_notes(TRANSLATED, model) == ()


def test_model_of_a_translated_codebook_is_kept_with_the_translations(tmp_path: Path, model: Model) -> None:
    save_model(replace(model, codebook=TRANSLATED), tmp_path / "translated")
    loaded = load_model(tmp_path / "translated")
    assert loaded.codebook == TRANSLATED
    assert loaded.manifest.codebook_sha256 == sample_codebook().sha256


# Read back


@pytest.mark.parametrize(("language", "title"), [("fr", "Revue"), ("ar", "المراجعة")])
def test_codes_of_the_sheet_are_read_back(harvest: Path, model: Model, language: str, title: str) -> None:
    out = written(harvest, language, model=model)
    sheet = sheet_of(out, title)
    with use_language(language):
        scale = TRANSLATED.field("scale")
        heading, national = scale.shown_heading, scale.shown(["National"])[0]
    row = next(row for row in range(2, sheet.max_row + 1) if heading in [cell.value for cell in sheet[row]])
    code = 1 + [cell.value for cell in sheet[1]].index("Code" if language == "fr" else "الرمز")
    change(out, lambda found: enter(found, row, code, national), sheet=title)
    read = read_harvest(out, codebook=TRANSLATED)
    assert [outcome.codes["scale"] for outcome in read.outcomes] == [("National",), ("National",)]
    assert [str(fault) for fault in read.warnings if "Scale" in str(fault) or heading in str(fault)] == []


def test_row_that_was_moved_to_another_field_is_told(harvest: Path, model: Model) -> None:
    out = written(harvest, "fr", model=model)
    choose(out, "Revue", "Échelle", "Pays entier")

    def move(sheet: Worksheet) -> None:
        row = next(row for row in range(2, sheet.max_row + 1) if sheet.cell(row, column_on(sheet, "Code")).value)
        sheet.cell(row, column_on(sheet, "Champ")).value = "Social actor"

    change(out, move, sheet="Revue")
    with pytest.raises(FaultsError) as caught:
        read_harvest(out, codebook=TRANSLATED)
    assert "the row was written for 'SCC-ENV/033', 'Scale', and says 'SCC-ENV/033', 'Social actor'" in str(caught.value)


def test_field_may_be_named_in_another_language_than_it_was_written_in(harvest: Path, model: Model) -> None:
    out = written(harvest, "fr", model=model)
    choose(out, "Revue", "Échelle", "Pays entier")

    def rename(sheet: Worksheet) -> None:
        for (cell,) in sheet.iter_rows(min_col=column_on(sheet, "Champ"), max_col=column_on(sheet, "Champ")):
            cell.value = "Scale" if cell.value == "Échelle" else cell.value

    change(out, rename, sheet="Revue")
    assert read_harvest(out, codebook=TRANSLATED).outcomes[0].codes["scale"] == ("National",)


def test_tick_columns_are_read_by_the_question_and_the_answers_in_another_language(tmp_path: Path) -> None:
    question = TRANSLATED.field("scale").translations["fr"].question
    ticks = {f"{question}/Échelon local": "0", f"{question}/Pays entier": "1"}
    path = write_outcomes(
        tmp_path / "ticks.xlsx", {"FragmentID": DORI, "Outcome description": f"{DORI}: the council met.", **ticks}
    )
    assert read_harvest(path, codebook=TRANSLATED).outcomes[0].codes == {"scale": ("National",)}


@pytest.mark.slow
@pytest.mark.parametrize("then", ["en", "fr", "ar"])
def test_suggestions_in_another_language_are_written_over(harvest: Path, model: Model, then: str) -> None:
    once = written(harvest, "fr", model=model)
    choose(once, "Revue", "Échelle", "Pays entier")
    again = load_workbook(written(once, then, model=model))
    assert again.worksheets[0].max_column == load_workbook(once).worksheets[0].max_column
    assert read_harvest(written(once, then, model=model), codebook=TRANSLATED).outcomes[0].codes["scale"] == (
        "National",
    )


def test_columns_of_suggestions_are_known(harvest: Path, model: Model) -> None:
    header = read_harvest(written(harvest, "fr", model=model), codebook=TRANSLATED).header
    assert header.index("Échelle: suggestion") in suggestion_columns_in(header, TRANSLATED)


# Confirmed


@pytest.fixture
def project(tmp_path: Path, harvest: Path) -> Iterator[Project]:
    (tmp_path / "codebook.yaml").write_text(TRANSLATED.dump(), encoding="utf-8")
    begun = new_project(tmp_path / "project", codebook=tmp_path / "codebook.yaml")
    yield add_harvest(begun, harvest).project
    begun.journal.close()


@pytest.fixture
def confirmed(project: Project, harvest: Path, model: Model) -> ImportedCodes:
    returned = written(harvest, "fr", model=model)
    choose(returned, "Revue", "Échelle", "Pays entier")
    return import_workbook(returned, project, coder="Awa")


def test_code_chosen_in_french_is_recorded_under_the_codebooks_own_name(confirmed: ImportedCodes) -> None:
    assert {entry.decision.codes for entry in confirmed.recorded} == {("National",)}


def test_suggestion_that_was_in_view_is_recorded_with_its_codes(confirmed: ImportedCodes) -> None:
    shown = [entry.decision.shown for entry in confirmed.recorded if entry.decision.fragment_id == DORI]
    assert [one and one.suggested for one in shown] == [("Local",)]


def test_suggestions_in_french_are_as_they_were_written(confirmed: ImportedCodes) -> None:
    assert [str(note) for note in confirmed.notes if "suggestion" in str(note)] == []


def test_suggestion_that_was_typed_over_is_told(project: Project, harvest: Path, model: Model) -> None:
    returned = written(harvest, "fr", model=model)
    change(returned, lambda sheet: enter(sheet, 2, column_on(sheet, "Échelle: suggestion"), "Pays entier"))
    notes = [str(note) for note in import_workbook(returned, project, coder="Awa").notes]
    assert [note.partition(": ")[2] for note in notes if "was written as" in note] == [
        "the suggestion for Scale of SCC-ENV/033 is 'Pays entier' here but was written as 'Local'; codes belong in the "
        "column 'Scale'"
    ]
