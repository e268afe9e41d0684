"""Two commands that write to the same place at once: whether anything of either is lost.

Example: python -m benchmarks.races --rounds 20
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.kills import become_command, gather_materials, run_command
from classifier.errors import OutcomeCoderError
from classifier.model.storage import load_model
from classifier.project.project import open_project
from classifier.review.users import Users

_NEW = "project new team --codebook codebook.yaml"
_ADD = "project add {}.xlsx --project team"
_TRAIN = "train --definitions-only --encoder all-MiniLM-L6-v2 --codebook {}.yaml --out ours --quiet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Race:
    """Two commands that are started at once.

    Attributes
    ----------
    is_complete : callable
        Says of a folder, and of the exit statuses, whether all is there that the commands claim to have written.
    """

    commands: tuple[str, str]
    earlier: Sequence[str] = ()
    is_complete: Callable[[Path, tuple[int, int]], bool]
    typed: str = ""


def _n_outcomes(expected: int) -> Callable[[Path, tuple[int, int]], bool]:
    def is_complete(folder: Path, statuses: tuple[int, int]) -> bool:
        opened = open_project(folder / "team")
        opened.journal.close()
        listed = {harvest.path.name for harvest in opened.harvests}
        kept = {path.name for path in (folder / "team" / "harvests").glob("*.xlsx")}
        return len(opened.outcomes) == expected and listed == kept and statuses == (0, 0)

    return is_complete


def _both_coders(folder: Path, statuses: tuple[int, int]) -> bool:
    opened = open_project(folder / "team")
    coders = Counter(coder for coder, _, _ in opened.decided())
    n_entries = len([entry for entry in opened.journal.entries() if entry.decision.fragment_id])
    opened.journal.close()
    return len(set(coders.values())) == 1 and len(coders) == 2 and n_entries == sum(coders.values())


def _each_once(folder: Path, statuses: tuple[int, int]) -> bool:
    opened = open_project(folder / "team")
    keys = [entry.decision.key for entry in opened.journal.entries()]
    opened.journal.close()
    return len(keys) == len(set(keys)) == 28


def _both_users(folder: Path, statuses: tuple[int, int]) -> bool:
    return set(Users.read(folder / "users.txt").names) == {"Ana", "Ben"}


def _both_trusted(folder: Path, statuses: tuple[int, int]) -> bool:
    (path,) = folder.rglob("trusted_encoders.json")
    return set(json.loads(path.read_text(encoding="utf-8"))) == {"encoder-a", "encoder-b"}


def _model_is_whole(folder: Path, statuses: tuple[int, int]) -> bool:
    load_model(folder / "models" / "ours")
    return statuses == (0, 0)


def _one_is_refused(folder: Path, statuses: tuple[int, int]) -> bool:
    load_model(folder / "models" / "ours")
    return sorted(statuses) == [0, 1]


RACES = {
    "project add, project add": Race(
        commands=(_ADD.format("first"), _ADD.format("second")), earlier=(_NEW,), is_complete=_n_outcomes(12)
    ),
    "project add, codebook change": Race(
        commands=(_ADD.format("second"), "project codebook changed.yaml --project team"),
        earlier=(_NEW, _ADD.format("first")),
        is_complete=_n_outcomes(12),
    ),
    "confirm, confirm (two coders)": Race(
        commands=("confirm coded.xlsx --coder Ana --project team", "confirm other.xlsx --coder Ben --project team"),
        earlier=(_NEW, _ADD.format("second")),
        is_complete=_both_coders,
    ),
    "confirm, confirm (the same)": Race(
        commands=("confirm coded.xlsx --coder Ana --project team", "confirm coded.xlsx --coder Ana --project team"),
        earlier=(_NEW, _ADD.format("second")),
        is_complete=_each_once,
    ),
    "users add, users add": Race(
        commands=("users add Ana --users users.txt", "users add Ben --users users.txt"),
        is_complete=_both_users,
        typed="quiet river stone\nquiet river stone\n",
    ),
    "models trust, models trust": Race(commands=("models trust a", "models trust b"), is_complete=_both_trusted),
    "train, train": Race(commands=(_TRAIN.format("codebook"), _TRAIN.format("changed")), is_complete=_one_is_refused),
    "train --overwrite, train --overwrite": Race(
        commands=(f"{_TRAIN.format('codebook')} --overwrite", f"{_TRAIN.format('changed')} --overwrite"),
        earlier=(_TRAIN.format("codebook"),),
        is_complete=_model_is_whole,
    ),
}


def main() -> None:
    """Read the options, let them race, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.races", description=__doc__.split("\n\n")[0])
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        materials = Path(name) / "materials"
        gather_materials(materials)
        for letter in "ab":
            _name_another_encoder(materials / "models" / "defined", materials / "models" / letter, f"encoder-{letter}")
        for title, race in RACES.items():
            print(f"{title}: {_race_often(race, materials, Path(name), options.rounds)}", flush=True)


def _race_often(race: Race, materials: Path, within: Path, n_rounds: int) -> str:
    begun, folder = within / "begun", within / "raced"
    shutil.rmtree(begun, ignore_errors=True)
    shutil.copytree(materials, begun)
    for command in race.earlier:
        if run_command(begun, command):
            raise SystemExit(f"{command}: failed")
    found: Counter[str] = Counter()
    for _ in range(n_rounds):
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(begun, folder)
        found[_outcome(race, folder)] += 1
    return ", ".join(f"{count} {what}" for what, count in found.items())


def _outcome(race: Race, folder: Path) -> str:
    processes = []
    for command in race.commands:
        process = os.fork()
        if not process:
            os.environ["XDG_DATA_HOME"] = str(folder / "data")
            become_command(folder, command, quiet=True, typed=race.typed)
        processes.append(process)
    first, second = (os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) for process in processes)
    try:
        return "complete" if race.is_complete(folder, (first, second)) else f"INCOMPLETE (status {first} and {second})"
    except (OutcomeCoderError, OSError, ValueError) as error:
        return f"BROKEN ({type(error).__name__})"


def _name_another_encoder(model: Path, to: Path, encoder: str) -> None:
    shutil.copytree(model, to)
    path = to / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["encoders"] = [{"name": encoder, "sha256": "0" * 64}]
    path.write_text(json.dumps(manifest), encoding="utf-8")
    sums = (to / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    sums[0] = f"{hashlib.sha256(path.read_bytes()).hexdigest()}  manifest.json"
    (to / "SHA256SUMS").write_text("\n".join(sums) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
