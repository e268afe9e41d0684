from __future__ import annotations

from dataclasses import replace

import pytest

from classifier.codebook.editing import CodeEdit, FieldEdit, edit_codebook, edits_of, removed_codes
from classifier.codebook.schema import Codebook
from classifier.errors import CodebookError

SCALE = Codebook.parse("""
programme: SCC
fields:
  - name: scale
    column: Scale
    kind: single
    codes:
      - {code: Village, aliases: [Hamlet]}
      - code: National
        definition: |
          The whole country.
      - {code: Regional}
""")


def edited(*codes: CodeEdit, heading: str = "Scale", is_multiple: bool = False) -> Codebook:
    """Return the codebook with its only field changed."""
    (field,) = edits_of(SCALE)
    return edit_codebook(SCALE, [replace(field, codes=codes or field.codes, heading=heading, is_multiple=is_multiple)])


VILLAGE, NATIONAL, REGIONAL = edits_of(SCALE)[0].codes


def test_edits_that_change_nothing_leave_the_codebook_as_it_is(codebook: Codebook) -> None:
    assert edit_codebook(codebook, edits_of(codebook)).sha256 == codebook.sha256


def test_blanks_around_a_text_that_a_form_does_not_keep_are_no_change() -> None:
    assert edited(VILLAGE, replace(NATIONAL, definition="The whole country."), REGIONAL).sha256 == SCALE.sha256


def test_renamed_code_is_found_by_its_earlier_name() -> None:
    assert edited(replace(VILLAGE, code="Local"), NATIONAL).field("scale").find("village") == "Local"


def test_renamed_code_keeps_its_aliases() -> None:
    assert edited(replace(VILLAGE, code="Local"), NATIONAL).field("scale").codes[0].aliases == ("Hamlet", "Village")


def test_merged_code_and_its_aliases_are_found_as_the_one_it_is_part_of() -> None:
    field = edited(replace(VILLAGE, into="Regional"), NATIONAL, REGIONAL).field("scale")
    assert (field.code_names, field.find("Village"), field.find("hamlet")) == (
        ("National", "Regional"),
        "Regional",
        "Regional",
    )


def test_removed_code_is_no_code_and_is_told() -> None:
    field = replace(edits_of(SCALE)[0], codes=(replace(VILLAGE, is_removed=True), NATIONAL))
    assert edit_codebook(SCALE, [field]).field("scale").find("Village") is None
    assert [*removed_codes([field])] == [("scale", "Village")]


def test_renamed_column_is_still_read_by_its_earlier_name() -> None:
    assert edited(heading="Level").field("scale").columns == ("Level", "Scale")


def test_blank_rows_are_left_out() -> None:
    assert edited(VILLAGE, NATIONAL, REGIONAL, CodeEdit()).sha256 == SCALE.sha256


def test_new_field_is_named_after_its_column() -> None:
    new = FieldEdit(heading="Who has changed?", codes=(CodeEdit(code="State"), CodeEdit(code="Media")))
    assert edit_codebook(SCALE, [*edits_of(SCALE), new, FieldEdit()]).names == ("scale", "who_has_changed")


def test_new_field_gets_a_name_of_its_own() -> None:
    new = FieldEdit(heading="Scale!", codes=(CodeEdit(code="Small"),))
    field = replace(edits_of(SCALE)[0], heading="Level")
    assert edit_codebook(SCALE, [field, new, FieldEdit()]).names == ("scale", "scale_2")


def test_several_codes_are_separated_by_what_no_code_holds() -> None:
    field = edited(replace(VILLAGE, code="Village; town"), NATIONAL, is_multiple=True).field("scale")
    assert field.split("Village; town | National") == ("Village; town", "National")


def test_keys_that_are_not_in_the_form_stay() -> None:
    assert "programme: SCC" in edited(VILLAGE).dump()


def test_all_problems_are_named_with_field_and_code() -> None:
    new = FieldEdit(codes=(CodeEdit(code="State"),))
    field = replace(edits_of(SCALE)[0], codes=(VILLAGE, replace(NATIONAL, definition="a\x07b")))
    with pytest.raises(CodebookError) as caught:
        edit_codebook(SCALE, [field, new])
    assert caught.value.problems == (
        "field 'Scale', code 'National': definition: 'a\\x07b' has a control character (U+0007); type it again without",
        "the new field: column: is empty; write a name",
    )


def test_code_of_two_rows_is_refused() -> None:
    with pytest.raises(CodebookError) as caught:
        edited(VILLAGE, NATIONAL, CodeEdit(code="village"))
    assert caught.value.problems == (
        "field 'Scale': codes: code 'village' appears twice (of 'Village' and 'village'); case, blanks and punctuation "
        "don't count",
    )


def test_code_can_not_become_part_of_one_that_does_not_stay() -> None:
    with pytest.raises(CodebookError) as caught:
        edited(replace(VILLAGE, into="Regional"), NATIONAL, replace(REGIONAL, is_removed=True))
    assert caught.value.problems == (
        "field 'Scale', code 'Village': it is to become part of 'Regional', which does not stay; choose a code that "
        "does",
    )
