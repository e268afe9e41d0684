"""Fitted part of a model as arrays by name, and back: what ``heads.npz`` of a model folder holds.

=========================================  ==================================================================
``description_words``, ``story_words``,    ``/words`` and ``/letters``: terms, in UTF-8, a line each; ``_idf``
``opening_words``
``rarity``, ``fingerprints``               as in `Fingerprinter` and `Model`
``duplicate_threshold`` ...                thresholds; a number is an array without axes
``combinations/0`` ...                     for each two fields, in the codebook's order
``given/0`` ...                            for each field
``fields/0`` ...                           ``/main``, ``/multilabel``: a head; ``/agreed_confidence`` and so on
``fields/0/main/regressions/3`` ...        ``/coefficients``, ``/intercepts`` of a view, unless it has no weight
``fast/``                                  as in `FastModel`, where a model has one; the pieces in UTF-8, a line each
``cross_lingual``,                         as in `CrossLingual` and `CrossLingualField`, where a model has them; the
``fields/0/cross_lingual``                 languages in UTF-8, a line each
=========================================  ==================================================================
"""

from __future__ import annotations

import reprlib
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from classifier.codebook.schema import Codebook, CodeField
from classifier.features.feature_views import N_PLACES, ViewMaker
from classifier.features.meaning_subspace import MeaningSubspace
from classifier.features.near_duplicates import Fingerprinter, Fingerprints
from classifier.features.static_embeddings import StaticTable
from classifier.features.tfidf import LexicalView
from classifier.model.array_archive import ArchiveError, Arrays
from classifier.model.cooccurrence import Combinations
from classifier.model.cross_lingual import CrossLingual, CrossLingualField
from classifier.model.heads import Head, ViewClassifiers
from classifier.model.linear_classifier import LinearClassifier
from classifier.model.manifest import Manifest
from classifier.model.model import CalibrationScores, FastModel, FieldModel, Given, Model
from classifier.model.neighbours import Neighbours
from classifier.model.opinion_pool import LogarithmicPool
from classifier.model.task import TaskType
from classifier.model.zero_shot import Definitions

_LEXICAL = ("description_words", "story_words", "opening_words")
_HALVES = ("words", "letters")


def to_arrays(model: Model) -> Arrays:
    """Return all that was fitted as arrays by name; see `from_arrays`."""
    named = {
        "rarity": model.fingerprinter.rarity,
        "fingerprints": model.fingerprints,
        "duplicate_threshold": np.array(model.duplicate_threshold),
        "outlier_threshold": np.array(model.outlier_threshold),
    }
    for name, view in zip(_LEXICAL, model.views.lexical, strict=True):
        for half, array in view.to_arrays().items():
            named[f"{name}/{half}"] = terms_to_array(array) if half in _HALVES else array
    if model.cross_lingual is not None:
        named["cross_lingual/encoders"] = np.array(model.cross_lingual.encoders, dtype=np.intp)
        named["cross_lingual/mean"] = model.cross_lingual.subspace.mean
        named["cross_lingual/directions"] = model.cross_lingual.subspace.directions
        named["cross_lingual/outlier_threshold"] = np.array(model.cross_lingual.outlier_threshold)
    if model.fast is not None:
        named["fast/pieces"] = terms_to_array(np.array(model.fast.table.pieces, dtype=np.str_))
        named["fast/vectors"] = model.fast.table.vectors
        named["fast/scales"] = model.fast.table.scales
        named["fast/centres"] = model.fast.centres
        named["fast/similarity"] = model.fast.similarity
        named["fast/outlier_threshold"] = np.array(model.fast.outlier_threshold)
        for place, name in enumerate(model.codebook.names):
            named |= {f"fast/fields/{place}/{part}": array for part, array in _of_field(model.fast.fields[name])}
    for place, pair in enumerate(combinations(model.codebook.names, 2)):
        named[f"combinations/{place}"] = model.combinations.counts[pair]
    for place, field in enumerate(model.codebook.names):
        named[f"given/{place}"] = model.given[field]
        named |= {f"fields/{place}/{name}": array for name, array in _of_field(model.fields[field])}
    return named


def _of_field(field: FieldModel) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    scores = field.calibration_scores
    yield "agreed_confidence", scores.agreed_confidence
    yield "agreed_code", scores.agreed_code
    yield "joint_confidence", scores.joint_confidence
    yield "right", scores.right
    for place, vectors in enumerate(field.definitions.vectors):
        yield f"definitions/{place}", vectors
    yield "owners", field.definitions.owners
    yield "f1_threshold", np.array(field.f1_threshold)
    yield "duplicate_weight", np.array(field.duplicate_weight)
    yield from _of_heads(field)
    if field.cross_lingual is not None:
        own = field.cross_lingual.reliability
        yield "cross_lingual/languages", terms_to_array(np.array([*own], dtype=np.str_))
        yield "cross_lingual/reliability", np.array([*own.values()], dtype=np.float64)
        yield "cross_lingual/overall_reliability", np.array(field.cross_lingual.overall_reliability)
        yield from ((f"cross_lingual/{name}", array) for name, array in _of_heads(field.cross_lingual))


def _of_heads(heads: FieldModel | CrossLingualField) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    for kind, head in (("main", heads.main), ("multilabel", heads.multilabel)):
        if head is not None:
            yield from ((f"{kind}/{name}", array) for name, array in _of_head(head))


def _of_head(head: Head) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    yield "rows", head.rows
    yield "trained_codes", head.trained_codes
    yield "prior", head.prior
    yield "temperature", np.array(head.temperature)
    if not head.view_classifiers:
        return
    yield "weights", head.pool.weights_
    yield "offsets", head.pool.offsets_
    # The last view's are nearest neighbours: outcomes whose fingerprints and codes the model keeps anyway.
    yield "asks_neighbours", np.array(bool(head.view_classifiers[-1]))
    for place, classifiers in enumerate(head.view_classifiers):
        regressions = [item for item in classifiers if isinstance(item, LinearClassifier)]
        if regressions:
            # This keeps the order that a single one has in memory; in another, products with it would round otherwise.
            yield f"regressions/{place}/coefficients", np.concatenate([item.coefficients for item in regressions])
            yield f"regressions/{place}/intercepts", np.concatenate([item.intercepts for item in regressions])


def terms_to_array(terms: npt.NDArray[np.str_]) -> npt.NDArray[np.uint8]:
    """Return terms as an array of bytes: in UTF-8, a line each. No term holds a line break, since it is a blank."""
    return np.frombuffer("\n".join(terms.tolist()).encode("utf-8", "surrogatepass"), dtype=np.uint8)


def from_arrays(arrays: Arrays, codebook: Codebook, manifest: Manifest) -> Model:
    """Restore a model from `to_arrays`; that its arrays fit each other is for `classifier.model.fit_check`.

    Raises
    ------
    ArchiveError
        If an array is missing, is one too many, or is of another kind than it should be.
    """
    parts = _Parts(arrays)
    names = codebook.names
    views = {view: LexicalView.from_arrays(parts.lexical(view)) for view in _LEXICAL}
    fingerprints = parts.array("fingerprints", np.float16, 2)
    given = {name: parts.array(f"given/{place}", np.int8, 2) for place, name in enumerate(names)}
    fields = {
        field.name: _field(parts, f"fields/{place}", field, fingerprints, given[field.name])
        for place, field in enumerate(codebook.fields)
    }
    counts = {
        pair: parts.array(f"combinations/{place}", np.int32, 2) for place, pair in enumerate(combinations(names, 2))
    }
    model = Model(
        codebook=codebook,
        manifest=manifest,
        views=ViewMaker(**views),
        fields=fields,
        fingerprinter=Fingerprinter(rarity=parts.array("rarity", np.float16, 2)),
        fingerprints=fingerprints,
        duplicate_threshold=parts.number("duplicate_threshold"),
        outlier_threshold=parts.number("outlier_threshold"),
        combinations=Combinations(codebook=codebook, counts=counts),
        given=given,
        cross_lingual=_cross_lingual(parts) if parts.has("cross_lingual/encoders") else None,
        fast=_fast(parts, codebook) if parts.has("fast/pieces") else None,
    )
    parts.refuse_others()
    return model


class _Parts:
    """Arrays by name, each of which is asked for once."""

    def __init__(self, arrays: Arrays) -> None:
        self._left = dict(arrays)

    def has(self, name: str) -> bool:
        return name in self._left

    def array(self, name: str, dtype: type[np.generic], n_axes: int) -> npt.NDArray[Any]:
        """Take an array of a type and a number of axes."""
        if name not in self._left:
            raise ArchiveError(f"{name} is missing")
        array = self._left.pop(name)
        if array.dtype != dtype or array.ndim != n_axes:
            raise ArchiveError(f"{name} is not of {np.dtype(dtype)} with {n_axes} axes")
        return array

    def number(self, name: str) -> float:
        return float(self.array(name, np.float64, 0))

    def lexical(self, view: str) -> Arrays:
        """Take the arrays of a view of words."""
        halves: Arrays = {}
        for half in _HALVES:
            halves[half] = np.array(self.lines(f"{view}/{half}"), dtype=np.str_)
            halves[f"{half}_idf"] = self.array(f"{view}/{half}_idf", np.float32, 1)
        return halves

    def lines(self, name: str) -> list[str]:
        """Take an array of bytes as the lines of text in it, each another."""
        written = self.array(name, np.uint8, 1).tobytes().decode("utf-8", "surrogatepass")
        lines = written.split("\n") if written else []
        if len(set(lines)) < len(lines):
            raise ArchiveError(f"{name} has a line twice")
        return lines

    def refuse_others(self) -> None:
        """Refuse what was not asked for."""
        if self._left:
            raise ArchiveError(f"{reprlib.repr(min(self._left))} isn't part of a model")


def _cross_lingual(parts: _Parts) -> CrossLingual:
    return CrossLingual(
        encoders=tuple(parts.array("cross_lingual/encoders", np.intp, 1).tolist()),
        subspace=MeaningSubspace(
            mean=parts.array("cross_lingual/mean", np.float64, 1),
            directions=parts.array("cross_lingual/directions", np.float64, 2),
        ),
        outlier_threshold=parts.number("cross_lingual/outlier_threshold"),
    )


def _fast(parts: _Parts, codebook: Codebook) -> FastModel:
    return FastModel(
        table=StaticTable(
            pieces=tuple(parts.lines("fast/pieces")),
            vectors=parts.array("fast/vectors", np.int8, 2),
            scales=parts.array("fast/scales", np.float32, 1),
        ),
        fields={
            field.name: _field(
                parts,
                f"fast/fields/{place}",
                field,
                np.zeros((0, 0), dtype=np.float16),
                np.zeros((0, len(field.codes)), dtype=np.int8),
            )
            for place, field in enumerate(codebook.fields)
        },
        centres=parts.array("fast/centres", np.float64, 2),
        similarity=parts.array("fast/similarity", np.float64, 1),
        outlier_threshold=parts.number("fast/outlier_threshold"),
    )


def _field(parts: _Parts, name: str, field: CodeField, fingerprints: Fingerprints, given: Given) -> FieldModel:
    vectors: list[npt.NDArray[np.float16]] = []
    while parts.has(f"{name}/definitions/{len(vectors)}"):
        vectors.append(parts.array(f"{name}/definitions/{len(vectors)}", np.float16, 2))
    owners = parts.array(f"{name}/owners", np.intp, 1)

    def head(kind: str, task_type: TaskType, applies: npt.NDArray[np.bool_]) -> Head:
        return _head(parts, f"{name}/{kind}", task_type, len(vectors), fingerprints, applies.astype(np.int8))

    def heads(prefix: str) -> tuple[Head, Head | None]:
        # `given` numbers the codes of an outcome: 1 is the main one.
        main = head(f"{prefix}main", TaskType.MULTICLASS, given == 1)
        if not parts.has(f"{name}/{prefix}multilabel/rows"):
            return main, None
        return main, head(f"{prefix}multilabel", TaskType.MULTILABEL, given > 0)

    def cross_lingual() -> CrossLingualField:
        main, multilabel = heads("cross_lingual/")
        languages = parts.lines(f"{name}/cross_lingual/languages")
        reliability = parts.array(f"{name}/cross_lingual/reliability", np.float64, 1).tolist()
        if len(languages) != len(reliability):
            raise ArchiveError(f"{name}/cross_lingual has not a reliability for each language")
        return CrossLingualField(
            main=main,
            multilabel=multilabel,
            reliability=dict(zip(languages, reliability, strict=True)),
            overall_reliability=parts.number(f"{name}/cross_lingual/overall_reliability"),
        )

    main, multilabel = heads("")
    return FieldModel(
        main=main,
        multilabel=multilabel,
        calibration_scores=CalibrationScores(
            agreed_confidence=parts.array(f"{name}/agreed_confidence", np.float64, 1),
            agreed_code=parts.array(f"{name}/agreed_code", np.intp, 1),
            joint_confidence=parts.array(f"{name}/joint_confidence", np.float64, 1),
            right=parts.array(f"{name}/right", np.bool_, 1),
        ),
        definitions=Definitions(vectors=tuple(vectors), owners=owners, n_codes=len(field.codes)),
        f1_threshold=parts.number(f"{name}/f1_threshold"),
        duplicate_weight=parts.number(f"{name}/duplicate_weight"),
        cross_lingual=cross_lingual() if parts.has(f"{name}/cross_lingual/languages") else None,
    )


def _head(
    parts: _Parts, name: str, task_type: TaskType, n_encoders: int, fingerprints: Fingerprints, given: Given
) -> Head:
    rows = parts.array(f"{name}/rows", np.intp, 1)
    trained_codes = parts.array(f"{name}/trained_codes", np.intp, 1)
    pool = LogarithmicPool(task_type)
    view_classifiers: tuple[ViewClassifiers, ...] = ()
    if parts.has(f"{name}/weights"):
        pool.weights_ = parts.array(f"{name}/weights", np.float64, 1)
        pool.offsets_ = parts.array(f"{name}/offsets", np.float64, 1)
        neighbours: ViewClassifiers = ()
        if parts.array(f"{name}/asks_neighbours", np.bool_, 0):
            if len(rows) > len(given) or len(trained_codes) > given.shape[1]:
                raise ArchiveError(f"{name}/rows or {name}/trained_codes has too many items")
            votes = given[rows][:, trained_codes]
            neighbours = (Neighbours(known=fingerprints[rows], applies=votes),)
        # Of words, of meaning by each encoder, and of both of the description.
        n_views = N_PLACES * (1 + n_encoders) + 1
        regressions = [_regressions(parts, f"{name}/regressions/{place}", task_type) for place in range(n_views)]
        view_classifiers = (*regressions, neighbours)
    return Head(
        task_type=task_type,
        rows=rows,
        trained_codes=trained_codes,
        prior=parts.array(f"{name}/prior", np.float64, 1),
        view_classifiers=view_classifiers,
        pool=pool,
        temperature=parts.number(f"{name}/temperature"),
    )


def _regressions(parts: _Parts, name: str, task_type: TaskType) -> tuple[LinearClassifier, ...]:
    if not parts.has(f"{name}/coefficients"):
        return ()
    coefficients = parts.array(f"{name}/coefficients", np.float32, 2)
    intercepts = parts.array(f"{name}/intercepts", np.float32, 1)
    if task_type is TaskType.MULTICLASS:
        return (LinearClassifier(coefficients=coefficients, intercepts=intercepts),)
    rows = [slice(place, place + 1) for place in range(len(coefficients))]
    return tuple(LinearClassifier(coefficients=coefficients[row], intercepts=intercepts[row]) for row in rows)
