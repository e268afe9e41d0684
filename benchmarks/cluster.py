"""Scaling of `suggest --fast` and `train` with processes here and with workers of a Dask cluster on loopback.

`suggest --fast` is given outcomes as those of `benchmarks.million`; `train` harvests 1 and 2 of the sample, whose
embeddings are kept, so that its time is that of the folds. With a cluster the command itself runs beside the workers,
on the same two processors. The overhead of a shard is the time of sending its rows and bringing as many bytes back as
its suggestions have, without any work on them, one shard after the other. All outputs must be the same to the byte.
Linux only.

Example: python -m benchmarks.cluster 20000 --folder /tmp/cluster 2> /dev/null
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from joblib import Parallel, delayed

from benchmarks.large_harvest import write_harvest
from benchmarks.million import measure
from classifier.cluster import computing_on
from classifier.codebook.schema import sample_codebook
from classifier.harvest.options import ReadingOptions
from classifier.harvest.streamed_harvest import open_harvest
from classifier.spreadsheet.sheet import Sheet
from tests.support.dask_cluster import dask_cluster

_SAMPLE = Path(__file__).resolve().parents[1] / "training_data"
_CODED = [str(_SAMPLE / f"harvest_{number}.xlsx") for number in (1, 2)]
_TRAIN = [sys.executable, "-m", "classifier", "train", *_CODED, "--codebook", str(_SAMPLE / "codebook.yaml")]
_SUGGEST = [sys.executable, "-m", "classifier", "suggest"]
_N_ROWS = 2_000  # of a shard, as in `suggest --fast`
_PLACES = (("here", 1), ("here", 2), ("Dask", 1), ("Dask", 2))


def main() -> None:
    """Make the harvest, train a model, and measure both commands in each place."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("n_outcomes", nargs="?", type=int, default=20_000)
    parser.add_argument("--folder", type=Path, required=True, help="for the harvest, the models and the suggestions")
    given = parser.parse_args()
    folder: Path = given.folder
    folder.mkdir(exist_ok=True)
    os.environ["OUTCOME_CODER_CACHE"] = str(folder / "cache")
    harvest, model = folder / f"{given.n_outcomes}.csv", folder / "model"
    if not harvest.exists():
        write_harvest(harvest, given.n_outcomes)
    if not model.exists():
        measure([*_TRAIN, "--out", str(model), "--fast", "--quiet"])
    n_shards = -(-given.n_outcomes // _N_ROWS)
    print(f"{given.n_outcomes:,} outcomes, {n_shards} shards; load {os.getloadavg()[0]:.1f}\n", flush=True)
    print("| where | `suggest --fast`, seconds | a second | overhead a shard, seconds | `train`, seconds |")
    print("|---|---|---|---|---|", flush=True)
    written = set()
    for place, number in _PLACES:
        with _computing(place, number, folder) as address:
            at = [] if address is None else ["--cluster", address]
            out = folder / "suggestions.csv"
            asked = ["--fast", "--model", str(model), "--out", str(out), "--overwrite", "--quiet"]
            suggesting, _, _ = measure([*_SUGGEST, str(harvest), *asked, *at])
            trained = folder / "trained"
            training, _, _ = measure([*_TRAIN, "--out", str(trained), "--overwrite", "--quiet", *at])
            heads = (trained / "heads.npz").read_bytes()
            written.add((hashlib.sha256(out.read_bytes()).hexdigest(), hashlib.sha256(heads).hexdigest()))
            overhead = _overhead(harvest, out.stat().st_size // n_shards, address, number)
        name = f"this machine, {number} process{'es' * (number > 1)}" if place == "here" else f"Dask, {number} worker"
        rate = given.n_outcomes / suggesting
        print(f"| {name}{'s' * (place != 'here' and number > 1)} | {suggesting:.1f} | {rate:,.0f} ", end="")
        print(f"| {overhead:.2f} | {training:.1f} |", flush=True)
    if len(written) > 1:
        raise SystemExit("the suggestions or the models differ")
    print("\nAll suggestions and all models are the same to the byte")


@contextmanager
def _computing(place: str, number: int, folder: Path) -> Iterator[str | None]:
    """Compute on some processors of this machine, or start a cluster on loopback; yield its address."""
    os.sched_setaffinity(0, set(range(number if place == "here" else 2)))
    if place == "here":
        yield None
        return
    logs = folder / f"cluster_{number}"
    logs.mkdir(exist_ok=True)
    with dask_cluster(logs, n_workers=number) as running:
        yield running.address


def _overhead(harvest: Path, n_bytes: int, address: str | None, n_jobs: int) -> float:
    """Return the seconds a shard takes to be sent and answered, without work; 0 in one process, which sends nothing."""
    shards = [*open_harvest(harvest, codebook=sample_codebook(), options=ReadingOptions()).parts(_N_ROWS)]
    with computing_on(address):
        parallel = Parallel(n_jobs=n_jobs, max_nbytes=None, batch_size=1, pre_dispatch=1)
        parallel([delayed(_nothing)(shards[0], n_bytes)])  # starts the processes
        started = time.monotonic()
        parallel(delayed(_nothing)(shard, n_bytes) for shard in shards)
        return (time.monotonic() - started) / len(shards)


def _nothing(shard: Sheet, n_bytes: int) -> bytes:
    return bytes(n_bytes)


if __name__ == "__main__":
    main()
