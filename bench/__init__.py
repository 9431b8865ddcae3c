"""Measurements, each printing its figures as JSON lines."""
