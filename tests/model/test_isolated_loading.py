from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from filelock import FileLock

from classifier.child_process import StopReason, run_in_child
from classifier.errors import ModelError
from classifier.model.model import Model
from classifier.model.storage import load_model, read_manifest, save_model

pytestmark = pytest.mark.slow

SAMPLE = Path(__file__).resolve().parents[2] / "models" / "sample"
READER = "classifier.model.isolated_loading._READER"


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Begin with no model known."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def from_partner(tmp_path: Path) -> Path:
    """Return a model folder that somebody sent."""
    return shutil.copytree(SAMPLE, tmp_path / "from_partner")


@pytest.mark.parametrize("read", [load_model, read_manifest])
def test_model_from_elsewhere_that_ends_the_process_costs_only_itself(
    read: object, from_partner: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert callable(read)
    monkeypatch.setattr(READER, "tests.support.in_child:abort")
    with pytest.raises(ModelError) as error:
        read(from_partner)
    assert str(error.value) == (
        f"{from_partner}: it is damaged or was made to do harm: reading it ended the process that reads files; don't "
        "use it unless you know who made it; ask them for it again"
    )


def test_model_is_not_loaded_in_this_process_if_the_child_process_answers_nonsense(
    from_partner: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(READER, "tests.support.in_child:lie")
    with pytest.raises(ModelError, match=str(StopReason.FAILED)):
        load_model(from_partner)


def test_model_that_was_loaded_before_is_not_tried_again(from_partner: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load_model(from_partner)
    monkeypatch.setattr(READER, "tests.support.in_child:abort")
    assert load_model(from_partner).manifest.name == "sample"


def test_model_that_was_refused_is_tried_again(from_partner: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(READER, "tests.support.in_child:abort")
        with pytest.raises(ModelError):
            load_model(from_partner)
    monkeypatch.setattr(READER, "tests.support.in_child:lie")
    with pytest.raises(ModelError, match=str(StopReason.FAILED)):
        load_model(from_partner)


def test_model_made_here_is_not_tried(model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(READER, "tests.support.in_child:abort")
    save_model(model, tmp_path / "ours")
    assert load_model(tmp_path / "ours").manifest.name == model.manifest.name


def test_list_of_known_models_is_for_its_owner(from_partner: Path, data_folder: Path) -> None:
    load_model(from_partner)
    (known,) = data_folder.rglob("loaded_models.txt")
    assert known.stat().st_mode & 0o077 == 0


def test_model_loads_where_it_can_not_be_remembered(from_partner: Path, data_folder: Path) -> None:
    data_folder.write_text("a file where the folder would be")
    assert load_model(from_partner).manifest.name == "sample"


def test_child_process_computes_in_one_thread() -> None:
    assert run_in_child("os:getenv", "OPENBLAS_NUM_THREADS") == "1"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
def test_pipe_in_the_place_of_the_list_keeps_nobody_waiting(from_partner: Path, data_folder: Path) -> None:
    folder = data_folder / "outcome-coder"
    folder.mkdir(parents=True)
    os.mkfifo(folder / "loaded_models.txt")
    assert load_model(from_partner).manifest.name == "sample"


def test_list_that_another_process_writes_is_not_waited_for(from_partner: Path, data_folder: Path) -> None:
    folder = data_folder / "outcome-coder"
    folder.mkdir(parents=True)
    with FileLock(folder / ".loaded_models.txt.lock"):
        assert load_model(from_partner).manifest.name == "sample"
    assert not (folder / "loaded_models.txt").exists()
