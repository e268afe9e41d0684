"""Language, redaction and length of a story, as limits to coding it."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from classifier.harvest.word_count import count_words

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier


UNKNOWN_LANGUAGE = "unknown"

_NO_LANGUAGE = "zxx"
_LEAST_LETTERS = 10  # with fewer, the nearest language is a guess
# Words that hardly any other language has, and which are two in five words of English.
_ENGLISH = frozenset(
    (
        *(
            "the",
            "of",
            "and",
            "to",
            "that",
            "was",
            "were",
            "with",
            "for",
            "from",
            "by",
            "their",
            "which",
            "has",
            "have",
        ),
        *("had", "this", "these", "been", "would", "could", "they", "who", "when", "after", "at", "into", "not", "are"),
        *("is", "as", "it", "its"),
    )
)
_N_WORDS = 60  # looked at
_LEAST_WORDS, _LEAST_SHARE = 4, 0.2
_REDACTION = re.compile(r"<[^<>\s]+>")
# fmt: off
_NAMES = {
    "af": "Afrikaans", "am": "Amharic", "ar": "Arabic", "ary": "Arabic", "arz": "Arabic", "as": "Assamese",
    "az": "Azerbaijani", "ba": "Bashkir", "be": "Belarusian", "bg": "Bulgarian", "bn": "Bengali", "bs": "Bosnian",
    "ca": "Catalan", "crh": "Crimean Tatar", "cs": "Czech", "cy": "Welsh", "da": "Danish", "de": "German",
    "dz": "Dzongkha", "el": "Greek", "en": "English", "es": "Spanish", "et": "Estonian", "eu": "Basque",
    "fa": "Persian", "fi": "Finnish", "fr": "French", "fuv": "Fulfulde", "gl": "Galician", "gom": "Konkani",
    "gu": "Gujarati", "gug": "Guarani", "ha": "Hausa", "he": "Hebrew", "hi": "Hindi", "hr": "Croatian",
    "ht": "Haitian Creole", "hu": "Hungarian", "hy": "Armenian", "id": "Indonesian or Malay", "ig": "Igbo",
    "is": "Icelandic", "it": "Italian", "ja": "Japanese", "jv": "Javanese", "ka": "Georgian", "kab": "Kabyle",
    "kik": "Kikuyu", "kk": "Kazakh", "km": "Khmer", "kn": "Kannada", "ko": "Korean", "ku": "Kurdish", "ky": "Kyrgyz",
    "lg": "Luganda", "ln": "Lingala", "lo": "Lao", "lt": "Lithuanian", "lv": "Latvian", "mg": "Malagasy",
    "mk": "Macedonian", "ml": "Malayalam", "mn": "Mongolian", "mr": "Marathi", "ms": "Indonesian or Malay",
    "mt": "Maltese", "my": "Burmese", "ne": "Nepali", "nl": "Dutch", "nn": "Norwegian", "no": "Norwegian",
    "nso": "Northern Sotho", "om": "Oromo", "or": "Odia", "pa": "Punjabi", "pl": "Polish", "ps": "Pashto",
    "pt": "Portuguese", "qu": "Quechua", "ro": "Romanian", "ru": "Russian", "rw": "Kinyarwanda", "sdh": "Kurdish",
    "si": "Sinhala", "sk": "Slovak", "sl": "Slovenian", "sn": "Shona", "so": "Somali", "sq": "Albanian",
    "sr": "Serbian", "st": "Sotho", "sv": "Swedish", "sw": "Swahili", "ta": "Tamil", "te": "Telugu", "tg": "Tajik",
    "th": "Thai", "tk": "Turkmen", "tl": "Tagalog", "tr": "Turkish", "tt": "Tatar", "ug": "Uyghur", "uk": "Ukrainian",
    "ur": "Urdu", "uz": "Uzbek", "uzs": "Uzbek", "vi": "Vietnamese", "wuu": "Chinese", "xh": "Xhosa", "yo": "Yoruba",
    "yue": "Chinese", "zh": "Chinese", "zu": "Zulu",
}  # by the codes of py3langid, without those of languages in which hardly anyone writes an outcome
# fmt: on


def language_of(text: str) -> str:
    """Identify the language of a text; `UNKNOWN_LANGUAGE` where it is none of some hundred, or the text is too short.

    Redaction marks don't count.

    Examples
    --------
    >>> language_of("Les conseillères du village se réunissent chaque mois avec le maire.")
    'French'
    >>> language_of("OK")
    'unknown'

    References
    ----------
    .. [1] Lui and Baldwin (2012), "langid.py: An Off-the-shelf Language Identification Tool",
       https://aclanthology.org/P12-3005.
    """
    bare = _REDACTION.sub(" ", text)
    if sum(map(str.isalpha, bare)) < _LEAST_LETTERS:
        return UNKNOWN_LANGUAGE
    code, _ = _identifier().classify(bare)
    return _NAMES.get(code, UNKNOWN_LANGUAGE)


def quick_language_of(text: str) -> str:
    """Identify the language of a text as `language_of` does, in a fiftieth of the time where it is plain English.

    Examples
    --------
    >>> quick_language_of("The women of the village repaired the road to the market with the help of the council.")
    'English'
    """
    words = text.split(maxsplit=_N_WORDS)[:_N_WORDS]
    n_english = sum(word in _ENGLISH for word in words)
    return "English" if n_english >= max(_LEAST_WORDS, _LEAST_SHARE * len(words)) else language_of(text)


def redacted_share(text: str) -> float:
    """Return the share of redaction marks, such as ``<person>``, among the words of a text.

    Examples
    --------
    >>> redacted_share("<person> of <LOC> was released")
    0.4
    """
    n_marks = len(_REDACTION.findall(text))
    return min(n_marks / max(count_words(_REDACTION.sub("x", text)), 1), 1.0) if n_marks else 0.0


@cache
def _identifier() -> LanguageIdentifier:
    # Imported here since it is wanted only where outcomes are read.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages([*_NAMES, _NO_LANGUAGE])
    return identifier
