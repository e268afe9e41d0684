"""Suggestions for a part of a harvest on a worker of a cluster, to which the model is sent."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from functools import cached_property

from classifier.errors import EncoderError
from classifier.features.registry import open_model_encoders
from classifier.model.model import Model
from classifier.spreadsheet.sheet import Sheet
from classifier.suggestion.fast_suggestions import FastPredictor, suggest_fast
from classifier.suggestion.part_suggestions import FullSuggester, PartSettings, SuggestedPart


class WorkerSuggester:
    """Suggests codes on a worker with a model that was sent to it, and encoders that it opens once.

    Embeddings are not kept there, so that nothing made from a text stays on the worker's disk.
    """

    def __init__(self, asked: PartSettings, model: Model) -> None:
        self._asked, self._model = asked, model

    def suggest(self, sheet: Sheet, *, is_first: bool) -> SuggestedPart:
        """Read the rows of a part and suggest codes for their outcomes."""
        if self._asked.is_fast:
            return suggest_fast(self._predictor, self._asked, sheet, is_first=is_first)
        return self._full.suggest(sheet, is_first=is_first)

    @cached_property
    def _predictor(self) -> FastPredictor:
        return FastPredictor(self._model, coverage=self._asked.coverage, precision=self._asked.precision)

    @cached_property
    def _full(self) -> FullSuggester:
        try:
            sources = open_model_encoders(self._model.manifest.encoder_hashes, cache=False)
        except EncoderError as error:
            raise EncoderError(f"worker on {platform.node()}: {error}") from error
        return FullSuggester(settings=self._asked, model=self._model, sources=sources)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldSuggester:
    """Suggests codes by the `WorkerSuggester` that a worker holds, so that little is sent with each part."""

    name: str

    def suggest(self, sheet: Sheet, *, is_first: bool) -> SuggestedPart:
        """Read the rows of a part and suggest codes for their outcomes, on a worker."""
        from classifier.worker_values import held_value

        suggester = held_value(self.name)
        assert isinstance(suggester, WorkerSuggester)
        return suggester.suggest(sheet, is_first=is_first)
