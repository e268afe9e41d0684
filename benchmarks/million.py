"""Outcomes per second and memory of `suggest --fast` on a million outcomes, beside a plain linear peer in the same run.

The outcomes are halves of sentences of the sample harvests, put together at random by a seed, as those of
`benchmarks.large_harvest`. The model is trained on harvests 1 and 2. The peer is what a programmer would write in an
hour with scikit-learn: hashed words and pairs of words of the story, a logistic regression a field, trained on the same
outcomes, read and written in parts, on one processor; it gives a code and nothing else. Seconds of all processors used
are told beside those of the clock, since the machine may be shared. Linux only.

Example: python -m benchmarks.million 100000 --folder /tmp/million
"""

from __future__ import annotations

import argparse
import csv
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from benchmarks.large_harvest import write_harvest

_ROOT = Path(__file__).resolve().parents[1]
_SAMPLE = _ROOT / "training_data"
_CODED = [str(_SAMPLE / f"harvest_{number}.xlsx") for number in (1, 2)]
_N_ROWS = 2_000
_SEED = 1


def main() -> None:
    """Make the harvest, train, and measure both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("n_outcomes", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, required=True, help="for the harvest, the model and the suggestions")
    parser.add_argument("--processors", type=int, default=2)
    parser.add_argument("--peer", nargs=2, type=Path, metavar=("HARVEST", "OUT"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.peer:
        _suggest_by_peer(*given.peer)
        return
    os.sched_setaffinity(0, set(range(given.processors)))
    given.folder.mkdir(exist_ok=True)
    harvest, model = given.folder / f"{given.n_outcomes}.csv", given.folder / "model"
    if not harvest.exists():
        write_harvest(harvest, given.n_outcomes)
    coder = [sys.executable, "-m", "classifier"]
    if not model.exists():
        codebook = str(_SAMPLE / "codebook.yaml")
        measure([*coder, "train", *_CODED, "--codebook", codebook, "--out", str(model), "--fast"])
    print(f"{given.n_outcomes:,} outcomes, {harvest.stat().st_size / 2**20:,.0f} MiB; load {os.getloadavg()[0]:.1f}")
    print("\n| | outcomes a second | seconds | of processors | MiB at most, all processes |\n|---|---|---|---|---|")
    rates = []
    for name, command in (
        (
            "suggest --fast",
            [*coder, "suggest", str(harvest), "--fast", "--model", str(model), "--overwrite", "--quiet"],
        ),
        ("peer", [sys.executable, "-m", "benchmarks.million", "--folder", str(given.folder), "--peer", str(harvest)]),
    ):
        out = given.folder / f"{name.split()[0]}.csv"
        command += [str(out)] if name == "peer" else ["--out", str(out)]
        seconds, of_processors, mebibytes = measure(command)
        rates.append(given.n_outcomes / of_processors)
        rate = given.n_outcomes / seconds
        print(f"| {name} | {rate:,.0f} | {seconds:,.0f} | {of_processors:,.0f} | {mebibytes:,.0f} |", flush=True)
    print(f"\nBy processor seconds, suggest --fast does {rates[0] / rates[1]:.2f} times the outcomes of the peer")


def measure(command: list[str]) -> tuple[float, float, float]:
    """Run a command; return its seconds, those of processors, and the most memory of all its processes at once."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started, most = time.monotonic(), 0.0
    with subprocess.Popen(command, cwd=_ROOT, env=os.environ | {"OMP_NUM_THREADS": "1"}) as running:
        while running.poll() is None:
            most = max(most, sum(map(_mebibytes, _family(running.pid))))
            time.sleep(0.5)
    if running.returncode:
        raise SystemExit(running.returncode)
    seconds = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, most


def _family(process: int) -> Iterator[int]:
    yield process
    try:
        for thread in Path(f"/proc/{process}/task").iterdir():
            for child in (thread / "children").read_text().split():
                yield from _family(int(child))
    except OSError:  # it has ended
        return


def _mebibytes(process: int) -> float:
    """Memory of a process, what it shares with others counted in parts."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


def _suggest_by_peer(harvest: Path, out: Path) -> None:
    from sklearn.feature_extraction.text import HashingVectorizer
    from sklearn.linear_model import LogisticRegression

    from classifier.codebook.schema import sample_codebook
    from classifier.harvest.coded import read_coded_harvests

    codebook = sample_codebook()
    known = [one for file in read_coded_harvests(_CODED, codebook=codebook) for one in file.outcomes]
    vectorizer = HashingVectorizer(n_features=2**16, ngram_range=(1, 2), alternate_sign=False)
    heads = {}
    for field in codebook.names:
        coded = [one for one in known if one.codes.get(field)]
        rows = vectorizer.transform([one.story.merged for one in coded])
        heads[field] = LogisticRegression(C=10, class_weight="balanced").fit(
            rows, [one.codes[field][0] for one in coded]
        )
    with harvest.open(encoding="utf-8", newline="") as read, out.open("w", encoding="utf-8", newline="") as written:
        reader, writer = csv.DictReader(read), csv.writer(written)
        while rows := [*islice(reader, _N_ROWS)]:
            texts = [" ".join(list(row.values())[3:]) for row in rows]
            features = vectorizer.transform(texts)
            for field, head in heads.items():
                writer.writerows(
                    [row["FragmentID"], field, code] for row, code in zip(rows, head.predict(features), strict=True)
                )


if __name__ == "__main__":
    main()
