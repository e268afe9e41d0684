"""Console summary of inter-coder agreement and of agreed codes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from classifier.agreement.agreed_codes import AdjudicatedFile
from classifier.agreement.bootstrap import Estimate
from classifier.agreement.by_field import TOO_FEW, FieldAgreement, MeanEstimate, fields_averaged, outcomes_needed
from classifier.agreement.coefficients import Coefficient
from classifier.agreement.recal import RecalFiles
from classifier.agreement.workflow import CodersCompared
from classifier.codebook.schema import Codebook
from classifier.harvest.confidentiality import INCLUDE_CONFIDENTIAL
from classifier.languages import decimal, gettext, joined, lazy_gettext, marked
from classifier.summary import Rows, Summary
from classifier.wording import counted, listed

WIDTH_TO_PLAN_FOR = 0.1  # of kappa's confidence interval
_NAMES = {Coefficient.COHEN: marked("Cohen's kappa"), Coefficient.FLEISS: marked("Fleiss' kappa")}
_NO_INTERVAL = marked(
    "{fields}: coders differ in so few outcomes that a bootstrap interval of kappa would be too narrow, so none is "
    "given; the interval of the share coded alike is exact (Clopper and Pearson)"
)


def summarise_agreement(
    compared: CodersCompared,
    *,
    width: float,
    differences: Path | None = None,
    recal: RecalFiles | None = None,
    seconds: float | None = None,
) -> Summary:
    """Summarise inter-coder agreement, with the sample size for an interval of kappa of the given width."""
    coders, fields, codebook = compared.codings.coders, compared.fields, compared.codebook
    half = _half(width)
    kappa = next(coefficient for coefficient in _NAMES if coefficient in fields[0].estimates)
    near_perfect = [
        codebook.field(field.field).heading for field in fields if field.is_enough and field.is_near_perfect
    ]
    weakest = min((field for field in fields if field.has_kappa), key=lambda field: field.kappa.value, default=None)
    n_outcomes = len(compared.codings.fragment_ids)
    opening = [f"{n_outcomes} outcomes, coded by {', '.join(coders)}"]
    if weakest is not None:
        mean = compared.mean_kappa
        opening.append(
            f"Mean {_NAMES[kappa]}: {mean.with_n}, of {fields_averaged(mean, codebook)}; "
            f"weakest: {codebook.field(weakest.field).heading} {weakest.kappa.with_n}"
        )
    opening += filter(None, [str(compared.confidentiality)])
    notes = list(compared.codings.notes)
    if differences is not None and compared.n_differing_left_out:
        notes.append(_unwritten(compared.n_differing_left_out, differences))
    if weakest is not None:
        notes += _left_out(compared.mean_kappa, codebook)
    if near_perfect:
        notes.append(lazy_gettext(_NO_INTERVAL, fields=joined(", ", near_perfect)))
    notes += () if recal is None else recal.notes
    return Summary(
        opening=tuple(opening),
        tables=_tables(compared, kappa, width),
        notes=tuple(notes),
        ending=(
            gettext(
                "n: outcomes compared; of a code, those with it. In brackets: 95 % intervals. ±{half}: outcomes to\n"
                "double code for an interval of kappa as narrow as that, if agreement stays the same",
                half=half,
            )
            + ("" if seconds is None else f". Compared in {seconds:.0f} s")
            + (f"\nWrote {differences}: enter the agreed codes there, then --settle it" if differences else "")
            + (f"\n{recal}" if recal else "")
        ),
        plain={
            "coders": list(coders),
            "outcomes": len(compared.codings.fragment_ids),
            "confidentiality": compared.confidentiality.as_dict(),
            "confidential_differing": compared.n_differing_left_out,
            "mean_kappa": compared.mean_kappa.as_dict(),
            "fields": {field.field: _field_as_dict(field, width) for field in fields},
            "warnings": [str(note) for note in notes],
        },
    )


def _tables(compared: CodersCompared, kappa: Coefficient, width: float) -> tuple[Rows, ...]:
    """Return the agreement by field, and by code."""
    fields, codebook, half = compared.fields, compared.codebook, _half(width)
    return (
        (
            (
                *(gettext("Field"), "n", gettext("Differ"), gettext("Alike"), gettext(_NAMES[kappa])),
                *("Alpha", "AC1", "Macro F1", f"±{half}"),
            ),
            *(_field_row(field, codebook, width) for field in fields),
        ),
        (
            (
                gettext("Field"),
                gettext("Code"),
                "n",
                gettext("Positive agreement"),
                gettext(_NAMES[kappa]),
                gettext("Note"),
            ),
            *(row for field in fields for row in _code_rows(field, codebook, kappa)),
        ),
    )


def _half(width: float) -> str:
    """Write half a width with as many decimals as it has."""
    half = width / 2
    return decimal(half, decimals=len(f"{half:g}".partition(".")[2]))


def _unwritten(n_outcomes: int, differences: Path) -> str:
    differing = f"{counted(n_outcomes, 'outcome')} that coders differ in"
    verb, them = ("is", "it") if n_outcomes == 1 else ("are", "them")
    return (
        f"{differences.name}: {differing} {verb} confidential and left out; if the workbook may hold {them}, add "
        f"{INCLUDE_CONFIDENTIAL}"
    )


def summarise_adjudicated(
    written: AdjudicatedFile, *, codebook: Codebook, differences: Path, seconds: float
) -> Summary:
    """Summarise which codes are agreed now, and which differences still are to be adjudicated in the workbook."""
    in_workbook = [key for key in written.still_open if key not in written.confidential]
    n_open, n_confidential = len(in_workbook), len(written.confidential)
    still_open = ((fragment_id, codebook.field(field).heading) for fragment_id, field in in_workbook)
    confidential = f"{n_confidential} confidential and not in {differences.name}, " if n_confidential else ""
    notes = (*written.notes, *_unlisted(written, differences))
    return Summary(
        opening=(
            f"Codes: {written.n_agreed} agreed from the start, {written.n_adjudicated} adjudicated, {n_open} still "
            f"open, {confidential}"
            f"{written.n_uncoded} coded by nobody",
        ),
        tables=((("FragmentID", "Field, still open"), *still_open),) if n_open else (),
        notes=notes,
        ending=f"Wrote {written.out} in {seconds:.0f} s",
        plain={
            "out": str(written.out),
            "agreed": written.n_agreed,
            "settled": written.n_adjudicated,
            "uncoded": written.n_uncoded,
            "open": [list(key) for key in in_workbook],
            "confidential_open": [list(key) for key in written.confidential],
            "warnings": [str(note) for note in notes],
        },
    )


def _unlisted(written: AdjudicatedFile, differences: Path) -> Iterator[str]:
    if written.confidential:
        ids = list(dict.fromkeys(fragment_id for fragment_id, _ in written.confidential))
        yield (
            f"{differences.name}: lacks the differences in {counted(len(ids), 'confidential outcome')}, so they can't "
            f"be adjudicated there, and their cells are empty: {listed(ids)} (if the workbook may hold them, run "
            f"--adjudicate again, with another file name and {INCLUDE_CONFIDENTIAL})"
        )


def _left_out(mean: MeanEstimate, codebook: Codebook) -> Iterator[str]:
    """Name the fields left out of the mean, each reason once."""
    for reason in dict.fromkeys(mean.left_out.values()):
        headings = [codebook.field(name).heading for name, why in mean.left_out.items() if why == reason]
        yield lazy_gettext("{fields}: left out of the mean: {reason}", fields=joined(", ", headings), reason=reason)


def _field_row(field: FieldAgreement, codebook: Codebook, width: float) -> tuple[str, ...]:
    head = (codebook.field(field.field).heading, str(field.n_outcomes), str(field.n_differ))
    if not field.is_enough:
        return (*head, gettext(TOO_FEW), *[""] * 5)
    needed = outcomes_needed(field.kappa, width=width)
    return (
        *head,
        str(field.estimates[Coefficient.PERCENT]),
        str(field.kappa),
        *(
            field.estimates[coefficient].point
            for coefficient in (Coefficient.ALPHA, Coefficient.AC1, Coefficient.MACRO_F1)
        ),
        "?" if needed is None else str(needed),
    )


def _code_rows(field: FieldAgreement, codebook: Codebook, kappa: Coefficient) -> Iterator[tuple[str, ...]]:
    used = [code for code in field.codes if code.n_outcomes]
    for place, code in enumerate(used):
        head = ("" if place else codebook.field(field.field).heading, code.code, str(code.n_outcomes))
        if code.doubt == TOO_FEW or not field.is_enough:
            yield (*head, gettext(TOO_FEW), "", "")
        else:
            yield (*head, str(code.estimates[Coefficient.POSITIVE]), code.estimates[kappa].point, gettext(code.doubt))


def _field_as_dict(field: FieldAgreement, width: float) -> dict[str, object]:
    return {
        "n": field.n_outcomes,
        "differ": field.n_differ,
        "enough": field.is_enough,
        **_estimates_as_dict(field.estimates),
        "outcomes_needed": {"width": width, "n": outcomes_needed(field.kappa, width=width)},
        "codes": [
            {
                "code": code.code,
                "n": code.n_outcomes,
                "given": dict(code.n_given),
                "doubt": code.doubt,
                **_estimates_as_dict(code.estimates),
            }
            for code in field.codes
        ],
    }


def _estimates_as_dict(estimates: Mapping[Coefficient, Estimate]) -> dict[str, object]:
    return {str(coefficient): estimate.as_dict() for coefficient, estimate in estimates.items()}
