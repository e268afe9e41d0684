"""Train on coded harvests, suggest for another one, and print how far the suggestions agree with its codes.

Example: python evaluate.py training_data/harvest_1.xlsx training_data/harvest_2.xlsx \
             --test training_data/harvest_3_agreed.xlsx --repeats training_data/near_duplicates.csv
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Mapping
from pathlib import Path

from classifier import Codebook, shipped
from classifier.encoders import open_sources
from classifier.errors import OutcomeCoderError
from classifier.evaluation import Evaluation, RouteFigures, evaluate_on
from classifier.progress import progress_bars
from classifier.reliability import Reliability
from classifier.resampling import Figure


def main() -> int:
    """Read the options, ask for the evaluation, print it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("coded", nargs="+", type=Path, help="coded harvests to learn from")
    parser.add_argument("--test", required=True, type=Path, help="the coded harvest to compare with")
    parser.add_argument("--codebook", type=Path, default=shipped.codebook_path(), help="the codebook (YAML)")
    parser.add_argument(
        "--repeats",
        type=Path,
        help="CSV of known near-duplicates (FragmentID, near_duplicate_of); else they are found",
    )
    options = parser.parse_args()
    try:
        codebook = Codebook.read(options.codebook)
        with progress_bars(quiet=False) as advance:
            evaluation = evaluate_on(
                options.test,
                options.coded,
                codebook=codebook,
                sources=open_sources(),
                known_duplicates=None if options.repeats is None else _read_duplicates(options.repeats),
                advance=advance,
            )
    except OutcomeCoderError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    print(
        f"Trained on {evaluation.n_trained} outcomes. Cohen's kappa (95% interval), of a multiple field's first code."
    )
    _print_figures(
        f"Without the {len(evaluation.repeated)} outcomes that repeat one learnt from",
        evaluation.new_outcomes,
    )
    _print_figures("All outcomes", evaluation.all_outcomes)
    _print_routes(evaluation.routes)
    _print_reliability({**evaluation.reliability, "all fields together": evaluation.reliability_of_all})
    return 0


def _read_duplicates(path: Path) -> dict[str, str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {row["FragmentID"]: row["near_duplicate_of"] for row in csv.DictReader(file)}


def _print_figures(title: str, figures: Mapping[str, Mapping[str, Figure]]) -> None:
    ways = next(iter(figures.values()))
    print(f"\n{title}")
    print(f"{'':22}" + "".join(f"{way:30}" for way in ways))
    for field, by_way in figures.items():
        print(f"{field:22}" + "".join(f"{by_way[way]!s:30}" for way in ways))
    print(f"{'mean of the fields':22}" + "".join(f"{Evaluation.mean(figures, way):<30.3f}" for way in ways))


def _print_routes(routes: Mapping[str, RouteFigures]) -> None:
    print("\nAll outcomes: routed to confirm, right of those; settled codes in their prediction set, codes per set")
    for field, figures in routes.items():
        print(
            f"{field:22}{figures.n_confirm} of {figures.n_outcomes}, {figures.n_right} of {figures.n_confirm}; "
            f"{figures.n_covered} of {figures.n_codings}, {figures.n_possible / figures.n_outcomes:.2f}"
        )


def _print_reliability(reliability: Mapping[str, Reliability]) -> None:
    print(
        "\nAll outcomes: calibration error of the first suggestion's confidence (95% range if it were perfect); "
        "Brier score; log loss"
    )
    for field, told in reliability.items():
        print(
            f"{field:22}{told.calibration_error:.3f} ({told.perfect_low:.3f}-{told.perfect_high:.3f}); "
            f"{told.brier:.3f}; {told.log_loss:.3f}"
        )


if __name__ == "__main__":
    sys.exit(main())
