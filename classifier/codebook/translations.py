"""Translations of a codebook: names, definitions and questions in the languages that coders read.

A translation changes no meaning. A translated name is one more by which a code or a column is read; what is kept,
trained on or exported has the codebook's own names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, NamedTuple, TypeVar

from pydantic import AfterValidator, field_validator

from classifier.codebook.part import CodebookPart, Name, Text
from classifier.codebook.yaml_format import DoubleError
from classifier.faults import shown
from classifier.languages import gettext
from classifier.spelling import exact_key

Part = TypeVar("Part", bound=CodebookPart)

_LANGUAGE = re.compile("[a-z]{2,3}")  # the primary subtag of BCP 47


class CodeTexts(NamedTuple):
    """What a coder reads of a code, in one language."""

    code: str
    definition: str
    include: str
    exclude: str


class CodeTranslation(CodebookPart):
    """What is said of a code in another language; what is missing is shown as in the codebook."""

    code: Name | None = None
    definition: Text = ""
    include: Text = ""
    exclude: Text = ""

    @field_validator("code")
    @classmethod
    def _trim(cls, name: str | None) -> str | None:
        return name and name.strip()

    def texts(self, own: CodeTexts) -> CodeTexts:
        """Return its texts, those of the codebook where it has none."""
        found = CodeTexts(self.code or "", self.definition, self.include, self.exclude)
        return CodeTexts(*(text if text.strip() else before for text, before in zip(found, own, strict=True)))


class FieldTranslation(CodebookPart):
    """The name of a field's column and its question in another language."""

    column: Name | None = None
    question: Text = ""

    @field_validator("column")
    @classmethod
    def _trim(cls, name: str | None) -> str | None:
        return name and name.strip()


class ByLanguage(dict[str, Part]):
    """Translations by their languages, with a hash, as all parts of a codebook have; they don't change."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))


def is_language(tag: str) -> bool:
    """Whether a text is the code of a language alone, as ISO 639 has them.

    Examples
    --------
    >>> is_language("fr"), is_language("swh"), is_language("fr-CH"), is_language("French")
    (True, True, False, False)
    """
    return _LANGUAGE.fullmatch(tag) is not None


def _checked(tag: str) -> str:
    if not is_language(tag):
        what = gettext(
            "{tag} is not the code of a language; write its two or three small letters alone, such as fr, es or ar",
            tag=shown(tag),
        )
        raise ValueError(what)
    return str(tag)


Language = Annotated[str, AfterValidator(_checked)]
CodeTranslations = Annotated[dict[Language, CodeTranslation], AfterValidator(ByLanguage)]
FieldTranslations = Annotated[dict[Language, FieldTranslation], AfterValidator(ByLanguage)]


def with_translated(own: Iterable[str], translated: Iterable[str | None]) -> tuple[str, ...]:
    """Add translated names to those that something has, without those that are the same as one before.

    Examples
    --------
    >>> with_translated(["Local", "Village level"], ["Local", None, "Échelon local"])
    ('Local', 'Village level', 'Échelon local')
    """
    names = [*own]
    known = set(map(exact_key, names))
    for name in filter(None, translated):
        if exact_key(name) not in known:
            known.add(exact_key(name))
            names.append(name)
    return tuple(names)


def refuse_other_columns(translated: Iterable[tuple[str, str]], *, taken: Iterable[str]) -> None:
    """Refuse a translated column, after its field, that holds the ID or the story; its texts would be read as codes."""
    keys = set(map(exact_key, taken))
    for field, heading in translated:
        if exact_key(heading) in keys:
            message = gettext(
                "column {column!r} (of {field!r}, translated) holds the ID or the story of outcomes; write the name of "
                "the column with its codes",
                column=heading,
                field=field,
            )
            raise DoubleError(message, label=heading)
