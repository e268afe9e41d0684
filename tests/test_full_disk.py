"""Commands on a full disk or in a folder that can't be written to: a plain error, and everything as before."""

from __future__ import annotations

import errno
import os
import sys
import tempfile
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from classifier.cli.app import app
from classifier.features.embedding_cache import CachedEncoders
from classifier.harvest.language import language_of
from tests.support.codebooks import CODEBOOK_YAML
from tests.support.full_disk import full_disk
from tests.support.workbooks import write_outcomes, write_text

pytestmark = pytest.mark.slow

COMMANDS = {
    "agreement": ("coded.xlsx", "other.xlsx", "--codebook", "codebook.yaml", "--adjudicate", "out/differences.xlsx"),
    "summary": ("coded.xlsx", "--codebook", "codebook.yaml", "--out", "out/summary.xlsx"),
    "curve": ("coded.xlsx", "--codebook", "codebook.yaml", "--out", "out/curve.png"),
    "train": ("coded.xlsx", "--codebook", "codebook.yaml", "--out", "out/ours"),
}
command = pytest.mark.parametrize("name", COMMANDS)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trigrams: CachedEncoders) -> Path:
    """Return a folder with the codings of two coders, and in it one for what is written."""
    language_of("The council passed a by-law.")  # whose library unpacks what it knows into a temporary file, once
    for package in ("model", "report"):
        monkeypatch.setattr(f"classifier.{package}.workflow.open_encoders", lambda *_, **__: trigrams)
    monkeypatch.setattr("classifier.evaluation.learning_curve._N_ROUNDS_OF_CHEAP", 1)
    monkeypatch.chdir(tmp_path)
    codes = ("Local", "National")
    for file, shift in (("coded", 0), ("other", 5)):
        rows = [
            {
                "FragmentID": f"SCC-{number}",
                "Outcome description": f"The {codes[number % 2]} council passed by-law {number}.",
                "Scale": codes[number % 2 if number >= shift else 0],
            }
            for number in range(20)
        ]
        write_outcomes(tmp_path / f"{file}.xlsx", *rows)
    write_text(tmp_path / "codebook.yaml", CODEBOOK_YAML)
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def call(name: str) -> Result:
    return CliRunner().invoke(app, [name, *COMMANDS[name]])


@command
def test_full_disk_is_named_and_nothing_is_left(name: str, folder: Path) -> None:
    with full_disk():
        ended = call(name)
    assert ended.exit_code == 1
    assert ended.stderr.splitlines()[-1].startswith(f"Error: {COMMANDS[name][-1]}: can't be written (File too large)")
    assert list(folder.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="the system's own message")
@command
def test_folder_that_can_not_be_written_to_is_named(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make = tempfile.mkdtemp

    def refuse(*, dir: Path | None = None, prefix: str | None = None) -> str:
        if dir is not None and dir.name == "out":
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return make(dir=dir, prefix=prefix)

    monkeypatch.setattr(tempfile, "mkdtemp", refuse)
    for package in ("model", "report"):  # found out before the work
        monkeypatch.setattr(f"classifier.{package}.workflow.open_encoders", None)
    ended = call(name)
    assert (ended.exit_code, list(folder.iterdir())) == (1, [])
    assert ended.stderr.splitlines()[-1].endswith(
        "out: can't write there (Read-only file system); choose another --out"
    )
