"""Comparing answers of statistics: words and counts exactly, figures to within a billionth."""

import math
from typing import Any

TOLERANCE = 1e-9


def near(found: Any, wanted: Any) -> bool:
    """Whether `found` is `wanted`, figures aside by at most 1e-9; of objects only the keys that are wanted count."""
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(
            key in found and near(found[key], one) for key, one in wanted.items()
        )
    if isinstance(wanted, list):
        return isinstance(found, list) and len(found) == len(wanted) and all(map(near, found, wanted))
    if isinstance(wanted, bool) or not isinstance(wanted, int | float):
        return bool(found == wanted)
    if isinstance(found, bool) or not isinstance(found, int | float):
        return False
    return math.isclose(found, wanted, rel_tol=0, abs_tol=TOLERANCE)
