"""Update the catalogs of translations: ``python -m docs.translations``, or ``make translations``.

Texts are extracted from the package into each catalog: new ones come without a translation, those that are gone are
taken out. Write the translations into `classifier/locale/*/LC_MESSAGES/messages.po`; a test says which are missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

from classifier.catalogs import CATALOGS
from classifier.languages import ENGLISH, LANGUAGES

__all__ = ["catalog_of", "catalog_path", "extracted", "update_catalogs"]

_ROOT = Path(__file__).resolve().parents[1]
_METHODS = [
    ("review/templates/**.html", "jinja2"),
    ("review/static/review.js", "javascript"),
    ("**.py", "python"),
]
_OPTIONS = {
    "review/templates/**.html": {
        "trim_blocks": "true", "lstrip_blocks": "true", "newstyle_gettext": "true", "silent": "false"
    }
}  # fmt: skip
_KEYWORDS = {**DEFAULT_KEYWORDS, "marked": None, "lazy_gettext": None, "lazy_ngettext": (1, 2)}
_HEADERS = (
    "Project-Id-Version",
    "Language",
    "Plural-Forms",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
)


def extracted() -> Catalog:
    """Return all texts of the package that are to be translated, with the files they are in."""
    catalog = Catalog()
    found = extract_from_dir(
        _ROOT / "classifier", method_map=_METHODS, options_map=_OPTIONS, keywords=_KEYWORDS, strip_comment_tags=True
    )
    for path, _, text, _, context in sorted(found, key=lambda one: (one[0], one[1])):
        catalog.add(text, None, [(f"classifier/{Path(path).as_posix()}", 0)], context=context)
    return catalog


def catalog_path(language: str) -> Path:
    """Return the place of a language's catalog."""
    return CATALOGS / language / "LC_MESSAGES" / "messages.po"


def catalog_of(language: str) -> Catalog:
    """Read the catalog of a language."""
    with catalog_path(language).open("rb") as file:
        return read_po(file, locale=language)


def written(catalog: Catalog) -> bytes:
    """Write a catalog as text: in the order of files, each text in one line, without who wrote it and when."""
    content = BytesIO()
    write_po(content, catalog, width=0, sort_by_file=True, include_lineno=False, ignore_obsolete=True)
    return "\n".join(_without_authors(content.getvalue().decode())).encode()


def update_catalogs() -> None:
    """Take new texts into the catalogs, and those out that are gone."""
    template = extracted()
    for language in LANGUAGES:
        if language != ENGLISH:
            catalog = catalog_of(language)
            catalog.update(template, no_fuzzy_matching=True, update_header_comment=False)
            catalog_path(language).write_bytes(written(catalog))


def _without_authors(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        header = re.match(r'"([A-Z][\w-]+): ', line)
        if header is None or header[1] in _HEADERS:
            yield re.sub(r"^(\"Project-Id-Version:).*", r'\1 outcome-coder\\n"', line)


if __name__ == "__main__":
    update_catalogs()
