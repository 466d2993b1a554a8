"""Writes that cross the border: imports staged, previewed and committed."""
