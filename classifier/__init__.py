"""Suggests codes for harvested outcomes, with a confidence a human coder can trust."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from classifier.codebook import Codebook
    from classifier.harvest import read_harvest
    from classifier.model_folder import load_model
    from classifier.workbench import suggest, train

__all__ = ["Codebook", "__version__", "load_model", "read_harvest", "suggest", "train"]

__version__ = "0.1.0"

# Looked up when asked for: the command line should not wait for scikit-learn to say its version.
_HOMES = {
    "Codebook": "classifier.codebook",
    "load_model": "classifier.model_folder",
    "read_harvest": "classifier.harvest",
    "suggest": "classifier.workbench",
    "train": "classifier.workbench",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
