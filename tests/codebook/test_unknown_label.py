"""Hints on a label that is no code."""

from __future__ import annotations

import pytest

from classifier.codebook.schema import Codebook, CodeField
from classifier.codebook.unknown_label import label_hint

FIELDS = Codebook.parse(
    """
    fields:
      - name: actor
        column: Actor
        kind: single
        codes:
          - {code: Communities and citizens}
          - {code: "Police, army and courts"}
          - {code: Media and opinion makers}
      - name: goal
        column: Goal
        kind: multiple
        codes:
          - {code: "CIV: Less suppression of civic space"}
          - {code: "GEN: More equal gender roles"}
          - {code: "EXT: Mines, dams and roads"}
    """
)


def field(name: str) -> CodeField:
    return FIELDS.field(name)


@pytest.mark.parametrize(
    ("label", "separator"),
    [("CIV, GEN", ","), ("CIV/GEN", "/"), ("CIV | GEN", "|"), ("CIV + GEN", "+"), ("CIV & GEN", "&")],
)
def test_several_codes_with_another_separator_are_named_with_both_remedies(label: str, separator: str) -> None:
    assert label_hint(field("goal"), label) == (
        "it holds 'CIV: Less suppression of civic space' and 'GEN: More equal gender roles'; write ';' between them, "
        f"or `separator: '{separator}'` into the codebook"
    )


def test_codes_that_hold_the_separator_typed_are_found_whole() -> None:
    label = "EXT: Mines, dams and roads, CIV: less suppression of civic space"
    assert label_hint(field("goal"), label).startswith("it holds 'EXT: Mines, dams and roads' and 'CIV: ")


@pytest.mark.parametrize("label", ["CIV and GEN", "CIV et GEN", "CIV y GEN", "CIV e GEN"])
def test_several_codes_with_a_word_between_are_named(label: str) -> None:
    assert label_hint(field("goal"), label) == (
        "it holds 'CIV: Less suppression of civic space' and 'GEN: More equal gender roles'; write ';' between them"
    )


@pytest.mark.parametrize(
    "label", ["Media; police, army and courts", "Media/police", "Media and police", "Media,Police"]
)
def test_several_codes_of_a_field_that_takes_one_are_named(label: str) -> None:
    assert label_hint(field("actor"), label) == (
        "it holds 'Media and opinion makers' and 'Police, army and courts'; keep one, or make the field `multiple` in "
        "the codebook"
    )


@pytest.mark.parametrize("label", ["Communities & citizens", "Communities/citizens", "citizens + communities"])
def test_one_code_with_a_sign_for_and_is_proposed(label: str) -> None:
    assert label_hint(field("actor"), label) == "did you mean 'Communities and citizens'?"


def test_label_of_which_a_part_is_no_code_is_not_taken_apart() -> None:
    assert label_hint(field("goal"), "CIV, PEACE") == (
        "the codes are CIV: Less suppression of civic space, GEN: More equal gender roles, EXT: Mines, dams and roads"
    )


@pytest.mark.parametrize(
    "label", ["N/A", "n.a.", "-", "none", "TBD", "to be coded", "sans objet", "à préciser", "No aplica"]
)
def test_word_for_nothing_is_answered_with_an_empty_cell(label: str) -> None:
    assert label_hint(field("actor"), label) == "leave the cell empty where nothing is coded"


def test_sign_is_no_word_for_nothing_where_signs_are_codes() -> None:
    effect = CodeField(name="effect", column="Effect", kind="single", codes=[{"code": "+"}, {"code": "-"}])
    assert label_hint(effect, "*") == "the codes are +, -"


def test_codes_in_another_language_that_hold_the_separator_typed_are_found_whole() -> None:
    bodies = {"code": "Regional bodies", "translations": {"fr": {"code": "Organes régionaux, UA"}}}
    actor = CodeField.model_validate(
        {"name": "actor", "column": "Actor", "kind": "multiple", "codes": [bodies, {"code": "Media"}]}
    )
    assert label_hint(actor, "Organes régionaux, UA, Media").startswith("it holds 'Regional bodies' and 'Media'; ")
