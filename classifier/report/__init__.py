"""Reports of an evaluation, and cross-tables of coded harvests."""
