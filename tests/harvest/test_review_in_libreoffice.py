"""The sheet Review, sorted, filtered and saved in LibreOffice, and returned."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from classifier.codebook.schema import Codebook
from classifier.model.model import Model
from classifier.project.add_harvest import add_harvest
from classifier.project.project import Project, new_project
from tests.support.office_sorting import Fate, Sort, fate_of, sort_all, write_harvest, write_reviewed

N_OUTCOMES = 6
SORTS = {"by story": (2, ""), "by confidence": (4, ""), "by route, filtered": (5, "choose"), "by code": (6, "")}
"""The column that is sorted by, and what it is filtered by."""

pytestmark = pytest.mark.libreoffice


@pytest.fixture
def project(tmp_path: Path, codebook: Codebook) -> Iterator[Project]:
    (tmp_path / "codebook.yaml").write_text(codebook.dump(), encoding="utf-8")
    project = new_project(tmp_path / "project", codebook=tmp_path / "codebook.yaml")
    harvest = write_harvest(tmp_path / "harvest.xlsx", n_outcomes=N_OUTCOMES, as_table=False)
    yield add_harvest(project, harvest).project
    project.journal.close()


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory, model: Model, codebook: Codebook) -> Path:
    """Return a workbook of suggestions in which every code was chosen on the sheet Review."""
    folder = tmp_path_factory.mktemp("reviewed")
    harvest = write_harvest(folder / "harvest_2.xlsx", n_outcomes=N_OUTCOMES, as_table=False)
    return write_reviewed(harvest, folder / "reviewed.xlsx", model=model, codebook=codebook)


@pytest.fixture(scope="module")
def sorted_in_libreoffice(reviewed: Path) -> Sequence[Path]:
    """Sort it all at once, since LibreOffice takes seconds to start."""
    sorts = [
        Sort(
            path=str(reviewed),
            out=str(reviewed.with_name(f"{place}.xlsx")),
            range="filter",
            column=column,
            ascending=place % 2 == 0,
            sheet="Review",
            filtered_by=text,
        )
        for place, (column, text) in enumerate(SORTS.values())
    ]
    sort_all(sorts, reviewed.parent)
    return [Path(sort.out) for sort in sorts]


def converted(path: Path, ending: str, folder: Path) -> Path:
    program = shutil.which("soffice")
    assert program is not None
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    convert = [program, profile, "--headless", "--convert-to", ending, "--outdir", str(folder), str(path)]
    subprocess.run(convert, check=True, capture_output=True, timeout=300)
    return folder / f"{path.stem}.{ending}"


@pytest.mark.parametrize(("place", "name"), [*enumerate(SORTS)])
def test_codes_stay_with_their_outcomes_however_a_coder_sorts_and_filters(
    project: Project, sorted_in_libreoffice: Sequence[Path], place: int, name: str
) -> None:
    assert fate_of(sorted_in_libreoffice[place], project, coder=name) == (Fate.RIGHT, 0)


def test_workbook_saved_as_ods_is_read_back(project: Project, reviewed: Path, tmp_path: Path) -> None:
    assert fate_of(converted(reviewed, "ods", tmp_path), project, coder="Ana") == (Fate.RIGHT, 0)


def test_workbook_saved_as_ods_and_as_xlsx_again_is_read_back(project: Project, reviewed: Path, tmp_path: Path) -> None:
    again = converted(converted(reviewed, "ods", tmp_path), "xlsx", tmp_path)
    assert fate_of(again, project, coder="Ana") == (Fate.RIGHT, 0)
