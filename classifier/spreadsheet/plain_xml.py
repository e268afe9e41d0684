"""XML from elsewhere, read without a document type, which may define texts that grow without end or come from files."""

from __future__ import annotations

from enum import StrEnum
from xml.etree import ElementTree
from xml.parsers import expat


class XmlProblem(StrEnum):
    """Why XML is not read."""

    DOCTYPE = "it has a document type (DOCTYPE)"
    DEPTH = "its elements are nested too deeply"
    SYNTAX = "it is not XML"


class XmlError(ValueError):
    """XML that is not read; the message says where, as far as that is known."""

    def __init__(self, problem: XmlProblem, message: str = "") -> None:
        super().__init__(message or str(problem))
        self.problem = problem


def parse_xml(content: bytes, *, deepest: int) -> ElementTree.Element:
    """Return the root of XML without a document type and with elements nested `deepest` times at most.

    Raises
    ------
    XmlError
        If it is anything else.

    Examples
    --------
    >>> parse_xml(b"<Codes><Code name='Local'/></Codes>", deepest=5)[0].get("name")
    'Local'
    """
    try:
        _check(content, deepest)
        return ElementTree.fromstring(content)
    except XmlError:
        raise
    except (ElementTree.ParseError, expat.ExpatError, LookupError, ValueError) as error:
        raise XmlError(XmlProblem.SYNTAX, str(error)) from error


def local_name(element: ElementTree.Element) -> str:
    """Return the name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def _check(content: bytes, deepest: int) -> None:
    depth = 0

    def refuse(*_: object) -> None:
        raise XmlError(XmlProblem.DOCTYPE)

    def enter(*_: object) -> None:
        nonlocal depth
        depth += 1
        if depth > deepest:
            raise XmlError(XmlProblem.DEPTH)

    def leave(*_: object) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = enter
    parser.EndElementHandler = leave
    parser.Parse(content, True)
