"""Columns that mark confidential outcomes: every one that a file has, whatever it is called."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from classifier.codebook.tick_columns import is_ticked
from classifier.faults import Fault, FaultKind
from classifier.harvest.column_matching import ColumnMatch, ColumnMatching, How, column_texts, n_words_of
from classifier.harvest.confidential_headings import (
    HeadingSense,
    is_about_confidentiality,
    is_level_of_confidentiality,
    sense_of_heading,
)
from classifier.harvest.layout import Target, TargetKind
from classifier.harvest.options import choose_column, map_option
from classifier.languages import lazy_gettext
from classifier.spreadsheet.column_synonyms import role_of
from classifier.spreadsheet.header import Header
from classifier.spreadsheet.sheet import Sheet

_SHORT_ANSWER = 4.0  # words, of half the answers: longer ones explain something
_MOST_LEVELS = 10  # different answers; a file may have thousands of columns to look through
_MOST_OTHER_NUMBERS = 0.1  # of the answers; with more, they are levels


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfidentialColumns:
    """Matching with all columns that mark confidential outcomes, and those that may do so."""

    matching: ColumnMatching
    # Columns that are not read, as they hold dates or levels; of an outcome with one it is unknown
    levels: tuple[int, ...] = ()
    faults: tuple[Fault, ...] = ()


def add_confidential_columns(
    matching: ColumnMatching, sheet: Sheet, header: Header, target: Target
) -> ConfidentialColumns:
    """Match all further columns that mark confidential outcomes, and report those that may do so and are not read.

    A yes in any of them counts: a mark that is overlooked can't be taken back.

    Parameters
    ----------
    target : Target
        What the codebook calls such a column.
    """
    known = {match.column: match.target for match in matching.matches}
    unread = {column for _, column in sheet.unread}
    found: list[ColumnMatch] = []
    levels: list[int] = []
    faults: list[Fault] = []
    for column, name in enumerate(header.names):
        is_field = column in known and known[column].kind is TargetKind.FIELD
        if not name.strip() or (column in known and not is_field):
            continue
        is_known, sense = target.goes_by(name) or role_of(name) == "confidential", sense_of_heading(name)
        answers = column_texts(sheet, header, column)
        is_asked = is_known or sense is not HeadingSense.OTHER
        is_yes_no = is_asked and (column in unread or _are_yes_no(answers))  # what can't be read may be a yes
        is_mark = sense is HeadingSense.CONFIDENTIAL and (is_yes_no or _say_yes_or_no(answers))
        if is_known and (is_yes_no or (answers and not is_field)):
            found.append(ColumnMatch(column=column, target=target, how=How.FORM))
        elif is_mark:
            found.append(ColumnMatch(column=column, target=target, how=How.HEADING))
        elif is_yes_no:
            faults.append(_unread(sheet.place(header.last, column), name, target))
        elif not is_field and may_mark_confidential(name, answers):
            levels.append(column)
            faults.append(_unread(sheet.place(header.last, column), name, target, mark="anything but no"))
    matched = replace(matching, matches=(*matching.matches, *found))
    return ConfidentialColumns(matching=matched, levels=tuple(levels), faults=tuple(faults))


def marks_confidential(name: str, cells: Sequence[str]) -> bool:
    """Whether a column has a heading that says confidential, and yes or no below it.

    Examples
    --------
    >>> marks_confidential("Do not publish", ["YES", "", "no"]), marks_confidential("Publish? (yes/no)", ["YES"])
    (True, False)
    """
    return sense_of_heading(name) is HeadingSense.CONFIDENTIAL and _are_yes_no([cell for cell in cells if cell.strip()])


def may_mark_confidential(name: str, cells: Sequence[str]) -> bool:
    """Whether a column has short answers that are about confidentiality, such as high and low, or a date.

    Examples
    --------
    >>> may_mark_confidential("Embargo until", ["2027-01-31", ""]), may_mark_confidential("Scale", ["Local", ""])
    (True, False)
    """
    answers = [cell for cell in cells if cell.strip()]
    if not answers or median(map(n_words_of, answers)) > _SHORT_ANSWER:
        return False
    return is_about_confidentiality(name) or _are_levels(answers)


def _are_levels(answers: Sequence[str]) -> bool:
    """Whether most answers are levels such as public, internal and confidential, whatever the heading is."""
    counts = Counter(answers)
    if len(counts) > _MOST_LEVELS:
        return False
    levels = {answer: is_level_of_confidentiality(answer) for answer in counts}
    n_levels = sum(counts[answer] for answer, level in levels.items() if level is not None)
    return any(levels.values()) and n_levels * 2 > len(answers)


def _are_yes_no(answers: Sequence[str]) -> bool:
    """Whether most answers are yes or no, or begin so: "Yes, a witness is named"; and aren't levels, such as 1 to 3."""
    n_other_numbers = sum(answer.strip().isdecimal() and answer.strip() not in {"0", "1"} for answer in answers)
    is_level = n_other_numbers > 1 and n_other_numbers >= _MOST_OTHER_NUMBERS * len(answers)
    return bool(answers) and sum(map(_is_yes_no, answers)) * 2 > len(answers) and not is_level


def _say_yes_or_no(answers: Sequence[str]) -> bool:
    """Whether any of short answers is yes or no in a word; others beside it, such as a date, then count as yes."""
    is_short = bool(answers) and median(map(n_words_of, answers)) <= _SHORT_ANSWER
    return is_short and any(_is_yes_no(answer) and answer.strip()[0].isalpha() for answer in answers)


def _is_yes_no(answer: str) -> bool:
    first = re.split(r"[\s,;:.()،؛-]", answer.strip(), maxsplit=1)[0]
    return is_ticked(answer) is not None or (bool(first) and is_ticked(first) is not None)


def _unread(where: str, name: str, target: Target, *, mark: str = "yes") -> Fault:
    called = " ".join(name.split())
    otherwise = lazy_gettext("else give yes for the confidential ones in a column {name!r}", name=target.name)
    return Fault(
        kind=FaultKind.CONFIDENTIAL,
        where=where,
        what=lazy_gettext(
            "column {called!r} may say which outcomes are confidential, and is not read as such", called=called
        ),
        remedy=lazy_gettext(
            "if {mark} means confidential, add {called}; {otherwise}",
            mark=mark,
            called=map_option(called, target.name),
            otherwise=otherwise,
        ),
        on_page=lazy_gettext(
            "if {mark} means confidential, {name}; {otherwise}",
            mark=mark,
            name=choose_column(target.name),
            otherwise=otherwise,
        ),
    )
