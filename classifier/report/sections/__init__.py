"""Sections of the evaluation report."""
