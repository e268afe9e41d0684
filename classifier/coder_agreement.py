"""How far coders agree, from files to figures: what the command does, and what other programs may call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from classifier import shipped
from classifier.codebook import Codebook
from classifier.codings import Codings, read_codings
from classifier.comparison import FieldAgreement, compare, mean_kappa
from classifier.errors import ComparisonError
from classifier.resampling import Figure

__all__ = ["CodersCompared", "compare_coders"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodersCompared:
    """How far coders agree, by field, and the mean kappa of the fields."""

    codings: Codings
    fields: tuple[FieldAgreement, ...]
    mean_kappa: Figure


def compare_coders(
    paths: Sequence[Path], *, codebook: Codebook | None = None, sheet: str | None = None, seed: int = 0
) -> CodersCompared:
    """Compare the codings of several coders, a file each.

    Parameters
    ----------
    paths : sequence of path
        Two or more; outcomes are matched by their IDs, and any may be missing from any of them.
    codebook : Codebook, optional
        By default the one that ships with the program.

    Raises
    ------
    ComparisonError
        If no outcome was coded by two coders in any field.
    FaultsError
        With all faults of all files at once.
    """
    if len(paths) < 2:
        raise ComparisonError("the files of two coders or more are needed to compare their codes; name another one")
    codings = read_codings(paths, codebook=codebook or shipped.codebook(), sheet=sheet)
    compared = [field for field in codings.fields.values() if field.is_compared.any()]
    if not compared:
        raise ComparisonError(
            f"{', '.join(path.name for path in paths)}: no outcome was coded by two of them in the same field; are the "
            "FragmentIDs the same?"
        )
    return CodersCompared(
        codings=codings,
        fields=tuple(compare(field, seed=seed) for field in compared),
        mean_kappa=mean_kappa(compared, seed=seed),
    )
