from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from classifier.codebook.schema import Codebook
from classifier.project.consensus import Consensus, consensus_of
from classifier.project.journal import Decision, DecisionMethod
from tests.support.projects import CODEBOOK, by_hand, ledger_of, open_differences, undone

OUTCOME = "SCC-LPC/035"
LOCAL, NATIONAL = by_hand(OUTCOME, "Local"), by_hand(OUTCOME, "National", coder="Ben")
ADJUDICATED = by_hand(OUTCOME, "Regional", coder="Chi", method=DecisionMethod.ADJUDICATION)


def adjudicated(*actions: Decision | Sequence[Decision], field: str = "scale") -> Consensus | None:
    return consensus_of([OUTCOME], CODEBOOK, ledger_of(*actions)).get((OUTCOME, field))


def codes(*actions: Decision | Sequence[Decision], field: str = "scale") -> tuple[str, ...] | None:
    found = adjudicated(*actions, field=field)
    return None if found is None else found.codes


def n_entries(*actions: Decision) -> list[int]:
    found = adjudicated(*actions)
    return [] if found is None else [entry.number for entry in found.entries]


# What counts


def test_what_nobody_has_decided_is_not_settled() -> None:
    assert consensus_of([OUTCOME], CODEBOOK, ledger_of()) == {}


def test_decision_of_one_coder_counts() -> None:
    assert codes(LOCAL) == ("Local",)


def test_what_two_coders_agree_on_counts() -> None:
    assert codes(LOCAL, by_hand(OUTCOME, "Local", coder="Ben")) == ("Local",)


def test_what_two_coders_agree_on_rests_on_both() -> None:
    assert n_entries(LOCAL, by_hand(OUTCOME, "Local", coder="Ben")) == [1, 2]


def test_coders_who_name_the_same_further_codes_in_another_order_agree() -> None:
    codebook = Codebook.parse(
        "fields: [{name: objective, column: Objective, kind: multiple, codes: [{code: CIV}, {code: GEN}, {code: CON}]}]"
    )
    ana, ben = (
        by_hand(OUTCOME, *given, coder=who, field="objective")
        for who, given in (("Ana", ("GEN", "CIV", "CON")), ("Ben", ("GEN", "CON", "CIV")))
    )
    (found,) = consensus_of([OUTCOME], codebook, ledger_of(ana, ben)).values()
    assert found.codes == ("GEN", "CIV", "CON")


def test_coders_who_name_another_code_as_the_main_one_differ() -> None:
    ana, ben = (
        by_hand(OUTCOME, *given, coder=who, field="objective")
        for who, given in (("Ana", ("GEN", "CIV")), ("Ben", ("CIV", "GEN")))
    )
    assert codes(ana, ben, field="objective") == ()


def test_coder_who_names_one_code_less_differs() -> None:
    ana, ben = (
        by_hand(OUTCOME, *given, coder=who, field="objective")
        for who, given in (("Ana", ("GEN", "CIV")), ("Ben", ("GEN",)))
    )
    assert codes(ana, ben, field="objective") == ()


def test_decision_taken_back_is_no_difference() -> None:
    assert codes(LOCAL, NATIONAL, by_hand(OUTCOME, coder="Ben", based_on=2)) == ("Local",)


def test_questions_about_other_outcomes_are_left_out() -> None:
    assert consensus_of(["SCC-LPC/036"], CODEBOOK, ledger_of(LOCAL)) == {}


def test_fields_are_adjudicated_apart() -> None:
    assert codes(LOCAL, NATIONAL, by_hand(OUTCOME, "GEN", field="objective"), field="objective") == ("GEN",)


# What coders differ in


def test_what_coders_differ_in_is_open() -> None:
    assert list(open_differences([OUTCOME], CODEBOOK, ledger_of(LOCAL, NATIONAL))) == [(OUTCOME, "scale")]


def test_open_difference_reports_both_decisions() -> None:
    assert n_entries(LOCAL, NATIONAL) == [1, 2]


def test_what_coders_agree_on_is_not_open() -> None:
    assert open_differences([OUTCOME], CODEBOOK, ledger_of(LOCAL)) == {}


def test_what_somebody_settled_counts_over_all_coders() -> None:
    assert codes(LOCAL, NATIONAL, ADJUDICATED) == ("Regional",)


def test_what_was_settled_rests_on_that_alone() -> None:
    assert n_entries(LOCAL, NATIONAL, ADJUDICATED) == [3]


def test_coder_who_changes_their_mind_leaves_what_was_settled() -> None:
    assert codes(LOCAL, NATIONAL, ADJUDICATED, by_hand(OUTCOME, "Local", coder="Ben", based_on=2)) == ("Regional",)


def test_difference_is_open_again_when_its_settling_is_undone() -> None:
    assert codes(LOCAL, NATIONAL, ADJUDICATED, undone(ADJUDICATED, 3)) == ()


def test_what_was_settled_reports_by_which_entry() -> None:
    found = adjudicated(LOCAL, NATIONAL, ADJUDICATED)
    assert found is not None
    assert found.adjudicated_by is not None
    assert found.adjudicated_by.number == 3


def test_what_coders_agree_on_was_adjudicated_by_nobody() -> None:
    found = adjudicated(LOCAL)
    assert found is not None
    assert found.adjudicated_by is None


# Codes that are gone


def test_code_that_is_gone_counts_for_nothing() -> None:
    assert adjudicated(by_hand(OUTCOME, "Galactic")) is None


def test_coder_with_a_code_that_is_gone_does_not_differ() -> None:
    assert codes(LOCAL, by_hand(OUTCOME, "Galactic", coder="Ben")) == ("Local",)


def test_one_gone_code_among_several_takes_the_decision_with_it() -> None:
    assert adjudicated(by_hand(OUTCOME, "GEN", "LAW", field="objective"), field="objective") is None


def test_what_was_settled_with_a_code_that_is_gone_leaves_what_coders_decided() -> None:
    galactic = by_hand(OUTCOME, "Galactic", coder="Chi", method=DecisionMethod.ADJUDICATION)
    assert (codes(LOCAL, galactic), codes(LOCAL, NATIONAL, galactic)) == (("Local",), ())


@given(given_codes=st.lists(st.sampled_from(["Local", "National", "Galactic"]), min_size=1, max_size=4))
def test_what_counts_is_what_all_with_a_known_code_say(given_codes: list[str]) -> None:
    actions = [by_hand(OUTCOME, code, coder=f"Coder {place}") for place, code in enumerate(given_codes)]
    said = set(given_codes) - {"Galactic"}
    expected = {0: None, 1: tuple(said), 2: ()}
    assert codes(*actions) == expected[len(said)]
