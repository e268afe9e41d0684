"""Classifiers of the fields: training, calibration, conformal thresholds, storage."""
