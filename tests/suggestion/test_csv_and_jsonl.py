from __future__ import annotations

import csv
import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from classifier.codebook.schema import Codebook
from classifier.errors import OutputError
from classifier.harvest.options import ReadingOptions
from classifier.harvest.reading import Harvest, read_harvest
from classifier.model.model import Model
from classifier.suggestion.csv_and_jsonl import check_output, default_output, write_suggestions
from classifier.suggestion.suggestions import Suggestions
from classifier.suggestion.types import Candidate, FieldSuggestion, Neighbour, Reason, Route, SentenceShare
from tests.support.suggested import suggest_by_hand, suggested
from tests.support.workbooks import write_outcomes, write_sheets, write_text

BY_LAW = "In May 2024 the council of Dori adopted a by-law that keeps cattle away from the wells."
MOSQUE = "Seven young men of Sambonaye laid down a rifle at the mosque and came home to their mothers."
OBJECTIVES = """\
fields:
  - name: scale
    column: Scale
    kind: single
    codes: [{code: Local}, {code: National}, {code: Regional}]
  - name: objective
    column: Objectives
    kind: multiple
    derived_from: MCQ
    codes: [{code: Civic space, mcq: [Room to speak]}, {code: Conflict}, {code: Gender}]
"""


@pytest.fixture
def asked() -> Codebook:
    """Return a small codebook, so that results can be worked out by hand."""
    return Codebook.parse(OBJECTIVES)


@dataclass(frozen=True, kw_only=True)
class HarvestWorkbook:
    """A harvest of two outcomes, the second of them without text, and where its suggestions go."""

    folder: Path
    codebook: Codebook
    model: Model

    @property
    def path(self) -> Path:
        return self.folder / "harvest_3.xlsx"

    @property
    def out(self) -> Path:
        return self.folder / "suggestions.xlsx"

    @property
    def harvest(self) -> Harvest:
        return read_harvest(self.path, codebook=self.codebook)

    def suggestions(
        self,
        fields: Mapping[str, FieldSuggestion] | None = None,
        flags: Sequence[str] = (),
        harvest: Harvest | None = None,
    ) -> Suggestions:
        return suggest_by_hand(
            harvest or self.harvest, model=self.model, codebook=self.codebook, fields=fields, flags=flags
        )

    def write(self, name: str, fields: Mapping[str, FieldSuggestion] | None = None, flags: Sequence[str] = ()) -> Path:
        out = self.folder / name
        write_suggestions(self.suggestions(fields, flags), out)
        return out

    def rows(
        self, fields: Mapping[str, FieldSuggestion] | None = None, flags: Sequence[str] = ()
    ) -> list[dict[str, str]]:
        """Write a .csv file and read it as another program would."""
        with self.write("suggestions.csv", fields, flags).open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    def objects(
        self, fields: Mapping[str, FieldSuggestion] | None = None, flags: Sequence[str] = ()
    ) -> list[dict[str, object]]:
        """Write a .jsonl file and read it as another program would."""
        lines = self.write("suggestions.jsonl", fields, flags).read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def check(self, out: Path | None = None, *, overwrite: bool = False) -> None:
        check_output(out or self.out, self.harvest, codebook=self.codebook, overwrite=overwrite)

    def refusal(self, out: Path | None = None) -> str:
        with pytest.raises(OutputError) as caught:
            self.check(out)
        return str(caught.value)

    def enter(self, cell: str, value: str) -> None:
        """Write into our output, as a coder does."""
        workbook = load_workbook(self.out)
        workbook["Outcomes"][cell] = value
        workbook.save(self.out)


@pytest.fixture
def harvest_workbook(tmp_path: Path, asked: Codebook, model: Model) -> HarvestWorkbook:
    harvest_workbook = HarvestWorkbook(folder=tmp_path, codebook=asked, model=model)
    write_outcomes(
        harvest_workbook.path,
        {
            "FragmentID": "SCC-ENV/033",
            "Outcome description": BY_LAW,
            "Scale": None,
            "Objectives": None,
            "MCQ": None,
        },
        {"FragmentID": "SCC-JEU/026", "Outcome description": None},
    )
    return harvest_workbook


@pytest.fixture
def national(asked: Codebook) -> FieldSuggestion:
    return suggested(
        asked.field("scale"), "National", confidence=0.8, possible=["National", "Local"], route=Route.CHOOSE
    )


@pytest.fixture
def two_objectives(asked: Codebook) -> FieldSuggestion:
    return suggested(asked.field("objective"), "Gender", "Civic space", confidence=0.6, route=Route.CONFIRM)


# Comma-separated


def test_csv_starts_with_a_mark_for_excel(harvest_workbook: HarvestWorkbook) -> None:
    assert harvest_workbook.write("suggestions.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_csv_has_its_header_word_for_word(harvest_workbook: HarvestWorkbook) -> None:
    first = harvest_workbook.write("suggestions.csv").read_text(encoding="utf-8-sig").splitlines()[0]
    assert first == "FragmentID,field,suggested,confidence,candidates,prediction_set,route,flags,model"


def test_csv_has_its_rows_word_for_word(
    harvest_workbook: HarvestWorkbook, national: FieldSuggestion, two_objectives: FieldSuggestion
) -> None:
    fields = {"scale": national, "objective": two_objectives}
    lines = harvest_workbook.write("suggestions.csv", fields).read_text(encoding="utf-8-sig").splitlines()[1:]
    title = harvest_workbook.model.manifest.title
    assert lines == [
        "SCC-ENV/033,scale,National,0.8000,National=0.8000; Local=0.1000; Regional=0.0500,National; Local,choose,,"
        + title,
        "SCC-ENV/033,objective,Gender; Civic space,0.6000,Gender=0.6000; Civic space=0.2000; Conflict=0.1000,"
        f"Gender; Civic space,confirm,,{title}",
        f"SCC-JEU/026,scale,,,,,code afresh,no text,{title}",
        f"SCC-JEU/026,objective,,,,,code afresh,no text,{title}",
    ]


def test_csv_says_already_coded_only_of_the_field_that_is(harvest_workbook: HarvestWorkbook) -> None:
    write_outcomes(
        harvest_workbook.path, {"FragmentID": "SCC-ENV/033", "Outcome description": BY_LAW, "Scale": "Local"}
    )
    assert [(row["field"], row["flags"]) for row in harvest_workbook.rows()] == [
        ("scale", "already coded"),
        ("objective", ""),
    ]


def test_csv_joins_flags(harvest_workbook: HarvestWorkbook) -> None:
    rows = harvest_workbook.rows(flags=["too short", "near-duplicate of SCC-WRL/006"])
    assert rows[0]["flags"] == "too short; near-duplicate of SCC-WRL/006"


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_csv_keeps_a_spreadsheet_from_running_an_id(harvest_workbook: HarvestWorkbook, start: str) -> None:
    write_outcomes(harvest_workbook.path, {"FragmentID": "SCC-ENV/033", "Outcome description": BY_LAW})
    outcome = dataclasses.replace(harvest_workbook.harvest.outcomes[0], fragment_id=f"{start}cmd|' /C calc'!A0")
    harvest = dataclasses.replace(harvest_workbook.harvest, outcomes=(outcome,))
    out = harvest_workbook.folder / "suggestions.csv"
    write_suggestions(harvest_workbook.suggestions(harvest=harvest), out)
    with out.open(encoding="utf-8-sig", newline="") as file:
        assert next(csv.DictReader(file))["FragmentID"] == f"'{start}cmd|' /C calc'!A0"


def test_csv_keeps_letters_of_all_scripts(harvest_workbook: HarvestWorkbook) -> None:
    write_outcomes(harvest_workbook.path, {"FragmentID": "المدني/033", "Outcome description": BY_LAW})
    assert harvest_workbook.rows()[0]["FragmentID"] == "المدني/033"


# One object per line


def test_json_line_has_its_shape_word_for_word(
    harvest_workbook: HarvestWorkbook, national: FieldSuggestion, two_objectives: FieldSuggestion
) -> None:
    fields = {"scale": national, "objective": two_objectives}
    assert harvest_workbook.objects(fields, flags=["near-duplicate of SCC-WRL/006"])[0] == {
        "fragment_id": "SCC-ENV/033",
        "fields": {
            "scale": {
                "suggested": ["National"],
                "confidence": 0.8,
                "candidates": [
                    {"code": "National", "confidence": 0.8},
                    {"code": "Local", "confidence": pytest.approx(0.1)},
                    {"code": "Regional", "confidence": pytest.approx(0.05)},
                ],
                "prediction_set": ["National", "Local"],
                "by_definition": [],
                "repeats": None,
                "route": "choose",
                "why": [],
                "nearest": [],
            },
            "objective": {
                "suggested": ["Gender", "Civic space"],
                "confidence": 0.6,
                "candidates": [
                    {"code": "Gender", "confidence": 0.6},
                    {"code": "Civic space", "confidence": 0.2},
                    {"code": "Conflict", "confidence": 0.1},
                ],
                "prediction_set": ["Gender", "Civic space"],
                "by_definition": [],
                "repeats": None,
                "route": "confirm",
                "why": [],
                "nearest": [],
            },
        },
        "flags": ["near-duplicate of SCC-WRL/006"],
        "model": harvest_workbook.model.manifest.title,
    }


def test_json_line_of_an_outcome_without_text_has_no_candidates(harvest_workbook: HarvestWorkbook) -> None:
    nothing: dict[str, object] = {
        "suggested": [],
        "confidence": None,
        "candidates": [],
        "prediction_set": [],
        "by_definition": [],
        "repeats": None,
        "route": "code afresh",
        "why": [],
        "nearest": [],
    }
    assert harvest_workbook.objects()[1]["fields"] == {"scale": nothing, "objective": nothing}


def test_json_lines_follow_the_order_of_the_file(harvest_workbook: HarvestWorkbook) -> None:
    ids = ["SCC-WRL/006", "SCC-ENV/033", "SCC-JEU/026"]
    write_outcomes(harvest_workbook.path, *({"FragmentID": one, "Outcome description": MOSQUE} for one in ids))
    assert [line["fragment_id"] for line in harvest_workbook.objects()] == ids


def test_json_lines_leave_letters_readable(harvest_workbook: HarvestWorkbook) -> None:
    write_outcomes(harvest_workbook.path, {"FragmentID": "المدني/033", "Outcome description": BY_LAW})
    assert "المدني/033" in harvest_workbook.write("suggestions.jsonl").read_text(encoding="utf-8")


def test_confidence_in_json_lines_is_not_rounded(harvest_workbook: HarvestWorkbook, national: FieldSuggestion) -> None:
    candidates = (Candidate(code="National", confidence=0.812345678), Candidate(code="Local", confidence=0.00001))
    line = harvest_workbook.write("suggestions.jsonl", {"scale": dataclasses.replace(national, candidates=candidates)})
    written = json.loads(line.read_text(encoding="utf-8").splitlines()[0])["fields"]["scale"]
    assert written["confidence"] == 0.812345678
    assert [candidate["confidence"] for candidate in written["candidates"]] == [0.812345678, 0.00001]


def test_json_lines_say_why(harvest_workbook: HarvestWorkbook, national: FieldSuggestion) -> None:
    why = Reason(
        code="National",
        definition="One country.",
        sentences=(SentenceShare(text=BY_LAW, part="Outcome description", share=1.0),),
        parts={"Outcome description": 1.0},
        lead=1.23456,
        lead_by_sentences=1.0,
        accounted=1.0,
    )
    near = Neighbour(fragment_id="SCC-WRL/006", codes=("Local",), similarity=0.41236)
    line = harvest_workbook.write(
        "suggestions.jsonl", {"scale": dataclasses.replace(national, reasons=(why,), nearest=(near,))}
    )
    reported = json.loads(line.read_text(encoding="utf-8").splitlines()[0])["fields"]["scale"]
    assert (reported["why"], reported["nearest"]) == (
        [
            {
                "code": "National",
                "definition": "One country.",
                "sentences": [{"text": BY_LAW, "part": "Outcome description", "share": 1.0}],
                "parts": {"Outcome description": 1.0},
                "lead": 1.2346,
                "lead_by_sentences": 1.0,
                "accounted": 1.0,
            }
        ],
        [{"fragment_id": "SCC-WRL/006", "codes": ["Local"], "likeness": 0.4124}],
    )


def test_json_lines_leave_ids_that_look_like_formulas_alone(harvest_workbook: HarvestWorkbook) -> None:
    write_outcomes(harvest_workbook.path, {"FragmentID": "+243/033", "Outcome description": BY_LAW})
    assert harvest_workbook.objects()[0]["fragment_id"] == "+243/033"


# Where suggestions go


def test_suggestions_go_beside_the_harvest() -> None:
    assert default_output(Path("June") / "récolte 3.csv") == Path("June") / "récolte 3_suggestions.xlsx"


@pytest.mark.parametrize("name", ["suggestions.xlsx", "suggestions.csv", "suggestions.jsonl", "SUGGESTIONS.XLSX"])
def test_free_name_is_written(harvest_workbook: HarvestWorkbook, name: str) -> None:
    harvest_workbook.check(harvest_workbook.folder / name)
    assert harvest_workbook.write(name).exists()


@pytest.mark.parametrize("name", ["suggestions.xlsx", "suggestions.csv", "suggestions.jsonl"])
def test_own_output_that_nobody_touched_is_replaced_without_asking(
    harvest_workbook: HarvestWorkbook, name: str
) -> None:
    out = harvest_workbook.write(name)
    harvest_workbook.check(out)


def test_own_output_of_a_table_is_replaced_without_asking(harvest_workbook: HarvestWorkbook) -> None:
    path = write_text(
        harvest_workbook.folder / "harvest.csv", f"FragmentID,Outcome description\nSCC-ENV/033,{BY_LAW}\n"
    )
    harvest = read_harvest(path, codebook=harvest_workbook.codebook)
    write_suggestions(harvest_workbook.suggestions(harvest=harvest), harvest_workbook.out)
    check_output(harvest_workbook.out, harvest, codebook=harvest_workbook.codebook, overwrite=False)


def test_codes_that_the_harvest_holds_are_not_taken_for_entered(harvest_workbook: HarvestWorkbook) -> None:
    write_outcomes(
        harvest_workbook.path, {"FragmentID": "SCC-ENV/033", "Outcome description": BY_LAW, "Scale": "Local"}
    )
    harvest_workbook.write("suggestions.xlsx")
    harvest_workbook.check()


# Refusals


def test_unknown_ending_is_refused(harvest_workbook: HarvestWorkbook) -> None:
    out = harvest_workbook.folder / "suggestions.ods"
    assert (
        harvest_workbook.refusal(out)
        == f"{out}: the ending decides the format; choose one of .xlsx, .csv, .jsonl, .json"
    )


def test_harvest_itself_is_refused(harvest_workbook: HarvestWorkbook) -> None:
    reported = f"{harvest_workbook.path}: is the harvest itself, which is never written over; choose another --out"
    assert harvest_workbook.refusal(harvest_workbook.path) == reported


def test_harvest_itself_is_refused_by_whatever_name(harvest_workbook: HarvestWorkbook) -> None:
    out = harvest_workbook.folder / "link.xlsx"
    out.hardlink_to(harvest_workbook.path)
    assert (
        harvest_workbook.refusal(out)
        == f"{out}: is the harvest itself, which is never written over; choose another --out"
    )


def test_harvest_itself_is_refused_even_to_overwrite(harvest_workbook: HarvestWorkbook) -> None:
    with pytest.raises(OutputError):
        harvest_workbook.check(harvest_workbook.path, overwrite=True)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("suggestions.csv", "FragmentID,field,suggested\nSCC-ENV/033,scale,Local\n"),
        ("suggestions.csv", ""),
        ("suggestions.csv", "x" * 200_000),
        ("suggestions.jsonl", '{"fragment_id": "SCC-ENV/033", "text": "The council met."}\n'),
        ("suggestions.jsonl", f"{'[' * 30_000}\n"),
        ("suggestions.jsonl", "[1, 2]\n"),
        ("suggestions.jsonl", "The council met.\n"),
        ("suggestions.xlsx", "The council met.\n"),
    ],
)
def test_file_that_is_not_ours_is_refused(harvest_workbook: HarvestWorkbook, name: str, content: str) -> None:
    out = write_text(harvest_workbook.folder / name, content)
    assert harvest_workbook.refusal(out) == (
        f"{out}: exists and was not written by outcome-coder; choose another --out, or add --overwrite"
    )


def test_workbook_that_is_not_ours_is_refused(harvest_workbook: HarvestWorkbook) -> None:
    write_sheets(harvest_workbook.out, {"Budget": [["Line", "Amount"]]})
    assert harvest_workbook.refusal() == (
        f"{harvest_workbook.out}: exists and was not written by outcome-coder; choose another --out, or add --overwrite"
    )


def test_workbook_that_is_not_ours_may_be_overwritten(harvest_workbook: HarvestWorkbook) -> None:
    write_sheets(harvest_workbook.out, {"Budget": [["Line", "Amount"]]})
    harvest_workbook.check(overwrite=True)


def test_entered_code_is_refused(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.write("suggestions.xlsx")
    harvest_workbook.enter("C2", "National")
    assert harvest_workbook.refusal() == (
        f"{harvest_workbook.out}: a coder has entered 1 code there, the first in Outcomes!C2; choose another --out, or "
        "add --overwrite to lose them"
    )


def test_entered_codes_are_counted(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.write("suggestions.xlsx")
    harvest_workbook.enter("C2", "National")
    harvest_workbook.enter("D2", "Gender; Conflict")
    harvest_workbook.enter("C3", "Local")
    assert "a coder has entered 3 codes there, the first in Outcomes!C2;" in harvest_workbook.refusal()


def test_answer_that_a_code_derives_from_counts_as_entered(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.write("suggestions.xlsx")
    harvest_workbook.enter("E2", "Room to speak")
    assert "a coder has entered 1 code there, the first in Outcomes!E2;" in harvest_workbook.refusal()


def test_entry_that_is_no_code_counts_as_entered(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.write("suggestions.xlsx")
    harvest_workbook.enter("C2", "ask Awa")
    assert "a coder has entered 1 code there, the first in Outcomes!C2;" in harvest_workbook.refusal()


def test_code_in_a_column_that_we_added_counts_as_entered(harvest_workbook: HarvestWorkbook) -> None:
    write_outcomes(harvest_workbook.path, {"FragmentID": "SCC-ENV/033", "Outcome description": BY_LAW})
    harvest_workbook.write("suggestions.xlsx")
    header = [cell.value for cell in load_workbook(harvest_workbook.out)["Outcomes"][1]]
    cell = load_workbook(harvest_workbook.out)["Outcomes"].cell(2, header.index("Scale") + 1).coordinate
    harvest_workbook.enter(cell, "Local")
    assert f"a coder has entered 1 code there, the first in Outcomes!{cell};" in harvest_workbook.refusal()


def test_code_that_a_coder_changed_counts_as_entered(harvest_workbook: HarvestWorkbook) -> None:
    write_outcomes(
        harvest_workbook.path, {"FragmentID": "SCC-ENV/033", "Outcome description": BY_LAW, "Scale": "Local"}
    )
    harvest_workbook.write("suggestions.xlsx")
    harvest_workbook.enter("C2", "National")
    assert "a coder has entered 1 code there, the first in Outcomes!C2;" in harvest_workbook.refusal()


def test_codes_entered_in_the_suggestions_for_another_harvest_are_refused(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.write("suggestions.xlsx")
    harvest_workbook.enter("C2", "National")
    write_outcomes(harvest_workbook.path, {"FragmentID": "SCC-ENV/001", "Outcome description": BY_LAW}, sheet="June")
    assert "a coder has entered 1 code there, the first in Outcomes!C2;" in harvest_workbook.refusal()


def test_code_on_the_sheet_that_was_asked_for_counts_as_entered(harvest_workbook: HarvestWorkbook) -> None:
    rows: list[list[object]] = [["FragmentID", "Outcome description", "Scale"], ["SCC-ENV/033", BY_LAW, None]]
    write_sheets(harvest_workbook.path, {"May": rows, "Outcomes": rows})
    harvest = read_harvest(
        harvest_workbook.path, codebook=harvest_workbook.codebook, options=ReadingOptions(sheets=("Outcomes",))
    )
    write_suggestions(harvest_workbook.suggestions(harvest=harvest), harvest_workbook.out)
    harvest_workbook.enter("C2", "National")
    with pytest.raises(OutputError) as caught:
        check_output(harvest_workbook.out, harvest, codebook=harvest_workbook.codebook, overwrite=False)
    assert "a coder has entered 1 code there, the first in Outcomes!C2;" in str(caught.value)


def test_entered_codes_may_be_overwritten(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.write("suggestions.xlsx")
    harvest_workbook.enter("C2", "National")
    harvest_workbook.check(overwrite=True)


def test_own_output_that_cannot_be_read_any_more_is_refused(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.write("suggestions.xlsx")
    harvest_workbook.enter("A1", "Colour")
    assert harvest_workbook.refusal() == (
        f"{harvest_workbook.out}: exists and can't be read, so codes may have been entered there; choose another "
        "--out, or add --overwrite"
    )


def test_output_open_in_another_program_is_refused(harvest_workbook: HarvestWorkbook) -> None:
    (harvest_workbook.folder / ".~lock.suggestions.xlsx#").touch()
    assert harvest_workbook.refusal() == (
        "suggestions.xlsx: is open in another program (.~lock.suggestions.xlsx# lies beside it); close it there and "
        "run again, or choose another --out. Nothing was written"
    )


def test_output_open_in_another_program_is_refused_even_to_overwrite(harvest_workbook: HarvestWorkbook) -> None:
    harvest_workbook.write("suggestions.xlsx")
    (harvest_workbook.folder / "~$suggestions.xlsx").touch()
    with pytest.raises(OutputError):
        harvest_workbook.check(overwrite=True)


def test_missing_folder_is_refused(harvest_workbook: HarvestWorkbook) -> None:
    out = harvest_workbook.folder / "June" / "suggestions.csv"
    assert harvest_workbook.refusal(out) == f"{out.parent}: no such folder; create it, or choose another --out"


# When writing fails


@pytest.mark.parametrize("name", ["suggestions.xlsx", "suggestions.csv", "suggestions.jsonl"])
def test_earlier_output_stays_whole_when_writing_fails(harvest_workbook: HarvestWorkbook, name: str) -> None:
    out = harvest_workbook.write(name)
    before = out.read_bytes()
    suggestions = harvest_workbook.suggestions()
    broken = dataclasses.replace(suggestions, outcomes=(*suggestions.outcomes[:1], None))  # type: ignore[arg-type]
    with pytest.raises(AttributeError):
        write_suggestions(broken, out)
    assert out.read_bytes() == before


@pytest.mark.parametrize("name", ["suggestions.xlsx", "suggestions.csv", "suggestions.jsonl"])
def test_nothing_is_left_behind_when_writing_fails(harvest_workbook: HarvestWorkbook, name: str) -> None:
    suggestions = harvest_workbook.suggestions()
    broken = dataclasses.replace(suggestions, outcomes=(*suggestions.outcomes[:1], None))  # type: ignore[arg-type]
    with pytest.raises(AttributeError):
        write_suggestions(broken, harvest_workbook.folder / name)
    assert [path.name for path in harvest_workbook.folder.iterdir()] == ["harvest_3.xlsx"]


def test_earlier_output_whose_ids_are_formulas_is_replaced(tmp_path: Path, model: Model) -> None:
    path, out = tmp_path / "harvest.xlsx", tmp_path / "out.xlsx"
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.append(["FragmentID", "Outcome description", "Scale"])
    sheet.append(["SCC-1", "The elders of Dori freed twelve girls.", None])
    workbook.save(path)
    harvest = read_harvest(path, codebook=model.codebook)
    write_suggestions(suggest_by_hand(harvest, codebook=model.codebook, model=model), out)
    _edit(out, sheet.title, "A2", '="SCC-"&1')
    check_output(out, harvest, codebook=model.codebook, overwrite=False)
    _edit(out, sheet.title, "C2", "Local")
    with pytest.raises(OutputError, match="a coder has entered 1 code"):
        check_output(out, harvest, codebook=model.codebook, overwrite=False)


def _edit(path: Path, sheet: str, cell: str, value: str) -> None:
    workbook = load_workbook(path)
    workbook[sheet][cell] = value
    workbook.save(path)
