"""Projects: a journal of coding decisions, and what follows from it."""
