"""A small codebook, as written in a file."""

from __future__ import annotations

__all__ = ["CODEBOOK_YAML"]

CODEBOOK_YAML = """fields:
- name: scale
  column: Scale
  kind: multiple
  separator: ";"
  codes:
  - {code: Local, aliases: [District]}
  - {code: National, definition: "All over the country", mcq: [Country]}
"""
