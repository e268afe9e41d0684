"""Model card: what a model was trained on, how well it agrees with coders, and what it is not for.

It is made of the model alone, without texts or IDs of outcomes.

References
----------
.. [1] Mitchell et al. (2019), "Model Cards for Model Reporting", doi:10.1145/3287560.3287596.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from classifier.codebook.schema import CodeField
from classifier.features.registry import languages_read
from classifier.model.manifest import ConfidentialityRecord, Manifest
from classifier.model.model import Model
from classifier.model.targets import DEFAULT_PRECISION, confirm_promise
from classifier.wording import counted

NOT_CALIBRATED = "confidence is not calibrated, and no suggestion will be to confirm"
NOT_PROMISED = (
    "anyone who has the text of an outcome can tell with near certainty whether it was trained on, since the model is "
    "more confident about those (AUC 0.95 on the sample, where 0.5 is chance); and a common word may be somebody's name"
)
_NOT_TO = (
    "code without a coder: each suggestion is for a person to confirm, after reading the outcome;",
    "judge people, partners or programmes: a suggestion says what a story is about, not whether it is true or matters;",
    "count results: suggestions are wrong too often, and not at random (`evaluate --sample --all` corrects counts);",
    "report agreement measured on outcomes whose suggestion was in view, which is too high;",
    "code by another codebook, or a harvest unlike the training outcomes, unless `evaluate --model` has measured it;",
)

Table = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CardSection:
    """A section of a model card: its title, its paragraphs, a table below them (the first row its heading), a list."""

    title: str
    paragraphs: tuple[str, ...] = ()
    table: Table = ()
    items: tuple[str, ...] = ()


def card_sections(model: Model) -> tuple[CardSection, ...]:
    """Return the sections of a model's card."""
    fast = [_fast(model)] if model.manifest.fast else []
    return (_data(model), _agreement(model), *fast, _codes(model), _confirm(model), _languages(model), _not_to(model))


def card_as_markdown(model: Model) -> str:
    """Return a model's card as it is kept in the model's folder."""
    manifest = model.manifest
    blocks = [
        f"# Model card: {_escaped(manifest.name)}",
        "Suggests codes for harvested outcomes, for a human coder to confirm. Made by outcome-coder on "
        f"{manifest.created[:10]}.",
    ]
    for section in card_sections(model):
        blocks += [f"## {section.title}", *map(_escaped, section.paragraphs)]
        if section.table:
            blocks.append("\n".join(_table_lines(section.table)))
        if section.items:
            blocks.append("\n".join(f"- {_escaped(item)}" for item in section.items))
    return "\n\n".join(blocks) + "\n"


def _data(model: Model) -> CardSection:
    manifest = model.manifest
    n_codes = sum(len(field.codes) for field in model.codebook.fields)
    if not manifest.files:
        return CardSection(
            title="Data",
            paragraphs=(f"Made from the definitions of {counted(n_codes, 'code')}, without any coded outcome.",),
        )
    trained_on = f"Trained on {counted(manifest.n_outcomes, 'coded outcome')}."
    reduced = "A reduced model: it keeps no ID, file name or vector of them, and no rare word."
    confidentiality = manifest.confidentiality
    return CardSection(
        title="Data",
        paragraphs=(
            trained_on if manifest.reduced is None else f"{trained_on} {reduced}",
            "It is not known whether confidential outcomes were used."
            if confidentiality is None
            else f"{_describe_confidentiality(confidentiality)}.",
            f"Languages of the stories: {', '.join(f'{name} {n:,}' for name, n in manifest.languages.items())}.",
        ),
        table=()
        if manifest.reduced is not None
        else (("File", "Outcomes"), *((file.name, f"{len(file.fragment_ids):,}") for file in manifest.files)),
    )


def _describe_confidentiality(record: ConfidentialityRecord) -> str:
    return (
        f"{counted(record.n_confidential, 'confidential outcome')} "
        f"{'used' if record.is_confidential_used else 'left out'}, {record.n_unknown:,} of unknown confidentiality "
        f"{'used' if record.is_unknown_used else 'left out'}"
    )


def _agreement(model: Model) -> CardSection:
    manifest = model.manifest
    if not manifest.files:
        told = f"Not known until outcomes are coded: {NOT_CALIBRATED}."
    elif manifest.reduced is not None:
        told = "Not known of a reduced model; measure it with `evaluate --model`."
    elif not manifest.out_of_fold:
        told = "Too few coded outcomes to say."
    else:
        return CardSection(
            title="Agreement with coders",
            paragraphs=(
                "Cohen's kappa (0: chance, 1: perfect agreement) with its 95 % interval, on outcomes held out of "
                "training, near-duplicates kept together; in a field with several codes, the first one is compared.",
            ),
            table=(
                ("Field", "n", "This model", "By words alone (baseline)", "Always the most common code", "Right"),
                *(_agreement_row(field, manifest) for field in model.codebook.fields),
            ),
        )
    return CardSection(title="Agreement with coders", paragraphs=(told,))


def _fast(model: Model) -> CardSection:
    manifest = model.manifest
    return CardSection(
        title="The fast model",
        paragraphs=(
            "For harvests of any size (`suggest --fast`): words and static embeddings, trained and calibrated by "
            "itself on the same outcomes held out. It looks for no near-duplicates, and does not say why.",
        ),
        table=(
            ("Field", "n", "Fast model", "Full model", "Right"),
            *(
                (
                    model.codebook.field(name).heading,
                    f"{figures.n_outcomes:,}",
                    str(figures.kappa),
                    str(manifest.out_of_fold[name].kappa) if name in manifest.out_of_fold else "",
                    f"{figures.share_right:.0%}",
                )
                for name, figures in manifest.fast.items()
            ),
        ),
    )


def _agreement_row(field: CodeField, manifest: Manifest) -> tuple[str, ...]:
    figures = manifest.out_of_fold.get(field.name)
    if figures is None:
        return field.heading, "", "too few outcomes to say", "", "", ""
    baseline = "not known" if figures.words_kappa != figures.words_kappa else str(figures.baseline)
    return (
        field.heading,
        f"{figures.n_outcomes:,}",
        str(figures.kappa),
        baseline,
        _majority(field, manifest, figures.n_outcomes),
        f"{figures.share_right:.0%}",
    )


def _majority(field: CodeField, manifest: Manifest, n_outcomes: int) -> str:
    """Describe the majority baseline, whose kappa is 0; how often it is right only where counts are of first codes."""
    counts = manifest.codes[field.name].values()
    if field.is_multiple or sum(counts) != n_outcomes:
        return "0"
    return f"0 (right {max(counts) / n_outcomes:.0%})"


def _codes(model: Model) -> CardSection:
    rows = [
        (field.heading if place == 0 else "", code, f"{n:,}" if n else "none: by definition only")
        for field in model.codebook.fields
        for place, (code, n) in enumerate(model.n_examples(field).items())
    ]
    return CardSection(title="Codes", table=(("Field", "Code", "Outcomes trained on"), *rows))


def _confirm(model: Model) -> CardSection:
    told = confirm_promise(DEFAULT_PRECISION) if model.manifest.files else f"Nothing: {NOT_CALIBRATED}."
    return CardSection(title="What the route confirm promises", paragraphs=(told,))


def _languages(model: Model) -> CardSection:
    encoders = [encoder.name for encoder in model.manifest.encoders]
    known = sorted({*model.manifest.languages, *(name for encoder in encoders for name in languages_read(encoder))})
    judged = [name for name in known if model.judges(name)]
    cross_lingual = [name for name in judged if model.is_cross_lingual(name)]
    like_all = [name for name in judged if name not in cross_lingual]
    return CardSection(
        title="Languages",
        paragraphs=(
            f"Suggests codes for stories in {', '.join(like_all) or 'no language'}."
            + (f" To choose, never to confirm, in {', '.join(cross_lingual)}." if cross_lingual else "")
            + " Stories in any other language are routed to code afresh.",
            f"Encoders: {', '.join(encoders)}.",
        ),
    )


def _not_to(model: Model) -> CardSection:
    if not model.manifest.files:
        last = "make a code known that the codebook lacks."
    elif model.manifest.reduced is not None:
        last = f"hide which outcomes it was trained on: {NOT_PROMISED}."
    else:
        last = (
            "let people read of outcomes who may not read the harvests it was trained on: its folder holds words and "
            "IDs of them (`models export --reduced` makes a model to share)."
        )
    return CardSection(title="It must not be used to", items=(*_NOT_TO, last))


def _table_lines(table: Table) -> Iterator[str]:
    heading, *rows = table
    yield _table_line(heading)
    yield "|" + "---|" * len(heading)
    yield from map(_table_line, rows)


def _table_line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(_escaped(' '.join(cell.split())) for cell in cells)} |"


def _escaped(text: str) -> str:
    """Escape what Markdown would take for a table's edge, emphasis or a tag in a name of the harvest."""
    return re.sub(r"([\\|*_<>\[\]])", r"\\\1", text)
