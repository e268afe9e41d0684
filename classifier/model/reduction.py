"""Reduced model: one to hand to a partner, that keeps no rare word, ID or vector of an outcome.

It is made of a model's folder alone. Its words are those of a public vocabulary and of the codebook that several
outcomes share, and its letter groups are parts of those words: hashes of words would not do, since a guessed word can
be hashed too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from classifier.errors import ModelError
from classifier.features.feature_views import ViewMaker
from classifier.features.near_duplicates import NO_DUPLICATES, Fingerprinter
from classifier.features.term_counts import letter_groups
from classifier.features.tfidf import LexicalView
from classifier.model.cooccurrence import Combinations
from classifier.model.cross_lingual import MIN_STORIES, CrossLingualField
from classifier.model.disclosure import FEW_OUTCOMES, outcomes_of_terms, words_of_codebook
from classifier.model.heads import Head, ViewClassifiers
from classifier.model.linear_classifier import LinearClassifier
from classifier.model.manifest import Manifest, ReducedRecord, TrainedFile, now
from classifier.model.model import CalibrationScores, FieldModel, Model

_N_WORD_VIEWS = 3
_DECIMALS = 2  # of the calibration scores kept
_WITHHELD = "harvests that are not named"
_PLACEHOLDER = "outcome"  # where no word is left, since a vocabulary can't be empty; it counts for nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class _KeptView:
    """A view of words with the terms that are kept, and which of its columns they were; -1 for none."""

    view: LexicalView
    columns: npt.NDArray[np.intp]
    n_before: int


def reduce_model(model: Model, *, name: str, common_words: Collection[str]) -> Model:
    """Return a model without what points to single outcomes.

    Parameters
    ----------
    name : str
        The name of the reduced model.
    common_words : collection of str
        Words that everybody uses, in lower case; others are left out.

    Raises
    ------
    ModelError
        If there is nothing to reduce.
    """
    if not model.manifest.fragment_ids:
        raise ModelError(
            f"model {model.manifest.name!r} keeps no outcome, so that there is nothing to reduce; share it as it is"
        )
    known = frozenset(common_words) | frozenset(words_of_codebook(model.codebook))
    kept: dict[int, _KeptView] = {}
    for view in model.views.lexical:
        # The same view twice stays one: its matrices are computed once.
        if id(view) not in kept:
            kept[id(view)] = _keep_common(view, known, model.manifest.n_outcomes)
    words = [kept[id(view)] for view in model.views.lexical]
    description, story, opening = (part.view for part in words)
    return replace(
        model,
        manifest=_reduced_manifest(model.manifest, name),
        views=ViewMaker(description_words=description, story_words=story, opening_words=opening),
        fields={name: _reduced_field(field, words) for name, field in model.fields.items()},
        fingerprinter=Fingerprinter(rarity=np.ones_like(model.fingerprinter.rarity)),
        fingerprints=model.fingerprints[:0],
        duplicate_threshold=NO_DUPLICATES,
        outlier_threshold=0.0,
        combinations=Combinations.count([], model.codebook),
        given={field.name: np.zeros((0, len(field.codes)), dtype=np.int8) for field in model.codebook.fields},
        fast=None,  # its words are those of the model
    )


# Words


def _keep_common(view: LexicalView, known: Collection[str], n_outcomes: int) -> _KeptView:
    """Keep the terms of several outcomes whose words are known, and the letter groups that such words have."""
    arrays = view.to_arrays()
    words = _shared(arrays, "words", n_outcomes, is_kept=lambda term: all(word in known for word in term.split()))
    groups = {group for term in arrays["words"][words].tolist() for group in letter_groups(term)}
    letters = _shared(arrays, "letters", n_outcomes, is_kept=groups.__contains__)
    n_before = len(arrays["words"]) + len(arrays["letters"])
    parts: dict[str, npt.NDArray[np.generic]] = {}
    columns = []
    for half, rows, first in (("words", words, 0), ("letters", letters, len(arrays["words"]))):
        parts[half] = arrays[half][rows] if len(rows) else np.array([_PLACEHOLDER])
        parts[f"{half}_idf"] = arrays[f"{half}_idf"][rows] if len(rows) else np.ones(1, dtype=np.float32)
        columns.append(rows + first if len(rows) else np.array([-1]))
    return _KeptView(view=LexicalView.from_arrays(parts), columns=np.concatenate(columns), n_before=n_before)


def _shared(
    arrays: Mapping[str, npt.NDArray[np.generic]], half: str, n_outcomes: int, *, is_kept: Callable[[str], bool]
) -> npt.NDArray[np.intp]:
    """Return the places of the terms that several outcomes share and that are to be kept."""
    counts = outcomes_of_terms(arrays[f"{half}_idf"], n_outcomes)
    kept = [is_kept(term) for term in arrays[half].tolist()]
    return np.flatnonzero((counts >= FEW_OUTCOMES) & np.array(kept, dtype=np.bool_))


# Fields


def _reduced_field(field: FieldModel, words: Sequence[_KeptView]) -> FieldModel:
    return replace(
        field,
        main=_reduced_head(field.main, words),
        multilabel=None if field.multilabel is None else _reduced_head(field.multilabel, words),
        calibration_scores=_without_order(field.calibration_scores),
        cross_lingual=None if field.cross_lingual is None else _reduced_cross_lingual(field.cross_lingual, words),
    )


def _reduced_cross_lingual(field: CrossLingualField, words: Sequence[_KeptView]) -> CrossLingualField:
    """Return cross-lingual heads that do not tell in which other languages outcomes were."""
    return replace(
        field,
        main=_reduced_head(field.main, words),
        multilabel=None if field.multilabel is None else _reduced_head(field.multilabel, words),
        reliability={},
    )


def _reduced_head(head: Head, words: Sequence[_KeptView]) -> Head:
    """Return a head without the nearest outcomes, and without the coefficients of words that are left out."""
    rows = np.arange(len(head.rows))
    if not head.view_classifiers:
        return replace(head, rows=rows)
    *by_view, beside, _ = head.view_classifiers
    cut = [
        _cut(classifiers, words[place].columns) if place < _N_WORD_VIEWS else classifiers
        for place, classifiers in enumerate(by_view)
    ]
    return replace(head, rows=rows, view_classifiers=(*cut, _cut_beside(beside, words[0]), ()))


def _cut_beside(classifiers: ViewClassifiers, words: _KeptView) -> ViewClassifiers:
    """Cut the view that has the words of the description, and vectors beside them."""
    if not classifiers:
        return ()
    n_columns = np.arange(classifiers[0].n_features)
    return _cut(classifiers, np.concatenate([words.columns, n_columns[words.n_before :]]))


def _cut(classifiers: ViewClassifiers, columns: npt.NDArray[np.intp]) -> ViewClassifiers:
    return tuple(_with_columns(part, columns) for part in classifiers if isinstance(part, LinearClassifier))


def _with_columns(classifier: LinearClassifier, columns: npt.NDArray[np.intp]) -> LinearClassifier:
    # A column that stands for none counts for nothing.
    kept = np.where(columns >= 0, classifier.coefficients[:, columns], np.float32(0))
    return replace(classifier, coefficients=kept)


def _without_order(scores: CalibrationScores) -> CalibrationScores:
    """Return calibration scores sorted and rounded, so that none is known to be an outcome's."""
    joint, agreed = scores.joint_confidence.round(_DECIMALS), scores.agreed_confidence.round(_DECIMALS)
    order, by_code = np.lexsort((scores.right, joint)), np.lexsort((agreed, scores.agreed_code))
    return CalibrationScores(
        agreed_confidence=agreed[by_code],
        agreed_code=scores.agreed_code[by_code],
        joint_confidence=joint[order],
        right=scores.right[order],
    )


def _reduced_manifest(manifest: Manifest, name: str) -> Manifest:
    return manifest.model_copy(
        update={
            "name": name,
            "created": now(),
            "files": (TrainedFile(name=_WITHHELD, sha256="", fragment_ids=()),),
            "near_duplicates": (),
            "rests_on": {},
            "languages": _common_languages(manifest.languages),
            "out_of_fold": {},  # that of the model before
            "fast": {},
            "reduced": ReducedRecord(n_outcomes=manifest.n_outcomes),
        }
    )


def _common_languages(languages: Mapping[str, int]) -> dict[str, int]:
    """Leave out the languages of few stories; the commonest stays, since it says which ones the model judges."""
    commonest = next(iter(languages), None)
    return {name: count for name, count in languages.items() if count >= MIN_STORIES or name == commonest}
