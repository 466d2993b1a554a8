"""The looks at a running comparison: what a further one may say, and the verdict on all of them.

Counts are cumulative: each look says how many there have been so far. So they only grow, and a look before the planned
end is a look at p that was taken early (see domain.experiment).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from domain.comparison import MOST_PAIRS
from domain.errors import RuleError
from domain.experiment import Plan, Verdict, judge_counts, judge_pairs
from domain.series import MOST_COUNT

ARMS: Final = ("successes_1", "trials_1", "successes_2", "trials_2")
PAIRS: Final = ("only_1", "both", "only_2", "neither")


@dataclass(frozen=True, slots=True)
class Look:
    """The counts so far, as known on a day; None = not recorded.

    counts: successes and trials of arm 1, then of arm 2. Where the arms share their cases: the pairs only arm 1 had
    right, both had right, only arm 2 had right, neither had right.
    """

    on: date
    counts: tuple[int | None, int | None, int | None, int | None]


def require_look(
    look: Look, *, paired: bool, before: Look | None, started_on: date | None, today: date
) -> None:
    """Refuse a look that cannot follow the one `before`. RuleError names /looked_on or the count (ARMS or PAIRS)."""
    _require_day(look.on, before, started_on, today)
    names = PAIRS if paired else ARMS
    for name, value in zip(names, look.counts, strict=True):
        least = 1 if name.startswith("trials") else 0
        most = MOST_PAIRS if name.startswith("only") else MOST_COUNT
        if value is None:
            if name in {"successes_1", "successes_2", "only_1", "only_2"}:
                raise RuleError(
                    "required", "Say how many there were. Without a count there is no look.", f"/{name}"
                )
        elif not least <= value <= most:
            raise RuleError("out_of_range", f"Give a whole number from {least:,} to {most:,}.", f"/{name}")
    if paired:
        if not any(look.counts) and None not in look.counts:
            raise RuleError("empty", "Give one pair at least.", "/only_1")
    else:
        _require_within(look)
    if before is not None:
        _require_growth(look, before, names, paired)


def verdict_of(
    looks: Sequence[Look],
    *,
    paired: bool,
    names: tuple[str, str],
    ends_on: date | None,
    per_arm: int | None,
) -> Verdict | None:
    """The verdict on the latest look, with the earlier ones as peeking; None without a look.

    looks: oldest first. More successes are better. Where no end was planned and nothing was looked at before, how often
    it was looked at is not known.
    """
    if not looks:
        return None
    last, earlier = looks[-1], looks[:-1]
    early = sum(ends_on is None or look.on < ends_on for look in earlier)
    unknown = ends_on is None and not early
    plan = Plan(per_arm=per_arm, ends_on=ends_on, looks_before_end=None if unknown else early)
    one, of_one, two, of_two = last.counts
    if paired:
        return judge_pairs(of_one, one, two, of_two, as_of=last.on, plan=plan, names=names)
    return judge_counts(one, of_one, two, of_two, as_of=last.on, plan=plan, names=names)


def _require_day(on: date, before: Look | None, started_on: date | None, today: date) -> None:
    if on > today:
        raise RuleError("in_future", "A look has been taken: give today or an earlier day.", "/looked_on")
    if started_on is not None and on < started_on:
        raise RuleError(
            "too_early", f"The comparison started on {started_on}. Look on that day or later.", "/looked_on"
        )
    if before is not None and on <= before.on:
        said = f"The last look was on {before.on}. Looks are recorded in order: give a later day."
        raise RuleError("out_of_order", said, "/looked_on")


def _require_within(look: Look) -> None:
    for place in (0, 2):
        successes, trials = look.counts[place], look.counts[place + 1]
        if successes is not None and trials is not None and successes > trials:
            said = f"Give {trials:,} or less: no more can succeed than there are."
            raise RuleError("more_than_all", said, f"/{ARMS[place]}")


def _require_growth(look: Look, before: Look, names: tuple[str, ...], paired: bool) -> None:
    """Counts so far only grow: successes, trials, and with them failures."""
    for name, now, was in zip(names, look.counts, before.counts, strict=True):
        if was is None:
            continue
        if now is None or now < was:
            said = f"On {before.on} it was {was:,} already. Counts are cumulative: give all so far, {was:,} or more."
            raise RuleError("decreasing", said, f"/{name}")
    if paired:
        return
    for place in (0, 2):
        (x, n), (x0, n0) = look.counts[place : place + 2], before.counts[place : place + 2]
        if n is None or x is None or n0 is None or x0 is None:
            continue
        if n - x < n0 - x0:
            said = f"On {before.on} there were {n0 - x0:,} without success, now {n - x:,}. Counts are cumulative."
            raise RuleError("decreasing", said, f"/{names[place + 1]}")
