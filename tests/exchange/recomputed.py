"""Every stored answer beside the one its facts give now: what disagrees, as sentences."""

from datetime import date

from domain.fast_lane import RULE as BOX_PASSED
from domain.feedback import RULE as FEEDBACK_WAITS
from domain.kpi import assess
from domain.purgatory import judge
from domain.staleness import judge_model
from governance.models import AiModel
from governance.queries.facts import facts_of as model_facts
from governance.queries.facts import with_people as models_with_people
from governance.queries.policy import policy_on as staleness_on
from kpis.models import Kpi, Measurement
from kpis.translate import READING_FIELDS, definition_of, flags_of, readings_of
from pilots.models import Pilot
from pilots.queries.facts import facts_of, records, with_people
from pilots.queries.policy import policy_on
from portfolio.models import Flag


def kpis_that_disagree(today: date) -> list[str]:
    """The algebra asked about all measurements of the measure in force of each KPI, in no order."""
    out = []
    for kpi in Kpi.objects.select_related("current"):
        assert kpi.current is not None
        own = Measurement.objects.filter(kpi=kpi, kpi_version__series=kpi.current.series)
        rows = own.order_by("?").values_list(*READING_FIELDS)
        told = assess(definition_of(kpi.current, state=kpi.state), readings_of(rows), as_of=today)
        stored = (kpi.status, kpi.reason, kpi.progress, kpi.expected, kpi.shortfall, kpi.forecast, kpi.flags)
        asked = (
            told.status.value, str(told.reason or ""), told.progress, told.expected, told.shortfall, told.forecast,
            flags_of(told, moved=kpi.current.moved, restated=kpi.restatements.exists(), overridden="overridden" in kpi.flags),
        )  # fmt: skip
        if stored != asked or kpi.last_measurement_id != told.reading_id:
            out.append(f"{kpi}: stored {stored}, recomputed {asked}")
    return out


def pilots_that_disagree(today: date) -> list[str]:
    """The rules asked about the recorded facts of each open pilot; and what the initiative and the flags show of it."""
    policy, _ = policy_on(today)
    out = []
    for record in records(list(with_people(Pilot.objects.filter(ended_on=None))), today):
        pilot, told = record.pilot, judge(facts_of(record, today), policy, today)
        stored = (pilot.level, pilot.rules, pilot.remedy, pilot.unknown)
        asked = (told.level.value, dict(told.rules), told.remedy.code.value, list(told.unknown))
        flagged = Flag.objects.filter(subject_type="pilot", subject_id=pilot.pk, cleared_at=None)
        initiative = pilot.initiative
        shown = (initiative.pilot_level, initiative.pilot_remedy, initiative.decision_on)
        if stored != asked:
            out.append(f"{pilot}: stored {stored}, recomputed {asked}")
        beside = flagged.exclude(
            rule__in=[FEEDBACK_WAITS, BOX_PASSED]
        )  # no rules of purgatory, and beside them
        if dict(beside.values_list("rule", "severity")) != dict(told.rules):
            out.append(f"{pilot}: its flags are not its rules")
        if shown != (pilot.level, pilot.remedy, pilot.decision_on):
            out.append(f"{pilot}: its initiative shows {shown}")
    return out


def models_that_disagree(today: date) -> list[str]:
    """Staleness asked about the recorded facts of each model."""
    policy, _ = staleness_on(today)
    out = []
    for model in models_with_people(AiModel.objects.all()):
        told = judge_model(model_facts(model, today), policy, today)
        stored = (model.status, model.orphan, model.valid_until, [cause["code"] for cause in model.causes])
        asked = (
            told.status.value,
            told.orphan,
            told.valid_until,
            [cause.code.value for cause in told.causes],
        )
        if stored != asked:
            out.append(f"{model}: stored {stored}, recomputed {asked}")
    return out
