"""Work on outcomes batch by batch, so that an error in one outcome does not stop the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from classifier.errors import OutcomeCoderError
from classifier.harvest.outcome import Outcome

BATCH = 128
"""Outcomes that are worked on at once."""

T = TypeVar("T")
Work = Callable[[Sequence[Outcome]], Iterable[T]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An outcome that work failed on, and what was raised; its message may hold text of the outcome."""

    outcome: Outcome
    error: Exception


def in_batches(
    outcomes: Sequence[Outcome], work: Work[T], *, size: int = BATCH
) -> tuple[list[tuple[Outcome, T]], list[Failure]]:
    """Work on outcomes batch by batch; those of a batch that fails one by one.

    Parameters
    ----------
    work : callable
        Given some of the outcomes, returns a result for each, which must not depend on the others given.

    Returns
    -------
    list of tuple of Outcome and result
        In the order of the outcomes; those that work failed on are left out.
    list of Failure

    Raises
    ------
    OutcomeCoderError
        Passed on: what a user can correct concerns all outcomes.

    Examples
    --------
    >>> from classifier.harvest.story import Story
    >>> outcomes = [Outcome(fragment_id=name, story=Story(parts={}, description="", merged="")) for name in "ABC"]
    >>> done, failed = in_batches(outcomes, lambda batch: [1 / (outcome.fragment_id != "B") for outcome in batch])
    >>> [outcome.fragment_id for outcome, _ in done]
    ['A', 'C']
    >>> [(failure.outcome.fragment_id, repr(failure.error)) for failure in failed]
    [('B', "ZeroDivisionError('division by zero')")]
    """
    done: list[tuple[Outcome, T]] = []
    failed: list[Failure] = []
    for start in range(0, len(outcomes), size):
        batch = outcomes[start : start + size]
        try:
            done += list(zip(batch, work(batch), strict=True))
        except OutcomeCoderError:
            raise
        # Whatever is wrong with one outcome, the others must not be lost with it.
        except Exception as error:
            if len(batch) == 1:
                failed.append(Failure(outcome=batch[0], error=error))
            else:
                found, left_out = in_batches(batch, work, size=1)
                done += found
                failed += left_out
    return done, failed
