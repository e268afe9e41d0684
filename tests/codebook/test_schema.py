from __future__ import annotations

import datetime
import itertools
import string
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.codebook.diff import codebook_differences
from classifier.codebook.schema import Codebook, CodeField
from classifier.errors import CodebookError, FieldError
from classifier.spelling import normalise
from tests.support.workbooks import write_text

# Fields and codes


def scale(**more: object) -> CodeField:
    content: dict[str, object] = {
        "name": "scale",
        "column": "Scale",
        "kind": "single",
        "codes": [{"code": "Sub-national", "aliases": ["Province", "County level"]}, {"code": "National"}],
    }
    return CodeField.model_validate(content | more)


@pytest.mark.parametrize("label", ["Sub-national", "SUB NATIONAL", "subnational.", "Province", "county-level"])
def test_code_is_found_by_its_label_or_alias_however_typed(label: str) -> None:
    assert scale().find(label) == "Sub-national"


def test_label_of_no_code_is_not_found() -> None:
    assert scale().find("Nation") is None


def test_nearest_code_may_be_an_alias() -> None:
    assert scale().nearest("Provinces") == "Province"


def test_option_leads_to_its_code(codebook: Codebook) -> None:
    cluster = codebook.field("change_type_cluster")
    assert cluster.derive("capacity change l and a ") == "Capacity change"


def test_option_of_no_code_leads_nowhere(codebook: Codebook) -> None:
    assert codebook.field("change_type_cluster").derive("Capacity change") is None


def test_multiple_field_is_split_by_its_separator(codebook: Codebook) -> None:
    cell = "GEN: More equal gender roles;CIV: Less suppression of civic space ; "
    assert codebook.field("scc_objective").split(cell) == (
        "GEN: More equal gender roles",
        "CIV: Less suppression of civic space",
    )


def test_codes_on_lines_of_their_own_are_split() -> None:
    sdg = scale(name="sdg", kind="multiple", separator="|", codes=[{"code": "Gender"}, {"code": "Peace"}])
    assert sdg.split("Gender\nPeace") == ("Gender", "Peace")


def test_known_code_wrapped_onto_a_second_line_is_one_label(codebook: Codebook) -> None:
    cell = "CIV: Less suppression\nof civic space"
    assert codebook.field("scc_objective").split(cell) == (cell,)


def test_a_code_that_holds_the_separator_is_one_label() -> None:
    text = numbered(("single", "multiple"), ("Water", '"Water, sanitation and hygiene"'))
    sector = Codebook.parse(f'{text}    separator: ", "\n').field("sector")
    assert sector.split("Health, WATER, sanitation and hygiene") == ("Health", "WATER, sanitation and hygiene")


@pytest.mark.parametrize(("separator", "cell"), [('" "', "Health  Water"), ('"\\n"', "Health\nWater")])
def test_a_blank_or_a_line_break_may_part_codes(separator: str, cell: str) -> None:
    sector = Codebook.parse(f"{numbered(('single', 'multiple'))}    separator: {separator}\n").field("sector")
    assert sector.split(cell) == ("Health", "Water")


def test_single_field_is_not_split() -> None:
    assert scale().split("National; Sub-national") == ("National; Sub-national",)


def test_shipped_codebook_has_the_four_fields_and_no_slips(codebook: Codebook) -> None:
    assert [(field.name, field.column) for field in codebook.fields] == [
        ("change_type_cluster", "TypeOfChangeCluster"),
        ("social_actor", "Social actor"),
        ("scale", "Scale"),
        ("scc_objective", "Link to SCC Specific Objectives"),
    ]
    assert codebook.unknown_keys() == ()


def test_unknown_field_is_reported_with_the_nearest(codebook: Codebook) -> None:
    with pytest.raises(FieldError, match="did you mean 'social_actor'"):
        codebook.field("social_actors")


def test_unlike_field_is_reported_with_all_there_are(codebook: Codebook) -> None:
    names = "the fields are change_type_cluster, social_actor, scale, scc_objective"
    with pytest.raises(FieldError, match=names):
        codebook.field("zzz")


# Writing a codebook

WORD = st.text(string.ascii_letters + string.digits + "éèçøß中ش", min_size=1, max_size=12)
PROSE = st.text(string.printable.replace("\r", "") + "éèç’–中ش", max_size=60)


@st.composite
def codebooks(draw: st.DrawFn) -> dict[str, Any]:
    """Draw the content of a codebook that has nothing to correct."""
    names = draw(st.lists(WORD, min_size=1, max_size=3, unique_by=normalise))
    fields = []
    for name in names:
        labels = draw(st.lists(WORD, min_size=2, max_size=6, unique_by=normalise))
        codes: list[dict[str, object]] = [{"code": label, "definition": draw(PROSE)} for label in labels[1:]]
        codes[0]["aliases"] = labels[:1]
        codes[0]["mcq"] = draw(st.lists(WORD, max_size=3, unique_by=normalise))
        kind = draw(st.sampled_from(["single", "multiple"]))
        separator = draw(st.sampled_from(["; ", "|", "/ "]))
        fields.append({"name": name, "column": f"{name} code", "kind": kind, "separator": separator, "codes": codes})
    content: dict[str, Any] = {"fields": fields}
    if draw(st.booleans()):
        content["columns"] = {"id": draw(st.lists(WORD, min_size=1, max_size=2)), "year": draw(WORD)}
    return content


@pytest.mark.slow
@settings(deadline=None)
@given(codebooks())
def test_written_codebook_reads_to_the_same(content: dict[str, Any]) -> None:
    codebook = Codebook.model_validate(content)
    assert Codebook.parse(codebook.dump()) == codebook
    assert Codebook.parse(codebook.dump()).sha256 == codebook.sha256


def test_shipped_codebook_written_and_read_again_is_the_same(codebook: Codebook) -> None:
    codebook.field("scale").find("National")
    assert Codebook.parse(codebook.dump()) == codebook


SECTORS = """\
fields:
  - name: sector
    column: Sector
    kind: single
    codes:
      - code: Health
        definition: Clinics and their staff.
      - code: Water
"""


def test_hash_looks_past_layout_and_comments() -> None:
    flow = """
    # The same, by another hand.
    fields: [{kind: single, name: sector, column: 'Sector',
              codes: [{code: Health, definition: "Clinics and their staff."}, {code: Water}]}]
    """
    assert Codebook.parse(flow).sha256 == Codebook.parse(SECTORS).sha256


def test_hash_changes_with_a_definition() -> None:
    changed = SECTORS.replace("Clinics and", "Clinics, midwives and")
    assert Codebook.parse(changed).sha256 != Codebook.parse(SECTORS).sha256


def test_codebook_may_bear_a_date() -> None:
    dated = Codebook.parse(f"agreed_on: 2024-05-01\n{SECTORS}")
    assert Codebook.parse(dated.dump()).sha256 == dated.sha256


def test_differences_name_fields_and_codes_that_came_and_went() -> None:
    newer = Codebook.parse(
        """
        fields:
          - {name: sector, column: Sector, kind: multiple, codes: [{code: Water}, {code: Education}]}
          - {name: sdg, column: SDGs, kind: single, codes: [{code: 5}]}
        """
    )
    assert codebook_differences(Codebook.parse(SECTORS), newer) == (
        "field 'sector' (column 'Sector') was single and is multiple",
        "field 'sector' (column 'Sector'): code 'Health' is gone",
        "field 'sector' (column 'Sector'): code 'Education' is new",
        "field 'sdg' (column 'SDGs') is new",
    )
    assert codebook_differences(newer, Codebook.parse(SECTORS))[-1] == "field 'sdg' (column 'SDGs') is gone"


def test_another_wording_is_no_difference() -> None:
    reworded = Codebook.parse(SECTORS.replace("Clinics", "Hospitals"))
    assert codebook_differences(Codebook.parse(SECTORS), reworded) == ()


# What a codebook may leave out


def test_three_keys_per_field_and_one_per_code_are_enough() -> None:
    codebook = Codebook.parse("fields: [{name: scale, column: Scale, kind: single, codes: [{code: Local}]}]")
    assert codebook.field("scale").code_names == ("Local",)


def test_blanks_around_a_code_in_quotes_are_trimmed() -> None:
    codebook = Codebook.parse(SECTORS.replace("Health", "' Health '"))
    assert codebook.field("sector").code_names == ("Health", "Water")


def test_columns_left_out_have_the_owners_names() -> None:
    columns = Codebook.parse(f"{SECTORS}columns: {{id: Record no.}}").columns
    assert (columns.id, columns.country, columns.merged) == (
        ("Record no.",),
        ("coutnry", "country"),
        ("StoryFragment_Merged",),
    )


def test_number_may_be_a_code_or_a_column() -> None:
    codebook = Codebook.parse(
        "fields: [{name: sdg, column: 17, kind: single, codes: [{code: 5}]}]\ncolumns: {year: 2024}"
    )
    assert codebook.field("sdg").find("5") == "5"
    assert codebook.columns.year == ("2024",)


def test_key_that_looks_like_a_slip_is_reported() -> None:
    codebook = Codebook.parse(SECTORS.replace("definition:", "defnition:"))
    assert codebook.unknown_keys() == (
        "Health: key 'defnition' is unknown here and is ignored (did you mean 'definition'?)",
    )


# Numbers and bare words are codes as they are written


@pytest.mark.parametrize(
    "code",
    [
        *("5.10", "010", "1:30", "1e3", "0x1F", "0b11", "0o17", "1_000", ".5", "+1", "-1", "5.0", "007"),
        *("yes", "no", "on", "off", "Yes", "NO", "true", "False", "y", "n"),
        *("null", "~", "Null", "NaN", ".nan", ".inf", "-.inf", "N/A"),
        *("2024-01-01", "2024-02-30", "2024-01-01 10:00:00", "9" * 5000),
    ],
)
def test_a_code_is_what_is_written(code: str) -> None:
    codebook = Codebook.parse(SECTORS.replace("Water", code))
    assert codebook.field("sector").code_names == ("Health", code)
    assert Codebook.parse(codebook.dump()) == codebook


def test_names_columns_aliases_and_options_are_what_is_written() -> None:
    codebook = Codebook.parse(
        """
        fields:
          - {name: 010, column: 1.10, kind: single, derived_from: 2024-01-01, separator: 0x1,
             codes: [{code: no, aliases: [off, 5.10], mcq: [1:30, null], definition: 1.50, include: yes}]}
        columns: {id: 017, year: [2_024]}
        """
    )
    field = codebook.fields[0]
    (code,) = field.codes
    assert (field.name, field.column, field.derived_from, field.separator) == ("010", "1.10", "2024-01-01", "0x1")
    assert (code.aliases, code.mcq, code.definition, code.include) == (("off", "5.10"), ("1:30", "null"), "1.50", "yes")
    assert (codebook.columns.id, codebook.columns.year) == (("017",), ("2_024",))


@pytest.mark.parametrize("nothing", ["", "null", "~", "Null"])
def test_null_means_nothing_where_a_key_may_be_left_out(nothing: str) -> None:
    text = f"""
    fields:
      - name: sector
        column: Sector
        kind: single
        derived_from: {nothing}
        aliases: {nothing}
        question: {nothing}
        separator: {nothing}
        codes:
          - code: Water
            definition: {nothing}
            mcq: {nothing}
            aliases: {nothing}
    columns: {nothing}
    """
    plain = Codebook.parse("fields: [{name: sector, column: Sector, kind: single, codes: [{code: Water}]}]")
    assert Codebook.parse(text) == plain


def test_keys_of_its_owners_mean_what_yaml_takes_them_for() -> None:
    codebook = Codebook.parse(
        f"version: 1\nis_final: yes\nagreed_on: 2024-05-01\nshares: {{1: [0.5, null]}}\n{SECTORS}"
    )
    date = datetime.date(2024, 5, 1)
    assert codebook.model_extra == {"version": 1, "is_final": True, "agreed_on": date, "shares": {1: [0.5, None]}}


def test_hash_of_a_codebook_is_the_one_that_models_were_made_with(codebook: Codebook) -> None:
    assert codebook.sha256 == "34e9dc6c6f9b2819f4e093713b393815ff4a2f1159b15acd587c912c6237002a"
    numbered = Codebook.parse(f"version: 2\n{SECTORS.replace('Water', '16.3')}")
    assert numbered.sha256 == "0e82ced3cb6268989640fa534fa1cf50765fd5d93368871fcef20885dd1f07be"


TOO_MANY = "it holds more than 100000 keys, values and items, those of an alias each time it is used"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("fields: &a [*a]\n", TOO_MANY),
        (f"fields: [{'x,' * 100_000}]", TOO_MANY),
        (f"fields: {'[' * 900}{']' * 900}\n", "its lists are nested too deeply"),
        (
            "a: &a [x,x,x,x,x,x,x,x,x]\n"
            + "".join(f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]\n" for a, b in itertools.pairwise("abcdefghi")),
            TOO_MANY,
        ),
        (
            'fields: [{name: n, column: c, kind: single, codes: [{code: "X\\uD800"}]}]',
            "line 1: has half a character (such as \\uD83D); write the character itself",
        ),
    ],
)
def test_a_hostile_document_is_refused(text: str, problem: str) -> None:
    assert problems_of(text) == (problem,)


def test_more_codes_than_are_read_are_refused() -> None:
    codes = "".join(f"  - code: c{number}\n" for number in range(5001))
    [problem] = problems_of(f"fields:\n- name: scale\n  column: Scale\n  kind: single\n  codes:\n{codes}")
    assert problem == "line 2: fields: it has 5001 codes, and at most 5000 are read"


def test_larger_codebook_than_is_read_is_refused_before(tmp_path: Path) -> None:
    path = tmp_path / "codebook.yaml"
    with path.open("wb") as file:
        file.truncate(2**20 + 1)
    with pytest.raises(CodebookError, match="it has more than 1 MiB"):
        Codebook.read(path)


def test_a_long_value_is_not_quoted_whole() -> None:
    assert len("".join(problems_of(f"fields: [{'1' * 10_000}]"))) < 200


def test_of_many_problems_the_first_are_shown() -> None:
    with pytest.raises(CodebookError, match=r"and 400 more$"):
        Codebook.parse(f"fields: [{'x, ' * 500}]")


# Signs


def test_codes_that_differ_by_a_sign_are_codes_of_their_own() -> None:
    codebook = Codebook.parse(
        "fields: [{name: direction, column: Direction, kind: single, codes: [{code: -1}, {code: 0}, {code: 1}]}]"
    )
    direction = codebook.field("direction")
    assert [direction.find(label) for label in ("-1", "- 1", "0", "1", "+1")] == ["-1", "-1", "0", "1", "1"]


def test_options_and_columns_that_differ_by_a_sign_are_their_own() -> None:
    codebook = Codebook.parse(
        """
        fields:
          - name: up
            column: Effect (+)
            kind: single
            derived_from: Q1
            codes: [{code: A, mcq: [<5]}, {code: B, mcq: [">5"]}]
          - {name: down, column: Effect (-), kind: single, codes: [{code: A}]}
        """
    )
    assert (codebook.field("up").derive("> 5"), codebook.field("effect -").name) == ("B", "down")


# What a codebook may not say


def problems_of(text: str) -> tuple[str, ...]:
    with pytest.raises(CodebookError) as caught:
        Codebook.parse(text)
    return caught.value.problems


def numbered(*changes: tuple[str, str]) -> str:
    """Return the codebook of sectors with some of its text replaced; its lines keep their numbers."""
    text = SECTORS
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "line 1: a codebook starts with `fields:`; this file has no keys"),
        ("programme: Water for all\n", "line 1: 'fields' is missing"),
        ("programme: Water\nfields:\n", "line 2: fields: a list is expected; start each item below it with a dash"),
        ("fields: []\n", "line 1: fields is empty; write at least one"),
        (numbered(("    kind: single\n", "")), "line 2: 'kind' is missing"),
        (numbered(("single", "several")), "line 4: kind: input should be 'single' or 'multiple'"),
        (numbered(("column: Sector", "column: ' '")), "line 3: column: is empty; write a name"),
        (numbered(("code: Health", "code:")), "line 6: code: is empty; write a name"),
        (numbered(("- code: Water", "- Water")), "line 8: codes: 'Water' has no key; write `code: …`"),
        (
            numbered(("Water", "HEALTH")),
            "line 8: codes: code 'HEALTH' appears twice (of 'Health' and 'HEALTH'); "
            "case, blanks and punctuation don't count",
        ),
        (
            numbered(("Water", "Water\n        aliases: [water]")),
            "line 9: codes: code 'water' appears twice; case, blanks and punctuation don't count",
        ),
        (
            numbered(
                ("definition: Clinics and their staff.", "mcq: [Training]"), ("Water", "{code: Water, mcq: [training]}")
            ).replace("- code: {", "- {"),
            "line 8: codes: option 'training' appears twice (of 'Health' and 'Water'); "
            "case, blanks and punctuation don't count",
        ),
        (
            numbered(("single", "multiple"), ("Water", "Water; health"), ("definition:", "aliases: [Water] #")),
            "line 2: separator: with ';' between labels, 'Water; health' is also 'Water' and 'health'; choose "
            "another separator",
        ),
        (
            numbered(("column: Sector", "column: Sector\n    separator: ''")),
            "line 4: separator: is empty; write a character, a blank or a line break",
        ),
        (
            numbered(("name: sector", "name: sector, main")),
            "line 2: name: holds a comma, which separates the fields on the command line; leave it out",
        ),
        (
            SECTORS + "  - {name: second, column: SECTOR, kind: single, codes: [{code: Water}]}\n",
            "line 9: fields: column 'SECTOR' appears twice (of 'sector' and 'second'); "
            "case, blanks and punctuation don't count",
        ),
        (
            SECTORS + "columns:\n  parts:\n    - column: What changed\n    - column: Why it matters\n",
            "line 11: parts: part 'Why it matters' needs a label; only the first part goes without",
        ),
        (
            SECTORS + "columns:\n  parts: [{column: What}, {column: Why, label: More}, {column: How, label: More}]\n",
            "line 10: parts: label 'More' appears twice (of 'Why' and 'How'); case, blanks and punctuation don't count",
        ),
        (SECTORS + "columns:\n  id: []\n", "line 10: id is empty; write at least one"),
        (numbered(("    column", "    name: again\n    column")), "line 3: key 'name' appears twice"),
        (numbered(("column: Sector", "column: [Sector")), "line 4: expected ',' or ']', but got ':'"),
    ],
)
def test_problem_is_reported_with_its_line(text: str, problem: str) -> None:
    assert problems_of(text) == (problem,)


def test_separator_of_a_multiple_field_is_reported_on_its_line() -> None:
    text = numbered(("kind: single", "kind: multiple"), ("- code: Water", "- code: Water/health\n      - code: Water"))
    assert problems_of(f'{text}    separator: "/"\n') == (
        "line 10: separator: with '/' between labels, 'Water/health' is also 'Water' and 'health'; choose "
        "another separator",
    )


def test_all_problems_are_reported_at_once() -> None:
    text = numbered(("kind: single", "kind: one"), ("Health", "' '"), ("- code: Water", "- definition: Wells."))
    with pytest.raises(CodebookError) as caught:
        Codebook.parse(text, source="sectors.yaml")
    assert str(caught.value) == (
        "sectors.yaml: 3 problems to correct in the codebook\n"
        "  line 4: kind: input should be 'single' or 'multiple'\n"
        "  line 6: code: is empty; write a name\n"
        "  line 8: 'code' is missing"
    )


# Files


def test_codebook_saved_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = write_text(tmp_path / "sectors.yaml", SECTORS, encoding="utf-8-sig")
    assert Codebook.read(path) == Codebook.parse(SECTORS)


def test_missing_codebook_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "none.yaml"
    with pytest.raises(CodebookError) as caught:
        Codebook.read(path)
    assert str(caught.value) == (
        f"{path}: 1 problem to correct in the codebook\n  the file can't be read; name a codebook in YAML"
    )


def test_workbook_in_place_of_a_codebook_is_reported(training_data: Path) -> None:
    with pytest.raises(CodebookError) as caught:
        Codebook.read(training_data / "harvest_1.xlsx")
    assert caught.value.problems == (
        "it has the columns of a harvest, not of a codebook; give it as the harvest, and draft a codebook from its "
        "codes, on the page that checks it or with `outcome-coder codebook draft`",
    )


def test_shipped_codebook_says_what_its_yaml_says(codebook: Codebook, training_data: Path) -> None:
    content = yaml.safe_load((training_data / "codebook.yaml").read_text(encoding="utf-8"))
    codes_by_field = {field["name"]: [code["code"] for code in field["codes"]] for field in content["fields"]}
    assert {field.name: list(field.code_names) for field in codebook.fields} == codes_by_field


def test_field_is_found_by_its_column_too(codebook: Codebook) -> None:
    assert codebook.field("social ACTOR").name == "social_actor"
