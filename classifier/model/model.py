"""A trained model: heads and calibration scores of each field, and the outcomes it was trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from classifier._types import FloatArray
from classifier.codebook.schema import Codebook, CodeField
from classifier.errors import ModelError
from classifier.features.fast_views import FastViewMaker
from classifier.features.feature_views import ViewMaker
from classifier.features.near_duplicates import Fingerprinter, Fingerprints
from classifier.features.registry import languages_read
from classifier.features.static_embeddings import StaticTable
from classifier.features.story_features import Meaning
from classifier.features.tfidf import Matrix
from classifier.model.cooccurrence import Combinations
from classifier.model.cross_lingual import MIN_STORIES, CrossLingual, CrossLingualField, is_cross_lingual
from classifier.model.duplicate_prior import apply_duplicate_prior
from classifier.model.f1_threshold import DEFAULT_THRESHOLD
from classifier.model.heads import Head
from classifier.model.manifest import Manifest
from classifier.model.task import TaskType
from classifier.model.zero_shot import Definitions

Given = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Confidence in the codes of one field, and the codes suggested, for n outcomes.

    Attributes
    ----------
    main : ndarray of shape (n_outcomes, n_codes)
        Confidence that a code is the only one, or the main one of several.
    applies : ndarray of shape (n_outcomes, n_codes)
        Confidence that a code was given at all; the same as `main` in a single field.
    suggested : ndarray of shape (n_outcomes, n_codes), bool
        The codes that would be entered.
    joint_confidence : ndarray of shape (n_outcomes,)
        Confidence that exactly the suggested codes are right.
    """

    main: FloatArray
    applies: FloatArray
    suggested: npt.NDArray[np.bool_]
    joint_confidence: FloatArray

    def of(self, chosen: npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> Judgement:
        """Return those of some of the outcomes."""
        return Judgement(
            main=self.main[chosen],
            applies=self.applies[chosen],
            suggested=self.suggested[chosen],
            joint_confidence=self.joint_confidence[chosen],
        )


def judge(main: FloatArray, applies: FloatArray | None, *, threshold: float = DEFAULT_THRESHOLD) -> Judgement:
    """Suggested codes and joint confidence, from the confidence in each code.

    Parameters
    ----------
    main : ndarray of shape (n_outcomes, n_codes)
    applies : ndarray of shape (n_outcomes, n_codes) or None
        None for a single field.
    threshold : float
        Confidence from which a code of a multiple field is suggested beside the main one.

    Examples
    --------
    >>> judge(np.array([[0.7, 0.2, 0.1]]), np.array([[0.9, 0.6, 0.1]])).suggested
    array([[ True,  True, False]])
    """
    best = np.eye(main.shape[1], dtype=np.bool_)[main.argmax(axis=1)]
    if applies is None:
        return Judgement(main=main, applies=main, suggested=best, joint_confidence=main.max(axis=1))
    suggested = best | (applies >= threshold)
    joint_confidence = np.where(suggested, applies, 1 - applies).prod(axis=1)
    return Judgement(main=main, applies=applies, suggested=suggested, joint_confidence=joint_confidence)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationScores:
    """Out-of-fold confidence and agreed codes, which thresholds are set by.

    Attributes
    ----------
    agreed_confidence, agreed_code : ndarray of shape (n_codings,)
        Confidence in each code that coders gave, and the place of that code.
    joint_confidence, right : ndarray of shape (n_outcomes,)
        Joint confidence in the suggested codes, and whether they were right.
    """

    agreed_confidence: FloatArray
    agreed_code: npt.NDArray[np.intp]
    joint_confidence: FloatArray
    right: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, judged: Judgement, agreed: npt.NDArray[np.bool_]) -> CalibrationScores:
        """Score judgements against the codes agreed on, of shape (n_outcomes, n_codes)."""
        return cls(
            agreed_confidence=judged.applies[agreed],
            agreed_code=np.nonzero(agreed)[1],
            joint_confidence=judged.joint_confidence,
            right=(judged.suggested == agreed).all(axis=1),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldModel:
    """The heads of one field, `multilabel` being None in a single one, and the definitions of its codes."""

    main: Head
    multilabel: Head | None
    calibration_scores: CalibrationScores
    definitions: Definitions
    f1_threshold: (
        float  # from which confidence codes are suggested beside the main one; see `classifier.model.f1_threshold`
    )
    duplicate_weight: float  # weight of the codes of a near-duplicate; see `classifier.model.duplicate_prior`
    cross_lingual: CrossLingualField | None = None  # for stories in other languages

    @property
    def has_one_coding(self) -> bool:
        """Whether all outcomes trained on have the same first code, or the same codes."""
        if not self.main.n_outcomes:
            return False
        return len(self.main.trained_codes) < 2 or (
            self.multilabel is not None and not len(self.multilabel.trained_codes)
        )

    def judge(
        self, views: Sequence[Matrix], defined: FloatArray, earlier: Given, languages: Sequence[str | None]
    ) -> Judgement:
        """Confidence in the codes of outcomes.

        Parameters
        ----------
        defined : ndarray of shape (n_outcomes, n_codes)
            Probabilities by the definitions.
        earlier : ndarray of shape (n_outcomes, n_codes)
            The codes of a near-duplicate trained on, as in `Model.given`; all 0 where there is none.
        languages : sequence of str or None
            The language of a story whose codes the cross-lingual heads suggest, else None.
        """
        main = self.main.confidences(views, defined)
        applies = None if self.multilabel is None else self.multilabel.confidences(views, defined)
        rows = np.flatnonzero([language is not None for language in languages])
        if self.cross_lingual is not None and len(rows):
            foreign = [language for language in languages if language is not None]
            main[rows], foreign_applies = self.cross_lingual.confidences(
                [view[rows] for view in views], defined[rows], foreign
            )
            if applies is not None and foreign_applies is not None:
                applies[rows] = foreign_applies
        main = self._with_duplicate_prior(earlier == 1, main, TaskType.MULTICLASS)
        if applies is not None:
            applies = self._with_duplicate_prior(earlier > 0, applies, TaskType.MULTILABEL)
        return judge(main, applies, threshold=self.f1_threshold)

    def _with_duplicate_prior(
        self, earlier: npt.NDArray[np.bool_], confidences: FloatArray, task_type: TaskType
    ) -> FloatArray:
        return apply_duplicate_prior(confidences, earlier, weight=self.duplicate_weight, task_type=task_type)


@dataclass(frozen=True, slots=True, kw_only=True)
class FastModel:
    """Fast model, trained and calibrated on the outcomes and folds of the full one; see `fast_training`.

    Attributes
    ----------
    table : StaticTable
        Vectors of the pieces of words.
    fields : dict of str to FieldModel
        By the name of the field, in the codebook's order.
    centres : ndarray of shape (n_centres, 2 * n_dimensions)
        Mean embeddings, of description and story side by side, of the outcomes with a code; of length 1.
    similarity : ndarray of shape (n_outcomes,)
        Out of fold, how similar the outcomes trained on are to the nearest centre, in rising order.
    outlier_threshold : float
        The similarity below which an outcome is an outlier.
    """

    table: StaticTable
    fields: Mapping[str, FieldModel]
    centres: FloatArray
    similarity: FloatArray
    outlier_threshold: float

    def judge(self, views: Sequence[Matrix], meanings: Sequence[FloatArray]) -> dict[str, tuple[Judgement, FloatArray]]:
        """Judge outcomes by their views and embeddings: by field, confidences and the probabilities by definition."""
        judged = {}
        for name, field in self.fields.items():
            defined = field.definitions.by_meanings([Meaning.of_places(meanings)])
            none = np.zeros(defined.shape, dtype=np.int8)
            judged[name] = field.judge(views, defined, none, [None] * len(defined)), defined
        return judged


def similarity_to_centres(meanings: Sequence[FloatArray], centres: FloatArray) -> FloatArray:
    """Return how similar outcomes are to the nearest centre of a fast model; 1 where there is none."""
    if not len(centres):
        return np.ones(len(meanings[0]))
    result: FloatArray = (description_and_story(meanings) @ centres.T).max(axis=1)
    return result


def description_and_story(meanings: Sequence[FloatArray]) -> FloatArray:
    """Put the embeddings of descriptions and stories side by side, in rows of length 1."""
    both: FloatArray = np.hstack([meanings[0], meanings[1]]).astype(np.float64) * np.sqrt(0.5)
    return both


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A trained model: all that is needed to suggest codes, except the encoders.

    Attributes
    ----------
    fields : dict of str to FieldModel
        By the name of the field, in the codebook's order.
    fingerprints : ndarray of shape (n_outcomes, n_dimensions)
        Fingerprints of the outcomes trained on, in the order of `manifest.fragment_ids`.
    duplicate_threshold : float
        The similarity from which two outcomes are near-duplicates.
    outlier_threshold : float
        The mean similarity to those (`near_duplicates.nearest_similarity`) below which an outcome is an outlier.
    combinations : Combinations
        Which codes they were given together.
    given : dict of str to ndarray of shape (n_outcomes, n_codes)
        Per field, which codes each outcome trained on was given: 0 where a code was not, else its place among
        those that were, the main one 1.
    cross_lingual : CrossLingual or None
        For stories in other languages than most of those trained on; None without multilingual encoder.
    fast : FastModel or None
        None where it was not asked for in training.
    """

    codebook: Codebook
    manifest: Manifest
    views: ViewMaker
    fields: Mapping[str, FieldModel]
    fingerprinter: Fingerprinter
    fingerprints: Fingerprints
    duplicate_threshold: float
    outlier_threshold: float
    combinations: Combinations
    given: Mapping[str, Given]
    cross_lingual: CrossLingual | None = None
    fast: FastModel | None = None

    @property
    def fast_views(self) -> FastViewMaker:
        """What makes the views of the fast model; its words are those of this one."""
        description, story, opening = (view.words_ for view in self.views.lexical)
        return FastViewMaker(table=require_fast(self).table, words=(description, story, opening))

    def judges(self, language: str) -> bool:
        """Whether codes can be suggested for stories in a language.

        An encoder must read it; where its languages are unknown, enough stories in it must have been trained
        on. And where the model was trained on other languages, most or enough of the stories must be in this one, or
        the cross-lingual heads be for it.
        """
        read = [languages_read(encoder.name) for encoder in self.manifest.encoders]
        is_read = any(language in one for one in read) or (not all(read) and self.knows(language))
        commonest = next(iter(self.manifest.languages), language)
        return self.is_cross_lingual(language) or (is_read and (language == commonest or self.knows(language)))

    def is_cross_lingual(self, language: str) -> bool:
        """Whether codes of stories in a language are suggested by the cross-lingual heads."""
        places = () if self.cross_lingual is None else self.cross_lingual.encoders
        names = [self.manifest.encoders[place].name for place in places]
        return is_cross_lingual(language, trained_on=self.manifest.languages, encoders=names)

    def knows(self, language: str) -> bool:
        """Whether the model was trained on enough stories in a language for measured figures to hold for it."""
        return self.manifest.languages.get(language, 0) >= MIN_STORIES

    def n_examples(self, field: CodeField) -> dict[str, int]:
        """Return the number of outcomes trained on, by code of a field."""
        return self.manifest.codes[field.name]

    def codes_of_duplicates(self, field: CodeField, rows: Sequence[int | None]) -> Given:
        """Return the codes of outcomes trained on as in `given`; all 0 where a row is None."""
        codes = np.zeros((len(rows), len(field.codes)), dtype=np.int8)
        for place, row in enumerate(rows):
            if row is not None:
                codes[place] = self.given[field.name][row]
        return codes

    def codes_given(self, field: CodeField, row: int) -> tuple[str, ...]:
        """Return the codes that an outcome trained on was given in a field, the main one first."""
        places = self.given[field.name][row]
        names = self.codebook.field(field.name).code_names
        return tuple(names[code] for code in sorted(np.flatnonzero(places), key=lambda code: places[code]))


def require_fast(model: Model) -> FastModel:
    """Return the fast model that is kept beside a full one.

    Raises
    ------
    ModelError
        If there is none.
    """
    if model.fast is None:
        raise ModelError(
            f"model {model.manifest.name!r} has no fast model beside it; train it again with `train --fast`, or leave "
            "--fast out"
        )
    return model.fast
