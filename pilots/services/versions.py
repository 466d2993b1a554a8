"""Versions of a charter: a row for each change of it, and what became of its hypotheses."""

from datetime import datetime
from typing import Final

from django.db import transaction

from core import audit, clock
from core.access import Actor
from core.errors import conflict, field_error, not_found
from core.roles import Action
from core.text import clean
from pilots.models import CharterVersion, Hypothesis, Pilot
from pilots.services.holding import held_rollout

EVIDENCE: Final = 500
HYPOTHESIS: Final = 500
KEPT: Final = (
    "scope_units", "scope_sites", "scope_users", "scope_systems", "units_count", "sites_count", "users_count",
    "systems_count", "sample", "stop_threshold", "planned_days", "decision_on",
)  # fmt: skip


def keep_version(row: Pilot, *, because: str, by: Actor, at: datetime) -> CharterVersion:
    """The pilot's charter as it is now, as the version it names. The caller holds the initiative and writes the event.

    Each line of the hypotheses is one; what was answered of the same words in the version before comes along.
    """
    made = CharterVersion.objects.create(
        pilot=row, number=row.charter_version, starts_on=row.spell.entered_on, ends_on=row.planned_end_on,
        because=because, recorded_at=at, recorded_by=by.user, **{name: getattr(row, name) for name in KEPT},
    )  # fmt: skip
    before = Hypothesis.objects.filter(version__pilot=row, version__number=row.charter_version - 1)
    known = {one.text: one for one in before}
    rows = []
    for number, text in enumerate(lines_of(row.hypotheses), start=1):
        was = known.get(text)
        said = {} if was is None else {name: getattr(was, name) for name in ANSWERED}
        rows.append(Hypothesis(version=made, number=number, text=text, **said))
    Hypothesis.objects.bulk_create(rows)
    return made


ANSWERED: Final = ("kpi_id", "answer", "evidence", "answered_on", "answered_by_id")


def lines_of(hypotheses: str) -> list[str]:
    """One hypothesis a line, blank lines left out, the same once."""
    told = (line.strip()[:HYPOTHESIS] for line in hypotheses.splitlines())
    return list(dict.fromkeys(line for line in told if line))


def answer_hypothesis(
    *, pk: int, answer: str, evidence: str, by: Actor, at: datetime, kpi_id: int | None = None
) -> Hypothesis:
    """Say what the pilot showed of a hypothesis of its newest charter, and from what. Said again it is said anew, on record.

    Raises Problem 404, 403, 400, 409 `old_charter`.
    """
    evidence = clean("evidence", evidence, limit=EVIDENCE, required="Say from what that is known.")
    if answer not in Hypothesis.Answer.values:
        raise field_error("answer", "Choose held, failed or unclear.", code="invalid_choice")
    pilot_id = Hypothesis.objects.filter(pk=pk).values_list("version__pilot", flat=True).first()
    if pilot_id is None:
        raise not_found()
    with transaction.atomic():
        pilot = held_rollout(pilot_id, by=by, right=Action.EDIT_PILOT)
        row = Hypothesis.objects.select_related("version").get(pk=pk)
        if row.version.number != pilot.charter_version:
            raise conflict(
                "old_charter", "That is a hypothesis of an earlier charter. Answer that of the newest."
            )
        if kpi_id is not None and not pilot.initiative.kpis.filter(pk=kpi_id).exists():
            raise field_error("kpi", "Choose a KPI of this initiative.", code="not_found")
        before = audit.snapshot(row, ("answer", "evidence", "kpi"))
        row.answer, row.evidence, row.kpi_id = answer, evidence, kpi_id
        row.answered_on, row.answered_by = clock.day_of(at), by.user
        row.save(update_fields=["answer", "evidence", "kpi", "answered_on", "answered_by"])
        was, now = audit.difference(before, audit.snapshot(row, tuple(before)))
        if now:
            audit.record(
                by=by, at=at, action="pilot.hypothesis_answered", obj=pilot, initiative_id=pilot.initiative_id,
                unit_path=pilot.initiative.unit.path, before=was, after={"hypothesis": row.text, **now},
            )  # fmt: skip
    return row
