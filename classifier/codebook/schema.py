"""Codebook schema: fields, their columns and codes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_core import ErrorDetails

from classifier import sample_files
from classifier.child_process import StopReason
from classifier.codebook.cell_splitting import CellSplitter, describe_separator
from classifier.codebook.code import Code
from classifier.codebook.columns import Columns, UnknownConfidentiality
from classifier.codebook.found_codebook import FoundCodebook
from classifier.codebook.isolated_reading import read_isolated, refusal_of
from classifier.codebook.part import CodebookPart, Name, Text, refuse_doubles
from classifier.codebook.refi_qda import read_qdc
from classifier.codebook.table import read_table
from classifier.codebook.translations import ByLanguage, FieldTranslations, refuse_other_columns, with_translated
from classifier.codebook.unknown_keys import unknown_keys
from classifier.codebook.yaml_format import dump_yaml, read_yaml, root_causes, text_of_file, what_is_wrong
from classifier.errors import CodebookError, FieldError
from classifier.languages import current_language, gettext, marked
from classifier.limits import MOST_CODES, MOST_LANGUAGES
from classifier.spelling import LabelIndex, did_you_mean, is_part, nearest

_TABLES = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".csv", ".tsv")


class CodeField(CodebookPart):
    """One question put to every outcome, with the codes that answer it."""

    name: Name
    column: Name
    kind: Literal["single", "multiple"]
    codes: Annotated[tuple[Code, ...], Field(min_length=1)]
    separator: Annotated[Text, Field(validate_default=True)] = "; "
    derived_from: Name | None = None
    aliases: tuple[Name, ...] = ()
    question: Text = ""
    translations: FieldTranslations = ByLanguage()

    @field_validator("name")
    @classmethod
    def _without_comma(cls, name: str) -> str:
        if "," in name:
            raise ValueError(gettext("holds a comma, which separates the fields on the command line; leave it out"))
        return name

    @field_validator("codes")
    @classmethod
    def _distinct(cls, codes: tuple[Code, ...]) -> tuple[Code, ...]:
        refuse_doubles(marked("code"), [(code.code, label) for code in codes for label in code.names])
        refuse_doubles(marked("option"), [(code.code, option) for code in codes for option in code.mcq])
        return codes

    @field_validator("separator")
    @classmethod
    def _parts_the_codes(cls, separator: str, info: ValidationInfo) -> str:
        if not separator:
            raise ValueError(gettext("is empty; write a character, a blank or a line break"))
        labels = [name for code in info.data.get("codes", ()) for name in code.names]
        if info.data.get("kind") == "multiple" and (confused := CellSplitter(separator, labels).confused()):
            between = describe_separator(separator)
            what = marked("with {separator} between labels, {confused}; choose another separator")
            raise ValueError(gettext(what, separator=between, confused=confused))
        return separator

    @property
    def is_multiple(self) -> bool:
        """Whether an outcome may hold several codes."""
        return self.kind == "multiple"

    @property
    def heading(self) -> str:
        """The name of its column as people read it, without blanks around it."""
        return self.column.strip()

    @property
    def languages(self) -> frozenset[str]:
        """The languages that it, or a code of it, is translated into."""
        return frozenset(self.translations).union(*(code.translations for code in self.codes))

    @property
    def headings(self) -> tuple[str, ...]:
        """The name of its column, and that in each other language."""
        return with_translated([self.heading], (translation.column for translation in self.translations.values()))

    @property
    def shown_heading(self) -> str:
        """The name of its column in the current language, as in the codebook where that has no translation."""
        return ((found := self.translations.get(current_language())) and found.column) or self.heading

    @property
    def shown_question(self) -> str:
        """Its question in the current language, as the codebook has it where that has none; none like its name."""
        translation = self.translations.get(current_language())
        asked = (translation and translation.question) or self.question
        return asked if asked.strip() != self.shown_heading else ""

    @property
    def name_and_column(self) -> str:
        """Its name as in the codebook's file, with its column as in a harvest."""
        return f"{self.name!r} (column {self.heading!r})"

    @property
    def columns(self) -> tuple[str, ...]:
        """The names under which the field's column is looked for, the owner's first."""
        return with_translated((self.column, *self.aliases), self.headings)

    @property
    def code_names(self) -> tuple[str, ...]:
        """The codes, in the codebook's order."""
        return tuple(code.code for code in self.codes)

    def shown(self, codes: Iterable[str]) -> tuple[str, ...]:
        """Return codes by their names in the current language; what is no code of the field as it is."""
        return tuple(self._code_by_name[code].shown.code if code in self._code_by_name else code for code in codes)

    @cached_property
    def _code_by_name(self) -> Mapping[str, Code]:
        return {code.code: code for code in self.codes}

    def has_all(self, codes: Iterable[str]) -> bool:
        """Whether all are codes of the field, by the very names it has now.

        Examples
        --------
        >>> scale = CodeField(name="scale", column="Scale", kind="single", codes=[{"code": "Local"}])
        >>> scale.has_all(["Local"]), scale.has_all(["Local", "Village"])
        (True, False)
        """
        return set(codes).issubset(self.code_names)

    @property
    def options(self) -> tuple[str, ...]:
        """The answers of the column this field is derived from, in the codebook's order."""
        return tuple(option for code in self.codes for option in code.mcq)

    @cached_property
    def _code_by_label(self) -> LabelIndex[str]:
        return LabelIndex((name, code.code) for code in self.codes for name in code.names)

    @cached_property
    def _code_by_option(self) -> LabelIndex[str]:
        return LabelIndex((option, code.code) for code in self.codes for option in code.mcq)

    def find(self, label: str) -> str | None:
        """Return the code that a label means, or None.

        Examples
        --------
        >>> scale = CodeField(name="scale", column="Scale", kind="single",
        ...                   codes=[{"code": "Sub-national", "aliases": ["Province"]}])
        >>> scale.find("sub national"), scale.find("PROVINCE"), scale.find("Galactic")
        ('Sub-national', 'Sub-national', None)
        """
        return self._code_by_label.find(label)

    def names_of(self, code: str) -> tuple[str, ...]:
        """Return a code with its aliases and translations; alone if the field has no such code."""
        return self._code_by_name[code].names if code in self._code_by_name else (code,)

    def derive(self, option: str) -> str | None:
        """Return the code that an answer of the `derived_from` column belongs to, or None."""
        return self._code_by_option.find(option)

    def nearest(self, label: str) -> str | None:
        """Return the code (or another name of one) whose spelling is nearest to a label."""
        return nearest(label, [name for code in self.codes for name in code.names])

    def completed(self, label: str) -> str | None:
        """Return the only code that a label is the beginning or, in whole words, a part of; or None.

        Examples
        --------
        >>> goal = CodeField(name="goal", column="Goal", kind="single",
        ...                  codes=[{"code": "CIV: Less suppression of civic space"}, {"code": "GEN: Equal roles"}])
        >>> goal.completed("CIV"), goal.completed("civic space"), goal.completed("of")
        ('CIV: Less suppression of civic space', 'CIV: Less suppression of civic space', None)
        """
        found = {code.code for code in self.codes if any(is_part(label, of=known) for known in code.names)}
        return found.pop() if len(found) == 1 else None

    def split(self, cell: str) -> tuple[str, ...]:
        """Split a cell into the labels it holds, in their order.

        Answers may also be on lines of their own, as in a cell with line breaks. Where codes hold the separator
        themselves, the longest one that fits is taken.

        Examples
        --------
        >>> CodeField(name="sdg", column="SDG", kind="multiple", codes=[{"code": "5"}, {"code": "16"}]).split("16;5 ")
        ('16', '5')
        """
        if self.is_multiple:
            return self._splitter.split(cell)
        return (cell.strip(),) if cell.strip() else ()

    @cached_property
    def _splitter(self) -> CellSplitter:
        return CellSplitter(self.separator, [name for code in self.codes for name in code.names])


class Codebook(CodebookPart):
    """The fields that a programme codes, read from a YAML file.

    Examples
    --------
    >>> codebook = Codebook.parse('''
    ... fields:
    ...   - name: scale
    ...     column: Scale
    ...     kind: single
    ...     codes: [{code: Local}, {code: National}]
    ... ''')
    >>> codebook.field("scale").code_names
    ('Local', 'National')
    """

    fields: Annotated[tuple[CodeField, ...], Field(min_length=1)]
    columns: Columns = Columns()
    # For outcomes with an empty cell in the `confidential` column; see `classifier.harvest.confidentiality`.
    unknown_confidentiality: UnknownConfidentiality = UnknownConfidentiality.INCLUDE

    @field_validator("fields")
    @classmethod
    def _distinct(cls, fields: tuple[CodeField, ...]) -> tuple[CodeField, ...]:
        if (n_codes := sum(len(field.codes) for field in fields)) > MOST_CODES:
            what = marked("it has {n_codes} codes, and at most {most} are read")
            raise ValueError(gettext(what, n_codes=n_codes, most=MOST_CODES))
        if (n := len({language for field in fields for language in field.languages})) > MOST_LANGUAGES:
            what = marked("it has translations into {n_languages} languages, and at most {most} are read")
            raise ValueError(gettext(what, n_languages=n, most=MOST_LANGUAGES))
        refuse_doubles(marked("field name"), [(field.name, field.name) for field in fields])
        named = [(field.name, column) for field in fields for column in field.columns]
        ticks = [(code.code, code.column) for field in fields for code in field.codes if code.column]
        refuse_doubles(marked("column"), [*named, *ticks])
        return fields

    @model_validator(mode="after")
    def _translated_apart(self) -> Self:
        translated = ((field.name, heading) for field in self.fields for heading in field.headings[1:])
        refuse_other_columns(translated, taken=(*self.columns.id, *self.columns.story))
        return self

    @classmethod
    def read(cls, path: Path | str, *, tell: Callable[[str], object] = lambda _: None) -> Codebook:
        """Read and check a codebook file: YAML, a table of codes, or a .qdc of a program for qualitative analysis.

        Parameters
        ----------
        tell : callable
            Receives what was guessed of a file that isn't YAML.

        Raises
        ------
        CodebookError
            With every problem and its line.
        """
        path = Path(path)
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise CodebookError(str(path), [gettext("it is a pipe or a device; name a file")])
        if path.suffix.lower() in _TABLES:
            return cls.of(read_table(path), path.name, tell)
        content, notes = read_isolated(path)
        try:
            codebook = cls.model_validate(content)
        except (ValidationError, RecursionError) as error:
            raise refusal_of(path, StopReason.FAILED) from error
        for note in notes:
            tell(note)
        return codebook

    @classmethod
    def read_own(cls, path: Path | str, *, tell: Callable[[str], object] = lambda _: None) -> Codebook:
        """Read a codebook in YAML or REFI-QDA in this process, without limits on time; see `read`.

        For files that the program wrote itself or that ship with it.
        """
        path = Path(path)
        if path.suffix.lower() in (".qdc", ".qdpx"):
            return cls.of(read_qdc(path), path.name, tell)
        return cls.parse(text_of_file(path), source=path.name)

    @classmethod
    def of(cls, found: FoundCodebook, source: str, tell: Callable[[str], object] = lambda _: None) -> Codebook:
        """Check a codebook that was found elsewhere than in YAML; see `read`."""
        try:
            codebook = cls.model_validate(found.content)
        except ValidationError as error:
            problems = [
                (found.place(cause["loc"]), what_is_wrong(_last_key(cause), cause))
                for cause in root_causes(error.errors())
            ]
            raise CodebookError(
                source,
                [gettext("{name}: {what}", name=place, what=what) if place else what for place, what in problems],
            ) from error
        for note in found.notes:
            tell(note)
        return codebook

    @classmethod
    def parse(cls, text: str, *, source: str = "codebook") -> Codebook:
        """Check the text of a codebook; see `read`."""
        document = read_yaml(text, source=source)
        try:
            codebook = cls.model_validate(document.content)
        except ValidationError as error:
            raise CodebookError(source, [*document.problems, *document.describe(error.errors())]) from error
        if document.problems:
            raise CodebookError(source, document.problems)
        return codebook

    def field(self, name: str) -> CodeField:
        """Return the field of that name, or of that column.

        Raises
        ------
        FieldError
            Where there is none, with the nearest name.
        """
        found = next((field for field in self.fields if name == field.name), None) or self._field_by_column.find(name)
        if found is not None:
            return found
        hint = did_you_mean(name, self.names, otherwise=f"the fields are {', '.join(self.names)}")
        raise FieldError(f"the codebook has no field {name!r} ({hint})")

    @cached_property
    def _field_by_column(self) -> LabelIndex[CodeField]:
        return LabelIndex((column, field) for field in self.fields for column in field.columns)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the fields, in the codebook's order."""
        return tuple(field.name for field in self.fields)

    @property
    def undefined(self) -> tuple[tuple[str, str], ...]:
        """Name the codes without a definition, each after its field."""
        return tuple((field.name, code.code) for field in self.fields for code in field.codes if not code.is_defined)

    @property
    def has_definitions(self) -> bool:
        """Whether any code has more than its name."""
        return any(code.is_defined for field in self.fields for code in field.codes)

    @cached_property
    def sha256(self) -> str:
        """Hash of what the codebook says, whatever its layout, comments and translations, which change no meaning."""
        return self._hash(has_translations=False)

    @cached_property
    def sha256_with_translations(self) -> str:
        """Hash of all that the codebook says; the same as `sha256` where it has no translations."""
        return self._hash(has_translations=True)

    def _hash(self, *, has_translations: bool) -> str:
        # These columns are not used for training, and models that were made before we knew them stay good.
        content_fields = self.model_dump(
            mode="json", exclude={"columns": {"negative", "unintended"}, "unknown_confidentiality": True}
        )
        # A key that few codebooks have leaves the hash of the others as it was.
        for field in content_fields["fields"]:
            for part in (field, *field["codes"]):
                if not (has_translations and part["translations"]):
                    del part["translations"]
                if part.get("column", "") is None:
                    del part["column"]
        content = json.dumps(content_fields, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()

    def dump(self) -> str:
        """Write the codebook as YAML that `parse` reads to the same codebook."""
        content = self.model_dump(exclude_defaults=True, exclude={"unknown_confidentiality"})
        if self.unknown_confidentiality is not UnknownConfidentiality.INCLUDE:
            content["unknown_confidentiality"] = str(self.unknown_confidentiality)
        return dump_yaml(content)

    def unknown_keys(self) -> tuple[str, ...]:
        """Name the keys that mean nothing to us and look like a slip of the one that is meant."""
        return tuple(unknown_keys(self, "codebook"))


def sample_codebook() -> Codebook:
    """Read the codebook that ships with the program."""
    return Codebook.read_own(sample_files.codebook_path())


def _last_key(found: ErrorDetails) -> str:
    return next((step for step in reversed(found["loc"]) if isinstance(step, str)), "codebook")
