"""From bytes to a table of text: CSV and XLSX, within limits, with one clear error for a file that is not taken."""

from exchange.reading.limits import Limits
from exchange.reading.reader import read_table
from exchange.reading.refusal import FileRefused, Place, RefusalError
from exchange.reading.table import Column, FileRules, Table, collapse, fold

__all__ = [
    "Column",
    "FileRefused",
    "FileRules",
    "Limits",
    "Place",
    "RefusalError",
    "Table",
    "collapse",
    "fold",
    "read_table",
]
