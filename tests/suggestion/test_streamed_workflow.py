from __future__ import annotations

import csv
import json
import re
import shutil
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from joblib import parallel_config

from classifier import resumable_file
from classifier.errors import FaultsError, ModelError, OutputError
from classifier.features.embedding_cache import CachedEncoders
from classifier.harvest.options import ReadingOptions
from classifier.model.model import Model
from classifier.model.storage import save_model
from classifier.spreadsheet.sheet import Sheet
from classifier.suggestion import fast_suggestions, part_suggestions, streamed_workflow, workflow
from classifier.suggestion.streamed_workflow import suggest_stream
from classifier.suggestion.workflow import suggest_file
from tests.cli.test_app import call
from tests.support.workbooks import write_text

ACTIONS = ("adopted a by-law on grazing", "repaired the road to the market", "released the detained teachers")
PLACES = ("Dori", "Sambonaye", "Gorom", "Seytenga", "Falagountou", "Bani", "Titabé")


def story(number: int) -> str:
    action, place = ACTIONS[number % len(ACTIONS)], PLACES[number % len(PLACES)]
    return f"In {2000 + number} the council of {place} {action}, after {number} meetings with the elders of the area."


def rows_of(n_outcomes: int) -> list[dict[str, str]]:
    return [
        {"FragmentID": f"SCC/{number:03}", "Outcome description": story(number), "Scale": ""}
        for number in range(n_outcomes)
    ]


def write_rows(path: Path, rows: Sequence[Mapping[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*rows[0]])
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture(scope="module")
def saved_model(tmp_path_factory: pytest.TempPathFactory, model: Model) -> Path:
    """Return the folder of a model with the cheap encoder, for all tests."""
    folder = tmp_path_factory.mktemp("models") / "cheap"
    save_model(model, folder)
    return folder


@pytest.fixture
def folder(tmp_path: Path, saved_model: Path) -> Path:
    """Return the folder of a model with the cheap encoder, for this test alone."""
    return Path(shutil.copytree(saved_model, tmp_path / "cheap"))


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch, trigrams: CachedEncoders) -> None:
    """Embed cheaply, in parts of ten rows, and keep after each how far it is."""
    for module in (workflow, streamed_workflow):
        monkeypatch.setattr(module, "open_model_encoders", lambda known, **_: trigrams)
    monkeypatch.setattr(streamed_workflow, "_N_ROWS", 10)
    monkeypatch.setattr(streamed_workflow, "_N_CHECKED", 7)
    monkeypatch.setattr(resumable_file, "_EVERY_S", 0.0)


def flag_free(path: Path) -> list[str]:
    """Return the lines of suggestions without the flags of near-duplicates, which a part can't know."""
    flag = r'"?near-duplicate of SCC/\d+"?'
    return re.sub(rf"(; |, ){flag}|{flag}(; |, )?", "", path.read_text(encoding="utf-8")).splitlines()


class Killed(BaseException):
    """Stands in for the end of the process."""


def run_and_kill(harvest: Path, folder: Path, out: Path, monkeypatch: pytest.MonkeyPatch, *, n_parts: int) -> None:
    """End a run when some parts were suggested for."""
    suggest, done = part_suggestions.FullSuggester.suggest, iter(range(n_parts))

    def counting(self: part_suggestions.FullSuggester, sheet: Sheet, *, is_first: bool) -> object:
        if next(done, None) is None:
            raise Killed
        return suggest(self, sheet, is_first=is_first)

    with monkeypatch.context() as patch:
        patch.setattr(part_suggestions.FullSuggester, "suggest", counting)
        with pytest.raises(Killed):
            suggest_stream(harvest, model=folder, out=out)


@pytest.fixture
def harvest(tmp_path: Path) -> Path:
    return write_rows(tmp_path / "harvest.csv", rows_of(35))


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_stream_suggests_what_the_whole_would(tmp_path: Path, folder: Path, training_data: Path, suffix: str) -> None:
    rows = [{**row, "Scale": "Local"} if number == 3 else row for number, row in enumerate(rows_of(35))]
    rows[12]["Outcome description"] = ""
    harvest = write_rows(tmp_path / "harvest.csv", rows)
    streamed, whole = tmp_path / f"streamed.{suffix}", tmp_path / f"whole.{suffix}"
    told = suggest_stream(harvest, model=folder, out=streamed)
    suggested = suggest_file(harvest, model=folder, out=whole).suggestions
    strip = [flag_free(path) for path in (streamed, whole)]
    assert strip[0] == strip[1]
    assert told.counts.n_outcomes == len(suggested.outcomes) == 35
    assert told.counts.shift == suggested.shift
    assert told.counts.routes == {
        field.name: {str(route): count for route, count in suggested.n_by_route(field).items()}
        for field in suggested.fields
    }


@pytest.mark.slow
@pytest.mark.parametrize(("n_parts", "suffix"), [(0, "csv"), (1, "csv"), (2, "csv"), (3, "csv"), (2, "jsonl")])
def test_run_that_was_killed_is_continued_to_the_same_bytes(
    tmp_path: Path, folder: Path, harvest: Path, monkeypatch: pytest.MonkeyPatch, n_parts: int, suffix: str
) -> None:
    undisturbed, out = tmp_path / f"undisturbed.{suffix}", tmp_path / f"out.{suffix}"
    told = suggest_stream(harvest, model=folder, out=undisturbed)
    run_and_kill(harvest, folder, out, monkeypatch, n_parts=n_parts)
    assert not out.exists()
    continued = suggest_stream(harvest, model=folder, out=out)
    assert out.read_bytes() == undisturbed.read_bytes()
    assert continued.n_continued == max(0, n_parts * 10 - 1)  # without the header
    assert (continued.counts.state, continued.notes) == (told.counts.state, told.notes)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.slow
def test_run_that_was_killed_while_it_wrote_is_continued_from_what_is_known_to_be_written(
    tmp_path: Path, folder: Path, harvest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    undisturbed, out = tmp_path / "undisturbed.csv", tmp_path / "out.csv"
    suggest_stream(harvest, model=folder, out=undisturbed)
    run_and_kill(harvest, folder, out, monkeypatch, n_parts=2)
    with (tmp_path / ".out.csv.unfinished" / "part").open("ab") as part:
        part.write(b"half a li")
    suggest_stream(harvest, model=folder, out=out)
    assert out.read_bytes() == undisturbed.read_bytes()


@pytest.mark.slow
def test_part_that_was_changed_is_written_anew(
    tmp_path: Path, folder: Path, harvest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    undisturbed, out = tmp_path / "undisturbed.csv", tmp_path / "out.csv"
    suggest_stream(harvest, model=folder, out=undisturbed)
    run_and_kill(harvest, folder, out, monkeypatch, n_parts=2)
    part = tmp_path / ".out.csv.unfinished" / "part"
    part.write_bytes(part.read_bytes().replace(b"SCC/001", b"SCC/777"))
    assert suggest_stream(harvest, model=folder, out=out).n_continued == 0
    assert out.read_bytes() == undisturbed.read_bytes()


def test_checkpoint_that_cannot_be_read_is_one_of_no_run(
    tmp_path: Path, folder: Path, harvest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out.csv"
    run_and_kill(harvest, folder, out, monkeypatch, n_parts=2)
    (tmp_path / ".out.csv.unfinished" / "checkpoint.json").write_text('{"digests":', encoding="utf-8")
    assert suggest_stream(harvest, model=folder, out=out).n_continued == 0


@pytest.fixture
def stopped(tmp_path: Path, folder: Path, harvest: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the output of a run that was stopped after two parts."""
    run_and_kill(harvest, folder, tmp_path / "out.csv", monkeypatch, n_parts=2)
    return tmp_path / "out.csv"


def test_run_with_other_options_is_not_continued(folder: Path, harvest: Path, stopped: Path) -> None:
    told = suggest_stream(harvest, model=folder, out=stopped, coverage=0.8)
    assert told.n_continued == 0
    assert "An unfinished run with another set of options was discarded" in told.notes


def test_run_for_another_harvest_is_not_continued(tmp_path: Path, folder: Path, stopped: Path) -> None:
    told = suggest_stream(write_rows(tmp_path / "harvest.csv", rows_of(34)), model=folder, out=stopped)
    assert told.n_continued == 0
    assert "An unfinished run with another harvest was discarded" in told.notes


def test_what_is_unfinished_is_for_its_owner_alone_and_holds_no_text(
    tmp_path: Path, harvest: Path, stopped: Path
) -> None:
    kept = tmp_path / ".out.csv.unfinished"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o700
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in kept.iterdir()} == {
        "part": 0o600,
        "checkpoint.json": 0o600,
        "unfinished.lock": 0o600,
    }
    checkpoint = (kept / "checkpoint.json").read_text(encoding="utf-8")
    assert [word for row in rows_of(35) for word in row.values() if word and word in checkpoint] == []
    assert json.loads(checkpoint)["state"]["n_rows"] == 20


def test_two_runs_to_one_file_do_not_write_at_once(
    folder: Path, harvest: Path, stopped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with resumable_file.resume_file(stopped, {}), pytest.raises(OutputError) as refused:
        suggest_stream(harvest, model=folder, out=stopped)
    assert str(refused.value) == (
        f"{stopped}: another run is writing it; wait until it has finished, or choose another --out"
    )


def test_harvest_that_is_changed_meanwhile_is_refused(
    tmp_path: Path, folder: Path, harvest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streamed_workflow, "opening_of", lambda suffix: write_rows(harvest, rows_of(50)).name.encode())
    with pytest.raises(FaultsError, match="the file was changed while it was read \\(run it again\\)"):
        suggest_stream(harvest, model=folder, out=tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


def test_all_faults_are_told_with_their_rows_and_nothing_is_written(tmp_path: Path, folder: Path) -> None:
    rows = rows_of(35)
    rows[20]["FragmentID"], rows[31]["FragmentID"], rows[33]["FragmentID"] = "", "SCC/002", "SCC/002"
    harvest = write_rows(tmp_path / "harvest.csv", rows)
    with pytest.raises(FaultsError) as refused:
        suggest_stream(harvest, model=folder, out=tmp_path / "out.csv")
    alone = "give each outcome an ID of its own, or delete the repeated row"
    assert str(refused.value).splitlines() == [
        "harvest.csv: 3 problems to correct",
        "  harvest!A22: FragmentID is empty (give it an ID)",
        f"  harvest!A33, A35: FragmentID 'SCC/002' appears twice, first in harvest!A4 ({alone})",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["cheap", "harvest.csv"]


def test_faults_beyond_a_thousand_are_not_looked_for(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("classifier.harvest.streamed_harvest.MOST_TOLD", 2)
    harvest = write_rows(tmp_path / "harvest.csv", [{**row, "FragmentID": ""} for row in rows_of(35)])
    with pytest.raises(FaultsError) as refused:
        suggest_stream(harvest, model=folder, out=tmp_path / "out.csv")
    assert str(refused.value).splitlines()[-1] == "  it was read down to harvest!A7 (correct these first)"


def test_notes_of_all_parts_are_counted_together(tmp_path: Path, folder: Path) -> None:
    harvest = write_rows(tmp_path / "harvest.csv", [{**row, "Year": "spring"} for row in rows_of(35)])
    told = suggest_stream(harvest, model=folder, out=tmp_path / "out.csv")
    assert "; ".join(str(note) for note in told.notes if "year" in str(note)) == (
        "harvest.csv: harvest!D2, D3, D4 and 32 more: year 'spring' is unusual (four digits from 1990 to next year are "
        "expected)"
    )


def test_checks_that_were_left_out_are_told(folder: Path, harvest: Path) -> None:
    told = suggest_stream(harvest, model=folder)
    assert [str(note) for note in told.notes if "part by part" in str(note)] == [
        "outcomes were read part by part, and not compared with each other: near-duplicates within the file, and IDs "
        "that look alike, are not flagged (if the file has fewer than 100,000 outcomes, they are compared without "
        "--stream)"
    ]
    assert told.out == harvest.with_name("harvest_suggestions.csv")


def test_json_lines_are_read_with_the_lines_of_their_faults(tmp_path: Path, folder: Path) -> None:
    rows = rows_of(35)
    rows[20]["FragmentID"] = ""
    lines = "".join(f"{json.dumps(row)}\n" for row in rows)
    harvest = write_text(tmp_path / "harvest.jsonl", lines)
    with pytest.raises(FaultsError, match=r"  line 21: FragmentID is empty \(give it an ID\)"):
        suggest_stream(harvest, model=folder, out=tmp_path / "out.jsonl")


def test_records_with_other_keys_in_later_lines_are_read_as_the_whole_is(tmp_path: Path, folder: Path) -> None:
    rows: list[dict[str, object]] = [{"fields": row} for row in rows_of(25)]
    rows[20] = {"Year": "2024", **rows_of(25)[20]}
    harvest = write_text(tmp_path / "harvest.jsonl", "".join(f"{json.dumps(row)}\n" for row in rows))
    suggest_stream(harvest, model=folder, out=tmp_path / "streamed.csv", options=ReadingOptions())
    suggest_file(harvest, model=folder, out=tmp_path / "whole.csv")
    assert flag_free(tmp_path / "streamed.csv") == flag_free(tmp_path / "whole.csv")


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        (
            "harvest.xlsx",
            "PK",
            "files ending in .xlsx can't be read part by part (give one of .csv, .tsv, .jsonl, .parquet, or leave "
            "--stream out)",
        ),
        ("harvest.csv", " ", "the file is empty (save or copy it again, or give another file)"),
        (
            "harvest.csv",
            'FragmentID,Outcome description\nA/1,"The council met.\n',
            "line 2: the quotes are not closed properly (unexpected end of data) (save it again as CSV)",
        ),
        (
            "harvest.jsonl",
            '[{"FragmentID": "A/1"}]',
            "this is a list, and only one object per line is read part by part (write one object per line, or leave "
            "--stream out)",
        ),
        (
            "harvest.jsonl",
            '{"FragmentID": "A/1"}\n{"FragmentID"\n',
            "line 2: not JSON: Expecting ':' delimiter at character 14 (write one object per line)",
        ),
        ("harvest.csv", "FragmentID\0", "this is not text (give a table, or save it again in UTF-8)"),
    ],
)
def test_file_that_cannot_be_read_part_by_part_is_refused(
    tmp_path: Path, folder: Path, name: str, content: str, told: str
) -> None:
    harvest = write_text(tmp_path / name, content)
    with pytest.raises(FaultsError) as refused:
        suggest_stream(harvest, model=folder, out=tmp_path / "out.csv")
    assert str(refused.value).splitlines() == [f"{name}: 1 problem to correct", f"  {told}"]


def test_other_formats_are_not_written_part_by_part(tmp_path: Path, folder: Path, harvest: Path) -> None:
    with pytest.raises(OutputError) as refused:
        suggest_stream(harvest, model=folder, out=tmp_path / "out.xlsx")
    assert str(refused.value) == (
        f"{tmp_path / 'out.xlsx'}: the ending decides the format; choose one of .csv, .jsonl, .parquet"
    )


@pytest.mark.slow
def test_letters_of_another_encoding_further_down_are_refused_by_their_line(tmp_path: Path, folder: Path) -> None:
    harvest = write_rows(tmp_path / "harvest.csv", rows_of(8000))
    with harvest.open("ab") as file:
        file.write("SCC/8000,Titabé adopted it.\n".encode("cp1252"))
    with pytest.raises(FaultsError) as refused:
        suggest_stream(harvest, model=folder, out=tmp_path / "out.csv")
    assert "not in utf-8 (name the encoding with --encoding, or save it again in UTF-8)" in str(refused.value)


def test_repeated_header_and_total_at_the_end_of_parts_are_left_out_as_in_the_whole(
    tmp_path: Path, folder: Path
) -> None:
    rows = rows_of(25)
    header = {name: name for name in rows[0]}
    total = {"FragmentID": "Total", "Outcome description": "", "Scale": "25"}
    harvest = write_rows(tmp_path / "harvest.csv", [*rows[:9], header, *rows[9:], total])
    told = suggest_stream(harvest, model=folder, out=tmp_path / "out.csv")
    assert told.counts.n_outcomes == 25
    assert [str(note).split(": ", 1)[1] for note in told.notes[:2]] == [
        "harvest!A11: this row repeats the header, and is not read as an outcome (if it is one, give it an ID and a "
        "story)",
        "harvest!A28: this row looks like a total, and is not read as an outcome (if it is one, give it an ID and a "
        "story)",
    ]


def test_command_tells_how_many_outcomes_an_earlier_run_had_done(folder: Path, harvest: Path, stopped: Path) -> None:
    result = call("suggest", harvest, "--stream", "--model", folder, "--out", stopped)
    assert result.exit_code == 0
    assert f"Read 35 outcomes from {harvest}; the first 19 by a run that was stopped" in result.output
    assert "Next: join it to your outcomes by FragmentID" in result.output


def test_command_that_is_stopped_says_how_to_go_on(
    folder: Path, harvest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*given: object, **named: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(part_suggestions.FullSuggester, "suggest", stop)
    result = call("suggest", harvest, "--stream", "--model", folder)
    assert result.exit_code == 130
    assert result.output.splitlines()[-2:] == [
        "Run the same command again to go on where it was stopped.",
        "Stopped.",
    ]


@pytest.fixture
def fast_folder(tmp_path: Path, fast_model: Model, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a model with a fast one, which suggests in parts of ten rows."""
    monkeypatch.setattr(streamed_workflow, "_N_ROWS_FAST", 10)
    save_model(fast_model, tmp_path / "fast")
    return tmp_path / "fast"


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_fast_model_suggests_the_same_in_parts_of_any_size(
    tmp_path: Path, fast_folder: Path, harvest: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    few, many = tmp_path / f"few.{suffix}", tmp_path / f"many.{suffix}"
    told = suggest_stream(harvest, model=fast_folder, out=few, fast=True)
    monkeypatch.setattr(streamed_workflow, "_N_ROWS_FAST", 1_000)
    again = suggest_stream(harvest, model=fast_folder, out=many, fast=True)
    assert few.read_bytes() == many.read_bytes()
    assert told.counts.state == again.counts.state


@pytest.mark.slow
def test_fast_model_suggests_the_same_in_two_processes(tmp_path: Path, fast_folder: Path, harvest: Path) -> None:
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    suggest_stream(harvest, model=fast_folder, out=one, fast=True)
    with parallel_config(backend="loky", n_jobs=2):
        suggest_stream(harvest, model=fast_folder, out=two, fast=True)
    assert one.read_bytes() == two.read_bytes()


def test_fast_run_that_was_killed_is_continued_to_the_same_bytes(
    tmp_path: Path, fast_folder: Path, harvest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    undisturbed, out = tmp_path / "undisturbed.csv", tmp_path / "out.csv"
    suggest_stream(harvest, model=fast_folder, out=undisturbed, fast=True)
    suggest, done = fast_suggestions.FastSuggester.suggest, iter(range(2))

    def counting(self: fast_suggestions.FastSuggester, sheet: Sheet, *, is_first: bool) -> object:
        if next(done, None) is None:
            raise Killed
        return suggest(self, sheet, is_first=is_first)

    with monkeypatch.context() as patch:
        patch.setattr(fast_suggestions.FastSuggester, "suggest", counting)
        with pytest.raises(Killed):
            suggest_stream(harvest, model=fast_folder, out=out, fast=True)
    assert suggest_stream(harvest, model=fast_folder, out=out, fast=True).n_continued == 19
    assert out.read_bytes() == undisturbed.read_bytes()


def test_fast_model_flags_what_it_cannot_judge(tmp_path: Path, fast_folder: Path) -> None:
    rows = rows_of(4)
    rows[0]["Outcome description"] = ""
    rows[1]["Outcome description"] = "The council met."
    rows[2]["Outcome description"] = (
        "Les conseillères du village se réunissent chaque mois avec le maire et les chefs de quartier pour la paix."
    )
    out = tmp_path / "out.jsonl"
    suggest_stream(write_rows(tmp_path / "harvest.csv", rows), model=fast_folder, out=out, fast=True)
    flags = [json.loads(line)["flags"] for line in out.read_text(encoding="utf-8").splitlines()]
    assert [flags[0], flags[1]] == [["no text"], ["too short"]]
    assert flags[2][0] == "language: French"


def test_model_without_a_fast_one_is_refused_before_the_harvest_is_read(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(ModelError, match="model 'cheap' has no fast model beside it; train it again"):
        suggest_stream(tmp_path / "missing.csv", model=folder, fast=True)


def test_parquet_is_read_and_written_as_text_is(tmp_path: Path, fast_folder: Path, harvest: Path) -> None:
    arrow, parquet = (
        pytest.importorskip("pyarrow", reason="pyarrow is an extra"),
        pytest.importorskip("pyarrow.parquet"),
    )
    rows = rows_of(35)
    parquet.write_table(arrow.table({name: [row[name] for row in rows] for name in rows[0]}), tmp_path / "h.parquet")
    as_text = suggest_stream(harvest, model=fast_folder, out=tmp_path / "out.csv", fast=True)
    told = suggest_stream(tmp_path / "h.parquet", model=fast_folder, fast=True)
    assert told.out == tmp_path / "h_suggestions.parquet"
    assert told.counts.state == as_text.counts.state
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        expected = [*csv.DictReader(file)]
    found = parquet.read_table(told.out).to_pylist()
    assert [row["candidates"] for row in found] == [row["candidates"] for row in expected]
    assert [f"{row['confidence']:.4f}" for row in found] == [row["confidence"] for row in expected]


@pytest.mark.slow
def test_parquet_of_a_run_that_was_killed_is_the_same(
    tmp_path: Path, folder: Path, harvest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pyarrow", reason="pyarrow is an extra")
    undisturbed, out = tmp_path / "undisturbed.parquet", tmp_path / "out.parquet"
    suggest_stream(harvest, model=folder, out=undisturbed)
    run_and_kill(harvest, folder, out, monkeypatch, n_parts=2)
    assert suggest_stream(harvest, model=folder, out=out, overwrite=True).n_continued == 19
    assert out.read_bytes() == undisturbed.read_bytes()
    suggest_stream(harvest, model=folder, out=out)  # it is ours, and may be replaced


def test_parquet_is_not_written_without_pyarrow(
    tmp_path: Path, folder: Path, harvest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("classifier.spreadsheet.streamed_parquet._parquet", lambda: None)
    with pytest.raises(OutputError) as refused:
        suggest_stream(harvest, model=folder, out=tmp_path / "out.parquet")
    assert str(refused.value) == (
        f"{tmp_path / 'out.parquet'}: Parquet needs pyarrow, which is not installed; run `pip install "
        '"outcome-coder[parquet]"`, or choose .csv'
    )
