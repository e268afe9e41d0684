from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from classifier.harvest.suggestion_record import ShownSuggestion
from classifier.project.add_harvest import add_harvest
from classifier.project.console_summary import summarise_status
from classifier.project.journal import Decision, DecisionMethod
from classifier.project.project import Project, new_project, open_project, replace_codebook
from classifier.project.provenance import Provenance, provenance_of
from classifier.project.status import SplitAgreement, status_of
from classifier.project.suggestion_store import StoredSuggestions, story_sha256
from classifier.suggestion.types import Candidate, FieldSuggestion, Route
from tests.support.workbooks import write_outcomes

CODEBOOK = """
fields:
  - name: scale
    column: Scale
    kind: single
    codes: [{code: Local}, {code: National}]
"""
LOCAL, NATIONAL = "Local", "National"
IDS = [f"A/{number}" for number in range(1, 81)]


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    (tmp_path / "codebook.yaml").write_text(CODEBOOK, encoding="utf-8")
    begun = new_project(tmp_path / "project", codebook=tmp_path / "codebook.yaml")
    rows = [{"FragmentID": name, "Outcome description": f"The council of {name} met in public."} for name in IDS]
    yield add_harvest(begun, write_outcomes(tmp_path / "harvest.xlsx", *rows)).project
    begun.journal.close()


def shown(code: str) -> ShownSuggestion:
    return ShownSuggestion(suggested=(code,), confidence=0.9, prediction_set=(code,), model="ours")


def decision(
    fragment_id: str,
    code: str,
    *,
    coder: str = "Ana",
    suggested: str = "",
    method: DecisionMethod = DecisionMethod.BY_HAND,
) -> Decision:
    """Blind, unless a code was suggested."""
    return Decision(
        coder=coder,
        fragment_id=fragment_id,
        field="scale",
        codes=(code,),
        method=method,
        codebook="c",
        shown=shown(suggested) if suggested else None,
    )


def keep(project: Project, suggested: dict[str, str]) -> None:
    """Keep suggestions for outcomes."""
    outcomes = project.outcomes
    project.suggestions.keep(
        {
            name: StoredSuggestions(
                story=story_sha256(outcomes[name]),
                model="ours",
                fields={
                    "scale": FieldSuggestion(
                        suggested=(code,),
                        candidates=tuple(Candidate(code=one, confidence=0.5) for one in (LOCAL, NATIONAL)),
                        prediction_set=(code,),
                        route=Route.CHOOSE,
                    )
                },
                flags=(),
            )
            for name, code in suggested.items()
        }
    )


def codes(*runs: tuple[str, int]) -> list[str]:
    return [code for code, times in runs for _ in range(times)]


def between(project: Project) -> SplitAgreement:
    (found,) = status_of(project).between_coders
    return found


def with_suggestions(project: Project) -> SplitAgreement:
    (found,) = status_of(project).with_suggestions
    return found


def both(ids: Sequence[str], ana: Sequence[str], ben: Sequence[str], *, suggested: bool) -> list[Decision]:
    """Decisions of two coders; where something is suggested, Ana sees just what she decides."""
    decisions = [decision(name, code, suggested=code if suggested else "") for name, code in zip(ids, ana, strict=True)]
    return decisions + [decision(name, code, coder="Ben") for name, code in zip(ids, ben, strict=True)]


# What a code rests on


@pytest.mark.parametrize(
    ("made", "provenance"),
    [
        ([decision("A/1", LOCAL)], Provenance.BLIND),
        ([decision("A/1", LOCAL, suggested=NATIONAL)], Provenance.ASSISTED),
        ([decision("A/1", LOCAL, suggested=LOCAL, method=DecisionMethod.WORKBOOK)], Provenance.ASSISTED),
        ([decision("A/1", LOCAL, suggested=LOCAL, method=DecisionMethod.BULK)], Provenance.BULK),
        ([decision("A/1", LOCAL), decision("A/1", LOCAL, coder="Ben")], Provenance.BLIND),
        ([decision("A/1", LOCAL), decision("A/1", LOCAL, coder="Ben", suggested=LOCAL)], Provenance.ASSISTED),
        (
            [decision("A/1", LOCAL), decision("A/1", LOCAL, method=DecisionMethod.BULK, suggested=LOCAL)],
            Provenance.ASSISTED,
        ),
        ([decision("A/1", LOCAL, method=DecisionMethod.ADJUDICATION)], Provenance.ADJUDICATED),
        ([decision("A/1", LOCAL, method=DecisionMethod.TOGETHER)], Provenance.TOGETHER),
        ([decision("A/1", LOCAL, method=DecisionMethod.TOGETHER, suggested=LOCAL)], Provenance.ASSISTED),
        (
            [decision("A/1", LOCAL), decision("A/1", LOCAL, coder="Ben", method=DecisionMethod.TOGETHER)],
            Provenance.TOGETHER,
        ),
    ],
)
def test_what_a_code_rests_on_is_reported_by_its_decisions(made: list[Decision], provenance: Provenance) -> None:
    assert provenance_of(made) is provenance


# Between coders


def test_outcomes_that_both_decided_blind_are_kept_apart(project: Project) -> None:
    project.journal.record(both(IDS[:3], [LOCAL] * 3, [LOCAL] * 3, suggested=False))
    project.journal.record(both(IDS[3:5], [LOCAL] * 2, [LOCAL] * 2, suggested=True))
    assert {kind: provenance.n_outcomes for kind, provenance in between(project).kinds.items()} == {
        Provenance.BLIND: 3,
        Provenance.ASSISTED: 2,
    }


def test_outcomes_of_both_kinds_are_compared_together_too(project: Project) -> None:
    project.journal.record(both(IDS[:3], [LOCAL] * 3, [LOCAL] * 3, suggested=False))
    project.journal.record(both(IDS[3:5], [LOCAL] * 2, [NATIONAL] * 2, suggested=True))
    (scale,) = status_of(project).agreement
    assert (scale.n_outcomes, scale.n_differ) == (5, 2)


def test_third_coder_who_saw_a_suggestion_is_left_out_of_the_blind_figure(project: Project) -> None:
    project.journal.record(both(IDS[:1], [LOCAL], [LOCAL], suggested=False))
    project.journal.record([decision("A/1", NATIONAL, coder="Chi", suggested=NATIONAL)])
    assert {kind: provenance.n_differ for kind, provenance in between(project).kinds.items()} == {
        Provenance.BLIND: 0,
        Provenance.ASSISTED: 1,
    }


def test_codes_changed_after_another_coder_decided_leave_the_agreement_as_it_was(project: Project) -> None:
    # 20 of 40 alike where Ana gives each code 20 times and Ben as well, 20 expected by chance: kappa 0.
    ana, ben = codes((LOCAL, 20), (NATIONAL, 20)), codes((LOCAL, 10), (NATIONAL, 20), (LOCAL, 10))
    project.journal.record(both(IDS[:40], ana, ben, suggested=False))
    project.journal.record([decision(name, code) for name, code in zip(IDS[:40], ben, strict=True)])
    status = status_of(project)
    assert (between(project).kinds[Provenance.BLIND].kappa.value, status.agreement[0].n_differ) == (0.0, 20)


def test_codes_changed_after_another_coder_decided_are_not_put_side_by_side(project: Project) -> None:
    project.journal.record(both(IDS[:1], [LOCAL], [NATIONAL], suggested=False))
    project.journal.record([decision("A/1", NATIONAL)])
    assert status_of(project).agreement[0].n_differ == 1


def test_what_somebody_accepted_in_bulk_is_kept_apart_between_coders(project: Project) -> None:
    project.journal.record(
        [decision("A/1", LOCAL, suggested=LOCAL, method=DecisionMethod.BULK), decision("A/1", LOCAL, coder="Ben")]
    )
    assert list(between(project).kinds) == [Provenance.BULK]


def test_what_somebody_gave_together_with_another_outcome_is_not_blind_between_coders(project: Project) -> None:
    project.journal.record(
        [decision("A/1", LOCAL, method=DecisionMethod.TOGETHER), decision("A/1", LOCAL, coder="Ben")]
    )
    assert list(between(project).kinds) == [Provenance.TOGETHER]


def test_gap_is_the_assisted_kappa_less_the_blind_one(project: Project) -> None:
    # Blind: 30 of 40 alike and half expected by chance, kappa 0.5; assisted: 35 of 40 and half, kappa 0.75.
    half = codes((LOCAL, 20), (NATIONAL, 20))
    blind = codes((LOCAL, 15), (NATIONAL, 5), (LOCAL, 5), (NATIONAL, 15))
    assisted = codes((LOCAL, 17), (NATIONAL, 3), (LOCAL, 2), (NATIONAL, 18))
    project.journal.record(both(IDS[:40], half, blind, suggested=False))
    project.journal.record(both(IDS[40:], half, assisted, suggested=True))
    gap = between(project).gap
    assert gap is not None
    assert (gap.kappa.value, gap.alike.value) == pytest.approx((0.25, 0.125))


def test_interval_of_the_gap_holds_it(project: Project) -> None:
    half = codes((LOCAL, 20), (NATIONAL, 20))
    project.journal.record(both(IDS[:40], half, half[10:] + half[:10], suggested=False))
    project.journal.record(both(IDS[40:], half, half[5:] + half[:5], suggested=True))
    gap = between(project).gap
    assert gap is not None
    assert gap.kappa.low < gap.kappa.value < gap.kappa.high


def test_gap_has_no_interval_where_hardly_any_outcome_differs(project: Project) -> None:
    half = codes((LOCAL, 20), (NATIONAL, 20))
    project.journal.record(both(IDS[:40], half, half[10:] + half[:10], suggested=False))
    project.journal.record(both(IDS[40:], half, half, suggested=True))
    gap = between(project).gap
    assert gap is not None
    assert math.isnan(gap.kappa.low)


def test_with_too_few_blind_outcomes_there_is_no_gap(project: Project) -> None:
    half = codes((LOCAL, 20), (NATIONAL, 20))
    project.journal.record(both(IDS[:29], half[:29], half[:29], suggested=False))
    project.journal.record(both(IDS[40:], half, half, suggested=True))
    assert between(project).gap is None


# With the suggestions


def test_assisted_decisions_are_compared_with_what_was_in_view(project: Project) -> None:
    project.journal.record([decision("A/1", LOCAL, suggested=LOCAL), decision("A/2", LOCAL, suggested=NATIONAL)])
    (assisted,) = with_suggestions(project).kinds.values()
    assert (assisted.n_outcomes, assisted.n_differ) == (2, 1)


def test_blind_decisions_are_compared_with_what_was_hidden(project: Project) -> None:
    keep(project, {"A/1": LOCAL, "A/2": NATIONAL})
    project.journal.record([decision("A/1", LOCAL), decision("A/2", LOCAL)])
    (blind,) = with_suggestions(project).kinds.values()
    assert (blind.n_outcomes, blind.n_differ) == (2, 1)


def test_hidden_suggestions_are_a_share_of_how_far_coders_agree_blind(project: Project) -> None:
    ana = codes((LOCAL, 30), (NATIONAL, 30))
    keep(project, dict(zip(IDS, ana, strict=False)))
    ben = codes((LOCAL, 25), (NATIONAL, 35))
    project.journal.record(both(IDS[:60], ana, ben, suggested=False))
    (ceiling,) = status_of(project).ceilings
    # Suggested is what Ana decides: kappa 1 with her, and with Ben what she has with him.
    between_coders = ceiling.main.coders.value
    assert ceiling.n_outcomes == 60
    assert ceiling.main.share.value == pytest.approx((1 + between_coders) / 2 / between_coders)


def test_with_a_suggestion_in_view_there_is_no_share_of_how_far_coders_agree(project: Project) -> None:
    ana = codes((LOCAL, 30), (NATIONAL, 30))
    keep(project, dict(zip(IDS, ana, strict=False)))
    project.journal.record(both(IDS[:60], ana, ana, suggested=True))
    assert status_of(project).ceilings == ()


def test_suggestions_accepted_in_bulk_are_kept_apart(project: Project) -> None:
    project.journal.record(
        [decision("A/1", LOCAL, suggested=LOCAL, method=DecisionMethod.BULK), decision("A/2", LOCAL, suggested=LOCAL)]
    )
    found = {kind: provenance.n_outcomes for kind, provenance in with_suggestions(project).kinds.items()}
    assert found == {Provenance.ASSISTED: 1, Provenance.BULK: 1}


def test_what_was_given_together_with_another_outcome_is_kept_apart(project: Project) -> None:
    keep(project, {"A/1": LOCAL})
    project.journal.record([decision("A/1", LOCAL, method=DecisionMethod.TOGETHER)])
    assert list(with_suggestions(project).kinds) == [Provenance.TOGETHER]


def test_of_several_hidden_suggestions_the_last_before_the_decision_counts(project: Project) -> None:
    keep(project, {"A/1": NATIONAL})
    keep(project, {"A/1": LOCAL})
    keep(project, {"A/2": NATIONAL})
    project.journal.record([decision("A/1", LOCAL)])
    keep(project, {"A/1": NATIONAL})
    assert with_suggestions(project).kinds[Provenance.BLIND].n_differ == 0


def test_where_nothing_was_suggested_yet_the_first_later_suggestion_counts(project: Project) -> None:
    project.journal.record([decision("A/1", LOCAL)])
    keep(project, {"A/1": LOCAL})
    keep(project, {"A/1": NATIONAL})
    assert with_suggestions(project).kinds[Provenance.BLIND].n_differ == 0


def test_blind_decision_without_any_suggestion_is_left_out(project: Project) -> None:
    project.journal.record([decision("A/1", LOCAL)])
    assert status_of(project).with_suggestions == ()


def test_suggestion_for_another_story_is_left_out(project: Project, tmp_path: Path) -> None:
    keep(project, {"A/1": LOCAL})
    reported = {"FragmentID": "A/1", "Outcome description": "The council met in secret."}
    corrected = add_harvest(project, write_outcomes(tmp_path / "harvest.xlsx", reported)).project
    corrected.journal.record([decision("A/1", LOCAL)])
    assert status_of(corrected).with_suggestions == ()


def test_outcome_that_two_coders_decided_counts_twice(project: Project) -> None:
    keep(project, {"A/1": LOCAL})
    project.journal.record(both(IDS[:1], [LOCAL], [NATIONAL], suggested=False))
    assert with_suggestions(project).kinds[Provenance.BLIND].n_outcomes == 2


def test_gap_is_how_much_more_is_decided_as_suggested_when_it_is_in_view(project: Project) -> None:
    half = codes((LOCAL, 20), (NATIONAL, 20))
    keep(project, dict(zip(IDS[:40], half, strict=True)))
    blind = codes((LOCAL, 14), (NATIONAL, 6), (LOCAL, 6), (NATIONAL, 14))
    assisted = codes((LOCAL, 17), (NATIONAL, 3), (LOCAL, 3), (NATIONAL, 17))
    project.journal.record([decision(name, code) for name, code in zip(IDS[:40], blind, strict=True)])
    project.journal.record(
        [decision(name, code, suggested=seen) for name, code, seen in zip(IDS[40:], assisted, half, strict=True)]
    )
    gap = with_suggestions(project).gap
    assert gap is not None
    assert (gap.alike.value, gap.kappa.value) == pytest.approx((0.15, 0.3))


# A codebook that has changed


@pytest.fixture
def renamed(project: Project, tmp_path: Path) -> Iterator[Project]:
    """A project whose code National is called Country now."""
    text = CODEBOOK.replace("{code: National}", "{code: Country, aliases: [National]}")
    (tmp_path / "new.yaml").write_text(text, encoding="utf-8")
    replace_codebook(project, tmp_path / "new.yaml")
    again = open_project(project.folder)
    yield again
    again.journal.close()


def test_decision_for_a_code_that_is_gone_is_not_compared(renamed: Project) -> None:
    renamed.journal.record(both(IDS[:2], [LOCAL, NATIONAL], [LOCAL, LOCAL], suggested=False))
    assert status_of(renamed).agreement[0].n_outcomes == 1


def test_decision_for_a_code_that_is_gone_is_no_progress(renamed: Project) -> None:
    renamed.journal.record([decision("A/1", LOCAL), decision("A/2", NATIONAL)])
    (progress,) = status_of(renamed).progress
    assert (progress.n_decided, progress.n_blind) == (1, 1)


def test_suggestion_in_view_counts_by_its_new_name(renamed: Project) -> None:
    renamed.journal.record([decision("A/1", "Country", suggested=NATIONAL)])
    assert with_suggestions(renamed).kinds[Provenance.ASSISTED].n_differ == 0


def test_suggestion_of_a_code_that_is_gone_is_left_out(renamed: Project) -> None:
    renamed.journal.record([decision("A/1", LOCAL, suggested="Regional")])
    assert status_of(renamed).with_suggestions == ()


# What is told


def test_blind_agreement_is_reported_beside_the_assisted_with_the_gap(project: Project) -> None:
    half = codes((LOCAL, 20), (NATIONAL, 20))
    project.journal.record(both(IDS[:40], half, half[5:] + half[:5], suggested=False))
    project.journal.record(both(IDS[40:], half, half, suggested=True))
    table = summarise_status(status_of(project), folder=project.folder).tables[1]
    assert table == (
        (
            "Field",
            "By two or more coders",
            "Differ",
            "Coders' agreement (kappa), all blind",
            "With a suggestion in view",
            "Assisted minus blind",
        ),
        ("Scale", "80", "10", "0.50 (0.20 to 0.75), n=40", "1.00 (no interval), n=40", "+0.50 (no interval)"),
    )


def test_what_was_accepted_in_bulk_has_a_column_where_there_is_any(project: Project) -> None:
    project.journal.record(
        [decision("A/1", LOCAL, suggested=LOCAL, method=DecisionMethod.BULK), decision("A/1", LOCAL, coder="Ben")]
    )
    table = summarise_status(status_of(project), folder=project.folder).tables[1]
    assert table[0] == (
        "Field",
        "By two or more coders",
        "Differ",
        "Coders' agreement (kappa), all blind",
        "With a suggestion in view",
        "Some in bulk",
        "Assisted minus blind",
    )


def test_what_agreement_counts_is_reported_beside_it(project: Project) -> None:
    project.journal.record(both(IDS[:1], [LOCAL], [LOCAL], suggested=False))
    assert summarise_status(status_of(project), folder=project.folder).ending == (
        "Blind: decided with no suggestion in view. Agreement uses what each coder decided before they could see the "
        "others' codes"
    )


def test_what_was_given_together_with_another_outcome_is_not_counted_as_blind(project: Project) -> None:
    project.journal.record([decision("A/1", LOCAL), decision("A/2", LOCAL, method=DecisionMethod.TOGETHER)])
    table = summarise_status(status_of(project), folder=project.folder).tables[0]
    assert table[1] == ("Ana", "2 (1 blind)")


def test_fields_are_reported_by_their_columns_as_on_all_pages(project: Project) -> None:
    project.journal.record(both(IDS[:1], [LOCAL], [LOCAL], suggested=True))
    decided, between, suggested = summarise_status(status_of(project), folder=project.folder).tables
    assert (decided[0][1], between[1][0], suggested[1][0]) == ("Scale", "Scale", "Scale")


def test_who_asks_is_reported_of_their_own_unseen_decisions_alone(project: Project) -> None:
    project.journal.record([decision("A/1", LOCAL), decision("A/1", LOCAL, coder="Ben")])
    project.journal.record([decision("A/1", NATIONAL), decision("A/1", NATIONAL, coder="Ben")])
    notes = summarise_status(status_of(project), folder=project.folder, asked_by="Ana").notes
    assert notes == ("Scale of A/1: Ana decided twice without seeing the first decision: 'Local', then 'National'",)


def test_too_few_blind_outcomes_are_reported_as_such(project: Project) -> None:
    project.journal.record(both(IDS[:5], [LOCAL] * 5, [LOCAL] * 5, suggested=False))
    table = summarise_status(status_of(project), folder=project.folder).tables[1]
    assert table[1] == ("Scale", "5", "0", "too few to say", "too few to say", "too few to say")


def test_agreement_with_suggestions_is_reported_by_field_and_kind(project: Project) -> None:
    half = codes((LOCAL, 20), (NATIONAL, 20))
    keep(project, {"A/1": LOCAL})
    project.journal.record([decision("A/1", LOCAL)])
    project.journal.record([decision(name, code, suggested=code) for name, code in zip(IDS[1:41], half, strict=True)])
    table = summarise_status(status_of(project), folder=project.folder).tables[1]
    assert table == (
        ("Field", "Coders and suggestions", "Decisions", "Same codes", "Kappa"),
        ("Scale", "blind", "1", "too few to say", ""),
        ("", "assisted", "40", "1.00 (0.91 to 1.00)", "1.00 (no interval)"),
    )


def test_figures_of_each_code_are_for_programs(project: Project) -> None:
    seen = codes((LOCAL, 20), (NATIONAL, 20))
    decided = codes((LOCAL, 15), (NATIONAL, 5), (LOCAL, 5), (NATIONAL, 15))
    project.journal.record(
        [decision(name, code, suggested=one) for name, code, one in zip(IDS[:40], decided, seen, strict=True)]
    )
    plain = summarise_status(status_of(project), folder=project.folder).plain
    reported = [
        (one["code"], one["n"], one["doubt"], one["positive_agreement"]["value"], one["kappa"]["value"])
        for one in plain["with_suggestions"]["scale"]["assisted"]["codes"]
    ]
    assert reported == [("Local", 25, "uncertain", 0.75, 0.5), ("National", 25, "uncertain", 0.75, 0.5)]


def test_code_given_too_seldom_has_no_figures(project: Project) -> None:
    project.journal.record([decision(name, LOCAL if name != "A/1" else NATIONAL, suggested=LOCAL) for name in IDS[:40]])
    plain = summarise_status(status_of(project), folder=project.folder).plain
    assert plain["with_suggestions"]["scale"]["assisted"]["codes"][1] == {
        "code": "National",
        "n": 1,
        "doubt": "too few to say",
    }
