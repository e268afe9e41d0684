from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from classifier.codebook.diff import codebook_differences, moves_between, redefined_codes, retranslated_fields
from classifier.codebook.editing import edit_codebook, edits_of
from classifier.codebook.schema import Codebook, sample_codebook
from classifier.codebook.unknown_label import label_hint
from classifier.errors import CodebookError
from classifier.languages import use_language
from tests.support.workbooks import write_text

PLAIN = """fields:
- name: scale
  column: Scale
  kind: multiple
  question: How far does the change reach?
  codes:
  - code: Local
    definition: A village or a town.
    include: neighbouring villages
  - code: "NAT: National"
"""
YAML = """fields:
- name: scale
  column: Scale
  kind: multiple
  question: How far does the change reach?
  translations:
    fr: {column: Échelle, question: "Jusqu'où va le changement ?"}
    ar: {column: النطاق}
  codes:
  - code: Local
    definition: A village or a town.
    include: neighbouring villages
    translations:
      fr: {code: Échelon local, definition: Un village ou une ville.}
      es: {code: Local}
      ar: {code: محلي}
  - code: "NAT: National"
    translations:
      fr: {code: "PAYS: Pays entier"}
      no: {code: Landet}
"""


def codebook() -> Codebook:
    return Codebook.parse(YAML)


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(CodebookError) as caught:
        Codebook.parse(text)
    return caught.value.problems


# Read and written


def test_translated_codebook_is_written_as_it_is_read() -> None:
    assert Codebook.parse(codebook().dump()) == codebook()


def test_norwegian_is_a_language_and_not_a_no() -> None:
    assert codebook().field("scale").find("landet") == "NAT: National"
    assert "'no':" in codebook().dump()


def test_codebook_file_with_translations_is_read_in_the_child_process(tmp_path: Path) -> None:
    assert Codebook.read(write_text(tmp_path / "codebook.yaml", YAML)) == codebook()


def test_region_is_no_language() -> None:
    assert problems(YAML.replace("      no:", "      fr-CH:")) == (
        "line 20: translations: 'fr-CH' is not the code of a language; write its two or three small letters alone, "
        "such as fr, es or ar",
    )


def test_translation_without_a_language_is_refused_with_its_line() -> None:
    assert problems(
        YAML.replace('fr: {code: "PAYS: Pays entier"}', "Pays entier")[: -len("      no: {code: Landet}\n")]
    ) == (
        "line 19: translations: languages are expected; write each with a colon, such as `fr:`, and its texts below it",
    )


def test_translation_that_is_a_text_alone_is_refused_with_its_line() -> None:
    assert problems(YAML.replace('{code: "PAYS: Pays entier"}', "Pays entier")) == (
        "line 19: fr: 'Pays entier' has no key; write `code: …`",
    )
    assert problems(YAML.replace("{column: النطاق}", "النطاق")) == (
        "line 8: ar: 'النطاق' has no key; write `column: …`",
    )


def test_empty_name_in_another_language_is_refused() -> None:
    assert problems(YAML.replace("no: {code: Landet}", 'no: {code: ""}')) == ("line 20: code: is empty; write a name",)


def test_translation_that_is_another_codes_name_is_refused() -> None:
    assert problems(YAML.replace("PAYS: Pays entier", "échelon LOCAL")) == (
        "line 19: codes: code 'échelon LOCAL' appears twice (of 'Local' and 'NAT: National'); case, blanks and "
        "punctuation don't count",
    )


def test_column_name_of_another_field_is_refused() -> None:
    other = "- {name: reach, column: Échelle, kind: single, codes: [{code: Far}]}\n"
    assert problems(YAML + other) == (
        "line 21: fields: column 'Échelle' appears twice (of 'scale' and 'reach'); case, blanks and punctuation don't "
        "count",
    )


@pytest.mark.parametrize("name", ["Fragment ID", "Outcome description", "Significance of the outcome"])
def test_column_of_ids_or_the_story_is_refused_as_a_translated_column(name: str) -> None:
    assert problems(YAML.replace("column: Échelle", f"column: {name}")) == (
        f"line 7: codebook: column '{name}' (of 'scale', translated) holds the ID or the story of outcomes; write the "
        "name of the column with its codes",
    )


def test_translation_that_is_two_other_codes_with_the_separator_is_refused() -> None:
    codes = "codes: [{code: Media, translations: {fr: {code: Local; National}}}, {code: Local}, {code: National}]"
    assert problems(f"fields: [{{name: actor, column: Actor, kind: multiple, {codes}}}]") == (
        "line 1: separator: with ';' between labels, 'Local; National' is also 'Local' and 'National'; choose another "
        "separator",
    )


def test_slip_of_a_key_in_a_translation_is_told() -> None:
    assert Codebook.parse(YAML.replace("definition: Un", "defintion: Un")).unknown_keys() == (
        "Échelon local: key 'defintion' is unknown here and is ignored (did you mean 'definition'?)",
    )


def test_translated_codebook_can_be_a_key() -> None:
    assert len({codebook(), codebook(), Codebook.parse(PLAIN)}) == 2


# Read by


@pytest.mark.parametrize("label", ["Local", "échelon local", "محلي"])
def test_code_is_read_by_its_name_in_any_language(label: str) -> None:
    assert codebook().field("scale").find(label) == "Local"


@pytest.mark.parametrize("name", ["scale", "SCALE", "échelle", "النطاق"])
def test_field_is_found_by_its_column_in_any_language(name: str) -> None:
    assert codebook().field(name).name == "scale"


def test_cell_with_codes_in_another_language_is_split() -> None:
    assert codebook().field("scale").split("محلي; PAYS: Pays entier") == ("محلي", "PAYS: Pays entier")


def test_misspelled_translation_is_hinted_at() -> None:
    assert label_hint(codebook().field("scale"), "Echelon locall") == "did you mean 'Échelon local'?"


# Shown


def test_texts_are_shown_in_the_current_language() -> None:
    scale = codebook().field("scale")
    with use_language("fr"):
        assert scale.codes[0].shown == ("Échelon local", "Un village ou une ville.", "neighbouring villages", "")
        assert scale.shown(["NAT: National", "Local"]) == ("PAYS: Pays entier", "Échelon local")
        assert (scale.shown_heading, scale.shown_question) == ("Échelle", "Jusqu'où va le changement ?")


def test_what_has_no_translation_is_shown_as_in_the_codebook() -> None:
    scale = codebook().field("scale")
    with use_language("es"):
        assert scale.shown(["NAT: National", "gone"]) == ("NAT: National", "gone")
        assert (scale.shown_heading, scale.shown_question) == ("Scale", "How far does the change reach?")


# No other meaning


def test_hash_of_a_codebook_does_not_change_with_translations() -> None:
    assert codebook().sha256 == Codebook.parse(PLAIN).sha256
    assert codebook().sha256_with_translations != codebook().sha256


def test_hash_of_a_codebook_without_translations_is_as_it_was() -> None:
    codebook = sample_codebook()
    assert codebook.sha256 == codebook.sha256_with_translations
    assert codebook.sha256 == "34e9dc6c6f9b2819f4e093713b393815ff4a2f1159b15acd587c912c6237002a"


def test_translations_are_no_difference_between_codebooks() -> None:
    before, after = Codebook.parse(PLAIN), codebook()
    assert codebook_differences(before, after) == () == redefined_codes(before, after)
    assert [*next(moves_between(before, after, {})).changes({})] == []


def test_fields_with_other_translations_are_named() -> None:
    assert retranslated_fields(Codebook.parse(PLAIN), codebook()) == ("scale",)
    assert retranslated_fields(codebook(), codebook()) == ()


def test_labels_that_a_model_learns_from_have_no_translations() -> None:
    assert codebook().field("scale").codes[0].labels == ("Local",)


# Edited


def test_edit_keeps_translations() -> None:
    field = edits_of(codebook())[0]
    local = replace(field.codes[0], definition="A village.")
    edited = edit_codebook(codebook(), [replace(field, codes=(local, field.codes[1]))])
    assert edited.dump() == codebook().dump().replace("A village or a town.", "A village.")


def test_translated_names_of_a_merged_code_are_still_read() -> None:
    field = edits_of(codebook())[0]
    merged = replace(field.codes[1], into="Local")
    edited = edit_codebook(codebook(), [replace(field, codes=(field.codes[0], merged))])
    assert edited.field("scale").find("Pays: pays entier") == "Local"


# Limits


def test_translations_into_very_many_languages_are_refused() -> None:
    languages = ", ".join(
        f"{first}{second}: {{column: c{first}{second}}}" for first in "abcdefgh" for second in "abcdefgh"
    )
    assert problems(
        "fields: [{name: scale, column: Scale, kind: single, codes: [{code: Local}], "
        f"translations: {{{languages}}}}}]"
    ) == ("line 1: fields: it has translations into 64 languages, and at most 50 are read",)


@pytest.mark.slow
def test_twenty_thousand_translations_are_read_or_refused_in_time(tmp_path: Path) -> None:
    languages = [f"{first}{second}" for first in "abcd" for second in "abcde"]
    codes = "".join(
        f"  - code: c{number}\n    translations:\n"
        + "".join(f"      {language}: {{code: {language}{number}}}\n" for language in languages)
        for number in range(1_000)
    )
    text = f"fields:\n- name: scale\n  column: Scale\n  kind: multiple\n  codes:\n{codes}"
    read = Codebook.read(write_text(tmp_path / "codebook.yaml", text))
    assert sum(len(code.names) for code in read.field("scale").codes) == 21_000
    assert read.field("scale").split("aa7; c8; de999") == ("aa7", "c8", "de999")
