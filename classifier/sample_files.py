"""Files that ship with the program: the sample model, its codebook, and a sample harvest.

In a checkout they lie in the root folders; the wheel carries the same files inside the package.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parent
_IN_WHEEL = _PACKAGE / "_shipped"
_HARVEST = "harvest_3_new.xlsx"
# The SHA-256 of the sample harvests, so that figures of them are never taken for evidence.
_SAMPLE_FILES = frozenset(
    {
        "4900dc1f48a6ffd9887d3b3dcdc3cafa03f2193ceb851eb74814360ca5c1d1c8",
        "43dd0860cbcbf9369940497d080dc9f1d92394324d81255fd8bfda59fa5b89c3",
        "989d68fdcf7cbc49d5b657ac4495c75e1b10893f338ea93e4c3fc952bfc9fb37",
        "98f08bab2257201ef53101ce990e2befa2381c30bd4ec9cb8265617ff775bec1",
        "4574df9f006442fabb196654035bfddeb428d1985e598df46e26d9ae9a32c663",
        "94f40d821a2e60ec4017848e7fabfb0fe73fa4ec8f4291e47b3e596a6b658f3c",
    }
)


def codebook_path() -> Path:
    """Path of the sample codebook."""
    return _find(_CHECKOUT / "training_data" / "codebook.yaml", _IN_WHEEL / "codebook.yaml")


def harvest_path() -> Path:
    """Path of the sample harvest that is to be coded."""
    return _find(_CHECKOUT / "training_data" / _HARVEST, _IN_WHEEL / _HARVEST)


def models_folder() -> Path:
    """Folder of the shipped models."""
    return _find(_CHECKOUT / "models", _IN_WHEEL / "models")


def is_shipped(model: Path) -> bool:
    """Whether a model folder is one that came with the program."""
    return model.resolve().parent == models_folder().resolve() and model.name == "sample"


def is_sample(hashes: Iterable[str]) -> bool:
    """Whether any file, by its SHA-256, is one of the fictional sample harvests."""
    return not _SAMPLE_FILES.isdisjoint(hashes)


def _find(in_checkout: Path, in_wheel: Path) -> Path:
    # A folder beside an installed package may be called models too; ours has the project file beside it.
    return in_checkout if (_CHECKOUT / "pyproject.toml").is_file() else in_wheel
