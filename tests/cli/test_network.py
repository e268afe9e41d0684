"""No command opens a connection, but for an encoder of the model hub that the user names."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
import typer

from classifier.cli.app import app
from tests.support.every_command import COMMANDS

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
WITHOUT_NETWORK = ("unshare", "--map-root-user", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")
"""Runs what follows in a network namespace of its own, which has only the loopback address."""


def may_leave_network() -> bool:
    if not all(shutil.which(program) for program in ("unshare", "ip")):
        return False
    return subprocess.run([*WITHOUT_NETWORK, "true"], capture_output=True).returncode == 0


def commands_of(command: object, path: Sequence[str] = ()) -> Iterator[str]:
    subcommands = getattr(command, "commands", None)
    if subcommands is None:
        yield " ".join(path)
        return
    for name, subcommand in subcommands.items():
        yield from commands_of(subcommand, (*path, name))


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, tuple[int, list[str]]]:
    """Return the exit status of each command and what it asked of the network; without one, where that is permitted."""
    folder = tmp_path_factory.mktemp("every-command")
    run = [sys.executable, "-m", "tests.support.every_command", str(folder)]
    # The environment of somebody who uses the hub's library otherwise; one of the commands clears the cache.
    own = {"OUTCOME_CODER_CACHE": str(folder / "cache"), "OMP_NUM_THREADS": "1"}
    environment = {**os.environ, **own, "HF_HUB_OFFLINE": "0", "TRANSFORMERS_OFFLINE": "0"}
    prefix = WITHOUT_NETWORK if may_leave_network() else ()
    result = subprocess.run([*prefix, *run], capture_output=True, text=True, check=True, cwd=ROOT, env=environment)
    return {command: (status, asked) for command, (status, asked) in json.loads(result.stdout).items()}


def test_every_command_is_tried() -> None:
    assert set(commands_of(typer.main.get_command(app))) | {""} == set(COMMANDS)


@pytest.mark.encoder
@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_opens_a_connection(command: str, ended: Mapping[str, tuple[int, list[str]]]) -> None:
    assert ended[command] == (0, [])


@pytest.mark.encoder
@pytest.mark.skipif(not may_leave_network(), reason="a network namespace is not permitted here")
@pytest.mark.parametrize("command", ["train", "suggest", "explain", "evaluate"])
def test_encoders_work_on_a_machine_without_network(command: str, ended: Mapping[str, tuple[int, list[str]]]) -> None:
    assert ended[command] == (0, [])
