from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.codebook.schema import Codebook
from classifier.errors import FieldError
from classifier.harvest.coded import read_coded_harvests
from classifier.harvest.layout import Layout
from classifier.harvest.outcome import Outcome
from classifier.harvest.reading import Harvest
from classifier.harvest.story import Story
from classifier.report.crosstab.axes import MISSING
from classifier.report.crosstab.counts import Crosstab, count_by, count_codes, cross_tables, unfit_columns
from classifier.spreadsheet.sheet import Sheet
from tests.support.workbooks import write_outcomes, write_text

CODEBOOK = Codebook.parse(
    """
fields:
  - name: scale
    column: Scale
    kind: single
    codes: [{code: Local}, {code: National}, {code: International}]
  - name: actor
    column: "Social actor "
    kind: single
    codes: [{code: Citizens}, {code: Government}]
  - name: objective
    column: Objectives
    kind: multiple
    codes: [{code: CIV}, {code: CON}]
"""
)
STORY = "The county adopted a by-law on public meetings."
KENYA = {"FragmentID": "SCC/1", "Scale": "Local", "Social actor": "Citizens", "Objectives": "CIV", "coutnry": "Kenya"}
MALI = {"FragmentID": "SCC/2", "Scale": "Local", "Social actor": "Government", "coutnry": "Mali"}
UN = {"FragmentID": "SCC/3", "Scale": "International", "Objectives": "CIV; CON"}


def harvest_of(path: Path, *outcomes: Mapping[str, object]) -> Harvest:
    stories = [{"Outcome description": STORY, **outcome} for outcome in outcomes]
    return read_coded_harvests([write_outcomes(path, *stories)], codebook=CODEBOOK)[0]


def refusal_of(harvest: Harvest, by: str) -> str:
    with pytest.raises(FieldError) as caught:
        count_by([harvest], CODEBOOK, by=by)
    return str(caught.value)


def titles_of(tables: Sequence[Crosstab]) -> list[str]:
    return [table.title for table in tables]


def contents_of(tables: Sequence[Crosstab]) -> list[object]:
    return [(table.title, table.rows, table.columns, table.counts, table.shares) for table in tables]


@pytest.fixture
def harvest(tmp_path: Path) -> Harvest:
    """Three outcomes: the second serves no objective, the third has no actor and no country."""
    return harvest_of(tmp_path / "harvest.xlsx", KENYA, MALI, UN)


# Counts per field


def test_each_code_is_counted_once_per_outcome_that_has_it(harvest: Harvest) -> None:
    scale, _, _ = count_codes([harvest], CODEBOOK)
    assert (scale.rows, scale.counts) == (("Local", "National", "International"), ((2,), (0,), (1,)))


def test_outcomes_without_a_code_are_undecided(harvest: Harvest) -> None:
    _, actor, _ = count_codes([harvest], CODEBOOK)
    assert (actor.n_outcomes, actor.n_undecided, actor.n_decided) == (3, 1, 2)


def test_shares_are_of_decided_outcomes(harvest: Harvest) -> None:
    _, actor, _ = count_codes([harvest], CODEBOOK)
    assert actor.shares == ((0.5,), (0.5,))


def test_every_code_of_a_multiple_field_is_counted(harvest: Harvest) -> None:
    *_, objective = count_codes([harvest], CODEBOOK)
    assert (objective.counts, objective.n_decided) == (((2,), (1,)), 2)


def test_a_multiple_field_says_that_its_counts_may_exceed_n(harvest: Harvest) -> None:
    *_, objective = count_codes([harvest], CODEBOOK)
    assert objective.notes == (
        "An outcome may have several codes of 'Objectives' and counts under each, so counts may add up to more than n.",
    )


def test_a_single_field_needs_no_such_note(harvest: Harvest) -> None:
    assert count_codes([harvest], CODEBOOK)[0].notes == ()


def test_tables_are_titled_by_the_columns_without_their_blanks(harvest: Harvest) -> None:
    assert titles_of(count_codes([harvest], CODEBOOK)) == ["Scale", "Social actor", "Objectives"]


def test_an_outcome_in_two_files_counts_once(tmp_path: Path, harvest: Harvest) -> None:
    again = harvest_of(tmp_path / "again.xlsx", KENYA)
    assert count_codes([harvest, again], CODEBOOK)[0].n_outcomes == 3


def test_the_later_file_wins(tmp_path: Path, harvest: Harvest) -> None:
    corrected = harvest_of(tmp_path / "corrected.xlsx", {**KENYA, "Scale": "National"})
    assert count_codes([harvest, corrected], CODEBOOK)[0].counts == ((1,), (1,), (1,))


def test_a_field_that_nobody_coded_has_no_shares(tmp_path: Path) -> None:
    uncoded = harvest_of(tmp_path / "uncoded.xlsx", {"FragmentID": "SCC/1", "Scale": ""})
    [scale, *_] = count_codes([uncoded], CODEBOOK)
    assert (scale.n_undecided, scale.shares) == (1, ((None,), (None,), (None,)))


# Cross-tables


def test_two_fields_are_cross_tabulated(harvest: Harvest) -> None:
    table = cross_tables([harvest], CODEBOOK)[0]
    assert (table.title, table.rows, table.columns, table.counts) == (
        "Scale by Social actor",
        ("Local", "National", "International"),
        ("Citizens", "Government"),
        ((1, 1), (0, 0), (0, 0)),
    )


def test_n_and_undecided_are_given_by_row(harvest: Harvest) -> None:
    table = cross_tables([harvest], CODEBOOK)[0]
    assert (table.n_by_row, table.undecided_by_row) == ((2, 0, 1), (0, 0, 1))


def test_n_and_undecided_are_given_by_column(tmp_path: Path) -> None:
    unscaled = {"FragmentID": "SCC/4", "Social actor": "Citizens"}
    table = cross_tables([harvest_of(tmp_path / "harvest.xlsx", KENYA, MALI, unscaled)], CODEBOOK)[0]
    assert (table.n_by_column, table.undecided_by_column) == ((2, 1), (1, 0))


def test_shares_are_of_the_decided_outcomes_of_a_column(tmp_path: Path) -> None:
    unscaled = {"FragmentID": "SCC/4", "Social actor": "Citizens"}
    table = cross_tables([harvest_of(tmp_path / "harvest.xlsx", KENYA, MALI, unscaled)], CODEBOOK)[0]
    assert table.shares[0] == (1.0, 1.0)


def test_an_outcome_that_lacks_one_of_two_fields_is_undecided(harvest: Harvest) -> None:
    table = cross_tables([harvest], CODEBOOK)[0]
    assert (table.n_outcomes, table.n_undecided) == (3, 1)


def test_several_codes_are_cross_tabulated_too(harvest: Harvest) -> None:
    table = cross_tables([harvest], CODEBOOK)[1]
    assert (table.title, table.counts) == ("Scale by Objectives", ((1, 0), (0, 0), (1, 1)))


def test_a_country_that_is_not_given_is_missing(harvest: Harvest) -> None:
    table = count_by([harvest], CODEBOOK, by="country")[0]
    assert (table.columns, table.counts) == (("Kenya", "Mali", MISSING), ((1, 1, 0), (0, 0, 0), (0, 0, 1)))


def test_an_empty_cell_is_not_a_no(tmp_path: Path) -> None:
    harvest = harvest_of(
        tmp_path / "harvest.xlsx",
        {**KENYA, "Outcome is negative": "YES"},
        {**MALI, "Outcome is negative": "NO"},
        {**UN, "Outcome is negative": ""},
    )
    assert count_by([harvest], CODEBOOK, by="negative")[0].columns == ("NO", "YES", MISSING)


def test_a_file_without_the_column_has_missing_values(tmp_path: Path, harvest: Harvest) -> None:
    without = harvest_of(tmp_path / "without.xlsx", {"FragmentID": "SCC/9", "Scale": "National"})
    assert count_by([harvest, without], CODEBOOK, by="country")[0].counts[1] == (0, 0, 1)


def test_the_country_is_that_of_the_later_file_too(tmp_path: Path, harvest: Harvest) -> None:
    moved = harvest_of(tmp_path / "moved.xlsx", {**KENYA, "coutnry": "Mali"})
    assert count_by([harvest, moved], CODEBOOK, by="country")[0].columns == ("Mali", MISSING)


def test_values_that_differ_in_typing_are_one_by_the_commonest_spelling(tmp_path: Path) -> None:
    countries = ["south sudan", "South  Sudan", "South Sudan"]
    harvest = harvest_of(
        tmp_path / "harvest.xlsx",
        *({"FragmentID": f"SCC/{row}", "Scale": "Local", "coutnry": name} for row, name in enumerate(countries)),
    )
    table = count_by([harvest], CODEBOOK, by="country")[0]
    assert (table.columns, table.counts[0]) == (("South Sudan",), (3,))


def test_periods_are_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    periods = ["harvest 10", "harvest 2", ""]
    harvest = harvest_of(
        tmp_path / "harvest.xlsx",
        *(
            {"FragmentID": f"SCC/{row}", "Scale": "Local", "OH-harvesting period": name}
            for row, name in enumerate(periods)
        ),
    )
    assert count_by([harvest], CODEBOOK, by="period")[0].columns == ("harvest 2", "harvest 10", MISSING)


def test_a_table_may_be_counted_by_a_field(harvest: Harvest) -> None:
    assert titles_of(count_by([harvest], CODEBOOK, by="Social actor")) == [
        "Scale by Social actor",
        "Objectives by Social actor",
    ]


def test_a_column_is_found_whatever_its_case_and_blanks(tmp_path: Path) -> None:
    harvest = harvest_of(tmp_path / "harvest.xlsx", {**KENYA, "Rating  significance ": "high"})
    assert count_by([harvest], CODEBOOK, by="rating-SIGNIFICANCE")[0].title == "Scale by Rating significance"


def test_a_column_given_by_its_own_name_is_the_country_too(harvest: Harvest) -> None:
    by_heading, by_word = (count_by([harvest], CODEBOOK, by=name) for name in ("Coutnry", "country"))
    assert contents_of(by_heading) == contents_of(by_word)


def test_a_codebook_may_name_the_column_of_negative_outcomes(tmp_path: Path) -> None:
    codebook = Codebook.parse(f"{CODEBOOK.dump()}columns: {{negative: Setback}}\n")
    harvest = harvest_of(tmp_path / "harvest.xlsx", {**KENYA, "Setback": "no"})
    assert count_by([harvest], codebook, by="negative")[0].columns == ("no",)


def test_a_csv_is_counted_as_a_workbook_is(tmp_path: Path) -> None:
    path = write_text(
        tmp_path / "harvest.csv",
        f"FragmentID,Outcome description,Scale,The change was unintended\n1,{STORY},Local,YES\n2,{STORY},Local,\n",
    )
    table = count_by(read_coded_harvests([path], codebook=CODEBOOK), CODEBOOK, by="unintended")[0]
    assert (table.columns, table.counts[0]) == (("YES", MISSING), (1, 1))


def test_only_columns_with_values_are_counted_by(harvest: Harvest) -> None:
    assert titles_of(cross_tables([harvest], CODEBOOK)) == [
        "Scale by Social actor",
        "Scale by Objectives",
        "Social actor by Objectives",
        "Scale by country",
        "Social actor by country",
        "Objectives by country",
    ]


def test_fields_that_nobody_coded_are_left_out(tmp_path: Path) -> None:
    scaled = harvest_of(tmp_path / "harvest.xlsx", {"FragmentID": "SCC/1", "Scale": "Local", "coutnry": "Mali"})
    assert titles_of(cross_tables([scaled], CODEBOOK)) == ["Scale by country"]


def test_what_is_asked_for_comes_last(tmp_path: Path) -> None:
    harvest = harvest_of(tmp_path / "harvest.xlsx", {**KENYA, "Year": "2024"})
    assert titles_of(cross_tables([harvest], CODEBOOK, by=["year"]))[-3:] == [
        "Scale by Year",
        "Social actor by Year",
        "Objectives by Year",
    ]


def test_what_is_counted_by_anyway_is_not_counted_twice(harvest: Harvest) -> None:
    with_country = cross_tables([harvest], CODEBOOK, by=["country"])
    assert contents_of(with_country) == contents_of(cross_tables([harvest], CODEBOOK))


def test_a_field_named_in_by_gives_the_columns(harvest: Harvest) -> None:
    assert titles_of(cross_tables([harvest], CODEBOOK, by=["scale"]))[:3] == [
        "Social actor by Scale",
        "Objectives by Scale",
        "Social actor by Objectives",
    ]


def test_a_country_that_is_coded_is_a_field_and_no_column(tmp_path: Path) -> None:
    country = "{name: land, column: coutnry, kind: single, codes: [{code: Kenya}, {code: Mali}]}"
    codebook = Codebook.parse(
        f"fields:\n  - {country}\n  - {country.replace('land, column: coutnry', 'at, column: At')}\n"
    )
    path = write_outcomes(tmp_path / "harvest.xlsx", {**KENYA, "Outcome description": STORY, "At": "Mali"})
    assert titles_of(cross_tables(read_coded_harvests([path], codebook=codebook), codebook)) == ["coutnry by At"]


# What can't be counted by


def test_an_unknown_column_is_refused_with_the_nearest_name(harvest: Harvest) -> None:
    assert refusal_of(harvest, "countries") == "the harvest has no column 'countries' (did you mean 'coutnry'?)"


def test_an_unknown_column_like_no_other_is_refused_with_those_found(harvest: Harvest) -> None:
    assert refusal_of(harvest, "?!") == (
        "the harvest has no column '?!' (the columns found are 'Outcome description', 'FragmentID', 'Scale', "
        "'Social actor', 'Objectives', 'coutnry')"
    )


def test_an_empty_column_is_named_as_in_the_harvest(tmp_path: Path) -> None:
    blank = harvest_of(tmp_path / "harvest.xlsx", {**KENYA, "coutnry": " "})
    assert refusal_of(blank, "country").startswith("column 'coutnry' is empty for every outcome")


def test_an_empty_column_is_refused(tmp_path: Path) -> None:
    blank = harvest_of(tmp_path / "harvest.xlsx", {**KENYA, "Year": " "})
    assert refusal_of(blank, "year") == (
        "column 'Year' is empty for every outcome; name a column with few and short values, such as a country or a year"
    )


def test_long_texts_are_refused_and_not_quoted(tmp_path: Path) -> None:
    evidence = "Minutes of the meeting of 3 May, kept by the secretary, Mrs. A."
    harvest = harvest_of(tmp_path / "harvest.xlsx", {**KENYA, "Evidence": evidence})
    assert refusal_of(harvest, "evidence") == (
        "column 'Evidence' holds texts, the longest of 63 characters, where a value may have 60 at most; name a column "
        "with few and short values, such as a country or a year"
    )


def test_more_than_forty_values_are_refused(tmp_path: Path) -> None:
    harvest = harvest_of(
        tmp_path / "harvest.xlsx",
        *({"FragmentID": f"SCC/{row}", "Scale": "Local", "Partner": f"Partner {row}"} for row in range(41)),
    )
    assert refusal_of(harvest, "Partner") == (
        "column 'Partner' holds 41 different values, where a table has room for 40; name a column with few and short "
        "values, such as a country or a year"
    )


def test_forty_values_and_empty_cells_are_counted_by(tmp_path: Path) -> None:
    partners = [f"Partner {row}" for row in range(40)] + [""]
    harvest = harvest_of(
        tmp_path / "harvest.xlsx",
        *({"FragmentID": f"SCC/{row}", "Scale": "Local", "Partner": name} for row, name in enumerate(partners)),
    )
    assert len(count_by([harvest], CODEBOOK, by="partner")[0].columns) == 41


@pytest.mark.parametrize("column", ["FragmentID", "Outcome description"])
def test_ids_and_stories_are_refused_however_few_and_short(harvest: Harvest, column: str) -> None:
    assert refusal_of(harvest, column) == (
        f"column {column!r} holds IDs or stories; name a column with few and short values, such as a country or a year"
    )


def test_of_two_columns_of_one_name_neither_is_taken(tmp_path: Path) -> None:
    header = f"FragmentID,Outcome description,Scale,Note,note\n1,{STORY},Local,a,b\n"
    path = write_text(tmp_path / "harvest.csv", header)
    [doubled] = read_coded_harvests([path], codebook=CODEBOOK)
    assert refusal_of(doubled, "note") == "harvest.csv: column 'Note' appears twice; rename or delete one of the two"


def test_an_unfit_country_is_left_out_and_reported(tmp_path: Path) -> None:
    harvest = harvest_of(tmp_path / "harvest.xlsx", {**KENYA, "coutnry": f"Kenya, {'and others, ' * 5}too"})
    assert titles_of(cross_tables([harvest], CODEBOOK)) == [
        "Scale by Social actor",
        "Scale by Objectives",
        "Social actor by Objectives",
    ]
    assert unfit_columns([harvest], CODEBOOK) == (
        "column 'coutnry' holds texts, the longest of 70 characters, where a value may have 60 at most; name a column "
        "with few and short values, such as a country or a year",
    )


def test_nothing_is_unfit_in_the_sample(coded_harvest: Harvest, codebook: Codebook) -> None:
    assert unfit_columns([coded_harvest], codebook) == ()


# Any outcomes


Drawn = list[tuple[dict[str, tuple[str, ...]], str]]  # the codes and the country of each outcome
OUTCOMES = st.lists(
    st.tuples(
        st.fixed_dictionaries(
            {
                "scale": st.sampled_from([(), ("Local",), ("National",), ("International",)]),
                "actor": st.sampled_from([(), ("Citizens",), ("Government",)]),
                "objective": st.sampled_from([(), ("CIV",), ("CON",), ("CON", "CIV")]),
            }
        ),
        st.sampled_from(["", "Kenya", "KENYA", "Mali"]),
    ),
    max_size=12,
)


def harvest_drawn(outcomes: Drawn) -> Harvest:
    """Make a harvest without a file."""
    story = Story(parts={}, description=STORY, merged=STORY)
    return Harvest(
        path=Path("harvest.csv"),
        sheet=Sheet(name="harvest", rows=[["coutnry"], *([country] for _, country in outcomes)]),
        layout=Layout(
            header=0,
            id=0,
            merged=None,
            parts={},
            period=None,
            country=0,
            year=None,
            confidential=(),
            fields={},
            options={},
        ),
        outcomes=tuple(
            Outcome(fragment_id=f"SCC/{row}", story=story, codes=codes, row=row)
            for row, (codes, _) in enumerate(outcomes, start=1)
        ),
    )


@settings(deadline=None)
@given(OUTCOMES)
def test_counts_of_a_single_field_and_undecided_add_up_to_n(outcomes: Drawn) -> None:
    scale, actor, _ = count_codes([harvest_drawn(outcomes)], CODEBOOK)
    assert [sum(table.n_by_row) + table.n_undecided for table in (scale, actor)] == [len(outcomes), len(outcomes)]


@settings(deadline=None)
@given(OUTCOMES)
def test_by_single_fields_and_columns_rows_and_undecided_add_up_to_n(outcomes: Drawn) -> None:
    tables = [table for table in cross_tables([harvest_drawn(outcomes)], CODEBOOK) if table.by != "Objectives"]
    for table in tables:
        totals = [sum(row) + undecided for row, undecided in zip(table.counts, table.undecided_by_row, strict=True)]
        assert totals == list(table.n_by_row)


@settings(deadline=None)
@given(OUTCOMES)
def test_no_count_exceeds_the_decided_outcomes_of_its_column(outcomes: Drawn) -> None:
    for table in cross_tables([harvest_drawn(outcomes)], CODEBOOK):
        assert all(share is None or 0.0 <= share <= 1.0 for row in table.shares for share in row)


@settings(deadline=None)
@given(OUTCOMES)
def test_the_same_file_twice_changes_nothing(outcomes: Drawn) -> None:
    once, twice = [harvest_drawn(outcomes)], [harvest_drawn(outcomes), harvest_drawn(outcomes)]
    assert contents_of(cross_tables(once, CODEBOOK)) == contents_of(cross_tables(twice, CODEBOOK))


def test_dates_are_counted_by_their_year(tmp_path: Path) -> None:
    dated = [KENYA | {"FragmentID": f"SCC/{day}", "Year": f"2024-03-{day}"} for day in (10, 11)]
    harvest = harvest_of(tmp_path / "coded.xlsx", *dated, KENYA | {"Year": "2024"})
    assert count_by([harvest], CODEBOOK, by="Year")[0].column_axis.values == ("2024",)
