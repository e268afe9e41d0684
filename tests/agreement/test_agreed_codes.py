from __future__ import annotations

import datetime
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from classifier.agreement.adjudication import AdjudicatedCode, Difference, read_adjudication
from classifier.agreement.adjudication_workbook import write_adjudication
from classifier.agreement.agreed_codes import AdjudicatedFile, write_agreed_codes
from classifier.agreement.codings import read_codings
from classifier.codebook.schema import Codebook
from classifier.errors import OutputError
from classifier.harvest.coded import read_coded_harvests
from classifier.harvest.hidden_sheet import add_trace
from classifier.harvest.reading import read_harvest
from tests.support.workbooks import write_outcomes, write_text

CODEBOOK = Codebook.parse(
    """
fields:
  - name: cluster
    column: TypeOfChangeCluster
    kind: single
    derived_from: MCQType of change
    codes:
      - {code: Agenda and access, mcq: [Agenda setting, Space to engage]}
      - {code: Protection and redress, mcq: [Individual case]}
      - {code: Policy and law change, mcq: [Policy adopted, Policy blocked]}
  - name: scale
    column: Scale
    kind: single
    codes: [{code: Local}, {code: Sub-national, aliases: [Province]}, {code: National}]
  - name: objective
    column: Link to objectives
    kind: multiple
    codes: [{code: CIV}, {code: CON}, {code: GEN}]
"""
)

WHEN = datetime.datetime(2025, 3, 14, 9, 30, tzinfo=datetime.timezone(datetime.timedelta(hours=3)))
DORI, GOMA, MARALAL = "SCC-ENV/033", "SCC-WRL/006", "SCC-LPC/035"
STORIES = {
    DORI: "In May 2024 the council of Dori adopted a by-law that keeps cattle away from the wells.",
    GOMA: "The women's platform of Goma obtained two seats in the peace committee.",
    MARALAL: "The magistrate of Maralal acquitted six young persons of the grazing committee.",
}
OPTION, CLUSTER, SCALE, OBJECTIVES = "MCQType of change", "TypeOfChangeCluster", "Scale", "Link to objectives"

Rows = Mapping[str, Mapping[str, object]]
ANA: Rows = {
    DORI: {OPTION: "Policy adopted", CLUSTER: "Policy and law change", SCALE: "Local", OBJECTIVES: "CIV; GEN"},
    GOMA: {OPTION: "Agenda setting", CLUSTER: "Agenda and access", SCALE: "Local", OBJECTIVES: "CON"},
    MARALAL: {OPTION: "Policy blocked", CLUSTER: "Policy and law change", SCALE: "National", OBJECTIVES: None},
}
BEN: Rows = {
    DORI: {OPTION: "Policy adopted", CLUSTER: "Policy and law change", SCALE: "Local", OBJECTIVES: "GEN; CIV"},
    GOMA: {OPTION: "Policy adopted", CLUSTER: "Policy and law change", SCALE: "National", OBJECTIVES: "CON; GEN"},
    MARALAL: {OPTION: None, CLUSTER: "Protection and redress", SCALE: "Sub-national", OBJECTIVES: None},
}


def write(path: Path, rows: Rows, *, without: Sequence[str] = ()) -> Path:
    outcomes = (
        {"FragmentID": name, "Outcome description": STORIES[name], "Year": 2024, **codes}
        for name, codes in rows.items()
    )
    return write_outcomes(path, *({key: outcome[key] for key in outcome if key not in without} for outcome in outcomes))


def agreed(fragment_id: str, field: str, *codes: str, note: str = "") -> AdjudicatedCode:
    return AdjudicatedCode(fragment_id=fragment_id, field=field, codes=codes, note=note, where="Differences!E2")


@dataclass(frozen=True, kw_only=True)
class Pair:
    """The files of two coders, and what comes of them."""

    folder: Path

    @property
    def ana(self) -> Path:
        return self.folder / "ana.xlsx"

    @property
    def ben(self) -> Path:
        return self.folder / "ben.xlsx"

    @property
    def out(self) -> Path:
        return self.folder / "agreed.xlsx"

    def adjudicate(self, *adjudicated: AdjudicatedCode, coder: str = "Awa", overwrite: bool = False) -> AdjudicatedFile:
        return adjudicate_files([self.ana, self.ben], self.out, *adjudicated, coder=coder, overwrite=overwrite)

    def sheet(self, *adjudicated: AdjudicatedCode, title: str = "Outcomes") -> Worksheet:
        self.adjudicate(*adjudicated)
        return opened(self.out, title)

    def row(self, fragment_id: str, *adjudicated: AdjudicatedCode) -> dict[str, object]:
        """Return the cells of an outcome, by their columns."""
        header, *rows = self.sheet(*adjudicated).iter_rows(values_only=True)
        cells = next(row for row in rows if row[0] == fragment_id)
        return {str(name): value for name, value in zip(header, cells, strict=True)}

    def edit(self, cell: str, value: str | datetime.datetime | None) -> None:
        """Change a cell of the first coder's workbook."""
        workbook = load_workbook(self.ana)
        workbook["Outcomes"][cell] = value
        workbook.save(self.ana)


def adjudicate_files(
    paths: Sequence[Path], out: Path, *adjudicated: AdjudicatedCode, coder: str = "Awa", overwrite: bool = False
) -> AdjudicatedFile:
    harvests = [read_harvest(path, codebook=CODEBOOK) for path in paths]
    return write_agreed_codes(
        harvests, adjudicated, codebook=CODEBOOK, coder=coder, when=WHEN, out=out, overwrite=overwrite
    )


def opened(path: Path, title: str) -> Worksheet:
    sheet = load_workbook(path)[title]
    assert isinstance(sheet, Worksheet)
    return sheet


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    write(tmp_path / "ana.xlsx", ANA)
    write(tmp_path / "ben.xlsx", BEN)
    return Pair(folder=tmp_path)


# Codes


def test_adjudicated_code_is_entered(pair: Pair) -> None:
    assert pair.row(MARALAL, agreed(MARALAL, "scale", "Sub-national"))[SCALE] == "Sub-national"


def test_several_adjudicated_codes_are_joined_by_the_separator(pair: Pair) -> None:
    assert pair.row(GOMA, agreed(GOMA, "objective", "GEN", "CON"))[OBJECTIVES] == "GEN; CON"


def test_code_that_all_gave_is_entered(pair: Pair) -> None:
    assert pair.row(DORI)[SCALE] == "Local"


def test_same_codes_in_another_order_are_kept_in_the_first_coders_order(pair: Pair) -> None:
    assert pair.row(DORI)[OBJECTIVES] == "CIV; GEN"


def test_code_of_the_only_coder_who_coded_it_is_entered(pair: Pair) -> None:
    pair.edit("F2", None)
    assert pair.row(DORI)[SCALE] == "Local"


def test_cell_of_an_open_difference_is_empty(pair: Pair) -> None:
    assert pair.row(GOMA)[SCALE] is None


def test_cell_that_nobody_coded_stays_empty(pair: Pair) -> None:
    assert pair.row(MARALAL)[OBJECTIVES] is None


def test_label_outside_the_codebook_is_not_taken_out(pair: Pair) -> None:
    pair.edit("G4", "WATER")
    assert pair.row(MARALAL)[OBJECTIVES] == "WATER"


def test_adjudicated_code_overrides_unanimous_codes(pair: Pair) -> None:
    assert pair.row(DORI, agreed(DORI, "scale", "National"))[SCALE] == "National"


def test_alias_is_written_as_its_code(pair: Pair) -> None:
    pair.edit("F4", "Province")
    assert pair.row(MARALAL)[SCALE] == "Sub-national"


def test_formula_in_a_code_cell_gives_way_to_the_code(pair: Pair) -> None:
    # Its value isn't copied, so that nothing could be read there.
    pair.edit("F2", '=IF(C2=2024,"Local","")')
    assert pair.row(DORI)[SCALE] == "Local"


def test_field_without_a_column_gets_one_at_the_right(pair: Pair) -> None:
    write(pair.ana, ANA, without=[SCALE])
    sheet = pair.sheet(agreed(GOMA, "scale", "National"))
    assert [cell.value for cell in sheet["G"]] == ["Scale", "Local", "National", "Sub-national"]


def test_field_that_nobody_coded_gets_no_column(pair: Pair) -> None:
    write(pair.ana, ANA, without=[SCALE])
    write(pair.ben, BEN, without=[SCALE])
    assert SCALE not in pair.row(DORI)


def test_third_coder_who_differs_keeps_it_open(pair: Pair) -> None:
    chi = write(pair.folder / "chi.xlsx", {DORI: {**ANA[DORI], SCALE: "National"}})
    assert (DORI, "scale") in adjudicate_files([pair.ana, pair.ben, chi], pair.out).still_open


# Options that codes derive from


def test_option_that_leads_to_the_adjudicated_code_stays(pair: Pair) -> None:
    assert pair.row(GOMA, agreed(GOMA, "cluster", "Agenda and access"))[OPTION] == "Agenda setting"


def test_option_is_removed_where_several_belong_to_the_adjudicated_code(pair: Pair) -> None:
    assert pair.row(GOMA, agreed(GOMA, "cluster", "Policy and law change"))[OPTION] is None


def test_option_is_replaced_by_the_only_one_that_leads_to_the_adjudicated_code(pair: Pair) -> None:
    assert pair.row(MARALAL, agreed(MARALAL, "cluster", "Protection and redress"))[OPTION] == "Individual case"


def test_only_option_that_leads_to_the_adjudicated_code_is_filled_in(pair: Pair) -> None:
    pair.edit("D4", None)
    assert pair.row(MARALAL, agreed(MARALAL, "cluster", "Protection and redress"))[OPTION] == "Individual case"


def test_option_of_an_open_difference_is_taken_out(pair: Pair) -> None:
    assert pair.row(GOMA)[OPTION] is None


def test_option_that_all_agree_with_stays(pair: Pair) -> None:
    assert pair.row(DORI)[OPTION] == "Policy adopted"


def test_option_outside_the_codebook_stays_beside_the_code_it_was_given_with(pair: Pair) -> None:
    pair.edit("D3", "Agenda raised")
    assert pair.row(GOMA, agreed(GOMA, "cluster", "Agenda and access"))[OPTION] == "Agenda raised"


def test_option_outside_the_codebook_is_taken_out_beside_another_code(pair: Pair) -> None:
    pair.edit("D3", "Agenda raised")
    assert pair.row(GOMA, agreed(GOMA, "cluster", "Policy and law change"))[OPTION] is None


def test_agreed_file_reads_back_without_a_fault(pair: Pair) -> None:
    pair.adjudicate(
        agreed(GOMA, "cluster", "Policy and law change"), agreed(MARALAL, "cluster", "Protection and redress")
    )
    (harvest,) = read_coded_harvests([pair.out], codebook=CODEBOOK)
    assert [outcome.codes.get("cluster") for outcome in harvest.outcomes] == [
        ("Policy and law change",),
        ("Policy and law change",),
        ("Protection and redress",),
    ]


def test_open_differences_read_back_as_not_coded(pair: Pair) -> None:
    pair.adjudicate()
    (harvest,) = read_coded_harvests([pair.out], codebook=CODEBOOK)
    assert [sorted(outcome.codes) for outcome in harvest.outcomes] == [["cluster", "objective", "scale"], [], []]


# Outcomes


def test_outcome_that_only_another_coder_has_is_added_below(pair: Pair) -> None:
    write(pair.ana, {name: codes for name, codes in ANA.items() if name != MARALAL})
    assert pair.row(MARALAL) == {
        "FragmentID": MARALAL,
        "Outcome description": STORIES[MARALAL],
        "Year": "2024",
        OPTION: None,
        CLUSTER: "Protection and redress",
        SCALE: "Sub-national",
        OBJECTIVES: None,
    }


def test_outcomes_that_were_added_are_reported(pair: Pair) -> None:
    write(pair.ana, {DORI: ANA[DORI]})
    assert pair.adjudicate().notes == (
        "ana.xlsx: lacks 2 outcomes, which were added below its last row: SCC-WRL/006, SCC-LPC/035",
    )


def test_adjudicated_code_of_an_unknown_outcome_is_reported(pair: Pair) -> None:
    stranger = agreed("SCC-JEU/026", "scale", "Local")
    written = pair.adjudicate(stranger)
    assert (written.strangers, written.n_adjudicated) == ((stranger,), 0)
    assert written.notes == ("1 adjudicated outcome not in any of the coders' files, and not written: SCC-JEU/026",)


# Counts


def test_each_field_of_each_outcome_is_counted_once(pair: Pair) -> None:
    written = pair.adjudicate(agreed(GOMA, "scale", "National"), agreed(MARALAL, "cluster", "Protection and redress"))
    assert (written.n_adjudicated, written.n_agreed, written.n_uncoded, len(written.still_open)) == (2, 3, 1, 3)


def test_open_differences_are_named(pair: Pair) -> None:
    assert pair.adjudicate(agreed(GOMA, "scale", "National")).still_open == (
        (GOMA, "cluster"),
        (GOMA, "objective"),
        (MARALAL, "cluster"),
        (MARALAL, "scale"),
    )


# The sheet of adjudicated codes


def test_sheet_says_what_was_adjudicated_by_whom_and_when(pair: Pair) -> None:
    sheet = pair.sheet(agreed(GOMA, "objective", "CON", note="GEN is a means here."), title="Adjudicated")
    assert list(sheet.iter_rows(values_only=True)) == [
        ("FragmentID", "Field", "ana", "ben", "Agreed code", "Adjudicated by", "When", "Note"),
        (GOMA, OBJECTIVES, "CON", "CON; GEN", "CON", "Awa", "2025-03-14T09:30:00+03:00", "GEN is a means here."),
    ]


def test_note_that_looks_like_a_formula_stays_text(pair: Pair) -> None:
    sheet = pair.sheet(agreed(GOMA, "scale", "Local", note="=1+1"), title="Adjudicated")
    assert (sheet["H2"].value, sheet["H2"].data_type) == ("=1+1", "s")


def test_earlier_sheet_of_adjudicated_codes_is_kept(pair: Pair) -> None:
    pair.adjudicate(agreed(GOMA, "scale", "Local"))
    pair.out.rename(pair.ana)
    pair.adjudicate(agreed(MARALAL, "scale", "National"))
    assert load_workbook(pair.out).sheetnames == ["Outcomes", "Adjudicated", "Adjudicated (2)"]


# The user's workbook


def test_no_coders_file_is_changed(pair: Pair) -> None:
    before = pair.ana.read_bytes(), pair.ben.read_bytes()
    pair.adjudicate(agreed(GOMA, "scale", "National"))
    assert (pair.ana.read_bytes(), pair.ben.read_bytes()) == before


def test_other_cells_are_kept(pair: Pair) -> None:
    pair.edit("C2", datetime.datetime(2024, 5, 3))
    assert pair.row(DORI)["Year"] == datetime.datetime(2024, 5, 3)


def test_code_cell_keeps_its_fill(pair: Pair) -> None:
    workbook = load_workbook(pair.ana)
    workbook["Outcomes"]["F3"].fill = PatternFill("solid", fgColor="FFFFE699")
    workbook.save(pair.ana)
    assert pair.sheet(agreed(GOMA, "scale", "National"))["F3"].fill.fgColor.rgb == "FFFFE699"


def test_long_comment_has_room_to_be_read(pair: Pair) -> None:
    workbook = load_workbook(pair.ana)
    workbook["Outcomes"]["B2"].comment = Comment("\n".join(["Ask Awa for the by-law."] * 12), "Programme officer")
    workbook.save(pair.ana)
    with zipfile.ZipFile(pair.adjudicate().out) as package:
        boxes = package.read("xl/drawings/commentsDrawing1.vml").decode()
    assert "height:260px" in boxes  # 12 lines and one to spare, at 20 pixels each


def test_second_sheet_is_kept(pair: Pair) -> None:
    workbook = load_workbook(pair.ana)
    workbook.create_sheet("Contacts").append(["Awa", "Ouagadougou"])
    workbook.save(pair.ana)
    assert pair.sheet(title="Contacts")["A1"].value == "Awa"


def test_what_is_kept_hidden_of_suggestions_is_left_out(pair: Pair) -> None:
    workbook = load_workbook(pair.ana)
    add_trace(workbook, [])
    workbook.save(pair.ana)
    pair.adjudicate()
    assert load_workbook(pair.out).sheetnames == ["Outcomes", "Adjudicated"]


def test_header_below_a_title_is_found(pair: Pair) -> None:
    workbook = load_workbook(pair.ana)
    workbook["Outcomes"].insert_rows(1)
    workbook["Outcomes"]["A1"] = "Harvest 3"
    workbook.save(pair.ana)
    assert pair.sheet(agreed(GOMA, "scale", "National"))["F4"].value == "National"


def test_what_the_copy_loses_is_reported(pair: Pair) -> None:
    workbook = load_workbook(pair.ana)
    sheet = workbook.worksheets[0]
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=3, min_row=2, max_row=4))
    sheet.add_chart(chart, "J2")
    workbook.save(pair.ana)
    assert pair.adjudicate().notes == (
        "ana.xlsx: 1 chart can't be copied into agreed.xlsx unchanged; your own file keeps everything",
    )


def merge(path: Path, area: str) -> None:
    workbook = load_workbook(path)
    workbook["Outcomes"].merge_cells(area)
    workbook.save(path)


def test_merged_cell_is_split_where_its_outcomes_get_different_codes(pair: Pair) -> None:
    merge(pair.ana, "F2:F3")
    sheet = pair.sheet(agreed(GOMA, "scale", "National"))
    assert [sheet["F2"].value, sheet["F3"].value, sheet.merged_cells.ranges] == ["Local", "National", set()]


def test_merged_cell_that_was_split_is_reported(pair: Pair) -> None:
    merge(pair.ana, "F2:F3")
    assert [str(note) for note in pair.adjudicate(agreed(GOMA, "scale", "National")).notes] == [
        "agreed.xlsx: Outcomes!F2: this merged cell was split, so that each of its cells can have a code of its own "
        "(your own file keeps it merged)"
    ]


def test_code_of_the_first_of_merged_outcomes_is_not_given_to_the_others(pair: Pair) -> None:
    merge(pair.ana, "F2:F3")
    sheet = pair.sheet(agreed(DORI, "scale", "National"), agreed(GOMA, "scale", "Local"))
    assert [sheet["F2"].value, sheet["F3"].value] == ["National", "Local"]


def test_merged_cell_stays_where_its_outcomes_have_the_same_code(pair: Pair) -> None:
    merge(pair.ana, "F2:F3")
    sheet = pair.sheet(agreed(GOMA, "scale", "Local"))
    assert [str(area) for area in sheet.merged_cells.ranges] == ["F2:F3"]


def test_outcome_is_added_where_a_merged_cell_goes_on_below_the_last_one(tmp_path: Path) -> None:
    ana = write(tmp_path / "ana.xlsx", {name: ANA[name] for name in (DORI, GOMA)})
    merge(ana, "B3:B5")
    ben = write(tmp_path / "ben.xlsx", BEN)
    adjudicate_files([ana, ben], tmp_path / "agreed.xlsx")
    assert opened(tmp_path / "agreed.xlsx", "Outcomes")["B4"].value == STORIES[MARALAL]


# What is refused


def test_first_file_that_is_no_workbook_is_refused(pair: Pair) -> None:
    table = write_text(pair.folder / "ana.csv", f"FragmentID,Outcome description,Scale\n{GOMA},They met.,Local\n")
    with pytest.raises(OutputError) as caught:
        adjudicate_files([table, pair.ben], pair.out)
    assert str(caught.value) == (
        "ana.csv: agreed codes are written into a copy of the first coder's workbook, and this is none; name an .xlsx "
        "file first"
    )


def test_second_file_may_be_no_workbook(pair: Pair) -> None:
    table = write_text(pair.folder / "ben.csv", f"FragmentID,Outcome description,Scale\n{GOMA},They met.,National\n")
    assert adjudicate_files([pair.ana, table], pair.out).still_open == ((GOMA, "scale"),)


def test_output_that_is_no_workbook_is_refused(pair: Pair) -> None:
    with pytest.raises(OutputError) as caught:
        adjudicate_files([pair.ana, pair.ben], pair.folder / "agreed.csv")
    assert str(caught.value) == (
        f"{pair.folder / 'agreed.csv'}: agreed codes are written as a workbook; choose an --out that ends in .xlsx"
    )


def test_coders_own_file_is_never_written_over(pair: Pair) -> None:
    with pytest.raises(OutputError) as caught:
        adjudicate_files([pair.ana, pair.ben], pair.ben, overwrite=True)
    assert str(caught.value) == f"{pair.ben}: is a coder's own file, which is never overwritten; choose another --out"


def test_earlier_output_is_not_replaced_unasked(pair: Pair) -> None:
    pair.adjudicate()
    with pytest.raises(OutputError, match=re.escape(f"{pair.out}: exists; choose another --out, or add --overwrite")):
        pair.adjudicate()


def test_earlier_output_is_replaced_where_that_was_asked(pair: Pair) -> None:
    pair.adjudicate()
    pair.adjudicate(agreed(GOMA, "scale", "National"), overwrite=True)
    assert opened(pair.out, "Outcomes")["F3"].value == "National"


def test_nobody_settles_anything_namelessly(pair: Pair) -> None:
    with pytest.raises(OutputError, match=r"^give the name of who adjudicated the differences with --coder$"):
        pair.adjudicate(coder=" ")


def test_time_without_its_zone_is_refused(pair: Pair) -> None:
    harvests = [read_harvest(pair.ana, codebook=CODEBOOK)]
    with pytest.raises(ValueError, match="when needs a time zone, got 2025-03-14T09:30:00"):
        write_agreed_codes(harvests, [], codebook=CODEBOOK, coder="Awa", when=WHEN.replace(tzinfo=None), out=pair.out)


# From the differences of two coders to the codes they agree on


@pytest.fixture
def sample(training_data: Path, tmp_path: Path, codebook: Codebook) -> AdjudicatedFile:
    """Settle the seven differences of the sample's coders as the second has it, but for one."""
    codings = read_codings(
        [training_data / "harvest_3_coder_a.xlsx", training_data / "harvest_3_coder_b.xlsx"], codebook=codebook
    )
    differences = [
        Difference(
            fragment_id=codings.fragment_ids[row],
            field=name,
            codes=dict(zip(codings.coders, field.codes[row], strict=True)),
        )
        for name, field in codings.fields.items()
        for row in field.differs.nonzero()[0]
    ]
    path = tmp_path / "differences.xlsx"
    write_adjudication(path, differences, codebook=codebook)
    fill_as_second(path)
    return write_agreed_codes(
        codings.harvests,
        read_adjudication(path, codebook=codebook),
        codebook=codebook,
        coder="Awa and Ben",
        when=WHEN,
        out=tmp_path / "agreed.xlsx",
    )


def fill_as_second(path: Path) -> None:
    workbook: Workbook = load_workbook(path)
    sheet = workbook["Differences"]
    for row in range(2, sheet.max_row):  # all but the last
        sheet.cell(row, 5).value = sheet.cell(row, 4).value
    workbook.save(path)


def test_differences_of_the_sample_are_adjudicated(sample: AdjudicatedFile) -> None:
    assert (sample.n_adjudicated, sample.n_agreed, sample.still_open, sample.notes) == (
        6,
        118 * 4 - 7,
        (("SCC-PSY/038", "scc_objective"),),
        (),
    )


def test_agreed_codes_of_the_sample_read_back(sample: AdjudicatedFile, training_data: Path, codebook: Codebook) -> None:
    second, ours = (
        {(outcome.fragment_id, *coded) for outcome in harvest.outcomes for coded in outcome.codes.items()}
        for path in (training_data / "harvest_3_coder_b.xlsx", sample.out)
        for harvest in read_coded_harvests([path], codebook=codebook)
    )
    assert [coded[:2] for coded in second - ours] == [("SCC-PSY/038", "scc_objective")]
