"""Harvests: outcomes and their stories, read from a file and checked."""
