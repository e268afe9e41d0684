from __future__ import annotations

import pytest

from classifier.codebook.code import Code
from classifier.codebook.code_keys import CodeKeys, key_of_code, short_forms
from classifier.codebook.schema import CodeField


def field_of(*codes: Code) -> CodeField:
    return CodeField(name="goal", column="Goal", kind="single", codes=codes)


@pytest.mark.parametrize(
    ("code", "key"),
    [
        ("CIV: Less suppression of civic space", "CIV"),
        ("CIV - Less suppression", "CIV"),
        ("3) Laws", "3"),
        ("5.10 Laws", "5.10"),
        ("Sub-national", None),
        ("10 people or more", None),
        ("CIV:", None),
        ("Policy and law: change", None),
    ],
)
def test_key_is_one_word_or_a_number_that_begins_a_code(code: str, key: str | None) -> None:
    assert key_of_code(code) == key


def test_key_of_two_codes_means_neither() -> None:
    keys = CodeKeys(field_of(Code(code="CIV: Laws"), Code(code="CIV: Courts")))
    assert keys.find("CIV") is None


def test_short_forms_are_keys_and_aliases() -> None:
    assert short_forms(field_of(Code(code="CIV: Laws", aliases=("Civic",)), Code(code="Courts"))) == ("CIV", "Civic")


def test_key_that_is_another_codes_name_is_no_short_form() -> None:
    assert short_forms(field_of(Code(code="CIV: Laws"), Code(code="CIV"))) == ()
