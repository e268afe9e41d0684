"""Counts of codes, from coded harvests to tables and a workbook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from classifier.codebook.schema import Codebook, sample_codebook
from classifier.errors import ComparisonError, OutputError
from classifier.faults import Fault, FaultKind, Note
from classifier.files import check_new
from classifier.harvest.coded import read_coded_harvests
from classifier.harvest.confidentiality import Confidentiality, leave_out_confidential, telling_left_out
from classifier.harvest.options import ReadingOptions
from classifier.harvest.outcome import Outcome
from classifier.harvest.reading import Harvest
from classifier.languages import gettext
from classifier.report.crosstab.counts import Crosstab, all_tables, count_by, count_codes, unfit_columns
from classifier.report.crosstab.workbook import write_tables
from classifier.spelling import normalise
from classifier.wording import counted, listed


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeCounts:
    """Counts of the codes of harvests."""

    harvests: tuple[Harvest, ...]
    counts: tuple[Crosstab, ...]  # one per field
    crossed: tuple[Crosstab, ...]  # each field by the columns asked for
    out: Path | None  # the workbook that all tables were written to
    notes: tuple[Note | str, ...]
    confidentiality: Confidentiality


def count_harvests(
    paths: Sequence[Path],
    *,
    codebook: Codebook | None = None,
    by: Sequence[str] = (),
    out: Path | None = None,
    options: ReadingOptions = ReadingOptions(),
    coder: str | None = None,
    include_confidential: bool = False,
    overwrite: bool = False,
) -> CodeCounts:
    """Count the codes of coded harvests, and write all tables to a workbook where one is named.

    In files with a row for each outcome and coder, the codes of `coder` are counted; by default those that all coders
    of an outcome agree on. Outcomes marked confidential are left out by default. Nothing is written if something must
    be corrected first.
    """
    if out is not None:
        if out.exists() and any(path.exists() and out.samefile(path) for path in paths):
            raise OutputError(f"{out}: is a harvest, which is never overwritten; choose another --out")
        check_new(out, overwrite=overwrite)
    codebook = codebook or sample_codebook()
    read = read_coded_harvests(paths, codebook=codebook, options=options)
    harvests, confidentiality = leave_out_confidential(read, codebook, include_confidential=include_confidential)
    if options.coder_column is not None:
        harvests = _of_coder(harvests, coder) if coder is not None else _agreed(harvests, codebook)
    counts = count_codes(harvests, codebook)
    with telling_left_out(confidentiality):
        _require_codes(counts, paths, options=options, coder=coder)
    crossed = tuple(table for column in by for table in count_by(harvests, codebook, by=column))
    if out is not None:
        write_all_tables(harvests, codebook, out, by=by)
    warnings = [note for harvest in harvests for note in harvest.notes]
    return CodeCounts(
        harvests=harvests,
        counts=counts,
        crossed=crossed,
        out=out,
        notes=(*warnings, *unfit_columns(harvests, codebook)),
        confidentiality=confidentiality,
    )


def _require_codes(
    counts: Sequence[Crosstab], paths: Sequence[Path], *, options: ReadingOptions, coder: str | None
) -> None:
    if all(table.n_undecided == table.n_outcomes for table in counts):
        problem = "no outcome is coded; there is nothing to count"
        if options.coder_column is not None and coder is None:
            problem = "the coders agree on no outcome; count the codes of one of them with --coder NAME"
        raise ComparisonError(f"{', '.join(path.name for path in paths)}: {problem}")


def _of_coder(harvests: Sequence[Harvest], coder: str) -> tuple[Harvest, ...]:
    names = dict.fromkeys(harvest.coder for harvest in harvests)
    wanted = next((name for name in names if normalise(name) == normalise(coder)), None)
    if wanted is None:
        raise ComparisonError(f"--coder: no coder is named {coder!r}; the coders are {', '.join(names)}")
    # The warnings of a file are kept with the first of its coders.
    other_warnings = tuple(fault for harvest in harvests for fault in harvest.warnings if harvest.coder != wanted)
    chosen = [harvest for harvest in harvests if harvest.coder == wanted]
    return (replace(chosen[0], warnings=(*other_warnings, *chosen[0].warnings)), *chosen[1:])


def _agreed(harvests: Sequence[Harvest], codebook: Codebook) -> tuple[Harvest, ...]:
    """Merge the coders of each sheet into one harvest of the codes that all coders of an outcome gave, in any order."""
    groups: dict[tuple[Path, str], list[Harvest]] = {}
    for harvest in harvests:
        groups.setdefault((harvest.path, harvest.sheet.name), []).append(harvest)
    return tuple(_merge_coders(group, codebook) for group in groups.values())


def _merge_coders(harvests: Sequence[Harvest], codebook: Codebook) -> Harvest:
    codings_by_id: dict[str, list[Outcome]] = {}
    for harvest in harvests:
        for outcome in harvest.outcomes:
            codings_by_id.setdefault(outcome.fragment_id, []).append(outcome)
    outcomes: list[Outcome] = []
    differ: dict[str, list[str]] = {}
    for fragment_id, codings in codings_by_id.items():
        codes: dict[str, tuple[str, ...]] = {}
        for field in codebook.names:
            given = [coding.codes[field] for coding in codings if coding.codes.get(field)]
            if len(set(map(frozenset, given))) == 1:
                codes[field] = given[0]
            elif given:
                differ.setdefault(field, []).append(fragment_id)
        outcomes.append(replace(codings[0], codes=codes))
    coders = ", ".join(harvest.coder for harvest in harvests)
    notes = [(f"the codes counted are those that {coders} agree on", "--coder NAME counts those of one coder")]
    notes += [
        (
            f"{codebook.field(field).heading}: {counted(len(ids), 'outcome')} with different codes, counted as "
            f"undecided: {listed(ids)}",
            "adjudicate them, or count the codes of one coder with --coder NAME",
        )
        for field, ids in differ.items()
    ]
    warnings = [Fault(kind=FaultKind.NOTE, where="", what=what, remedy=remedy) for what, remedy in notes]
    return replace(harvests[0], coder="", outcomes=tuple(outcomes), warnings=(*harvests[0].warnings, *warnings))


def write_all_tables(harvests: Sequence[Harvest], codebook: Codebook, path: Path, *, by: Sequence[str] = ()) -> None:
    """Write the counts of every field and the cross-tables to a workbook; see `write_tables`."""
    write_tables(
        all_tables(harvests, codebook, by=by),
        path,
        title=gettext("Codes of harvested outcomes"),
        sources=[(harvest.path.name, len(harvest.outcomes)) for harvest in harvests],
    )
