"""Counting the codes of coded harvests, from files to tables: what the command does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from classifier.codebook.schema import Codebook, sample_codebook
from classifier.errors import ComparisonError, OutputError
from classifier.faults import Fault, FaultKind, Note
from classifier.files import check_new
from classifier.harvest.coded import read_coded_harvests
from classifier.harvest.options import ReadingOptions
from classifier.harvest.outcome import Outcome
from classifier.harvest.reading import Harvest
from classifier.report.crosstab import Crosstab, count_by, count_codes, cross_tables, unfit_columns
from classifier.report.crosstab_workbook import write_tables
from classifier.spelling import normalise
from classifier.wording import listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Codes counted.

    Attributes
    ----------
    counts : tuple of Crosstab
        One per field.
    crossed : tuple of Crosstab
        Each field by what was asked for.
    out : path or None
        The workbook that all tables were written to.
    """

    harvests: tuple[Harvest, ...]
    counts: tuple[Crosstab, ...]
    crossed: tuple[Crosstab, ...]
    out: Path | None
    notes: tuple[Note | str, ...]


def count_harvests(
    paths: Sequence[Path],
    *,
    codebook: Codebook | None = None,
    by: Sequence[str] = (),
    out: Path | None = None,
    options: ReadingOptions = ReadingOptions(),
    coder: str | None = None,
    overwrite: bool = False,
) -> Counted:
    """Count the codes of coded harvests, and write all tables to a workbook where one is named.

    Parameters
    ----------
    by : sequence of str
        Columns to count by, beside those that are always counted by.
    coder : str, optional
        Whose codes are counted, in files with a row for each outcome and coder; by default those that all who
        coded an outcome agree on.

    Raises
    ------
    OutcomeCoderError
        With what is to be put right; then nothing was written.
    """
    if out is not None:
        if out.exists() and any(path.exists() and out.samefile(path) for path in paths):
            raise OutputError(f"{out}: is a harvest, which is never written over; choose another --out")
        check_new(out, overwrite=overwrite)
    codebook = codebook or sample_codebook()
    harvests = read_coded_harvests(paths, codebook=codebook, options=options)
    if options.coder_column is not None:
        harvests = _of_coder(harvests, coder) if coder is not None else _agreed(harvests, codebook)
    counts = count_codes(harvests, codebook)
    if all(table.n_undecided == table.n_outcomes for table in counts):
        what = "no outcome is coded; there is nothing to count"
        if options.coder_column is not None and coder is None:
            what = "the coders agree on no outcome; count the codes of one of them with --coder NAME"
        raise ComparisonError(f"{', '.join(path.name for path in paths)}: {what}")
    crossed = tuple(table for column in by for table in count_by(harvests, codebook, by=column))
    if out is not None:
        write_all_tables(harvests, codebook, out, by=by)
    warnings = [note for harvest in harvests for note in harvest.notes]
    return Counted(
        harvests=harvests,
        counts=counts,
        crossed=crossed,
        out=out,
        notes=(*warnings, *unfit_columns(harvests, codebook)),
    )


def _of_coder(harvests: Sequence[Harvest], coder: str) -> tuple[Harvest, ...]:
    names = dict.fromkeys(harvest.coder for harvest in harvests)
    wanted = next((name for name in names if normalise(name) == normalise(coder)), None)
    if wanted is None:
        raise ComparisonError(f"--coder: nobody is named {coder!r}; the coders are {', '.join(names)}")
    # What is worth a look in a file is told with the first of its coders.
    of_files = tuple(fault for harvest in harvests for fault in harvest.warnings if harvest.coder != wanted)
    chosen = [harvest for harvest in harvests if harvest.coder == wanted]
    return (replace(chosen[0], warnings=(*of_files, *chosen[0].warnings)), *chosen[1:])


def _agreed(harvests: Sequence[Harvest], codebook: Codebook) -> tuple[Harvest, ...]:
    """Put the coders of each sheet together: the codes that all who coded an outcome gave, in whatever order."""
    groups: dict[tuple[Path, str], list[Harvest]] = {}
    for harvest in harvests:
        groups.setdefault((harvest.path, harvest.sheet.name), []).append(harvest)
    return tuple(_put_together(group, codebook) for group in groups.values())


def _put_together(harvests: Sequence[Harvest], codebook: Codebook) -> Harvest:
    rows: dict[str, list[Outcome]] = {}
    for outcome in (one for harvest in harvests for one in harvest.outcomes):
        rows.setdefault(outcome.fragment_id, []).append(outcome)
    outcomes: list[Outcome] = []
    differ: dict[str, list[str]] = {}
    for name, codings in rows.items():
        codes: dict[str, tuple[str, ...]] = {}
        for field in codebook.names:
            given = [one.codes[field] for one in codings if one.codes.get(field)]
            if len({frozenset(one) for one in given}) == 1:
                codes[field] = given[0]
            elif given:
                differ.setdefault(field, []).append(name)
        outcomes.append(replace(codings[0], codes=codes))
    coders = ", ".join(harvest.coder for harvest in harvests)
    told = [(f"the codes counted are those that {coders} agree on", "--coder NAME counts those of one coder")]
    told += [
        (
            f"{field}: {len(names)} outcome(s) were given different codes, and count as undecided: {listed(names)}",
            "settle them, or count the codes of one coder with --coder NAME",
        )
        for field, names in differ.items()
    ]
    warnings = [Fault(kind=FaultKind.NOTE, where="", what=what, remedy=remedy) for what, remedy in told]
    return replace(harvests[0], coder="", outcomes=tuple(outcomes), warnings=(*harvests[0].warnings, *warnings))


def all_tables(harvests: Sequence[Harvest], codebook: Codebook, *, by: Sequence[str] = ()) -> tuple[Crosstab, ...]:
    """Count every field, any two fields against each other, and each by country, period, negative and unintended."""
    return (*count_codes(harvests, codebook), *cross_tables(harvests, codebook, by=by))


def write_all_tables(harvests: Sequence[Harvest], codebook: Codebook, path: Path, *, by: Sequence[str] = ()) -> None:
    """Write all tables to a workbook; see `all_tables` and `write_tables`."""
    write_tables(
        all_tables(harvests, codebook, by=by),
        path,
        title="Codes of harvested outcomes",
        sources=[(harvest.path.name, len(harvest.outcomes)) for harvest in harvests],
    )
