"""The wheel carries what the program needs, from the root folders and never a second copy."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("dist")
    return zipfile.ZipFile(next(WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])))


def test_wheel_carries_the_codebook_of_the_root_folder(wheel: zipfile.ZipFile) -> None:
    carried = wheel.read("classifier/_shipped/codebook.yaml")
    assert carried == (ROOT / "training_data" / "codebook.yaml").read_bytes()


@pytest.mark.parametrize("name", ["manifest.json", "codebook.yaml", "heads.skops", "SHA256SUMS"])
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
