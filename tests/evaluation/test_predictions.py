from __future__ import annotations

from dataclasses import replace

import numpy as np

from classifier.evaluation.predictions import join_trials
from tests.support.trials import field_trial, trial

ROWS = [("Local", "Local", 0.95), ("National", "Local", 0.6), ("Regional", "Regional", 0.8)]


def test_suggestions_stand_beside_what_coders_settled_on() -> None:
    assert field_trial(ROWS).codings().codes[1] == (("National",), ("Local",))


def test_simple_ways_stand_beside_coders_too() -> None:
    assert field_trial(ROWS).codings("commonest code").codes[2] == (("Regional",), ("Local",))


def test_right_is_what_coders_settled_on() -> None:
    assert field_trial(ROWS).is_right.tolist() == [True, False, True]


def test_some_outcomes_keep_what_was_suggested_for_them() -> None:
    assert field_trial(ROWS).of(np.array([False, True, True])).suggested == (("Local",), ("Regional",))


def test_part_of_a_trial_numbers_its_outcomes_anew() -> None:
    part = trial(ROWS).of(np.array([False, True, True]))
    assert (part.outcomes[0].fragment_id, part.fields["scale"].rows.tolist()) == ("A/1", [0, 1])


def test_outcome_not_tried_in_a_field_is_coded_by_nobody_there() -> None:
    whole = trial(ROWS)
    without_first = {"scale": whole.fields["scale"].of(np.array([False, True, True]))}
    assert replace(whole, fields=without_first).codings("scale").codes[0] == ((), ())


def test_joined_trials_keep_their_outcomes_apart() -> None:
    joined = join_trials([trial(ROWS), trial(ROWS[:1])])
    assert joined.fields["scale"].rows.tolist() == [0, 1, 2, 3]


def test_near_duplicates_of_one_trial_are_not_those_of_another() -> None:
    assert join_trials([trial(ROWS), trial(ROWS[:1])]).groups.tolist() == [0, 1, 2, 3]
