"""Whether codes stay with their outcomes when suggestions are sorted: by each column, both ways, by many ranges.

Run by `python -m benchmarks.sorting [N_OUTCOMES]`; needs LibreOffice with its bridge to Python.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

from classifier.codebook.schema import sample_codebook
from classifier.model.storage import find_model, load_model
from classifier.project.add_harvest import add_harvest
from classifier.project.project import new_project
from tests.support.office_sorting import (
    CODED,
    Fate,
    Sort,
    fate_of,
    letters,
    n_columns,
    sort_all,
    write_coded,
    write_harvest,
)

_N_OUTCOMES = 12
_N_OWN = 6  # columns of the harvest


def main() -> int:
    """Sort, confirm and count; return how many codes were recorded for another outcome."""
    n_outcomes = int(sys.argv[1]) if len(sys.argv) > 1 else _N_OUTCOMES
    codebook, model = sample_codebook(), load_model(find_model("sample"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "codebook.yaml").write_text(codebook.dump(), encoding="utf-8")
        project = new_project(folder / "project", codebook=folder / "codebook.yaml")
        harvest = write_harvest(folder / "harvest.xlsx", n_outcomes=n_outcomes, as_table=False)
        project = add_harvest(project, harvest).project
        sorts: list[Sort] = []
        for kind in ("filter", "table"):
            own = write_harvest(folder / f"{kind}.xlsx", n_outcomes=n_outcomes, as_table=kind == "table")
            coded = write_coded(own, folder / f"{kind}_coded.xlsx", model=model, codebook=codebook)
            sorts += _sorts(coded, folder, kind, n_outcomes=n_outcomes)
        sort_all(sorts, folder)
        fates: Counter[tuple[str, Fate]] = Counter()
        n_wrong = 0
        for number, one in enumerate(sorts):
            fate, wrong = fate_of(Path(one.out), project, coder=f"coder {number}")
            fates[_named(one.range), fate] += 1
            n_wrong += wrong
            if fate is Fate.MISPLACED:
                print(f"misplaced: {one}")
        project.journal.close()
    n_codes = len(CODED) * n_outcomes
    print(f"{len(sorts)} sorts of {n_codes} codes each, {len(sorts) * n_codes} codes in all")
    for area in dict.fromkeys(area for area, _ in fates):
        told = ", ".join(f"{fates[area, fate]} {fate}" for fate in Fate)
        print(f"  by {area}: {told}")
    print(f"codes recorded for another outcome: {n_wrong}")
    return 1 if n_wrong else 0


def _sorts(coded: Path, folder: Path, kind: str, *, n_outcomes: int) -> list[Sort]:
    last = n_columns(coded)
    areas = {kind: (1, last)}
    for first, end in ((1, _N_OWN), (_N_OWN + 1, last), (1, last // 2), (2, last)):
        areas[letters(first, end, n_outcomes)] = (first, end)
    return [
        Sort(
            path=str(coded),
            out=str(folder / f"{kind}_{first}_{end}_{column}_{ascending}.xlsx"),
            range=area,
            column=column,
            ascending=ascending,
        )
        for area, (first, end) in areas.items()
        for column in range(end - first + 1)
        for ascending in (True, False)
    ]


def _named(area: str) -> str:
    return f"the range of the {area}" if area in ("filter", "table") else area


if __name__ == "__main__":
    sys.exit(main())
