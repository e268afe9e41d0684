"""Devices that encoders are computed on. Where torch finds no graphics card, a stand-in computes on the processor."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from openpyxl import load_workbook

from classifier._types import FloatArray
from classifier.codebook.schema import Codebook
from classifier.errors import EncoderError
from classifier.features import device as devices
from classifier.features.device import check_device
from classifier.features.embedding_cache import CachedEncoder, EmbeddingCache
from classifier.features.registry import DEFAULT_ENCODERS, load_encoder, open_encoders, open_model_encoders
from classifier.features.sentence_transformer import SentenceEncoder
from classifier.features.shipped_encoders import MULTILINGUAL_ENCODER, SHIPPED_ENCODERS, SMALL_ENCODER
from classifier.features.small_encoder import SmallEncoder
from classifier.model.manifest import Manifest
from classifier.model.model import Model
from classifier.model.storage import load_model
from classifier.suggestion.workflow import suggest_file
from tests.cli.test_app import call

TEXTS = ["The council met.", "Wanjiru was freed on bail.", "The by-law on grazing passed after eight meetings."]


@pytest.fixture
def one_card(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let torch say that there is one graphics card."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)


class Recorder:
    """Stand-in for SentenceTransformer that keeps what it was asked, and gives vectors of no meaning."""

    asked: list[dict[str, object]]

    def __init__(self, folder: str, **options: object) -> None:
        self.asked.append(options)

    def encode(self, texts: Sequence[str], **options: object) -> list[torch.Tensor] | FloatArray:
        self.asked.append(options)
        if options.get("output_value"):
            return [torch.ones(2, 4) for _ in texts]
        return np.full((len(texts), 4), 0.5, dtype=np.float32)


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> type[Recorder]:
    """Record what is asked of sentence-transformers."""
    monkeypatch.setattr(Recorder, "asked", [], raising=False)
    monkeypatch.setattr("sentence_transformers.SentenceTransformer", Recorder)
    return Recorder


@pytest.fixture
def on_processor(monkeypatch: pytest.MonkeyPatch, one_card: None) -> list[str]:
    """Compute on the processor what torch is asked to compute on a card; return the devices it was asked for."""
    from sentence_transformers import SentenceTransformer

    asked: list[str] = []

    def made(folder: str, *, device: str, **options: object) -> SentenceTransformer:
        asked.append(device)
        return SentenceTransformer(folder, device="cpu", **options)  # type: ignore[arg-type]

    monkeypatch.setattr("sentence_transformers.SentenceTransformer", made)
    return asked


def refused(work: Callable[[], object]) -> str:
    with pytest.raises(EncoderError) as caught:
        work()
    return str(caught.value)


@pytest.mark.parametrize("name", ["gpu", "", "cuda:", "cuda:x", "CUDA", "cuda:-1", "meta", "cpu:0", "cuda\n", "cuda:١"])
def test_what_is_no_device_is_refused(name: str) -> None:
    assert refused(lambda: check_device(name)) == (
        f"--device {name!r} is no device; write cpu, cuda, cuda:1 or mps, or leave it out"
    )


@pytest.mark.parametrize("name", ["cuda", "cuda:1", "mps"])
def test_card_that_is_not_there_is_told_with_what_to_do(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    kind = name.partition(":")[0]
    assert refused(lambda: check_device(name)) == (
        f"--device {name}: no graphics card found: torch says {kind} is not available. Install the card's driver and "
        "the build of torch that is made for it, or leave --device out"
    )


@pytest.mark.usefixtures("one_card")
def test_number_beyond_the_cards_is_told() -> None:
    check_device("cuda")
    check_device("cuda:0")
    assert refused(lambda: check_device("cuda:1")) == (
        "--device cuda:1: torch finds 1 graphics card here, and counts from cuda:0; name one of them, or leave "
        "--device out"
    )


@pytest.mark.parametrize("missing", ["sentence_transformers", "torch"])
def test_what_to_install_is_told_where_torch_is_not(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "find_spec", lambda module: None if module == missing else object())
    assert refused(lambda: check_device("cuda")) == (
        "--device cuda needs sentence-transformers and PyTorch, which are not installed; run "
        "`pip install sentence-transformers torch`, or leave --device out"
    )


def test_torch_is_not_imported_for_the_processor() -> None:
    code = (
        "import sys; from classifier.features.registry import open_encoders; import classifier.cli.app; "
        "open_encoders(device='cpu'); print('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


@pytest.mark.usefixtures("one_card")
def test_library_is_asked_for_the_device_and_many_texts_at_once(recorder: type[Recorder]) -> None:
    encoder = load_encoder(SMALL_ENCODER, device="cuda:0")
    assert encoder.encode(TEXTS).shape == (3, 4)
    assert recorder.asked[0]["device"] == "cuda:0"
    assert {options["batch_size"] for options in recorder.asked[1:]} == {32}


@pytest.mark.usefixtures("one_card")
def test_encoder_of_ones_own_is_computed_on_the_device(recorder: type[Recorder], tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    (source,) = open_encoders([str(tmp_path)], device="cuda", cache=False)
    source.encode_start(TEXTS)
    assert (source.device, recorder.asked[0]["device"]) == ("cuda", "cuda")


@pytest.mark.usefixtures("one_card")
def test_encoders_on_a_card_are_those_that_models_know() -> None:
    sources = open_encoders(device="cuda", cache=False)
    assert [(source.encoder.name, source.encoder.sha256) for source in sources] == [
        (name, SHIPPED_ENCODERS[name].sha256) for name in DEFAULT_ENCODERS
    ]
    assert [source.device for source in sources] == ["cuda", "cpu"]


@pytest.mark.usefixtures("one_card")
def test_device_that_no_encoder_would_use_is_refused() -> None:
    assert refused(lambda: open_encoders([MULTILINGUAL_ENCODER], device="cuda")) == (
        "--device cuda: encoder use-multilingual-v3 is computed on the processor only; leave --device out"
    )


@pytest.mark.usefixtures("one_card")
def test_vectors_of_a_card_and_of_the_processor_are_not_mixed_in_the_cache(tmp_path: Path) -> None:
    class Counting(SmallEncoder):
        n_texts = 0

        def encode(self, texts: Sequence[str], /) -> FloatArray:
            self.n_texts += len(texts)
            return np.full((len(texts), 4), 0.5, dtype=np.float32)

    cache, encoder = EmbeddingCache(tmp_path / "cache"), Counting()
    for device in ("cpu", "cuda", "cuda:1", "cuda"):
        CachedEncoder(encoder=encoder, cache=cache, device=device).encode_start(TEXTS)
    assert encoder.n_texts == 3 * len(TEXTS)


@pytest.mark.usefixtures("one_card", "recorder")
@pytest.mark.parametrize("method", ["__init__", "encode"])
def test_card_that_fails_is_told_without_a_text(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory for: Wanjiru was freed on bail.")

    monkeypatch.setattr(Recorder, method, fail)
    assert refused(lambda: load_encoder(SMALL_ENCODER, device="cuda").encode(TEXTS)) == (
        "--device cuda: encoder 'all-MiniLM-L6-v2' can't be computed there (OutOfMemoryError); close other programs "
        "that use the graphics card and run this again, or leave --device out"
    )


@pytest.mark.parametrize(
    "command",
    [
        "train coded.xlsx --out ours",
        "train --definitions-only --out ours",
        "curve coded.xlsx --out curve.png",
        "evaluate coded.xlsx --out report",
        "suggest new.xlsx --out new.csv",
        "suggest new.csv --stream --out new.jsonl",
    ],
)
def test_commands_refuse_a_missing_card_before_they_read_or_write(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    result = call(*command.split(), "--device", "cuda")
    assert result.exit_code == 1
    assert result.output.startswith("Error: --device cuda: no graphics card found: torch says cuda is not available.")
    assert result.output.count("\n") == 1
    assert [*tmp_path.iterdir()] == []


def test_manifest_of_an_earlier_model_is_of_the_processor(model: Model) -> None:
    written = json.loads(model.manifest.model_dump_json())
    assert "device" not in written
    assert Manifest.model_validate(written).device == "cpu"


def test_manifest_names_a_device_only(model: Model) -> None:
    with pytest.raises(ValueError, match="device"):
        Manifest.model_validate({**model.manifest.model_dump(), "device": "cuda; rm"})


@pytest.mark.encoder
def test_vectors_by_torch_are_those_of_the_processor_to_five_digits(on_processor: list[str]) -> None:
    encoder = load_encoder(SMALL_ENCODER, device="cuda")
    np.testing.assert_allclose(encoder.encode(TEXTS), SmallEncoder().encode(TEXTS), atol=1e-5)
    assert on_processor == ["cuda"]


@pytest.mark.encoder
def test_texts_computed_at_once_keep_the_tokens_of_each(on_processor: list[str]) -> None:
    tokens = load_encoder(SMALL_ENCODER, device="cuda").tokens(TEXTS)
    for found, expected in zip(tokens, SmallEncoder().tokens(TEXTS), strict=True):
        assert found.places.tolist() == expected.places.tolist()
        np.testing.assert_allclose(found.vectors, expected.vectors, atol=1e-5)


def codes_and_routes(path: Path) -> list[tuple[str, ...]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [
            (row["FragmentID"], row["field"], row["suggested"], row["route"], row["prediction_set"])
            for row in csv.DictReader(file)
        ]


def first_outcomes(harvest: Path, n: int, out: Path) -> Path:
    """Write the first outcomes of a harvest into a workbook of their own."""
    workbook = load_workbook(harvest)
    workbook["Outcomes"].delete_rows(n + 2, 1_000)
    workbook.save(out)
    return out


@pytest.mark.encoder
@pytest.mark.slow
def test_suggestions_by_torch_keep_the_codes_and_routes_of_the_sample(
    tmp_path: Path, harvest_3_new: Path, on_processor: list[str]
) -> None:
    harvest = first_outcomes(harvest_3_new, 20, tmp_path / "harvest.xlsx")
    for device in ("cpu", "cuda"):
        suggest_file(harvest, out=tmp_path / f"{device}.csv", device=device)
    assert on_processor == ["cuda"]
    assert codes_and_routes(tmp_path / "cuda.csv") == codes_and_routes(tmp_path / "cpu.csv")


@pytest.mark.encoder
@pytest.mark.slow
def test_model_trained_on_a_card_says_so_and_suggests_on_the_processor(
    tmp_path: Path, training_data: Path, codebook: Codebook, on_processor: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("classifier.model.folds._N_FOLDS", 3)
    scale = codebook.model_copy(update={"fields": (codebook.field("scale"),)})
    (tmp_path / "codebook.yaml").write_text(scale.dump(), encoding="utf-8")
    coded, folder = first_outcomes(training_data / "harvest_1.xlsx", 40, tmp_path / "coded.xlsx"), tmp_path / "ours"
    options = ("--codebook", tmp_path / "codebook.yaml", "--out", folder, "--device", "cuda")
    assert call("train", coded, *options).exit_code == 0
    assert on_processor == ["cuda"]
    assert load_model(folder).manifest.device == "cuda"
    assert "encoders computed on cuda" in call("models", "show", folder).output
    sources = open_model_encoders(load_model(folder).manifest.encoder_hashes, cache=False)
    assert not any(isinstance(source.encoder, SentenceEncoder) for source in sources)
