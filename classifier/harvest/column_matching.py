"""Column matching: by name or --map, else by similarity and content, as a proposal."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from statistics import median

from classifier.codebook.labels import LONGEST_LABEL
from classifier.codebook.schema import CodeField
from classifier.codebook.tick_columns import is_ticked
from classifier.harvest.layout import Target, TargetKind, positions_of
from classifier.harvest.options import NOT_READ
from classifier.languages import Message, lazy_gettext, marked
from classifier.spelling import label_key, normalise
from classifier.spreadsheet.column_synonyms import role_despite_hint, role_of, without_hint
from classifier.spreadsheet.header import Header
from classifier.spreadsheet.sheet import Sheet

_ALIKE, _NEARLY_THE_SAME = 0.7, 0.95  # of the letters of two names
_LONGEST_ID = 60  # letters
_LEAST_WORDS = 4.0  # of half the descriptions
_MOSTLY = 0.8
_LEAST_STORY = 7.0  # words, of a cell that is no name
_ID = re.compile(r"(?=\D*\d)\S{1,40}")
_LEAST_ROWS = 3  # to judge a column by its content
_MOST_OF_THEM = 0.5  # of the labels of a column, to propose it for a field
_N_LOOKED_AT = 200  # of its cells; more would take long in a file with many columns


class How(StrEnum):
    """Evidence for what a column holds."""

    SAID = "as --map says"
    NAME = "its own name"
    FORM = marked("a common name for it")
    LIKENESS = marked("a similar name")
    HEADING = marked("by a word in its name and its answers")
    CONTENT = marked("by its contents")

    def as_message(self) -> Message:
        """Return it as a text that is translated where it is shown."""
        return lazy_gettext(str(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMatch:
    """A column, counted from 0, what it holds, and how that is known."""

    column: int
    target: Target
    how: How


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMatching:
    """Matching of columns to what they hold."""

    # What is gone by; a guess is one of them where no other column fits and it is as good as certain.
    matches: tuple[ColumnMatch, ...] = ()
    proposals: tuple[ColumnMatch, ...] = ()  # guesses that are not gone by, the likeliest first
    absent: tuple[str, ...] = ()  # columns that were said to hold something and that the file doesn't have
    left_out: tuple[int, ...] = ()  # columns that are not to be read

    @property
    def taken(self) -> dict[str, int]:
        """The columns that are found otherwise than by their own names, by `Target.key`."""
        return {match.target.key: match.column for match in self.matches if match.how is not How.NAME}

    @property
    def guessed(self) -> tuple[ColumnMatch, ...]:
        """The guesses that are gone by."""
        return tuple(match for match in self.matches if match.how not in (How.NAME, How.SAID))

    def has(self, *kinds: TargetKind) -> bool:
        """Whether something of one of these kinds was found."""
        return any(match.target.kind in kinds for match in self.matches)

    def proposed(self, *kinds: TargetKind) -> tuple[ColumnMatch, ...]:
        """Return the proposals for what is of one of these kinds."""
        return tuple(proposal for proposal in self.proposals if proposal.target.kind in kinds)

    @property
    def is_readable(self) -> bool:
        """Whether there is a column of IDs and one of stories."""
        return self.has(TargetKind.ID) and self.has(TargetKind.DESCRIPTION, TargetKind.MERGED)


def match_by_name(names: Sequence[str], targets: Sequence[Target], mapping: Mapping[str, str]) -> ColumnMatching:
    """Match columns by what was said of them (what a column holds, by its name), and by their own names."""
    left_out = _columns_left_out(names, mapping)
    positions = {key: place for key, place in positions_of(names).items() if place not in left_out}
    matches: list[ColumnMatch] = []
    absent: list[str] = []
    for column, name in mapping.items():
        if name == NOT_READ:
            continue
        target = next((target for target in targets if target.goes_by(name)), None)
        place = positions.get(label_key(column))
        if target is not None and place is not None:
            matches.append(ColumnMatch(column=place, target=target, how=How.SAID))
        elif place is None:
            absent.append(column)
    used = {match.column for match in matches}
    settled = [match.target for match in matches]
    for target in targets:
        keys = (label_key(name) for name in target.names)
        place = next((positions[key] for key in keys if key in positions), None)
        if place is not None and place not in used and target not in settled:
            matches.append(ColumnMatch(column=place, target=target, how=How.NAME))
    return ColumnMatching(matches=tuple(matches), absent=tuple(absent), left_out=left_out)


def _columns_left_out(names: Sequence[str], mapping: Mapping[str, str]) -> tuple[int, ...]:
    keys = {label_key(column) for column, name in mapping.items() if name == NOT_READ}
    return tuple(column for column, name in enumerate(names) if label_key(name) in keys)


def match_columns(
    sheet: Sheet, header: Header, targets: Sequence[Target], mapping: Mapping[str, str]
) -> ColumnMatching:
    """Match columns by name, and guess what the others hold; see `ColumnMatching`."""
    known = match_by_name(header.names, targets, mapping)
    guesses = _Guesses(sheet, header, targets, known)
    return replace(known, matches=(*known.matches, *guesses.certain), proposals=tuple(guesses.proposals))


def looks_like_outcome(sheet: Sheet, header: Header) -> bool:
    """Whether a supposed header holds a story, beside an ID, a number, or text of rows below too."""
    cells = [(column, name.strip()) for column, name in enumerate(header.names) if name.strip()]
    stories = [column for column, name in cells if _tells(name) and _is_as_long_as_below(sheet, header, column)]
    others = [(column, name) for column, name in cells if not _tells(name)]
    return bool(stories) and (
        not others or any(_ID.fullmatch(name) or name in column_texts(sheet, header, column) for column, name in others)
    )


def _tells(name: str) -> bool:
    is_question = "?" in name or "؟" in name or name.endswith(":")
    return n_words_of(name) >= _LEAST_STORY and role_despite_hint(name) is None and not is_question


def _is_as_long_as_below(sheet: Sheet, header: Header, column: int) -> bool:
    texts = column_texts(sheet, header, column)
    return not texts or n_words_of(header.names[column]) * 2 >= median(map(n_words_of, texts))


class _Guesses:
    """Guesses what the columns hold that nobody has named."""

    def __init__(self, sheet: Sheet, header: Header, targets: Sequence[Target], known: ColumnMatching) -> None:
        self.sheet, self.header = sheet, header
        self._n_rows = _n_rows(sheet, header)
        self._texts: dict[int, list[str]] = {}  # of a wide table, each column is looked at for each target
        self.certain: list[ColumnMatch] = []
        self.proposals: list[ColumnMatch] = []
        used = {*(match.column for match in known.matches), *known.left_out}
        self.free = [column for column, name in enumerate(header.names) if name.strip() and column not in used]
        found = [match.target for match in known.matches]
        has_story = any(
            match.target.kind is TargetKind.MERGED and self._texts_of(match.column) for match in known.matches
        )
        # Of the columns of single codes, one is much like the next.
        wanted = [target for target in targets if target not in found and target.kind is not TargetKind.TICK]
        wanted = [target for target in wanted if not (has_story and target.kind in _STORIES)]
        for guess in (self._by_form, self._by_likeness, self._by_content):
            for target in wanted:
                if target not in [match.target for match in self.certain]:
                    guess(target)
        self._by_codes(targets, known)

    def _by_form(self, target: Target) -> None:
        names = self.header.names
        columns = [column for column in self.free if target.role and role_despite_hint(names[column]) == target.role]
        self._guess(target, columns, How.FORM, is_sure=not self._is_vague(target, columns))

    def _by_likeness(self, target: Target) -> None:
        shares = {
            column: max(_likeness(written, name) for written in self._written(target, column) for name in target.names)
            for column in self.free
        }
        same = [column for column, share in shares.items() if share >= _NEARLY_THE_SAME]
        self._guess(target, same, How.LIKENESS, is_sure=True)
        alike = sorted((column for column in self.free if shares[column] >= _ALIKE), key=lambda column: -shares[column])
        if target.kind in _NEEDED:
            self._propose(target, alike[:1], How.LIKENESS)

    def _written(self, target: Target, column: int) -> set[str]:
        """Return the name of a column, and the name without a hint, where a hint can't turn it round."""
        name = self.header.names[column]
        is_yes_or_no = target.kind is TargetKind.ABOUT and target.role not in _TOLD_IN_WORDS
        return {name} if is_yes_or_no else {name, without_hint(name)}

    def _by_content(self, target: Target) -> None:
        if self._n_rows < _LEAST_ROWS:
            return
        if target.kind is TargetKind.ID:
            self._guess(target, self.free, How.CONTENT, is_sure=False)
        elif target.kind is TargetKind.DESCRIPTION:
            longest_first = sorted(
                self.free, key=lambda column: (_is_another_part(self.header.names[column]), -self._n_letters(column))
            )
            self._guess(target, longest_first[:1], How.CONTENT, is_sure=False)

    def _by_codes(self, targets: Sequence[Target], known: ColumnMatching) -> None:
        """Propose columns of codes for the fields of which no code is read."""
        read = [
            match.target
            for match in (*known.matches, *self.certain)
            if match.target.kind is TargetKind.TICK or self._texts_of(match.column)
        ]
        wanted = [target for target in targets if target.kind in _CODES and not _is_coded_by(target, read)]
        ours = tuple(f"{name.strip()}: ".casefold() for target in targets for name in target.names)
        for column in self.free:
            texts = self._texts_of(column)
            if len(texts) < _LEAST_ROWS or self.header.names[column].strip().casefold().startswith(ours):
                continue
            if target := _likeliest(texts, wanted):
                self._propose(target, [column], How.CONTENT)

    def _is_vague(self, target: Target, columns: Sequence[int]) -> bool:
        # "Outcome" may be a title, a number or a story; "Description of the outcome" is what it says.
        return target.kind is TargetKind.DESCRIPTION and any(
            len(without_hint(self.header.names[column]).rpartition("/")[2].replace("_", " ").split()) <= 1
            for column in columns
        )

    def _guess(self, target: Target, columns: Sequence[int], how: How, *, is_sure: bool) -> None:
        fitting = [column for column in columns if column in self.free and self._fits(target, column)]
        if is_sure and len(fitting) == 1:
            self.certain.append(ColumnMatch(column=fitting[0], target=target, how=how))
            self.free.remove(fitting[0])
            self.proposals = [
                match for match in self.proposals if match.column != fitting[0] and match.target is not target
            ]
        else:
            self._propose(target, fitting, how)

    def _propose(self, target: Target, columns: Sequence[int], how: How) -> None:
        proposed = {(proposal.column, proposal.target.name) for proposal in self.proposals}
        self.proposals += [
            ColumnMatch(column=column, target=target, how=how)
            for column in columns
            if (column, target.name) not in proposed
        ]

    def _fits(self, target: Target, column: int) -> bool:
        texts = self._texts_of(column)
        match target.kind:
            case TargetKind.ID:
                return _are_ids(texts, n_rows=self._n_rows)
            case TargetKind.DESCRIPTION | TargetKind.MERGED | TargetKind.PART:
                return bool(texts) and median(map(n_words_of, texts)) >= _LEAST_WORDS
            case TargetKind.FIELD if target.field is not None:
                return not texts or _are_codes(texts, target.field)
            case TargetKind.OPTION if target.field is not None:
                field = target.field
                return bool(texts) and sum(field.derive(text) is not None for text in texts) * 2 >= len(texts)
        return True

    def _n_letters(self, column: int) -> float:
        texts = self._texts_of(column)
        return median(map(len, texts)) if texts else 0.0

    def _texts_of(self, column: int) -> list[str]:
        if column not in self._texts:
            self._texts[column] = column_texts(self.sheet, self.header, column)
        return self._texts[column]


_CODES = (TargetKind.FIELD, TargetKind.OPTION)
_NEEDED = (TargetKind.ID, TargetKind.DESCRIPTION, TargetKind.MERGED)
_STORIES = (TargetKind.DESCRIPTION, TargetKind.PART, TargetKind.MERGED)
_TOLD_IN_WORDS = ("period", "country", "year")
_OTHER_PARTS = ("significance", "contribution", "other_actors", "additional")


def _is_another_part(name: str) -> bool:
    """Whether a word of a column's name is what forms call another part of the story than the description."""
    return any(role_of(word) in _OTHER_PARTS for word in name.split())


def column_texts(sheet: Sheet, header: Header, column: int) -> list[str]:
    """Return the texts of a column below the header, blank cells left out."""
    return list(_filled(sheet, header, column))


def _filled(sheet: Sheet, header: Header, column: int) -> Iterator[str]:
    for row in range(header.last + 1, len(sheet.rows)):
        if text := sheet.cell(row, column).strip():
            yield text


def _n_rows(sheet: Sheet, header: Header) -> int:
    return sum(any(cell.strip() for cell in cells) for cells in sheet.rows[header.last + 1 :])


def n_words_of(text: str) -> float:
    """Count words; in scripts without blanks, about how many there are."""
    return max(len(text.split()), sum(map(str.isalnum, text)) / 8)


def _are_ids(texts: Sequence[str], *, n_rows: int) -> bool:
    if not texts or len(texts) < _MOSTLY * n_rows or len(set(texts)) < _MOSTLY * len(texts):
        return False
    return max(map(len, texts)) <= _LONGEST_ID and median(map(n_words_of, texts)) <= _LEAST_WORDS


def _are_codes(texts: Sequence[str], field: CodeField) -> bool:
    known = [any(field.find(label) for label in field.split(text)) for text in texts]
    return sum(known) * 2 >= len(known)


def _is_coded_by(target: Target, read: Sequence[Target]) -> bool:
    """Whether the codes of a target's field are read from other columns."""
    fields = [other.field for other in read if other.field is not None]
    sources = [other.field.derived_from for other in read if other.kind is TargetKind.OPTION and other.field]
    return target.field in fields or (target.field is not None and target.field.derived_from in sources)


def code_target_of(texts: Sequence[str], targets: Sequence[Target]) -> Target | None:
    """Return the target whose codes a column holds beside those read; None for yes and no, or a single code."""
    if len(texts) < _LEAST_ROWS or len(set(texts)) < 2 or all(is_ticked(text) is not None for text in texts):
        return None
    return _likeliest(texts, targets)


def _likeliest(texts: Sequence[str], targets: Sequence[Target]) -> Target | None:
    """Return the target whose codes most labels are, if there is one."""
    shares = [_share_of_codes(texts[:_N_LOOKED_AT], target) for target in targets]
    return targets[shares.index(max(shares))] if shares and max(shares) > _MOST_OF_THEM else None


def _share_of_codes(texts: Sequence[str], target: Target) -> float:
    """Share of the labels in a column that the codebook knows as codes of a field, or as options that lead to one."""
    field = target.field
    if field is None:
        return 0.0
    n_known = n_labels = 0
    for text, n_rows in Counter(text if len(text) <= LONGEST_LABEL else "" for text in texts).items():
        if target.kind is TargetKind.OPTION:
            known = [field.derive(text) is not None]
        else:
            known = [field.find(label) is not None for label in field.split(text) or ("",)]
        n_known += n_rows * sum(known)
        n_labels += n_rows * len(known)
    return n_known / n_labels


def _likeness(name: str, other: str) -> float:
    """Return how alike names are; of names that aren't, no more than that, as finding it takes a tenth of the time."""
    matcher = difflib.SequenceMatcher(None, normalise(name), normalise(other))
    for at_most in (matcher.real_quick_ratio(), matcher.quick_ratio()):
        if at_most < _ALIKE:
            return at_most
    return matcher.ratio()
