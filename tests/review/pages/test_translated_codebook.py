"""Codes of a translated codebook on the pages, and what is recorded of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from classifier.project.codebook_migration import change_codebook
from classifier.review.context import PageContext
from tests.support.projects import by_hand
from tests.support.visiting import Visitor, forms_in, open_project_of, page_context_of, text_in
from tests.support.workbooks import write_text

A, B = "SCC-LPC/001", "SCC-LPC/002"
CODEBOOK = """
fields:
  - name: scale
    column: Scale
    kind: single
    translations: {fr: {column: Échelle, question: Jusqu'où}, ar: {column: النطاق}}
    codes:
      - code: Local
        translations: {fr: {code: Échelon local, definition: Un village., include: des hameaux}, ar: {code: محلي}}
      - code: National
        definition: The whole country.
        translations: {fr: {code: Pays entier}}
      - code: Regional
  - name: objective
    column: Objective
    kind: multiple
    codes: [{code: CIV}, {code: GEN, translations: {fr: {code: "GEN : Rôles plus égaux"}}}]
"""


@pytest.fixture
def page_context(tmp_path: Path) -> Iterator[PageContext]:
    """Return the context of a project of two outcomes whose codebook was translated since, in French."""
    context = page_context_of(tmp_path, A, B)
    change_codebook(open_project_of(context).project, write_text(tmp_path / "translated.yaml", CODEBOOK))
    open_project_of(context).reload()
    context.language = "fr"
    yield context
    open_project_of(context).project.journal.close()


@pytest.fixture
def ana(page_context: PageContext) -> Visitor:
    return Visitor(page_context)


def test_story_has_its_standard_heading_in_the_language(ana: Visitor) -> None:
    shown = text_in(ana.see("/outcome", id=A))
    assert ("Description de l'incidence" in shown, "Outcome description" in shown) == (True, False)


def test_outcome_is_shown_with_codes_and_columns_in_the_language(ana: Visitor) -> None:
    shown = text_in(ana.see("/outcome", id=A))
    assert "1 Échelle" in shown
    assert "Suggéré : Échelon local" in shown
    assert "2 Pays entier" in shown


def test_code_is_sent_and_recorded_under_the_codebooks_own_name(ana: Visitor) -> None:
    ana.decide(A, scale="National")
    assert [entry.decision.codes for entry in ana.entries() if entry.decision.fragment_id == A] == [("National",)]


def test_decision_is_shown_in_the_language(ana: Visitor) -> None:
    ana.decide(A, scale="National")
    assert "Votre décision : Pays entier" in text_in(ana.see("/outcome", id=A))


def test_own_name_of_a_code_is_a_hint_beside_the_translated_one(ana: Visitor) -> None:
    page = ana.see("/outcome", id=A)
    assert 'title="Local\nUn village."' in page
    assert 'value="Local" data-name="Échelon local"' in page


def test_hint_of_a_code_without_a_translation_is_its_definition(ana: Visitor, page_context: PageContext) -> None:
    page_context.language = "en"
    assert 'title="The whole country."' in ana.see("/outcome", id=A)


def test_definitions_are_in_the_language_where_they_are_translated(ana: Visitor) -> None:
    shown = text_in(ana.see("/outcome", id=A))
    assert "Échelon local Local Un village. Inclure : des hameaux." in shown
    assert "Pays entier National The whole country." in shown


def test_manual_is_in_the_language_with_the_codebooks_own_names(ana: Visitor) -> None:
    shown = text_in(ana.see("/codebook"))
    assert "Échelle Scale Jusqu'où Un seul code. Échelon local Local Un village." in shown
    assert "Pays entier National The whole country. Regional pas encore de définition" in shown


def test_manual_in_arabic_has_what_is_translated(ana: Visitor, page_context: PageContext) -> None:
    page_context.language = "ar"
    assert "محلي Local" in text_in(ana.see("/codebook"))


def test_queue_is_in_the_language_and_filtered_by_the_codebooks_own_names(ana: Visitor) -> None:
    ana.decide(B, scale="National")
    shown = text_in(ana.see("/queue", state="all", code="Local"))
    assert "Échelon local? 75" in shown
    assert '<option value="Local" selected>Échelon local</option>' in ana.see("/queue", state="all", code="Local")
    assert "Pays entier" in text_in(ana.see("/queue", state="all", everyone="1"))


def test_suggestions_in_bulk_are_in_the_language(ana: Visitor) -> None:
    shown = text_in(ana.see("/bulk", route="any"))
    assert "2 suggestions pour Échelle." in shown
    assert "Échelon local 75" in shown


def test_codes_so_far_are_in_the_language(ana: Visitor) -> None:
    ana.decide(A, scale="National")
    shown = text_in(ana.see("/progress"))
    assert "Échelle, 1 incidence" in shown
    assert "Pays entier 1 Regional 0" in shown


def test_differences_are_in_the_language(ana: Visitor, page_context: PageContext) -> None:
    for coder, code in (("Yolanda", "Local"), ("Zebedee", "National")):
        open_project_of(page_context).record([by_hand(A, code, coder=coder)])
    listed = text_in(ana.see("/differences"))
    assert "Échelle Échelon local ou Pays entier" in listed or "Échelle Pays entier ou Échelon local" in listed
    assert "Pays entier" in text_in(ana.see("/difference", id=A))
    form = forms_in(ana.see("/difference", id=A))["/difference"]
    ana.send(form.filled(codes_1="National"))
    assert "Arbitré : Échelle de SCC-LPC/001." in text_in(ana.see("/differences"))
    assert ana.entries()[-1].decision.codes == ("National",)


def test_codes_of_an_outdated_page_are_named_in_the_language(ana: Visitor) -> None:
    form = ana.sheet(A).filled(codes_1="National", key="older")
    assert "Pays entier" in text_in(ana.send(form).text)


def test_form_says_that_other_languages_stay_as_they_are(ana: Visitor) -> None:
    shown = text_in(ana.see("/codebook/edit"))
    assert "Les noms, définitions et questions dans d'autres langues restent tels quels." in shown


def test_edit_on_the_page_keeps_translations(ana: Visitor, page_context: PageContext) -> None:
    before = open_project_of(page_context).project.codebook
    form = forms_in(ana.see("/codebook/edit"))["/codebook/edit"]
    shown = ana.send(form.filled(code_0_1_definition="All of the country."))
    ana.send(forms_in(shown.text)["/codebook/save"])
    after = open_project_of(page_context).project.codebook
    assert after.dump() == before.dump().replace("The whole country.", "All of the country.")


def test_codebook_with_other_translations_can_be_saved(ana: Visitor, page_context: PageContext) -> None:
    form = forms_in(ana.see("/codebook"))["/codebook/file"]
    content = CODEBOOK.replace("Pays entier", "Tout le pays").encode()
    checked = ana.client.post(
        "/codebook/file", data=dict(form.values), files={"codebook": ("codebook.yaml", content, "application/yaml")}
    )
    assert "Aucun code n'est renommé, fusionné, supprimé ou ajouté." in text_in(checked.text)
    ana.send(forms_in(checked.text)["/codebook/save"])
    assert "Tout le pays National" in text_in(ana.see("/codebook"))


def test_translations_that_somebody_else_has_changed_are_not_lost(ana: Visitor, tmp_path: Path) -> None:
    form = forms_in(ana.see("/codebook/edit"))["/codebook/edit"]
    other = write_text(tmp_path / "other.yaml", CODEBOOK.replace("Pays entier", "Tout le pays"))
    change_codebook(open_project_of(ana.page_context).project, other)
    assert ana.send(form.filled(code_0_1_definition="All of it.")).headers["location"] == "/codebook"
    assert "Tout le pays" in text_in(ana.see("/codebook"))
