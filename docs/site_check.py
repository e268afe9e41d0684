"""Check that a built site fetches nothing from another place; prints what does, and fails."""

from __future__ import annotations

import sys
from html.parser import HTMLParser
from pathlib import Path

__all__ = ["fetched_from_elsewhere", "main"]

_FETCHING = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}


class _Fetched(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the address of what a browser fetches to show the page."""
        address = dict(attrs).get(_FETCHING.get(tag, "")) or ""
        if address.startswith(("http:", "https:", "//")):
            self.found.append(address)


def fetched_from_elsewhere(page: str) -> list[str]:
    """List the addresses elsewhere that a browser fetches to show a page; links to follow are none of them."""
    parser = _Fetched()
    parser.feed(page)
    return parser.found


def main(folder: Path) -> int:
    """Check all pages of a site; return the exit status."""
    found = [
        f"{path}: fetches {address}"
        for path in sorted(folder.rglob("*.html"))
        for address in fetched_from_elsewhere(path.read_text(encoding="utf-8"))
    ]
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
