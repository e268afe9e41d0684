"""Pages of the review site."""
