"""A project of three outcomes that Ana visits; modules with other projects have fixtures of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from classifier.review.context import PageContext
from tests.support.visiting import Visitor, open_project_of, page_context_of


@pytest.fixture
def page_context(tmp_path: Path) -> Iterator[PageContext]:
    """Return the context of a project of three outcomes, without a model."""
    context = page_context_of(tmp_path, "SCC-LPC/001", "SCC-LPC/002", "SCC-LPC/003")
    yield context
    open_project_of(context).project.journal.close()


@pytest.fixture
def ana(page_context: PageContext) -> Visitor:
    """Return Ana, who came in by a link of her own."""
    return Visitor(page_context)
