"""The sample codebook with some of its scale in French and Arabic."""

from __future__ import annotations

from classifier.codebook.schema import Codebook, sample_codebook

__all__ = ["translated_codebook"]

_COLUMN = {"fr": {"column": "Échelle", "question": "Jusqu'où va le changement ?"}, "ar": {"column": "النطاق"}}
_CODES = {
    "Local": {
        "fr": {"code": "Échelon local", "definition": "Un village, un quartier, une commune."},
        "ar": {"code": "محلي", "definition": "قرية أو حي أو بلدية."},
    },
    "National": {"fr": {"code": "Pays entier", "exclude": "une région"}, "ar": {"code": "وطني"}},
}


def translated_codebook() -> Codebook:
    """Return the sample codebook with translations."""
    content = sample_codebook().model_dump(exclude_defaults=True)
    for field in content["fields"]:
        if field["name"] == "scale":
            field["translations"] = _COLUMN
            for code in field["codes"]:
                code["translations"] = _CODES.get(code["code"], {})
    return Codebook.model_validate(content)
