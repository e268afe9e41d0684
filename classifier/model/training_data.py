"""Training data: coded outcomes with their features, tasks, and groups of near-duplicates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from classifier.codebook.schema import Codebook
from classifier.features.embedding_cache import CachedEncoders
from classifier.features.near_duplicate_groups import find_fold_threshold, near_duplicate_groups
from classifier.features.near_duplicates import (
    DUPLICATE_THRESHOLD,
    Fingerprinter,
    Fingerprints,
    near_duplicate_pairs,
)
from classifier.features.story_features import StoryFeatures
from classifier.harvest.language import language_of
from classifier.harvest.outcome import Outcome
from classifier.languages import lazy_gettext
from classifier.model.task import Task, tasks_of
from classifier.model.zero_shot import Definitions
from classifier.progress import ProgressReporter


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingData:
    """Coded outcomes, prepared for training and for holding some of them out."""

    outcomes: tuple[Outcome, ...]
    languages: tuple[str, ...]  # of the outcomes
    features: StoryFeatures
    definitions: Mapping[str, Definitions]  # by field
    tasks: Mapping[str, tuple[Task, ...]]  # by field, that of the main code first
    fingerprinter: Fingerprinter
    fingerprints: Fingerprints
    fold_threshold: float  # the similarity from which near-duplicates share a fold
    groups: npt.NDArray[np.intp]  # of shape (n_outcomes,); equal numbers mark near-duplicates

    @classmethod
    def of(
        cls, outcomes: Sequence[Outcome], *, codebook: Codebook, sources: CachedEncoders, progress: ProgressReporter
    ) -> TrainingData:
        """Embed the stories of outcomes and the definitions of codes, and group near-duplicates."""
        features = StoryFeatures.of(
            [outcome.story for outcome in outcomes],
            sources,
            progress=progress.step(lazy_gettext("Reading the stories"), StoryFeatures.n_steps(len(outcomes), sources)),
        )
        definitions = {field.name: Definitions.embed(field, sources) for field in codebook.fields}
        fingerprinter, fingerprints = Fingerprinter.fit_transform(features)
        threshold = find_fold_threshold(fingerprints)
        return cls(
            outcomes=tuple(outcomes),
            languages=tuple(language_of(outcome.story.description) for outcome in outcomes),
            features=features,
            definitions=definitions,
            tasks={
                field.name: tuple(tasks_of(field, outcomes, definitions[field.name].probabilities(features)))
                for field in codebook.fields
            },
            fingerprinter=fingerprinter,
            fingerprints=fingerprints,
            fold_threshold=threshold,
            groups=near_duplicate_groups(fingerprints, threshold=threshold),
        )

    @property
    def n_by_language(self) -> dict[str, int]:
        """How many stories are in each language, the commonest first."""
        return dict(Counter(self.languages).most_common())

    @property
    def duplicate_threshold(self) -> float:
        """The similarity from which outcomes are near-duplicates; higher where stories are written to one template."""
        return max(DUPLICATE_THRESHOLD, self.fold_threshold)

    def near_duplicates(self) -> list[tuple[int, int]]:
        """Return the rows of each pair of near-duplicates, the later outcome first."""
        pairs = near_duplicate_pairs(self.fingerprints, threshold=self.duplicate_threshold)
        return [(row, other) for row, other, _ in pairs]
