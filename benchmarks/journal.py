"""Eight coders who decide at once, 2,000 times each: how long each decision takes, and whether any is lost.

Example: python -m benchmarks.journal
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt

from classifier.project.journal import Decision, DecisionMethod, Journal

_N_CODERS, _N_DECISIONS = 8, 2000


def main() -> None:
    """Read the options, let them decide, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.journal", description=__doc__.split("\n\n")[0])
    parser.add_argument("--coders", type=int, default=_N_CODERS)
    parser.add_argument("--decisions", type=int, default=_N_DECISIONS, help="of each coder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "journal.sqlite"
        Journal.at(path).close()
        start = time.monotonic()
        with multiprocessing.get_context("spawn").Pool(options.coders) as pool:
            asked = [(path, f"coder {place}", options.decisions) for place in range(options.coders)]
            taken = np.concatenate(pool.starmap(_decide, asked))
        seconds = time.monotonic() - start
        journal = Journal.at(path)
        kept = {entry.decision.key for entry in journal.entries()}
        journal.close()
    n_asked = options.coders * options.decisions
    middle, late, latest = np.percentile(taken * 1000, [50, 95, 100])
    print(
        f"{options.coders} coders, {options.decisions} decisions each, {seconds:.0f} s: {len(kept)} of {n_asked} kept; "
        f"a decision takes {middle:.1f} ms (median), {late:.1f} ms (95 % take less), {latest:.0f} ms (the longest)"
    )


def _decide(path: Path, coder: str, n_decisions: int) -> npt.NDArray[np.float64]:
    journal = Journal.at(path)
    taken = []
    for place in range(n_decisions):
        decision = Decision(
            coder=coder,
            fragment_id=f"SCC-LPC/{place:04}",
            field="scale",
            codes=("Local",),
            method=DecisionMethod.BY_HAND,
            codebook="0" * 64,
        )
        start = time.perf_counter()
        journal.record([decision])
        taken.append(time.perf_counter() - start)
    journal.close()
    return np.array(taken)


if __name__ == "__main__":
    main()
