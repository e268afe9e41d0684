"""The container files: what they copy, install and run is there, and nothing in them is open that need not be."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from packaging.specifiers import SpecifierSet

from classifier.cli.app import app
from tests.test_packaging import PYPROJECT, entries_of, torch_of_makefile, versions_of

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = ("review", "service")
PAGE = (ROOT / "docs" / "how_to" / "host.md").read_text(encoding="utf-8")


def instructions() -> Iterator[tuple[str, str]]:
    """Yield each instruction of the Dockerfile and what it is given."""
    lines = re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE).replace("\\\n", " ")
    for line in filter(None, map(str.strip, lines.splitlines())):
        word, _, given = line.partition(" ")
        yield word, given.strip()


def given_to(word: str) -> list[str]:
    return [given for found, given in instructions() if found == word]


def copied() -> list[str]:
    """Return what is copied from the folder of the project."""
    return [source for given in given_to("COPY") if "--from" not in given for source in given.split()[:-1]]


# The image


@pytest.mark.parametrize("source", copied())
def test_what_is_copied_into_the_image_is_there(source: str) -> None:
    assert (ROOT / source).exists()


def test_nothing_but_what_is_copied_is_sent_to_be_built() -> None:
    ignore = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    kept = [line.removeprefix("!") for line in ignore if line.startswith("!")]
    assert ("*" in ignore, sorted(kept)) == (True, sorted(copied()))


@pytest.mark.parametrize("name", ["hatch_build.py", "README.md", "LICENSE", "NOTICE", "models/sample"])
def test_what_the_wheel_is_built_from_is_copied(name: str) -> None:
    assert name in copied()


def test_image_is_of_a_python_that_the_program_runs_with() -> None:
    (base,) = re.findall(r"^ARG BASE=python:(\d+\.\d+)-slim$", DOCKERFILE, re.MULTILINE)
    assert SpecifierSet(PYPROJECT["project"]["requires-python"]).contains(base)


def test_everything_from_elsewhere_is_installed_by_hash() -> None:
    installs = [json.loads(given) for given in given_to("RUN") if "pip" in given]
    assert [{"--require-hashes", "--no-index"} & set(words) for words in installs] == [
        {"--require-hashes"},
        {"--no-index"},
    ]


def test_what_is_installed_is_what_the_locks_hold() -> None:
    (install,) = (json.loads(given) for given in given_to("RUN") if "--require-hashes" in given)
    locks = [Path(word).stem for word in install if word.endswith(".lock")]
    run = versions_of([*(entry for entry, _ in entries_of("run")), torch_of_makefile()])
    test = versions_of(entry for entry, _ in entries_of("test"))
    installed = versions_of(entry for lock in locks for entry, _ in entries_of(lock))
    assert locks == ["light", "team"]
    assert {name: version for name, version in installed.items() if (run | test)[name] != version} == {}


def test_image_runs_as_a_user_without_rights() -> None:
    assert given_to("USER") == ["10001:10001"]


def test_folder_of_data_is_readable_by_its_owner_alone() -> None:
    (made,) = (json.loads(given) for given in given_to("RUN") if "/data" in given)
    assert made == ["install", "--directory", "--owner=10001", "--group=10001", "--mode=0700", "/data"]


@pytest.mark.parametrize("name", ["Dockerfile", "compose.yaml", "make_secrets.sh"])
def test_container_files_hold_no_secret_and_fetch_nothing_by_themselves(name: str) -> None:
    text = (DEPLOY / name).read_text(encoding="utf-8")
    words = ("curl ", "wget ", "apt-get", "git clone", "ADD ", "http://")
    assert [word for word in words if word in text] == []


# The containers


def command_of(name: str) -> tuple[Any, list[str]]:
    group: Any = typer.main.get_command(app)
    word, *given = SERVICES[name]["command"]
    return group.commands[word], given


@pytest.mark.parametrize("name", OURS)
def test_command_of_a_container_has_the_options_given(name: str) -> None:
    command, given = command_of(name)
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word.partition("=")[0] for word in given if word.startswith("--")} - known == set()


@pytest.mark.parametrize("name", SERVICES)
def test_container_can_change_nothing_but_its_volume(name: str) -> None:
    service = SERVICES[name]
    assert (service["read_only"], service["cap_drop"], service["security_opt"]) == (
        True,
        ["ALL"],
        ["no-new-privileges:true"],
    )


@pytest.mark.parametrize("name", SERVICES)
def test_container_runs_as_a_user_without_rights(name: str) -> None:
    assert not SERVICES[name]["user"].startswith(("0", "root"))


@pytest.mark.parametrize("name", OURS)
def test_container_listens_where_only_this_machine_reaches_it(name: str) -> None:
    (port,) = SERVICES[name]["ports"]
    (option,) = (word for word in SERVICES[name]["command"] if word.startswith("--port="))
    number = option.removeprefix("--port=")
    assert port == f"127.0.0.1:{number}:{number}"


def test_database_is_reached_by_the_review_page_alone() -> None:
    assert ("ports" in SERVICES["database"], COMPOSE["networks"]["inside"]) == (False, {"internal": True})
    assert [name for name, service in SERVICES.items() if "inside" in service["networks"]] == ["database", "review"]


def test_web_server_in_front_is_trusted_by_the_address_of_the_gateway() -> None:
    (network,) = COMPOSE["networks"]["front"]["ipam"]["config"]
    assert f"--proxy={network['gateway']}" in SERVICES["review"]["command"]


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_says_whether_it_is_well(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"


@pytest.mark.parametrize("name", OURS)
def test_check_of_health_is_a_program_that_asks_the_port_there_is(name: str) -> None:
    program = SERVICES[name]["healthcheck"]["test"][-1]
    compile(program, name, "exec")
    assert f'("127.0.0.1", {SERVICES[name]["ports"][0].rpartition(":")[2]},' in program


@pytest.mark.parametrize("name", SERVICES)
def test_secrets_come_by_file(name: str) -> None:
    named = re.findall(r"/run/secrets/(\w+)", json.dumps(SERVICES[name]))
    assert named == SERVICES[name]["secrets"]


def test_addresses_have_no_default_that_would_be_wrong() -> None:
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    assert re.findall(r"--address=\$\{(\w+):\?", text) == ["REVIEW_ADDRESS", "SERVICE_ADDRESS"]


# The secrets


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root may give files to others")
def test_secrets_are_made_for_those_who_need_them_alone(tmp_path: Path) -> None:
    shutil.copy(DEPLOY / "make_secrets.sh", tmp_path)
    subprocess.run(["sh", str(tmp_path / "make_secrets.sh")], check=True, capture_output=True)
    rights = {
        path.name: (path.stat().st_uid, stat.S_IMODE(path.stat().st_mode)) for path in (tmp_path / "secrets").iterdir()
    }
    users = {secret: service["user"] for service in SERVICES.values() for secret in service["secrets"]}
    assert rights == {name: (int(user.partition(":")[0]), 0o400) for name, user in users.items()}
    assert set(rights) == set(COMPOSE["secrets"])


def test_secrets_that_are_in_use_are_not_made_again(tmp_path: Path) -> None:
    shutil.copy(DEPLOY / "make_secrets.sh", tmp_path)
    (tmp_path / "secrets").mkdir()
    ended = subprocess.run(["sh", str(tmp_path / "make_secrets.sh")], capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (
        1,
        f"{tmp_path}/secrets: is there already; its secrets are in use. Move it away to make others.\n",
    )


def test_secrets_are_kept_out_of_the_repository() -> None:
    assert "/deploy/secrets/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


# The page


def test_commands_on_the_page_run_what_there_is() -> None:
    lines = re.findall(r"^docker compose run (?:--[\w-]+(?: \"[^\"]+\")? )*review (.*)$", PAGE, re.MULTILINE)
    group: Any = typer.main.get_command(app)
    unknown = []
    for line in lines:
        words, command = line.split(" #")[0].split(), group
        while hasattr(command, "commands"):
            command = command.commands[words.pop(0)]
        known = {option for parameter in command.params for option in parameter.opts}
        unknown += [word for word in words if word.startswith("--") and word not in known]
    assert (len(lines) > 2, unknown) == (True, [])
