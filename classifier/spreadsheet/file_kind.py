"""File kind, detected by content."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from classifier.languages import Message, lazy_gettext, marked

READABLE = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".csv", ".tsv", ".json", ".jsonl", ".txt", ".md", ".qdpx")

_RESAVE = lazy_gettext("open it in your spreadsheet program and save it as .xlsx")
_PASSWORD = lazy_gettext("open it in your spreadsheet program and save it as .xlsx without a password")
_EXPORT = lazy_gettext("give a table or workbook, such as .xlsx or .csv")
_UNPACK = lazy_gettext("uncompress it first, and give the file in it")


class FileKind(StrEnum):
    """Kind of file that can be read; the value is its name in messages."""

    XLSX = marked("an Excel workbook (.xlsx)")
    XLSB = marked("a binary Excel workbook (.xlsb)")
    XLS = marked("an old Excel workbook (.xls)")
    ODS = marked("an OpenDocument spreadsheet (.ods)")
    QDPX = marked("a REFI-QDA project (.qdpx)")
    TEXT = marked("text")

    def as_message(self) -> Message:
        """Return its name, translated where it is shown."""
        return lazy_gettext(str(self))

    @property
    def is_workbook(self) -> bool:
        """Whether it has sheets."""
        return self not in (FileKind.QDPX, FileKind.TEXT)

    @property
    def endings(self) -> tuple[str, ...]:
        """File name extensions."""
        return _ENDINGS[self]


_ENDINGS = {
    FileKind.XLSX: (".xlsx", ".xlsm"),
    FileKind.XLSB: (".xlsb",),
    FileKind.XLS: (".xls",),
    FileKind.ODS: (".ods",),
    FileKind.QDPX: (".qdpx",),
    FileKind.TEXT: (".csv", ".tsv", ".json", ".jsonl", ".txt", ".md"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKind:
    """Kind of file that can't be read: what it is, and what to do about it."""

    what: str
    remedy: str


_DAMAGED = ForeignKind(
    what=lazy_gettext("the workbook is damaged, or only a part of it was downloaded"),
    remedy=lazy_gettext("save it again as .xlsx"),
)
_SIGNATURES = (
    (b"%PDF-", ForeignKind(what=lazy_gettext("this is a PDF document"), remedy=_EXPORT)),
    (b"{\\rtf", ForeignKind(what=lazy_gettext("this is a text document (.rtf)"), remedy=_EXPORT)),
    (b"\x1f\x8b", ForeignKind(what=lazy_gettext("this is a compressed file (.gz)"), remedy=_UNPACK)),
    (b"BZh", ForeignKind(what=lazy_gettext("this is a compressed file (.bz2)"), remedy=_UNPACK)),
    (b"\xfd7zXZ\0", ForeignKind(what=lazy_gettext("this is a compressed file (.xz)"), remedy=_UNPACK)),
    (b"7z\xbc\xaf\x27\x1c", ForeignKind(what=lazy_gettext("this is a compressed file (.7z)"), remedy=_UNPACK)),
    (b"Rar!\x1a\x07", ForeignKind(what=lazy_gettext("this is a compressed file (.rar)"), remedy=_UNPACK)),
    (b"\x89PNG", ForeignKind(what=lazy_gettext("this is a picture (.png)"), remedy=_EXPORT)),
    (b"\xff\xd8\xff", ForeignKind(what=lazy_gettext("this is a picture (.jpg)"), remedy=_EXPORT)),
    (b"SQLite format 3\0", ForeignKind(what=lazy_gettext("this is a database (SQLite)"), remedy=_EXPORT)),
    (
        b"$FL2",
        ForeignKind(
            what=lazy_gettext("this is an SPSS data file (.sav)"),
            remedy=lazy_gettext("export it as .xlsx or .csv there"),
        ),
    ),
    (
        b"PAR1",
        ForeignKind(
            what=lazy_gettext("this is a data file (Parquet)"), remedy=lazy_gettext("save it as .csv or .xlsx")
        ),
    ),
)
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_OLD_STREAMS = re.compile(
    rb"\x09(?:\0\x04|\x02\x06|\x04\x06|\x08\x08)\0"
)  # begins a workbook of Excel 2 to 5, unwrapped
_MARK = re.compile(rb"(?:\xef\xbb\xbf)?\s*")
_WEB = re.compile(rb"<(?:!doctype\s+html|html|head|body|table|meta|style|!--\[if)\b", re.IGNORECASE)
_XML_SHEET = re.compile(rb"urn:schemas-microsoft-com:office:spreadsheet|progid=.Excel\.Sheet")
_FLAT_DOCUMENT = b"urn:oasis:names:tc:opendocument:xmlns:office"
_PROJECT = "project.qde"
_FIELDS = re.compile(rb"^(?:\xef\xbb\xbf)?fields\s*:", re.MULTILINE)
_CODEBOOKS = {".yaml": _FIELDS, ".yml": _FIELDS, ".qdc": re.compile(rb"<(?:\w+:)?CodeBook\b")}
_LOOKED_AT = 4096


def kind_of(content: bytes) -> FileKind | ForeignKind:
    """Detect the kind of a file by its content.

    Whatever has no signature that we know is taken for text, which it may turn out not to be.

    Examples
    --------
    >>> kind_of(b"FragmentID,Story") is FileKind.TEXT
    True
    >>> kind_of(b"%PDF-1.7").what
    'this is a PDF document'
    """
    if content.startswith(b"PK\x03\x04") or content.startswith(b"PK\x05\x06"):
        return _packed_kind(content)
    if content.startswith(_OLE):
        return _wrapped_kind(content)
    for signature, kind in _SIGNATURES:
        if content.startswith(signature):
            return kind
    if _OLD_STREAMS.match(content):
        return ForeignKind(what=lazy_gettext("this is a workbook of Excel 5 or older"), remedy=_RESAVE)
    return _marked_up_kind(content[:_LOOKED_AT]) or FileKind.TEXT


def is_codebook(path: Path) -> bool:
    """Whether a file is a codebook in YAML or REFI-QDA (.qdc), which is given where a table is read.

    Examples
    --------
    >>> from classifier.sample_files import codebook_path
    >>> is_codebook(codebook_path())
    True
    """
    suffix = path.suffix.lower()
    if suffix not in _CODEBOOKS or not path.is_file():
        return False
    with path.open("rb") as file:
        return _CODEBOOKS[suffix].search(file.read(_LOOKED_AT)) is not None


def _packed_kind(content: bytes) -> FileKind | ForeignKind:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            names = {name.replace("\\", "/").casefold() for name in parts.namelist()}
            kind = _start_of(parts, "mimetype")
    except (zipfile.BadZipFile, OSError, EOFError, KeyError, ValueError, NotImplementedError, RuntimeError):
        return _DAMAGED
    if "xl/workbook.xml" in names:
        return FileKind.XLSX
    if "xl/workbook.bin" in names:
        return FileKind.XLSB
    if kind.startswith("application/vnd.oasis.opendocument.spreadsheet"):
        return FileKind.ODS
    if _PROJECT in names:
        return FileKind.QDPX
    if any(name.startswith("word/") for name in names) or kind.startswith("application/vnd.oasis.opendocument.text"):
        return ForeignKind(what=lazy_gettext("this is a text document (.docx or .odt)"), remedy=_EXPORT)
    if any(name.startswith("ppt/") for name in names):
        return ForeignKind(what=lazy_gettext("these are slides (.pptx)"), remedy=_EXPORT)
    if any(name.endswith(".iwa") or name == "index.zip" for name in names):
        return ForeignKind(
            what=lazy_gettext("this is a Numbers document"), remedy=lazy_gettext("export it as Excel from Numbers")
        )
    return ForeignKind(what=lazy_gettext("this is a compressed file (.zip), not a workbook"), remedy=_UNPACK)


def _start_of(parts: zipfile.ZipFile, name: str) -> str:
    if name not in parts.namelist():
        return ""
    with parts.open(name) as part:
        return part.read(_LOOKED_AT).decode("ascii", "replace")


def _wrapped_kind(content: bytes) -> FileKind | ForeignKind:
    def has(name: str) -> bool:
        return name.encode("utf-16-le") in content

    if has("EncryptedPackage"):
        return ForeignKind(what=lazy_gettext("the workbook is protected by a password"), remedy=_PASSWORD)
    if has("Workbook\0") or has("Book\0"):
        return FileKind.XLS
    if has("WordDocument"):
        return ForeignKind(what=lazy_gettext("this is a text document (.doc)"), remedy=_EXPORT)
    return ForeignKind(what=lazy_gettext("this is an Office file, but not a workbook"), remedy=_EXPORT)


def _marked_up_kind(start: bytes) -> ForeignKind | None:
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        start = start.replace(b"\0", b"")[2:]
    start = start[_MARK.match(start).end() :]  # type: ignore[union-attr]
    if _WEB.match(start):
        return ForeignKind(what=lazy_gettext("this is a web page (HTML), as some programs export"), remedy=_RESAVE)
    if start.startswith((b"MIME-Version:", b"From: <Saved by")):
        return ForeignKind(what=lazy_gettext("this is a web page (MHTML), as some programs export"), remedy=_RESAVE)
    if start.startswith(b"<"):
        if _XML_SHEET.search(start):
            return ForeignKind(what=lazy_gettext("this is a workbook in XML (Excel 2003)"), remedy=_RESAVE)
        if _FLAT_DOCUMENT in start:
            return ForeignKind(what=lazy_gettext("this is a flat OpenDocument file (.fods)"), remedy=_RESAVE)
        if re.search(rb"<html[\s>]", start, re.IGNORECASE):
            return ForeignKind(what=lazy_gettext("this is a web page (HTML), as some programs export"), remedy=_RESAVE)
        if start.startswith(b"<?xml"):
            return ForeignKind(what=lazy_gettext("this is an XML file"), remedy=_RESAVE)
    return None
