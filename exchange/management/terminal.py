"""What commands share at a terminal: exit codes, days, a progress bar."""

import time
from argparse import ArgumentTypeError
from datetime import date
from typing import Any, Final

from core.values import FIRST_DAY, LAST_DAY

FINDING: Final = 1
USAGE: Final = 2
SHOWN_AFTER: Final = 2.0
WIDTH: Final = 30


def day(text: str) -> date:
    """An option that is a day, YYYY-MM-DD, from 1900 to 2200."""
    try:
        value = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        value = None
    if value is None or not FIRST_DAY <= value <= LAST_DAY:
        raise ArgumentTypeError(f"{text[:40]!r} is no such day. Write YYYY-MM-DD, from 1900 to 2200.")
    return value


class Bar:
    """A progress bar on a terminal, for work that takes more than two seconds; nothing anywhere else."""

    def __init__(self, out: Any, title: str) -> None:
        self._out, self._title = out, title
        self._since = time.monotonic()
        self._drawn = False

    def tell(self, done: int, total: int) -> None:
        """`done` rows of `total`."""
        if not self._out.isatty() or time.monotonic() - self._since < SHOWN_AFTER:
            return
        full = WIDTH * done // total if total else WIDTH
        self._out.write(
            f"\r{self._title} [{'#' * full}{' ' * (WIDTH - full)}] {done:,} of {total:,}", ending=""
        )
        self._out.flush()
        self._drawn = True

    def end(self) -> None:
        """The line is done."""
        if self._drawn:
            self._out.write("")
            self._drawn = False
