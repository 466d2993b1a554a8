"""What the report of a pilot says of compliance: the evidence given for what must be assessed, and open conditions."""

from collections.abc import Sequence
from typing import Final

from core import clock
from core.wording import day
from domain.paper import Block, Table, Text
from governance.models import AiModel, Condition, GateEvidence
from governance.queries.must_meets.launch import ethics
from governance.queries.must_meets.told import NO, UNKNOWN, YES, Asked
from pilots.models import Pilot
from pilots.queries.report import in_compliance

ASSESSED: Final = {"assessments": "Required assessments", "ethics_review": "Ethics review", "data_readiness": "Data readiness"}  # fmt: skip

ETHICS: Final = "ethics_review"
RECORDED: Final = {YES: "passed", NO: "not passed", UNKNOWN: "nothing on record"}


@in_compliance
def assessed(pilot: Pilot) -> Sequence[Block]:
    """Four statements. Of ethics the record of its models speaks where there is one, as at the gate; else the file given there."""
    rows = GateEvidence.objects.filter(
        initiative=pilot.initiative_id, withdrawn_at=None, criterion__in=list(ASSESSED)
    )
    latest = {row.criterion: row for row in rows.defer("content").order_by("pk")}
    lines = [(words, *_said(latest.get(code))) for code, words in ASSESSED.items() if code != ETHICS]
    lines.insert(1, (ASSESSED[ETHICS], *(_recorded(pilot) or _said(latest.get(ETHICS)))))
    conditions = Condition.objects.filter(initiative=pilot.initiative_id, state=Condition.State.OPEN)
    open_ones = [
        (one.ref, one.text, one.owner.name, day(one.due_on))
        for one in conditions.select_related("owner").order_by("due_on", "pk")
    ]
    return [
        Table("Assessments", ("Assessment", "Outcome", "What was given", "Day"), lines),
        Table("Open conditions", ("Open", "Condition", "Owner", "Due"), open_ones)
        if open_ones
        else Text("No condition of an approval is open."),
    ]


def _recorded(pilot: Pilot) -> tuple[str, str, str] | None:
    """How the ethics reviews of its models stand today; None where no model needs one."""
    models = (
        AiModel.objects.filter(initiatives=pilot.initiative_id)
        .exclude(stage=AiModel.Stage.RETIRED)
        .order_by("pk")
    )
    told = ethics(Asked(pilot.initiative, None, clock.today()), list(models))
    return None if told is None else (RECORDED[told.answer], told.fact, "")


def _said(row: GateEvidence | None) -> tuple[str, str, str]:
    """Outcome, what was given, and of which day; nothing given is said as such."""
    if row is None:
        return ("nothing on record", "", "")
    dated = day(row.dated_on) if row.dated_on else "not said of which day"
    if row.waived:
        return ("waived", row.because, dated)
    return ("not passed" if row.passed is False else "passed" if row.passed else "given", row.title, dated)
