"""Notes on training: codes with few examples, and near-duplicates coded differently."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt

from classifier.codebook.schema import Codebook, CodeField
from classifier.harvest.outcome import Outcome
from classifier.languages import Message, WrittenLater, compact_percentage, joined, lazy_gettext, lazy_ngettext
from classifier.model.conformal import MIN_CALIBRATED, MIN_EXAMPLES, confirm_threshold
from classifier.model.model import FieldModel, Model
from classifier.model.pool_choice import views_used
from classifier.model.targets import DEFAULT_PRECISION

_MOST_LISTED = 10  # conflicts; more would hide the other notes


def model_notes(model: Model) -> Iterator[Message]:
    """Note the codes of each field that few outcomes have, and what follows from it."""
    for field in model.codebook.fields:
        for note in _field_notes(field, model.n_examples(field), model.fields[field.name]):
            yield lazy_gettext("{field}: {note}", field=field.heading, note=note)


def not_trained_on(n: int) -> Iterator[Message]:
    """Note how many outcomes lack a text or a code, so that the model was not trained on them."""
    if n:
        yield lazy_ngettext(
            "{n} outcome without a text or a code, not used for training",
            "{n} outcomes without a text or a code, not used for training",
            n,
        )


def _field_notes(field: CodeField, counts: dict[str, int], model: FieldModel) -> Iterator[Message]:
    n_outcomes = model.main.n_outcomes
    missing = [code for code, count in counts.items() if count == 0]
    rare = [f"{code!r} ({count})" for code, count in counts.items() if 0 < count < MIN_EXAMPLES]
    if not n_outcomes:
        yield lazy_gettext(
            "no coded outcome to train on; codes are suggested by definition only, with no calibrated confidence and "
            "none to `confirm`"
        )
        return
    if model.has_one_coding:
        yield lazy_ngettext(
            "{n} coded outcome, {same}: nothing to distinguish; every outcome goes to `code afresh`",
            "{n} coded outcomes, {same}: nothing to distinguish; every outcome goes to `code afresh`",
            n_outcomes,
            same=_what_is_the_same(field, model),
        )
        return
    if missing:
        yield lazy_gettext(
            "no example of {codes}; suggested by definition only", codes=joined(", ", map(repr, missing))
        )
    if rare:
        yield lazy_gettext(
            "fewer than {least} examples of {codes}; a candidate, but never one to `confirm`",
            least=MIN_EXAMPLES,
            codes=joined(", ", rare),
        )
    if len(model.calibration_scores.agreed_confidence) < MIN_CALIBRATED:
        yield lazy_ngettext(
            "{n} coded outcome is too few to work out which codes remain possible; the best few are shown",
            "{n} coded outcomes are too few to work out which codes remain possible; the best few are shown",
            n_outcomes,
        )
    head = model.main if model.multilabel is None else model.multilabel
    if head.view_classifiers and (used := views_used(head.pool.weights_)):
        yield lazy_gettext("suggested from {views} only, which agree best with coders on outcomes held out", views=used)
    if reason := _why_none_to_confirm(model, n_outcomes):
        yield lazy_gettext("{reason}, so no suggestion will be to `confirm`", reason=reason)


def _why_none_to_confirm(model: FieldModel, n_outcomes: int) -> str:
    """Say why no confidence reaches the default target of suggestions to confirm; nothing where one does."""
    scores, target = model.calibration_scores, DEFAULT_PRECISION
    if confirm_threshold(scores.joint_confidence, scores.right, precision=target) < math.inf:
        return ""
    all_right = np.ones_like(scores.right)
    if confirm_threshold(scores.joint_confidence, all_right, precision=target) == math.inf:
        return lazy_ngettext(
            "{n} coded outcome, too few to know which suggestions can be confirmed",
            "{n} coded outcomes, too few to know which suggestions can be confirmed",
            n_outcomes,
        )
    return lazy_gettext(
        "on outcomes held out, even the most confident suggestions were not right often enough for the target of "
        "{target}",
        target=WrittenLater(partial(compact_percentage, target)),
    )


def _what_is_the_same(field: CodeField, model: FieldModel) -> Message:
    if model.multilabel is not None and len(model.multilabel.trained_codes):
        return lazy_gettext(
            "the first code of all of them {code!r}", code=field.code_names[model.main.trained_codes[0]]
        )
    same = model.main.trained_codes if model.multilabel is None else model.multilabel.always
    return lazy_gettext("all of them {codes!r}", codes="; ".join(field.code_names[place] for place in same))


def conflict_notes(pairs: Sequence[tuple[Outcome, Outcome]], codebook: Codebook) -> Iterator[Message]:
    """Note near-duplicates that are coded differently, the first ten in full."""
    conflicts = list(_conflicts(pairs, codebook))
    yield from conflicts[:_MOST_LISTED]
    if n_more := len(conflicts[_MOST_LISTED:]):
        yield lazy_ngettext("and {n} more such pair", "and {n} more such pairs", n_more)


def _conflicts(pairs: Sequence[tuple[Outcome, Outcome]], codebook: Codebook) -> Iterator[Message]:
    for later, earlier in pairs:
        differences = []
        for field in codebook.fields:
            ours, theirs = later.codes.get(field.name), earlier.codes.get(field.name)
            if ours and theirs and set(ours) != set(theirs):
                codes = {"first": "; ".join(ours), "second": "; ".join(theirs)}
                differences.append(lazy_gettext("{field} {first!r} and {second!r}", field=field.heading, **codes))
        if differences:
            yield lazy_gettext(
                "{later} and {earlier} seem to report the same change, but are coded {differences}; both were used for "
                "training",
                later=later.fragment_id,
                earlier=earlier.fragment_id,
                differences=joined(", ", differences),
            )


def duplicate_ids(outcomes: Sequence[Outcome], groups: npt.NDArray[np.intp]) -> tuple[tuple[str, ...], ...]:
    """IDs of the outcomes in each group of near-duplicates."""
    return tuple(
        tuple(outcomes[int(row)].fragment_id for row in np.flatnonzero(groups == number))
        for number in np.flatnonzero(np.bincount(groups) > 1)
    )
