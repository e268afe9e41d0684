"""Make the examples, figures and pictures of the documents from the sample and the model that ship.

``python -m docs.make`` makes those that need no training, in a minute or two; ``--all`` also the figures, with a
picture of the report, and the learning curve, for which models are trained anew (some 20 minutes on two processor
cores); names make just those.
Needed are LibreOffice, pdftoppm and Chromium.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from classifier.model.storage import load_model, save_model
from docs import commands, figures, pictures, readme
from docs.sources import MADE_FROM, ROOT, keep_sources

__all__ = ["main"]

_SAMPLE = ROOT / "models" / "sample"
_QUICK: Mapping[str, Callable[[], None]] = {
    "explain": lambda: readme.put_block("explain", readme.example_of_explain()),
    "python": lambda: readme.put_block("python", readme.example_of_python()),
    "workbook": pictures.picture_of_workbook,
    "review": pictures.picture_of_review,
    "start": pictures.pictures_of_start,
    "progress": pictures.picture_of_progress,
    "commands": commands.write_commands_page,
    "card": lambda: save_model(load_model(_SAMPLE), _SAMPLE, replace=True),  # all but the card stays as it is
}


def main(arguments: Sequence[str]) -> None:
    """Make what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m docs.make", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"one of {', '.join(MADE_FROM)}")
    parser.add_argument("--all", action="store_true", help="also what models are trained anew for")
    given = parser.parse_args(arguments)
    unknown = sorted(set(given.parts) - set(MADE_FROM))
    if unknown:
        parser.error(f"there is no part {unknown[0]!r}; there are {', '.join(MADE_FROM)}")
    for part in given.parts or (MADE_FROM if given.all else _QUICK):
        print(f"Making {part} …", flush=True)
        (_QUICK.get(part) or _SLOW[part])()
        keep_sources([part])


def _make_figures() -> None:
    with tempfile.TemporaryDirectory(prefix="outcome-coder-") as folder:
        names = ("test", "held_out", "partners")
        figures.keep_figures({name: figures.make_report(name, Path(folder) / name) for name in names})
        pictures.picture_of_report(Path(folder) / "held_out")
    readme.put_block("agreement", figures.agreement_block(figures.kept_figures()))
    readme.put_block("routes", figures.routes_block(figures.kept_figures()))


_SLOW: Mapping[str, Callable[[], None]] = {
    "figures": _make_figures,
    "curve": pictures.picture_of_curve,
}

if __name__ == "__main__":
    main(sys.argv[1:])
