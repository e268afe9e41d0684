"""Question and answer of a tick column: what its name asks, and of which fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from classifier.codebook.schema import CodeField
from classifier.codebook.tick_columns import split_tick
from classifier.spelling import label_key


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedTick:
    """What the name of a column that may say yes or no asks: the fields that have its question, and the answer."""

    fields: tuple[CodeField, ...]
    answer: str

    @property
    def field(self) -> CodeField | None:
        """The field; None where several have the question."""
        return self.fields[0] if len(self.fields) == 1 else None

    @property
    def is_code(self) -> bool:
        """Whether the answer is a code of one of the fields."""
        return any(field.find(self.answer) is not None for field in self.fields)


def find_tick(name: str, questions: Mapping[str, tuple[CodeField, ...]]) -> AskedTick | None:
    """Return what the name of a column asks, split so that its answer is a code where it can be.

    Examples
    --------
    >>> who = CodeField(name="who", column="Actor", kind="multiple", codes=[{"code": "Men/boys"}])
    >>> found = find_tick("Actor/Men/boys", questions_of([who]))
    >>> found.answer, found.is_code
    ('Men/boys', True)
    """
    asked = [
        AskedTick(fields=fields, answer=answer)
        for _, question, answer in split_tick(name)
        if (fields := questions.get(label_key(question)))
    ]
    return next((one for one in asked if one.is_code), asked[0] if asked else None)


def questions_of(fields: Iterable[CodeField]) -> dict[str, tuple[CodeField, ...]]:
    """Return fields by what a form may call their question, as `label_key` has it.

    What is the name of a column or field is no question of another one, unless both have it as their question. Several
    may have the same question.
    """
    fields = tuple(fields)
    questions: dict[str, tuple[CodeField, ...]] = {}
    for names_of in (_columns_of, _name_of, _questions_of):
        found: dict[str, tuple[CodeField, ...]] = {}
        for field in fields:
            for key in dict.fromkeys(map(label_key, filter(str.strip, names_of(field)))):
                found[key] = (*found.get(key, ()), field)
        shared = {key: asked for key, asked in found.items() if set(questions.get(key, ())) < set(asked)}
        questions = found | questions | shared
    return questions


def _columns_of(field: CodeField) -> tuple[str, ...]:
    return field.columns


def _name_of(field: CodeField) -> tuple[str, ...]:
    return (field.name,)


def _questions_of(field: CodeField) -> tuple[str, ...]:
    return (field.question, *(translation.question for translation in field.translations.values()))
