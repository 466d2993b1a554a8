"""The calculators: a rule applied to JSON, without a database. One explicit table, keyed by kind.

A calculator takes the parsed document (numbers read as int or Decimal, never float) and returns plain JSON types;
it raises `domain.errors.RuleError` with a JSON pointer when the document is not what the rule can read.
"""

from collections.abc import Callable

from domain.calculate.business_case import business_case
from domain.calculate.case_appraisal import case_appraisal
from domain.calculate.kpi import kpi_rollup, kpi_status
from domain.calculate.purgatory import calculate as purgatory
from domain.calculate.statistics import champion_challenger, control_chart, psi

CALCULATORS: dict[str, Callable[[object], object]] = {
    "business-case": business_case,
    "case-appraisal": case_appraisal,
    "kpi-status": kpi_status,
    "kpi-rollup": kpi_rollup,
    "purgatory": purgatory,
    "psi": psi,
    "control-chart": control_chart,
    "champion-challenger": champion_challenger,
}
