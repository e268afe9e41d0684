"""Suggestions that are coded, sorted in LibreOffice and confirmed: whether each code stays with its outcome."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.table import Table
from openpyxl.worksheet.worksheet import Worksheet

from classifier.codebook.schema import Codebook
from classifier.errors import FaultsError
from classifier.harvest.reading import read_harvest
from classifier.model.model import Model
from classifier.project.import_workbook import import_workbook
from classifier.project.project import Project
from classifier.suggestion.workbook import write_suggestion_workbook
from tests.support.reviewing import column_on, suggest_for_review
from tests.support.suggested import suggest_each
from tests.support.workbooks import write_outcomes

__all__ = [
    "CODED", "Fate", "Sort", "expected", "fate_of", "letters", "n_columns", "sort_all", "write_coded", "write_harvest",
    "write_reviewed",
]  # fmt: skip

_PYTHON = "/usr/bin/python3"  # for which LibreOffice's bridge is packaged
CODED = ("change_type_cluster", "social_actor", "scale")
"""The fields that a coder enters codes of: one has a column among ours, two among the user's own."""
_PLACES = ("Dori", "Goma", "Maralal", "Sambonaye", "Belem", "Zandia")


class Fate(StrEnum):
    """What became of a workbook."""

    RIGHT = "right"
    REFUSED = "refused"
    MISPLACED = "misplaced"


@dataclass(frozen=True, kw_only=True)
class Sort:
    """A workbook and how it is sorted; see `tests.support.uno_sorting`."""

    path: str
    out: str
    range: str
    column: int
    ascending: bool
    sheet: str = "Outcomes"
    filtered_by: str = ""


def write_harvest(path: Path, *, n_outcomes: int, as_table: bool) -> Path:
    """Write an uncoded harvest with a filter, or as a table, over all its columns."""
    rows = [
        {
            "FragmentID": f"TST-{number:03}",
            "Year": 2020 + number % 5,
            "country": _PLACES[number % len(_PLACES)],
            "Outcome description": f"In {_PLACES[-number % len(_PLACES)]} {number * 7 % 40} women obtained a hearing.",
            "Social actor": None,
            "Scale": None,
        }
        for number in range(1, n_outcomes + 1)
    ]
    write_outcomes(path, *rows)
    workbook = load_workbook(path)
    sheet = workbook["Outcomes"]
    assert isinstance(sheet, Worksheet)
    if as_table:
        sheet.add_table(Table(displayName="Harvest", ref=sheet.dimensions))
    else:
        sheet.auto_filter.ref = sheet.dimensions
    workbook.save(path)
    return path


def write_coded(harvest: Path, out: Path, *, model: Model, codebook: Codebook) -> Path:
    """Write suggestions, and enter for each outcome the codes that are known by its ID."""
    read = read_harvest(harvest, codebook=codebook)
    write_suggestion_workbook(suggest_each(read, model=model, codebook=codebook), out)
    workbook = load_workbook(out)
    sheet = workbook["Outcomes"]
    assert isinstance(sheet, Worksheet)
    columns = {str(cell.value): column for column, cell in enumerate(sheet[1], start=1)}
    for row in range(2, len(read.outcomes) + 2):
        for name in CODED:
            field = codebook.field(name)
            sheet.cell(row, columns[field.column.strip()]).value = expected(
                str(sheet.cell(row, 1).value), name, codebook
            )
    workbook.save(out)
    return out


def write_reviewed(harvest: Path, out: Path, *, model: Model, codebook: Codebook) -> Path:
    """Write suggestions, and choose for each outcome, on the review sheet, the codes that are known by its ID."""
    suggest_for_review(harvest, out, model=model, codebook=codebook)
    workbook = load_workbook(out)
    sheet = workbook["Review"]
    assert isinstance(sheet, Worksheet)
    fields = {codebook.field(name).heading: name for name in CODED}
    for row in range(2, sheet.max_row + 1):
        name = fields.get(str(sheet.cell(row, column_on(sheet, "Field")).value))
        if name is not None:
            code = expected(str(sheet.cell(row, column_on(sheet, "ID")).value), name, codebook)
            sheet.cell(row, column_on(sheet, "Code")).value = code
    workbook.save(out)
    return out


def expected(fragment_id: str, field: str, codebook: Codebook) -> str:
    """Give the code of an outcome, by its ID."""
    names = codebook.field(field).code_names
    return names[int(fragment_id[-3:]) * (CODED.index(field) + 1) % len(names)]


def n_columns(path: Path) -> int:
    """Count the columns of a workbook."""
    sheet = load_workbook(path)["Outcomes"]
    assert isinstance(sheet, Worksheet)
    return sheet.max_column


def sort_all(sorts: Sequence[Sort], folder: Path) -> list[str]:
    """Sort workbooks in LibreOffice; return the range that each was sorted by."""
    program = shutil.which("soffice")
    assert program is not None
    jobs = folder / "jobs.json"
    jobs.write_text(json.dumps([asdict(one) for one in sorts]), encoding="utf-8")
    script = Path(__file__).with_name("uno_sorting.py")
    done = subprocess.run(
        [_PYTHON, str(script), program, str(jobs)], check=True, capture_output=True, text=True, timeout=3600
    )
    return done.stdout.splitlines()


def fate_of(path: Path, project: Project, *, coder: str) -> tuple[Fate, int]:
    """Confirm a workbook; say what became of it, and how many codes were recorded for another outcome."""
    try:
        recorded = import_workbook(path, project, coder=coder).recorded
    except FaultsError:
        return Fate.REFUSED, 0
    decisions = [entry.decision for entry in recorded]
    wrong = _wrong(((one.fragment_id, one.field, one.codes[0]) for one in decisions), project.codebook)
    is_whole = len(decisions) == len(CODED) * len(project.outcomes)
    return (Fate.RIGHT if is_whole and not wrong else Fate.MISPLACED), wrong


def _wrong(codes: Iterable[tuple[str, str, str]], codebook: Codebook) -> int:
    return sum(code != expected(fragment_id, field, codebook) for fragment_id, field, code in codes)


def letters(first: int, last: int, n_rows: int) -> str:
    """Give the address of some columns, counted from 1, with the header."""
    return f"{get_column_letter(first)}1:{get_column_letter(last)}{n_rows + 1}"
