from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.project.blind_and_double_coding import chance, coders_of, is_blind, is_double
from classifier.project.project import Shares

MANY = tuple(f"SCC-LPC/{number:05}" for number in range(20_000))
TEAM = ("Ana", "Ben", "Chi", "Dov", "Eva")
IDS = st.from_regex(r"[A-Z]{3}-[A-Z]{3}/[0-9]{3}", fullmatch=True)
SHARE = st.floats(0, 1)
USUAL = Shares()
SEED = st.integers(0, 2**32)
PEOPLE = st.sets(st.sampled_from(TEAM))


def coders(name: str, *who: str, shares: Shares = USUAL, decided: tuple[str, ...] = ()) -> set[str]:
    return set(coders_of(name, shares, coders=who, decided=decided))


# The draw


def test_draw_is_the_same_in_every_version() -> None:
    # Another one would show suggestions of outcomes that are half coded blind.
    assert chance(0, "blind", "SCC-LPC/035") == pytest.approx(0.6725051830547683, abs=1e-15)


def test_other_seed_draws_otherwise() -> None:
    assert chance(0, "blind", "SCC-LPC/035") != chance(1, "blind", "SCC-LPC/035")


def test_names_that_join_to_the_same_text_are_drawn_apart() -> None:
    assert chance(0, "SCC", "1/2") != chance(0, "SCC1", "/2")


@given(seed=SEED, names=st.lists(st.text(), max_size=3))
def test_draw_lies_between_0_and_1(seed: int, names: list[str]) -> None:
    assert 0.0 <= chance(seed, *names) < 1.0


# Blind, and coded by two


@given(name=IDS, seed=SEED)
def test_no_outcome_is_blind_at_0_and_each_at_1(name: str, seed: int) -> None:
    assert (is_blind(name, Shares(blind=0.0, seed=seed)), is_blind(name, Shares(blind=1.0, seed=seed))) == (False, True)


@given(name=IDS, seed=SEED, shares=st.tuples(SHARE, SHARE).map(sorted))
def test_blind_outcome_stays_so_when_the_share_grows(name: str, seed: int, shares: list[float]) -> None:
    lower, higher = (is_blind(name, Shares(blind=share, seed=seed)) for share in shares)
    assert higher or not lower


@given(name=IDS, seed=SEED, shares=st.tuples(SHARE, SHARE).map(sorted))
def test_double_outcome_stays_so_when_the_share_grows(name: str, seed: int, shares: list[float]) -> None:
    lower, higher = (is_double(name, Shares(double=share, seed=seed)) for share in shares)
    assert higher or not lower


@pytest.mark.parametrize("share", [0.05, 0.15, 0.3, 0.8])
def test_as_many_are_blind_as_were_asked(share: float) -> None:
    n_blind = sum(is_blind(name, Shares(blind=share)) for name in MANY)
    assert n_blind / len(MANY) == pytest.approx(share, abs=0.01)  # three standard errors at the most


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5])
def test_as_many_are_coded_by_two_as_were_asked(share: float) -> None:
    n_double = sum(is_double(name, Shares(double=share)) for name in MANY)
    assert n_double / len(MANY) == pytest.approx(share, abs=0.011)


def test_outcomes_coded_by_two_are_blind_as_often_as_others() -> None:
    shares = Shares(blind=0.3, double=0.3)
    n_both = sum(is_blind(name, shares) and is_double(name, shares) for name in MANY)
    assert n_both / len(MANY) == pytest.approx(0.09, abs=0.006)


# Who codes


def test_lone_coder_codes_everything() -> None:
    assert coders("SCC-LPC/035", "Ana") == {"Ana"}


def test_lone_coder_codes_once_what_two_should_code() -> None:
    assert coders("SCC-LPC/035", "Ana", shares=Shares(double=1.0)) == {"Ana"}


def test_where_nobody_codes_an_outcome_is_nobodys() -> None:
    assert coders("SCC-LPC/035") == set()


@given(name=IDS, seed=SEED, double=SHARE, team=st.sets(st.sampled_from(TEAM), min_size=2))
def test_double_outcome_is_for_two_and_any_other_for_one(name: str, seed: int, double: float, team: set[str]) -> None:
    shares = Shares(double=double, seed=seed)
    assert len(coders(name, *team, shares=shares)) == (2 if is_double(name, shares) else 1)


@given(name=IDS, team=PEOPLE, decided=PEOPLE, double=SHARE)
def test_who_has_begun_an_outcome_keeps_it(name: str, team: set[str], decided: set[str], double: float) -> None:
    assert decided <= coders(name, *team, shares=Shares(double=double), decided=tuple(decided))


@given(name=IDS, team=PEOPLE, decided=PEOPLE, double=SHARE)
def test_nobody_is_added_to_those_who_are_enough(name: str, team: set[str], decided: set[str], double: float) -> None:
    shares = Shares(double=double)
    n_wanted = 1 + is_double(name, shares)
    n_found = len(coders(name, *team, shares=shares, decided=tuple(decided)))
    assert n_found == max(len(decided), min(n_wanted, len(team | decided)))


@given(name=IDS, team=PEOPLE, decided=PEOPLE, double=SHARE)
def test_who_joins_takes_outcomes_over_and_moves_none_between_others(
    name: str, team: set[str], decided: set[str], double: float
) -> None:
    shares, begun = Shares(double=double), tuple(decided)
    before = coders(name, *team, shares=shares, decided=begun)
    assert coders(name, *team, "Zoé", shares=shares, decided=begun) - before <= {"Zoé"}


@given(name=IDS, team=st.permutations(TEAM))
def test_order_in_which_coders_are_named_does_not_matter(name: str, team: list[str]) -> None:
    assert coders(name, *team) == coders(name, *TEAM)


@given(name=IDS, shares=st.tuples(SHARE, SHARE).map(sorted))
def test_who_codes_an_outcome_alone_still_does_when_two_code_it(name: str, shares: list[float]) -> None:
    lower, higher = (coders(name, *TEAM, shares=Shares(double=share)) for share in shares)
    assert lower <= higher


def test_outcomes_are_shared_out_evenly() -> None:
    n_by_coder = Counter(who for name in MANY for who in coders(name, "Ana", "Ben", "Chi", "Dov"))
    assert sorted(n_by_coder) == ["Ana", "Ben", "Chi", "Dov"]
    assert all(count == pytest.approx(5_000, abs=200) for count in n_by_coder.values())


def test_pairs_of_coders_meet_evenly() -> None:
    shares = Shares(double=1.0)
    n_by_pair = Counter(coders_of(name, shares, coders=["Ana", "Ben", "Chi"], decided=()) for name in MANY)
    assert all(count == pytest.approx(20_000 / 3, abs=250) for count in n_by_pair.values())
