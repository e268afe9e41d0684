"""Processor seconds and memory of whole commands, beside a peer in the same run; fails where one is over its bound.

Processor seconds count all that a command starts, and vary less with what else the machine does than seconds by the
clock; so their ratio to a peer's is what is held to a bound. Linux only.

Example: python -m benchmarks.speed
"""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from http.cookiejar import CookieJar
from pathlib import Path
from statistics import median

_ROOT = Path(__file__).resolve().parents[1]
_DATA = _ROOT / "training_data"
_N_RUNS = 5
_N_RUNS_OF_ENCODERS = 3
_LINK = re.compile(r"http://\S+")
_TICKS = os.sysconf("SC_CLK_TCK")

_SKLEARN, _PANDAS = "import sklearn", "import pandas"
_STORIES = """
from pathlib import Path
from classifier.codebook.schema import sample_codebook
from classifier.harvest.reading import read_harvest
harvest = read_harvest(Path("harvest.xlsx"), codebook=sample_codebook())
texts = [outcome.story.merged for outcome in harvest.outcomes]
"""
_KEEP_TEN = """
from openpyxl import load_workbook
workbook = load_workbook("harvest.xlsx")
workbook["Outcomes"].delete_rows(12, 200)
workbook.save("ten.xlsx")
"""  # in a process of its own: this one's memory would count for those it starts
_OURS_EMBEDS = f"""
{_STORIES}
from classifier.features.registry import open_encoders
open_encoders(["all-MiniLM-L6-v2"], cache=False)[0].encode_start(texts)
"""
_OURS_EMBEDS_ALL = f"""
{_STORIES}
from classifier.features.registry import open_encoders
from classifier.suggestion.explanation import share_stories
share_stories(harvest.outcomes, sample_codebook().columns.parts, open_encoders(cache=False))
"""
_PEER_EMBEDS = f"""
{_STORIES}
from sentence_transformers import SentenceTransformer
from classifier.features.shipped_encoders import shipped_folder
SentenceTransformer(str(shipped_folder("all-MiniLM-L6-v2")), device="cpu").encode(texts)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a process took, with all that it started."""

    seconds: float  # of all processors together
    mebibytes: float  # the most of the process itself, or of one that it started


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A command, the code of its peer, and how many times the peer's processor seconds it may take."""

    command: str
    peer: str
    bound: float


_ROWS = (
    Row(command="--help", peer=_PANDAS, bound=1.0),
    Row(command="codebook check codebook.yaml", peer=_SKLEARN, bound=0.6),
    Row(command="models list", peer=_SKLEARN, bound=0.8),
    Row(command="summary agreed.xlsx", peer=_SKLEARN, bound=0.9),
    Row(command="agreement coder_a.xlsx coder_b.xlsx", peer=_SKLEARN, bound=1.2),
    Row(command="project status --project team", peer=_SKLEARN, bound=1.4),
    Row(command="suggest ten.xlsx --out ten.csv --overwrite", peer=_SKLEARN, bound=1.3),
    Row(command="suggest ten.xlsx --out suggested.xlsx --overwrite", peer=_SKLEARN, bound=1.4),
)
_REVIEW_BOUND = 1.5
_EMBEDDING_BOUND = 0.9
_ALL_EMBEDDINGS_BOUND = 1.2


def main() -> int:
    """Measure each command and its peer; return 1 where one is over its bound."""
    print(f"Processor seconds, median of {_N_RUNS} runs (of the encoders, {_N_RUNS_OF_ENCODERS}); one thread.\n")
    print("| command | seconds | MiB | peer | its seconds | its MiB | ratio | bound |")
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _prepare(folder)
        peers = {code: _median(partial(_run, ["-c", code], folder)) for code in (_SKLEARN, _PANDAS)}
        is_over = [
            _report(
                row.command,
                _median(partial(_command, row.command, folder)),
                row.peer,
                peers[row.peer],
                row.bound,
            )
            for row in _ROWS
        ]
        first_page = _median(partial(_first_page, folder))
        is_over.append(_report("review team, to the first page", first_page, _SKLEARN, peers[_SKLEARN], _REVIEW_BOUND))
        embedded, all_embedded, by_peer = (
            _median(partial(_run, ["-c", code], folder), n_runs=_N_RUNS_OF_ENCODERS)
            for code in (_OURS_EMBEDS, _OURS_EMBEDS_ALL, _PEER_EMBEDS)
        )
        for title, cost, bound in (
            ("embedding 118 stories", embedded, _EMBEDDING_BOUND),
            ("all that suggest embeds of them", all_embedded, _ALL_EMBEDDINGS_BOUND),
        ):
            is_over.append(_report(title, cost, "SentenceTransformer.encode", by_peer, bound))
    return int(any(is_over))


def _report(title: str, cost: Cost, peer: str, of_peer: Cost, bound: float) -> bool:
    """Print a row, and say whether it is over its bound."""
    ratio = cost.seconds / of_peer.seconds
    print(
        f"| {title} | {cost.seconds:.2f} | {cost.mebibytes:.0f} | {peer} | {of_peer.seconds:.2f} | "
        f"{of_peer.mebibytes:.0f} | {ratio:.2f}{' OVER' if ratio > bound else ''} | {bound} |",
        flush=True,
    )
    return ratio > bound


def _prepare(folder: Path) -> None:
    """Lay out the files, a project, and a cache with the vectors of all stories."""
    for name in ("new", "agreed", "coder_a", "coder_b"):
        (folder / f"{name}.xlsx").write_bytes((_DATA / f"harvest_3_{name}.xlsx").read_bytes())
    (folder / "new.xlsx").rename(folder / "harvest.xlsx")
    (folder / "codebook.yaml").write_bytes((_DATA / "codebook.yaml").read_bytes())
    _run(["-c", _KEEP_TEN], folder)
    for command in ("suggest ten.xlsx --out ten.csv", "project new team", "project add harvest.xlsx --project team"):
        _command(command, folder)


def _median(measure: Callable[[], Cost], *, n_runs: int = _N_RUNS) -> Cost:
    measure()  # compiles what is imported
    costs = [measure() for _ in range(n_runs)]
    return Cost(seconds=median(cost.seconds for cost in costs), mebibytes=median(cost.mebibytes for cost in costs))


def _command(command: str, folder: Path) -> Cost:
    return _run(["-m", "classifier", *command.split()], folder)


def _run(arguments: Sequence[str], folder: Path) -> Cost:
    process = _start(arguments, folder, subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"failed: {' '.join(arguments)}")
    return _cost(used)


def _cost(used: resource.struct_rusage) -> Cost:
    return Cost(seconds=used.ru_utime + used.ru_stime, mebibytes=used.ru_maxrss / 1024)


def _start(arguments: Sequence[str], folder: Path, output: int) -> subprocess.Popen[str]:
    environment = os.environ | {
        "OMP_NUM_THREADS": "1",
        "OUTCOME_CODER_CACHE": str(folder / "cache"),
        "PYTHONPATH": str(_ROOT),
        "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return subprocess.Popen([sys.executable, *arguments], cwd=folder, env=environment, stdout=output, text=True)


def _first_page(folder: Path) -> Cost:
    """Open the review page by its link, and end it when it has answered."""
    arguments = ["-m", "classifier", "review", "team", "--coder", "Ana Moss", "--no-browser"]
    process = _start(arguments, folder, subprocess.PIPE)
    assert process.stdout is not None
    try:
        link = next(found[0] for line in process.stdout if (found := _LINK.search(line)))
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        with browser.open(link, timeout=60) as page:
            page.read()
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        status = Path(f"/proc/{process.pid}/status").read_text()
    finally:
        process.terminate()
        process.wait()
    peak = re.search(r"VmHWM:\s+(\d+)", status)
    return Cost(seconds=sum(map(int, fields[11:15])) / _TICKS, mebibytes=int(peak[1]) / 1024 if peak else float("nan"))


if __name__ == "__main__":
    sys.exit(main())
