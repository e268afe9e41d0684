"""Coverage-guided fuzzing of a reader with atheris: inputs that reach new lines of ours, or of PyYAML, are kept.

Without atheris (`pip install atheris`), inputs are changed at random instead, by `benchmarks.fuzz_readers`.

Example: python -m benchmarks.guided_fuzzing --only codebook.yaml --seconds 120
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any

_INSTRUMENTED = ["classifier", "yaml"]


def main() -> None:
    """Read the options, fuzz one kind of file, and keep what ends in anything but outcomes or an error of ours."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.guided_fuzzing", description=(__doc__ or "").split("\n\n")[0]
    )
    parser.add_argument("--only", default="codebook.yaml", help="a kind of `benchmarks.fuzz_readers`")
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=Path("fuzz-findings"), help="where inputs with a finding are put")
    options = parser.parse_args()
    try:
        atheris = import_module("atheris")
    except ImportError:
        print("atheris is not installed; inputs are changed at random", file=sys.stderr)
        import_module("benchmarks.fuzz_readers").main()
        return
    with atheris.instrument_imports(include=_INSTRUMENTED):
        readers = import_module("benchmarks.fuzz_readers")
        import_module("classifier.codebook.schema")
    _fuzz(atheris, readers, options)


def _fuzz(atheris: Any, readers: Any, options: argparse.Namespace) -> None:  # noqa: ANN401 - modules
    found: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        folder, corpus = Path(name), Path(name) / "corpus"
        corpus.mkdir()
        (corpus / "seed").write_bytes(readers.seeds(folder)[options.only])
        path = folder / options.only

        def read(content: bytes) -> None:
            path.write_bytes(content)
            result = readers.read_one(str(path))
            found[result] += 1
            if result not in ("read", "error of ours") and found[result] <= 3:
                options.keep.mkdir(exist_ok=True)
                label = "".join(character if character.isalnum() else "_" for character in result)
                (options.keep / f"{label}-{found[result]}-{options.only}").write_bytes(content)
                print(f"found: {result}", flush=True)

        limits = [f"-max_total_time={options.seconds}", f"-seed={options.seed}", "-timeout=60", "-rss_limit_mb=2048"]
        atheris.Setup([sys.argv[0], *limits, "-max_len=20000", str(corpus)], read)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
