"""Encoder folders made to run code or to open a connection when they are loaded."""

from __future__ import annotations

import json
import pickle
import socket
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest

from classifier.errors import EncoderError
from classifier.features.registry import open_model_encoders
from classifier.features.sentence_transformer import SentenceEncoder
from classifier.features.shipped_encoders import SHIPPED_ENCODERS, SMALL_ENCODER, shipped_folder

CODE = "import pathlib\npathlib.Path(__file__).with_name('has_run').touch()\nclass Module: ...\n"


def write(folder: Path, name: str, content: object) -> None:
    (folder / name).unlink(missing_ok=True)
    (folder / name).write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")


def change(folder: Path, name: str, **settings: object) -> None:
    write(folder, name, {**json.loads((folder / name).read_text(encoding="utf-8")), **settings})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the small encoder by links, and a program beside its files."""
    source, copied = shipped_folder(SMALL_ENCODER), tmp_path / "encoder"
    for name in SHIPPED_ENCODERS[SMALL_ENCODER].hashes:
        (copied / name).parent.mkdir(parents=True, exist_ok=True)
        (copied / name).symlink_to(source / name)
    write(copied, "program.py", CODE)
    return copied


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Return the hosts that were asked for, none of which is found."""
    hosts: list[object] = []

    def refuse(host: object, *_: object, **__: object) -> NoReturn:
        hosts.append(host)
        raise socket.gaierror("no network in tests")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return hosts


def module_of_its_own(folder: Path) -> None:
    write(folder, "modules.json", [{"idx": 0, "name": "0", "path": "", "type": "program.Module"}])


def module_of_the_hub(folder: Path) -> None:
    write(folder, "modules.json", [{"idx": 0, "name": "0", "path": "", "type": "nobody/encoder--program.Module"}])


def module_of_python(folder: Path) -> None:
    write(folder, "modules.json", [{"idx": 0, "name": "0", "path": "", "type": "subprocess.Popen"}])


def module_outside_the_folder(folder: Path) -> None:
    module = {"idx": 0, "name": "0", "path": "../other", "type": "sentence_transformers.models.Transformer"}
    write(folder, "modules.json", [module])


def model_class_of_its_own(folder: Path) -> None:
    change(folder, "config.json", model_type="own", auto_map={"AutoConfig": "program.Module"})


def model_class_of_the_hub(folder: Path) -> None:
    change(folder, "config.json", model_type="own", auto_map={"AutoConfig": "nobody/encoder--program.Module"})


def settings_that_trust_code(folder: Path) -> None:
    trust = {"trust_remote_code": True, "local_files_only": False}
    change(folder, "sentence_bert_config.json", model_kwargs=trust, config_kwargs=trust, processor_kwargs=trust)
    change(folder, "config.json", model_type="own", auto_map={"AutoConfig": "program.Module"})


class Opened:
    """Runs code when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Path]]:
        return Path.touch, (self.folder / "has_run",)


def weights_that_are_a_pickle(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps({"weights": Opened(folder)}))


@pytest.mark.encoder
@pytest.mark.parametrize(
    "craft",
    [
        module_of_its_own,
        module_of_the_hub,
        module_of_python,
        module_outside_the_folder,
        model_class_of_its_own,
        model_class_of_the_hub,
        settings_that_trust_code,
        weights_that_are_a_pickle,
    ],
)
def test_an_encoder_that_brings_a_program_is_refused_and_it_does_not_run(
    craft: Callable[[Path], None], folder: Path, asked: list[object]
) -> None:
    craft(folder)
    with pytest.raises(EncoderError, match="can't be loaded as a sentence-transformers model"):
        SentenceEncoder(str(folder), folder).encode(["The council met."])
    assert ((folder / "has_run").exists(), asked) == (False, [])


@pytest.mark.encoder
def test_the_hub_is_not_asked_while_an_encoder_is_loaded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # With the library peft installed, an adapter's base model was fetched although `local_files_only` was set.
    import huggingface_hub
    import sentence_transformers

    offline = []

    def load(*_: object, **__: object) -> SimpleNamespace:
        offline.append(huggingface_hub.is_offline_mode())
        return SimpleNamespace(max_seq_length=None)

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(sentence_transformers, "SentenceTransformer", load)
    SentenceEncoder(str(folder), folder).windows("The council met.")
    assert (offline, huggingface_hub.is_offline_mode()) == ([True], False)


# Names that a model folder may give


@pytest.mark.parametrize(
    "name",
    [
        "nobody/encoder",
        "sentence-transformers/all-MiniLM-L6-v2",
        "all-MiniLM-L6-v2/../encoder",
        "../encoder",
        ".",
        "~/encoder",
        r"\\server\share\encoder",
        "https://example.org/encoder",
        "\N{CYRILLIC SMALL LETTER A}ll-MiniLM-L6-v2",
        "all\N{NON-BREAKING HYPHEN}MiniLM\N{NON-BREAKING HYPHEN}L6\N{NON-BREAKING HYPHEN}v2",
        "all-MiniLM-L6-v2 ",
        "ALL-MINILM-L6-V2",
        "use-multilingual-v3\0",
        "",
    ],
)
def test_a_name_that_only_looks_like_a_shipped_encoders_is_not_trusted(
    name: str, asked: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[object] = []
    monkeypatch.setattr(Path, "is_dir", lambda path: read.append(path))
    with pytest.raises(EncoderError, match="does not come with outcome-coder and has not been used on this machine"):
        open_model_encoders({name: SHIPPED_ENCODERS[SMALL_ENCODER].sha256}, cache=False)
    assert (asked, read) == ([], [])  # a path on a server is not even looked at


@pytest.mark.parametrize("path", [str, lambda folder: f"{folder.parent}/./encoder", lambda folder: f"{folder}/../link"])
def test_a_folder_that_only_a_model_names_is_not_read(
    path: Callable[[Path], str], folder: Path, asked: list[object]
) -> None:
    (folder.parent / "link").symlink_to(folder)
    with pytest.raises(EncoderError, match="has not been used on this machine"):
        open_model_encoders({path(folder): SHIPPED_ENCODERS[SMALL_ENCODER].sha256}, cache=False)
    assert asked == []
