"""Fuzzing of everything that reads files from elsewhere: `python -m benchmarks.fuzz_readers --seconds 300`.

Small files of every kind are changed (bits flipped, parts cut, doubled and exchanged, numbers made huge; the parts of
workbooks, and values of JSON and YAML, too) and read. Each input is read in a child process under the limits of
`classifier.limits`, but by the readers themselves, so that an error that nobody foresaw isn't hidden by the process
that reads files. Inputs that end in anything but outcomes or an error of ours are kept in a folder, by their result.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import random
import shutil
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from classifier import sample_files
from classifier.child_process import StoppedError, run_in_child
from classifier.codebook.schema import Codebook
from classifier.errors import OutcomeCoderError
from classifier.harvest.reading import read_harvest
from classifier.spreadsheet.copying import load_whole
from classifier.spreadsheet.file_reader import read_file
from classifier.spreadsheet.sheet_exchange import sheet_as_plain
from tests.support.codebooks import CODEBOOK_YAML
from tests.support.spreadsheet_files import write_binary_workbook, write_opendocument
from tests.support.workbooks import write_sheets

_DATA = Path(__file__).parents[1] / "tests" / "data"
_MOST_SECONDS = 30
_OF_A_MODEL = ("manifest.json", "heads.npz")  # read in this process, as they are by the program
_ROWS: list[list[object]] = [
    ["FragmentID", "Outcome description", "Year", "Scale"],
    ["SCC-LPC/035", "The council of Lira passed a by-law on land.", 2024, "Local"],
    ["SCC-LPC/036", "Two newspapers apologised to the women's league.", 2023, "National"],
]
_HOSTILE = [b"", b"\0", b"\xff\xfe", b"&#0;", b'"', b"<", b">", b"[" * 300, b"{" * 300, b"&a ", b"*a", b"\xed\xa0\x80"]
_NUMBERS = ["0", "-1", "1e999", "NaN", "1048576", "16384", "2147483648", "9" * 25, "9" * 5000]
_QDC = """<?xml version="1.0"?><CodeBook xmlns="urn:QDA-XML:codebook:1.0"><Codes><Code name="Scale" isCodable="false">
<Code name="Local"><Description>Of a place</Description></Code><Code name="National"/></Code></Codes></CodeBook>"""


def seeds(folder: Path) -> dict[str, bytes]:
    """Return a small file of each kind, by what is read of it."""
    write_sheets(folder / "a.xlsx", {"Outcomes": _ROWS, "Notes": [["checked", True, 0.5]]})
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    rows = ("".join(map(cell.format, row)) for row in _ROWS)
    write_opendocument(folder / "a.ods", "".join(f"<table:table-row>{row}</table:table-row>" for row in rows))
    write_binary_workbook(folder / "a.xlsb", [[str(cell) for cell in row] for row in _ROWS])
    records = [dict(zip(map(str, _ROWS[0]), row, strict=True)) for row in _ROWS[1:]]
    table = "\n".join(",".join(map(str, row)) for row in _ROWS)
    heads = sample_files.models_folder() / "sample"
    return {
        "harvest.xlsx": (folder / "a.xlsx").read_bytes(),
        "copy.xlsx": (folder / "a.xlsx").read_bytes(),
        "harvest.ods": (folder / "a.ods").read_bytes(),
        "harvest.xlsb": (folder / "a.xlsb").read_bytes(),
        "harvest.xls": (_DATA / "old_workbook.xls").read_bytes(),
        "harvest.csv": table.encode(),
        "harvest.json": json.dumps(records).encode(),
        "harvest.jsonl": "\n".join(json.dumps(one) for one in records).encode(),
        "harvest.txt": "\n\n".join(f"**{k}**: {v}" for one in records for k, v in one.items()).encode(),
        "codebook.yaml": CODEBOOK_YAML.encode(),
        "codebook.csv": b"Field,Code,Definition\nScale,Local,Of a place\nScale,National,Of a country\n",
        "codebook.qdc": _QDC.encode(),
        "manifest.json": (heads / "manifest.json").read_bytes(),
        "heads.npz": (heads / "heads.npz").read_bytes(),
    }


# Changes


def change(content: bytes, lot: random.Random) -> bytes:
    """Change some bytes at random places."""
    changed = bytearray(content)
    for _ in range(lot.choice([1, 1, 2, 4, 16])):
        place = lot.randrange(len(changed) + 1)
        end = min(place + lot.choice([1, 2, 8, 64]), len(changed))
        match lot.randrange(7):
            case 0 if place < len(changed):
                changed[place] ^= 1 << lot.randrange(8)
            case 1:
                del changed[place:end]
            case 2:
                del changed[place:]
            case 3:
                changed[place:place] = changed[place:end] * lot.choice([2, 30, 1000])
            case 4:
                other = lot.randrange(len(changed) + 1)
                changed[place:end] = changed[other : other + end - place]
            case 5:
                changed[place:end] = lot.choice(_HOSTILE)
            case _:
                changed = bytearray(_with_number(bytes(changed), lot))
    return bytes(changed)


def _with_number(content: bytes, lot: random.Random) -> bytes:
    places = [place for place, byte in enumerate(content[:20_000]) if byte in b"0123456789"]
    if not places:
        return content
    place = lot.choice(places)
    return content[:place] + lot.choice(_NUMBERS).encode() + content[place + 1 :]


def change_part(content: bytes, lot: random.Random) -> bytes:
    """Change a part of a package, which stays one; or leave it out, or double it."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as parts, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as package:
        names = parts.namelist()
        torn = lot.choice(names)
        for name in names:
            part = parts.read(name)
            if name != torn:
                package.writestr(name, part)
            elif (way := lot.randrange(8)) == 0:
                package.writestr(name, parts.read(lot.choice(names)))
            elif way > 1:
                package.writestr(name, change(part, lot))
    return written.getvalue()


def change_value(content: bytes, lot: random.Random) -> bytes:
    """Change a value of a JSON document, which stays one."""
    tree = json.loads(content)
    inner: Any = tree
    holder: list[tuple[Any, Any]] = []
    while isinstance(inner, (dict, list)) and inner and (len(holder) < 1 or lot.random() < 0.8):
        key = lot.choice(list(inner)) if isinstance(inner, dict) else lot.randrange(len(inner))
        holder.append((inner, key))
        inner = inner[key]
    odd: list[object] = [
        None,
        True,
        -1,
        10**400,
        float("nan"),
        "",
        "\ud800",
        "x" * 100_000,
        [],
        {},
        [[]] * 1000,
        {"a": {"b": [1]}},
    ]
    if holder:
        inside, key = holder[-1]
        inside[key] = lot.choice([*odd, inner, [inner] * 50])
    return json.dumps(tree).encode("utf-8", "surrogatepass")


def mutated(name: str, content: bytes, lot: random.Random) -> bytes:
    """Change a seed in one of the ways that its kind has."""
    try:
        if content.startswith(b"PK") and lot.random() < 0.8:
            return change_part(content, lot)
        if name.endswith(".json") and lot.random() < 0.5:
            return change_value(content, lot)
    except (ValueError, zipfile.BadZipFile):
        pass
    return change(content, lot)


# What becomes of them


def read_one(path_as_text: str) -> str:
    """Read a file by its name, in the child process; return what came of it."""
    path = Path(path_as_text)
    try:
        _reader_of(path.name)(path)
    except OutcomeCoderError:
        return "error of ours"
    except MemoryError:
        raise
    except BaseException as error:
        return f"{type(error).__name__} in {_place_of(error)}"
    return "read"


def _reader_of(name: str) -> Callable[[Path], object]:
    if name.startswith("copy"):
        return _load_copy
    if name.startswith("codebook"):
        return Codebook.read if name.endswith(".csv") else Codebook.read_own
    if name in _OF_A_MODEL:
        from classifier.model.storage import load_model  # which takes seconds to import

        return lambda path: load_model(path.parent)
    return _read_harvest


def _read_harvest(path: Path) -> None:
    json.dumps([sheet_as_plain(sheet) for sheet in read_file(path)])
    read_harvest(path, codebook=Codebook.parse(CODEBOOK_YAML))


def _load_copy(path: Path) -> None:
    try:
        load_whole(path)
    except MemoryError:
        raise
    except Exception as error:  # each of them is refused by name; see `classifier.spreadsheet.copy_trial`
        raise OutcomeCoderError(str(error)) from error


def _place_of(error: BaseException) -> str:
    trace, place = error.__traceback__, "?"
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if "classifier" in file.parts:
            place = f"{file.name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def write_input(folder: Path, name: str, content: bytes) -> Path:
    """Write an input; one that is a part of a model, into a copy of the sample model with sums that are right."""
    if name not in _OF_A_MODEL:
        (folder / name).write_bytes(content)
        return folder / name
    folder = folder / "model"
    folder.mkdir(exist_ok=True)
    for part in (sample_files.models_folder() / "sample").iterdir():
        shutil.copy(part, folder / part.name)
    (folder / name).chmod(0o600)
    (folder / name).write_bytes(content)
    names = ("manifest.json", "codebook.yaml", "heads.npz", "MODEL_CARD.md")
    sums = "".join(f"{hashlib.sha256((folder / part).read_bytes()).hexdigest()}  {part}\n" for part in names)
    (folder / "SHA256SUMS").chmod(0o600)
    (folder / "SHA256SUMS").write_text(sums, encoding="utf-8")
    return folder / name


def main() -> None:
    """Read the options, fuzz, and print counts by result."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz_readers", description=__doc__)
    parser.add_argument("--seconds", type=float, default=300.0, help="how long, all kinds together")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="kinds whose name begins so")
    parser.add_argument("--keep", type=Path, default=Path("fuzz-findings"), help="where inputs with a finding are put")
    options = parser.parse_args()
    lot = random.Random(options.seed)
    results: dict[str, Counter[str]] = {}
    slowest: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        known = {name: seed for name, seed in seeds(Path(folder)).items() if name.startswith(options.only)}
        until = time.monotonic() + options.seconds
        while time.monotonic() < until:
            name = lot.choice(list(known))
            content = mutated(name, known[name], lot)
            path = write_input(Path(folder), name, content)
            start = time.monotonic()
            try:
                result = (
                    read_one(str(path))
                    if name in _OF_A_MODEL
                    else str(run_in_child("benchmarks.fuzz_readers:read_one", str(path), n_seconds=_MOST_SECONDS))
                )
            except StoppedError as stopped:
                result = f"stopped: {stopped.reason.name}"
            slowest[name] = max(slowest.get(name, 0.0), time.monotonic() - start)
            results.setdefault(name, Counter())[result] += 1
            if result not in ("read", "error of ours"):
                options.keep.mkdir(exist_ok=True)
                number = results[name][result]
                if number <= 3:
                    label = "".join(sign if sign.isalnum() else "_" for sign in result)
                    (options.keep / f"{label}-{number}-{name}").write_bytes(content)
    _print(results, slowest)


def _print(results: Mapping[str, Counter[str]], slowest: Mapping[str, float]) -> None:
    for name, counts in sorted(results.items()):
        told = ", ".join(f"{result} {count}" for result, count in counts.most_common())
        print(f"{name}: {counts.total()} inputs, slowest {slowest[name]:.1f} s: {told}")
    print(f"in all: {sum(counts.total() for counts in results.values())} inputs")


if __name__ == "__main__":
    main()
