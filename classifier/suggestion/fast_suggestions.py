"""Suggestions by the fast model for a part of a harvest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from classifier._types import FloatArray
from classifier.codebook.schema import CodeField
from classifier.features.fast_views import FastViewMaker, texts_of
from classifier.features.registry import languages_read
from classifier.features.shipped_encoders import SMALL_ENCODER
from classifier.harvest.language import quick_language_of
from classifier.harvest.outcome import Outcome
from classifier.model.conformal import confirm_threshold, set_thresholds
from classifier.model.model import Model, require_fast, similarity_to_centres
from classifier.model.storage import load_model
from classifier.spreadsheet.sheet import Sheet
from classifier.suggestion.flags import MIN_WORDS, InputCheck
from classifier.suggestion.part_suggestions import PartSettings, SuggestedPart, part_of
from classifier.suggestion.predict import suggest_field
from classifier.suggestion.suggest import SuggestedOutcome, suggest_by

_BATCH = 1_000  # outcomes judged at once


@dataclass(frozen=True, slots=True, kw_only=True)
class FastSuggester:
    """Suggests codes for parts of a harvest with the fast model of a folder, in this process or another."""

    settings: PartSettings
    folder: Path
    sums_sha256: str  # of the list of hashes of the folder, so that a model that was replaced is loaded anew

    def suggest(self, sheet: Sheet, *, is_first: bool) -> SuggestedPart:
        """Read the rows of a part and suggest codes for their outcomes."""
        asked = self.settings
        predictor = _predictor(self.folder, self.sums_sha256, asked.coverage, asked.precision)
        return suggest_fast(predictor, asked, sheet, is_first=is_first)


def suggest_fast(predictor: FastPredictor, asked: PartSettings, sheet: Sheet, *, is_first: bool) -> SuggestedPart:
    """Read the rows of a part and suggest codes for their outcomes by a fast model."""
    found = suggest_by(
        lambda outcomes: predictor.suggest(outcomes, asked.fields),
        asked.reader.read(sheet, is_first=is_first).outcomes,
        model=predictor.model,
        fields=asked.fields,
        size=_BATCH,
    )
    return part_of(found, asked, title=predictor.model.manifest.title)


class FastPredictor:
    """Predicts codes with a fast model, by thresholds that are set once."""

    def __init__(self, model: Model, *, coverage: float, precision: float) -> None:
        self.model = model
        self._fast = require_fast(model)
        self._views: FastViewMaker = model.fast_views
        self._coverage, self._precision = coverage, precision
        self._set_at: dict[str, FloatArray | None] = {}
        self._confirm_at: dict[str, float] = {}
        for name, fitted in self._fast.fields.items():
            scores = fitted.calibration_scores
            self._set_at[name] = set_thresholds(fitted, coverage=coverage)
            self._confirm_at[name] = confirm_threshold(scores.joint_confidence, scores.right, precision=precision)

    def suggest(self, outcomes: Sequence[Outcome], fields: Sequence[CodeField]) -> list[SuggestedOutcome]:
        """Suggest codes for outcomes that have a story."""
        views, meanings = self._views.transform(texts_of([outcome.story for outcome in outcomes]))
        judged = self._fast.judge(views, meanings)
        similarity = similarity_to_centres(meanings, self._fast.centres)
        checks = [
            self._check(outcome, float(near)) for outcome, near in zip(outcomes, similarity.tolist(), strict=True)
        ]
        by_field = {}
        for field in fields:
            own = self.model.codebook.field(field.name)
            by_field[field.name] = suggest_field(
                own,
                judged[field.name][0],
                judged[field.name][1],
                checks,
                coverage=self._coverage,
                set_at=self._set_at[field.name],
                confirm_at=self._confirm_at[field.name],
                n_examples=self.model.n_examples(field),
                repeats=[None] * len(checks),
            )
        joint = {name: found.joint_confidence.tolist() for name, (found, _) in judged.items()}
        return [
            SuggestedOutcome(
                fields={name: next(found) for name, found in by_field.items()},
                input_check=check,
                joint_confidence={name: values[row] for name, values in joint.items()},
            )
            for row, check in enumerate(checks)
        ]

    def _check(self, outcome: Outcome, similarity: float) -> InputCheck:
        is_short = outcome.story.is_shorter_than(MIN_WORDS)
        language = None if is_short else quick_language_of(outcome.story.description)
        is_known = language is None or self.model.knows(language)
        return InputCheck(
            language=language,
            is_foreign=not (is_known or language in languages_read(SMALL_ENCODER)),
            is_cross_lingual=False,
            is_known=is_known,
            is_out_of_distribution=similarity < self._fast.outlier_threshold and not is_short,
            is_short=is_short,
            similarity=similarity,
            near_duplicate=None,
            earlier=None,
        )


@lru_cache(maxsize=1)
def _predictor(folder: Path, sums_sha256: str, coverage: float, precision: float) -> FastPredictor:
    """Load the fast model of a folder, once in each process."""
    return FastPredictor(load_model(folder), coverage=coverage, precision=precision)
