"""The command line, as ``outcome-coder`` and as ``python -m classifier``."""

import sys


def main() -> None:
    """Run the command line."""
    sys.unraisablehook = lambda _: None  # of what fails while a library cleans up after an error
    try:
        from classifier.cli.app import main as run_command_line

        run_command_line()
    except KeyboardInterrupt:  # before anything else was ready for it
        sys.exit(130)


if __name__ == "__main__":
    main()
