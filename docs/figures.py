"""Figures of the README on the sample, from reports of `evaluate` kept in short."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from classifier.files import write_whole
from docs.sources import ROOT

__all__ = ["agreement_block", "keep_figures", "kept_figures", "make_report", "routes_block"]

_KEPT = ROOT / "docs" / "figures.json"
_DATA = "training_data"
_CODED = [f"{_DATA}/harvest_1.xlsx", f"{_DATA}/harvest_2.xlsx"]
_TEST = f"{_DATA}/harvest_3_agreed.xlsx"
_REPEATS = ["--repeats", f"{_DATA}/near_duplicates.csv"]
_CODERS = ["--coder", f"{_DATA}/harvest_3_coder_a.xlsx", "--coder", f"{_DATA}/harvest_3_coder_b.xlsx"]
_REPORTS: Mapping[str, Sequence[str]] = {
    "test": [*_CODED, "--test", _TEST, *_REPEATS, *_CODERS],
    "held_out": [*_CODED, _TEST, *_CODERS],
    "partners": [*_CODED, _TEST, "--leave-out", "id-prefix"],
}
"""What is asked of `evaluate` for each report."""
_OURS, _OTHER = "outcome-coder", "linear SVM"
_ASKED_COVERAGE, _ASKED_PRECISION = 0.9, 0.95
_WIDTH = 120


def make_report(name: str, out: Path) -> dict[str, Any]:
    """Evaluate on the sample, which takes minutes, and return the figures of the report."""
    # The sample is invented, and its model is trained on the outcomes marked confidential too.
    options = ["--include-confidential", "--out", str(out), "--overwrite", "--quiet"]
    command = [sys.executable, "evaluate.py", *_REPORTS[name], *options]
    subprocess.run(command, cwd=ROOT, check=True)
    figures: dict[str, Any] = json.loads((out / "report.json").read_text(encoding="utf-8"))
    return figures


def keep_figures(reports: Mapping[str, Mapping[str, Any]]) -> None:
    """Keep the figures of reports that the README shows."""
    kept = {name: _in_short(report) for name, report in reports.items()}
    with write_whole(_KEPT) as temporary:
        temporary.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8", newline="\n")


def kept_figures() -> dict[str, Any]:
    """Return the figures kept."""
    kept: dict[str, Any] = json.loads(_KEPT.read_text(encoding="utf-8"))
    return kept


def agreement_block(kept: Mapping[str, Any]) -> str:
    """Return the README's table of agreement with coders."""
    return "".join(f"{line}\n" for line in _agreement_table(kept["test"]))


def routes_block(kept: Mapping[str, Any]) -> str:
    """Return the README's routes, prediction sets and calibration."""
    test = kept["test"]
    blocks = (
        _filled(
            f"Routes and prediction sets on all {test['n']}, at the default targets: {_percent(_ASKED_PRECISION)} of "
            f"the codes to confirm right, and {_percent(_ASKED_COVERAGE)} of the agreed codes in their prediction set:"
        ),
        "\n".join(_routes_table(test)),
        *map(_filled, _shortfalls(test)),
        _filled(_calibration_sentence(test)),
        _filled(_held_out_sentence(kept)),
    )
    return "".join(f"{block}\n\n" for block in blocks).rstrip("\n") + "\n"


def _in_short(report: Mapping[str, Any]) -> dict[str, Any]:
    kept = ("n", "mean_cohen_kappa", "mean_cohen_kappa_without_repeats", "ece", "ece_of_perfect", "confirm")
    of_field = (
        "column",
        "cohen_kappa",
        "intervals",
        "baselines",
        "ece",
        "ece_of_perfect",
        "prediction_sets",
        "confirm",
    )
    return {
        **{key: report[key] for key in kept},
        "fields": {name: {key: field[key] for key in of_field} for name, field in report["fields"].items()},
    }


def _agreement_table(test: Mapping[str, Any]) -> Iterator[str]:
    yield f"| {test['n']} outcomes | **{_OURS}** | {_OTHER} |"
    yield "|---|---|---|"
    for field in test["fields"].values():
        low, high = field["intervals"]["cohen_kappa"]
        ours = {"value": field["cohen_kappa"], "low": low, "high": high}
        yield f"| {field['column']} | {_bold(ours)} | {_kappa(field['baselines'][_OTHER])} |"
    for label, key in (
        ("mean of the fields", "mean_cohen_kappa"),
        ("mean, without near-duplicates of training outcomes (n = {n})", "mean_cohen_kappa_without_repeats"),
    ):
        if test[key]:
            ours = test[key][_OURS]
            yield f"| {label.format(n=ours['n'])} | {_bold(ours)} | {_kappa(test[key][_OTHER])} |"


def _routes_table(test: Mapping[str, Any]) -> Iterator[str]:
    yield "| | routed to confirm | right of those | agreed codes in their set | codes per set |"
    yield "|---|---|---|---|---|"
    n, fields = test["n"], test["fields"].values()
    sets = [_set_asked(field) for field in fields]
    for field, found in zip(fields, sets, strict=True):
        yield (
            f"| {field['column']} | {field['confirm']['n']} of {n} | {_share(field['confirm'])} | "
            f"{_n_of(found['coverage'])} of {found['coverage']['n']} ({_percent(found['coverage']['value'])}) | "
            f"{found['codes']:.1f} |"
        )
    n_all, confirm = n * len(sets), test["confirm"]
    n_in, n_codes = sum(_n_of(field["coverage"]) for field in sets), sum(field["coverage"]["n"] for field in sets)
    interval = f"95 % interval {100 * confirm['low']:.0f}-{_percent(confirm['high'])}"
    yield (
        f"| together | {confirm['n']} of {n_all} ({_percent(confirm['n'] / n_all)}) | "
        f"{_n_of(confirm)} ({_percent(confirm['value'])}; {interval}) | "
        f"{n_in} of {n_codes} ({_percent(n_in / n_codes)}) | {sum(field['codes'] for field in sets) / len(sets):.1f} |"
    )


def _shortfalls(test: Mapping[str, Any]) -> Iterator[str]:
    for field in test["fields"].values():
        found = field["confirm"]
        if found["n"] and found["value"] < _ASKED_PRECISION:
            yield (
                f"{field['column']} fell short of the target of {_percent(_ASKED_PRECISION)} here. With {found['n']} "
                "outcomes that may be chance or not: check those suggestions with more care."
            )


def _calibration_sentence(test: Mapping[str, Any]) -> str:
    low, high = test["ece_of_perfect"]
    fields = test["fields"].values()
    ranges = {field["column"]: (field["ece"], *field["ece_of_perfect"]) for field in fields}
    beyond = [column for column, (ece, lowest, highest) in ranges.items() if not lowest <= ece <= highest]
    is_within = low <= test["ece"] <= high
    each = f"; outside its own range: {' and '.join(beyond)}" if beyond else "; each field is within its own range too"
    return (
        f"Confidence is {'well calibrated' if is_within else 'not well calibrated'}: over the "
        f"{test['n'] * len(fields)} first suggestions it is off by {test['ece']:.3f} on average (expected calibration "
        "error, 15 bins of equal size), where a perfectly calibrated model with the same confidences would be off by "
        f"{low:.3f} to {high:.3f}{each}."
    )


def _held_out_sentence(kept: Mapping[str, Any]) -> str:
    held, partners = kept["held_out"], kept["partners"]
    n_codes, confirm = held["n"] * len(held["fields"]), held["confirm"]
    return (
        f"In cross-validation on all {held['n']} outcomes, near-duplicates kept together, the mean kappa of the fields "
        f"is {_precise(held['mean_cohen_kappa'][_OURS])}; of {n_codes:,} codes {confirm['n']} are routed to confirm, "
        f"{_percent(confirm['value'])} of them right ({100 * confirm['low']:.0f}-{_percent(confirm['high'])}). For the "
        "outcomes of a partner that the model was not trained on, each partner left out in turn, it is "
        f"{_precise(partners['mean_cohen_kappa'][_OURS])}."
    )


def _set_asked(field: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = next(found for found in field["prediction_sets"] if found["asked"] == _ASKED_COVERAGE)
    return found


def _n_of(figure: Mapping[str, Any]) -> int:
    n: int = figure["n"]
    value: float = figure["value"]
    return round(value * n)


def _share(figure: Mapping[str, Any]) -> str:
    return f"{_n_of(figure)} ({_percent(figure['value'])})" if figure["n"] else "none"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _bold(figure: Mapping[str, Any]) -> str:
    return f"**{figure['value']:.2f}** ({figure['low']:.2f}-{figure['high']:.2f})"


def _kappa(figure: Mapping[str, Any]) -> str:
    return _bold(figure).replace("**", "")


def _precise(figure: Mapping[str, Any]) -> str:
    return f"{figure['value']:.3f} ({figure['low']:.3f}-{figure['high']:.3f})"


def _filled(text: str) -> str:
    return textwrap.fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False)
