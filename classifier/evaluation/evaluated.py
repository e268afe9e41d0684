"""Evaluation of suggestions, with its options, files and predictions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from classifier.agreement.codings import Codings
from classifier.codebook.schema import Codebook
from classifier.evaluation.label_errors import Disagreement
from classifier.evaluation.learning_curve import LearningCurve
from classifier.evaluation.metrics import Evaluation
from classifier.evaluation.options import EvaluationOptions
from classifier.evaluation.predictions import OURS, HeldOutPredictions
from classifier.evaluation.prevalence import CorrectedCount
from classifier.faults import Note
from classifier.harvest.confidentiality import Confidentiality
from classifier.harvest.reading import Harvest

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """Evaluation of suggestions, with its options, files and predictions.

    Attributes
    ----------
    split : str
        How outcomes were split into training and test, in words.
    harvests : tuple of Harvest
        Those whose outcomes were tested.
    hashes : dict of str to str
        The SHA-256 of every file read, by its name.
    counts : dict of str to dict of str to CorrectedCount
        By field and code; empty where no random sample was given.
    confidentiality : Confidentiality
        What was done with outcomes marked confidential, in training and test alike.
    n_excluded : int
        Outcomes left out of the test, or of the training, since they are in both.
    is_unseen : bool
        Whether it is known that no outcome was coded by a model that was trained on it.
    """

    options: EvaluationOptions
    codebook: Codebook
    split: str
    harvests: tuple[Harvest, ...]
    hashes: Mapping[str, str]
    predictions: HeldOutPredictions
    evaluation: Evaluation
    disagreements: tuple[Disagreement, ...]
    coders: Codings | None
    curve: LearningCurve | None
    counts: Mapping[str, Mapping[str, CorrectedCount]] = field(default_factory=dict)
    confidentiality: Confidentiality = field(default_factory=Confidentiality)
    n_excluded: int = 0
    is_unseen: bool = True
    notes: tuple[Note | str, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """Give Cohen's kappa with the coders as a data frame, a row for each field and method, with 95 % intervals."""
        import pandas as pd

        rows = [
            {
                "field": name,
                "method": method,
                "kappa": estimate.value,
                "low": estimate.low,
                "high": estimate.high,
                "n_outcomes": estimate.n_outcomes,
            }
            for name, field in self.evaluation.fields.items()
            for method, estimate in {OURS: field.agreement.kappa, **field.baselines}.items()
        ]
        return pd.DataFrame(rows)
