"""Prediction of the codes of outcomes, and suggestions by the thresholds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from classifier._types import FloatArray
from classifier.codebook.schema import CodeField
from classifier.features.embedding_cache import CachedEncoders
from classifier.features.near_duplicates import Fingerprints
from classifier.features.story_features import StoryFeatures
from classifier.harvest.outcome import Outcome
from classifier.model.conformal import MIN_EXAMPLES, smallest_set
from classifier.model.model import Judgement, Model, judge
from classifier.suggestion.flags import InputCheck, check_inputs
from classifier.suggestion.model_checks import check_encoders
from classifier.suggestion.triage import MOST_CHOICES, route
from classifier.suggestion.types import Candidate, FieldSuggestion

_DECIMALS = 4  # of a confidence; more would be noise


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedField:
    """Predictions for outcomes in one field."""

    judged: Judgement
    defined: FloatArray  # shape (n_outcomes, n_codes): probability of each code by its definition
    repeats: tuple[str | None, ...]  # the FragmentIDs of coded near-duplicates whose codes were used as a prior


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Predictions for outcomes by field, their input checks and fingerprints."""

    input_checks: tuple[InputCheck, ...]
    fingerprints: Fingerprints
    fields: Mapping[str, JudgedField]


def judge_outcomes(
    outcomes: Sequence[Outcome],
    *,
    model: Model,
    sources: CachedEncoders,
    fields: Sequence[CodeField],
) -> Judged:
    """Predict the codes of outcomes that have a story, with the encoders that the model was trained with."""
    check_encoders(sources, model)
    stories = [outcome.story for outcome in outcomes]
    features = StoryFeatures.of(stories, sources, is_apart=model.manifest.reads_apart) if outcomes else None
    return judge_features(outcomes, features, model=model, fields=fields)


def judge_features(
    outcomes: Sequence[Outcome], features: StoryFeatures | None, *, model: Model, fields: Sequence[CodeField]
) -> Judged:
    """Predict the codes of outcomes by the features of their stories, None where there is no outcome."""
    if features is None or not outcomes:
        nothing = {}
        for field in fields:
            none = np.zeros((0, len(field.codes)))
            nothing[field.name] = JudgedField(judged=judge(none, None), defined=none, repeats=())
        return Judged(input_checks=(), fingerprints=model.fingerprints[:0], fields=nothing)
    fingerprints = model.fingerprinter.transform(features)
    input_checks = tuple(check_inputs(outcomes, features, fingerprints, model))
    views = model.views.transform(features, fingerprints)
    languages = [input_check.cross_lingual for input_check in input_checks]
    trained_ids = model.manifest.fragment_ids
    judged = {}
    for field in fields:
        defined = model.fields[field.name].definitions.probabilities(features)
        earlier = model.codes_of_duplicates(field, [input_check.earlier for input_check in input_checks])
        judged[field.name] = JudgedField(
            judged=model.fields[field.name].judge(views, defined, earlier, languages),
            defined=defined,
            repeats=tuple(
                trained_ids[input_check.earlier] if input_check.earlier is not None and given.any() else None
                for input_check, given in zip(input_checks, earlier, strict=True)
            ),
        )
    return Judged(input_checks=input_checks, fingerprints=fingerprints, fields=judged)


def suggest_field(
    field: CodeField,
    judged: Judgement,
    defined: FloatArray,
    input_checks: Sequence[InputCheck],
    *,
    coverage: float,
    set_at: FloatArray | None,
    confirm_at: float,
    n_examples: Mapping[str, int],
    repeats: Sequence[str | None],
) -> Iterator[FieldSuggestion]:
    """Suggest codes of one field by its predictions: codes to enter, prediction set and route.

    The thresholds are those of `set_thresholds`, of shape (n_codes,), and of
    `classifier.model.conformal.confirm_threshold`. Cross-lingual predictions have no outcomes to set thresholds by,
    and their prediction sets go by confidence alone. What is suggested is in every set.
    """
    codes = field.code_names
    # Equal confidences keep the codebook's order, so that a run can be repeated.
    orders = np.argsort(-judged.main, axis=1, kind="stable").tolist()
    shown = rounded_confidences(judged.main).tolist()
    is_suggested, applies = judged.suggested.tolist(), judged.applies.tolist()
    likeliest = defined.argmax(axis=1).tolist()
    least = None if set_at is None else set_at.tolist()
    is_sure = (judged.joint_confidence >= confirm_at).tolist()
    for row, input_check in enumerate(input_checks):
        order = orders[row]
        suggested = tuple(codes[place] for place in order if is_suggested[row][place])
        if least is None:
            fitting = order[: min(MOST_CHOICES, len(codes) - 1)]
        elif input_check.is_cross_lingual:
            fitting = list(smallest_set(judged.applies[row], coverage=coverage))
        else:
            # A code that no outcome was given yet is not impossible: its definition may fit better than any other.
            best = likeliest[row]
            is_new = n_examples[codes[best]] == 0
            fitting = [place for place in order if applies[row][place] >= least[place] or (is_new and place == best)]
        # Thresholds differ by code, and one given to outcomes that hardly say so enters sets at a low confidence, where
        # one that is suggested may be below its own. A set that holds more is right at least as often.
        prediction_set = tuple(codes[place] for place in order if place in fitting or is_suggested[row][place])
        is_known = all(n_examples[code] >= MIN_EXAMPLES for code in suggested)
        yield FieldSuggestion(
            suggested=suggested,
            candidates=tuple(Candidate(code=codes[place], confidence=shown[row][place]) for place in order),
            prediction_set=prediction_set,
            route=route(
                prediction_set,
                suggested,
                n_codes=len(codes),
                is_any_fitting=bool(fitting),
                is_sure=is_sure[row] and is_known and input_check.is_known,
                can_be_judged=input_check.can_be_judged,
            ),
            repeats=repeats[row],
            by_definition=tuple(code for code in prediction_set if n_examples[code] == 0),
        )


def rounded_confidences(confidences: FloatArray) -> FloatArray:
    """Round confidences to what is shown, which is never 0 or 1."""
    step = 10.0**-_DECIMALS
    rounded: FloatArray = np.clip(np.round(confidences, _DECIMALS), step, 1 - step)
    return rounded
