"""The list of cases in force: one row for each initiative that has one, with its figures."""

from core.listing import Filter, Listing
from portfolio.queries.listings import STAGE_CODES

NUMBER = ("", "gte", "lte", "isnull")
CASES = Listing(
    filters={
        "initiative": Filter("pk", "ref", prefix="AI"),
        "unit": Filter("initiative__unit__path", "subtree"),
        "stage": Filter("initiative__stage", "choice", choices=STAGE_CODES),
        "npv": Filter("npv", "decimal", ops=NUMBER),
        "haircut": Filter("haircut", "decimal", ops=NUMBER),
        "measured_share": Filter("measured_share", "decimal", ops=NUMBER),
        "payback_years": Filter("payback_years", "decimal", ops=NUMBER),
    },
    orders={
        "name": "initiative__name",
        "npv": "npv",
        "value": "value",
        "payback": "payback_years",
        "break_even": "breaks_even",
        "delay": "delay_a_month",
        "measured": "measured_share",
        "outlay": "outlay",
        "published": "published_at",
    },
    default="-npv",
    search=("initiative__name", "initiative__unit__name"),
    nullable=frozenset({"payback_years", "breaks_even", "measured_share"}),
)
