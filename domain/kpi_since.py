"""Since when a KPI's answer has had its status, as far as the answer itself shows."""

from datetime import date

from domain.kpi_answer import Answer
from domain.kpi_codes import BEST_FIRST, Reason, Status
from domain.kpi_definition import Definition


def began_on(definition: Definition, answer: Answer, *, observed_on: date | None, as_of: date) -> date:
    """The day from which `answer`, the answer on `as_of`, says what it says; never later than `as_of`.

    A status that a reading brought began on the day the reading is true of (`observed_on`, of the reading the answer
    stands on); one that time brought, on the day the limit had passed; any other, on `as_of`. Where the same status
    held before, it began earlier: that is for the ledger to know.
    """
    found = _limit(definition, answer, observed_on)
    return as_of if found is None else min(date.fromordinal(found), as_of)


def _limit(definition: Definition, answer: Answer, observed_on: date | None) -> int | None:
    plan = definition.plan
    if plan is None:
        return None
    if answer.reason in {Reason.CLOSED, Reason.NO_EVIDENCE, Reason.NO_MEASUREMENT_NEAR_TARGET_DATE}:
        return None if plan.close is None else plan.close + 1
    if answer.status is Status.NO_DATA:
        overdue = answer.reason == Reason.FIRST_MEASUREMENT_OVERDUE
        return plan.start + plan.stale_after + 1 if overdue else plan.start
    if observed_on is None:
        return None
    if answer.status is Status.STALE:
        return observed_on.toordinal() + plan.stale_after + 1
    return observed_on.toordinal() if answer.status in BEST_FIRST else None
