"""Reads: imports and their rows, and the figures of a day across all rooms."""
