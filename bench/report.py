"""One line of a bench: the product beside its floor, measured in the same run on the same machine."""

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from bench.effort import Took


@dataclass(frozen=True, slots=True)
class Row:
    """`ratio` is how the goal is said: a share of the floor's speed, or of its time. `ok`: the goal is reached.

    `by_cpu`: the same ratio of processor time, where it is known.
    """

    name: str
    product_seconds: float
    floor_seconds: float
    ratio: float
    goal: str
    ok: bool
    by_cpu: float | None = None

    def line(self) -> str:
        mark = "reached" if self.ok else "NOT REACHED"
        cpu = f"{self.by_cpu:>7.3f}" if self.by_cpu is not None else "      -"
        return (
            f"{self.name:<66} product {self.product_seconds * 1000:>10.1f} ms   floor {self.floor_seconds * 1000:>10.1f} ms"
            f"   ratio {self.ratio:>7.3f}   by CPU {cpu}   goal {self.goal:<10} {mark}"
        )


def speed(name: str, product: float | Took, floor: float | Took, at_least: float) -> Row:
    """The product's speed as a share of the floor's: floor seconds over product seconds."""
    return _row(name, product, floor, f">= {at_least:g}x", lambda ratio: ratio >= at_least, inverse=True)


def cost(name: str, product: float | Took, floor: float | Took, at_most: float) -> Row:
    """The product's time as a multiple of the floor's."""
    return _row(name, product, floor, f"<= {at_most:g}x", lambda ratio: ratio <= at_most)


def growth(name: str, before: float | Took, after: float | Took, at_most: float) -> Row:
    """How much longer the same work takes in the larger world; `floor` is the smaller one."""
    return cost(name, after, before, at_most)


def beside(name: str, product: float | Took, floor: float | Took) -> Row:
    """The product's speed as a share of the floor's, told without a goal."""
    return _row(name, product, floor, "told", lambda _: True, inverse=True)


def _row(
    name: str, product: float | Took, floor: float | Took, goal: str, reached: Callable[[float], bool], *, inverse: bool = False
) -> Row:  # fmt: skip
    product, floor = (took if isinstance(took, Took) else Took(took) for took in (product, floor))
    ratio = product.seconds / floor.seconds
    by_cpu = product.cpu / floor.cpu if product.cpu and floor.cpu else None
    if inverse:
        ratio, by_cpu = 1 / ratio, None if by_cpu is None else 1 / by_cpu
    return Row(name, product.seconds, floor.seconds, ratio, goal, reached(ratio), by_cpu)


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
