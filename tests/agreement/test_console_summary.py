from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner, Result

from classifier.agreement.adjudication import Difference
from classifier.agreement.adjudication_workbook import write_adjudication
from classifier.agreement.agreed_codes import AdjudicatedFile
from classifier.agreement.console_summary import summarise_agreement
from classifier.agreement.workflow import adjudicate_differences, compare_coders
from classifier.cli.app import app
from classifier.codebook.schema import Codebook
from classifier.errors import ComparisonError, FaultsError
from classifier.languages import translated, use_language
from classifier.summary import Summary
from tests.support.workbooks import write_outcomes

CODEBOOK = """
fields:
  - name: scale
    column: Scale
    kind: single
    codes: [{code: Local}, {code: National}, {code: Regional}]
  - name: actor
    column: Actor
    kind: single
    codes: [{code: Citizens}, {code: State}]
  - name: tags
    column: Tags
    kind: multiple
    codes: [{code: CIV}, {code: CON}]
"""
CONFIDENTIAL = "Outcome statements is CONFIDENTIAL"
HEADER = ("FragmentID", "Outcome description", "Scale", "Actor")


def write(path: Path, rows: Sequence[tuple[str, ...]], header: Sequence[str] = HEADER) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
    return path


def coded(scales: str, *, actor: str = "Citizens", first: int = 1) -> list[tuple[str, ...]]:
    """Take a letter for the scale of each outcome, a dot where it was not coded."""
    names = {"L": "Local", "N": "National", "R": "Regional", ".": ""}
    return [
        (f"HO-{place:02}", f"The council of Boma {place} met.", names[letter], actor if letter != "." else "")
        for place, letter in enumerate(scales, start=first)
    ]


def summary(*files: Path) -> Summary:
    return summarise_agreement(compare_coders(files, codebook=Codebook.parse(CODEBOOK)), width=0.1, seconds=1)


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    ana = write(tmp_path / "ana.csv", coded("LLLLLLLLLLLLLLLLLLLLNNNNNNNNNNNNNNNNNNNN"))
    ben = write(tmp_path / "ben.csv", coded("LLLLLLLLLLLLLLLLNNNNNNNNNNNNNNNNNNNNLLLL"))
    return ana, ben


def test_mean_kappa_says_of_which_fields(two: tuple[Path, Path]) -> None:
    assert summary(*two).opening[1].startswith("Mean Cohen's kappa: 0.60 (")
    assert ", n=40, of 1 of 3 fields (Scale); weakest: Scale 0.60 (" in summary(*two).opening[1]


def test_fields_left_out_of_the_mean_are_reported_with_the_reason(two: tuple[Path, Path]) -> None:
    assert [str(note) for note in summary(*two).notes if "left out" in str(note)] == [
        "Actor: left out of the mean: all outcomes have one and the same code, so that kappa is not defined",
        "Tags: left out of the mean: no outcome was coded by two coders",
    ]


def test_fields_left_out_of_the_mean_are_told_in_the_language_of_the_page(two: tuple[Path, Path]) -> None:
    with use_language("fr"):
        told = [str(translated(note)).replace("\N{NO-BREAK SPACE}", " ") for note in summary(*two).notes]
    assert [note for note in told if "hors de la moyenne" in note] == [
        "Actor : laissé hors de la moyenne : toutes les incidences ont un seul et même code, si bien que le kappa "
        "n'est pas défini",
        "Tags : laissé hors de la moyenne : aucune incidence n'a été codée par deux personnes",
    ]


def test_fields_of_the_mean_are_in_the_json(two: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "codebook.yaml").write_text(CODEBOOK, encoding="utf-8")
    found = CliRunner().invoke(
        app, ["agreement", *map(str, two), "--codebook", str(tmp_path / "codebook.yaml"), "--json"]
    )
    mean = json.loads(found.stdout)["mean_kappa"]
    assert (mean["value"], mean["fields"], list(mean["left_out"])) == (0.6, ["scale"], ["actor", "tags"])


# IDs that look alike


def hyphened(path: Path) -> Path:
    path.write_text(path.read_text(encoding="utf-8").replace("HO-", "HO\N{NON-BREAKING HYPHEN}"), encoding="utf-8")
    return path


def test_files_with_no_id_in_common_are_refused_with_those_that_look_alike(two: tuple[Path, Path]) -> None:
    hyphened(two[1])
    with pytest.raises(ComparisonError) as raised:
        summary(*two)
    assert str(raised.value) == (
        "ana.csv, ben.csv: no outcome was coded by two of them in the same field\n  ben.csv: ben!A2, A3, A4 and 37 "
        "more: the ID looks like one of ana.csv; the first: 'HO\N{NON-BREAKING HYPHEN}01' looks like 'HO-01' of "
        "ana.csv: it has a non-breaking hyphen (U+2011) where 'HO-01' has a hyphen (if it is the same outcome, add "
        "--match-ids, or correct the ID)"
    )


def test_adjudication_of_a_similar_id_is_matched_where_that_is_asked_for(
    tmp_path: Path,
) -> None:
    codebook = Codebook.parse(CODEBOOK)
    row = {"FragmentID": "HO-01", "Outcome description": "They met.", "Scale": "Local"}
    ana = write_outcomes(tmp_path / "ana.xlsx", row)
    ben = write_outcomes(tmp_path / "ben.xlsx", {**row, "Scale": "National"})
    differences = tmp_path / "differences.xlsx"
    alike = "HO\N{NON-BREAKING HYPHEN}01"
    difference = Difference(fragment_id=alike, field="scale", codes={"ana": ("Local",), "ben": ("National",)})
    write_adjudication(differences, [difference], codebook=codebook)
    book = openpyxl.load_workbook(differences)
    book["Differences"]["E2"] = "National"
    book.save(differences)
    out = tmp_path / "agreed.xlsx"

    def written(*, match_ids: bool) -> AdjudicatedFile:
        return adjudicate_differences(
            [ana, ben], differences, coder="Chi", out=out, codebook=codebook, match_ids=match_ids, overwrite=True
        )

    left, taken = written(match_ids=False), written(match_ids=True)
    assert ([adjudicated.fragment_id for adjudicated in left.strangers], left.n_adjudicated, taken.n_adjudicated) == (
        [alike],
        0,
        1,
    )
    assert str(left.notes[0]) == (
        f"differences.xlsx: Differences!E2: {alike!r} looks like 'HO-01' of ana.xlsx: it has a non-breaking hyphen "
        "(U+2011) where 'HO-01' has a hyphen (if it is the same outcome, add --match-ids, or correct the ID)"
    )


# Odd files


def test_coder_who_coded_nothing_is_reported_and_changes_no_figure(two: tuple[Path, Path], tmp_path: Path) -> None:
    chi = write(tmp_path / "chi.csv", coded("." * 40))
    summarised = summary(*two, chi)
    assert (
        "chi: 40 outcomes not coded in Scale, Actor: HO-01, HO-02, HO-03, HO-04, HO-05 and 35 more" in summarised.notes
    )
    assert summarised.plain["fields"]["scale"]["n"] == 40
    assert summarised.plain["fields"]["scale"]["gwet_ac1"] == summary(*two).plain["fields"]["scale"]["gwet_ac1"]


def test_order_of_columns_and_rows_does_not_matter(two: tuple[Path, Path], tmp_path: Path) -> None:
    rows = [line.split(",") for line in two[1].read_text(encoding="utf-8").splitlines()]
    (tmp_path / "turned").mkdir()
    turned = write(tmp_path / "turned" / "ben.csv", [tuple(row[::-1]) for row in rows[:0:-1]], header=rows[0][::-1])
    assert summary(two[0], turned).plain["fields"] == summary(*two).plain["fields"]


def test_outcomes_that_one_coder_alone_has_are_reported(two: tuple[Path, Path], tmp_path: Path) -> None:
    more = write(tmp_path / "more.csv", [*coded("L" * 40), *coded("NN", first=41)])
    assert "ana: lacks 2 of the 42 outcomes: HO-41, HO-42" in summary(two[0], more).notes


def test_repeated_outcome_and_unknown_codes_of_all_files_are_reported_at_once(tmp_path: Path) -> None:
    ana = write(tmp_path / "ana.csv", [*coded("LN"), *coded("L")])
    ben = write(tmp_path / "ben.csv", [("HO-01", "They met.", "Village", "Citizens")])
    with pytest.raises(FaultsError) as raised:
        summary(ana, ben)
    assert str(raised.value) == (
        "ana.csv: 1 problem to correct\n"
        "  ana!A4: FragmentID 'HO-01' appears twice, first in ana!A2 (give each outcome an ID of its own, or delete "
        "the repeated row)\n"
        "ben.csv: 1 problem to correct\n"
        "  ben!C2: 'Village' is not a code of 'Scale' (the codes are Local, National, Regional; "
        "correct the cell, or add it to the codebook)"
    )


def test_coders_who_agree_throughout_have_a_kappa_of_one_without_an_interval(tmp_path: Path) -> None:
    ana = write(tmp_path / "ana.csv", coded("LN" * 20))
    ben = write(tmp_path / "ben.csv", coded("LN" * 20))
    kappa = summary(ana, ben).plain["fields"]["scale"]["cohen_kappa"]
    assert (kappa["value"], kappa["low"], kappa["high"]) == (1.0, None, None)


def test_nothing_is_said_of_intervals_and_means_that_are_not_given(tmp_path: Path) -> None:
    ana, ben = (write(tmp_path / f"{name}.csv", coded(codes)) for name, codes in (("ana", "LLNNLL"), ("ben", "NNLLLL")))
    assert [str(note) for note in summary(ana, ben).notes] == []


# Differences in confidential outcomes


@dataclass(frozen=True)
class Adjudicating:
    """Coders who differ in the second and third outcome, of which the third is confidential."""

    folder: Path

    @property
    def differences(self) -> Path:
        return self.folder / "differences.xlsx"

    def begin(self, *, confidential: Sequence[str] = ("HO-03",)) -> None:
        (self.folder / "codebook.yaml").write_text(CODEBOOK, encoding="utf-8")
        for coder, scales in (("ana", "LLL"), ("ben", "LNN")):
            rows = (dict(zip(HEADER, row, strict=True)) for row in coded(scales))
            write_outcomes(
                self.folder / f"{coder}.xlsx",
                *(row | {CONFIDENTIAL: "YES" if row["FragmentID"] in confidential else "NO"} for row in rows),
            )

    def call(self, *options: str) -> Result:
        files = (str(self.folder / name) for name in ("ana.xlsx", "ben.xlsx", "codebook.yaml"))
        ana, ben, codebook = files
        return CliRunner().invoke(app, ["agreement", ana, ben, "--codebook", codebook, *options])

    def adjudicate(self, *options: str) -> Result:
        return self.call("--adjudicate", str(self.differences), *options)

    def settle(self, *options: str) -> Result:
        out = str(self.folder / "agreed.xlsx")
        return self.call("--settle", str(self.differences), "--coder", "Chi", "--out", out, *options)


@pytest.fixture
def adjudicating(tmp_path: Path) -> Adjudicating:
    begun = Adjudicating(tmp_path)
    begun.begin()
    return begun


def test_differences_in_confidential_outcomes_are_counted_when_left_out(adjudicating: Adjudicating) -> None:
    assert [
        note for note in json.loads(adjudicating.adjudicate("--json").stdout)["warnings"] if "left out;" in note
    ] == [
        "differences.xlsx: 1 outcome that coders differ in is confidential and left out; if the workbook may hold it, "
        "add --include-confidential"
    ]


def test_no_difference_is_left_out_of_a_workbook_with_confidential_outcomes(adjudicating: Adjudicating) -> None:
    told = json.loads(adjudicating.adjudicate("--include-confidential", "--json").stdout)
    assert told["confidential_differing"] == 0


def test_workbook_of_confidential_differences_alone_is_refused_with_the_option(adjudicating: Adjudicating) -> None:
    adjudicating.begin(confidential=("HO-02", "HO-03"))
    assert adjudicating.adjudicate().stderr == (
        "Error: there are no differences to adjudicate; differences.xlsx was not written\n  2 confidential outcomes "
        "left out (--include-confidential includes them)\n"
    )


def test_differences_that_the_workbook_leaves_out_are_not_open_in_it(adjudicating: Adjudicating) -> None:
    adjudicating.adjudicate()
    told = json.loads(adjudicating.settle("--json").stdout)
    assert (told["open"], told["confidential_open"]) == ([["HO-02", "scale"]], [["HO-03", "scale"]])


def test_differences_that_the_workbook_leaves_out_are_told_with_what_to_do(adjudicating: Adjudicating) -> None:
    adjudicating.adjudicate()
    told = " ".join(adjudicating.settle().output.split())
    assert "0 adjudicated, 1 still open, 1 confidential and not in differences.xlsx, " in told
    assert (
        "differences.xlsx: lacks the differences in 1 confidential outcome, so they can't be adjudicated there, and "
        "their cells are empty: HO-03 (if the workbook may hold them, run --adjudicate again, with another file name "
        "and --include-confidential)"
    ) in told


def test_confidential_differences_in_the_workbook_are_open_in_it(adjudicating: Adjudicating) -> None:
    adjudicating.adjudicate("--include-confidential")
    told = json.loads(adjudicating.settle("--json").stdout)
    assert (len(told["open"]), told["confidential_open"]) == (2, [])
