"""Report the agreement of suggestions with coders; the same as ``outcome-coder evaluate``.

Example: python evaluate.py training_data/harvest_1.xlsx training_data/harvest_2.xlsx \
             --test training_data/harvest_3_agreed.xlsx --out report/
"""

from __future__ import annotations

import sys

from classifier.cli.app import main

if __name__ == "__main__":
    sys.argv.insert(1, "evaluate")
    main()
