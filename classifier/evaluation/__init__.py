"""Evaluation on held-out outcomes: cross-validation, metrics, label errors, prevalence."""
