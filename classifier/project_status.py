"""How far a project has come: what each coder decided, and how far they agree so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from classifier.codings import FieldCodings
from classifier.comparison import FieldAgreement, compare
from classifier.journal import Entry, Way
from classifier.project import Project

__all__ = ["Progress", "Status", "codings_of", "status_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What a coder decided in one field.

    Attributes
    ----------
    n_decided : int
        Outcomes with codes by this coder.
    n_blind, n_bulk : int
        Of them, those decided with no suggestion in view, and in one act with many others.
    """

    coder: str
    field: str
    n_decided: int
    n_blind: int
    n_bulk: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How far a project has come.

    Attributes
    ----------
    n_outcomes : int
    progress : tuple of Progress
        By coder, then by field.
    agreement : tuple of FieldAgreement
        Of the fields in which two coders decided on the same outcomes.
    unseen : tuple of pairs of Entry
        Decisions that were made without the one before them in view, as from two tabs.
    """

    n_outcomes: int
    progress: tuple[Progress, ...]
    agreement: tuple[FieldAgreement, ...]
    unseen: tuple[tuple[Entry, Entry], ...]


def status_of(project: Project) -> Status:
    """Say how far a project has come."""
    ledger = project.ledger()
    decided = ledger.own()
    coders = dict.fromkeys(coder for coder, _, _ in decided)
    outcomes = project.outcomes
    progress = []
    for coder in coders:
        for field in project.codebook.fields:
            made = [
                entry.decision
                for (who, fragment_id, name), entry in decided.items()
                if who == coder and name == field.name and fragment_id in outcomes
            ]
            progress.append(
                Progress(
                    coder=coder,
                    field=field.name,
                    n_decided=len(made),
                    n_blind=sum(one.shown is None for one in made),
                    n_bulk=sum(one.way is Way.BULK for one in made),
                )
            )
    return Status(
        n_outcomes=len(outcomes),
        progress=tuple(progress),
        agreement=tuple(compare(codings) for codings in codings_of(project).values() if codings.is_compared.any()),
        unseen=ledger.unseen,
    )


def codings_of(project: Project) -> Mapping[str, FieldCodings]:
    """Put what coders decided side by side, by the name of the field."""
    decided = project.decided()
    coders = tuple(dict.fromkeys(coder for coder, _, _ in decided))
    codings = {}
    for field in project.codebook.fields:
        codes = tuple(
            tuple(
                decided[coder, name, field.name].decision.codes if (coder, name, field.name) in decided else ()
                for coder in coders
            )
            for name in project.outcomes
        )
        if coders:
            codings[field.name] = FieldCodings(field=field, coders=coders, codes=codes)
    return codings
