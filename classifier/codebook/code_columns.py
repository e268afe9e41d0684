"""Columns that look like codes: short labels, few of them, that come back again and again."""

from __future__ import annotations

import re

from classifier.codebook.labels import Answers, words_of
from classifier.languages import Message, lazy_gettext

_MOST_CODES = 60  # more than a coder can keep apart, and more than any answer list we have seen
_LONGEST_DATE = 30  # letters; what is longer tells of a year rather than being one
_LONG, _MANY_WORDS = 60, 14  # letters and words; what has more, or more letters and a full stop, is a sentence
_PEOPLE = (
    r"^(?!.*\b(type|kind|category)\b)"  # a type of partner names nobody
    r".*(\b(names?|coders?|authors?|e ?mail|initials)\b|\b(person|contact|partners?|by)$)"
)
_UNFIT_NAMES = {
    r"^ratings?\b": lazy_gettext("it rates the outcome rather than saying what it is"),
    _PEOPLE: lazy_gettext("it may name people or organisations"),
    r"\b(suggestion|confidence|candidates|route|suggestion flags)$": lazy_gettext("it holds suggestions, not codes"),
}
_YES_NO = {
    *("yes", "no", "y", "n", "true", "false", "partly", "maybe", "unknown", "dontknow", "na"),
    *("oui", "non", "si", "sí", "sim", "não", "نعم", "لا"),
}
_GRADE = re.compile("(very)?(low|medium|moderate|high|small|large|weak|strong|minor|major)")


def reason_against(answers: Answers) -> Message | None:
    """Return why a column doesn't look like codes, or None where it does."""
    name = " ".join(words_of(answers.column.name))
    for pattern, reason in _UNFIT_NAMES.items():
        if re.search(pattern, name):
            return reason
    if not any(answers.column.cells):
        return lazy_gettext("it is empty")
    n_sentences = sum(_is_sentence(label.text) for label in answers.labels)
    if answers.n_long >= answers.n_labels or 2 * n_sentences > len(answers.labels):
        return lazy_gettext("its texts are too long for codes")
    return _unlike_codes(answers) or _unlike_few(answers)


def _is_sentence(text: str) -> bool:
    return len(text) > _LONG and (text[-1] in ".!?؟。" or len(text.split()) > _MANY_WORDS)


def _unlike_codes(answers: Answers) -> Message | None:
    keys = {label.key for label in answers.labels}
    if keys <= _YES_NO:
        return lazy_gettext("its answers are yes and no")
    if all(_GRADE.fullmatch(key) for key in keys):
        return lazy_gettext("its answers are grades, such as low and high")
    if 2 * sum(_is_number_or_date(label.text) for label in answers.labels) > len(answers.labels):
        return lazy_gettext("it holds numbers or dates")
    return None


def _is_number_or_date(text: str) -> bool:
    has_year = re.search(r"\b(19|20)\d\d\b", text) is not None
    return not any(character.isalpha() for character in text) or (has_year and len(text) <= _LONGEST_DATE)


def _unlike_few(answers: Answers) -> Message | None:
    n_distinct = len(answers.labels)
    n_once = sum(label.n_cells == 1 for label in answers.labels)
    if n_distinct == 1:
        return lazy_gettext("it has the same text in every row")
    if n_distinct > _MOST_CODES or 3 * n_distinct > answers.n_labels or 2 * n_once > n_distinct:
        cells = answers.column.cells
        return lazy_gettext(
            "{n_filled} of {n_cells} cells are filled, with {n_distinct} different texts; too many to be codes",
            n_filled=sum(map(bool, cells)),
            n_cells=len(cells),
            n_distinct=n_distinct,
        )
    return None
