"""Suggested codes: prediction, triage, explanation, and the files they are written to."""
