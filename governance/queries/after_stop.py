"""What rooms above know to run for stopped initiatives. They register it; nothing of them is known here."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from domain.after_stop import Runs

Source = Callable[[date], Mapping[int, Sequence[Runs]]]
_sources: list[Source] = []


def serves_after(source: Source) -> Source:
    """Register what serves for stopped initiatives on a day, by initiative. A few statements at most."""
    _sources.append(source)
    return source


def running(day: date) -> dict[int, list[Runs]]:
    """Stopped initiative -> what still runs for it and for nothing that goes on."""
    found: dict[int, list[Runs]] = defaultdict(list)
    for source in _sources:
        for pk, rows in source(day).items():
            found[pk] += rows
    return found
