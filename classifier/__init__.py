"""Suggests codes for harvested outcomes, with a confidence a human coder can trust."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from classifier.codebook.schema import Codebook
    from classifier.harvest.reading import read_harvest
    from classifier.model.storage import load_model
    from classifier.model.workflow import train
    from classifier.suggestion.workflow import suggest

__all__ = ["Codebook", "__version__", "load_model", "read_harvest", "suggest", "train"]

__version__ = "0.1.0"

# Looked up when asked for: the command line should not wait for scikit-learn to say its version.
_HOMES = {
    "Codebook": "classifier.codebook.schema",
    "load_model": "classifier.model.storage",
    "read_harvest": "classifier.harvest.reading",
    "suggest": "classifier.suggestion.workflow",
    "train": "classifier.model.workflow",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
