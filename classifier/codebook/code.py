"""One code of a field, with what a coder needs to apply it."""

from __future__ import annotations

from functools import cached_property

from pydantic import field_validator

from classifier.codebook.part import CodebookPart, Name, Text
from classifier.codebook.translations import ByLanguage, CodeTexts, CodeTranslations, with_translated
from classifier.languages import current_language


class Code(CodebookPart):
    """One code of a field, with what a coder needs to apply it."""

    code: Name
    definition: Text = ""
    include: Text = ""
    exclude: Text = ""
    # A column that says yes or no to this code alone, as survey tools write questions with several answers.
    column: Name | None = None
    mcq: tuple[Name, ...] = ()
    aliases: tuple[Name, ...] = ()
    translations: CodeTranslations = ByLanguage()

    @field_validator("code", "mcq", "aliases")
    @classmethod
    def _trim(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        return value.strip() if isinstance(value, str) else tuple(name.strip() for name in value)

    @property
    def labels(self) -> tuple[str, ...]:
        """The code and its aliases."""
        return (self.code, *self.aliases)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The code, its aliases and its translations, by any of which it is read."""
        return with_translated(self.labels, (translation.code for translation in self.translations.values()))

    @property
    def shown(self) -> CodeTexts:
        """What is said of it in the current language, as in the codebook where that has no translation."""
        own = CodeTexts(self.code, self.definition, self.include, self.exclude)
        translation = self.translations.get(current_language())
        return own if translation is None else translation.texts(own)

    @property
    def is_defined(self) -> bool:
        """Whether it has a definition or inclusion criteria."""
        return bool(self.definition.strip() or self.include.strip())
