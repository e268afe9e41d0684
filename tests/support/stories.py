"""Stories that several tests are told."""

from __future__ import annotations

from classifier.harvest.story import Story

__all__ = ["THREE_STORIES", "story"]


def story(description: str, rest: str = "") -> Story:
    """Tell a story of a description and a contribution."""
    return Story(parts={}, description=description, merged=f"{description}  Contribution of the programme: {rest}")


THREE_STORIES = (
    story("The council met.", "Training in advocacy."),
    story("The police withdrew.", "Legal aid."),
    story("The council met.", "Legal aid."),
)
