"""Suggestions are the same whatever the order of rows, the rows beside them, threads, hash seed and locale."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from classifier.codebook.schema import Codebook
from classifier.features.embedding_cache import CachedEncoder, CachedEncoders
from classifier.harvest.outcome import Outcome
from classifier.harvest.reading import Harvest, read_harvest
from classifier.harvest.story import Story
from classifier.model.model import Model
from classifier.model.storage import load_model, save_model
from classifier.suggestion.csv_and_jsonl import write_suggestions
from classifier.suggestion.predict import judge_outcomes
from classifier.suggestion.suggest import suggest_codes
from conftest import TrigramEncoder

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
CONTRACT = (
    "In March 2024 the cooperative of Bankass signed a contract with the dairy of Mopti, which now buys the milk of "
    "forty women herders at a price that they had asked for"
)
PROGRAM = """
import sys
from pathlib import Path
from tests.suggestion.test_order_of_rows import suggested_by
sys.stdout.buffer.write(suggested_by(*map(Path, sys.argv[1:])))
"""


def suggested_by(folder: Path, harvest: Path) -> bytes:
    """Return what the model of a folder suggests for twelve outcomes, as it is written to files."""
    model = load_model(folder)
    read = read_harvest(harvest, codebook=model.codebook)
    read = replace(read, outcomes=read.outcomes[:12])
    made = suggest_codes(read, model=model, sources=(CachedEncoder(encoder=TrigramEncoder(), cache=None),))
    for ending in (".csv", ".jsonl"):
        write_suggestions(made, folder.parent / f"made{ending}")
    return b"".join((folder.parent / f"made{ending}").read_bytes() for ending in (".csv", ".jsonl"))


def reported(fragment_id: str, story: str, like: Outcome) -> Outcome:
    return replace(like, fragment_id=fragment_id, story=Story(parts={}, description=story, merged=story), codes={})


@pytest.fixture(scope="module")
def harvest(harvest_3_new: Path, codebook: Codebook) -> Harvest:
    """Return ten outcomes of the third harvest, and one change reported three times."""
    read = read_harvest(harvest_3_new, codebook=codebook)
    reports = {"N/10": CONTRACT + ".", "N/9": CONTRACT + "!", "N/2": CONTRACT + " for years."}
    ten = read.outcomes[:10]
    return replace(read, outcomes=(*ten, *(reported(name, story, ten[0]) for name, story in reports.items())))


def written(
    outcomes: Sequence[Outcome], harvest: Harvest, model: Model, sources: CachedEncoders, folder: Path
) -> dict[str, list[str]]:
    """Return the rows of the .csv and the .jsonl, in alphabetical order."""
    suggestions = suggest_codes(replace(harvest, outcomes=tuple(outcomes)), model=model, sources=sources)
    rows = {}
    for ending in (".csv", ".jsonl"):
        out = folder / f"suggestions{ending}"
        write_suggestions(suggestions, out)
        rows[ending] = sorted(out.read_text(encoding="utf-8-sig").splitlines())
        out.unlink()
    return rows


@pytest.mark.parametrize("seed", range(3))
def test_order_of_rows_changes_no_suggestion(
    seed: int, harvest: Harvest, model: Model, trigrams: CachedEncoders, tmp_path: Path
) -> None:
    shuffled = random.Random(seed).sample(harvest.outcomes, len(harvest.outcomes))
    in_order = written(harvest.outcomes, harvest, model, trigrams, tmp_path)
    assert written(shuffled, harvest, model, trigrams, tmp_path) == in_order


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_of_near_duplicates_the_first_fragment_id_is_not_flagged(
    order: tuple[int, ...], harvest: Harvest, model: Model, trigrams: CachedEncoders
) -> None:
    outcomes = tuple(harvest.outcomes[10 + place] for place in order)
    suggestions = suggest_codes(replace(harvest, outcomes=outcomes), model=model, sources=trigrams)
    flagged = {
        one.outcome.fragment_id: [flag for flag in one.flags if flag.startswith("near-duplicate")]
        for one in suggestions.outcomes
    }
    assert flagged["N/2"] == []
    assert len(flagged["N/9"]) == len(flagged["N/10"]) == 1


def test_another_row_changes_no_other_suggestion(
    harvest: Harvest, model: Model, trigrams: CachedEncoders, tmp_path: Path
) -> None:
    *before, added = harvest.outcomes[:9]
    without = written(before, harvest, model, trigrams, tmp_path)
    with_it = written([added, *before], harvest, model, trigrams, tmp_path)
    for ending, rows in without.items():
        assert set(rows) < set(with_it[ending])


def test_probabilities_of_an_outcome_alone_are_those_among_others(
    harvest: Harvest, model: Model, trigrams: CachedEncoders
) -> None:
    # To the last digits of a double; those of a float showed, now and then, in the four digits that are written.
    fields = model.codebook.fields
    together = judge_outcomes(harvest.outcomes, model=model, sources=trigrams, fields=fields)
    alone = judge_outcomes(harvest.outcomes[:1], model=model, sources=trigrams, fields=fields)
    for name, judged in alone.fields.items():
        among = together.fields[name]
        np.testing.assert_allclose(among.judged.main[:1], judged.judged.main, rtol=0, atol=1e-13)
        np.testing.assert_allclose(among.defined[:1], judged.defined, rtol=0, atol=1e-13)


def test_threads_hash_seed_and_locale_change_no_byte(model: Model, harvest_3_new: Path, tmp_path: Path) -> None:
    save_model(model, tmp_path / "cheap")
    # What two threads and another seed, locale and time zone make of it; here there is one thread.
    other = {"OMP_NUM_THREADS": "2", "PYTHONHASHSEED": "2", "LC_ALL": "C", "TZ": "Asia/Kathmandu"}
    made = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "cheap"), str(harvest_3_new)],
        capture_output=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, **other},
    ).stdout
    assert made == suggested_by(tmp_path / "cheap", harvest_3_new)
    assert made.count(b"\n") > 20
