from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from classifier.agreement.ceiling import ceiling_table, compare_with_ceiling, describe_share
from classifier.agreement.codings import Codes, FieldCodings
from classifier.codebook.schema import CodeField

SCALE = CodeField(
    name="scale", column="Scale", kind="single", codes=[{"code": code} for code in ("Local", "National", "Regional")]
)
TAGS = CodeField(name="tags", column="Tags", kind="multiple", codes=[{"code": "CIV"}, {"code": "GEN"}])


def codings(*coders: Sequence[str], field: CodeField = SCALE) -> FieldCodings:
    """Code outcomes by coders, each with a code for every outcome, or "" where they gave none."""
    rows = tuple(tuple((code,) if code else () for code in row) for row in zip(*coders, strict=True))
    return FieldCodings(field=field, coders=tuple(f"coder {number}" for number in range(len(coders))), codes=rows)


def one_each(codes: Sequence[str]) -> list[Codes]:
    return [(code,) if code else () for code in codes]


def drawn(seed: int, n_outcomes: int = 90, *, error: float = 0.2) -> list[str]:
    """Draw codes that are the same for all seeds, but for a share of errors."""
    truth = np.random.default_rng(0).choice(SCALE.code_names, n_outcomes)
    draw = np.random.default_rng(seed)
    codes = np.where(draw.random(n_outcomes) < error, draw.choice(SCALE.code_names, n_outcomes), truth)
    return [str(code) for code in codes]


def test_share_is_the_ratio_of_the_two_kappas() -> None:
    ana, ben, suggested = drawn(1), drawn(2), drawn(3)
    found = compare_with_ceiling(codings(ana, ben), one_each(suggested)).main
    between = cohen_kappa_score(ana, ben)
    with_each = (cohen_kappa_score(ana, suggested) + cohen_kappa_score(ben, suggested)) / 2
    assert (found.coders.value, found.suggestions.value) == pytest.approx((between, with_each))
    assert found.share.value == pytest.approx(with_each / between)


def test_of_three_coders_it_is_the_mean_over_pairs() -> None:
    three = [drawn(seed) for seed in (1, 2, 3)]
    found = compare_with_ceiling(codings(*three), one_each(drawn(4))).main
    pairs = [cohen_kappa_score(three[one], three[other]) for one, other in ((0, 1), (0, 2), (1, 2))]
    assert found.coders.value == pytest.approx(np.mean(pairs))


def test_another_coder_as_good_as_these_has_a_share_near_one() -> None:
    found = compare_with_ceiling(codings(drawn(1, 900), drawn(2, 900)), one_each(drawn(3, 900))).main
    assert found.share.low < 1 < found.share.high


def test_where_coders_agree_by_chance_alone_there_is_no_share() -> None:
    found = compare_with_ceiling(codings(drawn(1, error=1.0), drawn(2, error=1.0)), one_each(drawn(3))).main
    assert math.isnan(found.share.value)
    assert not math.isnan(found.coders.value)


def test_outcomes_of_one_coder_or_without_suggestion_are_not_compared() -> None:
    ana, ben, suggested = drawn(1), drawn(2), drawn(3)
    ben[:10], suggested[10:15] = [""] * 10, [""] * 5
    assert compare_with_ceiling(codings(ana, ben), one_each(suggested)).n_outcomes == 75


def test_codes_of_several_are_compared_one_by_one() -> None:
    both: list[Codes] = [("CIV", "GEN"), ("CIV",), ("GEN",)] * 20
    second: list[Codes] = [("GEN", "CIV"), ("CIV",), ("GEN",)] * 20
    field = FieldCodings(field=TAGS, coders=("ana", "ben"), codes=tuple(zip(both, second, strict=True)))
    found = compare_with_ceiling(field, [("CIV",)] * 60)
    # The order of codes is not that of whether they apply; CIV suggested everywhere agrees by chance.
    assert found.codes["CIV"].coders.value == 1.0
    assert found.codes["CIV"].suggestions.value == pytest.approx(0.0)


def test_codes_of_few_outcomes_are_left_out() -> None:
    ana = ["Local"] * 40 + ["National"] * 40 + ["Regional"] * 9
    assert list(compare_with_ceiling(codings(ana, ana), one_each(ana)).codes) == ["Local", "National"]


def test_near_duplicates_are_drawn_together() -> None:
    codes = codings(drawn(1), drawn(2))
    alone = compare_with_ceiling(codes, one_each(drawn(3))).main.share
    together = compare_with_ceiling(codes, one_each(drawn(3)), groups=np.arange(90) // 6).main.share
    assert alone.value == together.value
    assert (alone.low, alone.high) != (together.low, together.high)


def test_table_says_where_outcomes_are_too_few() -> None:
    few = compare_with_ceiling(codings(drawn(1, 29), drawn(2, 29)), one_each(drawn(3, 29)))
    assert ceiling_table([few], {"scale": "Scale"}, suggestions="Suggestions")[1:] == (
        ("Scale", "29", "too few to say", "", ""),
    )


def test_coders_who_gave_one_code_alone_are_not_said_to_agree_too_little() -> None:
    found = compare_with_ceiling(codings(["Local"] * 90, ["Local"] * 90), one_each(drawn(3)))
    assert describe_share(found.main) == "coders gave one code alone"


@given(st.lists(st.tuples(*[st.sampled_from(["", *SCALE.code_names])] * 3), max_size=40))
def test_any_codings_give_a_share_or_none(rows: list[tuple[str, str, str]]) -> None:
    ana, ben, suggested = ([row[place] for row in rows] for place in range(3))
    found = compare_with_ceiling(codings(ana, ben), one_each(suggested))
    assert found.n_outcomes == sum(all(row) for row in rows)
    assert math.isnan(found.main.share.value) or found.main.coders.value > 0
