from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from classifier.agreement_summary import summarise_agreement
from classifier.cli import app
from classifier.codebook import Codebook
from classifier.coder_agreement import compare_coders
from classifier.summary import Summary

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
    assert summary(*two).opening[1].startswith("Mean Cohen's kappa: 0.600 (")
    assert ", n=40), of 1 of 3 fields: scale; weakest: scale 0.600 (" in summary(*two).opening[1]


def test_fields_left_out_of_the_mean_are_told_with_the_reason(two: tuple[Path, Path]) -> None:
    assert [str(note) for note in summary(*two).notes if "left out" in str(note)] == [
        "actor: left out of the mean: all outcomes have one and the same code, so that kappa is not defined",
        "tags: left out of the mean: no outcome was coded by two coders",
    ]


def test_fields_of_the_mean_are_in_the_json(two: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "codebook.yaml").write_text(CODEBOOK, encoding="utf-8")
    found = CliRunner().invoke(
        app, ["agreement", *map(str, two), "--codebook", str(tmp_path / "codebook.yaml"), "--json"]
    )
    mean = json.loads(found.stdout)["mean_kappa"]
    assert (mean["value"], mean["fields"], list(mean["left_out"])) == (0.6, ["scale"], ["actor", "tags"])
