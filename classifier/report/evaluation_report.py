"""Report of an evaluation: title, overview, sections, methods, figures for programs."""

from __future__ import annotations

import datetime

from classifier import __version__, sample_files
from classifier.evaluation.evaluated import Evaluated
from classifier.harvest.reading import file_names
from classifier.report.document import Report
from classifier.report.json_export import evaluation_as_dict
from classifier.report.sections.agreement import agreement_section, codes_section, confusion_section
from classifier.report.sections.calibration import confidence_section, parts_section, triage_section
from classifier.report.sections.ceiling import ceiling_section
from classifier.report.sections.counts import counts_section, curve_section, disagreements_section, harvest_section
from classifier.report.sections.methods import describe_methods
from classifier.report.sections.overview import overview
from classifier.wording import counted

_SAMPLE = (
    "These are the fictional sample harvests that ship with outcome-coder, coded by two passes of a language model, "
    "which agree far more than people do. Nothing here is evidence about any programme, or about coders."
)
_SECTIONS = (
    agreement_section,
    ceiling_section,
    codes_section,
    confusion_section,
    confidence_section,
    triage_section,
    parts_section,
    disagreements_section,
    counts_section,
    curve_section,
    harvest_section,
)


def build_report(evaluated: Evaluated) -> Report:
    """Build the report of an evaluation; sections without content are left out."""
    made = datetime.datetime.now(tz=datetime.UTC).astimezone().isoformat(timespec="minutes")
    n_outcomes = counted(len(evaluated.predictions.outcomes), "outcome")
    sections = (section_of(evaluated) for section_of in _SECTIONS)
    return Report(
        title="Agreement on the codes of harvested outcomes",
        made=f"{file_names(evaluated.harvests)}; {n_outcomes}; {made[:10]}; outcome-coder {__version__}",
        warning=_SAMPLE if sample_files.is_sample(evaluated.hashes.values()) else "",
        opening=overview(evaluated),
        sections=tuple(section for section in sections if section is not None),
        methods=describe_methods(evaluated),
        sources=tuple(f"{name}, sha256 {digest}" for name, digest in evaluated.hashes.items()),
        figures=evaluation_as_dict(evaluated, made),
    )
