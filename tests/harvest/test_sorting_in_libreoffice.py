from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from classifier.codebook.schema import Codebook
from classifier.model.model import Model
from classifier.project.add_harvest import add_harvest
from classifier.project.project import Project, new_project
from tests.support.office_sorting import Fate, Sort, fate_of, letters, n_columns, sort_all, write_coded, write_harvest

N_OUTCOMES = 6
N_OWN = 6  # columns of the harvest

pytestmark = pytest.mark.libreoffice


@pytest.fixture
def project(tmp_path: Path, codebook: Codebook) -> Iterator[Project]:
    (tmp_path / "codebook.yaml").write_text(codebook.dump(), encoding="utf-8")
    project = new_project(tmp_path / "project", codebook=tmp_path / "codebook.yaml")
    harvest = write_harvest(tmp_path / "harvest.xlsx", n_outcomes=N_OUTCOMES, as_table=False)
    yield add_harvest(project, harvest).project
    project.journal.close()


KINDS = ("filter", "table")


@dataclass(frozen=True, kw_only=True)
class Sorted:
    """Workbooks that a coder has sorted, the range that each was sorted by, and the range of all columns."""

    paths: Sequence[Path]
    ranges: Sequence[str]
    wholly: str


def sorts_of(folder: Path, kind: str, model: Model, codebook: Codebook) -> tuple[list[Sort], str]:
    folder.mkdir()
    harvest = write_harvest(folder / "harvest_2.xlsx", n_outcomes=N_OUTCOMES, as_table=kind == "table")
    coded = write_coded(harvest, folder / "coded.xlsx", model=model, codebook=codebook)
    last = n_columns(coded)
    wholly, partly = letters(1, last, N_OUTCOMES), letters(1, N_OWN, N_OUTCOMES)
    ranges = [(kind, 2), (kind, last - 1), (kind, N_OWN), (wholly, 3), (partly, 2), (partly, 3)]
    return [
        Sort(path=str(coded), out=str(folder / f"{place}.xlsx"), range=area, column=column, ascending=place % 2 == 0)
        for place, (area, column) in enumerate(ranges)
    ], wholly


@pytest.fixture(scope="module")
def sorted_by_kind(tmp_path_factory: pytest.TempPathFactory, model: Model, codebook: Codebook) -> dict[str, Sorted]:
    """Sort them all at once, since LibreOffice takes seconds to start."""
    folder = tmp_path_factory.mktemp("sorted")
    made = {kind: sorts_of(folder / kind, kind, model, codebook) for kind in KINDS}
    ranges = iter(sort_all([sort for sorts, _ in made.values() for sort in sorts], folder))
    return {
        kind: Sorted(paths=[Path(sort.out) for sort in sorts], ranges=[next(ranges) for _ in sorts], wholly=wholly)
        for kind, (sorts, wholly) in made.items()
    }


@pytest.mark.parametrize("kind", KINDS)
def test_codes_stay_with_their_outcomes_however_a_coder_sorts(
    project: Project, sorted_by_kind: dict[str, Sorted], kind: str
) -> None:
    made = sorted_by_kind[kind]
    assert {name.rpartition(".")[2].replace("$", "") for name in made.ranges[:4]} == {made.wholly}
    fates = [fate_of(path, project, coder=f"coder {place}") for place, path in enumerate(made.paths)]
    assert fates == [(Fate.RIGHT, 0)] * 4 + [(Fate.REFUSED, 0)] * 2
