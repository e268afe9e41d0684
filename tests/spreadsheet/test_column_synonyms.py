"""Column names of harvest forms in several languages."""

from __future__ import annotations

from collections import Counter

import pytest

from classifier.codebook.columns import Columns
from classifier.spelling import normalise
from classifier.spreadsheet.column_synonyms import KNOWN_NAMES, role_of


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Identifiant", "id"),
        ("Ref.", "id"),
        ("No.", "id"),
        ("N°", "id"),
        ("Número", "id"),
        ("Outcome", "description"),
        ("Outcome statement", "description"),
        ("Description de l’effet", "description"),
        ("Description du résultat", "description"),
        ("DESCRIPTION DU CHANGEMENT", "description"),
        ("Descripción del resultado", "description"),
        ("Descrição da mudança", "description"),
        ("وصف النتيجة", "description"),
        ("Signification", "significance"),
        ("Importancia", "significance"),
        ("أهمّية النتيجة", "significance"),
        ("Contribution du programme", "contribution"),
        ("Contribución", "contribution"),
        ("Contributo do programa", "contribution"),
        ("إسهام البرنامج", "contribution"),
        ("Contribution d'autres acteurs", "other_actors"),
        ("Otros actores", "other_actors"),
        ("Informations complémentaires", "additional"),
        ("Pays", "country"),
        ("Country / region", "country"),
        ("País", "country"),
        ("البلد", "country"),
        ("Période", "period"),
        ("Periodo", "period"),
        ("Année", "year"),
        ("Año", "year"),
        ("السنة", "year"),
        ("Confidentiel ?", "confidential"),
        ("سرّي", "confidential"),
        ("Acteur social", "Social actor"),
        ("Actor social", "Social actor"),
        ("Échelle", "Scale"),
        ("Escala", "Scale"),
        ("Type de changement", "Type of change"),
        ("نوع التغيير", "Type of change"),
    ],
)
def test_the_usual_names_of_a_form_are_known(name: str, role: str) -> None:
    assert role_of(name) == role


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("grp_outcome/outcome_description", "description"),
        ("part_b/grp_id/country", "country"),
        ("who_changed/media", None),
        ("grp_outcome/", None),
    ],
)
def test_a_question_in_a_group_is_known_by_its_own_name(name: str, role: str | None) -> None:
    assert role_of(name) == role


@pytest.mark.parametrize("name", ["Annee", "Pais", "Descripcion del cambio", "Echelle", "Periode", "المعرّف"])
def test_a_name_typed_without_its_accents_is_known(name: str) -> None:
    assert role_of(name) is not None


def test_a_name_that_no_form_uses_has_no_role() -> None:
    assert (role_of("Budget line"), role_of(""), role_of("Outcome status")) == (None, None, None)


def test_no_name_has_two_roles() -> None:
    roles = Counter(name for names in KNOWN_NAMES.values() for name in set(map(normalise, names)))
    assert [name for name, n_roles in roles.items() if n_roles > 1] == []


def test_accents_do_not_give_one_name_two_roles() -> None:
    assert [name for role, names in KNOWN_NAMES.items() for name in names if role_of(name) != role] == []


def test_the_names_of_the_shipped_columns_are_among_them() -> None:
    columns = Columns()
    named = {
        "id": columns.id,
        "period": columns.period,
        "country": columns.country,
        "year": columns.year,
        "confidential": columns.confidential,
        "negative": columns.negative,
        "unintended": columns.unintended,
        "merged": columns.merged,
    }
    assert {role: {role_of(name) for name in names} for role, names in named.items()} == {
        role: {role} for role in named
    }


def test_each_part_of_the_shipped_story_has_a_role_of_its_own() -> None:
    roles = [role_of(part.column[0]) for part in Columns().parts]
    assert roles == ["description", "significance", "contribution", "additional", "other_actors"]
