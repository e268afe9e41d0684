"""Agreement on whether outcomes are codable, beside which that on codes is told."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from classifier.codebook.schema import Codebook
from classifier.languages import ngettext
from classifier.project.journal import Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Codability:
    """How many outcomes that two coders or more decided are not codable in a field; agreement leaves them out.

    Examples
    --------
    >>> print(Codability(field="scale", n_by_all=2, n_by_some=1))
    3 outcomes that two coders or more decided are left out, where all (2) or some (1) say that it is not codable
    """

    field: str
    n_by_all: int  # all who decided say so
    n_by_some: int  # some say so, and others gave codes

    def as_dict(self) -> dict[str, int]:
        """Return the counts for JSON."""
        return {"by_all": self.n_by_all, "by_some": self.n_by_some}

    def __str__(self) -> str:
        n = self.n_by_all + self.n_by_some
        if not self.n_by_some:
            return ngettext(
                "{n} outcome that two coders or more decided is left out, where all ({all}) say that it is not codable",
                "{n} outcomes that two coders or more decided are left out, where all ({all}) say that it is not "
                "codable",
                n,
                all=self.n_by_all,
            )
        if not self.n_by_all:
            return ngettext(
                "{n} outcome that two coders or more decided is left out, where some ({some}) say that it is not "
                "codable",
                "{n} outcomes that two coders or more decided are left out, where some ({some}) say that it is not "
                "codable",
                n,
                some=self.n_by_some,
            )
        return ngettext(
            "{n} outcome that two coders or more decided is left out, where all ({all}) or some ({some}) say that it "
            "is not codable",
            "{n} outcomes that two coders or more decided are left out, where all ({all}) or some ({some}) say that it "
            "is not codable",
            n,
            all=self.n_by_all,
            some=self.n_by_some,
        )


def codability_of(codebook: Codebook, decisions: Iterable[Decision]) -> tuple[Codability, ...]:
    """Count what is not codable, of the fields that have any such outcome which two coders or more decided.

    Parameters
    ----------
    decisions : iterable of Decision
        One of each coder for an outcome and field.
    """
    made: dict[tuple[str, str], list[Decision]] = {}
    for decision in decisions:
        made.setdefault((decision.field, decision.fragment_id), []).append(decision)
    by_field: dict[str, list[Collection[Decision]]] = {name: [] for name in codebook.names}
    for (field, _), given in made.items():
        if field in by_field and len(given) > 1 and any(decision.not_codable for decision in given):
            by_field[field].append(given)
    return tuple(
        Codability(field=field, n_by_all=n_by_all, n_by_some=len(found) - n_by_all)
        for field, found in by_field.items()
        if found
        for n_by_all in [sum(all(decision.not_codable for decision in given) for given in found)]
    )
