"""How far an approved use reaches: users and sites, from whatever counts them. Pure; what nobody counted adds nothing."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counted:
    """The counts of one initiative; None: nobody counted.

    `charter_users`: invited and outside the charter, of a running pilot. `weekly_users`: of the latest week after it.
    `wave_users`, `wave_sites`: of each wave that has begun. `charter_sites`: of a running pilot's charter.
    """

    charter_users: int | None = None
    weekly_users: int | None = None
    wave_users: tuple[int | None, ...] = ()
    charter_sites: int | None = None
    wave_sites: tuple[int | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Reach:
    """How many users and sites; None where nothing counts them."""

    users: int | None
    sites: int | None


def reach_of(counted: Counted) -> Reach:
    """The largest of the counts, and not their sum: the users of a week may be those of a wave, and nobody counts twice.

    Waves are added up, each with who is in it and in no other.
    """
    return Reach(
        _largest((counted.charter_users, counted.weekly_users, _sum(counted.wave_users))),
        _largest((counted.charter_sites, _sum(counted.wave_sites))),
    )


def _sum(counts: Iterable[int | None]) -> int | None:
    known = [one for one in counts if one is not None]
    return sum(known) if known else None


def _largest(counts: Iterable[int | None]) -> int | None:
    return max((one for one in counts if one is not None), default=None)
