"""Codebooks in tables and from programs for qualitative analysis."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest

from classifier.codebook.schema import Codebook
from classifier.errors import CodebookError
from classifier.languages import use_language
from classifier.project.project import new_project, open_project
from tests.support.workbooks import write_sheets, write_text

HEADER = ("Field", "Code", "Definition", "When to use", "Exclude", "Aliases")


def read(path: Path) -> tuple[Codebook, list[str]]:
    notes: list[str] = []
    return Codebook.read(path, tell=notes.append), notes


def problems_of(path: Path) -> tuple[str, ...]:
    with pytest.raises(CodebookError) as caught:
        Codebook.read(path)
    return caught.value.problems


# Files of other kinds


def test_workbook_named_like_yaml_is_to_be_renamed(tmp_path: Path, training_data: Path) -> None:
    path = tmp_path / "codebook.yaml"
    shutil.copy(training_data / "harvest_1.xlsx", path)
    assert problems_of(path) == ("it is an Excel workbook (.xlsx); rename it with that ending",)


@pytest.mark.parametrize("name", ["codebook.yaml", "codebook.docx"])
def test_text_document_is_no_codebook(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / name, "w") as archive:
        archive.writestr("word/document.xml", "<w:document/>")
    assert problems_of(tmp_path / name) == (
        "this is a text document (.docx or .odt); give a codebook in YAML, or a table or workbook of its codes",
    )


@pytest.mark.parametrize("text", ["", " \n"])
def test_empty_file_is_no_codebook(tmp_path: Path, text: str) -> None:
    assert problems_of(write_text(tmp_path / "codebook.yaml", text)) == (
        "the file is empty; save or copy it again, or give another file",
    )


# Tables


def test_columns_that_name_a_language_are_translations(tmp_path: Path) -> None:
    rows = [
        (
            "Field",
            "Field (fr)",
            "Code",
            "Code (fr)",
            "Code (Arabic)",
            "Definition",
            "Definition::Français",
            "Exclude (fr)",
        ),
        ("Scale", "Échelle", "Local", "Échelon local", "محلي", "A village", "Un village", "une région"),
        ("Scale", None, "National", None, "وطني", "The country", None, None),
    ]
    codebook, notes = read(write_sheets(tmp_path / "codes.xlsx", {"Codes": rows}))
    scale = codebook.field("échelle")
    assert (
        "'Field (fr)', 'Code (fr)', 'Code (Arabic)', 'Definition::Français', 'Exclude (fr)': read as translations"
        in notes
    )
    assert [scale.find(label) for label in ("échelon local", "وطني")] == ["Local", "National"]
    with use_language("fr"):
        assert scale.codes[0].shown == ("Échelon local", "Un village", "", "une région")
        assert (scale.codes[1].shown.code, scale.shown_heading) == ("National", "Échelle")


def test_table_in_two_languages_has_the_english_codes_as_its_own(tmp_path: Path) -> None:
    header = ("Code (fr)", "Définition (fr)", "Code (en)", "Definition (en)")
    rows = [header, ("Pays entier", "Tout le pays", "National", "The country")]
    (field,) = read(write_sheets(tmp_path / "scale.xlsx", {"Codes": rows}))[0].fields
    assert (field.codes[0].code, field.codes[0].definition) == ("National", "The country")
    with use_language("fr"):
        assert field.codes[0].shown[:2] == ("Pays entier", "Tout le pays")


def test_table_in_one_language_that_it_names_has_its_codes_as_its_own(tmp_path: Path) -> None:
    rows = [("Code (fr)", "Définition (fr)"), ("Pays entier", "Tout le pays")]
    (field,) = read(write_sheets(tmp_path / "scale.xlsx", {"Codes": rows}))[0].fields
    assert (field.code_names, field.codes[0].definition) == (("Pays entier",), "Tout le pays")


def test_words_in_brackets_that_are_no_language_are_part_of_the_name(tmp_path: Path) -> None:
    rows = [("Code", "Definition", "Code (old)"), ("National", "The country", "Nation")]
    (field,) = read(write_sheets(tmp_path / "scale.xlsx", {"Codes": rows}))[0].fields
    assert dict(field.codes[0].translations) == {}


def test_translation_that_two_codes_of_a_table_have_is_refused(tmp_path: Path) -> None:
    rows = [("Field", "Code", "Code (fr)"), ("Scale", "Local", "Village"), ("Scale", "Village", "Hameau")]
    assert problems_of(write_sheets(tmp_path / "codes.xlsx", {"Codes": rows})) == (
        "Codes!B2: codes: code 'Village' appears twice (of 'Local' and 'Village'); case, blanks and punctuation don't "
        "count",
    )


def test_a_row_is_a_code(tmp_path: Path) -> None:
    rows = [
        ("Our codes", "", ""),
        HEADER,
        ("Scale", "Local", "Village or town", "one school", "a district", "Village; Town"),
        (None, "National", "Country", None, None, None),
        ("Type of change", "-1", "worse", None, None, None),
    ]
    codebook, notes = read(write_sheets(tmp_path / "codes.xlsx", {"Codes": rows}))
    local = codebook.field("scale").codes[0]
    assert (codebook.names, codebook.field("scale").code_names) == (("scale", "type_of_change"), ("Local", "National"))
    assert (local.definition, local.include, local.exclude, local.aliases) == (
        "Village or town",
        "one school",
        "a district",
        ("Village", "Town"),
    )
    assert notes == [
        "1 code beside an empty field; read as codes of the field above",
        "'Scale', 'Type of change': read as `single`; write `kind: multiple` where an outcome may have several",
        "a field's codes are looked for under a column of its name; else correct `column`",
    ]


def test_columns_are_found_by_similar_names_and_in_other_languages(tmp_path: Path) -> None:
    path = write_text(tmp_path / "codes.csv", "Champ;Codes;Definitions\nÉchelle;Local;Village\nÉchelle;National;Pays\n")
    codebook, notes = read(path)
    assert (codebook.fields[0].column, codebook.fields[0].codes[1].definition) == ("Échelle", "Pays")
    assert "column 'Definitions' is read as 'definition'" in notes


def test_table_without_a_field_is_one_field_named_after_the_file(tmp_path: Path) -> None:
    codebook, notes = read(
        write_sheets(tmp_path / "Scale.xlsx", {"Sheet1": [("Code", "Definition"), ("Local", "Village")]})
    )
    assert codebook.field("scale").codes[0].definition == "Village"
    assert notes[0] == (
        "Sheet1!A1: no column says which field a code belongs to; all are read as codes of the field 'Scale'"
    )


def test_sheets_without_a_field_are_a_field_each(tmp_path: Path) -> None:
    sheets = {name: [("Code", "Description"), (code, "…")] for name, code in (("Scale", "Local"), ("Actor", "Media"))}
    codebook, _ = read(write_sheets(tmp_path / "codes.xlsx", sheets))
    assert [(field.name, field.code_names) for field in codebook.fields] == [
        ("scale", ("Local",)),
        ("actor", ("Media",)),
    ]


def test_names_and_labels_of_a_form_are_both_names_of_a_code(tmp_path: Path) -> None:
    rows = [("list_name", "name", "label", "value"), ("scale", "nat", "National", 1), ("scale", "loc", "Local", 1)]
    codebook, notes = read(write_sheets(tmp_path / "form.xlsx", {"choices": rows}))
    scale = codebook.field("scale")
    assert (scale.code_names, scale.find("nat"), scale.find("1")) == (("National", "Local"), "National", None)
    assert notes[0] == "'name', 'value': read as other names of the codes"


def test_parent_without_a_parent_is_a_field(tmp_path: Path) -> None:
    rows = [("Name", "Parent"), ("Scale", None), ("Local", "Scale"), ("Actor", None), ("Media", "Actor")]
    codebook, _ = read(write_sheets(tmp_path / "codes.xlsx", {"Codes": rows}))
    assert {field.column: field.code_names for field in codebook.fields} == {"Scale": ("Local",), "Actor": ("Media",)}


def test_category_beside_codes_is_their_field(tmp_path: Path) -> None:
    rows = [("Category", "Sub-code"), ("Scale", "Local"), ("Scale", "National")]
    codebook, _ = read(write_sheets(tmp_path / "codes.xlsx", {"Codes": rows}))
    assert codebook.field("scale").code_names == ("Local", "National")


def test_kind_is_read_where_it_is_given(tmp_path: Path) -> None:
    rows = [("Field", "Kind", "Code"), ("Actor", "multiple", "Media"), ("Actor", "", "Police")]
    codebook, _ = read(write_sheets(tmp_path / "codes.xlsx", {"Codes": rows}))
    assert codebook.field("actor").is_multiple


def test_repeated_code_is_reported_with_its_field(tmp_path: Path) -> None:
    rows = [("Field", "Code"), ("Scale", "Local"), ("Scale", "LOCAL")]
    assert problems_of(write_sheets(tmp_path / "codes.xlsx", {"Codes": rows})) == (
        "Codes!B2: codes: code 'LOCAL' appears twice (of 'Local' and 'LOCAL'); case, blanks and punctuation "
        "don't count",
    )


def test_table_of_other_things_is_refused(tmp_path: Path) -> None:
    path = write_sheets(tmp_path / "codes.xlsx", {"Budget": [("Item", "Cost"), ("Pens", 3)]})
    assert problems_of(path) == (
        "no sheet has a column of codes with their definitions or fields; name a column Code, and others Field and "
        "Definition, or give a codebook in YAML",
    )


def test_project_keeps_a_table_as_yaml(tmp_path: Path) -> None:
    path = write_sheets(tmp_path / "codes.xlsx", {"Codes": [("Field", "Code"), ("Scale", "Local")]})
    new_project(tmp_path / "team", codebook=path, model=None)
    assert open_project(tmp_path / "team").codebook == Codebook.read(path)


@pytest.mark.slow
def test_codes_with_very_many_other_names_are_refused(tmp_path: Path) -> None:
    others = ["Label"] * 30
    rows = [(f"V{number}", "Village", *(f"{number} {place}" for place in range(30))) for number in range(2000)]
    assert problems_of(write_sheets(tmp_path / "codes.xlsx", {"Codes": [("Code", "Definition", *others), *rows]})) == (
        "its codes have more than the 50,000 names that are read at most; leave out other names, such as labels in "
        "languages that no harvest is coded in",
    )


# REFI-QDA codebooks

QDC = """<?xml version="1.0" encoding="utf-8"?>
<CodeBook xmlns="urn:QDA-XML:codebook:1.0" origin="NVivo"><Codes>{codes}</Codes>
<Sets><Set guid="9" name="Mine"><MemberCode guid="2"/></Set></Sets></CodeBook>"""
SCALE = """<Code guid="1" name="Scale" isCodable="false" color="#FF0000"><Description>How far</Description>
<Code guid="2" name="Local" isCodable="true"><Description>Village
or town</Description></Code>
<Code guid="3" name="Abroad" isCodable="false"><Code guid="4" name="Region" isCodable="true"/></Code></Code>"""


def qdc(folder: Path, codes: str, *, before: str = "") -> Path:
    return write_text(folder / "Themes.qdc", before + QDC.format(codes=codes))


def test_codes_below_a_code_are_its_field(tmp_path: Path) -> None:
    codebook, notes = read(qdc(tmp_path, SCALE))
    (scale,) = codebook.fields
    assert (scale.name, scale.column, scale.code_names) == ("scale", "Scale", ("Local", "Region"))
    assert scale.codes[0].definition == "Village or town"
    assert notes[0] == "codes with others below them are read as fields: 'Scale'"


def test_codes_side_by_side_are_one_field(tmp_path: Path) -> None:
    codebook, notes = read(qdc(tmp_path, '<Code guid="1" name="Local"/><Code guid="2" name="National"/>'))
    assert (codebook.names, codebook.fields[0].code_names) == (("themes",), ("Local", "National"))
    assert notes[0] == "no code is under another one; all are read as codes of one field, 'Themes'"


def test_codes_without_others_below_them_are_a_field_beside_the_rest(tmp_path: Path) -> None:
    codebook, notes = read(qdc(tmp_path, SCALE + '<Code guid="7" name="Quote" isCodable="true"/>'))
    assert codebook.field("other_codes").code_names == ("Quote",)
    assert "'Quote': under no other code; read as codes of a field 'Other codes'" in notes


def test_document_type_is_refused(tmp_path: Path) -> None:
    path = write_text(
        tmp_path / "bad.qdc", '<!DOCTYPE x [<!ENTITY a "aaaa">]>' + QDC.format(codes=SCALE).partition("?>")[2].strip()
    )
    assert problems_of(path) == ("it has a document type (DOCTYPE), which no codebook needs; it is not read",)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("fields: []", "is not XML (syntax error: line 1, column 0); export the codebook (.qdc) again"),
        ("<CodeBook><Codes/></CodeBook>", "it holds no codes; export the codebook (.qdc) again"),
        ("<a>" * 60 + "</a>" * 60, "its codes are nested too deeply"),
    ],
)
def test_what_is_no_codebook_is_refused(tmp_path: Path, content: str, problem: str) -> None:
    assert problems_of(write_text(tmp_path / "bad.qdc", content)) == (problem,)


def test_what_was_read_can_be_written_as_yaml(tmp_path: Path) -> None:
    codebook, _ = read(qdc(tmp_path, SCALE))
    assert Codebook.parse(codebook.dump()) == codebook
