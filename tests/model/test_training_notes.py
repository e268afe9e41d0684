from __future__ import annotations

from copy import copy
from dataclasses import replace

import numpy as np

from classifier.model.model import Model
from classifier.model.training_notes import model_notes


def notes_on_scale(model: Model, *, n_outcomes: int, share_right: float) -> list[str]:
    """Return the notes on one field if so many outcomes were held out, and a share of them judged right."""
    field = model.fields["scale"]
    scores = replace(
        field.calibration_scores,
        joint_confidence=np.linspace(0.99, 0.5, n_outcomes),
        right=np.arange(n_outcomes) % 10 < share_right * 10,
    )
    changed = replace(model, fields={**model.fields, "scale": replace(field, calibration_scores=scores)})
    return [note for note in model_notes(changed) if note.startswith("Scale: ") and "no suggestion will be" in note]


def test_nothing_to_confirm_is_put_down_to_suggestions_that_were_wrong(model: Model) -> None:
    assert notes_on_scale(model, n_outcomes=200, share_right=0.8) == [
        "Scale: on outcomes held out, even the most confident suggestions were not right often enough for the target "
        "of 95%, so no suggestion will be to `confirm`"
    ]


def test_nothing_to_confirm_is_put_down_to_few_outcomes(model: Model) -> None:
    (note,) = notes_on_scale(model, n_outcomes=25, share_right=1.0)
    assert note.endswith(
        "coded outcomes, too few to know which suggestions can be confirmed, so no suggestion will be to `confirm`"
    )


def test_field_with_suggestions_to_confirm_has_no_such_note(model: Model) -> None:
    assert notes_on_scale(model, n_outcomes=200, share_right=1.0) == []


def test_a_field_that_is_suggested_from_words_alone_is_reported(model: Model) -> None:
    scale = model.fields["scale"]
    pool = copy(scale.main.pool)
    pool.weights_ = np.where(np.arange(len(pool.weights_)) == 1, 1.0, 0.0)
    words_only = replace(model, fields={**model.fields, "scale": replace(scale, main=replace(scale.main, pool=pool))})
    assert (
        "Scale: suggested from the words of the whole story only, which agree best with coders on outcomes held out"
        in [str(note) for note in model_notes(words_only)]
    )
