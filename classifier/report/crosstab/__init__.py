"""Cross-tables: how many outcomes have each code, in total and by another field or column."""
