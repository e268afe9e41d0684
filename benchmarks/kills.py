"""Whole commands killed at random moments: whether what is left is the old state or the new one.

Each command is forked from a process that has everything imported, so that kills fall into its work. Then the same
command is run again to its end; what the killed one left must be gone.

Every other kill falls after the command began to write what replaces the old state. With `--cheap-encoder`,
texts are embedded by counting their trigrams, so that more of the run is writing.

Example: python -m benchmarks.kills --kills 100 --cheap-encoder train cache
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from openpyxl import Workbook, load_workbook

# What the commands import only when they need it.
import classifier.agreement.workflow
import classifier.features.registry
import classifier.model.workflow
import classifier.project.console_summary
import classifier.project.export_workbook
import classifier.project.import_workbook
import classifier.report.workflow
import classifier.suggestion.workflow
from classifier.__main__ import main as run_command_line
from classifier.errors import OutcomeCoderError
from classifier.features.embedding_cache import EmbeddingCache
from classifier.model.storage import find_model, load_model
from classifier.project.project import open_project
from conftest import TrigramEncoder

_TRAINING_DATA = Path(__file__).resolve().parents[1] / "training_data"
_TIMED_AGAIN = 10  # runs, as other work makes them slower or quicker
_TRAIN = "train --definitions-only --encoder all-MiniLM-L6-v2 --codebook {}.yaml --out {} --quiet"


class _Cheap(TrigramEncoder):
    """Cheap encoder under the name of another."""

    def __init__(self, name: str) -> None:
        self.name = name


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A command to kill.

    Attributes
    ----------
    earlier : sequence of commands
        What is there when the command begins.
    state : callable
        Reads in a folder what the command writes; raises where that can't be read.
    writing : str
        Pattern of paths that are there while it writes what replaces the old state.
    """

    command: str
    earlier: Sequence[str]
    state: Callable[[Path], object]
    writing: str = ".outcome-coder-tmp-*/[!u]*"  # but for unfinished.lock


def _workbook(folder: Path, name: str) -> object:
    path = folder / name
    if not path.exists():
        return None
    sheets = load_workbook(path).worksheets
    # When it was made is on the first line of a sheet about the file.
    return [
        [[cell for cell in row if cell is not None] for row in sheet.iter_rows(values_only=True)]
        for sheet in sheets
        if sheet.sheet_state == "visible" and sheet.title != "About"
    ]


def _model(folder: Path) -> object:
    before = Path.cwd()
    os.chdir(folder)
    try:
        return load_model(find_model("ours")).codebook.sha256
    finally:
        os.chdir(before)


def _project(folder: Path) -> object:
    opened = open_project(folder / "team")
    try:
        outcomes = {name: outcome.story.merged for name, outcome in opened.outcomes.items()}
        return outcomes, [entry.decision for entry in opened.journal.entries()]
    finally:
        opened.journal.close()


def _cache(folder: Path) -> object:
    cache = EmbeddingCache(folder / "cache" / "embeddings")
    if not cache.info().n_vectors:
        return False
    with closing(sqlite3.connect(cache.folder / "embeddings.sqlite")) as connection:
        keys = [key.hex() for (key,) in connection.execute("SELECT key FROM embeddings")]
    damaged = set(keys) - set(cache.get_all(keys))
    if damaged:
        raise ValueError(f"{len(damaged)} embeddings are damaged")
    return True


def _report(folder: Path) -> object:
    report = folder / "report"
    files = sorted(str(path.relative_to(folder)) for path in report.rglob("*"))
    return files, json.loads((report / "report.json").read_text(encoding="utf-8"))["files"]


_NEW = "project new team --codebook codebook.yaml"
_ADD = "project add {}.xlsx --project team"
_CONFIRM = "confirm {}.xlsx --coder Ana --project team --theirs"
_REPORT = "evaluate --suggestions given.jsonl --codes {}.xlsx --codebook codebook.yaml --out report --overwrite --quiet"
TARGETS = {
    "suggest": Target(
        command="suggest second.xlsx --model defined --out suggested.xlsx --overwrite --quiet",
        earlier=("suggest first.xlsx --model defined --out suggested.xlsx --quiet",),
        state=lambda folder: _workbook(folder, "suggested.xlsx"),
    ),
    "train": Target(
        command=_TRAIN.format("changed", "ours") + " --overwrite",
        earlier=(_TRAIN.format("codebook", "ours"),),
        state=_model,
        writing="models/.outcome-coder-tmp-*/new",
    ),
    "project add": Target(
        command=_ADD.format("second"),
        earlier=(_NEW, _ADD.format("first")),
        state=_project,
        writing="team/**/.outcome-coder-tmp-*/[!u]*",
    ),
    "confirm": Target(
        command=_CONFIRM.format("coded"),
        earlier=(_NEW, _ADD.format("first"), _ADD.format("second")),
        state=_project,
    ),
    "export": Target(
        command="export team --out coded_harvest.xlsx --harvest second.xlsx --overwrite",
        earlier=(
            _NEW,
            _ADD.format("second"),
            "export team --out coded_harvest.xlsx",
            "confirm coded.xlsx --coder Ana --project team --theirs",
        ),
        state=lambda folder: _workbook(folder, "coded_harvest.xlsx"),
    ),
    "cache": Target(
        command="suggest second.xlsx --model defined --out suggested.csv --overwrite --quiet",
        earlier=("cache clear",),
        state=_cache,
        writing="cache/embeddings/*-journal",
    ),
    "report": Target(
        command=_REPORT.format("other"),
        earlier=(
            "suggest second.xlsx --model defined --out given.jsonl --quiet",
            _REPORT.format("coded"),
        ),
        state=_report,
        writing=".outcome-coder-tmp-*/new",
    ),
}


def main() -> None:
    """Read the options, kill, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kills", description=__doc__.split("\n\n")[0])
    parser.add_argument("names", nargs="*", metavar="COMMAND", help=f"of {', '.join(TARGETS)}; by default all")
    parser.add_argument("--kills", type=int, default=100, help="of each command")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cheap-encoder", action="store_true", help="embed by trigrams of letters")
    options = parser.parse_args()
    if options.cheap_encoder:
        classifier.features.registry.load_encoder = lambda name, **_: _Cheap(name)
    moments = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as name:
        materials = Path(name) / "materials"
        gather_materials(materials)
        for asked in options.names or TARGETS:
            print(f"{asked}: {kill_often(TARGETS[asked], materials, Path(name), moments, options.kills)}", flush=True)


def kill_often(target: Target, materials: Path, within: Path, moments: random.Random, n_kills: int) -> str:
    """Kill a command at random moments, and say what was left."""
    begun, finished = within / "begun", within / "finished"
    for folder in (begun, finished):
        shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(materials, begun)
    for command in target.earlier:
        _run_to_the_end(begun, command)
    shutil.copytree(begun, finished)
    _run_to_the_end(finished, target.command)
    old, new = target.state(begun), target.state(finished)
    found: Counter[str] = Counter()
    number = -1
    while found["killed"] < n_kills:
        number += 1
        if number % _TIMED_AGAIN == 0:
            seconds, writing = _time(target, _copied(begun, within / "timed"))
        folder = _copied(begun, within / "killed")
        known = _files_in(folder)
        if number % 2 and writing:
            is_killed = _kill_writing(target, folder, after=moments.uniform(0, writing)) < 0
        else:
            is_killed = run_command(folder, target.command, kill_after=moments.uniform(0, seconds)) < 0
        if not is_killed:
            found["finished before the kill"] += 1
            continue
        found["killed"] += 1
        found[_compared(target, folder, old, new)] += 1
        found["left unfinished files"] += bool(_unfinished(folder, known))
        found["killed while writing"] += _is_writing(target, folder)
        status = run_command(folder, target.command)
        found["the next run failed"] += status != 0
        if _compared(target, folder, old, new) != "new":
            found["not new after the next run"] += 1
        found["unfinished files left after the next run"] += bool(_unfinished(folder, known))
    return ", ".join(f"{count} {what}" for what, count in found.items() if count) + f" ({seconds:.1f} s)"


def _copied(folder: Path, to: Path) -> Path:
    shutil.rmtree(to, ignore_errors=True)
    return shutil.copytree(folder, to)


def _time(target: Target, folder: Path) -> tuple[float, float]:
    """Run a command to its end; return how long it took, and how long from when it began to write."""
    start = time.monotonic()
    process = _start(folder, target.command, quiet=False)
    first, status = None, None
    while status is None:
        if first is None and _is_writing(target, folder):
            first = time.monotonic()
        status = _status_of(process)
        time.sleep(0.001)
    if status:
        raise SystemExit(f"{target.command}: ended with status {status}")
    return time.monotonic() - start, 0.0 if first is None else time.monotonic() - first


def _is_writing(target: Target, folder: Path) -> bool:
    with suppress(FileNotFoundError):  # removed while it was looked at
        return any(folder.glob(target.writing))
    return False


def _compared(target: Target, folder: Path, old: object, new: object) -> str:
    try:
        state = target.state(folder)
    except (OutcomeCoderError, OSError, ValueError, KeyError) as error:
        return f"BROKEN: {type(error).__name__}"
    return "new" if state == new else "old" if state == old else "BETWEEN"


def _files_in(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for path in folder.rglob("*")}


def _unfinished(folder: Path, known: set[Path]) -> list[Path]:
    """Find hidden files, those in the folder for temporary files, and copies of harvests that the project lacks."""
    temporary = [path for path in (folder / "tmp").rglob("*") if "joblib" not in path.name]
    hidden = [
        path
        for path in folder.rglob("*")
        if (path.name.startswith(".") and path.name != ".lock") or path.suffix == ".part"
    ]
    copies = [
        path for path in (folder / "team" / "harvests").glob("*") if path.name not in _settings_of(folder / "team")
    ]
    return [path for path in (*temporary, *hidden, *copies) if path.relative_to(folder) not in known]


def _settings_of(project: Path) -> str:
    return (project / "project.json").read_text(encoding="utf-8")


def _run_to_the_end(folder: Path, command: str) -> None:
    if status := run_command(folder, command, quiet=False):
        raise SystemExit(f"{command}: ended with status {status}")


def run_command(folder: Path, command: str, *, kill_after: float | None = None, quiet: bool = True) -> int:
    """Run a command in a folder and return its exit status; negative where it was killed."""
    process = _start(folder, command, quiet=quiet)
    return _ended(process, None if kill_after is None else time.monotonic() + kill_after)


def _kill_writing(target: Target, folder: Path, *, after: float) -> int:
    """Run a command, and kill it some time after it began to write."""
    process = _start(folder, target.command, quiet=True)
    while not _is_writing(target, folder):
        if (status := _status_of(process)) is not None:
            return status
        time.sleep(0.001)
    return _ended(process, time.monotonic() + after)


def _start(folder: Path, command: str, *, quiet: bool) -> int:
    process = os.fork()
    if not process:
        become_command(folder, command, quiet=quiet)
    return process


def _ended(process: int, deadline: float | None) -> int:
    """Wait for a process, kill it at a deadline, and return its exit status."""
    if deadline is None:
        return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    while time.monotonic() < deadline:
        if (status := _status_of(process)) is not None:
            return status
        time.sleep(0.001)
    with suppress(ProcessLookupError):
        os.killpg(process, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def _status_of(process: int) -> int | None:
    """Return the exit status of a process that has ended; None while it runs."""
    ended, status = os.waitpid(process, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else None


def become_command(folder: Path, command: str, *, quiet: bool, typed: str = "") -> None:
    """Run a command in a folder in place of what this process was doing."""
    os.setsid()
    os.chdir(folder)
    nowhere = os.open(os.devnull, os.O_RDWR)
    readable, writable = os.pipe()
    os.write(writable, typed.encode())
    os.close(writable)
    os.dup2(readable, 0)
    os.dup2(nowhere, 1)
    if quiet:
        os.dup2(nowhere, 2)
    (folder / "tmp").mkdir(exist_ok=True)
    os.environ |= {
        "TMPDIR": str(folder / "tmp"),
        "JOBLIB_TEMP_FOLDER": str(folder / "tmp"),
        "OUTCOME_CODER_CACHE": str(folder / "cache"),
        "OUTCOME_CODER_REPORTS": str(folder / "reports"),
    }
    tempfile.tempdir = None
    sys.argv = ["outcome-coder", *command.split()]
    status: object = 1
    try:
        run_command_line()
        status = 0
    except SystemExit as ended:
        status = ended.code or 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status if isinstance(status, int) else 1)


def gather_materials(folder: Path) -> None:
    """Make a folder of small harvests, two codebooks, and a model without examples."""
    folder.mkdir()
    shutil.copy(_TRAINING_DATA / "codebook.yaml", folder / "codebook.yaml")
    text = (folder / "codebook.yaml").read_text(encoding="utf-8")
    (folder / "changed.yaml").write_text(text.replace("definition: ", "definition: Here, ", 1), encoding="utf-8")
    _cut(_TRAINING_DATA / "harvest_1.xlsx", folder / "first.xlsx", range(2, 7))
    _cut(_TRAINING_DATA / "harvest_3_new.xlsx", folder / "second.xlsx", range(2, 9))
    _cut(_TRAINING_DATA / "harvest_3_coder_a.xlsx", folder / "coded.xlsx", range(2, 9))
    _cut(_TRAINING_DATA / "harvest_3_coder_b.xlsx", folder / "other.xlsx", range(2, 9))
    _run_to_the_end(folder, _TRAIN.format("codebook", "defined"))
    _run_to_the_end(folder, "suggest second.xlsx --model defined --out suggested.csv --quiet")
    (folder / "suggested.csv").unlink()


def _cut(path: Path, to: Path, rows: range) -> None:
    """Copy the header and some rows of a harvest's first sheet."""
    sheet = load_workbook(path).worksheets[0]
    workbook = Workbook()
    for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        if number == 1 or number in rows:
            workbook.worksheets[0].append(row)
    workbook.save(to)


if __name__ == "__main__":
    main()
