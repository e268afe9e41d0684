"""Writes workbooks of other kinds than .xlsx, as small as they can be."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path

__all__ = ["write_binary_workbook", "write_opendocument"]

_NAMESPACES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
)
_MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"


def write_opendocument(path: Path, table: str, *, encrypted: bool = False) -> Path:
    """Write an .ods with a sheet `Outcomes` that holds what is given as markup."""
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_NAMESPACES}><office:body>'
        f'<office:spreadsheet><table:table table:name="Outcomes">{table}</table:table></office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    manifest = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    secret = '<manifest:encryption-data manifest:checksum-type="SHA1/1K"/>' if encrypted else ""
    with zipfile.ZipFile(path, "w") as parts:
        parts.writestr("mimetype", _MIMETYPE)
        parts.writestr("content.xml", content)
        parts.writestr(
            "META-INF/manifest.xml",
            f'<manifest:manifest xmlns:manifest="{manifest}"><manifest:file-entry manifest:full-path="/" '
            f'manifest:media-type="{_MIMETYPE}"/>{secret}</manifest:manifest>',
        )
    return path


def _record(kind: int, content: bytes = b"") -> bytes:
    number = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size = len(content)
    digits = bytes([size]) if size < 128 else bytes([size & 0x7F | 0x80, size >> 7])
    return number + digits + content


def _text(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def write_binary_workbook(
    path: Path,
    rows: Sequence[Sequence[str | None]],
    *,
    hidden_row: int | None = None,
    hidden_column: int | None = None,
    far_row: int | None = None,
) -> Path:
    """Write an .xlsb with a sheet `Outcomes`; a cell that is None holds the error #N/A."""
    cells = []
    numbered = [*enumerate(rows), *([(far_row, ["x"])] if far_row else [])]
    for number, row in numbered:
        flags = 0x10 if number == hidden_row else 0
        cells.append(_record(0, struct.pack("<IIHBBBI", number, 0, 300, 0, flags, 0, 0)))
        for column, text in enumerate(row):
            place = struct.pack("<II", column, 0)
            cells.append(_record(3, place + b"\x2a") if text is None else _record(6, place + _text(text)))
    columns = b""
    if hidden_column is not None:
        columns = _record(60, struct.pack("<IIIIH", hidden_column, hidden_column, 2560, 0, 1))
    sheet = (
        _record(129)
        + _record(148, struct.pack("<IIII", 0, len(rows) - 1, 0, len(rows[0]) - 1))
        + (_record(390) + columns + _record(391) if columns else b"")
        + _record(145)
        + b"".join(cells)
        + _record(146)
        + _record(130)
    )
    workbook = (
        _record(131)
        + _record(143)
        + _record(156, struct.pack("<II", 0, 1) + _text("rId1") + _text("Outcomes"))
        + _record(144)
        + _record(132)
    )
    relations = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    with zipfile.ZipFile(path, "w") as parts:
        parts.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/></Types>',
        )
        parts.writestr(
            "_rels/.rels",
            relations.format(f'<Relationship Id="rId1" Type="{office}/officeDocument" Target="xl/workbook.bin"/>'),
        )
        parts.writestr("xl/workbook.bin", workbook)
        parts.writestr(
            "xl/_rels/workbook.bin.rels",
            relations.format(f'<Relationship Id="rId1" Type="{office}/worksheet" Target="worksheets/sheet1.bin"/>'),
        )
        parts.writestr("xl/worksheets/sheet1.bin", sheet)
    return path
