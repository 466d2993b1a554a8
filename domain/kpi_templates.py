"""KPIs to begin from: examples by industry, and by what the business wants. A template says no target: that is yours.

Each gives name, unit, direction and kind. Sources: the examples by industry (e-commerce, healthcare, finance,
manufacturing) and by objective (sales, churn, support) that guides to setting KPIs before development print.
"""

from dataclasses import dataclass
from typing import Final

from domain.kpi_codes import Direction


@dataclass(frozen=True, slots=True)
class Template:
    """One KPI to begin from. group: the industry or objective it stands under; kind: a code of the KPI's kinds."""

    code: str
    group: str
    name: str
    unit: str
    direction: Direction
    kind: str
    definition: str


INDUSTRY: Final = {
    "e_commerce": "E-commerce",
    "healthcare": "Healthcare",
    "finance": "Finance",
    "manufacturing": "Manufacturing",
}
OBJECTIVE: Final = {
    "increase_sales": "Increase sales",
    "reduce_churn": "Reduce churn",
    "improve_support": "Improve support",
}
HIGHER, LOWER = Direction.HIGHER, Direction.LOWER
BY_INDUSTRY: Final = (
    Template(
        "cart_abandonment", "e_commerce", "Cart abandonment rate", "%", LOWER, "business",
        "Share of carts with an item in them that end without an order.",
    ),
    Template(
        "purchase_frequency", "e_commerce", "Purchase frequency", "orders a customer", HIGHER, "business",
        "Orders in the window, divided by the customers who ordered in it.",
    ),
    Template(
        "readmission", "healthcare", "Readmission rate", "%", LOWER, "business",
        "Share of discharged patients admitted again within the window, unplanned.",
    ),
    Template(
        "diagnosis_time", "healthcare", "Diagnosis time reduction", "%", HIGHER, "operational",
        "How much shorter the median time from admission to diagnosis is than it was before.",
    ),
    Template(
        "fraud_detection", "finance", "Fraud detection rate", "%", HIGHER, "business",
        "Share of the fraudulent cases known in the end that were stopped when they came.",
    ),
    Template(
        "loan_approval", "finance", "Loan approval TAT (turnaround time)", "hours", LOWER, "operational",
        "Median time from a complete application to the decision.",
    ),
    Template(
        "predictive_maintenance", "manufacturing", "Predictive maintenance accuracy", "%", HIGHER, "operational",
        "Share of maintenance calls that found what was predicted.",
    ),
    Template(
        "downtime_reduction", "manufacturing", "Downtime reduction", "%", HIGHER, "operational",
        "How much less unplanned downtime there is than there was before.",
    ),
)  # fmt: skip
BY_OBJECTIVE: Final = (
    Template(
        "conversion", "increase_sales", "Conversion rate", "%", HIGHER, "business",
        "Share of visits that end with an order.",
    ),
    Template(
        "order_value", "increase_sales", "AOV (average order value)", "money an order", HIGHER, "business",
        "Revenue of the window, divided by its orders.",
    ),
    Template(
        "retention", "reduce_churn", "Customer retention rate", "%", HIGHER, "business",
        "Share of the customers at the start of the window who are still customers at its end.",
    ),
    Template(
        "first_response", "improve_support", "First response time", "hours", LOWER, "operational",
        "Median time from a request to the first answer of a person.",
    ),
    Template(
        "csat", "improve_support", "CSAT", "points", HIGHER, "user",
        "Mean of the satisfaction customers stated after a contact, on the scale they were shown.",
    ),
)  # fmt: skip
TEMPLATES: Final = (*BY_INDUSTRY, *BY_OBJECTIVE)
GROUPS: Final = {**INDUSTRY, **OBJECTIVE}
