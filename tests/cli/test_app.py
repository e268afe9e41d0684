from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner, Result

from classifier import __version__
from classifier._types import FloatArray
from classifier.cli.app import app
from classifier.features.embedding_cache import EmbeddingCache
from classifier.features.small_encoder import SmallEncoder
from classifier.harvest.row_keys import KEY_COLUMN
from classifier.model.model import Model
from classifier.model.model_card import card_sections
from classifier.model.storage import save_model

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "training_data"
COMMANDS = (
    ["suggest"],
    ["explain"],
    ["train"],
    ["curve"],
    ["agreement"],
    ["evaluate"],
    ["summary"],
    ["project", "new"],
    ["project", "add"],
    ["project", "status"],
    ["project", "suggest"],
    ["project", "train"],
    ["project", "codebook"],
    ["confirm"],
    ["export"],
    ["codebook", "check"],
    ["codebook", "show"],
    ["codebook", "diff"],
    ["codebook", "draft"],
    ["models", "list"],
    ["models", "show"],
    ["cache", "info"],
    ["cache", "clear"],
    ["users", "add"],
)


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@functools.cache
def call_once(*arguments: str | Path) -> Result:
    """Run a command that changes nothing, for all tests that look at what it says."""
    return call(*arguments)


def python(code: str, *, encoding: str = "utf-8") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OUTCOME_CODER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def kept_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("embeddings")


@pytest.fixture
def warm_cache(kept_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep embeddings from one test to the next, so that each story is embedded once."""
    monkeypatch.setenv("OUTCOME_CODER_CACHE", str(kept_cache))


@pytest.fixture(scope="module")
def five_outcomes(harvest_3_new: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five outcomes of the sample."""
    path = tmp_path_factory.mktemp("harvest") / "harvest.xlsx"
    workbook = openpyxl.load_workbook(harvest_3_new)
    workbook["Outcomes"].delete_rows(7, 200)
    workbook.save(path)
    return path


@pytest.fixture
def small_harvest(five_outcomes: Path, tmp_path: Path) -> Path:
    """Five outcomes of the sample, in a folder and under a name that need care on some systems."""
    folder = tmp_path / "récolte de l'été"
    folder.mkdir()
    return Path(shutil.copy(five_outcomes, folder / "حصاد 3.xlsx"))


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_help_with_an_example(command: list[str]) -> None:
    reported = call(*command, "--help")
    assert (reported.exit_code, f"Example: outcome-coder {' '.join(command)}" in reported.stdout) == (0, True)


@pytest.mark.slow
@pytest.mark.parametrize("command", [[], *COMMANDS], ids=" ".join)
def test_no_type_is_shown_beside_an_option_that_takes_no_value(command: list[str]) -> None:
    reported = call(*command, "--help").stdout.casefold()
    assert [word for word in ("<bool>", "boolean") if word in reported] == []


def test_ctrl_c_ends_a_command_quietly_with_the_status_of_an_interrupt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("classifier.harvest.column_listing.list_columns", interrupt)
    ended = call("columns", tmp_path / "harvest.xlsx")
    assert (ended.exit_code, ended.stdout, ended.stderr) == (130, "", "Stopped.\n")


def test_version_is_reported() -> None:
    assert call("--version").stdout == f"outcome-coder {__version__}\n"


def test_python_m_does_the_same() -> None:
    reported = subprocess.run(
        [sys.executable, "-m", "classifier", "--version"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert reported.stdout == f"outcome-coder {__version__}\n"


def test_help_waits_for_no_heavy_library() -> None:
    heavy = ("torch", "sklearn", "pandas", "openpyxl", "pydantic")
    imported = python("import sys, classifier.cli.app; print(*sys.modules)").stdout.split()
    assert ("classifier.cli.app" in imported, sorted({*heavy} & {*imported})) == (True, [])


def test_a_share_outside_0_and_1_is_a_misuse() -> None:
    reported = call("suggest", "harvest.xlsx", "--coverage", "90")
    words = " ".join(reported.stderr.replace("│", " ").split())
    assert (reported.exit_code, "90.0 is not between 0 and 1; 0.9 means nine in ten" in words) == (2, True)


def test_a_missing_harvest_is_something_to_put_right(tmp_path: Path) -> None:
    reported = call("suggest", tmp_path / "harvest_7.xlsx")
    assert (reported.exit_code, reported.stderr) == (
        1,
        "Error: harvest_7.xlsx: 1 problem to correct\n"
        "  can't be read: No such file or directory (check the name and your permissions)\n",
    )


def test_all_faults_of_coded_harvests_are_reported_and_nothing_is_written(training_data: Path, tmp_path: Path) -> None:
    workbook = openpyxl.load_workbook(training_data / "harvest_1.xlsx")
    workbook["Outcomes"]["K2"] = "Regionnal"
    workbook["Outcomes"]["V3"] = "Practice change"
    workbook.save(tmp_path / "coded.xlsx")
    reported = call("train", tmp_path / "coded.xlsx", "--out", tmp_path / "ours")
    assert (reported.exit_code, reported.stderr, (tmp_path / "ours").exists()) == (
        1,
        "Error: coded.xlsx: 2 problems to correct\n"
        "  Outcomes!K2: 'Regionnal' is not a code of 'Scale' (did you mean 'Regional'? If not, add it to "
        "the codebook)\n"
        "  Outcomes!W3: TypeOfChangeCluster is 'Policy and law change', but MCQType of change 'Practice change' "
        "belongs to 'Practice and implementation' (correct one of the two cells)\n",
        False,
    )


@pytest.mark.encoder
def test_suggestions_land_beside_the_harvest(small_harvest: Path, warm_cache: None) -> None:
    reported = call("suggest", small_harvest)
    assert (reported.exit_code, (small_harvest.parent / "حصاد 3_suggestions.xlsx").exists()) == (0, True)


@pytest.mark.encoder
def test_summary_counts_the_routes_of_each_field(small_harvest: Path, warm_cache: None) -> None:
    summary = json.loads(call("suggest", small_harvest, "--json").stdout)
    assert (summary["outcomes"], {name: sum(routes.values()) for name, routes in summary["routes"].items()}) == (
        5,
        {"change_type_cluster": 5, "social_actor": 5, "scale": 5, "scc_objective": 5},
    )


@pytest.mark.encoder
def test_summary_says_that_the_sample_model_was_used(small_harvest: Path, warm_cache: None) -> None:
    assert "the fictional sample that ships with outcome-coder" in call("suggest", small_harvest).stdout


@pytest.mark.encoder
def test_quiet_says_nothing(small_harvest: Path, warm_cache: None) -> None:
    reported = call("suggest", small_harvest, "--quiet")
    assert (reported.stdout, reported.stderr) == ("", "")


@pytest.mark.encoder
def test_warnings_are_listed_and_counted(small_harvest: Path, warm_cache: None) -> None:
    workbook = openpyxl.load_workbook(small_harvest)
    workbook["Outcomes"]["E2"] = 203
    workbook.save(small_harvest)
    reported = call("suggest", small_harvest)
    assert (
        "1 thing to check:\n  Outcomes!E2: year '203' is unusual (four digits from 1990 to next year are expected)\n"
    ) in reported.stdout


@pytest.mark.encoder
def test_no_text_is_kept_in_the_cache(small_harvest: Path, cache: Path) -> None:
    call("suggest", small_harvest)
    kept = b"".join(path.read_bytes() for path in cache.rglob("*.sqlite"))
    assert (len(kept) > 0, b"Sambonaye" in kept) == (True, False)


@pytest.mark.encoder
def test_no_cache_keeps_nothing(small_harvest: Path, cache: Path) -> None:
    call("suggest", small_harvest, "--no-cache")
    assert not cache.exists()


@pytest.mark.encoder
def test_codes_that_a_coder_entered_are_not_written_over(small_harvest: Path, warm_cache: None) -> None:
    out = small_harvest.parent / "suggestions.xlsx"
    call("suggest", small_harvest, "--out", out)
    workbook = openpyxl.load_workbook(out)
    workbook["Outcomes"]["K3"] = "Local"
    workbook.save(out)
    reported = call("suggest", small_harvest, "--out", out)
    assert (reported.exit_code, reported.stderr) == (
        1,
        f"Error: {out}: a coder has entered 1 code there, the first in Outcomes!K3; choose another --out, or add "
        "--overwrite to lose them\n",
    )


@pytest.mark.encoder
def test_an_outcome_is_explained(small_harvest: Path, warm_cache: None) -> None:
    reported = call("explain", small_harvest, "--id", "SCC-JEU/026", "--field", "scale")
    shown = [line.split(":")[0] for line in reported.stdout.splitlines() if line.startswith(("SCC", "Scale", "Social"))]
    assert (reported.exit_code, shown[1:]) == (0, ["Scale"])


@pytest.mark.encoder
def test_stories_are_read_once(small_harvest: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    encode = SmallEncoder.encode

    def counted(self: SmallEncoder, texts: Sequence[str]) -> FloatArray:
        read.extend(texts)
        return encode(self, texts)

    monkeypatch.setattr(SmallEncoder, "encode", counted)
    call("suggest", small_harvest)
    assert read == []  # what the sentences add is computed, and no story is embedded whole besides


@pytest.mark.slow
def test_an_unknown_id_is_reported_with_the_nearest(harvest_3_new: Path) -> None:
    reported = call("explain", harvest_3_new, "--id", "SCC-JEU/26")
    assert (reported.exit_code, reported.stderr) == (
        1,
        "Error: harvest_3_new.xlsx: holds no outcome 'SCC-JEU/26' (did you mean 'SCC-JEU/026'?)\n",
    )


def test_an_unknown_field_is_reported_before_the_reading(harvest_3_new: Path) -> None:
    reported = call("explain", harvest_3_new, "--id", "SCC-JEU/026", "--field", "scales")
    assert (reported.exit_code, reported.stderr) == (
        1,
        "Error: the codebook has no field 'scales' (did you mean 'scale'?)\n",
    )


@pytest.mark.encoder
def test_the_record_text_is_read_and_suggested_for(warm_cache: None, tmp_path: Path) -> None:
    out = tmp_path / "record.jsonl"
    call("suggest", ROOT / "tests" / "data" / "record.txt", "--out", out)
    line = json.loads(out.read_text(encoding="utf-8"))
    assert (line["fragment_id"], "already coded" in line["flags"]) == ("SCC-<redacted>/PHR022", True)


@pytest.mark.slow
def test_a_console_that_knows_no_arabic_does_not_fail() -> None:
    code = "import sys; sys.argv = ['x', 'codebook', 'check', 'حصاد.yaml']; from classifier.cli.app import main; main()"
    reported = python(code, encoding="cp1252")
    assert (reported.returncode, "UnicodeEncodeError" in reported.stderr) == (1, False)


def test_codebook_check_counts_fields_and_codes(training_data: Path) -> None:
    reported = call("codebook", "check", training_data / "codebook.yaml")
    assert reported.stdout == "codebook.yaml: 4 fields with 25 codes, nothing to correct\n"


def test_check_of_a_codebook_reports_how_much_of_it_is_translated(tmp_path: Path) -> None:
    path = tmp_path / "codebook.yaml"
    path.write_text(
        """
        fields:
          - name: scale
            column: Scale
            kind: single
            codes:
              - {code: Local, definition: A village or town., translations: {fr: {code: Échelon local}}}
              - {code: National, translations: {fr: {code: Échelon national}, ar: {definition: دولة}}}
        """,
        encoding="utf-8",
    )
    assert CliRunner().invoke(app, ["codebook", "check", str(path)]).stdout.splitlines()[-2:] == [
        "  translated into ar: the names of 0 of 2 codes, 0 of 1 definition",
        "  translated into fr: the names of 2 of 2 codes, 0 of 1 definition",
    ]


def test_codebook_check_names_the_column_of_codes_without_a_definition(tmp_path: Path) -> None:
    path = tmp_path / "codebook.yaml"
    codes = "codes: [{code: Equality, definition: Of women.}, {code: Civic space}]"
    path.write_text(f"fields: [{{name: link, column: Link to SCC, kind: single, {codes}}}]", encoding="utf-8")
    assert call("codebook", "check", path).stdout.splitlines()[1:] == [
        "  field 'link' (column 'Link to SCC'): 1 code has no definition: 'Civic space'"
    ]


def test_codebook_check_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "codebook.yaml"
    path.write_text("fields:\n  - name: scale\n    column: Scale\n    kind: singel\n    codes: [{code: Local}]\n")
    reported = call("codebook", "check", path)
    assert (reported.exit_code, reported.stderr) == (
        1,
        "Error: codebook.yaml: 1 problem to correct in the codebook\n"
        "  line 4: kind: input should be 'single' or 'multiple'\n",
    )


def test_codebook_show_has_a_row_for_each_code() -> None:
    reported = call("codebook", "show").stdout
    assert ("Traditional and religious leaders" in reported, "Scale (single)" in reported) == (True, True)


def test_codebook_draft_is_a_codebook(training_data: Path, tmp_path: Path) -> None:
    draft = tmp_path / "draft.yaml"
    call("codebook", "draft", training_data / "harvest_1.xlsx", "--out", draft)
    assert call("codebook", "check", draft).exit_code == 0


def test_codebook_draft_replaces_nothing_unasked(training_data: Path, tmp_path: Path) -> None:
    draft = tmp_path / "draft.yaml"
    draft.write_text("fields: []")
    reported = call("codebook", "draft", training_data / "harvest_1.xlsx", "--out", draft)
    assert (reported.exit_code, reported.stderr, draft.read_text()) == (
        1,
        f"Error: {draft}: exists; choose another --out, or add --overwrite\n",
        "fields: []",
    )


def test_models_list_names_the_shipped_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "sample" in call("models", "list").stdout


def test_models_show_reports_the_files_trained_on(model: Model, tmp_path: Path) -> None:
    save_model(model, tmp_path / "cheap")
    assert " harvest_1.xlsx       168 \n" in call("models", "show", tmp_path / "cheap").stdout


def test_models_show_has_all_sections_of_the_card(model: Model, tmp_path: Path) -> None:
    save_model(model, tmp_path / "cheap")
    lines = call("models", "show", tmp_path / "cheap").stdout.splitlines()
    assert [line for line in lines if line and not line.startswith(" ")] == [
        f"{model.manifest.title}, in {tmp_path / 'cheap'}",
        *(section.title for section in card_sections(model)),
        "How it was made",
    ]


def test_models_show_lists_what_has_changed_in_a_codebook(model: Model, training_data: Path, tmp_path: Path) -> None:
    save_model(model, tmp_path / "cheap")
    text = (training_data / "codebook.yaml").read_text(encoding="utf-8")
    text = text.replace("Outlets, artists, academics, influencers.", "Outlets and artists.")
    text = text.replace("code: Sub-national", "code: Province")
    (tmp_path / "new.yaml").write_text(text, encoding="utf-8")
    reported = call("models", "show", tmp_path / "cheap", "--codebook", tmp_path / "new.yaml").stdout
    assert reported.endswith(
        f"{tmp_path / 'new.yaml'}: 3 changes since the model was trained\n"
        "  field 'scale' (column 'Scale'): code 'Sub-national' is gone\n"
        "  field 'scale' (column 'Scale'): code 'Province' is new\n"
        "  field 'social_actor' (column 'Social actor'): the definition of 'Media and opinion makers' has changed\n"
    )


def test_training_needs_coded_harvests_or_definitions_only() -> None:
    reported = call("train", "--out", "ours")
    words = " ".join(reported.stderr.replace("│", " ").split())
    assert (reported.exit_code, "if nothing is coded yet, add --definitions-only" in words) == (2, True)


def test_definitions_only_beside_a_coded_harvest_is_a_misuse() -> None:
    reported = call("train", "coded.xlsx", "--definitions-only", "--out", "ours")
    words = " ".join(reported.stderr.replace("│", " ").split())
    assert (
        reported.exit_code,
        "--definitions-only uses no coded harvest; leave it out, or leave out coded.xlsx" in words,
    ) == (2, True)


@pytest.mark.encoder
def test_a_model_of_definitions_suggests_and_says_what_it_is(
    small_harvest: Path, warm_cache: None, tmp_path: Path
) -> None:
    made = call("train", "--definitions-only", "--out", tmp_path / "bare").stdout
    assert made.endswith(f"Next: `outcome-coder suggest HARVEST --model {tmp_path / 'bare'}`\n")
    reported = call("suggest", small_harvest, "--model", tmp_path / "bare").stdout
    assert (
        "Made from the definitions of 25 codes; confidence is not calibrated, and no suggestion will be to confirm"
        in made,
        "The model was not trained on any coded outcome; confidence is not calibrated, and no suggestion will be to "
        "confirm" in reported,
    ) == (True, True)


@pytest.mark.parametrize(
    ("name", "reported"),
    [
        ("curve.pdf", "a learning curve is drawn as .png; choose a name that ends so"),
        ("here.png", "exists; choose another --out, or add --overwrite"),
    ],
)
def test_a_curve_that_cannot_be_drawn_there_is_reported_before_the_work(
    tmp_path: Path, name: str, reported: str
) -> None:
    (tmp_path / "here.png").touch()
    result = call("curve", "coded.xlsx", "--out", tmp_path / name)
    assert (result.exit_code, result.stderr) == (1, f"Error: {tmp_path / name}: {reported}\n")


def test_cache_is_counted_and_cleared(cache: Path) -> None:
    EmbeddingCache(cache / "embeddings").put_all({"ab12": bytes(200_000)})
    assert call("cache", "info").stdout == f"{cache / 'embeddings'}: 1 embedding, 0.2 MB of at most 2,500 MB\n"
    assert call("cache", "clear").stdout == "1 embedding deleted\n"


# Agreement


def test_agreement_of_the_sample_has_its_interval() -> None:
    found = call_once("agreement", *CODERS, "--include-confidential")
    assert "0.97 (0.92 to 0.99)" in found.output


def test_agreement_names_the_weakest_field() -> None:
    found = call_once("agreement", *CODERS, "--include-confidential")
    assert "weakest: Scale 0.95" in found.output


def test_agreement_as_json_has_the_figures_of_every_code() -> None:
    found = call("agreement", *CODERS, "--include-confidential", "--json")
    assert [code["n"] for code in json.loads(found.stdout)["fields"]["scale"]["codes"]] == [41, 27, 35, 10, 9]


def test_agreement_of_one_file_is_refused() -> None:
    found = call("agreement", SAMPLE / "harvest_3_coder_a.xlsx")
    assert (found.exit_code, found.stderr) == (
        1,
        "Error: the files of two coders or more are needed to compare their codes; name another one, or, if each row "
        "of this one is one coder's, the column that names the coder: --coder-column COLUMN\n",
    )


def test_agreement_of_different_outcomes_is_refused() -> None:
    found = call("agreement", SAMPLE / "harvest_1.xlsx", CODERS[1], "--include-confidential")
    assert (found.exit_code, found.stderr) == (
        1,
        "Error: harvest_1.xlsx, harvest_3_coder_b.xlsx: no outcome was coded by two of them in the same field; are the "
        "FragmentIDs the same?\n",
    )


CODERS = (SAMPLE / "harvest_3_coder_a.xlsx", SAMPLE / "harvest_3_coder_b.xlsx")


@pytest.fixture(scope="module")
def filled_differences(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("agreement") / "differences.xlsx"
    assert call("agreement", *CODERS, "--include-confidential", "--adjudicate", path).exit_code == 0
    workbook = openpyxl.load_workbook(path)
    for row in (2, 3):
        workbook["Differences"].cell(row, 5, workbook["Differences"].cell(row, 3).value)
    workbook.save(path)
    return path


@pytest.fixture
def differences(filled_differences: Path, tmp_path: Path) -> Path:
    """Return a workbook of differences in which the first coder's code was agreed on for the first two."""
    return Path(shutil.copy(filled_differences, tmp_path))


def test_differences_of_coders_are_written_without_texts(differences: Path) -> None:
    header = [cell.value for cell in openpyxl.load_workbook(differences)["Differences"][1]]
    coders = ["harvest_3_coder_a", "harvest_3_coder_b"]
    assert header == ["FragmentID", "Field", *coders, "Agreed code", KEY_COLUMN, "Note"]


def test_texts_of_confidential_outcomes_are_never_written(tmp_path: Path) -> None:
    copy = tmp_path / "coder_a.xlsx"
    workbook = openpyxl.load_workbook(CODERS[0])
    sheet = workbook.worksheets[0]
    column = next(place for place, cell in enumerate(sheet[1], start=1) if "CONFIDENTIAL" in str(cell.value))
    row = next(row[0].row for row in sheet if row[0].value == "SCC-DDE/007")
    sheet.cell(row, column, "YES")
    workbook.save(copy)
    call("agreement", copy, CODERS[1], "--adjudicate", tmp_path / "d.xlsx", "--with-text", "--include-confidential")
    rows = list(openpyxl.load_workbook(tmp_path / "d.xlsx")["Differences"].values)
    assert {str(row[0]): bool(row[1]) for row in rows[1:3]} == {"SCC-DDE/007": False, "SCC-LPC/035": True}


def test_confidential_outcomes_are_not_compared_unless_asked_for() -> None:
    told = json.loads(call("agreement", *CODERS, "--json").stdout)
    assert (told["outcomes"], told["confidentiality"]["left_out"]) == (105, 13)


def test_filled_differences_are_not_written_over(differences: Path) -> None:
    found = call("agreement", *CODERS, "--adjudicate", differences)
    assert (found.exit_code, found.stderr) == (
        1,
        f"Error: {differences}: exists, and codes may have been entered there; choose another --adjudicate, or add "
        "--overwrite\n",
    )


def test_adjudicated_codes_are_written_with_who_settled_them(differences: Path, tmp_path: Path) -> None:
    out = tmp_path / "agreed.xlsx"
    found = call("agreement", *CODERS, "--settle", differences, "--coder", "Ana Moss", "--out", out)
    settled = list(openpyxl.load_workbook(out)["Adjudicated"].values)
    assert "Codes: 465 agreed from the start, 2 adjudicated, 5 still open, " in found.stdout
    assert "differences.xlsx: 5 rows without an agreed code" in found.stdout
    assert [(row[0], row[5]) for row in settled[1:]] == [("SCC-DDE/007", "Ana Moss"), ("SCC-LPC/035", "Ana Moss")]


def test_what_was_settled_is_not_written_over(differences: Path) -> None:
    found = call("agreement", *CODERS, "--settle", differences, "--coder", "Ana", "--out", differences, "--overwrite")
    assert (found.exit_code, found.stderr) == (
        1,
        f"Error: {differences}: holds the agreed codes, and is never overwritten; choose another --out\n",
    )


# Codebooks that change


def test_changes_of_a_codebook_are_listed(tmp_path: Path) -> None:
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    text = (SAMPLE / "codebook.yaml").read_text(encoding="utf-8")
    old.write_text(text, encoding="utf-8")
    new.write_text(text.replace("code: Regional,", "code: Cross-border,"), encoding="utf-8")
    assert call("codebook", "diff", old, new).stdout == (
        "old.yaml and new.yaml: 2 changes\n"
        "  field 'scale' (column 'Scale'): code 'Regional' is gone\n"
        "  field 'scale' (column 'Scale'): code 'Cross-border' is new\n"
    )


def test_changed_translations_of_a_codebook_are_listed(tmp_path: Path) -> None:
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    codebook = "fields: [{name: scale, column: Scale, kind: single, codes: [{code: Local%s}]}]"
    old.write_text(codebook % "", encoding="utf-8")
    new.write_text(codebook % ", translations: {fr: {code: Échelon local}}", encoding="utf-8")
    assert call("codebook", "diff", old, new).stdout == (
        "old.yaml and new.yaml: 1 change\n  field 'scale' (column 'Scale'): translations have changed\n"
    )


def test_diff_names_a_name_that_is_one_of_another_code(tmp_path: Path) -> None:
    field = "fields: [{name: scale, column: Scale, kind: single, codes: [{code: Local%s}, {code: National%s}]}]"
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    old.write_text(field % (", aliases: [Province]", ""), encoding="utf-8")
    new.write_text(field % ("", ", aliases: [Province]"), encoding="utf-8")
    assert call("codebook", "diff", old, new).stdout == (
        "old.yaml and new.yaml: 1 change\n"
        "  field 'scale' (column 'Scale'): 'Province' was a name of 'Local' and is one of 'National'\n"
    )


def test_same_codebook_has_no_changes() -> None:
    codebook = SAMPLE / "codebook.yaml"
    assert call("codebook", "diff", codebook, codebook).stdout == "codebook.yaml and codebook.yaml: no changes\n"


def test_harvest_is_never_written_over_by_its_counts(tmp_path: Path) -> None:
    copy = tmp_path / "harvest.xlsx"
    copy.write_bytes((SAMPLE / "harvest_1.xlsx").read_bytes())
    found = call("summary", copy, "--out", copy, "--overwrite")
    assert (found.exit_code, found.stderr) == (
        1,
        f"Error: {copy}: is a harvest, which is never overwritten; choose another --out\n",
    )


def test_coders_own_file_is_never_written_over(tmp_path: Path) -> None:
    copy = tmp_path / "coder_a.xlsx"
    copy.write_bytes(CODERS[0].read_bytes())
    found = call("agreement", copy, CODERS[1], "--adjudicate", copy, "--overwrite")
    assert (found.exit_code, found.stderr) == (
        1,
        f"Error: {copy}: is a coder's own file, which is never overwritten; choose another --adjudicate\n",
    )


def test_coder_does_not_agree_with_himself() -> None:
    assert "is named twice; name the file of another coder" in call("agreement", CODERS[0], CODERS[0]).stderr
