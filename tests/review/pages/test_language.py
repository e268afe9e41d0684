"""Language of the pages: chosen on the page, by who serves it, or by the browser."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from classifier.control_characters import without_isolates
from classifier.review.context import PageContext
from tests.support.visiting import Visitor, forms_in, open_project_of, stranger, text_in
from tests.support.workbooks import write_outcomes

_QUEUE = {"en": "Queue", "fr": "File", "es": "Cola", "ar": "قائمة الانتظار"}


def language_of(text: str) -> str:
    return text.partition('<html lang="')[2][:2]


def asked_in(ana: Visitor, header: str) -> str:
    return language_of(ana.client.get("/queue", headers={"accept-language": header}).text)


def choose(ana: Visitor, language: str, back: str = "/queue") -> str:
    form = {"csrf": ana.session.csrf, "language": language, "back": back}
    return str(ana.client.post("/language", data=form, follow_redirects=False).headers.get("location", ""))


def test_page_is_in_english_where_nothing_is_asked_for(ana: Visitor) -> None:
    assert '<html lang="en" dir="ltr">' in ana.client.get("/queue").text


@pytest.mark.parametrize(
    ("header", "language"), [("fr-CH, fr;q=0.9, en;q=0.8", "fr"), ("de, es;q=0.5", "es"), ("de", "en"), ("*;q=x", "en")]
)
def test_page_is_in_the_language_that_the_browser_prefers(ana: Visitor, header: str, language: str) -> None:
    assert asked_in(ana, header) == language


def test_language_of_who_serves_the_page_comes_before_that_of_the_browser(
    ana: Visitor, page_context: PageContext
) -> None:
    page_context.language = "ar"
    assert asked_in(ana, "fr") == "ar"


def test_language_that_is_chosen_on_the_page_comes_before_all_others(ana: Visitor, page_context: PageContext) -> None:
    page_context.language = "ar"
    choose(ana, "es")
    assert asked_in(ana, "fr") == "es"


@pytest.mark.parametrize(
    ("token", "headers"), [("", {}), ("right", {"origin": "https://elsewhere.example"})], ids=["csrf", "origin"]
)
def test_language_is_not_changed_by_a_form_that_is_refused(ana: Visitor, token: str, headers: dict[str, str]) -> None:
    form = {"csrf": ana.session.csrf if token else "", "do": "check"}
    refused = ana.client.post("/harvests/check?language=ar", data=form, headers=headers)
    assert (refused.status_code, "set-cookie" in refused.headers) == (403, False)
    assert asked_in(ana, "en") == "en"


def test_choice_of_one_coder_is_not_that_of_another(ana: Visitor, page_context: PageContext) -> None:
    choose(ana, "fr")
    assert language_of(Visitor(page_context, coder="Ben").client.get("/queue").text) == "en"


@pytest.mark.parametrize(("language", "title"), _QUEUE.items())
def test_page_is_titled_in_its_language(ana: Visitor, language: str, title: str) -> None:
    choose(ana, language)
    assert f"<h1>{title}</h1>" in ana.client.get("/queue").text


def test_arabic_runs_from_right_to_left(ana: Visitor) -> None:
    choose(ana, "ar")
    assert '<html lang="ar" dir="rtl">' in ana.client.get("/queue").text


def test_who_chooses_a_language_comes_back_to_the_page_they_were_on(ana: Visitor) -> None:
    assert choose(ana, "fr", back="/queue?state=all") == "/queue?state=all"


@pytest.mark.parametrize("back", ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example", ""])
def test_nobody_is_led_to_another_site(ana: Visitor, back: str) -> None:
    assert choose(ana, "fr", back=back) == "/"


def test_language_that_the_pages_are_not_in_is_refused(ana: Visitor) -> None:
    form = {"csrf": ana.session.csrf, "language": "tlh", "back": "/"}
    answer = ana.client.post("/language", data=form)
    assert (answer.status_code, "The pages are not in that language." in answer.text) == (400, True)


def test_language_is_chosen_before_signing_in(page_context: PageContext) -> None:
    client = stranger(page_context)
    client.post("/language", data={"language": "fr", "back": "/sign-in"})
    assert "<h1>Connexion</h1>" in client.get("/sign-in").text


def test_refusal_is_in_the_language_of_the_page(ana: Visitor) -> None:
    choose(ana, "fr")
    assert "Cette page n&#39;existe pas." in ana.client.get("/nowhere").text


def test_script_gets_its_texts_in_the_language_of_the_page(ana: Visitor) -> None:
    choose(ana, "fr")
    shown = ana.client.get("/queue").text
    assert "There is no other outcome here." in shown
    assert "data-texts=" in shown


def test_english_page_brings_no_texts_for_the_script(ana: Visitor) -> None:
    assert "data-texts=" not in ana.client.get("/queue").text


def test_faults_of_a_file_are_told_in_the_language_of_the_page(ana: Visitor, tmp_path: Path) -> None:
    choose(ana, "fr")
    rows = [{"FragmentID": "SCC/01", "Outcome description": "The council met in public.", "Scale": "Local"}] * 2
    path = write_outcomes(tmp_path / "twice.xlsx", *rows)
    files = {"workbook": ("twice.xlsx", path.read_bytes())}
    shown = ana.client.post("/harvests", data={"csrf": ana.session.csrf}, files=files).text
    assert "apparaît deux fois, d&#39;abord en Outcomes!A2" in shown


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "es",
            "Outcomes!C2: 'Lokal' no es un código de «Scale» (¿quiso decir «Local»? Si no, añádalo en el libro de "
            "códigos)",
        ),
        ("ar", "Outcomes!C2: 'Lokal' ليس رمزًا من رموز «Scale» (هل تقصد «Local»؟ وإلا فأضفه إلى دليل الترميز)"),
    ],
)
def test_code_that_is_none_is_told_in_spanish_and_arabic(
    ana: Visitor, tmp_path: Path, language: str, told: str
) -> None:
    choose(ana, language)
    row = {"FragmentID": "SCC/01", "Outcome description": "The council met in public.", "Scale": "Lokal"}
    path = write_outcomes(tmp_path / "misspelt.xlsx", row)
    files = {"workbook": ("misspelt.xlsx", path.read_bytes())}
    shown = text_in(ana.client.post("/harvests", data={"csrf": ana.session.csrf}, files=files).text)
    assert told in without_isolates(shown)


def test_name_of_an_outcome_is_isolated_from_arabic_text(ana: Visitor) -> None:
    choose(ana, "ar")
    page = ana.see("/outcome", id="SCC-LPC/001")
    assert "<h1><bdi>SCC-LPC/001</bdi></h1>" in page
    ana.decide("SCC-LPC/001", scale="Local", objective=["CIV"])
    assert "\u2068SCC-LPC/001\u2069" in ana.see("/queue")


def test_name_of_the_project_is_isolated_on_the_arabic_progress_page(ana: Visitor, page_context: PageContext) -> None:
    choose(ana, "ar")
    name = open_project_of(page_context).project.folder.name
    page = ana.see("/progress")
    assert (f"<p>\u2068{name}\u2069: " in page, f"<bdi>{name}</bdi></a>" in page) == (True, True)


@pytest.mark.parametrize("language", ["fr", "es"])
def test_names_are_not_isolated_in_a_language_that_is_written_like_them(ana: Visitor, language: str) -> None:
    choose(ana, language)
    assert "\u2068" not in ana.see("/progress")


def test_headings_of_a_workbook_in_arabic_are_not_isolated(ana: Visitor) -> None:
    choose(ana, "ar")
    workbook = ana.client.get("/harvests/template.xlsx").content
    with ZipFile(BytesIO(workbook)) as parts:
        assert [name for name in parts.namelist() if "\u2068" in parts.read(name).decode()] == []


def file_of_a_codebook(ana: Visitor, name: str, content: str) -> str:
    files = {"codebook": (name, content.encode())}
    return text_in(ana.client.post("/codebook/file", data={"csrf": ana.session.csrf}, files=files).text)


_SCALE = "fields:\n  - name: scale\n    column: Scale\n    kind: single\n    codes: [{code: Local}, {code: %s}]\n"


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        (
            "codes.yaml",
            _SCALE % "local",
            "ligne 5 : codes : le code « local » apparaît deux fois (pour « Local » et « local »)",
        ),
        ("codes.yaml", _SCALE % "*nowhere", "ligne 5 : l'alias 'nowhere' n'est défini nulle part"),
        ("codes.csv", "Field,Code,Definition\n,Local,\n", "A2 : aucun champ n'est nommé"),
        ("codes.csv", "Who,What\na,b\n", "aucune feuille n'a de colonne de codes"),
        ("codes.qdc", "<CodeBook/>", "il ne contient pas de codes ; exportez de nouveau le guide de codage (.qdc)"),
        ("codes.xlsx", "PK", "ce n'est pas un classeur .xlsx, ou il est endommagé"),
    ],
)
def test_faults_of_a_codebook_file_are_told_in_french(ana: Visitor, name: str, content: str, problem: str) -> None:
    choose(ana, "fr")
    shown = file_of_a_codebook(ana, name, content).replace("\N{NO-BREAK SPACE}", " ")
    assert f"{name} : 1 problème à corriger dans le guide de codage" in shown
    assert problem in shown


def test_faults_of_an_edited_codebook_are_told_in_french(ana: Visitor) -> None:
    choose(ana, "fr")
    form = forms_in(ana.see("/codebook/edit"))["/codebook/edit"]
    shown = text_in(ana.send(form.filled(code_0_0_code="National")).text).replace("\N{NO-BREAK SPACE}", " ")
    assert "champ « Scale » : codes : le code « National » apparaît deux fois" in shown


def test_unknown_code_in_a_harvest_is_told_in_french(ana: Visitor, tmp_path: Path) -> None:
    choose(ana, "fr")
    row = {"FragmentID": "SCC/01", "Outcome description": "The council met in public.", "Scale": "Loccal"}
    content = write_outcomes(tmp_path / "more.xlsx", row).read_bytes()
    shown = ana.client.post("/harvests", data={"csrf": ana.session.csrf}, files={"workbook": ("more.xlsx", content)})
    told = text_in(shown.text).replace("\N{NO-BREAK SPACE}", " ")
    assert "'Loccal' n'est pas un code de « Scale » (vouliez-vous dire 'Local' ?" in told


def test_file_that_is_no_harvest_is_told_in_french(ana: Visitor) -> None:
    choose(ana, "fr")
    files = {"workbook": ("story.pdf", b"%PDF-1.7")}
    told = text_in(ana.client.post("/harvests", data={"csrf": ana.session.csrf}, files=files).text)
    assert "c'est un document PDF" in told


@pytest.mark.parametrize("copied", ["\u2068SCC-LPC/001\u2069", "\u2068SCC-LPC/001"])
def test_id_copied_from_an_arabic_page_is_found(ana: Visitor, copied: str) -> None:
    assert ana.get("/jump", id=copied).headers["location"] == "/outcome?id=SCC-LPC%2F001"
    assert "<bdi>SCC-LPC/001</bdi></a>" in ana.see("/queue", text=copied)
