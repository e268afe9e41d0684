"""Processor seconds and memory of `suggest` on large harvests, stage by stage.

The memory of the largest is known sooner with `--copied`: codes are then suggested for the first outcomes only, and
for the others these suggestions are copied, each time anew.

The stories are halves of sentences of the sample harvests, put together at random. A cheap encoder takes the place of
those that ship, and goes by their names, hashes and dimensions, so that the rest can be measured in minutes; the time
of the encoders that ship is measured on a few outcomes, and given for all. Every run is a process. Linux only.

Example: python -m benchmarks.large_harvest 1000 5000
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import pickle
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache, wraps
from hashlib import blake2b
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from classifier import child_process
from classifier._types import FloatArray
from classifier.codebook.schema import sample_codebook
from classifier.features.embedding_cache import CachedEncoder, CachedEncoders, EmbeddingCache, default_cache_folder
from classifier.features.encoder import Tokens
from classifier.features.shipped_encoders import MULTILINGUAL_ENCODER, SHIPPED_ENCODERS, SMALL_ENCODER
from classifier.harvest.outcome import Outcome
from classifier.harvest.reading import read_harvest
from classifier.harvest.sentences import cut_story
from classifier.suggestion import suggest, workflow
from conftest import TrigramEncoder

_ROOT = Path(__file__).resolve().parents[1]
_SIZES = (1_000, 5_000, 20_000, 50_000)
_OUTPUTS = ("csv", "jsonl")
_SAMPLE = ("harvest_1", "harvest_2", "harvest_3_new")
_N_DIMENSIONS = {SMALL_ENCODER: 384, MULTILINGUAL_ENCODER: 512}
_N_EMBEDDED = 500  # outcomes by which the time of the encoders that ship is told
_N_COMPUTED = 1024  # outcomes that codes are suggested for, where they are copied for the others
_N_BUCKETS = 8192  # of words
_SEED = 1
_BATCHES = "suggesting"
_STAGES: tuple[tuple[str, ModuleType, str], ...] = (
    ("reading", workflow, "read_harvests"),
    (_BATCHES, suggest, "_suggest_batch"),
    ("near-duplicates", suggest, "_compare_outcomes"),
    ("comparison with training", suggest, "_compare_harvest"),
    ("writing", workflow, "write_suggestions"),
)


def main() -> None:
    """Measure each size and output, or, in a process of its own, one of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=_SIZES)
    parser.add_argument("--outputs", nargs="+", choices=_OUTPUTS, default=_OUTPUTS)
    parser.add_argument(
        "--copied", action="store_true", help=f"suggest for {_N_COMPUTED:,} outcomes, and copy the rest"
    )
    parser.add_argument("--no-encoders", action="store_true", help="leave out the encoders that ship")
    parser.add_argument("--run", nargs=2, type=Path, metavar=("HARVEST", "OUT"), help=argparse.SUPPRESS)
    parser.add_argument("--embed", nargs=2, metavar=("HARVEST", "OUTPUT"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.run:
        print(json.dumps(_run(*given.run, copied=given.copied)))
    elif given.embed:
        print(json.dumps(_embed(Path(given.embed[0]), given.embed[1])))
    else:
        more = ["--copied"] if given.copied else []
        _measure(given.sizes, given.outputs, more, with_encoders=not given.no_encoders)


def _measure(sizes: Sequence[int], outputs: Sequence[str], more: Sequence[str], *, with_encoders: bool) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        embedding = {}
        if with_encoders:
            few = write_harvest(folder / "few.csv", _N_EMBEDDED)
            embedding = {output: _answer("--embed", str(few), output) / _N_EMBEDDED for output in outputs}
            for output, seconds in embedding.items():
                print(
                    f"Embedding {_N_EMBEDDED} outcomes for .{output}: {seconds:.3f} processor seconds each", flush=True
                )
        print("\n| outcomes | to | stage | processor seconds | MiB at most |\n|---|---|---|---|---|")
        for size in sizes:
            harvest = write_harvest(folder / f"{size}.csv", size)
            for output in outputs:
                out = folder / f"{size}_suggestions.{output}"
                start = f"| {size:,} | .{output} |"
                for stage, (seconds, mebibytes) in _answer("--run", str(harvest), str(out), *more).items():
                    print(f"{start} {stage} | {seconds:.1f} | {mebibytes:.0f} |", flush=True)
                if output in embedding:
                    print(f"{start} embedding, by the figure above | {embedding[output] * size:.0f} | |", flush=True)
                out.unlink()
            harvest.unlink()


def _answer(*arguments: str) -> Any:  # noqa: ANN401 - what this module prints in another process
    with tempfile.TemporaryDirectory() as cache_folder:
        own = {"OMP_NUM_THREADS": "1", "OUTCOME_CODER_CACHE": cache_folder, "PYTHONPATH": str(_ROOT)}
        command = [sys.executable, "-m", "benchmarks.large_harvest", *arguments]
        ran = subprocess.run(command, env=os.environ | own, stdout=subprocess.PIPE, check=True, encoding="utf-8")
    return json.loads(ran.stdout)


# The harvest


def write_harvest(path: Path, n_outcomes: int) -> Path:
    """Write a harvest of stories that share halves of sentences with each other and with the sample."""
    draw = random.Random(_SEED)
    codebook = sample_codebook()
    sentences: dict[str, list[str]] = {}
    lengths: list[Mapping[str, int]] = []
    for name in _SAMPLE:
        for outcome in read_harvest(_ROOT / "training_data" / f"{name}.xlsx", codebook=codebook).outcomes:
            by_part: dict[str, list[str]] = {}
            for one in cut_story(outcome.story, codebook.columns.parts).sentences:
                by_part.setdefault(one.part, []).append(one.text.strip())
            lengths.append({part: len(texts) for part, texts in by_part.items()})
            for part, texts in by_part.items():
                sentences.setdefault(part, []).extend(texts)

    def sentence(part: str) -> str:
        first, last = (draw.choice(sentences[part]).split() for _ in range(2))
        return " ".join((*first[: (len(first) + 1) // 2], *last[len(last) // 2 :]))

    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("FragmentID", "country", "Year", *sentences))
        for number in range(n_outcomes):
            counts = draw.choice(lengths)
            cells = (" ".join(sentence(part) for _ in range(counts.get(part, 0))) for part in sentences)
            writer.writerow((f"SCC-LRG/{number + 1:05}", "Mali", "2026", *cells))
    return path


# The encoder


class WordEncoder(TrigramEncoder):
    """Embeds by adding up a random vector of each word; goes by the name and hash of an encoder that ships."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.sha256 = SHIPPED_ENCODERS[name].sha256
        drawn = np.random.default_rng(_SEED).standard_normal((_N_BUCKETS, _N_DIMENSIONS[name]))
        self._vectors = drawn.astype(np.float32)

    def encode(self, texts: Sequence[str], /) -> FloatArray:
        """Return an array of shape (n_texts, n_dimensions), rows of length 1."""
        return np.stack([tokens.vector for tokens in self.tokens(texts)])

    def _tokens(self, text: str) -> Tokens:
        words = [*re.finditer(r"\S+", text)]
        vectors = self._vectors[_buckets([word[0].casefold() for word in words])]
        vectors /= np.linalg.norm(vectors.sum(axis=0))
        return Tokens(vectors=vectors, places=np.array([word.start() for word in words], dtype=np.intp))


def _buckets(words: Sequence[str]) -> npt.NDArray[np.intp]:
    return np.array([_bucket(word) for word in words], dtype=np.intp)


@cache
def _bucket(word: str) -> int:
    return int.from_bytes(blake2b(word.encode(), digest_size=4).digest()) % _N_BUCKETS


def _stand_ins(known: Mapping[str, str], *, cache: bool, device: str) -> CachedEncoders:
    kept = EmbeddingCache(default_cache_folder()) if cache else None
    return tuple(CachedEncoder(encoder=WordEncoder(name), cache=kept) for name in known)


# In a process of its own


def _run(harvest: Path, out: Path, *, copied: bool) -> dict[str, tuple[float, float]]:
    """Suggest codes from file to file; return the processor seconds and the most memory of each stage."""
    found: dict[str, tuple[float, float]] = {}
    vars(workflow)["open_model_encoders"] = _stand_ins
    if copied:
        vars(suggest)["_suggest_batch"] = _copying(vars(suggest)["_suggest_batch"])
    for stage, module, name in _STAGES:
        vars(module)[name] = _measured(stage, vars(module)[name], found)
    written = workflow.suggest_file(harvest, out=out)
    near = sum(flag.startswith("near-duplicate") for one in written.suggestions.outcomes for flag in one.flags)
    size, kept = out.stat().st_size / 2**20, EmbeddingCache(default_cache_folder()).info().n_bytes / 2**20
    print(f"{out.name}: {near:,} near-duplicates, {size:.0f} MiB; {kept:.0f} MiB of embeddings", file=sys.stderr)
    found["in all"] = _processor_seconds(), max(mebibytes for _, mebibytes in found.values())
    return found


def _copying(work: Callable[..., list[object]]) -> Callable[..., list[object]]:
    """Suggest codes for the first batches, and copy what was suggested for all that follow."""
    batches: list[bytes] = []
    n_batches = 0

    def copying(outcomes: Sequence[Outcome], **named: object) -> list[object]:
        nonlocal n_batches
        if len(batches) * len(outcomes) < _N_COMPUTED:
            batches.append(pickle.dumps(work(outcomes, **named)))
        n_batches += 1
        found: list[object] = pickle.loads(batches[n_batches % len(batches)])
        return found[: len(outcomes)]

    return copying


def _measured(stage: str, work: Callable[..., Any], found: dict[str, tuple[float, float]]) -> Callable[..., Any]:
    @wraps(work)
    def measured(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - of any function
        _forget_peak()
        before = _processor_seconds()
        answer = work(*arguments, **named)
        child_process._end_idle()  # so that the process that reads files is counted
        seconds, mebibytes = found.get(stage, (0.0, 0.0))
        peak = max(_peak_mebibytes(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
        found[stage] = seconds + _processor_seconds() - before, max(mebibytes, peak)
        if stage != _BATCHES:
            print(f"{stage}: {found[stage][0]:.1f} s, {found[stage][1]:.0f} MiB", file=sys.stderr)
        return answer

    return measured


def _processor_seconds() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _peak_mebibytes() -> float:
    found = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def _embed(harvest: Path, output: str) -> float:
    """Return the processor seconds in which the encoders that ship embed a harvest."""
    from classifier.features.registry import open_encoders
    from classifier.features.story_features import StoryFeatures
    from classifier.suggestion.explanation import share_stories

    codebook = sample_codebook()
    outcomes = read_harvest(harvest, codebook=codebook).outcomes
    sources = open_encoders(cache=False)
    before = time.process_time()
    if output == "csv":
        StoryFeatures.of([outcome.story for outcome in outcomes], sources)
    else:
        share_stories(outcomes, codebook.columns.parts, sources)
    return time.process_time() - before


if __name__ == "__main__":
    main()
