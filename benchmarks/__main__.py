"""Run the benchmarks; see benchmarks/README.md."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from benchmarks import coded_texts, sample, sdg, ukcat
from benchmarks.contenders import CONTENDERS, SETFIT, SETFIT_STEPS
from classifier import __version__

_NAMES = ("hrd", "ref", "sample", "sdg", "ukcat", "tags")
_LIBRARIES = ("numpy", "scikit-learn", "sentence-transformers", "torch", "setfit")
_INSTALL = "pip install '.[bench]'"


def main() -> int:
    """Read the options and run what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(_NAMES)}; by default all")
    parser.add_argument("--hrd", type=Path, help="the folder of HRDsAttack; see benchmarks/README.md")
    parser.add_argument("--ref", type=Path, help="the folder of the REF 2014 stories")
    parser.add_argument("--ukcat", type=Path, help="the folder that holds charities.csv; see benchmarks/README.md")
    options = parser.parse_args()
    if unknown := [name for name in options.names if name not in _NAMES]:
        parser.error(f"no benchmark {unknown[0]!r}; there are {', '.join(_NAMES)}")
    asked = options.names or _NAMES
    versions = ", ".join(
        f"{name} {version(name)}"
        for name in _LIBRARIES
        if find_spec({"scikit-learn": "sklearn"}.get(name, name.replace("-", "_")))
    )
    print(f"{os.cpu_count()} processors, Python {platform.python_version()}, outcome-coder {__version__}, {versions}")
    print(
        "Each contender runs in a process of its own that starts with nothing kept; time and memory are of all of it,\n"
        "loading libraries and encoder, training and coding. 95 % intervals in brackets. Differences: paired rows."
    )
    contenders = list(CONTENDERS)
    if find_spec("setfit"):
        print(f"{SETFIT} tunes its encoder for {SETFIT_STEPS} steps of 16 pairs; left to itself it would take hours.")
    else:
        contenders.remove(SETFIT)
        print(f"{SETFIT} is left out: it is not installed ({_INSTALL}).")
    for name, folder, compare in (
        ("hrd", options.hrd, coded_texts.articles),
        ("ref", options.ref, coded_texts.stories),
    ):
        if name in asked and folder is None:
            print(f"\n{name} is left out: say where the data is (make bench {name.upper()}=FOLDER).")
        elif name in asked:
            compare(folder, contenders)
    if "sample" in asked:
        sample.harvests(contenders)
    if "sdg" in asked and find_spec("sdgclassification"):
        sdg.goals(contenders)
    elif "sdg" in asked:
        print(f"\nsdg is left out: sdgclassification-benchmark is not installed ({_INSTALL}).")
    if options.ukcat is None and {"ukcat", "tags"} & set(asked):
        print(
            "\nukcat and tags are left out: say where the data is (make bench UKCAT=FOLDER; see benchmarks/README.md)."
        )
        return 0
    if "ukcat" in asked:
        ukcat.categories(options.ukcat, contenders)
    if "tags" in asked:
        ukcat.tags(options.ukcat, contenders)
    return 0


if __name__ == "__main__":
    sys.exit(main())
