"""What differs, what can be counted, and what more coding is worth: sections of a report."""

from __future__ import annotations

from classifier.evaluation.evaluated import Evaluated
from classifier.evaluation.label_errors import Cause, Disagreement
from classifier.evaluation.prevalence import CorrectedCount
from classifier.report.crosstab.counts import count_codes, cross_tables
from classifier.report.document import Section, TableBlock
from classifier.report.evaluation_plots import Lines, as_picture, plot_bars
from classifier.report.formatting import column_of, percent, short
from classifier.report.plots import draw_curve

_MOST_SERIES = 4  # bars side by side
_N_SHOWN = 20  # disagreements on the page; all are in the files


# Disagreements


def disagreements_section(evaluated: Evaluated) -> Section | None:
    """List where suggestions and coders differ."""
    found = evaluated.disagreements
    if not found:
        return None
    counts = {fault: sum(one.fault is fault for one in found) for fault in Cause}
    paragraphs = [
        f"Suggestions and coders differ in {len(found)} codes: {counts[Cause.LABEL]} look like slips of the label "
        "(the suggestion is as sure of its code as of outcomes that were given it; confident learning, "
        f"doi:10.1613/jair.1.12125), {counts[Cause.DEFINITION]} are of two codes that coders take for one another too, "
        f"and {counts[Cause.MODEL]} are likely errors of the model. The workbook adjudication.xlsx holds them all, "
        "with drop-downs to settle them.",
    ]
    if evaluated.coders is None:
        paragraphs.append(
            "Codings by single coders were not given (--coder), so that it can't be told which codes coders take for "
            "one another; none is put down to an unclear definition."
        )
    return Section(
        name="disagreements",
        title="Where they differ",
        paragraphs=tuple(paragraphs),
        tables=(
            TableBlock(
                name="disagreements",
                title=f"The surest {min(_N_SHOWN, len(found))} of {len(found)} disagreements",
                header=("FragmentID", "Field", "Coders", "Suggested", "How sure", "Likely"),
                rows=tuple(_disagreement_row(evaluated, one) for one in found),
                n_shown=_N_SHOWN,
                note="How sure: by how much more the suggestion trusts its own code than the coders'.",
            ),
        ),
    )


def _disagreement_row(evaluated: Evaluated, one: Disagreement) -> tuple[str, ...]:
    return (
        one.fragment_id,
        column_of(evaluated, one.field),
        "; ".join(one.agreed),
        "; ".join(one.suggested),
        percent(one.margin),
        str(one.fault),
    )


# Counts


def counts_section(evaluated: Evaluated) -> Section:
    """Count the codes by coders, as suggested, and corrected."""
    fields = evaluated.evaluation.fields
    lines: list[str] = []
    coders, suggested, groups, rows = [], [], {}, []
    for name, one in fields.items():
        groups[len(lines)] = column_of(evaluated, name)
        for count in one.counts:
            lines.append(short(count.code))
            coders.append(count.n_coders)
            suggested.append(count.n_suggested)
            rows.append(
                (
                    column_of(evaluated, name),
                    count.code,
                    str(count.n_coders),
                    str(count.n_suggested),
                    f"{count.n_suggested - count.n_coders:+d}",
                )
            )
    furthest = max(
        (count for one in fields.values() for count in one.counts),
        key=lambda count: abs(count.n_suggested - count.n_coders),
    )
    tables = [
        TableBlock(
            name="counts",
            title="Outcomes with each code, of those tested",
            header=("Field", "Code", "Coders", "Suggested", "Difference"),
            rows=tuple(rows),
            note="Suggested: as the suggestions come, uncorrected. Not to be quoted as a result.",
            n_shown=0,  # the picture tells the same
        )
    ]
    paragraphs = [
        "A count of suggestions is not a result: where the model leans towards a code, the count leans with it. A "
        "report may quote coders' counts, or counts corrected by a random sample that was coded."
    ]
    if evaluated.counts:
        tables.append(_corrected_table(evaluated))
        first = next(iter(next(iter(evaluated.counts.values())).values()))
        paragraphs.append(
            f"The corrected counts are of all {first.n_outcomes} outcomes, from a random sample of {first.n_sample} "
            "that coders coded (prediction-powered inference, doi:10.1126/science.adi6000 and "
            "doi:10.48550/arXiv.2311.01453, for a finite harvest). They hold only if the sample was drawn by lot."
        )
    else:
        paragraphs.append(
            "To have corrected counts of a whole harvest, draw some 100 of its outcomes by lot, code them, and name "
            "both: --sample CODED_SAMPLE --all HARVEST."
        )
    return Section(
        name="counts",
        title="Counts",
        paragraphs=tuple(paragraphs),
        pictures=(
            plot_bars(
                "counts",
                "Outcomes with each code, by coders and as suggested",
                f"Furthest apart: {furthest.code}, given by coders {furthest.n_coders} times and suggested "
                f"{furthest.n_suggested} times.",
                lines=Lines(names=tuple(lines), headings=groups),
                series={"coders": coders, "suggested, uncorrected": suggested},
                axis="Outcomes",
            ),
        ),
        tables=tuple(tables),
    )


def _corrected_table(evaluated: Evaluated) -> TableBlock:
    return TableBlock(
        name="corrected-counts",
        title="Corrected counts of the whole harvest",
        header=("Field", "Code", "In the sample", "Suggested, of all", "Corrected", "95 % interval", ""),
        rows=tuple(
            (column_of(evaluated, name), code, *_corrected_cells(one))
            for name, by_code in evaluated.counts.items()
            for code, one in by_code.items()
        ),
        note=(
            "From the sample alone: where it holds fewer than ten outcomes with the code, or without it, the count and "
            "its exact interval are those of the sample."
        ),
    )


def _corrected_cells(one: CorrectedCount) -> tuple[str, ...]:
    return (
        f"{one.n_in_sample} of {one.n_sample}",
        str(one.n_suggested),
        f"{one.count:.0f}",
        f"{one.low:.0f} to {one.high:.0f}",
        "from the sample alone" if one.is_exact else "",
    )


# The learning curve


def curve_section(evaluated: Evaluated) -> Section | None:
    """Say what more coded outcomes are worth."""
    curve = evaluated.curve
    if curve is None:
        return None
    most = max(max(one.points) for one in curve.fields.values())
    gains = {
        name: one.points[most].value - one.points[max(size for size in one.points if size <= most / 2)].value
        for name, one in curve.fields.items()
        if any(size <= most / 2 for size in one.points)
    }
    steepest = max(gains, key=lambda name: gains[name], default=None)
    reading = (
        f"Twice as many outcomes brought most in {column_of(evaluated, steepest)}: {gains[steepest]:+.2f} of kappa."
        if steepest is not None
        else ""
    )
    canvas = draw_curve(curve, evaluated.codebook)
    return Section(
        name="learning-curve",
        title="What more coded outcomes are worth",
        pictures=(
            as_picture(canvas, "learning-curve", "Agreement by how many coded outcomes were learnt from", reading),
        ),
        tables=(
            TableBlock(
                name="outcomes-needed",
                title=f"How many more outcomes each code needs to be found with an F1 of {curve.target:g}",
                header=("Field", "Code", "Outcomes", "F1 now", "More outcomes with it"),
                rows=tuple(
                    (
                        column_of(evaluated, one.field),
                        one.code,
                        str(one.n_examples),
                        f"{one.f1:.2f}" if one.n_examples else "",
                        str(one),
                    )
                    for one in curve.needs
                ),
            ),
        ),
    )


# The harvest itself


def harvest_section(evaluated: Evaluated) -> Section:
    """Count the codes of the harvest itself."""
    counts = count_codes(evaluated.harvests, evaluated.codebook)
    by_period = [table for table in cross_tables(evaluated.harvests, evaluated.codebook) if table.by == "period"]
    shown = by_period if by_period and len(by_period[0].columns) <= _MOST_SERIES else list(counts)
    lines: list[str] = []
    groups = {}
    for table in shown:
        groups[len(lines)] = table.field
        lines += [short(code) for code in table.rows]
    series = {
        name: [row[place] for table in shown for row in table.counts] for place, name in enumerate(shown[0].columns)
    }
    by = ", by harvest period" if shown is by_period else ""
    share, commonest = max(
        (row[0] or 0.0, code) for table in counts for code, row in zip(table.rows, table.shares, strict=True)
    )
    return Section(
        name="harvest",
        title="The coded harvest itself",
        paragraphs=(
            "Any two fields against each other, and each by country, period, negative and unintended, with the "
            "outcomes that are undecided, are in tables/harvest.xlsx.",
        ),
        pictures=(
            plot_bars(
                "harvest",
                f"Outcomes that coders gave each code{by}",
                f"The largest share of its field has {commonest}: {percent(share)} of the outcomes coded in it.",
                lines=Lines(names=tuple(lines), headings=groups),
                series=series,
                axis="Outcomes",
            ),
        ),
        tables=(
            TableBlock(
                name="harvest",
                title="Outcomes with each code, by coders",
                header=("Field", "Code", "Outcomes", "Share", "Undecided", "n"),
                rows=tuple(
                    (
                        table.field,
                        code,
                        str(count),
                        "" if part is None else percent(part),
                        str(table.n_undecided),
                        str(table.n_outcomes),
                    )
                    for table in counts
                    for code, (count,), (part,) in zip(table.rows, table.counts, table.shares, strict=True)
                ),
                note=" ".join(note for table in counts for note in table.notes),
                n_shown=0,
            ),
        ),
    )
