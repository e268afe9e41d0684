"""What the wheel carries, and what the locks of its requirements hold."""

from __future__ import annotations

import re
import tomllib
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from classifier.features.shipped_encoders import SHIPPED_ENCODERS, EncoderPackage

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ("run", "light", "team", "test", "audit", "docs")
LEFT_OUT_OF_LIGHT = ("pandas", "sentence-transformers", "torch")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("dist")
    return zipfile.ZipFile(next(WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])))


def test_wheel_carries_the_codebook_of_the_root_folder(wheel: zipfile.ZipFile) -> None:
    carried = wheel.read("classifier/_shipped/codebook.yaml")
    assert carried == (ROOT / "training_data" / "codebook.yaml").read_bytes()


@pytest.mark.parametrize("name", ["manifest.json", "codebook.yaml", "heads.npz", "MODEL_CARD.md", "SHA256SUMS"])
def test_wheel_carries_the_model_of_the_root_folder(wheel: zipfile.ZipFile, name: str) -> None:
    carried = wheel.read(f"classifier/_shipped/models/sample/{name}")
    assert carried == (ROOT / "models" / "sample" / name).read_bytes()


@pytest.mark.parametrize(
    "name", ["report/templates/report.html", "project/migrations/env.py", "project/migrations/versions/001_entries.py"]
)
def test_wheel_carries_what_is_no_module(wheel: zipfile.ZipFile, name: str) -> None:
    assert wheel.read(f"classifier/{name}") == (ROOT / "classifier" / name).read_bytes()


def test_wheel_carries_the_notice_of_the_encoder(wheel: zipfile.ZipFile) -> None:
    notices = [name for name in wheel.namelist() if name.endswith("licenses/NOTICE")]
    assert len(notices) == 1


def test_package_folder_holds_no_second_copy() -> None:
    assert not (ROOT / "classifier" / "_shipped").exists()


# The locks


def required(lock: str) -> list[Requirement]:
    groups, extras = PYPROJECT["dependency-groups"], PYPROJECT["project"]["optional-dependencies"]
    if lock in groups:
        texts = groups[lock]
    elif lock == "team":
        texts = extras[lock]
    else:
        texts = [*PYPROJECT["project"]["dependencies"], *groups["build"], *(extras["dev"] if lock == "test" else ())]
    requirements = [Requirement(text) for text in texts]
    return [one for one in requirements if lock != "light" or one.name not in LEFT_OUT_OF_LIGHT]


def text_of(lock: str) -> str:
    return (ROOT / "locks" / f"{lock}.lock").read_text(encoding="utf-8")


def entries_of(lock: str) -> Iterator[tuple[Requirement, list[str]]]:
    """Return what a lock holds, with the hashes of its files."""
    for entry in re.split(r"\n(?=\S)", text_of(lock).strip()):
        head, *hashes = entry.replace("\\\n", "\n").splitlines()
        yield Requirement(head), [line.strip() for line in hashes]


def torch_of_makefile() -> Requirement:
    (text,) = re.findall(r"^TORCH := (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    return Requirement(text)


def versions_of(requirements: Iterable[Requirement]) -> dict[str, str]:
    return {canonicalize_name(locked.name): str(locked.specifier).removeprefix("==") for locked in requirements}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_locked_to_a_version_in_its_range(lock: str) -> None:
    locked = versions_of([*(entry for entry, _ in entries_of(lock)), torch_of_makefile()])
    missed = [
        str(requirement)
        for requirement in required(lock)
        if not requirement.specifier.contains(locked.get(canonicalize_name(requirement.name), "0"))
    ]
    assert missed == []


@pytest.mark.parametrize("lock", LOCKS)
def test_everything_locked_is_known_by_its_hash(lock: str) -> None:
    assert [
        entry.name
        for entry, hashes in entries_of(lock)
        if not hashes or not all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", line) for line in hashes)
    ] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_place_to_fetch_from(lock: str) -> None:
    assert [word for word in ("://", "index", "@") if word in text_of(lock)] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_leaves_out_torch_and_its_builds_for_graphics_cards(lock: str) -> None:
    # Their hashes differ by index, and most machines need none of the latter.
    names = [entry.name for entry, _ in entries_of(lock)]
    assert [name for name in names if name.startswith(("torch", "triton", "nvidia-", "cuda-"))] == []


def test_tests_run_with_the_versions_that_the_program_runs_with() -> None:
    run, test = (versions_of(entry for entry, _ in entries_of(lock)) for lock in ("run", "test"))
    assert {name: version for name, version in run.items() if test.get(name) != version} == {}


def test_the_light_installation_is_a_part_of_the_whole_one() -> None:
    run, light = ({str(entry): hashes for entry, hashes in entries_of(lock)} for lock in ("run", "light"))
    assert {entry: hashes for entry, hashes in light.items() if run.get(entry) != hashes} == {}


def test_the_light_installation_leaves_out_what_is_large_and_seldom_needed() -> None:
    names = {entry.name for entry, _ in entries_of("light")}
    assert names & {*LEFT_OUT_OF_LIGHT, "transformers", "sympy", "networkx"} == set()


@pytest.mark.parametrize("package", SHIPPED_ENCODERS.values(), ids=list(SHIPPED_ENCODERS))
def test_the_package_of_an_encoder_is_required_in_the_version_whose_files_are_known(package: EncoderPackage) -> None:
    assert package.requirement in PYPROJECT["project"]["dependencies"]
