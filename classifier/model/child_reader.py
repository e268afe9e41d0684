"""Model folders loaded on trial; runs in the child process, see `classifier.model.isolated_loading`."""

from __future__ import annotations

from pathlib import Path

from classifier.errors import ModelError
from classifier.model.storage import load_directly


def problem_of_model(folder: str) -> str:
    """Load a model and drop it; return why it can't be loaded, or nothing."""
    try:
        load_directly(Path(folder))
    except ModelError as error:
        return str(error)
    return ""
