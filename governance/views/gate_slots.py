"""What gates and decisions put on the pages of the portfolio: the gate ahead, what is owed, and how their events are told."""

from collections.abc import Sequence
from datetime import date

from django.urls import reverse

from core.access import Actor, allows
from core.roles import Action
from domain.gates import deciding_body
from governance.models import Condition, Decision, GateSubmission
from governance.queries.definition import gate_of
from governance.queries.must_meets import answers_at, tier_of
from portfolio.models import GateStanding, Initiative
from portfolio.queries.detail import BODIES
from portfolio.queries.history import tells
from portfolio.views.slots import Due, Panel, at_the_gate, when_due

tells("gate.draft_saved", "changed the draft of the gate", alone=True)
tells("gate.submitted", "asked for {gate} with {submission}, to be decided by {due_on}", alone=True)
tells("gate.withdrawn", "withdrew {submission}", alone=True)
tells("gate.assured", "said how likely delivery is, independently, of {submission}: {confidence}", alone=True)
tells("confidence.refused", "tried to give an independent view and was refused", alone=True)
tells("decision.recorded", "decided {outcome} in {decision}", alone=True)
tells("decision.not_carried", "recorded in {decision} that a motion failed: {outcome}", alone=True)
tells("decision.refused", "tried to decide {outcome} and was refused", alone=True)
tells("waiver.refused", "tried to waive {criterion} and was refused", alone=True)
tells("criterion.waived", "waived {criterion} at {gate}", alone=True)
tells("evidence.added", "gave evidence for {criterion}: {title}", alone=True)
tells("evidence.withdrawn", "withdrew evidence for {criterion}: {title}", alone=True)
tells("condition.set", "set {condition}: {text}", alone=True)
tells("condition.evidence_given", "said what meets {condition}", alone=True)
tells("condition.discharged", "found {condition} met", alone=True)
tells("condition.not_accepted", "did not accept what was given for {condition}", alone=True)
tells("condition.waived", "set {condition} aside", alone=True)
tells("condition.redated", "gave {condition} a new date: {due_on}", alone=True)
tells("approval.suspended", "suspended the approval", alone=True)
tells("approval.restored", "restored the approval", alone=True)
tells("pilot.deferred", "deferred the pilot", alone=True)
tells("pilot.pivoted", "gave the pilot a new charter", alone=True)


@at_the_gate
def ahead(initiative: Initiative, actor: Actor, today: date) -> Panel | None:
    """The gate ahead with its must-meets, what was decided last, and the way to its form. About fifteen statements."""
    gate, _ = gate_of(initiative.stage, today)
    last = Decision.objects.filter(initiative=initiative).order_by("-pk").defer("document", "motion").first()
    stands = GateStanding.objects.filter(initiative=initiative).exclude(suspended_on=None).first()
    decides = allows(actor, Action.DECIDE_GATE, initiative)
    base = {"initiative": initiative, "gate": gate, "last": last, "suspended": stands, "may_decide": decides}
    if gate is None:
        return Panel("governance/_gate_panel.html", base) if last or initiative.stage == "stopped" else None
    tier = tier_of(initiative)
    answers = answers_at(initiative, gate, today=today, tier=tier)
    return Panel(
        "governance/_gate_panel.html",
        {
            **base, "body": BODIES[deciding_body(gate, tier)], "answers": answers, "met": sum(one.met for one in answers),
            "open": GateSubmission.objects.filter(initiative=initiative, state="open").defer("document").first(),
            "may_write": allows(actor, Action.SUBMIT_GATE, initiative),
        },
    )  # fmt: skip


@when_due
def conditions(actor: Actor, initiatives: Sequence[Initiative], today: date) -> list[Due]:  # noqa: ARG001  also of others' initiatives
    """The conditions a person is to meet, wherever they are. One statement."""
    if actor.user is None:
        return []
    rows = Condition.objects.filter(owner=actor.user.pk, state=Condition.State.OPEN)
    return [
        Due(
            row.due_on, row.text, f"{row.ref} · {row.initiative.ref} · {row.initiative.name}",
            reverse("condition-detail", args=[row.ref]),
        )
        for row in rows.select_related("initiative").order_by("due_on", "pk")
    ]  # fmt: skip
