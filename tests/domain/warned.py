"""The day tests of early warnings are asked on, and what is answered on it."""

from datetime import date, timedelta

from domain.kpi_warnings import EarlyWarning, Facts, warn

AS_OF = date(2026, 11, 24)


def ago(days: int) -> date:
    return AS_OF - timedelta(days=days)


def codes(facts: Facts, as_of: date = AS_OF) -> list[str]:
    return [one.code.value for one in warn(facts, as_of=as_of).warnings]


def only(facts: Facts, as_of: date = AS_OF) -> EarlyWarning:
    [warning] = warn(facts, as_of=as_of).warnings
    return warning
