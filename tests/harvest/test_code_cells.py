"""The codes of an outcome, read from the cells of its row."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from classifier.codebook.schema import Codebook
from classifier.codebook.tick_columns import split_tick
from classifier.errors import FaultsError
from classifier.faults import FaultKind
from classifier.harvest.coded import read_coded_harvests
from classifier.harvest.reading import Harvest, read_harvest
from tests.support.workbooks import write_outcomes

ACTORS = Codebook.parse(
    """
    fields:
      - name: actor
        column: Actor
        kind: multiple
        codes:
          - {code: Women's groups, column: Actor/women}
          - {code: Media, column: Actor/media}
          - {code: Police, column: Actor/police}
    """
)
GOALS = Codebook.parse(
    """
    fields:
      - name: goal
        column: Goal
        kind: multiple
        codes:
          - {code: "CIV: Less suppression of civic space"}
          - {code: "GEN: More equal gender roles"}
          - {code: "REM: More remedy for victims", aliases: [Redress and remedy]}
    """
)


def read(folder: Path, codebook: Codebook, *rows: Mapping[str, object]) -> Harvest:
    records = [
        {"FragmentID": f"A/{n}", "Outcome description": "Women took a seat.", **row} for n, row in enumerate(rows)
    ]
    return read_harvest(write_outcomes(folder / "coded.xlsx", *records), codebook=codebook)


def codes_of(harvest: Harvest) -> list[tuple[str, ...]]:
    return [codes for outcome in harvest.outcomes for codes in (outcome.codes or {"": ()}).values()]


def reported(harvest: Harvest, kind: FaultKind) -> list[str]:
    return [str(fault) for fault in harvest.warnings if fault.kind is kind]


# Columns that say yes or no to one code each


@pytest.mark.parametrize(
    ("yes", "no"),
    [(1, 0), ("1", "0"), (True, False), ("TRUE", ""), ("x", None), ("yes", "no"), ("1.0", "0.0"), ("Media", "")],
)
def test_ticks_are_read_as_one_field(tmp_path: Path, yes: object, no: object) -> None:
    rows = [
        {"Actor/women": 0, "Actor/media": yes, "Actor/police": 1},
        {"Actor/women": 1, "Actor/media": no, "Actor/police": 0},
        {"Actor/women": 0, "Actor/media": no, "Actor/police": 0},
    ]
    harvest = read(tmp_path, ACTORS, *rows)
    assert codes_of(harvest) == [("Media", "Police"), ("Women's groups",), ()]
    assert reported(harvest, FaultKind.CODE) == []


def test_ticks_are_reported(tmp_path: Path) -> None:
    harvest = read(tmp_path, ACTORS, {"Actor/women": 1, "Actor/media": 0})
    assert reported(harvest, FaultKind.NOTE) == [
        "Outcomes!C1: 'Actor' is read from 2 columns that say yes or no to one code each (as the codebook says)",
        "Outcomes!C1: there is no column for 'Police' of 'Actor' (it is read as not given)",
    ]


@pytest.mark.parametrize("name", ["Actor/{}", "Actor [{}]", "Actor: {}", "Actor - {}"])
def test_ticks_are_read_though_the_codebook_names_no_columns(tmp_path: Path, name: str) -> None:
    bare = Codebook.parse(
        "fields: [{name: actor, column: Actor, kind: multiple, codes: [{code: Women}, {code: Media}, {code: Police}]}]"
    )
    harvest = read(tmp_path, bare, {name.format("Women"): 1, name.format("Media"): 0, name.format("Police"): 1})
    assert codes_of(harvest) == [("Women", "Police")]
    assert reported(harvest, FaultKind.NOTE) == [
        "Outcomes!C1: 'Actor' is read from 3 columns that say yes or no to one code each (by their names; if other "
        "columns are meant, rename these)"
    ]


FORM = Codebook.parse(
    """
    fields:
      - name: actor
        column: actor
        aliases: [Acteur]
        question: Who changed?
        kind: multiple
        codes:
          - {code: Women's groups, column: actor/women, aliases: [women, Groupes de femmes]}
          - {code: Media, column: actor/media, aliases: [Médias]}
    """
)


@pytest.mark.parametrize(
    ("women", "media"),
    [
        ("Who changed?/Women's groups", "Who changed?/Media"),
        ("Acteur [Groupes de femmes]", "Acteur [Médias]"),
        ("Who changed? (choice=Women's groups)", "Who changed? (choice=Media)"),
        ("actor/women", "actor/media"),
    ],
)
def test_ticks_are_read_by_any_name_of_the_question_and_any_label_of_the_answer(
    tmp_path: Path, women: str, media: str
) -> None:
    harvest = read(tmp_path, FORM, {women: 0, media: 1}, {women: 1, media: 1})
    assert codes_of(harvest) == [("Media",), ("Women's groups", "Media")]


def test_ticked_answer_that_is_no_code_is_reported(tmp_path: Path) -> None:
    row = {"Acteur [Médias]": 1, "Acteur [Police]": 0, "Acteur [Mèdia]": 1, "Acteur [Remarks]": "see annex"}
    assert reported(read(tmp_path, FORM, row), FaultKind.CODE) == [
        "Outcomes!E1: column 'Acteur [Mèdia]' says yes to 'Mèdia', which is not a code of 'actor' (did you mean "
        "'Media'?; to have the column left out, give it another name)"
    ]


def test_further_tick_column_of_a_code_is_reported_where_it_adds_a_yes(tmp_path: Path) -> None:
    rows = [{"Acteur [Médias]": 1, "Who changed?/Media": 0}, {"Acteur [Médias]": 0, "Who changed?/Media": 1}]
    assert reported(read(tmp_path, FORM, *rows), FaultKind.CODE) == [
        "Outcomes!D1: column 'Who changed?/Media' says yes to code 'Media' where 'Acteur [Médias]' doesn't, and is not "
        "read (join the two columns; to have this one left out, give it another name)"
    ]


def test_further_tick_column_of_a_code_that_says_the_same_is_no_problem(tmp_path: Path) -> None:
    rows = [{"Acteur [Médias]": 1, "Who changed?/Media": "x"}, {"Acteur [Médias]": 0, "Who changed?/Media": ""}]
    harvest = read(tmp_path, FORM, *rows)
    assert (codes_of(harvest), reported(harvest, FaultKind.CODE)) == ([("Media",), ()], [])


@pytest.mark.parametrize(
    "name", ["Actor/{}", "Who? [{}]", "Who? - {}", "Who?: {}", "Who? ({})", "Who? (choice={})", "Kind of actor/Who?/{}"]
)
@pytest.mark.parametrize("answer", ["Men/boys", "Élus/députés", "NGO [local]", "ONG (locale)"])
def test_ticks_are_read_where_the_answer_has_slashes_or_brackets_itself(tmp_path: Path, name: str, answer: str) -> None:
    field = """
    fields:
      - name: actor
        column: Actor
        aliases: ["Kind of actor/Who?"]
        question: Who?
        kind: multiple
        codes: [{code: Men/boys, aliases: [Élus/députés]}, {code: "NGO [local]", aliases: ["ONG (locale)"]}]
    """
    codebook = Codebook.parse(field)
    harvest = read(tmp_path, codebook, {name.format(answer): 1}, {name.format(answer): 0})
    assert codes_of(harvest) == [(codebook.field("actor").find(answer),), ()]


@pytest.mark.parametrize("name", ["Actor" + " " * 30_000 + "x", "Actor [" + "[" * 30_000, "Actor" + "/" * 30_000])
def test_endless_name_of_a_column_is_split_in_no_time(name: str) -> None:
    began = time.monotonic()
    list(split_tick(name))
    assert time.monotonic() - began < 0.5


def test_tick_column_with_a_slip_is_read_and_the_slip_reported(tmp_path: Path) -> None:
    harvest = read(tmp_path, FORM, {"Acteur [Médias]": 1}, {"Acteur [Médias]": "perhaps"}, {"Acteur [Médias]": 0})
    assert codes_of(harvest) == [("Media",), (), ()]
    assert reported(harvest, FaultKind.CODE) == [
        "Outcomes!C3: 'perhaps' says neither yes nor no to code 'Media' (write 1 or 0, or leave it empty)"
    ]


BEFORE_AND_AFTER = """
fields:
  - {name: before, column: Actor before, question: "Who acts?", kind: multiple, codes: [{code: Media}, {code: Police}]}
  - {name: after, column: Actor after, question: "Who acts?", kind: multiple, codes: [{code: Media}, {code: Army}]}
"""


def test_ticks_below_a_question_of_several_fields_are_reported_and_not_read(tmp_path: Path) -> None:
    harvest = read(tmp_path, Codebook.parse(BEFORE_AND_AFTER), {"Who acts?/Media": 1}, {"Who acts?/Media": 0})
    assert codes_of(harvest) == [(), ()]
    assert reported(harvest, FaultKind.CODE) == [
        "Outcomes!C1: column 'Who acts?/Media' says yes to 'Media', and its question is that of several fields: 'Actor "
        "before', 'Actor after' (call it after the field, such as 'Actor before/Media'; to have it left out, give it "
        "another name)"
    ]


def test_question_of_several_fields_is_reported_though_one_of_them_has_it_as_a_column(tmp_path: Path) -> None:
    text = BEFORE_AND_AFTER.replace("column: Actor before", 'column: Actor before, aliases: ["Who acts?"]')
    harvest = read(tmp_path, Codebook.parse(text), {"Who acts?/Media": 1}, {"Who acts?/Media": 0})
    assert codes_of(harvest) == [(), ()]
    assert [fault.partition(" (call")[0] for fault in reported(harvest, FaultKind.CODE)] == [
        "Outcomes!C1: column 'Who acts?/Media' says yes to 'Media', and its question is that of several fields: 'Actor "
        "before', 'Actor after'"
    ]


def test_column_of_a_field_counts_before_the_question_of_another(tmp_path: Path) -> None:
    text = BEFORE_AND_AFTER.replace("Who acts?", "Actor before")
    harvest = read(tmp_path, Codebook.parse(text), {"Actor before: Media": 1}, {"Actor before: Media": 0})
    assert [dict(outcome.codes) for outcome in harvest.outcomes] == [{"before": ("Media",)}, {}]


def test_translated_question_above_the_translated_names_of_its_answers_is_read(tmp_path: Path) -> None:
    field = """
    fields:
      - name: actor
        column: Actor
        kind: multiple
        translations: {fr: {column: Acteur}}
        codes: [{code: Media, translations: {fr: {code: Médias}}}, {code: Army, translations: {fr: {code: Armée}}}]
    """
    path = tmp_path / "survey.csv"
    path.write_text(
        "FragmentID,Outcome description,Acteur,\n,,Médias,Armée\n1,The council met.,0,1\n2,It met.,1,0\n", "utf-8"
    )
    assert codes_of(read_harvest(path, codebook=Codebook.parse(field))) == [("Army",), ("Media",)]


def test_question_above_the_names_of_its_answers_is_read(tmp_path: Path) -> None:
    text = "Respondent ID,Outcome description,Who changed?,\n,Open-Ended Response,Groupes de femmes,Media\n"
    path = tmp_path / "survey.csv"
    path.write_text(f"{text}1,The council met in public.,,Media\n2,Women took a seat.,Groupes de femmes,\n", "utf-8")
    harvest = read_harvest(path, codebook=FORM)
    assert codes_of(harvest) == [("Media",), ("Women's groups",)]


def test_remarks_on_a_code_are_no_ticks(tmp_path: Path) -> None:
    bare = Codebook.parse("fields: [{name: scale, column: Scale, kind: single, codes: [{code: Local}, {code: Wide}]}]")
    harvest = read(tmp_path, bare, {"Scale": "Wide", "Scale (Local)": "see annex"}, {"Scale": "Local"})
    assert (codes_of(harvest), harvest.warnings) == ([("Wide",), ("Local",)], ())


def test_codes_parted_by_blanks_are_read(tmp_path: Path) -> None:
    tags = Codebook.parse("fields: [{name: tags, column: Tags, kind: multiple, codes: [{code: CIV}, {code: GEN}]}]")
    harvest = read(tmp_path, tags, {"Tags": "GEN CIV"}, {"Tags": "GEN x"})
    assert codes_of(harvest)[0] == ("GEN", "CIV")
    assert reported(harvest, FaultKind.CODE) == [
        "Outcomes!C3: 'GEN x' is not a code of 'Tags' (did you mean 'GEN'? If not, add it to the codebook)"
    ]


def test_a_tick_that_says_neither_yes_nor_no_is_reported(tmp_path: Path) -> None:
    harvest = read(tmp_path, ACTORS, {"Actor/women": "maybe", "Actor/media": 1})
    assert reported(harvest, FaultKind.CODE) == [
        "Outcomes!C2: 'maybe' says neither yes nor no to code \"Women's groups\" (write 1 or 0, or leave it empty)"
    ]


def test_labels_count_before_ticks(tmp_path: Path) -> None:
    harvest = read(tmp_path, ACTORS, {"Actor": "Police", "Actor/women": 1, "Actor/media": 0})
    assert codes_of(harvest) == [("Police",)]
    assert (
        "Outcomes!C2: 'Actor' and the columns of single codes differ; the first is used (correct one of them)"
        in reported(harvest, FaultKind.NOTE)
    )


def test_several_ticks_for_one_code_are_reported(tmp_path: Path) -> None:
    single = Codebook.parse(ACTORS.dump().replace("kind: multiple", "kind: single"))
    harvest = read(tmp_path, single, {"Actor/women": 1, "Actor/media": 1})
    assert codes_of(harvest) == [()]
    assert reported(harvest, FaultKind.CODE) == [
        "Outcomes!C2: \"Women's groups\" and 'Media' are ticked, but 'Actor' takes one code (keep one, or make the "
        "field `multiple` in the codebook)"
    ]


def test_a_file_coded_by_ticks_alone_is_a_coded_one(tmp_path: Path) -> None:
    row = {"FragmentID": "A/1", "Outcome description": "Women took a seat.", "Actor/media": 1}
    path = write_outcomes(tmp_path / "coded.xlsx", row)
    (harvest,) = read_coded_harvests([path], codebook=ACTORS)
    assert codes_of(harvest) == [("Media",)]


# Codes typed by hand


@pytest.mark.parametrize("typed", ["CIV", "civ:", "civic space", "CIV: Less supp", "Less suppression"])
def test_a_part_that_fits_one_code_is_read_as_it_and_reported(tmp_path: Path, typed: str) -> None:
    harvest = read(tmp_path, GOALS, {"Goal": typed})
    assert codes_of(harvest) == [("CIV: Less suppression of civic space",)]
    assert reported(harvest, FaultKind.GUESS) == [
        f"Outcomes!C2: {typed!r} is read as 'CIV: Less suppression of civic space' (if that is wrong, write the "
        f"whole code)"
    ]


def test_a_part_of_an_alias_leads_to_its_code(tmp_path: Path) -> None:
    assert codes_of(read(tmp_path, GOALS, {"Goal": "GEN; redress"})) == [
        ("GEN: More equal gender roles", "REM: More remedy for victims")
    ]


@pytest.mark.parametrize("typed", ["More", "of", "CI", "suppr", "and", "Civil"])
def test_a_part_that_fits_several_codes_or_none_is_no_code(tmp_path: Path, typed: str) -> None:
    harvest = read(tmp_path, GOALS, {"Goal": typed})
    assert codes_of(harvest) == [()]
    assert reported(harvest, FaultKind.CODE)[0].startswith(f"Outcomes!C2: {typed!r} is not a code of 'Goal'")


def test_parts_do_not_stop_who_only_reads(tmp_path: Path) -> None:
    row = {"FragmentID": "A/1", "Outcome description": "Women took a seat.", "Goal": "CIV"}
    (harvest,) = read_coded_harvests([write_outcomes(tmp_path / "coded.xlsx", row)], codebook=GOALS)
    assert codes_of(harvest) == [("CIV: Less suppression of civic space",)]


def test_a_misspelled_code_stops_training(tmp_path: Path) -> None:
    row = {"FragmentID": "A/1", "Outcome description": "Women took a seat.", "Goal": "CVI: Less supression"}
    with pytest.raises(FaultsError, match="did you mean 'CIV: Less suppression of civic space'"):
        read_coded_harvests([write_outcomes(tmp_path / "coded.xlsx", row)], codebook=GOALS)


# Notes


def test_label_is_told_once_with_its_cells_and_the_codes_of_a_field_once(tmp_path: Path) -> None:
    harvest = read(tmp_path, GOALS, *({"Goal": label} for label in ("Fewer mines", "Peace", "Fewer mines")))
    assert [str(note) for note in harvest.notes] == [
        "coded.xlsx: Outcomes!C2, C4: 'Fewer mines' is not a code of 'Goal' (the codes are CIV: Less suppression of "
        "civic space, GEN: More equal gender roles, REM: More remedy for victims; correct the cell, or add it to the "
        "codebook)",
        "coded.xlsx: Outcomes!C3: 'Peace' is not a code of 'Goal' (correct the cell, or add it to the codebook)",
    ]


# Confidential outcomes


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (
            {"Goal": "Wanjiru fled"},
            "a label of a confidential outcome, which is not shown, is not a code of 'Goal'",
        ),
        ({"Goal": "", "Year": "Wanjiru"}, "the year is unusual"),
    ],
)
def test_fault_of_a_confidential_outcome_quotes_no_cell(tmp_path: Path, cells: dict[str, object], told: str) -> None:
    harvest = read(tmp_path, GOALS, {"Outcome statements is CONFIDENTIAL": "YES", **cells})
    assert told in str(harvest.warnings)
    assert "Wanjiru" not in str(harvest.warnings)


def test_option_and_tick_of_a_confidential_outcome_are_not_quoted(tmp_path: Path) -> None:
    harvest = read(tmp_path, ACTORS, {"Outcome statements is CONFIDENTIAL": "YES", "Actor/women": "Wanjiru"})
    (fault,) = reported(harvest, FaultKind.CODE)
    assert fault == (
        "Outcomes!D2: a label of a confidential outcome, which is not shown, says neither yes nor no to code \"Women's "
        'groups" (write 1 or 0, or leave it empty)'
    )


def test_label_of_another_outcome_is_quoted(tmp_path: Path) -> None:
    harvest = read(tmp_path, GOALS, {"Outcome statements is CONFIDENTIAL": "NO", "Goal": "Peace"})
    assert "'Peace' is not a code of 'Goal'" in str(harvest.warnings)


# Doubt

SCALE = Codebook.parse(
    """
    fields:
      - {name: scale, column: Scale, kind: single, codes: [{code: Local}, {code: National}, {code: "Other?"}]}
    """
)


@pytest.mark.parametrize("label", ["Local?", "Local ?", "? Local", "Local (?)", "¿Local?", "Local؟", "Local？"])
def test_label_with_a_question_mark_is_no_code(tmp_path: Path, label: str) -> None:
    harvest = read(tmp_path, SCALE, {"Scale": label})
    assert codes_of(harvest) == [()]
    assert reported(harvest, FaultKind.CODE) == [
        f"Outcomes!C2: {label!r} has a question mark, so it is no code of 'Scale' (write the code without it once it "
        "is sure, or leave the cell empty)"
    ]


def test_code_that_has_a_question_mark_is_read(tmp_path: Path) -> None:
    assert codes_of(read(tmp_path, SCALE, {"Scale": "other?"})) == [("Other?",)]


@pytest.mark.parametrize(
    ("cell", "codes"), [("CIV?; Redress and remedy", ("REM: More remedy for victims",)), ("CIV? Media", ())]
)
def test_part_of_a_code_with_a_question_mark_is_not_completed(
    tmp_path: Path, cell: str, codes: tuple[str, ...]
) -> None:
    harvest = read(tmp_path, GOALS, {"Goal": cell})
    assert codes_of(harvest) == [codes]
    assert reported(harvest, FaultKind.GUESS) == []


BLANKS = Codebook.parse(
    """
    fields:
      - name: change
        column: Change
        kind: multiple
        separator: " "
        codes: [{code: Capacités de la société civile}, {code: Débat public}, {code: law}, {code: debate}]
    """
)


@pytest.mark.parametrize("cell", ["Capacités de la societe civile", "Débat public Capacités de la societe civile law"])
def test_misspelt_code_of_several_words_is_one_where_blanks_part_codes(tmp_path: Path, cell: str) -> None:
    assert reported(read(tmp_path, BLANKS, {"Change": cell}), FaultKind.CODE) == [
        "Outcomes!C2: 'Capacités de la societe civile' is not a code of 'Change' (did you mean 'Capacités de la "
        "société civile'? If not, add it to the codebook)"
    ]


def test_unknown_words_that_are_like_no_code_are_told_one_by_one(tmp_path: Path) -> None:
    told = reported(read(tmp_path, BLANKS, {"Change": "law xyz qrs"}), FaultKind.CODE)
    assert [text.partition(" (")[0] for text in told] == [
        "Outcomes!C2: 'xyz' is not a code of 'Change'",
        "Outcomes!C2: 'qrs' is not a code of 'Change'",
    ]


def test_doubted_code_is_not_read_where_another_of_its_names_has_a_question_mark(tmp_path: Path) -> None:
    field = "{name: scale, column: Scale, kind: single, codes: [{code: Local, aliases: [Village, 'How local?']}]}"
    harvest = read(tmp_path, Codebook.parse(f"fields: [{field}]"), {"Scale": "Village?"}, {"Scale": "How local?"})
    assert codes_of(harvest) == [(), ("Local",)]


def test_codes_parted_by_blanks_are_not_read_where_one_is_doubted(tmp_path: Path) -> None:
    short = Codebook.parse("fields: [{name: goal, column: Goal, kind: multiple, codes: [{code: CIV}, {code: GEN}]}]")
    assert codes_of(read(tmp_path, short, {"Goal": "CIV GEN?"})) == [()]


def test_tick_with_a_question_mark_is_none(tmp_path: Path) -> None:
    harvest = read(tmp_path, ACTORS, {"Actor/women": "1", "Actor/media": "yes?"})
    assert codes_of(harvest) == [("Women's groups",)]
    assert "'yes?' says neither yes nor no to code 'Media'" in reported(harvest, FaultKind.CODE)[0]


def test_no_with_a_question_mark_keeps_an_outcome_confidential(tmp_path: Path) -> None:
    harvest = read(tmp_path, GOALS, {"Outcome statements is CONFIDENTIAL": "No?"})
    assert harvest.outcomes[0].confidential
