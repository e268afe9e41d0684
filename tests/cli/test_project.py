from __future__ import annotations

import io
import json
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from classifier import sample_files
from classifier.cli.app import app
from classifier.codebook.schema import Codebook, sample_codebook
from classifier.features.embedding_cache import CachedEncoders
from classifier.project import training
from classifier.project.project import Shares, open_project
from classifier.review.users import Users
from classifier.suggestion import workflow
from tests.support.workbooks import write_outcomes, write_text

pytestmark = pytest.mark.usefixtures("few_folds")

CODEBOOK = "fields: [{name: scale, column: Scale, kind: single, codes: [{code: Village}, {code: National}]}]"
PASSWORD = "seven herons over the weir"


def call(*arguments: str | Path, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], input=typed)


def row(name: str, scale: str = "") -> Mapping[str, object]:
    return {"FragmentID": name, "Outcome description": f"The council of {name} met in public.", "Scale": scale}


def shares_of(folder: Path) -> Shares:
    project = open_project(folder)
    project.journal.close()
    return project.shares


def model_of(folder: Path) -> str | None:
    project = open_project(folder)
    project.journal.close()
    return project.model


@pytest.fixture
def codebook(tmp_path: Path) -> Path:
    return write_text(tmp_path / "codebook.yaml", CODEBOOK)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a project of eight outcomes, five of them coded by Ana in a workbook; A/8 came coded."""
    made = tmp_path_factory.mktemp("begun")
    folder, names = made / "team", [f"A/{number}" for number in range(1, 8)]
    call("project", "new", folder, "--codebook", write_text(made / "codebook.yaml", CODEBOOK))
    harvest = write_outcomes(made / "harvest.xlsx", *map(row, names), row("A/8", "Village"))
    assert call("project", "add", harvest, "--project", folder).exit_code == 0
    codes = ("Village", "National", "Village", "National", "Village")
    reviewed = write_outcomes(made / "reviewed.xlsx", *map(row, names, codes))
    assert call("confirm", reviewed, "--coder", "Ana", "--project", folder).exit_code == 0
    return made


@pytest.fixture
def project(begun: Path, tmp_path: Path, trigrams: CachedEncoders, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of that project, which the cheap encoder reads the stories of."""
    monkeypatch.setattr(training, "open_encoders", lambda cache: trigrams)
    for module in (training, workflow):
        monkeypatch.setattr(module, "open_model_encoders", lambda known, **_: trigrams)
    shutil.copytree(begun, tmp_path, dirs_exist_ok=True)
    return tmp_path / "team"


@pytest.fixture
def trained_project(project: Path) -> Path:
    """Return the project with a model trained on six outcomes."""
    assert call("project", "train", "--project", project).exit_code == 0
    return project


# Beginning one


def test_project_without_codebook_and_model_says_that_the_sample_suggests(tmp_path: Path) -> None:
    reported = call("project", "new", tmp_path / "team")
    assert (reported.stdout, model_of(tmp_path / "team")) == (
        "Codes are suggested by the sample model, for the codebook that comes with outcome-coder\n"
        f"Created project {tmp_path / 'team'}. Add a harvest with: outcome-coder project add HARVEST --project "
        f"{tmp_path / 'team'}\n",
        "sample",
    )


def test_project_with_a_codebook_of_its_own_has_no_model_yet(tmp_path: Path, codebook: Path) -> None:
    reported = call("project", "new", tmp_path / "team", "--codebook", codebook)
    assert ("sample model" in reported.stdout, model_of(tmp_path / "team")) == (False, None)


def test_one_in_seven_outcomes_is_coded_blind_unless_asked_otherwise(tmp_path: Path) -> None:
    call("project", "new", tmp_path / "team")
    assert shares_of(tmp_path / "team") == Shares(blind=0.15, double=0.0, seed=0)


def test_shares_asked_for_are_the_projects(tmp_path: Path) -> None:
    call("project", "new", tmp_path / "team", "--blind", "0", "--double", "1", "--seed", "7")
    assert shares_of(tmp_path / "team") == Shares(blind=0.0, double=1.0, seed=7)


@pytest.mark.parametrize("option", ["--blind", "--double"])
def test_percentage_in_place_of_a_share_is_a_misuse(tmp_path: Path, option: str) -> None:
    reported = call("project", "new", tmp_path / "team", option, "15")
    words = " ".join(reported.stderr.replace("│", " ").split())
    assert (reported.exit_code, (tmp_path / "team").exists()) == (2, False)
    assert "15.0 is not between 0 and 1; 0 means none, 0.15 means 15 in 100, 1 means all" in words


# A model of its own


def test_project_begun_with_a_model_has_its_codebook_wherever_it_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(sample_files.models_folder() / "sample", tmp_path / "models" / "ours")
    call("project", "new", tmp_path / "team", "--model", "ours")
    assert model_of(tmp_path / "team") == str(tmp_path / "models" / "ours")
    assert Codebook.read(tmp_path / "team" / "codebook.yaml").sha256 == sample_codebook().sha256


def test_model_that_is_not_there_begins_no_project(tmp_path: Path) -> None:
    reported = call("project", "new", tmp_path / "team", "--model", "sampel")
    assert (reported.stderr, (tmp_path / "team").exists()) == (
        "Error: sampel: no such model (did you mean 'sample'?)\n",
        False,
    )


def test_project_trains_and_says_how_to_get_new_suggestions(project: Path) -> None:
    reported = call("project", "train", "--project", project).stdout
    assert reported.startswith("Trained on 6 outcomes of harvest.xlsx\n")
    assert reported.endswith(f"Next: `outcome-coder project suggest --project {project}`\n")


def test_project_uses_what_it_learned(trained_project: Path) -> None:
    assert model_of(trained_project) == "models/0001"


def test_project_trains_from_further_harvests_too(project: Path, tmp_path: Path) -> None:
    earlier = write_outcomes(tmp_path / "earlier.xlsx", row("B/1", "National"))
    reported = call("project", "train", earlier, "--project", project, "--json")
    assert json.loads(reported.stdout)["rests_on"] == {"scale": {"blind": 5, "file": 2}}


@pytest.fixture
def of_many(project: Path, tmp_path: Path) -> Path:
    """Return the project with a model trained on fourteen outcomes, eight of them of a harvest that it lacks."""
    earlier = write_outcomes(tmp_path / "earlier.xlsx", *(row(f"B/{number}", "National") for number in range(8)))
    assert call("project", "train", earlier, "--project", project).exit_code == 0
    return project


def test_model_is_not_replaced_by_one_of_fewer_than_half_its_outcomes(of_many: Path) -> None:
    reported = call("project", "train", "--project", of_many)
    assert (reported.exit_code, reported.stderr.partition(", team 1")[0], model_of(of_many)) == (
        1,
        f"Error: {of_many}: a model trained now would use 6 outcomes, fewer than half of the 14 of the current one",
        "models/0001",
    )
    assert reported.stderr.endswith(
        "; first add the harvests that you coded earlier to this project, or name them in this command; if all are "
        "there, add --accept-fewer\n"
    )


def test_model_of_fewer_outcomes_is_trained_if_accepted(of_many: Path) -> None:
    reported = call("project", "train", "--accept-fewer", "--project", of_many)
    assert (reported.exit_code, model_of(of_many)) == (0, "models/0002")
    before = of_many / "models" / "0001"
    assert f"; it is kept, and used by: outcome-coder suggest HARVEST --model {before}\n" in reported.stdout


def test_model_of_half_the_outcomes_needs_no_option(project: Path, tmp_path: Path) -> None:
    earlier = write_outcomes(tmp_path / "earlier.xlsx", *(row(f"B/{number}", "National") for number in range(6)))
    assert call("project", "train", earlier, "--project", project).exit_code == 0
    assert call("project", "train", "--project", project).exit_code == 0


def test_quiet_training_says_only_what_to_look_at(project: Path) -> None:
    reported = call("project", "train", "--project", project, "--quiet")
    assert (reported.exit_code, reported.stdout, " to check:\n" in reported.stderr) == (0, "", True)


def test_nothing_settled_is_reported(tmp_path: Path, codebook: Path) -> None:
    call("project", "new", tmp_path / "team", "--codebook", codebook)
    reported = call("project", "train", "--project", tmp_path / "team")
    assert (reported.exit_code, reported.stderr) == (
        1,
        f"Error: {tmp_path / 'team'}: no outcome has a current code yet, so there is nothing to train on; adjudicate "
        "what coders "
        "differ in, code more outcomes, or add coded harvests to the project\n",
    )


def test_models_show_reports_what_the_codes_of_a_project_rest_on(trained_project: Path) -> None:
    reported = call("models", "show", trained_project / "models" / "0001").stdout
    assert "  Scale: 5 blind, 1 from files\n" in reported


# New suggestions


def test_project_suggests_for_what_it_has_not_trained_on(trained_project: Path) -> None:
    title = json.loads(call("project", "suggest", "--project", trained_project, "--json").stdout)["by_model"]
    reported = call("project", "suggest", "--project", trained_project)
    assert (reported.exit_code, reported.stdout) == (
        0,
        f"{trained_project}: codes are suggested for 2 of 8 outcomes\n"
        f"  2 by the model {next(iter(title))}\n"
        "  6 without: already coded in the harvest, or used for training the model\n"
        "Saved as set 2; earlier suggestions are kept too\n"
        f"Next: `outcome-coder review {trained_project}`\n",
    )


def test_outcomes_trained_on_keep_the_suggestion_of_the_model_before(trained_project: Path, tmp_path: Path) -> None:
    call("project", "suggest", "--project", trained_project)
    reviewed = write_outcomes(tmp_path / "reviewed.xlsx", row("A/6", "Village"))
    call("confirm", reviewed, "--coder", "Ana", "--project", trained_project)
    call("project", "train", "--project", trained_project)
    reported = json.loads(call("project", "suggest", "--project", trained_project, "--json").stdout)
    counts = {name.split(" (")[0]: count for name, count in reported["by_model"].items()}
    assert (reported["suggested"], counts) == (2, {"team 1": 1, "team 2": 1})


def test_quiet_suggesting_says_nothing(trained_project: Path) -> None:
    reported = call("project", "suggest", "--project", trained_project, "--quiet")
    assert (reported.exit_code, reported.stdout, (trained_project / "suggestions" / "0001.json").exists()) == (
        0,
        "",
        True,
    )


def test_project_without_a_model_is_reported_to_train_one(project: Path) -> None:
    reported = call("project", "suggest", "--project", project)
    assert (reported.exit_code, reported.stderr) == (
        1,
        f"Error: {project}: has no model; train one under Model on the review page, or with `outcome-coder project "
        f"train --project {project}`\n",
    )


# Another codebook


def test_decisions_are_carried_over_to_a_codebook_that_renames_a_code(project: Path, tmp_path: Path) -> None:
    new = write_text(tmp_path / "new.yaml", CODEBOOK.replace("code: Village", "code: Local, aliases: [Village]"))
    reported = call("project", "codebook", new, "--project", project)
    assert reported.stdout.startswith(f"{project} now uses the codebook new.yaml\n")
    assert "Carried over 3 decisions, 0 back to the queue; the previous codebook is kept in" in reported.stdout


def test_code_that_is_gone_is_reported_with_the_row_to_write_and_nothing_is_changed(
    project: Path, tmp_path: Path
) -> None:
    before = (project / "codebook.yaml").read_bytes()
    new = write_text(tmp_path / "new.yaml", CODEBOOK.replace("Village", "Local"))
    reported = call("project", "codebook", new, "--project", project)
    assert (reported.exit_code, (project / "codebook.yaml").read_bytes()) == (1, before)
    assert (
        "field 'scale' (column 'Scale'): 'Village' is no longer a code, but was chosen in 3 decisions"
        in reported.stderr
    )
    assert "write the row scale,Village,CODE below field,from,to in a --map file" in reported.stderr


def test_map_says_what_becomes_of_a_code(project: Path, tmp_path: Path) -> None:
    new = write_text(tmp_path / "new.yaml", CODEBOOK.replace("Village", "Local"))
    map_file = write_text(tmp_path / "map.csv", "field,from,to\nscale,Village,\n")
    reported = call("project", "codebook", new, "--map", map_file, "--project", project, "--json")
    assert {name: json.loads(reported.stdout)[name] for name in ("carried", "back")} == {"carried": 0, "back": 3}


def test_model_older_than_the_codebook_is_reported(trained_project: Path, tmp_path: Path) -> None:
    new = write_text(tmp_path / "new.yaml", CODEBOOK.replace("code: Village", "code: Local, aliases: [Village]"))
    reported = call("project", "codebook", new, "--project", trained_project).stdout
    command = f"outcome-coder project train --project {trained_project}"
    assert f"the model is older than the codebook; train it again with `{command}`" in reported


# Who codes


def test_confirm_takes_another_spelling_for_the_same_coder(project: Path, tmp_path: Path) -> None:
    again = call("confirm", tmp_path / "reviewed.xlsx", "--coder", " ANA", "--project", project)
    assert (again.exit_code, again.stdout.splitlines()[0]) == (0, "reviewed.xlsx, coded by Ana")
    assert {one["coder"] for one in status(project)["progress"]} == {"Ana"}


def test_confirm_asks_about_a_new_name_and_records_nothing(project: Path, tmp_path: Path) -> None:
    reported = call("confirm", tmp_path / "reviewed.xlsx", "--coder", "Anna", "--project", project)
    assert (reported.exit_code, reported.stderr) == (
        1,
        f"Error: {project}: 'Anna' has not coded in it yet; did you mean 'Ana'? Give the name as it is there, or add "
        "--new-coder if this is a new coder\n",
    )
    assert {one["coder"] for one in status(project)["progress"]} == {"Ana"}


def test_new_coder_is_confirmed_once(project: Path, tmp_path: Path) -> None:
    asked = ("confirm", tmp_path / "reviewed.xlsx", "--coder", "Ben", "--project", project)
    assert [call(*asked, "--new-coder").exit_code, call(*asked).exit_code] == [0, 0]


def test_review_asks_about_a_new_name_before_anything_is_dealt_out(project: Path) -> None:
    reported = call("review", project, "--coder", "Anna", "--no-browser")
    assert (reported.exit_code, "did you mean 'Ana'?" in reported.stderr) == (1, True)


def status(project: Path) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(call("project", "status", "--project", project, "--json").stdout)
    return found


# The coded harvest


def test_decided_outcomes_that_a_corrected_harvest_lacks_are_reported(project: Path, tmp_path: Path) -> None:
    call("project", "add", write_outcomes(tmp_path / "harvest.xlsx", row("A/1")), "--project", project)
    reported = call("export", project, "--out", tmp_path / "coded.xlsx").stdout
    assert reported == (
        "1 code to decide (1 outcome in 1 field): 1 decided, 0 undecided\n"
        "1 thing to check:\n"
        "  4 outcomes with decisions only in an earlier version of the file; these decisions are at the end of the "
        "sheet Decisions\n"
        f"Wrote {tmp_path / 'coded.xlsx'}\n"
        f"Next: `outcome-coder summary {tmp_path / 'coded.xlsx'} --codebook {project / 'codebook.yaml'}`\n"
    )


def test_coded_harvest_is_counted_by_the_command_that_is_named_next(project: Path, tmp_path: Path) -> None:
    reported = call("export", project, "--out", tmp_path / "coded.xlsx").stdout
    command = reported.rpartition("Next: `outcome-coder ")[2].strip("`\n")
    assert call(*command.split()).exit_code == 0


# What to do next


def test_harvest_added_to_a_project_without_a_model_is_reviewed_next(project: Path, tmp_path: Path) -> None:
    corrected = write_outcomes(tmp_path / "harvest.xlsx", row("A/1"))
    reported = call("project", "add", corrected, "--project", project).stdout
    assert reported.endswith(f"Next: `outcome-coder review {project}`\n")


def test_harvest_added_to_a_project_with_a_model_is_suggested_for_next(tmp_path: Path, harvest_3_new: Path) -> None:
    folder = tmp_path / "harvest 2026"
    call("project", "new", folder)
    reported = call("project", "add", harvest_3_new, "--project", folder).stdout
    assert reported.endswith(f'Next: `outcome-coder project suggest --project "{folder}"`\n')


def test_coded_workbook_is_followed_by_status_and_export(project: Path, tmp_path: Path) -> None:
    reported = call("confirm", tmp_path / "reviewed.xlsx", "--coder", "Ana", "--project", project).stdout
    assert reported.endswith(
        f"Next: `outcome-coder project status --project {project}`; when all is coded, "
        f"`outcome-coder export {project}`\n"
    )


def test_differences_to_earlier_decisions_are_looked_at_first(project: Path, tmp_path: Path) -> None:
    reviewed = write_outcomes(tmp_path / "reviewed.xlsx", row("A/1", "National"))
    reported = call("confirm", reviewed, "--coder", "Ana", "--project", project).stdout
    assert ("use --theirs" in reported, "Next:" in reported) == (True, False)


# Who may code over a network


def test_password_is_asked_for_twice_and_not_shown(tmp_path: Path) -> None:
    users = tmp_path / "users.txt"
    reported = call("users", "add", "Ana Moss", "--users", users, typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert (reported.exit_code, reported.stderr.partition(str(users))[0], PASSWORD in reported.output) == (
        0,
        "Password:Repeat the password:",
        False,
    )
    assert reported.stdout.endswith(f"{users}: set the password of Ana Moss\n")
    assert Users.read(users).check("Ana Moss", PASSWORD) == "Ana Moss"


def test_passwords_that_differ_are_asked_for_again(tmp_path: Path) -> None:
    users = tmp_path / "users.txt"
    typed = f"{PASSWORD}\nseven herons over the dam\n{PASSWORD}\n{PASSWORD}\n"
    assert call("users", "add", "Ana", "--users", users, typed=typed).exit_code == 0
    assert Users.read(users).check("Ana", PASSWORD) == "Ana"


def test_no_step_is_told_while_a_password_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: True)
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setattr("classifier.steps._DELAY_S", 0.3)
    told: list[str] = []

    def ask(*_: object, **__: object) -> str:
        before = screen.getvalue()
        time.sleep(0.5)
        told.append(screen.getvalue().removeprefix(before))
        return PASSWORD

    monkeypatch.setattr("getpass.getpass", ask)
    with pytest.raises(SystemExit):
        app(["users", "add", "Ana", "--users", str(tmp_path / "users.txt")])
    assert told == ["", ""]


@pytest.mark.parametrize("typed", [(), (PASSWORD,)])
def test_ctrl_c_while_a_password_is_typed_ends_with_the_status_of_an_interrupt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: tuple[str, ...]
) -> None:
    answers = iter(typed)

    def ask(*_: object, **__: object) -> str:
        for answer in answers:
            return answer
        raise KeyboardInterrupt

    monkeypatch.setattr("getpass.getpass", ask)
    with pytest.raises(SystemExit) as ended:
        app(["users", "add", "Ana", "--users", str(tmp_path / "users.txt")])
    assert (ended.value.code, "Aborted" in capsys.readouterr().err) == (130, False)
    assert not (tmp_path / "users.txt").exists()


def test_roles_are_listed_and_a_lead_is_asked_for(tmp_path: Path) -> None:
    users = tmp_path / "users.txt"
    users.write_text("Ana Moss: $argon2id$v=19$m=8,t=1,p=1$A$A\nLea: lead: $argon2id$v=19$m=8,t=1,p=1$A$A\n", "utf-8")
    listed = call("users", "list", "--users", users)
    changed = call("users", "role", "lea", "coder", "--users", users)
    assert (listed.stdout, listed.stderr) == ("coder  Ana Moss\nlead   Lea\n", "")
    assert (changed.stdout, changed.stderr.startswith(f"{users}: has no lead yet")) == (
        f"{users}: Lea is a coder now\n",
        True,
    )


def test_short_password_is_something_to_put_right(tmp_path: Path) -> None:
    users = tmp_path / "users.txt"
    reported = call("users", "add", "Ana", "--users", users, typed="herons\nherons\n")
    assert (reported.exit_code, users.exists()) == (1, False)
    assert "Error: the password is too short; choose one of at least 12 characters" in reported.stderr
