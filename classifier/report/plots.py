"""Figures as pictures, readable in print, in grey, and by those who see colours differently."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Picture

from classifier.codebook.schema import Codebook
from classifier.evaluation.learning_curve import FieldCurve, LearningCurve
from classifier.files import write_whole

INK, MUTED, LINE = "#222222", "#595959", "#0072B2"  # the blue of Okabe and Ito's palette
STYLE: dict[Any, Any] = {  # matplotlib's own type lists every setting there is
    "font.size": 11,
    "svg.hashsalt": "outcome-coder",  # the same figures give the same file
    "font.family": "DejaVu Sans",
    "text.color": INK,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": INK,
    "ytick.color": INK,
}
_N_ACROSS = 2
_WIDTH, _HEIGHT = 5.2, 3.5  # inches of one field


def plot_learning_curve(curve: LearningCurve, codebook: Codebook, path: Path) -> None:
    """Draw the agreement of each field by how many coded outcomes were learnt from, as a PNG."""
    canvas = draw_curve(curve, codebook)
    with rc_context(STYLE), write_whole(path) as temporary:
        canvas.savefig(temporary, dpi=150, format="png")


@rc_context(STYLE)
def draw_curve(curve: LearningCurve, codebook: Codebook) -> Picture:
    """Draw a learning curve, to be kept in one kind of file or another."""
    n_down = math.ceil(len(curve.fields) / _N_ACROSS)
    n_across = min(_N_ACROSS, len(curve.fields))
    top = max(point.high for one in curve.fields.values() for point in one.points.values())
    bottom = min(
        min(point.low, one.by_definition.low) for one in curve.fields.values() for point in one.points.values()
    )
    picture = Picture(figsize=(_WIDTH * n_across, _HEIGHT * n_down + 0.9), layout="constrained")
    grid = picture.subplots(n_down, n_across, sharey=True, squeeze=False)
    places = [axes for row in grid for axes in row]
    for axes, (name, one) in zip(places, curve.fields.items(), strict=False):
        _draw_field(axes, codebook.field(name).column.strip(), one)
        axes.set_ylim(min(-0.08, bottom - 0.03), max(top + 0.03, 0.9))
    for axes in places[len(curve.fields) :]:
        axes.set_visible(False)
    picture.supxlabel("Coded outcomes learnt from")
    picture.supylabel("Cohen's kappa on outcomes not learnt from")
    picture.suptitle(
        f"Agreement by how many of {curve.n_outcomes} coded outcomes were learnt from (bars: 95 % intervals)",
        fontsize=12,
    )
    return picture


def _draw_field(axes: Axes, title: str, one: FieldCurve) -> None:
    sizes = sorted(one.points)
    values = [one.points[size].value for size in sizes]
    below = [one.points[size].value - one.points[size].low for size in sizes]
    above = [one.points[size].high - one.points[size].value for size in sizes]
    axes.set_xscale("log")
    axes.set_title(title, loc="left", fontsize=12, fontweight="bold")
    axes.axhline(0.0, color=MUTED, linewidth=1.2, linestyle=":")
    axes.axhline(one.by_definition.value, color=INK, linewidth=1.2, linestyle="--")
    axes.errorbar(
        sizes,
        values,
        yerr=[below, above],
        color=LINE,
        linewidth=2,
        marker="o",
        markersize=6,
        capsize=3,
        elinewidth=1.2,
    )
    _label(axes, sizes, 0.0, "commonest code: 0")
    _label(axes, sizes, one.by_definition.value, f"definitions only: {one.by_definition.value:.2f}")
    axes.annotate(
        f"{values[-1]:.2f}", (sizes[-1], values[-1]), xytext=(9, 0), textcoords="offset points",
        color=LINE, fontweight="bold", va="center",
    )  # fmt: skip
    axes.set_xlim(sizes[0] / 1.25, sizes[-1] * 1.9)
    # The last two are often too near each other to be written side by side.
    named = [size for size in sizes if size == sizes[-1] or size < sizes[-1] / 1.5]
    axes.set_xticks(sizes, [str(size) if size in named else "" for size in sizes])
    axes.minorticks_off()
    axes.grid(axis="y", color="#DDDDDD", linewidth=0.8)
    axes.set_axisbelow(True)


def _label(axes: Axes, sizes: Sequence[int], height: float, text: str) -> None:
    axes.annotate(
        text, (sizes[-1] * 1.8, height), xytext=(0, -4), textcoords="offset points",
        ha="right", va="top", fontsize=10, color=INK,
    )  # fmt: skip
