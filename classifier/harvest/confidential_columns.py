"""Columns that mark confidential outcomes: every one that a file has, whatever it is called."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from enum import Enum, auto
from statistics import median

from classifier.codebook.tick_columns import is_ticked
from classifier.faults import Fault, FaultKind
from classifier.harvest.column_matching import ColumnMatch, ColumnMatching, How, column_texts, n_words_of
from classifier.harvest.layout import Target, TargetKind
from classifier.harvest.options import map_option, rename_column
from classifier.spreadsheet.column_synonyms import role_of
from classifier.spreadsheet.header import Header
from classifier.spreadsheet.sheet import Sheet

_SHORT_ANSWER = 4.0  # words, of half the answers: longer ones explain something
# Beginnings of words in a heading as `_words` has it, in the languages of the column synonyms, and in German.
_CONFIDENTIAL = (
    r"(confiden(?!ce\b|ces\b|t\b|tly\b)\w*|confidental\w*|(?<!gender )(?<!conflict )sensitiv\w*|sensibles?"
    r"|sensive(l|is)|secret[aoe]?s?|sigilos[ao]s?|vertraulich\w*|geheim\w*|(ال)?سري[ةه]?|(ال)?حساس[ةه]?)"
)
_PUBLICATION = (
    r"((un)?publish\w*|(make|made|be|is|go) public|publications?|publi(er|ee?s?|able)|publi(car|cable|cad[ao]s?|cacion"
    r"|cavel|cacao)|veroffentlich\w*|share|shared|sharing|shar(e)?able|disclos\w*|partag\w*|diffus\w*|compart\w*"
    r"|divulg\w*|difundi\w*|(ال|لل)?نشر\w*|تنشر|ينشر|(ال|لل)?مشارك[ةه])"
)
_NOT = r"(not?|non|dont|never|without|ne|pas|sans|sin|nao|sem|nunca|jamais|nicht|nie|kein\w*|لا|غير|عدم|بدون)"
_NEARLY_NEXT = r"( \w+){0,4}? "
_DENIED_PUBLICATION = re.compile(rf"\b({_NOT}{_NEARLY_NEXT}{_PUBLICATION}|un(publish|shar)\w*)\b")
_DENIED_CONFIDENTIAL = re.compile(rf"\b{_NOT}{_NEARLY_NEXT}{_CONFIDENTIAL}\b|\bnon?confiden")
_MARKED, _PUBLISHED = re.compile(rf"\b{_CONFIDENTIAL}\b"), re.compile(rf"\b{_PUBLICATION}\b|^public[ao]?$")
# "Yes / no" in a heading says how to answer, and denies nothing; no more does "or not".
_HOW_TO_ANSWER = re.compile(
    r"\b((yes|y|oui|o|si|s|sim|ja|j|نعم) (or |ou |o |oder |أو )?(no|n|non|nao|nein|لا)|or not)\b"
)


class _Sense(Enum):
    """Meaning of a yes below a heading."""

    CONFIDENTIAL = auto()
    UNCLEAR = auto()
    """It may mean that an outcome is confidential, or that it isn't."""
    OTHER = auto()


def add_confidential_columns(
    matching: ColumnMatching, sheet: Sheet, header: Header, target: Target
) -> tuple[ColumnMatching, tuple[Fault, ...]]:
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
    faults: list[Fault] = []
    for column, name in enumerate(header.names):
        is_field = column in known and known[column].kind is TargetKind.FIELD
        if not name.strip() or (column in known and not is_field):
            continue
        is_known, sense = target.goes_by(name) or role_of(name) == "confidential", _sense_of(name)
        if not is_known and sense is _Sense.OTHER:
            continue
        answers = column_texts(sheet, header, column)
        is_yes_no = column in unread or _are_yes_no(answers)  # what can't be read may be a yes
        if is_known and (is_yes_no or (answers and not is_field)):
            found.append(ColumnMatch(column=column, target=target, how=How.FORM))
        elif sense is _Sense.CONFIDENTIAL and is_yes_no:
            found.append(ColumnMatch(column=column, target=target, how=How.HEADING))
        elif is_yes_no or (not is_field and _may_mark(name, answers)):
            faults.append(_unread(sheet.place(header.last, column), name, target))
    return replace(matching, matches=(*matching.matches, *found)), tuple(faults)


def marks_confidential(name: str, cells: Sequence[str]) -> bool:
    """Whether a column has a heading that says confidential, and yes or no below it.

    Examples
    --------
    >>> marks_confidential("Do not publish", ["YES", "", "no"]), marks_confidential("Publish? (yes/no)", ["YES"])
    (True, False)
    """
    return _sense_of(name) is _Sense.CONFIDENTIAL and _are_yes_no([cell for cell in cells if cell.strip()])


def _may_mark(name: str, answers: Sequence[str]) -> bool:
    """Whether a column has short answers that are about confidentiality, such as high and low."""
    is_about = _MARKED.search(_words(name)) is not None
    return is_about and bool(answers) and median(map(n_words_of, answers)) <= _SHORT_ANSWER


def _sense_of(name: str) -> _Sense:
    heading = " ".join(_HOW_TO_ANSWER.sub(" ", _words(name)).split())
    rest = _DENIED_PUBLICATION.sub(" ", heading)
    if _PUBLISHED.search(rest) or _DENIED_CONFIDENTIAL.search(rest):
        return _Sense.UNCLEAR
    return _Sense.CONFIDENTIAL if rest != heading or _MARKED.search(rest) else _Sense.OTHER


def _words(name: str) -> str:
    """Reduce a heading to words without accents and vowel signs, one blank between them."""
    letters = unicodedata.normalize("NFKD", re.sub("['\u2019\u02bc]t\\b", "t", name.casefold()))  # don't, can't
    plain = "".join(letter for letter in letters if not unicodedata.category(letter).startswith("M"))
    return " ".join("".join(letter if letter.isalnum() else " " for letter in plain).split())


def _are_yes_no(answers: Sequence[str]) -> bool:
    """Whether most answers are yes or no, or begin so: "Yes, a witness is named"."""
    return bool(answers) and sum(map(_is_yes_no, answers)) * 2 > len(answers)


def _is_yes_no(answer: str) -> bool:
    first = re.split(r"[\s,;:.()،؛-]", answer.strip(), maxsplit=1)[0]
    return is_ticked(answer) is not None or (bool(first) and is_ticked(first) is not None)


def _unread(where: str, name: str, target: Target) -> Fault:
    called = " ".join(name.split())
    otherwise = f"else give yes for the confidential ones in a column {target.name!r}"
    return Fault(
        kind=FaultKind.CONFIDENTIAL,
        where=where,
        what=f"column {called!r} may say which outcomes are confidential, and is not read as such",
        remedy=f"if yes means confidential, add {map_option(called, target.name)}; {otherwise}",
        on_page=f"if yes means confidential, {rename_column(target.name)}; {otherwise}",
    )
