"""Declaring a KPI's status by hand, and taking the declaration back. The computed status always stands beside it.

Whoever answers for a KPI may say that it stands worse than computed; that it stands better, only a portfolio manager or
the council, and never about their own work.
"""

from datetime import date, datetime
from typing import Final

from django.db import transaction

from core import audit, clock
from core.access import Actor, allows, require
from core.errors import Item, Problem, conflict, field_error, forbidden, not_found
from core.models import Role
from core.roles import Action
from core.text import clean
from domain.errors import RuleError
from domain.kpi import BEST_FIRST, Status
from domain.override import Authority, Kind, Override, declare
from kpis.models import Kpi, KpiOverride
from kpis.queries.stand import stored_answer
from kpis.services import declared, limits
from kpis.services.judge import judge
from portfolio.models import Initiative
from portfolio.services.locks import lock_initiative

BECAUSE: Final = 500
DECLARABLE: Final = (*BEST_FIRST, Status.MISSED)
"""What may be declared, the best first: a status of a running KPI, or that one that was held achieved was missed."""
_PLACE: Final = {
    "/because": "because",
    "/declared": "declared",
    "/expires_on": "until",
    "/authority": "declared",
}
_COLUMNS: Final = ("declared", "computed", "better", "authority", "until")


def declare_status(
    *, kpi_id: int, declared_as: str, because: str, by: Actor, at: datetime, until: date | None = None
) -> KpiOverride:
    """Declare that the KPI stands at `declared_as` whatever is computed, through `until` (empty: until it is withdrawn).

    Worse than computed: by whoever answers for the KPI, with a note. Better: by a portfolio manager or the council who
    do not, with a reason, for at most 30 days. One declaration stands at a time; another takes its place.

    Raises Problem 404, 403 (`not_yours_to_declare` for better, or over a declaration of the council or a portfolio
    manager), 400 at the field that is wrong, 409 `nothing_to_stand_on` or `outcome_frozen`.
    """
    because = clean("because", because, limit=BECAUSE, required="Say why the status is declared.")
    if declared_as not in {status.value for status in DECLARABLE}:
        words = ", ".join(status.value for status in DECLARABLE)
        raise field_error("declared", f"Choose one of: {words}.", code="invalid_choice")
    if until is not None:
        limits.require_day("until", until)
    with transaction.atomic():
        kpi, initiative = _hold(kpi_id)
        authority = _authority(kpi, by)
        # What arrived and is not judged yet is heard first: a declaration is about what the record says now.
        kpi = _judged(kpi, initiative, by, at)
        found = _accepted(kpi, Status(declared_as), authority, because, until, by, at)
        earlier = declared.standing([kpi.pk]).get(kpi.pk)
        if earlier is not None:
            _require_over(earlier, found.kind, Status(declared_as), authority)
            declared.end(earlier, because="Another declaration took its place.", ended_at=at, by=by, at=at)
        row = KpiOverride.objects.create(
            kpi=kpi, computed=found.over.value, declared=found.declared.value, better=found.kind is Kind.BETTER,
            authority=authority.value, because=because, begins_on=clock.day_of(at), until=until, recorded_at=at,
            recorded_by=by.user,
        )  # fmt: skip
        Kpi.objects.filter(pk=kpi.pk).update(declared_until=until)
        audit.record(
            by=by, at=at, action="kpi.declared", obj=kpi, initiative_id=initiative.pk, reason=because,
            unit_path=kpi.initiative.unit.path, after={**audit.snapshot(row, _COLUMNS), "name": kpi.name},
        )  # fmt: skip
        row.kpi = _judged(kpi, initiative, by, at)
    return row


def end_declaration(*, pk: int, because: str, by: Actor, at: datetime) -> KpiOverride:
    """Take a declaration back before its end. Doing it twice changes nothing.

    One for the better by whoever may declare worse; one for the worse in the capacity it was made in, or a higher one.
    Raises Problem 404, 403, 400 without a reason.
    """
    because = clean("because", because, limit=200, required="Say why it is taken back.")
    kpi_id = KpiOverride.objects.filter(pk=pk).values_list("kpi_id", flat=True).first()
    if kpi_id is None:
        raise not_found()
    with transaction.atomic():
        kpi, initiative = _hold(kpi_id)
        authority = _authority(kpi, by)
        row = KpiOverride.objects.select_related("recorded_by", "kpi__initiative__unit").get(pk=pk)
        if row.ended_at is not None:
            return row
        if not row.better and authority is Authority.OWNER and row.authority != Authority.OWNER:
            raise forbidden(
                f"{row.get_authority_display()} declared it; only they, or the council, take it back.",
                code="not_yours_to_declare",
            )
        declared.end(row, because=because, ended_at=at, by=by, at=at)
        row.kpi = _judged(kpi, initiative, by, at)
    return row


def _hold(kpi_id: int) -> tuple[Kpi, Initiative]:
    """The KPI and its initiative, which is held until the transaction ends."""
    initiative_id = Kpi.objects.filter(pk=kpi_id).values_list("initiative_id", flat=True).first()
    if initiative_id is None:
        raise not_found()
    initiative = lock_initiative(initiative_id)
    return Kpi.objects.select_related("current", "initiative__unit").get(pk=kpi_id), initiative


def _authority(kpi: Kpi, by: Actor) -> Authority:
    """In which capacity they speak of this KPI. Raises Problem 404, 403.

    Whoever answers for the work speaks as its owner, whatever other role they hold. A declaration is a person's word.
    """
    require(by, Action.DECLARE_WORSE, kpi)
    if by.user is None:
        raise forbidden("A declaration is a person's word.")
    work = kpi.initiative
    near = {kpi.owner_id, kpi.judge_id, work.lead_id, work.sponsor_id}
    if by.user.pk in near or work.members.filter(user=by.user).exists():
        return Authority.OWNER
    if not allows(by, Action.DECLARE_BETTER, kpi):
        return Authority.OWNER
    here = {grant.role for grant in by.grants if work.unit.path.startswith(grant.path)}
    return Authority.PORTFOLIO_MANAGER if Role.PORTFOLIO_MANAGER in here else Authority.COUNCIL


def _accepted(
    kpi: Kpi, status: Status, authority: Authority, because: str, until: date | None, by: Actor, at: datetime
) -> Override:
    """The rule's word on it, or its refusal at the field that can mend it."""
    try:
        return declare(
            stored_answer(kpi), status, authority=authority, person=by.label, because=because, declared_at=at,
            declared_on=clock.day_of(at), expires_on=until,
        )  # fmt: skip
    except RuleError as error:
        if error.code == "not_yours_to_declare":
            raise forbidden(error.message, code=error.code) from error
        if error.code in {"not_judged", "nothing_to_stand_on", "outcome_frozen"}:
            raise conflict(error.code, error.message) from error
        place = _PLACE.get(error.pointer or "", "")
        raise Problem(
            400, "invalid", error.message, (Item(f"/{place}", error.code, error.message),)
        ) from error


def _require_over(earlier: KpiOverride, kind: Kind, status: Status, authority: Authority) -> None:
    """An owner does not talk away what a portfolio manager or the council declared for the worse."""
    theirs = not earlier.better and earlier.authority != Authority.OWNER
    milder = DECLARABLE.index(status) < DECLARABLE.index(Status(earlier.declared))
    if theirs and milder and kind is Kind.WORSE and authority is Authority.OWNER:
        said = earlier.declared.replace("_", " ")
        raise forbidden(
            f"{earlier.get_authority_display()} declared it {said}. Declare the same or worse.",
            code="not_yours_to_declare",
        )


def _judged(kpi: Kpi, initiative: Initiative, by: Actor, at: datetime) -> Kpi:
    """The KPI as it stands once it is judged."""
    judge(
        [kpi.pk], initiatives={initiative.pk: initiative}, as_of=clock.day_of(at), by=by, at=at,
        rolled=[initiative.pk],
    )  # fmt: skip
    return Kpi.objects.select_related("current", "initiative__unit", "owner", "serves").get(pk=kpi.pk)
