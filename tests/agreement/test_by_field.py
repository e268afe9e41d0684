from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.agreement.bootstrap import Estimate
from classifier.agreement.by_field import compare, mean_kappa, outcomes_needed
from classifier.agreement.codings import FieldCodings
from classifier.agreement.coefficients import Coefficient
from classifier.codebook.schema import CodeField

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
    estimate = compare(codings_of(TWO)).kappa
    assert estimate.low < estimate.value < estimate.high


def test_three_coders_have_fleiss_kappa() -> None:
    found = compare(codings_of([(code, other, code) for code, other in TWO]))
    assert list(found.estimates)[:2] == [Coefficient.PERCENT, Coefficient.FLEISS]


def test_outcome_of_one_coder_is_not_compared() -> None:
    assert compare(codings_of([*TWO, ("Local", "")])).n_outcomes == 60


def test_macro_f1_by_hand() -> None:
    # Local: 2 * 30 / (40 + 30), National: 2 * 20 / (20 + 30); nobody gave Regional.
    assert compare(codings_of(TWO)).estimates[Coefficient.MACRO_F1].value == pytest.approx((6 / 7 + 4 / 5) / 2)


def test_micro_f1_of_one_code_each_is_the_share_coded_alike() -> None:
    assert compare(codings_of(TWO)).estimates[Coefficient.MICRO_F1].value == pytest.approx(50 / 60)


def test_code_has_the_number_of_outcomes_that_anybody_gave_it_to() -> None:
    assert [code.n_outcomes for code in compare(codings_of(TWO)).codes] == [40, 30, 0]


def test_code_is_counted_by_coder() -> None:
    assert compare(codings_of(TWO)).codes[1].n_given == {"Ana": 20, "Ben": 30}


def test_positive_agreement_of_a_code_by_hand() -> None:
    assert compare(codings_of(TWO)).codes[0].estimates[Coefficient.POSITIVE].value == pytest.approx(6 / 7)


def test_code_that_nobody_gave_has_no_figure() -> None:
    assert math.isnan(compare(codings_of(TWO)).codes[2].estimates[Coefficient.POSITIVE].value)


@pytest.mark.parametrize(("n_with", "doubt"), [(9, "too few to say"), (10, "uncertain"), (29, "uncertain"), (30, "")])
def test_code_of_few_outcomes_is_marked_as_uncertain(n_with: int, doubt: str) -> None:
    found = compare(codings_of([*[("Local", "Local")] * 40, *[("Regional", "Regional")] * n_with]))
    assert found.codes[2].doubt == doubt


@pytest.mark.parametrize(("n_outcomes", "is_enough"), [(29, False), (30, True)])
def test_field_of_few_outcomes_is_marked_as_uncertain(n_outcomes: int, is_enough: bool) -> None:
    assert compare(codings_of(TWO[:n_outcomes])).is_enough == is_enough


def test_near_perfect_agreement_has_no_interval_of_kappa() -> None:
    found = compare(codings_of([*TWO[:50], *TWO[-4:]]))
    assert (found.is_near_perfect, found.kappa.has_interval) == (True, False)


def test_near_perfect_agreement_has_an_exact_interval_of_the_share() -> None:
    # 50 of 50 alike: the lower bound is 0.025 ** (1 / 50).
    assert compare(codings_of(TWO[:50])).estimates[Coefficient.PERCENT].low == pytest.approx(0.025 ** (1 / 50))


def test_five_differences_are_enough_for_an_interval() -> None:
    assert compare(codings_of([*TWO[:50], *TWO[-5:]])).kappa.has_interval


def test_sets_that_share_a_code_count_as_partly_alike() -> None:
    apart = [("CIV", "CIV")] * 20 + [("CON", "CON")] * 20 + [("CIV", "CON")] * 6
    sharing = [*apart[:40], *[("CIV", "CIV+CON")] * 6]
    alphas = [compare(codings_of(rows, OBJECTIVE)).estimates[Coefficient.ALPHA].value for rows in (apart, sharing)]
    assert alphas[0] < alphas[1] < 1


def test_order_of_codes_is_no_difference() -> None:
    assert compare(codings_of([("CIV+GEN", "GEN+CIV")] * 40, OBJECTIVE)).n_differ == 0


def test_near_duplicates_widen_the_interval() -> None:
    alone = compare(codings_of(TWO)).kappa
    in_fives = compare(codings_of(TWO), groups=np.arange(60) // 5).kappa
    assert in_fives.width > alone.width


def test_mean_kappa_is_that_of_the_fields() -> None:
    other = codings_of([("CIV", "CIV")] * 30 + [("CON", "CON")] * 24 + [("CIV", "CON")] * 6, OBJECTIVE)
    estimates = [compare(codings).kappa.value for codings in (codings_of(TWO), other)]
    assert mean_kappa([codings_of(TWO), other]).value == pytest.approx(np.mean(estimates))


def test_mean_kappa_leaves_out_fields_with_too_few_outcomes() -> None:
    few = codings_of([*[("CIV", "CON")] * 20, *[("", "")] * 40], OBJECTIVE)
    assert mean_kappa([codings_of(TWO), few]).value == pytest.approx(compare(codings_of(TWO)).kappa.value)


def test_mean_kappa_says_which_fields_it_is_of() -> None:
    few = codings_of([*[("CIV", "CON")] * 20, *[("", "")] * 40], OBJECTIVE)
    mean = mean_kappa([codings_of(TWO), few])
    assert (mean.fields, dict(mean.left_out)) == (("scale",), {"objective": "fewer than 30 outcomes compared"})


def test_mean_kappa_of_all_fields_leaves_none_out() -> None:
    other = codings_of([("CIV", "CIV")] * 30 + [("CON", "CON")] * 30, OBJECTIVE)
    assert mean_kappa([codings_of(TWO), other]).left_out == {}


def test_mean_kappa_of_no_field_names_all_that_are_left_out() -> None:
    mean = mean_kappa([codings_of([("Local", "Local")] * 60)])
    assert (mean.n_outcomes, dict(mean.left_out)) == (
        0,
        {"scale": "all outcomes have one and the same code, so that kappa is not defined"},
    )


def test_half_the_width_takes_four_times_the_outcomes() -> None:
    estimate = Estimate(value=0.7, low=0.6, high=0.8, n_outcomes=100)
    assert outcomes_needed(estimate, width=0.1) == 400


def test_number_of_outcomes_needed_is_unknown_without_an_interval() -> None:
    assert outcomes_needed(Estimate(value=1.0, low=math.nan, high=math.nan, n_outcomes=118), width=0.1) is None


@settings(max_examples=20, deadline=None)
@given(rows=st.lists(st.tuples(*[st.sampled_from(SCALE.code_names)] * 2), min_size=5, max_size=40))
def test_coders_may_change_places(rows: list[Row]) -> None:
    found = [compare(codings_of(codings)) for codings in (rows, [row[::-1] for row in rows])]
    values = [[estimate.value for estimate in agreement.estimates.values()] for agreement in found]
    assert values[0] == pytest.approx(values[1], nan_ok=True)


def test_few_differing_main_codes_have_no_interval_of_kappa_whatever_the_sets() -> None:
    rows = [("CIV", "CIV")] * 30 + [("CON", "CON")] * 20 + [("CIV", "CIV+GEN")] * 10
    found = compare(codings_of(rows, OBJECTIVE))
    assert (found.kappa.has_interval, found.estimates[Coefficient.ALPHA].has_interval) == (False, True)


def test_code_that_coders_differ_in_four_times_has_no_interval() -> None:
    found = compare(codings_of([*TWO, *[("Regional", "Regional")] * 20, *[("Regional", "Local")] * 4]))
    assert [code.estimates[Coefficient.POSITIVE].has_interval for code in found.codes] == [True, True, False]


def test_field_of_one_code_is_left_out_of_the_mean() -> None:
    always = codings_of([("CIV", "CIV")] * 60, OBJECTIVE)
    assert mean_kappa([codings_of(TWO), always]).value == pytest.approx(compare(codings_of(TWO)).kappa.value)


def test_field_of_one_code_has_no_kappa() -> None:
    assert not compare(codings_of([("Local", "Local")] * 60)).has_kappa


# Codings missing

# 40 outcomes, three coders, a dot where one did not code; in irrCAC 1.0, of five categories, Fleiss' kappa is 0.40198
# and AC1 0.45413.
WITH_GAPS = """
    332 11. 33. 24. 444 332 123 12. 222 333 112 2.4 333 111 43. 444 224 111 344 32.
    244 312 14. 33. 244 131 121 441 33. 333 444 .33 442 121 .4. 444 444 22. 244 122
"""
FIVE = CodeField(
    name="scale",
    column="Scale",
    kind="single",
    codes=[{"code": name} for name in ("Local", "Sub-national", "National", "Regional", "International")],
)


def gapped() -> FieldCodings:
    names = dict(zip("12345", FIVE.code_names, strict=True)) | {".": ""}
    return codings_of([tuple(names[letter] for letter in row) for row in WITH_GAPS.split()], FIVE)


def by_definition(rows: Sequence[Row], n_codes: int) -> list[float]:
    """Reckon Fleiss' kappa and AC1 pair by pair and share by share, as Gwet (2014) does with codings missing."""
    given = [[code for code in row if code] for row in rows]
    pairs = [list(combinations(codes, 2)) for codes in given if len(codes) > 1]
    observed = sum(Fraction(sum(a == b for a, b in pair), len(pair)) for pair in pairs) / len(pairs)
    rated = [codes for codes in given if codes]
    shares = [
        sum(Fraction(codes.count(code), len(codes)) for codes in rated) / len(rated)
        for code in {code for codes in rated for code in codes}
    ]
    fleiss, ac1 = sum(share * share for share in shares), sum(share * (1 - share) for share in shares) / (n_codes - 1)
    return [float((observed - chance) / (1 - chance)) if chance < 1 else math.nan for chance in (fleiss, ac1)]


def test_fleiss_kappa_and_ac1_with_codings_missing_are_those_of_irrcac() -> None:
    estimates = compare(gapped()).estimates
    assert [round(estimates[coefficient].value, 5) for coefficient in (Coefficient.FLEISS, Coefficient.AC1)] == [
        0.40198,
        0.45413,
    ]


def test_outcomes_coded_once_are_not_among_those_compared() -> None:
    found = compare(gapped())
    assert (found.n_outcomes, found.kappa.n_outcomes) == (39, 39)


def test_intervals_with_codings_missing_hold_the_figures() -> None:
    estimates = compare(gapped()).estimates.values()
    assert all(estimate.low < estimate.value < estimate.high for estimate in estimates)


def test_mean_of_one_field_is_its_kappa_with_codings_missing_too() -> None:
    found, mean = compare(gapped()).kappa, mean_kappa([gapped()])
    assert (mean.value, mean.n_outcomes) == (found.value, found.n_outcomes)


GAPS = st.lists(st.tuples(*[st.sampled_from([*SCALE.code_names, ""])] * 3), min_size=5, max_size=30).filter(
    lambda rows: any(sum(map(bool, row)) > 1 for row in rows)
)


@settings(max_examples=40, deadline=None)
@given(rows=GAPS)
def test_figures_with_codings_missing_are_those_of_their_definition(rows: list[Row]) -> None:
    estimates = compare(codings_of(rows)).estimates
    found = [estimates[coefficient].value for coefficient in (Coefficient.FLEISS, Coefficient.AC1)]
    assert found == pytest.approx(by_definition(rows, len(SCALE.codes)), nan_ok=True)


@settings(max_examples=20, deadline=None)
@given(rows=GAPS, order=st.permutations(range(3)), names=st.permutations(SCALE.code_names), data=st.data())
def test_order_of_coders_outcomes_and_codes_does_not_matter_with_codings_missing(
    rows: list[Row], order: list[int], names: list[str], data: st.DataObject
) -> None:
    renamed = dict(zip(SCALE.code_names, names, strict=True)) | {"": ""}
    turned = [tuple(renamed[row[place]] for place in order) for row in data.draw(st.permutations(rows))]
    values = [
        [estimate.value for estimate in compare(codings_of(codes)).estimates.values()] for codes in (rows, turned)
    ]
    assert values[0] == pytest.approx(values[1], nan_ok=True)


@settings(max_examples=20, deadline=None)
@given(rows=GAPS, code=st.sampled_from(SCALE.code_names), place=st.integers(0, 2))
def test_outcome_coded_once_changes_none_but_what_chance_would_do(rows: list[Row], code: str, place: int) -> None:
    once = tuple(code if coder == place else "" for coder in range(3))
    before, after = (compare(codings_of(codes)) for codes in (rows, [*rows, once]))
    others = set(before.estimates) - {Coefficient.FLEISS, Coefficient.AC1}
    assert [after.estimates[coefficient].value for coefficient in others] == pytest.approx(
        [before.estimates[coefficient].value for coefficient in others], nan_ok=True
    )
    assert [code.n_given for code in after.codes] == [code.n_given for code in before.codes]


@settings(max_examples=20, deadline=None)
@given(rows=st.lists(st.tuples(*[st.sampled_from([*SCALE.code_names, ""])] * 2), min_size=5, max_size=30))
def test_cohens_kappa_of_two_leaves_out_what_one_of_them_did_not_code(rows: list[Row]) -> None:
    both = [row for row in rows if all(row)]
    found = [compare(codings_of(codes or [("", "")])).kappa.value for codes in (rows, both)]
    assert found[0] == pytest.approx(found[1], nan_ok=True)


def test_code_given_by_one_coder_alone_has_no_positive_agreement() -> None:
    code = compare(codings_of([*TWO, *[("Regional", "")] * 12])).codes[2]
    assert (code.n_outcomes, math.isnan(code.estimates[Coefficient.POSITIVE].value)) == (0, True)
