"""Exceptions for everything a person can put right.

::

    OutcomeCoderError
    ├── FaultsError       a harvest (or several) has faults to correct
    ├── CodebookError     a codebook file has faults to correct
    ├── FieldError        a field was asked for that the codebook doesn't have
    ├── ColumnMapError    a column of a file is mapped to what it can't be
    ├── OutcomeError      an outcome was asked for that the harvest doesn't have
    ├── TrainingError     there is nothing to learn from
    ├── ComparisonError   there is nothing to compare
    ├── EncoderError      the sentence encoder is missing, changed, or can't be fetched
    ├── ModelError        a model folder is missing, changed, or made for something else
    ├── JournalError      a journal can't be opened or written to
    │   └── JournalConnectionError    its database can't be reached for the moment
    ├── ProjectError      a project is missing, or something in it doesn't fit
    ├── UsersError        a file of coders and their passwords has faults, or a password is too weak
    ├── ServiceError      the service can't be started as asked
    │   └── TimeLimitError    a request takes longer than the service allows
    └── OutputError       what we would write is in somebody's way
        └── DiskFullError     there is no space left for it

A developer's slip stays a ``ValueError``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from classifier.faults import Fault, file_error, group_faults
from classifier.languages import gettext, ngettext, number, translated

_N_PROBLEMS = 100  # shown of a codebook
_N_CELLS = 20  # shown of similar errors; each of them is to be corrected


class OutcomeCoderError(Exception):
    """Something a person can put right; the message says where, what, and what to do."""

    def as_message(self) -> str:
        """Return the message, translated where it is shown if it was made for that."""
        message = self.args[0] if self.args else ""
        return message if isinstance(message, str) else str(self)

    def for_page(self) -> str:
        """Return the message with what can be done on the review page, in the current language."""
        return str(translated(self.as_message()))


class FaultsError(OutcomeCoderError):
    """One or more files have faults; all of them are reported at once.

    Attributes
    ----------
    faults : dict of Path to tuple of Fault
        The faults of each file, in reading order.
    """

    def __init__(self, faults: dict[Path, tuple[Fault, ...]]) -> None:
        self.faults = faults
        super().__init__(_describe_all(faults))

    def for_page(self) -> str:
        """Return the message with what can be done on the review page."""
        return _describe_all({path: tuple(fault.for_page() for fault in found) for path, found in self.faults.items()})


def refusal(path: Path, what: str, remedy: str, *, where: str = "") -> FaultsError:
    """Make the error for a file that can't be read, by its one fault."""
    return FaultsError({path: (file_error(where, what, remedy),)})


class CodebookError(OutcomeCoderError):
    """A codebook has faults; the message names the lines."""

    def __init__(self, source: str, problems: Sequence[str]) -> None:
        self.source, self.problems = source, tuple(problems)
        lines = "".join(f"\n  {problem}" for problem in self.problems[:_N_PROBLEMS])
        if len(self.problems) > _N_PROBLEMS:
            n_more = number(len(self.problems) - _N_PROBLEMS)
            lines += "\n  " + gettext("and {n_more} more", n_more=n_more)
        heading = ngettext(
            "{source}: {n} problem to correct in the codebook",
            "{source}: {n} problems to correct in the codebook",
            len(self.problems),
            source=source,
        )
        super().__init__(f"{heading}{lines}")


class FieldError(OutcomeCoderError):
    """A field was asked for that the codebook doesn't have."""


class ColumnMapError(OutcomeCoderError):
    """A column of a file is mapped to what it can't be."""


class OutcomeError(OutcomeCoderError):
    """An outcome was asked for that the harvest doesn't have."""


class TrainingError(OutcomeCoderError):
    """There is nothing to learn from."""


class ComparisonError(OutcomeCoderError):
    """There is nothing to compare."""


class EncoderError(OutcomeCoderError):
    """The sentence encoder is missing, changed, or can't be fetched."""


class ModelError(OutcomeCoderError):
    """A model folder is missing, changed, or made for something else."""


class JournalError(OutcomeCoderError):
    """A journal can't be opened or written to."""


class JournalConnectionError(JournalError):
    """The database of a journal can't be reached for the moment."""


class ProjectError(OutcomeCoderError):
    """A project is missing, or something in it doesn't fit."""


class UsersError(OutcomeCoderError):
    """A file of coders and their passwords has faults, or a password is too weak."""


class ServiceError(OutcomeCoderError):
    """The service can't be started as asked."""


class TimeLimitError(ServiceError):
    """A request takes longer than the service allows."""


class OutputError(OutcomeCoderError):
    """Refusal to overwrite what is already there; nothing was written."""


class DiskFullError(OutputError):
    """There is no space left for what is to be written; nothing was written."""


def _describe_all(faults: Mapping[Path, Sequence[Fault]]) -> str:
    return "\n".join(_describe(path, found) for path, found in faults.items())


def _describe(path: Path, faults: Sequence[Fault]) -> str:
    errors = [fault for fault in faults if fault.is_error]
    warnings = [fault for fault in faults if not fault.is_error]
    heading = ngettext("{file}: {n} problem to correct", "{file}: {n} problems to correct", len(errors), file=path.name)
    lines = [heading, *(f"  {fault.translated()}" for fault in group_faults(errors, n_cells=_N_CELLS))]
    if warnings:
        lines.append(
            ngettext(
                "and {n} thing to check, which would not stop the work:",
                "and {n} things to check, which would not stop the work:",
                len(warnings),
            )
        )
        lines += [f"  {note.translated()}" for note in group_faults(warnings)]
    return "\n".join(lines)
