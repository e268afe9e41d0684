from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from classifier.codebook.schema import Codebook, sample_codebook
from classifier.harvest.codebook_draft import draft_codebook
from classifier.harvest.options import ReadingOptions
from classifier.harvest.reading import Harvest, read_harvest
from tests.support.workbooks import write_outcomes

OWN = "Outcome statements is CONFIDENTIAL"
STORY = "The council of {} met in public for the first time, with women in the front row."
PLACES = ("Dori", "Gao", "Kita", "Mopti")


def read(folder: Path, columns: Mapping[str, tuple[str, ...]], **said: str) -> Harvest:
    """Read four outcomes with further columns, a value for each outcome."""
    rows = [
        {
            "FragmentID": f"SCC-{number}",
            "Outcome description": STORY.format(place),
            **{name: values[number] for name, values in columns.items()},
        }
        for number, place in enumerate(PLACES)
    ]
    return read_harvest(
        write_outcomes(folder / "june.xlsx", *rows), codebook=sample_codebook(), options=ReadingOptions(columns=said)
    )


def marks(harvest: Harvest) -> list[bool | None]:
    return [outcome.confidential for outcome in harvest.outcomes]


def notes(harvest: Harvest) -> str:
    return "\n".join(map(str, harvest.notes))


@pytest.mark.parametrize(
    "heading",
    [
        "Is this outcome confidential?",
        "Do not publish",
        "Don't share",
        "Not for publication",
        "Confidential (Y/N)",
        "Is this confidential or not?",
        "Confidental",
        "Sensitive information (yes/no)",
        "Ce résultat est-il confidentiel ?",
        "Ne pas publier",
        "¿Es confidencial este resultado?",
        "No publicar",
        "Não publicar",
        "Este resultado é sigiloso?",
        "Vertraulich",
        "Nicht veröffentlichen",
        "هل هذه المعلومات سرية؟",
        "غير قابل للنشر",
        "Secret",
        "Do not publish (confidential)",
        "Restricted access",
    ],
)
def test_yes_below_a_heading_that_says_confidential_counts(tmp_path: Path, heading: str) -> None:
    harvest = read(tmp_path, {heading: ("YES", "NO", "", "oui")})
    assert marks(harvest) == [True, False, None, True]
    assert f"column {heading!r} is read as marking confidential outcomes" in notes(harvest)


@pytest.mark.parametrize(
    "heading",
    [
        "May be published",
        "Can be shared",
        "Publish?",
        "Publish? (yes/no)",
        "Publish or not",
        "Public",
        "Not confidential",
        "Non-confidentiel",
        "غير سري",
        "Peut être publié",
        "Puede publicarse y compartirse",
        "قابل للنشر",
        "Privat",
    ],
)
def test_heading_that_may_mean_either_is_told_and_not_read(tmp_path: Path, heading: str) -> None:
    harvest = read(tmp_path, {heading: ("YES", "NO", "", "YES")})
    assert marks(harvest) == [None] * 4
    assert f"column {heading!r} may say which outcomes are confidential, and is not read as such" in notes(harvest)
    assert f"if yes means confidential, add --map '{heading}={OWN}'" in notes(harvest)


@pytest.mark.parametrize(
    "heading",
    [
        "Confident in the code?",
        "Scale: confidence",
        "Family violence (أسري)",
        "Urgent (سريع)",
        "Secretariat involved",
        "Sensibilisation",
        "Public institution involved",
        "Gender-sensitive",
        "Sensitive topics",
    ],
)
def test_heading_of_another_question_is_left_alone(tmp_path: Path, heading: str) -> None:
    harvest = read(tmp_path, {heading: ("YES", "NO", "", "YES")})
    assert (marks(harvest), notes(harvest)) == ([None] * 4, "")


def test_levels_of_confidentiality_are_told_and_not_read(tmp_path: Path) -> None:
    harvest = read(tmp_path, {"Level of sensitivity": ("High", "Low", "", "High")})
    assert marks(harvest) == [None] * 4
    assert "column 'Level of sensitivity' may say which outcomes are confidential" in notes(harvest)


@pytest.mark.parametrize(
    ("heading", "values"),
    [
        ("Embargo until", ("2027-01-31", "", "", "2027-06-30")),
        ("Embargo jusqu'au", ("31/01/2027", "", "", "30/06/2027")),
        ("Sensitivity", ("1", "", "", "3")),
        ("Sensitivity level (1-3)", ("3", "0", "", "2")),
        ("Restricted access", ("partners only", "", "", "staff only")),
        ("Dissemination", ("Restricted", "", "", "Public")),
        ("Level", ("TLP:RED", "", "", "TLP:GREEN")),
    ],
)
def test_date_or_level_makes_an_outcome_unknown_and_is_told_with_its_cell(
    tmp_path: Path, heading: str, values: tuple[str, ...]
) -> None:
    harvest = read(tmp_path, {OWN: ("NO",) * 4, heading: values})
    assert marks(harvest) == [None, False, False, None]
    told = "it is unknown whether the outcome is confidential"
    assert [note.cells for note in harvest.notes if told in str(note)] == [("Outcomes!D2", "Outcomes!D5")]
    assert f"column {heading!r} may say which outcomes are confidential, and is not read as such" in notes(harvest)
    assert "if anything but no means confidential, add --map" in notes(harvest)


def test_date_beside_yes_and_no_is_a_yes(tmp_path: Path) -> None:
    harvest = read(tmp_path, {"Embargo": ("2027-01-31", "no", "", "until the trial")})
    assert marks(harvest) == [True, False, None, True]


def test_date_counts_where_the_column_is_mapped(tmp_path: Path) -> None:
    harvest = read(tmp_path, {"Embargo until": ("2027-01-31", "", "", "no")}, **{"Embargo until": OWN})
    assert marks(harvest) == [True, None, None, False]


def test_private_actors_are_not_levels_of_confidentiality(tmp_path: Path) -> None:
    harvest = read(tmp_path, {"Sector": ("Private", "Public", "Internal", "Private")})
    assert (marks(harvest), notes(harvest)) == ([None] * 4, "")


def test_answer_with_its_reason_is_a_yes(tmp_path: Path) -> None:
    harvest = read(tmp_path, {"Is this confidential?": ("Yes, a witness is named", "No", "No", "yes: two names")})
    assert marks(harvest) == [True, False, False, True]


@pytest.mark.parametrize("second", ["Confidential", "Sensitive", "Do not publish"])
def test_yes_in_any_of_two_columns_counts(tmp_path: Path, second: str) -> None:
    harvest = read(tmp_path, {OWN: ("NO", "NO", "NO", ""), second: ("YES", "", "NO", "")})
    assert marks(harvest) == [True, False, False, None]
    assert f"column {second!r} is read as" in notes(harvest)


def test_yes_counts_where_no_column_has_the_codebooks_name(tmp_path: Path) -> None:
    harvest = read(tmp_path, {"Confidential": ("NO", "NO", "", ""), "Sensitive": ("YES", "", "YES", "")})
    assert marks(harvest) == [True, False, True, None]


def test_every_mapped_column_counts(tmp_path: Path) -> None:
    columns = {"Embargo": ("YES", "NO", "", "NO"), "Held back": ("", "YES", "", "NO")}
    harvest = read(tmp_path, columns, **dict.fromkeys(columns, OWN))
    assert marks(harvest) == [True, True, None, False]


def test_every_name_in_the_codebook_counts(tmp_path: Path, codebook: Codebook) -> None:
    names = codebook.columns.model_copy(update={"confidential": ("Embargo", "Held back")})
    rows = [
        {"FragmentID": "A", "Outcome description": STORY, "Embargo": "NO", "Held back": "YES"},
        {"FragmentID": "B", "Outcome description": STORY, "Embargo": "YES", "Held back": "NO"},
    ]
    path = write_outcomes(tmp_path / "june.xlsx", *rows)
    assert marks(read_harvest(path, codebook=codebook.model_copy(update={"columns": names}))) == [True, True]


def test_answers_that_cannot_be_read_may_be_a_yes(tmp_path: Path) -> None:
    harvest = read(tmp_path, {"Is this confidential?": ("=1=1", "NO", "NO", "NO")})
    assert marks(harvest)[0] is True


def test_empty_column_of_a_form_is_not_told(tmp_path: Path) -> None:
    assert notes(read(tmp_path, {OWN: ("NO",) * 4, "Do not publish": ("",) * 4, "Publish?": ("",) * 4})) == ""


def test_draft_names_the_columns_that_mark_confidential_outcomes(tmp_path: Path) -> None:
    rows = [
        {
            "FragmentID": f"SCC-{number}",
            "Outcome description": STORY.format(number),
            "Scale": ("Local", "National")[number % 2],
            "Do not publish": ("YES", "NO", "NO")[number % 3],
        }
        for number in range(24)
    ]
    draft = draft_codebook(write_outcomes(tmp_path / "june.xlsx", *rows))
    assert draft.codebook.columns.confidential == (OWN, "Do not publish")
    assert [field.column for field in draft.codebook.fields] == ["Scale"]


def test_draft_leaves_out_levels_of_confidentiality_unless_they_are_asked_for(tmp_path: Path) -> None:
    rows = [
        {
            "FragmentID": f"SCC-{number}",
            "Outcome description": STORY.format(number),
            "Scale": ("Local", "National")[number % 2],
            "Sensitivity": ("High", "Low", "Medium")[number % 3],
        }
        for number in range(24)
    ]
    path = write_outcomes(tmp_path / "june.xlsx", *rows)
    draft = draft_codebook(path)
    assert [field.column for field in draft.codebook.fields] == ["Scale"]
    assert (
        "column 'Sensitivity' is left out: it may say which outcomes are confidential; if it holds codes, name it with "
        "--columns"
    ) in draft.notes
    asked = draft_codebook(path, columns=["Scale", "Sensitivity"])
    assert [field.column for field in asked.codebook.fields] == ["Scale", "Sensitivity"]
