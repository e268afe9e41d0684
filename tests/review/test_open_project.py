from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from classifier import sample_files
from classifier.errors import ProjectError
from classifier.project.add_harvest import add_harvest
from classifier.project.coding_items import Order
from classifier.project.journal import DecisionMethod
from classifier.project.project import Project, new_project, open_project, replace_codebook
from classifier.project.queue import Filter
from classifier.project.record_decisions import Choice, skip, undo
from classifier.review.open_project import OpenProject, Recorded
from tests.support.projects import CODEBOOK, begin_project, by_hand, kept, row, scale, use_model
from tests.support.visiting import keep_for
from tests.support.workbooks import write_outcomes, write_text

A, B, C = NAMES = ("SCC-LPC/001", "SCC-LPC/002", "SCC-LPC/003")
OTHER_CODEBOOK = """
fields: [{name: scale, column: Scale, kind: single, codes: [{code: Local}, {code: Global}]}]
"""


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """Return a project of three outcomes without suggestions."""
    begun = begin_project(tmp_path, *map(row, NAMES))
    yield begun
    begun.journal.close()


@pytest.fixture
def opened(project: Project) -> OpenProject:
    """Return the project as it lies open."""
    return OpenProject(project)


def elsewhere(project: Project) -> Project:
    """Open a project as another program does."""
    again = open_project(project.folder)
    again.journal.close()
    return again


def choose(
    opened: OpenProject, *codes: str, name: str = A, coder: str = "Ana", based_on: int | None = None
) -> Recorded:
    return opened.decide(
        opened.coding_items.by_id[name], {"scale": Choice(codes=codes, based_on=based_on)}, coder=coder
    )


def suggest(project: Project, code: str) -> None:
    keep_for(project, **{A: kept(project.outcomes[A], scale=scale(code))})


def reported(opened: OpenProject, number: int) -> tuple[str, ...]:
    suggestion = opened.coding_items_of(number).by_id[A].suggestions.get("scale")
    return () if suggestion is None else suggestion.suggested


# Deciding


def test_choice_is_recorded(opened: OpenProject) -> None:
    (entry,) = choose(opened, "Local").entries
    assert entry.decision == by_hand(A, "Local")


def test_choice_made_with_the_latest_in_view_is_recorded(opened: OpenProject) -> None:
    choose(opened, "Local")
    assert choose(opened, "National", based_on=1).raced == ()


@pytest.mark.parametrize("based_on", [None, 2])
def test_choice_made_with_something_else_in_view_records_nothing(opened: OpenProject, based_on: int | None) -> None:
    choose(opened, "Local")
    assert choose(opened, "National", based_on=based_on) == Recorded(raced=("scale",))
    assert len(opened.project.journal.entries()) == 1


def test_choice_in_one_field_records_nothing_where_another_one_has_changed(opened: OpenProject) -> None:
    choose(opened, "Local")
    choices = {"scale": Choice(codes=("National",)), "objective": Choice(codes=("GEN",))}
    assert opened.decide(opened.coding_items.by_id[A], choices, coder="Ana").entries == ()


def test_decision_recorded_by_another_program_is_raced_with(project: Project, opened: OpenProject) -> None:
    open_project(project.folder).journal.record([by_hand(A, "Local")])
    assert choose(opened, "National").raced == ("scale",)


def test_decision_is_known_at_once(opened: OpenProject) -> None:
    choose(opened, "Local")
    standing = opened.journal_state.current_decision("Ana", A, "scale")
    assert standing is not None
    assert standing.decision.codes == ("Local",)


def test_nothing_to_record_is_not_recorded(opened: OpenProject) -> None:
    assert (opened.record([]), opened.project.journal.entries()) == ((), ())


def test_undoing_is_made_of_what_the_ledger_holds_then(project: Project, opened: OpenProject) -> None:
    open_project(project.folder).journal.record([by_hand(A, "Local")])
    assert [entry.decision.based_on for entry in opened.do(lambda: undo(opened.journal_state, "Ana"))] == [1]


def test_of_many_windows_of_one_coder_one_is_recorded(opened: OpenProject) -> None:
    recorded: list[Recorded] = []
    threads = [threading.Thread(target=lambda: recorded.append(choose(opened, "Local"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(one.entries) for one in recorded) == [0] * 7 + [1]


def test_coders_who_decide_at_once_lose_nothing(opened: OpenProject) -> None:
    def code(coder: str) -> None:
        for name in NAMES:
            choose(opened, "Local", name=name, coder=coder)

    coders = [f"Coder {number}" for number in range(8)]
    threads = [threading.Thread(target=code, args=[coder]) for coder in coders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(opened.project.decided()) == sorted((coder, name, "scale") for coder in coders for name in NAMES)
    assert opened.journal_state.own() == opened.project.decided()


# Whose they are


def test_outcomes_are_shared_out_among_those_who_are_expected(project: Project) -> None:
    opened = OpenProject(project, names=("Ana", "Ben", "Chi"))
    assert sum(opened.coding_queue(coder).n_mine for coder in ("Ana", "Ben", "Chi")) == 3


def test_who_was_not_expected_takes_over_a_share_when_they_decide_something(project: Project) -> None:
    opened = OpenProject(project, names=("Ana",))
    opened.coding_queue("Ben")
    before = opened.coding_queue("Ana").n_mine
    choose(opened, "Local", coder="Ben")
    assert (before, opened.coding_queue("Ana").n_mine + opened.coding_queue("Ben").n_mine) == (3, 3)
    assert opened.coding_queue("Ben").is_mine(A)


def test_who_has_taken_everything_back_has_no_share(project: Project) -> None:
    opened = OpenProject(project, names=("Ana",))
    choose(opened, "Local", coder="Anna")
    opened.do(lambda: undo(opened.journal_state, "Anna"))
    assert opened.coding_queue("Ana").n_mine == 3


@pytest.mark.parametrize("typed", ["Ana Moss", "ana moss", " ANA  MOSS "])
def test_coder_is_known_by_their_name_however_it_is_typed(project: Project, typed: str) -> None:
    assert OpenProject(project, names=("Ana Moss",)).known_as(typed) == "Ana Moss"


def test_coder_is_known_as_the_journal_spells_them(project: Project) -> None:
    opened = OpenProject(project, names=("Ana Moss",))
    choose(opened, "Local", coder="ana moss")
    assert opened.known_as("ANA MOSS") == "ana moss"


def test_coder_nobody_expected_is_known_as_they_typed_their_name(project: Project) -> None:
    assert OpenProject(project).known_as(" Ana  Moss ") == "Ana Moss"


def test_who_only_looked_takes_no_share(opened: OpenProject) -> None:
    opened.coding_queue("root")
    assert opened.coding_queue("Ana").n_mine == 3


def test_who_decided_something_that_counts_takes_a_share(opened: OpenProject) -> None:
    choose(opened, "Local", coder="Ben")
    assert opened.coding_queue("Ana").n_mine < 3


def test_who_decides_by_another_program_takes_a_share(project: Project, opened: OpenProject) -> None:
    open_project(project.folder).journal.record([by_hand(A, "Local", coder="Ben")])
    opened.refresh()
    assert opened.coding_queue("Ana").n_mine < 3


def test_two_spellings_in_an_old_journal_are_one_coder_under_the_first(opened: OpenProject) -> None:
    opened.record([by_hand(A, "Local", coder="ana moss"), by_hand(B, "Local", coder="Ana Moss")])
    assert {opened.known_as(name) for name in ("ana moss", "Ana Moss", "ANA MOSS.")} == {"ana moss"}
    assert opened.coding_queue("ana moss").n_mine == 3


def test_another_spelling_takes_no_share(opened: OpenProject) -> None:
    choose(opened, "Local", coder="Ana")
    assert opened.coding_queue(opened.known_as("\N{NO-BREAK SPACE}ana")).n_mine == 3


def test_first_coder_is_let_in_without_a_question(project: Project) -> None:
    assert OpenProject(project).may_enter("Ana")


def test_who_came_first_stays_when_another_decides_first(project: Project) -> None:
    opened = OpenProject(project)
    assert (opened.may_enter("Ana"), opened.may_enter("Ben")) == (True, True)
    choose(opened, "Local", coder="Ben")
    assert opened.may_enter("Ana")


def test_new_name_beside_others_is_not_let_in_until_it_is_confirmed(project: Project) -> None:
    project.journal.record([by_hand(A, "Local", coder="Ana Moss")])
    opened = OpenProject(project)
    assert (opened.may_enter("ANA MOSS"), opened.may_enter("Ana Mos")) == (True, False)
    opened.admit("Ana Mos")
    assert (opened.may_enter("Ana Mos"), project.journal.entries()[-1].decision.method) == (True, DecisionMethod.JOINED)


def test_who_signs_in_by_the_users_file_needs_no_confirmation(project: Project) -> None:
    project.journal.record([by_hand(A, "Local", coder="Ana Moss")])
    assert OpenProject(project, names=("Ben",)).may_enter("ben")


def test_coders_are_named_the_one_first_whose_name_is_most_alike(project: Project) -> None:
    project.journal.record([by_hand(A, "Local", coder=name) for name in ("Ben Oduya", "Ana Moss")])
    assert OpenProject(project).similar_coders("Anna Moss") == ("Ana Moss", "Ben Oduya")


def test_coder_of_the_users_file_and_the_journal_is_one(project: Project) -> None:
    opened = OpenProject(project, names=("Ana", "Ben"))
    before = opened.coding_queue("Ben").n_mine
    choose(
        opened, "Local", coder="ana", name=next(name for name in NAMES if not opened.coding_queue("Ben").is_mine(name))
    )
    assert opened.coding_queue("Ben").coders == {"ana", "Ben"}
    assert before < 3


def test_worklist_is_up_to_date_when_something_was_decided(opened: OpenProject) -> None:
    coding_queue = opened.coding_queue("Ana")
    opened.record([by_hand(A, "Local"), by_hand(A, "GEN", field="objective")])
    assert (coding_queue.n_done, list(coding_queue.select(Filter(), Order.FILE))) == (1, [B, C])


def test_worklist_reports_of_what_was_put_off(opened: OpenProject) -> None:
    coding_queue = opened.coding_queue("Ana")
    opened.record([skip(opened.coding_items.by_id[A], coder="Ana", codebook=CODEBOOK)])
    assert list(coding_queue.select(Filter(), Order.FILE)) == [B, C, A]


# Suggestions, set by set


def test_before_there_are_suggestions_the_set_is_nought(opened: OpenProject) -> None:
    assert (opened.coding_items.number, opened.suggested, reported(opened, 0)) == (0, None, ())


def test_new_suggestions_are_laid_out(project: Project, opened: OpenProject) -> None:
    suggest(elsewhere(project), "Local")
    opened.refresh()
    assert (opened.coding_items.number, reported(opened, 1)) == (1, ("Local",))


def test_earlier_suggestions_are_still_known(project: Project, opened: OpenProject) -> None:
    for code in ("Local", "Regional"):
        suggest(elsewhere(project), code)
    opened.refresh()
    assert [reported(opened, number) for number in (0, 1, 2)] == [(), ("Local",), ("Regional",)]


def test_suggestions_that_there_are_not_are_reported(project: Project, opened: OpenProject) -> None:
    with pytest.raises(ProjectError) as caught:
        opened.coding_items_of(7)
    path = project.folder / "suggestions" / "0007.json"
    assert str(caught.value) == f"{path}: can't be read; restore it from a backup of the project"


# What others change


def test_project_that_is_as_it_was_is_not_opened_again(opened: OpenProject) -> None:
    before = opened.project
    opened.refresh()
    assert opened.project is before


def test_harvest_added_elsewhere_is_taken_in(project: Project, opened: OpenProject, tmp_path: Path) -> None:
    add_harvest(elsewhere(project), write_outcomes(tmp_path / "more.xlsx", row("SCC-LPC/004")))
    opened.refresh()
    assert opened.coding_queue("Ana").n_mine == 4


def test_codebook_replaced_elsewhere_is_taken_in(project: Project, opened: OpenProject, tmp_path: Path) -> None:
    choose(opened, "National")
    replace_codebook(elsewhere(project), write_text(tmp_path / "other.yaml", OTHER_CODEBOOK))
    opened.refresh()
    assert (opened.project.codebook.names, opened.coding_queue("Ana").undecided(A)) == (
        ("scale",),
        frozenset({"scale"}),
    )


def test_decisions_stay_known_when_the_project_is_opened_again(opened: OpenProject) -> None:
    choose(opened, "Local")
    opened.reload()
    assert opened.journal_state.current_decision("Ana", A, "scale") is not None
    assert choose(opened, "National", based_on=1).raced == ()


def test_suggestions_that_cannot_be_read_are_reported_until_they_can(project: Project, opened: OpenProject) -> None:
    suggest(elsewhere(project), "Local")
    path = project.folder / "suggestions" / "0001.json"
    whole = path.read_bytes()
    path.write_bytes(whole[:-5])
    for _ in range(2):
        with pytest.raises(ProjectError, match=r"0001\.json: can't be read"):
            opened.refresh()
    path.write_bytes(whole)
    opened.refresh()
    assert reported(opened, 1) == ("Local",)


# The model


@pytest.fixture
def sample_project(tmp_path: Path) -> Iterator[Project]:
    """Return a project with the sample's model and codebook."""
    begun = new_project(tmp_path / "project", codebook=sample_files.codebook_path(), model="sample")
    yield add_harvest(begun, write_outcomes(tmp_path / "harvest.xlsx", row(A))).project
    begun.journal.close()


def test_model_is_known_by_its_manifest(sample_project: Project) -> None:
    opened = OpenProject(sample_project)
    assert opened.manifest is not None
    assert (opened.manifest.name, opened.is_model_older) == ("sample", False)


def test_model_whose_suggestions_were_never_made_is_newer(sample_project: Project) -> None:
    opened = OpenProject(sample_project)
    assert opened.manifest is not None
    assert opened.newer_model == opened.manifest.title


def test_model_whose_suggestions_are_laid_out_is_not_newer(sample_project: Project) -> None:
    title = OpenProject(sample_project).newer_model
    assert title is not None
    sample_project.suggestions.keep({A: kept(sample_project.outcomes[A], model=title)})
    assert OpenProject(sample_project).newer_model is None


def test_model_made_with_another_codebook_is_older(project: Project) -> None:
    opened = OpenProject(use_model(project, "sample"))
    assert (opened.is_model_older, opened.newer_model) == (True, None)


def test_model_that_is_not_there_is_none(project: Project) -> None:
    opened = OpenProject(use_model(project, "models/0001"))
    assert (opened.manifest, opened.is_model_older, opened.newer_model) == (None, False, None)


def test_project_without_a_model_has_none(opened: OpenProject) -> None:
    assert (opened.manifest, opened.is_model_older, opened.newer_model) == (None, False, None)
