"""Plots, readable in print, in grey, and with colour blindness."""

from __future__ import annotations

import io
import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from classifier.agreement.bootstrap import Estimate
from classifier.evaluation.learning_curve import FieldCurve, LearningCurve
from classifier.files import write_whole
from classifier.report.document import Picture

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
# Okabe and Ito's palette; shapes and hatches distinguish the series without it.
_COLOURS = (LINE, "#D55E00", "#009E73", "#8A5A83", "#56B4E9", "#7A6A00")
_SHAPES = ("o", "s", "^", "D", "v", "P")
_HATCHES = (None, "////", "....", "xxxx")
_PALE = "#8C8C8C"
_ACROSS = 2
_WIDTH = 9.2  # inches; on a page 17 cm wide text is 9 points high
_CURVE_WIDTH, _CURVE_HEIGHT = 5.2, 3.5  # inches of one field


@dataclass(frozen=True, slots=True, kw_only=True)
class Dots:
    """Estimates of one series, one for each line of a dot plot."""

    name: str
    estimates: tuple[Estimate | None, ...]  # None where there is nothing to show
    pale: frozenset[int] = frozenset()  # lines with too few outcomes


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One of several plots side by side: points with intervals, and a point marked in words."""

    title: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    marked: tuple[float, float, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Named lines of a plot, one below the other, some under a heading."""

    names: tuple[str, ...]
    headings: Mapping[int, str] = field(default_factory=dict)  # by the line below each

    @property
    def heights(self) -> list[float]:
        """Distance of each line from the top; a heading takes a little more room than a line."""
        return [place + 1.1 * sum(at <= place for at in self.headings) for place in range(len(self.names))]

    @property
    def height(self) -> float:
        """Total height."""
        return len(self.names) + 1.1 * len(self.headings)

    def label(self, axes: Axes, *, axis: str, below: float) -> None:
        """Label the lines and headings of the plot."""
        heights = self.heights
        axes.set_yticks(heights, list(self.names))
        axes.set_ylim(self.height - below, -0.8)
        for place, heading in self.headings.items():
            axes.text(
                0.0,
                heights[place] - 1.0,
                heading,
                transform=axes.get_yaxis_transform(),
                fontweight="bold",
                va="center",
            )
        axes.set_xlabel(axis)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)


def plot_dots(
    name: str,
    title: str,
    reading: str,
    *,
    lines: Lines,
    series: Sequence[Dots],
    axis: str,
    span: tuple[float, float] | None = None,
) -> Picture:
    """Dot plot of estimates with their intervals."""
    step = 0.62 / max(len(series) - 1, 1)
    tall = 0.23 * lines.height * (1 + 0.42 * (len(series) - 1)) + 1.1
    with rc_context(STYLE):
        figure = Figure(figsize=(_WIDTH, tall), layout="constrained")
        axes = figure.subplots()
        for number, dots in enumerate(series):
            colour, shape = _COLOURS[number % len(_COLOURS)], _SHAPES[number % len(_SHAPES)]
            offset = (number - (len(series) - 1) / 2) * step
            for place, (height, estimate) in enumerate(zip(lines.heights, dots.estimates, strict=True)):
                if estimate is not None and not math.isnan(estimate.value):
                    _draw_estimate(axes, estimate, height + offset, shape, colour, is_pale=place in dots.pale)
            axes.plot([], [], shape, color=colour, label=dots.name)
        lines.label(axes, axis=axis, below=0.4)
        if span is not None:
            axes.set_xlim(*span)
        axes.grid(axis="x", color="#DDDDDD", linewidth=0.8)
        axes.set_axisbelow(True)
        if len(series) > 1:
            figure.legend(loc="outside upper left", ncols=min(len(series), 4), frameon=False, fontsize=10)
        return _as_picture(figure, name, title, reading)


def _draw_estimate(axes: Axes, estimate: Estimate, height: float, shape: str, colour: str, *, is_pale: bool) -> None:
    shown = _PALE if is_pale else colour
    if estimate.has_interval:
        axes.plot([estimate.low, estimate.high], [height, height], color=shown, linewidth=1.6, zorder=2)
    inside = "white" if is_pale else shown
    axes.plot(estimate.value, height, shape, color=shown, markerfacecolor=inside, markersize=6.5, zorder=3)


def plot_bars(
    name: str, title: str, reading: str, *, lines: Lines, series: Mapping[str, Sequence[float]], axis: str
) -> Picture:
    """Bar chart of counts by series, each bar labelled with its count."""
    thick = 0.8 / len(series)
    most = max((max(values, default=0) for values in series.values()), default=0)
    with rc_context(STYLE):
        tall = 0.17 * lines.height * max(len(series), 1.6) + 1.1
        figure = Figure(figsize=(_WIDTH, tall), layout="constrained")
        axes = figure.subplots()
        for number, (label, values) in enumerate(series.items()):
            places = [height + (number - (len(series) - 1) / 2) * thick for height in lines.heights]
            axes.barh(
                places,
                values,
                height=thick * 0.92,
                color=_COLOURS[number % len(_COLOURS)] if number == 0 else "white",
                edgecolor=_COLOURS[number % len(_COLOURS)],
                hatch=_HATCHES[number % len(_HATCHES)],
                label=label,
            )
            for y, value in zip(places, values, strict=True):
                axes.text(value + most * 0.008, y, f"{value:g}", va="center", fontsize=8.5, color=INK)
        lines.label(axes, axis=axis, below=0.3)
        if len(series) > 1:
            figure.legend(loc="outside upper left", ncols=len(series), frameon=False, fontsize=10)
        return _as_picture(figure, name, title, reading)


def plot_calibration(name: str, title: str, reading: str, *, panels: Sequence[Panel]) -> Picture:
    """Reliability diagrams: the share of suggestions that was right, by confidence."""
    with rc_context(STYLE):
        figure, places = _panels(panels, x="Confidence in the first suggestion", y="Share that was right", height=3.4)
        for axes, panel in zip(places, panels, strict=False):
            axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1.1, linestyle="--")
            below = np.array(panel.y) - np.array(panel.low)
            above = np.array(panel.high) - np.array(panel.y)
            axes.errorbar(
                panel.x, panel.y, yerr=[below, above], color=LINE, marker="o", markersize=5.5, linewidth=0,
                elinewidth=1.3, capsize=2.5,
            )  # fmt: skip
            axes.set_ylim(0, 1.02)
            axes.set_aspect("equal")
        return _as_picture(figure, name, title, reading)


def plot_precision(name: str, title: str, reading: str, *, panels: Sequence[Panel], target: float) -> Picture:
    """Precision by the share of outcomes kept, the most confident first."""
    lowest = min((min(panel.y, default=1.0) for panel in panels), default=0.5)
    with rc_context(STYLE):
        x_label, y_label = "Share of outcomes kept, most confident first", "Share of those that was right"
        figure, places = _panels(panels, x=x_label, y=y_label, height=2.9)
        for axes, panel in zip(places, panels, strict=False):
            axes.axhline(target, color=MUTED, linewidth=1.1, linestyle="--")
            axes.plot(panel.x, panel.y, color=LINE, linewidth=2)
            if panel.marked is not None:
                x, y, label = panel.marked
                axes.plot(x, y, "D", color=_COLOURS[1], markersize=7)
                axes.annotate(
                    label, (x, y), xytext=(0, -14), textcoords="offset points", ha="center", va="top", fontsize=9,
                )  # fmt: skip
            axes.set_ylim(min(lowest, 0.8) - 0.03, 1.01)
        return _as_picture(figure, name, title, reading)


def plot_confusion(
    name: str,
    title: str,
    reading: str,
    *,
    codes: Sequence[str],
    counts: npt.NDArray[np.intp],
    rows: str,
    columns: str,
) -> Picture:
    """Confusion matrix of two codings, shaded by the share of each row."""
    n_codes = len(codes)
    with rc_context(STYLE):
        side = min(1.9 + 0.62 * n_codes, _WIDTH)
        figure = Figure(figsize=(min(side + 2.2, _WIDTH), side), layout="constrained")
        axes = figure.subplots()
        # Shaded by row, so that rare codes can be read too.
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        axes.imshow(shares, cmap="Blues", vmin=0, vmax=1.15, aspect="auto")
        for row in range(n_codes):
            for column in range(n_codes):
                if counts[row, column]:
                    axes.text(
                        column, row, str(counts[row, column]), ha="center", va="center", fontsize=10,
                        color="white" if shares[row, column] > 0.6 else INK,
                        fontweight="bold" if row == column else "normal",
                    )  # fmt: skip
        axes.set_xticks(range(n_codes), [_wrapped(code, 16) for code in codes], rotation=40, ha="right", fontsize=9)
        axes.set_yticks(range(n_codes), [_wrapped(code, 26) for code in codes], fontsize=9)
        axes.set_xlabel(columns)
        axes.set_ylabel(rows)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        return _as_picture(figure, name, title, reading)


def plot_learning_curve(curve: LearningCurve, path: Path) -> None:
    """Plot the learning curve of each field, as a PNG."""
    figure = _draw_curve(curve)
    with rc_context(STYLE), write_whole(path) as temporary:
        figure.savefig(temporary, dpi=150, format="png")


def plot_curve(name: str, title: str, reading: str, *, curve: LearningCurve) -> Picture:
    """Plot a learning curve for a report."""
    return _as_picture(_draw_curve(curve), name, title, reading)


@rc_context(STYLE)
def _draw_curve(curve: LearningCurve) -> Figure:
    n_down = math.ceil(len(curve.fields) / _ACROSS)
    n_across = min(_ACROSS, len(curve.fields))
    points = [point for curve_of_field in curve.fields.values() for point in curve_of_field.points.values()]
    by_definition = [curve_of_field.by_definition for curve_of_field in curve.fields.values()]
    # Of outcomes that all have one code there is no kappa.
    top = max((point.high for point in points if not math.isnan(point.high)), default=1.0)
    bottom = min((at.low for at in (*points, *by_definition) if not math.isnan(at.low)), default=0.0)
    figure = Figure(figsize=(_CURVE_WIDTH * n_across, _CURVE_HEIGHT * n_down + 0.9), layout="constrained")
    grid = figure.subplots(n_down, n_across, sharey=True, squeeze=False)
    panels = [axes for row in grid for axes in row]
    for axes, (name, curve_of_field) in zip(panels, curve.fields.items(), strict=False):
        _draw_field(axes, curve.codebook.field(name).heading, curve_of_field)
        axes.set_ylim(min(-0.08, bottom - 0.03), max(top + 0.03, 0.9))
    for axes in panels[len(curve.fields) :]:
        axes.set_visible(False)
    figure.supxlabel("Training outcomes")
    figure.supylabel("Cohen's kappa on held-out outcomes")
    figure.suptitle(
        f"Agreement by the number of training outcomes, of {curve.n_outcomes} coded (bars: 95 % intervals)",
        fontsize=12,
    )
    return figure


def _draw_field(axes: Axes, title: str, curve: FieldCurve) -> None:
    sizes = sorted(curve.points)
    values = [curve.points[size].value for size in sizes]
    below = [curve.points[size].value - curve.points[size].low for size in sizes]
    above = [curve.points[size].high - curve.points[size].value for size in sizes]
    axes.set_xscale("log")
    axes.set_title(title, loc="left", fontsize=12, fontweight="bold")
    axes.axhline(0.0, color=MUTED, linewidth=1.2, linestyle=":")
    axes.axhline(curve.by_definition.value, color=INK, linewidth=1.2, linestyle="--")
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
    _label(axes, sizes, curve.by_definition.value, f"definitions only: {curve.by_definition.value:.2f}")
    axes.annotate(
        f"{values[-1]:.2f}", (sizes[-1], values[-1]), xytext=(9, 0), textcoords="offset points",
        color=LINE, fontweight="bold", va="center",
    )  # fmt: skip
    axes.set_xlim(sizes[0] / 1.25, sizes[-1] * 1.9)
    # The last two labels often overlap.
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


def _panels(panels: Sequence[Panel], *, x: str, y: str, height: float) -> tuple[Figure, list[Axes]]:
    n_down = math.ceil(len(panels) / _ACROSS)
    figure = Figure(figsize=(_WIDTH * 0.8, height * n_down + 0.5), layout="constrained")
    grid = figure.subplots(n_down, min(_ACROSS, len(panels)), sharex=True, sharey=True, squeeze=False)
    figure.supxlabel(x, fontsize=11)
    figure.supylabel(y, fontsize=11)
    places = [axes for row in grid for axes in row]
    for axes, panel in zip(places, panels, strict=False):
        axes.set_title(panel.title, loc="left", fontsize=11, fontweight="bold")
        axes.set_xlim(0, 1.02)
        axes.grid(color="#DDDDDD", linewidth=0.8)
    for axes in places[len(panels) :]:
        axes.set_visible(False)
    return figure, places


def _wrapped(text: str, width: int = 34) -> str:
    first, *rest = textwrap.wrap(text, width) or [""]
    return "\n".join([first, *([textwrap.shorten(" ".join(rest), width, placeholder=" …")] if rest else [])])


def _as_picture(figure: Figure, name: str, title: str, reading: str) -> Picture:
    """Save a figure as SVG and PNG."""
    files = {}
    for kind in ("svg", "png"):
        buffer = io.BytesIO()
        # Without a date, so that equal reports are equal files.
        metadata = {"Date": None} if kind == "svg" else None
        with rc_context(STYLE):
            figure.savefig(buffer, format=kind, dpi=160, metadata=metadata)
        files[kind] = buffer.getvalue()
    return Picture(name=name, title=title, reading=reading, svg=files["svg"], png=files["png"])
