"""Explanation of suggestions: sentence attributions, and the nearest coded outcomes.

A view's regression is linear in its features, and the features of a story are the sum of what its sentences
add to them (`ViewMaker.share_out`). The difference of two codes' log-probabilities is linear too, since the
normaliser cancels. So the lead of a code over the others, in log-odds, is exactly the sum of one figure per
sentence, of what belongs to no sentence, and of what is the same for all stories. Two things are a matter of
convention: a word pair across two sentences counts half for either, and what the encoder makes of a token,
which it reads together with its neighbours, counts for the sentence the token is in.

The pool cuts off probabilities below 1 in 10,000, which the lead given here does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from classifier._types import FloatArray
from classifier.codebook.columns import StoryPart
from classifier.codebook.schema import CodeField
from classifier.features.embedding_cache import CachedEncoders
from classifier.features.near_duplicates import Fingerprints, ranked_by_similarity
from classifier.features.story_features import StoryShares
from classifier.features.tfidf import Matrix
from classifier.harvest.outcome import Outcome
from classifier.harvest.sentences import CutStory, cut_story
from classifier.model.cross_lingual import CrossLingualField
from classifier.model.heads import Head
from classifier.model.linear_classifier import LinearClassifier
from classifier.model.model import FieldModel, Model
from classifier.model.task import TaskType
from classifier.progress import ProgressCallback, ignore_progress
from classifier.suggestion.types import FieldSuggestion, Neighbour, Reason, SentenceShare

_N_NEAREST = 3
_LEAST_SHARE = 0.01  # share of what counts for a code; smaller ones would hide what matters


@dataclass(frozen=True, slots=True, kw_only=True)
class LogOddsAttribution:
    """Log-odds of a code over the others for one story, attributed to sentences."""

    sentences: FloatArray  # shape (n_sentences,): what each sentence adds; below 0 where it takes away
    rest: float  # what the characters that belong to no sentence add: labels between parts, marks of the encoder
    base: float  # what is the same for all stories: intercepts and offsets

    @property
    def total(self) -> float:
        """The lead of the code, in log-odds."""
        return float(self.sentences.sum()) + self.rest + self.base


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedHead:
    """Scores of stories by a head, shared out over their sentences."""

    head: Head
    # Shape (n_rows, n_trained_codes): what each row of the shares adds to the score of each trained code
    added: FloatArray
    base: FloatArray  # shape (n_trained_codes,): what is added whatever the story
    accounted: float  # the share of the weight of all views that those have which can be shared out

    @classmethod
    def of(cls, head: Head, shares: Sequence[Matrix | None]) -> SharedHead | None:
        """Share out the scores of a fitted head; None where it has no regression.

        Parameters
        ----------
        shares : sequence of array of shape (n_rows, n_features) or None
            One for each view; see `classifier.features.feature_views.ViewMaker.share_out`.
        """
        if not head.view_classifiers:
            return None
        # The last weight is that of the definitions; neither they nor the nearest outcomes can be attributed.
        linear = [
            (weight, rows, *_slopes(regressions, head.task_type))
            for weight, rows, view_classifiers in zip(
                head.pool.weights_[:-1], shares, head.view_classifiers, strict=True
            )
            if rows is not None
            and (regressions := [item for item in view_classifiers if isinstance(item, LinearClassifier)])
        ]
        if not linear:
            return None
        return cls(
            head=head,
            added=sum(weight * np.asarray(rows @ slopes.T.astype(np.float64)) for weight, rows, slopes, _ in linear),
            base=head.pool.offsets_ + sum(weight * intercepts for weight, _, _, intercepts in linear),
            accounted=float(sum(weight for weight, *_ in linear) / (head.pool.weights_.sum() or 1.0)),
        )

    def attribute(self, rows: slice, code: int, confidences: FloatArray) -> LogOddsAttribution | None:
        """Attribute the log-odds of a code for one story to its sentences.

        Where codes exclude each other, it is ahead of the others' mean, each counted by its confidence:
        the direction in which its log-odds grow. Where codes are independent, it is ahead of not being given.

        Parameters
        ----------
        rows : slice
            The rows of the story; see `StoryShares.rows_of`.
        code : int
            The place of the code among all codes of the field.
        confidences : ndarray of shape (n_codes,)

        Returns
        -------
        LogOddsAttribution or None
            None where the code has no examples.
        """
        trained_codes = self.head.trained_codes
        place = int(np.searchsorted(trained_codes, code))
        if place == len(trained_codes) or trained_codes[place] != code:
            return None
        contrast = np.zeros(len(trained_codes))
        if self.head.task_type is TaskType.MULTICLASS:
            contrast -= confidences[trained_codes]
            contrast[place] = 0.0
            contrast /= -contrast.sum()
        contrast[place] = 1.0
        added = self.added[rows] @ contrast
        return LogOddsAttribution(sentences=added[:-1], rest=float(added[-1]), base=float(self.base @ contrast))


def share_stories(
    outcomes: Sequence[Outcome],
    parts: Sequence[StoryPart],
    sources: CachedEncoders,
    *,
    is_apart: bool = True,
    progress: ProgressCallback = ignore_progress,
) -> StoryShares:
    """Cut stories into sentences and embed them by sentence; outcomes without a story are left out.

    The parts of a story are those of the codebook that the harvest was read with. For `is_apart` see
    `StoryFeatures.of`.
    """
    stories = [outcome.story for outcome in outcomes if not outcome.story.is_blank]
    cuts = [cut_story(story, parts) for story in stories]
    return StoryShares.of(stories, cuts, sources, is_apart=is_apart, progress=progress)


def explain_outcomes(
    outcomes: Sequence[Outcome],
    suggested: Sequence[Mapping[str, FieldSuggestion]],
    shares: StoryShares,
    fingerprints: Fingerprints,
    is_cross_lingual: Sequence[bool],
    *,
    model: Model,
    fields: Sequence[CodeField],
) -> list[dict[str, FieldSuggestion]]:
    """Add reasons to suggestions of outcomes with a story: the shares of sentences, and the nearest coded outcomes.

    Suggestions (by field), shares (by `share_stories`), fingerprints, and whether the cross-lingual heads suggested
    codes, are of the same outcomes, in their order.
    """
    if not outcomes:
        return []
    views = model.views.share_out(shares)
    shared = {(field.name, False): _shared_heads(model.fields[field.name], views) for field in fields}
    if any(is_cross_lingual):
        for field in fields:
            shared[field.name, True] = _shared_heads(model.fields[field.name].cross_lingual, views)
    trained_ids = model.manifest.fragment_ids  # collected from the files each time
    explained = zip(
        outcomes,
        suggested,
        shares.cuts,
        shares.rows_of(),
        is_cross_lingual,
        ranked_by_similarity(fingerprints, model.fingerprints),
        strict=True,
    )
    return [
        {
            field.name: replace(
                by_field[field.name],
                reasons=tuple(_reasons(field, by_field[field.name], shared[field.name, is_other], cut, rows)),
                nearest=_nearest(field, outcome.fragment_id, near, trained_ids, model),
            )
            for field in fields
        }
        for outcome, by_field, cut, rows, is_other, near in explained
    ]


def _shared_heads(
    heads: FieldModel | CrossLingualField | None, views: Sequence[Matrix | None]
) -> tuple[SharedHead | None, SharedHead | None]:
    """Share out the scores of the main head of a field, and of its multilabel head."""
    if heads is None:
        return None, None
    multilabel = None if heads.multilabel is None else SharedHead.of(heads.multilabel, views)
    return SharedHead.of(heads.main, views), multilabel


def _slopes(regressions: Sequence[LinearClassifier], task_type: TaskType) -> tuple[FloatArray, FloatArray]:
    """Return the slopes and intercepts of a view's codes; of two codes that exclude each other, the first is 0."""
    slopes = np.concatenate([regression.coefficients for regression in regressions])
    intercepts = np.concatenate([regression.intercepts for regression in regressions])
    if task_type is TaskType.MULTICLASS and len(slopes) == 1:
        return np.concatenate([np.zeros_like(slopes), slopes]), np.concatenate([[0.0], intercepts])
    return slopes, intercepts


def _reasons(
    field: CodeField,
    suggestion: FieldSuggestion,
    shared: tuple[SharedHead | None, SharedHead | None],
    cut: CutStory,
    rows: slice,
) -> Iterator[Reason]:
    codes = field.code_names
    confidence = {candidate.code: candidate.confidence for candidate in suggestion.candidates}
    confidences = np.array([confidence[code] for code in codes])
    main, multilabel = shared
    for place, code in enumerate(suggestion.suggested):
        # The first code is the one that the main head finds likeliest, any further one that of its own.
        head = main if place == 0 else multilabel
        attribution = None if head is None else head.attribute(rows, codes.index(code), confidences)
        if head is not None and attribution is not None:
            yield _reason(field, code, attribution, cut, head.accounted)


def _reason(field: CodeField, code: str, attribution: LogOddsAttribution, cut: CutStory, accounted: float) -> Reason:
    in_favour = float(attribution.sentences.clip(min=0.0).sum())
    shares = attribution.sentences / (in_favour or 1.0)
    parts: dict[str, float] = {}
    for sentence, share in zip(cut.sentences, shares, strict=True):
        if share > 0:
            parts[sentence.part] = parts.get(sentence.part, 0.0) + float(share)
    order = np.argsort(-shares, kind="stable")
    return Reason(
        code=code,
        definition=next(known.definition for known in field.codes if known.code == code),
        sentences=tuple(
            SentenceShare(text=cut.sentences[place].text, part=cut.sentences[place].part, share=float(shares[place]))
            for place in order
            if abs(shares[place]) >= _LEAST_SHARE and in_favour
        ),
        parts=dict(sorted(parts.items(), key=lambda item: -item[1])),
        lead=attribution.total,
        lead_by_sentences=float(attribution.sentences.sum()),
        accounted=accounted,
    )


def _nearest(
    field: CodeField,
    fragment_id: str,
    near: tuple[npt.NDArray[np.intp], FloatArray],
    trained_ids: Sequence[str],
    model: Model,
) -> tuple[Neighbour, ...]:
    """Return the nearest outcomes trained on that are coded in a field, other than the outcome itself."""
    found: list[Neighbour] = []
    for row, similarity in zip(*near, strict=True):
        codes = model.codes_given(field, row)
        other_id = trained_ids[row]
        if codes and other_id != fragment_id:
            found.append(Neighbour(fragment_id=other_id, codes=codes, similarity=float(similarity)))
            if len(found) == _N_NEAREST:
                break
    return tuple(found)
