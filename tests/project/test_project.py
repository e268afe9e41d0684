from __future__ import annotations

import errno
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

import openpyxl
import pytest

from classifier.errors import FaultsError, OutcomeCoderError, OutputError, ProjectError
from classifier.harvest.suggestion_record import ShownSuggestion
from classifier.project.add_harvest import add_harvest
from classifier.project.export import export_project
from classifier.project.file_names import original_name, shown_name
from classifier.project.glance import glance_at
from classifier.project.import_workbook import Keep, import_workbook
from classifier.project.journal import Decision, DecisionMethod
from classifier.project.project import Project, new_project, open_project
from classifier.project.status import status_of
from tests.support.projects import CODEBOOK

HEADER = ("FragmentID", "Outcome description", "Scale", "Objective", "country")
ROWS = {name: (f"The council of {name} met in public.", "", "", "Mali") for name in ("A/1", "A/2", "A/3")}
Rows = Mapping[str, Sequence[str]]
SUGGESTED = ("Scale: suggestion", "Scale: confidence", "Scale: other candidates", "Scale: route")


def workbook(path: Path, rows: Rows, *, header: Sequence[str] = HEADER) -> Path:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(list(header))
    for name, cells in rows.items():
        sheet.append([name, *cells])
    book.save(path)
    return path


def coded(scale: str, objective: str = "", *suggested: str) -> tuple[str, ...]:
    return ("The council met in public.", scale, objective, "Mali", *suggested)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    (tmp_path / "codebook.yaml").write_text(CODEBOOK.dump(), encoding="utf-8")
    begun = new_project(tmp_path / "project", codebook=tmp_path / "codebook.yaml")
    added = add_harvest(begun, workbook(tmp_path / "harvest.xlsx", ROWS)).project
    yield added
    begun.journal.close()


def decision(fragment_id: str, *codes: str, coder: str = "Ana", shown: ShownSuggestion | None = None) -> Decision:
    return Decision(
        coder=coder,
        fragment_id=fragment_id,
        field="scale",
        codes=codes,
        method=DecisionMethod.BY_HAND,
        codebook="c",
        shown=shown,
    )


# Beginning one


def test_folder_of_somebody_else_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("mine", encoding="utf-8")
    with pytest.raises(ProjectError) as caught:
        new_project(tmp_path, codebook=tmp_path / "codebook.yaml")
    assert str(caught.value) == f"{tmp_path}: exists and is not empty; choose another folder for the project"


def test_folder_whose_path_is_not_in_utf_8_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "R\udc82colte"
    with pytest.raises(ProjectError) as caught:
        new_project(folder, codebook=tmp_path / "codebook.yaml")
    assert str(caught.value) == f"{folder}: its path is not in UTF-8; rename the folder, or choose another one"


def test_folder_that_cannot_be_made_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "codebook.yaml").write_text(CODEBOOK.dump(), encoding="utf-8")
    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(ProjectError) as caught:
        new_project(tmp_path / "project", codebook=tmp_path / "codebook.yaml")
    assert str(caught.value) == f"{tmp_path / 'project'}: can't be created (Permission denied); choose another folder"


def refuse(*arguments: object, **options: object) -> NoReturn:
    """Stand for a disk that nothing can be written to."""
    raise PermissionError(errno.EACCES, "Permission denied")


def test_missing_codebook_is_reported(project: Project) -> None:
    (project.folder / "codebook.yaml").unlink()
    with pytest.raises(ProjectError) as caught:
        open_project(project.folder)
    assert str(caught.value) == (
        f"{project.folder / 'codebook.yaml'}: is missing; restore it from a backup of the project"
    )


def test_project_that_cannot_be_written_to_is_reported_and_stays(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    another = workbook(tmp_path / "other.xlsx", {"X/9": coded("Local")})
    monkeypatch.setattr(tempfile, "mkdtemp", refuse)
    with pytest.raises(ProjectError) as caught:
        add_harvest(project, another)
    assert str(caught.value) == (
        f"{project.folder / 'harvests'}: the project can't be written to; check that you may write there, and that "
        "none of its files is open in another program. Nothing was changed"
    )


# Files of one name


def test_file_of_another_country_under_the_same_name_is_no_version_of_the_first(
    project: Project, tmp_path: Path
) -> None:
    (tmp_path / "Kenya").mkdir()
    added = add_harvest(project, workbook(tmp_path / "Kenya" / "harvest.xlsx", {"K/1": coded("Local")}))
    assert ([original_name(harvest.path) for harvest in added.project.current], added.missing) == (
        ["harvest.xlsx", "harvest (2).xlsx"],
        (),
    )
    assert [str(note) for note in added.notes] == [
        "harvest.xlsx: is kept as 'harvest (2).xlsx', because the project has another file of that name, with other "
        "outcomes (if it is a corrected version of that file, give its outcomes the same FragmentIDs)"
    ]


def test_corrected_version_goes_to_the_file_of_its_name_that_has_its_outcomes(project: Project, tmp_path: Path) -> None:
    (tmp_path / "Kenya").mkdir()
    kenya = tmp_path / "Kenya" / "harvest.xlsx"
    twice = add_harvest(project, workbook(kenya, {"K/1": coded("Local")})).project
    corrected = add_harvest(twice, workbook(kenya, {"K/1": coded("National"), "K/2": coded("Local")}))
    assert ([original_name(harvest.path) for harvest in corrected.project.current], corrected.missing) == (
        ["harvest.xlsx", "harvest (2).xlsx"],
        (),
    )
    assert corrected.changed == {"K/1": ("codes",)}


def test_project_opened_again_is_the_same(project: Project) -> None:
    again = open_project(project.folder)
    again.journal.close()
    assert (list(again.outcomes), again.codebook) == (["A/1", "A/2", "A/3"], project.codebook)


@pytest.mark.parametrize("within", [".", "harvests", "models"])
def test_what_a_killed_run_left_is_removed_when_the_project_is_opened(project: Project, within: str) -> None:
    left = project.folder / within / ".outcome-coder-tmp-k2x9"
    left.mkdir(parents=True)
    (left / "unfinished.lock").touch()
    (left / "coded.xlsx").write_text("Women took a seat.", encoding="utf-8")
    open_project(project.folder).journal.close()
    assert not left.exists()


def test_nothing_is_removed_from_a_folder_elsewhere_that_a_project_links_to(project: Project, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "outcome-coder-tmp-notes").mkdir(parents=True)
    (project.folder / "link").symlink_to(elsewhere, target_is_directory=True)
    open_project(project.folder).journal.close()
    assert (elsewhere / "outcome-coder-tmp-notes").is_dir()


def test_folder_without_a_project_is_reported_how_to_begin_one(tmp_path: Path) -> None:
    with pytest.raises(ProjectError) as caught:
        open_project(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}: is not a project folder; name another, or start a project with `outcome-coder project new "
        f"{tmp_path}`"
    )


def test_harvest_changed_behind_our_back_is_reported(project: Project) -> None:
    workbook(project.folder / "harvests" / "001_harvest.xlsx", {"A/1": coded("Local")})
    with pytest.raises(ProjectError, match="was changed since it was added"):
        open_project(project.folder)


# Adding to it


def test_corrected_harvest_reports_what_changed(project: Project, tmp_path: Path) -> None:
    rows = {**ROWS, "A/2": ("The council of A/2 met in secret.", "", "", "Niger")}
    added = add_harvest(project, workbook(tmp_path / "harvest.xlsx", rows))
    assert added.changed == {"A/2": ("Outcome description", "country")}


def test_outcome_missing_from_a_corrected_harvest_stays(project: Project, tmp_path: Path) -> None:
    added = add_harvest(project, workbook(tmp_path / "harvest.xlsx", {"A/1": ROWS["A/1"]}))
    assert (added.missing, list(added.project.outcomes)) == (("A/2", "A/3"), ["A/1", "A/2", "A/3"])


def test_decisions_stay_when_a_harvest_is_corrected(project: Project, tmp_path: Path) -> None:
    project.journal.record([decision("A/2", "Local")])
    rows = {**ROWS, "A/2": ("The council of A/2 met in secret.", "", "", "Mali")}
    added = add_harvest(project, workbook(tmp_path / "harvest.xlsx", rows))
    assert (added.n_decided, len(added.project.decided())) == (1, 1)


def test_harvest_of_an_endless_name_is_kept_under_its_beginning(project: Project, tmp_path: Path) -> None:
    path = workbook(tmp_path / f"{'x' * 245}.xlsx", ROWS)
    kept = add_harvest(project, path).project.harvests[-1].path
    assert kept.name == f"002_{'x' * 100}.xlsx"


def test_harvest_of_an_endless_name_is_known_when_it_is_corrected(project: Project, tmp_path: Path) -> None:
    path = tmp_path / f"{'x' * 245}.xlsx"
    first = add_harvest(project, workbook(path, {**ROWS, "A/4": coded("")})).project
    assert add_harvest(first, workbook(path, ROWS)).missing == ("A/4",)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("..", "harvest.xlsx"),
        ("../harvest.csv", "harvest.csv"),
        ("a\0b.xlsx", "a_b.xlsx"),
        ("a\ud800.xlsx", "a_.xlsx"),
        ("é" * 60 + ".xlsx", "é" * 50 + ".xlsx"),
        ("x." + "y" * 300, "x." + "y" * 98),
    ],
)
def test_name_is_shown_as_every_system_can_keep_it(name: str, shown: str) -> None:
    assert shown_name(name) == shown


def test_coders_of_a_project_are_named_the_latest_first(project: Project) -> None:
    for coder in ("Ana", "Ben", "Ana"):
        project.journal.record([decision("A/1", "Local", coder=coder)])
    assert glance_at(project.folder).coders == ("Ana", "Ben")


def test_project_in_which_nobody_has_coded_names_nobody(project: Project) -> None:
    assert glance_at(project.folder).coders == ()


def test_harvest_with_faults_adds_nothing(project: Project, tmp_path: Path) -> None:
    with pytest.raises(FaultsError):
        add_harvest(project, workbook(tmp_path / "twice.xlsx", {"A/4": coded(""), "A/4 ": coded("")}))
    assert len(json.loads((project.folder / "project.json").read_text(encoding="utf-8"))["harvests"]) == 1


# How far it has come


def test_progress_is_reported_by_coder_and_field(project: Project) -> None:
    shown = ShownSuggestion(suggested=("Local",), confidence=0.9, prediction_set=("Local",), model="ours")
    project.journal.record([decision("A/1", "Local"), decision("A/2", "Local", shown=shown)])
    reported = {
        (progress.coder, progress.field): (progress.n_decided, progress.n_blind)
        for progress in status_of(project).progress
    }
    assert reported == {("Ana", "scale"): (2, 1), ("Ana", "objective"): (0, 0)}


def test_decision_taken_back_counts_no_more(project: Project) -> None:
    project.journal.record([decision("A/1", "Local"), decision("A/1")])
    assert project.decided() == {}


def test_coders_are_compared_on_what_both_decided(project: Project) -> None:
    project.journal.record(
        [
            decision("A/1", "Local"),
            decision("A/2", "Local"),
            decision("A/1", "Local", coder="Ben"),
            decision("A/2", "Regional", coder="Ben"),
            decision("A/3", "Regional", coder="Ben"),
        ]
    )
    (scale,) = status_of(project).agreement
    assert (scale.n_outcomes, scale.n_differ) == (2, 1)


# The workbook that comes back


def returned(project: Project, tmp_path: Path, rows: Rows, keep: Keep = Keep.NEITHER) -> tuple[int, int, int, int]:
    reported = import_workbook(workbook(tmp_path / "reviewed.xlsx", rows), project, coder="Ana", keep=keep)
    return reported.n_new, reported.n_same, reported.n_changed, len(reported.conflicts)


def test_codes_entered_in_a_workbook_become_decisions(project: Project, tmp_path: Path) -> None:
    assert returned(project, tmp_path, {"A/1": coded("Local", "GEN; CIV"), "A/2": coded("")}) == (2, 0, 0, 0)
    reported = {(name, field): entry.decision.codes for (_, name, field), entry in project.decided().items()}
    assert reported == {("A/1", "scale"): ("Local",), ("A/1", "objective"): ("GEN", "CIV")}


def test_same_workbook_again_brings_nothing_new(project: Project, tmp_path: Path) -> None:
    returned(project, tmp_path, {"A/1": coded("Local")})
    assert returned(project, tmp_path, {"A/1": coded("Local")}) == (0, 1, 0, 0)


def test_what_was_decided_otherwise_is_listed_and_stays(project: Project, tmp_path: Path) -> None:
    project.journal.record([decision("A/1", "National")])
    assert returned(project, tmp_path, {"A/1": coded("Local")}) == (0, 0, 0, 1)
    assert project.decided()["Ana", "A/1", "scale"].decision.codes == ("National",)


def test_conflict_names_cell_and_both_codes(project: Project, tmp_path: Path) -> None:
    (entry,) = project.journal.record([decision("A/1", "National")])
    reported = import_workbook(workbook(tmp_path / "r.xlsx", {"A/1": coded("Local")}), project, coder="Ana")
    assert str(reported.conflicts[0]) == (
        f"Sheet!C2: Scale of A/1 is 'Local' here, but was decided as 'National' on {entry.at:%Y-%m-%d %H:%M}"
    )


def test_workbook_may_count_more_and_the_first_decision_is_kept_beside(project: Project, tmp_path: Path) -> None:
    project.journal.record([decision("A/1", "National")])
    assert returned(project, tmp_path, {"A/1": coded("Local")}, Keep.WORKBOOK) == (0, 0, 1, 0)
    assert [entry.decision.codes for entry in project.journal.entries()] == [("National",), ("Local",)]


def test_journal_may_count_more(project: Project, tmp_path: Path) -> None:
    project.journal.record([decision("A/1", "National")])
    assert returned(project, tmp_path, {"A/1": coded("Local")}, Keep.JOURNAL) == (0, 0, 0, 0)


def test_decision_of_another_coder_is_no_conflict(project: Project, tmp_path: Path) -> None:
    project.journal.record([decision("A/1", "National", coder="Ben")])
    assert returned(project, tmp_path, {"A/1": coded("Local")}) == (1, 0, 0, 0)


def test_suggestion_that_stood_beside_a_code_is_kept_with_it(project: Project, tmp_path: Path) -> None:
    rows = {"A/1": coded("Local", "", "Local", "93%", "National* 5%; Regional 2%", "choose")}
    import_workbook(workbook(tmp_path / "r.xlsx", rows, header=(*HEADER, *SUGGESTED)), project, coder="Ana")
    (entry,) = project.journal.entries()
    assert (entry.decision.shown, entry.decision.rank) == (
        ShownSuggestion(suggested=("Local",), confidence=0.93, prediction_set=("Local", "National"), model=""),
        1,
    )


def test_unknown_code_is_reported_with_its_cell_and_nothing_is_recorded(project: Project, tmp_path: Path) -> None:
    with pytest.raises(FaultsError) as caught:
        returned(project, tmp_path, {"A/1": coded("Local"), "A/2": coded("Natonal")})
    assert (
        "Sheet!C3: 'Natonal' is not a code of 'Scale' (did you mean 'National'? If not, add it to the codebook)"
        in str(caught.value)
    )
    assert project.journal.entries() == ()


def test_outcomes_that_the_project_lacks_are_reported(project: Project, tmp_path: Path) -> None:
    reported = import_workbook(workbook(tmp_path / "r.xlsx", {"X/9": coded("Local")}), project, coder="Ana")
    assert (reported.strangers, reported.recorded) == (("X/9",), ())


# The coded harvest


def cells(path: Path) -> dict[str, tuple[object, object]]:
    rows = list(openpyxl.load_workbook(path).worksheets[0].values)
    return {str(row[0]): (row[2], row[3]) for row in rows[1:]}


def test_decisions_are_in_the_owners_columns(project: Project, tmp_path: Path) -> None:
    project.journal.record([decision("A/1", "Local"), decision("A/2", "National")])
    export_project(project, tmp_path / "coded.xlsx")
    assert cells(tmp_path / "coded.xlsx") == {"A/1": ("Local", None), "A/2": ("National", None), "A/3": (None, None)}


def test_where_coders_differ_the_cell_is_empty_and_reported(project: Project, tmp_path: Path) -> None:
    project.journal.record([decision("A/1", "Local"), decision("A/1", "National", coder="Ben")])
    exported = export_project(project, tmp_path / "coded.xlsx")
    assert (cells(tmp_path / "coded.xlsx")["A/1"][0], exported.still_open) == (None, (("A/1", "scale"),))


def test_settled_difference_counts(project: Project, tmp_path: Path) -> None:
    made = [decision("A/1", "Local"), decision("A/1", "National", coder="Ben")]
    adjudicated = Decision(
        coder="Chi",
        fragment_id="A/1",
        field="scale",
        codes=("Regional",),
        method=DecisionMethod.ADJUDICATION,
        codebook="c",
    )
    project.journal.record([*made, adjudicated])
    export_project(project, tmp_path / "coded.xlsx")
    assert cells(tmp_path / "coded.xlsx")["A/1"][0] == "Regional"


def test_audit_holds_every_decision_and_which_counts(project: Project, tmp_path: Path) -> None:
    project.journal.record([decision("A/1", "Local")])
    project.journal.record([decision("A/1", "National")])
    export_project(project, tmp_path / "coded.xlsx")
    rows = list(openpyxl.load_workbook(tmp_path / "coded.xlsx")["Decisions"].values)
    assert [(row[2], row[3], row[6], row[-1]) for row in rows[1:]] == [
        ("Local", "Ana", "yes", "no"),
        ("National", "Ana", "yes", "yes"),
    ]


def test_coded_harvest_is_not_written_over(project: Project, tmp_path: Path) -> None:
    export_project(project, tmp_path / "coded.xlsx")
    with pytest.raises(OutputError, match="exists; choose another --out, or add --overwrite"):
        export_project(project, tmp_path / "coded.xlsx")


def test_several_harvests_must_be_kept_apart(project: Project, tmp_path: Path) -> None:
    both = add_harvest(project, workbook(tmp_path / "other.xlsx", {"B/1": coded("")})).project
    with pytest.raises(OutcomeCoderError) as caught:
        export_project(both, tmp_path / "coded.xlsx")
    assert str(caught.value) == (
        f"{both.folder}: has several harvests; name one with --harvest (harvest.xlsx, other.xlsx)"
    )


def test_new_id_that_looks_like_one_of_the_project_is_reported(project: Project, tmp_path: Path) -> None:
    known = next(iter(ROWS))
    alike = known.replace("/", "\N{FRACTION SLASH}")
    added = add_harvest(project, workbook(tmp_path / "harvest.xlsx", {alike: coded("Local")}))
    assert (added.new, [str(note) for note in added.notes]) == (
        (alike,),
        [
            f"Sheet!A2: {alike!r} looks like {known!r} of the project: it has a fraction slash (U+2044) where "
            f"{known!r} has a slash (correct the ID, if it is the same outcome)"
        ],
    )
