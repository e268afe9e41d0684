"""Console summary of training."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from classifier.agreement.ceiling import ceiling_table
from classifier.model.disclosure import FEW_OUTCOMES, Disclosure
from classifier.model.model_card import NOT_CALIBRATED, NOT_PROMISED
from classifier.summary import Summary
from classifier.wording import counted

if TYPE_CHECKING:  # what is said of suggestions has a part of this, and should not wait for training
    from classifier.model.workflow import ReducedFolder, TrainedFolder

_MOST_WORDS = 40  # shown of those that may be names
_SHIPPED_CODEBOOK = "the one that ships with outcome-coder"


def summarise_training(trained: TrainedFolder, *, codebook: str | None, seconds: float) -> Summary:
    """Summarise a trained model."""
    manifest = trained.model.manifest
    figures = manifest.out_of_fold
    columns = {field.name: field.heading for field in trained.model.codebook.fields}
    n_codes = sum(map(len, manifest.codes.values()))
    trained_on = (
        f"Trained on {counted(manifest.n_outcomes, 'outcome')} of {', '.join(file.name for file in manifest.files)}"
    )
    return Summary(
        opening=(
            trained_on
            if manifest.files
            else f"Made from the definitions of {counted(n_codes, 'code')}; {NOT_CALIBRATED}",
            *filter(None, [str(trained.confidentiality)]),
            f"Codebook: {codebook or _SHIPPED_CODEBOOK}",
            f"Encoders: {', '.join(encoder.name for encoder in manifest.encoders)}",
        ),
        tables=(
            (
                ("Field", "Cohen's kappa on outcomes held out", "By words alone (baseline)", "First suggestion right"),
                *(
                    (
                        columns[name],
                        figures[name].kappa.with_n,
                        str(figures[name].baseline),
                        f"{figures[name].share_right:.0%}",
                    )
                    if name in figures
                    else (columns[name], "too few outcomes" if manifest.files else "no coded outcome", "", "")
                    for name in manifest.codes
                ),
            ),
            *([_fast_table(trained)] if manifest.fast else []),
            *(
                [ceiling_table(trained.ceilings, columns, suggestions="Held-out suggestions")]
                if trained.ceilings
                else []
            ),
        ),
        notes=trained.notes,
        ending=f"Wrote the model {trained.folder} in {seconds:.0f} s",
        plain={
            "outcomes": manifest.n_outcomes,
            "confidentiality": trained.confidentiality.as_dict(),
            "codebook": codebook or _SHIPPED_CODEBOOK,
            "model": str(trained.folder),
            "out_of_fold": {name: figure.model_dump() for name, figure in figures.items()},
            "fast": {name: figure.model_dump() for name, figure in manifest.fast.items()},
            "ceiling": {found.field: found.as_dict() for found in trained.ceilings},
            "warnings": [str(note) for note in trained.notes],
            "seconds": round(seconds, 1),
        },
    )


def _fast_table(trained: TrainedFolder) -> tuple[tuple[str, ...], ...]:
    """Put the figures of the fast model beside those of the full one."""
    manifest = trained.model.manifest
    return (
        ("Field", "Cohen's kappa of the full model", "Of the fast model (suggest --fast)"),
        *(
            (
                trained.model.codebook.field(name).heading,
                str(manifest.out_of_fold[name].kappa),
                manifest.fast[name].kappa.with_n,
            )
            for name in manifest.fast
        ),
    )


def summarise_disclosure(found: Disclosure, *, folder: Path) -> Summary:
    """Summarise what a model folder gives away, in plain words."""
    names = found.possible_names
    shown = names[:_MOST_WORDS]
    rows = tuple((term.text, str(term.n_outcomes)) for term in shown)
    return Summary(
        opening=(
            f"{folder}: trained on {counted(found.n_outcomes, 'outcome')}. Anyone who has the folder can read:",
            *(f"  - {line}" for line in _disclosed(found)),
        ),
        tables=((("Word of few outcomes, not a common one", "Outcomes"), *rows),) if rows else (),
        notes=(),
        ending=_rest_of(len(names) - len(shown))
        + "A first name can be a common word, and a word of many outcomes can be a name: read the list of all words "
        "with --json.\nAnyone who has the text of an outcome can tell whether it was trained on, from any model."
        + (
            "\n`models export --reduced` makes a model without IDs, vectors and rare words."
            if found.fragment_ids
            else ""
        ),
        plain={
            "model": found.name,
            "outcomes": found.n_outcomes,
            "fragment_ids": list(found.fragment_ids),
            "files": list(found.file_names),
            "fingerprints": found.n_fingerprints,
            "has_word_table": found.has_word_table,
            "held_out_scores": found.n_scores,
            "letter_groups": {"all": found.n_letter_groups, "of_few_outcomes": found.n_rare_letter_groups},
            "words": [
                {"word": term.text, "outcomes": term.n_outcomes, "may_be_a_name": term.may_be_a_name}
                for term in found.terms
            ],
        },
    )


def _disclosed(found: Disclosure) -> Iterator[str]:
    if found.fragment_ids:
        yield f"the FragmentIDs of {counted(len(found.fragment_ids), 'outcome')}, with the codes of each"
    if found.fragment_ids:
        yield f"the names and hashes of {counted(len(found.file_names), 'file')}: {', '.join(found.file_names)}"
    if found.n_fingerprints:
        yield (
            f"fingerprints of {counted(found.n_fingerprints, 'story', 'stories')}: vectors by which a text can be "
            "recognised as one of them, and that show what each is about"
        )
    if found.has_word_table:
        yield "a table of hashed words, in which anybody can look up whether a word, such as a name, is in any story"
    if found.words:
        yield (
            f"{counted(len(found.words), 'word')} and {len(found.terms) - len(found.words):,} pairs of words, "
            f"{len(found.rare_words):,} of the words in fewer than {FEW_OUTCOMES} outcomes; "
            f"{len(found.possible_names):,} of these are not common words, and may be names"
        )
    if found.n_letter_groups:
        yield (
            f"{found.n_letter_groups:,} groups of letters, {found.n_rare_letter_groups:,} of them in fewer than "
            f"{FEW_OUTCOMES} outcomes, as the parts of names are"
        )
    if found.n_scores:
        yield f"its confidence for {counted(found.n_scores, 'outcome')} held out, and whether it was right"
    yield "how many outcomes have each code"


def _rest_of(n_more: int) -> str:
    return f"and {n_more:,} more such words.\n" if n_more > 0 else ""


def summarise_reduced(written: ReducedFolder) -> Summary:
    """Summarise a reduced model: what is lost, what remains in it, and what it does not promise."""
    manifest = written.model.manifest
    return Summary(
        opening=(
            f"Reduced {written.original.manifest.title}, trained on {counted(manifest.n_outcomes, 'outcome')}",
            "Left out: FragmentIDs and codes of outcomes, names and hashes of files, fingerprints of stories, and all "
            f"words but common ones of {FEW_OUTCOMES} outcomes or more.",
            "Lost with them: similar coded outcomes, and warnings of near-duplicates, unlike outcomes and unusual "
            "combinations. Agreement with coders is lower: on the sample by 0.03 of kappa, and by 0.01 on outcomes "
            "that repeat none. Measure yours with `evaluate --model`.",
            "Remains: the codebook, the common words, how many outcomes have each code, the model's confidence for "
            "outcomes held out (rounded, unordered), and its weights.",
            f"Not promised: {NOT_PROMISED}",
        ),
        tables=(),
        notes=(),
        ending=f"Wrote the model {written.folder}; `outcome-coder models scan {written.folder}` says what is in it",
        plain={"model": str(written.folder), "outcomes": manifest.n_outcomes, "not_promised": NOT_PROMISED},
    )
