"""Small held-out predictions for tests, made without a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from classifier.codebook.schema import CodeField
from classifier.evaluation.predictions import FieldPredictions, HeldOutPredictions
from classifier.harvest.outcome import Outcome
from classifier.harvest.story import Story
from classifier.model.training import Trained
from classifier.suggestion.types import Route

SCALE = CodeField(
    name="scale",
    column="Scale",
    kind="single",
    codes=[{"code": "Local"}, {"code": "National"}, {"code": "Regional"}],
)
STORY = Story(parts={}, description="The council of Boma met.", merged="The council of Boma met.")
Row = tuple[str, str, float]


def only_field(trained: Trained, name: str) -> Trained:
    """Leave one field of what was trained; a quarter of the work where the others say nothing more."""
    codebook = trained.model.codebook
    kept = codebook.model_copy(update={"fields": (codebook.field(name),)})
    return replace(trained, model=replace(trained.model, codebook=kept))


def field_predictions(rows: Sequence[Row]) -> FieldPredictions:
    """Return predictions from the agreed code, the suggested one and its confidence; the rest is shared out."""
    names = SCALE.code_names
    confidence = np.array(
        [[sure if code == suggested else (1 - sure) / 2 for code in names] for _, suggested, sure in rows]
    )
    return FieldPredictions(
        field=SCALE,
        rows=np.arange(len(rows)),
        agreed=tuple((agreed,) for agreed, _, _ in rows),
        suggested=tuple((suggested,) for _, suggested, _ in rows),
        confidence=confidence,
        joint_confidence=confidence.max(axis=1),
        routes=tuple(Route.CONFIRM if sure >= 0.9 else Route.CHOOSE for _, _, sure in rows),
        sets={0.9: confidence >= 0.2},
        baselines={"commonest code": ("Local",) * len(rows)},
    )


def predictions(rows: Sequence[Row], *, country: Sequence[str] = ()) -> HeldOutPredictions:
    """Return predictions of one field."""
    countries = country or ("Mali",) * len(rows)
    return HeldOutPredictions(
        outcomes=tuple(
            Outcome(fragment_id=f"A/{place}", story=STORY, codes={"scale": (agreed,)}, country=where)
            for place, ((agreed, _, _), where) in enumerate(zip(rows, countries, strict=True))
        ),
        groups=np.arange(len(rows)),
        repeats={},
        fields={"scale": field_predictions(rows)},
        n_training=(100,),
    )
