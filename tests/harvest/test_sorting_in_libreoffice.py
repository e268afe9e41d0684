from __future__ import annotations

from collections.abc import Iterator
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


@pytest.mark.parametrize("kind", ["filter", "table"])
def test_codes_stay_with_their_outcomes_however_a_coder_sorts(
    tmp_path: Path, project: Project, model: Model, codebook: Codebook, kind: str
) -> None:
    harvest = write_harvest(tmp_path / "harvest_2.xlsx", n_outcomes=N_OUTCOMES, as_table=kind == "table")
    coded = write_coded(harvest, tmp_path / "coded.xlsx", model=model, codebook=codebook)
    last = n_columns(coded)
    wholly, partly = letters(1, last, N_OUTCOMES), letters(1, N_OWN, N_OUTCOMES)
    ranges = [(kind, 2), (kind, last - 1), (kind, N_OWN), (wholly, 3), (partly, 2), (partly, 3)]
    sorts = [
        Sort(path=str(coded), out=str(tmp_path / f"{place}.xlsx"), range=area, column=column, ascending=place % 2 == 0)
        for place, (area, column) in enumerate(ranges)
    ]
    sorted_by = sort_all(sorts, tmp_path)
    assert {name.rpartition(".")[2].replace("$", "") for name in sorted_by[:4]} == {wholly}
    fates = [fate_of(Path(sort.out), project, coder=f"coder {place}") for place, sort in enumerate(sorts)]
    assert fates == [(Fate.RIGHT, 0)] * 4 + [(Fate.REFUSED, 0)] * 2
