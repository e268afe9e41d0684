"""Notes on training: codes with few examples, and near-duplicates coded differently."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from classifier.codebook.schema import Codebook, CodeField
from classifier.harvest.outcome import Outcome
from classifier.model.conformal import MIN_CALIBRATED, MIN_EXAMPLES, confirm_threshold
from classifier.model.model import FieldModel, Model
from classifier.model.pool_choice import views_used
from classifier.model.targets import DEFAULT_PRECISION
from classifier.wording import counted

_BY_DEFINITION = "codes are suggested by definition only, with no calibrated confidence and none to `confirm`"
_MOST_LISTED = 10  # conflicts; more would hide the other notes


def model_notes(model: Model) -> Iterator[str]:
    """Note the codes of each field that few outcomes have, and what follows from it."""
    for field in model.codebook.fields:
        yield from _field_notes(field, model.n_examples(field), model.fields[field.name])


def _field_notes(field: CodeField, counts: dict[str, int], model: FieldModel) -> Iterator[str]:
    column, n_outcomes = field.heading, model.main.n_outcomes
    missing = [code for code, count in counts.items() if count == 0]
    rare = [f"{code!r} ({count})" for code, count in counts.items() if 0 < count < MIN_EXAMPLES]
    if not n_outcomes:
        yield f"{column}: no coded outcome to train on; {_BY_DEFINITION}"
        return
    if model.has_one_coding:
        described = f"{counted(n_outcomes, 'coded outcome')}, {_what_is_the_same(field, model)}: nothing to distinguish"
        yield f"{column}: {described}; every outcome goes to `code afresh`"
        return
    if missing:
        yield f"{column}: no example of {', '.join(map(repr, missing))}; suggested by definition only"
    if rare:
        yield (
            f"{column}: fewer than {MIN_EXAMPLES} examples of {', '.join(rare)}; a candidate, but never one to "
            "`confirm`"
        )
    if len(model.calibration_scores.agreed_confidence) < MIN_CALIBRATED:
        yield (
            f"{column}: {n_outcomes} coded outcomes are too few to work out which codes remain possible; the "
            "best few are shown"
        )
    head = model.main if model.multilabel is None else model.multilabel
    if head.view_classifiers and (used := views_used(head.pool.weights_)):
        yield f"{column}: suggested from {used} only, which agree best with coders on outcomes held out"
    if reason := _why_none_to_confirm(model, n_outcomes):
        yield f"{column}: {reason}, so no suggestion will be to `confirm`"


def _why_none_to_confirm(model: FieldModel, n_outcomes: int) -> str:
    """Say why no confidence reaches the default target of suggestions to confirm; nothing where one does."""
    scores, target = model.calibration_scores, DEFAULT_PRECISION
    if confirm_threshold(scores.joint_confidence, scores.right, precision=target) < math.inf:
        return ""
    all_right = np.ones_like(scores.right)
    if confirm_threshold(scores.joint_confidence, all_right, precision=target) == math.inf:
        return f"{counted(n_outcomes, 'coded outcome')}, too few to know which suggestions can be confirmed"
    return (
        "on outcomes held out, even the most confident suggestions were not right often enough for the target of "
        f"{target:.0%}"
    )


def _what_is_the_same(field: CodeField, model: FieldModel) -> str:
    if model.multilabel is not None and len(model.multilabel.trained_codes):
        return f"the first code of all of them {field.code_names[model.main.trained_codes[0]]!r}"
    same = model.main.trained_codes if model.multilabel is None else model.multilabel.always
    return f"all of them {'; '.join(field.code_names[place] for place in same)!r}"


def conflict_notes(pairs: Sequence[tuple[Outcome, Outcome]], codebook: Codebook) -> Iterator[str]:
    """Note near-duplicates that are coded differently, the first ten in full."""
    conflicts = list(_conflicts(pairs, codebook))
    yield from conflicts[:_MOST_LISTED]
    if len(conflicts) > _MOST_LISTED:
        yield f"and {len(conflicts) - _MOST_LISTED} more such pairs"


def _conflicts(pairs: Sequence[tuple[Outcome, Outcome]], codebook: Codebook) -> Iterator[str]:
    for later, earlier in pairs:
        differences = []
        for field in codebook.fields:
            ours, theirs = later.codes.get(field.name), earlier.codes.get(field.name)
            if ours and theirs and set(ours) != set(theirs):
                differences.append(f"{field.heading} {'; '.join(ours)!r} and {'; '.join(theirs)!r}")
        if differences:
            yield (
                f"{later.fragment_id} and {earlier.fragment_id} seem to report the same change, but are coded "
                f"{', '.join(differences)}; both were used for training"
            )


def duplicate_ids(outcomes: Sequence[Outcome], groups: npt.NDArray[np.intp]) -> tuple[tuple[str, ...], ...]:
    """IDs of the outcomes in each group of near-duplicates."""
    return tuple(
        tuple(outcomes[int(row)].fragment_id for row in np.flatnonzero(groups == number))
        for number in np.flatnonzero(np.bincount(groups) > 1)
    )
