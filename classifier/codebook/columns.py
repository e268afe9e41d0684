"""Columns of a harvest, and the parts of its story, as a codebook names them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, field_validator

from classifier.codebook.part import CodebookPart, Names, Text, refuse_doubles
from classifier.languages import gettext, marked


class UnknownConfidentiality(StrEnum):
    """What is done with outcomes that are not marked either way, as confidential or not."""

    INCLUDE = "include"
    LEAVE_OUT = "leave-out"


class StoryPart(CodebookPart):
    """A column that tells a part of the story, and the label it gets in the merged fragment."""

    column: Names
    label: Text = ""


class Columns(CodebookPart):
    """The columns of a harvest that are not code fields, by the owner's names unless mapped otherwise.

    Each may be one name or a list of names; the first found is used.
    """

    id: Names = ("FragmentID",)
    period: Names = ("OH-harvesting period",)
    country: Names = ("coutnry", "country")
    year: Names = ("Year",)
    confidential: Names = ("Outcome statements is CONFIDENTIAL",)
    negative: Names = ("Outcome is negative",)
    unintended: Names = ("The change was unintended",)
    merged: Names = ("StoryFragment_Merged",)
    parts: Annotated[tuple[StoryPart, ...], Field(min_length=1)] = (
        StoryPart(column=("Outcome description",)),
        StoryPart(column=("Significance of the outcome",), label="Significance description"),
        StoryPart(column=("Contribution of the programme",), label="Contribution of the programme"),
        StoryPart(column=("Additional information (use if needed) ",), label="Additional information"),
        StoryPart(
            column=("Contribution of other actors and factors",),
            label="Contribution of other actors and factors",
        ),
    )

    @field_validator("parts")
    @classmethod
    def _labelled(cls, parts: tuple[StoryPart, ...]) -> tuple[StoryPart, ...]:
        if unlabelled := [part.column[0] for part in parts[1:] if not part.label.strip()]:
            raise ValueError(
                gettext("part {part!r} needs a label; only the first part goes without", part=unlabelled[0])
            )
        refuse_doubles(marked("label"), [(part.column[0], part.label) for part in parts if part.label.strip()])
        return parts

    @property
    def story(self) -> tuple[str, ...]:
        """The names of the columns that tell the story."""
        return (*self.merged, *(name for part in self.parts for name in part.column))

    @property
    def description(self) -> StoryPart:
        """The part that says what changed: the first."""
        return self.parts[0]
