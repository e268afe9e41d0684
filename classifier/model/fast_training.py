"""Training of the fast model: heads on words and static embeddings, calibrated as a model of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

import numpy as np
import numpy.typing as npt

from classifier._types import FloatArray
from classifier.codebook.schema import Codebook, CodeField
from classifier.features.fast_views import FastOutcomes, WordNumbers, fit_fast_views, texts_of
from classifier.features.feature_views import N_PLACES, WORDS_OF_STORY
from classifier.features.static_embeddings import StaticTable
from classifier.features.story_features import Meaning
from classifier.model.field_training import HeldOutField, fit_field_model
from classifier.model.head_fitting import fit_heads_of
from classifier.model.model import FastModel, description_and_story, similarity_to_centres
from classifier.model.task import tasks_of
from classifier.model.training_data import TrainingData
from classifier.model.zero_shot import Definitions
from classifier.progress import ProgressCallback

_N_VIEWS = 2 * N_PLACES + 1  # words, meanings, and both of the description
_VIEWS = (*range(_N_VIEWS), _N_VIEWS + 1)  # and the definitions; those between are nearest outcomes, not asked
_LEAST_OF_CODE = 2  # outcomes of a code that has a centre
_OUTLIER_SHARE = 0.02  # as of the full model


def train_fast(
    data: TrainingData,
    folds: Sequence[npt.NDArray[np.intp]],
    table: StaticTable,
    *,
    codebook: Codebook,
    progress: ProgressCallback,
) -> tuple[FastModel, dict[str, HeldOutField]]:
    """Train a fast model on the outcomes and folds of a full one; return it, and its out-of-fold predictions."""
    outcomes = FastOutcomes.of(texts_of([outcome.story for outcome in data.outcomes]), table)
    encode = _Encode(table)
    definitions = {field.name: Definitions.embed_by(field, [encode]) for field in codebook.fields}
    meanings = [Meaning.of_places(outcomes.meanings)]
    tasks = {
        field.name: [
            replace(task, views=_VIEWS)
            for task in tasks_of(field, data.outcomes, definitions[field.name].by_meanings(meanings))
        ]
        for field in codebook.fields
    }
    by_words = [replace(of_field[0], views=(WORDS_OF_STORY,)) for of_field in tasks.values()]
    every = [*chain.from_iterable(tasks.values()), *by_words]
    _, heads, checked = fit_heads_of(outcomes, fit_fast_views, every, folds, progress=progress)
    fitted = iter(zip(heads, checked, strict=True))
    main = {name: [next(fitted) for _ in of_field] for name, of_field in tasks.items()}
    fields, held_out = {}, {}
    for name, of_field in tasks.items():
        fields[name], held_out[name] = fit_field_model(main[name], of_field, definitions[name], (), next(fitted)[1])
    similarity = _held_out_similarity(outcomes, folds, data, codebook.fields)
    return (
        FastModel(
            table=table,
            fields=fields,
            centres=_centres(outcomes, np.arange(len(outcomes)), data, codebook.fields),
            similarity=similarity,
            outlier_threshold=float(np.quantile(similarity, _OUTLIER_SHARE)) if len(similarity) else -1.0,
        ),
        held_out,
    )


class _Encode:
    """Embeds texts by a static table."""

    def __init__(self, table: StaticTable) -> None:
        self._numbers = WordNumbers(table, ())

    def __call__(self, texts: Sequence[str]) -> FloatArray:
        return self._numbers.embed(self._numbers.read(texts))


def _centres(
    outcomes: FastOutcomes, rows: npt.NDArray[np.intp], data: TrainingData, fields: Sequence[CodeField]
) -> FloatArray:
    """Return the mean embeddings of the outcomes in some rows with the same code, of length 1."""
    vectors = description_and_story(outcomes.meanings)
    centres = []
    for field in fields:
        task = data.tasks[field.name][-1]
        known = np.isin(task.rows, rows)
        for applies in task.applies[known].T == 1:
            if applies.sum() >= _LEAST_OF_CODE:
                mean = vectors[task.rows[known][applies]].mean(axis=0)
                centres.append(mean / (np.linalg.norm(mean) or 1.0))
    return np.array(centres).reshape(-1, vectors.shape[1])


def _held_out_similarity(
    outcomes: FastOutcomes, folds: Sequence[npt.NDArray[np.intp]], data: TrainingData, fields: Sequence[CodeField]
) -> FloatArray:
    found = []
    for fold in folds:
        rest = np.setdiff1d(np.arange(len(outcomes)), fold)
        found.append(similarity_to_centres(outcomes.rows(fold).meanings, _centres(outcomes, rest, data, fields)))
    return np.sort(np.concatenate(found)) if found else np.zeros(0)
