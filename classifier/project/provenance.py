"""What a code rests on: a coder's own reading, one with a suggestion in view, or none."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from classifier.project.journal import Decision, Way


class Basis(StrEnum):
    """What a code rests on."""

    BLIND = "blind"
    """All who decided read the story, and none had a suggestion in view."""
    ASSISTED = "assisted"
    """Somebody who decided had a suggestion in view."""
    BULK = "bulk"
    """Accepted in one act with many others."""
    TOGETHER = "together"
    """Nobody had a suggestion in view, and somebody gave it with an outcome that tells of the same change."""
    SETTLED = "settled"
    """Coders differed, and somebody settled it."""
    FILE = "file"
    """It came with a coded harvest."""


def basis_of(decisions: Iterable[Decision]) -> Basis:
    """Say what a code rests on by the decisions, one or more, that it was given by.

    Examples
    --------
    >>> local = Decision(coder="Ana", fragment_id="SCC-LPC/035", field="scale", codes=("Local",), way=Way.BY_HAND,
    ...                  codebook="0" * 64)
    >>> str(basis_of([local]))
    'blind'
    """
    kinds = frozenset(map(_basis, decisions))
    if Basis.SETTLED in kinds:
        return Basis.SETTLED
    if kinds == {Basis.BLIND, Basis.TOGETHER}:
        return Basis.TOGETHER
    # A code counts where all coders agree: one of them assisted, that happens more often where the suggestion is right.
    return next(iter(kinds)) if len(kinds) == 1 else Basis.ASSISTED


def _basis(decision: Decision) -> Basis:
    if decision.way is Way.ADJUDICATION:
        return Basis.SETTLED
    if decision.way is Way.BULK:
        return Basis.BULK
    if decision.shown is not None:
        return Basis.ASSISTED
    # Nobody need have read the story of an outcome that was given its codes with another.
    return Basis.TOGETHER if decision.way is Way.TOGETHER else Basis.BLIND
