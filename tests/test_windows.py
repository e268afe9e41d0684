"""The files for Windows: what they name is there. They have not run here; see docs/how_to/installation.md."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "windows"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
FILES = sorted(path.name for path in FOLDER.iterdir())


def text_of(name: str) -> str:
    return (FOLDER / name).read_bytes().decode("ascii")


INSTALL = text_of("install.ps1")


def test_files_are_there() -> None:
    assert FILES == ["install.cmd", "install.ps1", "outcome-coder.cmd"]


@pytest.mark.parametrize("name", FILES)
def test_lines_end_as_windows_expects(name: str) -> None:
    assert text_of(name).count("\n") == text_of(name).count("\r\n")


def test_line_ends_are_kept_in_every_checkout() -> None:
    attributes = (ROOT / ".gitattributes").read_text(encoding="utf-8").splitlines()
    assert attributes == ["*.cmd text eol=crlf", "*.ps1 text eol=crlf"]


@pytest.mark.parametrize("name", FILES)
def test_nothing_is_fetched_but_by_pip(name: str) -> None:
    words = ("Invoke-WebRequest", "Invoke-RestMethod", "WebClient", "iwr ", "curl", "winget", "http:", "https:")
    assert [word for word in words if word.lower() in text_of(name).lower()] == []


def test_double_click_starts_the_installer_beside_it() -> None:
    assert '-File "%~dp0install.ps1"' in text_of("install.cmd")


def test_python_that_is_looked_for_is_one_that_the_program_runs_with() -> None:
    (least,) = re.findall(r"sys\.version_info\[:2\] >= \((\d+), (\d+)\)", INSTALL)
    assert PROJECT["requires-python"] == f">={least[0]}.{least[1]}"


def test_check_of_python_is_a_program_that_this_python_passes() -> None:
    (check,) = re.findall(r"^\$check = '(.*)'\r$", INSTALL, re.MULTILINE)
    with pytest.raises(SystemExit) as ended:
        exec(check, {})
    assert (ended.value.code, '"' in check) == (False, False)  # PowerShell loses double quotes on the way


def test_libraries_are_installed_by_the_hashes_of_the_light_lock() -> None:
    assert "'locks\\light.lock'" in INSTALL
    assert "@('--require-hashes', '--only-binary', ':all:', '--requirement', $lock)" in INSTALL
    assert (ROOT / "locks" / "light.lock").is_file()


def test_program_itself_is_installed_without_the_network() -> None:
    assert "@('--no-index', '--no-build-isolation', $source)" in INSTALL


def test_nothing_of_ones_own_is_emptied() -> None:
    guarded, made = INSTALL.index("holds something else; name a new folder."), INSTALL.index("'--clear', $Target")
    assert guarded < made


def test_shortcut_and_start_file_open_the_command_that_is_installed() -> None:
    (name,) = PROJECT["scripts"]
    assert f"'Scripts\\{name}.exe'" in INSTALL
    assert "(Join-Path $env:LOCALAPPDATA 'outcome-coder\\program')" in INSTALL
    assert f"%LOCALAPPDATA%\\outcome-coder\\program\\Scripts\\{name}.exe" in text_of(f"{name}.cmd")


def test_every_bracket_is_closed() -> None:
    code = re.sub(r"'[^']*'|#[^\r\n]*", "", INSTALL)
    assert [code.count(pair[0]) - code.count(pair[1]) for pair in ("()", "{}", "[]")] == [0, 0, 0]
