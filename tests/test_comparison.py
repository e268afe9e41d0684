from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.agreement import Measure
from classifier.codebook import CodeField
from classifier.codings import FieldCodings
from classifier.comparison import compare, mean_kappa, outcomes_needed
from classifier.resampling import Figure

SCALE = CodeField(
    name="scale",
    column="Scale",
    kind="single",
    codes=[{"code": "Local"}, {"code": "National"}, {"code": "Regional"}],
)
OBJECTIVE = CodeField(
    name="objective", column="Objective", kind="multiple", codes=[{"code": "CIV"}, {"code": "CON"}, {"code": "GEN"}]
)
Row = tuple[str, ...]


def codings_of(rows: Sequence[Row], field: CodeField = SCALE) -> FieldCodings:
    """Take, for each outcome, what each coder gave; several codes have a plus between them, and no code is blank."""
    coders = ("Ana", "Ben", "Chi")[: len(rows[0])]
    codes = tuple(tuple(tuple(cell.split("+")) if cell else () for cell in row) for row in rows)
    return FieldCodings(field=field, coders=coders, codes=codes)


# 60 outcomes: 30 and 20 coded alike, 10 not.
TWO = [("Local", "Local")] * 30 + [("National", "National")] * 20 + [("Local", "National")] * 10


def test_kappa_by_hand() -> None:
    # Alike 50 of 60; by habit 40/60 * 30/60 + 20/60 * 30/60 = 0.5.
    assert compare(codings_of(TWO)).kappa.value == pytest.approx((50 / 60 - 0.5) / 0.5)


def test_interval_holds_the_figure() -> None:
    figure = compare(codings_of(TWO)).kappa
    assert figure.low < figure.value < figure.high


def test_three_coders_have_fleiss_kappa() -> None:
    found = compare(codings_of([(one, other, one) for one, other in TWO]))
    assert list(found.figures)[:2] == [Measure.PERCENT, Measure.FLEISS]


def test_outcome_of_one_coder_is_not_compared() -> None:
    assert compare(codings_of([*TWO, ("Local", "")])).n_outcomes == 60


def test_macro_f1_by_hand() -> None:
    # Local: 2 * 30 / (40 + 30), National: 2 * 20 / (20 + 30); nobody gave Regional.
    assert compare(codings_of(TWO)).figures[Measure.MACRO_F1].value == pytest.approx((6 / 7 + 4 / 5) / 2)


def test_micro_f1_of_one_code_each_is_the_share_coded_alike() -> None:
    assert compare(codings_of(TWO)).figures[Measure.MICRO_F1].value == pytest.approx(50 / 60)


def test_code_has_the_number_of_outcomes_that_anybody_gave_it_to() -> None:
    assert [code.n_outcomes for code in compare(codings_of(TWO)).codes] == [40, 30, 0]


def test_code_is_counted_by_coder() -> None:
    assert compare(codings_of(TWO)).codes[1].n_given == {"Ana": 20, "Ben": 30}


def test_positive_agreement_of_a_code_by_hand() -> None:
    assert compare(codings_of(TWO)).codes[0].figures[Measure.POSITIVE].value == pytest.approx(6 / 7)


def test_code_that_nobody_gave_has_no_figure() -> None:
    assert math.isnan(compare(codings_of(TWO)).codes[2].figures[Measure.POSITIVE].value)


@pytest.mark.parametrize(("n_with", "told"), [(9, "too few to say"), (10, "uncertain"), (29, "uncertain"), (30, "")])
def test_code_of_few_outcomes_is_told_as_such(n_with: int, told: str) -> None:
    found = compare(codings_of([*[("Local", "Local")] * 40, *[("Regional", "Regional")] * n_with]))
    assert found.codes[2].doubt == told


@pytest.mark.parametrize(("n_outcomes", "is_enough"), [(29, False), (30, True)])
def test_field_of_few_outcomes_is_told_as_such(n_outcomes: int, is_enough: bool) -> None:
    assert compare(codings_of(TWO[:n_outcomes])).is_enough == is_enough


def test_near_perfect_agreement_has_no_interval_of_kappa() -> None:
    found = compare(codings_of([*TWO[:50], *TWO[-4:]]))
    assert (found.is_near_perfect, found.kappa.has_interval) == (True, False)


def test_near_perfect_agreement_has_an_exact_interval_of_the_share() -> None:
    # 50 of 50 alike: the lower bound is 0.025 ** (1 / 50).
    assert compare(codings_of(TWO[:50])).figures[Measure.PERCENT].low == pytest.approx(0.025 ** (1 / 50))


def test_five_differences_are_enough_for_an_interval() -> None:
    assert compare(codings_of([*TWO[:50], *TWO[-5:]])).kappa.has_interval


def test_sets_that_share_a_code_count_as_partly_alike() -> None:
    apart = [("CIV", "CIV")] * 20 + [("CON", "CON")] * 20 + [("CIV", "CON")] * 6
    sharing = [*apart[:40], *[("CIV", "CIV+CON")] * 6]
    alphas = [compare(codings_of(rows, OBJECTIVE)).figures[Measure.ALPHA].value for rows in (apart, sharing)]
    assert alphas[0] < alphas[1] < 1


def test_order_of_codes_is_no_difference() -> None:
    assert compare(codings_of([("CIV+GEN", "GEN+CIV")] * 40, OBJECTIVE)).n_differ == 0


def test_near_duplicates_widen_the_interval() -> None:
    alone = compare(codings_of(TWO)).kappa
    in_fives = compare(codings_of(TWO), groups=np.arange(60) // 5).kappa
    assert in_fives.width > alone.width


def test_mean_kappa_is_that_of_the_fields() -> None:
    other = codings_of([("CIV", "CIV")] * 30 + [("CON", "CON")] * 24 + [("CIV", "CON")] * 6, OBJECTIVE)
    figures = [compare(one).kappa.value for one in (codings_of(TWO), other)]
    assert mean_kappa([codings_of(TWO), other]).value == pytest.approx(np.mean(figures))


def test_mean_kappa_leaves_out_fields_with_too_few_outcomes() -> None:
    few = codings_of([*[("CIV", "CON")] * 20, *[("", "")] * 40], OBJECTIVE)
    assert mean_kappa([codings_of(TWO), few]).value == pytest.approx(compare(codings_of(TWO)).kappa.value)


def test_half_the_width_takes_four_times_the_outcomes() -> None:
    figure = Figure(value=0.7, low=0.6, high=0.8, n_outcomes=100)
    assert outcomes_needed(figure, width=0.1) == 400


def test_nothing_tells_how_many_are_needed_where_there_is_no_interval() -> None:
    assert outcomes_needed(Figure(value=1.0, low=math.nan, high=math.nan, n_outcomes=118), width=0.1) is None


@settings(max_examples=20, deadline=None)
@given(rows=st.lists(st.tuples(*[st.sampled_from(SCALE.code_names)] * 2), min_size=5, max_size=40))
def test_coders_may_change_places(rows: list[Row]) -> None:
    found = [compare(codings_of(one)) for one in (rows, [row[::-1] for row in rows])]
    values = [[figure.value for figure in one.figures.values()] for one in found]
    assert values[0] == pytest.approx(values[1], nan_ok=True)


def test_few_differing_main_codes_have_no_interval_of_kappa_whatever_the_sets() -> None:
    rows = [("CIV", "CIV")] * 30 + [("CON", "CON")] * 20 + [("CIV", "CIV+GEN")] * 10
    found = compare(codings_of(rows, OBJECTIVE))
    assert (found.kappa.has_interval, found.figures[Measure.ALPHA].has_interval) == (False, True)


def test_code_that_coders_differ_in_four_times_has_no_interval() -> None:
    found = compare(codings_of([*TWO, *[("Regional", "Regional")] * 20, *[("Regional", "Local")] * 4]))
    assert [code.figures[Measure.POSITIVE].has_interval for code in found.codes] == [True, True, False]


def test_field_of_one_code_is_left_out_of_the_mean() -> None:
    always = codings_of([("CIV", "CIV")] * 60, OBJECTIVE)
    assert mean_kappa([codings_of(TWO), always]).value == pytest.approx(compare(codings_of(TWO)).kappa.value)


def test_field_of_one_code_has_no_kappa() -> None:
    assert not compare(codings_of([("Local", "Local")] * 60)).has_kappa
