"""A fast model on the cheap encoder's vectors of words, beside a full one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from joblib import parallel_config

from classifier.codebook.schema import Codebook
from classifier.features.embedding_cache import CachedEncoders
from classifier.features.static_embeddings import StaticTable
from classifier.features.term_counts import WORD
from classifier.harvest.reading import Harvest
from classifier.model.fast_training import train_fast
from classifier.model.field_training import out_of_fold_figures
from classifier.model.folds import split_folds
from classifier.model.model import Model
from classifier.model.training import usable_outcomes
from classifier.model.training_data import TrainingData
from classifier.progress import NO_PROGRESS, ignore_progress

__all__ = ["small_table", "with_fast_model"]


def small_table(texts: Sequence[str], sources: CachedEncoders) -> StaticTable:
    """Return a table of the words of texts."""
    words = sorted({word for text in texts for word in WORD.findall(text.lower())})
    return StaticTable.of(["[UNK]", *words], sources[0].encoder.encode(["[UNK]", *words])[:, :32])


def with_fast_model(model: Model, harvest: Harvest, sources: CachedEncoders, codebook: Codebook) -> Model:
    """Train a fast model on the outcomes of a harvest, held out in three folds, and put it beside a full one."""
    outcomes = usable_outcomes([harvest])
    data = TrainingData.of(outcomes, codebook=codebook, sources=sources, progress=NO_PROGRESS)
    folds = split_folds(data.groups, seed=0, n_folds=3)
    table = small_table([outcome.story.merged for outcome in outcomes], sources)
    with parallel_config(backend="sequential"):
        fast, held_out = train_fast(data, folds, table, codebook=codebook, progress=ignore_progress)
    figures = out_of_fold_figures(data.tasks, held_out, data.groups, seed=0)
    return replace(model, fast=fast, manifest=model.manifest.model_copy(update={"fast": figures}))
