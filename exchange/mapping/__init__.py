"""A mapping says what a file's columns mean; with it, rows of text become judged rows. README.md tells the language."""

from exchange.mapping.dates import Dated
from exchange.mapping.detect import Suggestion, detect
from exchange.mapping.document import MappingRefused, to_toml
from exchange.mapping.keys import assign_occurrences, stored_key
from exchange.mapping.loading import load_mapping, parse_mapping, shipped_mappings
from exchange.mapping.results import CellWarning, Key, RowResult
from exchange.mapping.rows import iter_rows, map_rows
from exchange.mapping.schema import Mapping
from exchange.mapping.summary import Figures, summarise
from exchange.mapping.vocabulary import Fact

__all__ = [
    "CellWarning",
    "Dated",
    "Fact",
    "Figures",
    "Key",
    "Mapping",
    "MappingRefused",
    "RowResult",
    "Suggestion",
    "assign_occurrences",
    "detect",
    "iter_rows",
    "load_mapping",
    "map_rows",
    "parse_mapping",
    "shipped_mappings",
    "stored_key",
    "summarise",
    "to_toml",
]
