"""Options of an evaluation, and their checks."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from classifier.errors import ComparisonError
from classifier.harvest.coded import HarvestSource
from classifier.harvest.options import ReadingOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationOptions:
    """What is to be evaluated, and how; see `evaluate_files`.

    Attributes
    ----------
    coded : tuple of path or Harvest
        Coded harvests.
    test : path or Harvest, optional
        A coded harvest to test on; else outcomes of `coded` are held out in turn.
    by_period : bool
        Test on each period, and learn from the earlier ones.
    leave_out : str, optional
        A column, each value of which is left out and tested on in turn; or ``id-prefix``.
    model : str, optional
        A trained model to test on `coded`, in place of training one.
    suggestions, codes : path, optional
        Suggestions given before, in ``.jsonl``, and the codes that coders settled on since.
    coders : tuple of path or Harvest
        The same outcomes coded by single coders, a file each.
    sample, everything : path, optional
        A random sample of a harvest, coded, and all of that harvest: to count its codes by.
    repeats : path, optional
        A CSV of known near-duplicates, with the columns FragmentID and near_duplicate_of.
    with_curve : bool
        Whether a learning curve is drawn.
    options : ReadingOptions
        How all of these files are read.
    """

    coded: tuple[HarvestSource, ...] = ()
    test: HarvestSource | None = None
    by_period: bool = False
    leave_out: str | None = None
    n_folds: int = 10
    model: str | None = None
    suggestions: Path | None = None
    codes: Path | None = None
    coders: tuple[HarvestSource, ...] = ()
    sample: Path | None = None
    everything: Path | None = None
    repeats: Path | None = None
    with_curve: bool = True
    coverage: float = 0.9
    precision: float = 0.95
    seed: int = 0
    options: ReadingOptions = field(default_factory=ReadingOptions)


def check(asked: EvaluationOptions) -> None:
    """Refuse what can't go together, before anything is read."""
    ways = {
        "--test": asked.test is not None,
        "--by-period": asked.by_period,
        "--leave-out": asked.leave_out is not None,
        "--model": asked.model is not None,
        "--suggestions": asked.suggestions is not None,
    }
    chosen = [name for name, is_asked in ways.items() if is_asked]
    if len(chosen) > 1:
        raise ComparisonError(f"{' and '.join(chosen)}: each is a way to choose what is tested; leave all but one out")
    if (asked.suggestions is None) != (asked.codes is None):
        raise ComparisonError("--suggestions and --codes go together: what was suggested, and what coders settled on")
    if (asked.sample is None) != (asked.everything is None):
        raise ComparisonError("--sample and --all go together: a random sample that was coded, and the whole harvest")
    if asked.suggestions is not None and asked.sample is not None:
        raise ComparisonError("--sample needs a model to suggest codes for all; name --model, or coded harvests")
    if len(asked.coders) == 1:
        raise ComparisonError(
            "--coder: give it for each coder, two or more; how far one agrees with nobody can't be told"
        )
    if asked.suggestions is None and not asked.coded:
        raise ComparisonError("name one or several coded harvests, or --suggestions and --codes")


def sources_of(asked: EvaluationOptions) -> list[HarvestSource]:
    """Name the files and harvests that an evaluation reads."""
    others = (asked.test, asked.suggestions, asked.codes, asked.sample, asked.everything, asked.repeats)
    return [*asked.coded, *(path for path in others if path is not None), *asked.coders]
