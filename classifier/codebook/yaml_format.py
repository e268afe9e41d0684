"""YAML of a codebook: scalars as written, and the line of each problem."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic_core import ErrorDetails

from classifier.control_characters import has_surrogate
from classifier.errors import CodebookError
from classifier.faults import shown
from classifier.languages import gettext, look_up, marked
from classifier.limits import MIB, MOST_CODEBOOK_MIB, MOST_NODES
from classifier.spelling import exact_key
from classifier.spreadsheet.file_kind import FileKind, ForeignKind, kind_of

_FIRST_KEYS = {
    **{"CodeField": "name", "Code": "code", "StoryPart": "column"},
    **{"CodeTranslation": "code", "FieldTranslation": "column"},
}
_OF_KEY = "[key]"  # ends the place of an error that is in a key and not in its value
_LONGEST_NUMBER = 100  # characters; one of base 60 takes hours when it is as long as a codebook may be
_NO_UTF_8 = marked("the file is not UTF-8 text; save it in the encoding UTF-8, or name a codebook in YAML")
_IN_PLAIN_WORDS = {
    "found unhashable key": marked(
        "a list, or what is in braces, is written as a key; write a name before the colon, in quotes where it has "
        "brackets or braces"
    )
}
# What PyYAML says of common faults, here to be translated.
_OF_PYYAML = (
    marked("mapping values are not allowed here"),
    marked("could not find expected ':'"),
    marked("found unexpected end of stream"),
    marked("found a tab character that violates indentation"),
    marked("sequence entries are not allowed here"),
    marked("alphabetic or numeric character"),
)
_EXPECTED = re.compile(r"expected (?P<wanted>.+), but (?P<verb>found|got) (?P<found>.+)")
_ALIAS = re.compile(r"found undefined alias (?P<alias>.+)")
_CHARACTER = re.compile(r"found character (?P<character>.+) that cannot start any token")
_OF_PYDANTIC = {"string_type": marked("input should be a valid string")}
_AS_WRITTEN = ("bool", "int", "float", "timestamp", "null")


class Written(str):
    """A bare word or number of a YAML document as it is written, with what YAML takes it for.

    Codes are names: 5.10 is not 5.1, nor 010 the number 8, nor `no` a truth value.
    """

    meaning: object


class DoubleError(ValueError):
    """Validation error for a label that appears twice, with the label so that its line can be named."""

    def __init__(self, message: str, *, label: str) -> None:
        super().__init__(message)
        self.label = label


class _TooManyNodesError(Exception):
    """A document holds more than a codebook does."""


class _Loader(yaml.SafeLoader):
    """Constructs bare words and numbers as `Written`, and counts."""

    n_nodes = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        self.n_nodes += 1
        if self.n_nodes > MOST_NODES:
            raise _TooManyNodesError
        return super().compose_node(parent, index)


def _construct_written(loader: _Loader, node: yaml.ScalarNode) -> Written:
    written = Written(node.value)
    construct = yaml.SafeLoader.yaml_constructors[node.tag]
    written.meaning = node.value
    if len(node.value) <= _LONGEST_NUMBER:
        with suppress(ValueError, OverflowError):  # a date that no calendar has
            written.meaning = construct(loader, node)
    return written


for _name in _AS_WRITTEN:
    _Loader.add_constructor(f"tag:yaml.org,2002:{_name}", _construct_written)


def text_of(value: Any) -> Any:  # noqa: ANN401 - mirrors a YAML document, which may hold anything
    """Return scalars as they are written, also those in lists; what has keys stays as it is."""
    if isinstance(value, list):
        return [text_of(item) for item in value]
    return str(value) if isinstance(value, Written) else value


def meaning_of(value: Any) -> Any:  # noqa: ANN401 - mirrors a YAML document, which may hold anything
    """Return what YAML takes a value for."""
    if isinstance(value, dict):
        return {meaning_of(key): meaning_of(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [meaning_of(item) for item in value]
    return value.meaning if isinstance(value, Written) else value


def is_null(value: object) -> bool:
    """Whether a value is written as YAML writes nothing: not at all, or as `null` or `~`."""
    return isinstance(value, Written) and value.meaning is None


def dump_yaml(content: object) -> str:
    """Write values as YAML that reads to the same, with quotes where they are needed."""
    return yaml.dump(_plain(content), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


def _plain(value: Any) -> Any:  # noqa: ANN401 - mirrors a YAML document, which may hold anything
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value


class _Dumper(yaml.SafeDumper):
    """Writes a line break that is all of a text as a person would, in quotes."""


def _represent_text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = '"' if text.isspace() and "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodebookText:
    """The content of a YAML document, and its position."""

    tree: yaml.Node
    content: Any
    problems: tuple[str, ...]  # what is to be corrected whatever the content means, each with its line

    def describe(self, found: list[ErrorDetails]) -> list[str]:
        """Describe validation errors with their lines."""
        return [_problem(self.tree, problem) for problem in root_causes(found)]


def text_of_file(path: Path) -> str:
    """Read the text of a file that should hold YAML."""
    try:
        if path.stat().st_size > MOST_CODEBOOK_MIB * MIB:
            raise CodebookError(
                path.name, [gettext("it has more than {most} MiB, which no codebook has", most=MOST_CODEBOOK_MIB)]
            )
        content = path.read_bytes()
    except OSError as error:
        raise CodebookError(str(path), [gettext("the file can't be read; name a codebook in YAML")]) from error
    if not content.strip():
        raise CodebookError(path.name, [gettext("the file is empty; save or copy it again, or give another file")])
    _refuse_other_kinds(path, content)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CodebookError(str(path), [gettext(_NO_UTF_8)]) from error
    if "\0" in text:  # as UTF-16 has beside every letter
        raise CodebookError(str(path), [gettext(_NO_UTF_8)])
    return text


def _refuse_other_kinds(path: Path, content: bytes) -> None:
    kind = kind_of(content)
    if isinstance(kind, ForeignKind):
        remedy = gettext("give a codebook in YAML, or a table or workbook of its codes")
        raise CodebookError(path.name, [gettext("{what}; {remedy}", what=kind.what, remedy=remedy)])
    if kind is not FileKind.TEXT:
        raise CodebookError(path.name, [gettext("it is {kind}; rename it with that ending", kind=kind.as_message())])


def read_yaml(text: str, *, source: str) -> CodebookText:
    """Read the YAML of a codebook."""
    try:
        loader = _Loader(text)
        tree = loader.get_single_node()
        if not isinstance(tree, yaml.MappingNode):
            problem = gettext("a codebook starts with `fields:`; this file has no keys")
            raise CodebookError(source, [_at_line(0, problem)])
        n_nodes, n_characters = _size(tree, {})
        if n_nodes > MOST_NODES:
            raise _TooManyNodesError
        if n_characters > MOST_CODEBOOK_MIB * MIB:
            message = gettext(
                "it has more than {most} MiB of text, that of an alias each time it is used", most=MOST_CODEBOOK_MIB
            )
            raise CodebookError(source, [message])
        problems = (*_double_keys(tree), *_half_signs(tree))
        content = loader.construct_document(tree)
    except _TooManyNodesError as error:
        message = gettext(
            "it holds more than {most} keys, values and items, those of an alias each time it is used", most=MOST_NODES
        )
        raise CodebookError(source, [message]) from error
    except RecursionError as error:
        raise CodebookError(source, [gettext("its lists are nested too deeply")]) from error
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        problem = _in_words(str(getattr(error, "problem", None) or error))
        raise CodebookError(source, [_at_line(mark.line, problem) if mark else problem]) from error
    return CodebookText(tree=tree, content=content, problems=problems)


def _in_words(problem: str) -> str:
    """Say in the current language what PyYAML says."""
    if found := _EXPECTED.fullmatch(problem):
        but_found = marked("expected {wanted}, but found {found}")
        text = but_found if found["verb"] == "found" else marked("expected {wanted}, but got {found}")
        return gettext(text, wanted=look_up(found["wanted"]), found=found["found"])
    if found := _ALIAS.fullmatch(problem):
        return gettext("found undefined alias {alias}", **found.groupdict())
    if found := _CHARACTER.fullmatch(problem):
        return gettext("found character {character} that cannot start any token", **found.groupdict())
    return look_up(_IN_PLAIN_WORDS.get(problem, problem))


def _at_line(line: int, problem: str) -> str:
    return gettext("line {line}: {problem}", line=str(line + 1), problem=problem)


def _size(node: yaml.Node, known: dict[int, tuple[int, int]]) -> tuple[int, int]:
    """Count the nodes below a node, and their characters, those behind an alias each time it is used."""
    if isinstance(node, yaml.ScalarNode):
        return 1, len(node.value)
    if id(node) not in known:
        known[id(node)] = MOST_NODES + 1, 0  # what holds itself has no end
        inner = node.value if isinstance(node, yaml.SequenceNode) else [child for pair in node.value for child in pair]
        sizes = [_size(child, known) for child in inner]
        known[id(node)] = 1 + sum(n_nodes for n_nodes, _ in sizes), sum(n_characters for _, n_characters in sizes)
    return known[id(node)]


def _double_keys(node: yaml.Node) -> Iterator[str]:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):  # another key is refused where the content is made
                if key.value in seen:
                    yield _at_line(key.start_mark.line, gettext("key {key!r} appears twice", key=key.value))
                seen.add(key.value)
            yield from _double_keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _double_keys(item)


def _half_signs(tree: yaml.Node) -> Iterator[str]:
    for node in _scalars(tree):
        if has_surrogate(node.value):
            problem = gettext("has half a character (such as {example}); write the character itself", example="\\uD83D")
            yield _at_line(node.start_mark.line, problem)


def root_causes(found: list[ErrorDetails]) -> list[ErrorDetails]:
    """Leave out faults that follow from another."""
    # A list whose items are all at fault is also reported as too short; the items say enough.
    return [
        problem
        for problem in found
        if problem["type"] != "too_short"
        or not any(other["loc"][: len(problem["loc"])] == problem["loc"] for other in found if other is not problem)
    ]


def _problem(tree: yaml.Node, found: ErrorDetails) -> str:
    node, name, steps = tree, "codebook", found["loc"]
    is_of_key = steps[-1:] == (_OF_KEY,)
    for step in steps[:-2] if is_of_key else steps:
        inner = _child(node, step)
        if inner is not None:
            node = inner
        if isinstance(step, str):
            name = step
    error = found.get("ctx", {}).get("error")
    if is_of_key and isinstance(node, yaml.MappingNode):
        node = next(key for key, _ in node.value if key.value == steps[-2])
    if isinstance(error, DoubleError):
        node = _last(node, error.label) or node
    return _at_line(node.start_mark.line, what_is_wrong(name, found))


def what_is_wrong(name: str, found: ErrorDetails) -> str:
    """Describe a validation error in plain words."""
    match found["type"]:
        case "missing":
            return gettext("{name!r} is missing", name=name)
        case "too_short":
            return gettext("{name} is empty; write at least one", name=name)
        case "value_error":
            what = str(found["ctx"]["error"])
        case "tuple_type":
            what = gettext("a list is expected; start each item below it with a dash")
        case "dict_type":
            what = gettext("languages are expected; write each with a colon, such as `fr:`, and its texts below it")
        case "model_type":
            key = _FIRST_KEYS.get(found["ctx"]["class_name"], "id")
            what = gettext("{input} has no key; write `{key}: …`", input=shown(str(found["input"])), key=key)
        case "literal_error" | "enum":
            expected = found["ctx"]["expected"].replace(" or ", f" {gettext('or')} ")
            what = gettext("input should be {expected}", expected=expected)
        case kind:
            what = look_up(_OF_PYDANTIC.get(kind, f"{found['msg'][0].lower()}{found['msg'][1:]}"))
    return gettext("{name}: {what}", name=name, what=what)


def _last(node: yaml.Node, label: str) -> yaml.Node | None:
    """Find the last position of a label below a node."""
    same = [scalar for scalar in _scalars(node) if exact_key(scalar.value) == exact_key(label)]
    return same[-1] if same else None


def _scalars(node: yaml.Node) -> Iterator[yaml.ScalarNode]:
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _scalars(item)
    elif isinstance(node, yaml.MappingNode):
        for _, value in node.value:
            yield from _scalars(value)


def _child(node: yaml.Node, step: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == step), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        item: yaml.Node = node.value[step]
        return item
    return None
