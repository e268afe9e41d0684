"""The plots of a report, readable in print, in grey, and by those who see colours differently."""

from __future__ import annotations

import io
import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from classifier.agreement.bootstrap import Estimate
from classifier.report.document import Picture
from classifier.report.plots import INK, LINE, MUTED, STYLE

# Okabe and Ito's palette; shapes and dashes tell the same apart without it.
_COLOURS = (LINE, "#D55E00", "#009E73", "#8A5A83", "#56B4E9", "#7A6A00")
_SHAPES = ("o", "s", "^", "D", "v", "P")
_HATCHES = (None, "////", "....", "xxxx")
_PALE = "#8C8C8C"
_ACROSS = 2
_WIDTH = 9.2  # inches; the page is 17 cm wide, and letters come out at 9 points


@dataclass(frozen=True, slots=True, kw_only=True)
class Dots:
    """Figures of one kind, one for each line of a plot.

    Attributes
    ----------
    figures : tuple of Estimate or None
        None where there is nothing to show.
    pale : frozenset of int
        Lines that too few outcomes stand behind.
    """

    name: str
    figures: tuple[Estimate | None, ...]
    pale: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One of several plots side by side: points, and what stands beside them."""

    title: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    marked: tuple[float, float, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Named lines of a plot, one below the other, some under a heading.

    Attributes
    ----------
    names : tuple of str
    headings : dict of int to str
        By the line that each stands above.
    """

    names: tuple[str, ...]
    headings: Mapping[int, str] = field(default_factory=dict)

    @property
    def heights(self) -> list[float]:
        """How far down each line is, a heading taking a little more room than a line."""
        return [place + 1.1 * sum(at <= place for at in self.headings) for place in range(len(self.names))]

    @property
    def height(self) -> float:
        """How far down they reach."""
        return len(self.names) + 1.1 * len(self.headings)

    def name(self, axes: Axes, *, axis: str, below: float) -> None:
        """Write names and headings beside the plot."""
        heights = self.heights
        axes.set_yticks(heights, list(self.names))
        axes.set_ylim(self.height - below, -0.8)
        for place, told in self.headings.items():
            axes.text(
                0.0, heights[place] - 1.0, told, transform=axes.get_yaxis_transform(), fontweight="bold", va="center",
            )  # fmt: skip
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
    """Draw figures as dots on lines, with their intervals."""
    step = 0.62 / max(len(series) - 1, 1)
    tall = 0.23 * lines.height * (1 + 0.42 * (len(series) - 1)) + 1.1
    with rc_context(STYLE):
        canvas = Canvas(figsize=(_WIDTH, tall), layout="constrained")
        axes = canvas.subplots()
        for number, dots in enumerate(series):
            colour, shape = _COLOURS[number % len(_COLOURS)], _SHAPES[number % len(_SHAPES)]
            offset = (number - (len(series) - 1) / 2) * step
            for place, (height, figure) in enumerate(zip(lines.heights, dots.figures, strict=True)):
                if figure is not None and not math.isnan(figure.value):
                    _draw_figure(axes, figure, height + offset, shape, colour, is_pale=place in dots.pale)
            axes.plot([], [], shape, color=colour, label=dots.name)
        lines.name(axes, axis=axis, below=0.4)
        if span is not None:
            axes.set_xlim(*span)
        axes.grid(axis="x", color="#DDDDDD", linewidth=0.8)
        axes.set_axisbelow(True)
        if len(series) > 1:
            canvas.legend(loc="outside upper left", ncols=min(len(series), 4), frameon=False, fontsize=10)
        return as_picture(canvas, name, title, reading)


def _draw_figure(axes: Axes, figure: Estimate, height: float, shape: str, colour: str, *, is_pale: bool) -> None:
    shown = _PALE if is_pale else colour
    if figure.has_interval:
        axes.plot([figure.low, figure.high], [height, height], color=shown, linewidth=1.6, zorder=2)
    inside = "white" if is_pale else shown
    axes.plot(figure.value, height, shape, color=shown, markerfacecolor=inside, markersize=6.5, zorder=3)


def plot_bars(
    name: str, title: str, reading: str, *, lines: Lines, series: Mapping[str, Sequence[float]], axis: str
) -> Picture:
    """Draw counts as bars side by side, each told in figures too."""
    thick = 0.8 / len(series)
    most = max((max(values, default=0) for values in series.values()), default=0)
    with rc_context(STYLE):
        tall = 0.17 * lines.height * max(len(series), 1.6) + 1.1
        canvas = Canvas(figsize=(_WIDTH, tall), layout="constrained")
        axes = canvas.subplots()
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
        lines.name(axes, axis=axis, below=0.3)
        if len(series) > 1:
            canvas.legend(loc="outside upper left", ncols=len(series), frameon=False, fontsize=10)
        return as_picture(canvas, name, title, reading)


def plot_calibration(name: str, title: str, reading: str, *, panels: Sequence[Panel]) -> Picture:
    """Draw how often suggestions were right by how sure they were; on the line, confidence is perfect."""
    with rc_context(STYLE):
        canvas, places = _panels(len(panels), height=3.4)
        for axes, panel in zip(places, panels, strict=False):
            axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1.1, linestyle="--")
            below = np.array(panel.y) - np.array(panel.low)
            above = np.array(panel.high) - np.array(panel.y)
            axes.errorbar(
                panel.x, panel.y, yerr=[below, above], color=LINE, marker="o", markersize=5.5, linewidth=0,
                elinewidth=1.3, capsize=2.5,
            )  # fmt: skip
            axes.set_title(panel.title, loc="left", fontsize=11, fontweight="bold")
            axes.set_xlim(0, 1.02)
            axes.set_ylim(0, 1.02)
            axes.set_aspect("equal")
            axes.grid(color="#DDDDDD", linewidth=0.8)
        canvas.supxlabel("Confidence in the first suggestion", fontsize=11)
        canvas.supylabel("Share that was right", fontsize=11)
        return as_picture(canvas, name, title, reading)


def plot_precision(name: str, title: str, reading: str, *, panels: Sequence[Panel], target: float) -> Picture:
    """Draw how many suggestions are right of the surest ones, by how many of all are kept."""
    lowest = min((min(panel.y, default=1.0) for panel in panels), default=0.5)
    with rc_context(STYLE):
        canvas, places = _panels(len(panels), height=2.9)
        for axes, panel in zip(places, panels, strict=False):
            axes.axhline(target, color=MUTED, linewidth=1.1, linestyle="--")
            axes.plot(panel.x, panel.y, color=LINE, linewidth=2)
            if panel.marked is not None:
                x, y, told = panel.marked
                axes.plot(x, y, "D", color=_COLOURS[1], markersize=7)
                axes.annotate(
                    told, (x, y), xytext=(0, -14), textcoords="offset points", ha="center", va="top", fontsize=9,
                )  # fmt: skip
            axes.set_title(panel.title, loc="left", fontsize=11, fontweight="bold")
            axes.set_xlim(0, 1.02)
            axes.set_ylim(min(lowest, 0.8) - 0.03, 1.01)
            axes.grid(color="#DDDDDD", linewidth=0.8)
        canvas.supxlabel("Share of outcomes kept, the surest first", fontsize=11)
        canvas.supylabel("Share of those that is right", fontsize=11)
        return as_picture(canvas, name, title, reading)


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
    """Draw how often one coding gave a code where the other gave another, as a table shaded by its counts."""
    n_codes = len(codes)
    with rc_context(STYLE):
        side = min(1.9 + 0.62 * n_codes, _WIDTH)
        canvas = Canvas(figsize=(min(side + 2.2, _WIDTH), side), layout="constrained")
        axes = canvas.subplots()
        # By row, so that rare codes can be read too.
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
        return as_picture(canvas, name, title, reading)


def _panels(n_panels: int, *, height: float) -> tuple[Canvas, list[Axes]]:
    n_down = math.ceil(n_panels / _ACROSS)
    canvas = Canvas(figsize=(_WIDTH * 0.8, height * n_down + 0.5), layout="constrained")
    grid = canvas.subplots(n_down, min(_ACROSS, n_panels), sharex=True, sharey=True, squeeze=False)
    places = [axes for row in grid for axes in row]
    for axes in places[n_panels:]:
        axes.set_visible(False)
    return canvas, places


def _wrapped(text: str, width: int = 34) -> str:
    first, *rest = textwrap.wrap(text, width) or [""]
    return "\n".join([first, *([textwrap.shorten(" ".join(rest), width, placeholder=" …")] if rest else [])])


def as_picture(canvas: Canvas, name: str, title: str, reading: str) -> Picture:
    """Keep a drawing as the two kinds of file that a report holds."""
    drawn = {}
    for kind in ("svg", "png"):
        written = io.BytesIO()
        # Without a date, so that the same figures give the same file.
        metadata = {"Date": None} if kind == "svg" else None
        with rc_context(STYLE):
            canvas.savefig(written, format=kind, dpi=160, metadata=metadata)
        drawn[kind] = written.getvalue()
    return Picture(name=name, title=title, reading=reading, svg=drawn["svg"], png=drawn["png"])
