"""What comes with the program: the sample model and its codebook.

In a checkout they lie in the root folders; the wheel carries the same files inside the package.
"""

from __future__ import annotations

from pathlib import Path

from classifier.codebook import Codebook

__all__ = ["codebook", "codebook_path", "is_shipped", "models_folder"]

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parent
_IN_WHEEL = _PACKAGE / "_shipped"


def codebook_path() -> Path:
    """Where the sample codebook is."""
    return _find(_CHECKOUT / "training_data" / "codebook.yaml", _IN_WHEEL / "codebook.yaml")


def models_folder() -> Path:
    """Where the shipped models are."""
    return _find(_CHECKOUT / "models", _IN_WHEEL / "models")


def codebook() -> Codebook:
    """Read the sample codebook."""
    return Codebook.read(codebook_path())


def is_shipped(model: Path) -> bool:
    """Whether a model folder is one that came with the program."""
    return model.resolve().parent == models_folder().resolve() and model.name == "sample"


def _find(in_checkout: Path, in_wheel: Path) -> Path:
    # A folder beside an installed package may be called models too; ours has the project file beside it.
    return in_checkout if (_CHECKOUT / "pyproject.toml").is_file() else in_wheel
