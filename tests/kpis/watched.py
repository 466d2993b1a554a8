"""Initiatives for the tests of early warnings: with the stages they went through, and both classes of KPIs."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from core.access import system
from core.models import BusinessUnit, User
from domain.stages import Stage
from kpis.models import Kpi, SignOff
from kpis.services.evaluate import sweep
from portfolio.models import Flag, Initiative, InitiativeMember, StageSpell
from portfolio.services.stages import move_stage
from tests.cast import AT, TODAY, Cast
from tests.kpis.build import make_kpi, trajectory, version_of

LINE = ("idea", "framing", "development", "pilot", "scale_up", "production")


def day(days: int) -> date:
    """That many days before today."""
    return TODAY - timedelta(days=days)


def moment(days: int) -> datetime:
    """The same time of the day, that many days before."""
    return AT - timedelta(days=days)


def worked_on(row: Initiative, cast: Cast) -> Initiative:
    """The initiative, with Bob on it."""
    InitiativeMember.objects.create(initiative=row, user=cast.bob, added_at=AT)
    return row


def staged(unit: BusinessUnit, name: str = "Claims triage", *entered: int, **more: Any) -> Initiative:
    """An initiative that entered the stages of the line so many days ago, one after another, through their gates."""
    first, *later = entered
    row = Initiative.objects.create(
        name=name,
        unit=unit,
        stage="idea",
        entered_on=day(first),
        created_at=moment(first),
        updated_at=AT,
        **more,
    )
    StageSpell.objects.create(initiative=row, stage="idea", entered_on=day(first), recorded_at=moment(first))
    for stage, days in zip(LINE[1:], later, strict=False):
        row = Initiative.objects.get(pk=row.pk)
        move_stage(
            initiative=row, to=Stage(stage), on=day(days), because="Gate", by=system(), at=moment(days)
        )
    return Initiative.objects.get(pk=row.pk)


def live(cast: Cast, days: int, name: str = "Claims triage", **more: Any) -> Initiative:
    """Alice's initiative in claims, which Edith sponsors: in production since so many days ago."""
    people = {"lead": cast.alice, "sponsor": cast.edith, **more}
    return staged(
        cast.claims, name, days + 300, days + 280, days + 250, days + 150, days + 60, days, **people
    )


def metric(initiative: Initiative, name: str = "Recall", **more: Any) -> Kpi:
    """A model metric, from 0.6 up to 0.8."""
    success = trajectory(direction="higher", baseline=Decimal("0.6"), target=Decimal("0.8"))
    said: dict[str, Any] = {"kind": "model_metric", "primary": False, "unit_of_measure": "", **more}
    return make_kpi(initiative, name, success=success, **said)


def warnings(initiative: Initiative) -> dict[str, Flag]:
    """The open early warnings of an initiative and its KPIs, by code."""
    rows = Flag.objects.filter(initiative=initiative, rule__startswith="warning_", cleared_at=None)
    return {flag.rule.removeprefix("warning_"): flag for flag in rows}


def swept(initiative: Initiative, at: datetime = AT) -> Sequence[str]:
    """What the initiative is warned of once the worker has passed."""
    sweep(at=at)
    return sorted(warnings(initiative))


def seal_all(kpi: Kpi) -> None:
    """Make nobody's agreement missing: the four have signed, whoever they are."""
    people = User.objects.order_by("-pk")[:4]
    for role, person in zip(SignOff.Role.values, people, strict=True):
        SignOff.objects.create(
            kpi_version=version_of(kpi),
            role=role,
            person=person,
            asked_at=AT,
            verdict="approved",
            signed_at=AT,
        )
