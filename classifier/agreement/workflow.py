"""Inter-coder agreement and adjudication, from files to files."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from classifier.agreement.adjudication import (
    AdjudicatedCode,
    Difference,
    count_open,
    listed_differences,
    read_adjudication,
    texts_to_show,
)
from classifier.agreement.adjudication_workbook import write_adjudication
from classifier.agreement.agreed_codes import AdjudicatedFile, write_agreed_codes
from classifier.agreement.by_field import FieldAgreement, MeanEstimate, compare, mean_kappa
from classifier.agreement.codings import Codings, FieldCodings, read_codings, without_confidential
from classifier.codebook.schema import Codebook, sample_codebook
from classifier.errors import ComparisonError, OutputError
from classifier.faults import FaultKind, Note, group_faults
from classifier.harvest.coded import HarvestSource, read_whole_codes
from classifier.harvest.confidentiality import Confidentiality, left_out_ids, telling_left_out
from classifier.harvest.options import ReadingOptions
from classifier.harvest.reading import Harvest
from classifier.harvest.similar_ids import CHECK, CORRECT, MATCH, find_lookalikes, id_faults, loose_key
from classifier.languages import lazy_gettext
from classifier.steps import begin_step
from classifier.wording import counted

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class CodersCompared:
    """Inter-coder agreement by field, and the mean kappa of the fields."""

    codebook: Codebook
    codings: Codings
    fields: tuple[FieldAgreement, ...]
    mean_kappa: MeanEstimate
    confidentiality: Confidentiality
    n_differing_left_out: int = 0  # outcomes that coders differ in, left out with the confidential ones

    def to_frame(self) -> pd.DataFrame:
        """Return the coefficients as a pandas data frame, a row for each field and coefficient.

        Returns
        -------
        DataFrame
            With the columns field, coefficient, value, low and high (of the 95 % interval) and n_outcomes.
        """
        import pandas as pd

        rows = [
            {
                "field": agreement.field,
                "coefficient": str(measure),
                "value": estimate.value,
                "low": estimate.low,
                "high": estimate.high,
                "n_outcomes": estimate.n_outcomes,
            }
            for agreement in self.fields
            for measure, estimate in agreement.estimates.items()
        ]
        return pd.DataFrame(rows)


def compare_coders(
    coders: Sequence[HarvestSource],
    *,
    codebook: Codebook | None = None,
    options: ReadingOptions = ReadingOptions(),
    match_ids: bool = False,
    include_confidential: bool = False,
    seed: int = 0,
) -> CodersCompared:
    """Compare the codings of several coders, a file or harvest each.

    Parameters
    ----------
    coders : sequence of path or Harvest
        Two or more; outcomes are matched by their IDs, and any may be missing from any of them.
    codebook : Codebook, optional
        By default the one that ships with the program.
    match_ids : bool
        Match IDs that look alike; otherwise they are reported.
    include_confidential : bool
        Whether outcomes that any coder's file marks as confidential are compared too.

    Raises
    ------
    ComparisonError
        If no outcome was coded by two coders in any field.
    FaultsError
        With all faults of all files at once.
    """
    codebook = codebook or sample_codebook()
    paths = [coder.path if isinstance(coder, Harvest) else Path(coder) for coder in coders]
    if len(paths) < 2 and options.coder_column is None:
        raise ComparisonError(
            "the files of two coders or more are needed to compare their codes; name another one, or, if each row of "
            "this one is one coder's, the column that names the coder: --coder-column COLUMN"
        )
    _refuse_named_twice(paths)
    codings = read_codings(coders, codebook=codebook, options=options, match_ids=match_ids)
    if len(codings.coders) < 2:
        raise ComparisonError(
            f"{paths[0].name}: column {options.coder_column!r} names one coder, {codings.coders[0]!r}; name another "
            "file, or another column"
        )
    everything = codings
    codings, confidentiality = without_confidential(codings, codebook, include_confidential=include_confidential)
    with telling_left_out(confidentiality):
        compared = _compared_fields(codings, paths)
    begin_step("Comparing the codes")
    return replace(
        compare_codings(codings, compared, codebook=codebook, confidentiality=confidentiality, seed=seed),
        n_differing_left_out=len(_differing(everything) - _differing(codings)),
    )


def compare_codings(
    codings: Codings,
    compared: Sequence[FieldCodings],
    *,
    codebook: Codebook,
    confidentiality: Confidentiality,
    seed: int = 0,
) -> CodersCompared:
    """Compare codings in the fields in which two coders or more coded some outcome."""
    return CodersCompared(
        codebook=codebook,
        codings=codings,
        fields=tuple(compare(field, seed=seed) for field in compared),
        mean_kappa=_mean_kappa(compared, codebook, seed),
        confidentiality=confidentiality,
    )


def _refuse_named_twice(paths: Sequence[Path]) -> None:
    for place, path in enumerate(paths):
        if any(path.exists() and path.samefile(other) for other in paths[:place] if other.exists()):
            raise ComparisonError(f"{path.name}: is named twice; name the file of another coder")


def _differing(codings: Codings) -> frozenset[str]:
    """Return the IDs of the outcomes that coders differ in."""
    return frozenset(
        name
        for field in codings.fields.values()
        for name, differs in zip(codings.fragment_ids, field.differs, strict=True)
        if differs
    )


def _compared_fields(codings: Codings, paths: Sequence[Path]) -> list[FieldCodings]:
    compared = [field for field in codings.fields.values() if field.is_compared.any()]
    if not compared:
        message = f"{', '.join(path.name for path in paths)}: no outcome was coded by two of them in the same field"
        alike = [str(note) for note in codings.notes if isinstance(note, Note) and note.kind is FaultKind.ID]
        raise ComparisonError("\n  ".join([message, *alike]) if alike else f"{message}; are the FragmentIDs the same?")
    return compared


def _mean_kappa(compared: Sequence[FieldCodings], codebook: Codebook, seed: int) -> MeanEstimate:
    """Return the mean kappa; fields in which nothing could be compared are listed as left out too."""
    mean = mean_kappa(compared, seed=seed)
    for name in codebook.names:
        if name not in {agreement.field.name for agreement in compared}:
            mean = mean.without(name, lazy_gettext("no outcome was coded by two coders"))
    return mean


def write_differences(codings: Codings, out: Path, *, codebook: Codebook, with_text: bool, overwrite: bool) -> int:
    """Write a workbook for coders to adjudicate their differences in; return how many there are.

    Texts are written where they are asked for, and never those of outcomes marked confidential by anybody.
    """
    if out.exists() and any(harvest.path.exists() and out.samefile(harvest.path) for harvest in codings.harvests):
        raise OutputError(f"{out}: is a coder's own file, which is never overwritten; choose another --adjudicate")
    if out.exists() and not overwrite:
        message = "exists, and codes may have been entered there"
        raise OutputError(f"{out}: {message}; choose another --adjudicate, or add --overwrite")
    differences = [
        Difference(
            fragment_id=name,
            field=field.field.name,
            codes={coder: codes for coder, codes in zip(codings.coders, given, strict=True) if codes},
        )
        for field in codings.fields.values()
        for name, given, differs in zip(codings.fragment_ids, field.codes, field.differs, strict=True)
        if differs
    ]
    outcomes = [outcome for harvest in codings.harvests for outcome in harvest.outcomes]
    write_adjudication(out, differences, codebook=codebook, texts=texts_to_show(outcomes) if with_text else None)
    return len(differences)


def adjudicate_differences(
    paths: Sequence[Path],
    adjudication: Path,
    *,
    coder: str,
    out: Path,
    codebook: Codebook | None = None,
    options: ReadingOptions = ReadingOptions(),
    match_ids: bool = False,
    overwrite: bool = False,
) -> AdjudicatedFile:
    """Read adjudicated codes, and write them into a copy of the first coder's workbook; see `write_agreed_codes`."""
    codebook = codebook or sample_codebook()
    if out.exists() and adjudication.exists() and out.samefile(adjudication):
        raise OutputError(f"{out}: holds the agreed codes, and is never overwritten; choose another --out")
    harvests = read_whole_codes(
        lambda: read_codings(paths, codebook=codebook, options=options, match_ids=match_ids).harvests, options
    )
    n_open = count_open(adjudication, codebook=codebook)
    agreed, id_notes = _align_adjudicated(
        adjudication, read_adjudication(adjudication, codebook=codebook), harvests, match_ids
    )
    written = write_agreed_codes(
        harvests,
        agreed,
        codebook=codebook,
        coder=coder,
        when=datetime.datetime.now().astimezone(),
        out=out,
        overwrite=overwrite,
    )
    still_open = [f"{adjudication.name}: {counted(n_open, 'row')} without an agreed code"] if n_open else []
    of_files = [note for harvest in harvests for note in harvest.notes]
    return replace(
        written,
        notes=(*of_files, *id_notes, *still_open, *written.notes),
        confidential=_confidential_unlisted(written, adjudication, harvests, codebook),
    )


def _confidential_unlisted(
    written: AdjudicatedFile, adjudication: Path, harvests: Sequence[Harvest], codebook: Codebook
) -> tuple[tuple[str, str], ...]:
    """Return the open differences that the workbook lacks since their outcomes are confidential."""
    left_out = left_out_ids((outcome for harvest in harvests for outcome in harvest.outcomes), codebook)
    listed = {(loose_key(name), field) for name, field in listed_differences(adjudication, codebook=codebook)}
    return tuple(
        (name, field)
        for name, field in written.still_open
        if name in left_out and (loose_key(name), field) not in listed
    )


def _align_adjudicated(
    path: Path, agreed: Sequence[AdjudicatedCode], harvests: Sequence[Harvest], match_ids: bool
) -> tuple[tuple[AdjudicatedCode, ...], tuple[Note, ...]]:
    """Report adjudicated codes of an ID that only looks like one of the coders' files, or match it to that one."""
    known = {outcome.fragment_id: harvest.path.name for harvest in reversed(harvests) for outcome in harvest.outcomes}
    found = find_lookalikes([adjudicated.fragment_id for adjudicated in agreed], known)
    taken = {pair.fragment_id: pair.known for pair in found if match_ids and pair.is_sure}
    where = {adjudicated.fragment_id: adjudicated.where for adjudicated in reversed(agreed)}
    faults = (
        *id_faults(
            (pair for pair in found if pair.fragment_id in taken), where=where, of=known, taken=True, remedy=CHECK
        ),
        *id_faults(
            (pair for pair in found if pair.fragment_id not in taken),
            where=where,
            of=known,
            remedy=CORRECT if match_ids else MATCH,
        ),
    )
    aligned = tuple(
        replace(adjudicated, fragment_id=taken.get(adjudicated.fragment_id, adjudicated.fragment_id))
        for adjudicated in agreed
    )
    return aligned, group_faults(faults, file=path.name)
