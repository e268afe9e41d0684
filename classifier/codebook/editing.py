"""Edits of a codebook: fields and codes changed, added, merged or removed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from classifier.codebook.found_codebook import FoundCodebook
from classifier.codebook.schema import Codebook, CodeField
from classifier.codebook.table import field_name
from classifier.errors import CodebookError
from classifier.languages import gettext

_SEPARATORS = ("; ", " | ", " / ")


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeEdit:
    """A code as it is to be.

    Attributes
    ----------
    was : str
        What it is called in the codebook before; empty for a new one.
    code : str
        Empty for a row that was left blank.
    into : str
        The code of the same field, by its name before, that it becomes a part of; empty where it stays.
    """

    was: str = ""
    code: str = ""
    definition: str = ""
    include: str = ""
    exclude: str = ""
    into: str = ""
    is_removed: bool = False

    @property
    def is_kept(self) -> bool:
        """Whether it is a code of its own."""
        return bool(self.was or self.code) and not self.is_removed and not self.into


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldEdit:
    """A field as it is to be.

    Attributes
    ----------
    was : str
        Its name in the codebook before; empty for a new one.
    heading : str
        The name of its column; empty for a new field that was left blank.
    """

    was: str = ""
    heading: str = ""
    question: str = ""
    is_multiple: bool = False
    is_removed: bool = False
    codes: tuple[CodeEdit, ...] = ()

    @property
    def is_kept(self) -> bool:
        """Whether there is such a field."""
        is_filled = self.heading or any(code.is_kept for code in self.codes)
        return bool(self.was or is_filled) and not self.is_removed


def edits_of(codebook: Codebook) -> tuple[FieldEdit, ...]:
    """Return a codebook as edits that change nothing."""
    return tuple(
        FieldEdit(
            was=field.name,
            heading=field.heading,
            question=field.question,
            is_multiple=field.is_multiple,
            codes=tuple(
                CodeEdit(
                    was=code.code,
                    code=code.code,
                    definition=code.definition,
                    include=code.include,
                    exclude=code.exclude,
                )
                for code in field.codes
            ),
        )
        for field in codebook.fields
    )


def edit_codebook(codebook: Codebook, edits: Sequence[FieldEdit]) -> Codebook:
    """Make the codebook that edits describe; what they don't mention stays as it is.

    The earlier name of a code or of a column becomes an alias, so that files and decisions with it are still read.
    Translations stay with their codes; the translated names of a code that becomes a part of another one are aliases.

    Raises
    ------
    CodebookError
        With every problem, each with its field and code.

    Examples
    --------
    >>> before = Codebook.parse("fields: [{name: scale, column: Scale, kind: single, codes: [{code: Village}]}]")
    >>> local = CodeEdit(was="Village", code="Local", definition="A village or town.")
    >>> after = edit_codebook(before, [FieldEdit(was="scale", heading="Scale", codes=(local,))])
    >>> after.field("scale").find("village")
    'Local'
    """
    kept = [edit for edit in edits if edit.is_kept]
    if lost := list(_lost(kept)):
        raise CodebookError(gettext("the codebook"), lost)
    content = codebook.model_dump(mode="json", exclude_defaults=True)
    before = {field.name: (field, written) for field, written in zip(codebook.fields, content["fields"], strict=True)}
    taken, fields = set(codebook.names), []
    places: dict[tuple[int, ...], str] = {}
    for place, edit in enumerate(kept):
        if edit.was in before:
            fields.append(_edited(edit, *before[edit.was]))
        else:
            fields.append(_new(edit, taken))
            taken.add(fields[-1]["name"])
        heading = fields[-1]["column"].strip()
        places[(place,)] = gettext("field {field!r}", field=heading) if heading else gettext("the new field")
        for number, code in enumerate(fields[-1]["codes"]):
            places[place, number] = gettext("{field}, code {code!r}", field=places[(place,)], code=code["code"])
    return Codebook.of(
        FoundCodebook(content={**content, "fields": fields}, places=places, notes=()), gettext("the codebook")
    )


def removed_codes(edits: Sequence[FieldEdit]) -> Iterator[tuple[str, str]]:
    """Yield the codes that are removed from fields that stay, each after the name of its field."""
    for field in edits:
        if field.was and field.is_kept:
            yield from ((field.was, code.was) for code in field.codes if code.was and code.is_removed)


def _lost(edits: Sequence[FieldEdit]) -> Iterator[str]:
    """Say which codes are to become a part of one that doesn't stay."""
    for field in edits:
        stay = {code.was for code in field.codes if code.is_kept}
        for code in field.codes:
            if code.into and not code.is_removed and code.into not in stay:
                yield gettext(
                    "field {field!r}, code {code!r}: it is to become part of {into!r}, which does not stay; choose a "
                    "code that does",
                    field=field.heading or field.was,
                    code=code.was,
                    into=code.into,
                )


def _edited(edit: FieldEdit, field: CodeField, written: Mapping[str, Any]) -> dict[str, Any]:
    known: dict[str, dict[str, Any]] = {code["code"]: code for code in written["codes"]}
    codes = [_code(code, edit.codes, known) for code in edit.codes if code.is_kept]
    is_renamed = bool(edit.heading) and edit.heading != field.heading
    return {
        **written,
        "column": edit.heading if is_renamed else field.column,
        "aliases": [*field.aliases, *([field.heading] if is_renamed else [])],
        "question": _unless_same(edit.question, field.question),
        "kind": "multiple" if edit.is_multiple else "single",
        "separator": _separator(codes) if edit.is_multiple and not field.is_multiple else field.separator,
        "codes": codes,
    }


def _new(edit: FieldEdit, taken: Collection[str]) -> dict[str, Any]:
    codes = [_code(code, (), {}) for code in edit.codes if code.is_kept]
    slug = field_name(edit.heading)
    return {
        "name": next(name for name in (slug, *(f"{slug}_{number}" for number in range(2, 1000))) if name not in taken),
        "column": edit.heading,
        "question": edit.question,
        "kind": "multiple" if edit.is_multiple else "single",
        "separator": _separator(codes),
        "codes": codes,
    }


def _code(edit: CodeEdit, others: Sequence[CodeEdit], known: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """Return a code with its texts, and with the names of the codes that become a part of it."""
    own = known.get(edit.was, {})
    name = edit.code or edit.was
    parts = [other for other in others if edit.was and other.into == edit.was and not other.is_removed]
    merged = [known[part.was] for part in parts if part.was in known]
    aliases = [*own.get("aliases", ()), edit.was]
    aliases += [alias for part in merged for alias in (part["code"], *part.get("aliases", ()), *_translated(part))]
    return {
        **own,
        "code": name,
        **{text: _unless_same(getattr(edit, text), own.get(text, "")) for text in ("definition", "include", "exclude")},
        "aliases": [alias for alias in dict.fromkeys(aliases) if alias and alias != name],
        "mcq": [*own.get("mcq", ()), *(option for part in merged for option in part.get("mcq", ()))],
    }


def _translated(code: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of a code in other languages."""
    for translation in code.get("translations", {}).values():
        if name := translation.get("code"):
            yield name


def _unless_same(text: str, before: str) -> str:
    """Return a text, as it was before where only the blanks around it differ, which a form does not keep."""
    return before if text == before.strip() else text


def _separator(codes: Sequence[Mapping[str, Any]]) -> str:
    """Return a separator that no code holds."""
    labels = [label for code in codes for label in (code["code"], *code["aliases"], *_translated(code))]
    free = (separator for separator in _SEPARATORS if not any(separator.strip() in label for label in labels))
    return next(free, _SEPARATORS[0])
