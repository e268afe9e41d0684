"""What outcome-coder is worth beside what a user would take instead; run by ``make bench``."""
