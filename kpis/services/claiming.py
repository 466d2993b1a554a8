"""Work that waits for a worker, claimed chunk by chunk under the locks of its initiatives.

What is not written is still owed: so a pass can be killed anywhere and started again, run twice, late, or side by side.
"""

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Final

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import QuerySet

from portfolio.models import Initiative
from portfolio.services.locks import claim_initiatives

log = logging.getLogger(__name__)
CHUNK: Final = 1_000  # initiatives a transaction
# What publishing reads of an initiative.
READ: Final = ("pk", "name", "unit_id", "lead_id", "kpi_status", "kpi_reason", "kpi_since", "pilot_level")


@dataclass(frozen=True, slots=True)
class Pass:
    """What a pass did: KPIs folded anew or further, and stored answers that changed."""

    folded: int = 0
    changed: int = 0

    def __add__(self, other: "Pass") -> "Pass":
        return Pass(self.folded + other.folded, self.changed + other.changed)


def claimed(
    waiting: Callable[[Collection[int]], QuerySet[Any, Any]],
    work: Callable[[dict[int, Initiative]], Pass],
    chunks: int | None,
    *,
    most: int | None = None,
) -> Pass:
    """Claim and work chunk after chunk until nothing waits; where one fails, initiative by initiative.

    `waiting` gives the ids of initiatives with something to do, but for those named. `work` does it, so that they wait no more. most: so many a transaction.
    """
    done, skipped, size, took = Pass(), set[int](), most or CHUNK, 0
    while chunks is None or took < chunks:
        held: dict[int, Initiative] = {}
        try:
            with transaction.atomic():
                held = claim_initiatives(waiting(skipped), limit=size, only=READ)
                if not held:
                    return done
                done += work(held)
            took += 1
        except (OperationalError, InterfaceError):
            raise  # the database is busy or away: the next pass finds the same waiting
        except Exception:
            if not held:
                raise
            log.exception("KPIs of initiatives %s to %s not judged", min(held), max(held))
            # One that cannot be judged keeps no other waiting, and waits for the next pass itself.
            skipped |= set(held) if size == 1 else set()
            size = (most or CHUNK) if size == 1 else 1
    return done
