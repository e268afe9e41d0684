"""Provenance of codes: decided blind, with a suggestion in view, in bulk, adjudicated, or from a file."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from classifier.project.journal import Decision, DecisionMethod


class Provenance(StrEnum):
    """How a code was given."""

    BLIND = "blind"  # all who decided read the story, and none had a suggestion in view
    ASSISTED = "assisted"  # somebody who decided had a suggestion in view, or had been shown what others chose
    BULK = "bulk"  # accepted in one action with many others
    TOGETHER = "together"  # nobody had a suggestion in view, and somebody gave it together with a near-duplicate
    ADJUDICATED = "settled"  # coders differed, and somebody adjudicated
    FILE = "file"  # it came with a coded harvest


def provenance_of(decisions: Iterable[Decision]) -> Provenance:
    """Return the provenance of a code by the decisions, one or more, that gave it.

    Examples
    --------
    >>> local = Decision(coder="Ana", fragment_id="SCC-LPC/035", field="scale", codes=("Local",),
    ...                  method=DecisionMethod.BY_HAND, codebook="0" * 64)
    >>> str(provenance_of([local]))
    'blind'
    """
    kinds = frozenset(map(_provenance, decisions))
    if Provenance.ADJUDICATED in kinds:
        return Provenance.ADJUDICATED
    if kinds == {Provenance.BLIND, Provenance.TOGETHER}:
        return Provenance.TOGETHER
    # A code counts where all coders agree: one of them assisted, that happens more often where the suggestion is right.
    return next(iter(kinds)) if len(kinds) == 1 else Provenance.ASSISTED


def _provenance(decision: Decision) -> Provenance:
    if decision.method is DecisionMethod.ADJUDICATION:
        return Provenance.ADJUDICATED
    if decision.method is DecisionMethod.BULK:
        return Provenance.BULK
    if decision.shown is not None or decision.method is DecisionMethod.INFORMED:
        return Provenance.ASSISTED
    # Nobody need have read the story of an outcome that was given its codes with another.
    return Provenance.TOGETHER if decision.method is DecisionMethod.TOGETHER else Provenance.BLIND
