"""Rule sets by which AI systems are classified: questions, classes, obligations and dates, as versioned data."""

from collections.abc import Mapping
from typing import Final

from domain.rule_sets import RuleSet
from domain.rules import eu_ai_act, omb_m_25_21
from domain.rules.frameworks import ISO, MODEL_RISK, NIST

SHIPPED: Final[Mapping[str, tuple[RuleSet, ...]]] = {
    "eu_ai_act": eu_ai_act.VERSIONS,
    "omb_m_25_21": omb_m_25_21.VERSIONS,
    "nist_ai_rmf": (NIST,),
    "iso_42001": (ISO,),
    "model_risk": (MODEL_RISK,),
}
"""Every version that comes with the product, by code. An organisation's own stand beside them as policy rows."""
