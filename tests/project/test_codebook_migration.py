from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.codebook.diff import CodeChange, Fate
from classifier.codebook.schema import Codebook, sample_codebook
from classifier.errors import CodebookError, FaultsError
from classifier.harvest.suggestion_record import ShownSuggestion
from classifier.project.add_harvest import add_harvest
from classifier.project.codebook_migration import Changed, RemovedField, change_codebook, is_model_older, plan_change
from classifier.project.codebook_migration_summary import summarise_change
from classifier.project.consensus import consensus_of
from classifier.project.journal import Decision, DecisionMethod
from classifier.project.project import Project, new_project, open_project
from tests.support.projects import open_differences, use_model
from tests.support.workbooks import write_outcomes, write_text

SCALE = "{name: scale, column: Scale, kind: single, codes: [%s]}"
OBJECTIVE = "{name: objective, column: Objective, kind: multiple, codes: [%s]}"
VILLAGE, NATIONAL, LOCAL = "{code: Village}", "{code: National}", "{code: Local}"
LOCAL_ONCE_VILLAGE = "{code: Local, aliases: [Village]}"
OBJECTIVES = OBJECTIVE % "{code: CIV}, {code: GEN}, {code: LAW}"
NAMES = ("A/1", "A/2", "A/3")


def codebook(path: Path, scale: str, objective: str = OBJECTIVES, *, more: str = "") -> Path:
    """Write a codebook of the codes of scale, and another field."""
    return write_text(path, f"fields: [{SCALE % scale}, {objective}]\n{more}")


def begin(folder: Path, *, scale: str = f"{VILLAGE}, {NATIONAL}", coded: str = "") -> Project:
    """Begin a project of three outcomes, the last of which may come coded."""
    rows: list[dict[str, object]] = [
        {"FragmentID": name, "Outcome description": f"The council of {name} met in public.", "Scale": ""}
        for name in NAMES
    ]
    rows[-1]["Scale"] = coded
    begun = new_project(folder / "project", codebook=codebook(folder / "before.yaml", scale))
    return add_harvest(begun, write_outcomes(folder / "harvest.xlsx", *rows)).project


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    begun = begin(tmp_path)
    yield begun
    begun.journal.close()


def decide(
    project: Project,
    name: str,
    *codes: str,
    coder: str = "Ana",
    field: str = "scale",
    method: DecisionMethod = DecisionMethod.BY_HAND,
    shown: ShownSuggestion | None = None,
) -> None:
    decision = Decision(
        coder=coder,
        fragment_id=name,
        field=field,
        codes=codes,
        method=method,
        codebook=project.codebook.sha256,
        shown=shown,
        rank=None if shown is None else 1,
        seconds=4.5,
        based_on=project.journal_state().latest_number(coder, name, field),
    )
    project.journal.record([decision])


def standing(project: Project, field: str = "scale") -> dict[tuple[str, str], tuple[str, ...]]:
    """Give what counts of a field by coder and outcome."""
    return {(who, name): one.decision.codes for (who, name, of), one in project.decided().items() if of == field}


def last(project: Project) -> Decision:
    return project.journal.entries()[-1].decision


def refusal(project: Project, new: Path, *, map_file: Path | None = None) -> str:
    """Say why a change is refused, having seen that it changed nothing."""
    before = project.journal.entries()
    with pytest.raises(FaultsError) as caught:
        change_codebook(project, new, map_file=map_file)
    assert (project.journal.entries(), Codebook.read(project.folder / "codebook.yaml")) == (before, project.codebook)
    return str(caught.value)


@pytest.fixture
def renamed(tmp_path: Path) -> Path:
    """Return a codebook in which the village is called local."""
    return codebook(tmp_path / "after.yaml", f"{LOCAL_ONCE_VILLAGE}, {NATIONAL}")


@pytest.fixture
def split(tmp_path: Path) -> Path:
    """Return a codebook in which the village is a hamlet or a town."""
    return codebook(tmp_path / "after.yaml", f"{{code: Hamlet}}, {{code: Town}}, {NATIONAL}")


# Carried over


def test_decision_with_a_renamed_code_is_carried_over(project: Project, renamed: Path) -> None:
    decide(project, "A/1", "Village")
    assert standing(change_codebook(project, renamed).project) == {("Ana", "A/1"): ("Local",)}


def test_row_carried_over_says_so_and_names_the_new_codebook(project: Project, renamed: Path) -> None:
    decide(project, "A/1", "Village")
    changed = change_codebook(project, renamed)
    assert last(project) == Decision(
        coder="Ana",
        fragment_id="A/1",
        field="scale",
        codes=("Local",),
        method=DecisionMethod.CARRIED_OVER,
        codebook=changed.project.codebook.sha256,
        note="carried over from Village",
        based_on=1,
    )


def test_code_spelled_a_little_otherwise_is_the_same(project: Project, tmp_path: Path) -> None:
    decide(project, "A/1", "Village")
    changed = change_codebook(project, codebook(tmp_path / "after.yaml", f"{{code: VILLAGE}}, {NATIONAL}"))
    assert changed.codes == (
        CodeChange(field="scale", code="Village", fate=Fate.RENAMED, to=("VILLAGE",), n_decisions=1),
    )


def test_merged_codes_are_one(project: Project, tmp_path: Path) -> None:
    decide(project, "A/1", "Village")
    decide(project, "A/2", "National")
    changed = change_codebook(project, codebook(tmp_path / "after.yaml", "{code: National, aliases: [Village]}"))
    assert standing(project) == {("Ana", "A/1"): ("National",), ("Ana", "A/2"): ("National",)}
    assert [change.fate for change in changed.codes] == [Fate.MERGED]


def test_decision_with_a_code_that_stays_is_left_alone(project: Project, renamed: Path) -> None:
    decide(project, "A/1", "National")
    change_codebook(project, renamed)
    assert [entry.decision.method for entry in project.journal.entries()] == [DecisionMethod.BY_HAND]


def test_map_may_send_a_code_that_stays_elsewhere(project: Project, tmp_path: Path) -> None:
    decide(project, "A/1", "Village")
    new = codebook(tmp_path / "after.yaml", f"{VILLAGE}, {NATIONAL}, {LOCAL}")
    change_codebook(project, new, map_file=write_text(tmp_path / "map.csv", "field,from,to\nscale,Village,Local\n"))
    assert standing(project) == {("Ana", "A/1"): ("Local",)}


def test_map_may_exchange_the_names_of_two_codes(project: Project, tmp_path: Path) -> None:
    decide(project, "A/1", "Village")
    decide(project, "A/2", "National")
    new = codebook(tmp_path / "after.yaml", f"{NATIONAL}, {VILLAGE}")
    rows = "field,from,to\nscale,Village,National\nscale,National,Village\n"
    change_codebook(project, new, map_file=write_text(tmp_path / "map.csv", rows))
    assert standing(project) == {("Ana", "A/1"): ("National",), ("Ana", "A/2"): ("Village",)}


def test_decision_of_each_coder_is_carried_over(project: Project, renamed: Path) -> None:
    decide(project, "A/1", "Village")
    decide(project, "A/1", "Village", coder="Ben")
    change_codebook(project, renamed)
    assert standing(project) == {("Ana", "A/1"): ("Local",), ("Ben", "A/1"): ("Local",)}


def test_decision_that_no_longer_counts_is_not_carried_over(project: Project, renamed: Path) -> None:
    decide(project, "A/1", "Village")
    decide(project, "A/1", "National")
    assert change_codebook(project, renamed).decisions == ()


def test_blind_decision_stays_blind(project: Project, renamed: Path) -> None:
    decide(project, "A/1", "Village")
    change_codebook(project, renamed)
    assert last(project).shown is None


def test_what_was_shown_is_kept_as_it_was_shown(project: Project, renamed: Path) -> None:
    shown = ShownSuggestion(suggested=("Village",), confidence=0.9, prediction_set=("Village",), model="ours")
    decide(project, "A/1", "Village", shown=shown)
    change_codebook(project, renamed)
    assert (last(project).shown, last(project).rank) == (shown, 1)


def test_carrying_over_is_not_reported_as_deciding_twice(project: Project, renamed: Path) -> None:
    decide(project, "A/1", "Village")
    change_codebook(project, renamed)
    assert project.journal_state().unseen == ()


def test_several_codes_keep_their_order_and_doubles_are_one(project: Project, tmp_path: Path) -> None:
    decide(project, "A/1", "LAW", "CIV", "GEN", field="objective")
    objective = OBJECTIVE % "{code: GEN, aliases: [CIV]}, {code: Justice, aliases: [LAW]}"
    change_codebook(project, codebook(tmp_path / "after.yaml", f"{VILLAGE}, {NATIONAL}", objective))
    assert standing(project, "objective") == {("Ana", "A/1"): ("Justice", "GEN")}


# Back to the queue


def test_decision_with_a_split_code_goes_back_to_the_queue(project: Project, split: Path, tmp_path: Path) -> None:
    decide(project, "A/1", "Village")
    rows = "field,from,to\nscale,Village,Hamlet\nscale,Village,Town\n"
    changed = change_codebook(project, split, map_file=write_text(tmp_path / "map.csv", rows))
    assert (standing(project), changed.n_carried, changed.n_back) == ({}, 0, 1)
    assert (last(project).method, last(project).note) == (DecisionMethod.CARRIED_OVER, "split into Hamlet, Town")


def test_code_may_be_split_in_one_cell(project: Project, split: Path, tmp_path: Path) -> None:
    map_file = write_text(tmp_path / "map.csv", "field,from,to\nscale,Village,Hamlet; Town\n")
    (village,) = change_codebook(project, split, map_file=map_file).codes
    assert (village.fate, village.to) == (Fate.SPLIT, ("Hamlet", "Town"))


def test_code_that_is_no_more_goes_back_to_the_queue(project: Project, split: Path, tmp_path: Path) -> None:
    decide(project, "A/1", "Village")
    change_codebook(project, split, map_file=write_text(tmp_path / "map.csv", "field,from,to\nscale,Village,\n"))
    assert (standing(project), last(project).note) == ({}, "no longer a code")


def test_one_of_several_codes_split_takes_all_back_to_the_queue(project: Project, tmp_path: Path) -> None:
    decide(project, "A/1", "LAW", "CIV", field="objective")
    new = codebook(tmp_path / "after.yaml", f"{VILLAGE}, {NATIONAL}", OBJECTIVE % "{code: CIV}, {code: GEN}")
    map_file = write_text(tmp_path / "map.csv", "field,from,to\nobjective,LAW,CIV;GEN\n")
    change_codebook(project, new, map_file=map_file)
    assert standing(project, "objective") == {}
    assert last(project).note == "LAW split into CIV, GEN: all of LAW, CIV goes back to the queue"


def test_several_codes_go_back_where_the_field_takes_one_now(project: Project, tmp_path: Path) -> None:
    decide(project, "A/1", "LAW", "CIV", field="objective")
    decide(project, "A/2", "LAW", field="objective")
    objective = OBJECTIVES.replace("multiple", "single")
    changed = change_codebook(project, codebook(tmp_path / "after.yaml", f"{VILLAGE}, {NATIONAL}", objective))
    assert (standing(project, "objective"), changed.n_too_much) == ({("Ana", "A/2"): ("LAW",)}, {"objective": 1})
    assert last(project).note == "the field takes one code now"


# What settled a difference


def adjudicate(project: Project, code: str) -> None:
    decide(project, "A/1", "Village")
    decide(project, "A/1", "National", coder="Ben")
    decide(project, "A/1", code, coder="Chi", method=DecisionMethod.ADJUDICATION)


def test_what_was_settled_is_carried_over_as_settled(project: Project, renamed: Path) -> None:
    adjudicate(project, "Village")
    changed = change_codebook(project, renamed).project
    consensus = consensus_of(["A/1"], changed.codebook, changed.journal_state())["A/1", "scale"]
    (adjudicated,) = consensus.entries
    assert (consensus.codes, adjudicated.decision.coder, adjudicated.decision.note) == (
        ("Local",),
        "Chi",
        "carried over from Village",
    )


def test_settling_leaves_the_decisions_carried_over_beside_it(project: Project, renamed: Path) -> None:
    adjudicate(project, "Village")
    change_codebook(project, renamed)
    assert standing(project) == {("Ana", "A/1"): ("Local",), ("Ben", "A/1"): ("National",)}


def test_settled_again_and_then_split_is_adjudicated_no_more(project: Project, tmp_path: Path) -> None:
    adjudicate(project, "National")
    decide(project, "A/1", "Village", coder="Chi", method=DecisionMethod.ADJUDICATION)
    map_file = write_text(tmp_path / "map.csv", "field,from,to\nscale,Village,National;Village\n")
    new = codebook(tmp_path / "after.yaml", f"{VILLAGE}, {NATIONAL}, {LOCAL}")
    changed = change_codebook(project, new, map_file=map_file).project
    assert changed.journal_state().adjudicated("A/1", "scale") is None


def test_difference_is_open_again_where_what_settled_it_is_no_more(tmp_path: Path) -> None:
    project = begin(tmp_path, scale=f"{VILLAGE}, {NATIONAL}, {LOCAL}")
    adjudicate(project, "Local")
    map_file = write_text(tmp_path / "map.csv", "field,from,to\nscale,Local,\n")
    new = codebook(tmp_path / "after.yaml", f"{VILLAGE}, {NATIONAL}")
    changed = change_codebook(project, new, map_file=map_file).project
    assert list(open_differences(["A/1"], changed.codebook, changed.journal_state())) == [("A/1", "scale")]
    project.journal.close()


# Run again


def rows_of(project: Project) -> list[tuple[str, ...]]:
    return [entry.decision.codes for entry in project.journal.entries()]


def test_stopped_between_rows_and_codebook_it_is_finished_by_running_it_again(project: Project, tmp_path: Path) -> None:
    decide(project, "A/1", "Village")
    new = codebook(tmp_path / "after.yaml", f"{NATIONAL}, {VILLAGE}")
    # Two names exchanged: carried over twice, the decision would be where it began.
    map_file = write_text(tmp_path / "map.csv", "field,from,to\nscale,Village,National\nscale,National,Village\n")
    project.journal.record(plan_change(project, new, map_file=map_file).decisions)
    again = open_project(project.folder)
    change_codebook(again, new, map_file=map_file)
    again.journal.close()
    assert rows_of(project) == [("Village",), ("National",)]
    assert Codebook.read(project.folder / "codebook.yaml") == Codebook.read(new)


def test_what_is_decided_while_it_was_stopped_is_carried_over_too(project: Project, renamed: Path) -> None:
    decide(project, "A/1", "Village")
    project.journal.record(plan_change(project, renamed).decisions)
    decide(project, "A/2", "Village")
    change_codebook(project, renamed)
    assert standing(project) == {("Ana", "A/1"): ("Local",), ("Ana", "A/2"): ("Local",)}


def test_run_again_when_it_is_done_writes_nothing(project: Project, split: Path, tmp_path: Path) -> None:
    decide(project, "A/1", "Village")
    map_file = write_text(tmp_path / "map.csv", "field,from,to\nscale,Village,Town\n")
    changed = change_codebook(project, split, map_file=map_file)
    again = change_codebook(changed.project, split, map_file=map_file)
    assert (again.is_same, again.decisions, rows_of(project)) == (True, (), [("Village",), ("Town",)])


CODES = ("Village", "National", "Regional")


@pytest.mark.slow
@given(
    names=st.permutations(["Village", "National", "Regional", "Local", "Country", "World"]),
    decided=st.lists(st.sampled_from(CODES), min_size=3, max_size=3),
)
@settings(max_examples=12, deadline=None)
def test_renaming_there_and_back_changes_no_decision(
    tmp_path_factory: pytest.TempPathFactory, names: Sequence[str], decided: Sequence[str]
) -> None:
    folder = tmp_path_factory.mktemp("there_and_back")
    there = dict(zip(CODES, names, strict=False))
    project = begin(folder, scale=listed(CODES))
    for name, code in zip(NAMES, decided, strict=True):
        decide(project, name, code)
    before = standing(project)
    after = codebook(folder / "after.yaml", listed(there.values()))
    changed = change_codebook(project, after, map_file=map_of(folder / "there.csv", there))
    assert standing(project) == {key: (there[code],) for key, (code,) in before.items()}
    back = {new: code for code, new in there.items()}
    change_codebook(changed.project, folder / "before.yaml", map_file=map_of(folder / "back.csv", back))
    assert standing(project) == before
    project.journal.close()


def listed(codes: Iterable[str]) -> str:
    return ", ".join(f"{{code: {code}}}" for code in codes)


def map_of(path: Path, codes: Mapping[str, str]) -> Path:
    return write_text(path, "field,from,to\n" + "".join(f"scale,{code},{new}\n" for code, new in codes.items()))


# The codebook


def test_codebook_before_is_kept_and_the_new_one_is_the_projects(project: Project, renamed: Path) -> None:
    changed = change_codebook(project, renamed)
    assert changed.kept == project.folder / "codebooks" / f"{project.codebook.sha256[:12]}.yaml"
    assert Codebook.read(changed.kept) == project.codebook
    assert (project.folder / "codebook.yaml").read_bytes() == renamed.read_bytes()


def test_project_opened_again_has_the_new_codebook(project: Project, renamed: Path) -> None:
    changed = change_codebook(project, renamed).project
    again = open_project(project.folder)
    again.journal.close()
    assert (again.codebook, list(again.outcomes)) == (changed.codebook, list(NAMES))


def test_codebook_with_faults_changes_nothing(project: Project, tmp_path: Path) -> None:
    with pytest.raises(CodebookError):
        change_codebook(project, write_text(tmp_path / "after.yaml", "fields: []\n"))
    assert Codebook.read(project.folder / "codebook.yaml") == project.codebook


def test_code_with_another_definition_is_reported_and_its_decisions_stay(project: Project, tmp_path: Path) -> None:
    decide(project, "A/1", "Village")
    new = codebook(tmp_path / "after.yaml", f"{{code: Village, definition: a place without a mayor}}, {NATIONAL}")
    changed = change_codebook(project, new)
    assert changed.codes == (CodeChange(field="scale", code="Village", fate=Fate.REDEFINED, n_decisions=1),)
    assert standing(project) == {("Ana", "A/1"): ("Village",)}


def test_translations_leave_decisions_as_they_are(project: Project, tmp_path: Path) -> None:
    decide(project, "A/1", "Village")
    new = codebook(tmp_path / "after.yaml", f"{{code: Village, translations: {{fr: {{code: Bourg}}}}}}, {NATIONAL}")
    changed = change_codebook(project, new)
    assert (changed.is_same, changed.codes, changed.decisions) == (False, (), ())
    assert open_project(project.folder).codebook.field("scale").find("bourg") == "Village"
    assert standing(project) == {("Ana", "A/1"): ("Village",)}


def test_codebook_before_other_translations_is_kept(project: Project, tmp_path: Path) -> None:
    for name in ("Bourg", "Village rural"):
        translated = f"{{code: Village, translations: {{fr: {{code: {name}}}}}}}, {NATIONAL}"
        changed = change_codebook(project, codebook(tmp_path / "after.yaml", translated))
        project = changed.project
    assert len(list((project.folder / "codebooks").iterdir())) == 2
    assert changed.kept is not None
    assert Codebook.read(changed.kept).field("scale").find("bourg") == "Village"


@pytest.mark.parametrize("names", ["aliases: [%s]", "translations: {fr: {code: %s}}"])
def test_outcomes_that_are_read_otherwise_are_told_where_a_name_becomes_that_of_another_code(
    tmp_path: Path, names: str
) -> None:
    code = "{code: %s, " + names + "}"
    begun = begin(tmp_path, scale=f"{code % ('Village', 'Bourg')}, {code % ('National', 'Pays')}", coded="Pays")
    new = codebook(tmp_path / "after.yaml", f"{code % ('Village', 'Pays')}, {code % ('National', 'Bourg')}")
    changed = plan_change(begun, new)
    begun.journal.close()
    assert summarise_change(changed).notes == (
        "field 'Scale': 1 outcome coded in the harvest is read as another code now, since a name of one code was that "
        "of another before; if that is not meant, correct the aliases and translations",
    )


def test_new_code_is_reported(project: Project, tmp_path: Path) -> None:
    new = codebook(tmp_path / "after.yaml", f"{VILLAGE}, {NATIONAL}, {{code: Regional}}")
    assert change_codebook(project, new).codes == (CodeChange(field="scale", code="Regional", fate=Fate.NEW),)


def test_code_that_is_gone_and_has_no_decisions_needs_no_map(project: Project, tmp_path: Path) -> None:
    changed = change_codebook(project, codebook(tmp_path / "after.yaml", NATIONAL))
    assert changed.codes == (CodeChange(field="scale", code="Village", fate=Fate.DROPPED),)


def test_decisions_in_a_field_that_is_gone_are_reported_and_stay(project: Project, tmp_path: Path) -> None:
    decide(project, "A/1", "Village")
    changed = change_codebook(project, write_text(tmp_path / "after.yaml", f"fields: [{OBJECTIVES}]\n"))
    assert changed.gone_fields == (RemovedField(field="scale", heading="Scale", n_decisions=1, successor=None),)
    assert standing(project) == {("Ana", "A/1"): ("Village",)}


def test_field_with_decisions_that_has_another_name_is_refused(project: Project, tmp_path: Path) -> None:
    decide(project, "A/3", "GEN", field="objective")
    aim = OBJECTIVES.replace("name: objective", "name: aim")
    assert refusal(project, codebook(tmp_path / "after.yaml", f"{VILLAGE}, {NATIONAL}", aim)) == (
        "after.yaml: 1 problem to correct\n"
        "  column 'Objective': is the field 'objective' in the project, with 1 decision, and the field 'aim' in the "
        "new codebook (rename the field there to 'objective'; or give it another column, if it is another field)"
    )


def test_field_without_decisions_may_get_another_name(project: Project, tmp_path: Path) -> None:
    aim = OBJECTIVES.replace("name: objective", "name: aim")
    changed = change_codebook(project, codebook(tmp_path / "after.yaml", f"{VILLAGE}, {NATIONAL}", aim))
    assert changed.new_fields == ("aim",)


def test_decisions_count_again_when_their_field_is_back(project: Project, tmp_path: Path) -> None:
    decide(project, "A/1", "Village")
    without = change_codebook(project, write_text(tmp_path / "after.yaml", f"fields: [{OBJECTIVES}]\n")).project
    again = change_codebook(without, tmp_path / "before.yaml").project
    assert consensus_of(["A/1"], again.codebook, again.journal_state())["A/1", "scale"].codes == ("Village",)


def test_new_field_is_reported(project: Project, tmp_path: Path) -> None:
    country = "{name: country, column: Where, kind: single, codes: [{code: Mali}]}"
    text = f"fields: [{SCALE % f'{VILLAGE}, {NATIONAL}'}, {OBJECTIVES}, {country}]\n"
    assert change_codebook(project, write_text(tmp_path / "after.yaml", text)).new_fields == ("country",)


def test_outcomes_that_came_coded_with_a_code_that_is_gone_are_reported(tmp_path: Path) -> None:
    project = begin(tmp_path, coded="Village")
    changed = change_codebook(project, codebook(tmp_path / "after.yaml", NATIONAL))
    project.journal.close()
    assert changed.n_lost_in_files == {"scale": 1}


def test_outcomes_that_came_coded_with_what_is_an_alias_now_stay_coded(tmp_path: Path) -> None:
    project = begin(tmp_path, coded="Village")
    changed = change_codebook(project, codebook(tmp_path / "after.yaml", LOCAL_ONCE_VILLAGE))
    project.journal.close()
    assert (changed.n_lost_in_files, changed.project.outcomes["A/3"].codes) == ({}, {"scale": ("Local",)})


# Refused


def test_gone_codes_with_decisions_are_listed_with_the_rows_to_write(project: Project, tmp_path: Path) -> None:
    decide(project, "A/1", "Village")
    decide(project, "A/2", "Village")
    decide(project, "A/3", "National")
    new = codebook(tmp_path / "after.yaml", "{code: Villages}, {code: Global}")
    assert refusal(project, new) == (
        "after.yaml: 2 problems to correct\n"
        "  field 'scale' (column 'Scale'): 'Village' is no longer a code, but was chosen in 2 decisions "
        "(write the row scale,Village,Villages "
        "below field,from,to in a --map file; or scale,Village, to send them back to the queue)\n"
        "  field 'scale' (column 'Scale'): 'National' is no longer a code, but was chosen in 1 decision "
        "(write the row scale,National,CODE "
        "below "
        "field,from,to in a --map file, CODE being one of Villages, Global; or scale,National, to send them back to "
        "the queue)"
    )


def test_row_to_write_has_quotes_where_a_code_holds_a_comma(tmp_path: Path) -> None:
    project = begin(tmp_path, scale=f"{{code: 'Norms, attitudes'}}, {NATIONAL}")
    decide(project, "A/1", "Norms, attitudes")
    reported = refusal(project, codebook(tmp_path / "after.yaml", NATIONAL))
    project.journal.close()
    assert 'or scale,"Norms, attitudes", to send them back to the queue' in reported


def test_harvest_that_could_not_be_read_by_it_is_reported(project: Project, tmp_path: Path) -> None:
    new = codebook(
        tmp_path / "after.yaml", f"{VILLAGE}, {NATIONAL}", more="columns: {id: Number, period: FragmentID}\n"
    )
    assert refusal(project, new).startswith(
        "001_harvest.xlsx: 1 problem to correct\n  Outcomes!A1: column 'Number' is missing"
    )


def test_harvest_whose_outcomes_would_have_other_ids_is_reported(project: Project, tmp_path: Path) -> None:
    new = codebook(tmp_path / "after.yaml", f"{VILLAGE}, {NATIONAL}", more="columns: {id: Outcome description}\n")
    assert "with the new codebook its outcomes get other IDs, for which there are no decisions" in refusal(project, new)


def test_faults_of_map_codes_and_harvests_are_reported_at_once(project: Project, tmp_path: Path) -> None:
    decide(project, "A/1", "Village")
    new = codebook(tmp_path / "after.yaml", NATIONAL, more="columns: {id: Number, period: FragmentID}\n")
    map_file = write_text(tmp_path / "map.csv", "field,from,to\nscale,Vilage,National\n")
    reported = refusal(project, new, map_file=map_file)
    assert [line.partition(":")[0] for line in reported.splitlines() if not line.startswith(" ")] == [
        "001_harvest.xlsx",
        "map.csv",
        "after.yaml",
    ]


# The model


def test_model_of_another_codebook_is_older(tmp_path: Path) -> None:
    text = sample_codebook().dump()
    project = new_project(tmp_path / "project", codebook=write_text(tmp_path / "codebook.yaml", text), model="sample")
    before = is_model_older(project)
    new = write_text(tmp_path / "after.yaml", text.replace("version: 1", "version: 2"))
    changed = change_codebook(project, new)
    project.journal.close()
    assert (before, changed.is_model_older) == (False, True)


def test_no_model_is_not_older(project: Project) -> None:
    assert not is_model_older(project)


def test_model_that_is_missing_is_not_older(project: Project) -> None:
    assert not is_model_older(use_model(project, "ours"))


# In a few lines


@pytest.fixture
def changed(project: Project, tmp_path: Path) -> Changed:
    """Return a change in which a code was renamed, one split, and a field replaced by another."""
    decide(project, "A/1", "Village")
    decide(project, "A/2", "National")
    decide(project, "A/3", "GEN", field="objective")
    aim = OBJECTIVES.replace("name: objective, column: Objective", "name: aim, column: Aim")
    new = codebook(tmp_path / "after.yaml", f"{LOCAL_ONCE_VILLAGE}, {{code: State}}, {{code: Country}}", aim)
    map_file = write_text(tmp_path / "map.csv", "field,from,to\nscale,National,State;Country\n")
    return change_codebook(project, new, map_file=map_file)


def test_summary_reports_what_each_code_became(changed: Changed) -> None:
    assert summarise_change(changed).tables == (
        (
            ("Field", "Code", "Became", "Decisions"),
            ("Scale", "Village", "renamed to Local", "1"),
            ("Scale", "National", "split into State, Country", "1 back to the queue"),
        ),
    )


def test_summary_reports_of_fields(changed: Changed) -> None:
    assert summarise_change(changed).notes == (
        "field 'Objective' was removed; 1 decision in it no longer used",
        "field 'Aim' is new; the outcomes are still to be coded in it",
    )


def test_summary_reports_where_the_codebook_before_is_kept(changed: Changed) -> None:
    assert summarise_change(changed).ending == (
        f"Carried over 1 decision, 1 back to the queue; the previous codebook is kept in {changed.kept}"
    )


def test_summary_says_what_to_do_with_an_older_model(changed: Changed) -> None:
    reported = summarise_change(replace(changed, is_model_older=True)).notes[-1]
    assert reported == (
        "the model is older than the codebook; train it again with `outcome-coder project train --project "
        f"{changed.project.folder}`"
    )


def test_summary_is_plain_for_programs(changed: Changed) -> None:
    plain = summarise_change(changed).plain
    assert (plain["carried"], plain["back"], plain["gone_fields"]) == (1, 1, {"objective": 1})
    assert plain["codes"][0] == {
        "field": "scale",
        "code": "Village",
        "fate": "renamed",
        "to": ["Local"],
        "decisions": 1,
    }
