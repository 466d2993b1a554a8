"""Fewer points of a long series for drawing, with its extremes. Judging always reads all of them."""

from collections.abc import Collection, Sequence
from typing import Any


def thinned(values: Sequence[Any], most: int, keep: Collection[int] = ()) -> list[int]:
    """The places to draw, in order: all where there are at most `most`.

    Else the first, the last, those in `keep`, and of each stretch of the series its lowest and its highest value, so that no
    peak is lost whatever the width of the picture. Never many more than `most`, unless `keep` alone has more.
    """
    if len(values) <= most:
        return list(range(len(values)))
    found = {0, len(values) - 1, *(place for place in keep if 0 <= place < len(values))}
    stretches = max((most - len(found)) // 2, 1)
    for number in range(stretches):
        begins, ends = number * len(values) // stretches, (number + 1) * len(values) // stretches
        places = range(begins, ends)
        found.add(min(places, key=values.__getitem__))
        found.add(max(places, key=values.__getitem__))
    return sorted(found)
