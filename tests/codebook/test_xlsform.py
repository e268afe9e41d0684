from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from classifier.cli.app import app
from classifier.codebook.schema import Codebook, CodeField
from classifier.errors import CodebookError
from classifier.harvest.reading import read_harvest
from classifier.languages import use_language
from tests.support.workbooks import write_outcomes, write_sheets

Rows = Sequence[Sequence[str]]

ENGLISH, FRENCH = "label::English (en)", "label::Français (fr)"
SURVEY = [
    ("type", "name", ENGLISH, FRENCH),
    ("text", "outcome_description", "What changed?", "Qu'est-ce qui a changé ?"),
    ("begin_group", "coding", "Coding", "Codage"),
    ("select_one scale", "scale", "How far does it reach?", "Quelle est sa portée ?"),
    ("select_multiple actor", "social_actor", "Who has changed?", "Qui a changé ?"),
    ("end_group", "", "", ""),
]
CHOICES = [
    ("list_name", "name", ENGLISH, FRENCH),
    ("scale", "loc", "Local", "Local"),
    ("scale", "nat", "National", "National"),
    ("actor", "media", "Media houses", "Médias"),
    ("actor", "police", "Police and army", "Police et armée"),
    ("actor", "ngo", "NGO", "ONG"),
]
STORY = "The council met in public."


def form(folder: Path, *, survey: Rows = SURVEY, choices: Rows = CHOICES) -> Path:
    return write_sheets(folder / "form.xlsx", {"survey": survey, "choices": choices})


def read(path: Path) -> tuple[Codebook, list[str]]:
    notes: list[str] = []
    return Codebook.read(path, tell=notes.append), notes


# The codebook


def test_questions_with_choices_are_fields_with_codes(tmp_path: Path) -> None:
    codebook, _ = read(form(tmp_path))
    assert {field.name: (field.kind, field.code_names) for field in codebook.fields} == {
        "scale": ("single", ("Local", "National")),
        "social_actor": ("multiple", ("Media houses", "Police and army", "NGO")),
    }


def test_names_of_choices_and_labels_in_other_languages_mean_the_same_code(tmp_path: Path) -> None:
    actor = read(form(tmp_path))[0].field("social_actor")
    assert [actor.find(label) for label in ("police", "Police et armée", "Police and army")] == ["Police and army"] * 3


def test_question_goes_by_its_name_its_labels_and_its_path(tmp_path: Path) -> None:
    scale = read(form(tmp_path))[0].field("scale")
    assert scale.columns == ("scale", "coding/scale", "How far does it reach?", "Quelle est sa portée ?")


def test_notes_say_how_the_form_was_read(tmp_path: Path) -> None:
    assert read(form(tmp_path))[1] == [
        "read as a form (XLSForm): 2 questions with choices; delete the fields that are no codes of outcomes",
        "codes are the labels in 'English (en)'",
        "labels in 'Français (fr)' are translations of the codes and questions",
        "the names of choices are read as other names of the codes",
        "outcomes are known by '_uuid' where an export has no column 'FragmentID'",
    ]


def test_codes_are_in_the_default_language_of_the_form(tmp_path: Path) -> None:
    settings = [("form_title", "default_language"), ("Harvest", "Français (fr)")]
    path = write_sheets(tmp_path / "form.xlsx", {"survey": SURVEY, "choices": CHOICES, "settings": settings})
    assert read(path)[0].field("social_actor").code_names == ("Médias", "Police et armée", "ONG")


def test_labels_in_other_languages_are_translations(tmp_path: Path) -> None:
    scale, actor = read(form(tmp_path))[0].fields
    with use_language("fr"):
        assert actor.shown(["Police and army", "NGO"]) == ("Police et armée", "ONG")
        assert (scale.shown_question, scale.shown_heading) == ("Quelle est sa portée ?", "scale")
    assert actor.codes[1].aliases == ("police",)


def named(tmp_path: Path, english: str, french: str) -> CodeField:
    survey = [("type", "name", ENGLISH, FRENCH), ("select_one scale", "change_scale", english, french)]
    return read(form(tmp_path, survey=survey, choices=CHOICES[:3]))[0].fields[0]


@pytest.mark.parametrize(
    ("language", "name"), [("en", "Scale of the change"), ("fr", "Échelle"), ("ar", "change_scale")]
)
def test_short_label_of_a_question_is_the_name_of_its_column(tmp_path: Path, language: str, name: str) -> None:
    field = named(tmp_path, "Scale of the change", "Échelle")
    with use_language(language):
        assert field.shown_heading == name
    assert field.heading == "change_scale"


def test_label_that_is_the_name_of_its_question_but_for_spelling_is_the_name_of_its_column(tmp_path: Path) -> None:
    assert named(tmp_path, "Change scale", "Échelle").shown_heading == "Change scale"


@pytest.mark.parametrize("label", ["Jusqu'où ?", "Où est-ce :", "Échelle du changement dans la région ou le pays"])
def test_label_that_asks_or_is_long_is_no_name_of_a_column(tmp_path: Path, label: str) -> None:
    with use_language("fr"):
        assert named(tmp_path, "Scale", label).shown_heading == "change_scale"


def test_question_that_is_the_name_of_its_column_is_not_shown_twice(tmp_path: Path) -> None:
    with use_language("fr"):
        assert named(tmp_path, "Scale", "Échelle").shown_question == ""


def test_label_that_two_questions_share_is_the_name_of_the_first_alone(tmp_path: Path) -> None:
    survey = [*SURVEY[:1], *[("select_one scale", name, "Scale", "Échelle") for name in ("scale_1", "scale_2")]]
    fields = read(form(tmp_path, survey=survey, choices=CHOICES[:3]))[0].fields
    with use_language("fr"):
        assert [field.shown_heading for field in fields] == ["Échelle", "scale_2"]


def test_labels_in_the_default_language_are_the_codes_and_english_ones_translations(tmp_path: Path) -> None:
    settings = [("form_title", "default_language"), ("Harvest", "Français (fr)")]
    path = write_sheets(tmp_path / "form.xlsx", {"survey": SURVEY, "choices": CHOICES, "settings": settings})
    actor = read(path)[0].field("social_actor")
    assert actor.code_names == ("Médias", "Police et armée", "ONG")
    assert actor.shown(["ONG"]) == ("NGO",)


def test_language_of_labels_may_be_named_without_its_code(tmp_path: Path) -> None:
    survey = [("type", "name", "label", "label::French"), ("select_one scale", "scale", "How far?", "Jusqu'où ?")]
    choices = [("list_name", "name", "label", "label::French"), ("scale", "nat", "National", "Pays entier")]
    with use_language("fr"):
        assert read(form(tmp_path, survey=survey, choices=choices))[0].fields[0].shown(["National"]) == ("Pays entier",)


def test_label_that_two_choices_share_in_another_language_is_no_translation(tmp_path: Path) -> None:
    choices = [*CHOICES[:3], ("scale", "town", "Town", "Local")]
    survey = SURVEY[:4]
    codebook, notes = read(form(tmp_path, survey=survey, choices=choices))
    scale = codebook.field("scale")
    assert scale.find("Local") == "Local"
    with use_language("fr"):
        assert scale.shown(["Town"]) == ("Town",)
    assert (
        "'Local': left out of the translations, since several choices of a question go by that label; give each its own"
    ) in notes


def test_definitions_of_choices_are_read_by_language(tmp_path: Path) -> None:
    choices = [
        ("list_name", "name", ENGLISH, FRENCH, "definition::English (en)", "definition::Français (fr)"),
        ("scale", "loc", "Local", "Local", "A village.", "Un village."),
    ]
    (code,) = read(form(tmp_path, survey=SURVEY[:4], choices=choices))[0].field("scale").codes
    assert code.definition == "A village."
    with use_language("fr"):
        assert code.shown == ("Local", "Un village.", "", "")


def test_translated_form_is_written_as_a_codebook_that_reads_to_the_same(tmp_path: Path) -> None:
    codebook, _ = read(form(tmp_path))
    assert Codebook.parse(codebook.dump()) == codebook


def test_labels_without_a_language_are_read(tmp_path: Path) -> None:
    survey = [("type", "name", "label"), ("select_one scale", "scale", "How far?")]
    choices = [("list_name", "name", "label"), ("scale", "loc", "Local")]
    codebook, notes = read(form(tmp_path, survey=survey, choices=choices))
    assert (codebook.field("scale").code_names, codebook.field("scale").question) == (("Local",), "How far?")
    assert "labels in no language" not in " ".join(notes)


def test_list_used_by_two_questions_is_two_fields(tmp_path: Path) -> None:
    twice = ("select_one scale", "first_scale", "How far at first?", "")
    codebook, _ = read(form(tmp_path, survey=[*SURVEY, twice]))
    assert codebook.field("first_scale").code_names == codebook.field("scale").code_names


def test_or_other_is_a_code_of_its_own(tmp_path: Path) -> None:
    survey = [SURVEY[0], ("select_one scale or_other", "scale", "How far?", "")]
    assert read(form(tmp_path, survey=survey))[0].field("scale").code_names == ("Local", "National", "Other")


def test_definitions_in_columns_of_their_own_are_read(tmp_path: Path) -> None:
    choices = [(*CHOICES[0], "definition"), ("scale", "loc", "Local", "Local", "One village or town")]
    scale = read(form(tmp_path, survey=[SURVEY[0], SURVEY[3]], choices=choices))[0].field("scale")
    assert scale.codes[0].definition == "One village or town"


def test_choices_whose_labels_cannot_be_told_apart_go_by_their_names(tmp_path: Path) -> None:
    labels = (("a1", "Media"), ("a2", "Police"), ("a3", "Media Police"))
    choices = [CHOICES[0], *(("actor", name, label, "") for name, label in labels)]
    codebook, notes = read(form(tmp_path, survey=[SURVEY[0], SURVEY[4]], choices=choices))
    assert [(code.code, code.definition) for code in codebook.field("social_actor").codes] == [
        ("a1", "Media"),
        ("a2", "Police"),
        ("a3", "Media Police"),
    ]
    assert notes[4] == (
        "'social_actor': the codes are the names of choices, since labels can't be told apart where an export parts "
        "them by blanks"
    )


def test_choices_in_a_file_of_their_own_are_told(tmp_path: Path) -> None:
    survey = [*SURVEY, ("select_one_from_file places.csv", "place", "Where?", "Où ?")]
    assert read(form(tmp_path, survey=survey))[1][-1] == "'place': choices in a file of its own, not read"


def test_form_without_choices_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CodebookError) as refused:
        read(form(tmp_path, survey=SURVEY[:2]))
    assert refused.value.problems == (
        "no question of this form is a select_one or select_multiple with choices; give another codebook",
    )


def test_long_list_of_many_questions_is_refused_before_its_codes_are_made(tmp_path: Path) -> None:
    questions = [("select_one village", f"village_{number}", "Where?", "Où ?") for number in range(3000)]
    villages = [("village", f"v{number}", f"Village {number}", "") for number in range(4000)]
    path = form(tmp_path, survey=[SURVEY[0], *questions], choices=[CHOICES[0], *villages])
    with pytest.raises(CodebookError) as caught:
        Codebook.read(path)
    assert caught.value.problems == (
        "its questions have more choices than the 5000 that are read at most; delete the questions that are no codes "
        "of outcomes",
    )


@pytest.mark.slow
def test_labels_in_very_many_languages_are_refused(tmp_path: Path) -> None:
    languages = [f"label::Language {number}" for number in range(30)]
    choices = [("village", f"v{number}", *(f"{number} in {name}" for name in languages)) for number in range(2000)]
    survey = [("type", "name"), ("select_one village", "village")]
    with pytest.raises(CodebookError) as caught:
        Codebook.read(form(tmp_path, survey=survey, choices=[("list_name", "name", *languages), *choices]))
    assert caught.value.problems == (
        "its codes have more than the 50,000 names that are read at most; leave out other names, such as labels in "
        "languages that no harvest is coded in",
    )


def test_doubled_choice_is_reported_with_its_cell(tmp_path: Path) -> None:
    choices = [*CHOICES, ("scale", "village", "LOCAL", "Village")]
    with pytest.raises(CodebookError) as refused:
        read(form(tmp_path, choices=choices))
    assert refused.value.problems == (
        "survey!B4: codes: code 'LOCAL' appears twice (of 'Local' and 'LOCAL'); case, blanks and punctuation don't "
        "count",
    )


def test_codebook_of_a_form_can_be_written_as_yaml(tmp_path: Path) -> None:
    codebook, _ = read(form(tmp_path))
    assert Codebook.parse(codebook.dump()) == codebook


# Exports of the form

ONE_COLUMN = {"scale": "loc", "social_actor": "media police"}
SPLIT = {"social_actor/media": 1, "social_actor/police": 1, "social_actor/ngo": 0}
EXPORTS: Mapping[str, Mapping[str, object]] = {
    "names in one column": {"outcome_description": STORY, **ONE_COLUMN},
    "a column for each choice": {"outcome_description": STORY, "scale": "loc", **SPLIT},
    "both": {"outcome_description": STORY, **ONE_COLUMN, **SPLIT},
    "labels": {
        "Outcome description": STORY,
        "How far does it reach?": "Local",
        "Who has changed?": "Media houses Police and army",
        "Who has changed?/Media houses": 1,
        "Who has changed?/Police and army": 1,
        "Who has changed?/NGO": 0,
    },
    "with groups": {
        "outcome_description": STORY,
        "coding/scale": "loc",
        "coding/social_actor": "media police",
        "coding/social_actor/media": 1,
        "coding/social_actor/police": 1,
        "coding/social_actor/ngo": 0,
    },
}


@pytest.mark.parametrize("kind", EXPORTS)
def test_every_form_of_export_is_read(tmp_path: Path, kind: str) -> None:
    codebook, _ = read(form(tmp_path))
    export = write_outcomes(tmp_path / "export.xlsx", {**EXPORTS[kind], "_id": 17, "_uuid": "1a2b-3c", "_index": 1})
    (outcome,) = read_harvest(export, codebook=codebook).outcomes
    assert (outcome.fragment_id, outcome.codes) == (
        "1a2b-3c",
        {"scale": ("Local",), "social_actor": ("Media houses", "Police and army")},
    )


def test_coded_harvest_goes_back_by_its_uuid(tmp_path: Path) -> None:
    def call(*arguments: str | Path) -> None:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        assert result.exit_code == 0, result.stderr

    export = write_outcomes(tmp_path / "export.xlsx", {**EXPORTS["both"], "_id": 17, "_uuid": "1a2b-3c", "_index": 1})
    call("codebook", "import", form(tmp_path), "--out", tmp_path / "codebook.yaml")
    call("project", "new", tmp_path / "team", "--codebook", tmp_path / "codebook.yaml")
    call("project", "add", export, "--project", tmp_path / "team")
    call("export", tmp_path / "team", "--wide", "--out", tmp_path / "codes.csv")
    with (tmp_path / "codes.csv").open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file)) == [
            [
                *("_uuid", "scale: Local", "scale: National"),
                *("social_actor: Media houses", "social_actor: Police and army", "social_actor: NGO"),
            ],
            ["1a2b-3c", "1", "0", "1", "1", "0"],
        ]
