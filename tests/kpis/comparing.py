"""What tests of comparisons begin with: two arms, and a look at their counts."""

from datetime import date

from domain.experiment_looks import Look

HEAD = {"name": "Blue button", "design": "ab_test", "arm_1": "Grey", "arm_2": "Blue"}


def look(day: int, *counts: int | None) -> Look:
    one, of_one, two, of_two = counts
    return Look(date(2026, 11, day), (one, of_one, two, of_two))
