"""Parts that a codebook is made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from classifier.codebook.yaml_format import DoubleError, is_null, meaning_of, text_of
from classifier.control_characters import control_character_in, has_surrogate
from classifier.faults import shown
from classifier.languages import gettext, marked
from classifier.spelling import exact_key


def _as_names(value: object) -> object:
    return value if isinstance(value, list | tuple) or value is None else (value,)


def _printable(text: str) -> str:
    # What can't be written to a file is told with its line where YAML is read.
    if (character := control_character_in(text)) and not has_surrogate(text):
        what = gettext(
            "{text} has a control character ({character}); type it again without",
            text=shown(text),
            character=character,
        )
        raise ValueError(what)
    return text


def _filled(text: str) -> str:
    if not text.strip():
        raise ValueError(gettext("is empty; write a name"))
    return text


Text = Annotated[str, AfterValidator(_printable)]
Name = Annotated[Text, AfterValidator(_filled)]
Names = Annotated[tuple[Name, ...], BeforeValidator(_as_names), Field(min_length=1)]


class CodebookPart(BaseModel):
    """Base of all pieces of a codebook: immutable, and unknown keys are allowed."""

    model_config = ConfigDict(frozen=True, extra="allow", coerce_numbers_to_str=True)

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, content: object) -> object:
        """Read known keys as they are written, with nothing for `null`, and unknown keys as YAML means them."""
        if not isinstance(content, dict):
            return content
        known = cls.model_fields
        return {
            key: text_of(value) if key in known else meaning_of(value)
            for key, value in content.items()
            if key not in known or known[key].is_required() or not is_null(value)
        }


def refuse_doubles(what: str, labels: Sequence[tuple[str, str]]) -> None:
    """Refuse labels that are the same but for case, blanks and punctuation; `what` they are is a `marked` text."""
    owners: dict[str, str] = {}
    for owner, label in labels:
        first = owners.get(exact_key(label))
        if first is not None:
            if first == owner:
                text = marked("{what} {label!r} appears twice; case, blanks and punctuation don't count")
            else:
                text = marked(
                    "{what} {label!r} appears twice (of {first!r} and {owner!r}); case, blanks and punctuation don't "
                    "count"
                )
            message = gettext(text, what=gettext(what), label=label, first=first, owner=owner)
            raise DoubleError(message, label=label)
        owners[exact_key(label)] = owner
