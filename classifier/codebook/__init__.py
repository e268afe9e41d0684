"""Codebooks: fields and codes, read, compared, and mapped onto each other."""
