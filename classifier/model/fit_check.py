"""Check of a model read from a file: that its arrays fit each other, and its numbers are numbers.

The hashes of a model folder show damage. They don't show what was put together wrongly, or by somebody who made the
hashes anew; without this check, every outcome would fail while it is judged.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from classifier.codebook.schema import CodeField
from classifier.features.feature_views import N_PLACES
from classifier.features.near_duplicates import fingerprint_length, rarity_shape
from classifier.model.cross_lingual import CrossLingual, CrossLingualField
from classifier.model.heads import Head, ViewClassifiers
from classifier.model.linear_classifier import LinearClassifier
from classifier.model.model import CalibrationScores, FastModel, FieldModel, Model
from classifier.model.task import TaskType
from classifier.model.zero_shot import Definitions

_Checks = Iterator[tuple[str, bool]]

_MOST = 1e9
"""Numbers beyond it are in no model, and products of them would be infinite."""
_MOST_IDF = 100.0
"""An inverse document frequency is one more than the logarithm of a number of outcomes."""


def misfits(model: Model) -> tuple[str, ...]:
    """Name the parts of a model that don't fit the rest of it, or aren't numbers.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from classifier.model.storage import load_model
    >>> model = load_model()
    >>> misfits(model)
    ()
    >>> misfits(replace(model, outlier_threshold=float("nan")))
    ('the outlier threshold',)
    """
    return tuple(dict.fromkeys(part for part, is_right in _checks(model) if not is_right))


def unlike_codebook(model: Model) -> tuple[str, ...]:
    """Name the parts of a model's manifest that are of other fields or codes than its codebook.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from classifier.model.storage import load_model
    >>> model = load_model()
    >>> unlike_codebook(model)
    ()
    >>> unlike_codebook(replace(model, manifest=model.manifest.model_copy(update={"codes": {}})))
    ('codes',)
    """
    manifest, codes = model.manifest, {field.name: {*field.code_names} for field in model.codebook.fields}
    is_like = {
        "codes": {name: {*counts} for name, counts in manifest.codes.items()} == codes,
        "out_of_fold": manifest.out_of_fold.keys() <= codes.keys(),
        "fast": manifest.fast.keys() <= codes.keys(),
        "rests_on": manifest.rests_on.keys() <= codes.keys(),
    }
    return tuple(part for part, is_right in is_like.items() if not is_right)


def _checks(model: Model) -> _Checks:
    n_known = len(model.manifest.fragment_ids)
    fields = model.codebook.fields
    lengths = [vectors.shape[-1] for vectors in model.fields[fields[0].name].definitions.vectors]
    yield "the encoders", len(lengths) == len(model.manifest.encoders)
    n_columns = fingerprint_length(lengths[0])
    yield "the fingerprints", _is_numbers(model.fingerprints, (n_known, n_columns))
    yield "the rarity of words", _is_numbers(model.fingerprinter.rarity, rarity_shape())
    yield "the duplicate threshold", _is_number(model.duplicate_threshold)
    yield "the outlier threshold", _is_number(model.outlier_threshold)
    if model.cross_lingual is not None:
        yield from _of_cross_lingual(model.cross_lingual, lengths[: len(model.manifest.encoders)])
    for one, other in combinations(fields, 2):
        counts, shape = model.combinations.counts[one.name, other.name], (len(one.codes), len(other.codes))
        yield "the combinations of codes", _is_whole(counts, shape, below=n_known + 1)
    views = model.views.lexical
    for view in views:
        for half in (view.words_, view.letters_):
            yield "the words", all(half.vocabulary) and _is_numbers(half.idf, (len(half.vocabulary),))
            yield "the words", bool(((half.idf >= 0) & (half.idf <= _MOST_IDF)).all())
    n_words = [len(view.words_.vocabulary) + len(view.letters_.vocabulary) for view in views]
    beside = n_words[0] + sum(lengths)
    widths = [*n_words, *(length for length in lengths for _ in range(N_PLACES)), beside, n_columns]
    if model.fast is not None:
        yield from _of_fast(model, model.fast)
    for field in fields:
        fitted, n_codes = model.fields[field.name], len(field.codes)
        part = f"field {field.name!r}"
        yield f"{part}, codes given", _is_whole(model.given[field.name], (n_known, n_codes))
        yield f"{part}, duplicate weight", _is_number(fitted.duplicate_weight) and 0 <= fitted.duplicate_weight <= 1
        yield f"{part}, F1 threshold", _is_number(fitted.f1_threshold) and 0 <= fitted.f1_threshold <= 1
        yield from _of_scores(part, fitted.calibration_scores, n_codes)
        yield from _of_definitions(part, fitted.definitions, lengths)
        yield from _of_heads(part, fitted, model, field, widths)
        cross_lingual = fitted.cross_lingual
        # A field of which no outcome was held out has none, whatever the model has.
        is_whole = cross_lingual is not None or not len(fitted.calibration_scores.right)
        yield f"{part}, other languages", is_whole if model.cross_lingual is not None else cross_lingual is None
        if cross_lingual is not None:
            shares = np.array([*cross_lingual.reliability.values(), cross_lingual.overall_reliability])
            yield f"{part}, reliability of languages", _is_shares(shares, shares.shape)
            yield from _of_heads(f"{part}, other languages", cross_lingual, model, field, widths)


def _of_fast(model: Model, fast: FastModel) -> _Checks:
    table = fast.table
    n_pieces, n_dimensions = len(table.pieces), table.vectors.shape[-1]
    yield "the fast model, its pieces", all(table.pieces) and table.vectors.shape == (n_pieces, n_dimensions)
    yield "the fast model, its pieces", _is_numbers(table.scales, (n_pieces,))
    yield "the fast model, its centres", _is_numbers(fast.centres, (len(fast.centres), 2 * n_dimensions))
    yield "the fast model, its similarities", _is_numbers(fast.similarity, (len(fast.similarity),))
    yield "the fast model, its similarities", _is_number(fast.outlier_threshold)
    n_words = [len(view.words_.vocabulary) for view in model.views.lexical]
    # The nearest outcomes, which come last, are not asked.
    widths = [*n_words, *[n_dimensions] * N_PLACES, n_words[0] + n_dimensions, 0]
    for field in model.codebook.fields:
        fitted, part = fast.fields[field.name], f"the fast model, field {field.name!r}"
        yield f"{part}, F1 threshold", _is_number(fitted.f1_threshold) and 0 <= fitted.f1_threshold <= 1
        yield f"{part}, duplicate weight", _is_number(fitted.duplicate_weight) and 0 <= fitted.duplicate_weight <= 1
        yield f"{part}, other languages", fitted.cross_lingual is None
        yield from _of_scores(part, fitted.calibration_scores, len(field.codes))
        yield from _of_definitions(part, fitted.definitions, [n_dimensions])
        yield from _of_heads(part, fitted, model, field, widths)


def _of_cross_lingual(cross_lingual: CrossLingual, lengths: list[int]) -> _Checks:
    places, subspace = cross_lingual.encoders, cross_lingual.subspace
    is_there = 0 < len(places) == len(set(places)) and all(0 <= place < len(lengths) for place in places)
    yield "the multilingual encoders", is_there
    length = lengths[places[0]] if is_there else 0
    yield "the subspace of embeddings", _is_numbers(subspace.mean, (length,))
    yield "the subspace of embeddings", _is_numbers(subspace.directions, (len(subspace.directions), length))
    yield "the outlier threshold", _is_number(cross_lingual.outlier_threshold)


def _of_heads(
    part: str, heads: FieldModel | CrossLingualField, model: Model, field: CodeField, widths: list[int]
) -> _Checks:
    yield f"{part}, its two heads", (heads.multilabel is not None) == field.is_multiple
    yield from _of_head(part, heads.main, model, field, widths, TaskType.MULTICLASS)
    if heads.multilabel is not None:
        yield from _of_head(part, heads.multilabel, model, field, widths, TaskType.MULTILABEL)


def _of_scores(part: str, scores: CalibrationScores, n_codes: int) -> _Checks:
    n_agreed, n_joint = len(scores.agreed_code), len(scores.right)
    yield f"{part}, calibration", _is_shares(scores.agreed_confidence, (n_agreed,))
    yield f"{part}, calibration", _is_whole(scores.agreed_code, (n_agreed,), below=n_codes)
    yield f"{part}, calibration", _is_shares(scores.joint_confidence, (n_joint,))
    yield f"{part}, calibration", _is_array(scores.right, "b", (n_joint,))


def _of_definitions(part: str, definitions: Definitions, lengths: list[int]) -> _Checks:
    n_codes, n_pieces = definitions.n_codes, len(definitions.owners)
    yield f"{part}, definitions", len(definitions.vectors) == len(lengths)
    yield f"{part}, definitions", _is_whole(definitions.owners, (n_pieces,), below=n_codes)
    yield f"{part}, definitions", len(np.unique(definitions.owners)) == n_codes
    for vectors, length in zip(definitions.vectors, lengths, strict=False):
        yield f"{part}, definitions", _is_numbers(vectors, (n_pieces, length))


def _of_head(part: str, head: Head, model: Model, field: CodeField, widths: list[int], task_type: TaskType) -> _Checks:
    n_codes, n_trained = len(field.codes), len(head.trained_codes)
    yield f"{part}, kind of head", head.task_type is task_type
    yield f"{part}, rows", _is_whole(head.rows, (len(head.rows),), below=model.manifest.n_outcomes)
    yield f"{part}, codes trained on", _is_whole(head.trained_codes, (n_trained,), below=n_codes)
    yield f"{part}, codes trained on", len(np.unique(head.trained_codes)) == n_trained
    yield f"{part}, shares of codes", _is_shares(head.prior, (n_codes,))
    yield f"{part}, temperature", _is_number(head.temperature) and head.temperature > 1 / _MOST
    if not head.view_classifiers:
        return
    yield f"{part}, rows", len(head.rows) > 0
    yield f"{part}, codes trained on", n_trained > (task_type is TaskType.MULTICLASS)
    yield f"{part}, views", len(head.view_classifiers) == len(widths)
    # The definitions are pooled beside the views.
    yield f"{part}, weights of views", _is_numbers(head.pool.weights_, (len(widths) + 1,))
    yield f"{part}, weights of codes", _is_numbers(head.pool.offsets_, (n_trained,))
    for classifiers, width in zip(head.view_classifiers, widths, strict=False):
        yield f"{part}, regressions", _is_view(classifiers, width, n_trained, task_type)


def _is_view(classifiers: ViewClassifiers, width: int, n_trained: int, task_type: TaskType) -> bool:
    """Say whether a view's classifiers take rows of a width, and give a confidence to each code trained on."""
    regressions = [item for item in classifiers if isinstance(item, LinearClassifier)]
    if not regressions:
        return all(nearest.n_features == width for nearest in classifiers)
    is_multiclass = task_type is TaskType.MULTICLASS
    n_classes = n_trained if is_multiclass else 2
    n_rows = n_classes if n_classes > 2 else 1  # of two classes, one is enough
    return len(regressions) == (1 if is_multiclass else n_trained) and all(
        _is_numbers(regression.coefficients, (n_rows, width)) and _is_numbers(regression.intercepts, (n_rows,))
        for regression in regressions
    )


def _is_number(value: object) -> bool:
    return isinstance(value, float) and abs(value) <= _MOST


def _is_array(value: npt.NDArray[Any], kinds: str, shape: tuple[int, ...]) -> bool:
    return type(value) is np.ndarray and value.dtype.kind in kinds and value.shape == shape


def _is_numbers(value: npt.NDArray[Any], shape: tuple[int, ...]) -> bool:
    return _is_array(value, "f", shape) and float(np.abs(value).max(initial=0)) <= _MOST


def _is_shares(value: npt.NDArray[Any], shape: tuple[int, ...]) -> bool:
    return _is_numbers(value, shape) and bool(((value >= 0) & (value <= 1)).all())


def _is_whole(value: npt.NDArray[Any], shape: tuple[int, ...], *, below: int | None = None) -> bool:
    """Say whether an array is of whole numbers, from 0 to below a bound."""
    if not _is_array(value, "iu", shape):
        return False
    return bool((value >= 0).all()) and (below is None or bool((value < below).all()))
