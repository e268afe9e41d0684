"""Review page: coding with suggestions, in a browser."""
