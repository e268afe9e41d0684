"""Headings of columns that mark confidential outcomes, in the languages of the column synonyms, and in German."""

from __future__ import annotations

import re
import unicodedata
from enum import Enum, auto

# Beginnings of words, or words, in a heading as `_words` has it.
_CONFIDENTIAL = (
    r"(confiden(?!ce\b|ces\b|t\b|tly\b)\w*|confidental\w*|secret[aoe]?s?|sigilos[ao]s?|vertraulich\w*|geheim\w*"
    r"|(ال)?سري[ةه]?)"
)
_RESTRICTED = (
    r"(restricted|limited|restreinte?s?|limitee?s?|restringid[ao]s?|limitad[ao]s?|restrit[ao]s?|eingeschrankt\w*)"
)
_ACCESS = (
    r"(access|distribution|circulation|dissemination|diffusion|use|acces|acceso|acesso|difusion|difusao|uso|zugang)"
)
_WITHHELD = (
    r"(internal(ly)? only|(for )?internal use only|for internal use|usage interne|interne (seulement|uniquement)"
    r"|uso interno|nur (fur )?(den )?intern\w*|interner gebrauch|official use only|off the record"
    r"|(keep|kept|stay|remain|stays|remains) (private|internal)"
    r"|(under|sous|bajo|sob) embargo|embargoed|embargad[ao]s?|sperrfrist"
    r"|(لل|ال)?استخدام (ال)?داخلي|داخلي فقط|حظر (ال)?نشر|(محظور|ممنوع|يمنع|يحظر) (ال)?نشر\w*)"
)
# These say confidential where they stand alone or with words that say nothing else: not in "Sensitive topics".
_SENSITIVE = (
    r"(sensitiv\w*|sensibles?|sensibilites?|sensibilidade?|sensibilitat|sensive(l|is)|(ال)?حساس[ةه]?|(ال)?حساسي[ةه])"
)
_EMBARGO = r"(embargos?|withheld|withhold|held back|gesperrt|internal use|need to know|private (information|data))"
_CLOSED = (
    r"(restricted|restreinte?s?|restringid[ao]s?|restrit[ao]s?|reservee?s?"
    r"|reservad[ao]s?|eingeschrankt\w*|(ال)?مقيد[ةه]?)"
)
_NOT = r"(not?|non|dont|never|without|ne|pas|sans|sin|nao|sem|nunca|jamais|nicht|nie|kein\w*|لا|غير|عدم|بدون)"
_NOT_PUBLIC = (
    r"((not|pas|no|nao|nicht) (for|pour|para|fur) ((external|public|wider) )?(use|release|circulation|distribution"
    r"|dissemination|diffusion|difusion|difusao)|ليس للعموم"
    rf"|{_NOT} ((for|pour|para|fur) )?((the|le|el|o|die) )?(public[ao]?|publique|offentlich(keit)?|علني[ةه]?|عام[ةه]?))"
)
_ALONE = re.compile(
    rf"\b({_RESTRICTED} {_ACCESS}|{_ACCESS} {_RESTRICTED}|(ال)?محدود[ةه]? (ال)?تداول"
    rf"|{_SENSITIVE}|{_EMBARGO}|{_CLOSED}|{_NOT_PUBLIC})\b"
)
# These may say so where they stand alone: an actor may be private or internal too, and consent may be to anything.
_MAYBE_ALONE = re.compile(
    r"\b(privates?|privee?s?|personal (information|data)|donnees personnelles|privad[ao]s?|privat\w*|privacy"
    r"|internal|interne?s?|intern[ao]s?|classified|clasificad[ao]s?"
    r"|restrictions?|restriccion(es)?|restric(ao|oes)|redact(ed)?|anonym(ous|ity|i[sz]ed?)?"
    r"|consent(ement|imiento|imento)?|einwilligung|(ال)?خاص[ةه]?|(ال)?خصوصي[ةه]?|(ال)?حظر|(ال)?داخلي[ةه]?"
    r"|(ال)?موافق[ةه])\b"
)
_CLOSED_LEVEL = re.compile(
    rf"(strictly |highly |very |tres |muy |muito |streng |)({_CONFIDENTIAL}|{_WITHHELD}|{_CLOSED}|embargos?"
    rf"|{_RESTRICTED} {_ACCESS}|{_ACCESS} {_RESTRICTED}|tlp (red|amber)( strict)?)"
)
_OPEN_LEVEL = re.compile(
    r"(public[aos]?|publique|publico|offentlich|open|internal|interne?|intern[ao]|partners? only|unrestricted"
    r"|unclassified|non ?confidential|not confidential|tlp (green|white|clear)|عام|داخلي)"
)
_ELSEWHERE = re.compile(rf"\b({_SENSITIVE}|embargos?)\b")
# Of another question, whatever else the heading says.
_OTHER_SENSE = re.compile(
    r"\b(((gender|conflict|age|disability|culturally|time|price|child)( and \w+)? sensitiv\w*)"
    r"|sensitiv\w* (to|training|analysis|topics?|themes?|issues?|subjects?)"
    r"|(sujets?|themes?|questions?) sensibles?|temas? sensi(bles?|veis|vel)|sensibilite (au|aux|a)"
    r"|(مواضيع|موضوعات|قضايا) حساس[ةه]|(arms|weapons?|trade|oil|economic|armes|armas) embargos?"
    r"|embargos? (sur les|on|de) (\w+ )?(arms|armes|armas|weapons|trade|exports?|imports?)"
    r"|(?<!be )(?<!only )shared (with|among|between|by)|(?<!etre )partagee?s? (avec|par)"
    r"|(?<!ser )compartid[ao]s? con)\b"
)
_FILLERS = frozenset(
    re.findall(
        r"\w+",
        """
        is are be this the a an it its of to for by in or if any only must should please under with out from outcome
        outcomes result results statement statements story stories record row entry change information info data detail
        details content contents contains contain containing includes level degree status flag marker marking mark type
        class classification category grade rating score date until till end ends ended expiry expires through before
        after on publication access text description given obtained informed source requested required yes
        est ce cet cette le la les l un une du de des d resultat resultats effet recit informations donnee donnees
        contient niveau degre statut jusqu jusque au aux fin acces usage
        es este esta esto el los las del resultado resultados informacion dato datos contiene nivel grado hasta fecha
        acceso relato historia cambio
        e o os as um uma do da dos informacao informacoes dados contem nivel grau ate acesso mudanca
        ist sind dieses diese der die das ein eine ergebnis ergebnisse angaben daten enthalt stufe grad bis datum zugang
        هل هذه هذا النتيجة نتيجة المعلومات معلومات البيانات بيانات مستوى درجة حتى تاريخ الى وصول الوصول تحتوي على
        القصة قصة
        """,
    )
)
_PUBLICATION = (
    r"((un)?publish\w*|(make|made|be|is|go) public|publications?|publi(er|ee?s?|able)|publi(car|cable|cad[ao]s?|cacion"
    r"|cavel|cacao)|veroffentlich\w*|share|shared|sharing|shar(e)?able|disclos\w*|partag\w*|diffus\w*|compart\w*"
    r"|divulg\w*|difundi\w*|weitergeben|(ال|لل)?نشر\w*|تنشر|ينشر|تشارك|يشارك|(ال|لل)?مشارك[ةه])"
)
_NEARLY_NEXT = r"( \w+){0,4}? "
_WITHHOLDING = re.compile(rf"\b{_WITHHELD}\b")
_DENIED_PUBLICATION = re.compile(rf"\b({_NOT}{_NEARLY_NEXT}{_PUBLICATION}|un(publish|shar)\w*)\b")
_DENIED_CONFIDENTIAL = re.compile(
    rf"\b{_NOT}{_NEARLY_NEXT}({_CONFIDENTIAL}|{_WITHHELD}|{_SENSITIVE}|{_EMBARGO}|{_CLOSED}|private|internal)\b"
    r"|\bnon?confiden|\bunrestricted\b|\bembargos? (was |is |has been )?(lifted|over|released|leve|levantado)\b"
)
_MARKED, _PUBLISHED = re.compile(rf"\b{_CONFIDENTIAL}\b"), re.compile(rf"\b{_PUBLICATION}\b|^public[ao]?$")
# "Yes / no" in a heading says how to answer, and denies nothing; no more does "or not".
_HOW_TO_ANSWER = re.compile(
    r"\b((yes|y|oui|o|si|s|sim|ja|j|نعم) (or |ou |o |oder |أو )?(no|n|non|nao|nein|لا)|or not)\b"
)


class HeadingSense(Enum):
    """Meaning of a yes below a heading."""

    CONFIDENTIAL = auto()
    UNCLEAR = auto()  # it may mean that an outcome is confidential, or that it isn't
    OTHER = auto()


def sense_of_heading(name: str) -> HeadingSense:
    """Say what a yes below a heading means.

    Examples
    --------
    >>> for name in ("Embargo until", "May be published", "Sensitive topics"):
    ...     print(sense_of_heading(name).name)
    CONFIDENTIAL
    UNCLEAR
    OTHER
    """
    heading = " ".join(_HOW_TO_ANSWER.sub(" ", _words(name)).split())
    rest = _DENIED_PUBLICATION.sub(" ", heading)
    is_other = _OTHER_SENSE.search(rest) is not None
    if _DENIED_CONFIDENTIAL.search(rest):
        return HeadingSense.UNCLEAR
    if _stands_alone(_ALONE, rest):
        return HeadingSense.CONFIDENTIAL
    rest = _WITHHOLDING.sub(" ", rest)
    if _PUBLISHED.search(rest) and not is_other:
        return HeadingSense.UNCLEAR
    if rest != heading or _MARKED.search(rest):
        return HeadingSense.CONFIDENTIAL
    is_unclear = not is_other and (_stands_alone(_MAYBE_ALONE, rest) or _ELSEWHERE.search(rest))
    return HeadingSense.UNCLEAR if is_unclear else HeadingSense.OTHER


def is_about_confidentiality(name: str) -> bool:
    """Whether a heading has a word for confidential, so that short answers below it may be levels, or dates.

    Examples
    --------
    >>> is_about_confidentiality("Level of sensitivity"), is_about_confidentiality("Shared with")
    (True, False)
    """
    words = _words(name)
    is_named = sense_of_heading(name) is HeadingSense.CONFIDENTIAL or _MARKED.search(words) is not None
    return is_named or (_ELSEWHERE.search(words) is not None and not _OTHER_SENSE.search(words))


def is_level_of_confidentiality(answer: str) -> bool | None:
    """Whether an answer is a level that says confidential; None where it is no level.

    Examples
    --------
    >>> [is_level_of_confidentiality(answer) for answer in ("TLP:AMBER", "Public", "Local")]
    [True, False, None]
    """
    if _OPEN_LEVEL.fullmatch(_words(answer)):
        return False
    return True if _CLOSED_LEVEL.fullmatch(_words(answer)) else None


def _stands_alone(words: re.Pattern[str], heading: str) -> bool:
    others, n_found = words.subn(" ", heading)
    return n_found > 0 and _FILLERS.issuperset(word for word in others.split() if not word.isdecimal())


def _words(name: str) -> str:
    """Reduce a heading to words without accents, vowel signs and invisible characters, one blank between them."""
    apart = re.sub("(?<=[a-z])(?=[A-Z])", " ", name).casefold()  # columns of forms are named so: isConfidential
    letters = unicodedata.normalize("NFKD", re.sub("['`\u00b4\u2019\u02bc]t\\b", "t", apart))  # don't, can't
    plain = "".join(letter for letter in letters if unicodedata.category(letter) not in {"Mn", "Mc", "Me", "Cf"})
    return " ".join("".join(letter if letter.isalnum() else " " for letter in plain).split())
