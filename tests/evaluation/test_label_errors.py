from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from classifier.agreement.codings import Codings, FieldCodings
from classifier.evaluation import cross_validation
from classifier.evaluation.cross_validation import cross_validate
from classifier.evaluation.label_errors import Cause, confused_pairs, find_disagreements
from classifier.model.training import Trained
from tests.support.predictions import SCALE, Row, only_field, predictions

# Local is usually suggested with 0.9, so one more sure than that, where coders gave National, looks like a slip.
ROWS: list[Row] = [
    *[("Local", "Local", 0.9)] * 10,
    *[("National", "National", 0.8)] * 10,
    ("National", "Local", 0.95),
    ("National", "Local", 0.5),
    ("Regional", "National", 0.6),
]


def coders(*codes: tuple[str, str]) -> Codings:
    pairs = tuple(((first,), (second,)) for first, second in codes)
    field = FieldCodings(field=SCALE, coders=("ana", "ben"), codes=pairs)
    ids = tuple(f"A/{place}" for place in range(len(pairs)))
    return Codings(coders=("ana", "ben"), harvests=(), fragment_ids=ids, fields={"scale": field}, notes=())


def test_disagreements_are_sorted_by_margin() -> None:
    assert [found.fragment_id for found in find_disagreements(predictions(ROWS))] == ["A/20", "A/22", "A/21"]


def test_margin_is_the_difference_to_the_coders_code() -> None:
    # 0.95 for Local, and half of the rest for National.
    assert round(find_disagreements(predictions(ROWS))[0].margin, 3) == round(0.95 - 0.025, 3)


def test_suggestion_as_sure_as_usual_makes_the_label_look_like_a_slip() -> None:
    assert find_disagreements(predictions(ROWS))[0].cause is Cause.LABEL


def test_unsure_suggestion_is_likely_the_models_error() -> None:
    assert find_disagreements(predictions(ROWS))[2].cause is Cause.MODEL


def test_codes_that_coders_confuse_too_are_an_unclear_definition() -> None:
    found = find_disagreements(predictions(ROWS), coders=coders(*[("National", "Local")] * 2))
    assert [disagreement.cause for disagreement in found] == [Cause.DEFINITION, Cause.MODEL, Cause.DEFINITION]


def test_coders_who_differ_once_may_have_slipped() -> None:
    assert confused_pairs(coders(("National", "Local")), "scale") == {}


def test_it_does_not_matter_which_coder_gave_which_of_the_two() -> None:
    found = confused_pairs(coders(("National", "Local"), ("Local", "National")), "scale")
    assert found == {frozenset({"Local", "National"}): 2}


def test_where_all_agree_there_is_no_disagreement() -> None:
    assert find_disagreements(predictions(ROWS[:20])) == ()


def test_turned_labels_are_found_among_the_likely_slips() -> None:
    # A perturbation made for this test: of 200 outcomes that are suggested rightly with 0.9, ten labels are turned.
    turned = range(0, 200, 20)
    rows: list[Row] = [("National" if place in turned else "Local", "Local", 0.9) for place in range(200)]
    rows += [("National", "National", 0.9)] * 100
    slips = [found.fragment_id for found in find_disagreements(predictions(rows)) if found.cause is Cause.LABEL]
    assert sorted(slips) == sorted(f"A/{place}" for place in turned)


def test_random_label_errors_are_found_in_the_sample(trained: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cross_validation, "_with_baselines", lambda fields, *_: fields)  # they take most of the time
    # A seeded perturbation: of 168 social actors of the sample, 12 are replaced by another code.
    whole = cross_validate(only_field(trained, "social_actor"))
    one = whole.fields["social_actor"]
    draw = np.random.default_rng(11)
    turned = draw.permutation(len(one.rows))[:12]
    agreed = list(one.agreed)
    for place in turned:
        others = [code for code in one.field.code_names if code not in agreed[place]]
        agreed[place] = (str(draw.choice(others)),)
    found = find_disagreements(replace(whole, fields={"social_actor": replace(one, agreed=tuple(agreed))}))
    ids = {whole.outcomes[one.rows[place]].fragment_id for place in turned}
    slips = [disagreement.fragment_id for disagreement in found if disagreement.cause is Cause.LABEL]
    by_chance = len(turned) / len(one.rows)
    assert len(ids.intersection(slips)) / len(slips) > 3 * by_chance
    assert len(ids.intersection(slips)) >= 6
