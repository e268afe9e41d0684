from __future__ import annotations

from dataclasses import replace

import numpy as np

from classifier.evaluation.predictions import join_predictions
from tests.support.predictions import field_predictions, predictions

ROWS = [("Local", "Local", 0.95), ("National", "Local", 0.6), ("Regional", "Regional", 0.8)]


def test_codings_are_of_coders_and_suggestions() -> None:
    assert field_predictions(ROWS).codings().codes[1] == (("National",), ("Local",))


def test_codings_are_of_coders_and_a_baseline_too() -> None:
    assert field_predictions(ROWS).codings("commonest code").codes[2] == (("Regional",), ("Local",))


def test_right_is_what_coders_agreed_on() -> None:
    assert field_predictions(ROWS).is_right.tolist() == [True, False, True]


def test_some_outcomes_keep_what_was_suggested_for_them() -> None:
    assert field_predictions(ROWS).of(np.array([False, True, True])).suggested == (("Local",), ("Regional",))


def test_some_of_the_predictions_number_their_outcomes_anew() -> None:
    part = predictions(ROWS).of(np.array([False, True, True]))
    assert (part.outcomes[0].fragment_id, part.fields["scale"].rows.tolist()) == ("A/1", [0, 1])


def test_outcome_not_tested_in_a_field_has_no_codes_there() -> None:
    whole = predictions(ROWS)
    without_first = {"scale": whole.fields["scale"].of(np.array([False, True, True]))}
    assert replace(whole, fields=without_first).codings("scale").codes[0] == ((), ())


def test_joined_predictions_keep_their_outcomes_apart() -> None:
    joined = join_predictions([predictions(ROWS), predictions(ROWS[:1])])
    assert joined.fields["scale"].rows.tolist() == [0, 1, 2, 3]


def test_near_duplicates_of_joined_predictions_stay_apart() -> None:
    assert join_predictions([predictions(ROWS), predictions(ROWS[:1])]).groups.tolist() == [0, 1, 2, 3]
