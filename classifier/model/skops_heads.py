"""``heads.skops``: the fitted part of models that earlier versions wrote, read as arrays by name.

Only models of format 4 have it. It is in the skops format, which holds objects of scikit-learn; skops refuses those
that could run code.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from classifier.model.array_archive import ArchiveError, Arrays, uncompressed
from classifier.model.f1_threshold import DEFAULT_THRESHOLD
from classifier.model.fitted_arrays import terms_to_array
from classifier.model.task import TaskType

_SCHEMA = "schema.json"
_WORDS = ("description_words", "story_words", "opening_words")
# As it is called there, and among the arrays.
_OF_MODEL = {"rarity": "rarity", "prints": "fingerprints"}
_OF_FIELD = {
    "agreed_confidence": "agreed_confidence",
    "agreed_code": "agreed_code",
    "surety": "joint_confidence",
    "right": "right",
    "owners": "owners",
}
_OF_HEAD = {"rows": "rows", "learnt": "trained_codes", "prior": "prior"}


def schema_size(path: Path) -> int:
    """Return how many bytes the description of what is in the file has, which takes 30 times as much memory."""
    with zipfile.ZipFile(path) as parts:
        return parts.getinfo(_SCHEMA).file_size


def read_skops_heads(path: Path, fields: tuple[str, ...]) -> Arrays:
    """Read the fitted part of an earlier model as arrays; see `classifier.model.fitted_arrays.from_arrays`.

    Parameters
    ----------
    fields : tuple of str
        The names of the fields, in the codebook's order.
    """
    # Imported here since it walks through all of scikit-learn, and imports PyTorch, for seconds.
    from skops.io import loads

    # Nothing but scikit-learn's own classes, arrays and plain values is in there, all of which skops trusts by
    # itself; anything else raises.
    return dict(_of_model(loads(_as_large_as_it_says(path), trusted=[]), fields))


def _as_large_as_it_says(path: Path) -> bytes:
    """Return the file with its parts uncompressed, none larger than it says; skops uncompresses all there is."""
    copied = io.BytesIO()
    with zipfile.ZipFile(path) as parts, zipfile.ZipFile(copied, "w") as copy:
        for part in parts.infolist():
            copy.writestr(part.filename, uncompressed(parts, part))
    return copied.getvalue()


_Named = Iterator[tuple[str, npt.NDArray[Any]]]


def _of_model(plain: dict[str, Any], fields: tuple[str, ...]) -> _Named:
    yield from ((name, plain[key]) for key, name in _OF_MODEL.items())
    for name in _WORDS:
        for half in ("words", "letters"):
            yield f"{name}/{half}", terms_to_array(plain[name][half])
            yield f"{name}/{half}_idf", plain[name][f"{half}_idf"]
    yield "duplicate_threshold", _number(plain["alike_from"])
    yield "outlier_threshold", _number(plain["unlike_below"])
    yield from ((f"combinations/{place}", counts) for place, counts in enumerate(plain["combinations"]))
    for place, field in enumerate(fields):
        yield f"given/{place}", plain["given"][field]
        yield from ((f"fields/{place}/{name}", array) for name, array in _of_field(plain["fields"][field]))


def _of_field(plain: dict[str, Any]) -> _Named:
    yield from ((name, plain[key]) for key, name in _OF_FIELD.items())
    yield from ((f"definitions/{place}", vectors) for place, vectors in enumerate(plain["pieces"]))
    yield "f1_threshold", _number(plain.get("f1_threshold", DEFAULT_THRESHOLD))  # the first models had none
    yield "duplicate_weight", _number(plain["worth_of_earlier"])
    for kind, key, task_type in (("main", "main", TaskType.MULTICLASS), ("multilabel", "each", TaskType.MULTILABEL)):
        if plain[key] is not None:
            yield from ((f"{kind}/{name}", array) for name, array in _of_head(plain[key], task_type))


def _of_head(plain: dict[str, Any], task_type: TaskType) -> _Named:
    if plain["link"] != task_type:
        raise ArchiveError("one head is of another kind")
    yield from ((name, plain[key]) for key, name in _OF_HEAD.items())
    yield "temperature", _number(plain["temperature"])
    if plain["weights"] is None:
        return
    yield from ((name, plain[name]) for name in ("weights", "offsets"))
    yield "asks_neighbours", np.array(plain["asks_neighbours"])
    for place, regressions in enumerate(plain["regressions"]):
        if regressions:
            yield f"regressions/{place}/coefficients", np.concatenate([item.coef_ for item in regressions])
            yield f"regressions/{place}/intercepts", np.concatenate([item.intercept_ for item in regressions])


def _number(value: object) -> npt.NDArray[np.float64]:
    if not isinstance(value, float):
        raise ArchiveError("a threshold is no number")
    return np.array(value)
