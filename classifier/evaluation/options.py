"""Options of an evaluation, and their checks."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from classifier.agreement.codings import require_two_coders
from classifier.errors import ComparisonError
from classifier.harvest.coded import HarvestSource
from classifier.harvest.options import ReadingOptions
from classifier.model.targets import DEFAULT_COVERAGE, DEFAULT_PRECISION


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationOptions:
    """Options of `evaluate_files`."""

    coded: tuple[HarvestSource, ...] = ()
    test: HarvestSource | None = None  # a coded harvest to test on; else outcomes of `coded` are held out in turn
    by_period: bool = False  # test on each period, and train on the earlier ones
    # A column; each of its values is left out and tested on in turn. Or "id-prefix".
    leave_out: str | None = None
    n_folds: int = 10
    model: str | None = None  # a trained model to test on `coded`, in place of training one
    # Suggestions given before, in .jsonl, and the codes that coders agreed on since
    suggestions: Path | None = None
    codes: Path | None = None
    coders: tuple[HarvestSource, ...] = ()  # the same outcomes coded by single coders, a file each
    # A random sample of a harvest, coded, and all of that harvest: to count its codes by
    sample: Path | None = None
    everything: Path | None = None
    repeats: Path | None = None  # a CSV of known near-duplicates, with the columns FragmentID and near_duplicate_of
    include_confidential: bool = False  # whether outcomes marked confidential are trained and tested on too
    with_curve: bool = True  # whether a learning curve is drawn
    coverage: float = DEFAULT_COVERAGE
    precision: float = DEFAULT_PRECISION
    seed: int = 0
    reading: ReadingOptions = field(default_factory=ReadingOptions)  # how all of these files are read


def check(options: EvaluationOptions) -> None:
    """Refuse options that can't be combined, before anything is read."""
    tests = {
        "--test": options.test is not None,
        "--by-period": options.by_period,
        "--leave-out": options.leave_out is not None,
        "--model": options.model is not None,
        "--suggestions": options.suggestions is not None,
    }
    chosen = [name for name, is_given in tests.items() if is_given]
    if len(chosen) > 1:
        raise ComparisonError(f"{' and '.join(chosen)}: each chooses what is tested; leave all but one out")
    if (options.suggestions is None) != (options.codes is None):
        raise ComparisonError(
            "--suggestions and --codes go together: what was suggested, and the codes that coders agreed on"
        )
    if (options.sample is None) != (options.everything is None):
        raise ComparisonError("--sample and --all go together: a random sample that was coded, and the whole harvest")
    if options.suggestions is not None and options.sample is not None:
        raise ComparisonError("--sample needs a model to suggest codes for all; name --model, or coded harvests")
    require_two_coders(options.coders)
    if options.suggestions is None and not options.coded:
        raise ComparisonError("name one or several coded harvests, or --suggestions and --codes")


def sources_of(options: EvaluationOptions) -> list[HarvestSource]:
    """Return the files and harvests that an evaluation reads."""
    others = (options.test, options.suggestions, options.codes, options.sample, options.everything, options.repeats)
    return [*options.coded, *(path for path in others if path is not None), *options.coders]
