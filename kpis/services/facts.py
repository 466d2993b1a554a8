"""What a KPI measures and what it counts for, as somebody says it: read, checked, and refused at its place.

What belongs to the definition is said on a version; `FREE` stands on the KPI alone and may change at any time.
"""

from decimal import Decimal
from typing import Any, Final, TypedDict

from core.errors import conflict, field_error, from_rule
from core.models import User
from core.text import clean
from core.values import MAX_ID
from domain.errors import RuleError
from domain.kpi_tree import check_parent
from kpis.models import Kpi, KpiVersion
from kpis.services import limits
from kpis.services.judgement import require_able_judge
from portfolio.services.initiatives import require_active


class Facts(TypedDict, total=False):
    """What may be written of a KPI beside what success is. `weight` 0 leaves it out of the roll-up.

    `judge`: the only person who records its readings. `parent`: the KPI of the same initiative that this one is a part
    of, with `parent_weight` among its siblings. `metric`, `minority_share` (above 0, at most 0.5): of a model metric.
    """

    name: str
    kind: str
    definition: str
    formula: str
    population: str
    population_size: int | None
    window: str
    unit_of_measure: str
    data_source: str
    judge: User | None
    primary: bool
    weight: Decimal
    serves: Kpi | None
    serves_because: str
    parent: Kpi | None
    rolls_up_by: str
    owner: User | None
    metric: str
    minority_share: Decimal | None
    parent_weight: Decimal


TEXTS: Final = {
    "name": 200, "definition": 20_000, "formula": 20_000, "population": 300, "window": 120, "unit_of_measure": 40,
    "data_source": 200, "serves_because": 2_000,
}  # fmt: skip
REPEATED: Final = KpiVersion.REPEATED
SAID: Final = (*REPEATED, "population_size")
"""Of `Facts`, those that are part of the definition."""
FREE: Final = ("owner", "metric", "minority_share", "parent_weight")
"""Of `Facts`, those that are not."""
_CHOICES: Final[dict[str, Any]] = {"kind": Kpi.Kind, "rolls_up_by": Kpi.RollsUpBy, "metric": Kpi.Metric}


def write_facts(version: KpiVersion, row: Kpi, facts: Facts) -> None:
    """Put what was said on the version and, where it is free, on the KPI. Raises Problem 400 at its place.

    `row.initiative_id` says whose KPI it is; the caller holds that initiative's lock.
    """
    said: dict[str, Any] = dict(facts)
    for name in said:
        if name not in SAID and name not in FREE:
            raise field_error(name, "Not a fact of a KPI.", code="field_not_writable")
    for name, limit in TEXTS.items():
        if name in said:
            needed = "Give it a name." if name == "name" else ""
            setattr(version, name, clean(name, said[name], limit=limit, required=needed))
    if not version.name:
        raise field_error("name", "Give it a name.", code="required")
    for name, choices in _CHOICES.items():
        if name in said:
            setattr(row if name in FREE else version, name, _choice(name, said[name], choices))
    for name, target in (("owner", row), ("judge", version)):
        if name in said and (said[name].pk if said[name] else None) != getattr(target, f"{name}_id"):
            require_active(name, said[name])
            if name == "judge" and said[name] is not None:
                require_able_judge(said[name], row.initiative.unit.path)
            setattr(target, name, said[name])
    for name, target in (("weight", version), ("parent_weight", row)):
        if name in said:
            setattr(target, name, _weight(name, said[name]))
    if "primary" in said:
        version.primary = bool(said["primary"])
    if "population_size" in said:
        version.population_size = _size(said["population_size"])
    if "minority_share" in said:
        row.minority_share = _minority(said["minority_share"])
    for name in ("serves", "parent"):
        if name in said:
            setattr(version, name, said[name])
    require_consistent(version, row)
    if version.primary and version.kind == Kpi.Kind.MODEL_METRIC and {"primary", "kind"} & set(said):
        sentence = (
            "A model metric is never primary: it serves a KPI. Take the mark off, or choose another kind."
        )
        raise field_error("primary", sentence, code="is_a_model_metric")


def require_consistent(version: KpiVersion, row: Kpi) -> None:
    """Refuse what contradicts the other KPIs of the initiative as they are now, 400 at its place."""
    _require_service(version, row)
    _require_metric(version, row)
    _require_tree(version, row)


def require_new(version: KpiVersion, row: Kpi) -> None:
    """Names are unique within an initiative, outside keys within their source. Raises Problem 400, 409."""
    others = Kpi.objects.exclude(pk=row.pk) if row.pk else Kpi.objects.all()
    if others.filter(initiative=row.initiative_id, name=version.name).exists():
        raise field_error("name", "This initiative has a KPI of that name. Choose another.", code="taken")
    if row.external_id and others.filter(source=row.source, external_id=row.external_id).exists():
        raise conflict("external_id_used", "This source has a KPI with that key already.")


def _choice(name: str, value: str, choices: Any) -> str:
    known = [*choices.values, ""] if name == "metric" else choices.values
    if value not in known:
        raise field_error(name, f"Choose one of: {', '.join(choices.values)}.", code="invalid_choice")
    return value


def _weight(name: str, value: Decimal) -> Decimal:
    found = limits.kept(value)
    if found is None or not 0 <= found < 100_000 or -int(found.as_tuple().exponent) > 4:
        raise field_error(
            name,
            "Give a weight from 0 to 99,999 with at most 4 places; 0 leaves it out.",
            code="not_a_weight",
        )
    return found


def _size(value: int | None) -> int | None:
    if value is not None and not 0 <= value <= MAX_ID:
        raise field_error(
            "population_size", "Give a whole number from 0 on, or nothing.", code="out_of_range"
        )
    return value


def _minority(value: Decimal | None) -> Decimal | None:
    if value is None:
        return None
    found = limits.kept(value)
    if found is None or not 0 < found <= Decimal("0.5") or -int(found.as_tuple().exponent) > 6:
        sentence = "Give the share of the rarer class, above 0 and at most 0.5: 0.03 is 3 in 100."
        raise field_error("minority_share", sentence, code="not_a_share")
    return found


def _require_service(version: KpiVersion, row: Kpi) -> None:
    """A model metric serves a business measure of the same initiative, and says why; nothing serves a model metric."""
    serves = version.serves
    if version.kind == Kpi.Kind.MODEL_METRIC and row.pk and (row.served_by.exists() or row.children.exists()):
        sentence = "Other KPIs serve it or are part of it, so it cannot be a model metric."
        raise field_error("kind", sentence, code="is_served")
    if serves is None:
        return
    if version.kind != Kpi.Kind.MODEL_METRIC:
        raise field_error("serves", "Only a model metric serves another KPI.", code="not_a_model_metric")
    if serves.initiative_id != row.initiative_id or serves.kind == Kpi.Kind.MODEL_METRIC:
        raise field_error(
            "serves", "Choose a business measure of the same initiative.", code="does_not_exist"
        )
    if not version.serves_because:
        raise field_error("serves_because", "Say why a better model metric moves that KPI.", code="required")


def _require_metric(version: KpiVersion, row: Kpi) -> None:
    """Which model metric it is, and how rare the rarer class, is said of model metrics alone."""
    if version.kind == Kpi.Kind.MODEL_METRIC:
        return
    for name in ("metric", "minority_share"):
        if getattr(row, name):
            raise field_error(
                name, "Only a model metric says this. Leave it empty.", code="not_a_model_metric"
            )


def _require_tree(version: KpiVersion, row: Kpi) -> None:
    """The parent is a KPI of the same initiative that does not lie below; model metrics stand beside the tree."""
    parent = version.parent
    if parent is None:
        return
    if parent.initiative_id != row.initiative_id:
        raise field_error("parent", "Choose a KPI of the same initiative.", code="does_not_exist")
    if Kpi.Kind.MODEL_METRIC in {parent.kind, version.kind}:
        sentence = "Model metrics are kept apart: they serve a KPI, they are no part of one."
        raise field_error("parent", sentence, code="is_a_model_metric")
    if row._state.adding:
        return  # nothing lies below a KPI that is not there yet
    there = Kpi.objects.filter(initiative=row.initiative_id).order_by("pk").values_list("pk", "parent_id")
    parents: dict[str, str | None] = {
        f"K-{pk:04d}": None if above is None else f"K-{above:04d}" for pk, above in there
    }
    parents[row.ref] = None
    try:
        check_parent(parents, row.ref, parent.ref)
    except RuleError as refused:
        raise from_rule(refused) from refused
