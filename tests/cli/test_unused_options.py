from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.test_app import call

COMPARING = "is for comparing coders, and --settle compares none; leave one of the two out"
STREAM = "is for workbooks and Label Studio, and --stream reads tables of text"
READING = "is for coded harvests, and --definitions-only reads none; leave it out"
TESTED = "is for cross-validation, and --{} chooses what is tested; leave one of the two out"
GIVEN = "is for suggesting codes, and --suggestions were made earlier; leave one of the two out"
AGREEMENT, SETTLED = "agreement ana.xlsx ben.xlsx", "agreement ana.xlsx ben.xlsx --settle differences.xlsx"
DEFINED, EVALUATE, SIGN_IN = "train --definitions-only --out ours", "evaluate coded.xlsx", "review --users users.txt"
SUGGESTED = "evaluate --suggestions june.jsonl --codes coded.xlsx"


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (f"{AGREEMENT} --out agreed.xlsx", "--out is for the agreed codes; add --settle FILE, or --adjudicate FILE"),
        (f"{AGREEMENT} --coder Ana", "--coder names who adjudicated; add --settle FILE, or leave it out"),
        (f"{AGREEMENT} --with-text", "--with-text concerns the workbook of differences; add --adjudicate FILE"),
        (f"{SETTLED} --adjudicate more.xlsx", f"--adjudicate {COMPARING}"),
        (f"{SETTLED} --seed 3", f"--seed {COMPARING}"),
        (f"{SETTLED} --width 0.2", f"--width {COMPARING}"),
        (f"{SETTLED} --include-confidential", f"--include-confidential {COMPARING}"),
        (f"{DEFINED} --seed 3", f"--seed {READING}"),
        (f"{DEFINED} --include-confidential", f"--include-confidential {READING}"),
        (f"{DEFINED} --fast", f"--fast {READING}"),
        (f"{DEFINED} --sheet Mali", f"--sheet {READING}"),
        (f"{DEFINED} --all-sheets", f"--all-sheets {READING}"),
        (f"{DEFINED} --map ID=FragmentID", f"--map {READING}"),
        (f"{DEFINED} --encoding cp1256", f"--encoding {READING}"),
        (f"{DEFINED} --accept-partial", f"--accept-partial {READING}"),
        ("project train --sheet Mali", "--sheet is for coded harvests besides the project's own; name one"),
        ("suggest new.csv --stream --sheet Mali", f"--sheet {STREAM}"),
        ("suggest new.csv --stream --include-confidential", f"--include-confidential {STREAM}"),
        ("suggest new.csv --fast --device cpu", "--device is for the encoders, and --fast asks none; leave it out"),
        (
            "suggest new.csv --stream --cluster 127.0.0.1:8786 --device cpu",
            "--device is one of this machine, and --cluster computes on others; leave one of the two out",
        ),
        (
            "suggest new.xlsx --cluster 127.0.0.1:8786",
            "--cluster is for harvests read part by part; add --stream or --fast, or leave it out",
        ),
        (f"{EVALUATE} --test june.xlsx --folds 5", f"--folds {TESTED.format('test')}"),
        (f"{EVALUATE} --by-period --folds 5", f"--folds {TESTED.format('by-period')}"),
        (f"{EVALUATE} --leave-out country --folds 5", f"--folds {TESTED.format('leave-out')}"),
        (f"{EVALUATE} --model ours --folds 5", f"--folds {TESTED.format('model')}"),
        (f"{EVALUATE} --model ours --encoder mine", "--encoder is for training, and --model has its own"),
        (f"{EVALUATE} --format md --json", "--json prints something else than --format md"),
        (f"{SUGGESTED} --folds 5", f"--folds {TESTED.format('suggestions')}"),
        (f"{SUGGESTED} --coverage 0.8", f"--coverage {GIVEN}"),
        (f"{SUGGESTED} --precision 0.8", f"--precision {GIVEN}"),
        (f"{SUGGESTED} --encoder mine", f"--encoder {GIVEN}"),
        (f"{SUGGESTED} --no-cache", f"--no-cache {GIVEN}"),
        (f"{SUGGESTED} --device cpu", f"--device {GIVEN}"),
        (f"{SUGGESTED} other.xlsx", "--suggestions are compared with --codes only; name no other coded harvest"),
        (f"{SIGN_IN} --coder Ana", "--coder is who codes alone, and with --users each coder signs in"),
        (f"{SIGN_IN} --new-coder", "--new-coder is for --coder; leave it out with --users"),
        ("summary coded.xlsx --coder Ana", "--coder needs --coder-column, which names the column of coders"),
    ],
)
def test_option_that_would_have_no_effect_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "250")
    result = call(*command.split())
    assert result.exit_code == 2
    assert told in " ".join(result.output.replace("│", " ").split())


def test_json_of_a_model_has_the_differences_to_a_codebook(training_data: Path) -> None:
    result = call("models", "show", "sample", "--json", "--codebook", training_data / "codebook.yaml")
    assert '"codebook_changes": []' in result.output
