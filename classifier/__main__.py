"""Lets ``python -m classifier`` do what ``outcome-coder`` does."""

from classifier.cli import main

main()
