"""Records of a promise and what became of it, for the tests of amendments."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from domain.amendments import (
    Discipline,
    Finding,
    OtherKpi,
    ReasonCode,
    Record,
    Version,
    review,
)
from domain.kpi_contract import Contract
from tests.domain.contracts import WAITING

AUTHOR, APPROVER = 1, 2


LATE = date(2027, 12, 31)


SEALED_ON = date(2026, 1, 10)


CHANGED_ON = date(2026, 5, 11)


MEASURED_ON = date(2026, 3, 1)


def moment(day: date, hour: int = 12) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def version(number: int, contract: Contract, on: date, **said: Any) -> Version:
    return Version(
        number=number,
        contract=contract,
        **{"recorded_at": moment(on), "recorded_on": on, "effective_on": on, "recorded_by": AUTHOR, **said},
    )


APPROVED = {"approved_by": APPROVER, "approved_on": CHANGED_ON, "reason": ReasonCode.MARKET}


FIRST = version(1, WAITING, SEALED_ON, sealed_at=moment(SEALED_ON, 13))


SEALED = Record(versions=(FIRST,))


def changed(record: Record = SEALED, *, said: dict[str, Any] | None = None, **fields: Any) -> Discipline:
    """The review after the contract was changed on the day of change."""
    first = record.versions[0]
    second = version(2, replace(first.contract, **fields), CHANGED_ON, **(said or {}))
    return review(replace(record, versions=(first, second)), as_of=LATE)


def codes(found: Discipline) -> list[str]:
    return [finding.code.value for finding in found.findings]


def only(found: Discipline, code: str) -> Finding:
    [finding] = [finding for finding in found.findings if finding.code == code]
    return finding


PASSING = OtherKpi("Orders shipped", passed_on=date(2026, 4, 1), primary_since=CHANGED_ON)
