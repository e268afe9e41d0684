"""Column names of harvest forms in several languages."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache

from classifier.spelling import normalise, remember_short

KNOWN_NAMES: Mapping[str, tuple[str, ...]] = {
    "id": (
        *("FragmentID", "ID", "IDs", "Identifier", "Outcome ID", "Outcome number", "Outcome no", "Outcome code"),
        *("Outcome ref", "Outcome reference", "Ref", "Ref no", "Reference", "Reference number", "Number", "No", "Nr"),
        *("Record ID", "Response ID", "Respondent ID", "Response number", "Story ID", "Fragment number"),
        *("Submission ID", "Case ID", "#"),
        *("Identifiant", "Identifiant de l'effet", "Identifiant du résultat", "Identifiant unique", "Numéro", "N°"),
        *("Référence", "Réf", "Numéro de référence", "Numéro du résultat", "Code du résultat"),
        *("Identificador", "Identificador del resultado", "Identificador único", "Número", "Núm", "Referencia"),
        *("Número de referencia", "ID del resultado", "Código del resultado"),
        *("Identificador do resultado", "Referência", "Número de referência", "ID do resultado"),
        *("المعرف", "معرف", "معرف النتيجة", "الرقم", "رقم", "رقم النتيجة", "الرقم التعريفي", "الرقم المرجعي"),
        *("رقم المرجع", "رمز النتيجة"),
    ),
    "description": (
        *("Outcome description", "Outcome", "Outcomes", "Outcome statement", "Outcome statements", "Outcome text"),
        *("Description of the outcome", "Description of outcome", "Description of the change", "Description"),
        *("Description of change", "Change", "Change description", "The change", "What changed", "What has changed"),
        *("Outcome harvested", "Harvested outcome", "Observed change", "Story", "Story of change", "Change story"),
        *("Description de l'effet", "Description du résultat", "Description du changement", "Résultat", "Effet"),
        *("Description de l'incidence", "Description de l'acquis", "Incidence", "Acquis", "Changement"),
        *("Changement observé", "Changement constaté", "Énoncé du résultat", "Énoncé de l'effet", "Résultat obtenu"),
        *("Descripción del resultado", "Descripción del cambio", "Descripción del efecto", "Resultado", "Cambio"),
        *("Cambio observado", "Descripción del alcance", "Alcance logrado", "Enunciado del resultado", "Descripción"),
        *("Descrição do resultado", "Descrição da mudança", "Descrição do efeito", "Mudança", "Mudança observada"),
        *("Descrição",),
        *("وصف النتيجة", "وصف التغيير", "وصف التغير", "وصف الأثر", "وصف الحصيلة", "وصف المحصلة", "النتيجة"),
        *("التغيير", "التغير", "الحصيلة", "المحصلة", "بيان النتيجة", "الوصف"),
    ),
    "significance": (
        *("Significance of the outcome", "Significance", "Significance of outcome", "Significance of the change"),
        *("Significance description", "Outcome significance", "Importance", "Importance of the outcome", "Relevance"),
        *("Why is it significant", "Why is this significant", "Why does it matter", "Why it matters"),
        *("Why is it important",),
        *("Signification", "Signification du résultat", "Signification de l'effet", "Signification du changement"),
        *("Importance du résultat", "Importance de l'effet", "Importance du changement", "Portée du résultat"),
        *("Pertinence", "Pertinence du résultat"),
        *("Significado", "Significado del resultado", "Significado del cambio", "Significancia", "Importancia"),
        *("Importancia del resultado", "Importancia del cambio", "Relevancia", "Relevancia del resultado"),
        *("Significado do resultado", "Significado da mudança", "Significância", "Importância", "Relevância"),
        *("Importância do resultado", "Importância da mudança"),
        *("الأهمية", "أهمية النتيجة", "أهمية التغيير", "أهمية التغير", "أهمية الأثر", "أهمية الحصيلة", "الدلالة"),
        *("دلالة النتيجة",),
    ),
    "contribution": (
        *("Contribution of the programme", "Contribution of the program", "Contribution of the project"),
        *("Contribution", "Contributions", "Contribution of our programme", "Our contribution"),
        *("Programme contribution",),
        *("Program contribution", "Project contribution", "Contribution statement", "Contribution description"),
        *("Contribution of the organisation", "Contribution of the organization", "How did we contribute"),
        *("How did the programme contribute", "How did the project contribute"),
        *("Contribution du programme", "Contribution du projet", "Contribution de l'organisation"),
        *("Notre contribution",),
        *("Contribución", "Contribución del programa", "Contribución del proyecto", "Contribución de la organización"),
        *("Nuestra contribución", "Contribuciones"),
        *("Contribuição", "Contribuição do programa", "Contribuição do projeto", "Contribuição da organização"),
        *("Nossa contribuição", "Contribuições", "Contributo", "Contributo do programa", "Contributo do projeto"),
        *("المساهمة", "مساهمة البرنامج", "مساهمة المشروع", "مساهمة المنظمة", "مساهمتنا", "الإسهام", "إسهام البرنامج"),
        *("إسهام المشروع",),
    ),
    "other_actors": (
        *("Contribution of other actors and factors", "Contribution of other actors", "Contribution of others"),
        *("Other actors", "Other actors and factors", "Other contributions", "Other contributors", "Other factors"),
        *("Contributions of other actors", "Contributions of others", "Role of other actors"),
        *("Contribution d'autres acteurs", "Contribution d'autres acteurs et facteurs"),
        *("Contributions d'autres acteurs",),
        *("Contribution des autres acteurs", "Autres acteurs", "Autres acteurs et facteurs", "Autres contributions"),
        *("Autres facteurs", "Rôle d'autres acteurs"),
        *("Contribución de otros actores", "Contribución de otros actores y factores", "Otros actores"),
        *("Contribuciones de otros actores", "Otros actores y factores", "Otros factores", "Otras contribuciones"),
        *("Contribuição de outros atores", "Contribuição de outros atores e fatores", "Outros atores"),
        *("Contribuição de outros actores", "Outros fatores", "Outras contribuições"),
        *("مساهمة الجهات الأخرى", "مساهمة جهات أخرى", "مساهمة الجهات الفاعلة الأخرى", "مساهمة جهات فاعلة أخرى"),
        *("مساهمة الآخرين", "الجهات الفاعلة الأخرى", "جهات أخرى", "جهات فاعلة أخرى", "عوامل أخرى", "مساهمات أخرى"),
    ),
    "additional": (
        *("Additional information (use if needed)", "Additional information", "Additional info", "Further information"),
        *("Other information", "More information", "Additional details", "Additional comments"),
        *("Informations complémentaires", "Information complémentaire", "Informations supplémentaires"),
        *("Informations additionnelles", "Autres informations", "Compléments d'information"),
        *("Información adicional", "Información complementaria", "Informaciones adicionales", "Otra información"),
        *("Informação adicional", "Informações adicionais", "Informações complementares", "Outras informações"),
        *("معلومات إضافية", "المعلومات الإضافية", "معلومات أخرى", "معلومات تكميلية"),
    ),
    "merged": (
        *("StoryFragment_Merged", "Story fragment", "Full story", "Full text", "Whole story", "Merged story"),
        *("Récit complet", "Texte complet", "Relato completo", "Texto completo", "Historia completa"),
        *("النص الكامل", "القصة الكاملة"),
    ),
    "period": (
        *("OH-harvesting period", "Harvesting period", "Harvest period", "Period", "Reporting period", "Harvest round"),
        *("Time period", "Harvest"),
        *("Période", "Période de récolte", "Période de collecte", "Période de référence", "Période du rapport"),
        *("Periodo", "Período", "Período de cosecha", "Periodo de cosecha", "Periodo del informe"),
        *("Período de colheita", "Período de recolha", "Período do relatório"),
        *("الفترة", "فترة الحصاد", "فترة التقرير", "الفترة الزمنية"),
    ),
    "country": (
        *("country", "coutnry", "Countries", "Country name", "Country of the outcome", "Country of outcome"),
        *("Country/region", "Country or region", "Country and region", "Region/country", "Country/territory"),
        *("Country or territory", "Country/location"),
        *("Pays/région", "Pays ou région", "País/región", "País o región", "País/região", "البلد/المنطقة"),
        *("Pays", "Pays concerné", "Nom du pays", "País", "Países", "Nombre del país", "Nome do país"),
        *("البلد", "بلد", "الدولة", "دولة", "اسم البلد", "اسم الدولة"),
    ),
    "year": (
        *("Year", "Year of the outcome", "Year of change", "Outcome year", "Reporting year", "Year of harvest"),
        *("Année", "An", "Année du changement", "Année du résultat", "Año", "Año del cambio", "Año del resultado"),
        *("Ano", "Ano da mudança", "Ano do resultado"),
        *("السنة", "سنة", "العام", "عام", "سنة التغيير"),
    ),
    "confidential": (
        *("Outcome statements is CONFIDENTIAL", "Outcome statement is confidential", "Confidential", "Confidentiality"),
        *("Is confidential", "Is it confidential", "Is the outcome confidential", "Confidential outcome", "Sensitive"),
        *("Confidentiel", "Confidentielle", "Confidentialité", "Résultat confidentiel", "Sensible"),
        *("Confidencial", "Confidencialidad", "Resultado confidencial", "Es confidencial", "Confidencialidade"),
        *("É confidencial",),
        *("سري", "سرية", "السرية", "نتيجة سرية", "هل النتيجة سرية"),
    ),
    "negative": (
        *("Outcome is negative", "Negative outcome", "Negative", "Is negative", "Is the outcome negative"),
        *("Résultat négatif", "Effet négatif", "Négatif", "Resultado negativo", "Negativo", "Cambio negativo"),
        *("نتيجة سلبية", "سلبي", "سلبية"),
    ),
    "unintended": (
        *("The change was unintended", "Unintended", "Unintended outcome", "Unintended change", "Is unintended"),
        *("Non intentionnel", "Résultat non intentionnel", "Effet inattendu", "Changement non intentionnel"),
        *("No intencionado", "Resultado no intencionado", "No previsto", "Não intencional"),
        *("Resultado não intencional",),
        *("غير مقصود", "نتيجة غير مقصودة"),
    ),
    "Social actor": (
        *("Social actor", "Social actors", "Actor", "Actors", "Who changed", "Actor that changed", "Actor type"),
        *("Type of actor", "Type of social actor", "Change agent", "Social actor that changed"),
        *("Acteur social", "Acteurs sociaux", "Acteur", "Acteurs", "Type d'acteur", "Qui a changé"),
        *("Acteur du changement",),
        *("Actor social", "Actores sociales", "Actores", "Tipo de actor", "Quién cambió", "Actor del cambio"),
        *("Ator social", "Atores sociais", "Ator", "Tipo de ator", "Quem mudou"),
        *("الفاعل الاجتماعي", "الجهة الفاعلة الاجتماعية", "الجهة الفاعلة", "الفاعل", "الجهات الفاعلة"),
        *("نوع الجهة الفاعلة",),
        *("من تغير",),
    ),
    "Scale": (
        *("Scale", "Scale of change", "Scale of the change", "Level", "Level of change", "Geographic scale"),
        *("Geographical scale", "Geographic level", "Scope"),
        *("Échelle", "Échelle du changement", "Niveau", "Niveau du changement", "Échelle géographique"),
        *("Escala", "Escala del cambio", "Nivel", "Nivel del cambio", "Escala geográfica", "Escala da mudança"),
        *("Nível", "Nível da mudança"),
        *("النطاق", "نطاق التغيير", "المستوى", "مستوى التغيير", "النطاق الجغرافي"),
    ),
    "Type of change": (
        *("Type of change", "TypeOfChangeCluster", "Type of change cluster", "Change type", "Kind of change"),
        *("Types of change", "Type of outcome", "Outcome type", "Category of change", "Change category"),
        *("Type de changement", "Types de changement", "Type de résultat", "Type d'effet", "Nature du changement"),
        *("Catégorie de changement",),
        *("Tipo de cambio", "Tipos de cambio", "Tipo de resultado", "Categoría de cambio"),
        *("Tipo de mudança", "Tipos de mudança", "Categoria de mudança"),
        *("نوع التغيير", "نوع التغير", "نوع النتيجة", "فئة التغيير"),
    ),
}
"""Column names that forms use, by role: first the owner's, then English, French, Spanish, Portuguese and Arabic.

The roles are the keys of a codebook's `columns`, the parts of a story, and three questions that most programmes put to
an outcome, by the name of their column. The names are proposals: a form may call a column so and mean another thing, so
a guess is reported, and taken only where no other column of the form fits as well.
"""
_YES_NO = ("confidential", "negative", "unintended")
_HINT = re.compile(r"\s*[(\[][^()\[\]]*[)\]][\s*:]*$")


@remember_short
def role_of(name: str) -> str | None:
    """Return what a column of this name is probably for, or None.

    Case, blanks, punctuation and accents do not count, nor a question mark or a star for "required", nor the groups
    that KoboToolbox writes before a question's own name.

    Examples
    --------
    >>> role_of("Description du resultat"), role_of("AÑO"), role_of("Social Actor *"), role_of("Budget")
    ('description', 'year', 'Social actor', None)
    >>> role_of("part_b/outcome_description")
    'description'
    """
    roles = _role_by_name()
    return roles.get(_folded(name)) or roles.get(_folded(name.rpartition("/")[2]))


def without_hint(name: str) -> str:
    """Name of a column without the hint in brackets that ends it.

    Examples
    --------
    >>> without_hint("Scale (choose one) *"), without_hint("Year"), without_hint("(tick)")
    ('Scale', 'Year', '(tick)')
    """
    return _HINT.sub("", name) or name


def role_despite_hint(name: str) -> str | None:
    """Return what `role_of` does, also for a name that ends in a hint in brackets.

    After a question of yes and no the hint counts, since it may turn the answer round.

    Examples
    --------
    >>> role_despite_hint("Pays (de l'effet)"), role_despite_hint("Negative (tick if it is not)")
    ('country', None)
    """
    role = role_of(name) or role_of(without_hint(name))
    return role if role not in _YES_NO or role_of(name) == role else None


@cache
def _role_by_name() -> Mapping[str, str]:
    return {_folded(name): role for role, names in KNOWN_NAMES.items() for name in names}


def _folded(name: str) -> str:
    """Reduce a name to its letters without accents, hamzas and vowel signs."""
    letters = unicodedata.normalize("NFKD", normalise(name))
    return "".join(character for character in letters if not unicodedata.category(character).startswith("M"))
