from __future__ import annotations

import pytest

from classifier.harvest.language import UNKNOWN_LANGUAGE, language_of, redacted_share

TOLD = {
    "English": "In March 2023 the district council of Isiolo adopted a by-law that protects grazing land.",
    "French": "En mars 2023, le conseil communal de Dori a adopté un arrêté qui protège les pâturages.",
    "Spanish": "En marzo de 2023 el concejo municipal adoptó una ordenanza que protege las tierras de pastoreo.",
    "Portuguese": "Em março de 2023 a câmara municipal adotou um regulamento que protege as terras de pastagem.",
    "Arabic": "في آذار 2023 اعتمد المجلس البلدي قراراً يحمي أراضي الرعي من البيع.",
    "Amharic": "የከተማው ምክር ቤት አዲስ መመሪያ አጸደቀ።",
    "Polish": "Sąd uwolnił dwóch działaczy przetrzymywanych bez zarzutów.",
    "Hausa": "Kotu ta saki masu fafutuka biyu da aka tsare ba tare da tuhuma ba.",
    "Kinyarwanda": "Urukiko rwarekuye impirimbanyi ebyiri zari zifunzwe nta cyaha.",
    "Indonesian or Malay": "Pengadilan membebaskan dua aktivis yang ditahan tanpa dakwaan.",
    "Swahili": "Mwezi Machi 2023 baraza la wilaya lilipitisha sheria ndogo inayolinda ardhi ya malisho.",
}


@pytest.mark.parametrize("language", TOLD)
def test_language_of_a_story_is_named(language: str) -> None:
    assert language_of(TOLD[language]) == language


@pytest.mark.parametrize(
    "story",
    [
        "Las defensoras de <LOC> presentaron ante <redacted> un informe sobre doce detenciones arbitrarias.",
        "El juez ordenó la liberación de <person>, quien llevaba ocho meses preso por una publicación.",
        "Por primera vez, los jefes de la comunidad invitaron a mujeres jóvenes a sentarse en el consejo.",
    ],
)
def test_spanish_is_detected_between_redaction_marks(story: str) -> None:
    assert language_of(story) == "Spanish"


def test_a_story_that_is_all_redacted_has_no_language() -> None:
    assert language_of("<redacted> <person> <LOC>") == UNKNOWN_LANGUAGE


def test_signs_and_letters_that_are_no_words_have_no_language() -> None:
    assert language_of("12345 abc def ghi jkl") == UNKNOWN_LANGUAGE


def test_marks_count_among_words() -> None:
    assert redacted_share("The court in <LOC> freed <person>") == pytest.approx(2 / 6)


def test_a_comparison_is_no_redaction_mark() -> None:
    assert redacted_share("Income of < 2 dollars and > 1 dollar") == 0.0


def test_one_mark_in_a_chinese_story_is_one_word_of_many() -> None:
    story = "<person>被释放后与村长会面，并在法院作证。"
    assert redacted_share(story) == pytest.approx(1 / 9)


def test_empty_story_is_not_redacted() -> None:
    assert redacted_share(" ") == 0.0


@pytest.mark.parametrize("text", ["OK", "n/a", "Oui.", "Gao, Kita", "1.11"])
def test_text_of_a_few_letters_has_no_language(text: str) -> None:
    assert language_of(text) == UNKNOWN_LANGUAGE
