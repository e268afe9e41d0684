"""Store of a project's suggestions: numbered sets that are never changed."""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from classifier.codebook.schema import CodeField
from classifier.errors import ProjectError
from classifier.files import write_whole
from classifier.harvest.outcome import Outcome
from classifier.locks import hold_lock
from classifier.project.settings import writing
from classifier.suggestion.types import FieldSuggestion, near_duplicate_named

_LOCK = ".lock"
_NAME = re.compile(r"\d{4,}\.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSuggestions:
    """Stored suggestions for one outcome."""

    story: str  # the SHA-256 of the story that was read; another story wants another suggestion
    model: str  # the title of the model that suggested it
    fields: Mapping[str, FieldSuggestion]
    flags: tuple[str, ...]

    @property
    def near_duplicate(self) -> str | None:
        """The ID of the near-duplicate, if there is one."""
        return next(filter(None, map(near_duplicate_named, self.flags)), None)

    def was_made_of(self, outcome: Outcome) -> bool:
        """Whether the story that was read is the one that the outcome has now."""
        return self.story in (story_sha256(outcome), _merged_sha256(outcome))

    def suggestion(self, field: CodeField, outcome: Outcome) -> FieldSuggestion | None:
        """Return what was suggested in a field; None where the story or the field's codes are others now."""
        suggestion = self.fields.get(field.name)
        if suggestion is None or not suggestion.candidates or not self.was_made_of(outcome):
            return None
        return suggestion if {candidate.code for candidate in suggestion.candidates} == set(field.code_names) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionSet:
    """Suggestions that were made at one time."""

    number: int  # counted from 1 in a project
    made: datetime.datetime
    outcomes: Mapping[str, StoredSuggestions]  # by the outcome's ID


_SET = TypeAdapter(SuggestionSet)


class SuggestionStore:
    """The sets of suggestions in a folder; a set is never changed.

    Examples
    --------
    >>> kept = SuggestionStore(getfixture("tmp_path") / "suggestions")
    >>> kept.latest() is None
    True
    >>> kept.keep({}).number, kept.keep({}).number
    (1, 2)
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: dict[int, SuggestionSet] = {}

    def latest(self) -> SuggestionSet | None:
        """Return the last set that was kept, or None."""
        number = max(self._numbers(), default=0)
        return self.get(number) if number else None

    def sets(self) -> Iterator[SuggestionSet]:
        """Go through all sets, the first one first."""
        yield from map(self.get, sorted(self._numbers()))

    def get(self, number: int) -> SuggestionSet:
        """Read a set."""
        if number not in self._read:
            path = self._path(number)
            try:
                self._read[number] = _SET.validate_json(path.read_bytes())
            except (OSError, ValidationError) as error:
                raise ProjectError(f"{path}: can't be read; restore it from a backup of the project") from error
        return self._read[number]

    def keep(self, outcomes: Mapping[str, StoredSuggestions]) -> SuggestionSet:
        """Keep a new set; when this returns it is on the disk."""
        try:
            self.folder.mkdir(exist_ok=True)
        except OSError as error:
            raise ProjectError(
                f"{self.folder}: can't be created ({error.strerror}); check that you may write to the project"
            ) from error
        with writing(self.folder.parent), hold_lock(self.folder / _LOCK):
            kept = SuggestionSet(
                number=max(self._numbers(), default=0) + 1,
                made=datetime.datetime.now(tz=datetime.UTC),
                outcomes=outcomes,
            )
            with write_whole(self._path(kept.number)) as temporary:
                temporary.write_bytes(_SET.dump_json(kept, by_alias=True))
        self._read[kept.number] = kept
        return kept

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:04}.json"

    def _numbers(self) -> Iterator[int]:
        if self.folder.is_dir():
            yield from (int(path.stem) for path in self.folder.iterdir() if _NAME.fullmatch(path.name))


def story_sha256(outcome: Outcome) -> str:
    """Hash the texts of an outcome: the description too, which may be worded otherwise in the merged text."""
    description, merged = outcome.story.description, outcome.story.merged
    return hashlib.sha256(f"{len(description)} {description}{merged}".encode("utf-8", "surrogatepass")).hexdigest()


def _merged_sha256(outcome: Outcome) -> str:
    """Hash the merged text alone, which is all that sets of earlier versions have."""
    return hashlib.sha256(outcome.story.merged.encode("utf-8", "surrogatepass")).hexdigest()
