from __future__ import annotations

from pathlib import Path

import pytest

from classifier.cli.tables import print_table
from classifier.cli.terminal import echo
from tests.cli.test_app import call

CLEAR = "\x1b[2J"


def test_control_characters_are_shown_instead_of_obeyed(capsys: pytest.CaptureFixture[str]) -> None:
    echo(f"{CLEAR}june.xlsx: \u202eread", err=True)
    assert capsys.readouterr().err == "\\u001b[2Jjune.xlsx: \\u202eread\n"


def test_control_characters_in_a_table_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    print_table([["Coder", "outcomes"], [f"Ana{CLEAR}", "2"]], width=60)
    assert "Ana\\u001b[2J" in capsys.readouterr().out


@pytest.mark.parametrize("command", [["summary"], ["columns"], ["suggest"], ["codebook", "check"]])
def test_no_message_has_control_characters_of_a_file_name(tmp_path: Path, command: list[str]) -> None:
    path = tmp_path / f"{CLEAR}june.csv"
    path.write_text(f"FragmentID,Outcome description,Scale{CLEAR}\nHO{CLEAR}-1,The council met.,Local\n")
    result = call(*command, path)
    assert "june.csv" in result.output
    assert "\x1b" not in result.output
