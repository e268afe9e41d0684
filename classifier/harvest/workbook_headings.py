"""Headings of a workbook of suggestions in each language, and the same headings read back from a workbook in any.

They are kept here and not in the catalogs: a workbook must be read long after a translation was improved, so that
headings may be added, but one that has been written is not to be taken out.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from classifier.languages import ENGLISH, LANGUAGES, current_language
from classifier.spelling import label_key

_HEADINGS: Mapping[str, Mapping[str, str]] = {
    # Sheets
    "Review": {"fr": "Revue", "es": "Revisión", "ar": "المراجعة"},
    "Codes": {"fr": "Codes", "es": "Códigos", "ar": "الرموز"},
    "About the suggestions": {
        "fr": "À propos des suggestions",
        "es": "Acerca de las sugerencias",
        "ar": "عن الاقتراحات",
    },
    # Columns of the sheet Review
    "ID": {"fr": "ID", "es": "ID", "ar": "المعرّف"},
    "Field": {"fr": "Champ", "es": "Campo", "ar": "الحقل"},
    "Story": {"fr": "Récit", "es": "Relato", "ar": "القصة"},
    "Suggestion": {"fr": "Suggestion", "es": "Sugerencia", "ar": "الاقتراح"},
    "Confidence": {"fr": "Confiance", "es": "Confianza", "ar": "درجة الثقة"},
    "Route": {"fr": "Traitement", "es": "Tratamiento", "ar": "المسار"},
    "Code": {"fr": "Code", "es": "Código", "ar": "الرمز"},
    "Note": {"fr": "Note", "es": "Nota", "ar": "ملاحظة"},
    "Other candidates": {"fr": "Autres candidats", "es": "Otros candidatos", "ar": "رموز أخرى محتملة"},
    "Why": {"fr": "Pourquoi", "es": "Por qué", "ar": "السبب"},
    "Flags": {"fr": "Signalements", "es": "Avisos", "ar": "تنبيهات"},
    # Columns beside the outcomes, those of a field after its name
    "Suggestion flags": {
        "fr": "Signalements des suggestions",
        "es": "Avisos de las sugerencias",
        "ar": "تنبيهات الاقتراحات",
    },
    "suggestion": {"fr": "suggestion", "es": "sugerencia", "ar": "الاقتراح"},
    "confidence": {"fr": "confiance", "es": "confianza", "ar": "درجة الثقة"},
    "other candidates": {"fr": "autres candidats", "es": "otros candidatos", "ar": "رموز أخرى محتملة"},
    "route": {"fr": "traitement", "es": "tratamiento", "ar": "المسار"},
    "why": {"fr": "pourquoi", "es": "por qué", "ar": "السبب"},
    # Routes
    "confirm": {"fr": "confirmer", "es": "confirmar", "ar": "تأكيد"},
    "choose": {"fr": "choisir", "es": "elegir", "ar": "اختيار"},
    "code afresh": {"fr": "coder sans suggestion", "es": "codificar sin sugerencia", "ar": "ترميز من جديد"},
    # Columns of the sheets Codes and About the suggestions
    "Column": {"fr": "Colonne", "es": "Columna", "ar": "العمود"},
    "Definition": {"fr": "Définition", "es": "Definición", "ar": "التعريف"},
    "Include": {"fr": "Inclure", "es": "Incluir", "ar": "يشمل"},
    "Exclude": {"fr": "Exclure", "es": "Excluir", "ar": "يستبعد"},
    "Leads to": {"fr": "Donne", "es": "Lleva a", "ar": "يؤدي إلى"},
    "Item": {"fr": "Élément", "es": "Elemento", "ar": "البند"},
    "Explanation": {"fr": "Explication", "es": "Explicación", "ar": "الشرح"},
}


def heading(name: str) -> str:
    """Return a heading, given in English, in the current language.

    Examples
    --------
    >>> heading("Other candidates")
    'Other candidates'
    """
    return name if current_language() == ENGLISH else _HEADINGS[name][current_language()]


@cache
def headings(name: str) -> tuple[str, ...]:
    """Return a heading, given in English, in all languages.

    Examples
    --------
    >>> headings("Route")[:3]
    ('Route', 'Traitement', 'Tratamiento')
    """
    return tuple(dict.fromkeys((name, *_HEADINGS[name].values())))


def headings_by_language(name: str) -> tuple[str, ...]:
    """Return a heading, given in English, in each language, in the order of `LANGUAGES`.

    Examples
    --------
    >>> headings_by_language("Code")
    ('Code', 'Code', 'Código', 'الرمز')
    """
    return tuple({ENGLISH: name, **_HEADINGS[name]}[language] for language in LANGUAGES)


def english_heading(text: str, among: tuple[str, ...]) -> str | None:
    """Return which of some headings, given in English, a cell holds in any language; None where it is none of them.

    Examples
    --------
    >>> english_heading("Autres candidats", ("ID", "Other candidates"))
    'Other candidates'
    """
    return _by_key(among).get(label_key(text))


@cache
def _by_key(among: tuple[str, ...]) -> Mapping[str, str]:
    return {label_key(written): name for name in among for written in (name, *_HEADINGS.get(name, {}).values())}
