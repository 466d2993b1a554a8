"""The calculators: a rule applied to JSON, without a database. One explicit table, keyed by kind.

A calculator takes the parsed document (numbers read as int or Decimal, never float) and returns plain JSON types;
it raises `domain.errors.RuleError` with a JSON pointer when the document is not what the rule can read.
"""

from collections.abc import Callable

CALCULATORS: dict[str, Callable[[object], object]] = {}
