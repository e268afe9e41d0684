"""Runs every command once with every connection refused, and prints for each its status and what it asked for.

``python -m tests.support.every_command FOLDER`` does so in an empty folder. It is a program of its own since an audit
hook, which sees what any library does with Python's sockets, can't be removed again.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import uvicorn
from joblib import parallel_config
from threadpoolctl import threadpool_limits
from typer.testing import CliRunner

from classifier.cli.app import app
from classifier.evaluation import learning_curve
from tests.support.workbooks import write_outcomes, write_text

__all__ = ["COMMANDS"]

_CODEBOOK = """
fields:
  - name: scale
    column: Scale
    kind: single
    codes:
      - {code: Village, definition: a village, a market, a road}
      - {code: National, definition: a law, a ministry, the parliament}
"""

# In order: what one writes, the next may read. "" is the start screen.
COMMANDS: Mapping[str, Sequence[str]] = {
    "codebook draft": ["coded.xlsx", "--out", "draft.yaml"],
    "codebook check": ["codebook.yaml"],
    "codebook import": ["codebook.yaml", "--out", "imported.yaml"],
    "codebook show": ["codebook.yaml"],
    "codebook export": ["codebook.yaml", "--out", "codebook.qdc"],
    "codebook diff": ["codebook.yaml", "imported.yaml"],
    "columns": ["coded.xlsx"],
    "train": ["coded.xlsx", "--codebook", "codebook.yaml", "--out", "ours"],
    "curve": ["coded.xlsx", "--codebook", "codebook.yaml", "--out", "curve.png"],
    "evaluate": ["coded.xlsx", "--codebook", "codebook.yaml", "--folds", "2", "--out", "report"],
    "suggest": ["new.xlsx", "--model", "ours", "--out", "suggested.xlsx"],
    "explain": ["new.xlsx", "--model", "ours", "--id", "N/1"],
    "agreement": ["coded.xlsx", "coder_b.xlsx", "--codebook", "codebook.yaml"],
    "summary": ["coded.xlsx", "--codebook", "codebook.yaml", "--out", "summary.xlsx"],
    "project new": ["team", "--codebook", "codebook.yaml"],
    "project add": ["new.xlsx", "--project", "team"],
    "confirm": ["reviewed.xlsx", "--project", "team", "--coder", "Ana Moss", "--new-coder"],
    "project train": ["--project", "team"],
    "project suggest": ["--project", "team"],
    "project codebook": ["codebook.yaml", "--project", "team"],
    "project status": ["--project", "team"],
    "export": ["team", "--out", "export.xlsx"],
    "review": ["team", "--coder", "Ana Moss", "--no-browser"],
    "serve": ["--model", "ours"],
    "": [],
    "users add": ["Ana Moss", "--users", "users.txt"],
    "users role": ["Ana Moss", "lead", "--users", "users.txt"],
    "users list": ["--users", "users.txt"],
    "models list": [],
    "models show": ["ours"],
    "models scan": ["ours"],
    "models export": ["ours", "--reduced", "for_partner"],
    "models trust": ["ours"],
    "cache info": [],
    "cache clear": [],
}
_TYPED = {"users add": "seven herons over the weir\n" * 2}
_NETWORK_EVENTS = {
    *("socket.bind", "socket.connect", "socket.sendmsg", "socket.sendto"),
    *("socket.getaddrinfo", "socket.gethostbyaddr", "socket.gethostbyname"),
}
_LOOPBACK = ("127.0.0.1", "localhost", "::1")

asked: list[str] = []


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _NETWORK_EVENTS:
        hosts = [place[0] if isinstance(place, tuple) else place for place in arguments if place]
        if not any(host in _LOOPBACK for host in hosts):
            asked.append(f"{event} {hosts}")
            raise OSError("no network in this test")


def _write_files() -> None:
    village = "The women of the market of {} repaired the road to the well."
    national = "The parliament adopted law {} on detention after the ministry had signed the draft."
    rows = [
        {
            "FragmentID": f"C/{number}",
            "Outcome description": (village if number % 2 else national).format(number),
            "Scale": "Village" if number % 2 else "National",
        }
        for number in range(20)
    ]
    new = [{**row, "FragmentID": f"N/{number}", "Scale": ""} for number, row in enumerate(rows[:6])]
    reviewed = [{**row, "Scale": code} for row, code in zip(new, ["National", "Village"] * 3, strict=True)]
    write_text(Path("codebook.yaml"), _CODEBOOK)
    for name, content in {"coded": rows, "coder_b": rows, "new": new, "reviewed": reviewed}.items():
        write_outcomes(Path(f"{name}.xlsx"), *content)


def _stop_at_once(server: uvicorn.Server, sockets: object = None) -> None:
    """Stand in for serving the page, which ends when somebody stops it."""


def main(folder: Path) -> None:
    """Run the commands in an empty folder."""
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "OUTCOME_CODER_REPORTS"):
        os.environ[name] = str(folder)
    os.chdir(folder)
    uvicorn.Server.run = _stop_at_once  # type: ignore[method-assign, assignment]
    learning_curve._N_ROUNDS_OF_CHEAP = 1  # of these models, which take most of the time
    _write_files()
    sys.addaudithook(_refuse)
    ended = {}
    # In one process, which is the one that is watched, and in one thread, which takes less time.
    with parallel_config(backend="sequential"), threadpool_limits(limits=1):
        for command, arguments in COMMANDS.items():
            asked.clear()
            result = CliRunner().invoke(app, [*command.split(), *arguments], input=_TYPED.get(command))
            ended[command] = (result.exit_code, list(asked))
    sys.stdout.write(json.dumps(ended))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
