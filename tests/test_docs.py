"""The examples, figures and pictures of the documents are those of the sample and the model that ship."""

from __future__ import annotations

from typing import Any

import pytest

from docs.figures import agreement_block, kept_figures, routes_block
from docs.readme import block_of, example_of_explain
from docs.sources import MADE_FROM, ROOT, kept_sources, stale_parts

FIELD: dict[str, Any] = {
    "column": "Scale",
    "cohen_kappa": 0.714,
    "intervals": {"cohen_kappa": [0.601, 0.799]},
    "baselines": {"linear SVM": {"value": 0.52, "low": 0.41, "high": 0.62}},
    "ece": 0.05,
    "ece_of_perfect": [0.03, 0.07],
    "prediction_sets": [{"asked": 0.9, "coverage": {"value": 0.89, "n": 100}, "codes": 1.24}],
    "confirm": {"value": 0.92, "low": 0.8, "high": 0.98, "n": 50},
}
REPORT: dict[str, Any] = {
    "n": 100,
    "mean_cohen_kappa": {
        "outcome-coder": {"value": 0.714, "low": 0.601, "high": 0.799, "n": 100},
        "linear SVM": {"value": 0.52, "low": 0.41, "high": 0.62, "n": 100},
    },
    "mean_cohen_kappa_without_repeats": {},
    "ece": 0.05,
    "ece_of_perfect": [0.03, 0.07],
    "confirm": {"value": 0.92, "low": 0.8, "high": 0.98, "n": 50},
    "fields": {"scale": FIELD},
}
KEPT = {"test": REPORT, "held_out": REPORT, "partners": REPORT}


def test_what_the_documents_show_was_made_from_the_files_that_there_are_now() -> None:
    assert stale_parts() == {}, "run `make docs`, or `make docs ALL=1` for figures and curve"


@pytest.mark.parametrize("part", ["explain", "python", "workbook", "review"])
def test_part_is_made_by_the_script(part: str) -> None:
    assert part in kept_sources()


@pytest.mark.parametrize("path", sorted({path for paths in MADE_FROM.values() for path in paths}))
def test_source_is_there(path: str) -> None:
    assert (ROOT / path).is_file()


@pytest.mark.encoder
def test_explanation_shown_is_the_one_that_the_command_gives() -> None:
    assert block_of("explain") == example_of_explain()


def test_place_that_the_readme_lacks_is_reported() -> None:
    with pytest.raises(ValueError, match=r"^README\.md has no place for 'history'$"):
        block_of("history")


def test_agreement_is_shown_by_field_beside_the_baseline() -> None:
    assert agreement_block(KEPT).splitlines() == [
        "| 100 outcomes | **outcome-coder** | linear SVM |",
        "|---|---|---|",
        "| Scale | **0.71** (0.60-0.80) | 0.52 (0.41-0.62) |",
        "| mean of the fields | **0.71** (0.60-0.80) | 0.52 (0.41-0.62) |",
    ]


def test_routes_are_shown_with_counts_shares_and_shortfalls() -> None:
    reported = routes_block(KEPT)
    assert "| Scale | 50 of 100 | 46 (92 %) | 89 of 100 (89 %) | 1.2 |\n" in reported
    assert "| together | 50 of 100 (50 %) | 46 (92 %; 95 % interval 80-98 %) | 89 of 100 (89 %) | 1.2 |\n" in reported
    assert (
        "\n\nScale fell short of the target of 95 % here. With 50 outcomes that may be chance or not: check those"
        in reported
    )
    assert "\n\nConfidence is well calibrated: over the 100 first suggestions it is off by 0.050" in reported
    assert reported.endswith("each partner left out in turn, it is 0.714 (0.601-0.799).\n")


def test_figures_shown_are_those_that_were_found_if_the_script_made_them() -> None:
    made = {"agreement": agreement_block, "routes": routes_block} if "figures" in kept_sources() else {}
    assert {part: block_of(part) for part in made} == {part: tell(kept_figures()) for part, tell in made.items()}
