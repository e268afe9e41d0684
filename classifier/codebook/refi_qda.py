"""REFI-QDA codebooks (.qdc), as NVivo, ATLAS.ti and MAXQDA export them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree
from xml.parsers import expat

from classifier.codebook.table import FoundCodebook, field_name
from classifier.errors import CodebookError
from classifier.limits import DEEPEST_QDC, MIB, MOST_QDC_MIB


def read_qdc(path: Path) -> FoundCodebook:
    """Read the codes of a .qdc file: a code with codes below it is a field, and those below it are its codes."""
    root = _parsed(path)
    top = [code for codes in root.iter() if _tag(codes) == "Codes" for code in codes if _tag(code) == "Code"]
    if not top:
        raise CodebookError(path.name, ["it holds no codes; export the codebook (.qdc) again"])
    parents = [code for code in top if _children(code)]
    alone = [code for code in top if code not in parents]
    fields = [(_name(parent), list(_below(parent))) for parent in parents]
    if alone:
        fields.append(
            (path.stem if not parents else "Other codes", [(_name(code), _description(code)) for code in alone])
        )
    notes = [*_notes(path, parents, alone)]
    content = [
        {
            "name": field_name(name),
            "column": name,
            "kind": "single",
            "codes": [
                {"code": code} | ({"definition": definition} if definition else {}) for code, definition in codes
            ],
        }
        for name, codes in fields
    ]
    places: dict[tuple[int, ...], str] = {(place,): f"code {name!r}" for place, (name, _) in enumerate(fields)}
    return FoundCodebook(content={"fields": content}, places=places, notes=tuple(notes))


def _notes(path: Path, parents: list[ElementTree.Element], alone: list[ElementTree.Element]) -> Iterator[str]:
    coded = [_name(parent) for parent in parents if parent.get("isCodable", "true").lower() == "true"]
    if parents:
        yield f"codes with others below them are read as fields: {', '.join(repr(_name(parent)) for parent in parents)}"
    if coded:
        yield f"{', '.join(map(repr, coded))}: can be given to a text there, but is not read as a code"
    if alone and parents:
        message = ", ".join(repr(_name(code)) for code in alone)
        yield f"{message}: under no other code; read as codes of a field 'Other codes'"
    elif alone:
        yield f"no code is under another one; all are read as codes of one field, {path.stem!r}"
    yield "all fields are read as `single`; write `kind: multiple` where an outcome may have several"
    yield "a field's codes are looked for under a column of its name; else correct `column`"


def _parsed(path: Path) -> ElementTree.Element:
    try:
        is_too_large = path.stat().st_size > MOST_QDC_MIB * MIB
        content = b"" if is_too_large else path.read_bytes()
    except OSError as error:
        raise CodebookError(str(path), ["the file can't be read; check the name and your permissions"]) from error
    if is_too_large:
        raise CodebookError(path.name, [f"it is larger than {MOST_QDC_MIB} MiB, which no codebook is"])
    try:
        _refuse_definitions(content, path.name)
        return ElementTree.fromstring(content)
    except (ElementTree.ParseError, expat.ExpatError, LookupError, ValueError) as error:
        raise CodebookError(path.name, [f"is not XML ({error}); export the codebook (.qdc) again"]) from error


def _refuse_definitions(content: bytes, name: str) -> None:
    """Refuse a document type: it may define texts that grow without end, or that are read from other files."""
    depth = 0

    def refuse(*_: object) -> None:
        raise CodebookError(name, ["it has a document type (DOCTYPE), which no codebook needs; it is not read"])

    def enter(*_: object) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST_QDC:
            raise CodebookError(name, ["its codes are nested too deeply"])

    def leave(*_: object) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = enter
    parser.EndElementHandler = leave
    parser.Parse(content, True)


def _below(parent: ElementTree.Element) -> Iterator[tuple[str, str]]:
    """Yield the codes below one, by name and description; those that only hold others are left out."""
    for code in _children(parent):
        if not _children(code) or code.get("isCodable", "true").lower() == "true":
            yield _name(code), _description(code)
        yield from _below(code)


def _children(parent: ElementTree.Element) -> list[ElementTree.Element]:
    return [child for child in parent if _tag(child) == "Code"]


def _name(code: ElementTree.Element) -> str:
    return " ".join(code.get("name", "").split())


def _description(code: ElementTree.Element) -> str:
    descriptions = (" ".join("".join(child.itertext()).split()) for child in code if _tag(child) == "Description")
    return next(descriptions, "")


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
