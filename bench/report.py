"""One line of a bench: the product beside its floor, measured in the same run on the same machine."""

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """`ratio` is how the goal is said: a share of the floor's speed, or of its time. `ok`: the goal is reached."""

    name: str
    product_seconds: float
    floor_seconds: float
    ratio: float
    goal: str
    ok: bool

    def line(self) -> str:
        mark = "reached" if self.ok else "NOT REACHED"
        return (
            f"{self.name:<58} product {self.product_seconds * 1000:>10.1f} ms   floor {self.floor_seconds * 1000:>10.1f} ms"
            f"   ratio {self.ratio:>7.3f}   goal {self.goal:<10} {mark}"
        )


def speed(name: str, product: float, floor: float, at_least: float) -> Row:
    """The product's speed as a share of the floor's: floor seconds over product seconds."""
    ratio = floor / product
    return Row(name, product, floor, ratio, f">= {at_least:g}x", ratio >= at_least)


def cost(name: str, product: float, floor: float, at_most: float) -> Row:
    """The product's time as a multiple of the floor's."""
    ratio = product / floor
    return Row(name, product, floor, ratio, f"<= {at_most:g}x", ratio <= at_most)


def median_seconds(
    work: Callable[[], object], *, times: int = 5, before: Callable[[], object] | None = None
) -> float:
    """The median of several runs, garbage collection apart; `before` prepares each run and is not timed."""
    taken = []
    for _ in range(times):
        if before:
            before()
        gc.collect()
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)
