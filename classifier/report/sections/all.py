"""The sections of an evaluation report, in their order."""

from __future__ import annotations

from classifier.evaluation.evaluated import Evaluated
from classifier.report.document import Section
from classifier.report.sections.agreement import agreement_section, ceiling_section, codes_section, confusion_section
from classifier.report.sections.calibration import confidence_section, parts_section, triage_section
from classifier.report.sections.counts import counts_section, curve_section, disagreements_section, harvest_section


def sections_of(evaluated: Evaluated) -> tuple[Section, ...]:
    """Make the sections that there is something to say in."""
    made = (
        agreement_section(evaluated),
        ceiling_section(evaluated),
        codes_section(evaluated),
        confusion_section(evaluated),
        confidence_section(evaluated),
        triage_section(evaluated),
        parts_section(evaluated),
        disagreements_section(evaluated),
        counts_section(evaluated),
        curve_section(evaluated),
        harvest_section(evaluated),
    )
    return tuple(section for section in made if section is not None)
