"""Suggestion of codes for harvested outcomes, with calibrated confidence, for a human coder to confirm."""

from importlib import import_module

TYPE_CHECKING = False  # not that of `typing`: until what is imported here is there, Ctrl-C shows a traceback
if TYPE_CHECKING:
    from classifier.agreement.workflow import compare_coders
    from classifier.codebook.schema import Codebook
    from classifier.errors import OutcomeCoderError
    from classifier.evaluation.workflow import evaluate
    from classifier.harvest.reading import Harvest, read_harvest
    from classifier.model.storage import load_model
    from classifier.model.workflow import train
    from classifier.project.project import open_project
    from classifier.report.workflow import save_evaluation
    from classifier.suggestion.workflow import explain, suggest

    __version__: str

__all__ = [
    "Codebook",
    "Harvest",
    "OutcomeCoderError",
    "__version__",
    "compare_coders",
    "evaluate",
    "explain",
    "load_model",
    "open_project",
    "read_harvest",
    "save_evaluation",
    "suggest",
    "train",
]

# Imported on demand: the command line should not wait for scikit-learn to show its help.
_MODULES = {
    "Codebook": "codebook.schema",
    "Harvest": "harvest.reading",
    "OutcomeCoderError": "errors",
    "compare_coders": "agreement.workflow",
    "evaluate": "evaluation.workflow",
    "explain": "suggestion.workflow",
    "load_model": "model.storage",
    "open_project": "project.project",
    "read_harvest": "harvest.reading",
    "save_evaluation": "report.workflow",
    "suggest": "suggestion.workflow",
    "train": "model.workflow",
}


def __getattr__(name: str) -> object:
    if name == "__version__":
        return import_module("importlib.metadata").version("outcome-coder")
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"classifier.{_MODULES[name]}"), name)
