"""Check of a release: the source distribution and the wheel hold the files of the repository, and nothing else.

A harvest of one's own that lies in the folder would else be in what is published.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Collection, Iterator, Mapping
from email.parser import BytesParser
from pathlib import Path

from hatch_build import SHIPPED

ROOT = Path(__file__).resolve().parent
_NOT_IN_SDIST = (".ci/", ".github/")  # what only the host of the repository runs
_METADATA = ("METADATA", "PKG-INFO")


def tracked_files() -> frozenset[str]:
    """Return the files that git keeps, by their paths from the root."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return frozenset(name.decode() for name in listed.split(b"\0") if name)


def sdist_problems(path: Path, tracked: Collection[str]) -> Iterator[str]:
    """Yield what is wrong with a source distribution."""
    with tarfile.open(path) as archive:
        members = {
            member.name.partition("/")[2]: file.read() for member in archive if (file := archive.extractfile(member))
        }
    expected = {name: name for name in tracked if not name.startswith(_NOT_IN_SDIST)}
    yield from _problems(path.name, members, expected, ours=("PKG-INFO",))


def wheel_problems(path: Path, tracked: Collection[str]) -> Iterator[str]:
    """Yield what is wrong with a wheel."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    expected = {name: name for name in tracked if name.startswith("classifier/")}
    for source, place in SHIPPED.items():
        expected |= {
            f"{place}{name.removeprefix(source)}": name
            for name in tracked
            if name == source or name.startswith(f"{source}/")
        }
    about = next((name.partition("/")[0] for name in members if name.endswith(".dist-info/METADATA")), "")
    expected |= {f"{about}/licenses/{name}": name for name in ("LICENSE", "NOTICE")}
    ours = tuple(f"{about}/{name}" for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt"))
    yield from _problems(path.name, members, expected, ours=ours)


def _problems(
    archive: str, members: Mapping[str, bytes], expected: Mapping[str, str], *, ours: Collection[str]
) -> Iterator[str]:
    """Compare members with the files they are made from, and the metadata with pyproject.toml."""
    for name in sorted(set(members) - set(expected) - set(ours)):
        yield f"{archive}: holds {name}, which git doesn't keep; move it out of the folder, or have git ignore it"
    for name in sorted((set(expected) | set(ours)) - set(members)):
        yield f"{archive}: lacks {name}"
    for name in sorted(set(expected) & set(members)):
        if members[name] != (ROOT / expected[name]).read_bytes():
            yield f"{archive}: {name} differs from {expected[name]}; build it again"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for name in (name for name in ours if name.endswith(_METADATA) and name in members):
        version = BytesParser().parsebytes(members[name])["Version"]
        if version != project["version"]:
            yield f"{archive}: is of version {version}, and pyproject.toml of {project['version']}"


def main(folder: Path) -> int:
    """Check what is in a folder, and write the hashes of a release in which nothing is wrong beside it."""
    sdists, wheels = sorted(folder.glob("*.tar.gz")), sorted(folder.glob("*.whl"))
    if (len(sdists), len(wheels)) != (1, 1):
        print(f"{folder}: one .tar.gz and one .whl are expected, and there are {len(sdists)} and {len(wheels)}")
        return 1
    tracked = tracked_files()
    problems = [*sdist_problems(sdists[0], tracked), *wheel_problems(wheels[0], tracked)]
    print("\n".join(problems) or f"{sdists[0].name} and {wheels[0].name}: nothing but the files of the repository")
    if problems:
        return 1
    hashes = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in (*sdists, *wheels)]
    (folder / "SHA256SUMS").write_text("".join(hashes), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
