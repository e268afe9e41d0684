"""What `confirm` promises: how often the precision of new suggestions falls short of the target.

Example: python -m benchmarks.confirm_threshold

A model finds its threshold from so many outcomes. The precision of new suggestions at or above it is known exactly:
confidences are drawn from a known distribution, calibrated, too high or too low by a known amount. Ways to
find a threshold are compared by how many models confirm anything, how many of these fall short of the target, and the
share of suggestions that they confirm.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit
from scipy.stats import binom

from classifier._types import FloatArray
from classifier.model.conformal import MIN_CONFIRMABLE, confirm_threshold

TARGET = 0.95
SIZES = (150, 322, 440, 1000, 3000)
# Slope of the log-odds of being right by those of confidence.
SLOPES = {"calibrated": 1.0, "too high": 1 / 1.35, "too low": 1.35}
_N_REFERENCE = 200_000
_NEVER = float("inf")
_START = 45  # so many, all right, make a lower 90 % bound of 95 %

Right = npt.NDArray[np.bool_]
Rule = Callable[[FloatArray, Right], float]


def _half_sure(n_outcomes: int, generator: np.random.Generator) -> FloatArray:
    """Draw half from codes that are nearly certain, as on the sample harvests."""
    is_sure = generator.random(n_outcomes) < 0.5
    return np.where(is_sure, generator.beta(30, 0.8, n_outcomes), generator.beta(2.5, 1.5, n_outcomes))


SHAPES: dict[str, Callable[[int, np.random.Generator], FloatArray]] = {
    "half sure": _half_sure,
    "a third sure": lambda n_outcomes, generator: generator.beta(5, 1.2, n_outcomes),
    "hardly any sure": lambda n_outcomes, generator: generator.beta(4, 2, n_outcomes),
}


def _passes(right: Right, level: float) -> Right:
    passes: Right = np.cumsum(right) >= _least_right(len(right), level)
    return passes


@cache
def _least_right(n_outcomes: int, level: float) -> npt.NDArray[np.intp]:
    """Of the first suggestion, the first two and so on, how many must be right for the bound to meet the target."""
    n_above = np.arange(1, n_outcomes + 1)
    least = binom.ppf(level, n_above, TARGET).astype(np.intp)
    # The least number that so many or more right have a chance of 1 - level or less if precision is the target.
    least_right: npt.NDArray[np.intp] = least + (binom.sf(least - 1, n_above, TARGET) > 1 - level)
    return least_right


def pointwise(level: float) -> Rule:
    """Return the rule of the lowest threshold whose lower bound meets the target."""

    def rule(confidence: FloatArray, right: Right) -> float:
        good = np.flatnonzero(_passes(right, level) & (np.arange(1, len(right) + 1) >= MIN_CONFIRMABLE))
        return float(confidence[good[-1]]) if len(good) else _NEVER

    return rule


def fixed_sequence(confidence: FloatArray, right: Right) -> float:
    """Find the last threshold before the first failure, from the surest down (Learn then Test, arXiv:2110.01052)."""
    passes = _passes(right, 0.9)
    if len(right) < _START or not passes[_START - 1]:
        return _NEVER
    failures = np.flatnonzero(~passes[_START - 1 :])
    last = _START - 2 + failures[0] if len(failures) else len(right) - 1
    return float(confidence[last])


def conformal_selection(confidence: FloatArray, right: Right) -> float:
    """Find the threshold whose estimated share of wrong suggestions meets the target.

    Selection by conformal p-values and Benjamini-Hochberg (Jin and Candès, arXiv:2210.01408) amounts to this on many
    new outcomes; it holds on average, not for a model.
    """
    n_above = np.arange(1, len(right) + 1)
    estimate = (np.cumsum(~right) + 1) / (n_above + 1)
    good = np.flatnonzero(estimate <= 1 - TARGET)
    return float(confidence[good[-1]]) if len(good) else _NEVER


RULES: dict[str, Rule] = {
    "80 % bound (before)": pointwise(0.8),
    "90 % bound": pointwise(0.9),
    "fixed sequence": fixed_sequence,
    "conformal selection": conformal_selection,
    "outcome-coder": lambda confidence, right: confirm_threshold(confidence, right, precision=TARGET),
}


def main() -> None:
    """Print, for each rule, the share of models that confirm anything, that fall short, and of codes to confirm."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=1000, help="models for each line")
    n_draws = parser.parse_args().draws
    print(f"{n_draws} models a line. In percent: models that confirm anything / of these, short of the target / codes")
    print(f"confirmed, on average over all models. Target {TARGET:.0%}.\n")
    print(f"| confidence | outcomes | {' | '.join(RULES)} |\n|---|---|{'---|' * len(RULES)}")
    generator = np.random.default_rng(0)
    for shape, draw in SHAPES.items():
        for calibration, slope in SLOPES.items():
            reference = np.sort(draw(_N_REFERENCE, generator))[::-1]
            precision = np.cumsum(_chance(reference, slope)) / np.arange(1, _N_REFERENCE + 1)
            for size in SIZES:
                cells: list[list[tuple[float, bool]]] = [[] for _ in RULES]
                for _ in range(n_draws):
                    confidence = np.sort(draw(size, generator))[::-1]
                    right = generator.random(size) < _chance(confidence, slope)
                    for cell, rule in zip(cells, RULES.values(), strict=True):
                        threshold = rule(confidence, right)
                        if threshold < _NEVER:
                            n_above = max(int(np.searchsorted(-reference, -threshold, side="right")), 1)
                            cell.append((n_above / _N_REFERENCE, bool(precision[n_above - 1] < TARGET)))
                shown = " | ".join(_shown(cell, n_draws) for cell in cells)
                print(f"| {shape}, {calibration} | {size} | {shown} |", flush=True)


def _chance(confidence: FloatArray, slope: float) -> FloatArray:
    chance: FloatArray = expit(slope * logit(np.clip(confidence, 1e-6, 1 - 1e-6)))
    return chance


def _shown(cell: list[tuple[float, bool]], n_draws: int) -> str:
    if not cell:
        return "0"
    shares, misses = zip(*cell, strict=True)
    return f"{len(cell) / n_draws:.0%} / {np.mean(misses):.0%} / {sum(shares) / n_draws:.0%}"


if __name__ == "__main__":
    main()
