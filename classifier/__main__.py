"""The command line as ``python -m classifier``."""

from classifier.cli.app import main

main()
