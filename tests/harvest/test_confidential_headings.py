from __future__ import annotations

import pytest

from classifier.harvest.confidential_headings import HeadingSense, is_level_of_confidentiality, sense_of_heading

CONFIDENTIAL = [
    "Embargo",
    "Embargoed",
    "Under embargo?",
    "Sous embargo",
    "Restricted",
    "Not to be shared with partners",
    "Nicht weitergeben",
    "لا تشارك",
    "Embargo on publication until",
    "Restricted access",
    "Access restricted (yes/no)",
    "Sensitivity",
    "Is the information sensitive?",
    "Internal only",
    "For internal use only",
    "Uso interno",
    "Usage interne",
    "Nur intern",
    "Diffusion restreinte",
    "Ne pas diffuser",
    "Acceso restringido",
    "Difusión limitada",
    "Acesso restrito",
    "Keep private",
    "Off the record",
    "للاستخدام الداخلي فقط",
    "وصول مقيد",
    "محظور النشر",
    "حساسية المعلومات",
    "Not public",
    "Non public",
    "No público",
    "Não público",
    "Nicht öffentlich",
    "غير علني",
    "ليس للعموم",
    "Not for the public",
    "Not for external use",
    "Not for public use",
    "Pas pour diffusion",
    "isConfidential",
    "DoNotShare",
    "Don`t share",
    "Confi\u00addential",
    "Con\u200bfidential?",
]
UNCLEAR = [
    "Privat",
    "Private",
    "Internal",
    "Can be shared with partners",
    "Peut être partagé avec des partenaires",
    "Restrictions",
    "Privacy",
    "Personal data",
    "خاص",
    "Not restricted",
    "Embargo lifted",
    "Consent given",
    "Anonymous?",
    "Sensitive names included",
]
OTHER = [
    "Sensitive topics",
    "Sujets sensibles",
    "Conflict sensitivity training",
    "Shared with partners",
    "Partagé avec des partenaires",
    "Public policy",
    "Private sector",
    "Restrictions on civic space",
    "Restricted movement",
    "Restricted access to water",
    "Internal reform",
    "Internally displaced",
    "Arms embargo",
    "Embargo sur les armes",
    "Withheld salaries paid",
    "القطاع الخاص",
    "المجتمع الداخلي",
    "Non-public actors",
    "Not public sector",
    "Public, private or mixed",
    "قطاع غير عام",
]


@pytest.mark.parametrize("heading", CONFIDENTIAL)
def test_yes_means_confidential(heading: str) -> None:
    assert sense_of_heading(heading) is HeadingSense.CONFIDENTIAL


@pytest.mark.parametrize("heading", UNCLEAR)
def test_yes_may_mean_either(heading: str) -> None:
    assert sense_of_heading(heading) is HeadingSense.UNCLEAR


@pytest.mark.parametrize("heading", OTHER)
def test_heading_is_about_another_question(heading: str) -> None:
    assert sense_of_heading(heading) is HeadingSense.OTHER


@pytest.mark.parametrize("answer", ["TLP:RED", "Restricted", "Strictly confidential", "Diffusion restreinte"])
def test_level_says_confidential(answer: str) -> None:
    assert is_level_of_confidentiality(answer) is True


@pytest.mark.parametrize("answer", ["Private", "Government", "Local", "2027-01-31", ""])
def test_answer_is_no_level_of_confidentiality(answer: str) -> None:
    assert is_level_of_confidentiality(answer) is None
