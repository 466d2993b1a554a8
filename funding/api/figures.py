"""The figures of a case as the API tells them, and the words for a comparison of two."""

from typing import Any

from rest_framework import serializers

from domain.finance.figures import conventions, figures
from funding.models import BusinessCase
from funding.translate import Lines, so_far_of


def money(*, null: bool = False) -> Any:
    return serializers.CharField(allow_null=null)


class BarShape(serializers.Serializer[Any]):
    """One factor moved by itself, the widest first: benefits, outlay, delay, rate or running.

    `turned`: the lower NPV comes of the value that is usually the better, as where a case that loses would start on time.
    """

    factor = serializers.CharField()
    low = money()
    high = money()
    swing = money()
    turned = serializers.BooleanField()


class FlipsShape(serializers.Serializer[Any]):
    """The value of each input at which the NPV is 0: a factor of the benefits, an outlay, more a year to run, a rate."""

    benefits = money(null=True)
    outlay = money(null=True)
    running = money(null=True)
    rate = money(null=True)


class TurnShape(serializers.Serializer[Any]):
    name = serializers.CharField()
    npv = money()


class DelayedShape(serializers.Serializer[Any]):
    """What one year of waiting takes from the NPV. `meant`: which of the two the case means, empty: nobody said."""

    fixed_horizon = money()
    fixed_horizon_a_month = money()
    sliding = money()
    meant = serializers.CharField()


class GateShape(serializers.Serializer[Any]):
    """The NPV if it works, if it fails and is stopped, if it fails and is carried on; expected NPVs with and without a gate;
    from which probability each is worth it (null: from none)."""

    if_it_works = money()
    if_stopped = money()
    if_carried_on = money()
    gated = money()
    ungated = money()
    worth = money()
    break_even_gated = money(null=True)
    break_even_ungated = money(null=True)


class EvidenceShape(serializers.Serializer[Any]):
    """What the benefits of each evidence are worth today. Never added up."""

    controlled = money()
    before_after = money()
    estimated = money()
    assumed = money()


class FiguresShape(serializers.Serializer[Any]):
    """Money to the cent, half even; rates, shares and years with six places; null where there is no such figure.

    `monthly_rate`: what compounds to the rate a year. `benefits`: what is gained, `lost`: dis-benefits, of the years after
    today. `excel_npv`: as a spreadsheet gives it, for comparison alone. `irr` null: `irr_note` says why, `irr_roots` all there
    are. `roi`: simple, as `roi_is` says.
    """

    npv = money()
    excel_npv = money()
    mid_year_npv = money()
    monthly_rate = money()
    irr = money(null=True)
    irr_note = serializers.CharField()
    irr_roots = serializers.ListField(child=money())
    mirr = money(null=True)
    payback_years = money(null=True)
    payback_note = serializers.CharField()
    discounted_payback_years = money(null=True)
    profitability_index = money(null=True)
    roi = money(null=True)
    roi_is = serializers.CharField()
    outlay = money()
    benefits = serializers.ListField(child=money())
    running = serializers.ListField(child=money())
    lost = serializers.ListField(child=money())
    cash_flows = serializers.ListField(child=money())
    tornado = BarShape(many=True)
    flips = FlipsShape()
    benefits_may_fall = money(null=True)
    scenarios = TurnShape(many=True)
    expected_npv = money(null=True)
    cost_of_delay_a_month = money()
    npv_cost_of_one_year_delay = DelayedShape()
    cost_of_inaction = money(null=True)
    acting_is_worth = money(null=True)
    gate = GateShape(allow_null=True)
    worth_by_evidence = EvidenceShape()
    measured_share = money(null=True)
    without_money = serializers.ListField(child=serializers.CharField())


class MissingPartShape(serializers.Serializer[Any]):
    """One place where something is missing or wrong, and what to write there."""

    pointer = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class AppraisalShape(serializers.Serializer[Any]):
    """`figures` null: none can be told yet; `missing` says what they wait for. A published version misses nothing."""

    complete = serializers.BooleanField()
    missing = MissingPartShape(many=True)
    figures = FiguresShape(allow_null=True)
    conventions = serializers.ListField(child=serializers.CharField())


def appraisal_of(lines: Lines) -> dict[str, Any]:
    """What is said of a version, by the same function as the calculator's answer."""
    found, row = so_far_of(lines), lines.case
    told: dict[str, Any] | None = None
    if found.case is not None and found.appraisal is not None:
        told = figures(found.case, found.appraisal, delay_means=row.delay_means)
    return {
        "complete": not found.missing,
        "missing": [
            {"pointer": one.pointer or "", "code": one.code, "detail": one.message} for one in found.missing
        ],
        "figures": told,
        "conventions": conventions(
            years=row.years, rate=row.rate, currency=row.currency, mid_year=row.mid_year, delay_means=row.delay_means,
            real_prices=row.prices == BusinessCase.Prices.REAL,
        ),
    }  # fmt: skip


class ChangeShape(serializers.Serializer[Any]):
    """A field that differs, both values as they are written."""

    field = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)


class LineChangeShape(serializers.Serializer[Any]):
    """A line that was `added`, `removed` or `changed`. `lines`: costs, benefits or scenarios; `key` names it there."""

    lines = serializers.CharField()
    key = serializers.CharField()
    name = serializers.CharField()
    change = serializers.CharField()
    fields = ChangeShape(many=True)  # type: ignore[assignment]


class FigureChangeShape(serializers.Serializer[Any]):
    figure = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    before = serializers.CharField(allow_null=True)
    after = serializers.CharField(allow_null=True)
    difference = serializers.CharField(allow_null=True)


class ComparedShape(serializers.Serializer[Any]):
    """From `before` to `after`. The difference of a figure is after less before, null where one has none. `unchanged`: how
    many lines are the same in both.
    """

    before = serializers.CharField()
    after = serializers.CharField()
    fields = ChangeShape(many=True)  # type: ignore[assignment]
    lines = LineChangeShape(many=True)
    figures = FigureChangeShape(many=True)
    unchanged = serializers.IntegerField()
