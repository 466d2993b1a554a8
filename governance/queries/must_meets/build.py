"""G2 build: what success is, agreed and sealed before anything is built, and what it costs."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from core.wording import percent, plural
from domain.phrases import listed
from governance.models import DataReadiness
from governance.queries.must_meets.told import NO, UNKNOWN, YES, Asked, Told
from kpis.models import DataNeed, Kpi, SignOff
from portfolio.models.worth import CaseWorth

BUSINESS: Final = frozenset({"business", "operational", "user"})
ROLES: Final = tuple(SignOff.Role.values)
_SAID: Final = (
    ("definition", "a definition"),
    ("unit_of_measure", "a unit"),
    ("baseline", "a baseline"),
    ("baseline_on", "the day of its baseline"),
    ("baseline_source", "the source of its baseline"),
    ("target", "a target"),
    ("target_on", "the day of its target"),
)


def told(asked: Asked) -> dict[str, Told]:
    """A few statements: KPIs, their sign-offs, the readiness of data or the needs of it, the case."""
    row = asked.initiative
    kpis = list(
        Kpi.objects.filter(initiative=row).exclude(state=Kpi.State.RETIRED).select_related("current").order_by("pk")
    )  # fmt: skip
    found = {
        "business_kpi": business_kpi(asked, kpis),
        "model_metric": _model_metric(asked, kpis),
        "risk_tier": (
            Told(YES, f"tier {asked.tier}", f"{asked.url('initiative-edit')}#id_risk_tier")
            if asked.tier is not None
            else Told(UNKNOWN, "never recorded", f"{asked.url('initiative-edit')}#id_risk_tier")
        ),
        "guard_kpi": guard_kpi(asked, kpis),
        "business_case": _case(asked),
    }
    if not asked.evidence.get("data_readiness") and (ready := _data(asked)) is not None:
        found["data_readiness"] = ready
    return found


def _data(asked: Asked) -> Told | None:
    """Readiness as the register of data sources says it: score and gaps. None where nothing of it is on record."""
    at = f"{asked.form}#m-data_readiness"
    ready = DataReadiness.objects.filter(initiative=asked.initiative).first()
    if ready is None:
        needs = DataNeed.objects.filter(initiative=asked.initiative).count()
        return (
            Told(UNKNOWN, f"{plural(needs, 'data need')} on record, no audit of them", at) if needs else None
        )
    said = [plural(ready.sources, "data source")]
    said.append("one never audited" if ready.score is None else f"the least ready {percent(ready.score)}")
    if ready.unassessed:
        said.append(f"{plural(ready.unassessed, 'source')} with personal data and no privacy assessment")
    if ready.gaps:
        said.append(
            f"gaps: {'; '.join(ready.gaps[:3])}{f' and {len(ready.gaps) - 3} more' if len(ready.gaps) > 3 else ''}"
        )
    if ready.gaps or ready.unassessed:
        return Told(NO, ", ".join(said), at)
    return Told(UNKNOWN if ready.score is None else YES, ", ".join(said), at)


def business_kpi(asked: Asked, kpis: Sequence[Kpi]) -> Told:
    """At least one business KPI that was promised as a whole: said, signed by four roles, sealed."""
    at = asked.url("initiative-kpis")
    own = [one for one in kpis if one.kind in BUSINESS and not one.post_hoc]
    if not own:
        late = any(one.kind in BUSINESS for one in kpis)
        fact = "only KPIs that were set after the fact" if late else "no business KPI on record"
        return Told(NO if kpis else UNKNOWN, fact, at)
    signed: dict[int, set[str]] = defaultdict(set)
    rows = SignOff.objects.filter(
        kpi_version__in=[one.current_id for one in own if one.current_id], verdict=SignOff.Verdict.APPROVED
    )
    for version, role in rows.order_by().values_list("kpi_version_id", "role"):
        signed[version].add(role)
    lacks = {one.pk: _lacks(one, signed[one.current_id or 0]) for one in own}
    whole = [one for one in own if not lacks[one.pk]]
    if whole:
        return Told(YES, ", ".join(f"{one.ref} {one.name}" for one in whole), at)
    nearest = min(own, key=lambda one: len(lacks[one.pk]))
    return Told(NO, f"{nearest.ref} {nearest.name} lacks {listed(lacks[nearest.pk])}", at)


def _lacks(kpi: Kpi, signed: set[str]) -> list[str]:
    version = kpi.current
    if version is None:
        return ["a version in force"]
    band = version.shape == "band"
    wanted = [
        (name, words)
        for name, words in _SAID
        if not (band and name in {"baseline", "baseline_on", "baseline_source", "target", "target_on"})
    ]
    lacking = [words for name, words in wanted if getattr(version, name) in (None, "")]
    if band and (version.lower is None and version.upper is None):
        lacking.append("its limits")
    lacking += [f"the word of {SignOff.Role(role).label.lower()}" for role in ROLES if role not in signed]
    if not version.seal:
        lacking.append("its seal")
    return lacking


def _model_metric(asked: Asked, kpis: Sequence[Kpi]) -> Told:
    at = asked.url("initiative-kpis")
    metrics = [one for one in kpis if one.kind == Kpi.Kind.MODEL_METRIC]
    served = {one.pk for one in kpis if one.kind in BUSINESS}
    linked = [one for one in metrics if one.serves_id in served]
    reasoned = [one for one in linked if one.serves_because.strip()]
    if reasoned:
        return Told(YES, ", ".join(f"{one.ref} {one.name}" for one in reasoned), at)
    if linked:
        return Told(NO, f"{linked[0].ref} does not say why it serves its KPI", at)
    return Told(NO if metrics else UNKNOWN, "none is linked to a business KPI" if metrics else "none on record", at)  # fmt: skip


def guard_kpi(asked: Asked, kpis: Sequence[Kpi]) -> Told:
    """A guard, or why there is none, which the draft says."""
    at = asked.url("initiative-kpis")
    guards = [one for one in kpis if one.kind in {Kpi.Kind.GUARD, Kpi.Kind.COMPLIANCE}]
    if guards:
        return Told(YES, ", ".join(f"{one.ref} {one.name}" for one in guards), at)
    because = str(asked.draft.get("no_guard_because") or "").strip()
    if because:
        return Told(YES, f"none, because: {because}", f"{asked.form}#id_no_guard_because")
    return Told(UNKNOWN, "none, and no reason for none", f"{asked.form}#id_no_guard_because")


def _case(asked: Asked) -> Told:
    at = asked.url("initiative-case")
    row = CaseWorth.objects.filter(initiative=asked.initiative, lapsed_on=None).first()
    if row is None:
        return Told(NO, "no case is published", at)
    return Told(YES, f"{row.case_ref}, version {row.case_number}, no blank", at)
