"""What crosses the border: imports, their rows, saved mappings."""

from exchange.models.imports import ImportedRecord, ImportFile, ImportRow, ImportRun, SavedMapping

__all__ = ["ImportFile", "ImportRow", "ImportRun", "ImportedRecord", "SavedMapping"]
