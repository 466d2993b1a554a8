"""How far an initiative's use reaches, in the pilot and after it: what a ceiling of users and sites is held against."""

from domain.reach import Counted, Reach, reach_of
from pilots.models import AdoptionWeek, Pilot, Wave
from portfolio.models import Initiative


def reach(initiative: Initiative) -> Reach:
    """Of its latest pilot: the charter and the invited while it runs, then the latest week of use; and every wave that has
    begun, at any time. Three statements."""
    pilot = Pilot.objects.filter(initiative=initiative).order_by("-pk").first()
    if pilot is None:
        return Reach(None, None)
    begun = Wave.objects.filter(pilot=pilot, started_on__isnull=False)
    waves = list(begun.values_list("users", "sites"))
    runs = pilot.ended_on is None
    return reach_of(
        Counted(
            charter_users=_invited(pilot) if runs else None,
            weekly_users=None if runs else _weekly(pilot),
            wave_users=tuple(users for users, _ in waves),
            charter_sites=pilot.sites_count if runs else None,
            wave_sites=tuple(sites for _, sites in waves),
        )
    )


def _invited(pilot: Pilot) -> int | None:
    if pilot.invited_users is None:
        return pilot.users_outside_charter
    return pilot.invited_users + (pilot.users_outside_charter or 0)


def _weekly(pilot: Pilot) -> int | None:
    """Of the latest week after the pilot's end: the invited, else the active, who are some of them."""
    row = AdoptionWeek.objects.filter(pilot=pilot, week__gt=pilot.ended_on).order_by("-week", "-pk").first()
    if row is None:
        return None
    return row.active if row.invited is None else row.invited
