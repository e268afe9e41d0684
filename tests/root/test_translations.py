"""Catalogs of translations: complete, with the values of the English texts, and every text of the page in them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message

import classifier
from classifier.codebook.columns import Columns
from classifier.languages import LANGUAGES, gettext, ngettext, use_language
from classifier.review.pages.start import TRIAL_CODERS, TRIALS
from docs.translations import catalog_of, extracted

PACKAGE = Path(classifier.__file__).parent
TRANSLATED = sorted(set(LANGUAGES) - {"en"})
PAGES = [*sorted((PACKAGE / "review").rglob("*.py"))]
TEMPLATES = sorted((PACKAGE / "review" / "templates").glob("*.html"))
_VALUES = re.compile(r"%\((\w+)\)s|\{(\w+)(?:![rs])?\}|(%%)")
_TAGS = re.compile(r"</?[a-z]+[^>]*>")
_KEYS = re.compile(r"(?<=<kbd>)[^<]+")  # of the keyboard; an Enter key has another name in another language
_SELDOM_SHOWN = tuple(  # of formats of codebooks and harvests that few have
    f"classifier/{name}.py"
    for name in (
        *("codebook/mapping", "codebook/refi_qda", "codebook/table", "codebook/xlsform", "codebook/yaml_format"),
        *("spreadsheet/alphabets", "spreadsheet/json_records", "spreadsheet/qdpx"),
        *("spreadsheet/text_encoding", "spreadsheet/text_records"),
    )
)
_COUNTS = {"n", "num"}  # a plural form for one or two can do without its number


@pytest.fixture(scope="module")
def template() -> Catalog:
    return extracted()


@pytest.fixture(scope="module", params=TRANSLATED)
def catalog(request: pytest.FixtureRequest) -> Catalog:
    return catalog_of(request.param)


def key(message: Message) -> tuple[object, str | None]:
    return message.id, message.context


def texts(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(map(str, message.string or ("",)))


def sources(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(map(str, message.id))


def values_in(text: str) -> set[str]:
    return {"".join(found) for found in _VALUES.findall(text)}


def tags_in(text: str) -> list[str]:
    return sorted(_TAGS.findall(text))


def test_no_text_of_the_program_is_missing_in_a_catalog(catalog: Catalog, template: Catalog) -> None:
    known = {key(message) for message in catalog}
    assert [message.id for message in template if message.id and key(message) not in known] == []


def test_catalog_has_no_text_that_is_gone_from_the_program(catalog: Catalog, template: Catalog) -> None:
    known = {key(message) for message in template}
    assert [message.id for message in catalog if message.id and key(message) not in known] == []


def test_no_text_in_the_code_is_overlooked_when_texts_are_extracted(template: Catalog) -> None:
    known = {text for message in template if message.id for text in sources(message)}
    assert [text for path in sorted(PACKAGE.rglob("*.py")) for text in given_in(path) if text not in known] == []


def given_in(path: Path) -> Iterator[str]:
    """Yield the texts that a module gives to a function for texts, also within an f-string."""
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(call, ast.Call) and (found := re.search(r"(p|n?)gettext$|marked$", ast.unparse(call.func))):
            texts = {"n": call.args[:2], "p": call.args[1:2]}.get(found[1] or "", call.args[:1])
            yield from (text.value for text in texts if isinstance(text, ast.Constant) and isinstance(text.value, str))


def is_needed(message: Message, language: str) -> bool:
    """Whether a text is to be translated: some faults of files, and options of commands, are so far in French alone."""
    is_seldom_shown = all(path in _SELDOM_SHOWN for path, _ in message.locations)
    names_option = any(sign in sources(message)[0] for sign in ("--", "`"))
    return bool(message.id) and (language == "fr" or not (is_seldom_shown or names_option))


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated(language: str) -> None:
    needed = [message for message in catalog_of(language) if is_needed(message, language)]
    assert [message.id for message in needed if message.fuzzy or not all(texts(message))] == []


def test_translations_have_the_values_of_the_english_text(catalog: Catalog) -> None:
    wrong = []
    for message in catalog:
        wanted = values_in(sources(message)[-1]) if message.id else set()
        wrong += [text for text in texts(message) if message.id and text and (wanted ^ values_in(text)) - _COUNTS]
    assert wrong == []


def test_translations_have_the_tags_of_the_english_text(catalog: Catalog) -> None:
    wrong = []
    for message in catalog:
        wanted = [] if not message.id else tags_in(sources(message)[-1])
        wrong += [text for text in texts(message) if message.id and text and tags_in(text) != wanted]
    assert wrong == []


def test_translations_begin_and_end_with_the_blanks_of_the_english_text(catalog: Catalog) -> None:
    wrong = [text for message in catalog if message.id for text in texts(message) if text != text.rstrip() and text]
    assert all(text.strip() in (",", "،", ";", "؛") for text in wrong)


@pytest.mark.parametrize(("language", "n_forms"), [("ar", 6), ("es", 2), ("fr", 2)])
def test_catalog_has_the_plural_forms_of_its_language(language: str, n_forms: int) -> None:
    catalog = catalog_of(language)
    assert {len(texts(message)) for message in catalog if message.id and len(sources(message)) > 1} == {n_forms}


def test_arabic_counts_none_one_two_few_many_and_hundreds_differently() -> None:
    with use_language("ar"):
        told = [ngettext("{n} outcome", "{n} outcomes", n) for n in (0, 1, 2, 3, 11, 100)]
    assert told == ["لا نتائج", "نتيجة واحدة", "نتيجتان", "3 نتائج", "11 نتيجة", "100 نتيجة"]


# What is written as it is in every language: values, tags, addresses, and what is to be typed letter by letter.
_NOT_PROSE = re.compile(r"%\(\w+\)[sd]|\{[^}]*\}|<[^>]*>|`[^`]*`|https?://\S*|\d:\d")
_WITHOUT_NO_BREAK_SPACE = re.compile(r"[^\N{NO-BREAK SPACE}](?=[;:?!»])|«(?!\N{NO-BREAK SPACE})")


def test_french_has_a_no_break_space_before_the_signs_of_two_parts_and_inside_quotation_marks() -> None:
    prose = [(text, _NOT_PROSE.sub("x", text)) for message in catalog_of("fr") if message.id for text in texts(message)]
    assert [text for text, plain in prose if _WITHOUT_NO_BREAK_SPACE.search(plain)] == []


def test_plain_space_before_a_sign_of_two_parts_is_found() -> None:
    assert _WITHOUT_NO_BREAK_SPACE.search("Vraiment ?")
    assert _WITHOUT_NO_BREAK_SPACE.search("Vraiment\N{NO-BREAK SPACE}?") is None


@pytest.mark.parametrize("language", TRANSLATED)
def test_standard_headings_of_a_story_are_translated(language: str) -> None:
    with use_language(language):
        assert [name for part in Columns().parts if gettext(name := part.column[0].strip()) == name] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_titles_and_errors_of_drop_downs_are_short_enough_for_excel(language: str) -> None:
    found = {message.id: texts(message)[0] for message in catalog_of(language) if isinstance(message.id, str)}
    titles = ("Not in the codebook", "Not one code of the list", "One or more codes")
    assert [found[title] for title in titles if len(found[title]) > 32] == []


# What nobody could translate


_JINJA = re.compile(r"\{%-?\s*trans\b.*?endtrans\s*-?%\}|\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
_UNSEEN = re.compile(r"<kbd>[^<]*</kbd>|<!doctype[^>]*>|&\w+;", re.IGNORECASE)
_GIVEN = re.compile(r'(?:_|gettext)\((?:"(?:[^"\\\\]|\\\\.)*"(?:, )?)+')  # to a function for texts
_SHOWN_ATTRIBUTES = re.compile(r'\b(?:aria-label|title|alt|placeholder|label)="([^"]*)"')


def untranslated_in(source: str) -> Iterator[str]:
    """Yield what a template says in words of its own."""
    plain = _UNSEEN.sub(" ", _JINJA.sub("\0", source))
    for expression in re.findall(r"\{[{%](?!-?\s*(?:trans|extends|from|include)\b).*?[%}]\}", source, re.DOTALL):
        yield from re.findall(r'"([A-Z][A-Za-z]+(?: [^"]*)?)"', _GIVEN.sub("", expression))
    yield from (text for text in _SHOWN_ATTRIBUTES.findall(plain) if re.search("[A-Za-z]", text))
    for text in re.split(r"<[^>]*>|\0", plain):
        if re.search("[A-Za-z]{2}", text) and text.strip() != "outcome-coder" and "·" not in text:
            yield text.strip()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_no_template_has_words_that_are_not_translated(path: Path) -> None:
    assert list(untranslated_in(path.read_text(encoding="utf-8"))) == []


def test_words_of_a_template_that_are_not_translated_are_found() -> None:
    source = (
        '<p title="Why">{{ _("Field") }}: <b>{{ name }}</b> is new</p>{% trans %}Codes{% endtrans %}{{ m("Period") }}'
    )
    assert list(untranslated_in(source)) == ["Period", "Why", "is new"]


def sentences_in(tree: ast.Module) -> Iterator[str]:
    """Yield the sentences of a module that no function for texts is given."""
    given = {
        id(node)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and ast.unparse(call.func).endswith(("gettext", "marked"))
        for node in ast.walk(call)
    }
    unseen = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in given | unseen:
            yield from re.findall(r"^[A-Z][a-z']* \w.*", node.value)


# What whoever starts the page reads in the terminal, and errors of files that no coder sees.
_IN_THE_TERMINAL = ("server.py", "users.py", "roles.py")


@pytest.mark.parametrize(
    "path", [path for path in PAGES if path.name not in _IN_THE_TERMINAL], ids=lambda path: path.stem
)
def test_no_page_says_a_sentence_that_is_not_translated(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    known = {"Outcome coder", *TRIALS.values(), *TRIAL_CODERS.values()}  # titles of a passing page, names of a project
    assert [
        text for text in sentences_in(tree) if text not in known and not text.startswith(("Link for", "That link"))
    ] == []


def test_script_says_nothing_that_is_not_translated() -> None:
    source = (PACKAGE / "review" / "static" / "review.js").read_text(encoding="utf-8")
    code = "\n".join(line for line in source.splitlines() if not line.strip().startswith("//"))
    sentences = re.findall(r"""(?<!gettext\()["`]([A-Z][a-z']+ [^"`]*)["`]""", code)
    assert sentences == []
