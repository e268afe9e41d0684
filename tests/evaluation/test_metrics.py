from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from classifier.agreement.codings import Codings, FieldCodings
from classifier.evaluation.metrics import Evaluation, evaluate
from classifier.evaluation.predictions import OURS
from tests.support.predictions import SCALE, Row, predictions

# Of 60 outcomes 48 right: 40 of the 44 that are sure, 8 of the 16 that are not.
ROWS: list[Row] = [
    *[("Local", "Local", 0.95)] * 22,
    *[("National", "National", 0.95)] * 18,
    *[("National", "Local", 0.95)] * 4,
    *[("Regional", "Regional", 0.6)] * 8,
    *[("Local", "Regional", 0.6)] * 8,
]


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    return evaluate(predictions(ROWS, country=("Mali",) * 40 + ("Niger",) * 20))


def test_baselines_are_evaluated_too(evaluation: Evaluation) -> None:
    assert list(evaluation.mean_kappa) == [OURS, "commonest code"]


def test_commonest_code_agrees_no_more_than_chance(evaluation: Evaluation) -> None:
    assert evaluation.mean_kappa["commonest code"].value == 0.0


def test_share_confirmed_that_was_right(evaluation: Evaluation) -> None:
    confirmed = evaluation.fields["scale"].confirmed
    assert (float(confirmed.n_outcomes), confirmed.value) == pytest.approx((44, 40 / 44))


def test_precision_of_all_is_the_share_right(evaluation: Evaluation) -> None:
    field = evaluation.fields["scale"]
    assert (field.kept[-1], field.precision[-1]) == (1.0, pytest.approx(48 / 60))


def test_outcomes_of_equal_confidence_are_kept_together(evaluation: Evaluation) -> None:
    assert evaluation.fields["scale"].kept.tolist() == [pytest.approx(44 / 60), 1.0]


def test_sets_are_counted_by_the_codes_in_them(evaluation: Evaluation) -> None:
    # At 0.95 only the suggested code stays possible, at 0.6 the two others have 0.2 each.
    assert evaluation.fields["scale"].sets[0.9].n_codes == pytest.approx((44 * 1 + 16 * 3) / 60)


def test_agreed_codes_in_their_sets_are_counted(evaluation: Evaluation) -> None:
    assert evaluation.fields["scale"].sets[0.9].covered.value == pytest.approx(56 / 60)


def test_counts_are_of_coders_and_of_suggestions(evaluation: Evaluation) -> None:
    assert [(count.n_coders, count.n_suggested) for count in evaluation.fields["scale"].counts] == [
        (30, 26),
        (22, 18),
        (8, 16),
    ]


def test_part_with_few_outcomes_is_too_few_to_say(evaluation: Evaluation) -> None:
    assert {part.value: part.is_enough for part in evaluation.slices if part.by == "country"} == {
        "Mali": True,
        "Niger": False,
    }


def test_figures_without_repeats_leave_out_those_named() -> None:
    whole = predictions(ROWS)
    evaluation = evaluate(replace(whole, repeats={"A/0": "B/1", "A/1": "B/2"}))
    assert evaluation.new_only[OURS].n_outcomes == 58


def test_no_outcome_repeats_another_where_none_is_known_to(evaluation: Evaluation) -> None:
    assert evaluation.new_only == {}


# Coders


def coders(ids: list[str], codes: list[tuple[str, str]]) -> Codings:
    pairs = tuple(((first,), (second,)) for first, second in codes)
    field = FieldCodings(field=SCALE, coders=("ana", "ben"), codes=pairs)
    return Codings(coders=("ana", "ben"), harvests=(), fragment_ids=tuple(ids), fields={"scale": field}, notes=())


def test_ceiling_is_of_the_outcomes_that_both_coders_coded() -> None:
    evaluation = evaluate(predictions(ROWS), coders=coders(["A/1", "A/0", "X/9"], [("Local", "Local")] * 3))
    assert evaluation.ceiling is not None
    assert evaluation.ceiling.n_outcomes == 2


def test_suggestions_are_compared_with_each_coder_by_the_ids_of_outcomes() -> None:
    ids = [f"A/{place}" for place in reversed(range(60))]
    codes = [(suggested, suggested) for _, suggested, _ in reversed(ROWS)]
    evaluation = evaluate(predictions(ROWS), coders=coders(ids, codes))
    assert evaluation.ceiling is not None
    assert evaluation.ceiling.shares["scale"].main.suggestions.value == 1.0


def test_what_one_coder_alone_coded_counts_towards_chance_in_the_ceiling() -> None:
    codes = (("Local", "Local", "Local"), ("National", "National", ""), ("Local", "National", ""), ("Local", "", ""))
    field = FieldCodings(
        field=SCALE,
        coders=("ana", "ben", "chi"),
        codes=tuple(tuple((code,) if code else () for code in row) for row in codes),
    )
    three = replace(coders(["A/0", "A/1", "A/2", "A/3"], []), coders=field.coders, fields={"scale": field})
    evaluation = evaluate(predictions(ROWS), coders=three)
    assert evaluation.ceiling is not None
    # Alike 1, 1 and 0 of 3 outcomes; Local is 1, 0, 1/2 and 1 of the codes of 4 outcomes, so that chance is 17/32.
    assert evaluation.ceiling.coders["scale"].kappa.value == pytest.approx((2 / 3 - 17 / 32) / (1 - 17 / 32))


def test_coders_of_other_outcomes_are_no_ceiling() -> None:
    assert evaluate(predictions(ROWS), coders=coders(["X/9"], [("Local", "Local")])).ceiling is None


def test_confidence_of_all_fields_is_judged_together(evaluation: Evaluation) -> None:
    assert evaluation.reliability.n_outcomes == 60


def test_weakest_field_is_the_one_with_the_lowest_kappa() -> None:
    whole = predictions(ROWS)
    better = replace(whole.fields["scale"], suggested=whole.fields["scale"].agreed)
    both = evaluate(replace(whole, fields={"better": better, "scale": whole.fields["scale"]}))
    assert both.weakest is both.fields["scale"]


def test_draws_are_the_same_for_the_same_seed() -> None:
    first, again = (evaluate(predictions(ROWS), seed=4).mean_kappa[OURS] for _ in range(2))
    assert first == again


def test_bins_hold_all_suggestions(evaluation: Evaluation) -> None:
    assert sum(found.right.n_outcomes for found in evaluation.fields["scale"].bins) == 60
    assert np.isclose(evaluation.fields["scale"].bins[0].confidence, 0.6)


def test_texts_in_the_country_column_are_no_parts() -> None:
    stories = tuple(
        f"Amina was freed in town {place} after the council had met with her family." for place in range(60)
    )
    evaluation = evaluate(predictions(ROWS, country=stories))
    assert "country" not in {part.by for part in evaluation.slices}


def test_where_all_have_one_code_no_field_is_the_weakest() -> None:
    assert evaluate(predictions([("Local", "Local", 0.9)] * 40)).weakest is None
