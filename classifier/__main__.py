"""Lets ``python -m classifier`` do what ``outcome-coder`` does."""

from classifier.cli.app import main

main()
