"""Whether the encoders that ship suggest the same, byte for byte, whatever the order of rows, other rows and threads.

Every run is a process of its own and embeds all texts anew. The tests show the same with a cheap encoder.

Example: python -m benchmarks.order training_data/harvest_3_new.xlsx
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from classifier.features.registry import open_model_encoders
from classifier.harvest.outcome import Outcome
from classifier.harvest.reading import read_harvest
from classifier.harvest.story import Story
from classifier.model.storage import find_model, load_model
from classifier.suggestion.csv_and_jsonl import write_suggestions
from classifier.suggestion.suggest import suggest_codes

_ADDED = "ZZZ/1"
_STORY = (
    "In March 2024 the cooperative of Bankass signed a contract with the dairy of Mopti, which now buys the milk of "
    "forty women herders at a price that they had asked for."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One way to suggest codes for the same outcomes."""

    order: str  # "as it is", "reversed", or the seed of a shuffle
    is_added: bool = False  # whether another outcome stands in the middle
    threads: int = 1

    def __str__(self) -> str:
        added = ", an outcome added" if self.is_added else ""
        return f"{self.order}{added}, {self.threads} thread{'s' if self.threads > 1 else ''}"


_RUNS = (
    Run(order="as it is"),
    Run(order="1"),
    Run(order="2"),
    Run(order="reversed"),
    Run(order="as it is", is_added=True),
    Run(order="3", is_added=True),
    Run(order="as it is", threads=2),
    Run(order="4", threads=2),
)


def main() -> None:
    """Suggest codes in every way, compare with the first, and print what differs."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.order", description=__doc__.split("\n\n")[0])
    parser.add_argument("harvest", type=Path)
    parser.add_argument("--model", default="sample")
    parser.add_argument("--runs", type=int, nargs="*", default=range(len(_RUNS)), help="only these, and the first")
    parser.add_argument("--keep", type=Path, help="a folder to keep what is suggested in, and to go on from")
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--run", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run is not None:
        _suggest(options.harvest, options.model, _RUNS[options.run], options.out)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = options.keep or Path(name)
        for number in sorted({0, *options.runs}):
            start = time.monotonic()
            if not (folder / str(number) / "made.jsonl").exists():
                _run(options.harvest, options.model, number, folder / str(number))
            told = ", ".join(_compared(folder / "0", folder / str(number)))
            print(f"{_RUNS[number]}: {told} ({time.monotonic() - start:.0f} s)", flush=True)


def _run(harvest: Path, model: str, number: int, folder: Path) -> None:
    """Suggest codes in a process of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    arguments = [str(harvest), "--model", model, "--run", str(number), "--out", str(folder)]
    environment = {**os.environ, "OMP_NUM_THREADS": str(_RUNS[number].threads)}
    subprocess.run([sys.executable, "-m", "benchmarks.order", *arguments], check=True, env=environment)


def _suggest(harvest: Path, model_name: str, run: Run, folder: Path) -> None:
    model = load_model(find_model(model_name))
    read = read_harvest(harvest, codebook=model.codebook)
    outcomes = list(_ordered(run, read.outcomes))
    sources = open_model_encoders(model.manifest.encoder_hashes, cache=False)
    suggestions = suggest_codes(replace(read, outcomes=tuple(outcomes)), model=model, sources=sources)
    for ending in (".csv", ".jsonl"):
        write_suggestions(suggestions, folder / f"made{ending}")


def _ordered(run: Run, outcomes: tuple[Outcome, ...]) -> Iterator[Outcome]:
    if run.order == "reversed":
        rows = list(reversed(outcomes))
    elif run.order.isdecimal():
        rows = random.Random(int(run.order)).sample(outcomes, len(outcomes))
    else:
        rows = list(outcomes)
    for place, outcome in enumerate(rows):
        if run.is_added and place == len(rows) // 2:
            story = Story(parts={}, description=_STORY, merged=_STORY)
            yield replace(outcome, fragment_id=_ADDED, story=story, codes={})
        yield outcome


def _compared(first: Path, folder: Path) -> Iterator[str]:
    """Compare the lines of both files, in any order and without those of the outcome added."""
    for name in ("made.csv", "made.jsonl"):
        before, lines = (sorted((place / name).read_bytes().splitlines()) for place in (first, folder))
        lines = [line for line in lines if _ADDED.encode() not in line]
        n_other = len(set(lines) - set(before))
        yield f"{name[4:]} {'the same' if lines == before else f'{n_other} of {len(lines)} lines differ'}"


if __name__ == "__main__":
    main()
