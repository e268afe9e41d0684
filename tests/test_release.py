"""What a release holds, and what the workflow that makes one runs."""

from __future__ import annotations

import re
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

import dist_check
from dist_check import main, sdist_problems, wheel_problems

ROOT = Path(__file__).resolve().parents[1]
WORKFLOW: dict[str, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8"))
JOBS: dict[str, Any] = WORKFLOW["jobs"]
pytestmark = pytest.mark.skipif(
    shutil.which("git") is None or not (ROOT / ".git").exists(), reason="git and the repository"
)


@pytest.fixture(scope="module")
def kept() -> frozenset[str]:
    """Return the files of the repository, with new ones that are not committed yet."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    return frozenset(name for name in listed if name and (ROOT / name).is_file())


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    for builder in (SdistBuilder, WheelBuilder):
        list(builder(str(ROOT)).build(directory=str(folder), versions=["standard"]))
    return folder


@pytest.fixture
def sdist(dist: Path) -> Path:
    return next(dist.glob("*.tar.gz"))


@pytest.fixture
def wheel(dist: Path) -> Path:
    return next(dist.glob("*.whl"))


def test_source_distribution_holds_the_files_of_the_repository_alone(sdist: Path, kept: frozenset[str]) -> None:
    assert list(sdist_problems(sdist, kept)) == []


def test_wheel_holds_the_package_the_sample_model_and_the_licences_alone(wheel: Path, kept: frozenset[str]) -> None:
    assert list(wheel_problems(wheel, kept)) == []


def test_harvest_that_lies_in_the_folder_is_found(sdist: Path, kept: frozenset[str]) -> None:
    mine = "training_data/harvest_1.xlsx"
    assert list(sdist_problems(sdist, kept - {mine})) == [
        f"{sdist.name}: holds {mine}, which git doesn't keep; move it out of the folder, or have git ignore it"
    ]


def test_module_that_is_missing_is_found(wheel: Path, kept: frozenset[str]) -> None:
    assert list(wheel_problems(wheel, kept | {"classifier/dashboard.py"})) == [
        f"{wheel.name}: lacks classifier/dashboard.py"
    ]


def test_file_that_was_changed_since_is_found(wheel: Path, kept: frozenset[str], tmp_path: Path) -> None:
    changed = tmp_path / wheel.name
    with zipfile.ZipFile(wheel) as before, zipfile.ZipFile(changed, "w") as after:
        for name in before.namelist():
            after.writestr(name, b"" if name == "classifier/errors.py" else before.read(name))
    assert list(wheel_problems(changed, kept)) == [
        f"{wheel.name}: classifier/errors.py differs from classifier/errors.py; build it again"
    ]


def test_wheel_from_the_source_distribution_is_the_same(sdist: Path, wheel: Path, tmp_path: Path) -> None:
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    (again,) = WheelBuilder(str(source)).build(directory=str(tmp_path / "dist"), versions=["standard"])
    with zipfile.ZipFile(wheel) as one, zipfile.ZipFile(again) as other:
        assert {name: one.read(name) for name in one.namelist()} == {
            name: other.read(name) for name in other.namelist()
        }


def test_release_has_the_hashes_of_its_files(
    dist: Path, kept: frozenset[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = shutil.copytree(dist, tmp_path / "dist")
    monkeypatch.setattr(dist_check, "tracked_files", lambda: kept)
    assert main(folder) == 0
    checked = subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=folder)
    assert checked.returncode == 0


def test_folder_with_an_earlier_release_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a-1.tar.gz", "a-2.tar.gz", "a-2-py3-none-any.whl"):
        (tmp_path / name).touch()
    assert main(tmp_path) == 1
    assert capsys.readouterr().out == f"{tmp_path}: one .tar.gz and one .whl are expected, and there are 2 and 1\n"


# The workflow


def steps() -> list[dict[str, Any]]:
    return [step for job in JOBS.values() for step in job["steps"]]


def test_what_the_workflow_makes_are_targets_there_are() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    asked = {name for step in steps() for name in re.findall(r"make ([a-z ]+)", step.get("run", ""))}
    targets = {target for names in asked for target in names.split()}
    assert targets == {"dist", "sbom"}
    assert [target for target in targets if f"\n{target}:" not in makefile] == []


def test_workflow_has_no_right_that_a_job_does_not_need() -> None:
    rights = {name: job["permissions"] for name, job in JOBS.items()}
    assert (WORKFLOW["permissions"], rights) == (
        {},
        {"build": {"contents": "read"}, "release": {"contents": "write"}, "publish": {"id-token": "write"}},
    )


@pytest.mark.parametrize("step", [step for step in steps() if "uses" in step], ids=lambda step: step["uses"])
def test_action_is_pinned_to_a_version(step: dict[str, Any]) -> None:
    assert re.fullmatch(r"[\w-]+/[\w-]+@(v\d+|release/v\d+|[0-9a-f]{40})", step["uses"])


def test_workflow_puts_nothing_from_outside_into_a_command() -> None:
    assert [step["run"] for step in steps() if "${{" in step.get("run", "")] == []


def test_workflow_publishes_only_what_was_tested_and_tagged() -> None:
    published = {name: (job.get("needs"), job.get("if")) for name, job in JOBS.items() if name != "build"}
    assert published == {
        "release": ("build", "github.ref_type == 'tag'"),
        "publish": (["build", "release"], "github.ref_type == 'tag'"),
    }


def test_tests_come_before_the_build() -> None:
    runs = [step["run"] for step in JOBS["build"]["steps"] if "run" in step]
    assert runs.index(".ci/run") < runs.index("make dist sbom")
